#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The demo: configs/demo.dts on a board with a disk, a NIC and a DMA device.

    tools/demo.py [BUNDLE [SECONDS]]
With a terminal you talk to the guests. With none it is driven to a verdict: Linux and the
bare-metal guest exchange messages and use their devices, what both say is checked, and a transcript
is printed with "demo: PASS" or "demo: FAIL: reason" last.
"""
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import devices  # noqa: E402
import qemu  # noqa: E402
from machine import PROMPT, Machine, MachineError  # noqa: E402

ROOT = Path(os.path.relpath(Path(__file__).resolve().parents[1]))
MESSAGES = ["hello there", "two guests, one board", "nothing shared but this page"]
DISK_MIB, MOVED_MIB = 128, 64
PATIENCE = 50                     # seconds for all of it, unless told: the promise is one minute


def shape(disk):
    """What configs/demo.dts wants of a board, for qemu.command(); `disk` is a file, made here."""
    return {"extra": [*devices.nvme(devices.sparse_disk(disk, DISK_MIB), "1.0"),
                      *devices.nic("e1000e", "2.0", net=2), *devices.edu("3.0")]}


def iommu(machine, say, left):
    """The IOMMU that Bulkhead gives Linux, as Linux' own driver sees it."""
    machine.send("lsiommu\n")
    name = machine.expect("linux", r"^iommu (\S+): driver riscv,iommu$", left())[1]
    for driver in ("nvme", "e1000e"):
        machine.expect("linux", rf"^device \S+: driver {driver}, domain \S+$", left())
    machine.expect("linux", PROMPT, left())
    say(f"Linux' own driver runs its IOMMU {name}, with its disk and its NIC behind it")


def mailbox(machine, say, left):
    for text in MESSAGES:
        machine.send(f"mailbox '{text}'\n")
        number = machine.expect("rtos", rf"^message (\d+): {text}$", left())[1]
        machine.expect("linux", rf"^message {number} answered: {text.upper()}$", left())
        machine.expect("linux", PROMPT, left())
        say(f"message {number} went to the bare-metal guest, and its answer to Linux")


def both_do_dma(machine, say, left):
    """The bare-metal guest begins first and ends last: its device is the slower one."""
    machine.key("1")
    machine.send("dma\r")
    machine.expect("rtos", r"^dma: begins$", left())
    machine.key("0")
    machine.send(f"disktest /dev/nvme0n1 {MOVED_MIB}\n")
    machine.expect("linux", rf"^disk \S+: {MOVED_MIB} MiB written and read back, checksum right$",
                   left())
    say(f"Linux wrote {MOVED_MIB} MiB to its disk and read the same back")
    machine.expect("linux", PROMPT, left())
    machine.send("nettest eth0\n")
    address = machine.expect("linux", r"^network eth0: address (\S+), \S+ answers$", left())[1]
    say(f"Linux got address {address} on its NIC, and answers from the gateway")
    machine.expect("linux", PROMPT, left())
    moved = machine.expect("rtos", r"^dma: (\d+ transfers of \d+ bytes) each way, all right$",
                           left())
    say(f"meanwhile the bare-metal guest's device did {moved[1]} each way, through its own IOMMU")
    late = machine.expect("rtos", r"^dma: a late write to (0x[0-9a-f]+) was refused: cause 15 in "
                                  r"this guest's own fault queue$", left())
    say(f"it wrote to {late[1]} once more, unmapped by then, and the guest was told by its IOMMU")


def scenario(machine, say, patience):
    end = time.monotonic() + patience

    def left():
        return max(end - time.monotonic(), 1)

    machine.expect("rtos", r"^ready: mailbox at", left())
    say("the bare-metal guest is ready on its hart")
    harts = machine.expect("linux", r"^linux: ready, (Linux \S+), (\d+) harts", left())
    machine.expect("linux", PROMPT, left())
    say(f"{harts[1]} is at its shell with {harts[2]} harts")
    iommu(machine, say, left)
    mailbox(machine, say, left)
    both_do_dma(machine, say, left)
    machine.key("1")
    machine.send("are you there?\r")
    machine.expect("rtos", r"^you typed: are you there\?$", left())
    say("the focus moved to the bare-metal guest, and it got what was typed")


def drive(kernel, bundle, board, patience):
    """The scenario; returns the verdict."""
    begun, verdict = time.monotonic(), "PASS"

    def say(text):
        print(f"demo: {time.monotonic() - begun:5.1f} s: {text}", flush=True)

    say("booting the demo configuration")
    with Machine(kernel, bundle, **board) as machine:
        try:
            scenario(machine, say, patience)
        except MachineError as error:
            verdict = f"FAIL: {str(error).splitlines()[0]}"
        print("---- the console, all of it ----")
        print("".join(c for c in machine.transcript if c == "\n" or c.isprintable()))
        print("---- end of the console ----")
    return verdict


def main():
    kernel = ROOT / "build/bulkhead.bin"
    bundle = sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/configs/demo.bundle"
    patience = float(sys.argv[2]) if len(sys.argv) > 2 else PATIENCE
    board = shape(ROOT / "build/demo.disk")
    try:
        if sys.stdin.isatty():
            argv = qemu.command(kernel, bundle, **board)
            os.execv(argv[0], argv)
        verdict = drive(kernel, bundle, board, patience)
    except qemu.QemuError as error:
        verdict = f"FAIL: {error}"
    print(f"demo: {verdict}", flush=True)
    return 0 if verdict == "PASS" else 1


if __name__ == "__main__":
    sys.exit(main())

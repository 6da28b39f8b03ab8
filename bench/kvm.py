# SPDX-License-Identifier: Apache-2.0
"""What the same Linux pays for KVM: the figures of bench/linux.py, of a peer.

A Linux 7.2 is the host, on the board and with the options of all others, and boots itself as a guest with
Debian's QEMU for RISC-V (bench/kvm/boot-guest). The guest has what Bulkhead's has: one hart, as much
memory, the same disk, interrupts by AIA. It notes the count of retired instructions as anywhere else, and
because there is one hart, what the host does for it in between is counted too. Exits are KVM's own count.
"""
import re

import linux
from counting import CORES, COUNTING, IMAGES, ROOT, BenchError, together
from rows import EXITS, INSTRUCTIONS, Row, ratio_row

# Of tools/, to which counting leads.
from machine import FIRMWARE, PROMPT, Machine, MachineError

INITRD = ROOT / "build/bench/kvm.initrd"
TOLD = re.compile(r"^kvm: (\w+)=(\w+)", re.MULTILINE)
NEEDED = ("start", "shell", "exits", "mmio_exit_user")


def told(said):
    """{name: number} of what boot-guest has printed; the guest's start is in hexadecimal digits."""
    found = dict(TOLD.findall(said))
    missing = [name for name in NEEDED if name not in found]
    if missing:
        raise BenchError(f"KVM's host did not say {' and '.join(missing)}:\n{said}")
    start = int(found.pop("start"), 16)
    return {name: int(number) for name, number in found.items()} | {"start": start}


def guest():
    options = " ".join(("-M virt,aia=aplic-imsic", "-m", linux.MEMORY, *linux.disk()))
    try:
        with CORES, Machine(IMAGES / "linux-7.2.Image", INITRD, harts=1, memory=linux.WHOLE_MEMORY,
                            machine=("iommu-sys=off",),
                            extra=(*COUNTING, "-append", linux.BOOTARGS)) as host:
            host.expect(FIRMWARE, PROMPT, linux.PATIENCE)
            host.shell(FIRMWARE, f"/kvm/boot-guest '{linux.BOOTARGS}' {options}", linux.PATIENCE)
            # Not what shell() returns, which wants the command to be short enough for one line.
            return told(host.stream(FIRMWARE))
    except MachineError as error:
        raise BenchError(f"Linux under KVM: {error}") from error


def rows():
    native, found = together(lambda: linux.bare("off"), guest)
    shell = Row("Linux to shell, KVM", found["shell"] - found["start"], INSTRUCTIONS, native.shell)
    return [shell, ratio_row(shell.name, shell),
            Row("Linux to shell, exits, KVM", found["exits"], EXITS),
            Row("Linux to shell, exits to QEMU, KVM", found["mmio_exit_user"], EXITS)]

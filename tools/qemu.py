#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The one place that knows how QEMU is called: boards, options, which QEMU.

`make run` uses the command line, tests import command():
    tools/qemu.py run [--board BOARD] KERNEL [INITRD] [-- QEMU-OPTION...]
    tools/qemu.py dtb [--board BOARD] FILE [-- QEMU-OPTION...]
"""
import argparse
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

LEAST_VERSION = (10, 0)


@dataclass(frozen=True)
class Board:
    """A machine of QEMU and the options without which it is not that board."""
    machine: str
    harts: int
    memory: str
    options: tuple = field(default=())
    needs: tuple = LEAST_VERSION


BOARDS = {
    # Three guest interrupt files a hart are the most that `virt` offers with a usable layout;
    # rva23s64 has the H extension and boots faster than `max`.
    "virt": Board("virt,aia=aplic-imsic,aia-guests=3,iommu-sys=on", 4, "2G",
                  ("-cpu", "rva23s64")),
    "tt-atlantis": Board("tt-atlantis", 8, "4G", needs=(11, 1)),
}


class QemuError(Exception):
    """A sentence for the user."""


def cache():
    """The folder that tools/setup fills; computed as tools/setup/common.sh does."""
    chosen = os.environ.get("BULKHEAD_CACHE")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "bulkhead"


def qemu():
    """The QEMU to use: the one that QEMU= names, else the cached one."""
    return os.environ.get("QEMU") or str(cache() / "qemu-11/bin/qemu-system-riscv64")


@lru_cache
def version(program):
    """(major, minor, patch) of a QEMU."""
    try:
        text = subprocess.run([program, "--version"], capture_output=True, text=True,
                              check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise QemuError(f"{program} does not run ({error}): set QEMU to a qemu-system-riscv64, "
                        "or unset it and run `make qemu`.") from error
    found = re.search(r"version (\d+)\.(\d+)\.(\d+)", text)
    if not found:
        raise QemuError(f"{program} does not say what version it is: is it a QEMU?")
    return tuple(int(part) for part in found.groups())


def command(kernel, initrd=None, *, board="virt", harts=None, memory=None, machine=(), extra=()):
    """The command line that boots `kernel` on a board, its UART on standard input and output.

    `machine` is more options of -M ("iommu-sys=off"), `extra` more arguments of QEMU, among them
    what is plugged into the board (devices.py).
    """
    return _command(board, harts, memory, machine) + [
        "-nographic", "-kernel", str(kernel)] + (
        ["-initrd", str(initrd)] if initrd else []) + [str(argument) for argument in extra]


def dtb_command(output, *, board="virt", harts=None, memory=None, machine=(), extra=()):
    """The command line that writes a board's device tree and ends."""
    return _command(board, harts, memory, (*machine, f"dumpdtb={output}")) + [
        "-display", "none"] + [str(argument) for argument in extra]


def _command(board, harts, memory, machine):
    program, chosen = qemu(), BOARDS[board]
    found = version(program)
    if found < chosen.needs:
        raise QemuError(f"{program} is QEMU {'.'.join(map(str, found))}, but board {board} needs "
                        f"{'.'.join(map(str, chosen.needs))} or later.")
    # No network and no firmware of option ROMs: the boards are what the options say.
    return [program, "-M", ",".join((chosen.machine, *machine)), *chosen.options,
            "-smp", str(harts or chosen.harts), "-m", memory or chosen.memory, "-nic", "none"]


def main():
    parser = argparse.ArgumentParser(description="Run QEMU as one of Bulkhead's boards.")
    actions = parser.add_subparsers(dest="action", required=True)
    run = actions.add_parser("run", help="boot a kernel")
    run.add_argument("kernel")
    run.add_argument("initrd", nargs="?")
    dtb = actions.add_parser("dtb", help="write the board's device tree")
    dtb.add_argument("output")
    for action in (run, dtb):
        action.add_argument("extra", nargs="*", metavar="-- QEMU-OPTION", help="passed on to QEMU")
        action.add_argument("--board", choices=sorted(BOARDS), default="virt")
        action.add_argument("--harts", type=int)
        action.add_argument("--memory")
    arguments = parser.parse_args()
    shape = {"board": arguments.board, "harts": arguments.harts, "memory": arguments.memory}
    try:
        if arguments.action == "run":
            argv = command(arguments.kernel, arguments.initrd, extra=arguments.extra, **shape)
        else:
            argv = dtb_command(arguments.output, extra=arguments.extra, **shape)
    except QemuError as error:
        sys.exit(f"qemu: {error}")
    os.execv(argv[0], argv)


if __name__ == "__main__":
    main()

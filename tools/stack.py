#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How deep the hypervisor's stacks get, from the linked image.

    tools/stack.py [ELF]
Reads the disassembly: each function's frame from what it takes off sp, its callees from its calls and
tail calls, and for calls through pointers from POINTERS below. Prints the deepest chain from each
entry; ends with 1 if there is recursion, or a call through a pointer that POINTERS does not know.
"""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CROSS = "riscv64-unknown-elf-"

# Where C begins: on a hart's stack the first ones, on the boot stack boot_main, on its own panic_report.
ENTRIES = ("sbi_call", "trap_load", "trap_store", "trap_interrupt", "trap_other", "hart_begin", "hart_main",
           "boot_main", "panic_report")

FUNCTION = re.compile(r"^([0-9a-f]+) <([^>]+)>:$")
LINE = re.compile(r"^\s*[0-9a-f]+:\s+(\S+)\s*(.*)$")
NUMBER = re.compile(r"-?\d+")
TEMPORARIES = {"t0", "t1", "t2", "t3"}
TARGET = re.compile(r"\b([0-9a-f]+) <[^+>]+>")
# The compiler's routine that saves ra and that many of s0, s1...: the room it takes is its caller's.
SAVE = re.compile(r"<__riscv_save_(\d+)>")
# Ways out that give the stack up: what runs after them starts afresh.
LEAVES = {"vcpu_resume", "hart_idle", "own_space_enter"}

# A circle that turns at most once: to follow a path that is not absolute, libfdt looks its alias up in
# "/aliases", which is absolute, and follows what that stands for only if it is absolute.
BOUNDED = {("fdt_path_offset_namelen", "fdt_path_offset"),
           ("fdt_path_offset_namelen", "fdt_path_getprop_namelen"),
           ("fdt_path_offset_namelen", "fdt_get_alias_namelen")}

# Who calls through a pointer, and what may stand behind it: names of functions. A "jr" of any other
# function is the jump table of a switch.
UNITS = r"\w+_(guest_)?(init|reset)|\w+_guest_(stop|rest)|reset"
POINTERS = {
    r"boot_start_units|boot_make_guests|lifecycle_\w+|reset_units|stop_units": UNITS,
    r"trap_\w+|untold_access|emulate|load|store": r"(aplic|uart|doorbell|ecam|imsic|viommu)_(read|write)",
    r"viommu_\w+|fence_store|load_(run|singly)|execute": r"viommu_memory_(load|store|holds)",
    r"vaplic_\w+|forward|(set|clear)_(pending|enabled)": r"line_\w+|send_msi",
    r"diag_error": r"emit",
    r"wait_until": r"answers|is_idle|is_back",
    r"tell_ids|block|quiet": r"iommu_(block|quiet)",
}


def tool(name, *arguments):
    return subprocess.run([CROSS + name, *arguments], capture_output=True, text=True,
                          check=True).stdout


class Image:
    """names, frames, calls: by a function's address, since two files may have functions of one name.
    A call through a pointer is a call of None."""

    def __init__(self, elf):
        self.names, self.frames, self.calls, self.constants = {}, {}, {}, {}
        at = None
        for line in tool("objdump", "-d", "--no-show-raw-insn", elf).splitlines():
            if found := FUNCTION.match(line):
                # Local labels (.L1) stand inside their function.
                if not found[2].startswith("."):
                    at = int(found[1], 16)
                    self.names[at], self.frames[at], self.calls[at] = found[2], 0, set()
            elif at is not None and (found := LINE.match(line)):
                self._instruction(at, found[1], found[2])

    def _instruction(self, at, operation, operands):
        self._stack(at, operation, re.split(r"[,\s]", operands))
        target = TARGET.search(operands)
        if saved := SAVE.search(operands):
            self.frames[at] += (int(saved[1]) + 1) * 8 + 15 & ~15
        if target and operation in ("jal", "j", "jr", "jalr"):
            self.calls[at].add(int(target[1], 16))
        elif operation == "jalr" or (operation == "jr" and self._behind(at)):
            self.calls[at].add(None)

    def _stack(self, at, operation, operands):
        """What the instruction takes off sp: an immediate, or a register that was just given one."""
        if operation in ("li", "lui") and operands[0] in TEMPORARIES:
            value = int(operands[1], 0)
            if operation == "lui":
                value = (value << 12) - ((value & 0x80000) << 13)
            self.constants[operands[0]] = value
        elif operation in ("add", "addi") and operands[0] in self.constants:
            if operands[1] == operands[0] and NUMBER.fullmatch(operands[2]):
                self.constants[operands[0]] += int(operands[2], 0)
        elif operation in ("add", "addi") and operands[:2] == ["sp", "sp"]:
            step = self.constants.get(operands[2])
            step = int(operands[2], 0) if step is None else step
            self.frames[at] += max(-step, 0)

    def _behind(self, at):
        """The pattern of what the pointers of this function lead to, or None."""
        return next((callees for caller, callees in POINTERS.items()
                     if re.fullmatch(caller, self.names[at])), None)

    def callees(self, at):
        for callee in self.calls[at]:
            if callee is None:
                pattern = self._behind(at)
                if pattern is None:
                    raise Unknown(self.names[at])
                yield from (to for to, name in self.names.items() if re.fullmatch(pattern, name))
            elif callee in self.frames and callee != at:
                name = self.names[callee]
                if name not in LEAVES and (self.names[at], name) not in BOUNDED:
                    yield callee

    def address(self, name):
        return next(at for at, known in self.names.items() if known == name)


class Unknown(Exception):
    """A function with a call through a pointer that POINTERS does not know."""


class Recursion(Exception):
    """A function that may be entered again from below itself."""


def deepest(image, entry):
    """(bytes, [function, ...]) of the deepest chain from the function called entry."""
    known, path = {}, []

    def visit(at):
        if at in path:
            chain = path[path.index(at):] + [at]
            raise Recursion(" -> ".join(image.names[one] for one in chain))
        if at not in known:
            path.append(at)
            below = max((visit(callee) for callee in image.callees(at)), default=(0, []))
            path.pop()
            known[at] = (image.frames[at] + below[0],
                         [f"{image.names[at]}({image.frames[at]})"] + below[1])
        return known[at]

    return visit(image.address(entry))


def main():
    image = Image(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/bulkhead.elf")
    status = 0
    for entry in ENTRIES:
        try:
            size, chain = deepest(image, entry)
            print(f"{entry}: {size} bytes: {' '.join(chain)}")
        except Recursion as error:
            print(f"{entry}: recursion: {error}")
            status = 1
        except Unknown as error:
            print(f"{entry}: {error} calls through a pointer that POINTERS does not know")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())

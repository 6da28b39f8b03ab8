#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Turns a panic of the hypervisor into source lines.

    tools/backtrace.py [--elf build/bulkhead.elf] [CONSOLE-TEXT]

Reads the console's text from the file, or from standard input, and prints each panic in it with
functions and lines. Of what the report found on the stack, the unwind tables in the ELF file (DWARF 5,
"Call Frame Information") tell which are return addresses. The build id in the report must be that of
the ELF file, or the lines would lie.
"""
import argparse
import bisect
import re
import subprocess
import sys
from pathlib import Path

CROSS = "riscv64-unknown-elf-"
DEFAULT_ELF = Path(__file__).resolve().parents[1] / "build/bulkhead.elf"
PANIC = re.compile(r"^\[bulkhead\]\+? PANIC (on .*?): (.*)$")
BUILD_ID = re.compile(r"^\[bulkhead\]\+? build-id ([0-9a-f]+)$")
PLACE = re.compile(r"^\[bulkhead\]\+?   (pc|ra|sp\+0x[0-9a-f]+) (0x[0-9a-f]+)$")

FDE = re.compile(r"^\S+ \S+ \S+ FDE cie=\S+ pc=([0-9a-f]+)\.\.([0-9a-f]+)$")
ROW = re.compile(r"^([0-9a-f]{16}) sp\+(\d+) +(.*)$")
DEPTH = 64                    # no chain of calls is deeper; a broken one may turn for ever


def panics(text):
    """The panics in a console's text: dicts of where, message, build_id, pc and ra (offsets in the
    image, or None), and stack, offsets by their distance from sp."""
    found = []
    for line in text.replace("\r", "").split("\n"):
        if match := PANIC.match(line):
            found.append({"where": match[1], "message": match[2], "build_id": "", "pc": None,
                          "ra": None, "stack": {}})
        elif found and (match := BUILD_ID.match(line)):
            found[-1]["build_id"] = match[1]
        elif found and (match := PLACE.match(line)):
            if match[1].startswith("sp+"):
                found[-1]["stack"][int(match[1][3:], 16)] = int(match[2], 16)
            else:
                found[-1][match[1]] = int(match[2], 16)
    return found


def _run(program, *arguments):
    return subprocess.run([CROSS + program, *map(str, arguments)], capture_output=True, text=True,
                          check=True).stdout


def elf_build_id(elf):
    found = re.search(r"Build ID: ([0-9a-f]+)", _run("readelf", "-n", elf))
    return found[1] if found else "none"


class Unwind:
    """The ELF file's unwind tables: what a function has taken of the stack at one of its
    instructions, and where its return address is."""

    def __init__(self, elf):
        self.ranges = []      # (first, one past the last, [(address, bytes, saved ra), ...])
        columns, rows = [], []
        for line in _run("readelf", "--wide", "--debug-dump=frames-interp", elf).splitlines():
            if " CIE " in line:
                rows = []     # what functions have in common: nothing on the stack yet
            elif match := FDE.match(line):
                rows = []
                self.ranges.append((int(match[1], 16), int(match[2], 16), rows))
            elif line.split()[:2] == ["LOC", "CFA"]:
                columns = line.split()[2:]
            elif match := ROW.match(line):
                ra = dict(zip(columns, match[3].split())).get("ra", "u")
                saved = int(ra[1:]) if ra.startswith("c-") else None
                rows.append((int(match[1], 16), int(match[2]), saved))
        # Functions that the linker left out have theirs at 0, where the image's header is.
        self.ranges = sorted(one for one in self.ranges if one[0] != 0)

    def at(self, address):
        """(bytes on the stack, distance of the return address from their end, None while it is in
        ra), or None where there is no table: in assembly."""
        number = bisect.bisect_right(self.ranges, address, key=lambda one: one[0]) - 1
        if number < 0 or address >= self.ranges[number][1]:
            return None
        rows = [row for row in self.ranges[number][2] if row[0] <= address]
        return rows[-1][1:] if rows else None


def chain(unwind, start, panic):
    """([(address, whether it is a return address), ...], lost): the calls from the innermost outwards.
    start is the image's first address in the ELF file. lost is None if the last is in assembly or
    does not return, as where a stack begins; else the distance from sp at which the report has no
    return address."""
    called = panic["pc"] is None      # it was not in the text; the way there may have been a call
    at, ra = (panic["ra"], None) if called else (panic["pc"], panic["ra"])
    found, used = [], 0
    while at is not None and len(found) < DEPTH:
        found.append((start + at, called))
        row = unwind.at(start + at - called)
        if row is None and called:
            return found, None
        size, saved = row or (0, None)
        if saved is None:
            at = ra                   # a leaf, trapped
        else:
            place = used + size + saved
            at = panic["stack"].get(place)
            if at is None:
                return found, place
        used += size
        called, ra = True, None
    return found, None


def report(elf, panic):
    """The lines to print of a panic."""
    start = int(re.search(r"^([0-9a-f]+) \S image_start$", _run("nm", elf), re.MULTILINE)[1], 16)

    def line(address, called):        # inlined callers on lines of their own
        return _run("addr2line", "-e", elf, "-f", "-i", "-p", hex(address - called)).strip()

    found, lost = chain(Unwind(elf), start, panic)
    lines = [f"PANIC {panic['where']}: {panic['message']}"]
    lines += [f"  #{number} {line(*place)}" for number, place in enumerate(found)]
    if lost is not None:
        lines += [f"  no return address at sp+{lost:#x}; of the stack from there on:"]
        lines += [f"  ? sp+{place:#x} {line(start + offset, True)}"
                  for place, offset in panic["stack"].items() if place > lost]
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text", nargs="?", type=argparse.FileType(errors="replace"),
                        default=sys.stdin, help="the console's text")
    parser.add_argument("--elf", type=Path, default=DEFAULT_ELF)
    options = parser.parse_args()
    if not options.elf.exists():
        sys.exit(f"backtrace: no {options.elf}: run make, or name the ELF file with --elf")
    found = panics(options.text.read())
    if not found:
        sys.exit("backtrace: there is no panic in this text")
    for panic in found:
        if panic["build_id"] != elf_build_id(options.elf):
            sys.exit(f"backtrace: the panic is of build {panic['build_id'] or 'unknown'}, but "
                     f"{options.elf} is build {elf_build_id(options.elf)}: use the ELF file of the "
                     "image that ran")
        print("\n".join(report(options.elf, panic)))


if __name__ == "__main__":
    main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Turns a panic of the hypervisor into source lines.

    tools/backtrace.py [--elf build/bulkhead.elf] [CONSOLE-TEXT]

Reads the console's text from the file, or from standard input, and prints each panic in it with
functions and lines. The build id in the report must be that of the ELF file, or the lines would lie.
"""
import argparse
import re
import subprocess
import sys
from pathlib import Path

CROSS = "riscv64-unknown-elf-"
DEFAULT_ELF = Path(__file__).resolve().parents[1] / "build/bulkhead.elf"
PANIC = re.compile(r"^\[bulkhead\]\+? PANIC (on .*?): (.*)$")
BUILD_ID = re.compile(r"^\[bulkhead\]\+? build-id ([0-9a-f]+)$")
FRAME = re.compile(r"^\[bulkhead\]\+?   #(\d+) (0x[0-9a-f]+)$")
# After an exception the first frame is where it happened; all others are return addresses.
EXCEPTION = re.compile(r"^exception \d+ in the hypervisor")


def panics(text):
    """The panics in a console's text: dicts of where, message, build_id, offsets."""
    found = []
    for line in text.replace("\r", "").split("\n"):
        if match := PANIC.match(line):
            found.append({"where": match[1], "message": match[2], "build_id": "", "offsets": []})
        elif found and (match := BUILD_ID.match(line)):
            found[-1]["build_id"] = match[1]
        elif found and (match := FRAME.match(line)):
            found[-1]["offsets"].append(int(match[2], 16))
    return found


def _run(program, *arguments):
    return subprocess.run([CROSS + program, *map(str, arguments)], capture_output=True, text=True,
                          check=True).stdout


def elf_build_id(elf):
    found = re.search(r"Build ID: ([0-9a-f]+)", _run("readelf", "-n", elf))
    return found[1] if found else "none"


def lines(elf, panic):
    """One "function at file:line" for each frame; inlined callers on lines of their own."""
    start = int(re.search(r"^([0-9a-f]+) \S image_start$", _run("nm", elf), re.MULTILINE)[1], 16)
    calls = 1 if EXCEPTION.match(panic["message"]) else 0
    return [_run("addr2line", "-e", elf, "-f", "-i", "-p",
                 hex(start + offset - (1 if number >= calls else 0))).strip()
            for number, offset in enumerate(panic["offsets"])]


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
        print(f"PANIC {panic['where']}: {panic['message']}")
        for number, line in enumerate(lines(options.elf, panic)):
            print(f"  #{number} {line}")


if __name__ == "__main__":
    main()

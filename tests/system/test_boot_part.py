# SPDX-License-Identifier: Apache-2.0
"""What runs at boot only: once guests run it is in no hart's reach, nothing that stays leads there, and
the linker takes no image in which it would."""
import re
import struct
import subprocess

import pytest
from conftest import ROOT
from dma_boards import shape
from test_outside import monitor  # noqa: F401
from test_outside_memory import IMAGE, PAGE, PPN_43_0, PPN_53_10, VALID
from test_panic import _symbols
from test_viommu_many import EDUS

SATP = re.compile(r"^ V +0\r?\n(?: .*\n)*? satp +([0-9a-f]+)\r?$", re.MULTILINE)
MODES = {8: 3, 9: 4, 10: 5}       # levels of Sv39, Sv48, Sv57
READ, WRITE, EXECUTE = 1 << 1, 1 << 2, 1 << 3
HARTS = 3
STACK_PAGES = 2


def _words(memory, address, size):
    return struct.unpack(f"<{size // 8}Q", memory.memory(address, size))


def _leaves(memory, satp):
    """[(address, bytes, rights), ...] of what a satp translates; the test fails on one that is not itself."""
    levels, found = MODES[satp >> 60], []

    def walk(table, level, base):
        for index, entry in enumerate(_words(memory, table, PAGE)):
            address, target = base + (index << 12 + 9 * level), (entry & PPN_53_10) << 2
            if entry & (READ | WRITE | EXECUTE):
                assert target == address
                found.append((address, PAGE << 9 * level, entry & (READ | WRITE | EXECUTE)))
            elif entry & VALID:
                walk(target, level - 1, address)

    walk((satp & PPN_43_0) << 12, levels - 1, 0)
    return found


@pytest.fixture
def running(boot, monitor):  # noqa: F811
    """A board that stands still, seen from outside, when guests with PCI functions and virtual IOMMUs
    run. No fault is recorded yet: their addresses could be any."""
    machine = boot("viommu-many", **shape("platform", *EDUS, *monitor.options, harts=HARTS))
    monitor.connect()
    for guest in ("first", "second"):
        machine.expect(guest, "^viommumany: life 1: registers are as after the first reset: ok$")
    monitor.pause()
    return monitor


def _parts():
    """{name: its address on the board} of the linker script's symbols."""
    symbols = _symbols()
    return {name: IMAGE + symbols[name] - symbols["image_start"] for name in symbols}


@pytest.mark.shows("R-MEM-60", "R-MEM-61")
def test_what_ran_at_boot_is_out_of_reach(running):
    at = _parts()
    # Of harts that are in the hypervisor: what QEMU shows of others is their guests'.
    satps = {int(found, 16) for found in SATP.findall(running.human("info registers -a"))}
    assert len(satps) == 1
    leaves = _leaves(running, satps.pop())
    image = [leaf for leaf in leaves if at["image_start"] <= leaf[0] < at["image_end"]]
    rights = {address: rights for address, size, rights in image for address in
              range(address, address + size, PAGE)}
    kinds = {READ | EXECUTE: ("text_start", "text_end"), READ: ("rodata_start", "rodata_end"),
             READ | WRITE: ("data_start", "image_end")}
    stays = {page: kind for kind, (start, end) in kinds.items()
             for page in range(at[start], at[end], PAGE)}
    assert rights == stays
    assert at["boot_main"] not in range(at["text_start"], at["text_end"])

    # Variables and tables, but not stacks: what is below a stack's end is no longer anything. Below each
    # is a page that is not mapped (boot/harts.c).
    pages = {address for address, size, kind in leaves if kind & WRITE and size == PAGE}
    guards = {page - PAGE for page in pages if page > at["image_end"] and page - PAGE not in pages}
    assert len(guards) >= HARTS
    stacks = {guard + page * PAGE for guard in guards for page in range(1, 1 + STACK_PAGES)}
    stacks |= set(range(at["boot_stack"], at["boot_stack_top"], 8))
    looked_at, wrong = 0, []
    for address, length, kind in leaves:
        if kind & WRITE and length == PAGE and address >= IMAGE and address not in stacks:
            for word, value in enumerate(_words(running, address, PAGE)):
                place = address + 8 * word
                gone = (at["image_start"] < value < at["text_start"] and value % 2 == 0 or
                        at["text_end"] < value < at["rodata_start"])
                if gone and not (at["units_start"] <= place < at["units_end"] or place in stacks):
                    wrong.append((hex(place), hex(value)))
            looked_at += 1
    assert looked_at > 150 and wrong == []


@pytest.mark.shows("R-BLD-41")
@pytest.mark.parametrize("into", ["text", "rodata"])
def test_what_stays_cannot_refer_to_what_goes(tmp_path, into):
    source, made = tmp_path / "refers.s", tmp_path / "refers.o"
    target = {"text": "goes", "rodata": "constant"}[into]
    source.write_text(f"""
        .section .text.stays, "ax"
        .globl stays
        stays: lla a0, {target}
        .section .boot.text, "ax"
        goes: ret
        .section .boot.rodata, "a"
        constant: .byte 1
        .section .boot.head, "ax"
        .globl _start
        _start: j stays
    """)
    subprocess.run(["riscv64-unknown-elf-as", source, "-o", made], check=True)
    refused = subprocess.run(["riscv64-linux-gnu-ld", "-nostdlib", "-pie", "--no-dynamic-linker",
                              "--gc-sections", "-T", ROOT / "linker/bulkhead.ld", "-o",
                              tmp_path / "refers.elf", made], capture_output=True, text=True,
                             check=False)
    assert refused.returncode != 0
    assert re.search(rf"prohibited cross reference from \.text to .* in \.boot\.{into}",
                     refused.stderr)

# SPDX-License-Identifier: Apache-2.0
"""The hypervisor image as a file."""
import os
import re
import subprocess
from pathlib import Path

import pytest

import qemu

ROOT = Path(__file__).parents[2]
ELF = ROOT / "build/bulkhead.elf"
RELATIVE = "R_RISCV_RELATIVE"


def readelf(*options):
    return subprocess.run(["riscv64-unknown-elf-readelf", "--wide", *options, ELF],
                          capture_output=True, text=True, check=True).stdout


@pytest.mark.shows("R-BLD-01")
def test_two_builds_give_the_same_bits():
    result = subprocess.run([ROOT / "tools/reproducible"], capture_output=True, text=True,
                            env=dict(os.environ, BULKHEAD_CACHE=str(qemu.cache())), check=False)
    assert result.returncode == 0, result.stderr
    assert "the same from two folders" in result.stdout


@pytest.mark.shows("R-BLD-02")
def test_static_position_independent_executable():
    assert re.search(r"Type:\s+DYN \(Position-Independent Executable file\)",
                     readelf("--file-header"))
    assert "INTERP" not in readelf("--program-headers")
    relocations = re.findall(r"\bR_RISCV_\w+", readelf("--relocs"))
    assert relocations and set(relocations) == {RELATIVE}
    undefined = [line for line in readelf("--symbols").splitlines() if " UND " in line]
    assert [line for line in undefined if line.split()[7:]] == []


@pytest.mark.shows("R-BLD-03")
def test_the_image_carries_the_build_id():
    build_id = re.search(r"Build ID: ([0-9a-f]{40})", readelf("--notes"))[1]
    assert bytes.fromhex(build_id) in (ROOT / "build/bulkhead.bin").read_bytes()


@pytest.mark.shows("R-BLD-40")
def test_what_stays_after_boot_is_small():
    of = dict(re.findall(r"\] (\.\S+) +PROGBITS +\S+ \S+ ([0-9a-f]+) ", readelf("--sections")))
    assert int(of[".boot.text"], 16) > int(of[".text"], 16) > 20 << 10
    assert int(of[".text"], 16) + int(of[".rodata"], 16) <= 64 << 10


@pytest.mark.shows("R-BLD-42")
def test_of_the_compilers_library_there_is_little():
    names = {line.split()[-1] for line in readelf("--symbols").splitlines() if " __" in line}
    assert "__riscv_save_0" in names
    assert {name for name in names if not re.fullmatch(r"__riscv_(save|restore)_\d+", name)} == set()


def functions():
    """{function: [instruction, ...]} of the hypervisor, as the disassembler writes them."""
    found, inside = {}, None
    for line in subprocess.run(["riscv64-unknown-elf-objdump", "-d", "--no-show-raw-insn", ELF],
                               capture_output=True, text=True, check=True).stdout.splitlines():
        if name := re.fullmatch(r"[0-9a-f]+ <(.+)>:", line):
            inside = found.setdefault(name[1], [])
        elif "\t" in line:
            inside.append(" ".join(line.split("\t")[1:]))
    return found


@pytest.mark.shows("R-VCPU-62")
def test_registers_that_are_a_guests_in_c_are_not_named_there():
    # hyp/vcpu/hw/trap_entry.S does not save them for C, so whatever C has there a guest would get.
    # The others: the way to C that sees them all, the start of the image, and a panic.
    may = {"get_register", "set_register", "other_trap", "vcpu_resume", "enter", "trap_in_hypervisor"}
    names = {name for name, instructions in functions().items()
             if any(re.search(r"\b(gp|t[2-6])\b", instruction) for instruction in instructions)}
    assert names == may


@pytest.mark.shows("R-MEM-62")
def test_tables_are_made_before_they_are_walked():
    # QEMU walks tables as they are. Hardware may walk them before stores that came before a write to
    # satp, unless SFENCE.VMA stands in between (privileged architecture, "satp").
    fits = functions()["own_space_fits"]
    assert "sfence.vma" in fits[:fits.index("csrw satp,a0")]


@pytest.mark.shows("R-BLD-04")
def test_no_copy_of_libfdt():
    ours = [path for path in ROOT.rglob("*")
            if path.relative_to(ROOT).parts[0] not in ("build", ".git")]
    assert ROOT / "Makefile" in ours
    libfdt = {path.name for path in (qemu.cache() / "libfdt").glob("*.[ch]")}
    assert "fdt_ro.c" in libfdt
    assert [str(path) for path in ours if path.name in libfdt] == []

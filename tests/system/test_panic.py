# SPDX-License-Identifier: Apache-2.0
"""The hypervisor's own failure. Nothing can cause one, so the image is broken for it: the first
instruction of a function is overwritten with one that is illegal."""
import re
import subprocess

import pytest
from conftest import BUILD, ROOT

ELF = BUILD / "bulkhead.elf"
ILLEGAL = bytes(4)
BACKTRACE = ROOT / "tools/backtrace.py"


def _symbols():
    text = subprocess.run(["riscv64-unknown-elf-nm", ELF], capture_output=True, text=True,
                          check=True).stdout
    return {line.split()[2]: int(line.split()[0], 16) for line in text.splitlines()
            if len(line.split()) == 3}


@pytest.fixture
def broken(tmp_path):
    """broken("function") is an image in which that function is an illegal instruction."""
    def make(function):
        symbols = _symbols()
        image = bytearray((BUILD / "bulkhead.bin").read_bytes())
        offset = symbols[function] - symbols["image_start"]
        image[offset:offset + len(ILLEGAL)] = ILLEGAL
        path = tmp_path / "broken.bin"
        path.write_bytes(image)
        return path
    return make


def _backtrace(text, *options):
    return subprocess.run([BACKTRACE, *options], input=text, capture_output=True, text=True,
                          check=False)


@pytest.mark.shows("R-PANIC-01", "R-PANIC-02")
def test_early_in_boot(boot, broken):
    """Before the board's UART is known."""
    machine = boot("shared", kernel=broken("board_from_fdt"), harts=2, memory="512M")
    machine.expect("bulkhead", r"^PANIC on the boot hart: exception 2 in the hypervisor$", 20)
    machine.expect("bulkhead", r"^  sepc 0x[0-9a-f]{16}  scause 0x2 ")
    machine.expect("bulkhead", r"^build-id [0-9a-f]{40}$")
    machine.expect("bulkhead", r"^stopped: every hart waits")
    result = _backtrace(machine.transcript)
    assert result.returncode == 0, result.stderr
    frames = result.stdout.splitlines()
    assert frames[0] == "PANIC on the boot hart: exception 2 in the hypervisor"
    assert re.match(r"  #0 board_from_fdt at .*platform/board\.c:\d+", frames[1])
    assert any(re.search(r"boot_read_board at .*boot/read\.c:\d+", line) for line in frames)
    assert any(re.search(r"boot_main at .*boot/main\.c:\d+", line) for line in frames)


@pytest.mark.shows("R-PANIC-01", "R-PANIC-03")
def test_while_guests_run_every_hart_stops(boot, broken):
    machine = boot("reboot", kernel=broken("console_command_hook"), harts=2, memory="512M")
    machine.expect("witness", "^witness: round 2, well$", 30)
    machine.key("s")
    machine.expect("bulkhead", r"^PANIC on hart \d: exception 2 in the hypervisor$", 20)
    machine.expect("bulkhead", r"^stopped: every hart waits")
    length = len(machine.transcript)
    machine.listen(3)
    assert machine.transcript[length:].strip() == ""
    assert re.search(r"#0 console_command_hook at .*monitor\.c:\d+",
                     _backtrace(machine.transcript).stdout)


@pytest.mark.shows("R-PANIC-04")
def test_another_build_is_not_explained():
    text = ("[bulkhead] PANIC on hart 1: something\r\n[bulkhead] build-id 0123\r\n"
            "[bulkhead]   #0 0x10\r\n")
    result = _backtrace(text)
    assert result.returncode != 0 and result.stdout == ""
    assert result.stderr.startswith("backtrace: the panic is of build 0123, but ")
    assert _backtrace("no such thing").stderr == "backtrace: there is no panic in this text\n"

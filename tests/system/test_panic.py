# SPDX-License-Identifier: Apache-2.0
"""The hypervisor's own failure. Nothing can cause one, so the image is broken for it: the first
instructions of a function are overwritten."""
import re
import struct
import subprocess
import sys

import pytest
from conftest import BUILD, ROOT

sys.path.insert(0, str(ROOT / "tools"))
import backtrace  # noqa: E402  (found through the line above)

ELF = BUILD / "bulkhead.elf"
ILLEGAL = bytes(4)
STORE_FAULT = 15              # page fault of a store


def code(*instructions):
    return struct.pack(f"<{len(instructions)}I", *instructions)


def jump(distance):
    upper = distance + 0x800 >> 12
    return code(0x00000297 | (upper & 0xfffff) << 12,                     # auipc t0, upper
                0x00028067 | (distance - (upper << 12) & 0xfff) << 20)    # jr lower(t0)


# What the hypervisor's own address space (hyp/mem/own_space.h) has to stop.
ESCAPES = {
    "it writes its text": code(0x00000297,      # auipc t0, 0
                               0x0002b023),     # sd zero, 0(t0)
    "it writes through a null pointer": code(0x00003023),  # sd zero, 0(zero)
}
RUNS_OVER = code(0xc0010113,                    # addi sp, sp, -1024
                 0x00113023,                    # sd ra, 0(sp)
                 0xff9ff06f)                    # j -8
STACK_AND_GUARD = 3 << 12
# And where it has no text, or none any more.
FETCH_FAULT = 12              # page fault of a fetch
NOWHERE = {
    "its stack": lambda _: code(0x00010067),    # jr sp
    "what ran at boot": lambda symbols: jump(symbols["boot_main"] - symbols["console_command_hook"]),
    "its variables": lambda symbols: jump(symbols["data_start"] - symbols["console_command_hook"]),
    "a guest's memory": lambda _: code(0x680022f3,   # csrr t0, hgatp
                                       0x01429293,   # slli t0, t0, 20
                                       0x0082d293,   # srli t0, t0, 8: the root
                                       0x0102b283,   # ld t0, 16(t0): from 0x80000000 on
                                       0x00a2d293,   # srli t0, t0, 10
                                       0x00c29293,   # slli t0, t0, 12
                                       0x0002b283,   # ld t0, 0(t0): the first 2 MiB
                                       0x00a2d293,   # srli t0, t0, 10
                                       0x00c29293,   # slli t0, t0, 12
                                       0x00028067),  # jr t0
}
BACKTRACE = ROOT / "tools/backtrace.py"


def _symbols():
    text = subprocess.run(["riscv64-unknown-elf-nm", ELF], capture_output=True, text=True,
                          check=True).stdout
    return {line.split()[2]: int(line.split()[0], 16) for line in text.splitlines()
            if len(line.split()) == 3}


@pytest.fixture
def broken(tmp_path):
    """broken("function") is an image in which that function begins with other instructions."""
    def make(function, instructions=ILLEGAL):
        symbols = _symbols()
        image = bytearray((BUILD / "bulkhead.bin").read_bytes())
        offset = symbols[function] - symbols["image_start"]
        image[offset:offset + len(instructions)] = instructions
        path = tmp_path / "broken.bin"
        path.write_bytes(image)
        return path
    return make


def _backtrace(text, *options):
    return subprocess.run([BACKTRACE, *options], input=text, capture_output=True, text=True,
                          check=False)


def _is_chain(text, *patterns):
    lines = [line for line in text.splitlines() if not line.startswith(" (inlined by)")]
    assert len(lines) == len(patterns), text
    for line, pattern in zip(lines, patterns):
        assert re.fullmatch(r"\s*" + pattern, line), line


@pytest.mark.shows("R-PANIC-01", "R-PANIC-02", "R-PANIC-05")
def test_early_in_boot(boot, broken):
    """Before the board's UART is known."""
    machine = boot("shared", kernel=broken("board_from_fdt"), harts=2, memory="512M")
    machine.expect("bulkhead", r"^PANIC on the boot hart: exception 2 in the hypervisor$")
    machine.expect("bulkhead", r"^  sepc 0x[0-9a-f]{16}  scause 0x2 ")
    machine.expect("bulkhead", r"^build-id [0-9a-f]{40}$")
    machine.expect("bulkhead", r"^stopped: every hart waits")
    calls = ("PANIC on the boot hart: exception 2 in the hypervisor",
             r"#0 board_from_fdt at .*platform/board\.c:\d+",
             r"#1 boot_read_board at .*boot/read\.c:\d+",
             r"#2 boot_main at .*boot/main\.c:\d+",
             r"#3 .*boot/entry\.S:\d+")
    _is_chain(_backtrace(machine.transcript).stdout, *calls)
    # What else is on the stack changes nothing; without what is needed there is no guess.
    stack = re.search(r"^.*\bra 0x[0-9a-f]+\n(?:.*sp\+0x[0-9a-f]+ 0x[0-9a-f]+\n)+",
                      machine.transcript, re.MULTILINE)[0].splitlines(keepends=True)
    leftovers = stack[0] + "".join(
        line + re.sub(r"sp\+0x[0-9a-f]+", lambda place: hex(int(place[0][3:], 16) + 8)
                      .replace("0x", "sp+0x"), line) for line in stack[1:])
    text = machine.transcript.replace("".join(stack), leftovers)
    assert text != machine.transcript
    _is_chain(_backtrace(text).stdout, *calls)
    outermost = stack.pop()
    text = machine.transcript.replace(outermost, "")
    _is_chain(_backtrace(text).stdout, *calls[:-1], r"no return address at sp\+0x[0-9a-f]+; .*")


@pytest.mark.shows("R-PANIC-01", "R-PANIC-03", "R-PANIC-05")
def test_while_guests_run_every_hart_stops(boot, broken):
    machine = boot("reboot", kernel=broken("console_command_hook"), harts=2, memory="512M")
    machine.expect("witness", "^witness: round 2, well$")
    machine.key("s")
    machine.expect("bulkhead", r"^PANIC on hart \d: exception 2 in the hypervisor$")
    machine.expect("bulkhead", r"^stopped: every hart waits for a debugger or a reset$")
    length = len(machine.transcript)
    machine.listen(3)
    assert machine.transcript[length:].strip() == ""
    found = re.search(r"^  #0 console_command_hook at .*monitor\.c:\d+\n(?: .*\n)+"
                      r"  #\d+ .*trap_entry\.S:\d+\n$", _backtrace(machine.transcript).stdout,
                      re.MULTILINE)
    assert found and "hart_handle at " in found[0]


@pytest.mark.shows("R-MEM-30", "R-PANIC-01")
@pytest.mark.parametrize("what", ESCAPES)
def test_the_hypervisor_cannot_leave_its_own_space(boot, broken, what):
    image = broken("console_command_hook", ESCAPES[what])
    machine = boot("reboot", kernel=image, harts=2, memory="512M")
    machine.expect("witness", "^witness: round 1, well$")
    machine.key("s")
    panic = machine.expect("bulkhead", r"^PANIC on hart \d: exception (\d+) in the hypervisor$")
    assert int(panic[1]) == STORE_FAULT
    machine.expect("bulkhead", r"^stopped: every hart waits")
    assert "#0 console_command_hook" in _backtrace(machine.transcript).stdout


@pytest.mark.shows("R-MEM-30")
def test_a_stack_that_runs_over_writes_to_no_other(boot, broken):
    machine = boot("reboot", kernel=broken("console_command_hook", RUNS_OVER), harts=2,
                   memory="512M")
    machine.expect("witness", "^witness: round 1, well$")
    machine.key("s")
    panic = machine.expect("bulkhead", r"^PANIC on hart \d: exception (\d+) in the hypervisor$")
    assert int(panic[1]) == STORE_FAULT
    stval = int(machine.expect("bulkhead", r" stval (0x[0-9a-f]{16})$")[1], 16)
    sp = int(machine.expect("bulkhead", r" sp  (0x[0-9a-f]{16}) ")[1], 16)
    machine.expect("bulkhead", r"^stopped: every hart waits")
    oldest = sp + max(backtrace.panics(machine.transcript)[0]["stack"])
    assert oldest - STACK_AND_GUARD < stval < oldest


@pytest.mark.shows("R-MEM-30", "R-MEM-60")
@pytest.mark.parametrize("what", NOWHERE)
def test_the_hypervisor_executes_nothing_else(boot, broken, what):
    machine = boot("reboot", kernel=broken("console_command_hook", NOWHERE[what](_symbols())),
                   harts=2, memory="512M")
    machine.expect("witness", "^witness: round 1, well$")
    machine.key("s")
    panic = machine.expect("bulkhead", r"^PANIC on hart \d: exception (\d+) in the hypervisor$")
    assert int(panic[1]) == FETCH_FAULT


@pytest.mark.shows("R-PANIC-04")
def test_another_build_is_not_explained():
    text = ("[bulkhead] PANIC on hart 1: something\r\n[bulkhead] build-id 0123\r\n"
            "[bulkhead]   pc 0x10\r\n")
    result = _backtrace(text)
    assert result.returncode != 0 and result.stdout == ""
    assert result.stderr.startswith("backtrace: the panic is of build 0123, but ")
    assert _backtrace("no such thing").stderr == "backtrace: there is no panic in this text\n"

# SPDX-License-Identifier: Apache-2.0
"""Harts that do not start, or are not what the device tree says (docs/faults.md): a report and no
guest. The firmware may boot on either hart."""
import re

import pytest

from machine import FIRMWARE
from test_bad_input import refused
from test_panic import broken  # noqa: F401

TWO = {"harts": 2, "memory": "512M"}
CONFIG = """/dts-v1/; / {{ compatible = "bulkhead,config-v1"; guests {{
    server {{ harts = <0>; memory = "8M"; kernel = "witness.bin"; }};
    client {{ harts = <{hart}>; memory = "8M"; kernel = "witness.bin"; }};
}}; }};"""
SPIN = bytes.fromhex("6f000000")  # j .


def without_h(text):
    """The tree says that hart 1 has no H extension."""
    start = text.index("cpu@1 {")
    end = text.index("};", start)
    node = text[start:end].replace(r"\0h\0", r"\0").replace(r"\0sha\0", r"\0")
    node = re.sub(r'(riscv,isa = "[a-z0-9]*v)h_', r"\1_", node).replace("_sha_", "_")
    return text[:start] + node + text[end:]


def with_a_note(text):
    return text.replace("\n\tchosen {", '\n\tchosen { note = "of another board";')


def no_guest(machine):
    for guest in ("server", "client"):
        assert machine.stream(guest) == ""


@pytest.mark.shows("R-ISO-83")
def test_a_hart_that_does_not_report(boot, pack, broken):  # noqa: F811
    machine = boot(bundle=pack(CONFIG.format(hart=1)), kernel=broken("secondary_entry", SPIN),
                   **TWO)
    errors = refused(machine, r"^hart [01] did not come up within 2 s")
    assert len(errors) == 1


@pytest.mark.shows("R-ISO-83")
def test_a_hart_that_is_not_there(boot, pack, board_tree):
    """The firmware believes the tree as well: it fails itself, or the hart never reports."""
    tree = board_tree(with_a_note, harts=3, memory="512M")
    machine = boot(bundle=pack(CONFIG.format(hart=2)), extra=["-dtb", tree], **TWO)
    machine.expect("bulkhead", "^hart 2 is started$")
    machine.expect(FIRMWARE, r"sbi_trap_error: hart[01]: .*mcause=0x0+7 ")
    no_guest(machine)


@pytest.mark.shows("R-ISO-84")
def test_a_hart_without_the_h_extension(boot, pack, board_tree):
    tree = board_tree(without_h, **TWO)
    refused(boot(bundle=pack(CONFIG.format(hart=1)), extra=["-dtb", tree], **TWO), r"cpu@1.*\bH\b")


@pytest.mark.shows("R-ISO-84")
def test_a_hart_without_the_guest_interrupt_file_that_the_tree_promises(boot, pack, board_tree):
    tree = board_tree(with_a_note, **TWO)
    machine = boot(bundle=pack(CONFIG.format(hart=1)), machine=["aia-guests=0"],
                   extra=["-dtb", tree], **TWO)
    errors = refused(machine, r"^hart [01] has no guest interrupt file 1$")
    # The boot hart, and the first that is waited for.
    assert 2 <= len(errors) <= 3 and all(error.startswith("hart ") for error in errors)


@pytest.mark.shows("R-ISO-84")
def test_a_hart_without_a_register_that_the_tree_promises(boot, pack, broken):  # noqa: F811
    """To write it is an illegal instruction; the firmware of QEMU would not get so far."""
    machine = boot(bundle=pack(CONFIG.format(hart=1)), kernel=broken("vcpu_init_hart"), **TWO)
    machine.expect("bulkhead", r"^PANIC on hart \d: exception 2 in the hypervisor$")
    machine.expect("bulkhead",
                   "^  while it was started: it may lack what the device tree says of it$")
    machine.expect("bulkhead", "^stopped: every hart waits")
    no_guest(machine)

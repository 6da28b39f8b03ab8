# SPDX-License-Identifier: Apache-2.0
"""The same binary on a board that has nothing in common with virt."""
import pytest
import qemu
from conftest import linux_at_shell

NEEDS = (11, 1)


@pytest.mark.shows("R-BOOT-10")
def test_linux_and_a_bare_metal_guest(boot):
    if qemu.version(qemu.qemu()) < NEEDS:
        pytest.skip("QEMU before 11.1 has no tt-atlantis")
    machine = boot("atlantis", board="tt-atlantis")
    machine.expect("rtos", "^ready: mailbox")
    assert linux_at_shell(machine)[1] == 2
    assert "answered: ANOTHER BOARD" in machine.shell("linux", "mailbox 'another board'")
    machine.key("1")
    machine.send("typed\r")
    machine.expect("rtos", "^you typed: typed$")

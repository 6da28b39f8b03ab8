# SPDX-License-Identifier: Apache-2.0
"""Debian's kernels as guests, unmodified, with one to four harts."""
import re
import time

import pytest
from conftest import linux_at_shell

IDLE_SECONDS = 5
REBOOTS = 10


def interrupts(machine, line):
    """The counts of one line of /proc/interrupts, one for each hart."""
    text = machine.shell("linux", "cat /proc/interrupts")
    found = re.search(rf"^ *\S+:((?: +\d+)+) .*{line}", text, re.MULTILINE)
    assert found, text
    return [int(count) for count in found[1].split()]


class TestTwoHarts:
    """configs/demo.dts, one boot."""

    @pytest.fixture(scope="class")
    def machine(self, boot_once):
        machine = boot_once("demo")
        machine.release, machine.harts = linux_at_shell(machine)
        return machine

    @pytest.mark.shows("R-LIFE-01", "R-LIFE-02")
    def test_boots_beside_the_bare_metal_guest(self, machine):
        machine.expect("rtos", "^demo guest: hart 0, 16 MiB of memory$")
        assert machine.release.startswith("7.2.") and machine.harts == 2
        # What the kernel and its parts take is off the 512 MiB, no more.
        total = int(re.search(r"MemTotal: +(\d+) kB", machine.shell("linux", "cat /proc/meminfo"))[1])
        assert 400 << 10 < total < 512 << 10

    @pytest.mark.shows("R-SBI-01")
    def test_its_kernel_has_nothing_to_complain_of(self, machine):
        log = machine.shell("linux", "dmesg")
        assert re.search(r"SBI specification v[23]\.\d+ detected", log)
        for extension in ("TIME", "IPI", "RFENCE", "HSM", "SRST", "DBCN"):
            assert re.search(rf"SBI {extension} extension detected", log), extension
        assert "smp: Brought up 1 node, 2 CPUs" in log
        assert not re.search(r"WARNING:|BUG:|Oops|rcu:.*stall|Call Trace", log)

    @pytest.mark.shows("R-VCPU-30", "R-CON-31")
    def test_idle_costs_no_exits(self, machine):
        """Nothing is printed or typed meanwhile, so no exit has a reason. First a moment for what the
        kernel does late, by itself."""
        machine.listen(2)
        before = machine.exits()
        machine.listen(IDLE_SECONDS)
        after = machine.exits()
        assert {("linux", 0), ("linux", 1), ("rtos", 0)} == set(after)
        # No timer, no IPI, no wired interrupt of its UART or of the board: nothing at all. The key that
        # asks for the second report is a byte on the board's UART; its interrupt goes to the hart that
        # serves the console, which is not one of Linux'.
        for vcpu in (0, 1):
            assert after["linux", vcpu] == before["linux", vcpu]
        # Linux' clock went on by itself meanwhile.
        first = interrupts(machine, "riscv-timer")
        machine.listen(1)
        assert sum(interrupts(machine, "riscv-timer")) > sum(first)

    @pytest.mark.shows("R-VCPU-31")
    def test_exits_are_counted_by_cause(self, machine):
        """A known number of mailbox messages is the same number of doorbell exits."""
        before = machine.exits()
        for _ in range(3):
            machine.shell("linux", "mailbox 'count me'")
        after = machine.exits()

        def grown(guest, cause):
            return sum(after[key][cause] - before[key][cause] for key in after if key[0] == guest)
        assert grown("linux", "doorbell") == 3 and grown("rtos", "doorbell") == 3
        assert grown("linux", "uart") > 0
        for counts in after.values():
            assert counts["total"] == sum(n for name, n in counts.items() if name != "total")

    @pytest.mark.shows("R-IRQ-30")
    def test_ipis_between_its_harts_do_not_exit(self, machine):
        before, first = machine.exits(), sum(interrupts(machine, "Rescheduling interrupts"))
        machine.shell("linux", "for i in 1 2 3 4 5 6 7 8 9; do taskset 1 true; taskset 2 true; done")
        after, second = machine.exits(), sum(interrupts(machine, "Rescheduling interrupts"))
        assert second > first
        for vcpu in (0, 1):
            assert after["linux", vcpu]["ipi"] == before["linux", vcpu]["ipi"]

    @pytest.mark.shows("R-SBI-02")
    def test_a_hart_is_unplugged_and_plugged_again(self, machine):
        for _ in range(3):
            machine.shell("linux", "echo 0 > /sys/devices/system/cpu/cpu1/online")
            assert machine.shell("linux", "nproc") == "1\n"
            machine.shell("linux", "echo 1 > /sys/devices/system/cpu/cpu1/online")
            assert machine.shell("linux", "nproc") == "2\n"
        assert machine.shell("linux", "taskset 2 echo on hart 1") == "on hart 1\n"

    @pytest.mark.shows("R-ISO-01")
    def test_an_access_to_nothing_is_linux_own_fault(self, machine):
        """devmem where nothing is: the process dies of a bus error, Linux lives."""
        output = machine.shell("linux", "devmem 0x20000000 32 || echo died: $?")
        assert re.search(r"died: (135|139|\d+)", output), output
        assert machine.shell("linux", "echo alive") == "alive\n"

    @pytest.mark.shows("R-CON-32")
    def test_the_focus_moves_by_key(self, machine):
        machine.key("1")
        machine.send("first\r")
        machine.expect("rtos", "^you typed: first$")
        machine.key("n")
        assert machine.shell("linux", "echo to linux") == "to linux\n"
        machine.key("p")
        machine.send("second\r")
        machine.expect("rtos", "^you typed: second$")
        machine.key("0")
        assert machine.shell("linux", "echo back") == "back\n"

    @pytest.mark.shows("R-LIFE-03")
    def test_the_restart_key_restarts_the_guest_with_the_focus(self, machine):
        machine.key("1")
        machine.key("r")
        machine.expect("rtos", "^demo guest: hart 0, 16 MiB of memory$")
        machine.expect("rtos", "^ready: mailbox")
        machine.key("0")
        # Linux has not noticed, and the mailbox works with the new one.
        assert "answered: AGAIN" in machine.shell("linux", "mailbox again")

    @pytest.mark.shows("R-LIFE-04")
    def test_power_off_stops_linux_alone(self, machine):
        machine.send("poweroff\n")
        machine.expect("bulkhead", '^guest "linux" has stopped$')
        machine.key("1")
        machine.send("still here\r")
        machine.expect("rtos", "^you typed: still here$")

    @pytest.mark.shows("R-LIFE-05")
    def test_a_stopped_guest_starts_again_by_key(self, machine):
        machine.key("0")
        machine.key("r")
        assert linux_at_shell(machine) == (machine.release, 2)


@pytest.mark.shows("R-LIFE-01", "R-LIFE-02", "R-SHM-01")
def test_debian_6_12_on_one_hart(boot):
    machine = boot("linux-6.12", harts=2, memory="1G")
    release, harts = linux_at_shell(machine)
    assert release.startswith("6.12.") and harts == 1
    assert "answered: OLDER KERNEL" in machine.shell("linux", "mailbox 'older kernel'")


@pytest.mark.shows("R-LIFE-01", "R-SBI-02")
def test_linux_on_four_harts(boot):
    """With the board's harts in another order; each of them does work, is unplugged and comes back."""
    machine = boot("linux-smp")
    assert linux_at_shell(machine)[1] == 4
    for hart in range(4):
        assert machine.shell("linux", f"taskset {1 << hart:x} echo {hart}") == f"{hart}\n"
    for hart in (1, 2, 3):
        machine.shell("linux", f"echo 0 > /sys/devices/system/cpu/cpu{hart}/online")
    assert machine.shell("linux", "nproc") == "1\n"
    for hart in (3, 1, 2):
        machine.shell("linux", f"echo 1 > /sys/devices/system/cpu/cpu{hart}/online")
    assert machine.shell("linux", "nproc") == "4\n"


@pytest.mark.shows("R-LIFE-01", "R-LIFE-06", "R-ISO-02")
def test_linux_on_three_harts_reboots_ten_times_beside_a_witness(boot):
    """Its memory is at an address of its own; the witness says that it is well, through and after."""
    machine = boot("linux-three")
    assert linux_at_shell(machine)[1] == 3
    assert "100000000-10c7fffff" in machine.shell("linux", "cat /proc/iomem")
    machine.expect("witness", r"^witness: round \d+, well$")
    for _ in range(REBOOTS):
        machine.send("reboot -f\n")
        machine.expect("bulkhead", '^guest "linux" restarts$')
        assert linux_at_shell(machine)[1] == 3
    rounds = int(machine.expect("witness", r"^witness: round (\d+), well$")[1])
    machine.expect_nothing_left("witness")
    assert int(machine.expect("witness", r"^witness: round (\d+), well$", 30)[1]) > rounds
    assert "FAIL" not in machine.stream("witness")


@pytest.mark.shows("R-LIFE-07")
def test_a_device_of_the_board_belongs_to_linux(boot):
    machine = boot("rtc", harts=1, memory="1G")
    linux_at_shell(machine)
    assert "goldfish_rtc" in machine.shell("linux", "cat /sys/class/rtc/rtc0/name")
    now = int(machine.shell("linux", "cat /sys/class/rtc/rtc0/since_epoch"))
    assert abs(now - time.time()) < 3600

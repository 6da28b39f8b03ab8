# SPDX-License-Identifier: Apache-2.0
"""A board whose IMSIC has no guest interrupt files: the guests' files are in memory. Guests, images and
configurations are those of the other tests; only what it costs is different."""
import base64
import re
import struct

import devices
import pytest
from conftest import linux_at_shell
from test_bare_metal import DEVICE_CONFIG
from test_linux import interrupts

NO_FILES = {"machine": ("aia-guests=0",)}

# csrrw a0, stopei, zero; li a0, 0; li a7, 93 (exit); ecall
CLAIM_AND_EXIT = struct.pack("<4I", 0x15C01573, 0x00000513, 0x05D00893, 0x00000073)


def _program(code):
    """The smallest ELF file of Linux' user mode that runs this."""
    header, base = 64 + 56, 0x10000
    return struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, 243, 1, base + header, 64, 0, 0,
                       64, 56, 1, 0, 0, 0) + struct.pack(
        "<IIQQQQQQ", 1, 5, 0, base, base, header + len(code), header + len(code), 4096) + code


class TestLinux:
    """configs/demo.dts, one boot."""

    @pytest.fixture(scope="class")
    def machine(self, boot_once):
        machine = boot_once("demo", **NO_FILES)
        assert linux_at_shell(machine)[1] == 2
        return machine

    @pytest.mark.shows("R-IRQ-32")
    def test_ipis_timer_uart_and_doorbells(self, machine):
        before, first = machine.exits(), sum(interrupts(machine, "Rescheduling interrupts"))
        machine.shell("linux", "for i in 1 2 3 4 5 6 7 8 9; do taskset 1 true; taskset 2 true; done")
        assert "answered: HELLO" in machine.shell("linux", "mailbox hello")
        assert sum(interrupts(machine, "Rescheduling interrupts")) > first
        assert sum(interrupts(machine, "ttyS0")) > 0
        clock = sum(interrupts(machine, "riscv-timer"))
        machine.shell("linux", "sleep 1")
        assert sum(interrupts(machine, "riscv-timer")) > clock
        after = machine.exits()
        # Every IPI is a store to a page of the IMSIC, and the claims are CSR accesses.
        for cause in ("imsic", "virtual-instruction"):
            assert sum(after["linux", vcpu][cause] - before["linux", vcpu][cause]
                       for vcpu in (0, 1)) > 0, cause
        log = machine.shell("linux", "dmesg")
        assert not re.search(r"WARNING:|BUG:|Oops|rcu:.*stall|Call Trace|no handler", log)

    @pytest.mark.shows("R-IRQ-32", "R-SBI-02")
    def test_a_hart_is_unplugged_and_plugged_again(self, machine):
        for _ in range(3):
            machine.shell("linux", "echo 0 > /sys/devices/system/cpu/cpu1/online")
            machine.shell("linux", "echo 1 > /sys/devices/system/cpu/cpu1/online")
        assert machine.shell("linux", "taskset 2 echo on hart 1") == "on hart 1\n"

    @pytest.mark.shows("R-IRQ-08")
    def test_user_mode_does_not_reach_the_interrupt_file(self, machine):
        text = base64.b64encode(_program(CLAIM_AND_EXIT)).decode()
        machine.shell("linux", f"echo {text} | base64 -d > /tmp/claim; chmod +x /tmp/claim")
        assert "illegal, 132" in machine.shell("linux", "/tmp/claim || echo illegal, $?")

    @pytest.mark.shows("R-IRQ-32", "R-LIFE-03")
    def test_it_reboots(self, machine):
        machine.send("reboot -f\n")
        machine.expect("bulkhead", '^guest "linux" restarts$')
        assert linux_at_shell(machine)[1] == 2
        assert "answered: AGAIN" in machine.shell("linux", "mailbox again")


@pytest.mark.shows("R-IRQ-32")
def test_harts_of_a_bare_metal_guest_work_together(boot):
    machine = boot("smp", memory="512M", **NO_FILES)
    machine.expect("smp", "^smp: done, PASS")
    for state in ("starting", "stopped"):
        assert f"smp: PASS msi to a hart that is {state}\n" in machine.stream("smp")
    machine.expect("probe", "^probe: done$")


@pytest.mark.shows("R-IRQ-10")
def test_a_device_interrupts_its_guest_by_way_of_its_hart(boot, pack):
    machine = boot(bundle=pack(DEVICE_CONFIG), harts=2, memory="512M", **NO_FILES)
    machine.expect("clock", "^clock: 50 of 50 alarms$")
    assert machine.exits()["clock", 0]["external"] >= 50


EDU_CONFIG = """
/dts-v1/;
/ {
    compatible = "bulkhead,config-v1";
    guests {
        dma {
            harts = <1>;
            memory = "16M";
            kernel = "dmatest.bin";
            devices { edu { pci = "0000:00:02.0"; }; };
        };
    };
};
"""


@pytest.mark.shows("R-IRQ-33")
def test_each_msi_of_a_device_comes_once(boot, pack):
    machine = boot(bundle=pack(EDU_CONFIG), harts=2, memory="512M", extra=devices.edu("2.0"),
                   **NO_FILES)
    machine.expect("dma", r"^dmatest: done (\d+) of \1$")
    assert "FAIL" not in machine.stream("dma")
    transfers = int(re.search(r"(\d+) transfers", machine.stream("dma"))[1])
    assert machine.exits()["dma", 0]["external"] >= transfers


def _of_queues(machine):
    """Interrupts of the disk's two queues for I/O, by hart."""
    return [sum(both) for both in zip(*(interrupts(machine, f"nvme0q{n}") for n in (1, 2)))]


NVME_CONFIG = """
/dts-v1/;
/ {
    compatible = "bulkhead,config-v1";
    guests {
        linux {
            harts = <1 2>;
            memory = "512M";
            kernel = "linux-7.2.Image";
            initrd = "linux-7.2.initrd";
            bootargs = "console=ttyS0";
            devices { disk { pci = "0000:00:02.0"; }; };
        };
    };
};
"""


@pytest.mark.shows("R-IRQ-33")
def test_a_disk_interrupts_the_hart_that_asked(boot, pack, tmp_path):
    """An NVMe disk has a queue and an MSI-X vector for each hart. Linux would complain of a lost
    interrupt, after half a minute."""
    disk = devices.nvme(devices.sparse_disk(tmp_path / "disk", 16), "2.0")
    machine = boot(bundle=pack(NVME_CONFIG), extra=disk, **NO_FILES)
    linux_at_shell(machine)
    for hart in (0, 1):
        before = _of_queues(machine)
        machine.shell("linux", f"taskset {1 << hart} dd if=/dev/nvme0n1 of=/dev/null bs=64k "
                      f"count=64 skip={64 * hart}")
        assert _of_queues(machine)[hart] - before[hart] >= 8
    assert not re.search(r"nvme.*timeout|no handler|Call Trace", machine.shell("linux", "dmesg"))


@pytest.mark.shows("R-IRQ-32", "R-LIFE-06")
def test_nothing_is_left_from_one_life_to_the_next(boot):
    machine = boot("reboot", harts=2, memory="512M", **NO_FILES)
    machine.expect("reboot", "^reboot: done$")
    lives = re.findall(r"^reboot: life (\d+), (.*)$", machine.stream("reboot"), re.MULTILINE)
    assert lives == [(str(n), "data pristine, 0 interrupts armed") for n in range(1, 12)]

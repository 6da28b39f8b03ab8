# SPDX-License-Identifier: Apache-2.0
"""First-stage translation by the driver that Debian's Linux 7.2 has for the IOMMU. Two modules put
devices behind tables (guest/linux/modules): edufst an edu, which it tries itself, and fstall the disk
and the NIC, which the stock drivers then use."""
import re
import time
from collections import Counter

import pytest
from conftest import ROOT, linux_at_shell

import devices
from dma_boards import faults, shape
from machine import FIRMWARE, PROMPT
from test_pci_linux import START_SECONDS, UPTIME_STEP, uptime

IMAGES = ROOT / "build/images"
DISK_MIB, MOVED_MIB = 64, 16
RESTARTS = 2
LEAVES = 5                        # that edufst unmaps, if it does nothing that faults
# Device ids are requester ids: device 2 of the board's bus is device 1 of the guest's.
BOARD_EDU, GUEST_EDU = 2 << 3, 1 << 3
# What lsiommu says of the vIOMMU and of what is behind it.
LISTED = """\
iommu 3010000.iommu: driver riscv,iommu
device 0000:00:01.0: driver none, domain identity
device 0000:00:02.0: driver nvme, domain identity
device 0000:00:03.0: driver e1000e, domain identity
"""
FINDINGS = [f"{leaf} {what}" for leaf in ("4K", "64K", "2M") for what in (
    "mapped", "DMA from RAM", "DMA to RAM", "data came back to its place",
    "nothing else was written", "unmapped")] + [
    "mapped anew the new page is written", "mapped anew the old one is not"]
BLOCKED = ["read-only write is blocked", "unmapped write is blocked"]
LOAD_PAGE_FAULT, STORE_PAGE_FAULT = 13, 15
# Cause and IOVA: a write to a page that is mapped to be read, a write and a read of none.
FAULTS = [(STORE_PAGE_FAULT, 0xabcd010), (STORE_PAGE_FAULT, 0xabcd020), (LOAD_PAGE_FAULT, 0xabcd030)]


def three_functions(folder):
    """An edu, a disk and a NIC, as configs/viommu-linux.dts names them."""
    return [*devices.edu("2.0"), *devices.nvme(devices.sparse_disk(folder / "disk", DISK_MIB), "3.0"),
            *devices.nic("e1000e", "4.0", net=3)]


def edu_is_translated(machine, source):
    """edufst, and what the kernel reports of the accesses that it has the IOMMU block; returns the
    device id in those reports."""
    machine.shell(source, "dmesg -c >/dev/null; modprobe edufst")
    said = machine.shell(source, "dmesg; modprobe -r edufst")
    assert re.findall(r"edufst: (.*): (ok|FAIL)$", said, re.MULTILINE) == [
        (finding, "ok") for finding in FINDINGS + BLOCKED], said
    reports = re.findall(
        r"(?:riscv,iommu|iommu_pci) \S+: Fault (\d+) devid: (\S+) iotval: ([0-9a-f]+)", said)
    assert [(int(cause), int(iova, 16)) for cause, _, iova in reports] == FAULTS, said
    [device_id] = {int(device, 16) for _, device, _ in reports}
    return device_id


def all_is_behind_tables(machine, source):
    """fstall said so of the disk and the NIC."""
    said = machine.shell(source, "dmesg | grep fstall:")
    assert len(re.findall(r"fstall: IOVA = physical address \+ 0x80000000$", said,
                          re.MULTILINE)) == 2, said


def disk_works(machine, source):
    said = machine.shell(source, f"disktest /dev/nvme0n1 {MOVED_MIB}")
    assert said == f"disk /dev/nvme0n1: {MOVED_MIB} MiB written and read back, checksum right\n"


def disk_and_network_work(machine, source):
    disk_works(machine, source)
    assert re.search(r"^network eth0: address 10\.0\.3\.15, 10\.0\.3\.2 answers$",
                     machine.shell(source, "nettest eth0"), re.MULTILINE)
    # By MSIs, which fstall lets through.
    assert re.search(r"PCI-MSIX\S* +\d+ +Edge +nvme0q1",
                     machine.shell(source, "cat /proc/interrupts"))


def as_guest(board, folder):
    """What Machine takes for the board of configs/viommu-linux.dts. One hart more than the guests have
    serves the console."""
    return shape(board, *three_functions(folder), *devices.edu("5.0"), memory="1G", harts=4)


@pytest.mark.shows("R-VIO-80")
def test_on_the_bare_board(boot, tmp_path):
    machine = boot(kernel=IMAGES / "linux-7.2.Image", bundle=IMAGES / "linux-7.2.initrd",
                   **shape("platform", *three_functions(tmp_path), "-append",
                           "console=ttyS0 quiet before_drivers=fstall"))
    machine.expect(FIRMWARE, "^linux: ready")
    machine.expect(FIRMWARE, PROMPT)
    machine.shell(FIRMWARE, "stty columns 250")
    all_is_behind_tables(machine, FIRMWARE)
    assert edu_is_translated(machine, FIRMWARE) == BOARD_EDU
    disk_and_network_work(machine, FIRMWARE)


@pytest.mark.shows("R-VIO-81")
def test_behind_a_pci_iommu_without_a_cache(boot, tmp_path):
    machine = boot("viommu-linux", **as_guest("pci-no-cache", tmp_path))
    linux_at_shell(machine)
    all_is_behind_tables(machine, "linux")
    assert edu_is_translated(machine, "linux") == GUEST_EDU
    disk_and_network_work(machine, "linux")


class TestGuest:
    """configs/viommu-linux.dts behind a platform IOMMU with its cache, one boot; the tests are in the
    order of what they do to the guest."""

    @pytest.fixture(scope="class")
    def machine(self, boot_once, tmp_path_factory):
        machine = boot_once("viommu-linux", **as_guest("platform", tmp_path_factory.mktemp("disk")))
        linux_at_shell(machine)
        return machine

    @staticmethod
    def is_well(machine):
        """All that can be seen of Linux and its devices, and of the guest beside it."""
        all_is_behind_tables(machine, "linux")
        assert edu_is_translated(machine, "linux") == GUEST_EDU
        disk_and_network_work(machine, "linux")
        machine.expect("witness", r"^witness: round \d+, well, \d+ pages by DMA, 0 stray reads$")
        assert "FAIL" not in machine.stream("witness")
        assert "PANIC" not in machine.transcript

    @staticmethod
    def keep_disk_busy(machine):
        """With reads, until this Linux ends."""
        machine.send("while dd if=/dev/nvme0n1 of=/dev/null bs=1M iflag=direct; do :; done "
                     ">/tmp/reads 2>&1 &\n")
        machine.shell("linux", "until grep -q 'records out' /tmp/reads; do usleep 100000; done")

    @pytest.mark.shows("R-VIO-81")
    def test_its_own_driver_takes_the_iommu_and_all_works(self, machine):
        assert machine.shell("linux", "lsiommu") == LISTED
        self.is_well(machine)

    @pytest.mark.shows("R-VIO-82")
    def test_a_command_is_an_exit_and_nothing_else_is(self, machine):
        """Counted while nothing is printed or typed: edufst without what faults, then the disk. By the
        guest's own clock this began after the first report and was over before the second."""
        registers = machine.shell("linux", "grep iommu /proc/iomem").strip().partition("-")[0]
        work = (f"modprobe edufst faults=0 registers=0x{registers}; "
                f"disktest /dev/nvme0n1 {MOVED_MIB}")
        begun = time.monotonic()
        machine.shell("linux", f"{work}; modprobe -r edufst; dmesg -c >/dev/null")
        needs = time.monotonic() - begun
        earliest_zero, latest_zero = uptime(machine)
        machine.shell("linux", f"(sleep {START_SECONDS}; cat /proc/uptime; {work}; cat /proc/uptime) "
                      ">/tmp/busy 2>&1 & true")
        before, counted = machine.exits(), time.monotonic()
        machine.listen(START_SECONDS + 3 * needs)
        counting = time.monotonic()
        after = machine.exits()
        start, verdict, end = machine.shell("linux", "cat /tmp/busy").splitlines()
        assert verdict.endswith("checksum right")
        assert earliest_zero + float(start.split()[0]) >= counted
        assert latest_zero + float(end.split()[0]) + UPTIME_STEP <= counting
        said = machine.shell("linux", "dmesg; modprobe -r edufst")
        assert "edufst: done, error 0, fails 0" in said
        assert "edufst: registers read, every command is done: ok" in said
        begin, now = map(int, re.search(r"edufst: command queue: tail from (\d+) to (\d+)$", said,
                                        re.MULTILINE).groups())
        # Two a leaf that is unmapped, and those of attaching and detaching.
        assert now - begin > 2 * LEAVES
        exits = sum((after["linux", vcpu] - before["linux", vcpu] for vcpu in (0, 1)), Counter())
        assert exits["viommu"] == now - begin
        # Besides, a kernel that loads a module asks who made the hart, and edufst enables its device.
        assert set(exits) == {"viommu", "base", "pci", "total"} and exits["base"] + exits["pci"] < 20

    @pytest.mark.shows("R-VIO-83")
    def test_a_shutdown_that_leaves_the_disk_behind_a_bare_iommu(self, machine):
        """The IOMMU's driver ends before the disk's, which gives its device one address more. The first
        few refusals are told: of commands that the disk fetches, or of data that it stores."""
        self.keep_disk_busy(machine)
        assert ("linux", "disk") not in faults(machine)
        machine.send("reboot -f\n")
        machine.expect("bulkhead", '^guest "linux" device "disk" .*: DMA (read|write) at 0x1[0-9a-f]{8} '
                       "refused: no such memory in the guest")
        machine.expect("bulkhead", '^guest "linux" restarts$')
        linux_at_shell(machine)
        assert faults(machine)["linux", "disk"] > 0
        self.is_well(machine)

    @pytest.mark.shows("R-VIO-84")
    def test_restarts_in_the_midst_of_its_dma(self, machine):
        for _ in range(RESTARTS):
            self.keep_disk_busy(machine)
            machine.key("r")
            machine.expect("bulkhead", '^guest "linux" restarts$')
            linux_at_shell(machine)
            disk_works(machine, "linux")
        self.is_well(machine)

    @pytest.mark.shows("R-VIO-83")
    def test_a_poweroff_likewise(self, machine):
        self.keep_disk_busy(machine)
        machine.send("poweroff -f\n")
        machine.expect("bulkhead", '^guest "linux" has stopped$')
        for _ in range(2):
            machine.expect("witness", r"^witness: round \d+, well, \d+ pages by DMA, 0 stray reads$")
        assert "FAIL" not in machine.stream("witness")


@pytest.mark.shows("R-VIO-85")
def test_a_linux_without_a_driver_for_it(boot, pack, tmp_path):
    """6.12 knows no IOMMU, so its devices do what they may before a driver takes it."""
    text = (ROOT / "configs/viommu-linux.dts").read_text()
    machine = boot(bundle=pack(text.replace("linux-7.2", "linux-6.12")
                               .replace('"blocked"', '"guest-memory"')
                               .replace("before_drivers=fstall", "")),
                   **as_guest("platform", tmp_path))
    assert linux_at_shell(machine)[0].startswith("6.12.")
    disk_and_network_work(machine, "linux")

# SPDX-License-Identifier: Apache-2.0
"""First-stage translation by the driver that Debian's Linux 7.2 has for the IOMMU. Two modules put
devices behind tables (guest/linux/modules): edufst an edu, which it tries itself, and fstall the disk
and the NIC, which the stock drivers then use."""
import re

import pytest
from conftest import ROOT

import devices
from dma_boards import shape
from machine import FIRMWARE, PROMPT

IMAGES = ROOT / "build/images"
DISK_MIB, MOVED_MIB = 64, 16
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


def disk_and_network_work(machine, source):
    said = machine.shell(source, f"disktest /dev/nvme0n1 {MOVED_MIB}", 60)
    assert said == f"disk /dev/nvme0n1: {MOVED_MIB} MiB written and read back, checksum right\n"
    assert re.search(r"^network eth0: address 10\.0\.3\.15, 10\.0\.3\.2 answers$",
                     machine.shell(source, "nettest eth0", 60), re.MULTILINE)
    # By MSIs, which fstall lets through.
    assert re.search(r"PCI-MSIX\S* +\d+ +Edge +nvme0q1",
                     machine.shell(source, "cat /proc/interrupts"))


@pytest.mark.shows("R-VIO-80")
@pytest.mark.parametrize("board", ["platform", "pci-no-cache"])
def test_on_the_bare_board(board, boot, tmp_path):
    machine = boot(kernel=IMAGES / "linux-7.2.Image", bundle=IMAGES / "linux-7.2.initrd",
                   **shape(board, *three_functions(tmp_path), "-append",
                           "console=ttyS0 quiet before_drivers=fstall"))
    machine.expect(FIRMWARE, "^linux: ready", 90)
    machine.expect(FIRMWARE, PROMPT)
    machine.shell(FIRMWARE, "stty columns 250")
    all_is_behind_tables(machine, FIRMWARE)
    assert edu_is_translated(machine, FIRMWARE) == 2 << 3
    disk_and_network_work(machine, FIRMWARE)

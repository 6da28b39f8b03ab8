# SPDX-License-Identifier: Apache-2.0
"""PCI functions in U-Boot, which numbers buses and gives BARs addresses as if nobody had."""
import pytest
from dma_boards import shape

import devices

DISK_MIB = 64
ADDRESS = 0x84000000              # RAM of the guest where nothing else is
CONFIGURATION = """/dts-v1/;
/ {
    compatible = "bulkhead,config-v1";
    guests {
        u-boot {
            harts = <0>; memory = "256M"; kernel = "u-boot.bin";
            viommus { unknown { boot-dma = "guest-memory"; }; }; // to U-Boot, which has no driver for it
            devices {
                blk { pci = "0000:00:03.0"; viommu = "unknown"; };
                other { pci = "0000:00:04.0"; }; // its small BAR fits in a gap, which U-Boot leaves
                nvme { pci = "0000:00:02.0"; viommu = "unknown"; };
            };
        };
    };
};
"""


def a_disk(path, text):
    disk = devices.sparse_disk(path, DISK_MIB)
    with open(disk, "r+b") as image:
        image.write(text.encode())
    return disk


@pytest.mark.shows("R-PCI-50", "R-VIO-85")
def test_u_boot_reads_its_disks(boot, pack, tmp_path):
    machine = boot(bundle=pack(CONFIGURATION), **shape(
        "platform", *devices.nvme(a_disk(tmp_path / "nvme", "this is nvme"), "2.0"),
        *devices.virtio_blk(a_disk(tmp_path / "virtio", "this is virtio"), "3.0"),
        *devices.virtio_blk(a_disk(tmp_path / "other", "this is other"), "4.0"), memory="1G"))
    machine.expect("u-boot", "Hit any key to stop autoboot")
    machine.send("\n")
    machine.expect("u-boot", "^=> ")
    for kind in ("nvme", "virtio"):
        machine.send(f"{kind} scan; {kind} info\n")
        machine.expect("u-boot", rf"Capacity: {DISK_MIB}\.0 MB")
        machine.send(f"{kind} read {ADDRESS:x} 0 1; md.b {ADDRESS:x} 10\n")
        machine.expect("u-boot", f"this is {kind}")
    assert "PANIC" not in machine.transcript
    assert "restarts" not in machine.stream("bulkhead")

# SPDX-License-Identifier: Apache-2.0
"""The Linux guest's parts on the bare board, without a hypervisor: what the recipe promises."""
import os
import subprocess
from pathlib import Path

import pexpect
import pytest

import devices
import qemu
from machine import FIRMWARE, PROMPT

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "build/images"
SMALL = 4 << 20
DISK_MIB = 64
MODULES = ROOT / "build/guest/linux-7.2"
KERNELS = pytest.mark.parametrize("version", ["6.12", "7.2"])


def elsewhere(*command):
    """Run it with another umask and time zone, neither of which may show in what it makes."""
    subprocess.run(["sh", "-c", 'umask 077; exec "$0" "$@"', *command],
                   env=dict(os.environ, TZ="Pacific/Apia"), check=True)


@pytest.mark.shows("R-BLD-11")
@KERNELS
def test_the_initramfs_is_small_and_reproducible(version, tmp_path):
    again = tmp_path / "initrd"
    modules = sorted(MODULES.glob("*.ko"), reverse=True) if version == "7.2" else []
    elsewhere(ROOT / "guest/linux/make-initrd", qemu.cache() / "busybox",
              qemu.cache() / f"linux-{version}", again, *modules)
    packed = (IMAGES / f"linux-{version}.initrd").read_bytes()
    assert again.read_bytes() == packed
    assert 0 < len(packed) < SMALL


@pytest.mark.shows("R-BLD-18")
def test_the_modules_are_reproducible(tmp_path):
    """From another name of the headers' folder too."""
    (tmp_path / "headers").symlink_to(qemu.cache() / "linux-7.2-headers")
    elsewhere(ROOT / "guest/linux/make-modules", tmp_path / "headers", tmp_path / "out")
    made = sorted((tmp_path / "out").iterdir())
    assert [path.name for path in made] == ["edufst.ko", "fstall.ko", "retired.ko"]
    for path in made:
        assert path.read_bytes() == (MODULES / path.name).read_bytes()
        assert str(qemu.cache()).encode() not in path.read_bytes()


@pytest.mark.shows("R-BLD-12")
@KERNELS
def test_boots_on_the_bare_board(version):
    argv = qemu.command(IMAGES / f"linux-{version}.Image", IMAGES / f"linux-{version}.initrd",
                        harts=2, memory="256M", extra=["-append", "console=ttyS0"])
    child = pexpect.spawn(argv[0], argv[1:], encoding="utf-8", codec_errors="replace", timeout=60)
    try:
        child.expect(rf"linux: ready, Linux {version.replace('.', '[.]')}[.]\S+-riscv64, 2 harts")
        child.expect("linux# ")
        child.sendline("lsmod | grep -c '^uio'; uname -m")
        child.expect(r"\s2\s+riscv64\s")
        child.expect("linux# ")
        child.sendline("poweroff")
        child.expect("reboot: Power down")
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)


@pytest.mark.shows("R-BLD-17")
@KERNELS
def test_finds_the_drivers_of_its_pci_functions(version, boot, tmp_path):
    # Linux 6.12 has no driver for the IOMMU, which lets no DMA through before it has one.
    disks = [devices.sparse_disk(tmp_path / name, DISK_MIB) for name in ("nvme", "virtio")]
    machine = boot(kernel=IMAGES / f"linux-{version}.Image", machine=("iommu-sys=off",),
                   bundle=IMAGES / f"linux-{version}.initrd", harts=2, memory="256M", extra=[
                       *devices.nvme(disks[0], "1.0"), *devices.virtio_blk(disks[1], "2.0"),
                       *devices.nic("igb", "3.0", net=3),
                       *devices.nic("virtio-net-pci", "4.0", net=4),
                       "-append", "console=ttyS0 quiet igb.max_vfs=1"])
    machine.expect(FIRMWARE, "^linux: ready")
    machine.expect(FIRMWARE, PROMPT)
    for disk in ("nvme0n1", "vda"):
        output = machine.shell(FIRMWARE, f"disktest /dev/{disk} 12")
        assert output == f"disk /dev/{disk}: 12 MiB written and read back, checksum right\n"
    for interface, net in (("eth0", 3), ("eth1", 4)):
        output = machine.shell(FIRMWARE, f"nettest {interface}")
        assert f"network {interface}: address 10.0.{net}.15, 10.0.{net}.2 answers\n" in output
    # The virtual function of the Intel NIC that its driver was asked for.
    assert "0x10ca" in machine.shell(FIRMWARE, "cat /sys/class/net/eth0/device/virtfn0/device")


@pytest.mark.shows("R-BLD-17")
def test_its_disk_test_sees_a_disk_that_forgets(boot, tmp_path):
    """QEMU's null device takes what is written and gives back zeros."""
    machine = boot(kernel=IMAGES / "linux-7.2.Image", bundle=IMAGES / "linux-7.2.initrd", harts=1,
                   memory="256M", extra=[
                       "-drive", "if=none,id=null,format=raw,file=null-co://,file.size=64M,"
                       "file.read-zeroes=on",
                       "-device", "nvme,drive=null,serial=null", "-append", "console=ttyS0 quiet"])
    machine.expect(FIRMWARE, "^linux: ready")
    machine.expect(FIRMWARE, PROMPT)
    output = machine.shell(FIRMWARE, "! disktest /dev/nvme0n1 12")
    assert "what was read is not what was written" in output and "right" not in output

# SPDX-License-Identifier: Apache-2.0
"""Devices to plug into a board, as arguments of QEMU:
qemu.command(..., extra=[*nvme(...), *nic(...)]). `address` is "device.function" on the root bus, so
that a configuration can name it."""
from itertools import count

# What makes a virtio function one of PCI like others: its DMA passes the IOMMU, nothing is legacy.
_MODERN = "iommu_platform=on,disable-legacy=on"
_names = count()


def sparse_disk(path, mib):
    """Makes an empty disk image, which takes no room before it is written; returns its path."""
    with open(path, "wb") as image:
        image.truncate(mib << 20)
    return path


def plain(model, address, **options):
    """Any function that has no back end."""
    return ["-device", ",".join([model, f"addr={address}", *_text(options)])]


def iommu(address="1.0"):
    """The IOMMU as a PCI function; for a board with iommu-sys=off."""
    return plain("riscv-iommu-pci", address)


def edu(address, **options):
    """QEMU's edu; it would reach 256 MiB only, if not told otherwise."""
    return plain("edu,dma_mask=0xffffffffffffffff", address, **options)


def iommu_testdev(address):
    """QEMU 11.1 or later."""
    return plain("iommu-testdev", address)


def nvme(image, address, **options):
    drive, arguments = _drive(image)
    return arguments + plain("nvme", address, drive=drive, serial=drive, **options)


def virtio_blk(image, address, **options):
    drive, arguments = _drive(image)
    return arguments + plain(f"virtio-blk-pci,{_MODERN}", address, drive=drive, **options)


def nic(model, address, *, net=2, **options):
    """A NIC on a network of its own, 10.0.<net>.0/24, with a DHCP server and a gateway."""
    name = f"net{next(_names)}"
    if model.startswith("virtio"):
        model = f"{model},{_MODERN}"
    return ["-netdev", f"user,id={name},net=10.0.{net}.0/24"] + plain(
        model, address, netdev=name, romfile="", **options)


def _drive(image):
    name = f"disk{next(_names)}"
    return name, ["-drive", f"if=none,id={name},format=raw,file={image}"]


def _text(options):
    return [f"{name.replace('_', '-')}={value}" for name, value in options.items()]

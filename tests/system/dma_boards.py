# SPDX-License-Identifier: Apache-2.0
"""Boards for the tests of DMA: with the platform IOMMU or a PCI one, with its cache or without, and
what the hypervisor says of faults."""
import re

from devices import iommu

NO_CACHE = ["-global", "riscv-iommu.ioatc-limit=0"]
# name -> (options of -M, arguments). Slot 1 is the PCI IOMMU's in all of configs/dma*.dts.
BOARDS = {
    "platform": ((), []),
    "platform-no-cache": ((), NO_CACHE),
    "pci": (("iommu-sys=off",), iommu("1.0")),
    "pci-no-cache": (("iommu-sys=off",), [*iommu("1.0"), *NO_CACHE]),
}

DDTP = 0x10                       # in an IOMMU's registers: RISC-V IOMMU 5.5
PLATFORM_IOMMU = 0x3010000        # of QEMU virt
MODE_MASK, MODE_OFF, MODE_BARE, MODE_1LVL, MODE_3LVL = 0xf, 0, 1, 2, 4


def shape(board, *extra, memory="512M", harts=2):
    """What Machine takes for one of BOARDS, with these arguments after those of its IOMMU."""
    machine, arguments = BOARDS[board]
    return {"machine": machine, "memory": memory, "harts": harts, "extra": [*arguments, *extra]}


def iommu_registers(monitor, board):
    """Where the registers of the board's IOMMU are."""
    if board.startswith("platform"):
        return PLATFORM_IOMMU
    return int(re.search(r"PCI device 1b36:0014.*?BAR0: \S+ \S+ memory at (0x[0-9a-f]+)",
                         monitor.human("info pci"), re.DOTALL)[1], 16)


def iommu_mode(monitor, board):
    return monitor.read64(iommu_registers(monitor, board) + DDTP) & MODE_MASK


def faults(machine):
    """Press the statistics key; {(guest, device): faults counted}, 0 for others."""
    start = len(machine.stream("bulkhead"))
    machine.exits()
    said = machine.stream("bulkhead")[start:]
    return {(guest, device): int(total) for guest, device, total in
            re.findall(r"^faults (\S+) (\S+): total=(\d+)", said, re.MULTILINE)}

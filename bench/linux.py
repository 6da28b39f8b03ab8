# SPDX-License-Identifier: Apache-2.0
"""What Debian's Linux 7.2 pays for the hypervisor: from its first instruction to its shell, and for
reading its disk.

The board has one hart and an NVMe disk; the console is quiet. A start before the kernel notes the count
of retired instructions (guest/linux/start.S), the shell's profile notes it again (guest/linux/root/etc),
and both are asked for when all is over. Retired instructions, because the cycle counter goes on with the
time while every hart waits. Two things of the kernel are switched off on every board, by its command
line: the driver of the SBI's counters, which would stop the one that is read and which a guest has no
use for; and the self-tests of its ciphers, which go on in the background past the shell.

The disk is QEMU's, which answers when the machine that it runs on lets it, so the counts of two runs
differ: those of a boot by some 0.02 %, those of reading the disk, of which the least of READS counts,
by some 1 %. Exits are the same in every run. How they are counted is a key of Bulkhead's console.
"""
from dataclasses import dataclass, field

from counting import CORES, COUNTING, HYPERVISOR, IMAGES, ROOT, BenchError, together
from rows import EXITS, INSTRUCTIONS, Row, ratio_row

# Of tools/, to which counting leads.
import devices
from machine import FIRMWARE, PROMPT, Machine, MachineError

BOOTARGS = ("console=ttyS0 quiet cryptomgr.notests=1 initcall_blacklist=pmu_sbi_devinit "
            "start=0000000000000000")
PATIENCE = 400                    # seconds for a boot
GUEST = "linux"                   # its name in the configurations
# As much as the guests of bench/linux*.dts; and what the hypervisor's board has.
MEMORY, WHOLE_MEMORY = "512M", "2G"
NOW = "/sys/module/retired/parameters/now"
READS = 20
READ = f"read a <{NOW}; dd if=/dev/nvme0n1 of=/dev/null bs=64k count=128 iflag=direct 2>/tmp/log; " \
       f"read b <{NOW}; grep -q '^128+0 records in' /tmp/log && echo $((b - a))"
# For what is typed and printed: the virtual UART and its interrupt, the board's UART.
CONSOLE_EXITS = ("uart", "aplic", "external", "hyp-ipi", "total")


@dataclass(frozen=True)
class Boot:
    """Instructions to the shell and for the reads of the disk, exits by cause until then."""
    shell: int
    reads: int | None
    exits: dict = field(default_factory=dict)
    read_exits: int | None = None


def disk():
    """A disk without a file: all zeros, and it answers at once."""
    return ["-blockdev", "null-co,node-name=disk,size=67108864,read-zeroes=on",
            *devices.plain("nvme", "1.0", drive="disk", serial="disk")]


def _boot(source, has_disk, *args, **shape):
    with CORES, Machine(*args, harts=1, **shape) as machine:
        machine.expect(source, "^linux: ready", PATIENCE)
        machine.expect(source, PROMPT, PATIENCE)
        exits = machine.exits()[GUEST, 0] if source == GUEST else {}
        start, shell = machine.shell(source, "echo $start $shell").split()
        reads, read_exits = None, None
        if has_disk:
            reads = min(int(machine.shell(source, READ)) for _ in range(READS))
            if exits:
                grown = machine.exits()[GUEST, 0] - exits
                read_exits = sum(n for cause, n in grown.items() if cause not in CONSOLE_EXITS)
        return Boot(int(shell) - int(start, 16), reads, exits, read_exits)


def boot(*args, **shape):
    try:
        return _boot(*args, **shape)
    except MachineError as error:
        raise BenchError(f"Linux: {error}") from error


def bare(iommu):
    return boot(FIRMWARE, True, IMAGES / "linux-7.2-timed.Image", IMAGES / "linux-7.2.initrd",
                memory=MEMORY, machine=(f"iommu-sys={iommu}",),
                extra=(*COUNTING, *disk(), "-append", BOOTARGS))


def guest(config, has_disk=True):
    return boot(GUEST, has_disk, HYPERVISOR, ROOT / f"build/bench/{config}.bundle",
                memory=WHOLE_MEMORY, extra=(*COUNTING, *(disk() if has_disk else ())))


def by_cause(name, exits):
    """The total, then what it is made of, most first."""
    rows = [Row(f"{name}, exits", exits["total"], EXITS)]
    return rows + [Row(f"{name}, exits, {cause}", count, EXITS) for cause, count
                   in sorted(exits.items(), key=lambda item: (-item[1], item[0]))
                   if cause != "total"]


def rows():
    native, native_iommu, plain, viommu, alone = together(
        lambda: bare("off"), lambda: bare("on"), lambda: guest("linux"),
        lambda: guest("linux-viommu"), lambda: guest("linux-alone", has_disk=False))
    shell = Row("Linux to shell", plain.shell, INSTRUCTIONS, native.shell)
    shell_viommu = Row("Linux to shell, with a vIOMMU", viommu.shell, INSTRUCTIONS,
                       native_iommu.shell)
    return [shell, ratio_row(shell.name, shell), shell_viommu,
            *by_cause("Linux to shell, console quiet", plain.exits),
            *by_cause("Linux to shell, with a vIOMMU", viommu.exits),
            Row("Linux to shell, without devices, exits", alone.exits["total"], EXITS),
            Row("NVMe reads of 8 MiB", plain.reads, INSTRUCTIONS, native.reads),
            Row("NVMe reads of 8 MiB, exits", plain.read_exits, EXITS),
            Row("NVMe reads of 8 MiB, with a vIOMMU", viommu.reads, INSTRUCTIONS,
                native_iommu.reads),
            Row("NVMe reads of 8 MiB, with a vIOMMU, exits", viommu.read_exits, EXITS)]

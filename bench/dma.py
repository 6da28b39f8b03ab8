# SPDX-License-Identifier: Apache-2.0
"""What the Linux DMA API costs a guest with a vIOMMU, beside the same kernel on the bare board: 8 MiB
of reads of an NVMe disk, by requests of each of SIZES and in each of MODES, by bench/dma/reads.c.

Disks of QEMU answer from a thread of their own. This one answers as late as a good disk does, so that
a hart always waits for it, as it does elsewhere. What differs between two runs is how many timers end
within a wait, so a figure is of requests without (reads.c), and the median of some times: it varies by
1 %. What lazy does now and then, and by time, is in its doorbells only, which vary by more.
Instructions are those that were retired (instret): the other counter is a clock too, which goes on while
harts wait.
"""
import bisect
import re
import subprocess
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from counting import HYPERVISOR, ROOT, BenchError, console, together
from exits import OWN
from rows import EXITS, INSTRUCTIONS, Row, ratio_row

BUILD = ROOT / "build/bench"
KERNEL, SYMBOLS, PROGRAM = (BUILD / name for name in ("linux-dma.Image", "linux-dma.map", "reads.initrd"))
GUEST = ROOT / "bench/dma/guest.dts"
SIZES = {4 << 10: "4K", 64 << 10: "64K", 1 << 20: "1M"}
MODES = {"strict": "iommu.strict=1", "lazy": "iommu.strict=0", "passthrough": "iommu.passthrough=1"}
BOOTARGS = "console=ttyS0 quiet {} rdinit=/reads"
COMMANDS = "commands"

LATENCY_NS = 100000               # of QEMU's own time, hence a clock that does not run ahead of it
DISK = ("-drive", "if=none,id=null,format=raw,file=null-co://,file.size=64M,file.read-zeroes=off,"
        f"file.latency-ns={LATENCY_NS}",
        "-device", "nvme,addr=2.0,drive=null,serial=null,ioeventfd=off", "-icount", "sleep=on")
PATIENCE = 900                    # on a busy machine

RESULT = re.compile(r"reads: (\d+) (\d+) (\d+)$", re.MULTILINE)
# QEMU's log of traps (-d int), and the page faults that reads.c makes: MARK, and the number of a size.
TRAP = re.compile(r"async:(?P<async>\d), cause:(?P<cause>[0-9a-f]+), epc:0x(?P<epc>[0-9a-f]+), "
                  r"tval:0x(?P<tval>[0-9a-f]+)")
MARK, MARK_END, MARKS = 0x2bead00000, 0x1000, 0x2000
PAGE_FAULTS = {("0", 13), ("0", 15)}
# What the hypervisor asks the firmware is part of an exit.
ECALL_OF_HYPERVISOR = ("0", 9)


@dataclass(frozen=True)
class Reads:
    """Of one size: instructions of each time, and commands of all of them."""
    instructions: tuple
    commands: tuple


def results(text):
    """{size: Reads} of what reads.c printed."""
    found = defaultdict(list)
    for size, instructions, commands in RESULT.findall(text):
        found[int(size)].append((int(instructions), int(commands)))
    if set(found) != set(SIZES):
        raise BenchError(f"reads of {sorted(found)} bytes, not of {sorted(SIZES)}:\n{text}")
    return {size: Reads(*zip(*times)) for size, times in found.items()}


def symbols(lines):
    """Of a System.map: addresses and names, sorted by address, for function_at."""
    entries = sorted((int(address, 16), name) for address, kind, name in map(str.split, lines)
                     if kind in "tT")
    return [address for address, _ in entries], [name for _, name in entries]


def function_at(known, address):
    addresses, names = known
    found = bisect.bisect_right(addresses, address) - 1
    return names[found] if found >= 0 else "?"


def exits(log, known):
    """{number of a size: Counter of functions of Linux that were left} of a log of traps."""
    counted, current = defaultdict(Counter), None
    for line in log:
        trap = TRAP.search(line)
        if not trap:
            continue
        kind, tval = (trap["async"], int(trap["cause"], 16)), int(trap["tval"], 16)
        if kind in PAGE_FAULTS and MARK <= tval < MARK + MARKS:
            current = tval - MARK if tval < MARK + MARK_END else None
        elif current is not None and kind not in OWN and kind != ECALL_OF_HYPERVISOR:
            function = function_at(known, int(trap["epc"], 16))
            counted[current]["interrupt" if trap["async"] == "1" else function] += 1
    return counted


def is_viommu(function):
    """The driver's functions, all of one file."""
    return function.startswith("riscv_iommu_")


def pack(mode):
    """A bundle with the guest in that mode."""
    source, bundle = BUILD / f"dma-{mode}.dts", BUILD / f"dma-{mode}.bundle"
    source.write_text(GUEST.read_text().replace("BOOTARGS", BOOTARGS.format(MODES[mode])))
    subprocess.run([ROOT / "build/tools/bulkhead", "pack", source, "--images", BUILD, "-o", bundle],
                   stdout=subprocess.DEVNULL, check=True)
    return bundle


def bare(mode):
    return results(console(KERNEL, PROGRAM, harts=1, memory="128M", patience=PATIENCE,
                           extra=(*DISK, "-append", BOOTARGS.format(MODES[mode]))))


def guest(mode, known):
    """Reads, and the exits of each size."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "traps"
        reads = results(console(HYPERVISOR, pack(mode), harts=1, memory="512M", patience=PATIENCE,
                                extra=(*DISK, "-d", "int", "-D", log)))
        with open(log, encoding="ascii", errors="replace") as lines:
            return reads, exits(lines, known)


def rows_of(mode, native, ours, left):
    """native and ours: {size: Reads}; left: what exits() gives."""
    for number, (size, text) in enumerate(SIZES.items()):
        name, times = f"NVMe reads {text} {mode}", len(ours[size].instructions)
        viommu = sum(count for function, count in left[number].items() if is_viommu(function))
        row = Row(name, median(ours[size].instructions), INSTRUCTIONS,
                  median(native[size].instructions))
        yield row
        yield ratio_row(name, row)
        yield Row(f"{name}, doorbells", median(ours[size].commands), COMMANDS,
                  median(native[size].commands))
        yield Row(f"{name}, exits: viommu", viommu / times, EXITS)
        yield Row(f"{name}, exits: other", (sum(left[number].values()) - viommu) / times, EXITS)


def rows():
    with open(SYMBOLS, encoding="ascii") as lines:
        known = symbols(lines)
    native, ours = ([lambda mode=mode: bare(mode) for mode in MODES],
                    [lambda mode=mode: guest(mode, known) for mode in MODES])
    found = together(*native, *ours)
    return [row for mode, of_bare, of_guest in zip(MODES, found, found[len(MODES):])
            for row in rows_of(mode, of_bare, *of_guest)]

# SPDX-License-Identifier: Apache-2.0
"""What Bulkhead's boot costs: instructions, those of all harts, from Bulkhead's entry to a guest's first.

guest/entry, in Bulkhead's place, reads the counter and jumps to Bulkhead; guest/stamp reads it again
(guest/stamp/stamp.h). So what the firmware does before is in none of the figures: its harts wait for each
other by spinning, which counts differently in each run.
"""
import re
import subprocess
import tempfile
from pathlib import Path

from counting import HYPERVISOR, IMAGES, ROOT, BenchError, console, together
from devices import edu, plain
from rows import INSTRUCTIONS, Row

TOOL = ROOT / "build/tools/bulkhead"
ENTRY_OFFSET = 0x100000           # guest/entry/entry.c
STAMP = re.compile(r"stamp: (\d+)")
GUESTS = (1, 4, 16)               # each on a hart of its own, of a board with as many
COPIED = 32 << 20                 # bytes of the large image; that of guest/stamp has 8 KiB

# Growth: each of these doubles while all else stays, on boards that have room for the most.
GROWTH = (1, 2, 4, 8, 16)
PLATFORM_GROWTH = (1, 2, 4, 8)    # QEMU virt has 8 virtio-mmio devices


def boot(guests, *, harts=None, size=0, devices="", extra=()):
    """Instructions until each guest's first one, the earliest first. Their image has at least that size; the
    first guest has the devices."""
    with tempfile.TemporaryDirectory() as scratch:
        at = Path(scratch)
        (at / "stamp.bin").write_bytes((IMAGES / "stamp.bin").read_bytes().ljust(size, b"\0"))
        (at / "kernel.bin").write_bytes(
            (IMAGES / "entry.bin").read_bytes().ljust(ENTRY_OFFSET, b"\0") + HYPERVISOR.read_bytes())
        nodes = " ".join(f'g{g} {{ harts = <{g}>; memory = "{4 + (size >> 20)}M"; '
                         f'kernel = "stamp.bin"; {devices if g == 0 else ""} }};'
                         for g in range(guests))
        (at / "boot.dts").write_text(
            f'/dts-v1/; / {{ compatible = "bulkhead,config-v1"; guests {{ {nodes} }}; }};')
        packed = subprocess.run([TOOL, "pack", at / "boot.dts", "--images", at, "-o", at / "bundle"],
                                text=True, capture_output=True, check=False)
        if packed.returncode != 0:
            raise BenchError(f"boot of {guests} guests: {packed.stderr}")
        said = console(at / "kernel.bin", at / "bundle", until="stamp:", harts=harts or guests,
                       extra=extra)
    counts = sorted(int(count) for count in STAMP.findall(said))
    if len(counts) != guests:
        raise BenchError(f"of {guests} guests only {len(counts)} have begun:\n{said}")
    return counts


def plural(count, what):
    return f"{count} {what}{'' if count == 1 else 's'}"


def rows():
    *booted, large = together(*(lambda n=n: boot(n) for n in GUESTS), lambda: boot(1, size=COPIED))
    of = dict(zip(GUESTS, booted))
    copying = (large[0] - of[1][0]) / (COPIED - (IMAGES / "stamp.bin").stat().st_size)
    return [
        *(Row(f"boot to the first guest instruction, {plural(n, 'guest')}", counts[0], INSTRUCTIONS)
          for n, counts in of.items()),
        *(Row(f"boot to the last guest's first instruction, {plural(n, 'guest')}", counts[-1],
              INSTRUCTIONS) for n, counts in of.items() if n > 1),
        Row("boot, a KiB of a guest's image copied", round(copying * 1024, 2), INSTRUCTIONS),
    ]


# ---- growth -------------------------------------------------------------------------------------
def _names(nodes):
    return f"devices {{ {' '.join(f'd{i} {{ {node} }};' for i, node in enumerate(nodes))} }};"


def guests(count):
    return boot(count, harts=max(GROWTH))


def platform_devices(count):
    """The rest of them stays nobody's."""
    return boot(1, harts=1, devices=_names(f'node = "/soc/virtio_mmio@{0x10001000 + i * 0x1000:x}"; '
                                           'unprotected-dma;'
                                           for i in range(count)))


def pci_functions(count):
    """Functions on the root bus, all of them the guest's."""
    extra = [word for i in range(count) for word in edu(f"{i + 2:x}.0")]
    return boot(1, harts=1, extra=extra,
                devices=_names(f'pci = "0000:00:{i + 2:02x}.0";' for i in range(count)))


def directory_tables(count):
    """As many functions, but each on a bus of its own, and so in a table of its own of the IOMMU's
    device directory."""
    extra = [word for i in range(count) for word in
             (*plain("pcie-root-port", f"{i + 2:x}.0", id=f"port{i}", chassis=i + 1),
              *edu("0.0", bus=f"port{i}"))]
    return boot(1, harts=1, extra=extra,
                devices=_names(f'pci = "0000:{i + 1:02x}:00.0";' for i in range(count)))


def growth_rows():
    """To the last guest's first instruction."""
    points = [(what, measure, n) for what, measure, steps in (
        ("guest", guests, GROWTH), ("platform device", platform_devices, PLATFORM_GROWTH),
        ("PCI function", pci_functions, GROWTH), ("directory table", directory_tables, GROWTH))
        for n in steps]
    counts = together(*(lambda p=p: p[1](p[2])[-1] for p in points))
    return [Row(f"boot growth, {plural(n, what)}", count, INSTRUCTIONS)
            for (what, _, n), count in zip(points, counts)]

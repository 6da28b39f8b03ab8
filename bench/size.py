# SPDX-License-Identifier: Apache-2.0
"""What there is of Bulkhead: bytes of its image, memory that it takes, lines that somebody who is to
trust it must read."""
import json
import re
import subprocess
import tempfile
from pathlib import Path

from counting import HYPERVISOR, IMAGES, ROOT, BenchError, qemu, together
from rows import BYTES, LINES, Row

ELF = ROOT / "build/bulkhead.elf"
OBJECTS = ROOT / "build/target"
TOOL = ROOT / "build/tools/bulkhead"

# By the first that a path begins with. What is of plan and configuration decides before anything starts.
COMPONENTS = {
    "hyp/plan/": "plan and configuration", "hyp/config/": "plan and configuration",
    "hyp/pci/": "PCI", "platform/pci/": "PCI",
    "iommu/viommu/": "vIOMMU", "hyp/viommu/": "vIOMMU",
    "iommu/": "IOMMU", "hyp/dma/": "IOMMU",
    "boot/": "board and boot", "platform/": "board and boot", "hyp/guestdt/": "board and boot",
    "": "core",
}
FOREIGN = "libfdt"

MEMORY_HARTS = 16
MEMORY_GUESTS = (1, 4, 16)


def _output(*command, **kwargs):
    try:
        return subprocess.run([str(word) for word in command], text=True, capture_output=True,
                              check=True, cwd=ROOT, **kwargs).stdout
    except subprocess.CalledProcessError as error:
        raise BenchError(f"{command[0]}: {error.stderr}") from error


def sections():
    """{name: bytes} of the sections that are loaded."""
    table = _output("readelf", "--sections", "--wide", ELF)
    found = re.findall(r"\] (\S+) +(?:PROGBITS|NOBITS|RELA) +\S+ \S+ ([0-9a-f]+) \S+ +W?AX? ", table)
    return {name: int(size, 16) for name, size in found}


def image_rows():
    of = sections()
    stays = {"text": of[".text"], "rodata": of[".rodata"]}
    all_of = {kind: size + of[f".boot.{kind}"] for kind, size in stays.items()}
    memory = of[".units"] + of[".data"] + of[".bss"]
    return [
        Row("text and rodata", sum(all_of.values()), BYTES),
        Row("text and rodata that stay after boot", sum(stays.values()), BYTES),
        Row("text", all_of["text"], BYTES),
        Row("rodata", all_of["rodata"], BYTES),
        Row("data and bss", memory, BYTES),
        Row("image file", HYPERVISOR.stat().st_size, BYTES),
    ]


# ---- memory -------------------------------------------------------------------------------------
def _config(guests):
    each = "".join(f'g{i} {{ harts = <{i}>; memory = "16M"; kernel = "bench.bin"; }};'
                   for i in range(guests))
    return f'/dts-v1/; / {{ compatible = "bulkhead,config-v1"; guests {{ {each} }}; }};'


def memory_rows():
    """What is no guest's: image and pool, on a board of MEMORY_HARTS harts, by the plan."""
    last = max(int(value, 16) for value in re.findall(
        r"^([0-9a-f]{16}) . image_end$", _output("nm", ELF), re.MULTILINE))
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        board = Path(scratch, "board.dtb")
        _output(*qemu.dtb_command(board, harts=MEMORY_HARTS))
        for guests in MEMORY_GUESTS:
            config = Path(scratch, "config.dts")
            config.write_text(_config(guests))
            report = json.loads(_output(TOOL, "report", config, "--board", board,
                                        "--images", IMAGES, "--json"))
            rows.append(Row(f"memory that is no guest's, {MEMORY_HARTS} harts, "
                            f"{guests} guest{'s'[:guests > 1]}", last + report["pool"]["size"], BYTES))
    return rows


# ---- lines --------------------------------------------------------------------------------------
def component(path):
    return next(name for start, name in COMPONENTS.items() if path.startswith(start))


def linked_files():
    """(the project's files, libfdt's) of which the image is made: those compiled, and their headers.
    The compiler's own routines came as objects."""
    units = re.findall(r"DW_AT_name +: (?:\(indirect[^)]*\): )?(\S+)",
                       _output("readelf", "--debug-dump=info", "--dwarf-depth=1", ELF))
    # The compiler does not name headers of libraries.
    own = {str(path.relative_to(ROOT)) for path in (ROOT / "lib/include").glob("*.h")}
    foreign = {str(path) for path in (qemu.cache() / "libfdt").glob("*.h")}
    for unit in (unit for unit in units if not unit.startswith("../")):
        made = OBJECTS / (f"libfdt/{Path(unit).stem}" if unit.startswith("cache/") else
                          Path(unit).with_suffix(""))
        rule = made.with_suffix(".d").read_text().replace("\\\n", " ").splitlines()[0]
        for name in rule.partition(":")[2].split():
            (foreign if Path(name).is_absolute() else own).add(name)
    return own, foreign


def code_lines(paths):
    """Lines that are neither blank nor comment: the preprocessor takes comments out, and no more."""
    text = _output("gcc", "-E", "-P", "-fpreprocessed", "-dD", "-w", *sorted(paths))
    return sum(bool(line.strip()) for line in text.splitlines())


def line_rows():
    own, foreign = linked_files()
    parts = {name: [path for path in own if component(path) == name]
             for name in dict.fromkeys(COMPONENTS.values())}
    counts = dict(zip(parts, together(*(lambda part=part: code_lines(part)
                                        for part in parts.values()))))
    return [Row("lines of code, all but libfdt", sum(counts.values()), LINES),
            *(Row(f"lines of code, {name}", count, LINES) for name, count in counts.items()),
            Row(f"lines of code, {FOREIGN}", code_lines(foreign), LINES)]


def rows():
    return image_rows() + memory_rows() + line_rows()

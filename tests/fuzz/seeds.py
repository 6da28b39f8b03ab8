#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the seeds of the fuzz harnesses: trees and bundles out of the project's own, sequences
of what drivers do, and the inputs in tests/fuzz/corpus that once found something (text, in hex).

    tests/fuzz/seeds.py OUT-FOLDER BOARD-DTB...
"""
import shutil
import struct
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

# Operations of fuzz_viommu.c.
VIOMMU_RAM, VIOMMU_TABLE, VIOMMU_COMMANDS, VIOMMU_FAULTS = 0x80000000, 0x30000, 0x10000, 0x20000
DDTP, CQB, CQT, FQB, CQCSR, FQCSR = 0x10, 0x18, 0x24, 0x28, 0x48, 0x4c
IPSR, ICVEC, MSI_0 = 0x54, 0x2f8, 0x300
FILES = 0x28000000


def reg32(offset, value):
    return struct.pack("<BHI", 2 << 3, offset, value)


def reg64(offset, value):
    return struct.pack("<BHQ", 3 << 3, offset, value)


def memory(area, doubleword, value):
    return struct.pack("<BHQ", 3, area | doubleword << 2, value)


def context(device, tc, ta, fsc):
    return b"".join(memory(0, device * 4 + n, value) for n, value in ((0, tc), (2, ta), (3, fsc)))


def command(n, first, second):
    return memory(1, 2 * n, first) + memory(1, 2 * n + 1, second)


def viommu():
    """As Linux sets it up, with each command once; as it recovers; and with wrong addresses."""
    base = VIOMMU_RAM >> 12
    queues = (reg64(CQB, (base + 0x10) << 10 | 6) + reg64(FQB, (base + 0x20) << 10 | 6)
              + reg32(CQCSR, 3) + reg32(FQCSR, 3))
    messages = (reg64(ICVEC, 0x10) + reg64(MSI_0, FILES) + reg32(MSI_0 + 8, 40)
                + reg64(MSI_0 + 16, FILES + 0x1000) + reg32(MSI_0 + 24, 41))
    contexts = context(3, 1, 0, 8 << 60 | 0x80040) + context(4, 0x21, 0x1000, 2 << 60)
    directory = reg64(DDTP, (base + 0x30) << 10 | 2)
    commands = [(1, 0), (0x401, 0x200), (2 | 1 << 10, 0x80040000 >> 2), (2 | 1 << 11, FILES >> 2),
                (3, 0), (3 | 1 << 33 | 3 << 40, 0), (0x83 | 1 << 33 | 4 << 40, 0)]
    each = b"".join(command(n, *entry) + reg32(CQT, n + 1) for n, entry in enumerate(commands))
    fault = struct.pack("<BH", 5, 13) + reg32(IPSR, 3)
    ill = command(0, 0x7f, 0) + reg32(CQT, 1) + reg32(CQCSR, 0x403) + reg32(CQCSR, 0x703)
    hole = struct.pack("<BH", 6, 0x10)
    batch = b"".join(command(n, 3 | 1 << 33 | (3 + n) << 40, 0) for n in range(40)) + reg32(CQT, 40)
    yield "batch", queues + directory + batch
    yield "linux", messages + queues + contexts + directory + each + fault
    yield "recover", messages + queues + directory + ill + each
    yield "hole", queues + directory + hole + each + fault
    yield "off", queues + reg64(DDTP, 0) + reg32(CQCSR, 0) + reg32(FQCSR, 0) + b"\x07" + fault
    yield "bytes", b"".join(struct.pack("<BHB", 0, offset, 0xff) for offset in range(0, 0x60, 3))


def vaplic():
    def store(offset, value):
        return struct.pack("<BHI", 1, offset, value)

    def wire(source, level):
        return struct.pack("<BHI", 0, source - 1, level)

    on = store(0, 0x100)
    for name, mode in (("edge", 4), ("falling", 5), ("high", 6), ("low", 7)):
        yield name, on + b"".join(
            store(4 * source, mode) + store(0x3000 + 4 * source, 1 << 18 | 0x20 + source)
            + store(0x1edc, source) + wire(source, 1) + wire(source, 0) + store(0x1ddc, source)
            for source in (1, 2, 5, 32, 63))
    yield "words", on + b"".join(store(offset + 4 * n, 0xffffffff) for n in range(3)
                                 for offset in (0x1c00, 0x1d00, 0x1e00, 0x1f00))
    yield "genmsi", on + store(0x3000, 1 << 18 | 7) + store(0x2000, 1) + store(0x2004, 1 << 24)


def vuart():
    def store(register, value):
        return bytes((2 | register << 3, value))

    def load(register):
        return bytes((register << 3, 0))

    yield "linux", (store(3, 0x83) + store(0, 2) + store(1, 0) + store(3, 3) + store(2, 0xc7)
                    + store(4, 0x0b) + store(1, 0x0f) + load(2) + load(5) + load(6)
                    + b"".join(store(0, ord(c)) for c in "hello") + load(2) + load(5))
    yield "receive", (store(2, 1) + store(1, 5) + b"".join(bytes((4, n)) for n in range(20))
                      + b"\x06\x00" + load(5) + load(2) + b"".join(load(0) for _ in range(18)))
    yield "loop", store(4, 0x1f) + store(0, 0x41) + load(5) + load(0) + load(6) + store(4, 0)
    yield "full", b"\x07\x00" + store(1, 2) + store(0, 1) + load(5) + b"\x07\x20" + load(2)


def compiled(source):
    return subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", source], capture_output=True,
                          check=True).stdout


def cpio(entries):
    """A newc archive: what bundles have, and what tells them apart."""
    out = b""
    for name, mode, data in [*entries, ("TRAILER!!!", 0, b"")]:
        fields = [0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
        out += b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
        out += bytes(-len(out) % 4) + data
        out += bytes(-len(out) % 4)
    return out


def bundle():
    regular, folder = 0o100644, 0o040755
    yield "empty", cpio([])
    yield "two", cpio([("config.dtb", regular, b"\xd0\x0d\xfe\xed"), ("./a/b", regular, b"12345")])
    yield "folder", cpio([(".", folder, b""), ("images", folder, b""), ("images/x", regular, b"")])
    yield "twice", cpio([("x", regular, b"1"), ("x", regular, b"2")])
    yield "link", cpio([("x", 0o120777, b"/etc")])
    yield "many", cpio([(f"f{n}", regular, b"") for n in range(65)])


def main():
    out, boards = Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]]
    sources = [*(ROOT / "configs").glob("*.dts"), ROOT / "tests/unit/data/config.dts"]
    seeds = {
        "board": [(board.stem, board.read_bytes()) for board in boards],
        "bundle": bundle(),
        "config": [(source.stem, compiled(source)) for source in sources],
        "vaplic": vaplic(),
        "viommu": viommu(),
        "vuart": vuart(),
    }
    for harness, made in seeds.items():
        folder = out / f"fuzz_{harness}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, data in made:
            (folder / name).write_bytes(data)
        for found in (ROOT / "tests/fuzz/corpus" / harness).glob("*.hex"):
            (folder / found.stem).write_bytes(bytes.fromhex(found.read_text(encoding="ascii")))


if __name__ == "__main__":
    main()

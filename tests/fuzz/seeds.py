#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the seeds of the fuzz harnesses: trees and bundles out of the project's own, sequences
of what drivers do, and the inputs in tests/fuzz/corpus.

    tests/fuzz/seeds.py OUT-FOLDER BOARD-DTB...
"""
import random
import re
import shutil
import struct
import sys
from pathlib import Path

import corpus

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/golden"))
import golden  # pylint: disable=wrong-import-position

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
    fault = struct.pack("<BHB", 5, 13, 0) + reg32(IPSR, 3)
    ill = command(0, 0x7f, 0) + reg32(CQT, 1) + reg32(CQCSR, 0x403) + reg32(CQCSR, 0x703)
    hole = struct.pack("<BH", 6, 0x10)
    batch = b"".join(command(n, 3 | 1 << 33 | (3 + n) << 40, 0) for n in range(40)) + reg32(CQT, 40)
    # Addresses: one that holds for a page, several pages, a range that has others in it; then those
    # that nothing of before holds, all in one batch; a process directory and its command.
    on = reg32(IPSR, 0) * 6  # what is left to do goes on with each store
    pages = [(1 | 1 << 10, page << 12 >> 2) for page in (0x12345, 0x12346, 0x12345, 0x99999)]
    ranges = [(1 | 1 << 10 | 1 << 12, 0x12345 << 10 | 1 << 9), (1 | 1 << 10, 0x777 << 10),
              (1 | 1 << 10 | 1 << 34, 0x123f << 10 | 1 << 9), (1 | 1 << 34, 0x1ff << 10),
              (1 | 1 << 32 | 7 << 12, 0), (1, 0)]
    many = b"".join(command(n, *entry) for n, entry in enumerate(pages + ranges))
    yield "addresses", queues + directory + on + many + reg32(CQT, len(pages + ranges)) + on
    processes = [(0x83 | 1 << 33 | 4 << 40 | pid << 12, 0) for pid in (1, 2, 1)]
    directories = context(4, 0x21, 0, 2 << 60 | 0x80041) + context(5, 0x21, 0, 1 << 60 | 0x80041)
    many = b"".join(command(n, *entry) for n, entry in enumerate([*processes, (2, 0)]))
    yield "processes", queues + directories + directory + on + many + reg32(CQT, 4) + on
    for levels in (3, 4):  # and what is wrong with them: not valid, reserved bits, no memory
        entries = b"".join(memory(0, n, value) for n, value in enumerate(
            (0x80030 << 10 | 1, 0x80031 << 10 | 1, 0, 0x80031 << 10 | 0x201, 0x12345 << 10 | 1)))
        yield f"levels-{levels}", (queues + contexts + entries
                                   + reg64(DDTP, (base + 0x30) << 10 | levels) + on + each)
    causes = [cause for cause in (1, 4, 5, 6, 7, 12, 13, 15, 20, 21, 23, 256, 257, 258, 259, 260, 261,
                                  262, 263, 264, 265, 266, 267, 268, 269, 270, 271, 272, 273, 274)]
    kinds = b"".join(struct.pack("<BHB", 5 | kind << 3, cause, kind) for cause in causes
                     for kind in range(10))
    yield "faults", messages + queues + contexts + directory + kinds[:220 * 4]
    yield "undone", queues + contexts + directory + command(0, 1, 0) + reg32(CQT, 1) + b"\x0f" + each
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


def trap():
    """Every kind of load and store, and what drivers do with an interrupt file."""
    def step(what, select, instruction, value):
        return struct.pack("<BBIQ", what, select - 0x68, instruction, value)

    def csr(number, funct3, select, value):
        return step(6, select, number << 20 | 5 << 15 | funct3 << 12 | 6 << 7 | 0x73, value)

    sireg, stopei = 0x151, 0x15c
    loads = [0x03 | width << 12 | 5 << 7 | 6 << 15 for width in range(7)]
    stores = [0x23 | width << 12 | 5 << 20 | 6 << 15 for width in range(4)]
    short = [0x43c0, 0x7c7c, 0xdf64, 0xe498, 0x5ffe, 0x70fe, 0xdffe, 0xfffe, 0x8000, 0x8440, 0x8800,
             0x8c00]
    yield "instructions", b"".join(step(0, 0x68, one, 0x8182838485868788)
                                   for one in loads + stores + short)
    yield "transformed", b"".join(step(1, 0x68, one & kept & ~length, 0)
                                  for ones, kept in ((loads, 0x7fff), (stores, 0x1f0707f))
                                  for one in ones for length in (0, 2))
    read = step(6, 0x70, stopei << 20 | 2 << 12 | 6 << 7 | 0x73, 0)
    opened = (csr(sireg, 1, 0x70, 1) + csr(sireg, 1, 0x72, 0) + csr(sireg, 2, 0xc0, 1 << 9)
              + csr(sireg, 2, 0xc2, 1 << 63))
    yield "file", (opened + step(2, 0x68, 0, 9) + read + read + csr(stopei, 1, 0x70, 0) + step(10, 0x68, 0, 127)
                   + csr(stopei, 2, 0x70, 0) + csr(sireg, 3, 0xc2, 1 << 63) + step(3, 0x68, 0, 1 << 9)
                   + csr(sireg, 3, 0x80, 1 << 9) + csr(sireg, 1, 0x72, 5))


SBI_EXTENSIONS = ("TIME", "IPI", "RFENCE", "DBCN", "HSM", "SRST", "BASE")


def sbi():
    """What guests call, by vCPU 0; all restart; and what somebody types meanwhile."""
    ram, zero, one, ones = b"\x02\x00\x01", b"\x00", b"\x08", b"\x01"

    def call(name, function, *registers, vcpu=0):
        given = [*registers, zero, zero, zero, zero, zero][:5]
        return bytes((vcpu << 3, SBI_EXTENSIONS.index(name), function)) + b"".join(given)

    def loop(vcpu):
        return bytes((5 | vcpu << 3,))

    def typed(text):
        return b"".join(bytes((6, byte)) for byte in text)

    def small(number):
        return bytes((number << 3,))

    all_loop = b"".join(loop(vcpu) for vcpu in range(4))
    starts = b"".join(call("HSM", 0, small(vcpu), ram, one) for vcpu in range(1, 4)) + all_loop
    yield "linux", (b"".join(call("BASE", function) for function in range(8))
                    + call("BASE", 3, b"\x06" + struct.pack("<Q", 0x48534d)) + starts
                    + call("TIME", 0, ones) + call("IPI", 0, small(15)) + call("IPI", 0, zero, ones)
                    + b"".join(call("RFENCE", function, zero, ones, ram, small(16), one)
                               for function in range(4))
                    + b"".join(call("HSM", 2, small(vcpu)) for vcpu in range(5))
                    + call("HSM", 3) + call("HSM", 1, vcpu=2) + call("HSM", 2, small(2)))
    yield "console", (typed(b"hello") + call("DBCN", 1, small(5), ram) + call("DBCN", 0, small(5), ram)
                      + call("DBCN", 2, small(10)) + b"\xe7\x00"
                      + call("DBCN", 0, b"\x45\x00", ram) * 18 + call("DBCN", 2, small(10))
                      + b"\xe7\xff" * 3 + call("DBCN", 2, small(10)) + call("DBCN", 1, small(5), ram))
    # Its virtual UART: data, with interrupts, while the ring is full and after.
    store, load = b"\xc6", b"\x86"
    yield "uart", (b"\xce\x03" + store + b"A" + b"\xe7\x00" + (store + b"B") * 40
                   + call("DBCN", 0, b"\x45\x00", ram) * 18 + store + b"C" + b"\xe7\xff" * 3
                   + typed(b"x" * 40) + load * 2 + b"\x96" * 2)
    yield "keys", typed(b"\x1cn\x1cp\x1c1\x1cs\x1ch\x1c?\x1c\x1c\x1cx") + b"\xe7\xff" * 4
    for name, kind in (("stop", 0), ("restart", 1), ("warm", 2)):
        yield name, starts + call("SRST", 0, small(kind)) + all_loop * 4 + call("BASE", 0)
    yield "restart-by-key", starts + typed(b"\x1cr") + all_loop * 4 + typed(b"\x1cn\x1cr")
    yield "again-by-key", starts + call("SRST", 0) + all_loop * 4 + typed(b"\x1cr") + all_loop * 2
    yield "stop-in-restart", (starts + call("SRST", 0, one) + call("SRST", 0, vcpu=1) + all_loop * 4)


def vpci():
    """A function, three of them, and one whose virtual functions are somebody's, as drivers use them;
    and lists of capabilities that lead astray."""
    def step(what, width, function, offset, value=0):
        return struct.pack("<BHI", what | {1: 0, 2: 1, 4: 2}[width] << 3 | function << 5, offset, value)

    def change(*words):
        return bytes((len(words),)) + b"".join(struct.pack("<BHI", 0, *word) for word in words)

    def driver(function):
        return (b"".join(step(5, 4, function, bar) for bar in range(6))
                + step(0, 2, function, 4, 0x7) + step(0, 2, function, 6, 0xf900)
                + step(0, 4, function, 0xc4, 0x28000000) + step(0, 4, function, 0xc8, 0)
                + step(0, 2, function, 0xcc, 40) + step(0, 2, function, 0xc2, 0x11)
                + step(0, 2, function, 0xa2, 0xc000) + step(0, 2, function, 0x68, 0xffff)
                + step(4, 4, function, 0x68) + step(0, 1, function, 0x3c, 0x55)
                + step(4, 4, function, 0x3c) + step(4, 2, function, 0x102) + step(6, 1, function, 0)
                + step(4, 4, function, 0))

    yield "one", b"\x00" + change() + driver(0) + step(4, 4, 7, 0x120, 9)
    yield "pins", b"\x1d" + change() + driver(0) + driver(1)
    yield "three", b"\x02" + change() + driver(0) + driver(1) + driver(2)
    stubs = (step(0, 2, 0, 0x170, 3) + step(0, 2, 0, 0x168, 9)
             + b"".join(step(4, 4, 7, offset, rid) for offset in (0, 8, 12) for rid in range(8, 16))
             + step(6, 1, 0, 0))
    yield "physical", b"\x60" + change() + driver(0) + stubs + step(0, 2, 0, 0x168, 0)
    yield "loop", b"\x00" + change((0xc0, 0x03824005), (0x1a0, 0x1000000f)) + driver(0)
    yield "overlap", b"\x00" + change((0x40, 0x05), (0x34, 0x44), (0x44, 0x01845009)) + driver(0)
    yield "end", b"\x00" + change((0x34, 0xfc), (0xfc, 0x0184f805), (0x1a0, 0xffc10003)) + driver(0)
    yield "absent", b"\x00" + change((0x08, 0xffffffff))
    yield "no-reset", b"\x00" + change((0x64, 0x8fe2)) + driver(0) + step(6, 1, 0, 0)
    yield "stirred", b"\x00" + change() + b"".join(
        step(7 | how << 3, 1, 0, 0x48, 900000) + step(6, 1, 0, 0) + driver(0) for how in range(4))


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


def pci():
    """A root bus; a root port with functions that have virtual ones; a switch; a bridge to
    conventional PCI; and functions that lie about their lists of capabilities."""
    def step(what, how, to, *more):
        return bytes((what | how << 3, to, *more))

    def word(function, offset, value):
        return bytes((7, function)) + struct.pack("<HI", offset, value)

    def bar(function, register, kind, log2, virtual=0):
        return step(3, register + virtual * 18, function, kind + 5 * (log2 - 4))

    all_wanted = bytes(8)
    express, acs, sriov, several = 2, 4, 5, 6
    root = (step(0, 1, 0) + bar(0, 0, 1, 14) + bar(0, 2, 0, 12) + bar(0, 3, 4, 5)
            + step(4, 0, 0, 0) + step(4, 1, 0, 0) + step(0, 2, 0) + bar(1, 0, 0, 20)
            + step(4, express, 1, 9) + step(4, several, 1, 0) + step(2, 17, 0) + bar(2, 1, 2, 24))
    yield "root", all_wanted + root
    port = (step(1, 3, 0) + step(4, express, 0, 4) + step(4, acs, 0, 0x1d) + step(0, 0, 1)
            + bar(1, 0, 2, 22) + bar(1, 2, 0, 16) + step(4, express, 1, 0) + step(4, acs, 1, 0)
            + step(4, sriov, 1, 7) + bar(1, 0, 1, 14, 1) + bar(1, 2, 0, 12, 1))
    yield "port", all_wanted + port
    yield "virtual", b"\xff" * 8 + port
    switch = (step(1, 1, 0) + step(4, express, 0, 4) + step(1, 0, 1) + step(4, express, 1, 5)
              + step(1, 0, 2) + step(4, express, 2, 6) + step(1, 1, 2) + step(4, express, 3, 6)
              + step(0, 0, 3) + bar(4, 0, 2, 30) + step(0, 0, 4) + bar(5, 0, 0, 12))
    yield "switch", all_wanted + switch
    old = (step(1, 1, 0) + step(4, express, 0, 7) + step(0, 1, 1) + bar(1, 0, 0, 12) + step(1, 2, 1)
           + step(0, 3, 3) + bar(3, 5, 0, 10))
    yield "bridge", all_wanted + old
    yield "lists", (all_wanted + port + word(1, 0x34, 0x7c) + word(1, 0x7c, 0x7c05) + word(1, 0x100, 0x1000d)
                    + word(1, 0x108, 0x10810010))
    yield "headers", all_wanted + switch + word(4, 0x0c, 0x7f0000) + word(5, 0, 0xffffffff)
    yield "sizes", all_wanted + root + bytes((6, 0, 0x10, 0, 0xff, 0, 0xf0, 0x0f)) + word(0, 0x14, 0xc)


def lspci():
    """Of the golden tests; a function alone; a bridge and what is behind it; and broken lines."""
    def function(name, lines, *changed, size=256):
        values = dict(changed)
        space = "".join(f"{row:02x}:" + "".join(f" {values.get(row + n, 0):02x}" for n in range(16))
                        + "\n" for row in range(0, size, 16))
        return f"0000:{name} Class: Device\n{lines}{space}\n"

    head = ((0, 0x36), (1, 0x1b), (6, 0x10), (0x34, 0x40))
    regions = ("\tRegion 0: Memory at 40000000 (64-bit, prefetchable) [size=16K]\n"
               "\tRegion 2: Memory at 50000000 (32-bit, non-prefetchable) [size=1M]\n"
               "\tRegion 3: I/O ports at 1000 [size=32]\n")
    one = function("00:01.0", regions, *head)
    bridge = function("00:02.0", "", *head, (0x0e, 1), (0x19, 1), (0x1a, 1))
    virtual = ((0x100, 0x10), (0x102, 1), (0x108, 9), (0x10e, 4), (0x110, 4), (0x115, 1),
               (0x116, 1), (0x118, 1), (0x124, 0x0c))
    physical = function("01:00.0", regions, *head, (0x40, 0x10), *virtual, size=4096)
    yield "one", one.encode()
    yield "bridge", (bridge + function("01:00.0", regions, *head)).encode()
    yield "virtual", (bridge + physical + function("02:00.0", regions)).encode()
    yield "many", golden.lspci_heads(40).encode()
    for source in golden.CASES:
        lines = [" ".join(values).replace("\\t", "\t") for key, values in golden.directives(source)
                 if key == "pci-line"]
        if lines:
            yield source.stem, "".join(line + "\n" for line in lines).encode()


# In the order of fuzz_config.c.
PLACES = ("virt", "board", "pci", "viommu", "both-deliveries", "many")
IMAGE = golden.linux_header(0x8000)


def places(out):
    """The boards that configurations are for."""
    out.mkdir(parents=True, exist_ok=True)
    for name in PLACES:
        source = ROOT / f"tests/unit/data/{name}.dts" if name == "virt" else \
            ROOT / f"tests/golden/boards/{name}.dts"
        (out / f"{name}.dtb").write_bytes(golden.compile_tree(source))
    (out / "pci.txt").write_text(golden.lspci_text("pci"), encoding="utf-8")


def configs():
    """The examples and the golden tests: these on their boards, with an image."""
    for source in [*(ROOT / "configs").glob("*.dts"), ROOT / "tests/unit/data/config.dts"]:
        yield source.stem, golden.compile_tree(source)
        yield f"{source.stem}-image", golden.compile_tree(source) + IMAGE + b"\0"
    for source in golden.CASES:
        said = dict(golden.directives(source))
        board = said.get("board", ["board"])[0]
        if board != "none" and "blob" not in said:
            blob = golden.compile_tree(source)
            if len(blob) < 8192:
                yield f"golden-{source.stem}", blob + IMAGE + bytes((PLACES.index(board),))


def words():
    """Names and texts that the readers of trees have in their source."""
    found = set()
    for folder in ("hyp/config", "hyp/plan", "hyp/guestdt", "platform"):
        for path in (ROOT / folder).glob("*.[ch]"):
            found.update(re.findall(r'"([A-Za-z0-9#/][A-Za-z0-9,#/.:+@_-]*)"',
                                    path.read_text(encoding="utf-8")))
    return sorted(word for word in found if not word.endswith(".h") and len(word) < 64)


def world():
    """Cases of the property tests: those that were kept; and boards whose guests set their vIOMMUs up,
    map, flush and let devices work (tests/world/world.h: kinds)."""
    register, context, table, command, flush, known, events = 1, 3, 4, 5, 6, 8, 11
    kept = ROOT / "tests/property/cases"
    cases = [(case.stem, bytes.fromhex(re.sub(r"#.*|\s", "", case.read_text(encoding="ascii"))))
             for case in sorted(kept.glob("*.hex"))]
    for seed in range(24):
        chance = random.Random(seed)
        kinds = [register] * 6 + [context, table, table, flush, known, known, events] * 3
        kinds += chance.choices(range(16), k=20) + [table, known, command, events, flush, known]
        cases.append((f"board-{seed:02}", struct.pack("<Q", seed) + b"".join(
            struct.pack("<BBHIQ", kind, chance.randrange(256), chance.randrange(1 << 16),
                        0 if kind == register else chance.randrange(1 << 32),
                        chance.randrange(1 << 64)) for kind in kinds)))
    return cases


def main():
    out, boards = Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]]
    seeds = {
        "board": [(board.stem, board.read_bytes()) for board in boards],
        "bundle": bundle(),
        "config": configs(),
        "lspci": lspci(),
        "pci": pci(),
        "sbi": sbi(),
        "trap": trap(),
        "vaplic": vaplic(),
        "viommu": viommu(),
        "vpci": vpci(),
        "vuart": vuart(),
        "world": world(),
    }
    places(out / "boards")
    (out / "words").write_text("".join(word + "\n" for word in words()), encoding="ascii")
    for harness in (ROOT / "tests/fuzz").glob("fuzz_*.c"):
        name = harness.stem.removeprefix("fuzz_")
        folder = out / harness.stem
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for seed, data in seeds.get(name, ()):
            (folder / seed).write_bytes(data)
        for number, (_, data) in enumerate(corpus.read(name)):
            (folder / f"corpus-{number:04}").write_bytes(data)


if __name__ == "__main__":
    main()

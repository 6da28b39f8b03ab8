# SPDX-License-Identifier: Apache-2.0
"""Guests that have their devices reach for everything. Looked at from outside the board, because a
guest cannot see what it did to others."""
import re
import struct
from pathlib import Path

import pytest

import qemu
from devices import edu, iommu_testdev
from dma_boards import (BOARDS, DDTP, MODE_1LVL, MODE_3LVL, faults, iommu_mode, iommu_registers,
                        shape)
from machine import FIRMWARE, Machine
from monitor import Monitor

BUILD = Path(__file__).parents[2] / "build"
RAM, MEMORY = 0x80000000, 512 << 20
HOG_MEMORY, KERNEL_OFFSET, PAGE = 16 << 20, 0x200000, 4096
FIRMWARE_TEXT = (0x80000000, 0x40000)
CQB, FQB = 0x18, 0x28             # where the queues are: RISC-V IOMMU 5.1
TESTDEV_WORD = 0x12345678          # what it writes
EDUS = [*edu("2.0"), *edu("3.0"), *edu("4.0")]

needs_testdev = pytest.mark.skipif(qemu.version(qemu.qemu()) < (11, 1),
                                   reason="iommu-testdev comes with QEMU 11.1")


@pytest.fixture
def monitor(tmp_path):
    made = Monitor(tmp_path)
    yield made
    made.close()


def hypervisor_text():
    """(address, bytes) of the hypervisor's first segment, as the firmware starts it."""
    image = (BUILD / "bulkhead.elf").read_bytes()
    offset, count = struct.unpack_from("<Q", image, 32)[0], struct.unpack_from("<H", image, 56)[0]
    for i in range(count):
        kind, flags, at, address, _, size, _, _ = struct.unpack_from("<IIQQQQQQ", image,
                                                                     offset + 56 * i)
        if kind == 1 and flags & 1:   # PT_LOAD, executable
            return 0x80200000 + address, image[at:at + size]
    raise AssertionError("bulkhead.elf has no text")


class Outside:
    """What is compared, before the guests run and after the attack."""

    def __init__(self, monitor, board):
        self._monitor, self._board = monitor, board

    def unchanging(self):
        text, content = hypervisor_text()
        return {"firmware": self._monitor.memory(*FIRMWARE_TEXT),
                "hypervisor": self._monitor.memory(text, len(content))}

    def iommu(self):
        """ddtp and where the queues are: none of it changes once guests run."""
        base = iommu_registers(self._monitor, self._board)
        return [self._monitor.read64(base + register) for register in (DDTP, CQB, FQB)]

    def assert_only_in(self, word, images):
        """All copies of what was written stand in the RAM of the guests with these images, {name:
        size of RAM}; there is one at least."""
        self._monitor.pause()
        found = self._monitor.find(struct.pack("<I", word), RAM, MEMORY)
        assert found, "the attacker's own memory holds none: nothing was tried"
        owned = []
        for at in found:
            if not any(at in ram for ram in owned):
                owned += [self._ram_around(at, image, size) for image, size in images.items()]
            assert any(at in ram for ram in owned), f"it stands at {at:#x}, where none of them runs"
        self._monitor.resume()

    def _ram_around(self, at, image, size):
        """The addresses of that guest's RAM, if this is one of them."""
        start = (BUILD / "images" / image).read_bytes()[:PAGE]
        last = at & ~(PAGE - 1)
        first = max(RAM, last - size + PAGE)
        kernels = self._monitor.memory(first + KERNEL_OFFSET, last - first + PAGE)
        for offset in range(last - first, -1, -PAGE):
            if kernels[offset:offset + PAGE] == start:
                return range(first + offset, first + offset + size)
        return range(0)


def ledger(machine, life):
    """What the attacker says at the end of a life."""
    said = machine.expect("dmahog", rf"^dmahog: life {life} ends: (.* wrong=\d+)$")[1]
    return {name: int(value) for name, value in (item.split("=") for item in said.split())}


def calm(machine):
    """Wait for a moment in which the witness's device does not go astray for a second: it does so
    in rounds 1, 4, 7... before it says so. Returns how often it did."""
    machine.expect_nothing_left("witness")
    for _ in range(4):
        found = machine.expect(
            "witness", r"^witness: round (\d+), well, \d+ pages by DMA, (\d+) stray")
        if int(found[1]) % 3 == 1:
            return int(found[2])
    raise AssertionError("the witness's rounds are not in order")


def assert_witness_is_well(machine):
    assert "FAIL" not in machine.stream("witness")
    machine.expect_nothing_left("witness")
    machine.expect("witness", "^witness: round .*well")


@pytest.mark.shows("R-DMA-43", "R-DMA-44", "R-DMA-45", "R-DMA-47", "R-DMA-22", "R-DMA-24",
                   "R-ISO-02")
@pytest.mark.parametrize("board", BOARDS)
def test_all_over_the_board(boot, monitor, board):
    machine = boot("dma-attack", **shape(board, *EDUS, "-S", *monitor.options))
    outside = Outside(monitor, board)
    monitor.connect()
    monitor.resume()
    start = machine.expect("dmahog", r"^dmahog: life 1, 2 edu, 0 testdev, marker (0x\w{8})$")
    machine.expect("dmahog", "^dmahog: PASS control$")
    assert MODE_1LVL <= iommu_mode(monitor, board) <= MODE_3LVL
    before, registers = outside.unchanging(), outside.iommu()
    tried = ledger(machine, 1)
    machine.expect("dmahog", "^dmahog: PASS nothing was got hold of$")
    assert tried["edu-attempts"] > 400
    # Looked at from outside.
    assert outside.unchanging() == before and outside.iommu() == registers
    outside.assert_only_in(int(start[1], 16), {"dmahog.bin": HOG_MEMORY})
    # Everything was counted, where it belongs, and the neighbour's own is there to the last one.
    strays = calm(machine)
    counted = faults(machine)
    assert counted[("witness", "edu")] == strays
    assert counted[("dmahog", "one")] == counted[("dmahog", "two")] == tried["edu-attempts"] // 2
    source = (BUILD.parent / "configs/dma-attack.dts").read_text().splitlines()
    line = next(number for number, text in enumerate(source, 1) if " one {" in text)
    assert re.search(r'^guest "dmahog" device "one" \(0000:00:02\.0\): DMA \w+ at 0x\w+ refused: .*'
                     rf'; dma-attack\.dts:{line}$', machine.stream("bulkhead"), re.MULTILINE)
    assert_witness_is_well(machine)


@needs_testdev
@pytest.mark.shows("R-DMA-43", "R-DMA-45", "R-DMA-46", "R-DMA-47", "R-DMA-50", "R-DMA-25",
                   "R-DMA-28", "R-ISO-02")
@pytest.mark.parametrize("board", BOARDS)
def test_every_page_and_right_after_a_reset(boot, monitor, board):
    machine = boot("dma-reset", **shape(board, *edu("2.0"), *iommu_testdev("3.0"), *edu("4.0"),
                                        "-S", *monitor.options))
    outside = Outside(monitor, board)
    monitor.connect()
    monitor.resume()
    machine.expect("dmahog", "^dmahog: life 1, 1 edu, 1 testdev")
    machine.expect("dmahog", "^dmahog: PASS control$")
    before, registers = outside.unchanging(), outside.iommu()
    for life in range(1, 5):
        tried = ledger(machine, life)
    machine.expect("dmahog", "^dmahog: PASS nothing was got hold of$")
    hog = machine.stream("dmahog")
    assert tried["late"] == 3 and tried["testdev-attempts"] > 4 * 100_000
    assert hog.count("dmahog: PASS nothing-of-the-last-life-arrives") == 3
    assert hog.count("dmahog: PASS other-functions-are-absent") == 4
    assert hog.count("dmahog: PASS device-works-after-scribbling") == 4
    assert outside.unchanging() == before and outside.iommu() == registers
    outside.assert_only_in(TESTDEV_WORD, {"dmahog.bin": HOG_MEMORY})
    # Too many faults to listen to, in each life anew; the neighbour's are all there.
    assert len(re.findall(r'"testdev" .* no more are reported until its guest restarts',
                          machine.stream("bulkhead"))) == 4
    strays = calm(machine)
    counted = faults(machine)
    assert counted[("witness", "edu")] == strays
    assert counted[("dmahog", "edu")] == tried["edu-attempts"]
    assert counted[("dmahog", "testdev")] >= 4 * (1024 // 3)  # three share a quarter of the queue
    assert_witness_is_well(machine)


POLICY = """
/dts-v1/;
/ {{
    compatible = "bulkhead,config-v1";
    guests {{
        dmahog {{
            harts = <1>; memory = "16M"; kernel = "dmahog.bin"; bootargs = "lives=1 targets";
            devices {{
                one {{ pci = "0000:00:02.0"; dma-fault = "{policy}"; }};
                two {{ pci = "0000:00:03.0"; }};
            }};
        }};
        witness {{
            harts = <0>; memory = "8M"; kernel = "witness.bin";
            devices {{ edu {{ pci = "0000:00:04.0"; }}; }};
        }};
    }};
}};
"""


@pytest.mark.shows("R-DMA-26")
def test_a_device_that_is_blocked_at_its_first_fault(boot, pack):
    machine = boot(bundle=pack(POLICY.format(policy="block")), **shape("platform", *EDUS))
    machine.expect("bulkhead", r'^guest "dmahog" device "one" .* does no more DMA until')
    # It cannot even bring what it read; the other one goes on.
    machine.expect("dmahog", "^dmahog: life 1 ends")
    counted = faults(machine)
    assert counted[("dmahog", "two")] > 100 > counted[("dmahog", "one")] > 0
    assert_witness_is_well(machine)


@pytest.mark.shows("R-DMA-27")
def test_a_guest_that_is_stopped_at_its_first_fault(boot, pack):
    machine = boot(bundle=pack(POLICY.format(policy="stop")), **shape("platform", *EDUS))
    machine.expect("bulkhead", r'^guest "dmahog" device "one" .*: its guest is stopped')
    machine.expect("bulkhead", '^guest "dmahog" has stopped$')
    assert "targets read" not in machine.stream("dmahog")
    assert_witness_is_well(machine)


OWN_TABLES = """
/dts-v1/;
/ {
    compatible = "bulkhead,config-v1";
    guests {
        rtos {
            harts = <1>; memory = "16M"; kernel = "demo.bin";
            viommus { own { boot-dma = "blocked"; }; };
            devices { edu { pci = "0000:00:02.0"; viommu = "own"; dma-fault = "stop"; }; };
        };
        witness {
            harts = <0>; memory = "8M"; kernel = "witness.bin";
        };
    };
    shared-memory { mailbox { size = "64K"; guests = "rtos", "witness"; doorbell; }; };
};
"""


@pytest.mark.shows("R-VIO-46")
def test_what_the_guests_own_tables_refuse_stops_no_guest(boot, pack):
    """A late write into a page that the guest has unmapped."""
    machine = boot(bundle=pack(OWN_TABLES), **shape("platform", *edu("2.0")))
    machine.expect("rtos", "^dma: a device is here, behind an IOMMU of this guest's own")
    for _ in range(2):
        machine.send("dma\r")
        machine.expect("rtos", "^dma: a late write to .* was refused: cause 15 in this guest's own")
    assert faults(machine)[("rtos", "edu")] == 2
    assert "stopped" not in machine.stream("bulkhead")


@pytest.mark.shows("R-DMA-49")
def test_the_attacker_finds_a_board_without_protection():
    """On plain OpenSBI, with no IOMMU, it says what it read: the tests above can fail."""
    with Machine(BUILD / "images/dmahog.bin", machine=("iommu-sys=off",), harts=1, memory="512M",
                 extra=[*edu("2.0"), "-append", "targets"],
                 log=BUILD / "consoles/attack-native.log") as machine:
        machine.expect(FIRMWARE, "^dmahog: PASS control$")
        for address in ("0x101000", "0x30000000"):
            machine.expect(FIRMWARE, f"^dmahog: FAIL a read .* foreign data, from {address}: ")

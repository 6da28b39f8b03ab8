# SPDX-License-Identifier: Apache-2.0
"""Guests with virtual IOMMUs beside each other: one that attacks, two that are the same. What
happens elsewhere is looked at from outside the board.

VIOMMU_ATTACK_SECONDS=N in the environment attacks for that long, VIOMMU_ATTACK_SEED=N differently.
"""
import os
import re

import pytest

from conftest import ROOT
from devices import edu, iommu_testdev
from dma_boards import BOARDS, MODE_1LVL, MODE_3LVL, faults, iommu_mode, shape
from monitor import Monitor
from test_dma_attack import TESTDEV_WORD, Outside, needs_testdev

pytestmark = needs_testdev
DEVICES = [*iommu_testdev("2.0"), *edu("3.0"), *iommu_testdev("4.0"), *edu("5.0")]
ATTACK_SECONDS, AFTER_SECONDS = 12, 4     # of configs/viommu-attack.dts
MEMORY = {"viommuhog.bin": 16 << 20, "mapper.bin": 8 << 20}
# QEMU has no requester's id for DMA to interrupt files but for MSIs: it refuses it as device 0's.
HOGS_FILES = {(0, 0x28000000), (0, 0x28001000)}
LIVES, STORM_SECONDS = 4, 1
PHASES, SLOWER = 24, 12


@pytest.fixture
def monitor(tmp_path):
    made = Monitor(tmp_path)
    yield made
    made.close()


def counts(said):
    """{name: number} of "N name, N name"."""
    return {name: int(number) for number, name in re.findall(r"(\d+) (\w+)", said)}


def mapped(machine, guest, board):
    """What the mapper has done, which is all right. Nobody makes its translations be forgotten:
    what it replaced without a word goes on in a cache, and without one there is nothing to keep."""
    done = machine.expect(guest, r"^mapper: (?:done, PASS: (.* kept)|FAIL .*)$")
    assert done[1], done[0]
    did = counts(done[1])
    assert did["rounds"] > 20 and did["faults"] > 5 and did["moves"] > 3
    assert did["kept"] == (0 if board.endswith("no-cache") else did["rounds"])
    return did


def strangers(said):
    """(device id, page) of DMA of devices that no guest has, as the log tells it."""
    return {(int(device, 16), int(address, 16) & ~0xfff) for device, address in re.findall(
        r"^device id (0x\w+) .* which no guest has: .* at (0x\w+) ", said, re.MULTILINE)}


def attack_text(attacker, neighbour):
    """configs/viommu-attack.dts with other words for its two guests."""
    text = (ROOT / "configs/viommu-attack.dts").read_text()
    for old, new in ((f"seconds={ATTACK_SECONDS} seed=1", attacker),
                     (f"seconds={ATTACK_SECONDS + AFTER_SECONDS} secret=1", neighbour)):
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.mark.shows("R-VIO-90", "R-VIO-91", "R-VIO-92", "R-VIO-93", "R-ISO-02")
@pytest.mark.parametrize("board", ["platform", "pci-no-cache"])
def test_a_hostile_guest(boot, pack, monitor, board):
    seconds, seed = (int(os.environ.get(f"VIOMMU_ATTACK_{name}", usual))
                     for name, usual in (("SECONDS", ATTACK_SECONDS), ("SEED", 1)))
    devices = shape(board, *DEVICES, "-S", *monitor.options, harts=4)
    if (seconds, seed) == (ATTACK_SECONDS, 1):
        machine = boot("viommu-attack", **devices)
    else:
        words = f"seconds={seconds} seed={seed}", f"seconds={seconds + AFTER_SECONDS} secret=1"
        machine = boot(bundle=pack(attack_text(*words)), **devices)
    outside = Outside(monitor, board)
    monitor.connect()
    monitor.resume()
    machine.expect("viommuhog", "^viommuhog: begins$")
    machine.expect("mapper", "^mapper: second 1, well")
    assert MODE_1LVL <= iommu_mode(monitor, board) <= MODE_3LVL
    before, registers = outside.unchanging(), outside.iommu()
    done = machine.expect("viommuhog", r"^viommuhog: done, .* wrong=\d+$", seconds + 120)[0]
    tried = {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", done)}
    # Its virtual IOMMU worked after each storm, and it hit nothing that it did not aim at.
    assert done.startswith("viommuhog: done, PASS"), machine.stream("viommuhog")
    assert tried["calms"] >= 2 and all(tried[kind] > 0 for kind in tried if kind != "wrong"), done
    # The neighbour's I/O was right all along.
    neighbour = mapped(machine, "mapper", board)
    # Looked at from outside.
    assert outside.unchanging() == before and outside.iommu() == registers
    outside.assert_only_in(TESTDEV_WORD, MEMORY)
    # The neighbour's faults are its own, to the last one, and the IOMMU was given nothing bad.
    counted = faults(machine)
    assert counted["mapper", "testdev"] == neighbour["faults"]
    assert ("mapper", "edu") not in counted
    assert counted["viommuhog", "testdev"] > 0
    said = machine.stream("bulkhead")
    assert not re.search("illegal commands|does not answer", said), said
    assert strangers(said) - HOGS_FILES == set()
    assert "PANIC" not in machine.transcript


@pytest.mark.shows("R-VIO-97", "R-VIO-92")
def test_restarts_in_the_midst_of_an_attack(boot):
    """Each life begins with a look whether the virtual IOMMU works."""
    machine = boot("viommu-attack", **shape("platform", *DEVICES, harts=4))
    for _ in range(LIVES):
        machine.expect("viommuhog", "^viommuhog: begins$")
        machine.listen(STORM_SECONDS)
        machine.key("r")
        machine.expect("bulkhead", '^guest "viommuhog" restarts$')
    machine.expect("viommuhog", "^viommuhog: begins$")
    assert "FAIL" not in machine.stream("viommuhog")
    neighbour = mapped(machine, "mapper", "platform")
    assert faults(machine)["mapper", "testdev"] == neighbour["faults"]


@pytest.mark.shows("R-VIO-94", "R-VIO-95", "R-ISO-02")
@pytest.mark.parametrize("board", BOARDS)
def test_twins(boot, board):
    """The same IOVAs, the same PSCID, the same device ids, at the same time."""
    machine = boot("viommu-twins", **shape(board, *DEVICES, harts=3))
    ids = [machine.expect(guest, r"^mapper: devices (0x\w+) and (0x\w+) are ready$").groups()
           for guest in ("one", "two")]
    assert ids[0] == ids[1]
    did = {guest: mapped(machine, guest, board) for guest in ("one", "two")}
    counted = faults(machine)
    assert counted == {(guest, "testdev"): did[guest]["faults"] for guest in did}


@pytest.mark.shows("R-VIO-96")
def test_invalidations_of_one_guest_slow_another_within_the_bound(boot, pack):
    """In every other quarter of a second the attacker keeps a queue full of invalidations, of
    contexts that it changes too; else it only computes."""
    machine = boot(bundle=pack(attack_text("flush", f"phases={PHASES} secret=1")),
                   **shape("platform", *DEVICES, harts=4))
    machine.expect("viommuhog", "^viommuhog: flushes")
    done = machine.expect("mapper", r"^mapper: (\d+) rounds in even phases, (\d+) in odd ones$")
    without, beside = int(done[1]), int(done[2])
    exits = machine.exits()["viommuhog", 0]
    assert exits["viommu"] > 100, exits
    assert SLOWER * beside > without > 0, done[0]

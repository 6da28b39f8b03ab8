# SPDX-License-Identifier: Apache-2.0
"""The attacker, idea by idea (guest/attack), beside guests that watch and work; and what is to be
seen of it from outside the board. Each board is booted once, and each idea is a test."""
import re

import pytest

import qemu
from conftest import ROOT
from devices import edu, iommu_testdev, nic
from dma_boards import faults, iommu_mode, shape, MODE_1LVL, MODE_3LVL
from monitor import Monitor
from test_dma_attack import TESTDEV_WORD, Outside
from test_no_guest_files import NO_FILES

HARTS = ["privileged", "wild_sbi", "interrupt_storm", "odd_accesses", "fetch_from_devices",
         "foreign_tables", "gstage_corners", "sweep", "decode_race", "hart_games", "deaf_harts",
         "doorbell_flood", "console_flood"]
DEVICES = ["odd_accesses", "fetch_from_devices", "foreign_tables", "state_page", "config_space",
           "queue_outside", "msi_forgery", "dma_sweep", "directory_race", "command_flood",
           "fault_flood"]
HAS_TESTDEV = qemu.version(qemu.qemu()) >= (11, 1)
MEMORY = {"attack.bin": 16 << 20, "mapper.bin": 8 << 20}
# How late the watcher's timer may come, in the worst of 20 times a second. Nothing that the
# hypervisor does takes a millisecond. But QEMU's four harts share the cores of a machine with other
# boards, which alone has made it 75 ms; what waits for a guest's goodwill would take for ever.
LATE_US = 400_000


def verdict(machine, name):
    """What the attacker says of an idea, in its first life."""
    found = machine.expect("attack", rf"^attack: (PASS|FAIL) {name}: (\d+) tried, "
                                     r"(\d+) exceptions, (\d+) refused, (\d+) wrong$")
    said = machine.stream("attack")
    assert found[1] == "PASS" and found[5] == "0", "\n".join(
        line for line in said.splitlines() if "wrong" in line)
    return {kind: int(found[n]) for n, kind in ((2, "tried"), (3, "exceptions"), (4, "refused"))}


def watched(machine):
    """The numbers of the watcher, after one more round of it. They are right by themselves: all of
    its memory, its registers, the number of its interrupts."""
    assert "FAIL" not in machine.stream("witness")
    machine.expect_nothing_left("witness")
    machine.expect("witness", r"^witness: round \d+, well")
    said = machine.expect("witness", r"^witness: so far (.*)\n")[1]
    numbers = {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", said)}
    assert numbers["late_us"] < LATE_US, said
    assert numbers["ticks"] == 20 * numbers["rounds"], said
    assert numbers["registers"] == numbers["rounds"] > 0 and numbers["kib"] > 0, said
    return numbers


class TestHarts:
    """configs/attack.dts: what a guest can do with its harts alone."""
    SHAPE = {}

    @pytest.fixture(scope="class")
    def machine(self, request, boot_once):
        return boot_once("attack", memory="512M", **request.cls.SHAPE)

    @pytest.mark.shows("R-ISO-04", "R-ISO-05", "R-ISO-06", "R-ISO-07", "R-ISO-08", "R-ISO-50",
                       "R-ISO-51", "R-ISO-52", "R-ISO-53", "R-IRQ-32")
    @pytest.mark.parametrize("idea", HARTS)
    def test_idea(self, machine, idea):
        tried = verdict(machine, idea)
        assert tried["tried"] > 20 or idea == "console_flood"
        # What works beside it goes on working.
        machine.send(f"during {idea}\r")
        machine.expect("rtos", f"^you typed: during {idea}$")

    @pytest.mark.shows("R-ISO-54")
    def test_lives_that_end_in_the_middle(self, machine):
        assert machine.expect("attack", r"^attack: (PASS|FAIL) lives: \d+ ended in the middle$")[1] \
            == "PASS", machine.stream("attack")[-2000:]
        assert machine.stream("bulkhead").count('guest "attack" restarts') == len(HARTS) + 1

    @pytest.mark.shows("R-ISO-02", "R-ISO-55")
    def test_the_watcher(self, machine):
        watched(machine)
        assert "PANIC" not in machine.transcript


class TestHartsWithoutGuestFiles(TestHarts):
    """The same where interrupt files are in memory, so that accesses to them are emulated."""
    SHAPE = NO_FILES


class Board:
    """One boot of configs/attack-dma.dts, and what was seen from outside before the attack."""

    def __init__(self, boot, pack, monitor, board):
        plugs = [*nic("e1000e", "2.0"), *edu("3.0"), *edu("5.0")]
        options = shape(board, *plugs, *monitor.options, "-S", harts=4)
        if HAS_TESTDEV:
            options["extra"] += [*iommu_testdev("4.0"), *iommu_testdev("6.0"), *edu("7.0")]
            self.machine = boot("attack-dma", **options)
        else:
            self.machine = boot(bundle=pack(without_testdevs()), **options)
        self.outside, self._monitor, self._board = Outside(monitor, board), monitor, board
        monitor.connect()
        monitor.resume()
        self.machine.expect("witness", "^witness: round 1, well")
        assert MODE_1LVL <= iommu_mode(monitor, board) <= MODE_3LVL
        self.before, self.registers = self.outside.unchanging(), self.outside.iommu()

    def assert_unharmed(self):
        assert MODE_1LVL <= iommu_mode(self._monitor, self._board) <= MODE_3LVL
        assert self.outside.unchanging() == self.before
        assert self.outside.iommu() == self.registers


def without_testdevs():
    """configs/attack-dma.dts for a QEMU that has none: nobody drives an IOMMU beside the attacker."""
    text = (ROOT / "configs/attack-dma.dts").read_text()
    text = re.sub(r" *testdev \{.*\n", "", text)
    return re.sub(r" *mapper \{.*?\n        \};\n", "", text, flags=re.DOTALL)


class TestDevices:
    """configs/attack-dma.dts: with a virtual IOMMU, and devices behind it."""
    BOARD = "platform"

    @pytest.fixture(scope="class")
    def place(self, request, boot_once, pack_once, tmp_path_factory):
        monitor = Monitor(tmp_path_factory.mktemp("monitor"))
        yield Board(boot_once, pack_once, monitor, request.cls.BOARD)
        monitor.close()

    @pytest.mark.shows("R-ISO-08", "R-ISO-50", "R-ISO-51", "R-ISO-56", "R-ISO-57", "R-ISO-58",
                       "R-ISO-59", "R-ISO-60")
    @pytest.mark.parametrize("idea", DEVICES)
    def test_idea_with_devices(self, place, idea):
        assert verdict(place.machine, idea)["tried"] > 20
        place.assert_unharmed()
        if idea == "fault_flood" and HAS_TESTDEV:
            place.machine.expect("bulkhead", r'^guest "attack" device "testdev" .* no more are '
                                             "reported until its guest")

    @pytest.mark.shows("R-ISO-54")
    def test_lives_with_devices_that_end_in_the_middle(self, place):
        assert place.machine.expect(
            "attack", r"^attack: (PASS|FAIL) lives: \d+ ended in the middle$")[1] == "PASS", \
            place.machine.stream("attack")[-2000:]
        place.assert_unharmed()

    @pytest.mark.shows("R-ISO-02", "R-ISO-55", "R-ISO-57")
    def test_the_watcher_and_its_device(self, place):
        numbers = watched(place.machine)
        assert numbers["pages"] == numbers["rounds"] == numbers["interrupts"] / 2
        counted = faults(place.machine)
        assert ("witness", "edu") not in counted
        place.outside.assert_only_in(TESTDEV_WORD, MEMORY)
        assert "PANIC" not in place.machine.transcript

    @pytest.mark.skipif(not HAS_TESTDEV, reason="iommu-testdev comes with QEMU 11.1")
    @pytest.mark.shows("R-VIO-92", "R-VIO-93")
    def test_the_neighbour_with_an_iommu_of_its_own(self, place):
        assert "FAIL" not in place.machine.stream("mapper")
        place.machine.expect_nothing_left("mapper")
        place.machine.expect("mapper", r"^mapper: second \d+, well: ")


class TestDevicesPci(TestDevices):
    """The same behind an IOMMU that is a PCI function and has no cache."""
    BOARD = "pci-no-cache"

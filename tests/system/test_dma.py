# SPDX-License-Identifier: Apache-2.0
"""Devices of guests that do what they should: their DMA and their interrupts."""
import re

import pytest

import qemu
from devices import edu, iommu_testdev
from dma_boards import BOARDS, MODE_1LVL, MODE_3LVL, MODE_BARE, MODE_OFF, iommu_mode, shape
from monitor import Monitor

EDUS = [*edu("2.0"), *edu("3.0")]
CONFIG = """
/dts-v1/;
/ {{
    compatible = "bulkhead,config-v1";
    guests {{
        dmatest {{
            harts = <1>; memory = "16M"; kernel = "dmatest.bin"; bootargs = "{words}";
            devices {{
                dev {{ pci = "0000:00:02.0"; {properties} }};
            }};
        }};
    }};
}};
"""


@pytest.fixture
def monitor(tmp_path):
    made = Monitor(tmp_path)
    yield made
    made.close()


def verdicts(machine):
    """All that dmatest has found, {name: PASS or FAIL}."""
    count = machine.expect("dmatest", r"^dmatest: done (\d+) of (\d+)$")
    found = {name: verdict for verdict, name in
             re.findall(r"^dmatest: (PASS|FAIL) (.*)$", machine.stream("dmatest"), re.MULTILINE)}
    assert len(found) == int(count[2])
    return found


@pytest.mark.shows("R-ISO-20")
def test_an_iommu_that_was_left_open_is_closed(boot, monitor):
    """No guest has a device, so it is off."""
    machine = boot("reboot", harts=2, memory="512M", extra=(
        "-S", *monitor.options, "-global", "riscv-iommu.off=off"))
    monitor.connect()
    assert iommu_mode(monitor, "platform") == MODE_BARE
    monitor.resume()
    machine.expect("witness", "^witness: round 1, well$")
    assert iommu_mode(monitor, "platform") == MODE_OFF


@pytest.mark.shows("R-DMA-20")
def test_a_pci_iommu_of_nobody_is_closed(boot, monitor):
    machine = boot("reboot", **shape("pci", *monitor.options, "-global", "riscv-iommu.off=off"))
    machine.expect("witness", "^witness: round 1, well$")
    monitor.connect()
    assert iommu_mode(monitor, "pci") == MODE_OFF


@pytest.mark.shows("R-DMA-20", "R-DMA-21", "R-DMA-41", "R-DMA-42", "R-DMA-47")
@pytest.mark.parametrize("board", BOARDS)
def test_two_guests_with_a_device_each(boot, monitor, board):
    machine = boot("dma", **shape(board, *EDUS, "-S", *monitor.options, "-global",
                                  "riscv-iommu.off=off"))
    monitor.connect()
    monitor.resume()
    found = verdicts(machine)
    assert set(found) == {"interrupt-set-up", "no-bus-master-no-dma", "page", "across-pages",
                          "odd-lengths", "ends-of-memory", "shared-memory", "interrupts"}
    assert set(found.values()) == {"PASS"}
    assert MODE_1LVL <= iommu_mode(monitor, board) <= MODE_3LVL
    # The neighbour's device worked all along.
    machine.expect("witness", "^witness: round 3, well, 3 pages by DMA, 0 stray reads$")


@pytest.mark.shows("R-DMA-14", "R-DMA-42")
def test_an_iommu_that_does_not_see_caches(boot, board_tree):
    """QEMU has no caches: what is shown is that flushing harms nobody."""
    tree = board_tree(lambda text: re.sub(r"(\n\t\tiommu@3010000 \{)", r"\1 dma-noncoherent;",
                                          text), harts=2, memory="512M")
    machine = boot("dma", **shape("platform", *EDUS, "-dtb", tree))
    found = verdicts(machine)
    assert len(found) == 8 and set(found.values()) == {"PASS"}
    machine.expect("witness", "^witness: round 3, well, 3 pages by DMA, 0 stray reads$")


@pytest.mark.shows("R-DMA-42")
def test_transfers_and_their_interrupts_take_no_exit(boot):
    """The witness moves a page each way each second; what it costs is the line that says so."""
    machine = boot("dma", **shape("platform", *EDUS))
    verdicts(machine)
    machine.expect("witness", "^witness: round 2, well")
    before = machine.exits()[("witness", 0)]
    first = int(machine.expect("witness", r"^witness: round (\d+), well", 30)[1])
    machine.expect("witness", rf"^witness: round {first + 8}, well")
    after = machine.exits()[("witness", 0)]
    causes = {cause for cause in after if after[cause] != before[cause]} - {"total"}
    # It is on the hart that serves the console.
    assert causes <= {"uart", "external", "hyp-ipi", "hyp-timer"}, (before, after)
    assert after["uart"] > before["uart"]


@pytest.mark.shows("R-DMA-48")
def test_an_interrupt_by_wire(boot, pack):
    machine = boot(bundle=pack(CONFIG.format(words="intx", properties="intx;")),
                   **shape("platform", *edu("2.0")))
    found = verdicts(machine)
    assert len(found) == 7 and set(found.values()) == {"PASS"}


@pytest.mark.shows("R-DMA-23")
@pytest.mark.parametrize("device, name", [(edu, "edu-blocked"),
                                          (iommu_testdev, "testdev-blocked")])
def test_a_device_that_may_do_no_dma(boot, pack, device, name):
    if device is iommu_testdev and qemu.version(qemu.qemu()) < (11, 1):
        pytest.skip("iommu-testdev comes with QEMU 11.1")
    machine = boot(bundle=pack(CONFIG.format(words="blocked",
                                             properties='boot-dma = "blocked";')),
                   **shape("platform", *device("2.0")))
    found = verdicts(machine)
    assert found[name] == "PASS" and set(found.values()) == {"PASS"}

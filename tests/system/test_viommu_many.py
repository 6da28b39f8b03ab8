# SPDX-License-Identifier: Apache-2.0
"""Several virtual IOMMUs, of one guest and of two, at one IOMMU of the board: each is the only one
that its guest's devices behind it know. guest/viommumany has the checks."""
import re
from pathlib import Path

import pytest

from devices import edu
from dma_boards import shape

BUILD = Path(__file__).parents[2] / "build"
EDUS = [*edu("2.0", multifunction="on"), *edu("2.1"), *edu("3.0"),
        *edu("4.0"), *edu("5.0", multifunction="on"), *edu("5.1")]
LIFE = ["registers are as after the first reset", "one lets its device in, the other does not",
        "nothing is translated, one device is refused", "it is let in", "both translate",
        "each by its own tables", "and again", "one forgets everything",
        "the other forgets everything", "no faults", "a fault of one", "a fault of the other",
        "one is off", "the other is off", "or bare", "as they were", "no process ids",
        "no process directory", "a context without one"]


@pytest.mark.shows("R-VIO-100", "R-VIO-101", "R-VIO-102", "R-VIO-103", "R-VIO-104", "R-VIO-56",
                   "R-VIO-69")
@pytest.mark.parametrize("board", ["platform", "pci-no-cache"])
def test_many_virtual_iommus(boot, board):
    machine = boot("viommu-many", **shape(board, *EDUS, harts=3))
    for guest in ("first", "second"):
        machine.expect(guest, "^viommumany: (PASS|FAIL)$")
        found = re.findall(r"^viommumany: life (\d): (.*): (ok|FAIL)$", machine.stream(guest),
                           re.MULTILINE)
        assert found == [("1", what, "ok") for what in LIFE] + [
            ("2", what, "ok") for what in ["nothing of the last life arrives", *LIFE]]
    # What the guests' own tables refused is their affair.
    assert " refused: " not in machine.stream("bulkhead")


SMP = ["by turns", "each its own registers", "as they like", "by turns again",
       "a mode and a queue for all", "by turns after all"]


def smp_verdicts(text):
    return re.findall(r"^viommusmp: (PASS|FAIL) (.*)$", text, re.MULTILINE)


@pytest.mark.shows("R-VIO-107", "R-VIO-108")
def test_many_harts_at_one_virtual_iommu(boot):
    machine = boot("viommu-smp", **shape("platform", *edu("2.0"), harts=3))
    machine.expect("viommusmp", "^viommusmp: done$")
    assert smp_verdicts(machine.stream("viommusmp")) == [("PASS", what) for what in SMP]


@pytest.mark.shows("R-VIO-70")
def test_many_harts_at_a_physical_iommu(boot):
    machine = boot(kernel=BUILD / "images/viommusmp.bin",
                   **shape("platform", *edu("2.0"), harts=2))
    machine.expect_end()
    assert smp_verdicts(machine.transcript) == [("PASS", what) for what in SMP]

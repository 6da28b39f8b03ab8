# SPDX-License-Identifier: Apache-2.0
"""How often services leave the guest, counted while they are measured."""
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))
from counting import HYPERVISOR  # noqa: E402  (found through the line above)
from exits import between_marks, exits  # noqa: E402


def trap(asynchronous, code, epc=0x80200000):
    return (f"riscv_cpu_do_interrupt: hart:0, async:{asynchronous}, cause:{code:016x}, epc:{epc:#x}, "
            "tval:0x0000000000000000, desc=something\n")


@pytest.mark.shows("R-BEN-20")
def test_traps_that_the_guest_does_not_take_count_between_marks():
    mark, timer, page_fault, call = trap(0, 3), trap(1, 6), trap(0, 21), trap(0, 10)
    firmware = trap(0, 3, epc=0x80000000)
    assert between_marks(firmware + call + mark + page_fault + timer + firmware + mark + call +
                         mark + mark) == [[("0", 21)], []]
    assert between_marks("") == []


@pytest.mark.shows("R-BEN-21", "R-VCPU-05")
def test_services_leave_the_guest_as_seldom_as_they_can():
    left = exits(HYPERVISOR, ROOT / "build/bench/bench.bundle", harts=2)
    none = {name for name, each in left.items() if each == 0}
    assert {"timer", "ipi-imsic"} <= none
    # The caller's, and that of the hart which the call is about.
    assert {name: left[name] for name in ("sbi-null", "rfence-self", "rfence-other", "ipi-sbi",
                                          "aplic-read")} == {
        "sbi-null": 1, "rfence-self": 1, "rfence-other": 2, "ipi-sbi": 2, "aplic-read": 1}

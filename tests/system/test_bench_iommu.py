# SPDX-License-Identifier: Apache-2.0
"""The bench of IOMMUs: what it counts in a guest, and that what it measures is real."""
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))
import iommu  # noqa: E402  (found through the line above)
from counting import HYPERVISOR, BenchError, console, figures  # noqa: E402
from devices import plain  # noqa: E402

# Bounds with some air, so that a heavier way is noticed. When this was written: 1078, and 2.6.
DOORBELL = 1200
STRICT = 3.0


@pytest.fixture(scope="module")
def measured():
    return iommu.measured()


@pytest.mark.shows("R-BEN-25")
def test_a_register_is_one_load(measured):
    _, guest, exits = measured
    assert guest["iommu-read"].worst == 1 and exits["iommu-read"] == 0


@pytest.mark.shows("R-BEN-26", "R-BEN-02")
def test_a_doorbell_is_one_exit_and_counts_the_same_twice(measured):
    native, guest, exits = measured
    assert guest == figures(HYPERVISOR, iommu.BUNDLE, **iommu.SHAPE)
    assert guest["doorbell-both"].worst <= DOORBELL
    assert guest["map-strict"].mean <= STRICT * native["map-strict"].mean
    assert exits["doorbell-both"] == exits["map-strict"] == exits["map-batched-64"] == 1


@pytest.mark.shows("R-BEN-28")
def test_a_message_needs_no_exit(measured):
    native, guest, exits = measured
    assert exits["message"] == 0 and guest["message"] == native["message"]


@pytest.mark.shows("R-BEN-27")
def test_dma_that_does_not_do_as_it_is_mapped_is_no_measurement():
    """An edu that drops the upper half of addresses: nothing arrives where the table says."""
    broken = {**iommu.SHAPE, "extra": plain("edu,dma_mask=0xffffffff", "2.0")}
    with pytest.raises(BenchError, match="FAIL DMA through the IOMMU is not as it is mapped"):
        console(HYPERVISOR, iommu.BUNDLE, **broken)

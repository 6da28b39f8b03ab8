# SPDX-License-Identifier: Apache-2.0
"""What the boot costs (bench/boot.py)."""
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))
import boot  # noqa: E402  (found through the line above)
from counting import BenchError  # noqa: E402


@pytest.mark.shows("R-BEN-50", "R-BEN-51")
def test_boot_counts_the_same_twice_and_stays_below_its_ceiling():
    first = boot.boot(4)
    assert boot.boot(4) == first
    assert len(first) == 4
    # The goal (bench/rows.py): 1.98 million when this was written.
    assert first[0] <= 2_000_000


@pytest.mark.shows("R-BEN-50")
def test_a_boot_without_guests_that_count_is_an_error():
    with pytest.raises(BenchError, match="did not say 'stamp:'"):
        boot.boot(2, harts=1)

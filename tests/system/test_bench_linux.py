# SPDX-License-Identifier: Apache-2.0
"""Linux in the bench: what it counts between the kernel's first instruction and the shell."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))
import linux  # noqa: E402  (found through the line above)


@pytest.mark.shows("R-BEN-30")
def test_a_boot_to_the_shell_counts_the_same_twice():
    """Without a disk, which answers in its own time."""
    first = linux.guest("linux-alone", has_disk=False)
    assert linux.guest("linux-alone", has_disk=False) == first
    # The whole kernel was counted, and nothing that ran before it.
    assert 500e6 < first.shell < 1200e6
    assert first.exits["total"] == sum(n for cause, n in first.exits.items() if cause != "total") > 0

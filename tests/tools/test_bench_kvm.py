# SPDX-License-Identifier: Apache-2.0
"""bench/kvm.py on what the host of KVM would have said. The host itself is booted by `make bench` only."""
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "bench"))
import kvm  # noqa: E402  (found through the line above)
import linux  # noqa: E402
from counting import BenchError  # noqa: E402

# As on the host's terminal: what was typed, wrapped at its end, then what boot-guest prints, of which the
# guest's own lines end twice.
SAID = ("linux: ready, Linux 7.2, 1 harts\nlinux# /kvm/boot-guest 'quiet start=0' -m \n512M\n"
        "kvm: exits=26444\nkvm: mmio_exit_kernel=234\nkvm: mmio_exit_user=866\n"
        "kvm: start=0000000000000a00\r\nkvm: shell=1002560\r\nlinux# ")


@pytest.mark.shows("R-BEN-33")
def test_rows_are_of_what_the_guest_and_kvm_have_counted(monkeypatch):
    monkeypatch.setattr(kvm, "guest", lambda: kvm.told(SAID))
    monkeypatch.setattr(linux, "bare", lambda iommu: linux.Boot(800000, None))
    assert {row.name: (row.value, row.native) for row in kvm.rows()} == {
        "Linux to shell, KVM": (1000000, 800000),
        "Linux to shell, KVM, ratio": (1.25, None),
        "Linux to shell, exits, KVM": (26444, None),
        "Linux to shell, exits to QEMU, KVM": (866, None)}


@pytest.mark.shows("R-BEN-33")
@pytest.mark.parametrize("name", ["start", "shell", "exits", "mmio_exit_user"])
def test_what_the_host_does_not_say_is_named(name):
    with pytest.raises(BenchError, match=f"did not say {name}:"):
        kvm.told(SAID.replace(f"kvm: {name}=", "kvm: "))

# SPDX-License-Identifier: Apache-2.0
"""Restarts and stops that come at bad moments."""
import pytest
from conftest import BUILD

LARGE = 100 << 20             # an initrd that takes a while to copy
# Not "^witness": a life that ends in the middle of its line leaves the next one to go on with it.
FIRST_ROUND = r"witness: round 1, well$"
CONFIG = """
/dts-v1/;
/ {
    compatible = "bulkhead,config-v1";
    guests {
        witness { harts = <0>; memory = "160M"; kernel = "witness.bin"; initrd = "large"; };
    };
};
"""


@pytest.mark.shows("R-LIFE-27")
def test_what_is_asked_while_images_are_copied_is_not_lost(boot, pack, tmp_path):
    """One hart does all: it copies, serves the console, and takes the request for itself."""
    (tmp_path / "witness.bin").write_bytes((BUILD / "images/witness.bin").read_bytes())
    with (tmp_path / "large").open("wb") as image:
        image.truncate(LARGE)
    machine = boot(bundle=pack(CONFIG, images=tmp_path), harts=1, memory="1G")
    machine.expect("witness", FIRST_ROUND)
    for _ in range(3):
        machine.key("r")
        machine.expect("bulkhead", r'^guest "witness" restarts$')
        # The guest is being made ready now: this comes while its images are copied.
        machine.key("r")
        machine.expect("bulkhead", r'^guest "witness" restarts$')
        machine.expect("witness", FIRST_ROUND)

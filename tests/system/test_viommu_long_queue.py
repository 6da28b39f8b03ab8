# SPDX-License-Identifier: Apache-2.0
"""A queue so long that a guest's hart, which also serves the board's console, does nothing else."""
import re

import pytest

from devices import edu
from dma_boards import shape

CONFIG = """
/dts-v1/;
/ {
    compatible = "bulkhead,config-v1";
    guests {
        longqueue {
            harts = <0>; memory = "8M"; kernel = "longqueue.bin";
            viommus { own { }; };
            devices { edu { pci = "0000:00:02.0"; viommu = "own"; }; };
        };
    };
};
"""
ONE_HART = {"harts": 1, "memory": "512M"}


@pytest.mark.shows("R-VIO-66", "R-VIO-111", "R-CON-08")
def test_the_console_is_served_while_a_guest_waits_for_its_iommu(boot, board_tree, pack):
    """The UART of this board has no interrupt: it is looked at a thousand times a second."""
    tree = board_tree(lambda text: re.sub(r"(\n\t\tserial@10000000 \{\n\t\t\tinterrupts) = [^;]*;",
                                          r"\1-not = <0>;", text), **ONE_HART)
    machine = boot(bundle=pack(CONFIG), **shape("platform", *edu("2.0"), "-dtb", tree, **ONE_HART))
    machine.expect("bulkhead", "hart 0 polls it$")
    for _ in range(3):
        spent = int(machine.expect("longqueue", r"^longqueue: \d+ commands, (\d+) ms in all$")[1])
    exits = machine.exits()[("longqueue", 0)]
    assert exits["hyp-timer"] > spent / 4, (spent, exits)

# SPDX-License-Identifier: Apache-2.0
"""The suite of guest/iommutest: an IOMMU against its specification, the physical one on plain
OpenSBI and the virtual one of a guest, with the same image and the same verdicts."""
import re
import subprocess
from functools import lru_cache
from pathlib import Path

import pytest

import qemu
from devices import edu, iommu_testdev
from dma_boards import BOARDS, shape

BUILD = Path(__file__).parents[2] / "build"
IMAGE = BUILD / "images/iommutest.bin"
CONFIG = BUILD.parent / "configs/iommutest.dts"
LINE = re.compile(r"^iommutest: ([^:]+): ([^\n]+): (ok|FAIL|skip: [^\n]*)$", re.MULTILINE)
END = re.compile(r"^iommutest: (\d+) checks, (\d+) failed, (\d+) skipped$", re.MULTILINE)

VERSION = qemu.version(qemu.qemu())
OLD = VERSION < (11, 1)
PROCESSES = {"processes", "permissions of processes", "invalidation of processes"}
# A bug of QEMU: it takes the guest physical address of a process directory for one of the board.
PDT_BUG = VERSION < (10, 0, 13) or (10, 1) <= VERSION < (10, 2, 2)
# Without iommu-testdev (QEMU 11.1) all is done by edu devices, 100 ms a transfer.
FAST = edu if OLD else iommu_testdev
DEVICES = [*FAST("2.0"), *FAST("3.0"), *edu("4.0")]
# A bug of QEMU 10: it takes reserved bits of tc.
OLD_BUGS = {("misconfigured", "a reserved bit of tc")} if OLD else set()

# The last id, 17 * 8, is more than a directory of one level has room for. In a guest they are in
# slots 1 to 16.
FAR_SLOTS = range(2, 18)
FAR = [word for slot in FAR_SLOTS for word in iommu_testdev(f"{slot:x}.0")]
FAR_CONFIG = """
/dts-v1/;
/ {
    compatible = "bulkhead,config-v1";
    guests {
        iommutest {
            harts = <1>; memory = "16M"; kernel = "iommutest.bin"; bootargs = "far";
            viommus { main { boot-dma = "blocked"; }; };
            devices { %s };
        };
    };
};
""" % " ".join(f'd{slot} {{ pci = "0000:00:{slot:02x}.0"; viommu = "main"; }};'
               for slot in FAR_SLOTS)


def verdicts(text):
    """[(topic, what, verdict)] in the order in which they were said, and the end counts as many."""
    lines = LINE.findall(text)
    checks, failed, skipped = map(int, END.search(text).groups())
    found = [verdict for _, _, verdict in lines]
    assert len(lines) == checks + skipped
    assert found.count("FAIL") == failed and len(lines) - skipped - failed == found.count("ok")
    return lines


@lru_cache
def native(board, devices=tuple(DEVICES), words=""):
    """What the suite says of a board's physical IOMMU."""
    append = ["-append", words] if words else []
    command = qemu.command(IMAGE, **shape(board, *devices, *append, harts=1))
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=240, check=True)
    return verdicts(done.stdout.replace("\r\n", "\n"))


def virtual(machine):
    """What the suite says of a guest's virtual IOMMU."""
    machine.expect("iommutest", END.pattern, 240)
    return verdicts(machine.stream("iommutest"))


def wrong(lines):
    return {(about, what) for about, what, verdict in lines if verdict == "FAIL"}


@pytest.mark.shows("R-VIO-70")
@pytest.mark.parametrize("board", BOARDS)
def test_the_physical_iommu_passes(board):
    lines = native(board)
    assert len(lines) > 300 and wrong(lines) == OLD_BUGS
    skipped = {about for about, _, verdict in lines if verdict.startswith("skip")}
    # A PCI IOMMU has no wires.
    assert skipped == ({"wires"} if board.startswith("pci") else set())


def without(lines, topics):
    return [line for line in lines if line[0] not in topics]


@pytest.mark.shows("R-VIO-71", "R-VIO-73")
@pytest.mark.parametrize("board", BOARDS)
def test_a_virtual_iommu_is_no_different(boot, pack, board):
    config, left_out = CONFIG.read_text(), set()
    if PDT_BUG:
        config, left_out = config.replace(" process-ids;", ""), PROCESSES
    found, model = virtual(boot(bundle=pack(config), **shape(board, *DEVICES))), native(board)
    assert {verdict for _, _, verdict in without(found, left_out)} == {"ok"}
    if board.startswith("pci"):
        # The virtual one has wires, whatever the physical one has.
        assert sum(about == "wires" for about, _, _ in found) > 8
        left_out = left_out | {"wires"}
    assert ([line[:2] for line in without(found, left_out)]
            == [line[:2] for line in without(model, left_out)])
    assert wrong(model) == OLD_BUGS


@pytest.mark.shows("R-VIO-105", "R-VIO-106")
@pytest.mark.skipif(PDT_BUG, reason="QEMU before 10.0.13, and 10.1 and 10.2 before 10.2.2, read "
                                    "process directories of guests at addresses of the board")
def test_process_contexts_of_a_guest(boot):
    found = virtual(boot("iommutest", **shape("platform", *DEVICES)))
    verdicts_of = {about: [verdict for at, _, verdict in found if at == about]
                   for about in PROCESSES}
    assert {verdict for of in verdicts_of.values() for verdict in of} == {"ok"}
    assert min(map(len, verdicts_of.values())) > 5


@pytest.mark.shows("R-VIO-72")
@pytest.mark.skipif(OLD, reason="iommu-testdev comes with QEMU 11.1")
def test_ids_that_a_directory_does_not_hold(boot, pack):
    model = native("platform", tuple(FAR), "far")
    assert len(model) == 5 and not wrong(model)
    assert virtual(boot(bundle=pack(FAR_CONFIG), **shape("platform", *FAR))) == model

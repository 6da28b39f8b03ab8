# SPDX-License-Identifier: Apache-2.0
"""Boards to boot in the tests. Every console's transcript is kept in build/consoles/."""
import re
import subprocess
from pathlib import Path

import pytest

import demo
import qemu
from machine import PROMPT, Machine

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build"


@pytest.hookimpl(tryfirst=True)   # before xdist reads the marks
def pytest_collection_modifyitems(items):
    """Tests that share a boot stay in one worker (tests/run.py); being the longest, they come first."""
    for item in items:
        if "boot_once" in item.fixturenames:
            board = item.callspec.params.get("board", "") if hasattr(item, "callspec") else ""
            item.add_marker(pytest.mark.xdist_group(f"{item.parent.nodeid.replace('/', '-')}-{board}"))
    items.sort(key=lambda item: "boot_once" not in item.fixturenames)


def _log(request):
    name = re.sub(r"[^\w.-]+", "_", request.node.nodeid.rpartition("/")[2].partition("@")[0])
    return BUILD / "consoles" / f"{name}.log"


def _booter(request, tmp_path_factory):
    """boot("demo") boots configs/demo.dts with its devices, boot(bundle=FILE) another bundle."""
    machines = []

    def boot(config=None, *, bundle=None, kernel=BUILD / "bulkhead.bin", **shape):
        if config is not None:
            bundle = BUILD / "configs" / f"{config}.bundle"
        if config == "demo":
            shape = {**demo.shape(tmp_path_factory.mktemp("demo") / "disk"), **shape}
        machine = Machine(kernel, bundle, log=_log(request), **shape)
        machines.append(machine)
        return machine

    yield boot
    for machine in machines:
        machine.close()


@pytest.fixture
def boot(request, tmp_path_factory):
    yield from _booter(request, tmp_path_factory)


@pytest.fixture(scope="class")
def boot_once(request, tmp_path_factory):
    """The same for a board that the tests of a class share."""
    yield from _booter(request, tmp_path_factory)


def _packer(folder):
    """pack(text) makes a bundle of a configuration given as text."""
    def pack_it(text, *, images=BUILD / "images"):
        source, bundle = folder / "config.dts", folder / "test.bundle"
        source.write_text(text)
        subprocess.run([BUILD / "tools/bulkhead", "pack", source, "--images", images, "-o", bundle],
                       check=True)
        return bundle
    return pack_it


@pytest.fixture
def pack(tmp_path):
    return _packer(tmp_path)


@pytest.fixture(scope="class")
def pack_once(tmp_path_factory):
    """The same for a board that the tests of a class share."""
    return _packer(tmp_path_factory.mktemp("pack"))


@pytest.fixture
def board_tree(tmp_path):
    """board_tree(change, **shape) is a file with that board's device tree, changed as text."""
    def make(change, **shape):
        blob, changed = tmp_path / "board.dtb", tmp_path / "changed.dtb"
        subprocess.run(qemu.dtb_command(blob, **shape), check=True, capture_output=True)
        text = subprocess.run(["dtc", "-q", "-O", "dts", blob], capture_output=True, text=True,
                              check=True).stdout
        assert change(text) != text
        subprocess.run(["dtc", "-q", "-f", "-O", "dtb", "-o", changed], input=change(text),
                       text=True, check=True)
        return changed
    return make


def linux_at_shell(machine, source="linux"):
    """Wait for the Linux guest's prompt; returns what its ready line says: (release, harts)."""
    # The line may go on from one that an earlier life of the guest left unfinished.
    found = machine.expect(source, r"linux: ready, Linux (\S+), (\d+) harts")
    machine.expect(source, PROMPT)
    # Long commands would be wrapped by the shell's line editor.
    machine.shell(source, "stty columns 250")
    return found[1], int(found[2])

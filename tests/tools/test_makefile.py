# SPDX-License-Identifier: Apache-2.0
"""The Makefile in folders of any name."""
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import qemu

ROOT = Path(__file__).parents[2]


def make(folder, *arguments, cache):
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MAKELEVEL")}
    return subprocess.run(["make", "-C", folder, *arguments], capture_output=True, text=True,
                          env=dict(environment, BULKHEAD_CACHE=str(cache)), timeout=120,
                          check=False)


@pytest.mark.shows("R-BLD-16")
def test_a_folder_with_a_space(tmp_path):
    folder = tmp_path / "my projects/bulk head"
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    for name in ("lib", "tools"):
        shutil.copytree(ROOT / name, folder / name)
    result = make(folder, "build/target/lib/format.o", "build/host/lib/format.o",
                  cache=qemu.cache())
    assert result.returncode == 0, result.stderr
    assert str(tmp_path).encode() not in (folder / "build/target/lib/format.o").read_bytes()


@pytest.mark.shows("R-BLD-16")
@pytest.mark.parametrize("goals", [(), ("test",), ("distclean",)])
def test_a_cache_with_a_space(tmp_path, goals):
    result = make(ROOT, "--dry-run", *goals, cache=tmp_path / "my cache")
    assert result.returncode == 2
    assert result.stderr.splitlines() == [
        f'Makefile:{line_of("$(error")}: *** the cache folder "{tmp_path}/my cache" has a space '
        'in its name: set BULKHEAD_CACHE to another.  Stop.']


def line_of(text):
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


@pytest.mark.shows("R-BLD-16")
@pytest.mark.parametrize("goal", ["help", "clean"])
def test_what_needs_no_cache_takes_any(tmp_path, goal):
    result = make(ROOT, "--dry-run", goal, cache=tmp_path / "my cache")
    assert (result.returncode, result.stderr) == (0, "")

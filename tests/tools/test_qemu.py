# SPDX-License-Identifier: Apache-2.0
"""tools/qemu.py: which QEMU is accepted."""
import os
import subprocess
from pathlib import Path

import pytest

QEMU = Path(__file__).parents[2] / "tools/qemu.py"


def run(program, *arguments):
    return subprocess.run(["/usr/bin/python3", QEMU, "run", *arguments, "kernel.bin"],
                          env=dict(os.environ, QEMU=str(program)), capture_output=True, text=True,
                          check=False)


def fake(tmp_path, version):
    path = tmp_path / "qemu"
    path.write_text(f'#!/bin/sh\nif [ "$1" = --version ]; then echo "{version}"; '
                    'else echo "started with $*"; fi\n')
    path.chmod(0o755)
    return path


@pytest.mark.shows("R-BLD-05")
@pytest.mark.parametrize("version, board, sentence", [
    ("QEMU emulator version 9.2.4 (v9.2.4)", "virt", "is QEMU 9.2.4, but board virt needs 10.0 "),
    ("QEMU emulator version 10.0.2 (Debian)", "tt-atlantis",
     "is QEMU 10.0.2, but board tt-atlantis needs 11.1 "),
    ("something else", "virt", "does not say what version it is: is it a QEMU?"),
])
def test_too_old(tmp_path, version, board, sentence):
    result = run(fake(tmp_path, version), "--board", board)
    assert result.returncode == 1
    assert result.stderr.startswith("qemu: ") and sentence in result.stderr
    assert result.stdout == "" and result.stderr.count("\n") == 1


@pytest.mark.shows("R-BLD-05")
def test_not_there(tmp_path):
    result = run(tmp_path / "nothing")
    assert result.returncode == 1
    assert "does not run" in result.stderr and "run `make qemu`" in result.stderr


@pytest.mark.shows("R-BLD-05")
@pytest.mark.parametrize("version, board", [("QEMU emulator version 10.0.0", "virt"),
                                            ("QEMU emulator version 11.1.0", "tt-atlantis"),
                                            ("QEMU emulator version 12.0.50", "tt-atlantis")])
def test_new_enough(tmp_path, version, board):
    result = run(fake(tmp_path, version), "--board", board)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(f"started with -M {board}")

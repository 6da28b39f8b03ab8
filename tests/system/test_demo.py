# SPDX-License-Identifier: Apache-2.0
"""The demo as the README has it."""
import os
import subprocess
import time

import pexpect
import pytest
from conftest import ROOT

MAKE_RUN_SECONDS = 60
ONE_AT_A_TIME = pytest.mark.xdist_group("demo")   # they have one disk, build/demo.disk


def _make_environment():
    """As typed at a shell, not as a part of the make that runs the tests."""
    return {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}


@pytest.mark.alone                # it is about time
@pytest.mark.shows("R-BLD-30", "R-VIO-74", "R-VIO-86")
def test_make_run_without_a_terminal_comes_to_a_verdict():
    begun = time.monotonic()
    result = subprocess.run(["make", "run"], cwd=ROOT, env=_make_environment(), text=True,
                            stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
    assert result.stdout.splitlines()[-1] == "demo: PASS", result.stdout[-3000:]
    assert result.returncode == 0
    assert time.monotonic() - begun < MAKE_RUN_SECONDS


@ONE_AT_A_TIME
@pytest.mark.shows("R-BLD-31")
def test_a_demo_that_does_not_answer_is_a_failure(tmp_path, pack):
    """The same with a bare-metal guest that knows no mailbox."""
    text = (ROOT / "configs/demo.dts").read_text()
    bundle = pack(text.replace('"demo.bin"', '"witness.bin"'))
    result = subprocess.run(["tools/demo.py", bundle, "5"], cwd=ROOT, text=True, stdin=subprocess.DEVNULL,
                            capture_output=True, timeout=120, check=False)
    assert result.stdout.splitlines()[-1].startswith("demo: FAIL: [rtos] did not say"), result.stdout
    assert result.returncode == 1


@ONE_AT_A_TIME
@pytest.mark.shows("R-BLD-32")
def test_make_run_on_a_terminal_is_interactive():
    child = pexpect.spawn("make", ["run"], cwd=str(ROOT), env=_make_environment(), timeout=60)
    try:
        child.expect(r"\[linux\] linux: ready, Linux 7[.]2")
        child.expect("linux# ")
        child.send("mailbox 'from a terminal'\n")
        child.expect(r"\[rtos\] message 1: from a terminal")
        child.expect(r"\[linux\] message 1 answered: FROM A TERMINAL")
    finally:
        child.close(force=True)

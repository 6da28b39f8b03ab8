# SPDX-License-Identifier: Apache-2.0
"""tests/fuzz/run.py on programs that speak as libFuzzer does."""
import subprocess
from pathlib import Path

import pytest

RUN = Path(__file__).parents[1] / "fuzz/run.py"
GOOD = """#!/bin/sh
echo 'INFO: Loaded 1 modules   (156 inline 8-bit counters): 156 [0x1, 0x2),' >&2
echo '#7      NEW    cov: 40 ft: 70 corp: 3/12b lim: 4 exec/s: 0 rss: 30Mb' >&2
echo '#99     DONE   cov: 56 ft: 90 corp: 8/70b lim: 4 exec/s: 9 rss: 30Mb' >&2
echo 'stat::number_of_executed_units: 1234' >&2
"""


def run(tmp_path, **programs):
    for name, text in programs.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    return subprocess.run([RUN, "--seconds", "1", *(tmp_path / name for name in programs)],
                          capture_output=True, text=True, check=False)


@pytest.mark.shows("R-BLD-22")
def test_executions_and_coverage_are_printed(tmp_path):
    result = run(tmp_path, fuzz_a=GOOD, fuzz_b=GOOD)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [
        "fuzz_a: 1234 executions, 56 of 156 edges, 8 inputs kept",
        "fuzz_b: 1234 executions, 56 of 156 edges, 8 inputs kept",
        "2 harnesses, 0 failed"]


@pytest.mark.shows("R-BLD-22")
def test_a_crash_fails_with_its_report(tmp_path):
    crash = GOOD + "echo 'ERROR: AddressSanitizer: heap-buffer-overflow' >&2\nexit 77\n"
    result = run(tmp_path, fuzz_a=crash, fuzz_b=GOOD)
    assert result.returncode == 1
    assert "ERROR: AddressSanitizer: heap-buffer-overflow" in result.stdout
    assert "fuzz_a: FAILED, exit status 77" in result.stdout
    assert result.stdout.splitlines()[-1] == "2 harnesses, 1 failed"


@pytest.mark.shows("R-BLD-22")
def test_a_harness_that_runs_nothing_fails(tmp_path):
    result = run(tmp_path, fuzz_a="#!/bin/sh\nexit 0\n")
    assert result.returncode == 1
    assert "fuzz_a: FAILED, it ran nothing" in result.stdout

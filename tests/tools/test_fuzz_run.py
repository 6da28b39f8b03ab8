# SPDX-License-Identifier: Apache-2.0
"""tests/fuzz/run.py on programs that speak as libFuzzer and llvm-cov do, and tests/fuzz/corpus.py."""
import json
import os
import subprocess
from pathlib import Path

import pytest

FUZZ = Path(__file__).parents[1] / "fuzz"
ROOT = FUZZ.parents[1]
GOOD = """#!/bin/sh
echo 'stat::number_of_executed_units: 1234' >&2
"""


def write(path, text):
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def counted(name, lines, branches):
    return {"filename": str(ROOT / name),
            "summary": {"lines": {"covered": lines, "count": 10},
                        "branches": {"covered": branches, "count": 8}}}


def run(tmp_path, covers="hyp/pci lib/format.c", **programs):
    """Each program, with an input; and llvm-cov, which knows four files."""
    files = [counted("hyp/pci/view.c", 7, 2), counted("hyp/pci/bus.c", 2, 8),
             counted("lib/format.c", 1, 0), counted("lib/formats.c", 10, 8)]
    for name, text in programs.items():
        write(tmp_path / name, text)
        write(tmp_path / "coverage" / name, f"#!/bin/sh\necho $* >>{tmp_path}/{name}.ran\n")
        write(tmp_path / f"{name}.c", f"/* covers: {covers} */\n")
        (tmp_path / "seeds" / name).mkdir(parents=True)
        (tmp_path / "seeds" / name / "input").write_bytes(b"seed")
    write(tmp_path / "bin/llvm-profdata", "#!/bin/sh\n")
    write(tmp_path / "bin/llvm-cov",
          f"#!/bin/sh\necho '{json.dumps({'data': [{'files': files}]})}'\n")
    return subprocess.run([FUZZ / "run.py", "--seconds", "1", "--sources", tmp_path,
                           *(tmp_path / name for name in programs)],
                          env=dict(os.environ, PATH=f"{tmp_path}/bin:{os.environ['PATH']}"),
                          capture_output=True, text=True, check=False)


@pytest.mark.shows("R-BLD-22", "R-BLD-34")
def test_executions_and_coverage_are_printed(tmp_path):
    result = run(tmp_path, fuzz_a=GOOD, fuzz_b=GOOD)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [
        "fuzz_a: 1234 executions, 10 of 30 lines (33 %), 10 of 24 branches (41 %)",
        "fuzz_b: 1234 executions, 10 of 30 lines (33 %), 10 of 24 branches (41 %)",
        "2 harnesses, 0 failed"]
    assert (tmp_path / "fuzz_a.ran").read_text().split() == [f"{tmp_path}/seeds/fuzz_a/input"]


@pytest.mark.shows("R-BLD-34")
def test_a_harness_that_covers_nothing_of_what_it_says_fails(tmp_path):
    result = run(tmp_path, covers="hyp/pcie", fuzz_a=GOOD)
    assert result.returncode == 1
    assert "fuzz_a: FAILED, there is nothing of what its source says it covers" in result.stdout


@pytest.mark.shows("R-BLD-34")
@pytest.mark.parametrize("harness", sorted(FUZZ.glob("fuzz_*.c")), ids=lambda path: path.stem)
def test_what_a_harness_covers_exists(harness):
    said = harness.read_text().split("/* covers: ")[1].split("*/")[0].replace("*", " ").split()
    assert said and all((ROOT / name).exists() for name in said)


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


LEAST = """#!/bin/sh
# Named last: the folders of inputs, the first of them the one to fill.
while [ "${1#-}" != "$1" ]; do shift; done
printf 'small' >$1/1; printf 'larger one' >$1/2; cp $2/own $2/corpus-0000 $1/
"""


@pytest.mark.shows("R-BLD-35")
def test_a_corpus_keeps_what_has_found_something_and_the_fewest_others(tmp_path):
    folder = tmp_path / "fuzz"
    write(folder / "corpus.py", (FUZZ / "corpus.py").read_text())
    write(tmp_path / "fuzz_a", LEAST)
    (tmp_path / "crash").write_bytes(b"what failed")

    def corpus(*arguments):
        return subprocess.run([folder / "corpus.py", *arguments], check=True,
                              capture_output=True).stdout

    corpus("add", "a", tmp_path / "crash", "read past the end")
    (tmp_path / "seeds/fuzz_a").mkdir(parents=True)
    (tmp_path / "seeds/fuzz_a/own").write_bytes(b"made by seeds.py")
    (tmp_path / "seeds/fuzz_a/corpus-0000").write_bytes(b"what failed")
    corpus("refresh", tmp_path / "fuzz_a")
    assert "# read past the end\n" in (folder / "corpus/a.txt").read_text()
    assert [corpus("show", "a", str(n)) for n in (1, 2, 3)] == [
        b"what failed", b"small", b"larger one"]
    assert len((folder / "corpus/a.txt").read_text().splitlines()) == 5

# SPDX-License-Identifier: Apache-2.0
"""tests/run.py counts what ran and fails when it should."""
import os
import subprocess
from pathlib import Path

import pytest

RUN = Path(__file__).parents[1] / "run.py"

REPORT = """#!/bin/sh
cat >"$(dirname "$CMOCKA_XML_FILE")/group.xml" <<XML
<testsuites><testsuite>{cases}</testsuite></testsuites>
XML
exit {status}
"""
PASS, SKIP = '<testcase name="good"/>', '<testcase name="later"><skipped/></testcase>'
FAIL = '<testcase name="bad"><failure>1 is not 2</failure></testcase>'


def run(*arguments):
    result = subprocess.run(["/usr/bin/python3", RUN, *arguments], capture_output=True, text=True,
                            check=False)
    return result.returncode, result.stdout.splitlines()


def program(tmp_path, text):
    path = tmp_path / "test_program"
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.mark.shows("R-BLD-14")
@pytest.mark.parametrize("cases, status, exit_status, last_line", [
    (PASS + SKIP + PASS, 0, 0, "2 passed, 0 failed, 1 skipped"),
    (PASS + FAIL, 1, 1, "1 passed, 1 failed, 0 skipped"),
    (PASS, 1, 1, "1 passed, 1 failed, 0 skipped"),
    (SKIP, 0, 1, "0 passed, 0 failed, 1 skipped"),
    ("", 0, 1, "0 passed, 1 failed, 0 skipped"),
])
def test_unit_programs_are_counted(tmp_path, cases, status, exit_status, last_line):
    code, output = run("--unit", program(tmp_path, REPORT.format(cases=cases, status=status)))
    assert (code, output[-1]) == (exit_status, last_line)
    assert ("  bad: 1 is not 2" in output) == (FAIL in cases)


@pytest.mark.shows("R-BLD-14")
def test_a_crash_is_a_failure_and_is_shown(tmp_path):
    code, output = run("--unit", program(tmp_path, "#!/bin/sh\necho last words\nkill -SEGV $$\n"))
    assert (code, output[-1]) == (1, "0 passed, 1 failed, 0 skipped")
    assert "last words" in output


@pytest.mark.shows("R-BLD-14")
def test_nothing_to_run_is_a_failure(tmp_path):
    assert run("--pytest", tmp_path) [0] == 1
    assert run()[0] == 1


@pytest.mark.shows("R-BLD-14")
def test_pytest_is_counted_with_the_unit_tests(tmp_path):
    (tmp_path / "test_some.py").write_text(
        "import pytest\ndef test_good(): pass\ndef test_bad(): assert False\n"
        "@pytest.mark.skip(reason='later')\ndef test_later(): pass\n")
    unit = program(tmp_path, REPORT.format(cases=PASS, status=0))
    code, output = run("--unit", unit, "--pytest", tmp_path)
    assert (code, output[-1]) == (1, "2 passed, 1 failed, 1 skipped")


@pytest.mark.shows("R-BLD-14")
def test_a_file_that_pytest_cannot_read_is_a_failure(tmp_path):
    (tmp_path / "test_broken.py").write_text("def test_(:\n")
    code, output = run("--pytest", tmp_path)
    assert (code, output[-1]) == (1, "0 passed, 1 failed, 0 skipped")


# The one that is alone sees nothing of the others, each of which waits for the other.
COMPANY = """
import os, pytest, time

@pytest.mark.parametrize("me, other", [("a", "b"), ("b", "a")])
def test_together(me, other):
    open(me, "w").close()
    end = time.monotonic() + 60
    while not os.path.exists(other):
        assert time.monotonic() < end
        time.sleep(0.01)

@pytest.mark.alone
def test_alone():
    assert "PYTEST_XDIST_WORKER" not in os.environ
    assert not os.path.exists("a") and not os.path.exists("b")
"""


@pytest.mark.shows("R-BLD-20")
@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="this machine has one core")
def test_as_many_at_once_as_there_are_cores(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    (tmp_path / "test_company.py").write_text(COMPANY)
    assert run("--pytest", tmp_path)[1][-1] == "3 passed, 0 failed, 0 skipped"
    unit = []
    for me, other in (("c", "d"), ("d", "c")):
        unit.append(tmp_path / me)
        text = REPORT.format(cases=PASS, status=0).replace("#!/bin/sh\n", (
            f"#!/bin/sh\n: >has-begun-{me}; tries=0\n"
            f"until [ -e has-begun-{other} ]; do tries=$((tries + 1)); [ $tries -lt 600 ] || exit 1; "
            "sleep 0.1; done\n"))
        unit[-1].write_text(text)
        unit[-1].chmod(0o755)
    assert run("--unit", *unit)[1][-1] == "2 passed, 0 failed, 0 skipped"


class Collector:
    """What pytest collects, whichever tests this run has chosen."""

    items = ()

    def pytest_collection_finish(self, session):
        self.items = session.items


@pytest.mark.shows("R-BLD-20")
def test_those_that_share_a_boot_run_in_one_process():
    """Each is in a group with the others of its class on its board."""
    collector = Collector()
    assert pytest.main(["--collect-only", "-qq", str(RUN.parent / "system")], [collector]) == 0
    sharing = [item for item in collector.items if "boot_once" in item.fixturenames]
    assert sharing
    pairs = {(item.cls, item.callspec.params.get("board") if hasattr(item, "callspec") else None,
              item.get_closest_marker("xdist_group").args[0]) for item in sharing}
    boots, groups = {pair[:2] for pair in pairs}, {pair[2] for pair in pairs}
    assert len(pairs) == len(boots) == len(groups)

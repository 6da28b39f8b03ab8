# SPDX-License-Identifier: Apache-2.0
"""tools/trace.py on small projects of its own."""
import re
import subprocess
from pathlib import Path

import pytest

TRACE = Path(__file__).parents[2] / "tools/trace.py"

REQUIREMENTS = "# Title\n- R-MEM-01: Memory is memory.\n- R-SBI-02: Calls are answered.\n"
C_TEST = """
/* A helper, not a test. */
static void test_data(void);
/* shows: R-MEM-01 */
static void test_memory(void **state)
{
    (void)state;
}
"""
PYTHON_TEST = '@pytest.mark.shows("R-SBI-02")\ndef test_call():\n    pass\n'


def trace(tmp_path, requirements=REQUIREMENTS, c_test=C_TEST, python_test=PYTHON_TEST):
    for name, text in (("docs/requirements/all.md", requirements),
                       ("tests/unit/test_memory.c", c_test),
                       ("tests/system/test_calls.py", python_test)):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return subprocess.run(["/usr/bin/python3", TRACE, tmp_path], capture_output=True, text=True,
                          check=False)


@pytest.mark.shows("R-BLD-13")
def test_the_matrix_is_printed_both_ways(tmp_path):
    result = trace(tmp_path)
    assert result.returncode == 0, result.stderr
    assert ("R-MEM-01: Memory is memory.\n    tests/unit/test_memory.c::test_memory\n"
            in result.stdout)
    assert "tests/system/test_calls.py::test_call: R-SBI-02\n" in result.stdout
    assert result.stdout.endswith("trace: 2 requirements, 2 tests, 0 problems\n")


@pytest.mark.shows("R-BLD-13")
@pytest.mark.parametrize("change, complaint", [
    ({"requirements": REQUIREMENTS + "- R-MEM-03: Nobody tests this.\n"},
     "R-MEM-03: no test shows it"),
    ({"requirements": REQUIREMENTS + "- R-MEM-01: Again.\n"},
     "docs/requirements/all.md:4: R-MEM-01 is defined a second time"),
    ({"requirements": REQUIREMENTS + "- R-MEM-3 No colon.\n"},
     "docs/requirements/all.md:4: not of the form '- R-AREA-NN: sentence': - R-MEM-3 No colon."),
    ({"requirements": ""},
     "docs/requirements has no requirement at all"),
    ({"c_test": C_TEST.replace("shows: R-MEM-01", "speaks of R-MEM-01")},
     "tests/unit/test_memory.c::test_memory: names no requirement"),
    ({"c_test": C_TEST.replace("R-MEM-01 */", "R-MEM-01 */\nint between;")},
     "tests/unit/test_memory.c::test_memory: names no requirement"),
    ({"python_test": PYTHON_TEST + "def test_other():\n    pass\n"},
     "tests/system/test_calls.py::test_other: names no requirement"),
    ({"python_test": PYTHON_TEST.replace("R-SBI-02", "R-SBI-09")},
     "tests/system/test_calls.py::test_call: names R-SBI-09, which docs/requirements does not have"),
])
def test_an_orphan_or_a_bad_line_fails(tmp_path, change, complaint):
    result = trace(tmp_path, **change)
    assert result.returncode == 1
    assert f"trace: {complaint}\n" in result.stderr


@pytest.mark.shows("R-BLD-13")
def test_markers_of_a_class_and_of_a_module_count(tmp_path):
    result = trace(tmp_path, python_test='pytestmark = [pytest.mark.shows("R-SBI-02")]\n'
                   '@pytest.mark.shows("R-MEM-01")\nclass TestCalls:\n'
                   '    def test_call(self):\n        pass\n')
    assert result.returncode == 0, result.stderr
    assert "tests/system/test_calls.py::test_call: R-SBI-02, R-MEM-01\n" in result.stdout


@pytest.mark.shows("R-BLD-13")
def test_this_tree_has_no_orphans():
    result = subprocess.run(["/usr/bin/python3", TRACE], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert re.search(r"^trace: \d+ requirements, \d+ tests, 0 problems$", result.stdout, re.MULTILINE)

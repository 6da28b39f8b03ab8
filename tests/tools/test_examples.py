# SPDX-License-Identifier: Apache-2.0
"""The examples in configs/ are no dead letters."""
import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def booted():
    """The names that system tests call boot or boot_once with."""
    return {call.args[0].value
            for path in (ROOT / "tests/system").glob("test_*.py")
            for call in ast.walk(ast.parse(path.read_text()))
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
            and call.func.id in ("boot", "boot_once") and call.args
            and isinstance(call.args[0], ast.Constant)}


@pytest.mark.shows("R-BLD-33")
def test_every_example_is_booted_by_a_test():
    examples = {path.stem for path in (ROOT / "configs").glob("*.dts")}
    assert examples and examples - booted() == set()

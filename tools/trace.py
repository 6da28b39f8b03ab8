#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Traces requirements to tests and back; fails on an orphan on either side.

    tools/trace.py [PROJECT-FOLDER]
Requirements are the lines "- R-AREA-NN: sentence" of docs/requirements/*.md. A C test
(`static void test_...` below tests) names what it shows in a comment right above it,
/* shows: R-AREA-NN, R-AREA-NN */; a pytest test by @pytest.mark.shows("R-AREA-NN", ...).
"""
import ast
import re
import sys
from collections import defaultdict
from pathlib import Path

REQUIREMENT = re.compile(r"R-[A-Z]+-\d{2,}")
REQUIREMENT_LINE = re.compile(r"- (R-[A-Z]+-\d{2,}): (\S.*)")
C_TEST = re.compile(r"^static\s+void\s+(test_\w+)\s*\([^)]*\)\s*\{", re.MULTILINE)
COMMENT_ABOVE = re.compile(r"/\*((?:(?!\*/).)*)\*/\s*\Z", re.DOTALL)


def read_requirements(root, problems):
    """{id: sentence}, in the order of the files."""
    found = {}
    for path in sorted((root / "docs/requirements").glob("*.md")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not line.startswith("- R-"):
                continue
            where = f"{path.relative_to(root)}:{number}"
            match = REQUIREMENT_LINE.fullmatch(line)
            if not match:
                problems.append(f"{where}: not of the form '- R-AREA-NN: sentence': {line}")
            elif match[1] in found:
                problems.append(f"{where}: {match[1]} is defined a second time")
            else:
                found[match[1]] = match[2]
    return found


def c_tests(path):
    """Yields (name, requirements) of the test functions of a C file."""
    text = path.read_text(encoding="utf-8")
    for match in C_TEST.finditer(text):
        comment = COMMENT_ABOVE.search(text[:match.start()])
        _, shows, names = (comment[1] if comment else "").partition("shows:")
        yield match[1], REQUIREMENT.findall(names) if shows else []


def markers(node):
    """The requirements in the pytest.mark.shows(...) among some expressions."""
    return [argument.value
            for call in ast.walk(node) if isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute) and call.func.attr == "shows"
            for argument in call.args if isinstance(argument, ast.Constant)]


def python_tests(path):
    """Yields (name, requirements) of the test functions of a pytest file."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    common = [requirement for node in module.body if isinstance(node, ast.Assign)
              and any(getattr(target, "id", None) == "pytestmark" for target in node.targets)
              for requirement in markers(node.value)]
    scopes = [(module.body, common)] + [
        (node.body, common + [r for decorator in node.decorator_list for r in markers(decorator)])
        for node in module.body if isinstance(node, ast.ClassDef)]
    for body, inherited in scopes:
        for node in body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                own = [r for decorator in node.decorator_list for r in markers(decorator)]
                yield node.name, inherited + own


def read_tests(root):
    """{file::function: requirements}, C first."""
    tests = root / "tests"
    found = {}
    for paths, reader in ((tests.glob("**/*.c"), c_tests), (tests.glob("**/test_*.py"), python_tests)):
        for path in sorted(paths):
            for name, requirements in reader(path):
                found[f"{path.relative_to(root)}::{name}"] = requirements
    return found


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent)
    problems = []
    requirements = read_requirements(root, problems)
    tests = read_tests(root)

    shown_by = defaultdict(list)
    for test, names in tests.items():
        if not names:
            problems.append(f"{test}: names no requirement")
        for name in names:
            shown_by[name].append(test)
            if name not in requirements:
                problems.append(f"{test}: names {name}, which docs/requirements does not have")
    problems += [f"{name}: no test shows it" for name in requirements if not shown_by[name]]
    if not requirements:
        problems.append("docs/requirements has no requirement at all")

    print("Requirement: the tests that show it")
    for name, sentence in requirements.items():
        print(f"{name}: {sentence}")
        for test in shown_by[name]:
            print(f"    {test}")
    print("\nTest: the requirements that it shows")
    for test, names in tests.items():
        print(f"{test}: {', '.join(names)}")
    for problem in problems:
        print(f"trace: {problem}", file=sys.stderr)
    print(f"\ntrace: {len(requirements)} requirements, {len(tests)} tests, "
          f"{len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

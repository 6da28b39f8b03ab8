# SPDX-License-Identifier: Apache-2.0
"""tests/mutate/mutate.py on a small project whose one unit program is a script."""
import subprocess
from pathlib import Path

import pytest

MUTATE = Path(__file__).parents[1] / "mutate/mutate.py"

MAKEFILE = """
test-trees:
build/unit/test_owner: owner.c test_owner.sh
\tgrep -q ';$$' owner.c
\tmkdir -p $(@D)
\tcat test_owner.sh >$@
\tchmod +x $@
system:
\tmkdir -p build
\techo guests >build/guests
build/bulkhead.bin: owner.c
\tmkdir -p $(@D)
\tcp owner.c $@
"""
SYSTEM_TEST = """
import os
from pathlib import Path

def test_owner():
    assert Path("build/guests").exists() and os.environ["BULKHEAD_PATIENCE"]
    assert "owner == me" in Path("build/bulkhead.bin").read_text()
"""
TEST = """#!/bin/sh
echo "[ RUN      ] test_owner_is_checked"
grep -q 'owner == me' owner.c && exit 0
{failure}
"""
SAYS_SO = 'echo "[  FAILED  ] test_owner_is_checked"; exit 1'
SOURCE = "if (owner == me) may(); /* nobody reads this */ done();\n"


def mutant(name, old, new, more=""):
    return (f'[[mutant]]\nname = "{name}"\nfile = "owner.c"\nbreaks = "owners"\n'
            f'tests = ["test_owner"]\nold = "{old}"\nnew = "{new}"\n{more}')


CAUGHT = mutant("caught", "owner == me", "true")
SURVIVES = mutant("survives", "nobody", "somebody")


def mutate(project, *mutants, failure=SAYS_SO, source=SOURCE):
    for name, text in (("Makefile", MAKEFILE), ("test_owner.sh", TEST.format(failure=failure)),
                       ("tests/system/test_board.py", SYSTEM_TEST),
                       ("owner.c", source), ("tests/mutate/mutants.toml", "".join(mutants))):
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    result = subprocess.run(["/usr/bin/python3", MUTATE, project, "--jobs", "2"],
                            capture_output=True, text=True, check=False)
    assert (project / "owner.c").read_text() == source
    return result


def last_line(caught=0, explained=0, survived=0, bad=0):
    return (f"mutate: {caught + explained + survived + bad} mutants, {caught} caught, {explained} "
            f"survived with an explanation, {survived} survived, {bad} in error")


@pytest.mark.shows("R-BLD-21")
@pytest.mark.parametrize("failure, by", [
    (SAYS_SO, "test_owner: test_owner_is_checked"),
    ("kill -SEGV $$", "test_owner: test_owner_is_checked"),
])
def test_a_mutant_that_is_caught_names_the_test(tmp_path, failure, by):
    result = mutate(tmp_path, CAUGHT, failure=failure)
    assert result.stdout.splitlines() == [f"caught  owners  {by}", last_line(caught=1)]
    assert result.returncode == 0, result.stderr


@pytest.mark.shows("R-BLD-21")
def test_a_mutant_may_take_a_board_to_be_caught(tmp_path):
    board = "system/test_board.py::test_owner"
    result = mutate(tmp_path, *(text.replace('["test_owner"]', f'["{board}"]')
                                for text in (CAUGHT, SURVIVES)))
    assert result.stdout.splitlines() == [f"caught    owners  {board}",
                                          "survives  owners  SURVIVED",
                                          last_line(caught=1, survived=1)]


@pytest.mark.shows("R-BLD-21")
@pytest.mark.parametrize("second, said, counts", [
    (SURVIVES, "SURVIVED", {"survived": 1}),
    (mutant("moved", "not there", "x"), "does not apply: the text is 0 times in", {"bad": 1}),
    (mutant("twice", "e", "x"), "does not apply: the text is 4 times in", {"bad": 1}),
    (mutant("broken", "done();", "done("), "does not build:", {"bad": 1}),
    (mutant("wrong", "owner == me", "true", 'survives = "It is the same."\n'),
     "caught, contrary to its explanation, by test_owner: test_owner_is_checked", {"bad": 1}),
])
def test_any_other_mutant_fails_the_check(tmp_path, second, said, counts):
    result = mutate(tmp_path, CAUGHT, second)
    assert f"  owners  {said}" in result.stdout
    assert result.stdout.splitlines()[-1] == last_line(caught=1, **counts)
    assert result.returncode == 1


@pytest.mark.shows("R-BLD-21")
def test_a_survivor_that_is_explained_passes(tmp_path):
    result = mutate(tmp_path, SURVIVES + 'survives = "It is a comment."\n')
    assert "survives  owners  SURVIVED: It is a comment.\n" in result.stdout
    assert result.stdout.splitlines()[-1] == last_line(explained=1)
    assert result.returncode == 0, result.stderr


@pytest.mark.shows("R-BLD-21")
def test_the_copies_follow_the_source(tmp_path):
    mutate(tmp_path, CAUGHT)
    (tmp_path / "build/mutate/tree-0/gone.c").write_text("of a mutant that was interrupted\n")
    source = SOURCE.replace("may()", "must()")
    assert mutate(tmp_path, CAUGHT, source=source).returncode == 0
    for tree in (tmp_path / "build/mutate").iterdir():
        assert (tree / "owner.c").read_text() == source
        assert not (tree / "gone.c").exists()


@pytest.mark.shows("R-BLD-21")
@pytest.mark.parametrize("mutants, source, complaint", [
    ("", SOURCE, "it has no mutant"),
    (CAUGHT + CAUGHT, SOURCE, "caught: has a name that is not its own, no tests, or changes "),
    (mutant("same", "may", "may"), SOURCE, "same: has a name that is not its own, no tests, or "),
    (CAUGHT.replace("breaks", "brakes"), SOURCE, "caught: lacks ['breaks'], has unknown ['"),
    ("mutant", SOURCE, ""),
    (CAUGHT, SOURCE.replace("==", "!="), "without any mutant this fails: test_owner: "),
    (CAUGHT, "nothing", "the tests do not build:"),
])
def test_a_table_that_proves_nothing_is_refused(tmp_path, mutants, source, complaint):
    result = mutate(tmp_path, mutants, source=source)
    assert result.returncode == 1
    assert f"mutate: tests/mutate/mutants.toml: {complaint}" in result.stderr
    assert result.stdout == ""

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Breaks the source in one place at a time and sees whether the tests notice.

    tests/mutate/mutate.py [PROJECT-FOLDER] [--jobs N] [--only TEXT]
Reads tests/mutate/mutants.toml; works on copies of the project in build/mutate/, never on the
source. Prints one line for each mutant, then the counts. Fails if a mutant survives without an
explanation, is caught in spite of one, does not apply any more or does not build, or if a test
fails without it.
"""
import argparse
import fcntl
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TABLE = "tests/mutate/mutants.toml"
NEEDED = {"name", "file", "breaks", "tests", "old", "new"}
OPTIONAL = {"survives"}                  # why no test can see it
NOT_COPIED = {"build", ".git", ".pytest_cache", "__pycache__"}
TEST_TIMEOUT_SECONDS = 60
SYSTEM_TIMEOUT_SECONDS = 180
MACHINE_PATIENCE_SECONDS = 30            # in a system test, for what a board has to say
GOLDEN = "golden/"                       # before the name of a case of tests/golden
SYSTEM = "system/"                       # before the node id of a test of tests/system
FAILED = re.compile(r"^(?:\[  FAILED  \]|FAILED .*::) ?(test_\S+)", re.MULTILINE)
BEGUN = re.compile(r"^\[ RUN      \] (test_\w+)", re.MULTILINE)
CAUGHT, SURVIVED, EXPLAINED = "caught", "survived", "survived with an explanation"
BAD = "in error"


class BadTable(Exception):
    """What is wrong with the table, in words."""


def read_table(path):
    mutants = tomllib.loads(path.read_text(encoding="utf-8")).get("mutant", [])
    names = Counter(mutant.get("name") for mutant in mutants)
    for number, mutant in enumerate(mutants, 1):
        who = mutant.get("name", f"mutant {number}")
        missing, unknown = NEEDED - mutant.keys(), mutant.keys() - NEEDED - OPTIONAL
        if missing or unknown:
            raise BadTable(f"{who}: lacks {sorted(missing)}, has unknown {sorted(unknown)}")
        if names[who] > 1 or not mutant["tests"] or mutant["old"] == mutant["new"]:
            raise BadTable(f"{who}: has a name that is not its own, no tests, or changes nothing")
    if not mutants:
        raise BadTable("it has no mutant")
    return mutants


def files_of(folder):
    for path, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in NOT_COPIED]
        yield from (Path(path, name).relative_to(folder) for name in files)


def copy_changes(source, target):
    """Makes target the same as source but for what was built there: only changes are built anew."""
    wanted = set(files_of(source))
    for name in set(files_of(target)) - wanted:
        (target / name).unlink()
    for name in wanted:
        there, here = target / name, source / name
        if not there.exists() or there.read_bytes() != here.read_bytes():
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(here, there)
            shutil.copymode(here, there)


def target(test):
    """What a mutant is built into. Guests and bundles stay as make_trees built them."""
    if test.startswith(SYSTEM):
        return "build/bulkhead.bin"
    return "build/host-san/tools/bulkhead" if test.startswith(GOLDEN) else f"build/unit/{test}"


def command(test):
    if test.startswith(GOLDEN):
        case = test.removeprefix(GOLDEN)
        return [sys.executable, "-m", "pytest", "-q", "tests/golden", "-k", case]
    if test.startswith(SYSTEM):
        return [sys.executable, "-m", "pytest", "-q", f"tests/{test}"]
    return [target(test)]


def build(tree, tests, more=()):
    """What make says if it fails. What a mutant leaves unused is no defect of the table's."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    goals = ["test-trees", *more, *sorted(set(map(target, tests)))]
    result = subprocess.run(["make", "WARNINGS=-w", *goals], cwd=tree, env=environment,
                            capture_output=True, text=True, errors="replace", check=False)
    return result.stdout + result.stderr if result.returncode else ""


def run(tree, test):
    """The function that fails or in which the program ends; "" if all is well."""
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith("CMOCKA_")}
    environment["BULKHEAD_PATIENCE"] = str(MACHINE_PATIENCE_SECONDS)
    # In a group of its own, so that no board that it has started outlives it.
    with subprocess.Popen(command(test), cwd=tree, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", start_new_session=True) as process:
        try:
            said, _ = process.communicate(timeout=SYSTEM_TIMEOUT_SECONDS if test.startswith(SYSTEM)
                                          else TEST_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return f"{test}, which does not end"
    if process.returncode == 0:
        return ""
    named = FAILED.findall(said) or BEGUN.findall(said)[-1:]
    return f"{test}: {named[0]}" if named and not test.startswith(SYSTEM) else test


def first_failure(tree, tests):
    return next(filter(None, (run(tree, test) for test in tests)), "")


def try_mutant(tree, mutant):
    """(what became of it, in words); the tree is as before."""
    path = tree / mutant["file"]
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if text.count(mutant["old"]) != 1:
        return BAD, f"does not apply: the text is {text.count(mutant['old'])} times in the file"
    path.write_text(text.replace(mutant["old"], mutant["new"]), encoding="utf-8")
    try:
        complaint = build(tree, mutant["tests"])
        if complaint:
            return BAD, f"does not build:\n{complaint}"
        failure = first_failure(tree, mutant["tests"])
    finally:
        path.write_text(text, encoding="utf-8")
    if failure:
        return (BAD, f"caught, contrary to its explanation, by {failure}") if "survives" in mutant \
            else (CAUGHT, failure)
    return (EXPLAINED, f"SURVIVED: {mutant['survives']}") if "survives" in mutant \
        else (SURVIVED, "SURVIVED")


def one_at_a_time(project):
    """Waits for another run to end, which would have the same copies; for as long as the file lives."""
    (project / "build").mkdir(exist_ok=True)
    lock = open(project / "build/mutate.lock", "w", encoding="utf-8")
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def make_trees(project, jobs, tests):
    """Copies in which all the tests are built and pass. Raises BadTable if one does not."""
    scratch = project / "build/mutate"
    trees = queue.Queue()
    needed = ["system"] if any(test.startswith(SYSTEM) for test in tests) else []
    for job in range(jobs):
        tree = scratch / f"tree-{job}"
        if job != 0 and not tree.exists():
            shutil.copytree(scratch / "tree-0", tree)     # with what is built, and its times
        copy_changes(project, tree)
        complaint = build(tree, tests, needed)
        if complaint:
            raise BadTable(f"the tests do not build:\n{complaint}")
        trees.put(tree)
    failure = first_failure(scratch / "tree-0", tests)
    if failure:
        raise BadTable(f"without any mutant this fails: {failure}")
    return trees


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("project", type=Path, nargs="?", default=Path(__file__).parents[2])
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--only", default="", help="text that is in the mutants' names")
    options = parser.parse_args()
    project = options.project.resolve()
    try:
        mutants = [mutant for mutant in read_table(project / TABLE)
                   if options.only in mutant["name"]]
        tests = sorted({test for mutant in mutants for test in mutant["tests"]})
        alone = one_at_a_time(project)
        trees = make_trees(project, options.jobs, tests)
    except (BadTable, OSError, tomllib.TOMLDecodeError) as error:
        sys.exit(f"mutate: {TABLE}: {error}")

    def work(mutant):
        tree = trees.get()
        try:
            return try_mutant(tree, mutant)
        finally:
            trees.put(tree)

    counts = Counter()
    names, breaks = (max((len(mutant[key]) for mutant in mutants), default=0)
                     for key in ("name", "breaks"))
    with ThreadPoolExecutor(options.jobs) as pool:
        for mutant, (verdict, said) in zip(mutants, pool.map(work, mutants)):
            counts[verdict] += 1
            print(f"{mutant['name']:{names}}  {mutant['breaks']:{breaks}}  {said}", flush=True)
    print(f"mutate: {len(mutants)} mutants, "
          + ", ".join(f"{counts[verdict]} {verdict}"
                      for verdict in (CAUGHT, EXPLAINED, SURVIVED, BAD)))
    alone.close()
    sys.exit(0 if mutants and not counts[SURVIVED] and not counts[BAD] else 1)


if __name__ == "__main__":
    main()

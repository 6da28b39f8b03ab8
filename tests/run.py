#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests and counts them: unit programs (cmocka) and pytest, both through JUnit XML.

    tests/run.py [--unit PROGRAM...] [--pytest FOLDER] [-- PYTEST-ARGUMENT...]
Unit programs run one on each core, the others half as many again, except those that are marked alone.
The last line is "N passed, N failed, N skipped"; the exit status is 0 if something ran and nothing
failed.
"""
import argparse
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PYTEST_INTERRUPTED, PYTEST_NOTHING_COLLECTED = 2, 5
UNIT_TIMEOUT_SECONDS = 300
CORES = len(os.sched_getaffinity(0))
# Boards are waiting half of the time, for a clock or a device. Each may take up to 2 GiB of memory.
WORKERS = min(CORES + CORES // 2, 8)


def count(report, failures):
    """Counts the test cases of one JUnit report; the text of failures is appended."""
    counts = Counter()
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        trouble = [child for child in case if child.tag in ("failure", "error")]
        if trouble:
            counts["failed"] += 1
            failures.append(f"{case.get('name')}: {trouble[0].text or trouble[0].get('message')}")
        elif case.find("skipped") is not None:
            counts["skipped"] += 1
        else:
            counts["passed"] += 1
    return counts


def run_unit(program):
    """Runs one cmocka program; returns what is counted and what to print. A crash or an exit status
    that no test explains is a failure."""
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="XML",
                           CMOCKA_XML_FILE=f"{folder}/%g.xml")
        try:
            result = subprocess.run([program], env=environment, capture_output=True, text=True,
                                    errors="replace", timeout=UNIT_TIMEOUT_SECONDS, check=False)
            status, output = result.returncode, result.stdout + result.stderr
        except subprocess.TimeoutExpired:
            status, output = 1, f"did not end within {UNIT_TIMEOUT_SECONDS} s"
        counts, failures = Counter(), []
        for report in sorted(Path(folder).glob("*.xml")):
            counts += count(report, failures)
    if status and not counts["failed"]:
        counts["failed"] += 1
        failures.append(f"exit status {status}\n{output}")
    if not counts:
        counts["failed"] += 1
        failures.append("ran no test")
    said = f"{program.name}: {counts['passed']} passed, {counts['failed']} failed"
    return counts, "\n  ".join([said, *(failure.strip() for failure in failures)])


def run_pytest(*arguments):
    """Returns what is counted and pytest's exit status."""
    with tempfile.TemporaryDirectory() as scratch:
        report = f"{scratch}/report.xml"
        status = subprocess.run(["/usr/bin/python3", "-m", "pytest", f"--junit-xml={report}",
                                 *arguments], check=False).returncode
        counts = count(report, []) if os.path.exists(report) else Counter()
    if status not in (0, PYTEST_NOTHING_COLLECTED) and not counts["failed"]:
        counts["failed"] += 1
    return counts, status


def run_folder(folder, arguments):
    """What is marked alone first, then the others in company, unless a file cannot even be read."""
    counts, status = run_pytest(folder, "-m", "alone", *arguments)
    if status != PYTEST_INTERRUPTED:
        counts += run_pytest(folder, "-m", "not alone", "-n", str(WORKERS), "--dist", "loadgroup",
                             *arguments)[0]
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--unit", type=Path, nargs="*", default=[], help="cmocka programs")
    parser.add_argument("--pytest", help="folder of pytest tests")
    parser.add_argument("arguments", nargs="*", help="passed on to pytest")
    options = parser.parse_args()
    total = Counter()
    with ThreadPoolExecutor(CORES) as pool:
        for counts, said in pool.map(run_unit, options.unit):
            total += counts
            print(said, flush=True)
    if options.pytest:
        total += run_folder(options.pytest, options.arguments)
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    sys.exit(1 if total["failed"] or not total["passed"] else 0)


if __name__ == "__main__":
    main()

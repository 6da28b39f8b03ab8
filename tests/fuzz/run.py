#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs libFuzzer programs, as many at once as there are cores, and counts what they did.

    tests/fuzz/run.py --seconds N PROGRAM...
Starts from the seeds beside the program (seeds/NAME) and from what earlier runs found (found/NAME).
An input that crashes, or that a sanitizer, an assertion or the time limit objects to, is left in
crashes/. The exit status is 0 if every program ran some inputs and none failed.
"""
import argparse
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

INPUT_MAX, INPUT_SECONDS, MEMORY_MIB = 65536, 25, 2048
CORES = len(os.sched_getaffinity(0))


def last(pattern, text):
    found = re.findall(pattern, text, re.MULTILINE)
    return int(found[-1]) if found else 0


def fuzz(program, seconds):
    """(whether it is good, what is to be printed)"""
    folder = program.parent
    found, crashes = folder / "found" / program.name, folder / "crashes"
    found.mkdir(parents=True, exist_ok=True)
    crashes.mkdir(exist_ok=True)
    result = subprocess.run(
        [program.resolve(), found, folder / "seeds" / program.name, f"-max_total_time={seconds}",
         f"-max_len={INPUT_MAX}", f"-timeout={INPUT_SECONDS}", f"-rss_limit_mb={MEMORY_MIB}",
         "-use_value_profile=1", "-print_final_stats=1",
         f"-artifact_prefix={crashes}/{program.name}-"],
        env=dict(os.environ, CMOCKA_TEST_ABORT="1"), capture_output=True, text=True,
        errors="replace", check=False)
    log = result.stdout + result.stderr
    runs = last(r"^stat::number_of_executed_units:\s+(\d+)", log)
    covered, edges = last(r" cov: (\d+)", log), last(r"Loaded 1 modules\s+\((\d+) ", log)
    kept = last(r" corp: (\d+)", log)
    line = f"{program.name}: {runs} executions, {covered} of {edges} edges, {kept} inputs kept"
    if result.returncode != 0:
        why = f"exit status {result.returncode}"
        return False, f"{line}\n{log[-6000:]}\n{program.name}: FAILED, {why}"
    if runs == 0:
        return False, f"{line}\n{log[-6000:]}\n{program.name}: FAILED, it ran nothing"
    return True, line


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, required=True, help="for each program")
    parser.add_argument("programs", type=Path, nargs="+")
    options = parser.parse_args()
    failed = 0
    with ThreadPoolExecutor(CORES) as pool:
        for good, said in pool.map(lambda p: fuzz(p, options.seconds), options.programs):
            failed += not good
            print(said, flush=True)
    print(f"{len(options.programs)} harnesses, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

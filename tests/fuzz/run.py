#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs libFuzzer programs, as many at once as there are cores, and counts what they did.

    tests/fuzz/run.py --seconds N PROGRAM...
Starts from the seeds beside the program (seeds/NAME) and from what earlier runs found (found/NAME).
An input that crashes, or that a sanitizer, an assertion or the time limit objects to, is left in
crashes/. Then coverage/NAME, the same harness built to count lines, runs on all inputs that are
there; coverage/NAME.txt shows the lines of the files that its source says it covers. The exit
status is 0 if every program ran some inputs and none failed.
"""
import argparse
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INPUT_MAX, INPUT_SECONDS, MEMORY_MIB = 65536, 25, 2048
CORES = len(os.sched_getaffinity(0))
FILES_AT_ONCE = 1000


def last(pattern, text):
    found = re.findall(pattern, text, re.MULTILINE)
    return int(found[-1]) if found else 0


def covers(source):
    """The files and folders that a harness is about, from its source: "covers: a/b.c a/c" in a comment
    of their own."""
    said = re.search(r"/\* covers: (.*?)\*/", source.read_text(encoding="utf-8"), re.DOTALL)
    return re.findall(r"[\w./]+", said.group(1)) if said else []


def measure(program, inputs, about):
    """What the inputs cover of those files: {"lines": (so many, of so many), ...}, or nothing."""
    counting, summaries = program.parent / "coverage" / program.name, {}
    profile, raw = counting.with_suffix(".profile"), counting.with_suffix(".raw")
    for first in range(0, len(inputs), FILES_AT_ONCE):
        raw.unlink(missing_ok=True)
        subprocess.run([counting.resolve(), *inputs[first:first + FILES_AT_ONCE]], check=True,
                       env=dict(os.environ, LLVM_PROFILE_FILE=str(raw), CMOCKA_TEST_ABORT="1"),
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        earlier = [profile] if first else []
        subprocess.run(["llvm-profdata", "merge", "-o", profile, raw, *earlier], check=True)
    exported = subprocess.run(["llvm-cov", "export", "-summary-only", counting,
                               f"-instr-profile={profile}"],
                              capture_output=True, text=True, check=True)
    for file in json.loads(exported.stdout)["data"][0]["files"]:
        name = os.path.relpath(file["filename"], ROOT)
        if any(name == one or name.startswith(f"{one}/") for one in about):
            summaries[file["filename"]] = file["summary"]
    with open(counting.with_suffix(".txt"), "w", encoding="utf-8") as shown:
        subprocess.run(["llvm-cov", "show", counting, f"-instr-profile={profile}",
                        *summaries], stdout=shown, check=True)
    return {kind: tuple(sum(one[kind][part] for one in summaries.values())
                        for part in ("covered", "count"))
            for kind in ("lines", "branches") if summaries}


def fuzz(program, seconds, sources):
    """(whether it is good, what is to be printed)"""
    folder = program.parent
    found, crashes = folder / "found" / program.name, folder / "crashes"
    seeds = folder / "seeds" / program.name
    about = covers(sources / f"{program.name}.c")
    found.mkdir(parents=True, exist_ok=True)
    crashes.mkdir(exist_ok=True)
    result = subprocess.run(
        [program.resolve(), found, seeds, f"-max_total_time={seconds}",
         f"-max_len={INPUT_MAX}", f"-timeout={INPUT_SECONDS}", f"-rss_limit_mb={MEMORY_MIB}",
         "-use_value_profile=1", "-print_final_stats=1",
         f"-artifact_prefix={crashes}/{program.name}-"],
        env=dict(os.environ, CMOCKA_TEST_ABORT="1"), capture_output=True, text=True,
        errors="replace", check=False)
    log = result.stdout + result.stderr
    runs = last(r"^stat::number_of_executed_units:\s+(\d+)", log)
    if result.returncode != 0:
        why = f"exit status {result.returncode}"
    elif runs == 0:
        why = "it ran nothing"
    else:
        inputs = [path for kind in (seeds, found) for path in sorted(kind.glob("*"))]
        counts = measure(program, inputs, about)
        why = None if counts else "there is nothing of what its source says it covers"
    if why:
        return False, f"{log[-6000:]}\n{program.name}: {runs} executions\n" \
                      f"{program.name}: FAILED, {why}"
    said = (f"{covered} of {of} {kind} ({100 * covered // max(of, 1)} %)"
            for kind, (covered, of) in counts.items())
    return True, f"{program.name}: {runs} executions, {', '.join(said)}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, required=True, help="for each program")
    parser.add_argument("--sources", type=Path, default=Path(__file__).parent)
    parser.add_argument("programs", type=Path, nargs="+")
    options = parser.parse_args()
    failed = 0
    with ThreadPoolExecutor(CORES) as pool:
        for good, said in pool.map(lambda p: fuzz(p, options.seconds, options.sources),
                                   options.programs):
            failed += not good
            print(said, flush=True)
    print(f"{len(options.programs)} harnesses, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

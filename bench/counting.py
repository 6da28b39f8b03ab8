# SPDX-License-Identifier: Apache-2.0
"""Boards in QEMU that count instructions: the same in every run of the same board.

With one thread for all harts, the cycle counter of each of them counts the instructions of all: those
of a hart that waits are none if it waits in WFI. When all do, it goes on to the next event by the time.
"""
import os
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import qemu  # noqa: E402  (found through the line above)

COUNTING = ("-icount", "shift=0,sleep=off", "-seed", "1",
            "-rtc", "base=2026-01-01T00:00:00,clock=vm")
HYPERVISOR = ROOT / "build/bulkhead.bin"
IMAGES = ROOT / "build/images"
PATIENCE = 120                    # seconds that a guest gets
# Each QEMU takes a core, and counts do not depend on what else runs: so many at a time. Whoever
# starts one without console() enters this first.
CORES = threading.BoundedSemaphore(len(os.sched_getaffinity(0)))
FIGURE = re.compile(r"bench: ([a-z0-9-]+) (\d+) (\d+) (\d+)")


class BenchError(Exception):
    """A sentence for the user."""


@dataclass(frozen=True)
class Figure:
    """Of many times the same: the mean, to a hundredth, and the worst."""
    mean: float
    worst: int


def together(*calls):
    """Calls that do not depend on each other, at the same time: what they return, in this order."""
    with ThreadPoolExecutor(max_workers=max(1, len(calls))) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


def console(kernel, bundle=None, *, extra=(), until="bench: end", patience=PATIENCE, **shape):
    """What a board has printed when it powers itself off."""
    try:
        command = qemu.command(kernel, bundle, extra=(*COUNTING, *extra), **shape)
        with CORES:
            done = subprocess.run(command, text=True, stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=patience, check=False)
    except qemu.QemuError as error:
        raise BenchError(error) from error
    except subprocess.TimeoutExpired as error:
        said = (error.stdout or b"").decode(errors="replace")
        raise BenchError(f"{kernel}: it did not end within {patience} s:\n{said}") from error
    if until not in done.stdout:
        raise BenchError(f"{kernel}: it did not say {until!r}:\n{done.stdout}{done.stderr}")
    return done.stdout


def told(said):
    """{name: Figure} of what a guest has printed (guest/bench/measure.h)."""
    return {name: Figure(int(mean) / 100, int(worst))
            for name, _, mean, worst in FIGURE.findall(said)}


def figures(*args, **kwargs):
    """{name: Figure} of a guest that prints its own."""
    return told(console(*args, **kwargs))

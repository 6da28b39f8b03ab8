#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`make bench`: what Bulkhead costs, counted, beside the same on the bare board.

    bench/run.py quick|all|dma [--keep]
What comes out goes to build/bench/quick.json (and so on) and, as a table, to standard output, with what
became of the results that are kept. With --keep it takes their place.
"""
import argparse
import sys
import time
from dataclasses import replace

import boot
import dma
import iommu
import kept
import kvm
import linux
import services
import size
from counting import ROOT, BenchError, together
from rows import as_json, number
from versions import taken_with

# Functions that return lists of rows.
PARTS = {
    "quick": (services.rows, iommu.rows, boot.rows),
    "all": (services.rows, iommu.rows, linux.rows, kvm.rows, boot.rows, boot.growth_rows,
            size.rows),
    "dma": (dma.rows,),
}
DOCS = ROOT / "docs/benchmarks"
KEPT = {"all": DOCS / "results.json", "dma": DOCS / "dma.json"}
# What takes too long for every run: of these the kept rows are shown.
SELDOM = {"all": ("dma",)}


def timed(part):
    begun = time.monotonic()
    rows = part()
    print(f"bench: {part.__module__}: {len(rows)} rows, {time.monotonic() - begun:.0f} s",
          file=sys.stderr)
    return rows


def measure(parts):
    return [row for rows in together(*(lambda part=part: timed(part) for part in parts))
            for row in rows]


def kept_of(names):
    """Rows that others have measured, and when."""
    found = [kept.load(KEPT[name]) for name in names]
    return [replace(row, measured=one.date) for one in found if one for row in one.rows]


def table(rows):
    """Lines of text."""
    yield f"{'':56} {'Bulkhead':>15} {'bare':>15} {'ratio':>8} {'goal':>10}"
    for row in rows:
        met = {None: "", True: "  met", False: "  NOT MET"}[row.met]
        when = f"  (of {row.measured})" if row.measured else ""
        yield (f"{row.name:56} {number(row.value):>15} {number(row.native):>15} "
               f"{number(row.ratio):>8} {number(row.goal):>10}{met}{when}").rstrip()
    goals = [row for row in rows if row.met is not None]
    yield f"{sum(row.met for row in goals)} of {len(goals)} goals met"


def main():
    parser = argparse.ArgumentParser(description="Count what Bulkhead costs.")
    parser.add_argument("which", choices=sorted(PARTS))
    parser.add_argument("--keep", action="store_true", help="keep what comes out, in docs/benchmarks/")
    arguments = parser.parse_args()
    which, status = arguments.which, 0
    if arguments.keep and which not in KEPT:
        parser.error(f"results of {which!r} are not kept")
    try:
        rows = measure(PARTS[which])
        versions = taken_with() if which in KEPT else None
    except BenchError as error:
        sys.exit(f"bench: {error}")
    shown = rows + kept_of(SELDOM.get(which, ()))
    output = ROOT / f"build/bench/{which}.json"
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(as_json(shown) + "\n")
    print(*table(shown), sep="\n")
    before = kept.load(KEPT[which]) if which in KEPT else None
    if before:
        lines, status = kept.verdict(before, versions, rows)
        print(*lines, sep="\n")
    if arguments.keep:
        kept.save(KEPT[which], kept.Kept(versions, rows))
        status = 0
    sys.exit(status)


if __name__ == "__main__":
    main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`make bench`: what Bulkhead costs, counted, beside the same on the bare board.

    bench/run.py quick|all|dma
Each module of PARTS has rows(), a list of rows. What comes out goes to build/bench/quick.json (and so
on) and, as a table, to standard output.
"""
import argparse
import sys

import services
from counting import ROOT, BenchError
from rows import write_json

PARTS = {
    "quick": (services,),
    "all": (services,),
}


def table(rows):
    """Lines of text."""
    def cell(value):
        return "" if value is None else f"{value:,.10g}" if value != int(value) else f"{int(value):,}"
    yield f"{'':50} {'Bulkhead':>15} {'bare':>15} {'ratio':>8} {'goal':>10}"
    for row in rows:
        met = {None: "", True: "  met", False: "  NOT MET"}[row.met]
        yield (f"{row.name:50} {cell(row.value):>15} {cell(row.native):>15} {cell(row.ratio):>8} "
               f"{cell(row.goal):>10}{met}")


def main():
    parser = argparse.ArgumentParser(description="Count what Bulkhead costs.")
    parser.add_argument("which", choices=sorted(PARTS))
    which = parser.parse_args().which
    try:
        rows = [row for part in PARTS[which] for row in part.rows()]
    except BenchError as error:
        sys.exit(f"bench: {error}")
    write_json(ROOT / f"build/bench/{which}.json", rows)
    for line in table(rows):
        print(line)


if __name__ == "__main__":
    main()

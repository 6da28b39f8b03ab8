# SPDX-License-Identifier: Apache-2.0
"""How figures grow: rows that are named "WHAT, NUMBER THING", for several numbers."""
import re

from kept import TOLERANCE

NAME = re.compile(r"(?P<what>.+), (?P<number>\d+) (?P<thing>.+)")

BOOT, MEMORY = "boot growth", "memory that is no guest's, 16 harts"


def series(rows, what):
    """{thing: its (number, value), the least number first}."""
    found = {}
    for row in rows:
        name = NAME.fullmatch(row.name)
        if name and name["what"] == what:
            found.setdefault(name["thing"].removesuffix("s"), []).append((int(name["number"]), row.value))
    return {thing: sorted(points) for thing, points in found.items() if len(points) > 1}


def slope(before, after):
    """What one more costs between two points."""
    return (after[1] - before[1]) / (after[0] - before[0])


def verdict(thing, points):
    """A sentence: what one costs at first and at last."""
    first, last = slope(*points[:2]), slope(*points[-2:])
    linear = last * 100 <= first * (100 + TOLERANCE)
    return (f"each {thing} {round(first):,} up to {points[1][0]}, {round(last):,} from {points[-2][0]} to "
            f"{points[-1][0]}: {'no worse than linear' if linear else '**worse than linear**'}")

# SPDX-License-Identifier: Apache-2.0
"""What `make bench` finds out: rows, each a figure with its unit, the same figure on the bare board
and its goal."""
import json
from dataclasses import dataclass

# Of every figure, less is better.
INSTRUCTIONS, EXITS, BYTES, LINES, RATIO = "instructions", "exits", "bytes", "lines", "ratio"

# By the names of rows: as much as this, or less. A goal is for the mean, not for the worst case.
GOALS = {
    "SBI null call": 80,
    "SBI set_timer": 90,
    "virtual APLIC register read": 150,
    "RFENCE to self": 160,
    "IPI by IMSIC to another hart's handler, exits": 0,
    "device MSI to handler, exits": 0,
    "timer to handler, exits": 0,
    "vIOMMU register read": 1,
    "vIOMMU register read, exits": 0,
    "doorbell, one invalidation and fence": 500,
    "strict map and unmap cycle, ratio": 1.5,
    "NVMe reads 4K strict, ratio": 1.10,
    "NVMe reads 64K strict, ratio": 1.10,
    "NVMe reads 1M strict, ratio": 1.10,
    "Linux to shell, ratio": 1.02,
    "Linux to shell, console quiet, exits": 500,
    "boot to the first guest instruction, 4 guests": 2_000_000,
    "text and rodata": 64 * 1024,
}


@dataclass(frozen=True)
class Row:
    """native: the same on the bare board, or None where there is no such thing.
    measured: when, if it is not of this run but one that was kept (kept.py)."""
    name: str
    value: float
    unit: str
    native: float | None = None
    measured: str | None = None

    @property
    def goal(self):
        return GOALS.get(self.name)

    @property
    def ratio(self):
        return round(self.value / self.native, 4) if self.native else None

    @property
    def met(self):
        return None if self.goal is None else self.value <= self.goal

    def as_dict(self):
        found = {"name": self.name, "value": self.value, "unit": self.unit, "native": self.native,
                 "ratio": self.ratio, "goal": self.goal, "met": self.met}
        return found | ({"measured": self.measured} if self.measured else {})


def mean_and_worst(name, unit, figure, native=None):
    """Two rows of a Figure (counting.py) and, where there is one, that of the bare board."""
    return [Row(name, figure.mean, unit, native and native.mean),
            Row(f"{name}, worst", figure.worst, unit, native and native.worst)]


def ratio_row(name, row):
    """That row's ratio as a figure of its own: for goals that are about a ratio."""
    return Row(f"{name}, ratio", row.ratio, RATIO)


def as_json(rows):
    """One row in a line, so that what changed in a file of them can be read."""
    return "[\n" + ",\n".join(f"  {json.dumps(row.as_dict())}" for row in rows) + "\n]"


def from_dicts(dicts):
    """The rows that as_json() wrote; ratios and goals are made anew."""
    return [Row(d["name"], d["value"], d["unit"], d["native"], d.get("measured")) for d in dicts]


def number(value):
    """As people read it, to four digits behind the point."""
    if value is None:
        return ""
    return f"{int(value) if value == int(value) else round(value, 4):,}"


def ratio_text(ratio):
    """To three digits."""
    return "" if ratio is None else f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.3g}"

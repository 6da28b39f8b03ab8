# SPDX-License-Identifier: Apache-2.0
"""Results that are kept in docs/benchmarks/, and what became of them since."""
import json
import re
from dataclasses import dataclass

from rows import Row, as_json, from_dicts, number
from versions import DATE, OF_BULKHEAD, others

TOLERANCE = 2                     # percent
# QEMU's disk answers when the machine that it runs on lets it, so these are not the same in every run.
VARIES = re.compile(r"NVMe reads")


@dataclass(frozen=True)
class Kept:
    """Rows, and the versions that they were taken with."""
    versions: dict
    rows: list

    @property
    def date(self):
        return self.versions[DATE]


def load(path):
    """What is kept there, or None."""
    if not path.exists():
        return None
    found = json.loads(path.read_text())
    return Kept(found["versions"], from_dicts(found["rows"]))


def save(path, kept):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{{\n"versions": {json.dumps(kept.versions, indent=2)},\n'
                    f'"rows": {as_json(kept.rows)}\n}}\n')


@dataclass(frozen=True)
class Change:
    """A figure by more than TOLERANCE another one."""
    then: Row
    now: Row

    def __str__(self):
        then, now = self.then.value, self.now.value
        percent = f"{(now - then) * 100 / then:+.1f} %" if then else "from nothing"
        varies = ", as it may: it varies" if self.varies else ""
        return f"{self.now.name}: {number(then)} kept, {number(now)} now, {percent}{varies}"

    @property
    def varies(self):
        return VARIES.match(self.now.name) is not None


@dataclass(frozen=True)
class Comparison:
    worse: list                   # of Change
    better: list
    vanished: list                # names
    new: list
    same: int                     # how many are the same, to the last instruction
    near: int                     # how many are another, by no more than TOLERANCE

    @property
    def regressed(self):
        return bool(self.vanished) or not all(change.varies for change in self.worse)


def compare(then, now):
    """Two lists of rows."""
    before, after = ({row.name: row for row in rows} for rows in (then, now))
    changes = [Change(row, after[name]) for name, row in before.items() if name in after]

    def beyond(a, b):
        return b * 100 > a * (100 + TOLERANCE)
    worse = [c for c in changes if beyond(c.then.value, c.now.value)]
    better = [c for c in changes if c.now.value * 100 < c.then.value * (100 - TOLERANCE)]
    same = sum(c.then.value == c.now.value for c in changes)
    return Comparison(worse, better, [name for name in before if name not in after],
                      [name for name in after if name not in before], same,
                      len(changes) - same - len(worse) - len(better))


def verdict(kept, versions, rows):
    """Lines for the user, and the exit status: 1 if a figure of the same tools became worse."""
    found, differ = compare(kept.rows, rows), others(kept.versions, versions)
    lines = [f"Against the results kept on {kept.date} (Bulkhead {kept.versions[OF_BULKHEAD]}): "
             f"{found.same} the same, {found.near} within {TOLERANCE} %, {len(found.better)} better, "
             f"{len(found.worse)} worse, {len(found.vanished)} gone, {len(found.new)} new"]
    lines += [f"  worse:  {change}" for change in found.worse]
    lines += [f"  gone:   {name}" for name in found.vanished]
    lines += [f"  better: {change}" for change in found.better]
    lines += [f"  other versions: {sentence}" for sentence in differ]
    return lines, int(found.regressed and not differ)

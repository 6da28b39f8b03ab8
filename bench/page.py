#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`make bench-page`: docs/benchmarks.md and its plots, from the results that are kept."""
import sys

import growth
import kept
import peers
from counting import BenchError
from rows import BYTES, GOALS, LINES, number, ratio_text
from run import DOCS, KEPT
from versions import DATE
from why import WHY

PAGE = DOCS.with_suffix(".md")
WORST, RATIO_OF = ", worst", ", ratio"

LINEAR = "Dashed: the line through the first two; what is above it grows worse than linear."

# (heading, whose rows, plots with what they say, what grows), a row is of the first that takes it.
SECTIONS = (
    ("Size", lambda row: row.unit in (BYTES, LINES),
     (("memory", f"Memory that is no guest's. {LINEAR}"),), growth.MEMORY),
    ("Boot", lambda row: row.name.startswith("boot"),
     (("growth", f"Instructions of the boot. {LINEAR}"),), growth.BOOT),
    ("Linux", lambda row: row.name.startswith(("Linux", "NVMe")),
     (("exits", "Exits of Linux from its first instruction to the shell, by cause."),), None),
    ("Services, interrupts, the IOMMU", lambda row: True, (), None),
)

INTRODUCTION = """\
# What Bulkhead costs

Instructions, counted by QEMU. `make bench` counts all again in less than ten minutes and says what became of
the figures kept here, `make bench-quick` a part of them in less than one. Each run counts the same, but where
Linux waits for a disk: a disk of QEMU answers when the machine lets it. Caches, TLBs and the time that a
device takes are not in the figures. "Bare" is the same program on the same board without Bulkhead.
[results.json](benchmarks/results.json) has each figure; this page is made of it.
"""


def sections(rows):
    """(heading, its rows, its plots, what grows), in the order in which they are read."""
    left, found = list(rows), []
    for heading, takes, *rest in SECTIONS:
        found.insert(0, (heading, [row for row in left if takes(row)], *rest))
        left = [row for row in left if not takes(row)]
    return found


def markdown(head, body):
    """Lines of a table; all columns but the first to the right."""
    yield f"| {' | '.join(head)} |"
    yield f"|---|{'---:|' * (len(head) - 1)}"
    yield from (f"| {' | '.join(cells)} |" for cells in body)
    yield ""


def versions_line(what, results):
    tools = ", ".join(f"{name} {version}" for name, version in results.versions.items() if name != DATE)
    return f"{what} taken on {results.date} with {tools}."


def goals(rows):
    by_name = {row.name: row for row in rows}
    for name, goal in GOALS.items():
        row = by_name.get(name)
        met = "not measured" if row is None else "yes" if row.met else "**no**"
        yield (name, number(goal), number(row and row.value), met, peers.BEST_KNOWN.get(name, ""))


def explanations(rows):
    """Lines on each goal that is not met."""
    missed = [row for row in rows if row.met is False]
    names = {row.name for row in missed}
    if names - set(WHY):
        raise BenchError("not met, and bench/why.py does not say why: " + "; ".join(sorted(names - set(WHY))))
    for row in missed:
        yield f"- **{row.name}**, {number(row.value)} where {number(row.goal)} was the goal: {WHY[row.name]}"
    if missed:
        yield ""


def needless(rows):
    """What is explained, but met."""
    return sorted(row.name for row in rows if row.met and row.name in WHY)


def figures(rows):
    """Table of rows, worst case and ratio beside the mean; without columns that are empty."""
    by_name = {row.name: row for row in rows}

    def beside(row, suffix):
        return row.name.endswith(suffix) and row.name.removesuffix(suffix) in by_name
    body = []
    for row in rows:
        if not beside(row, WORST) and not beside(row, RATIO_OF):
            worst = by_name.get(row.name + WORST)
            body.append((row.name, row.unit, number(row.value), number(worst and worst.value),
                         number(row.native), ratio_text(row.ratio)))
    head = ("figure", "unit", "Bulkhead", "worst", "bare", "ratio")
    full = [i for i in range(len(head)) if any(cells[i] for cells in body)]
    return markdown([head[i] for i in full], [[cells[i] for i in full] for cells in body])


def text(results, seldom):
    """The page. results: Kept; seldom: Kept or None."""
    rows = results.rows + (seldom.rows if seldom else [])
    lines = [INTRODUCTION, versions_line("Figures were", results)]
    if seldom:
        lines.append(versions_line("Those of NVMe reads (`make bench-dma`) were", seldom))
    lines += ["", "## Goals", ""]
    lines += markdown(("figure", "goal", "Bulkhead", "met", "best known elsewhere"), goals(rows))
    lines += explanations(rows)
    lines += [f"Best known: {peers.SOURCE}", "", "## Beside the bare board and others", "",
              "![Ratios to the bare board](benchmarks/ratios.svg)", ""]
    for heading, of_it, plots, grows in sections(rows):
        if not of_it:
            continue
        lines += [f"## {heading}", ""]
        for name, caption in plots:
            lines += [f"![{caption}](benchmarks/{name}.svg)", "", caption, ""]
        verdicts = [f"- {growth.verdict(*one)}" for one in growth.series(of_it, grows).items()]
        lines += [*verdicts, *([""] if verdicts else []), *figures(of_it)]
    return "\n".join(lines).rstrip() + "\n"


def main():
    results = kept.load(KEPT["all"])
    if results is None:
        sys.exit("bench: no results are kept: make bench-keep")
    seldom = kept.load(KEPT["dma"])
    try:
        page = text(results, seldom)
    except BenchError as error:
        sys.exit(f"bench: {error}")
    import plots  # pylint: disable=import-outside-toplevel  (the page's text needs no matplotlib)
    plots.draw_all(DOCS, results.rows + (seldom.rows if seldom else []))
    PAGE.write_text(page)
    print(f"bench: {PAGE.relative_to(DOCS.parents[1])} and its plots are written")
    for name in needless(results.rows + (seldom.rows if seldom else [])):
        print(f"bench: {name!r} is met, bench/why.py can forget it")


if __name__ == "__main__":
    main()

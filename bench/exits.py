# SPDX-License-Identifier: Apache-2.0
"""How often a guest is left for the hypervisor while a figure is taken, from QEMU's log of traps. The
guest marks the beginning and the end of each with a breakpoint of its own (guest/bench/measure.c)."""
import re
import tempfile
from pathlib import Path

from counting import FIGURE, BenchError, console, told

TRAP = re.compile(r"hart:\d+, async:([01]), cause:([0-9a-f]+), epc:(0x[0-9a-f]+),")
BREAKPOINT = ("0", 3)
# Privileged architecture, "Supervisor Cause Register": what the hypervisor leaves to its guest, in
# VS-mode (hyp/vcpu/hw/vcpu.c), as (asynchronous, code).
OWN = {("1", 2), ("1", 6), ("1", 10)} | {("0", code) for code in (*range(9), 12, 13, 15, 18)}


def between_marks(log):
    """For each pair of marks, the traps between them that are none of the guest's own. The marks are
    all in one place; firmware has breakpoints too."""
    traps = [((asynchronous, int(cause, 16)), epc) for asynchronous, cause, epc in TRAP.findall(log)]
    intervals, inside = [], False
    mark = next(((trap, epc) for trap, epc in reversed(traps) if trap == BREAKPOINT), None)
    for trap, epc in traps:
        if (trap, epc) == mark:
            inside = not inside
            if inside:
                intervals.append([])
        elif inside and trap not in OWN:
            intervals[-1].append(trap)
    return intervals


def figures_and_exits(kernel, bundle, *, extra=(), **shape):
    """Of the figures that a guest prints: {name: Figure} and {name: exits each time}, of one run. The
    log changes no count."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "traps"
        said = console(kernel, bundle, extra=(*extra, "-d", "int", "-D", log), **shape)
        intervals = between_marks(log.read_text())
    found = FIGURE.findall(said)
    if len(intervals) != len(found):
        raise BenchError(f"{kernel}: {len(found)} figures, but {len(intervals)} pairs of marks")
    return told(said), {name: len(traps) / int(count)
                        for (name, count, _, _), traps in zip(found, intervals)}


def exits(*args, **kwargs):
    """The latter alone."""
    return figures_and_exits(*args, **kwargs)[1]

# SPDX-License-Identifier: Apache-2.0
"""What a guest pays for services, by guest/bench on the bare board and in a guest."""
from counting import HYPERVISOR, IMAGES, ROOT, figures, together
from exits import figures_and_exits
from rows import EXITS, INSTRUCTIONS, Row, mean_and_worst

NAMES = {
    "sbi-null": "SBI null call",
    "sbi-set-timer": "SBI set_timer",
    "rfence-self": "RFENCE to self",
    "rfence-other": "RFENCE to another hart",
    "ipi-sbi": "IPI by SBI to another hart's handler",
    "ipi-imsic": "IPI by IMSIC to another hart's handler",
    "timer": "timer to handler",
    "aplic-read": "virtual APLIC register read",
    "aplic-write": "virtual APLIC register write",
    "uart-read": "virtual UART register read",
    "uart-write": "virtual UART register write",
}
# The goal is not to leave the guest for them.
WITHOUT_EXITS = ("ipi-imsic", "timer")
BUNDLE = ROOT / "build/bench/bench.bundle"


def rows():
    native, (guest, left) = together(
        lambda: figures(IMAGES / "bench.bin", harts=2),
        lambda: figures_and_exits(HYPERVISOR, BUNDLE, harts=2))
    return [row for name, text in NAMES.items()
            for row in mean_and_worst(text, INSTRUCTIONS, guest[name], native[name])
            ] + [Row(f"{NAMES[name]}, exits", left[name], EXITS) for name in WITHOUT_EXITS]

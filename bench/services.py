# SPDX-License-Identifier: Apache-2.0
"""What a guest pays for services, by guest/bench on the bare board and in a guest."""
from counting import HYPERVISOR, IMAGES, ROOT, figures, together
from rows import INSTRUCTIONS, mean_and_worst

NAMES = {
    "sbi-null": "SBI null call",
    "sbi-set-timer": "SBI set_timer",
    "rfence-self": "RFENCE to self",
    "aplic-read": "virtual APLIC register read",
    "uart-read": "virtual UART register read",
}


def rows():
    native, guest = together(
        lambda: figures(IMAGES / "bench.bin", harts=1),
        lambda: figures(HYPERVISOR, ROOT / "build/bench/bench.bundle", harts=1))
    return [row for name, text in NAMES.items()
            for row in mean_and_worst(text, INSTRUCTIONS, guest[name], native[name])]

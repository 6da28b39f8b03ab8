# SPDX-License-Identifier: Apache-2.0
"""What a guest pays for its virtual IOMMU, beside the same driver (guest/bench/mapping.h) on the
physical one; and what a device's message takes to the guest's handler."""
from counting import HYPERVISOR, IMAGES, ROOT, Figure, figures, together
from devices import edu
from exits import figures_and_exits
from rows import EXITS, INSTRUCTIONS, Row, mean_and_worst, ratio_row

BUNDLE = ROOT / "build/bench/bench-iommu.bundle"
SHAPE = {"harts": 1, "extra": edu("2.0")}

# In instructions of the guest and of all that works for it, the queue's commands done.
NAMES = {
    "iommu-read": "vIOMMU register read",
    "doorbell-both": "doorbell, one invalidation and fence",
    "doorbell-store": "doorbell, one invalidation and fence, the store alone",
    "doorbell-invalidation": "doorbell, one invalidation",   # Linux rings for each command
    "doorbell-fence": "doorbell, one fence",
    "doorbell-many": "doorbell, 64 invalidations and a fence",
    "message": "device MSI to handler",
}
WITH_EXITS = ("iommu-read", "doorbell-both", "doorbell-many", "map-strict", "message")

# Of pages mapped and unmapped: (name, figure in how many pages). Strict: no device reaches a page when
# its driver goes on. Batched: all are forgotten together, and their addresses are not used before.
CYCLES = {
    "map-strict": ("strict map and unmap cycle", 1),
    "map-strict-16": ("strict map and unmap cycle, one of 16 pages", 16),
    "map-batched-64": ("batched map and unmap cycle", 64),
}


def a_page(figure, pages):
    """What a page took, of a Figure about several."""
    return Figure(round(figure.mean / pages, 2), round(figure.worst / pages, 2))


def measured():
    """Figures on the physical IOMMU, figures and exits on a virtual one, as the guest names them."""
    native, (guest, left) = together(lambda: figures(IMAGES / "bench.bin", **SHAPE),
                                     lambda: figures_and_exits(HYPERVISOR, BUNDLE, **SHAPE))
    return native, guest, left


def rows():
    native, guest, left = measured()
    found = [row for name, text in NAMES.items()
             for row in mean_and_worst(text, INSTRUCTIONS, guest[name], native[name])]
    for name, (text, pages) in CYCLES.items():
        mean, worst = mean_and_worst(text, INSTRUCTIONS, a_page(guest[name], pages),
                                     a_page(native[name], pages))
        found += [mean, worst, ratio_row(text, mean)]
    texts = {**NAMES, "map-strict": CYCLES["map-strict"][0]}
    return found + [Row(f"{texts[name]}, exits", left[name], EXITS) for name in WITH_EXITS]

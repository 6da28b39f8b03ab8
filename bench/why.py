# SPDX-License-Identifier: Apache-2.0
"""Why a goal is not met: by the names of rows, a sentence or a few with what was counted on the path.
The page is not written as long as one is missing."""

WHY = {
    "doorbell, one invalidation and fence":
        "77 are the driver's own, as on the bare board. The rest is one exit of 742: to enter and leave the "
        "hypervisor 108, the store and the vIOMMU's lock 56, its registers 86, to load and decode two "
        "commands 256, to show the page 45, the two commands in the physical queue, with its lock, 191 "
        "(`hyp/viommu/viommu.h`). To decode, to check and to forward alone is 447; what would need none of "
        "it is hardware that serves the page ([state-region.md](state-region.md)).",
    "strict map and unmap cycle, ratio":
        "634 on the bare board, and in a guest the 742 of its doorbell's exit more; nothing else of a cycle "
        "exits. 1.5 would leave 317 for that exit: it and the two commands in the physical queue are 299 "
        "before one of the guest's is looked at. Batched, a cycle is as good as on the bare board.",
    "text and rodata":
        "what reads, checks and plans at boot is in the image, two thirds of its text. It is gone from the "
        "address space before a guest runs (linker/bulkhead.ld): the row \"text and rodata that stay after "
        "boot\" is what is left, with PCI, the IOMMU and the vIOMMU.",
}

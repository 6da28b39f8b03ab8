/* SPDX-License-Identifier: Apache-2.0 */
/* The board's PCI functions and bridges become what the plan says: before an IOMMU that is one
 * of them is used. */
#include "hyp/unit.h"
#include "platform/pci/layout.h"

static bool apply_init(const struct plan *plan, struct pages *pages)
{
    (void)pages;
    if (plan->pci != NULL) {
        pci_apply(plan->board, plan->pci, plan->pci_wanted, &plan->pci_layout);
    }
    return true;
}

UNIT("03", pci_apply_unit) = {
    .name = "layout of PCI",
    .init = apply_init,
};

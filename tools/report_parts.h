/* SPDX-License-Identifier: Apache-2.0 */
/* What both reports look up in the plan. */
#ifndef TOOLS_REPORT_PARTS_H
#define TOOLS_REPORT_PARTS_H

#include "hyp/plan/plan.h"

/* The line that a function's INTx comes by, which may be another function's too; NULL: none. */
const struct plan_line *report_intx(const struct plan_guest *guest, const struct plan_pci *function);

/* Whether the guest's device i is behind this vIOMMU of it, and by which ids is known. */
bool report_is_behind(const struct plan *plan, const struct plan_guest *guest, uint32_t i,
                      const struct plan_viommu *viommu);

/* An IOMMU by its node in the board's tree, or by its address if it is a PCI function. */
struct report_node { char text[256]; };
const char *report_iommu(const struct board *board, uint32_t iommu, struct report_node *node);

#endif

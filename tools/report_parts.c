/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/report_parts.h"

#include <libfdt.h>

const struct plan_line *report_intx(const struct plan_guest *guest, const struct plan_pci *function)
{
    for (uint32_t i = 0; function->source != 0U && i < guest->line_count; i++) {
        if (guest->lines[i].virtual_source == function->source) {
            return &guest->lines[i];
        }
    }
    return NULL;
}

bool report_is_behind(const struct plan *plan, const struct plan_guest *guest, uint32_t i,
                      const struct plan_viommu *viommu)
{
    const struct plan_dma *dma = &guest->devices[i].dma;

    return dma->viommu != PLAN_NO_VIOMMU && &plan->viommus[dma->viommu] == viommu &&
           dma->id_count != 0U;
}

const char *report_iommu(const struct board *board, uint32_t iommu, struct report_node *node)
{
    const struct board_iommu *found = &board->iommu[iommu];

    if (found->is_pci) {
        return pci_name(board->pci[found->pci_host].domain, found->pci_rid, node->text);
    }
    return fdt_get_path(board->fdt, found->node, node->text, (int)sizeof(node->text)) == 0
               ? node->text : "?";
}

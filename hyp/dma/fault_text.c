/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/dma/fault_text.h"

#include "lib/format.h"

bool fault_carries(const struct plan_dma *dma, uint32_t iommu, uint32_t device_id)
{
    if (dma->iommu != iommu) {
        return false;
    }
    for (uint32_t i = 0; i < dma->id_count; i++) {
        if (dma->ids[i] == device_id) {
            return true;
        }
    }
    return false;
}

int fault_find_device(const struct plan *plan, uint32_t iommu, uint32_t device_id)
{
    for (uint32_t i = 0; i < plan->config->device_count; i++) {
        if (fault_carries(&plan->devices[i].dma, iommu, device_id)) {
            return (int)i;
        }
    }
    return -1;
}

const char *fault_device_text(const struct plan *plan, uint32_t device,
                              char buffer[FAULT_DEVICE_TEXT_MAX])
{
    const struct config_device *config = &plan->config->devices[device];
    const struct plan_device *planned = &plan->devices[device];
    const char *guest = plan->guests[plan->device_guests[device]].config->name;

    if (planned->is_pci) {
        char name[PCI_NAME_MAX];
        (void)format_text(buffer, FAULT_DEVICE_TEXT_MAX, "guest \"%s\" device \"%s\" (%s)", guest,
                          config->name, pci_name(config->pci_domain, planned->pci.rid, name));
    } else {
        (void)format_text(buffer, FAULT_DEVICE_TEXT_MAX, "guest \"%s\" device \"%s\" (%s)", guest,
                          config->name, config->node);
    }
    return buffer;
}

const char *fault_place_text(const struct plan *plan, uint32_t device,
                             char buffer[FAULT_PLACE_TEXT_MAX])
{
    const struct config_device *config = &plan->config->devices[device];

    if (config->line != 0U) {
        (void)format_text(buffer, FAULT_PLACE_TEXT_MAX, "%s:%u", plan->config->source,
                          config->line);
    } else {
        (void)format_text(buffer, FAULT_PLACE_TEXT_MAX, "%s", config->path);
    }
    return buffer;
}

const char *fault_text(const struct iommu_fault *fault, char buffer[FAULT_TEXT_MAX])
{
    (void)format_text(buffer, FAULT_TEXT_MAX, "DMA %s at 0x%lx refused: %s (cause %u)",
                      iommu_ttyp_text(fault->ttyp), fault->iotval, iommu_cause_text(fault->cause),
                      fault->cause);
    return buffer;
}

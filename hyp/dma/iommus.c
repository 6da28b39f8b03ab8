/* SPDX-License-Identifier: Apache-2.0 */
/* The board's IOMMUs at boot: those that confine devices of guests are opened, all others stay
 * Off. */
#include "hyp/dma/state.h"

#include <stddef.h>

#include "hyp/log.h"
#include "hyp/mem/pte.h"
#include "hyp/vcpu/hart.h"
#include "iommu/flush.h"
#include "platform/hw/pci_config.h"
#include "platform/pci/capability.h"
#include "platform/pci/regs.h"

/* How long any one step may take before the IOMMU counts as broken. */
#define PATIENCE_SECONDS 1U

/* The devices of guests at this IOMMU, and the highest of their ids. */
static uint32_t count_devices(const struct plan *plan, uint32_t iommu, uint32_t *highest)
{
    uint32_t count = 0U;

    *highest = 0U;
    for (uint32_t i = 0; i < plan->config->device_count; i++) {
        const struct plan_dma *dma = &plan->devices[i].dma;
        for (uint32_t k = 0; dma->iommu == iommu && k < dma->id_count; k++) {
            *highest = dma->ids[k] > *highest ? dma->ids[k] : *highest;
        }
        count += dma->iommu == iommu && dma->id_count != 0U;
    }
    return count;
}

/* By wire where the board's tree has wires that arrive, else by MSI into the service hart's
 * interrupt file. */
static bool choose_interrupt(const struct plan *plan, uint32_t index, struct iommu_interrupt *out)
{
    const struct board *board = plan->board;
    const struct board_iommu *found = &board->iommu[index];
    const struct iommu_caps caps = iommu_caps_read(plan->iommu_regs[index].base);

    if (caps.can_wire && found->irq_count != 0U && plan->wired_interrupts) {
        out->kind = IOMMU_WIRED;
    } else if (caps.can_msi) {
        const struct board_hart *hart = &board->harts[plan->service_hart];
        out->kind = IOMMU_MSI;
        out->msi_address = board_imsic_file(&board->imsic, hart->imsic_index, 0U);
        out->msi_data = HYP_IOMMU_ID + index;
    } else {
        log_line("error: the IOMMU at 0x%lx tells of faults by wire only, and no line of it is "
                 "known to arrive: if the firmware has set the APLIC's MSI addresses, write "
                 "wired-interrupts in /board",
                 plan->iommu_regs[index].base.v);
        return false;
    }
    return true;
}

/* It writes its queues and MSIs as a bus master; its MSI-X table is its own msi_cfg_tbl (RISC-V
 * IOMMU 1.0.1, 5.26). */
static void enable_pci(const struct plan *plan, uint32_t index)
{
    const struct board_iommu *found = &plan->board->iommu[index];
    const struct board_pci_host *host = &plan->board->pci[found->pci_host];
    const uint32_t msix = pci_capability(host, found->pci_rid, PCI_CAP_MSIX, PCI_MSIX_SIZE);

    pci_config_write(host, found->pci_rid, PCI_COMMAND, sizeof(uint16_t),
                     PCI_COMMAND_MEM | PCI_COMMAND_BME | PCI_COMMAND_INTX_DISABLE);
    if (msix != 0U) {
        pci_config_write(host, found->pci_rid, msix + PCI_MSIX_CONTROL, sizeof(uint16_t),
                         PCI_MSIX_ENABLE);
    }
}

static bool claim_ids(const struct plan *plan, uint32_t index, struct pages *pages)
{
    for (uint32_t i = 0; i < plan->config->device_count; i++) {
        const struct plan_dma *dma = &plan->devices[i].dma;
        const uint16_t gscid = dma_gscid(plan, i);
        for (uint32_t k = 0; dma->iommu == index && k < dma->id_count; k++) {
            const enum iommu_result result =
                iommu_claim(&dma_iommus[index].iommu, dma->ids[k], gscid, pages);
            if (result != IOMMU_OK) {
                log_line("error: %s: device id 0x%x at the IOMMU at 0x%lx: %s",
                         plan->config->devices[i].path, dma->ids[k], plan->iommu_regs[index].base.v,
                         iommu_result_text(result));
                return false;
            }
        }
    }
    return true;
}

static bool open_iommu(const struct plan *plan, uint32_t index, const struct gstage *empty,
                       uint32_t max_device_id, struct pages *pages)
{
    const struct board *board = plan->board;
    struct iommu_setup setup = {
        .regs = plan->iommu_regs[index].base,
        .patience = (uint64_t)board->timebase_hz * PATIENCE_SECONDS,
        .cache_block = board->iommu[index].coherent ? 0U : board->cache_block,
        .max_device_id = max_device_id,
        .deny = gstage_hgatp(empty, DMA_GSCID_DENY),
        .fault_entries = PLAN_FAULT_ENTRIES,
    };

    /* The first claimed id leads here. */
    iommu_flush(empty->root, PTE_ROOT_PAGES * PAGE_SIZE, setup.cache_block);
    if (board->iommu[index].is_pci) {
        enable_pci(plan, index);
    }
    if (!choose_interrupt(plan, index, &setup.interrupt)) {
        return false;
    }
    const enum iommu_result result = iommu_open(&dma_iommus[index].iommu, &setup, pages);
    if (result != IOMMU_OK) {
        log_line("error: the IOMMU at 0x%lx cannot be used: %s", setup.regs.v,
                 iommu_result_text(result));
        return false;
    }
    dma_iommus[index].used = true;
    return claim_ids(plan, index, pages);
}

bool dma_open_iommus(const struct plan *plan, struct pages *pages)
{
    struct gstage empty;

    if (gstage_create(&empty, GSTAGE_SV39X4, pages) != GSTAGE_OK) {
        log_line("error: no memory for the empty table of blocked devices");
        return false;
    }
    for (uint32_t i = 0; i < plan->board->iommu_count; i++) {
        const uint64_t patience = (uint64_t)plan->board->timebase_hz * PATIENCE_SECONDS;
        uint32_t highest;
        const uint32_t devices = count_devices(plan, i, &highest);

        /* A PCI IOMMU can be reached only now; a platform one is Off since before PCI was looked
         * at. */
        if (plan->iommu_regs[i].size == 0U) {
            log_line("note: IOMMU %u of the device tree, a PCI function, has no registers that can "
                     "be reached: it keeps the mode that the firmware gave it, and no guest has a "
                     "device behind it", i);
        } else if (!iommu_switch_off(plan->iommu_regs[i].base, patience)) {
            log_line("error: the IOMMU at 0x%lx does not switch off: devices behind it could reach "
                     "all memory", plan->iommu_regs[i].base.v);
            return false;
        } else {
            /* it is Off */
        }
        dma_iommus[i].flood = fault_meter_flood(PLAN_FAULT_ENTRIES, devices);
        if (devices != 0U &&
            !open_iommu(plan, i, &empty, highest, pages)) {
            return false;
        }
    }
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MSIs of devices for vCPUs that have no guest interrupt file: the IOMMU leaves them in a letter
 * box of the vCPU's file in memory (struct vimsic), and sends a notice to the vCPU's hart, which
 * takes them out.
 *
 * An IOMMU that does not update atomically reads a doubleword and writes it back: a bit that the
 * hart cleared in between would come back, and one that another IOMMU set would be lost (AIA 1.0,
 * 8.3.4). So such an IOMMU must be the only one, and before the hart empties a box the IOMMU is
 * given the other, which is empty.
 */
#include "hyp/dma/dma.h"
#include "hyp/dma/state.h"

#include "hyp/irq/irq.h"
#include "hyp/irq/vimsic.h"
#include "hyp/log.h"

_Static_assert(sizeof(struct vimsic) <= PAGE_SIZE, "its page holds it");

static void open_box(const struct vcpu *vcpu, uint32_t box)
{
    const struct iommu_mrif mrif = {
        .file = pa_add(vcpu->vimsic->at, box * sizeof(struct mrif)),
        .notice = vcpu->hart->ipi,
        .notice_id = HYP_NOTICE_ID,
    };

    vcpu->vimsic->open = box;
    iommu_msi_table_set_mrif(&dma_guests[vcpu->guest->index].msi, vcpu->index, &mrif);
}

/* What stands against it, in words; NULL: nothing. */
static const char *objection(const struct guest *guest, bool *atomic, uint32_t *first)
{
    const struct plan_guest *part = guest->part;
    bool several = false;

    *atomic = true;
    *first = PLAN_NO_IOMMU;
    for (uint32_t i = 0; i < part->config->device_count; i++) {
        const struct plan_dma *dma = &part->devices[i].dma;
        if (dma->id_count == 0U) {
            continue;
        }
        const struct iommu *iommu = &dma_iommus[dma->iommu].iommu;
        if (!iommu->caps.msi_flat || !iommu->caps.msi_mrif) {
            return "an IOMMU of its devices does not know memory-resident interrupt files";
        }
        if (iommu->setup.cache_block != 0U) {
            return "an IOMMU of its devices does not see the harts' caches";
        }
        *first = *first == PLAN_NO_IOMMU ? dma->iommu : *first;
        several |= dma->iommu != *first;
        *atomic &= iommu->caps.amo_mrif;
    }
    return several && !*atomic
               ? "its devices are behind several IOMMUs, one of which does not update "
                 "memory-resident interrupt files atomically"
               : NULL;
}

void dma_open_boxes(const struct guest *guest)
{
    struct dma_guest *dma = &dma_guests[guest->index];
    const char *why = objection(guest, &dma->atomic, &dma->only_iommu);

    if (why != NULL) {
        log_line("warning: guest \"%s\": MSIs of its devices are refused: the board has no guest "
                 "interrupt files, and %s", guest->part->config->name, why);
        return;
    }
    dma->boxes = true;
    for (uint32_t v = 0; v < guest->vcpu_count; v++) {
        open_box(guest->vcpus[v], 0U);
    }
}

void dma_empty_boxes(const struct guest *guest)
{
    const bool used = dma_guests[guest->index].boxes;

    for (uint32_t v = 0; v < guest->vcpu_count; v++) {
        struct vimsic *file = guest->vcpus[v]->vimsic;
        if (file != NULL) {
            mrif_reset(&file->boxes[0]);
            mrif_reset(&file->boxes[1]);
        }
        if (file != NULL && used) {
            open_box(guest->vcpus[v], file->open);
        }
    }
}

/* Returns when the IOMMU does not write to the one that was open until now any more. If it does not
 * answer it is switched off, and writes nothing. */
static void open_other_box(const struct vcpu *vcpu, uint32_t index)
{
    struct iommu *iommu = &dma_iommus[index].iommu;
    uint16_t gscids[DMA_MAX_GSCIDS];
    const uint32_t count = dma_gscids(vcpu->guest, index, gscids);
    enum iommu_result result = IOMMU_OK;

    lock_acquire(&iommu->lock);
    open_box(vcpu, 1U - vcpu->vimsic->open);
    for (uint32_t k = 0; result == IOMMU_OK && k < count; k++) {
        result = iommu_msi_moved(iommu, gscids[k]);
    }
    lock_release(&iommu->lock);
    dma_report(vcpu->guest->plan, index, result);
}

void dma_notice(const struct vcpu *vcpu)
{
    const struct dma_guest *dma = &dma_guests[vcpu->guest->index];
    struct vimsic *file = vcpu->vimsic;

    /* A stray one; or of the life before, whose boxes are emptied while its vCPUs are parked. */
    if (!dma->boxes || atomic_load(&vcpu->hsm) == HSM_PARKED) {
        return;
    }
    const uint32_t full = file->open;
    if (!dma->atomic) {
        open_other_box(vcpu, dma->only_iommu);
    }
    vimsic_take(file, &file->boxes[full]);
    irq_mirror(vcpu);
}

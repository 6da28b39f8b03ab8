/* SPDX-License-Identifier: Apache-2.0 */
/* Fault records become counts, lines in the log, and what the device's dma-fault asks for. */
#include "hyp/dma/state.h"

#include "hyp/dma/dma.h"
#include "hyp/dma/fault_text.h"
#include "hyp/lifecycle/lifecycle.h"
#include "hyp/log.h"
#include "platform/hw/clock.h"

#define CHUNK          8U    /* records taken at once, on the stack */
#define WINDOW_SECONDS 1U    /* of a fault meter */

/* Cut off from all memory until its guest restarts. The IOMMU's failure to do so ends in its
 * being switched off, which is the same for this device. */
static void block(const struct plan *plan, uint32_t device)
{
    const struct plan_dma *dma = &plan->devices[device].dma;
    struct iommu *iommu = &dma_iommus[dma->iommu].iommu;

    dma_devices[device].blocked = true;
    lock_acquire(&iommu->lock);
    for (uint32_t i = 0; i < dma->id_count; i++) {
        (void)iommu_block(iommu, dma->ids[i]);
    }
    lock_release(&iommu->lock);
}

static void quiet(const struct plan *plan, uint32_t device)
{
    const struct plan_dma *dma = &plan->devices[device].dma;
    struct iommu *iommu = &dma_iommus[dma->iommu].iommu;

    lock_acquire(&iommu->lock);
    for (uint32_t i = 0; i < dma->id_count; i++) {
        (void)iommu_quiet(iommu, dma->ids[i]);
    }
    lock_release(&iommu->lock);
}

static void act(const struct plan *plan, uint32_t device)
{
    struct guest *guest = &guests[plan->device_guests[device]];
    char text[FAULT_DEVICE_TEXT_MAX];

    switch (plan->config->devices[device].dma_fault) {
    case CONFIG_DMA_FAULT_BLOCK:
        block(plan, device);
        log_line("%s does no more DMA until its guest restarts (dma-fault = \"block\")",
                 fault_device_text(plan, device, text));
        break;
    case CONFIG_DMA_FAULT_STOP:
        block(plan, device);
        log_line("%s: its guest is stopped (dma-fault = \"stop\")",
                 fault_device_text(plan, device, text));
        lifecycle_request(guest, GUEST_STOPPING);
        break;
    case CONFIG_DMA_FAULT_LOG:
    default:
        break;
    }
}

static void device_fault(const struct plan *plan, uint32_t device, const struct iommu_fault *fault,
                         uint64_t window)
{
    struct dma_device *state = &dma_devices[device];
    const struct fault_verdict verdict = fault_meter_count(&state->meter, clock_now(), window);
    char who[FAULT_DEVICE_TEXT_MAX], what[FAULT_TEXT_MAX], where[FAULT_PLACE_TEXT_MAX];

    if (verdict.unsaid != 0U) {
        log_line("%s: %u more faults before this one", fault_device_text(plan, device, who),
                 verdict.unsaid);
    }
    if (verdict.say) {
        log_line("%s: %s; %s", fault_device_text(plan, device, who), fault_text(fault, what),
                 fault_place_text(plan, device, where));
    }
    if (!state->blocked) {
        act(plan, device);
    }
    if (verdict.flood && !state->blocked) {
        /* Its records would push out those of others: it is not listened to any more. */
        quiet(plan, device);
        log_line("%s: %u faults within %u s, no more are reported until its guest restarts",
                 fault_device_text(plan, device, who), FAULT_METER_FLOOD, WINDOW_SECONDS);
    }
}

static void stranger_fault(const struct plan *plan, uint32_t iommu, const struct iommu_fault *fault,
                           uint64_t window)
{
    const struct fault_verdict verdict =
        fault_meter_count(&dma_iommus[iommu].strangers, clock_now(), window);
    char what[FAULT_TEXT_MAX];

    if (verdict.say) {
        log_line("device id 0x%x at the IOMMU at 0x%lx, which no guest has: %s (%u more before)",
                 fault->device_id, plan->iommu_regs[iommu].base.v, fault_text(fault, what),
                 verdict.unsaid);
    }
}

/* Trouble of the IOMMU itself, once for each time that it grows. */
static void tell_trouble(const struct plan *plan, uint32_t index)
{
    struct dma_iommu *d = &dma_iommus[index];
    const struct iommu_stats now = d->iommu.stats;

    if (now.fault_overflows != d->told.fault_overflows) {
        log_line("the IOMMU at 0x%lx: its fault queue was full, records of faults are lost "
                 "(%lu times)",
                 plan->iommu_regs[index].base.v, now.fault_overflows);
    }
    if (now.fault_memory != d->told.fault_memory ||
        now.command_timeouts != d->told.command_timeouts ||
        now.command_memory != d->told.command_memory ||
        now.command_illegal != d->told.command_illegal) {
        log_line("the IOMMU at 0x%lx: %lu command timeouts, %lu and %lu memory faults of its "
                 "queues, %lu illegal commands",
                 plan->iommu_regs[index].base.v, now.command_timeouts, now.command_memory,
                 now.fault_memory, now.command_illegal);
    }
    d->told = now;
}

bool dma_drain(const struct plan *plan, uint32_t iommu, uint32_t limit)
{
    const uint64_t window = (uint64_t)plan->board->timebase_hz * WINDOW_SECONDS;
    struct iommu_fault faults[CHUNK];
    uint32_t done = 0, count;

    do {
        count = iommu_take_faults(&dma_iommus[iommu].iommu, faults, CHUNK);
        for (uint32_t i = 0; i < count; i++) {
            /* A record without a transaction type is the IOMMU's own: its device id says nothing
             * (3.2). */
            const int device = faults[i].ttyp == 0U
                                   ? -1 : fault_find_device(plan, iommu, faults[i].device_id);
            if (device >= 0) {
                device_fault(plan, (uint32_t)device, &faults[i], window);
            } else {
                stranger_fault(plan, iommu, &faults[i], window);
            }
        }
        done += count;
    } while (count == CHUNK && done < limit);
    tell_trouble(plan, iommu);
    return count == CHUNK;
}

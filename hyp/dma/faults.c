/* SPDX-License-Identifier: Apache-2.0 */
/* Fault records become counts, lines in the log, and what the device's dma-fault asks for. */
#include "hyp/dma/state.h"

#include "hyp/dma/dma.h"
#include "hyp/dma/fault_text.h"
#include "hyp/lifecycle/lifecycle.h"
#include "hyp/log.h"
#include "platform/hw/clock.h"

#define CHUNK          8U    /* records taken at once, on the stack */
_Static_assert(DMA_DRAIN_PIECE % CHUNK == 0U, "a piece ends with a chunk, or with the records");
#define WINDOW_SECONDS 1U    /* of a fault meter */

/* To each id of a device. What the IOMMU makes of it is told; true: it did so. */
static bool tell_ids(const struct plan *plan, uint32_t device,
                     enum iommu_result (*what)(struct iommu *iommu, uint32_t device_id))
{
    const struct plan_dma *dma = &plan->devices[device].dma;
    struct iommu *iommu = &dma_iommus[dma->iommu].iommu;
    enum iommu_result result = IOMMU_OK;

    lock_acquire(&iommu->lock);
    for (uint32_t i = 0; result == IOMMU_OK && i < dma->id_count; i++) {
        result = what(iommu, dma->ids[i]);
    }
    lock_release(&iommu->lock);
    dma_report(plan, dma->iommu, result);
    return result == IOMMU_OK;
}

/* Cut off from all memory until its guest restarts. */
static bool block(const struct plan *plan, uint32_t device)
{
    dma_devices[device].blocked = true;
    return tell_ids(plan, device, iommu_block);
}

static bool quiet(const struct plan *plan, uint32_t device)
{
    dma_devices[device].quiet = true;
    return tell_ids(plan, device, iommu_quiet);
}

static void act(const struct plan *plan, uint32_t device)
{
    struct guest *guest = &guests[plan->device_guests[device]];
    char text[FAULT_DEVICE_TEXT_MAX];

    switch (plan->config->devices[device].dma_fault) {
    case CONFIG_DMA_FAULT_BLOCK:
        if (block(plan, device)) {
            log_line("%s does no more DMA until its guest restarts (dma-fault = \"block\")",
                     fault_device_text(plan, device, text));
        }
        break;
    case CONFIG_DMA_FAULT_STOP:
        (void)block(plan, device);
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
    const uint32_t flood = dma_iommus[plan->devices[device].dma.iommu].flood;
    const bool guests_own = dma_refused_by_guest(plan, device, fault);
    const struct fault_verdict verdict =
        fault_meter_count(&state->meter, clock_now(), window, flood, guests_own);
    char who[FAULT_DEVICE_TEXT_MAX], what[FAULT_TEXT_MAX], where[FAULT_PLACE_TEXT_MAX];

    if (verdict.unsaid != 0U) {
        log_line("%s: %u more faults before this one", fault_device_text(plan, device, who),
                 verdict.unsaid);
    }
    if (verdict.say) {
        log_line("%s: %s; %s", fault_device_text(plan, device, who), fault_text(fault, what),
                 fault_place_text(plan, device, where));
    }
    dma_hand_over(plan, device, fault);
    if (!state->blocked && !guests_own) {
        act(plan, device);
    }
    /* Its records would push out those of others: it is not listened to any more. One that begins a
     * life with what remains of a flood is at once not listened to. */
    if (verdict.flood && !state->blocked && !state->quiet && quiet(plan, device)) {
        dma_hand_over_none(plan, device);
        log_line("%s: %u faults within %u s, no more are reported until its guest %s",
                 fault_device_text(plan, device, who), flood, WINDOW_SECONDS,
                 plan->devices[device].dma.viommu == PLAN_NO_VIOMMU ? "restarts"
                                                                    : "lets it in anew");
    }
}

static void stranger_fault(const struct plan *plan, uint32_t iommu, const struct iommu_fault *fault,
                           uint64_t window)
{
    const struct fault_verdict verdict =
        fault_meter_count(&dma_iommus[iommu].strangers, clock_now(), window, UINT32_MAX, false);
    char what[FAULT_TEXT_MAX];

    if (verdict.say) {
        log_line("device id 0x%x at the IOMMU at 0x%lx, which no guest has: %s (%u more before)",
                 fault->device_id, plan->iommu_regs[iommu].base.v, fault_text(fault, what),
                 verdict.unsaid);
    }
}

/* Trouble of the IOMMU itself: once in a window, when there is more than the log knows. */
static void tell_trouble(const struct plan *plan, uint32_t index, uint64_t window)
{
    struct dma_iommu *d = &dma_iommus[index];
    const uint64_t time = clock_now();

    if (time < d->tell_again) {
        return;
    }
    lock_acquire(&d->iommu.lock);
    const struct iommu_stats now = d->iommu.stats;
    lock_release(&d->iommu.lock);

    const bool troubled = dma_is_troubled(&now, &d->told);
    if (now.fault_overflows != d->told.fault_overflows) {
        log_line("the IOMMU at 0x%lx: its fault queue was full, records of faults are lost "
                 "(%lu times)",
                 plan->iommu_regs[index].base.v, now.fault_overflows);
    }
    if (troubled) {
        dma_say_trouble(plan, index, &now);
    }
    if (now.fault_overflows != d->told.fault_overflows || troubled) {
        d->tell_again = time + window;
    }
    d->told = now;
}

uint32_t dma_drain(const struct plan *plan, uint32_t iommu, uint32_t limit)
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
    tell_trouble(plan, iommu, window);
    return done;
}

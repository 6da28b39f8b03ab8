/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/dma/dma.h"
#include "hyp/dma/state.h"

#include <stdatomic.h>
#include <stddef.h>

#include "hyp/log.h"
#include "lib/format.h"

/* A dead IOMMU says so to everyone who asks, and may count each time: a guest that goes on asking is
 * not to keep the log or the service hart busy. */
static bool is_news(struct dma_iommu *d, enum iommu_result result)
{
    return (result != IOMMU_NO_ANSWER && result != IOMMU_LOST) ||
           atomic_exchange(&d->end, (uint32_t)result) != (uint32_t)result;
}

void dma_report(const struct plan *plan, uint32_t iommu, enum iommu_result result)
{
    struct dma_iommu *d = &dma_iommus[iommu];
    static const char *const so[] = {
        [IOMMU_NO_ANSWER] = "no device behind it does DMA any more",
        [IOMMU_LOST] = "devices behind it may go on with the DMA that they could do last, until "
                       "the board is reset",
    };
    const char *then = (uint32_t)result < sizeof(so) / sizeof(so[0]) ? so[result] : NULL;

    if (!is_news(d, result)) {
        return;
    }
    if (dma_is_troubled(&d->iommu.stats, &d->told)) {
        dma_look(iommu);
    }
    if (result != IOMMU_OK) {
        log_line("error: the IOMMU at 0x%lx: %s; %s", plan->iommu_regs[iommu].base.v,
                 iommu_result_text(result), then != NULL ? then : "its devices stay as they are");
    }
}

void dma_say_missing(const struct guest *guest, uint32_t iommu)
{
    struct dma_iommu *d = &dma_iommus[iommu];
    const uint32_t end = atomic_load(&d->end);

    if (end != (uint32_t)IOMMU_OK) {
        log_line("warning: guest \"%s\": its devices behind the IOMMU at 0x%lx are not let in: %s",
                 guest->part->config->name, guest->plan->iommu_regs[iommu].base.v,
                 iommu_result_text((enum iommu_result)end));
    }
}

void dma_say_trouble(const struct plan *plan, uint32_t iommu, const struct iommu_stats *stats)
{
    const struct { const char *name; uint64_t count; } all[] = {
        { "queue-restarts", stats->queue_restarts },
        { "command-timeouts", stats->command_timeouts },
        { "command-memory-faults", stats->command_memory },
        { "illegal-commands", stats->command_illegal },
        { "record-memory-faults", stats->fault_memory },
        { "impossible-record-tails", stats->fault_registers },
        { "changed-registers", stats->changed_registers },
    };
    char line[LOG_LINE_MAX];
    size_t length = format_text(line, sizeof(line), "the IOMMU at 0x%lx has had trouble:",
                                plan->iommu_regs[iommu].base.v);

    for (uint32_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (all[i].count != 0U) {
            length += format_text(&line[length], sizeof(line) - length, " %s=%lu", all[i].name,
                                  all[i].count);
        }
    }
    log_line("%s", line);
}

void dma_say_faults(void)
{
    static const struct iommu_stats none;
    const struct plan *plan = guests[0].plan;

    for (uint32_t i = 0; i < plan->config->device_count; i++) {
        const struct dma_device *device = &dma_devices[i];
        if (device->meter.total != 0U) {
            log_line("faults %s %s: total=%lu%s", plan->guests[plan->device_guests[i]].config->name,
                     plan->config->devices[i].name, device->meter.total,
                     device->blocked ? " blocked" : "");
        }
    }
    for (uint32_t i = 0; i < plan->board->iommu_count; i++) {
        const struct dma_iommu *d = &dma_iommus[i];
        if (d->used && (d->strangers.total != 0U || d->iommu.stats.fault_overflows != 0U)) {
            log_line("faults of the IOMMU at 0x%lx: strangers=%lu overflows=%lu",
                     plan->iommu_regs[i].base.v, d->strangers.total,
                     d->iommu.stats.fault_overflows);
        }
        if (d->used && dma_is_troubled(&d->iommu.stats, &none)) {
            dma_say_trouble(plan, i, &d->iommu.stats);
        }
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "guest/lib/csr.h"
#include "guest/lib/irq.h"
#include "guest/lib/sleep.h"
#include "guest/viommumany/viommumany.h"

#define TABLE_PAGES   8U
#define COMMANDS_LOG2 4U
#define FAULTS_LOG2   4U
#define COMMAND_WIRE  0U
#define FAULT_WIRE    1U
#define COME_MS       5000U     /* for what must come, however busy the machine is */
#define QUIET_MS      20U       /* for what must not */

static uint64_t page_memory[SIDES][TABLE_PAGES][IOMMU_PAGE / sizeof(uint64_t)]
    __attribute__((aligned(IOMMU_PAGE)));
static uint64_t commands[SIDES][IOMMU_PAGE / sizeof(uint64_t)]
    __attribute__((aligned(IOMMU_PAGE)));
static uint64_t faults[SIDES][IOMMU_PAGE / sizeof(uint64_t)] __attribute__((aligned(IOMMU_PAGE)));

struct side sides[SIDES] = {
    [LEFT] = { .pages = { .pages = page_memory[LEFT], .count = TABLE_PAGES } },
    [RIGHT] = { .pages = { .pages = page_memory[RIGHT], .count = TABLE_PAGES } },
};

static void on_fault(uint32_t source)
{
    for (uint32_t i = 0; i < SIDES; i++) {
        if (sides[i].iommu.wires[FAULT_WIRE].source == source) {
            iommu_set32(&sides[i].iommu, IOMMU_IPSR, IPSR_FIP);
            sides[i].interrupts++;
        }
    }
}

bool side_context(struct side *side, uint64_t tc, uint64_t fsc)
{
    uint64_t *context = iommu_context(&side->directory, side->device_id);

    if (context == NULL) {
        return false;
    }
    iommu_context_set(context, tc, PSCID, fsc);
    return iommu_do(&side->iommu, iommu_forget_context(side->device_id));
}

bool side_levels(struct side *side)
{
    return iommu_mode(&side->iommu, iommu_directory_mode(&side->directory), side->directory.root)
           && iommu_do(&side->iommu, iommu_forget_contexts());
}

bool side_start(struct side *side)
{
    const struct iommu_wire *wire = &side->iommu.wires[FAULT_WIRE];
    const uint32_t i = (uint32_t)(side - sides);

    if (!iommu_signals(&side->iommu, true, COMMAND_WIRE, FAULT_WIRE)) {
        return false;
    }
    irq_connect(wire->source, wire->mode, on_fault);
    return iommu_commands_start(&side->iommu, commands[i], COMMANDS_LOG2, false)
           && iommu_faults_start(&side->iommu, faults[i], FAULTS_LOG2, true)
           && iommu_directory_open(&side->iommu, 1, &side->pages, &side->directory)
           && iommu_table_open(FSC_SV39, &side->pages, &side->table)
           && side_context(side, TC_V, iommu_table_fsc(&side->table)) && side_levels(side);
}

bool side_map(struct side *side, uint64_t iova, int page)
{
    return iommu_map(&side->table, iova, page_address(page), IOMMU_4K, IOMMU_READ_WRITE);
}

bool side_unmap(struct side *side, uint64_t iova)
{
    return iommu_unmap(&side->table, iova, IOMMU_4K);
}

bool side_forget(struct side *side)
{
    return iommu_do(&side->iommu, iommu_forget_contexts())
           && iommu_do(&side->iommu, iommu_forget_all());
}

/* The queue stops at it, and is made anew. */
bool side_calls_illegal(struct side *side, struct iommu_command command)
{
    return !iommu_do(&side->iommu, command)
           && (iommu_get32(&side->iommu, IOMMU_CQCSR) & CQCSR_CMD_ILL) != 0U
           && iommu_commands_start(&side->iommu, commands[side - sides], COMMANDS_LOG2, false);
}

bool side_off(struct side *side) { return iommu_mode(&side->iommu, DDTP_OFF, NULL); }
bool side_bare(struct side *side) { return iommu_mode(&side->iommu, DDTP_BARE, NULL); }

bool no_faults(void)
{
    struct iommu_fault fault;
    bool good = true;

    sleep_ms(QUIET_MS);
    for (uint32_t i = 0; i < SIDES; i++) {
        good = !iommu_fault_take(&sides[i].iommu, &fault) && sides[i].interrupts == 0U && good;
    }
    return good;
}

bool side_faulted(struct side *side, uint32_t cause, uint64_t iova)
{
    struct iommu_fault fault;
    bool good = iommu_fault_wait(&side->iommu, &fault, COME_MS) && fault.cause == cause
                && fault.device_id == side->device_id && fault.ttyp == TTYP_WRITE
                && fault.iotval >> PAGE_SHIFT == iova >> PAGE_SHIFT
                && (sleep_for_event(&side->interrupts, 0, ms_from_now(COME_MS))
                    && side->interrupts == 1U);

    side->interrupts = 0;
    return no_faults() && good;
}

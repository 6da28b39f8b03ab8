/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/bench/iommu.h"

#include <stddef.h>

#include "guest/bench/bench.h"
#include "guest/bench/measure.h"
#include "guest/lib/console.h"
#include "guest/lib/hart.h"
#include "guest/lib/iommu_directory.h"
#include "guest/lib/irq.h"
#include "guest/lib/sbi.h"
#include "guest/lib/trap.h"

#define TIMES_MANY    100U      /* what is long */
#define PSCID         1U
#define COMMANDS_LOG2 8U
#define FAULTS_LOG2   7U
#define TABLE_PAGES   64U
#define MANY          64U       /* pages in a batch, commands in a doorbell */
#define RUN           16U       /* pages that are mapped and unmapped at once */
#define COMMAND_WORDS (COMMAND_SIZE / sizeof(uint64_t))

static struct iommu iommu;
static struct edu edu;
static struct mapping mapping;
static uint64_t commands[IOMMU_PAGE / sizeof(uint64_t)] __attribute__((aligned(IOMMU_PAGE)));
static uint64_t faults[IOMMU_PAGE / sizeof(uint64_t)] __attribute__((aligned(IOMMU_PAGE)));
static uint64_t page_memory[TABLE_PAGES][IOMMU_PAGE / sizeof(uint64_t)]
    __attribute__((aligned(IOMMU_PAGE)));
static struct iommu_pages pages = { .pages = page_memory, .count = TABLE_PAGES };
static uint8_t buffer[RUN * IOMMU_PAGE] __attribute__((aligned(IOMMU_PAGE)));

void must(bool good, const char *what)
{
    if (!good) {
        print("bench: FAIL %s\n", what);
        sbi_shutdown();
    }
}

/* ---- making it ready ------------------------------------------------------------------------- */

static bool found(void)
{
    return pci_open() && irq_open() && iommu_open(&iommu) && edu_open(&edu, 0);
}

/* The edu's context has the mapping's table. Interrupt files are in it as they are, since an MSI is
 * translated like any other access. */
static bool translate(void)
{
    uint64_t file = irq_file(hart_self()->id), *context;
    struct iommu_directory directory;
    uint32_t id;

    if (!iommu_device_id(&iommu, &edu.pci, &id) || !iommu_mode(&iommu, DDTP_OFF, NULL)
        || !iommu_commands_start(&iommu, commands, COMMANDS_LOG2, false)
        || !iommu_faults_start(&iommu, faults, FAULTS_LOG2, false)
        || !iommu_directory_open(&iommu, 1, &pages, &directory)
        || !mapping_open(&mapping, &iommu, &pages, PSCID)
        || !iommu_map(&mapping.table, file, file, IOMMU_4K, IOMMU_READ_WRITE)) {
        return false;
    }
    context = iommu_context(&directory, id);
    if (context == NULL) {
        return false;
    }
    iommu_context_set(context, TC_V, PSCID, iommu_table_fsc(&mapping.table));
    return iommu_mode(&iommu, iommu_directory_mode(&directory), directory.root)
           && iommu_do(&iommu, iommu_forget_contexts()) && iommu_do(&iommu, iommu_forget_all());
}

static bool ready(void)
{
    irq_enable(UINT64_C(1) << IRQ_TIMER);
    if (!edu_interrupts(&edu, false)) {
        return false;
    }
    edu_master(&edu, true);
    return translate();
}

/* ---- the register ---------------------------------------------------------------------------- */

/* One load, between two looks at the counter, the second of which is counted itself. */
static uint64_t register_read(void)
{
    const uint64_t address = iommu.base + IOMMU_CQH;
    uint64_t before, after;
    uint32_t value;

    __asm__ volatile("rdcycle %0\n lwu %1, 0(%3)\n rdcycle %2"
                     : "=&r"(before), "=&r"(value), "=&r"(after) : "r"(address) : "memory");
    return after - before - 1U;
}

/* ---- the doorbell ---------------------------------------------------------------------------- */

static void place(struct iommu_command command)
{
    struct iommu_queue *queue = &iommu.commands;
    uint64_t *entry = &queue->entries[queue->next * COMMAND_WORDS];

    entry[0] = command.words[0];
    entry[1] = command.words[1];
    queue->next = (queue->next + 1U) & queue->mask;
}

static void ring(void)
{
    iommu_set32(&iommu, IOMMU_CQT, iommu.commands.next);
}

static void done(void)
{
    while (iommu_get32(&iommu, IOMMU_CQH) != iommu.commands.next) {
    }
}

static void one_invalidation_and_fence(void)
{
    place(iommu_forget_address_of((uint64_t)buffer, PSCID));
    place(iommu_fence());
    ring();
    done();
}

static void one_invalidation(void)
{
    place(iommu_forget_address_of((uint64_t)buffer, PSCID));
    ring();
    done();
}

static void one_fence(void)
{
    place(iommu_fence());
    ring();
    done();
}

static void many_invalidations_and_fence(void)
{
    for (uint32_t i = 0; i < MANY; i++) {
        place(iommu_forget_address_of((uint64_t)buffer + i * IOMMU_4K, PSCID));
    }
    place(iommu_fence());
    ring();
    done();
}

/* Of one_invalidation_and_fence the store alone: what it takes until the next instruction. */
static uint64_t doorbell_store(void)
{
    const uint64_t address = iommu.base + IOMMU_CQT;
    uint64_t before, after;

    place(iommu_forget_address_of((uint64_t)buffer, PSCID));
    place(iommu_fence());
    fence();
    __asm__ volatile("rdcycle %0\n sw %2, 0(%3)\n rdcycle %1"
                     : "=&r"(before), "=&r"(after) : "r"(iommu.commands.next), "r"(address)
                     : "memory");
    done();
    return after - before - 1U;
}

static void often(const char *name, uint64_t (*counts)(void))
{
    struct figure figure = figure_begin();

    for (uint32_t i = 0; i < MEASURE_REPEAT; i++) {
        figure_add(&figure, counts());
    }
    figure_end(&figure, name);
}

/* ---- whole cycles ---------------------------------------------------------------------------- */

static bool good = true;        /* all that was mapped and unmapped */

/* mapping_map ends where a driver would tell its device. */
static void strict(uint32_t count)
{
    uint64_t iova = 0;

    good = mapping_map(&mapping, (uint64_t)buffer, count, &iova) && good;
    good = mapping_unmap(&mapping, iova, count) && good;
}

static void strict_page(void)
{
    strict(1);
}

static void strict_run(void)
{
    strict(RUN);
}

static void batched(void)
{
    for (uint32_t i = 0; i < MANY; i++) {
        uint64_t iova = 0;

        good = mapping_map(&mapping, (uint64_t)buffer, 1, &iova) && good;
        good = mapping_unmap_later(&mapping, iova, 1) && good;
    }
    good = mapping_flush(&mapping) && good;
}

void bench_iommu(void)
{
    if (!found()) {
        return;
    }
    must(ready(), "the IOMMU or the edu is not what it should be");
    must(mapping_works(&mapping, &edu), "DMA through the IOMMU is not as it is mapped");
    irq_off();
    often("iommu-read", register_read);
    often("doorbell-store", doorbell_store);
    measure("doorbell-both", one_invalidation_and_fence);
    measure("doorbell-invalidation", one_invalidation);
    measure("doorbell-fence", one_fence);
    measure_times("doorbell-many", many_invalidations_and_fence, TIMES_MANY);
    measure("map-strict", strict_page);
    measure_times("map-strict-16", strict_run, TIMES_MANY);
    measure_times("map-batched-64", batched, TIMES_MANY);
    must(good, "a page was not mapped or unmapped");
    bench_message(&edu);
}

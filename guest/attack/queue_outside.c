/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything of the virtual IOMMU that has an address, given one that is not the guest's: queues,
 * directories and what is in them, first stages, the word that a fence stores, its own messages.
 * The hypervisor reads and writes those for the guest; one that is not checked reads or writes there.
 */
#include "guest/attack/dma.h"

#define MESSAGE_REFUSED 273U       /* RISC-V IOMMU 1.0.1, table of causes */
#define MODES           3U
#define IDENTITY        5U
#define NO_MEMORY       3U         /* kinds that want memory */

static struct iommu *const iommu = &dma.iommu;

static uint64_t base_of(uint64_t address, uint32_t log2)
{
    return address >> PAGE_SHIFT << PPN_SHIFT | (log2 - 1U);
}

static void commands(struct tally *t, uint64_t address)
{
    iommu_set32(iommu, IOMMU_CQCSR, 0);
    iommu_set64(iommu, IOMMU_CQB, base_of(address, 8));
    iommu_set32(iommu, IOMMU_CQCSR, QUEUE_ENABLE);
    iommu_set32(iommu, IOMMU_CQT, 255);
    refusal(t, "a command queue", address, iommu_get32(iommu, IOMMU_CQCSR),
            iommu_await(iommu, IOMMU_CQCSR, CQCSR_CQMF, CQCSR_CQMF)
                && iommu_get32(iommu, IOMMU_CQH) == 0U);
}

static void records(struct tally *t, uint64_t address)
{
    (void)iommu_faults_stop(iommu);
    iommu_set64(iommu, IOMMU_FQB, base_of(address, 7));
    iommu_set32(iommu, IOMMU_FQCSR, QUEUE_ENABLE);
    dma_fire(0);                   /* nothing is mapped there */
    refusal(t, "a fault queue", address, iommu_get32(iommu, IOMMU_FQCSR),
            iommu_await(iommu, IOMMU_FQCSR, FQCSR_FQMF, FQCSR_FQMF));
    dma_rest();
}

static void directories(struct tally *t, uint64_t address)
{
    for (uint32_t mode = DDTP_1LVL; mode < DDTP_1LVL + MODES; mode++) {
        iommu_set64(iommu, IOMMU_DDTP, address >> PAGE_SHIFT << PPN_SHIFT | mode);
        verdict(t, "ddtp", address, mode,
                iommu_await(iommu, IOMMU_DDTP, (uint32_t)(DDTP_BUSY | DDTP_MODE_MASK), mode));
        dma_refused(t, "a directory", DMA_IOVA, DMA_CONFIGURATION);
    }
}

/* A word that the fence stores. The queue stops, and is begun anew. */
static void fences(struct tally *t, uint64_t address)
{
    struct iommu_command fence = iommu_fence_store((const volatile uint32_t *)address, IDENTITY);

    (void)iommu_submit(iommu, &fence, 1);
    refusal(t, "a fence's store", address, iommu_get32(iommu, IOMMU_CQCSR),
            iommu_await(iommu, IOMMU_CQCSR, CQCSR_CQMF, CQCSR_CQMF));
    dma_begin(t);
}

/* Its own message, about a command that is illegal. */
static void messages(struct tally *t, uint64_t address)
{
    const struct iommu_command illegal = { { UINT64_MAX, UINT64_MAX } };
    struct iommu_fault fault = { 0 };

    (void)iommu_commands_stop(iommu);
    (void)iommu_faults_stop(iommu);
    (void)iommu_signals(iommu, false, 0, 1);
    iommu_message(iommu, 0, address, IDENTITY);
    verdict(t, "queues", address, 0, dma_queues(true));
    (void)iommu_submit(iommu, &illegal, 1);
    refusal(t, "a message", address, fault.cause,
            iommu_fault_wait(iommu, &fault, IOMMU_PATIENCE_MS) && fault.cause == MESSAGE_REFUSED
                && fault.iotval == address);
    dma_begin(t);
}

void attack_queue_outside(struct tally *t)
{
    static void (*const kinds[])(struct tally *, uint64_t) = {
        commands, records, directories, fences, messages
    };
    uint64_t address;
    struct window window;

    for (uint32_t kind = 0; kind < COUNT(kinds); kind++) {
        dma_begin(t);
        for (uint32_t n = 0; dma_foreign(n, &address); n++) {
            kinds[kind](t, address);
        }
        /* Fences and messages may go to the guest's own interrupt files. */
        for (uint32_t n = 0; kind < NO_MEMORY && own_window(n, &window); n++) {
            kinds[kind](t, window.base);
        }
    }
    dma_still_works(t, false);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The fault queue: order, wrapping, overflow, memory that is none. 3.2, 5.16. */
#include <stddef.h>

#include "guest/iommutest/iommutest.h"
#include "guest/lib/sleep.h"

/* An access that leaves no record has been thought about by now: what records it is not waited for,
 * and would not be taken if it came later. */
#define SETTLED_MS 300U

static uint32_t csr(void) { return iommu_get32(&iommu, IOMMU_FQCSR); }

/* A record each for so many words, one after the other: pages from BASE on are not mapped. */
static void make(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        (void)device_writes(0, BASE + i * IOMMU_4K, sizeof(uint32_t));
    }
}

static bool take(uint32_t first, uint32_t count)
{
    bool good = true;

    for (uint32_t i = 0; i < count; i++) {
        good = faulted_at(0, CAUSE_WRITE_PAGE, TTYP_WRITE, BASE + (first + i) * IOMMU_4K) && good;
    }
    return good;
}

static void ring(void)
{
    bool good = true;

    topic("fault queue");
    check(world_reset() && world_translate(1, FSC_SV39), "translation is on");
    check(iommu_faults_start(&iommu, fault_entries, 2, false), "a queue of four");
    make(3);
    check(take(0, 3) && no_fault(), "three records, in order");
    for (uint32_t i = 0; i < 3U; i++) {
        make(2);
        good = take(0, 2) && good;
    }
    check(good && no_fault(), "it wraps");
    check((csr() & (FQCSR_FQOF | FQCSR_FQMF)) == 0U, "no error");
}

static void overflow(void)
{
    topic("fault queue overflow");
    check(iommu_faults_start(&iommu, fault_entries, 2, false), "a queue of four");
    make(3);
    check(iommu_await(&iommu, IOMMU_FQT, UINT32_MAX, 3) && (csr() & FQCSR_FQOF) == 0U, "full");
    make(1);
    check(iommu_await(&iommu, IOMMU_FQCSR, FQCSR_FQOF, FQCSR_FQOF), "one more overflows it");
    check(take(0, 3), "the first three are kept");
    make(1);
    sleep_ms(SETTLED_MS);
    check(no_fault(), "nothing is recorded until that is cleared");
    iommu_set32(&iommu, IOMMU_FQCSR, QUEUE_ENABLE | FQCSR_FQOF);
    check((csr() & FQCSR_FQOF) == 0U, "it can be cleared");
    make(2);
    check(take(0, 2) && no_fault(), "then records come again");
}

static void off(void)
{
    topic("fault queue off");
    check(iommu_faults_stop(&iommu), "it is off");
    check(device_refused(0, BASE), "what is refused is refused all the same");
    sleep_ms(SETTLED_MS);
    check(iommu_faults_start(&iommu, fault_entries, FAULTS_LOG2, false) && no_fault(),
          "and leaves no record");
    make(1);
    check(take(0, 1), "on again, there is one");
}

static void memory(void)
{
    topic("memory faults of records");
    (void)iommu_faults_stop(&iommu);
    iommu_set64(&iommu, IOMMU_FQB, BEYOND >> PAGE_SHIFT << PPN_SHIFT | (FAULTS_LOG2 - 1U));
    iommu_set32(&iommu, IOMMU_FQH, 0);
    iommu_set32(&iommu, IOMMU_FQCSR, QUEUE_ENABLE);
    check(iommu_await(&iommu, IOMMU_FQCSR, QUEUE_ON | QUEUE_BUSY, QUEUE_ON),
          "a queue beyond memory");
    make(1);
    check(iommu_await(&iommu, IOMMU_FQCSR, FQCSR_FQMF, FQCSR_FQMF)
          && iommu_get32(&iommu, IOMMU_FQT) == 0U, "fqmf, and no record");
    check(iommu_faults_start(&iommu, fault_entries, FAULTS_LOG2, false)
          && (csr() & (FQCSR_FQOF | FQCSR_FQMF)) == 0U, "a new queue has no errors");
    make(1);
    check(take(0, 1) && no_fault(), "and takes records");
}

void test_fault_queue(void)
{
    ring();
    overflow();
    off();
    memory();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/attack/tables.h"

#include "guest/attack/attack.h"
#include "guest/lib/csr.h"
#include "guest/lib/iommu_regs.h"

#define RIGHTS       (PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D)
#define TO(address)  ((address) >> PAGE_SHIFT << PPN_SHIFT)
#define SATP_SV39    (UINT64_C(8) << 60)
#define GIGA_SHIFT   30U
#define OWN          4U            /* gigabytes, as they are */
#define WINDOW_ENTRY 256U          /* the upper half of all addresses begins there, */
#define WINDOW       (UINT64_MAX << 38) /* which is this one */

static uint64_t root[512] __attribute__((aligned(PAGE)));
static uint64_t middle[512] __attribute__((aligned(PAGE)));
static volatile uint64_t last[512] __attribute__((aligned(PAGE)));

static void show(uint64_t entry)
{
    for (uint64_t i = 0; i < OWN; i++) {
        root[i] = TO(i << GIGA_SHIFT) | RIGHTS;
    }
    root[WINDOW_ENTRY] = entry;
    csr_write(CSR_SATP, SATP_SV39 | (uint64_t)root >> PAGE_SHIFT);
    __asm__ volatile("sfence.vma" ::: "memory");
}

void tables_point(uint64_t address)
{
    show(TO(address >> GIGA_SHIFT << GIGA_SHIFT) | RIGHTS);
}

uint64_t tables_window(uint64_t address)
{
    return WINDOW + (address & ((UINT64_C(1) << GIGA_SHIFT) - 1U));
}

void tables_lead(uint64_t address)
{
    show(TO(address) | PTE_V);
}

void tables_page_is(uint64_t address, uint64_t flags)
{
    last[0] = TO(address) | flags;
}

void tables_page(uint64_t address, uint64_t flags)
{
    middle[0] = TO((uint64_t)last) | PTE_V;
    tables_page_is(address, flags);
    show(TO((uint64_t)middle) | PTE_V);
}

void tables_off(void)
{
    csr_write(CSR_SATP, 0);
    __asm__ volatile("sfence.vma" ::: "memory");
}

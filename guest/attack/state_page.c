/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stores to the registers of the virtual IOMMU, which are a page that the guest reads directly: in
 * every way and width that is none of a driver's, and over the page's ends. One that reached the
 * page would forge registers; one that the hypervisor took for another would be done as that.
 */
#include "guest/attack/dma.h"

#include <string.h>

#define WORDS     (PAGE / 8U)
#define REGISTERS 1024U          /* bytes in which there are some: RISC-V IOMMU 1.0.1, 5.1 */
#define STEP      61U            /* behind them */

static uint64_t before[WORDS];

static const volatile uint64_t *page(void)
{
    return (const volatile uint64_t *)dma.iommu.base;
}

static void compare(struct tally *t, const char *how)
{
    for (uint32_t i = 0; i < WORDS; i++) {
        verdict(t, how, i * 8U, page()[i], page()[i] == before[i]);
    }
}

/* Whether a store of that way may do what a register is for. */
static bool is_a_drivers(const struct way *way, uint32_t offset)
{
    return (way->op == probe_store4 || way->op == probe_store8) && offset % way->width == 0U;
}

static void every_offset(struct tally *t, const struct way *way)
{
    for (uint32_t offset = 0; offset < PAGE; offset += offset < REGISTERS ? 1U : STEP) {
        bool faults = way->is_store && way->width > 2U && offset % way->width != 0U;

        if (!is_a_drivers(way, offset)) {
            attempt(t, way->name, way->op, dma.iommu.base + offset, UINT64_MAX,
                    way->rare | (faults ? ODD_STORE & ~NO_EXCEPTION : ODD_STORE | ODD_LOAD));
        }
    }
    compare(t, way->name);
}

/* The right way, to what is read-only or not there. */
static void not_writable(struct tally *t)
{
    static const struct { uint32_t from, to; } none[] = {
        { IOMMU_CAPABILITIES, IOMMU_FCTL }, { IOMMU_FCTL + 4U, IOMMU_DDTP },
        { IOMMU_CQH, IOMMU_CQT }, { IOMMU_FQT, IOMMU_CQCSR }, { IOMMU_FQCSR + 4U, IOMMU_IPSR },
        { IOMMU_IPSR + 4U, IOMMU_ICVEC }, { IOMMU_MSI_CFG_TBL + 2U * MSI_ENTRY, PAGE },
    };

    for (uint32_t i = 0; i < COUNT(none); i++) {
        for (uint32_t offset = none[i].from; offset < none[i].to; offset += 4U) {
            attempt(t, "sw to nothing", probe_store4, dma.iommu.base + offset, UINT64_MAX,
                    NO_EXCEPTION);
            if (offset % 8U == 0U && offset + 8U <= none[i].to) {
                attempt(t, "sd to nothing", probe_store8, dma.iommu.base + offset, UINT64_MAX,
                        NO_EXCEPTION);
            }
        }
    }
    compare(t, "what is read-only has changed");
}

void attack_state_page(struct tally *t)
{
    dma_begin(t);
    memcpy(before, (const void *)dma.iommu.base, PAGE);
    for (uint32_t w = 0; w < way_count; w++) {
        if (ways[w].is_store || ways[w].rare != 0U) {
            every_offset(t, &ways[w]);
        }
    }
    for (uint64_t back = 1; back < 8U; back++) {
        attempt(t, "store over its begin", probe_store8, dma.iommu.base - back, UINT64_MAX,
                ANY(CAUSE_STORE_MISALIGNED) | ANY(CAUSE_STORE_ACCESS));
    }
    compare(t, "store over an end");
    not_writable(t);
    dma_still_works(t, false);
}

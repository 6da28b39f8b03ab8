/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/vcpu/hw/fence.h"

#include "hyp/vcpu/fence_range.h"

static void fence_instructions(void)
{
    __asm__ volatile("fence.i" : : : "memory");
}

static void hfence_vvma_all(void)
{
    __asm__ volatile(".option push\n.option arch, +h\nhfence.vvma\n.option pop" : : : "memory");
}

static void hfence_vvma_page(uint64_t address)
{
    __asm__ volatile(".option push\n.option arch, +h\nhfence.vvma %0\n.option pop"
                     : : "r"(address) : "memory");
}

static void hfence_vvma_asid(uint64_t asid)
{
    __asm__ volatile(".option push\n.option arch, +h\nhfence.vvma zero, %0\n.option pop"
                     : : "r"(asid) : "memory");
}

static void hfence_vvma_page_asid(uint64_t address, uint64_t asid)
{
    __asm__ volatile(".option push\n.option arch, +h\nhfence.vvma %0, %1\n.option pop"
                     : : "r"(address), "r"(asid) : "memory");
}

static void fence_all(enum fence_kind kind, uint64_t asid)
{
    if (kind == FENCE_VMA_ASID) {
        hfence_vvma_asid(asid);
    } else {
        hfence_vvma_all();
    }
}

void fence_local(enum fence_kind kind, uint64_t start, uint64_t size, uint64_t asid)
{
    if (kind == FENCE_I) {
        fence_instructions();
        return;
    }
    uint64_t pages = fence_range_pages(start, size);

    if (pages == 0U) {
        fence_all(kind, asid);
        return;
    }
    /* Counted, not compared by address: so it ends for a range at the top of all addresses too. */
    uint64_t page = align_down(start, PAGE_SIZE);
    do {
        if (kind == FENCE_VMA_ASID) {
            hfence_vvma_page_asid(page, asid);
        } else {
            hfence_vvma_page(page);
        }
        page += PAGE_SIZE;
        pages--;
    } while (pages != 0U);
}

void fence_local_all(void)
{
    fence_instructions();
    hfence_vvma_all();
}

void fence_gstage(void)
{
    __asm__ volatile(".option push\n.option arch, +h\nhfence.gvma\n.option pop" : : : "memory");
}

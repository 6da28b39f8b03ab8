/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's own page tables as a weapon: leaves that point at foreign memory, and tables that lie
 * in foreign memory, so that the hart's walk itself goes there.
 *
 * Privileged architecture, "Sv39".
 */
#include "guest/hostile/hostile.h"

#include "guest/lib/csr.h"

#define PTE_V     UINT64_C(0x01)
#define PTE_RWXAD UINT64_C(0xce)
#define PTE_PPN(address) ((address) >> 12 << 10)
#define SATP_SV39 (UINT64_C(8) << 60)
#define GIGA_SHIFT 30U
#define FIRST_FREE 256U  /* root entries from here on (the upper half) are for the attack */

static uint64_t root[512] __attribute__((aligned(4096)));

static const uint64_t foreign[] = {
    0x0, 0x100000, 0x2000000, 0x10001000, 0x28001000, 0x28004000, 0x3010000, 0x30000000,
    0x4000000000, 0x10000000000, 0x80000000000000,
};

static void use(uint64_t satp)
{
    csr_write(CSR_SATP, satp);
    __asm__ volatile("sfence.vma" ::: "memory");
}

void attack_paging(struct tally *t)
{
    /* The upper half of Sv39's addresses: root entry FIRST_FREE is -256 GiB. */
    uint64_t window = UINT64_MAX << 38;

    for (uint32_t i = 0; i < 4U; i++) {
        root[i] = PTE_PPN((uint64_t)i << GIGA_SHIFT) | PTE_RWXAD | PTE_V; /* identity: its own map */
    }
    for (uint32_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
        uint64_t address = foreign[i], gigabyte = address >> GIGA_SHIFT << GIGA_SHIFT;
        uint64_t inside = window + (address - gigabyte);

        if (is_mine(address, 4096)) {
            continue;
        }
        root[FIRST_FREE] = PTE_PPN(gigabyte) | PTE_RWXAD | PTE_V; /* a leaf there */
        use(SATP_SV39 | (uint64_t)root >> 12);
        attempt(t, "load through a leaf", probe_load, inside, 8, ANY(CAUSE_LOAD_ACCESS));
        attempt(t, "store through a leaf", probe_store8, inside, 1, ANY(CAUSE_STORE_ACCESS));
        attempt(t, "fetch through a leaf", probe_fetch, inside, 0, ANY(CAUSE_FETCH_ACCESS));
        attempt(t, "amo through a leaf", probe_amo4, inside, 0, ANY(CAUSE_STORE_ACCESS));
        root[FIRST_FREE] = PTE_PPN(address) | PTE_V;              /* the next table there */
        use(SATP_SV39 | (uint64_t)root >> 12);
        attempt(t, "load through a table", probe_load, window, 8, ANY(CAUSE_LOAD_ACCESS));
        attempt(t, "store through a table", probe_store8, window, 1, ANY(CAUSE_STORE_ACCESS));
        attempt(t, "fetch through a table", probe_fetch, window, 0, ANY(CAUSE_FETCH_ACCESS));
    }
    use(0);
}

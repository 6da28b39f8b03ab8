/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Page-table entries and hgatp, declared once. Pure.
 *
 * Privileged architecture: the entry format of "Sv39: Page-Based 39-bit Virtual-Memory System",
 * which Sv48, Sv57 and the G-stage modes share; "Guest Physical Address Translation" for the wider
 * root; "Hypervisor Guest Address Translation and Protection (hgatp) Register", HSXLEN = 64.
 */
#ifndef HYP_MEM_PTE_H
#define HYP_MEM_PTE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"

#define PTE_V (UINT64_C(1) << 0)  /* valid */
#define PTE_R (UINT64_C(1) << 1)  /* R=W=X=0: pointer to the next level; W without R is reserved */
#define PTE_W (UINT64_C(1) << 2)
#define PTE_X (UINT64_C(1) << 3)
#define PTE_U (UINT64_C(1) << 4)  /* must be 1 in a G-stage leaf: all accesses count as user's */
#define PTE_G (UINT64_C(1) << 5)  /* ignored by the G-stage; 0 here */
#define PTE_A (UINT64_C(1) << 6)
#define PTE_D (UINT64_C(1) << 7)
/* 9:8 RSW, for software; 60:54 reserved; 62:61 PBMT (Svpbmt); 63 N (Svnapot): all 0 here */
#define PTE_PPN_SHIFT 10U         /* 53:10 */
#define PTE_PPN_BITS  44U
#define PTE_PPN_MASK  ((UINT64_C(1) << PTE_PPN_BITS) - 1U)

#define PTE_INDEX_BITS 9U         /* of a guest physical address, for each level but the root */
#define PTE_ENTRIES    (UINT64_C(1) << PTE_INDEX_BITS)
#define PTE_ROOT_EXTRA_BITS 2U    /* the G-stage's root index is two bits wider */
#define PTE_ROOT_PAGES (UINT64_C(1) << PTE_ROOT_EXTRA_BITS) /* and its table 16 KiB */

/* A supervisor physical address has 56 bits. */
#define PTE_PA_LIMIT (UINT64_C(1) << (PTE_PPN_BITS + PAGE_SHIFT))

/* hgatp */
#define HGATP_MODE_SHIFT 60U      /* 63:60 */
#define HGATP_VMID_SHIFT 44U      /* 57:44 */
#define HGATP_VMID_MASK  UINT64_C(0x3fff)
#define HGATP_PPN_MASK   ((UINT64_C(1) << 44) - 1U) /* 43:0 */

static inline uint64_t pte_make(pa_t address, uint64_t bits)
{
    return (address.v >> PAGE_SHIFT) << PTE_PPN_SHIFT | bits;
}

static inline pa_t pte_address(uint64_t pte)
{
    return pa(((pte >> PTE_PPN_SHIFT) & PTE_PPN_MASK) << PAGE_SHIFT);
}

static inline bool pte_is_leaf(uint64_t pte)
{
    return (pte & (PTE_R | PTE_W | PTE_X)) != 0U;
}

/* Bytes that one entry of a table at this level covers; level 0 holds the 4 KiB leaves. */
static inline uint64_t pte_span(uint32_t level)
{
    return PAGE_SIZE << (level * PTE_INDEX_BITS);
}

#endif

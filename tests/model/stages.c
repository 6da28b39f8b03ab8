/* SPDX-License-Identifier: Apache-2.0 */
/* What both stages have in common: the format of page tables, privileged architecture, "Sv32:
 * Page-Based 32-bit Virtual-Memory Systems" to "Sv57", "Svnapot", "Svpbmt". */
#include "tests/model/inside.h"

/* mode is not Bare. The x4 forms have 2 bits more in the index of the root. */
struct scheme scheme_of(unsigned mode, bool narrow, bool second)
{
    const unsigned levels = narrow ? 2U : mode - ATP_SV39 + 3U;
    const unsigned index_bits = narrow ? 10U : 9U;

    return (struct scheme){ .levels = levels, .index_bits = index_bits,
                            .pte_bytes = narrow ? 4U : 8U,
                            .va_bits = MODEL_PAGE_SHIFT + levels * index_bits + (second ? 2U : 0U),
                            .second = second };
}

/* How much an entry of a level maps. */
unsigned level_log2(const struct scheme *scheme, unsigned level)
{
    return MODEL_PAGE_SHIFT + level * scheme->index_bits;
}

uint64_t pte_address(const struct scheme *scheme, uint64_t table, unsigned level, uint64_t va)
{
    const bool root = level + 1U == scheme->levels;
    const unsigned bits = scheme->index_bits + (root && scheme->second ? 2U : 0U);

    return table + FIELD(va, level_log2(scheme, level), bits) * scheme->pte_bytes;
}

static uint64_t ppn_of(const struct scheme *scheme, uint64_t pte)
{
    return scheme->pte_bytes == 4U ? PTE_PPN32(pte) : ENTRY_PPN(pte);
}

uint64_t pte_next(const struct scheme *scheme, uint64_t pte)
{
    return ppn_of(scheme, pte) << MODEL_PAGE_SHIFT;
}

bool pte_looks_like_leaf(uint64_t pte)
{
    return (pte & (PTE_R | PTE_W | PTE_X)) != 0U;
}

/* Svnapot has one size: 64 KiB, said by a PPN that ends in 1000. */
enum { NAPOT_BITS = 4, NAPOT_PATTERN = 8 };

static bool reserved_bits(const struct model *model, const struct scheme *scheme, unsigned level,
                          uint64_t pte, bool leaf)
{
    const unsigned software = has(model, CAP_SVRSW60T59B) ? 2U : 0U;
    bool reserved = !leaf && (pte & (PTE_D | PTE_A | PTE_U)) != 0U;

    if (scheme->pte_bytes == 8U) {
        const uint64_t pbmt = PTE_PBMT(pte);

        reserved = reserved || FIELD(pte, 54, 7U - software) != 0U
            || (pbmt != 0U && (!has(model, CAP_SVPBMT) || pbmt == 3U || !leaf))
            || ((pte & PTE_N) != 0U
                && (!leaf || level != 0U || FIELD(ENTRY_PPN(pte), 0, NAPOT_BITS) != NAPOT_PATTERN));
    }
    return reserved;
}

enum pte_kind pte_decode(const struct model *model, const struct scheme *scheme, unsigned level,
                         uint64_t pte)
{
    const bool leaf = pte_looks_like_leaf(pte);
    const unsigned superpage_bits = level_log2(scheme, level) - MODEL_PAGE_SHIFT;
    const bool misaligned = leaf && FIELD(ppn_of(scheme, pte), 0, superpage_bits) != 0U;

    if ((pte & PTE_V) == 0U || (pte & (PTE_R | PTE_W)) == PTE_W || misaligned
        || (!leaf && level == 0U) || reserved_bits(model, scheme, level, pte, leaf)) {
        return PTE_BAD;
    }
    return leaf ? PTE_LEAF : PTE_POINTER;
}

struct mapped pte_map(const struct scheme *scheme, unsigned level, uint64_t pte, uint64_t va)
{
    const bool napot = scheme->pte_bytes == 8U && (pte & PTE_N) != 0U;
    const unsigned log2 = level_log2(scheme, level) + (napot ? NAPOT_BITS : 0U);
    const uint64_t base = (ppn_of(scheme, pte) << MODEL_PAGE_SHIFT) & ~ONES(log2);

    return (struct mapped){
        .address = base | (va & ONES(log2)), .size_log2 = log2,
        .granted = ((pte & PTE_R) ? (unsigned)MODEL_R : 0U)
            | ((pte & PTE_W) ? (unsigned)MODEL_W : 0U) | ((pte & PTE_X) ? (unsigned)MODEL_X : 0U),
        .pbmt = scheme->pte_bytes == 8U ? (unsigned)PTE_PBMT(pte) : 0U,
        .global = (pte & PTE_G) != 0U
    };
}

/* "A fault corresponding to the original access type." An ATS request asks to read, or to
 * execute. */
struct fault stage_fault(const struct context *context, enum fault_kind kind, uint64_t iotval2)
{
    static const enum cause causes[][3] = {
        [FAULT_ACCESS] = { CAUSE_INSTRUCTION_ACCESS, CAUSE_READ_ACCESS, CAUSE_WRITE_ACCESS },
        [FAULT_PAGE] = { CAUSE_INSTRUCTION_PAGE, CAUSE_READ_PAGE, CAUSE_WRITE_PAGE },
        [FAULT_GUEST_PAGE] = { CAUSE_INSTRUCTION_GUEST_PAGE, CAUSE_READ_GUEST_PAGE,
                               CAUSE_WRITE_GUEST_PAGE }
    };
    const unsigned type = (context->want & MODEL_X) != 0U ? 0U
        : (context->want & MODEL_W) != 0U && !context->partial ? 2U : 1U;

    return (struct fault){ causes[kind][type], kind == FAULT_GUEST_PAGE ? iotval2 : 0U };
}

/* An access to a page table that memory refused. */
struct fault memory_fault(const struct context *context, enum mem_status status)
{
    return status == MEM_CORRUPT ? (struct fault){ CAUSE_PT_CORRUPTION, 0U }
                                 : stage_fault(context, FAULT_ACCESS, 0U);
}

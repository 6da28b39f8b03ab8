/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The supervisor-level IMSIC and APLIC (bindings interrupt-controller/riscv,imsics and riscv,aplic;
 * AIA 3.6 for the arrangement of interrupt files, 4.9.1 for hart numbers in MSI addresses).
 */
#include <libfdt.h>

#include "platform/aplic_regs.h"
#include "platform/board_read.h"

#define S_EXTERNAL         9U   /* interrupt of a hart that a supervisor-level file raises */
#define GUEST_BITS_MAX     6U   /* GEILEN is at most 63 */
#define HART_NUMBER_BITS   14U  /* an APLIC target has 14 bits for group and hart */
#define IDS_MIN            63U  /* AIA 3.1: 63 to 2047 identities, one less than a multiple of 64 */
#define IDS_MAX            2047U
#define GROUP_SHIFT_MIN    24U  /* AIA 4.9.1: HHXS counts from bit 24 of the address */
#define REGION_MAX         (UINT64_C(1) << (PAGE_SHIFT + GUEST_BITS_MAX + HART_NUMBER_BITS))

static uint32_t read_or(const void *fdt, int node, const char *name, uint32_t otherwise)
{
    uint32_t value = otherwise;

    (void)fdt_read_u32(fdt, node, name, &value);
    return value;
}

/* The least number of bits that count `count` things. */
static uint32_t bits_for(uint32_t count)
{
    uint32_t bits = 0U;

    while (bits < 32U && UINT64_C(1) << bits < count) {
        bits++;
    }
    return bits;
}

static bool ids_are_valid(uint32_t ids)
{
    return ids >= IDS_MIN && ids <= IDS_MAX && (ids + 1U) % 64U == 0U;
}

static bool read_numbers(struct board_reader *r, struct board_imsic *imsic, uint32_t files)
{
    const void *fdt = r->fdt;
    int node = imsic->node;

    imsic->guest_index_bits = read_or(fdt, node, "riscv,guest-index-bits", 0U);
    imsic->hart_index_bits = read_or(fdt, node, "riscv,hart-index-bits", bits_for(files));
    imsic->group_index_bits = read_or(fdt, node, "riscv,group-index-bits", 0U);
    imsic->group_index_shift = read_or(fdt, node, "riscv,group-index-shift", GROUP_SHIFT_MIN);
    imsic->num_ids = read_or(fdt, node, "riscv,num-ids", 0U);
    imsic->num_guest_ids = read_or(fdt, node, "riscv,num-guest-ids", imsic->num_ids);

    if (!ids_are_valid(imsic->num_ids) || !ids_are_valid(imsic->num_guest_ids)) {
        diag_error(r->d, board_path(r, node), "riscv,num-ids",
                   "%u identities, and %u in guest files: there must be 63 to 2047, one less than "
                   "a multiple of 64", imsic->num_ids, imsic->num_guest_ids);
        return false;
    }
    bool index_fits = imsic->guest_index_bits <= GUEST_BITS_MAX &&
                      imsic->hart_index_bits <= HART_NUMBER_BITS &&
                      imsic->group_index_bits <= HART_NUMBER_BITS - imsic->hart_index_bits;
    bool group_fits = imsic->group_index_bits == 0U ||
                      (imsic->group_index_shift >= GROUP_SHIFT_MIN &&
                       imsic->group_index_shift <= 63U - imsic->group_index_bits &&
                       imsic->group_index_shift >= PAGE_SHIFT + imsic->guest_index_bits +
                                                       imsic->hart_index_bits);
    if (!index_fits || !group_fits) {
        diag_error(r->d, board_path(r, node), NULL,
                   "the index fields do not fit: guest %u bits (at most %u), hart %u and group %u "
                   "bits (together at most %u), group from bit %u",
                   imsic->guest_index_bits, GUEST_BITS_MAX, imsic->hart_index_bits,
                   imsic->group_index_bits, HART_NUMBER_BITS, imsic->group_index_shift);
        return false;
    }
    return true;
}

/* What all files of the IMSIC have in common: the address without guest, hart and group index. */
static uint64_t common_base(const struct board_imsic *imsic, uint64_t address)
{
    uint64_t index = board_bits_mask(PAGE_SHIFT + imsic->guest_index_bits + imsic->hart_index_bits);

    if (imsic->group_index_bits != 0U) {
        index |= board_bits_mask(imsic->group_index_bits) << imsic->group_index_shift;
    }
    return address & ~index;
}

static bool read_regions(struct board_reader *r, struct board_imsic *imsic)
{
    struct pa_range region;
    enum fdt_read_result result = fdt_read_reg(r->tree, imsic->node, 0U, &region);

    while (result == FDT_READ_OK && imsic->region_count < BOARD_MAX_IMSIC_REGIONS) {
        uint64_t expected = common_base(imsic, imsic->region_count == 0U
                                                   ? region.base.v : imsic->regions[0].base.v);
        if (!is_aligned(region.base.v, board_imsic_stride(imsic)) || region.size > REGION_MAX ||
            common_base(imsic, region.base.v) != expected) {
            diag_error(r->d, board_path(r, imsic->node), "reg",
                       "region 0x%llx, 0x%llx bytes, does not fit the index fields of the IMSIC: "
                       "the base must be a multiple of 0x%llx and begin as 0x%llx does",
                       (unsigned long long)region.base.v, (unsigned long long)region.size,
                       (unsigned long long)board_imsic_stride(imsic), (unsigned long long)expected);
            return false;
        }
        imsic->regions[imsic->region_count] = region;
        imsic->region_count++;
        result = fdt_read_reg(r->tree, imsic->node, imsic->region_count, &region);
    }
    if (result != FDT_READ_END || imsic->region_count == 0U) {
        diag_error(r->d, board_path(r, imsic->node), "reg",
                   "region %u is missing, malformed, or past the limit of %u", imsic->region_count,
                   BOARD_MAX_IMSIC_REGIONS);
        return false;
    }
    return true;
}

/* Position of the hart's interrupt controller in interrupts-extended, or files if it is absent. */
static uint32_t find_index(struct fdt_cells parents, uint32_t files, uint32_t intc)
{
    uint32_t i = 0U;

    while (i < files && fdt_cell(parents, 2U * i) != intc) {
        i++;
    }
    return i;
}

/* Every hart has files of its own, inside the regions. */
static void assign_files(struct board_reader *r, const struct board_imsic *imsic,
                         struct fdt_cells parents, uint32_t files)
{
    struct board *b = r->board;

    for (uint32_t i = 0U; i < b->hart_count; i++) {
        struct board_hart *hart = &b->harts[i];
        pa_t file;

        hart->imsic_index = find_index(parents, files, hart->intc_phandle);
        if (hart->imsic_index == files) {
            diag_error(r->d, board_path(r, imsic->node), "interrupts-extended",
                       "hart %llu has no interrupt file in this IMSIC",
                       (unsigned long long)hart->id);
            continue;
        }
        if (!board_find_imsic_file(imsic, hart->imsic_index, &file) ||
            common_base(imsic, file.v) != common_base(imsic, imsic->regions[0].base.v)) {
            diag_error(r->d, board_path(r, imsic->node), "reg",
                       "the interrupt files of hart %llu, number %u with 0x%llx bytes for each, "
                       "lie outside the regions or the index fields", (unsigned long long)hart->id,
                       hart->imsic_index,
                       (unsigned long long)board_imsic_stride(imsic));
            continue;
        }
        for (uint32_t j = 0U; j < i; j++) {
            pa_t other;
            if (board_find_imsic_file(imsic, b->harts[j].imsic_index, &other) && other.v == file.v) {
                diag_error(r->d, board_path(r, imsic->node), "reg",
                           "harts %llu and %llu share the interrupt file 0x%llx",
                           (unsigned long long)b->harts[j].id, (unsigned long long)hart->id,
                           (unsigned long long)file.v);
            }
        }
    }
}

/* The phandle of a controller must lead back to it, or MSIs and lines go to another one. */
static bool read_own_phandle(struct board_reader *r, int node, uint32_t *phandle)
{
    *phandle = fdt_tree_phandle(r->tree, node);
    if (*phandle == 0U || fdt_tree_by_phandle(r->tree, *phandle) != node) {
        diag_error(r->d, board_path(r, node), "phandle",
                   "the phandle 0x%x is missing or belongs to another node too", *phandle);
        return false;
    }
    return true;
}

void board_read_imsic(struct board_reader *r)
{
    struct board_imsic imsic = { .present = true };
    struct fdt_cells parents = { 0 };
    int node = board_next_compatible(r->tree, -1, "riscv,imsics");

    while (node >= 0 && !(fdt_read_cells(r->fdt, node, "interrupts-extended", &parents) &&
                          fdt_cell(parents, 1U) == S_EXTERNAL)) {
        node = board_next_compatible(r->tree, node, "riscv,imsics");
    }
    if (node < 0) {
        return;
    }
    imsic.node = node;
    uint32_t files = parents.count / 2U;
    for (uint32_t i = 0U; i < files; i++) {
        if (fdt_cell(parents, 2U * i + 1U) != S_EXTERNAL || parents.count % 2U != 0U) {
            diag_error(r->d, board_path(r, node), "interrupts-extended",
                       "entry %u is not interrupt %u of a hart, as the first one is", i,
                       S_EXTERNAL);
            return;
        }
    }
    if (read_own_phandle(r, node, &imsic.phandle) && read_numbers(r, &imsic, files) &&
        read_regions(r, &imsic)) {
        assign_files(r, &imsic, parents, files);
        r->board->imsic = imsic;
    }
}

void board_read_aplic(struct board_reader *r)
{
    struct board_aplic aplic = { .present = true };
    struct fdt_cells msi_parent;
    int node = board_next_compatible(r->tree, -1, "riscv,aplic");

    while (node >= 0 && !(r->board->imsic.present &&
                          fdt_read_cells(r->fdt, node, "msi-parent", &msi_parent) &&
                          fdt_cell(msi_parent, 0U) == r->board->imsic.phandle)) {
        node = board_next_compatible(r->tree, node, "riscv,aplic");
    }
    if (node < 0) {
        return;
    }
    aplic.node = node;
    aplic.sources = read_or(r->fdt, node, "riscv,num-sources", 0U);
    if (aplic.sources == 0U || aplic.sources > APLIC_MAX_SOURCES) {
        diag_error(r->d, board_path(r, node), "riscv,num-sources",
                   "%u sources: there must be 1 to %u", aplic.sources, APLIC_MAX_SOURCES);
        return;
    }
    if (fdt_read_reg(r->tree, node, 0U, &aplic.reg) != FDT_READ_OK ||
        aplic.reg.size < APLIC_IDC || !is_aligned(aplic.reg.base.v, PAGE_SIZE)) {
        diag_error(r->d, board_path(r, node), "reg",
                   "the registers of the APLIC are missing, misaligned, or smaller than 0x%x bytes",
                   APLIC_IDC);
        return;
    }
    aplic.msi_only = !fdt_read_has(r->fdt, node, "interrupts-extended");
    if (read_own_phandle(r, node, &aplic.phandle)) {
        r->board->aplic = aplic;
    }
}

enum board_irq_result board_judge_irq(const struct board *board, const struct fdt_interrupt *irq,
                                      uint32_t *source, uint32_t *flags)
{
    if (!board->aplic.present || irq->controller != board->aplic.node) {
        return BOARD_IRQ_FOREIGN;
    }
    if (irq->count != 2U || irq->cells[0] == 0U || irq->cells[0] > board->aplic.sources) {
        return BOARD_IRQ_BAD;
    }
    *source = irq->cells[0];
    *flags = irq->cells[1];
    return BOARD_IRQ_OK;
}

enum board_irq_result board_read_irq(const struct board *board, int node, uint32_t index,
                                     uint32_t *source, uint32_t *flags)
{
    struct fdt_interrupt irq;
    enum fdt_read_result result = fdt_read_interrupt(&board->tree, node, index, &irq);

    if (result != FDT_READ_OK) {
        return result == FDT_READ_END ? BOARD_IRQ_END : BOARD_IRQ_BAD;
    }
    return board_judge_irq(board, &irq, source, flags);
}

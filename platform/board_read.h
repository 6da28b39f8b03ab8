/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of board_from_fdt, one file each. Private to platform/board*.c. Every step reports what
 * is wrong with its part of the tree and goes on, so that all findings are seen at once.
 */
#ifndef PLATFORM_BOARD_READ_H
#define PLATFORM_BOARD_READ_H

#include "platform/board.h"
#include "platform/fdt_read.h"

struct board_reader {
    const void *fdt;
    const struct fdt_tree *tree; /* its nodes */
    struct board *board;
    struct diag *d;
    char paths[2][FDT_READ_PATH_MAX]; /* for up to two nodes in one message */
    uint32_t next_path;
};

/* The path of a node for a message; valid until the call after the next. */
const char *board_path(struct board_reader *r, int node);

/* In this order: later steps use what earlier ones found. */
void board_read_memory(struct board_reader *r);
void board_read_chosen(struct board_reader *r);
void board_read_harts(struct board_reader *r);
void board_read_imsic(struct board_reader *r);
void board_read_aplic(struct board_reader *r);
void board_read_uart(struct board_reader *r);
void board_read_pci(struct board_reader *r);
void board_read_iommus(struct board_reader *r);
void board_read_id_maps(struct board_reader *r);
void board_check_overlaps(struct board_reader *r);

/* Where the interrupt files of the hart with this index begin; false when it has no room. */
bool board_find_imsic_file(const struct board_imsic *imsic, uint32_t index, pa_t *out);

/* Bytes of all files of one hart. */
static inline uint64_t board_imsic_stride(const struct board_imsic *imsic)
{
    return PAGE_SIZE << imsic->guest_index_bits;
}

static inline uint64_t board_bits_mask(uint32_t bits)
{
    return (UINT64_C(1) << bits) - 1U;
}

/* The next node after `after` (-1: from the start) that is compatible and okay, or -1. */
int board_next_compatible(const struct fdt_tree *tree, int after, const char *compatible);

/* Interrupt index of a node on the S-level APLIC. FOREIGN: it goes to another controller. */
enum board_irq_result { BOARD_IRQ_OK, BOARD_IRQ_END, BOARD_IRQ_FOREIGN, BOARD_IRQ_BAD };
enum board_irq_result board_read_irq(const struct board *board, int node, uint32_t index,
                                     uint32_t *source, uint32_t *flags);

/* The binding's interrupt types, the low bits of the second cell (interrupt-controller/interrupts.txt):
 * 1 rising edge, 2 falling edge, 4 high, 8 low. */
#define BOARD_IRQ_TYPE_MASK 0xfU
static inline bool board_irq_has_type(uint32_t flags)
{
    const uint32_t type = flags & BOARD_IRQ_TYPE_MASK;

    return type == 1U || type == 2U || type == 4U || type == 8U;
}

/* The same for an interrupt that was found already. */
enum board_irq_result board_judge_irq(const struct board *board, const struct fdt_interrupt *irq,
                                      uint32_t *source, uint32_t *flags);

/* Index in board->iommu of the IOMMU with this phandle; BOARD_NO_IOMMU when there is none, or when device
 * ids have another width there than one cell (binding iommu/riscv,iommu: #iommu-cells). */
uint32_t board_find_iommu(const struct board *board, uint32_t phandle);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The board, by the seed: harts, interrupt files, memory, IOMMUs, and devices of its tree. */
#include "tests/world/inside.h"

#include <string.h>

#include <libfdt.h>

#include "tests/unit/fake_tree.h"

#define BOARD_HARTS     9U
#define IMSIC_BASE      UINT64_C(0x28000000)
#define HART_INDEX_BITS 4U
#define IOMMU_BASE      UINT64_C(0x3010000)
#define IOMMU_SOURCE    36U  /* of the first one's first wire */
#define IOMMU_IRQS      4U
#define LEVEL_HIGH      4U

static void make_harts(struct board *board)
{
    const uint32_t guest_bits = roll(5) == 0U ? 0U : 2U;

    board->hart_count = BOARD_HARTS;
    for (uint32_t h = 0; h < BOARD_HARTS; h++) {
        board->harts[h] = board->harts[0];
        board->harts[h].id = 3U + 2U * h;
        board->harts[h].imsic_index = h;
    }
    board->imsic.regions[0] =
        (struct pa_range){ pa(IMSIC_BASE), PAGE_SIZE << (HART_INDEX_BITS + guest_bits) };
    board->imsic.region_count = 1;
    board->imsic.hart_index_bits = HART_INDEX_BITS;
    board->imsic.guest_index_bits = guest_bits;
    board->imsic.group_index_bits = 0;
    board->imsic.num_ids = 255U;
    board->imsic.num_guest_ids = roll(2) == 0U ? 63U : 255U;
    board->aplic.msi_only = true;
    board->timebase_hz = TIMEBASE_HZ;
}

/* Requester ids in pieces, each at some IOMMU; no two pieces carry one id there. */
static void make_id_maps(struct board *board)
{
    static const uint32_t first[] = { 0x0U, 0x30U, 0x108U, 0x204U, 0x1000U };
    struct board_pci_host *host = &board->pci[0];
    const bool same = roll(3) == 0U;    /* ids are requester ids: fewer levels */

    host->map_count = 4U;
    host->map_mask = UINT32_MAX;
    for (uint32_t i = 0; i < 4U; i++) {
        const uint32_t far = roll(2) == 0U ? 0U : roll(1U << 10) << 14;
        host->maps[i] = (struct board_id_map){
            .first = first[i], .count = first[i + 1U] - first[i],
            .iommu = roll(board->iommu_count),
            .base = same ? first[i] : far | i << 12 | roll(0x100U) };
    }
}

static void make_iommus(struct board *board)
{
    board->iommu_count = 1U + roll(MAX_IOMMUS);
    board->cache_block = 64U;
    for (uint32_t i = 0; i < board->iommu_count; i++) {
        struct board_iommu *iommu = &board->iommu[i];
        *iommu = board->iommu[0];
        iommu->reg = (struct pa_range){ pa(IOMMU_BASE + i * 0x10000U), PAGE_SIZE };
        iommu->coherent = roll(4) != 0U;
        iommu->irq_count = roll(3) == 0U ? 0U : 1U + roll(IOMMU_IRQS);
        for (uint32_t k = 0; k < iommu->irq_count; k++) {
            iommu->irqs[k] = IOMMU_SOURCE + i * IOMMU_IRQS + k;
            iommu->irq_flags[k] = LEVEL_HIGH;
        }
    }
    make_id_maps(board);
}

static void make_memory(struct board *board)
{
    const uint64_t half = RAM_SIZE / 2U, gap = world_below(64U) * PAGE_SIZE;

    board->ram[0] = (struct pa_range){ pa(RAM_BASE), half };
    board->ram[1] = (struct pa_range){ pa(RAM_BASE + half + gap), half - gap };
    board->ram_count = gap == 0U ? 1U : 2U;
    if (gap == 0U) {
        board->ram[0].size = RAM_SIZE;
    }
    board->reserved[0] = (struct pa_range){ pa(RAM_BASE), FIRMWARE_SIZE };
    board->reserved_count = 1;
}

static uint64_t some(uint64_t capability, uint32_t of)
{
    return roll(of) != 0U ? capability : 0U;
}

static uint64_t any_capabilities(const struct board_iommu *iommu)
{
    uint64_t cap = CAP_VERSION_1_0 | CAP_SV39X4 | some(CAP_SV48X4, 2) | some(CAP_SV57X4, 2) |
                   some(CAP_SV32, 2) | some(CAP_SV32X4, 2) | some(CAP_SVPBMT, 2) |
                   some(CAP_SVRSW60T59B, 2) | some(CAP_AMO_MRIF, 2) | some(CAP_AMO_HWAD, 2) |
                   some(CAP_ATS, 2) | some(CAP_T2GPA, 2) | some(CAP_END, 2) | some(CAP_DBG, 2) |
                   some(CAP_PD8, 4) | some(CAP_PD17, 2) | some(CAP_PD20, 2) | some(CAP_NL, 2) |
                   some(CAP_S, 2) | CAP_PAS_IS(36U + roll(21));

    if (roll(16) != 0U) {
        cap |= CAP_SV39;
        cap |= roll(2) == 0U ? CAP_SV48 | some(CAP_SV57, 2) : 0U;
    }
    if (roll(4) != 0U) {
        cap |= CAP_MSI_FLAT | some(CAP_MSI_MRIF, 8);
    }
    /* Wires alone are of use where they lead somewhere. */
    switch (roll(3)) {
    case 0: return cap | (iommu->irq_count != 0U ? CAP_IGS_WSI : CAP_IGS_MSI);
    case 1: return cap | CAP_IGS_MSI;
    default: return cap | CAP_IGS_BOTH;
    }
}

static struct model_whims any_whims(void)
{
    if (roll(4) == 0U) {
        return (struct model_whims){ .seed = world_below(UINT64_MAX) };
    }
    return (struct model_whims){
        .seed = world_below(UINT64_MAX), .keep = roll(2) == 0U ? 100U : roll(101),
        .use = roll(2) == 0U ? 100U : roll(101), .drop = roll(3) == 0U ? roll(30) : 0U,
        .pointers = roll(101), .late = roll(2) == 0U, .lagging = roll(2) == 0U,
        .odd_values = roll(2) == 0U };
}

static void make_model_config(uint32_t i)
{
    const uint64_t cap = any_capabilities(&world.board.iommu[i]);
    const uint32_t writable = (uint32_t)((CAP_IGS(cap) == IGS_BOTH ? FCTL_WSI : 0U) |
                                         ((cap & CAP_END) != 0U ? some(FCTL_BE, 2) : 0U) |
                                         some(FCTL_GXL, 2));

    world.model_config[i] = (struct model_config){
        .capabilities = cap, .fctl = (uint32_t)world_below(UINT64_MAX) & writable,
        .fctl_writable = writable,
        .queue_log2_max = 6U + roll(10), .vectors = 1U << roll(5),
        .bare_after_reset = roll(2) == 0U, .whims = any_whims() };
}

/* At the tree's one IOMMU, with up to eight ids each; the last two share one. */
#define NODE_ID    0x3f00U
#define NODE_REGS  0x0f000000U

const struct board_node board_nodes[NODES] = {
    { "/soc/dma@f000000", NODE_ID, 8U },         { "/soc/dma@f001000", NODE_ID + 8U, 1U },
    { "/soc/dma@f002000", NODE_ID + 0x40U, 2U }, { "/soc/dma@f003000", NODE_ID + 0x41ffU, 1U },
    { "/soc/dma@f004000", NODE_ID + 0x80U, 4U }, { "/soc/dma@f005000", NODE_ID + 0x83U, 3U },
};

static void add_nodes(struct tree *tree)
{
    const int iommu = tree_node(tree, "/soc/iommu@3010000");
    const uint32_t phandle = fdt_get_phandle(tree->blob, iommu);

    tree_open(tree);
    for (uint32_t n = 0; n < NODES; n++) {
        const char *path = board_nodes[n].path;
        uint32_t cells[2U * BOARD_DEVICE_MAX_IDS];
        if (fdt_add_subnode(tree->blob, tree_node(tree, "/soc"), path + strlen("/soc/")) < 0) {
            world_fail("world", "the tree takes no %s", path);
        }
        TREE_CELLS(tree, path, "reg", 0, NODE_REGS + n * (uint32_t)PAGE_SIZE, 0,
                   (uint32_t)PAGE_SIZE);
        for (uint32_t k = 0; k < board_nodes[n].ids; k++) {
            cells[2U * k] = phandle;
            cells[2U * k + 1U] = board_nodes[n].first + k;
        }
        tree_set_cells(tree, path, "iommus", cells, 2U * board_nodes[n].ids);
    }
    tree_close(tree);
}

static const struct board *base_board(void)
{
    static struct board base;
    static struct tree tree;     /* stays, for the plan reads it */
    struct told told;

    if (tree.blob == NULL) {
        tree = tree_load("virt");
        add_nodes(&tree);
        told_init(&told);
        if (!board_from_fdt(tree.blob, tree.size, &base, &told.diag)) {
            world_fail("world", "the board's tree is not accepted: %s", told.text);
        }
    }
    return &base;
}

void board_make(void)
{
    world.board = *base_board();
    make_harts(&world.board);
    make_iommus(&world.board);
    make_memory(&world.board);
    for (uint32_t i = 0; i < world.board.iommu_count; i++) {
        make_model_config(i);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The board by its seed, what its owner wrote down for it, and its boot, in the order of
 * boot/main.c. */
#include "tests/world/inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include "boot/boot.h"
#include "hyp/dma/dma.h"
#include "hyp/lifecycle/lifecycle.h"
#include "hyp/log.h"
#include "hyp/unit.h"
#include "lib/format.h"
#include "tests/unit/fake_tree.h"
#include "tests/world/checks.h"
#include "tests/world/units.h"

#define MIB       UINT64_C(0x100000)
#define TRIES     32U        /* of configurations: some have no plan */
#define BOOT_ROUNDS 64U      /* of all harts */
#define FIRMWARE  UINT64_C(0x80000)
#define IMAGE     UINT64_C(0x20000)

struct world world;
uint64_t world_seen[WORLD_SIGHTS];

/* ---- chance ---------------------------------------------------------------------------------- */

/* splitmix64: every seed is good, also 0. */
static uint64_t random64(void)
{
    uint64_t z = (world.random += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t world_below(uint64_t limit)
{
    return random64() % limit;
}

static uint32_t below(uint32_t limit)
{
    return (uint32_t)world_below(limit);
}

/* ---- failing, and the log -------------------------------------------------------------------- */

#define LOG_LINES 12U
static char lines[LOG_LINES][LOG_LINE_MAX];
static uint32_t next_line;

void log_line(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)format_text_v(lines[next_line++ % LOG_LINES], LOG_LINE_MAX, format, args);
    va_end(args);
}

void world_fail(const char *invariant, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "the last lines of the hypervisor's log:\n");
    for (uint32_t i = 0; i < LOG_LINES; i++) {
        const char *line = lines[(next_line + i) % LOG_LINES];
        if (line[0] != '\0') {
            fprintf(stderr, "  %s\n", line);
        }
    }
    fprintf(stderr, "seed 0x%llx: %s: ", (unsigned long long)world.seed, invariant);
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\n");
    abort();
}

noreturn void boot_stop(void)
{
    world_fail("boot", "a configuration that has a plan does not boot");
}

/* ---- the board ------------------------------------------------------------------------------- */

#define BOARD_HARTS     9U
#define IMSIC_BASE      UINT64_C(0x28000000)
#define HART_INDEX_BITS 4U
#define IOMMU_BASE      UINT64_C(0x3010000)
#define IOMMU_SOURCE    36U  /* of the first one's first wire */
#define IOMMU_IRQS      4U
#define LEVEL_HIGH      4U

static void make_harts(struct board *board)
{
    const uint32_t guest_bits = below(5) == 0U ? 0U : 2U;

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
    board->imsic.num_guest_ids = below(2) == 0U ? 63U : 255U;
    board->aplic.msi_only = true;
    board->timebase_hz = TIMEBASE_HZ;
}

/* Requester ids in pieces, each at some IOMMU; no two pieces carry one id there. */
static void make_id_maps(struct board *board)
{
    static const uint32_t first[] = { 0x0U, 0x30U, 0x108U, 0x204U, 0x1000U };
    struct board_pci_host *host = &board->pci[0];
    const bool same = below(3) == 0U;    /* ids are requester ids: fewer levels */

    host->map_count = 4U;
    host->map_mask = UINT32_MAX;
    for (uint32_t i = 0; i < 4U; i++) {
        const uint32_t far = below(2) == 0U ? 0U : below(1U << 10) << 14;
        host->maps[i] = (struct board_id_map){
            .first = first[i], .count = first[i + 1U] - first[i],
            .iommu = below(board->iommu_count),
            .base = same ? first[i] : far | i << 12 | below(0x100U) };
    }
}

static void make_iommus(struct board *board)
{
    board->iommu_count = 1U + below(MAX_IOMMUS);
    board->cache_block = 64U;
    for (uint32_t i = 0; i < board->iommu_count; i++) {
        struct board_iommu *iommu = &board->iommu[i];
        *iommu = board->iommu[0];
        iommu->reg = (struct pa_range){ pa(IOMMU_BASE + i * 0x10000U), PAGE_SIZE };
        iommu->coherent = below(4) != 0U;
        iommu->irq_count = below(3) == 0U ? 0U : 1U + below(IOMMU_IRQS);
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
    board->reserved[0] = (struct pa_range){ pa(RAM_BASE), FIRMWARE };
    board->reserved_count = 1;
}

static uint64_t some(uint64_t capability, uint32_t of)
{
    return below(of) != 0U ? capability : 0U;
}

static uint64_t any_capabilities(const struct board_iommu *iommu)
{
    uint64_t cap = CAP_VERSION_1_0 | CAP_SV39X4 | some(CAP_SV48X4, 2) | some(CAP_SV57X4, 2) |
                   some(CAP_SV32, 2) | some(CAP_SV32X4, 2) | some(CAP_SVPBMT, 2) |
                   some(CAP_SVRSW60T59B, 2) | some(CAP_AMO_MRIF, 2) | some(CAP_AMO_HWAD, 2) |
                   some(CAP_ATS, 2) | some(CAP_T2GPA, 2) | some(CAP_END, 2) | some(CAP_DBG, 2) |
                   some(CAP_PD8, 4) | some(CAP_PD17, 2) | some(CAP_PD20, 2) | some(CAP_NL, 2) |
                   some(CAP_S, 2) | CAP_PAS_IS(36U + below(21));

    if (below(16) != 0U) {
        cap |= CAP_SV39;
        cap |= below(2) == 0U ? CAP_SV48 | some(CAP_SV57, 2) : 0U;
    }
    if (below(4) != 0U) {
        cap |= CAP_MSI_FLAT | some(CAP_MSI_MRIF, 8);
    }
    /* Wires alone are of use where they lead somewhere. */
    switch (below(3)) {
    case 0: return cap | (iommu->irq_count != 0U ? CAP_IGS_WSI : CAP_IGS_MSI);
    case 1: return cap | CAP_IGS_MSI;
    default: return cap | CAP_IGS_BOTH;
    }
}

static struct model_whims any_whims(void)
{
    if (below(4) == 0U) {
        return (struct model_whims){ .seed = random64() };
    }
    return (struct model_whims){
        .seed = random64(), .keep = below(2) == 0U ? 100U : below(101),
        .use = below(2) == 0U ? 100U : below(101), .drop = below(3) == 0U ? below(30) : 0U,
        .pointers = below(101), .late = below(2) == 0U, .lagging = below(2) == 0U,
        .odd_values = below(2) == 0U };
}

static void make_model_config(uint32_t i)
{
    const uint64_t cap = any_capabilities(&world.board.iommu[i]);
    const uint32_t writable = (uint32_t)((CAP_IGS(cap) == IGS_BOTH ? FCTL_WSI : 0U) |
                                         ((cap & CAP_END) != 0U ? some(FCTL_BE, 2) : 0U) |
                                         some(FCTL_GXL, 2));

    world.model_config[i] = (struct model_config){
        .capabilities = cap, .fctl = (uint32_t)random64() & writable, .fctl_writable = writable,
        .queue_log2_max = 6U + below(10), .vectors = 1U << below(5),
        .bare_after_reset = below(2) == 0U, .whims = any_whims() };
}

/* Devices of the tree, at its one IOMMU, with up to eight ids each; the last two share one. */
#define NODES      6U
#define NODE_ID    0x3f00U
#define NODE_REGS  0x0f000000U

static const struct { const char *path; uint32_t first, ids; } nodes[NODES] = {
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
        const char *path = nodes[n].path;
        uint32_t cells[2U * BOARD_DEVICE_MAX_IDS];
        if (fdt_add_subnode(tree->blob, tree_node(tree, "/soc"), path + strlen("/soc/")) < 0) {
            world_fail("world", "the tree takes no %s", path);
        }
        TREE_CELLS(tree, path, "reg", 0, NODE_REGS + n * (uint32_t)PAGE_SIZE, 0,
                   (uint32_t)PAGE_SIZE);
        for (uint32_t k = 0; k < nodes[n].ids; k++) {
            cells[2U * k] = phandle;
            cells[2U * k + 1U] = nodes[n].first + k;
        }
        tree_set_cells(tree, path, "iommus", cells, 2U * nodes[n].ids);
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

static void make_board(void)
{
    world.board = *base_board();
    make_harts(&world.board);
    make_iommus(&world.board);
    make_memory(&world.board);
    for (uint32_t i = 0; i < world.board.iommu_count; i++) {
        make_model_config(i);
    }
}

/* ---- functions ------------------------------------------------------------------------------- */

#define PHYSICAL_RID    0x08U
#define VF_FIRST_RID    0x100U
#define VFS             24U
#define INTEGRATED      12U  /* functions 00:02.0, 00:03.0 and so on */
#define OLD_RID         0x201U
#define OLD_FUNCTIONS   8U   /* behind two bridges to conventional PCI, whose ids they carry */
#define ALL_FUNCTIONS   (VFS + INTEGRATED + OLD_FUNCTIONS)
#define ALL_DEVICES     (ALL_FUNCTIONS + NODES)

static void make_functions(struct pci *pci)
{
    memset(pci, 0, sizeof(*pci));
    pci->functions[pci->count++] = (struct pci_function){
        .parent = PCI_ROOT, .rid = PHYSICAL_RID, .alias = PHYSICAL_RID, .kind = PCI_INTEGRATED,
        .sriov_offset = 0x160, .vf_count = VFS, .vf_first = VF_FIRST_RID - PHYSICAL_RID,
        .vf_stride = 1 };
    for (uint32_t i = 0; i < INTEGRATED; i++) {
        const uint16_t rid = (uint16_t)(PHYSICAL_RID + 8U * (1U + i));
        pci->functions[pci->count++] = (struct pci_function){
            .parent = PCI_ROOT, .rid = rid, .alias = rid, .kind = PCI_INTEGRATED,
            .bars = { { .size = below(2) == 0U ? PAGE_SIZE << below(3) : 0U } } };
    }
    for (uint32_t i = 0; i < OLD_FUNCTIONS; i++) {
        const uint16_t rid = (uint16_t)(OLD_RID + i);
        pci->functions[pci->count++] = (struct pci_function){
            .parent = PCI_ROOT, .rid = rid, .kind = PCI_CONVENTIONAL,
            .alias = below(3) == 0U ? rid : (uint16_t)(OLD_RID + i % 2U) };
    }
}

/* ---- the configuration ----------------------------------------------------------------------- */

static void name(char *to, size_t size, const char *what, uint32_t n)
{
    (void)snprintf(to, size, "%s%u", what, n);
}

static void make_guest(struct config *config, uint32_t g, uint32_t *hart)
{
    static const uint64_t bases[] = { 0x80000000U, 0x80000000U, 0x80400000U, 0x100000000U,
                                      UINT64_C(0x123400000) };
    struct config_guest *guest = &config->guests[g];

    name(guest->name, sizeof(guest->name), "g", g);
    name(guest->path, sizeof(guest->path), "/guests/g", g);
    guest->memory_size = below(2) == 0U ? MIB << below(3)
                                        : MIB + world_below(3U * MIB / PAGE_SIZE) * PAGE_SIZE;
    guest->memory_base = gpa(bases[below(5)]);
    guest->kernel = "kernel";
    guest->device_tree = "tree";
    guest->bootargs = "";
    guest->hart_count = 1U + below(2);
    for (uint32_t v = 0; v < guest->hart_count; v++) {
        guest->harts[v] = world.board.harts[(*hart)++].id;
    }
}

static void make_shared(struct config *config)
{
    const uint32_t count = config->guest_count > 1U ? below(3) : 0U;

    for (uint32_t i = 0; i < count; i++) {
        struct config_shared *shared = &config->shared[config->shared_count++];
        name(shared->name, sizeof(shared->name), "s", i);
        name(shared->path, sizeof(shared->path), "/shared-memory/s", i);
        shared->size = (1U + world_below(8U)) * PAGE_SIZE;
        shared->guests[0] = below(config->guest_count);
        shared->guests[1] = (shared->guests[0] + 1U) % config->guest_count;
        shared->guest_count = 2;
    }
}

static bool is_node(uint32_t n)
{
    return n >= ALL_FUNCTIONS;
}

/* How a configuration names device n of all that there are. */
static void name_device(struct config_device *device, uint32_t n)
{
    if (is_node(n)) {
        device->node = nodes[n - ALL_FUNCTIONS].path;
    } else if (n < VFS) {
        device->pci_rid = PHYSICAL_RID;
        device->is_virtual = true;
        device->pci_vf = n;
    } else {
        device->pci_rid = world.pci.functions[n - VFS + 1U].rid;
    }
}

/* Something that is the same for devices that share an id, below KEYS; and the IOMMU that sees
 * them. */
#define KEYS (OLD_RID + OLD_FUNCTIONS + NODES)

static uint32_t key_of(uint32_t n, uint32_t *iommu)
{
    uint32_t id;

    *iommu = 0U;
    if (is_node(n)) {
        return OLD_RID + OLD_FUNCTIONS + (n + 1U == ALL_DEVICES ? NODES - 2U : n - ALL_FUNCTIONS);
    }
    const uint16_t rid = n < VFS ? (uint16_t)(VF_FIRST_RID + n)
                                 : world.pci.functions[n - VFS + 1U].alias;
    (void)board_pci_id(&world.board, 0U, rid, iommu, &id);
    return rid;
}

/* Of devices that share an id, all get what the first got. */
struct decision { uint32_t guest, viommu; bool dma_blocked; enum config_dma_fault dma_fault; };

/* Mostly "log": the others end what could be seen. */
static enum config_dma_fault any_fault(void)
{
    switch (below(16)) {
    case 0: return CONFIG_DMA_FAULT_BLOCK;
    case 1: return CONFIG_DMA_FAULT_STOP;
    default: return CONFIG_DMA_FAULT_LOG;
    }
}

/* vIOMMUs of a guest: number n stands for IOMMU n % iommu_count. */
static struct decision decide(uint32_t guest_count, uint32_t viommus, uint32_t iommu)
{
    const uint32_t n = world.board.iommu_count;
    struct decision d = { .guest = below(guest_count), .viommu = CONFIG_NO_VIOMMU,
                          .dma_fault = any_fault() };
    const uint32_t viommu = below(2) * n + iommu;

    if (below(8) != 0U && viommu < viommus) {
        d.viommu = viommu;
    } else {
        d.dma_blocked = below(4) == 0U;
    }
    return d;
}

static void give(struct config *config, uint32_t g, uint32_t n, const struct decision *d)
{
    struct config_guest *guest = &config->guests[g];
    struct config_device *device = &config->devices[config->device_count++];

    name(device->name, sizeof(device->name), "d", config->device_count);
    name(device->path, sizeof(device->path), "/d", config->device_count);
    name_device(device, n);
    device->isolated = device->node == NULL;
    device->peer_dma = below(2) == 0U;
    device->viommu = d->viommu;
    device->dma_blocked = d->dma_blocked;
    device->dma_fault = d->dma_fault;
    guest->device_count++;
}

/* vIOMMUs without devices are none: those that come after them move up. */
static void make_viommus(struct config *config, struct config_guest *guest, uint32_t g)
{
    uint32_t number[CONFIG_GUEST_MAX_VIOMMUS];

    guest->viommus = &config->viommus[config->viommu_count];
    for (uint32_t v = 0; v < CONFIG_GUEST_MAX_VIOMMUS; v++) {
        bool used = false;
        for (uint32_t i = 0; i < guest->device_count; i++) {
            used |= guest->devices[i].viommu == v;
        }
        number[v] = guest->viommu_count;
        if (!used) {
            continue;
        }
        struct config_viommu *viommu = &guest->viommus[guest->viommu_count++];
        name(viommu->name, sizeof(viommu->name), "v", v);
        name(viommu->path, sizeof(viommu->path), "/v", 10U * g + v);
        viommu->dma_blocked = below(2) == 0U;
        viommu->process_ids = below(4) != 0U;
    }
    for (uint32_t i = 0; i < guest->device_count; i++) {
        if (guest->devices[i].viommu != CONFIG_NO_VIOMMU) {
            guest->devices[i].viommu = number[guest->devices[i].viommu];
        }
    }
    config->viommu_count += guest->viommu_count;
}

static void make_devices(struct config *config)
{
    struct decision by_key[KEYS], of[ALL_DEVICES];
    bool decided[KEYS] = { false }, given[ALL_DEVICES];
    const bool crowded = below(24) == 0U;    /* one vIOMMU with more devices than a piece */
    const bool has_nodes = crowded || below(2) == 0U;
    const uint32_t viommus = crowded ? 1U : below(8) == 0U ? 0U : 1U + below(3);
    const uint32_t some_of = crowded ? 1U : 2U + below(4);
    uint32_t left = crowded ? ALL_DEVICES : 1U + below(12);

    for (uint32_t n = 0; n < ALL_DEVICES; n++) {
        uint32_t iommu;
        const uint32_t key = key_of(n, &iommu);
        if (!decided[key]) {
            by_key[key] = decide(config->guest_count, viommus, iommu);
            decided[key] = true;
        }
        of[n] = by_key[key];
        given[n] = (is_node(n) ? has_nodes : left != 0U) && below(some_of) == 0U;
        left -= given[n] && left != 0U ? 1U : 0U;
    }
    for (uint32_t g = 0; g < config->guest_count; g++) {
        struct config_guest *guest = &config->guests[g];
        guest->devices = &config->devices[config->device_count];
        for (uint32_t n = 0; n < ALL_DEVICES; n++) {
            if (given[n] && of[n].guest == g) {
                give(config, g, n, &of[n]);
            }
        }
        make_viommus(config, guest, g);
    }
}

static void make_config(void)
{
    struct config *config = &world.config;
    uint32_t hart = below(2);    /* the first may be nobody's: then it serves */

    memset(config, 0, sizeof(*config));
    config->source = "";
    config->guest_count = 1U + below(4);
    for (uint32_t g = 0; g < config->guest_count; g++) {
        make_guest(config, g, &hart);
    }
    make_shared(config);
    make_devices(config);
}

/* ---- the plan -------------------------------------------------------------------------------- */

static void make_bundle(void)
{
    static const uint8_t kernel[64] = { 0x13 };
    static const uint8_t tree[40] = { 0xd0, 0x0d, 0xfe, 0xed, [7] = 40 };

    world.bundle.count = 2;
    world.bundle.files[0] = (struct bundle_file){ "kernel", kernel, sizeof(kernel) };
    world.bundle.files[1] = (struct bundle_file){ "tree", tree, sizeof(tree) };
}

static bool is_wanted(void)
{
    for (uint32_t i = 0; i < world.config.device_count; i++) {
        if (world.plan.devices[i].dma.id_count != 0U) {
            return true;
        }
    }
    return false;
}

static void make_plan(void)
{
    const struct pa_range used[] = { { pa(RAM_BASE + FIRMWARE), IMAGE } };
    static struct told told;

    make_bundle();
    for (uint32_t try = 0; try < TRIES; try++) {
        make_board();
        make_functions(&world.pci);
        make_config();
        told_init(&told);
        if (plan_build(&world.board, &world.pci, &world.config, &world.bundle, used, 1U,
                       &world.plan, &told.diag) && is_wanted()) {
            return;
        }
    }
    world_fail("world", "no configuration has a plan; the last: %s", told.text);
}

static void list_devices(void)
{
    world.device_count = 0U;
    for (uint32_t i = 0; i < world.config.device_count; i++) {
        const struct plan_dma *dma = &world.plan.devices[i].dma;
        for (uint32_t k = 0; k < dma->id_count; k++) {
            struct world_device *device = &world.devices[world.device_count++];
            *device = (struct world_device){ .iommu = dma->iommu, .id = dma->ids[k],
                                             .guest = world.plan.device_guests[i],
                                             .viommu = dma->viommu,
                                             .device = i };
            for (uint32_t n = 0; dma->viommu != PLAN_NO_VIOMMU &&
                                 n < world.plan.viommus[dma->viommu].id_count; n++) {
                if (world.plan.viommus[dma->viommu].ids[n].physical_id == dma->ids[k]) {
                    device->n = n;
                }
            }
        }
    }
}

/* ---- opening and closing --------------------------------------------------------------------- */

void world_open(uint64_t seed)
{
    if (world.open) {
        world_fail("world", "opened twice");
    }
    units_forget();
    world.open = true;
    world.seed = seed;
    world.random = seed;
    for (uint32_t i = 0; i < LOG_LINES; i++) {
        lines[i][0] = '\0';
    }
    memset(world.troubled, 0, sizeof(world.troubled));
    world.last = (struct world_op){ .kind = WORLD_KINDS };
    make_plan();
    list_devices();
    world.others = below(3) == 0U ? 0U : below(12);
    memory_open();
    interrupts_open();
    registers_open();
    firmware_runs();

    pages_open(&world.pages, world.plan.pool);
    harts_open();
    boot_start_units(&world.plan, &world.pages);
    boot_make_guests(&world.plan, &world.pages);
    pages_close(&world.pages);
    dma_start(&world.plan);
    drivers_open();
    world.booted = true;
    checks_begin();
    lifecycle_start_all(guests, world.plan.guest_count);
    harts_settle(BOOT_ROUNDS);
    firmware_is_forgotten();
}

void world_close(void)
{
    checks_end();
    registers_close();
    world.open = world.booted = false;
}

const struct plan *world_plan(void)
{
    return &world.plan;
}

struct model *world_model(uint32_t iommu)
{
    bool used = false;

    for (uint32_t i = 0; i < world.device_count; i++) {
        used |= world.devices[i].iommu == iommu;
    }
    return used ? world.models[iommu] : NULL;
}

const struct model_config *world_model_config(uint32_t iommu)
{
    return &world.model_config[iommu];
}

bool world_in_trouble(uint32_t iommu)
{
    return iommu < MAX_IOMMUS && world.troubled[iommu];
}

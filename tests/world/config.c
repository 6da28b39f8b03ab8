/* SPDX-License-Identifier: Apache-2.0 */
/* The functions on the board's buses, and what its owner wrote down: guests, shared memories, whose
 * each device is, and behind which vIOMMU. */
#include "tests/world/inside.h"

#include <stdio.h>
#include <string.h>

#define MIB       UINT64_C(0x100000)

#define PHYSICAL_RID    0x08U
#define VF_FIRST_RID    0x100U
#define VFS             24U
#define INTEGRATED      12U  /* functions 00:02.0, 00:03.0 and so on */
#define OLD_RID         0x201U
#define OLD_FUNCTIONS   8U   /* behind two bridges to conventional PCI, whose ids they carry */
#define ALL_FUNCTIONS   (VFS + INTEGRATED + OLD_FUNCTIONS)
#define ALL_DEVICES     (ALL_FUNCTIONS + NODES)

void functions_make(struct pci *pci)
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
            .bars = { { .size = roll(2) == 0U ? PAGE_SIZE << roll(3) : 0U } } };
    }
    for (uint32_t i = 0; i < OLD_FUNCTIONS; i++) {
        const uint16_t rid = (uint16_t)(OLD_RID + i);
        pci->functions[pci->count++] = (struct pci_function){
            .parent = PCI_ROOT, .rid = rid, .kind = PCI_CONVENTIONAL,
            .alias = roll(3) == 0U ? rid : (uint16_t)(OLD_RID + i % 2U) };
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
    guest->memory_size = roll(2) == 0U ? MIB << roll(3)
                                        : MIB + world_below(3U * MIB / PAGE_SIZE) * PAGE_SIZE;
    guest->memory_base = gpa(bases[roll(5)]);
    guest->kernel = "kernel";
    guest->device_tree = "tree";
    guest->bootargs = "";
    guest->hart_count = 1U + roll(2);
    for (uint32_t v = 0; v < guest->hart_count; v++) {
        guest->harts[v] = world.board.harts[(*hart)++].id;
    }
}

static void make_shared(struct config *config)
{
    const uint32_t count = config->guest_count > 1U ? roll(3) : 0U;

    for (uint32_t i = 0; i < count; i++) {
        struct config_shared *shared = &config->shared[config->shared_count++];
        name(shared->name, sizeof(shared->name), "s", i);
        name(shared->path, sizeof(shared->path), "/shared-memory/s", i);
        shared->size = (1U + world_below(8U)) * PAGE_SIZE;
        shared->guests[0] = roll(config->guest_count);
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
        device->node = board_nodes[n - ALL_FUNCTIONS].path;
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
    switch (roll(16)) {
    case 0: return CONFIG_DMA_FAULT_BLOCK;
    case 1: return CONFIG_DMA_FAULT_STOP;
    default: return CONFIG_DMA_FAULT_LOG;
    }
}

/* vIOMMUs of a guest: number n stands for IOMMU n % iommu_count. */
static struct decision decide(uint32_t guest_count, uint32_t viommus, uint32_t iommu)
{
    const uint32_t n = world.board.iommu_count;
    struct decision d = { .guest = roll(guest_count), .viommu = CONFIG_NO_VIOMMU,
                          .dma_fault = any_fault() };
    const uint32_t viommu = roll(2) * n + iommu;

    if (roll(8) != 0U && viommu < viommus) {
        d.viommu = viommu;
    } else {
        d.dma_blocked = roll(4) == 0U;
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
    device->peer_dma = roll(2) == 0U;
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
        viommu->dma_blocked = roll(2) == 0U;
        viommu->process_ids = roll(4) != 0U;
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
    const bool crowded = roll(24) == 0U;    /* one vIOMMU with more devices than a piece */
    const bool has_nodes = crowded || roll(2) == 0U;
    const uint32_t viommus = crowded ? 1U : roll(8) == 0U ? 0U : 1U + roll(3);
    const uint32_t some_of = crowded ? 1U : 2U + roll(4);
    uint32_t left = crowded ? ALL_DEVICES : 1U + roll(12);

    for (uint32_t n = 0; n < ALL_DEVICES; n++) {
        uint32_t iommu;
        const uint32_t key = key_of(n, &iommu);
        if (!decided[key]) {
            by_key[key] = decide(config->guest_count, viommus, iommu);
            decided[key] = true;
        }
        of[n] = by_key[key];
        given[n] = (is_node(n) ? has_nodes : left != 0U) && roll(some_of) == 0U;
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

void config_make(void)
{
    struct config *config = &world.config;
    uint32_t hart = roll(2);    /* the first may be nobody's: then it serves */

    memset(config, 0, sizeof(*config));
    config->source = "";
    config->guest_count = 1U + roll(4);
    for (uint32_t g = 0; g < config->guest_count; g++) {
        make_guest(config, g, &hart);
    }
    make_shared(config);
    make_devices(config);
}

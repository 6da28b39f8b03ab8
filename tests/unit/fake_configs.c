/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/fake_configs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/fake_tree.h"

#define MIB UINT64_C(0x100000)

uint64_t dice_below(struct dice *dice, uint64_t limit)
{
    dice->state ^= dice->state >> 12;
    dice->state ^= dice->state << 25;
    dice->state ^= dice->state >> 27;
    return (dice->state * UINT64_C(0x2545f4914f6cdd1d) >> 16) % limit;
}

void fake_board(struct board *board)
{
    static struct tree tree;
    struct told told;

    if (tree.blob == NULL) {
        tree = tree_load("virt");
    }
    told_init(&told);
    if (!board_from_fdt(tree.blob, tree.size, board, &told.diag)) {
        fprintf(stderr, "virt.dts is not accepted: %s\n", told.text);
        abort();
    }
}

/* Mostly whole pages, as on real boards, but not always. */
static uint64_t random_size(struct dice *dice, uint64_t limit)
{
    const uint64_t size = 1U + dice_below(dice, limit);

    return dice_below(dice, 4) == 0U ? size : align_up(size, PAGE_SIZE);
}

void fake_random_board(struct board *board, struct dice *dice)
{
    uint64_t base = dice_below(dice, 2) == 0U ? 0U : UINT64_C(0x40000000) + random_size(dice, MIB);

    fake_board(board);
    board->ram_count = 1U + (uint32_t)dice_below(dice, 4);
    for (uint32_t i = 0; i < board->ram_count; i++) {
        const uint64_t size = random_size(dice, dice_below(dice, 4) == 0U ? MIB : 3000U * MIB);
        board->ram[i] = (struct pa_range){ pa(base), size };
        base += size + random_size(dice, 2000U * MIB);
    }
    board->reserved_count = (uint32_t)dice_below(dice, 12);
    for (uint32_t i = 0; i < board->reserved_count; i++) {
        board->reserved[i] = (struct pa_range){ pa(dice_below(dice, base)),
                                                dice_below(dice, 64U * MIB) };
    }
    for (uint32_t i = 0; i < board->hart_count; i++) {
        board->harts[i].id = 3U * i + 7U;
    }
}

static void add_guest(struct config *config, uint64_t memory)
{
    struct config_guest *guest = &config->guests[config->guest_count];

    (void)snprintf(guest->name, sizeof(guest->name), "g%u", config->guest_count);
    (void)snprintf(guest->path, sizeof(guest->path), "/guests/g%u", config->guest_count);
    guest->memory_size = memory;
    guest->memory_base = gpa(GUEST_RAM_BASE);
    guest->kernel = "kernel";
    guest->bootargs = "";
    config->guest_count++;
}

void fake_config(struct config *config, const struct board *board, uint32_t count)
{
    memset(config, 0, sizeof(*config));
    for (uint32_t g = 0; g < count; g++) {
        config->guests[g].devices = &config->devices[g * (CONFIG_MAX_DEVICES / CONFIG_MAX_GUESTS)];
        config->guests[g].viommus = config->viommus;
        add_guest(config, 16U * MIB);
        config->guests[g].harts[0] = board->harts[g].id;
        config->guests[g].hart_count = 1;
    }
}

void fake_inventory(struct pci *pci)
{
    static const struct pci_function functions[FAKE_FUNCTIONS] = {
        [FAKE_HOST_BRIDGE] = { .parent = PCI_ROOT, .class_code = 0x060000, .kind = PCI_CONVENTIONAL },
        /* 00:01.0: one 64-bit BAR, MSI-X */
        [FAKE_DISK] = { .rid = 0x08, .alias = 0x08, .parent = PCI_ROOT, .class_code = 0x010802,
                        .kind = PCI_INTEGRATED, .pin = 1, .has_msix = true,
                        .bars = { { .size = 0x4000, .wide = true } } },
        /* 00:02.0: one 32-bit BAR, MSI and a pin */
        [FAKE_EDU] = { .rid = 0x10, .alias = 0x10, .parent = PCI_ROOT, .class_code = 0x00ff00,
                       .kind = PCI_CONVENTIONAL, .pin = 1, .has_msi = true,
                       .bars = { { .size = 0x100000 } } },
        /* 00:03.0: a root port with ACS; behind it 01:00.0, with seven virtual functions */
        [FAKE_PORT] = { .rid = 0x18, .alias = 0x18, .parent = PCI_ROOT, .class_code = 0x060400,
                        .kind = PCI_ROOT_PORT, .is_bridge = true, .wide_window = true,
                        .secondary = 1, .subordinate = 1, .acs_offset = 0x148, .acs_can = 0x1d },
        [FAKE_NIC] = { .rid = 0x100, .alias = 0x100, .parent = FAKE_PORT, .class_code = 0x020000,
                       .kind = PCI_ENDPOINT, .pin = 1, .has_msix = true,
                       .bars = { { .size = 0x20000 }, { 0 }, { 0 }, { .size = 0x4000 } },
                       .sriov_offset = 0x160, .vf_count = 7, .vf_first = 0x80, .vf_stride = 2,
                       .vf_bars = { { .size = 0x4000, .wide = true, .prefetchable = true }, { 0 },
                                    { 0 }, { .size = 0x4000, .wide = true, .prefetchable = true } } },
        /* 00:04.0 and 00:04.1: one device without ACS, of which only pins interrupt */
        [FAKE_TWIN_0] = { .rid = 0x20, .alias = 0x20, .parent = PCI_ROOT, .class_code = 0x0c0300,
                          .kind = PCI_INTEGRATED, .multifunction = true, .pin = 1,
                          .bars = { { .size = 0x100 } } },
        [FAKE_TWIN_1] = { .rid = 0x21, .alias = 0x21, .parent = PCI_ROOT, .class_code = 0x0c0300,
                          .kind = PCI_INTEGRATED, .multifunction = true, .pin = 2,
                          .bars = { { .size = 0x100 } } },
        /* 00:05.0: a bridge to conventional PCI; behind it 02:01.0 and 02:02.0, with its requester id */
        [FAKE_OLD_BRIDGE] = { .rid = 0x28, .alias = 0x28, .parent = PCI_ROOT, .class_code = 0x060400,
                              .kind = PCI_BRIDGE_TO_PCI, .is_bridge = true, .secondary = 2,
                              .subordinate = 2 },
        [FAKE_OLD_1] = { .rid = 0x208, .alias = 0x200, .parent = FAKE_OLD_BRIDGE,
                         .class_code = 0x070002, .kind = PCI_CONVENTIONAL, .pin = 1,
                         .bars = { { .size = 0x1000 } } },
        [FAKE_OLD_2] = { .rid = 0x210, .alias = 0x200, .parent = FAKE_OLD_BRIDGE,
                         .class_code = 0x070002, .kind = PCI_CONVENTIONAL, .pin = 1,
                         .bars = { { .size = 0x1000 } } },
    };

    memset(pci, 0, sizeof(*pci));
    memcpy(pci->functions, functions, sizeof(functions));
    pci->count = FAKE_FUNCTIONS;
}

static struct config_device *add_device(struct config *config, uint32_t guest)
{
    struct config_guest *owner = &config->guests[guest];
    struct config_device *device = &owner->devices[owner->device_count];

    memset(device, 0, sizeof(*device));
    device->viommu = CONFIG_NO_VIOMMU;
    (void)snprintf(device->path, sizeof(device->path), "/g%u/d%u", guest, owner->device_count);
    owner->device_count++;
    return device;
}

uint32_t fake_give_viommu(struct config *config, uint32_t guest)
{
    struct config_guest *owner = &config->guests[guest];

    if (owner->viommu_count == 0U) {
        owner->viommus = &config->viommus[config->viommu_count];
    }
    struct config_viommu *viommu = &owner->viommus[owner->viommu_count];

    memset(viommu, 0, sizeof(*viommu));
    (void)snprintf(viommu->name, sizeof(viommu->name), "v%u", owner->viommu_count);
    (void)snprintf(viommu->path, sizeof(viommu->path), "/g%u/v%u", guest, owner->viommu_count);
    owner->viommu_count++;
    config->viommu_count++;
    return owner->viommu_count - 1U;
}

struct config_device *fake_give_node(struct config *config, uint32_t guest, const char *node)
{
    struct config_device *device = add_device(config, guest);

    device->node = node;
    return device;
}

struct config_device *fake_give_function(struct config *config, uint32_t guest, uint16_t rid, int vf)
{
    struct config_device *device = add_device(config, guest);

    device->pci_rid = rid;
    device->is_virtual = vf >= 0;
    device->pci_vf = vf >= 0 ? (uint32_t)vf : 0U;
    return device;
}

static void add_random_device(struct config *config, uint32_t index, struct dice *dice)
{
    static const char *const nodes[] = {
        "/soc/rtc@101000", "/soc/virtio_mmio@10001000", "/soc/virtio_mmio@10002000",
        "/soc/virtio_mmio@10003000", "/soc/virtio_mmio@10004000", "/soc/serial@10000000",
    };
    struct config_guest *guest = &config->guests[dice_below(dice, config->guest_count)];
    struct config_device *device = &guest->devices[guest->device_count];

    /* Mostly one after the other, so that few are given twice. */
    index = dice_below(dice, 20) == 0U ? (uint32_t)dice_below(dice, 6) : index % 5U;
    device->node = nodes[index];
    (void)snprintf(device->path, sizeof(device->path), "/d%u", index);
    device->unprotected_dma = true;
    device->viommu = CONFIG_NO_VIOMMU;
    guest->device_count++;
}

static void add_random_shared(struct config *config, struct dice *dice)
{
    struct config_shared *shared = &config->shared[config->shared_count];
    const uint32_t first = (uint32_t)dice_below(dice, config->guest_count);

    (void)snprintf(shared->name, sizeof(shared->name), "s%u", config->shared_count);
    (void)snprintf(shared->path, sizeof(shared->path), "/shared-memory/s%u", config->shared_count);
    shared->size = align_up(1U + dice_below(dice, dice_below(dice, 2) == 0U ? 8U * MIB : MIB / 8U),
                            PAGE_SIZE);
    shared->guests[0] = first;
    shared->guests[1] = (first + 1U) % config->guest_count;
    shared->guest_count = 2;
    shared->doorbell = dice_below(dice, 2) == 0U;
    config->shared_count++;
}

void fake_random_config(struct config *config, const struct board *board, struct dice *dice)
{
    const uint32_t guests = 1U + (uint32_t)dice_below(dice, board->hart_count);
    uint64_t devices, shared;

    fake_config(config, board, guests);
    for (uint32_t g = 0; g < guests; g++) {
        struct config_guest *guest = &config->guests[g];
        const uint64_t limit = dice_below(dice, 3) == 0U ? 2100U : 300U;
        guest->memory_size = align_up(0x20000U + dice_below(dice, limit * MIB),
                                      dice_below(dice, 2) == 0U ? MIB : PAGE_SIZE);
        if (dice_below(dice, 4) == 0U) {
            guest->memory_base = gpa(align_down(dice_below(dice, UINT64_C(1) << 34), PAGE_SIZE));
        }
    }
    devices = dice_below(dice, 4);
    for (uint32_t i = 0; i < devices; i++) {
        add_random_device(config, i, dice);
    }
    shared = guests > 1U ? dice_below(dice, 5) : 0U;
    for (uint32_t i = 0; i < shared; i++) {
        add_random_shared(config, dice);
    }
}

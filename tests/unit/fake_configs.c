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
        add_guest(config, 16U * MIB);
        config->guests[g].harts[0] = board->harts[g].id;
        config->guests[g].hart_count = 1;
    }
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

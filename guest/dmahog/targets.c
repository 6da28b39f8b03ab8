/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where it hurts. The addresses of the board are those of QEMU's virt, with or without RAM there;
 * an attacker knows them. Those of the guest are tried too: its registers are not its devices' to
 * reach.
 */
#include "guest/dmahog/dmahog.h"

#define WORD 4U

static const uint64_t board[] = {
    0x0, 0x100000, 0x101000, 0x1000,                 /* nothing, finisher, clock, boot ROM */
    0x2000000, 0x2004000, 0x200bff8,                 /* M-mode's software interrupts and timer */
    0x3010000, 0x3010010, 0x3010018, 0x3010028, 0x3010300, /* IOMMU: ddtp, queues, its MSIs */
    0xc000000, 0xd000000, 0xd001cdc, 0xd002000, 0xd003000, /* APLICs of M and S-mode */
    0x10000000, 0x10001000, 0x10100000, 0x11000000,  /* UART, virtio, fw_cfg, doorbell */
    0x20000000, 0x24000000, 0x24001000,              /* flash, M-mode's interrupt files */
    0x28000000, 0x28001000, 0x28002000, 0x28003000,  /* hart 0: supervisor's, guests' files */
    0x28004000, 0x28005000, 0x28008000, 0x28009000, 0x2800c000, 0x2800d000,
    0x30000000, 0x30008000, 0x30010000, 0x300ff000,  /* configuration space */
    0x40000000, 0x40001000, 0x40100000, 0x40200000,  /* BARs; the guest's shared memory */
    0x7ffffffc, 0x80000000, 0x80040000, 0x8005f000,  /* before RAM; firmware: text and data */
    0x80100000, 0x80200000, 0x80201000, 0x80240000, 0x80280000, 0x80300000, /* hypervisor */
    0x80400000, 0x80800000, 0x80fff000, 0x81000000, 0x82000000, 0x84000000, 0x88000000,
    0x8c000000, 0x90000000, 0x94000000, 0x98000000, 0x9c000000, 0x9f000000, 0x9fe00000, 0x9fffe000,
    0xa0000000, 0xbfe00000, 0xc0000000, 0xff000000, 0xfffffffc,
    0x400000000, 0x4000000000, 0x3ffffffffc
};

static uint32_t add(uint64_t *out, uint32_t max, uint32_t count, uint64_t address)
{
    if (count < max) {
        out[count++] = address;
    }
    return count;
}

/* One beyond 4 GiB, Sv39, Sv39x4, Sv48, Sv57, and what physical addresses have. */
static const uint8_t bits[] = { 32, 34, 36, 38, 39, 40, 41, 42, 43, 44, 47, 48, 49, 50, 55, 56, 57,
                                59, 62, 63 };

uint32_t targets_list(uint64_t *out, uint32_t max)
{
    struct tree_range memory = { 0 };
    struct tree_share share;
    uint32_t count = 0;

    for (uint32_t i = 0; i < sizeof(board) / sizeof(board[0]); i++) {
        count = add(out, max, count, board[i]);
    }
    /* The edges of all that is ours. */
    tree_memory(&memory);
    count = add(out, max, count, memory.base - WORD);
    count = add(out, max, count, memory.base + memory.size);
    count = add(out, max, count, memory.base + memory.size + HOG_PAGE);
    for (uint32_t i = 0; tree_share(i, &share); i++) {
        count = add(out, max, count, share.memory.base - WORD);
        count = add(out, max, count, share.memory.base + share.memory.size);
        count = add(out, max, count, share.doorbell.base);
    }
    /* The registers of our own devices, and configuration space as we see it. */
    for (uint32_t i = 0; i < hog_edu_count; i++) {
        count = add(out, max, count, hog_edus[i].pci.bars[0].base);
        count = add(out, max, count, hog_edus[i].pci.config);
    }
    for (uint32_t i = 0; i < hog_testdev_count; i++) {
        count = add(out, max, count, hog_testdevs[i].pci.bars[0].base);
    }
    /* Beyond what this and that width of address can say; with RAM below, in case it is cut off. */
    for (uint32_t i = 0; i < sizeof(bits); i++) {
        count = add(out, max, count, UINT64_C(1) << bits[i]);
        count = add(out, max, count, (UINT64_C(1) << bits[i] | memory.base) + HOG_PAGE);
    }
    return add(out, max, count, UINT64_MAX - WORD + 1U);
}

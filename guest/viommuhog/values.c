/* SPDX-License-Identifier: Apache-2.0 */
/* Values at random, and those that hurt. The addresses of the board are those of QEMU's virt: an
 * attacker knows them. */
#include "guest/viommuhog/viommuhog.h"

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))
#define MEGABYTE     UINT64_C(0x100000)
#define PLAY_ALIGN   (2U * MEGABYTE)
#define LENGTH_MAX   UINT64_C(0x10000)  /* of a transfer */

extern char image_end[];
struct playground play;

bool play_open(void)
{
    if (!tree_memory(&play.memory)) {
        return false;
    }
    play.start = ((uint64_t)image_end + PLAY_ALIGN - 1U) / PLAY_ALIGN * PLAY_ALIGN;
    play.end = play.memory.base + play.memory.size;
    play.commands = play.start;
    play.records = play.start + MEGABYTE;
    play.directories = play.start + 2U * MEGABYTE;
    play.tables = play.directories + PLAY_PAGES * (uint64_t)IOMMU_PAGE;
    play.targets = play.tables + PLAY_PAGES * (uint64_t)IOMMU_PAGE;
    return play.targets + PLAY_TARGETS * (uint64_t)IOMMU_PAGE + MEGABYTE <= play.end;
}

static uint64_t page_of(struct random *r, uint64_t first, uint32_t pages)
{
    return first + random_below(r, pages) * (uint64_t)IOMMU_PAGE;
}

static uint64_t play_page(struct random *r)
{
    switch (random_below(r, 8)) {
    case 0:  return page_of(r, play.directories, PLAY_PAGES);
    case 1:  return page_of(r, play.tables, PLAY_PAGES);
    case 2:  return play.commands;
    case 3:  return play.records;
    case 4:  return page_of(r, play.end - 4U * IOMMU_PAGE, 4); /* the end of RAM */
    default: return page_of(r, play.targets, PLAY_TARGETS);
    }
}

/* Not the guest's: firmware's, hypervisor's, others' memory; registers; nothing. */
static uint64_t foreign(struct random *r)
{
    static const uint64_t board[] = {
        0x0, 0x1000, 0x100000, 0x101000, 0x2000000, 0x3010000, 0x3011000, 0x10000000, 0x11000000,
        0xc000000, 0xd000000, 0xd001000, 0x12000000, 0x20000000, 0x24000000, 0x24001000,
        0x28000000, 0x28001000, 0x28002000, 0x28003000, 0x28004000, 0x28005000, 0x28008000,
        0x28009000, 0x2800c000, 0x2800d000, 0x30000000, 0x30010000, 0x40000000, 0x40200000,
        0x7ffff000, 0x82000000, 0x84000000, 0x88000000, 0x8c000000, 0x90000000, 0x94000000,
        0x98000000, 0x9c000000, 0x9f000000, 0x9fe00000, 0x9ffff000, 0xa0000000, 0xc0000000,
        0xfffff000, 0x100000000, 0x400000000, 0x4000000000, 0x1fffffff000, 0x20000000000
    };

    switch (random_below(r, 4)) {
    case 0:  return play.end + random_below(r, 0x20000) * (uint64_t)IOMMU_PAGE; /* 512 MiB */
    case 1:  return random_word(r) << 12 & (UINT64_MAX >> random_below(r, 28));
    default: return board[random_below(r, COUNT(board))];
    }
}

static bool would_hit_itself(uint64_t address)
{
    return address + LENGTH_MAX - (play.memory.base) < play.start - play.memory.base + LENGTH_MAX;
}

uint64_t wild_address(struct random *r)
{
    uint64_t address = random_below(r, 2) == 0U ? play_page(r) : foreign(r);

    return would_hit_itself(address) ? play_page(r) : address;
}

uint64_t wild_iova(struct random *r)
{
    uint64_t address;

    switch (random_below(r, 4)) {
    case 0:  address = random_word(r) >> random_below(r, 64); break;
    case 1:  address = UINT64_MAX - (random_word(r) >> (20U + random_below(r, 32))); break;
    case 2:  address = random_word(r) >> 26; break;         /* Sv39's lower half */
    default: address = wild_address(r) + random_below(r, IOMMU_PAGE); break;
    }
    return would_hit_itself(address) ? play.targets : address;
}

uint64_t wild_base(struct random *r)
{
    return wild_address(r) >> PAGE_SHIFT << PPN_SHIFT | random_below(r, 32);
}

uint64_t wild_pte(struct random *r)
{
    uint64_t leaf = wild_address(r) >> PAGE_SHIFT << PPN_SHIFT;

    switch (random_below(r, 8)) {
    case 0:  return random_word(r);
    case 1:  return 0;
    case 2:  return leaf | random_below(r, 1024) | random_word(r) << 54;
    case 3:
    case 4:  return page_of(r, play.tables, PLAY_PAGES) >> PAGE_SHIFT << PPN_SHIFT | PTE_V;
    default: return leaf | PTE_V | PTE_R | PTE_W | PTE_U | PTE_A | PTE_D;
    }
}

uint64_t wild_entry(struct random *r)
{
    switch (random_below(r, 8)) {
    case 0:  return random_word(r);
    case 1:  return 0;
    case 2:  return wild_base(r) | ENTRY_V;
    case 3:  return TC_V | random_below(r, 4096);           /* the flags of a context */
    case 4:
    case 5:  return TC_V;
    default: return page_of(r, play.directories, PLAY_PAGES) >> PAGE_SHIFT << PPN_SHIFT | ENTRY_V;
    }
}

uint64_t wild_fsc(struct random *r)
{
    uint64_t table = page_of(r, play.tables, PLAY_PAGES) >> PAGE_SHIFT;

    switch (random_below(r, 8)) {
    case 0:  return random_word(r);
    case 1:  return 0;
    case 2:  return random_word(r) << FSC_MODE_SHIFT | wild_address(r) >> PAGE_SHIFT;
    default: return (uint64_t)FSC_SV39 << FSC_MODE_SHIFT | table;
    }
}

static uint64_t some_id(struct random *r)
{
    switch (random_below(r, 4)) {
    case 0:  return random_word(r) & 0xffffffU;
    case 1:  return hog_testdev_id + random_below(r, 4);    /* the neighbours' are next to it */
    default: return random_below(r, 2) == 0U ? hog_testdev_id : hog_edu_id;
    }
}

struct iommu_command wild_forget(struct random *r)
{
    switch (random_below(r, 8)) {
    case 0:  return iommu_forget_contexts();
    case 1:  return iommu_forget_context((uint32_t)some_id(r));
    case 2:  return iommu_forget_all();
    case 3:  return iommu_forget_process(random_below(r, 8));
    case 4:  return iommu_fence();
    default: return iommu_forget_address_of(wild_iova(r), random_below(r, 8));
    }
}

struct iommu_command wild_command(struct random *r)
{
    struct iommu_command command = wild_forget(r);
    uint64_t function = random_below(r, 8), opcode = 1U + random_below(r, 5);

    switch (random_below(r, 8)) {
    case 0:                            /* anything */
        return (struct iommu_command){ { random_word(r), random_word(r) } };
    case 1:                            /* of a kind that there is, with anything in it */
        command.words[0] = opcode | function << CMD_FUNC_SHIFT | random_word(r) << 10;
        command.words[1] = random_word(r);
        return command;
    case 2:                            /* fences that store everywhere */
        return (struct iommu_command){ {
            (uint64_t)CMD_IOFENCE | CMD_AV | random_word(r) << FENCE_DATA_SHIFT
                | (random_word(r) & (FENCE_PR | FENCE_PW | IOMMU_BIT(11))),
            (wild_address(r) + random_below(r, IOMMU_PAGE)) >> FENCE_ADDR_SHIFT } };
    case 3:                            /* GVMA, and VMA of a GSCID */
        command.words[0] = (uint64_t)CMD_IOTINVAL | (function & 1U) << CMD_FUNC_SHIFT
                           | IOMMU_BIT(33) | (uint64_t)random_below(r, 256) << 44
                           | (random_word(r) & CMD_AV);
        return command;
    case 4:                            /* one bit too many */
        command.words[random_below(r, 2)] ^= UINT64_C(1) << random_below(r, 64);
        return command;
    case 5:
        command.words[0] = (uint64_t)CMD_IODIR | function << CMD_FUNC_SHIFT
                           | (random_word(r) & DIR_DV) | some_id(r) << DIR_DID_SHIFT
                           | (uint64_t)random_below(r, 1U << 20) << DIR_PID_SHIFT;
        command.words[1] = 0;
        return command;
    default:
        return command;
    }
}

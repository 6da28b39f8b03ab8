/* SPDX-License-Identifier: Apache-2.0 */
/* The attacks: each is short, and leaves the IOMMU in whatever state it comes to. */
#include "guest/lib/csr.h"
#include "guest/lib/probe.h"
#include "guest/viommuhog/viommuhog.h"

#define COUNT(array)  ((uint32_t)(sizeof(array) / sizeof((array)[0])))
#define STORES        32U
#define COMMANDS      24U            /* in one go: more than a piece of the hypervisor's */
#define FLOOD_LENGTH  UINT32_C(0x1000) /* 1024 records: a quarter of the hypervisor's queue */
#define VECTORS_WIDTH 16U            /* of icvec */
#define MSI_VECTORS   16U
#define IDENTITIES    256U           /* of an interrupt file */

static uint64_t *words_at(uint64_t address) { return (uint64_t *)(uintptr_t)address; }

/* ---- registers ------------------------------------------------------------------------------ */

static uint64_t amoswap8(uint64_t address, uint64_t value)
{
    __asm__ volatile("amoswap.d %0, %0, (%1)" : "+r"(value) : "r"(address) : "memory");
    return value;
}

static uint64_t lr_sc(uint64_t address, uint64_t value)
{
    __asm__ volatile("lr.d t0, (%1)\n\tsc.d %0, %0, (%1)" : "+r"(value) : "r"(address)
                     : "t0", "memory");
    return value;
}

static bool store(uint32_t offset, uint64_t value, uint64_t (*how)(uint64_t, uint64_t))
{
    struct fault fault;

    (void)probe(how, hog_iommu.base + offset, value, &fault);
    hog.stores++;
    hog.exceptions += fault.taken;
    return !fault.taken;
}

/* Half of them at registers that there are. */
static uint32_t some_offset(struct random *r)
{
    static const uint16_t registers[] = {
        IOMMU_CAPABILITIES, IOMMU_FCTL, IOMMU_DDTP, IOMMU_CQB, IOMMU_CQH, IOMMU_CQT, IOMMU_FQB,
        IOMMU_FQH, IOMMU_FQT, IOMMU_CQCSR, IOMMU_FQCSR, IOMMU_IPSR, IOMMU_ICVEC, IOMMU_MSI_CFG_TBL
    };

    return random_below(r, 2) == 0U ? registers[random_below(r, COUNT(registers))]
                                    : random_below(r, IOMMU_PAGE);
}

static uint64_t some_value(struct random *r, uint32_t offset)
{
    /* It tells where records are written to. */
    if (offset + sizeof(uint64_t) > IOMMU_FQB && offset < IOMMU_FQB + sizeof(uint32_t)) {
        return wild_base(r);
    }
    switch (random_below(r, 8)) {
    case 0:  return UINT64_MAX;
    case 1:  return 0;
    case 2:  return UINT64_C(1) << random_below(r, 64);
    case 3:  return wild_base(r);
    case 4:  return random_below(r, 1U << PLAY_QUEUE_LOG2);
    case 5:  return random_below(r, 16);
    default: return random_word(r);
    }
}

static void stores(struct random *r)
{
    static uint64_t (*const ways[])(uint64_t, uint64_t) = {
        probe_store4, probe_store4, probe_store4, probe_store4, probe_store8, probe_store8,
        probe_store8, probe_store1, probe_store2, probe_amo4, amoswap8, lr_sc
    };

    for (uint32_t i = 0; i < STORES; i++) {
        uint32_t way = random_below(r, COUNT(ways)), offset = some_offset(r);

        /* Some of them misaligned, some over the end of the page. */
        if (random_below(r, 8) != 0U) {
            offset &= way < 4U ? ~3U : ~7U;
        }
        (void)store(offset, some_value(r, offset), ways[way]);
    }
    if (iommu_get64(&hog_iommu, IOMMU_CAPABILITIES) != hog_iommu.capabilities) {
        hog_wrong("capabilities have changed");
    }
}

/* ---- queues --------------------------------------------------------------------------------- */

/* Where a queue of so many bytes is: where there is room, or over the end of RAM. */
static uint64_t queue_base(struct random *r, uint64_t room, uint64_t bytes)
{
    return random_below(r, 4) == 0U ? play.end - bytes / 2U : room;
}

static void arm_commands(struct random *r)
{
    uint32_t log2 = 1U + random_below(r, PLAY_QUEUE_LOG2);
    uint64_t base = queue_base(r, play.commands, (uint64_t)COMMAND_SIZE << log2);

    iommu_set32(&hog_iommu, IOMMU_CQCSR, 0);
    iommu_set64(&hog_iommu, IOMMU_CQB, base >> PAGE_SHIFT << PPN_SHIFT | (log2 - 1U));
    iommu_set32(&hog_iommu, IOMMU_CQT, 0);
    iommu_set32(&hog_iommu, IOMMU_CQCSR, QUEUE_ENABLE | (random_below(r, 2) == 0U ? QUEUE_INTERRUPT
                                                                                   : 0U));
}

static void arm_records(struct random *r)
{
    uint32_t log2 = 1U + random_below(r, PLAY_QUEUE_LOG2);
    uint64_t base = queue_base(r, play.records, (uint64_t)FAULT_SIZE << log2);

    iommu_set32(&hog_iommu, IOMMU_FQCSR, 0);
    iommu_set64(&hog_iommu, IOMMU_FQB, base >> PAGE_SHIFT << PPN_SHIFT | (log2 - 1U));
    iommu_set32(&hog_iommu, IOMMU_FQH, 0);
    iommu_set32(&hog_iommu, IOMMU_FQCSR, QUEUE_ENABLE | (random_below(r, 2) == 0U ? QUEUE_INTERRUPT
                                                                                   : 0U));
}

/* Errors that stop the queue are cleared, most of the time. */
static void forgive(struct random *r)
{
    if (random_below(r, 4) != 0U) {
        iommu_set32(&hog_iommu, IOMMU_CQCSR, QUEUE_ENABLE | CQCSR_ERRORS | CQCSR_FENCE_W_IP);
    }
}

static void give(struct random *r, uint32_t count, struct iommu_command (*make)(struct random *))
{
    uint32_t size = 2U << (iommu_get64(&hog_iommu, IOMMU_CQB) & QUEUE_LOG2SZ_MASK);
    uint32_t tail = iommu_get32(&hog_iommu, IOMMU_CQT);

    for (uint32_t i = 0; i < count; i++) {
        uint64_t *entry = words_at(play.commands + (tail & ((1U << PLAY_QUEUE_LOG2) - 1U))
                                                       * (uint64_t)COMMAND_SIZE);
        struct iommu_command command = make(r);

        entry[0] = command.words[0];
        entry[1] = command.words[1];
        tail = (tail + 1U) & (size - 1U);
    }
    hog.commands += count;
    iommu_set32(&hog_iommu, IOMMU_CQT, tail);
}

static void commands(struct random *r)
{
    forgive(r);
    give(r, 1U + random_below(r, COMMANDS), wild_command);
}

/* As many invalidations as there is room for. */
static void full_queue(struct random *r)
{
    iommu_set32(&hog_iommu, IOMMU_CQCSR, 0);
    iommu_set64(&hog_iommu, IOMMU_CQB, play.commands >> PAGE_SHIFT << PPN_SHIFT
                                           | (PLAY_QUEUE_LOG2 - 1U));
    iommu_set32(&hog_iommu, IOMMU_CQT, 0);
    iommu_set32(&hog_iommu, IOMMU_CQCSR, QUEUE_ENABLE | CQCSR_ERRORS);
    give(r, (1U << PLAY_QUEUE_LOG2) - 1U, wild_forget);
}

/* ---- tables --------------------------------------------------------------------------------- */

static void directories(struct random *r)
{
    uint64_t *page = words_at(play.directories
                              + random_below(r, PLAY_PAGES) * (uint64_t)IOMMU_PAGE);

    for (uint32_t i = 0; i < IOMMU_PAGE / sizeof(uint64_t); i++) {
        page[i] = i % DC_BASE_WORDS == DC_FSC ? wild_fsc(r)
                  : i % DC_BASE_WORDS == DC_TC ? wild_entry(r)
                  : random_below(r, 4) == 0U   ? random_word(r)
                                               : random_below(r, 8) << TA_PSCID_SHIFT;
    }
    iommu_set64(&hog_iommu, IOMMU_DDTP, (play.directories >> PAGE_SHIFT << PPN_SHIFT)
                                            | random_below(r, 6));
}

static void page_tables(struct random *r)
{
    uint64_t *page = words_at(play.tables + random_below(r, PLAY_PAGES) * (uint64_t)IOMMU_PAGE);

    for (uint32_t i = 0; i < IOMMU_PAGE / sizeof(uint64_t); i++) {
        page[i] = wild_pte(r);
    }
}

/* Contexts as they should be: what follows happens behind translation. */
static void good_context(struct random *r)
{
    uint64_t *root = words_at(play.directories);
    const uint32_t ids[] = { hog_testdev_id, hog_edu_id };

    for (uint32_t i = 0; i < COUNT(ids); i++) {
        uint64_t *context = &root[ids[i] * (uint32_t)DC_BASE_WORDS];

        context[DC_IOHGATP] = 0;
        context[DC_TA] = random_below(r, 8) << TA_PSCID_SHIFT;
        context[DC_FSC] = wild_fsc(r);
        context[DC_TC] = TC_V | (random_below(r, 4) == 0U ? TC_DTF : 0U);
    }
    iommu_set64(&hog_iommu, IOMMU_DDTP,
                play.directories >> PAGE_SHIFT << PPN_SHIFT | (uint64_t)DDTP_1LVL);
}

/* ---- devices, messages ---------------------------------------------------------------------- */

static void dma(struct random *r)
{
    for (uint32_t i = 0; i < 8U; i++) {
        hog.writes++;
        hog.landed += testdev_write(&hog_testdev, wild_iova(r) & ~UINT64_C(3), HOG_WORD);
    }
    if (!edu_is_busy(&hog_edu)) {
        hog.transfers++;
        edu_start(&hog_edu, random_below(r, 2) == 0U ? EDU_FROM_MEMORY : EDU_TO_MEMORY,
                  wild_iova(r), 0, 1U + random_below(r, EDU_BUFFER_SIZE / 2U));
    }
}

static void flood(struct random *r)
{
    hog.writes++;
    hog.landed += testdev_write(&hog_testdev, wild_iova(r) & ~UINT64_C(3), FLOOD_LENGTH);
}

static void messages(struct random *r)
{
    iommu_set32(&hog_iommu, IOMMU_FCTL, random_below(r, 8));
    iommu_set64(&hog_iommu, IOMMU_ICVEC, random_word(r) >> random_below(r, VECTORS_WIDTH));
    for (uint32_t i = 0; i < MSI_VECTORS; i++) {
        uint32_t entry = (uint32_t)IOMMU_MSI_CFG_TBL + i * (uint32_t)MSI_ENTRY;

        iommu_set64(&hog_iommu, entry + (uint32_t)MSI_ADDR,
                    wild_address(r) + random_below(r, IOMMU_PAGE));
        iommu_set32(&hog_iommu, entry + (uint32_t)MSI_DATA,
                    random_below(r, random_below(r, 2) == 0U ? IDENTITIES : UINT32_MAX));
        iommu_set32(&hog_iommu, entry + (uint32_t)MSI_VEC_CTL, random_below(r, 4));
    }
}

void attack(struct random *r)
{
    static void (*const attacks[])(struct random *) = {
        stores, stores, arm_commands, arm_records, commands, commands, commands, commands,
        directories, page_tables, good_context, good_context, dma, dma, dma, dma, messages
    };

    /* What takes long comes seldom. */
    switch (random_below(r, 2048)) {
    case 0:  full_queue(r); break;
    case 1:
    case 2:
    case 3:  flood(r); break;
    default: attacks[random_below(r, COUNT(attacks))](r); break;
    }
    fence();
}

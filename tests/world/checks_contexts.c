/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device contexts as they are in the memory of each IOMMU, found by a walk from ddtp, and as the
 * hardware reads them: I1, I3, I4, and of guests that have stopped I12.
 */
#include "tests/world/checks_inside.h"

#include <string.h>

#include "hyp/dma/state.h"
#include "hyp/irq/vimsic.h"

enum { STRANGERS = 4, MAX_DIRECTORY_PAGES = 512 };

static struct {
    uint64_t ddtp[BOARD_MAX_IOMMUS];
    uint64_t dice;
    bool dead[CONFIG_MAX_GUESTS];
} contexts;

bool guest_is_dead(uint32_t guest)
{
    return contexts.dead[guest];
}

uint64_t directory_mode(uint32_t iommu)
{
    return contexts.ddtp[iommu];
}

static bool extended(uint32_t iommu)
{
    return (world_model_config(iommu)->capabilities & CAP_MSI_FLAT) != 0U;
}

/* ---- one context ---------------------------------------------------------------------------- */

static void check_msi(uint32_t iommu, uint32_t id, uint32_t guest, const uint64_t dc[DC_WORDS])
{
    const struct iommu_msi_table *table = &dma_guests[guest].msi;

    if (dc[DC_MSIPTP] == 0U) {
        return;
    }
    must("I4", ATP_PPN(dc[DC_IOHGATP]) == dma_guests[guest].gstage.root.v >> 12,
         "IOMMU %u, id 0x%x: an MSI table without its guest's G-stage", iommu, id);
    must("I1", ATP_MODE(dc[DC_MSIPTP]) == MSIPTP_FLAT && (dc[DC_MSIPTP] & ATP_RESERVED) == 0U &&
         ATP_PPN(dc[DC_MSIPTP]) << 12 == table->base.v && dc[DC_MSI_ADDR_MASK] == table->mask &&
         dc[DC_MSI_ADDR_PATTERN] == GUEST_IMSIC_BASE >> 12 &&
         table->mask < BIT(6), "IOMMU %u, id 0x%x: MSI table 0x%llx, mask 0x%llx, pattern 0x%llx",
         iommu, id, (wide)dc[DC_MSIPTP], (wide)dc[DC_MSI_ADDR_MASK],
         (wide)dc[DC_MSI_ADDR_PATTERN]);
}

/* Of an id that a guest has. */
static void check_context(uint32_t iommu, uint32_t id, uint32_t guest, const uint64_t dc[DC_WORDS])
{
    const uint64_t deny = PLACE(ATP_SV39, 60, 4) | PLACE(DMA_GSCID_DENY, 44, 16) |
                          ATP_PPN(dma_iommus[iommu].iommu.setup.deny);
    const uint64_t own = PLACE(ATP_SV39, 60, 4) | PLACE(gscid_of_id(iommu, id), 44, 16) |
                         dma_guests[guest].gstage.root.v >> 12;
    const uint64_t iohgatp = dc[DC_IOHGATP], tc = dc[DC_TC];
    const struct pool_page root = pool_page(ATP_PPN(iohgatp) << 12);

    must("I1", (tc & TC_V) != 0U, "IOMMU %u, id 0x%x of guest %u: context not valid", iommu, id,
         guest);
    must("I1", (iohgatp == deny && root.use == POOL_EMPTY_TABLE) ||
         (iohgatp == own && root.use == POOL_DEVICE_TABLE && root.whose == guest),
         "IOMMU %u, id 0x%x of guest %u: iohgatp 0x%llx is neither 0x%llx nor 0x%llx", iommu, id,
         guest, (wide)iohgatp, (wide)own, (wide)deny);
    must("I1", (iohgatp & 3U) == 0U, "IOMMU %u, id 0x%x: root 0x%llx not aligned", iommu, id,
         (wide)iohgatp);
    must("I1", (tc & ~(TC_V | TC_DTF | TC_PDTV | TC_DPE)) == 0U &&
         (dc[DC_TA] & DC_TA_RESERVED) == 0U &&
         (dc[DC_FSC] & ATP_RESERVED) == 0U, "IOMMU %u, id 0x%x: tc 0x%llx, ta 0x%llx, fsc 0x%llx",
         iommu, id, (wide)tc, (wide)dc[DC_TA], (wide)dc[DC_FSC]);
    if (viommu_of_id(iommu, id) == PLAN_NO_VIOMMU) {
        must("I1", dc[DC_FSC] == 0U && dc[DC_TA] == 0U && (tc & (TC_PDTV | TC_DPE)) == 0U,
             "IOMMU %u, id 0x%x: a first stage without a vIOMMU", iommu, id);
    }
    if (extended(iommu)) {
        must("I1", dc[DC_RESERVED] == 0U, "IOMMU %u, id 0x%x: reserved word", iommu, id);
        check_msi(iommu, id, guest, dc);
    }
    if (contexts.dead[guest] && !world_in_trouble(iommu)) {
        must("I12", iohgatp == deny && (tc & TC_DTF) != 0U && dc[DC_MSIPTP] == 0U,
             "IOMMU %u, id 0x%x: guest %u has stopped, and its device is not blocked", iommu, id,
             guest);
    }
}

static void check(uint32_t iommu, uint32_t id, const uint64_t dc[DC_WORDS])
{
    const uint32_t guest = owner_of_id(iommu, id);

    if (guest == WORLD_NOBODY) {
        must("I1", (dc[DC_TC] & TC_V) == 0U, "IOMMU %u, id 0x%x, which nobody has: context valid",
             iommu, id);
    } else {
        check_context(iommu, id, guest, dc);
    }
}

/* ---- the directory -------------------------------------------------------------------------- */

static uint64_t word_at(uint64_t address)
{
    const uint64_t *word = world_memory(address, 8U);

    must("I1", word != NULL, "a directory in no memory, at 0x%llx", (wide)address);
    return *word;
}

static unsigned id_shift(uint32_t iommu, unsigned level)
{
    return level == 0U ? 0U : (extended(iommu) ? 6U : 7U) + 9U * (level - 1U);
}

/* The context of an id; false: not valid, or beyond the directory. */
static bool find(uint32_t iommu, uint32_t id, uint64_t dc[DC_WORDS])
{
    const unsigned levels = (unsigned)(DDTP_MODE(contexts.ddtp[iommu]) - DDTP_BARE);
    const unsigned words = extended(iommu) ? DC_WORDS : DC_WORDS / 2;
    uint64_t table = DDTP_PPN(contexts.ddtp[iommu]) << 12;

    if (id >> id_shift(iommu, levels) != 0U && id_shift(iommu, levels) < 24U) {
        return false;
    }
    for (unsigned level = levels - 1U; level > 0U; level--) {
        const unsigned low = id_shift(iommu, level);
        const unsigned high = id_shift(iommu, level + 1U) < 24U ? id_shift(iommu, level + 1U) : 24U;
        const uint64_t entry = word_at(table + FIELD(id, low, high - low) * 8U);

        if ((entry & ENTRY_V) == 0U) {
            return false;
        }
        must("I1", (entry & NONLEAF_RESERVED) == 0U, "directory entry 0x%llx", (wide)entry);
        table = ENTRY_PPN(entry) << 12;
    }
    const unsigned last = id_shift(iommu, 1U);

    memset(dc, 0, DC_WORDS * sizeof(*dc));
    for (unsigned w = 0; w < words; w++) {
        dc[w] = word_at(table + (FIELD(id, 0, last) * words + w) * 8U);
    }
    return (dc[DC_TC] & TC_V) != 0U;
}

static void check_id(uint32_t iommu, uint32_t id)
{
    uint64_t dc[DC_WORDS];
    const bool valid = find(iommu, id, dc);

    if (valid) {
        check(iommu, id, dc);
    } else {
        must("I1", owner_of_id(iommu, id) == WORLD_NOBODY, "IOMMU %u, id 0x%x of guest %u: "
             "context not valid", iommu, id, owner_of_id(iommu, id));
    }
}

static uint32_t random_id(void)
{
    contexts.dice = contexts.dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(contexts.dice >> 40) >> (contexts.dice >> 33 & 15U);
}

static bool directory_is_used(uint32_t iommu)
{
    return world_model(iommu) != NULL && DDTP_MODE(contexts.ddtp[iommu]) >= DDTP_1LVL;
}

/* ---- MSI tables ----------------------------------------------------------------------------- */

static void check_msi_entry(uint32_t guest, uint32_t n, const uint64_t pte[2])
{
    const bool file = n < world_plan()->guests[guest].vcpu_count;

    if ((pte[0] & ENTRY_V) == 0U) {
        return;
    }
    must("I2", file, "guest %u: MSI entry %u is valid, and there is no such file", guest, n);
    if (MSIPTE_M(pte[0]) == MSIPTE_M_BASIC) {
        must("I2", is_file_of(guest, ENTRY_PPN(pte[0]) << 12, CHECKS_PAGE),
             "guest %u: MSIs %u go to 0x%llx", guest, n, (wide)(ENTRY_PPN(pte[0]) << 12));
        return;
    }
    const struct pool_page box = pool_page(MSIPTE_MRIF_ADDRESS(pte[0]));

    must("I2", MSIPTE_M(pte[0]) == MSIPTE_M_MRIF && box.use == POOL_LETTER_BOX &&
         box.whose == guest, "guest %u: MSIs %u are left at 0x%llx", guest, n,
         (wide)MSIPTE_MRIF_ADDRESS(pte[0]));
    must("I2", is_notice_of(guest, NOTICE_NPPN(pte[1]) << 12, CHECKS_PAGE),
         "guest %u: notices %u go to 0x%llx", guest, n, (wide)(NOTICE_NPPN(pte[1]) << 12));
}

static void check_msi_table(uint32_t guest)
{
    const struct iommu_msi_table *table = &dma_guests[guest].msi;

    for (uint32_t n = 0; table->base.v != 0U && n < table->entries; n++) {
        check_msi_entry(guest, n, world_memory(table->base.v + 16U * n, 16U));
    }
}

/* ---- all of them ---------------------------------------------------------------------------- */

void contexts_check(void)
{
    const struct plan *plan = world_plan();

    for (uint32_t i = 0; i < plan->config->device_count; i++) {
        const struct plan_dma *dma = &plan->devices[i].dma;

        for (uint32_t k = 0; k < dma->id_count && dma->iommu != PLAN_NO_IOMMU; k++) {
            if (directory_is_used(dma->iommu)) {
                check_id(dma->iommu, dma->ids[k]);
            }
        }
    }
    for (uint32_t i = 0; i < plan->board->iommu_count; i++) {
        for (unsigned n = 0; directory_is_used(i) && n < STRANGERS; n++) {
            check_id(i, random_id());
        }
    }
    for (uint32_t g = 0; g < plan->guest_count; g++) {
        check_msi_table(g);
    }
}

/* Each table of a directory, from the top; each valid context has an owner. */
static void scan(uint32_t iommu, uint64_t table, unsigned level, uint32_t first)
{
    const unsigned words = level == 0U ? (extended(iommu) ? DC_WORDS : DC_WORDS / 2) : 1U;

    for (unsigned i = 0; i < CHECKS_PAGE / 8U / words; i++) {
        const uint64_t entry = word_at(table + UINT64_C(8) * words * i);
        const uint32_t id = first | i << id_shift(iommu, level);

        if ((entry & ENTRY_V) == 0U) {
            continue;
        }
        if (level != 0U) {
            scan(iommu, ENTRY_PPN(entry) << 12, level - 1U, id);
        } else {
            must("I1", owner_of_id(iommu, id) != WORLD_NOBODY, "IOMMU %u, id 0x%x, which nobody "
                 "has: context valid", iommu, id);
        }
    }
}

void contexts_scan(void)
{
    for (uint32_t i = 0; i < world_plan()->board->iommu_count; i++) {
        if (directory_is_used(i)) {
            scan(i, DDTP_PPN(contexts.ddtp[i]) << 12,
                 (unsigned)(DDTP_MODE(contexts.ddtp[i]) - DDTP_1LVL), 0U);
        }
    }
}

void contexts_read(uint32_t iommu, uint32_t device_id, uint64_t address, size_t size)
{
    uint64_t dc[DC_WORDS] = { 0 };

    must("I2", in_pool(address, size), "IOMMU %u reads its directory at 0x%llx", iommu,
         (wide)address);
    if (size > 8U) {
        memcpy(dc, world_memory(address, size), size);
        check(iommu, device_id, dc);
    }
}

/* ---- I3, and what the ids are at boot -------------------------------------------------------- */

static void check_ids(void)
{
    const struct plan *plan = world_plan();

    for (uint32_t v = 0; v < plan->config->viommu_count; v++) {
        const struct plan_viommu *viommu = &plan->viommus[v];

        for (uint32_t n = 0; n < viommu->id_count; n++) {
            const struct plan_viommu_id *id = &viommu->ids[n];
            must("I3", owner_of_id(viommu->iommu, id->physical_id) == viommu->guest &&
                 viommu_of_id(viommu->iommu, id->physical_id) == v,
                 "vIOMMU %u: id 0x%x is not its guest's", v, id->physical_id);
            for (uint32_t k = 0; k < n; k++) {
                must("I3", id->virtual_id != viommu->ids[k].virtual_id &&
                     id->physical_id != viommu->ids[k].physical_id,
                     "vIOMMU %u: two ids are 0x%x or 0x%x", v, id->virtual_id, id->physical_id);
            }
        }
    }
    for (uint32_t i = 0; i < plan->config->device_count; i++) {
        const struct plan_dma *dma = &plan->devices[i].dma;

        for (uint32_t k = 0; k < dma->id_count && dma->iommu != PLAN_NO_IOMMU; k++) {
            must("I3", owner_of_id(dma->iommu, dma->ids[k]) == plan->device_guests[i],
                 "IOMMU %u: two guests have id 0x%x", dma->iommu, dma->ids[k]);
        }
    }
}

void contexts_begin(void)
{
    memset(&contexts, 0, sizeof(contexts));
    for (uint32_t i = 0; i < world_plan()->board->iommu_count; i++) {
        if (world_model(i) != NULL) {
            contexts.ddtp[i] = model_read(world_model(i), REG_DDTP, 8U);
            must("I1", DDTP_MODE(contexts.ddtp[i]) >= DDTP_1LVL &&
                 DDTP_MODE(contexts.ddtp[i]) <= DDTP_3LVL, "IOMMU %u has ddtp 0x%llx", i,
                 (wide)contexts.ddtp[i]);
        }
    }
    check_ids();
    contexts_scan();
    contexts_check();
}

void checks_stopped(uint32_t guest)
{
    contexts.dead[guest] = true;
    contexts_check();
    translate_nothing(guest);
}

void checks_started(uint32_t guest)
{
    contexts.dead[guest] = false;
}

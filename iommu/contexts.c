/* SPDX-License-Identifier: Apache-2.0 */
/* What devices may do, and how that changes under their hands: step by step (iommu/steps.h), each
 * committed before the next. */
#include "iommu/iommu.h"

#include <stddef.h>

#include "iommu/claims.h"
#include "iommu/dc.h"
#include "iommu/flush.h"
#include "iommu/memory.h"
#include "iommu/queue.h"
#include "iommu/steps.h"

/* 6.3.1: after a change of contexts, with the GSCIDs that they had. */
static enum iommu_result commit(struct iommu *iommu, struct iommu_command inval_ddt, uint16_t one,
                                uint16_t other)
{
    const struct iommu_command batch[] = {
        inval_ddt,
        iommu_inval_vma(one),
        iommu_inval_gvma(one),
        iommu_inval_vma(other),
        iommu_inval_gvma(other),
    };
    const uint32_t count = sizeof(batch) / sizeof(batch[0]);

    _Static_assert(sizeof(batch) / sizeof(batch[0]) <= IOMMU_BATCH_MAX, "a batch holds these");
    return iommu_run(iommu, batch, one == other ? count - 2U : count);
}

static pa_t word_at(pa_t dc, uint32_t word)
{
    return pa_add(dc, word * sizeof(uint64_t));
}

static struct iommu_dc load(const struct iommu *iommu, pa_t at)
{
    struct iommu_dc dc = { .word = { 0U } };

    for (uint32_t i = 0; i < iommu->directory.dc_words; i++) {
        dc.word[i] = iommu_load64(word_at(at, i));
    }
    return dc;
}

static void store_word(const struct iommu *iommu, pa_t at, const struct iommu_dc *dc, uint32_t word)
{
    iommu_store64(word_at(at, word), dc->word[word]);
    iommu_flush(word_at(at, word), sizeof(uint64_t), iommu->setup.cache_block);
}

/* A context that had V = 0: nothing is cached of it, and it counts from the last store on. */
static void store_new(const struct iommu *iommu, pa_t at, const struct iommu_dc *dc)
{
    for (uint32_t i = iommu->directory.dc_words; i-- > 0U;) {
        store_word(iommu, at, dc, i);
    }
    _Static_assert(IOMMU_DC_TC == 0U, "V is in the last word that is stored");
}

/* What of a step is new. tc is first where it makes the device quiet, and last where it lets it
 * speak: so that few faults of the step itself are told of. */
static void store_step(const struct iommu *iommu, pa_t at, const struct iommu_dc *from,
                       const struct iommu_dc *to)
{
    const uint32_t words = iommu->directory.dc_words;
    const bool quiet = (to->word[IOMMU_DC_TC] & IOMMU_TC_DTF) != 0U;

    for (uint32_t i = 0; i < words; i++) {
        const uint32_t word = quiet ? i : words - 1U - i;
        if (from->word[word] != to->word[word]) {
            store_word(iommu, at, to, word);
        }
    }
}

static uint16_t gscid_of(const struct iommu_dc *dc)
{
    return iommu_iohgatp_gscid(dc->word[IOMMU_DC_IOHGATP]);
}

/* One step of a device on its way to what it is to be; false: it is there. */
static bool step(const struct iommu *iommu, uint32_t device_id, const struct iommu_dc *to,
                 uint16_t *old_gscid)
{
    const pa_t at = iommu_directory_find(&iommu->directory, device_id);
    const struct iommu_dc from = load(iommu, at);
    struct iommu_dc next = from;

    *old_gscid = gscid_of(&from);
    if (!iommu_step(&next, to, iommu->setup.deny)) {
        return false;
    }
    store_step(iommu, at, &from, &next);
    return true;
}

/* All the way; what changes nothing is committed as well, for a guest may have changed what its
 * context leads to. */
static enum iommu_result change(struct iommu *iommu, uint32_t device_id, const struct iommu_dc *to)
{
    enum iommu_result result = iommu_intact(iommu);
    uint16_t gscid;

    for (uint32_t n = 0; result == IOMMU_OK && n < IOMMU_STEPS_MAX; n++) {
        if (!step(iommu, device_id, to, &gscid) && n != 0U) {
            break;
        }
        result = commit(iommu, iommu_inval_ddt(device_id), gscid, gscid);
    }
    return result;
}

enum iommu_result iommu_claim(struct iommu *iommu, uint32_t device_id, uint16_t gscid,
                              struct pages *pages)
{
    const struct iommu_claim *claim = iommu_claim_of(iommu, device_id);
    const struct iommu_dc blocked = iommu_dc_blocked(iommu->setup.deny, true);

    if (claim != NULL) {
        return claim->gscid == gscid ? IOMMU_OK : IOMMU_NOT_OWNER;
    }
    if (device_id > iommu->setup.max_device_id) {
        return IOMMU_NO_LEVELS;
    }
    if (iommu->claim_count == IOMMU_MAX_CLAIMS) {
        return IOMMU_TOO_MANY;
    }
    if (!iommu_directory_make(&iommu->directory, device_id, pages)) {
        return IOMMU_NO_MEMORY;
    }
    store_new(iommu, iommu_directory_find(&iommu->directory, device_id), &blocked);
    iommu->claims[iommu->claim_count++] = (struct iommu_claim){ device_id, gscid };
    /* The whole directory, for the levels may be new as well; and what firmware may have left of
     * this GSCID. */
    return commit(iommu, iommu_inval_ddt_all(), gscid_of(&blocked), gscid);
}

enum iommu_result iommu_attach(struct iommu *iommu, uint32_t device_id,
                               const struct iommu_context *context)
{
    const struct iommu_claim *claim = iommu_claim_of(iommu, device_id);
    const struct iommu_dc to = iommu_dc_compose(context);
    const bool has_msi_table = context->msi_table.v != 0U;

    if (claim == NULL || claim->gscid != iommu_iohgatp_gscid(context->iohgatp)) {
        return IOMMU_NOT_OWNER;
    }
    if (!iommu_caps_offer_gstage(&iommu->caps, context->iohgatp)) {
        return IOMMU_NO_GSTAGE;
    }
    if (!iommu_first_stage_offered(&iommu->caps, context)) {
        return IOMMU_NO_FIRST_STAGE;
    }
    if (has_msi_table && !iommu->caps.msi_flat) {
        return IOMMU_NO_MSI_TABLES;
    }
    return change(iommu, device_id, &to);
}

enum iommu_result iommu_quiet(struct iommu *iommu, uint32_t device_id)
{
    if (iommu_claim_of(iommu, device_id) == NULL) {
        return IOMMU_NOT_OWNER;
    }
    struct iommu_dc to = load(iommu, iommu_directory_find(&iommu->directory, device_id));

    to.word[IOMMU_DC_TC] |= IOMMU_TC_DTF;
    return change(iommu, device_id, &to);
}

enum iommu_result iommu_msi_moved(struct iommu *iommu, uint16_t gscid)
{
    const struct iommu_command inval = iommu_inval_gvma(gscid);

    return iommu_run(iommu, &inval, 1U);
}

enum iommu_result iommu_refuse(struct iommu *iommu, uint32_t device_id, bool quiet)
{
    const struct iommu_dc refused = iommu_dc_blocked(iommu->setup.deny, quiet);

    return iommu_claim_of(iommu, device_id) == NULL ? IOMMU_NOT_OWNER
                                                    : change(iommu, device_id, &refused);
}

enum iommu_result iommu_block(struct iommu *iommu, uint32_t device_id)
{
    return iommu_refuse(iommu, device_id, true);
}

/* One step of every device of a GSCID; false: all are there. */
static bool step_all(const struct iommu *iommu, uint16_t gscid, const struct iommu_dc *to)
{
    bool any = false;
    uint16_t old_gscid;

    for (uint32_t i = 0; i < iommu->claim_count; i++) {
        any |= iommu->claims[i].gscid == gscid &&
               step(iommu, iommu->claims[i].device_id, to, &old_gscid);
    }
    return any;
}

enum iommu_result iommu_block_all(struct iommu *iommu, uint16_t gscid)
{
    const struct iommu_dc blocked = iommu_dc_blocked(iommu->setup.deny, true);
    enum iommu_result result = iommu_intact(iommu);

    for (uint32_t n = 0; result == IOMMU_OK && n < IOMMU_STEPS_MAX; n++) {
        if (!step_all(iommu, gscid, &blocked) && n != 0U) {
            break;
        }
        result = commit(iommu, iommu_inval_ddt_all(), gscid, gscid_of(&blocked));
    }
    return result;
}

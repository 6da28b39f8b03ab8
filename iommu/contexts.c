/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What devices may do, and how that changes under their hands.
 *
 * A context has eight words, the IOMMU reads them in any order and at any time (2.1.2, 2.9), and it
 * tags what it remembers of an MSI table with the GSCID of the same context. So while msiptp and
 * iohgatp are not of one guest, what one guest's device looks up may be remembered as another's. V
 * = 0 in between would be one way; but then a device that does not stop would fill the fault queue
 * with "not valid" (258), which DTF cannot silence. Therefore V stays 1, and a change goes in
 * steps, with all caches invalidated and a fence after each:
 *
 *   1. hush: DTF = 1, then msiptp Off. It only takes away, and is not told of.
 *   2. move: iohgatp, in one store its root and its GSCID, while msiptp is Off for certain and the
 *      mask and the pattern mean nothing.
 *   3. speak: msiptp in one store, while iohgatp is the new one for certain; then tc with the
 *      wished DTF.
 *
 * A step that changes nothing is left out; a context without an MSI table is done after step 2.
 */
#include "iommu/iommu.h"

#include <stddef.h>

#include "iommu/dc.h"
#include "iommu/flush.h"
#include "iommu/memory.h"
#include "iommu/queue.h"

/* 6.3.1: after a change of a context, with the GSCID that it had. */
static enum iommu_result commit(struct iommu *iommu, struct iommu_command inval_ddt, uint16_t gscid)
{
    const struct iommu_command batch[] = {
        inval_ddt,
        iommu_inval_vma(gscid),
        iommu_inval_gvma(gscid),
    };

    _Static_assert(sizeof(batch) / sizeof(batch[0]) <= IOMMU_BATCH_MAX, "a batch holds these");
    return iommu_run(iommu, batch, sizeof(batch) / sizeof(batch[0]));
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

/* The words from last down to first. The caller says which may change together. */
static void store(const struct iommu *iommu, pa_t at, const struct iommu_dc *dc, uint32_t first,
                  uint32_t last)
{
    for (uint32_t i = last + 1U; i-- > first;) {
        if (i < iommu->directory.dc_words) {
            iommu_store64(word_at(at, i), dc->word[i]);
        }
    }
    iommu_flush(at, iommu->directory.dc_words * sizeof(uint64_t), iommu->setup.cache_block);
}

/* A context that had V = 0: nothing is cached of it, and it counts from the last store on. */
static void store_new(const struct iommu *iommu, pa_t at, const struct iommu_dc *dc)
{
    store(iommu, at, dc, IOMMU_DC_TC + 1U, IOMMU_DC_WORDS_EXTENDED - 1U);
    store(iommu, at, dc, IOMMU_DC_TC, IOMMU_DC_TC);
}

static bool has_msi_table(const struct iommu_dc *dc)
{
    return dc->word[IOMMU_DC_MSIPTP] != IOMMU_MSIPTP_OFF;
}

/* Step 1. Whether there was anything to do, which step 2 has to wait for. */
static bool hush(const struct iommu *iommu, pa_t at)
{
    struct iommu_dc dc = load(iommu, at);

    if (!has_msi_table(&dc)) {
        return false;
    }
    dc.word[IOMMU_DC_TC] |= IOMMU_TC_DTF;
    dc.word[IOMMU_DC_MSIPTP] = IOMMU_MSIPTP_OFF;
    store(iommu, at, &dc, IOMMU_DC_TC, IOMMU_DC_TC);
    store(iommu, at, &dc, IOMMU_DC_MSIPTP, IOMMU_DC_MSIPTP);
    return true;
}

/* Step 2, to a context that has no MSI table, or not yet. */
static void move(const struct iommu *iommu, pa_t at, const struct iommu_dc *to)
{
    struct iommu_dc dc = *to;

    dc.word[IOMMU_DC_MSIPTP] = IOMMU_MSIPTP_OFF;
    dc.word[IOMMU_DC_TC] |= has_msi_table(to) ? IOMMU_TC_DTF : 0U;
    store(iommu, at, &dc, IOMMU_DC_TC, IOMMU_DC_MSI_PATTERN);
}

/* Step 3; all else is there already. */
static void speak(const struct iommu *iommu, pa_t at, const struct iommu_dc *to)
{
    store(iommu, at, to, IOMMU_DC_TC, IOMMU_DC_MSI_PATTERN);
}

/* All but DTF. */
static bool same_reach(const struct iommu_dc *a, const struct iommu_dc *b)
{
    return a->word[IOMMU_DC_IOHGATP] == b->word[IOMMU_DC_IOHGATP] &&
           a->word[IOMMU_DC_MSIPTP] == b->word[IOMMU_DC_MSIPTP] &&
           a->word[IOMMU_DC_MSI_MASK] == b->word[IOMMU_DC_MSI_MASK] &&
           a->word[IOMMU_DC_MSI_PATTERN] == b->word[IOMMU_DC_MSI_PATTERN];
}

static enum iommu_result change(struct iommu *iommu, uint32_t device_id, const struct iommu_dc *to)
{
    const pa_t at = iommu_directory_find(&iommu->directory, device_id);
    const struct iommu_dc from = load(iommu, at);
    const struct iommu_command inval = iommu_inval_ddt(device_id);
    const uint16_t old_gscid = iommu_iohgatp_gscid(from.word[IOMMU_DC_IOHGATP]);
    const uint16_t new_gscid = iommu_iohgatp_gscid(to->word[IOMMU_DC_IOHGATP]);
    enum iommu_result result = iommu_alive(iommu);

    if (same_reach(&from, to)) {
        speak(iommu, at, to);
        return commit(iommu, inval, new_gscid);
    }
    if (result == IOMMU_OK && hush(iommu, at)) {
        result = commit(iommu, inval, old_gscid);
    }
    if (result == IOMMU_OK) {
        move(iommu, at, to);
        result = commit(iommu, inval, old_gscid);
    }
    if (result == IOMMU_OK && has_msi_table(to)) {
        speak(iommu, at, to);
        result = commit(iommu, inval, new_gscid);
    }
    return result;
}

static const struct iommu_claim *find_claim(const struct iommu *iommu, uint32_t device_id)
{
    for (uint32_t i = 0; i < iommu->claim_count; i++) {
        if (iommu->claims[i].device_id == device_id) {
            return &iommu->claims[i];
        }
    }
    return NULL;
}

enum iommu_result iommu_claim(struct iommu *iommu, uint32_t device_id, uint16_t gscid,
                              struct pages *pages)
{
    const struct iommu_claim *claim = find_claim(iommu, device_id);
    const struct iommu_dc blocked = iommu_dc_blocked(iommu->setup.deny);

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
    /* The whole directory, for the levels may be new as well. */
    return commit(iommu, iommu_inval_ddt_all(), iommu_iohgatp_gscid(iommu->setup.deny));
}

enum iommu_result iommu_attach(struct iommu *iommu, uint32_t device_id,
                               const struct iommu_context *context)
{
    const struct iommu_claim *claim = find_claim(iommu, device_id);
    const struct iommu_dc to = iommu_dc_compose(context);

    if (claim == NULL || claim->gscid != iommu_iohgatp_gscid(context->iohgatp)) {
        return IOMMU_NOT_OWNER;
    }
    if (!iommu_caps_offer_gstage(&iommu->caps, context->iohgatp)) {
        return IOMMU_NO_GSTAGE;
    }
    if (has_msi_table(&to) && !iommu->caps.msi_flat) {
        return IOMMU_NO_MSI_TABLES;
    }
    return change(iommu, device_id, &to);
}

enum iommu_result iommu_quiet(struct iommu *iommu, uint32_t device_id)
{
    if (find_claim(iommu, device_id) == NULL) {
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

enum iommu_result iommu_block(struct iommu *iommu, uint32_t device_id)
{
    const struct iommu_dc blocked = iommu_dc_blocked(iommu->setup.deny);

    return find_claim(iommu, device_id) == NULL ? IOMMU_NOT_OWNER
                                                : change(iommu, device_id, &blocked);
}

enum iommu_result iommu_block_all(struct iommu *iommu, uint16_t gscid)
{
    const struct iommu_dc blocked = iommu_dc_blocked(iommu->setup.deny);
    enum iommu_result result = iommu_alive(iommu);
    bool hushed = false;

    for (uint32_t i = 0; result == IOMMU_OK && i < iommu->claim_count; i++) {
        if (iommu->claims[i].gscid == gscid) {
            hushed |= hush(iommu,
                           iommu_directory_find(&iommu->directory, iommu->claims[i].device_id));
        }
    }
    if (hushed) {
        result = commit(iommu, iommu_inval_ddt_all(), gscid);
    }
    for (uint32_t i = 0; result == IOMMU_OK && i < iommu->claim_count; i++) {
        if (iommu->claims[i].gscid == gscid) {
            move(iommu, iommu_directory_find(&iommu->directory, iommu->claims[i].device_id),
                 &blocked);
        }
    }
    return result == IOMMU_OK ? commit(iommu, iommu_inval_ddt_all(), gscid) : result;
}

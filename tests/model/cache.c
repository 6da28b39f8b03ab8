/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Caching in-memory data structures". Entries are kept as they were read, one by one and of every
 * level, tagged as the specification tags them: an IOMMU that caches whole translations does
 * nothing that this one could not do too.
 */
#include "tests/model/inside.h"

static bool same_range(uint64_t a, uint64_t b, unsigned log2)
{
    return log2 >= 64U || (a >> log2) == (b >> log2);
}

/* A global mapping is in every address space of its owner. */
static bool fits(const struct entry *e, const struct tag *tag)
{
    return e->present && e->tag.table == tag->table && e->tag.gv == tag->gv
        && e->tag.owner == tag->owner && (e->tag.space == tag->space || e->global)
        && same_range(e->tag.address, tag->address, e->size_log2);
}

const struct entry *cache_find(struct model *model, const struct tag *tag, bool leaf)
{
    const struct entry *found = NULL;
    unsigned count = 0;

    if (!chance(model, model->config.whims.use)) {
        return NULL;
    }
    for (size_t i = 0; i < CACHE_ENTRIES; i++) {
        const struct entry *e = &model->cache[i];

        if (e->leaf == leaf && fits(e, tag) && random64(model) % ++count == 0U) {
            found = e;
        }
    }
    return found;
}

/* Several entries may fit one address: where there is an old one, it stays or is replaced. */
void cache_keep(struct model *model, const struct entry *entry)
{
    size_t slot = (size_t)(random64(model) % CACHE_ENTRIES);

    if (!chance(model, model->config.whims.keep)) {
        return;
    }
    for (size_t i = 0; i < CACHE_ENTRIES; i++) {
        const struct entry *e = &model->cache[(slot + i) % CACHE_ENTRIES];

        if (!e->present) {
            slot = (slot + i) % CACHE_ENTRIES;
            break;
        }
    }
    model->cache[slot] = *entry;
    model->cache[slot].present = true;
}

void cache_forget_some(struct model *model)
{
    if (chance(model, model->config.whims.drop)) {
        model->cache[random64(model) % CACHE_ENTRIES].present = false;
    }
}

static bool overlaps(const struct entry *e, const struct invalidation *what)
{
    return same_range(e->tag.address, what->address,
                      e->size_log2 > what->size_log2 ? e->size_log2 : what->size_log2);
}

/* "IOTINVAL.VMA operands and operations" */
static bool hit_by_vma(const struct entry *e, const struct invalidation *what)
{
    return e->tag.table == TABLE_FIRST && e->tag.gv == what->gv
        && (!what->gv || e->tag.owner == what->gscid)
        && (!what->pscv || (e->tag.space == what->pscid && !e->global))
        && (!what->av || (overlaps(e, what) && (e->leaf || what->nl)));
}

/* "IOTINVAL.GVMA operands and operations" */
static bool hit_by_gvma(const struct entry *e, const struct invalidation *what)
{
    return (e->tag.table == TABLE_SECOND || e->tag.table == TABLE_MSI)
        && (!what->gv || (e->tag.owner == what->gscid
                          && (!what->av || (overlaps(e, what) && (e->leaf || what->nl)))));
}

static bool hit_by_ddt(const struct entry *e, const struct invalidation *what)
{
    return (e->tag.table == TABLE_DDT && (!what->dv || (e->leaf && e->tag.address == what->did)))
        || (e->tag.table == TABLE_PDT && (!what->dv || e->tag.owner == what->did));
}

static bool hit_by_pdt(const struct entry *e, const struct invalidation *what)
{
    return e->tag.table == TABLE_PDT && e->leaf && e->tag.owner == what->did
        && e->tag.address == what->pid;
}

void cache_invalidate(struct model *model, const struct invalidation *what)
{
    static bool (*const hit_by[])(const struct entry *, const struct invalidation *) = {
        [INVALIDATE_VMA] = hit_by_vma, [INVALIDATE_GVMA] = hit_by_gvma,
        [INVALIDATE_DDT] = hit_by_ddt, [INVALIDATE_PDT] = hit_by_pdt
    };

    for (size_t i = 0; i < CACHE_ENTRIES; i++) {
        struct entry *e = &model->cache[i];

        if (e->present && hit_by[what->what](e, what)) {
            e->present = false;
        }
    }
    region_forget(model, what);
}

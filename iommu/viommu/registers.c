/* SPDX-License-Identifier: Apache-2.0 */
/* Stores to registers, and the step that each of them starts: 5. Registers that are not here are
 * read-only, or are not there and read as 0. */
#include <stddef.h>

#include "iommu/viommu/parts.h"

#define BOTH_INDEXES(mask) ((uint64_t)(mask) << 32 | (mask)) /* head and tail share a doubleword */
#define ONE_OF_VECTORS     (VIOMMU_VECTORS - 1U)

/* ---- registers of 32 bits ------------------------------------------------------------------- */

static bool is_on(const struct viommu *v, uint32_t csr)
{
    return (viommu_get32(v, csr) & IOMMU_QCSR_ON) != 0U;
}

/* 5.4. Messages that are due to leave do not, when wires take over. */
static void write_fctl(struct viommu *v, uint32_t value, struct viommu_effects *out)
{
    if (is_on(v, IOMMU_CQCSR) || is_on(v, IOMMU_FQCSR)) {
        return;
    }
    viommu_set32(v, IOMMU_FCTL, value & IOMMU_FCTL_WSI, out);
    if ((value & IOMMU_FCTL_WSI) != 0U) {
        v->msi_pending = 0U;
    }
}

static void write_index(struct viommu *v, uint32_t index, uint32_t base, uint32_t value,
                        struct viommu_effects *out)
{
    viommu_set32(v, index, value & viommu_queue_mask(viommu_get64(v, base)), out);
}

/* 5.15, 5.16. on follows enable at once: never busy. The index is the one that the IOMMU moves, and
 * is 0 with the errors when the queue comes on. */
static void write_csr(struct viommu *v, uint32_t csr, uint32_t w1c, uint32_t index, uint32_t value,
                      struct viommu_effects *out)
{
    const uint32_t kept = viommu_get32(v, csr) & w1c & ~value;
    const uint32_t set = value & (IOMMU_QCSR_EN | IOMMU_QCSR_IE);

    if ((value & IOMMU_QCSR_EN) == 0U) {
        viommu_set32(v, csr, kept | set, out);
    } else if (is_on(v, csr)) {
        viommu_set32(v, csr, kept | set | IOMMU_QCSR_ON, out);
    } else {
        viommu_set32(v, csr, set | IOMMU_QCSR_ON, out);
        viommu_set32(v, index, 0U, out);
    }
}

/* False: no register of 32 bits that can be written. */
static bool write_32(struct viommu *v, uint32_t offset, uint32_t value, struct viommu_effects *out)
{
    switch (offset) {
    case IOMMU_FQH: write_index(v, IOMMU_FQH, IOMMU_FQB, value, out); return true;
    case IOMMU_FCTL: write_fctl(v, value, out); return true;
    case IOMMU_CQCSR:
        write_csr(v, IOMMU_CQCSR, IOMMU_CQCSR_W1C, IOMMU_CQH, value, out);
        return true;
    case IOMMU_FQCSR:
        write_csr(v, IOMMU_FQCSR, IOMMU_FQCSR_W1C, IOMMU_FQT, value, out);
        return true;
    case IOMMU_IPSR:
        viommu_set32(v, IOMMU_IPSR, viommu_get32(v, IOMMU_IPSR) & ~value, out);
        return true;
    default: break;
    }
    for (uint32_t vector = 0; vector < VIOMMU_VECTORS; vector++) {
        if (offset == IOMMU_MSI_DATA(vector)) {
            viommu_set32(v, offset, value, out);
            return true;
        }
        if (offset == IOMMU_MSI_VEC_CTL(vector)) {
            viommu_set32(v, offset, value & IOMMU_MSI_VEC_CTL_M, out);
            return true;
        }
    }
    return false;
}

/* ---- registers of 64 bits ------------------------------------------------------------------- */

/* 5.5. with_mode: the low half is written, or all of it. */
static void write_ddtp(struct viommu *v, uint64_t value, bool with_mode, struct viommu_effects *out)
{
    const uint64_t kept = value & (IOMMU_PPN_53_10_MASK | IOMMU_DDTP_MODE_MASK);

    if ((viommu_get32(v, IOMMU_DDTP) & IOMMU_DDTP_BUSY) != 0U ||
        (value & IOMMU_DDTP_MODE_MASK) > IOMMU_DDTP_LEVELS(IOMMU_MAX_LEVELS)) {
        return;
    }
    if (with_mode && v->setup.device_count != 0U) {
        v->next_device = 0U;
        viommu_set64(v, IOMMU_DDTP, kept | IOMMU_DDTP_BUSY, out);
    } else {
        viommu_set64(v, IOMMU_DDTP, kept, out);
    }
}

/* 5.6, 5.9. The indexes are cut to what the queue has. */
static void write_base(struct viommu *v, uint32_t base, uint32_t csr, uint32_t indexes,
                       uint64_t value, struct viommu_effects *out)
{
    const uint64_t asked = value & IOMMU_QB_LOG2SZ_MASK;
    const uint64_t log2 = asked < VIOMMU_QUEUE_LOG2_MAX ? asked : VIOMMU_QUEUE_LOG2_MAX - 1U;
    const uint64_t kept = (value & IOMMU_PPN_53_10_MASK) | log2;

    if (is_on(v, csr)) {
        return;
    }
    viommu_set64(v, base, kept, out);
    viommu_set64(v, indexes, viommu_get64(v, indexes) & BOTH_INDEXES(viommu_queue_mask(kept)), out);
}

static void write_64(struct viommu *v, uint32_t offset, uint64_t value, bool low,
                     struct viommu_effects *out)
{
    switch (offset) {
    case IOMMU_DDTP: write_ddtp(v, value, low, out); return;
    case IOMMU_CQB: write_base(v, IOMMU_CQB, IOMMU_CQCSR, IOMMU_CQH, value, out); return;
    case IOMMU_FQB: write_base(v, IOMMU_FQB, IOMMU_FQCSR, IOMMU_FQH, value, out); return;
    case IOMMU_ICVEC: /* 5.28: one bit for each cause that there is */
        viommu_set64(v, IOMMU_ICVEC, value & (ONE_OF_VECTORS << IOMMU_ICVEC_CIV_SHIFT |
                                              ONE_OF_VECTORS << IOMMU_ICVEC_FIV_SHIFT), out);
        return;
    default: break;
    }
    for (uint32_t vector = 0; vector < VIOMMU_VECTORS; vector++) {
        if (offset == IOMMU_MSI_ADDR(vector)) {
            viommu_set64(v, offset, value & IOMMU_MSI_ADDR_MASK, out);
        }
    }
}

static __attribute__((noinline)) void write_seldom(struct viommu *v,
                                                   const struct viommu_write *w,
                                                   struct viommu_effects *out)
{
    const uint32_t word = w->offset & ~7U;
    const uint32_t shift = w->offset % 8U * 8U;

    if (w->offset >= IOMMU_REGS_END) {
        return;
    }
    if (w->width == sizeof(uint64_t)) {
        write_64(v, word, w->value, true, out);
    } else if (w->width == sizeof(uint32_t) && !write_32(v, w->offset, (uint32_t)w->value, out)) {
        const uint64_t other = viommu_get64(v, word) & ~((uint64_t)UINT32_MAX << shift);

        write_64(v, word, other | (uint64_t)(uint32_t)w->value << shift, shift == 0U, out);
    }
}

/* By far the most frequent one comes first. */
static inline void write_register(struct viommu *v, const struct viommu_write *w,
                                  struct viommu_effects *out)
{
    if (w->offset == IOMMU_CQT && w->width == sizeof(uint32_t)) {
        write_index(v, IOMMU_CQT, IOMMU_CQB, (uint32_t)w->value, out);
    } else {
        write_seldom(v, w, out);
    }
}

/* ---- steps ---------------------------------------------------------------------------------- */

/* 5.5: busy falls when the last context is as the directory says. */
static __attribute__((noinline)) void renew_piece(struct viommu *v, struct viommu_effects *out)
{
    const uint32_t left = v->setup.device_count - v->next_device;
    const uint32_t end = v->next_device + (left < VIOMMU_PIECE ? left : VIOMMU_PIECE);
    const uint32_t ddtp = viommu_get32(v, IOMMU_DDTP);

    for (; v->next_device < end; v->next_device++) {
        viommu_renew(v, v->next_device, !v->all_new, out);
    }
    if (v->next_device == v->setup.device_count) {
        v->all_new = false;
        if ((ddtp & IOMMU_DDTP_BUSY) != 0U) {
            viommu_set32(v, IOMMU_DDTP, ddtp & ~IOMMU_DDTP_BUSY, out);
        }
    }
}

void viommu_step(struct viommu *v, const struct viommu_write *write, struct viommu_effects *out)
{
    viommu_begin(out);
    if (write != NULL) {
        write_register(v, write, out);
    }
    viommu_remember(v, out);
    if (v->next_device < v->setup.device_count) {
        renew_piece(v, out);
    } else if (viommu_commands_due(v)) {
        viommu_commands(v, out);
    } else {
        /* The store is all there was to do. */
    }
    out->more = v->next_device < v->setup.device_count || viommu_commands_due(v);
    if (!viommu_is_quiet(v)) {
        viommu_settle(v, out);
    }
}

/* 5.2. */
void viommu_reset(struct viommu *v, const struct viommu_setup *setup, struct viommu_effects *out)
{
    v->setup = *setup;
    v->msi_pending = 0U;
    v->next_device = 0U;
    v->all_new = true;
    for (uint32_t word = 0; word < VIOMMU_WORDS; word++) {
        v->words[word] = 0U;
    }
    v->words[IOMMU_CAPABILITIES / sizeof(uint64_t)] = setup->capabilities;
    v->words[IOMMU_DDTP / sizeof(uint64_t)] = setup->boot_off ? IOMMU_DDTP_OFF : IOMMU_DDTP_BARE;
    viommu_step(v, NULL, out);
    for (uint32_t i = 0; i < VIOMMU_WORDS / 64U; i++) {
        out->dirty[i] = UINT64_MAX;
    }
}

/* 5.15: cqh names the command that is done first when the guest has cleared cmd_to. Errors that
 * came later in the queue have not happened yet; messages of the step are due still. */
void viommu_unfinished(struct viommu *v, struct viommu_effects *out)
{
    const uint32_t stopped = is_on(v, IOMMU_CQCSR) ? IOMMU_CQCSR_CMD_TO : 0U;

    out->change_count = 0U;
    out->forget_count = 0U;
    out->fence = false;
    out->store_count = 0U;
    out->more = v->next_device < v->setup.device_count;
    viommu_set32(v, IOMMU_CQH, out->cqh_before, out);
    viommu_set32(v, IOMMU_CQCSR, out->cqcsr_before | stopped, out);
    viommu_settle(v, out);
}

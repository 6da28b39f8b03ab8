/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/irq/vimsic.h"

/* AIA 3.8: numbers of registers behind siselect */
#define EIDELIVERY  0x70U
#define EITHRESHOLD 0x72U
#define EIP0        0x80U
#define EIE0        0xc0U
#define LAST        0xffU

#define EIDELIVERY_ON 1U

/* AIA 3.9: stopei holds the identity twice, in 26:16 and, as its priority, in 10:0. */
#define TOPEI_ID_SHIFT 16U

_Static_assert(sizeof(struct mrif) == MRIF_ALIGNMENT, "AIA 8.3.1: 32 pairs of doublewords");

static uint32_t word_count(const struct vimsic *f)
{
    return (f->num_ids + 1U) / VIMSIC_WORD_IDS;
}

/* Identity 0 is none. */
static uint64_t valid_bits(uint32_t word)
{
    return word == 0U ? ~UINT64_C(1) : ~UINT64_C(0);
}

static uint32_t lowest_bit(uint64_t word)
{
    uint32_t bit = 0U;

    for (uint32_t half = 32U; half != 0U; half /= 2U) {
        if ((word & ((UINT64_C(1) << half) - 1U)) == 0U) {
            word >>= half;
            bit += half;
        }
    }
    return bit;
}

/* The lowest identity that is pending, enabled and below the threshold; 0: none. */
static uint32_t top(const struct vimsic *f)
{
    const uint32_t threshold = atomic_load(&f->eithreshold);

    for (uint32_t w = 0U; w < word_count(f); w++) {
        const uint64_t word = atomic_load(&f->eip[w]) & atomic_load(&f->eie[w]);
        if (word != 0U) {
            const uint32_t id = w * VIMSIC_WORD_IDS + lowest_bit(word);
            return threshold == 0U || id < threshold ? id : 0U;
        }
    }
    return 0U;
}

void vimsic_init(struct vimsic *f, pa_t at, uint32_t num_ids)
{
    f->at = at;
    f->num_ids = num_ids;
    f->open = 0U;
    mrif_reset(&f->boxes[0]);
    mrif_reset(&f->boxes[1]);
    vimsic_reset(f);
}

void vimsic_reset(struct vimsic *f)
{
    atomic_store(&f->eidelivery, 0U);
    atomic_store(&f->eithreshold, 0U);
    for (uint32_t w = 0U; w < VIMSIC_WORDS; w++) {
        atomic_store(&f->eie[w], 0U);
        atomic_store(&f->eip[w], 0U);
    }
}

bool vimsic_set_pending(struct vimsic *f, uint32_t id)
{
    if (id == 0U || id > f->num_ids) {
        return false;
    }
    const uint64_t bit = UINT64_C(1) << (id % VIMSIC_WORD_IDS);
    const uint64_t before = atomic_fetch_or(&f->eip[id / VIMSIC_WORD_IDS], bit);

    /* Who set it before has told the hart, or nobody wanted it. */
    return (before & bit) == 0U && vimsic_signals(f);
}

bool vimsic_signals(const struct vimsic *f)
{
    return atomic_load(&f->eidelivery) == EIDELIVERY_ON && top(f) != 0U;
}

uint32_t vimsic_topei(const struct vimsic *f)
{
    const uint32_t id = top(f);

    return id << TOPEI_ID_SHIFT | id;
}

uint32_t vimsic_claim(struct vimsic *f)
{
    const uint32_t id = top(f);

    (void)atomic_fetch_and(&f->eip[id / VIMSIC_WORD_IDS],
                           ~(UINT64_C(1) << (id % VIMSIC_WORD_IDS)));
    return id << TOPEI_ID_SHIFT | id;
}

static uint64_t access_word(_Atomic uint64_t *word, uint64_t valid, enum csr_op op,
                            uint64_t operand)
{
    switch (op) {
    case CSR_SET:
        return atomic_fetch_or(word, operand & valid);
    case CSR_CLEAR:
        return atomic_fetch_and(word, ~operand);
    case CSR_WRITE:
    default:
        return atomic_exchange(word, operand & valid);
    }
}

/* All ones, as many as num_ids needs. */
static uint32_t id_mask(const struct vimsic *f)
{
    uint32_t mask = 1U;

    while (mask < f->num_ids) {
        mask = mask << 1U | 1U;
    }
    return mask;
}

static uint64_t access_field(_Atomic uint32_t *field, uint32_t mask, enum csr_op op,
                             uint64_t operand)
{
    const uint32_t old = atomic_load(field);

    atomic_store(field, (uint32_t)csr_access_result(op, old, operand) & mask);
    return old;
}

static bool access_array(const struct vimsic *f, _Atomic uint64_t *array, uint32_t number,
                         enum csr_op op, uint64_t operand, uint64_t *old)
{
    if (number % 2U != 0U) {
        return false;            /* of 32-bit harts only */
    }
    const uint32_t w = number / 2U;
    const uint64_t valid = w < word_count(f) ? valid_bits(w) : 0U;

    *old = access_word(&array[w], valid, op, operand);
    return true;
}

bool vimsic_access(struct vimsic *f, uint64_t select, enum csr_op op, uint64_t operand,
                   uint64_t *old)
{
    *old = 0U;
    if (select < EIDELIVERY || select > LAST) {
        return false;
    }
    if (select >= EIE0) {
        return access_array(f, f->eie, (uint32_t)select - EIE0, op, operand, old);
    }
    if (select >= EIP0) {
        return access_array(f, f->eip, (uint32_t)select - EIP0, op, operand, old);
    }
    if (select == EIDELIVERY) {
        *old = access_field(&f->eidelivery, EIDELIVERY_ON, op, operand);
    }
    if (select == EITHRESHOLD) {
        *old = access_field(&f->eithreshold, id_mask(f), op, operand);
    }
    return true;                 /* the others are reserved: they read 0 and ignore writes */
}

void mrif_reset(struct mrif *box)
{
    for (uint32_t w = 0U; w < VIMSIC_WORDS; w++) {
        atomic_store(&box->words[w].pending, 0U);
        atomic_store(&box->words[w].enable, ~UINT64_C(0));
    }
}

void vimsic_take(struct vimsic *f, struct mrif *box)
{
    for (uint32_t w = 0U; w < VIMSIC_WORDS; w++) {
        const uint64_t came = atomic_exchange(&box->words[w].pending, 0U);
        if (w < word_count(f) && came != 0U) {
            (void)atomic_fetch_or(&f->eip[w], came & valid_bits(w));
        }
    }
}

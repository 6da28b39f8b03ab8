/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vIOMMUs from outside: what a store makes of the registers (I10), what the page shows of them, the
 * records in the guest's queue (I7), how much of its memory is read in a step (I9). The rules are
 * those of the specification's chapter on registers and of docs/viommu.md.
 */
#include "tests/world/checks_inside.h"

#include <string.h>

#include "iommu/viommu/viommu.h"

/* A piece is 16 commands, or as many contexts of three levels. */
enum { MAX_LOADS = VIOMMU_PIECE + 4U * VIOMMU_PIECE, LOG2SZ_MAX = 14, RECORD_WORDS = 4 };

#define CQ_ERRORS  (CSR_MF | CQCSR_CMD_TO | CQCSR_CMD_ILL)
#define CQ_W1C     (CQ_ERRORS | CQCSR_FENCE_W_IP)
#define FQ_W1C     (CSR_MF | CSR_OF)
#define PPN_FIELD  PLACE(UINT64_MAX, 10, 44)

/* A vIOMMU that is served, and the memory that it sees, with a look over its shoulder. */
struct spy {
    struct viommu *v;
    uint32_t viommu;
    struct viommu_memory memory;
    unsigned loads;
};
static struct spy spies[CONFIG_MAX_VIOMMUS];
static uint32_t spy_count;

static uint32_t half(const uint64_t *words, uint32_t offset)
{
    return (uint32_t)(words[offset / 8U] >> offset % 8U * 8U);
}

/* ---- I7: records ---------------------------------------------------------------------------- */

static bool cause_is_shown(uint64_t cause)
{
    static const uint16_t causes[] = { 1, 4, 5, 6, 7, 12, 13, 15, 256, 257, 258, 259, 260, 265,
                                       266, 267, 269, 272, 274 };

    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
        if (causes[i] == cause) {
            return true;
        }
    }
    return false;
}

static bool is_virtual_id(uint32_t viommu, uint32_t id)
{
    const struct plan_viommu *v = &world_plan()->viommus[viommu];
    uint32_t n = 0;

    while (n < v->id_count && v->ids[n].virtual_id != id) {
        n++;
    }
    return n < v->id_count;
}

static void check_record(const struct spy *spy, const uint64_t *words)
{
    const uint64_t cause = FIELD(words[0], 0, 12), ttyp = FIELD(words[0], 34, 6);
    const uint32_t id = (uint32_t)FIELD(words[0], 40, 24);

    must("I7", words[1] == 0U && words[3] == 0U, "vIOMMU %u: a record with 0x%llx and iotval2 "
         "0x%llx", spy->viommu, (wide)words[1], (wide)words[3]);
    if (ttyp == TTYP_NONE) {
        must("I7", words[0] == CAUSE_MSI_WRITE_ACCESS &&
             (words[2] == spy->v->words[REG_MSI_ADDR(0U) / 8U] ||
              words[2] == spy->v->words[REG_MSI_ADDR(1U) / 8U]),
             "vIOMMU %u: a record of its own, 0x%llx, iotval 0x%llx", spy->viommu,
             (wide)words[0], (wide)words[2]);
        return;
    }
    must("I7", ttyp <= TTYP_MESSAGE && ttyp != 4U, "vIOMMU %u: a record of type %llu",
         spy->viommu, (wide)ttyp);
    must("I7", is_virtual_id(spy->viommu, id), "vIOMMU %u: a record of device 0x%x, which is none "
         "of its ids", spy->viommu, id);
    must("I7", cause_is_shown(cause), "vIOMMU %u: a record of cause %llu", spy->viommu,
         (wide)cause);
    must("I7", !checks_running() || used_iova(spy->viommu, id, words[2]),
         "vIOMMU %u: iotval 0x%llx, which device 0x%x has not used", spy->viommu,
         (wide)words[2], id);
}

static bool spy_load(void *ctx, gpa_t at, uint64_t *words, uint32_t count)
{
    struct spy *spy = ctx;

    spy->loads++;
    return spy->memory.load(spy->memory.ctx, at, words, count);
}

static bool spy_store(void *ctx, gpa_t at, const uint64_t *words, uint32_t count)
{
    const struct spy *spy = ctx;

    must("I7", count == RECORD_WORDS, "vIOMMU %u stores %u words", spy->viommu, count);
    check_record(spy, words);
    checks_ram_changed(reach_at(world_plan()->viommus[spy->viommu].guest, at.v), 8U * count);
    return spy->memory.store(spy->memory.ctx, at, words, count);
}

static bool spy_holds(void *ctx, gpa_t at, uint64_t size)
{
    const struct spy *spy = ctx;

    return spy->memory.holds(spy->memory.ctx, at, size);
}

/* ---- I10: what each register may be ---------------------------------------------------------- */

static void check_values(const struct spy *spy)
{
    const uint64_t *w = spy->v->words;
    const uint32_t cqcsr = half(w, REG_CQCSR), fqcsr = half(w, REG_FQCSR);
    const uint32_t ipsr = half(w, REG_IPSR);
    const uint64_t cqb = w[REG_CQB / 8], fqb = w[REG_FQB / 8], offered = w[0];
    const uint64_t shown = CAP_VERSION_1_0 | CAP_SV39 | CAP_SV48 | CAP_SV57 | CAP_IGS_BOTH |
                           CAP_PAS_IS(63U) | CAP_PD8 | CAP_PD17 | CAP_PD20 | CAP_NL | CAP_S;
    const bool good =
        offered == spy->v->setup.capabilities && (offered & ~shown) == 0U &&
        CAP_IGS(offered) == IGS_BOTH && CAP_PAS(offered) <= GUEST_ADDRESS_BITS &&
        (w[REG_FCTL / 8] & ~(uint64_t)FCTL_WSI) == 0U &&
        DDTP_MODE(w[REG_DDTP / 8]) <= DDTP_3LVL &&
        (w[REG_DDTP / 8] & ~(PPN_FIELD | DDTP_BUSY | ONES(4))) == 0U &&
        (cqb & ~(PPN_FIELD | ONES(5))) == 0U && (fqb & ~(PPN_FIELD | ONES(5))) == 0U &&
        FIELD(cqb, 0, 5) <= LOG2SZ_MAX && FIELD(fqb, 0, 5) <= LOG2SZ_MAX &&
        (half(w, REG_CQH) | half(w, REG_CQT)) >> QUEUE_LOG2SZ(cqb) == 0U &&
        (half(w, REG_FQH) | half(w, REG_FQT)) >> QUEUE_LOG2SZ(fqb) == 0U &&
        (cqcsr & ~(CSR_ENABLE | CSR_IE | CQ_W1C | CSR_ON)) == 0U &&
        (fqcsr & ~(CSR_ENABLE | CSR_IE | FQ_W1C | CSR_ON)) == 0U &&
        ((cqcsr & CSR_ENABLE) != 0U) == ((cqcsr & CSR_ON) != 0U) &&
        ((fqcsr & CSR_ENABLE) != 0U) == ((fqcsr & CSR_ON) != 0U) &&
        (ipsr & ~(BIT(CIP) | BIT(FIP))) == 0U &&
        ((cqcsr & CSR_IE) == 0U || (cqcsr & CQ_W1C) == 0U || (ipsr & BIT(CIP)) != 0U) &&
        ((fqcsr & CSR_IE) == 0U || (fqcsr & FQ_W1C) == 0U || (ipsr & BIT(FIP)) != 0U) &&
        (w[REG_ICVEC / 8] & ~(BIT(0) | BIT(4))) == 0U;

    must("I10", good, "vIOMMU %u: fctl 0x%x, ddtp 0x%llx, cqb 0x%llx, cqh 0x%x, cqt 0x%x, fqb "
         "0x%llx, fqh 0x%x, fqt 0x%x, cqcsr 0x%x, fqcsr 0x%x, ipsr 0x%x, icvec 0x%llx",
         spy->viommu, half(w, REG_FCTL), (wide)w[REG_DDTP / 8], (wide)cqb, half(w, REG_CQH),
         half(w, REG_CQT), (wide)fqb, half(w, REG_FQH), half(w, REG_FQT), cqcsr, fqcsr, ipsr,
         (wide)w[REG_ICVEC / 8]);
}

/* Doublewords that are registers here; all others read 0. */
static bool is_register(uint32_t n)
{
    return n <= REG_FQH / 8 || n == REG_CQCSR / 8 || n == REG_IPSR / 8 || n == REG_ICVEC / 8 ||
           (n >= REG_MSI_CFG_TBL / 8 && n < REG_MSI_ADDR(VIOMMU_VECTORS) / 8U);
}

/* The page that the guest reads. */
static void check_page(const struct spy *spy)
{
    const uint64_t *page = world_memory(state_page_of(spy->viommu), CHECKS_PAGE);

    for (uint32_t n = 0; n < CHECKS_PAGE / 8U; n++) {
        const uint64_t is = n < VIOMMU_WORDS ? spy->v->words[n] : 0U;

        must("I10", page[n] == is && (is_register(n) || is == 0U), "vIOMMU %u: its page shows "
             "0x%llx at 0x%x, the register is 0x%llx", spy->viommu, (wide)page[n], n * 8U,
             (wide)is);
    }
}

/* ---- I10: what a store makes of them --------------------------------------------------------- */

/* Of the register's 64 bits, what the store says; mask: which of them it reaches. False: it is
 * ignored, for it is not of a register's width. */
static bool reaches(const struct viommu_write *write, uint32_t offset, bool wide_one,
                    uint64_t *value, uint64_t *mask)
{
    if (write == NULL || write->offset % write->width != 0U || write->offset / 8U != offset / 8U) {
        return false;
    }
    if (write->width == 8U) {
        *value = write->value;
        *mask = UINT64_MAX;
        return wide_one;
    }
    if (write->width != 4U) {
        return false;
    }
    *value = FIELD(write->value, 0, 32) << (wide_one ? write->offset % 8U * 8U : 0U);
    *mask = ONES(32) << (wide_one ? write->offset % 8U * 8U : 0U);
    return wide_one || write->offset == offset;
}

static void expect(const struct spy *spy, uint32_t offset, uint64_t is, uint64_t should,
                   uint64_t mask, const struct viommu_write *write)
{
    must("I10", (is & mask) == (should & mask), "vIOMMU %u: register 0x%x is 0x%llx, not 0x%llx, "
         "after a store of 0x%llx, %u bytes, to 0x%x", spy->viommu, offset, (wide)is,
         (wide)should, write == NULL ? 0ULL : (wide)write->value,
         write == NULL ? 0U : write->width, write == NULL ? 0U : write->offset);
}

static void check_wide(const struct spy *spy, const uint64_t *old, uint32_t offset,
                       uint64_t writable, bool locked, const struct viommu_write *write)
{
    const uint64_t *now = spy->v->words;
    uint64_t value, mask, should = old[offset / 8U];

    if (!locked && reaches(write, offset, true, &value, &mask)) {
        should = (should & ~mask) | (value & mask & writable);
    }
    expect(spy, offset, now[offset / 8U], should, UINT64_MAX, write);
}

/* Bases: WARL in their size. */
static void check_base(const struct spy *spy, const uint64_t *old, uint32_t offset, uint32_t csr,
                       const struct viommu_write *write)
{
    uint64_t value, mask, should = old[offset / 8U];

    if ((half(old, csr) & CSR_ON) == 0U && reaches(write, offset, true, &value, &mask)) {
        should = ((should & ~mask) | (value & mask)) & (PPN_FIELD | ONES(5));
        if (FIELD(should, 0, 5) > LOG2SZ_MAX) {
            should = (should & ~ONES(5)) | LOG2SZ_MAX;
        }
    }
    expect(spy, offset, spy->v->words[offset / 8U], should, UINT64_MAX, write);
}

/* The index that software moves: cut to the queue's size, also when that changes. */
static void check_index(const struct spy *spy, const uint64_t *old, uint32_t offset, uint32_t base,
                        const struct viommu_write *write)
{
    const uint64_t *now = spy->v->words;
    uint64_t value, mask, should = half(old, offset);

    if (reaches(write, offset, false, &value, &mask)) {
        should = value;
    }
    expect(spy, offset, half(now, offset), should & ONES(QUEUE_LOG2SZ(now[base / 8U])),
           UINT64_MAX, write);
}

/* The index that the IOMMU moves: never while the queue is off, and from 0 when it comes on. */
static void check_moved(const struct spy *spy, const uint64_t *old, uint32_t offset, uint32_t base,
                        uint32_t csr, uint32_t most, const struct viommu_write *write)
{
    const uint64_t *now = spy->v->words;
    const uint32_t mask = (uint32_t)ONES(QUEUE_LOG2SZ(now[base / 8U]));
    const bool was = (half(old, csr) & CSR_ON) != 0U, is = (half(now, csr) & CSR_ON) != 0U;
    const uint32_t from = is && !was ? 0U : half(old, offset) & mask;

    if (is) {
        must("I10", ((half(now, offset) - from) & mask) <= most, "vIOMMU %u: index 0x%x goes from "
             "0x%x to 0x%x", spy->viommu, offset, from, half(now, offset));
    } else {
        expect(spy, offset, half(now, offset), from, UINT64_MAX, write);
    }
}

static void check_csr(const struct spy *spy, const uint64_t *old, uint32_t offset, uint64_t w1c,
                      const struct viommu_write *write)
{
    const uint64_t was = half(old, offset), is = half(spy->v->words, offset);
    uint64_t value = 0U, mask = 0U;
    const bool written = reaches(write, offset, false, &value, &mask);
    const uint64_t should = written ? value : was;

    expect(spy, offset, is, should, CSR_ENABLE | CSR_IE, write);
    /* An error that is not cleared stays, but when the queue comes on. */
    if ((was & CSR_ON) != 0U || (is & CSR_ON) == 0U) {
        const uint64_t kept = was & w1c & ~(written ? value : 0U);
        expect(spy, offset, is & kept, kept, UINT64_MAX, write);
    }
}

static void check_ddtp(const struct spy *spy, const uint64_t *old, const struct viommu_write *write)
{
    const uint64_t was = old[REG_DDTP / 8], is = spy->v->words[REG_DDTP / 8];
    uint64_t value, mask, should = was;

    if ((was & DDTP_BUSY) == 0U && reaches(write, REG_DDTP, true, &value, &mask)) {
        const uint64_t next = (was & ~mask) | (value & mask);
        should = DDTP_MODE(next) <= DDTP_3LVL ? next : was;
    }
    expect(spy, REG_DDTP, is, should, PPN_FIELD | ONES(4), write);
    must("I10", (is & DDTP_BUSY) == 0U || (was & DDTP_BUSY) != 0U || write != NULL,
         "vIOMMU %u: ddtp is busy without a store to it", spy->viommu);
}

/* cip and fip: cleared by 1, set by what stands or happens. */
static void check_ipsr(const struct spy *spy, const uint64_t *old, const struct viommu_write *write)
{
    const uint64_t was = half(old, REG_IPSR), is = half(spy->v->words, REG_IPSR);
    uint64_t value = 0U, mask = 0U;
    const bool written = reaches(write, REG_IPSR, false, &value, &mask);
    const uint64_t kept = was & ~(written ? value : 0U);

    expect(spy, REG_IPSR, is & kept, kept, UINT64_MAX, write);
}

static void check_store(const struct spy *spy, const uint64_t *old,
                        const struct viommu_write *write)
{
    const bool on = ((half(old, REG_CQCSR) | half(old, REG_FQCSR)) & CSR_ON) != 0U;
    uint64_t value, mask, should = half(old, REG_FCTL);

    if (!on && reaches(write, REG_FCTL, false, &value, &mask)) {
        should = value & FCTL_WSI;
    }
    expect(spy, REG_FCTL, spy->v->words[REG_FCTL / 8], should, UINT64_MAX, write);
    check_wide(spy, old, REG_CAPABILITIES, 0U, true, write);
    check_ddtp(spy, old, write);
    check_base(spy, old, REG_CQB, REG_CQCSR, write);
    check_base(spy, old, REG_FQB, REG_FQCSR, write);
    check_index(spy, old, REG_CQT, REG_CQB, write);
    check_index(spy, old, REG_FQH, REG_FQB, write);
    check_moved(spy, old, REG_CQH, REG_CQB, REG_CQCSR, VIOMMU_PIECE, write);
    check_moved(spy, old, REG_FQT, REG_FQB, REG_FQCSR, 2U * VIOMMU_VECTORS + 1U, write);
    check_csr(spy, old, REG_CQCSR, CQ_W1C, write);
    check_csr(spy, old, REG_FQCSR, FQ_W1C, write);
    check_ipsr(spy, old, write);
    check_wide(spy, old, REG_ICVEC, BIT(0) | BIT(4), false, write);
    for (uint32_t v = 0; v < VIOMMU_VECTORS; v++) {
        check_wide(spy, old, REG_MSI_ADDR(v), PLACE(UINT64_MAX, 2, 54), false, write);
        for (uint32_t at = REG_MSI_DATA(v); at <= REG_MSI_VEC_CTL(v); at += 4U) {
            should = half(old, at);
            if (reaches(write, at, false, &value, &mask)) {
                should = at == REG_MSI_DATA(v) ? value : value & MSI_VEC_CTL_M;
            }
            expect(spy, at, half(spy->v->words, at), should, UINT64_MAX, write);
        }
    }
}

/* ---- the calls of hyp/viommu ----------------------------------------------------------------- */

static struct spy *spy_on(struct viommu *v)
{
    uint32_t i = 0;

    while (i < spy_count && spies[i].v != v) {
        i++;
    }
    must("I10", i < CONFIG_MAX_VIOMMUS, "more vIOMMUs than can be");
    if (i == spy_count) {
        spies[spy_count++].v = v;
    }
    return &spies[i];
}

/* The guest's vIOMMUs are reset one after the other. */
static uint32_t which(const struct viommu *v, uint32_t guest)
{
    const struct plan *plan = world_plan();
    uint32_t viommu = 0;

    while (viommu < plan->config->viommu_count && plan->viommus[viommu].guest != guest) {
        viommu++;
    }
    for (uint32_t i = 0; i < spy_count; i++) {
        viommu += spies[i].v != v && plan->viommus[spies[i].viommu].guest == guest;
    }
    return viommu;
}

void __real_viommu_reset(struct viommu *v, const struct viommu_setup *setup,
                         struct viommu_effects *out);
void __wrap_viommu_reset(struct viommu *v, const struct viommu_setup *setup,
                         struct viommu_effects *out);
void __wrap_viommu_reset(struct viommu *v, const struct viommu_setup *setup,
                         struct viommu_effects *out)
{
    struct viommu_setup spied = *setup;
    struct spy *spy = spy_on(v);

    if (spy->memory.load == NULL) {
        spy->viommu = which(v, ((const struct guest *)setup->memory.ctx)->index);
    }
    spy->memory = setup->memory;
    spied.memory = (struct viommu_memory){ spy_load, spy_store, spy_holds, spy };
    __real_viommu_reset(v, &spied, out);
    check_values(spy);
    for (uint32_t n = 1; n < VIOMMU_WORDS; n++) {
        must("I10", v->words[n] == 0U || n == REG_DDTP / 8, "vIOMMU %u: 0x%llx at 0x%x after a "
             "reset", spy->viommu, (wide)v->words[n], n * 8U);
    }
}

void __real_viommu_step(struct viommu *v, const struct viommu_write *write,
                        struct viommu_effects *out);
void __wrap_viommu_step(struct viommu *v, const struct viommu_write *write,
                        struct viommu_effects *out);
void __wrap_viommu_step(struct viommu *v, const struct viommu_write *write,
                        struct viommu_effects *out)
{
    struct spy *spy = spy_on(v);
    uint64_t old[VIOMMU_WORDS];

    memcpy(old, v->words, sizeof(old));
    spy->loads = 0U;
    commands_step();
    __real_viommu_step(v, write, out);
    must("I9", spy->loads <= MAX_LOADS, "vIOMMU %u: %u loads in one step", spy->viommu,
         spy->loads);
    check_values(spy);
    check_store(spy, old, write);
}

void registers_begin(void)
{
    registers_check();
}

void registers_check(void)
{
    for (uint32_t i = 0; i < spy_count; i++) {
        check_values(&spies[i]);
        check_page(&spies[i]);
    }
}

void registers_end(void)
{
    memset(spies, 0, sizeof(spies));
    spy_count = 0U;
}

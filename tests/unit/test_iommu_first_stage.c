/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First stages nested in a guest's G-stage, and refused devices (iommu/iommu.h: iommu_first_stage,
 * iommu_refuse; iommu/steps.h). The fake IOMMU checks at every fence all mixtures of old and new
 * words of the watched contexts.
 */
#include "iommu/steps.h"
#include "tests/unit/fake_iommu_bench.h"

#define ID      0x123U
#define V       UINT64_C(0x001)
#define DTF     UINT64_C(0x010)
#define PDTV    UINT64_C(0x020)
#define DPE     UINT64_C(0x200)
#define SV39    (UINT64_C(8) << 60)
#define SV57    (UINT64_C(10) << 60)
#define PD8     (UINT64_C(1) << 60)
#define PD20    (UINT64_C(3) << 60)

static const uint64_t formats[] = { ALL_STAGES, BASE_STAGES };

struct shape {
    uint64_t tc;                 /* PDTV, DPE, DTF */
    uint32_t pscid;
    uint64_t fsc;
    bool no_msis;
    bool deny;                   /* blocked or refused */
    uint32_t other_gstage;
};

static const struct shape shapes[] = {
    { .deny = true, .tc = DTF },
    { .deny = true },
    { .tc = 0U },
    { .pscid = 1U, .fsc = SV39 | 0x80001U },
    { .pscid = 1U, .fsc = SV57 | 0x80002U },
    { .pscid = 2U, .fsc = SV57 | 0x80002U, .tc = DTF },
    { .pscid = 0xfffffU, .fsc = SV39 | 0x1fffffffU, .no_msis = true },
    { .pscid = 7U, .fsc = 0U },
    { .tc = PDTV, .fsc = PD8 | 0x80010U },
    { .tc = PDTV | DPE, .fsc = PD8 | 0x80010U, .no_msis = true },
    { .tc = PDTV | DPE | DTF, .fsc = PD20 | 0x80011U },
    { .tc = PDTV, .fsc = 0U },
    { .pscid = 2U, .fsc = SV57 | 0x80002U, .other_gstage = 4U },
    { .tc = PDTV, .fsc = PD8 | 0x80010U, .other_gstage = 4U },
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

static struct iommu_context context_like(const struct shape *shape, uint64_t capabilities)
{
    struct iommu_context context = capabilities == BASE_STAGES || shape->no_msis
                                       ? plain_context_of(ONE) : context_of(ONE);

    if (shape->deny) {
        return (struct iommu_context){ .iohgatp = DENY };
    }
    context.iohgatp += shape->other_gstage;
    context.first_stage = (struct iommu_first_stage){
        .process_directory = (shape->tc & PDTV) != 0U,
        .default_process = (shape->tc & DPE) != 0U,
        .pscid = shape->pscid,
        .fsc = shape->fsc,
    };
    context.quiet = (shape->tc & DTF) != 0U;
    return context;
}

/* It is as the shape says; how many fences that took. */
static uint32_t become(struct bench *b, const struct shape *shape, uint64_t capabilities)
{
    const struct iommu_context context = context_like(shape, capabilities);
    const uint32_t before = fake_iommu.fences;

    fake_iommu.events = 0U;
    if (shape->deny) {
        assert_int_equal(iommu_refuse(&b->iommu, ID, (shape->tc & DTF) != 0U), IOMMU_OK);
    } else {
        assert_int_equal(iommu_attach(&b->iommu, ID, &context), IOMMU_OK);
    }
    assert_dc(ID, V | shape->tc, &context);
    return fake_iommu.fences - before;
}

/* The bits of words in which two shapes differ: 1 tc but DTF, 2 PSCID, 4 fsc, 8 anything else. */
static uint32_t differences(const struct shape *a, const struct shape *b)
{
    return (((a->tc ^ b->tc) & ~DTF) != 0U ? 1U : 0U) | (a->pscid != b->pscid ? 2U : 0U) |
           (a->fsc != b->fsc ? 4U : 0U) |
           (a->no_msis != b->no_msis || a->deny != b->deny ||
            a->other_gstage != b->other_gstage ? 8U : 0U);
}

/* shows: R-DMA-08, R-DMA-60, R-DMA-61, R-DMA-62 */
static void test_iommu_first_stage_goes_from_each_to_each_without_a_wrong_moment(void **state)
{
    (void)state;
    for (uint32_t f = 0U; f < 2U; f++) {
        struct bench *b = bench_opened_with(formats[f]);

        bench_claim(b, ID, ONE);
        bench_claim(b, ID + 1U, ONE);
        for (uint32_t i = 0U; i < SHAPES; i++) {
            for (uint32_t k = 0U; k < SHAPES; k++) {
                (void)become(b, &shapes[i], formats[f]);
                const uint32_t fences = become(b, &shapes[k], formats[f]);
                const uint32_t words = differences(&shapes[i], &shapes[k]);

                assert_in_range(fences, 1U, IOMMU_STEPS_MAX);
                if (words == 0U || words == 1U || words == 2U || words == 4U) {
                    assert_int_equal(fences, 1U);
                }
            }
        }
        assert_blocked(ID + 1U);
        assert_int_equal(b->iommu.stats.command_illegal, 0U);
    }
}

/* shows: R-DMA-61, R-DMA-62 */
static void test_iommu_steps_end_wherever_they_begin(void **state)
{
    (void)state;
    static const uint64_t values[3] = { 0U, SV39 | 5U, PD8 | 6U };
    uint32_t most = 0U;

    /* Three values for each of six words, of any two contexts. */
    for (uint32_t n = 0U; n < 729U * 729U; n += 7U) {
        struct iommu_dc dc = { .word = { V } }, to = { .word = { V } };
        uint32_t digits = n, steps = 0U;

        for (uint32_t word = IOMMU_DC_IOHGATP; word <= IOMMU_DC_MSI_PATTERN; word++) {
            dc.word[word] = values[digits % 3U];
            digits /= 3U;
            to.word[word] = values[digits % 3U];
            digits /= 3U;
        }
        dc.word[IOMMU_DC_TC] |= (n & 1U) != 0U ? PDTV : 0U;
        to.word[IOMMU_DC_TC] |= (n & 2U) != 0U ? PDTV | DTF : 0U;
        while (iommu_step(&dc, &to, 0U)) {
            assert_int_equal(dc.word[IOMMU_DC_TC] & V, V);
            assert_true(++steps <= IOMMU_STEPS_MAX);
            if (memcmp(&dc, &to, sizeof(dc)) != 0) {
                assert_int_equal(dc.word[IOMMU_DC_TC] & DTF, DTF);
            }
        }
        assert_memory_equal(&dc, &to, sizeof(dc));
        most = steps > most ? steps : most;
    }
    assert_int_equal(most, IOMMU_STEPS_MAX);
}

/* shows: R-DMA-62 */
static void test_iommu_same_context_again_forgets_what_was_remembered(void **state)
{
    (void)state;
    struct bench *b = bench_opened_with(ALL_STAGES);

    bench_claim(b, ID, ONE);
    (void)become(b, &shapes[8], ALL_STAGES);
    assert_int_equal(become(b, &shapes[8], ALL_STAGES), 1U);
    const uint32_t last = fake_iommu.events - 1U;
    const uint64_t ddt = (uint64_t)ID << 40 | UINT64_C(1) << 33 | 0x003U;
    const uint64_t vma = (uint64_t)ONE << 44 | UINT64_C(1) << 33 | 0x001U;
    assert_true(fake_iommu_find_command(0U, ddt) < last);
    assert_true(fake_iommu_find_command(0U, vma) < last);
    assert_int_equal(fake_iommu.log[last].value[0], 0x3002U);   /* IOFENCE.C, PR, PW */
}

/* shows: R-DMA-63 */
static void test_iommu_first_stages_that_are_none_are_refused(void **state)
{
    (void)state;
    static const struct {
        uint64_t without;        /* capabilities that it lacks */
        struct iommu_first_stage first;
    } bad[] = {
        { CAP_BIT(9), { .fsc = UINT64_C(8) << 60 } },
        { CAP_BIT(10), { .fsc = UINT64_C(9) << 60 } },
        { CAP_BIT(11), { .fsc = UINT64_C(10) << 60 } },
        { CAP_BIT(38), { .process_directory = true, .fsc = UINT64_C(1) << 60 } },
        { CAP_BIT(39), { .process_directory = true, .fsc = UINT64_C(2) << 60 } },
        { CAP_BIT(40), { .process_directory = true, .fsc = UINT64_C(3) << 60 } },
        { 0U, { .fsc = UINT64_C(1) << 60 } },            /* no mode of an iosatp, */
        { 0U, { .fsc = UINT64_C(15) << 60 } },
        { 0U, { .process_directory = true, .fsc = UINT64_C(4) << 60 } },
        { 0U, { .process_directory = true, .fsc = UINT64_C(8) << 60 } },
        { 0U, { .default_process = true, .fsc = SV39 } }, /* DPE without PDTV, */
        { 0U, { .pscid = 0x100000U, .fsc = SV39 } },     /* too wide, */
        { 0U, { .fsc = SV39 | UINT64_C(1) << 44 } },     /* reserved, */
        { 0U, { .fsc = SV39 | UINT64_C(1) << 59 } },
        { 0U, { .fsc = SV39 | UINT64_C(1) << 29 } },     /* beyond Sv39x4's 41 bits of address */
        { 0U, { .process_directory = true, .fsc = PD8 | UINT64_C(1) << 43 } },
    };

    for (uint32_t i = 0U; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct bench *b = bench_opened_with(ALL_STAGES & ~bad[i].without);
        struct iommu_context context = context_of(ONE);

        bench_claim(b, ID, ONE);
        context.first_stage = (struct iommu_first_stage){ .pscid = 3U };
        assert_int_equal(iommu_attach(&b->iommu, ID, &context), IOMMU_OK);
        const struct iommu_context had = context;
        const uint32_t events = fake_iommu.events;
        context.first_stage = bad[i].first;
        assert_int_equal(iommu_attach(&b->iommu, ID, &context), IOMMU_NO_FIRST_STAGE);
        assert_int_equal(fake_iommu.events, events);
        assert_dc(ID, V, &had);
        if (bad[i].without != 0U) {
            b = bench_opened_with(ALL_STAGES);
            bench_claim(b, ID, ONE);
            assert_int_equal(iommu_attach(&b->iommu, ID, &context), IOMMU_OK);
        }
    }
}

/* shows: R-DMA-60 */
static void test_iommu_first_stage_roots_reach_as_far_as_the_g_stage(void **state)
{
    (void)state;
    static const struct {
        uint64_t gstage;
        uint32_t bits;           /* of a page's number */
    } modes[] = { { 8U, 29U }, { 9U, 38U }, { 10U, 44U } };

    for (uint32_t i = 0U; i < 3U; i++) {
        struct bench *b = bench_opened_with(ALL_STAGES);
        struct iommu_context context = context_of(ONE);

        bench_claim(b, ID, ONE);
        context.iohgatp = (context.iohgatp & ~(UINT64_C(0xf) << 60)) | modes[i].gstage << 60;
        context.first_stage.fsc = SV39 | ((UINT64_C(1) << modes[i].bits) - 1U);
        assert_int_equal(iommu_attach(&b->iommu, ID, &context), IOMMU_OK);
        assert_dc(ID, V, &context);
        context.first_stage.fsc = SV39 | UINT64_C(1) << modes[i].bits;
        assert_int_equal(iommu_attach(&b->iommu, ID, &context), IOMMU_NO_FIRST_STAGE);
    }
}

/* shows: R-DMA-64 */
static void test_iommu_refused_devices_reach_nothing_and_are_told_of(void **state)
{
    (void)state;
    struct bench *b = bench_opened_with(ALL_STAGES);
    const struct iommu_context nothing = { .iohgatp = DENY };

    bench_claim(b, ID, ONE);
    assert_int_equal(iommu_refuse(&b->iommu, ID, false), IOMMU_OK);
    assert_dc(ID, V, &nothing);
    assert_int_equal(iommu_refuse(&b->iommu, ID, true), IOMMU_OK);
    assert_blocked(ID);
    (void)become(b, &shapes[10], ALL_STAGES);
    assert_int_equal(iommu_refuse(&b->iommu, ID, false), IOMMU_OK);
    assert_dc(ID, V, &nothing);
    assert_int_equal(iommu_block(&b->iommu, ID), IOMMU_OK);
    assert_blocked(ID);
    assert_int_equal(iommu_refuse(&b->iommu, ID + 1U, false), IOMMU_NOT_OWNER);
}

/* shows: R-DMA-64 */
static void test_iommu_quiet_devices_keep_their_first_stage(void **state)
{
    (void)state;
    for (uint32_t i = 0U; i < SHAPES; i++) {
        struct bench *b = bench_opened_with(ALL_STAGES);
        const struct iommu_context context = context_like(&shapes[i], ALL_STAGES);

        bench_claim(b, ID, ONE);
        (void)become(b, &shapes[i], ALL_STAGES);
        const uint32_t before = fake_iommu.fences;
        assert_int_equal(iommu_quiet(&b->iommu, ID), IOMMU_OK);
        assert_dc(ID, V | DTF | shapes[i].tc, &context);
        assert_int_equal(fake_iommu.fences - before, 1U);
    }
}

/* shows: R-DMA-09, R-DMA-61 */
static void test_iommu_block_all_takes_first_stages_away(void **state)
{
    (void)state;
    for (uint32_t f = 0U; f < 2U; f++) {
        struct bench *b = bench_opened_with(formats[f]);
        const struct iommu_context two = context_like(&shapes[2], BASE_STAGES);

        for (uint32_t i = 0U; i < SHAPES; i++) {
            const struct iommu_context context = context_like(&shapes[i], formats[f]);
            bench_claim(b, i, ONE);
            assert_int_equal(shapes[i].deny ? iommu_refuse(&b->iommu, i, false)
                                            : iommu_attach(&b->iommu, i, &context), IOMMU_OK);
        }
        bench_claim(b, 0x100U, TWO);
        struct iommu_context other = plain_context_of(TWO);
        other.first_stage = two.first_stage;
        other.first_stage.fsc = SV39 | 9U;
        assert_int_equal(iommu_attach(&b->iommu, 0x100U, &other), IOMMU_OK);
        const uint32_t before = fake_iommu.fences;
        assert_int_equal(iommu_block_all(&b->iommu, ONE), IOMMU_OK);
        assert_true(fake_iommu.fences - before <= 5U);
        for (uint32_t i = 0U; i < SHAPES; i++) {
            assert_blocked(i);
        }
        assert_dc(0x100U, V, &other);
    }
}

/* shows: R-DMA-69 */
static void test_iommu_claims_forget_what_firmware_left_of_their_gscid(void **state)
{
    (void)state;
    struct bench *b = bench_opened_with(ALL_STAGES);

    fake_iommu.events = 0U;
    bench_claim(b, ID, TWO);
    const uint64_t vma = (uint64_t)TWO << 44 | UINT64_C(1) << 33 | 0x001U;
    assert_true(fake_iommu_find_command(0U, vma) < fake_iommu.events);
    assert_true(fake_iommu_find_command(0U, vma | 0x80U) < fake_iommu.events);
}

/* shows: R-DMA-14, R-DMA-61 */
static void test_iommu_first_stages_of_one_that_is_not_coherent(void **state)
{
    (void)state;
    for (uint32_t block = 16U; block <= 256U; block *= 4U) {
        struct bench *b = bench_new();

        fake_iommu.capabilities = ALL_STAGES;
        fake_iommu.cache_block = block;
        b->setup.cache_block = block;
        assert_int_equal(bench_open(b), IOMMU_OK);
        bench_claim(b, ID, ONE);
        for (uint32_t i = 0U; i < SHAPES; i++) {
            (void)become(b, &shapes[i], ALL_STAGES);
            (void)become(b, &shapes[(i * 5U + 3U) % SHAPES], ALL_STAGES);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iommu_first_stage_goes_from_each_to_each_without_a_wrong_moment),
        cmocka_unit_test(test_iommu_steps_end_wherever_they_begin),
        cmocka_unit_test(test_iommu_same_context_again_forgets_what_was_remembered),
        cmocka_unit_test(test_iommu_first_stages_that_are_none_are_refused),
        cmocka_unit_test(test_iommu_first_stage_roots_reach_as_far_as_the_g_stage),
        cmocka_unit_test(test_iommu_refused_devices_reach_nothing_and_are_told_of),
        cmocka_unit_test(test_iommu_quiet_devices_keep_their_first_stage),
        cmocka_unit_test(test_iommu_block_all_takes_first_stages_away),
        cmocka_unit_test(test_iommu_claims_forget_what_firmware_left_of_their_gscid),
        cmocka_unit_test(test_iommu_first_stages_of_one_that_is_not_coherent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

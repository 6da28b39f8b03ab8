/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtual IOMMU's capabilities, and one context of its guest. The fields are spelled here by their
 * bit numbers, from RISC-V IOMMU 1.0.1, 2.1.3 and 5.3: nothing of iommu/regs.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "iommu/viommu/parts.h"
#include "tests/unit/fake_configs.h"

#define BIT(n)     (UINT64_C(1) << (n))
#define MODE(n)    ((uint64_t)(n) << 60)
#define PPN        UINT64_C(0x123456789)   /* of 41 bits of address */
#define PAS(n)     ((uint64_t)(n) << 32)

/* Bits of capabilities. */
enum { SV39 = 9, SV48 = 10, SV57 = 11, PD8 = 38, PD17 = 39, PD20 = 40 };
/* Bits of tc. */
enum { V = 0, DTF = 4, PDTV = 5, DPE = 9, CUSTOM_FIRST = 24, CUSTOM_LAST = 31 };

static const uint64_t everything =
    BIT(SV39) | BIT(SV48) | BIT(SV57) | BIT(PD8) | BIT(PD17) | BIT(PD20);

static bool in_custom(uint32_t bit)
{
    return bit >= CUSTOM_FIRST && bit <= CUSTOM_LAST;
}

static struct viommu_context compose(uint64_t capabilities, uint64_t tc, uint64_t iohgatp,
                                     uint64_t ta, uint64_t fsc)
{
    const uint64_t shown = (capabilities & ~PAS(0x3f)) | PAS(56);

    return viommu_compose(shown, (const uint64_t[4]){ tc | BIT(V), iohgatp, ta, fsc });
}

static void assert_misconfigured(struct viommu_context context)
{
    assert_int_equal(context.reach, VIOMMU_REFUSED);
    assert_int_equal(context.cause, 259U);
    assert_false(context.quiet);
}

/* shows: R-VIO-30 */
static void test_viommu_shows_what_the_hardware_walks_and_nothing_else(void **state)
{
    (void)state;
    const struct iommu_caps all = {
        .major = 1U, .minor = 0U, .sv39 = true, .sv48 = true, .sv57 = true, .sv39x4 = true,
        .sv48x4 = true, .sv57x4 = true, .msi_flat = true, .msi_mrif = true, .amo_mrif = true,
        .can_msi = true, .can_wire = true, .both_endian = true, .pd8 = true, .pd17 = true,
        .pd20 = true, .non_leaf = true, .range = true, .pas_bits = 56U,
    };
    const struct iommu_caps none = { .major = 1U, .pas_bits = 56U };
    /* version 1.0, IGS both, PAS 41, NL, S */
    const uint64_t least = UINT64_C(0x10) | UINT64_C(2) << 28 | UINT64_C(41) << 32 | BIT(42) | BIT(43);

    assert_int_equal(viommu_capabilities(&none, 41U, true), least);
    assert_int_equal(viommu_capabilities(&all, 41U, false), least | BIT(SV39) | BIT(SV48) | BIT(SV57));
    assert_int_equal(viommu_capabilities(&all, 41U, true), least | everything);
    assert_int_equal(viommu_capabilities(&none, 50U, false) >> 32 & 0x3fU, 50U);
    assert_int_equal(viommu_capabilities(&none, 60U, false) >> 32 & 0x3fU, 56U);

    const struct {
        struct iommu_caps physical;
        uint32_t bit;
    } one[] = {
        { { .sv39 = true, .pas_bits = 41U }, SV39 }, { { .sv48 = true, .pas_bits = 41U }, SV48 },
        { { .sv57 = true, .pas_bits = 41U }, SV57 }, { { .pd8 = true, .pas_bits = 41U }, PD8 },
        { { .pd17 = true, .pas_bits = 41U }, PD17 }, { { .pd20 = true, .pas_bits = 41U }, PD20 },
    };
    for (uint32_t i = 0; i < sizeof(one) / sizeof(one[0]); i++) {
        assert_int_equal(viommu_capabilities(&one[i].physical, 41U, true), least | BIT(one[i].bit));
    }
}

/* shows: R-VIO-32 */
static void test_viommu_first_stage_has_the_modes_that_are_shown(void **state)
{
    (void)state;
    static const uint32_t of_iosatp[16] = { [8] = SV39, [9] = SV48, [10] = SV57 };
    static const uint32_t of_pdtp[16] = { [1] = PD8, [2] = PD17, [3] = PD20 };

    for (uint32_t mode = 1U; mode < 16U; mode++) {
        const uint64_t fsc = MODE(mode) | PPN;

        for (uint32_t directory = 0U; directory < 2U; directory++) {
            const uint32_t needs = directory != 0U ? of_pdtp[mode] : of_iosatp[mode];
            const uint64_t tc = directory != 0U ? BIT(PDTV) : 0U;

            assert_misconfigured(compose(0U, tc, 0U, 0U, fsc));
            if (needs == 0U) {
                assert_misconfigured(compose(UINT64_MAX, tc, 0U, 0U, fsc));
                continue;
            }
            assert_misconfigured(compose(~BIT(needs), tc, 0U, 0U, fsc));
            const struct viommu_context context = compose(BIT(needs), tc, 0U, 0U, fsc);
            assert_int_equal(context.reach, VIOMMU_TRANSLATED);
            assert_int_equal(context.first_stage.fsc, fsc);
            assert_int_equal(context.first_stage.process_directory, directory != 0U);
        }
    }
}

/* shows: R-VIO-32 */
static void test_viommu_bare_first_stages_pass_and_bring_nothing_along(void **state)
{
    (void)state;
    /* iosatp Bare: a process id has nothing to choose from. */
    struct viommu_context context = compose(everything, 0U, 0U, UINT64_C(0xabcde) << 12, PPN);

    assert_int_equal(context.reach, VIOMMU_PASSED);
    assert_false(context.first_stage.process_directory || context.first_stage.default_process);
    assert_int_equal(context.first_stage.fsc | context.first_stage.pscid, 0U);
    assert_false(context.quiet);
    assert_true(compose(0U, BIT(DTF), 0U, 0U, 0U).quiet);

    /* pdtp Bare, and mode Bare of the whole: any process id passes. */
    const struct viommu_context any[] = { compose(BIT(PD8), BIT(PDTV) | BIT(DPE), 0U, 0U, PPN),
                                          compose(BIT(PD20), BIT(PDTV), 0U, 0U, 0U),
                                          viommu_passed(BIT(PD17)) };
    for (uint32_t i = 0; i < 3U; i++) {
        assert_int_equal(any[i].reach, VIOMMU_PASSED);
        assert_true(any[i].first_stage.process_directory);
        assert_false(any[i].first_stage.default_process);
        assert_int_equal(any[i].first_stage.fsc | any[i].first_stage.pscid, 0U);
    }
    /* Without process ids the bit goes nowhere. */
    assert_int_equal(compose(BIT(SV39), BIT(PDTV), 0U, 0U, 0U).reach, VIOMMU_PASSED);
    assert_false(compose(BIT(SV39), BIT(PDTV), 0U, 0U, 0U).first_stage.process_directory);
    assert_false(viommu_passed(BIT(SV39)).first_stage.process_directory);
}

/* shows: R-VIO-32, R-VIO-33 */
static void test_viommu_first_stage_is_the_guests_to_the_bit(void **state)
{
    (void)state;
    const uint64_t ta = UINT64_C(0xabcde) << 12;
    struct viommu_context context = compose(everything, BIT(DTF), 0U, ta, MODE(8) | PPN);

    assert_int_equal(context.reach, VIOMMU_TRANSLATED);
    assert_true(context.quiet);
    assert_int_equal(context.first_stage.pscid, 0xabcdeU);
    assert_int_equal(context.first_stage.fsc, MODE(8) | PPN);
    assert_false(context.first_stage.process_directory || context.first_stage.default_process);

    /* 2.1.3.3: with a process directory the PSCID here is ignored. */
    context = compose(everything, BIT(PDTV), 0U, ta, MODE(1) | PPN);
    assert_true(context.first_stage.process_directory);
    assert_false(context.first_stage.default_process);
    assert_int_equal(context.first_stage.pscid, 0U);
    assert_false(context.quiet);
    context = compose(everything, BIT(PDTV) | BIT(DPE), 0U, ta, MODE(3) | PPN);
    assert_true(context.first_stage.process_directory && context.first_stage.default_process);

    /* A Bare iohgatp is Bare, whatever else is in it. */
    context = compose(everything, 0U, ~MODE(15), 0U, MODE(8) | PPN);
    assert_int_equal(context.reach, VIOMMU_TRANSLATED);
}

/* shows: R-VIO-31 */
static void test_viommu_each_bit_that_is_not_there_is_a_misconfiguration(void **state)
{
    (void)state;
    for (uint32_t bit = 0U; bit < 64U; bit++) {
        /* tc: of what is shown there are V, DTF, PDTV, and with it DPE. */
        const uint64_t tc = BIT(bit);
        const bool plain = bit == V || bit == DTF || in_custom(bit);

        assert_int_equal(compose(everything, tc, 0U, 0U, MODE(8)).reach,
                         plain ? VIOMMU_TRANSLATED : VIOMMU_REFUSED);
        assert_int_equal(compose(everything, BIT(PDTV) | tc, 0U, 0U, MODE(1)).reach,
                         plain || bit == PDTV || bit == DPE ? VIOMMU_TRANSLATED : VIOMMU_REFUSED);
        if (bit != PDTV) { /* Bare is no excuse; but PDTV with a Bare pdtp is legal. */
            assert_int_equal(compose(everything, tc, 0U, 0U, 0U).reach,
                             plain ? VIOMMU_PASSED : VIOMMU_REFUSED);
        }
        /* iohgatp: the mode. */
        assert_int_equal(compose(everything, 0U, BIT(bit), 0U, MODE(8)).reach,
                         bit < 60U ? VIOMMU_TRANSLATED : VIOMMU_REFUSED);
        /* ta: the PSCID. */
        for (uint32_t directory = 0U; directory < 2U; directory++) {
            const uint64_t base = directory != 0U ? BIT(PDTV) : 0U;
            const bool legal = bit >= 12U && bit <= 31U;

            assert_int_equal(
                compose(everything, base, 0U, BIT(bit), directory != 0U ? MODE(2) : MODE(9)).reach,
                legal ? VIOMMU_TRANSLATED : VIOMMU_REFUSED);
        }
        /* fsc: the PPN (and the mode, which has its own test). */
        if (bit < 60U) {
            assert_int_equal(compose(everything, 0U, 0U, 0U, MODE(8) | BIT(bit)).reach,
                             bit < 44U ? VIOMMU_TRANSLATED : VIOMMU_REFUSED);
            assert_int_equal(compose(everything, BIT(PDTV), 0U, 0U, MODE(1) | BIT(bit)).reach,
                             bit < 44U ? VIOMMU_TRANSLATED : VIOMMU_REFUSED);
            assert_int_equal(compose(everything, 0U, 0U, 0U, BIT(bit)).reach,
                             bit < 44U ? VIOMMU_PASSED : VIOMMU_REFUSED);
        }
    }
    assert_misconfigured(compose(everything, BIT(DTF) | BIT(1), 0U, 0U, 0U));
}

/* shows: R-VIO-32 */
static void test_viommu_first_stage_is_not_wider_than_pas(void **state)
{
    (void)state;

    for (uint32_t pas = 32U; pas <= 56U; pas++) {
        for (uint32_t bit = 12U; bit < 56U; bit++) {
            const uint64_t fsc = MODE(8) | BIT(bit - 12U);
            const uint64_t words[4] = { BIT(V), 0U, 0U, fsc };
            const uint64_t process[4] = { BIT(V) | BIT(PDTV), 0U, 0U, MODE(1) | BIT(bit - 12U) };
            const uint64_t bare[4] = { BIT(V), 0U, 0U, BIT(bit - 12U) };
            const uint64_t shown = everything | PAS(pas);

            assert_int_equal(viommu_compose(shown, words).reach,
                             bit < pas ? VIOMMU_TRANSLATED : VIOMMU_REFUSED);
            assert_int_equal(viommu_compose(shown, process).reach,
                             bit < pas ? VIOMMU_TRANSLATED : VIOMMU_REFUSED);
            assert_int_equal(viommu_compose(shown, bare).reach, VIOMMU_PASSED);
        }
    }
    assert_misconfigured(viommu_compose(everything | PAS(41), (const uint64_t[4]){
        BIT(V), 0U, 0U, MODE(8) | BIT(29) }));
}

/* What a physical IOMMU that can all of this makes of a first stage (2.1.4). */
static void assert_legal(uint64_t capabilities, const struct viommu_context *context)
{
    const struct iommu_first_stage *const first = &context->first_stage;
    const uint64_t mode = first->fsc >> 60;
    const uint32_t bit = (uint32_t)(first->process_directory ? PD8 + mode - 1U : SV39 + mode - 8U);

    assert_true(first->process_directory || !first->default_process);
    assert_true(first->pscid < 1U << 20);
    assert_int_equal(first->fsc >> 44 & 0xffffU, 0U);
    if (context->reach == VIOMMU_TRANSLATED) {
        assert_in_range(mode, first->process_directory ? 1U : 8U, first->process_directory ? 3U : 10U);
        assert_true((capabilities & BIT(bit)) != 0U);
    } else {
        assert_int_equal(first->fsc | first->pscid, 0U);
    }
    if (first->process_directory) {
        assert_true((capabilities & (BIT(PD8) | BIT(PD17) | BIT(PD20))) != 0U);
    }
    if (context->reach == VIOMMU_REFUSED) {
        assert_int_equal(context->cause, 259U);
        assert_false(context->quiet || first->process_directory);
    } else {
        assert_int_equal(context->cause, 0U);
    }
}

static uint64_t random64(struct dice *dice)
{
    return dice_below(dice, BIT(32)) << 32 | dice_below(dice, BIT(32));
}

/* shows: R-VIO-33 */
static void test_viommu_random_contexts_compose_to_legal_ones(void **state)
{
    (void)state;
    struct dice dice = { 4U };
    uint32_t count[3] = { 0U, 0U, 0U };

    for (uint32_t round = 0; round < 200000U; round++) {
        const uint64_t capabilities = (random64(&dice) & everything) | PAS(56);
        uint64_t words[4];

        for (uint32_t i = 0; i < 4U; i++) {
            words[i] = random64(&dice);
        }
        /* Two thirds are nearly right: a few bits of what there is, at times one more. */
        if (dice_below(&dice, 3U) != 0U) {
            words[0] &= BIT(DTF) | BIT(PDTV) | BIT(DPE) | UINT64_C(0xff000000);
            words[1] &= ~MODE(15);
            words[2] &= UINT64_C(0xfffff000);
            words[3] &= MODE(11) | (BIT(44) - 1U);
            words[dice_below(&dice, 4U)] ^= dice_below(&dice, 2U) << dice_below(&dice, 64U);
        }
        words[0] |= BIT(V);
        const struct viommu_context context = viommu_compose(capabilities, words);
        assert_legal(capabilities, &context);
        count[context.reach]++;
    }
    assert_true(count[VIOMMU_REFUSED] > 1000U && count[VIOMMU_PASSED] > 1000U &&
                count[VIOMMU_TRANSLATED] > 1000U);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_viommu_shows_what_the_hardware_walks_and_nothing_else),
        cmocka_unit_test(test_viommu_first_stage_has_the_modes_that_are_shown),
        cmocka_unit_test(test_viommu_bare_first_stages_pass_and_bring_nothing_along),
        cmocka_unit_test(test_viommu_first_stage_is_the_guests_to_the_bit),
        cmocka_unit_test(test_viommu_each_bit_that_is_not_there_is_a_misconfiguration),
        cmocka_unit_test(test_viommu_first_stage_is_not_wider_than_pas),
        cmocka_unit_test(test_viommu_random_contexts_compose_to_legal_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The model's registers: what can be stored, what a store does, and what is UNSPECIFIED. */
#include "tests/unit/model_bench.h"

/* A model as it is after a reset, with nothing set up. */
static void fresh(struct model_config config)
{
    image_free(&bench.image);
    image_init(&bench.image, RAM_BASE, RAM_SIZE);
    bench.unspecified = 0;
    assert_true(make_model(config));
}

/* shows: R-MOD-07 */
static void test_values_after_a_reset(void **state)
{
    struct model_config config = plain_config(CAPS_ALL);

    (void)state;
    config.whims = (struct model_whims){ .seed = 3U, .odd_values = true };
    for (unsigned bare = 0; bare < 2U; bare++) {
        config.bare_after_reset = bare == 1U;
        fresh(config);
        wr(REG_DDTP, 8U, DDT >> 2 | DDTP_1LVL);
        wr(REG_CQB, 8U, CQ >> 2 | LOG2_16);
        wr(REG_CQCSR, 4U, CSR_ENABLE | CSR_IE);
        model_reset(bench.model);
        assert_int_equal(rd(REG_CAPABILITIES, 8U), CAPS_ALL);
        assert_int_equal(rd(REG_DDTP, 8U), bare);
        assert_int_equal(rd(REG_CQCSR, 4U) | rd(REG_FQCSR, 4U) | rd(REG_PQCSR, 4U), 0U);
        assert_int_equal(rd(REG_IPSR, 4U), 0U);
        assert_int_equal(rd(REG_TR_REQ_CTL, 4U) & TR_GO, 0U);
        assert_int_equal(rd(REG_CQT, 4U) & ~ONES(QUEUE_LOG2SZ(rd(REG_CQB, 4U))), 0U);
    }
    assert_int_equal(bench.unspecified, 0U);
}

/* shows: R-MOD-07 */
static void test_which_bits_can_be_stored(void **state)
{
    static const struct { uint32_t offset; unsigned width; uint64_t kept; } rows[] = {
        { REG_CAPABILITIES, 8, CAPS_ALL }, { REG_FCTL, 4, FCTL_WSI },
        { 12, 4, 0 }, { REG_CQB, 8, 0x003ffffffffffc0f }, { REG_FQB, 8, 0x003ffffffffffc0f },
        { REG_PQB, 8, 0x003ffffffffffc0f }, { REG_CQH, 4, 0 }, { REG_CQT, 4, 1 },
        { REG_FQH, 4, 1 }, { REG_FQT, 4, 0 }, { REG_PQH, 4, 1 }, { REG_PQT, 4, 0 },
        { REG_IPSR, 4, 0 }, { REG_IOCOUNTOVF, 4, 0 }, { 92, 4, 0 }, { 96, 8, 0 }, { 352, 8, 0 },
        { REG_TR_REQ_IOVA, 8, ~UINT64_C(0xfff) }, { REG_TR_RESPONSE, 8, 0 },
        { REG_IOMMU_QOSID, 4, 0 }, { 628, 4, 0 }, { 688, 8, 0 }, { REG_ICVEC, 8, 0x3033 },
        { REG_MSI_ADDR(0), 8, 0x00fffffffffffffc }, { REG_MSI_DATA(3), 4, UINT32_MAX },
        { REG_MSI_VEC_CTL(3), 4, 1 }, { REG_MSI_ADDR(4), 8, 0 }, { REG_MSI_VEC_CTL(15), 4, 0 },
        { 1024, 8, 0 }, { 4088, 8, 0 },
    };
    struct model_config config = plain_config(CAPS_ALL);

    (void)state;
    config.fctl_writable = FCTL_WSI;
    fresh(config);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        wr(rows[i].offset, rows[i].width, UINT64_MAX);
        assert_int_equal(rd(rows[i].offset, rows[i].width), rows[i].kept);
        wr(rows[i].offset, rows[i].width, 0U);
        assert_int_equal(rd(rows[i].offset, rows[i].width),
                         rows[i].offset == REG_CAPABILITIES ? CAPS_ALL : 0U);
    }
    /* by halves, in each order */
    wr(REG_CQB + 4U, 4U, 0x12U);
    wr(REG_CQB, 4U, 0x3456fc07U);
    assert_int_equal(rd(REG_CQB, 8U), 0x123456fc07U);
    assert_int_equal(bench.unspecified, 0U);
}

/* shows: R-MOD-07 */
static void test_registers_of_what_is_not_there_are_zero(void **state)
{
    (void)state;
    fresh(plain_config(CAP_VERSION_1_0 | CAP_SV39 | CAP_IGS_WSI | CAP_PAS_IS(40)));
    for (uint32_t offset = 0; offset < REG_PAGE; offset += 4U) {
        const bool known = offset < REG_PQB || (offset >= REG_CQCSR && offset < REG_PQCSR)
            || offset == REG_IPSR || offset == REG_ICVEC;

        if (!known) {
            wr(offset, 4U, UINT32_MAX);
            assert_int_equal(rd(offset, 4U), 0U);
        }
    }
    assert_int_equal(rd(REG_FCTL, 4U), FCTL_WSI); /* wires are all it has */
    assert_true(make_model((struct model_config){ .capabilities = CAP_VERSION_1_0 | CAP_IGS_MSI
        | CAP_PAS_IS(40), .fctl = FCTL_WSI | FCTL_GXL, .queue_log2_max = 1U, .vectors = 1U }));
    assert_int_equal(rd(REG_FCTL, 4U), FCTL_GXL); /* or messages */
    assert_true(make_model((struct model_config){ .capabilities = CAP_VERSION_1_0 | CAP_IGS_WSI
        | CAP_PAS_IS(40), .queue_log2_max = 16U, .vectors = 1U }));
    wr(REG_CQB, 8U, UINT64_MAX);                  /* and PPNs are as wide as PAS */
    assert_int_equal(rd(REG_CQB, 8U), ONES(40 - 12) << 10 | 15U);
}

/* shows: R-MOD-08 */
static void test_ddtp_modes(void **state)
{
    (void)state;
    fresh(plain_config(CAPS_ALL));
    for (unsigned mode = DDTP_OFF; mode <= DDTP_3LVL; mode++) {
        wr(REG_DDTP, 8U, DDT >> 2 | DDTP_OFF);
        wr(REG_DDTP, 8U, DDT >> 2 | mode);
        assert_int_equal(rd(REG_DDTP, 8U), DDT >> 2 | mode);
    }
    assert_int_equal(bench.unspecified, 0U);
    wr(REG_DDTP, 8U, DDT >> 2 | DDTP_OFF);
    for (unsigned mode = 5; mode <= 15U; mode++) { /* reserved and custom: the mode stays */
        wr(REG_DDTP, 8U, DDT >> 2 | mode);
        assert_int_equal(DDTP_MODE(rd(REG_DDTP, 8U)), DDTP_OFF);
    }
    wr(REG_DDTP, 8U, DDT >> 2 | DDTP_BARE);
    wr(REG_DDTP, 8U, DDT >> 2 | 9U);
    assert_int_equal(rd(REG_DDTP, 8U), DDT >> 2 | DDTP_BARE);
    wr(REG_DDTP, 8U, DDT >> 2 | DDTP_OFF);
    bench.unspecified = 0;
    assert_int_equal(bench.unspecified, 0U);
    expect_fault(ask(TTYP_UNTRANSLATED_READ, 1U, DATA), CAUSE_ALL_DISALLOWED, 0U);
    wr(REG_DDTP, 8U, DDTP_BARE);
    expect_address(ask(TTYP_UNTRANSLATED_EXEC, 1U, DATA + 1U), DATA + 1U);
    expect_fault(ask(TTYP_TRANSLATED_READ, 1U, DATA), CAUSE_TYPE_DISALLOWED, 0U);
    assert_int_equal(ask(TTYP_ATS_REQUEST, 1U, DATA).end, MODEL_ATS_UR);
}

/* shows: R-MOD-09 */
static void test_unspecified_behaviour_is_told(void **state)
{
    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    wr(REG_CQH, 8U, 0U);                            /* two registers at once */
    assert_int_equal(bench.unspecified, 1U);
    (void)rd(REG_CQT, 2U);                          /* a width that is not theirs */
    (void)rd(REG_CQT + 2U, 4U);
    (void)rd(REG_DDTP + 4U, 8U);
    wr(REG_MSI_DATA(0), 8U, 0U);
    wr(REG_PAGE, 4U, 0U);
    assert_int_equal(bench.unspecified, 6U);
    wr(REG_DDTP, 8U, DDT >> 2 | DDTP_2LVL);         /* a level from a level */
    assert_int_equal(bench.unspecified, 7U);
    /* the PPN changes on the way to Off, each half */
    wr(REG_DDTP, 8U, DDTP_OFF);
    assert_int_equal(bench.unspecified, 8U);
    wr(REG_DDTP, 8U, DDT >> 2 | DDTP_1LVL);
    wr(REG_DDTP, 8U, DDT >> 2 | DDTP_BARE);         /* Bare from other than Off */
    assert_int_equal(bench.unspecified, 9U);
    wr(REG_CQB, 4U, (uint32_t)(CQ >> 2 | LOG2_16)); /* while it is on */
    assert_int_equal(bench.unspecified, 10U);
    wr(REG_CQCSR, 4U, 0U);
    wr(REG_CQB, 8U, CQ >> 2 | 8U);                  /* 512 commands, 8 KiB, at an odd page */
    wr(REG_CQCSR, 4U, CSR_ENABLE);
    assert_int_equal(bench.unspecified, 11U);
    wr(REG_CQCSR, 4U, 0U);
    wr(REG_CQB, 8U, 0x80002000U >> 2 | 8U);         /* as it should be */
    wr(REG_CQCSR, 4U, CSR_ENABLE);
    assert_int_equal(bench.unspecified, 11U);
}

/* shows: R-MOD-08, R-MOD-09 */
static void test_fctl_and_its_moment(void **state)
{
    struct model_config config = plain_config(CAPS_ALL);

    (void)state;
    config.fctl_writable = FCTL_WSI | FCTL_BE | FCTL_GXL;
    fresh(config);
    wr(REG_FCTL, 4U, UINT32_MAX);
    assert_int_equal(rd(REG_FCTL, 4U), FCTL_WSI | FCTL_BE | FCTL_GXL);
    assert_int_equal(bench.unspecified, 0U);
    wr(REG_CQCSR, 4U, CSR_ENABLE);
    wr(REG_FCTL, 4U, 0U);
    assert_int_equal(bench.unspecified, 1U);
    wr(REG_CQCSR, 4U, 0U);
    wr(REG_DDTP, 4U, DDTP_BARE);
    wr(REG_FCTL, 4U, 0U);                           /* nothing changes */
    assert_int_equal(bench.unspecified, 1U);
    wr(REG_FCTL, 4U, FCTL_WSI);
    assert_int_equal(bench.unspecified, 2U);
}

/* shows: R-MOD-08 */
static void test_queues_have_a_largest_size(void **state)
{
    struct model_config config = plain_config(CAPS_ALL);

    (void)state;
    config.queue_log2_max = 3U;
    fresh(config);
    wr(REG_CQB, 8U, CQ >> 2 | 31U);
    assert_int_equal(rd(REG_CQB, 8U), CQ >> 2 | 2U);
    wr(REG_CQT, 4U, 13U);
    assert_int_equal(rd(REG_CQT, 4U), 5U);
    wr(REG_FQB, 8U, FQ >> 2 | 1U);
    wr(REG_FQH, 4U, 7U);
    assert_int_equal(rd(REG_FQH, 4U), 3U);
}

/* shows: R-MOD-08, R-MOD-09 */
static void test_enables_may_take_their_time(void **state)
{
    struct model_config config = plain_config(CAPS_ALL);

    (void)state;
    config.whims = (struct model_whims){ .seed = 1U, .late = true };
    fresh(config);
    wr(REG_CQCSR, 4U, CSR_ENABLE);
    for (unsigned i = 0; i < 1000U && (rd(REG_CQCSR, 4U) & CSR_BUSY) != 0U; i++) {
    }
    assert_int_equal(rd(REG_CQCSR, 4U), CSR_ENABLE | CSR_ON);
    wr(REG_DDTP, 8U, DDTP_BARE);
    /* still Off: the register says busy, and nothing was read that would let time pass */
    expect_fault(ask(TTYP_UNTRANSLATED_READ, 1U, DATA), CAUSE_ALL_DISALLOWED, 0U);
    assert_int_equal(bench.unspecified, 0U);
    wr(REG_DDTP, 8U, DDTP_BARE);
    assert_int_equal(bench.unspecified, 1U);
    assert_int_equal(model_run(bench.model, 5U), 1U);
    assert_int_equal(model_run(bench.model, 5U), 0U);
    for (unsigned i = 0; i < 1000U && (rd(REG_DDTP, 8U) & DDTP_BUSY) != 0U; i++) {
    }
    expect_address(ask(TTYP_UNTRANSLATED_READ, 1U, DATA), DATA);
    wr(REG_PQCSR, 4U, CSR_ENABLE);
    assert_int_equal(model_run(bench.model, 5U), 1U);
    assert_int_equal(rd(REG_PQCSR, 4U), CSR_ENABLE | CSR_ON);
    wr(REG_FQCSR, 4U, CSR_ENABLE);
    assert_int_equal(model_run(bench.model, 5U), 1U);
    wr(REG_FQCSR, 4U, CSR_ENABLE);
    wr(REG_FQCSR, 4U, CSR_ENABLE);
    assert_int_equal(bench.unspecified, 2U);
}

/* shows: R-MOD-10 */
static void test_impossible_configurations_are_refused(void **state)
{
    const uint64_t wrong[] = { CAPS_ALL ^ CAP_VERSION_1_0, CAPS_ALL & ~CAP_SV39, CAPS_ALL | CAP_HPM,
                               CAPS_ALL | CAP_QOSID, CAPS_ALL | PLACE(3, 28, 2), CAPS_ALL | BIT(44),
                               CAPS_ALL | BIT(12), CAPS_ALL & ~CAP_PAS_IS(63) };
    struct model_config config;

    (void)state;
    fresh(plain_config(CAPS_ALL));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(make_model(plain_config(wrong[i])));
    }
    config = plain_config(CAPS_ALL & ~CAP_END);
    config.fctl_writable = FCTL_BE;
    assert_false(make_model(config));
    config = plain_config(CAPS_ALL);
    config.vectors = 3U;
    assert_false(make_model(config));
    /* the ends of what is possible */
    config.vectors = 16U;
    config.queue_log2_max = 1U;
    config.capabilities = (CAPS_ALL & ~CAP_PAS_IS(63)) | CAP_PAS_IS(12);
    assert_true(make_model(config));
    wr(REG_CQB, 8U, UINT64_MAX);
    assert_int_equal(rd(REG_CQB, 8U), 0U);
    config.queue_log2_max = 33U;
    assert_false(make_model(config));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_values_after_a_reset, end_bench),
        cmocka_unit_test_teardown(test_which_bits_can_be_stored, end_bench),
        cmocka_unit_test_teardown(test_registers_of_what_is_not_there_are_zero, end_bench),
        cmocka_unit_test_teardown(test_ddtp_modes, end_bench),
        cmocka_unit_test_teardown(test_unspecified_behaviour_is_told, end_bench),
        cmocka_unit_test_teardown(test_fctl_and_its_moment, end_bench),
        cmocka_unit_test_teardown(test_queues_have_a_largest_size, end_bench),
        cmocka_unit_test_teardown(test_enables_may_take_their_time, end_bench),
        cmocka_unit_test_teardown(test_impossible_configurations_are_refused, end_bench),
    };

    return cmocka_run_group_tests_name("model_registers", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The model and its memory: how wide addresses are, where it ends, what tables' places are kept. */
#include "tests/unit/model_bench.h"

/* shows: R-MOD-01 */
static void test_physical_addresses_have_56_bits(void **state)
{
    const uint64_t far = 0xabcdef01234000U;

    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    put_dc(1U, 0U, 0U, atp(ATP_SV39, SROOT));
    put_dc(2U, 0U, iohgatp(ATP_SV39, GROOT, GSCID_1), 0U);
    (void)map_first(SROOT, 3U, 0x1000U, 0U, pte(far, LEAF));
    (void)map(GROOT, 3U, 0x1000U, 0U, pte(far, LEAF));
    expect_address(ask(TTYP_UNTRANSLATED_READ, 1U, 0x1234U), far + 0x234U);
    expect_address(ask(TTYP_UNTRANSLATED_READ, 2U, 0x1234U), far + 0x234U);
    put64(dc_at(2U) + 8U * DC_MSIPTP, atp(MSIPTP_FLAT, MSI_TABLE));
    put64(dc_at(2U) + 8U * DC_MSI_ADDR_PATTERN, 1U);
    put64(MSI_TABLE, far >> 2 | PLACE(MSIPTE_M_BASIC, 1, 2) | ENTRY_V);
    expect_address(ask(TTYP_UNTRANSLATED_READ, 2U, 0x1234U), far + 0x234U);
    put64(MSI_TABLE, PLACE(0xabcdef01234200U >> 9, 7, 47) | PLACE(MSIPTE_M_MRIF, 1, 2) | ENTRY_V);
    put64(MSI_TABLE + 8U, far >> 2);
    assert_int_equal(ask(TTYP_UNTRANSLATED_WRITE, 2U, 0x1234U).address, 0xabcdef01234200U);
    assert_int_equal(ask(TTYP_UNTRANSLATED_WRITE, 2U, 0x1234U).notice, far);
}

/* shows: R-MOD-05, R-MOD-20 */
static void test_nothing_is_beyond_pas(void **state)
{
    const struct model_config config = plain_config((CAPS_ALL & ~CAP_PAS_IS(63)) | CAP_PAS_IS(32));
    struct model_request r = request(TTYP_UNTRANSLATED_READ, 1U, 0xfffffff8U);
    uint64_t data;

    (void)state;
    image_free(&bench.image);
    image_init(&bench.image, 0xff000000U, 0x2000000U); /* half of it beyond */
    assert_true(make_model(config));
    wr(REG_DDTP, 8U, DDTP_BARE);
    assert_int_equal(model_access(bench.model, &r, &data, 8U).end, MODEL_TRANSLATED);
    assert_int_equal(model_access(bench.model, &r, &data, 8U).granted, MODEL_R);
    r.iova = 0x100000000U;
    assert_int_equal(model_access(bench.model, &r, &data, 8U).end, MODEL_ABORTED);
    /* a directory there is an access fault */
    wr(REG_DDTP, 8U, DDTP_OFF);
    wr(REG_DDTP, 8U, 0xff010000U >> 2 | DDTP_2LVL);
    put64(0xff010000U, 0x100000000U >> 2 | ENTRY_V);
    put64(0x100000040U, TC_V);
    assert_int_equal(model_translate(bench.model, &r).cause, CAUSE_DDT_LOAD_ACCESS);
    put64(0xff010000U, 0xff020000U >> 2 | ENTRY_V);
    put64(0xff020040U, TC_V);
    assert_int_equal(model_translate(bench.model, &r).end, MODEL_TRANSLATED);
}

static struct model_outcome as_process(uint32_t process_id)
{
    struct model_request r = request(TTYP_UNTRANSLATED_READ, 1U, 0x40000123U);

    r.pv = true;
    r.process_id = process_id;
    return model_translate(bench.model, &r);
}

/* Guest pages 1, 2, 3: the directory's root and its leaf page, the first stage's root. Each context
 * knows where its own table was, not where the others were. */
/* shows: R-MOD-22, R-MOD-06 */
static void test_places_of_tables_are_kept_with_their_contexts(void **state)
{
    struct model_config config = plain_config(CAPS_ALL);
    const uint32_t id = 3U << 8 | 4U;
    uint64_t page[4];

    (void)state;
    config.whims = (struct model_whims){ .seed = 5U, .keep = 100U, .use = 100U, .pointers = 100U };
    start(config, DDTP_1LVL);
    put_dc(1U, TC_PDTV, iohgatp(ATP_SV39, GROOT, GSCID_1), atp(PDTP_PD17, 0x1000U));
    page[1] = map(GROOT, 3U, 0x1000U, 0U, pte(DATA + 0x1000U, LEAF));
    page[2] = map(GROOT, 3U, 0x2000U, 0U, pte(DATA + 0x2000U, LEAF));
    page[3] = map(GROOT, 3U, 0x3000U, 0U, pte(DATA + 0x3000U, LEAF));
    (void)map(GROOT, 3U, 0x80000000U, 2U, pte(0x80000000U, LEAF));
    put64(DATA + 0x1000U + 8U * 3U, 0x2000U >> 2 | ENTRY_V);
    put64(DATA + 0x2000U + 16U * 4U + 8U, atp(ATP_SV39, 0x3000U));
    put64(DATA + 0x2000U + 16U * 4U, PC_TA_V);
    put64(DATA + 0x3000U + 8U, pte(0x80000000U, LEAF));
    expect_address(as_process(id), 0x80000123U);
    /* another process: of its directory the root's place is known, the leaf page's not */
    put64(DATA + 0x1000U + 8U * 5U, 0x2000U >> 2 | ENTRY_V);
    expect_address(as_process(5U << 8 | 4U), 0x80000123U);
    for (unsigned i = 1; i < 4U; i++) {
        put64(page[i], 0U);
    }
    command(CMD_IOTINVAL | PLACE(IOTINVAL_GVMA, 7, 3), 0U);
    command(CMD_IOTINVAL | CMD_GV | PLACE(GSCID_1, 44, 16), 0U);
    expect_address(as_process(id), 0x80000123U);       /* by the process context's own knowledge */
    command(CMD_IODIR | PLACE(IODIR_INVAL_PDT, 7, 3) | CMD_DV | PLACE(1, 40, 24)
                | PLACE(id, 12, 20), 0U);
    command(CMD_IOTINVAL | CMD_GV | PLACE(GSCID_1, 44, 16), 0U);
    /* page 2, which none has placed */
    assert_int_equal(as_process(id).cause, CAUSE_READ_GUEST_PAGE);
    assert_int_equal(as_process(id).iotval2, 0x2041U);
    command(CMD_IODIR | CMD_DV | PLACE(1, 40, 24), 0U);
    assert_int_equal(as_process(id).iotval2, 0x1019U);
}

/* shows: R-MOD-22 */
static void test_pointers_of_the_second_stage_stay_until_all_or_nl(void **state)
{
    const uint64_t gvma = CMD_IOTINVAL | PLACE(IOTINVAL_GVMA, 7, 3) | CMD_GV
        | PLACE(GSCID_1, 44, 16);
    const uint64_t at = 0x40201000U >> 2;
    const struct { uint64_t w0, w1; bool dropped; } rows[] = {
        { gvma | CMD_AV, at, false }, { gvma | CMD_AV | CMD_NL, at, true },
        { gvma | CMD_AV | CMD_NL, 0U, false }, { gvma, 0U, true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct model_config config = plain_config(CAPS_ALL);

        config.whims = (struct model_whims){ .seed = 5U, .keep = 100U, .use = 100U };
        start(config, DDTP_1LVL);
        put_dc(1U, 0U, iohgatp(ATP_SV39, GROOT, GSCID_1), 0U);
        (void)map(GROOT, 3U, 0x40201000U, 0U, pte(DATA, LEAF));
        expect_address(ask(TTYP_UNTRANSLATED_READ, 1U, 0x40201000U), DATA);
        put64(GROOT + 8U, 0U);
        (void)map(GROOT, 3U, 0x40201000U, 0U, pte(DATA + 0x1000U, LEAF));
        command(gvma | CMD_AV, at);
        expect_address(ask(TTYP_UNTRANSLATED_READ, 1U, 0x40201000U), DATA);
        command(rows[i].w0, rows[i].w1);
        command(gvma | CMD_AV, at);
        expect_address(ask(TTYP_UNTRANSLATED_READ, 1U, 0x40201000U),
                       DATA + (rows[i].dropped ? 0x1000U : 0U));
    }
}

static void start_keeping(unsigned mode)
{
    struct model_config config = plain_config(CAPS_ALL);

    config.whims = (struct model_whims){ .seed = 5U, .keep = 100U, .use = 100U };
    start(config, mode);
}

/* shows: R-MOD-21, R-MOD-03 */
static void test_copies_of_the_second_stage(void **state)
{
    const uint64_t gvma = CMD_IOTINVAL | PLACE(IOTINVAL_GVMA, 7, 3) | CMD_GV
        | PLACE(GSCID_1, 44, 16);
    uint64_t leaf;

    (void)state;
    start_keeping(DDTP_1LVL);
    put_dc(1U, TC_GADE, iohgatp(ATP_SV39, GROOT, GSCID_1), 0U);
    /* 64 KiB go by any of their addresses */
    leaf = map(GROOT, 3U, 0x13000U, 0U, pte(DATA + 0x8000U, LEAF | PTE_N));
    expect_address(ask(TTYP_UNTRANSLATED_READ, 1U, 0x13000U), DATA + 0x3000U);
    put64(leaf, pte(DATA + 0x18000U, LEAF | PTE_N));
    expect_address(ask(TTYP_UNTRANSLATED_READ, 1U, 0x13000U), DATA + 0x3000U);
    command(gvma | CMD_AV, 0x1f000U >> 2);
    expect_address(ask(TTYP_UNTRANSLATED_READ, 1U, 0x13000U), DATA + 0x13000U);
    /* a copy without D asks memory, and what memory says now counts */
    leaf = map(GROOT, 3U, 0x40000U, 0U, pte(DATA, LEAF & ~PTE_D));
    expect_address(ask(TTYP_UNTRANSLATED_READ, 1U, 0x40010U), DATA + 0x10U);
    put64(leaf, pte(DATA, LEAF & ~(PTE_D | PTE_W)));
    expect_fault(ask(TTYP_UNTRANSLATED_WRITE, 1U, 0x40010U), CAUSE_WRITE_GUEST_PAGE, 0x40010U);
    assert_int_equal(get64(leaf) & PTE_D, 0U);
}

/* shows: R-MOD-23 */
static void test_what_is_wrong_is_wrong_from_the_cache_too(void **state)
{
    struct model_request r = request(TTYP_UNTRANSLATED_READ, 1U, 0U);

    (void)state;
    start_keeping(DDTP_2LVL);
    put64(DDT, TABLES >> 2 | ENTRY_V | BIT(9));
    put64(TABLES + 64U, TC_V);
    for (unsigned i = 0; i < 2U; i++) {
        expect_fault(ask(TTYP_UNTRANSLATED_READ, 1U, DATA), CAUSE_DDT_MISCONFIGURED, 0U);
    }
    start_keeping(DDTP_1LVL);
    put_dc(1U, TC_PDTV, 0U, atp(PDTP_PD17, PDT));
    put64(PDT, TABLES >> 2 | ENTRY_V | BIT(9));
    put64(TABLES, PC_TA_V);
    r.pv = true;
    for (unsigned i = 0; i < 2U; i++) {
        expect_fault(model_translate(bench.model, &r), CAUSE_PDT_MISCONFIGURED, 0U);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_physical_addresses_have_56_bits, end_bench),
        cmocka_unit_test_teardown(test_nothing_is_beyond_pas, end_bench),
        cmocka_unit_test_teardown(test_copies_of_the_second_stage, end_bench),
        cmocka_unit_test_teardown(test_what_is_wrong_is_wrong_from_the_cache_too, end_bench),
        cmocka_unit_test_teardown(test_pointers_of_the_second_stage_stay_until_all_or_nl,
                                  end_bench),
        cmocka_unit_test_teardown(test_places_of_tables_are_kept_with_their_contexts, end_bench),
    };

    return cmocka_run_group_tests_name("model_memory", tests, NULL, NULL);
}

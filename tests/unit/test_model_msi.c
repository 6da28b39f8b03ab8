/* SPDX-License-Identifier: Apache-2.0 */
/* The model's MSI translation: recognition, the flat table, memory-resident interrupt files. */
#include "tests/unit/model_bench.h"

#define FILES   UINT64_C(0x28000000)   /* guest pages of interrupt files: bits 13:12 and 16 vary */
#define MASK    UINT64_C(0x13)
#define REAL    UINT64_C(0x84100000)   /* stands for an IMSIC */
#define MRIF    UINT64_C(0x84200200)
#define NOTICE  UINT64_C(0x84300000)

static uint64_t msi_pte(uint64_t file)
{
    return MSI_TABLE + 16U * file;
}

static void with_files(uint64_t caps)
{
    start(plain_config(caps), DDTP_1LVL);
    put_dc(1U, 0U, iohgatp(ATP_SV39, GROOT, GSCID_1), 0U);
    put64(dc_at(1U) + 8U * DC_MSIPTP, atp(MSIPTP_FLAT, MSI_TABLE));
    put64(dc_at(1U) + 8U * DC_MSI_ADDR_MASK, MASK);
    put64(dc_at(1U) + 8U * DC_MSI_ADDR_PATTERN, FILES >> 12);
    put64(GROOT, LEAF); /* what is no file: guest 0 to 1 GiB is at 0 */
}

static struct model_outcome write32(uint64_t iova, uint32_t value)
{
    const struct model_request r = request(TTYP_UNTRANSLATED_WRITE, 1U, iova);
    uint8_t data[4];

    for (unsigned i = 0; i < 4U; i++) {
        data[i] = (uint8_t)(value >> (8U * i));
    }
    return model_access(bench.model, &r, data, sizeof(data));
}

/* shows: R-MOD-15 */
static void test_pages_of_files_go_through_the_flat_table(void **state)
{
    /* Page bits 16, 13, 12 pack to the file's number. */
    static const struct { uint64_t offset, file; } rows[] = {
        { 0x00000, 0 }, { 0x01000, 1 }, { 0x02000, 2 }, { 0x03000, 3 },
        { 0x10000, 4 }, { 0x11000, 5 }, { 0x12000, 6 }, { 0x13000, 7 },
    };

    (void)state;
    with_files(CAPS_ALL);
    for (size_t i = 0; i < 8U; i++) {
        put64(msi_pte(rows[i].file), (REAL + 0x1000U * i) >> 2 | PLACE(MSIPTE_M_BASIC, 1, 2)
              | ENTRY_V);
        put64(msi_pte(rows[i].file) + 8U, UINT64_MAX); /* is ignored */
    }
    for (size_t i = 0; i < 8U; i++) {
        const struct model_outcome outcome = ask(TTYP_UNTRANSLATED_WRITE, 1U,
                                                 FILES + rows[i].offset + 4U);

        expect_address(outcome, REAL + 0x1000U * i + 4U);
        assert_true(outcome.msi);
        expect_address(ask(TTYP_UNTRANSLATED_READ, 1U, FILES + rows[i].offset), REAL + 0x1000U * i);
    }
    /* beside the files the second stage decides */
    expect_address(ask(TTYP_UNTRANSLATED_WRITE, 1U, FILES + 0x4000U), FILES + 0x4000U);
    expect_address(ask(TTYP_UNTRANSLATED_WRITE, 1U, FILES - 0x1000U), FILES - 0x1000U);
    expect_fault(ask(TTYP_UNTRANSLATED_WRITE, 1U, FILES | BIT(40)), CAUSE_WRITE_GUEST_PAGE,
                 FILES | BIT(40));
    /* of the giga page around them a translation holds for what has no file in it */
    assert_int_equal(ask(TTYP_UNTRANSLATED_READ, 1U, FILES + 0x4000U).size_log2, 14U);
    assert_int_equal(ask(TTYP_UNTRANSLATED_READ, 1U, FILES + 0x20000U).size_log2, 17U);
    assert_int_equal(ask(TTYP_UNTRANSLATED_READ, 1U, 0U).size_log2, 29U);
    assert_int_equal(ask(TTYP_UNTRANSLATED_READ, 1U, FILES).size_log2, 12U);
    expect_fault(ask(TTYP_UNTRANSLATED_EXEC, 1U, FILES), CAUSE_INSTRUCTION_ACCESS, 0U);
    assert_int_equal(write32(FILES + 0x2000U, 77U).end, MODEL_TRANSLATED);
    assert_int_equal(get64(REAL + 0x2000U), 77U);
    assert_int_equal(bench.touch.purpose, TOUCH_MSI);
    assert_int_equal(bench.touch.device_id, 1U);
}

/* shows: R-MOD-15, R-MOD-05 */
static void test_msi_ptes_that_are_wrong(void **state)
{
    const uint64_t good = REAL >> 2 | PLACE(MSIPTE_M_BASIC, 1, 2) | ENTRY_V;

    (void)state;
    with_files(CAPS_ALL);
    expect_fault(ask(TTYP_UNTRANSLATED_WRITE, 1U, FILES), CAUSE_MSI_INVALID, 0U);
    for (unsigned bit = 0; bit < 64U; bit++) {
        const bool reserved = (bit >= 3U && bit <= 9U) || bit >= 54U;

        put64(msi_pte(0U), good ^ BIT(bit));
        if (bit == 0U) {
            expect_fault(ask(TTYP_UNTRANSLATED_WRITE, 1U, FILES), CAUSE_MSI_INVALID, 0U);
        } else if (bit == 1U || reserved) { /* M = 2, a reserved bit, or C */
            expect_fault(ask(TTYP_UNTRANSLATED_WRITE, 1U, FILES), CAUSE_MSI_MISCONFIGURED, 0U);
        }
    }
    put64(msi_pte(0U), REAL >> 2 | ENTRY_V); /* M = 0 */
    expect_fault(ask(TTYP_UNTRANSLATED_WRITE, 1U, FILES), CAUSE_MSI_MISCONFIGURED, 0U);
    put64(msi_pte(0U), 0U);
    expect_fault(ask(TTYP_UNTRANSLATED_EXEC, 1U, FILES), CAUSE_MSI_INVALID, 0U);
    image_set_trouble(&bench.image, MSI_TABLE, IMAGE_POISONED);
    expect_fault(ask(TTYP_UNTRANSLATED_WRITE, 1U, FILES), CAUSE_MSI_PT_CORRUPTION, 0U);
    image_set_trouble(&bench.image, MSI_TABLE, IMAGE_REFUSED);
    expect_fault(ask(TTYP_UNTRANSLATED_WRITE, 1U, FILES), CAUSE_MSI_LOAD_ACCESS, 0U);
}

/* shows: R-MOD-15 */
static void test_files_are_found_behind_the_first_stage(void **state)
{
    (void)state;
    with_files(CAPS_ALL);
    put64(dc_at(1U) + 8U * DC_FSC, atp(ATP_SV39, SROOT));
    put64(GROOT + 8U * 2U, pte(0x80000000U, LEAF)); /* the tables: guest 0x8000_0000 as it is */
    (void)map_first(SROOT, 3U, 0x5000000000U >> 3, 0U, pte(FILES + 0x3000U, LEAF & ~PTE_W));
    put64(msi_pte(3U), REAL >> 2 | PLACE(MSIPTE_M_BASIC, 1, 2) | ENTRY_V);
    expect_address(ask(TTYP_UNTRANSLATED_READ, 1U, (0x5000000000U >> 3) + 8U), REAL + 8U);
    /* and its permissions count */
    expect_fault(ask(TTYP_UNTRANSLATED_WRITE, 1U, 0x5000000000U >> 3), CAUSE_WRITE_PAGE, 0U);
    /* not for a table of the first stage that lies on a page of a file */
    put64(dc_at(1U) + 8U * DC_FSC, atp(ATP_SV39, FILES));
    assert_int_equal(ask(TTYP_UNTRANSLATED_READ, 1U, 0x10U).cause, CAUSE_READ_ACCESS);
}

static void put_mrif(void)
{
    put64(msi_pte(0U) + 8U, NOTICE >> 2 | PLACE(0x7ffU, 0, 10) | BIT(60));
    put64(msi_pte(0U), PLACE(MRIF >> 9, 7, 47) | PLACE(MSIPTE_M_MRIF, 1, 2) | ENTRY_V);
}

/* shows: R-MOD-16 */
static void test_a_memory_resident_interrupt_file(void **state)
{
    static const struct { uint32_t number; uint64_t offset, bit; } rows[] = {
        { 0, 0, 0 }, { 1, 0, 1 }, { 63, 0, 63 }, { 64, 16, 0 }, { 130, 32, 2 }, { 2047, 0x1f0, 63 },
    };

    (void)state;
    with_files(CAPS_ALL);
    put_mrif();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        put64(MRIF + rows[i].offset, 0U);
        put64(NOTICE, 0U);
        assert_int_equal(write32(FILES, rows[i].number).end, MODEL_MRIF);
        assert_int_equal(get64(MRIF + rows[i].offset), BIT(rows[i].bit));
        assert_int_equal(get64(NOTICE), 0x7ffU); /* NID: ten bits and bit 60 */
    }
    put64(MRIF, 0U);
    put64(NOTICE, 0U);
    assert_int_equal(write32(FILES + 4U, 0x05000000U).end, MODEL_MRIF); /* big-endian 5 */
    assert_int_equal(get64(MRIF), 1U << 5);
    assert_int_equal(get64(NOTICE), 0x7ffU);
    put64(NOTICE, 0U);
    assert_int_equal(write32(FILES, 2048U).end, MODEL_MRIF);            /* no identity: discarded */
    assert_int_equal(write32(FILES + 8U, 6U).end, MODEL_MRIF);          /* not the register */
    assert_int_equal(get64(MRIF), 1U << 5);
    assert_int_equal(get64(NOTICE), 0U);
}

/* shows: R-MOD-16, R-MOD-05 */
static void test_a_memory_resident_file_met_wrongly(void **state)
{
    struct model_request r = request(TTYP_UNTRANSLATED_READ, 1U, FILES);
    uint64_t data = UINT64_MAX;

    (void)state;
    with_files(CAPS_ALL);
    put_mrif();
    assert_int_equal(model_access(bench.model, &r, &data, 4U).end, MODEL_MRIF);
    assert_int_equal(data, UINT64_MAX << 32);          /* reads are zero */
    assert_int_equal(model_access(bench.model, &r, &data, 8U).end, MODEL_ABORTED);
    r.iova++;
    assert_int_equal(model_access(bench.model, &r, &data, 4U).end, MODEL_ABORTED);
    assert_int_equal(bench.touches, 0U);
    assert_int_equal(ask(TTYP_UNTRANSLATED_EXEC, 1U, FILES).cause, CAUSE_INSTRUCTION_ACCESS);
    image_set_trouble(&bench.image, MRIF, IMAGE_REFUSED);
    expect_fault(write32(FILES, 1U), CAUSE_MRIF_ACCESS, 0U);
    image_set_trouble(&bench.image, MRIF, IMAGE_POISONED);
    expect_fault(write32(FILES, 1U), CAUSE_MRIF_CORRUPTION, 0U);
    assert_int_equal(get64(NOTICE), 0U);
    image_set_trouble(&bench.image, MRIF, IMAGE_GOOD);
    image_set_trouble(&bench.image, NOTICE, IMAGE_REFUSED);
    assert_int_equal(write32(FILES, 1U).end, MODEL_ABORTED); /* pending all the same */
    assert_int_equal(get64(MRIF), 2U);
    for (unsigned bit = 3; bit < 64U; bit++) {         /* reserved bits of each doubleword */
        if (bit <= 6U || bit >= 54U) {
            put_mrif();
            put64(msi_pte(0U), get64(msi_pte(0U)) | BIT(bit));
            expect_fault(ask(TTYP_UNTRANSLATED_WRITE, 1U, FILES), CAUSE_MSI_MISCONFIGURED, 0U);
        }
        if (bit >= 54U && bit != 60U) {
            put_mrif();
            put64(msi_pte(0U) + 8U, get64(msi_pte(0U) + 8U) | BIT(bit));
            expect_fault(ask(TTYP_UNTRANSLATED_WRITE, 1U, FILES), CAUSE_MSI_MISCONFIGURED, 0U);
        }
    }
    with_files(CAPS_ALL & ~CAP_END); /* no big-endian MSIs: accepted, discarded */
    put_mrif();
    assert_int_equal(write32(FILES + 4U, 0x05000000U).end, MODEL_MRIF);
    assert_int_equal(get64(MRIF), 0U);
    assert_int_equal(write32(FILES, 5U).end, MODEL_MRIF);
    assert_int_equal(get64(MRIF), 1U << 5);
    with_files(CAPS_ALL & ~CAP_MSI_MRIF);
    put_mrif();
    expect_fault(ask(TTYP_UNTRANSLATED_WRITE, 1U, FILES), CAUSE_MSI_MISCONFIGURED, 0U);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_pages_of_files_go_through_the_flat_table, end_bench),
        cmocka_unit_test_teardown(test_msi_ptes_that_are_wrong, end_bench),
        cmocka_unit_test_teardown(test_files_are_found_behind_the_first_stage, end_bench),
        cmocka_unit_test_teardown(test_a_memory_resident_interrupt_file, end_bench),
        cmocka_unit_test_teardown(test_a_memory_resident_file_met_wrongly, end_bench),
    };

    return cmocka_run_group_tests_name("model_msi", tests, NULL, NULL);
}

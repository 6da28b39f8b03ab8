/* SPDX-License-Identifier: Apache-2.0 */
/* What of iommu/ is plain data: capabilities, fault records, words, MSI tables. */
#include "tests/unit/fake_iommu_bench.h"

#include "iommu/msi_table.h"
#include "platform/hw/phys.h"

/* shows: R-DMA-04 */
static void test_iommu_capabilities_of_known_models(void **state)
{
    (void)state;
    const struct iommu_caps qemu = iommu_caps_decode(UINT64_C(0x78e2cf4f10));

    assert_int_equal(qemu.major, 1U);
    assert_int_equal(qemu.minor, 0U);
    assert_true(qemu.sv39x4 && qemu.sv48x4 && qemu.sv57x4);
    assert_true(qemu.msi_flat && qemu.msi_mrif);
    assert_false(qemu.amo_mrif);
    assert_true(qemu.can_msi && qemu.can_wire);
    assert_false(qemu.both_endian);
    assert_int_equal(qemu.pas_bits, 56U);
    assert_true(qemu.sv39 && qemu.sv48 && qemu.sv57);
    assert_true(qemu.pd8 && !qemu.pd17 && !qemu.pd20);
    assert_false(qemu.non_leaf || qemu.range);

    /* Each of the fields by itself (5.3). */
    static const struct {
        uint32_t bit;
        size_t at;
    } flags[] = {
        { 9U, offsetof(struct iommu_caps, sv39) },
        { 10U, offsetof(struct iommu_caps, sv48) },
        { 11U, offsetof(struct iommu_caps, sv57) },
        { 38U, offsetof(struct iommu_caps, pd8) },
        { 39U, offsetof(struct iommu_caps, pd17) },
        { 40U, offsetof(struct iommu_caps, pd20) },
        { 42U, offsetof(struct iommu_caps, non_leaf) },
        { 43U, offsetof(struct iommu_caps, range) },
        { 17U, offsetof(struct iommu_caps, sv39x4) },
        { 18U, offsetof(struct iommu_caps, sv48x4) },
        { 19U, offsetof(struct iommu_caps, sv57x4) },
        { 22U, offsetof(struct iommu_caps, msi_flat) },
        { 21U, offsetof(struct iommu_caps, amo_mrif) },
        { 23U, offsetof(struct iommu_caps, msi_mrif) },
        { 27U, offsetof(struct iommu_caps, both_endian) },
    };
    for (uint32_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        struct iommu_caps caps = iommu_caps_decode(CAP_BIT(flags[i].bit) | CAP_BIT(28));
        for (uint32_t k = 0; k < sizeof(flags) / sizeof(flags[0]); k++) {
            assert_int_equal(*((const bool *)(const void *)((const char *)&caps + flags[k].at)),
                             i == k);
        }
        assert_true(caps.can_wire && !caps.can_msi);
    }
}

/* shows: R-DMA-12 */
static void test_iommu_fault_records_fall_apart_into_their_fields(void **state)
{
    (void)state;
    /* DID 63:40, TTYP 39:34, PRIV 33, PV 32, PID 31:12, CAUSE 11:0 (3.2) */
    const uint64_t record[4] = {
        UINT64_C(0xabcdef) << 40 | UINT64_C(0x2a) << 34 | UINT64_C(1) << 32 |
            UINT64_C(0x54321) << 12 | 262U,
        UINT64_MAX,
        UINT64_C(0x1234567887654321),
        UINT64_C(0xfedcba9889abcdef),
    };
    struct iommu_fault fault = iommu_fault_decode(record);

    assert_int_equal(fault.device_id, 0xabcdefU);
    assert_int_equal(fault.ttyp, 0x2aU);
    assert_true(fault.pid_valid);
    assert_false(fault.privileged);
    assert_int_equal(fault.pid, 0x54321U);
    assert_int_equal(fault.cause, 262U);
    assert_int_equal(fault.iotval, UINT64_C(0x1234567887654321));
    assert_int_equal(fault.iotval2, UINT64_C(0xfedcba9889abcdef));

    const uint64_t ones[4] = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX };
    fault = iommu_fault_decode(ones);
    assert_int_equal(fault.device_id, 0xffffffU);
    assert_int_equal(fault.cause, 0xfffU);
    assert_int_equal(fault.ttyp, 0x3fU);
    assert_int_equal(fault.pid, 0xfffffU);
    assert_true(fault.privileged);
}

/* shows: R-DMA-17 */
static void test_iommu_every_cause_has_words(void **state)
{
    (void)state;
    static const struct {
        uint16_t first, last;
    } known[] = {
        { 1U, 1U },   { 4U, 7U },   { 12U, 13U },   { 15U, 15U },
        { 20U, 21U }, { 23U, 23U }, { 256U, 274U },
    };
    const char *unknown = iommu_cause_text(0U), *custom = iommu_cause_text(2048U);

    assert_string_not_equal(unknown, custom);
    for (uint16_t cause = 0U; cause < 4096U; cause++) {
        const char *text = iommu_cause_text(cause);
        bool is_known = false;

        assert_non_null(text);
        for (uint32_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
            is_known |= cause >= known[i].first && cause <= known[i].last;
        }
        if (!is_known) {
            assert_string_equal(text, cause < 2048U ? unknown : custom);
            continue;
        }
        assert_string_not_equal(text, unknown);
        /* Its own: only the two guest-page faults of data mean the same to a guest. */
        for (uint16_t other = 1U; other < 275U; other++) {
            if (other != cause && !(cause == 21U && other == 23U) &&
                !(cause == 23U && other == 21U)) {
                assert_string_not_equal(text, iommu_cause_text(other));
            }
        }
    }
    assert_string_equal(iommu_cause_text(23U), "no such memory in the guest");
}

/* shows: R-DMA-17 */
static void test_iommu_every_access_type_and_result_has_words(void **state)
{
    (void)state;
    const char *unknown = iommu_ttyp_text(4U);

    for (uint8_t a = 0U; a < 64U; a++) {
        const char *text = iommu_ttyp_text(a);

        if (a == 4U || a > 9U) {
            assert_string_equal(text, unknown);
            continue;
        }
        for (uint8_t b = 0U; b < a; b++) {
            assert_string_not_equal(text, iommu_ttyp_text(b));
        }
    }
    assert_string_equal(iommu_ttyp_text(2U), "read");
    assert_string_equal(iommu_ttyp_text(3U), "write");

    for (int a = (int)IOMMU_OK; a <= (int)IOMMU_LOST + 1; a++) {
        for (int b = (int)IOMMU_OK; b < a; b++) {
            assert_string_not_equal(iommu_result_text((enum iommu_result)a),
                                    iommu_result_text((enum iommu_result)b));
        }
    }
}

/* The entry that the hardware looks at for a page (2.3.3): the masked bits, packed. */
static const uint64_t *entry_for(const struct iommu_msi_table *table, uint64_t page)
{
    uint64_t index = 0;
    uint32_t at = 0;

    assert_int_equal(page & ~table->mask, table->pattern & ~table->mask);
    for (uint32_t bit = 0; bit < 52U; bit++) {
        if ((table->mask >> bit & 1U) != 0U) {
            index |= (page >> bit & 1U) << at++;
        }
    }
    assert_true(index < table->entries);
    return phys_pointer(pa(table->base.v | index * 16U), 16U);
}

/* shows: R-DMA-16 */
static void test_iommu_msi_table_leads_each_file_to_its_own(void **state)
{
    (void)state;
    static const uint32_t sizes[] = { 1U, 2U, 3U, 8U, 64U, 256U, 300U, 1024U };

    for (uint32_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct bench *b = bench_new();
        struct iommu_msi_table table;
        const uint64_t first = 0x28000000U;

        b->pages.pool.size = iommu_msi_table_pages(sizes[i]) * PAGE_SIZE;
        assert_true(iommu_msi_table_make(&table, gpa(first), sizes[i], &b->pages));
        assert_true(table.entries >= sizes[i] && table.entries < 2U * sizes[i]);
        assert_int_equal(table.mask, table.entries - 1U);
        /* Aligned to its size, and to a page (AIA 1.0, 8.5). */
        assert_int_equal(table.base.v % (table.entries * 16U), 0U);
        assert_int_equal(table.base.v % PAGE_SIZE, 0U);

        const uint32_t set = sizes[i] - 1U;
        iommu_msi_table_set(&table, set, pa(UINT64_C(0x123456789a000)));
        /* There is no such entry. */
        const uint64_t *behind =
            phys_pointer(pa_add(table.base, table.entries * UINT64_C(16)), sizeof(uint64_t));
        const uint64_t was = *behind;
        iommu_msi_table_set(&table, table.entries, pa(0U));
        assert_int_equal(*behind, was);
        for (uint64_t n = 0; n < table.entries; n++) {
            assert_int_equal(entry_for(&table, first / PAGE_SIZE + n)[0],
                             n == set ? UINT64_C(0x123456789a) << 12 >> 2 | 7U : 0U);
        }
    }
}

/* shows: R-DMA-16 */
static void test_iommu_msi_table_is_refused_where_it_cannot_match(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    struct iommu_msi_table table;

    assert_false(iommu_msi_table_make(&table, gpa(0x28001000U), 2U, &b->pages));
    assert_false(iommu_msi_table_make(&table, gpa(0x28002000U), 3U, &b->pages));
    assert_true(iommu_msi_table_make(&table, gpa(0x28002000U), 2U, &b->pages));
    assert_false(iommu_msi_table_make(&table, gpa(0x28000000U), 0U, &b->pages));
    assert_false(iommu_msi_table_make(&table, gpa(0U), UINT32_MAX, &b->pages));
    pages_close(&b->pages);
    assert_false(iommu_msi_table_make(&table, gpa(0x28000000U), 2U, &b->pages));
}

/* shows: R-DMA-03 */
static void test_iommu_directory_makes_no_room_beyond_its_levels(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    struct iommu_directory directory = { .levels = 2U, .dc_words = IOMMU_DC_WORDS_EXTENDED };

    assert_true(pages_take(&b->pages, 1U, PAGE_SIZE, &directory.root));
    assert_false(iommu_directory_make(&directory, 0x8000U, &b->pages));
    assert_int_equal(iommu_directory_find(&directory, 0x7fffU).v, 0U);
    assert_true(iommu_directory_make(&directory, 0x7fffU, &b->pages));
    /* The last context of its page. */
    assert_int_equal(iommu_directory_find(&directory, 0x7fffU).v % PAGE_SIZE, PAGE_SIZE - 64U);
    assert_int_equal(iommu_directory_find(&directory, 0x8000U).v, 0U);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iommu_capabilities_of_known_models),
        cmocka_unit_test(test_iommu_fault_records_fall_apart_into_their_fields),
        cmocka_unit_test(test_iommu_every_cause_has_words),
        cmocka_unit_test(test_iommu_every_access_type_and_result_has_words),
        cmocka_unit_test(test_iommu_msi_table_leads_each_file_to_its_own),
        cmocka_unit_test(test_iommu_msi_table_is_refused_where_it_cannot_match),
        cmocka_unit_test(test_iommu_directory_makes_no_room_beyond_its_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

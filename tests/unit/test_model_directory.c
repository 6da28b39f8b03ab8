/* SPDX-License-Identifier: Apache-2.0 */
/* The model's device and process directories: formats, levels, checks, causes. */
#include "tests/unit/model_bench.h"

/* shows: R-MOD-04 */
static void test_device_directories_of_each_format_and_depth(void **state)
{
    /* The highest id of each depth and one more bit: base format 7, 9, 8 bits, extended 6, 9, 9. */
    static const struct {
        uint64_t format;
        unsigned mode, bytes;
        uint32_t id, too_wide;
        uint64_t index[3]; /* from the root */
    } rows[] = {
        { 0U, DDTP_1LVL, 32, 0x7fU, 0x80U, { 127 } },
        { 0U, DDTP_2LVL, 32, 0xff81U, 0x10000U, { 511, 1 } },
        { 0U, DDTP_3LVL, 32, 0xff0082U, 0U, { 255, 1, 2 } },
        { CAP_MSI_FLAT, DDTP_1LVL, 64, 0x3fU, 0x40U, { 63 } },
        { CAP_MSI_FLAT, DDTP_2LVL, 64, 0x7fc1U, 0x8000U, { 511, 1 } },
        { CAP_MSI_FLAT, DDTP_3LVL, 64, 0xff8042U, 0U, { 511, 1, 2 } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const uint64_t caps = (CAPS_ALL & ~(CAP_MSI_FLAT | CAP_MSI_MRIF)) | rows[i].format;
        const unsigned levels = rows[i].mode - DDTP_1LVL + 1U;
        uint64_t table = DDT;

        start(plain_config(caps), rows[i].mode);
        for (unsigned l = 0; l + 1U < levels; l++) {
            expect_fault(ask(TTYP_UNTRANSLATED_READ, rows[i].id, DATA), CAUSE_DDT_INVALID, 0U);
            put64(table + 8U * rows[i].index[l], (TABLES + l * 0x1000U) >> 2 | ENTRY_V);
            table = TABLES + l * 0x1000U;
        }
        expect_fault(ask(TTYP_UNTRANSLATED_READ, rows[i].id, DATA), CAUSE_DDT_INVALID, 0U);
        put64(table + rows[i].bytes * rows[i].index[levels - 1U], TC_V);
        expect_address(ask(TTYP_UNTRANSLATED_READ, rows[i].id, DATA + 5U), DATA + 5U);
        if (rows[i].too_wide != 0U) {
            expect_fault(ask(TTYP_UNTRANSLATED_READ, rows[i].too_wide, DATA), CAUSE_TYPE_DISALLOWED,
                         0U);
        }
    }
}

/* shows: R-MOD-04, R-MOD-05 */
static void test_nonleaf_entries_and_memory_of_the_device_directory(void **state)
{
    (void)state;
    start(plain_config(CAPS_ALL), DDTP_2LVL);
    put64(TABLES, TC_V);
    for (unsigned bit = 0; bit < 64U; bit++) {
        const bool reserved = (bit >= 1U && bit <= 9U) || bit >= 54U;

        if (reserved) {
            put64(DDT, TABLES >> 2 | ENTRY_V | BIT(bit));
            expect_fault(ask(TTYP_UNTRANSLATED_READ, 0U, DATA), CAUSE_DDT_MISCONFIGURED, 0U);
        }
    }
    put64(DDT, TABLES >> 2 | ENTRY_V);
    expect_address(ask(TTYP_UNTRANSLATED_READ, 0U, DATA), DATA);
    image_set_trouble(&bench.image, TABLES, IMAGE_POISONED);
    expect_fault(ask(TTYP_UNTRANSLATED_READ, 0U, DATA), CAUSE_DDT_CORRUPTION, 0U);
    image_set_trouble(&bench.image, TABLES, IMAGE_REFUSED);
    expect_fault(ask(TTYP_UNTRANSLATED_READ, 0U, DATA), CAUSE_DDT_LOAD_ACCESS, 0U);
    image_set_trouble(&bench.image, DDT, IMAGE_POISONED);
    expect_fault(ask(TTYP_UNTRANSLATED_READ, 0U, DATA), CAUSE_DDT_CORRUPTION, 0U);
    image_set_trouble(&bench.image, DDT, IMAGE_REFUSED);
    expect_fault(ask(TTYP_UNTRANSLATED_READ, 0U, DATA), CAUSE_DDT_LOAD_ACCESS, 0U);
}

/* A context, the capabilities it is met with, and whether it is misconfigured. */
struct checked {
    const char *name;
    uint64_t without;      /* capabilities that are missing */
    uint64_t tc, hgatp, ta, fsc, msiptp, mask, pattern, reserved;
    bool bad;
};

#define G39 iohgatp(ATP_SV39, GROOT, 1U)

static void check_contexts(const struct checked *rows, size_t count, struct model_config config)
{
    for (size_t i = 0; i < count; i++) {
        const struct checked *c = &rows[i];
        const uint64_t words[] = { c->tc | TC_V, c->hgatp, c->ta, c->fsc, c->msiptp, c->mask,
                                   c->pattern, c->reserved };
        struct model_outcome outcome;

        config.capabilities = CAPS_ALL & ~c->without;
        start(config, DDTP_1LVL);
        for (unsigned w = 0; w < 8U; w++) {
            put64(dc_at(1U) + 8U * w, words[w]);
        }
        outcome = ask(TTYP_UNTRANSLATED_READ, 1U, DATA);
        if ((outcome.cause == CAUSE_DDT_MISCONFIGURED) != c->bad) {
            fail_msg("%s: cause %d", c->name, outcome.cause);
        }
    }
}

/* shows: R-MOD-04 */
static void test_device_context_checks(void **state)
{
    const struct checked rows[] = {
        { .name = "plain" },
        { .name = "tc bit 12", .tc = BIT(12), .bad = true },
        { .name = "tc bit 23", .tc = BIT(23), .bad = true },
        { .name = "tc custom", .tc = BIT(24) | BIT(31) },
        { .name = "tc bit 32", .tc = BIT(32), .bad = true },
        { .name = "tc bit 63", .tc = BIT(63), .bad = true },
        { .name = "EN_ATS", .tc = TC_EN_ATS },
        { .name = "EN_ATS without ATS", .tc = TC_EN_ATS, .without = CAP_ATS, .bad = true },
        { .name = "EN_PRI alone", .tc = TC_EN_PRI, .bad = true },
        { .name = "EN_PRI", .tc = TC_EN_PRI | TC_EN_ATS },
        { .name = "PRPR alone", .tc = TC_PRPR, .bad = true },
        { .name = "PRPR without PRI", .tc = TC_PRPR | TC_EN_ATS, .bad = true },
        { .name = "PRPR", .tc = TC_PRPR | TC_EN_PRI | TC_EN_ATS },
        { .name = "T2GPA alone", .tc = TC_T2GPA, .hgatp = G39, .bad = true },
        { .name = "T2GPA and Bare", .tc = TC_T2GPA | TC_EN_ATS, .bad = true },
        { .name = "T2GPA", .tc = TC_T2GPA | TC_EN_ATS, .hgatp = G39 },
        { .name = "no T2GPA", .tc = TC_T2GPA | TC_EN_ATS, .hgatp = G39, .without = CAP_T2GPA,
          .bad = true },
        { .name = "DPE without PDTV", .tc = TC_DPE, .bad = true },
        { .name = "DPE", .tc = TC_DPE | TC_PDTV },
        { .name = "SADE", .tc = TC_SADE },
        { .name = "SADE without AMO_HWAD", .tc = TC_SADE, .without = CAP_AMO_HWAD, .bad = true },
        { .name = "GADE without AMO_HWAD", .tc = TC_GADE, .without = CAP_AMO_HWAD, .bad = true },
        { .name = "SBE, BE fixed", .tc = TC_SBE, .bad = true },
        { .name = "SBE without END", .tc = TC_SBE, .without = CAP_END, .bad = true },
        { .name = "SXL, GXL fixed", .tc = TC_SXL, .bad = true },
        { .name = "iosatp mode 1", .fsc = atp(1, SROOT), .bad = true },
        { .name = "iosatp Sv39", .fsc = atp(ATP_SV39, SROOT) },
        { .name = "iosatp 11", .fsc = atp(11, SROOT), .bad = true },
        { .name = "iosatp custom", .fsc = atp(14, SROOT), .bad = true },
        { .name = "no Sv57", .fsc = atp(ATP_SV57, SROOT), .without = CAP_SV57, .bad = true },
        { .name = "fsc reserved", .fsc = atp(ATP_SV39, SROOT) | BIT(44), .bad = true },
        { .name = "PD20", .tc = TC_PDTV, .fsc = atp(PDTP_PD20, PDT) },
        { .name = "no PD20", .tc = TC_PDTV, .fsc = atp(PDTP_PD20, PDT), .without = CAP_PD20,
          .bad = true },
        { .name = "no PD17", .tc = TC_PDTV, .fsc = atp(PDTP_PD17, PDT), .without = CAP_PD17,
          .bad = true },
        { .name = "no PD8", .tc = TC_PDTV, .fsc = atp(PDTP_PD8, PDT), .without = CAP_PD8,
          .bad = true },
        { .name = "pdtp 4", .tc = TC_PDTV, .fsc = atp(4, PDT), .bad = true },
        { .name = "iohgatp Sv39x4", .hgatp = G39 },
        { .name = "no Sv39x4", .hgatp = G39, .without = CAP_SV39X4, .bad = true },
        { .name = "iohgatp 7", .hgatp = iohgatp(7, GROOT, 1U), .bad = true },
        { .name = "iohgatp 11", .hgatp = iohgatp(11, GROOT, 1U), .bad = true },
        { .name = "root not at 16 KiB", .hgatp = iohgatp(ATP_SV39, GROOT + 0x1000U, 1U),
          .bad = true },
        { .name = "ta reserved low", .ta = BIT(11), .bad = true },
        { .name = "ta reserved high", .ta = BIT(32), .bad = true },
        { .name = "RCID without QOSID", .ta = BIT(40), .bad = true },
        { .name = "msiptp Flat", .hgatp = G39, .msiptp = atp(MSIPTP_FLAT, MSI_TABLE) },
        { .name = "msiptp Flat, Bare", .msiptp = atp(MSIPTP_FLAT, MSI_TABLE), .bad = true },
        { .name = "msiptp 2", .hgatp = G39, .msiptp = atp(2, MSI_TABLE), .bad = true },
        { .name = "msiptp reserved", .hgatp = G39, .msiptp = BIT(44), .bad = true },
        { .name = "mask, MGPAW 59", .mask = BIT(46) },
        { .name = "mask beyond MGPAW", .mask = BIT(47), .bad = true },
        { .name = "pattern beyond MGPAW 41", .pattern = BIT(29),
          .without = CAP_SV48X4 | CAP_SV57X4, .bad = true },
        { .name = "last doubleword", .reserved = 1U, .bad = true },
    };

    (void)state;
    check_contexts(rows, sizeof(rows) / sizeof(rows[0]), plain_config(CAPS_ALL));
}

/* shows: R-MOD-04 */
static void test_checks_that_depend_on_fctl(void **state)
{
    struct model_config writable = plain_config(CAPS_ALL), narrow = plain_config(CAPS_ALL);
    const struct checked free_rows[] = {
        { .name = "SBE, BE writable", .tc = TC_SBE },
        { .name = "SXL, GXL writable", .tc = TC_SXL },
        { .name = "SXL, Sv39", .tc = TC_SXL, .fsc = atp(9, SROOT), .bad = true },
        { .name = "SXL, no Sv32", .tc = TC_SXL, .fsc = atp(ATP_SV32, SROOT), .without = CAP_SV32,
          .bad = true },
    };
    const struct checked narrow_rows[] = {
        { .name = "GXL, no SXL", .bad = true },
        { .name = "GXL, SXL", .tc = TC_SXL },
        { .name = "GXL, Sv32x4", .tc = TC_SXL, .hgatp = G39 },
        { .name = "GXL, no Sv32x4", .tc = TC_SXL, .hgatp = G39, .without = CAP_SV32X4,
          .bad = true },
        { .name = "GXL, 9", .tc = TC_SXL, .hgatp = iohgatp(9, GROOT, 1U), .bad = true },
    };

    (void)state;
    writable.fctl_writable = FCTL_BE | FCTL_GXL;
    check_contexts(free_rows, sizeof(free_rows) / sizeof(free_rows[0]), writable);
    narrow.fctl = FCTL_GXL;
    check_contexts(narrow_rows, sizeof(narrow_rows) / sizeof(narrow_rows[0]), narrow);
}

static struct model_outcome as_process(enum ttyp type, uint32_t process_id, bool priv,
                                       uint64_t iova)
{
    struct model_request r = request(type, 1U, iova);

    r.pv = true;
    r.process_id = process_id;
    r.priv = priv;
    return model_translate(bench.model, &r);
}

/* A process with Sv39 tables at SROOT, in a directory whose pages are given from the root down. */
static void put_pc(const uint64_t *index, unsigned levels, uint64_t ta)
{
    uint64_t table = PDT;

    for (unsigned l = 0; l + 1U < levels; l++) {
        put64(table + 8U * index[l], (TABLES + l * 0x1000U) >> 2 | ENTRY_V);
        table = TABLES + l * 0x1000U;
    }
    put64(table + 16U * index[levels - 1U] + 8U, atp(ATP_SV39, SROOT));
    put64(table + 16U * index[levels - 1U], ta);
}

/* shows: R-MOD-06 */
static void test_process_directories_of_each_depth(void **state)
{
    static const struct {
        unsigned mode;
        uint32_t id, too_wide;
        uint64_t index[3];
    } rows[] = { { PDTP_PD8, 0xf3U, 0x100U, { 0xf3 } },
                 { PDTP_PD17, 0x1ff02U, 0x20000U, { 0x1ff, 2 } },
                 { PDTP_PD20, 0xe0103U, 0U, { 7, 1, 3 } } };

    (void)state;
    for (size_t i = 0; i < 3U; i++) {
        start(plain_config(CAPS_ALL), DDTP_1LVL);
        put_dc(1U, TC_PDTV, 0U, atp(rows[i].mode, PDT));
        put64(SROOT, LEAF);
        expect_fault(as_process(TTYP_UNTRANSLATED_READ, rows[i].id, false, 0x10U),
                     CAUSE_PDT_INVALID, 0U);
        put_pc(rows[i].index, (unsigned)i + 1U, PC_TA_V);
        expect_address(as_process(TTYP_UNTRANSLATED_READ, rows[i].id, false, 0x10U), 0x10U);
        if (rows[i].too_wide != 0U) {
            expect_fault(as_process(TTYP_UNTRANSLATED_READ, rows[i].too_wide, false, 0x10U),
                         CAUSE_TYPE_DISALLOWED, 0U);
        }
    }
}

/* shows: R-MOD-06 */
static void test_processes_in_guest_memory(void **state)
{
    static const uint64_t index[] = { 3, 4 };
    uint64_t root, leaf_page;

    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    /* guest pages: 0x1000 the root at PDT, 0x2000 the leaf page, 0x3000 a first-stage root */
    put_dc(1U, TC_PDTV, iohgatp(ATP_SV39, GROOT, GSCID_1), atp(PDTP_PD17, 0x1000U));
    bench.next_table = TABLES + 0x10000U;
    root = map(GROOT, 3U, 0x1000U, 0U, pte(PDT, LEAF & ~(PTE_W | PTE_X)));
    put64(PDT + 8U * index[0], 0x2000U >> 2 | ENTRY_V);
    expect_fault(as_process(TTYP_UNTRANSLATED_WRITE, 3U << 8 | 4U, false, 0x40000010U),
                 CAUSE_WRITE_GUEST_PAGE, 0x2000U + 4U * 16U + IOTVAL2_IMPLICIT);
    leaf_page = map(GROOT, 3U, 0x2000U, 0U, pte(TABLES, LEAF));
    put64(TABLES + 16U * index[1] + 8U, atp(ATP_SV39, 0x3000U));
    put64(TABLES + 16U * index[1], PC_TA_V);
    (void)map(GROOT, 3U, 0x3000U, 0U, pte(SROOT, LEAF));
    (void)map(GROOT, 3U, 0x600000U, 1U, pte(DATA, LEAF));
    put64(SROOT + 8U, LEAF); /* IOVA 0x4000_0000 to guest 0 */
    expect_address(as_process(TTYP_UNTRANSLATED_WRITE, 3U << 8 | 4U, false, 0x40600010U),
                   DATA + 0x10U);
    put64(root, 0U);
    expect_fault(as_process(TTYP_UNTRANSLATED_EXEC, 3U << 8 | 4U, false, 0x40600010U),
                 CAUSE_INSTRUCTION_GUEST_PAGE, 0x1000U + 3U * 8U + IOTVAL2_IMPLICIT);
    put64(root, pte(PDT, LEAF));
    /* the second stage's own tables refuse: the directory's cause, not the access fault */
    image_set_trouble(&bench.image, leaf_page, IMAGE_REFUSED);
    expect_fault(as_process(TTYP_UNTRANSLATED_READ, 3U << 8 | 4U, false, 0x40600010U),
                 CAUSE_PDT_LOAD_ACCESS, 0U);
    image_set_trouble(&bench.image, leaf_page, IMAGE_POISONED);
    expect_fault(as_process(TTYP_UNTRANSLATED_READ, 3U << 8 | 4U, false, 0x40600010U),
                 CAUSE_PDT_CORRUPTION, 0U);
    image_set_trouble(&bench.image, leaf_page, IMAGE_GOOD);
    image_set_trouble(&bench.image, PDT, IMAGE_POISONED);
    expect_fault(as_process(TTYP_UNTRANSLATED_READ, 3U << 8 | 4U, false, 0x40600010U),
                 CAUSE_PDT_CORRUPTION, 0U);
    image_set_trouble(&bench.image, PDT, IMAGE_REFUSED);
    expect_fault(as_process(TTYP_UNTRANSLATED_READ, 3U << 8 | 4U, false, 0x40600010U),
                 CAUSE_PDT_LOAD_ACCESS, 0U);
}

/* shows: R-MOD-06 */
static void test_process_context_checks(void **state)
{
    static const uint64_t index[] = { 5 };

    (void)state;
    start(plain_config(CAPS_ALL & ~CAP_SV57), DDTP_1LVL);
    put_dc(1U, TC_PDTV, 0U, atp(PDTP_PD8, PDT));
    put64(SROOT, LEAF);
    for (unsigned bit = 3; bit < 64U; bit++) {
        put_pc(index, 1U, PC_TA_V | BIT(bit));
        if (bit >= 12U && bit < 32U) {
            expect_address(as_process(TTYP_UNTRANSLATED_READ, 5U, false, 0x10U), 0x10U);
        } else {
            expect_fault(as_process(TTYP_UNTRANSLATED_READ, 5U, false, 0x10U),
                         CAUSE_PDT_MISCONFIGURED, 0U);
        }
    }
    put_pc(index, 1U, PC_TA_V);
    put64(PDT + 5U * 16U + 8U, atp(ATP_SV57, SROOT));
    expect_fault(as_process(TTYP_UNTRANSLATED_READ, 5U, false, 0U), CAUSE_PDT_MISCONFIGURED, 0U);
    put64(PDT + 5U * 16U + 8U, BIT(59));
    expect_fault(as_process(TTYP_UNTRANSLATED_READ, 5U, false, 0U), CAUSE_PDT_MISCONFIGURED, 0U);
    put_dc(1U, TC_PDTV, 0U, atp(PDTP_PD17, PDT));
    put64(PDT, TABLES >> 2 | ENTRY_V | BIT(9));
    expect_fault(as_process(TTYP_UNTRANSLATED_READ, 5U, false, 0U), CAUSE_PDT_MISCONFIGURED, 0U);
}

/* shows: R-MOD-06 */
static void test_privilege_of_a_process(void **state)
{
    static const uint64_t index[] = { 5 };
    const uint64_t user = LEAF, supervisor = LEAF & ~PTE_U;

    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    put_dc(1U, TC_PDTV, 0U, atp(PDTP_PD8, PDT));
    put64(SROOT, user);
    put64(SROOT + 8U, supervisor);
    put_pc(index, 1U, PC_TA_V);
    expect_fault(as_process(TTYP_UNTRANSLATED_READ, 5U, true, 0U), CAUSE_TYPE_DISALLOWED, 0U);
    put_pc(index, 1U, PC_TA_V | PC_TA_ENS);
    expect_address(as_process(TTYP_UNTRANSLATED_READ, 5U, true, 0x40000000U), 0U);
    expect_fault(as_process(TTYP_UNTRANSLATED_READ, 5U, false, 0x40000000U), CAUSE_READ_PAGE, 0U);
    expect_fault(as_process(TTYP_UNTRANSLATED_READ, 5U, true, 0U), CAUSE_READ_PAGE, 0U);
    put_pc(index, 1U, PC_TA_V | PC_TA_ENS | PC_TA_SUM);
    expect_address(as_process(TTYP_UNTRANSLATED_WRITE, 5U, true, 0U), 0U);
    expect_fault(as_process(TTYP_UNTRANSLATED_EXEC, 5U, true, 0U), CAUSE_INSTRUCTION_PAGE, 0U);
    expect_address(as_process(TTYP_UNTRANSLATED_EXEC, 5U, true, 0x40000000U), 0U);
}

/* shows: R-MOD-06 */
static void test_requests_with_and_without_a_process(void **state)
{
    static const uint64_t index[] = { 0 };

    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    put_dc(1U, 0U, 0U, 0U);
    expect_fault(as_process(TTYP_UNTRANSLATED_READ, 0U, false, DATA), CAUSE_TYPE_DISALLOWED, 0U);
    /* no process_id and no DPE: the first stage is Bare; with DPE it is process 0 */
    put_dc(1U, TC_PDTV, 0U, atp(PDTP_PD8, PDT));
    put_pc(index, 1U, PC_TA_V);
    put64(SROOT, LEAF);
    expect_address(ask(TTYP_UNTRANSLATED_READ, 1U, DATA), DATA);
    put_dc(1U, TC_PDTV | TC_DPE, 0U, atp(PDTP_PD8, PDT));
    expect_address(ask(TTYP_UNTRANSLATED_READ, 1U, 0x1234U), 0x1234U);
    expect_fault(ask(TTYP_UNTRANSLATED_READ, 1U, DATA), CAUSE_READ_PAGE, 0U);
    put_dc(1U, TC_PDTV | TC_DPE, 0U, 0U); /* pdtp Bare */
    expect_address(as_process(TTYP_UNTRANSLATED_READ, 9U, true, DATA), DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_device_directories_of_each_format_and_depth, end_bench),
        cmocka_unit_test_teardown(test_nonleaf_entries_and_memory_of_the_device_directory,
                                  end_bench),
        cmocka_unit_test_teardown(test_device_context_checks, end_bench),
        cmocka_unit_test_teardown(test_checks_that_depend_on_fctl, end_bench),
        cmocka_unit_test_teardown(test_process_directories_of_each_depth, end_bench),
        cmocka_unit_test_teardown(test_processes_in_guest_memory, end_bench),
        cmocka_unit_test_teardown(test_process_context_checks, end_bench),
        cmocka_unit_test_teardown(test_privilege_of_a_process, end_bench),
        cmocka_unit_test_teardown(test_requests_with_and_without_a_process, end_bench),
    };

    return cmocka_run_group_tests_name("model_directory", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The model's cache: what is stale until which command, and what is never kept. Here everything
 * that may be kept is kept, and what is kept is used. */
#include "tests/unit/model_bench.h"

#define OLD DATA
#define NEW (DATA + 0x10000U)
#define VA  UINT64_C(0x40201000)   /* VPN[2] 1, VPN[1] 1, VPN[0] 1 */
#define PASID 5U

static const uint64_t vma = CMD_IOTINVAL, gvma = CMD_IOTINVAL | PLACE(IOTINVAL_GVMA, 7, 3);
static const uint64_t ddt = CMD_IODIR, pdt = CMD_IODIR | PLACE(IODIR_INVAL_PDT, 7, 3);

static void start_keeping(unsigned ddtp_mode)
{
    struct model_config config = plain_config(CAPS_ALL);

    config.whims = (struct model_whims){ .seed = 11U, .keep = 100U, .use = 100U };
    start(config, ddtp_mode);
}

static uint64_t of(uint32_t device_id)
{
    const struct model_outcome outcome = ask(TTYP_UNTRANSLATED_READ, device_id, VA);

    return outcome.end == MODEL_TRANSLATED ? outcome.address : 0U;
}

static uint64_t addr(uint64_t address)
{
    return address >> 2 & PLACE(UINT64_MAX, 10, 52);
}

/* One command that may or may not reach what was cached of a first stage. */
struct row { const char *name; uint64_t w0, w1; bool dropped; };

static void check_first(uint64_t hgatp, uint64_t flags, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t leaf;

        start_keeping(DDTP_1LVL);
        put_dc(1U, 0U, hgatp, atp(ATP_SV39, SROOT));
        put64(GROOT + 16U, pte(RAM_BASE, LEAF)); /* guest 0x8000_0000 is itself */
        leaf = map_first(SROOT, 3U, VA, 0U, pte(OLD, LEAF | flags));
        assert_int_equal(of(1U), OLD);
        put64(leaf, pte(NEW, LEAF | flags));
        assert_int_equal(of(1U), OLD);
        command(rows[i].w0, rows[i].w1);
        fence();
        if (of(1U) != (rows[i].dropped ? NEW : OLD)) {
            fail_msg("%s", rows[i].name);
        }
    }
}

#define P(n)  (CMD_PSCV | PLACE(n, 12, 20))
#define G(n)  (CMD_GV | PLACE(n, 44, 16))

/* shows: R-MOD-21 */
static void test_which_vma_reaches_a_leaf(void **state)
{
    const struct row host[] = {
        { "all", vma, 0, true },
        { "space", vma | P(PSCID_1), 0, true },
        { "other space", vma | P(PSCID_1 + 1U), 0, false },
        { "address", vma | CMD_AV, addr(VA), true },
        { "other address", vma | CMD_AV, addr(VA + 0x1000U), false },
        { "address, space", vma | CMD_AV | P(PSCID_1), addr(VA), true },
        { "address, other space", vma | CMD_AV | P(9U), addr(VA), false },
        { "range of 8 KiB", vma | CMD_AV, addr(VA & ~UINT64_C(0x1fff)) | CMD_S, true },
        { "range beside", vma | CMD_AV, addr((VA & ~UINT64_C(0x1fff)) + 0x2000U) | CMD_S, false },
        { "range of 4 MiB", vma | CMD_AV, addr(0x401ff000U) | CMD_S, true },
        { "whole range", vma | CMD_AV, addr(~BIT(63)) | CMD_S, true },
        { "a guest's", vma | G(GSCID_1), 0, false },
        { "GVMA", gvma, 0, false },
        { "DDT", ddt, 0, false },
    };
    const struct row guest[] = {
        { "host's", vma, 0, false },
        { "all of the guest", vma | G(GSCID_1), 0, true },
        { "of another guest", vma | G(GSCID_1 + 1U), 0, false },
        { "space", vma | G(GSCID_1) | P(PSCID_1), 0, true },
        { "other space", vma | G(GSCID_1) | P(1U), 0, false },
        { "address", vma | G(GSCID_1) | CMD_AV, addr(VA), true },
        { "other address", vma | G(GSCID_1) | CMD_AV, addr(VA + 0x1000U), false },
        { "address, space", vma | G(GSCID_1) | CMD_AV | P(PSCID_1), addr(VA), true },
        { "GVMA", gvma | G(GSCID_1), 0, false },
    };
    const struct row global[] = {
        { "all", vma, 0, true },
        { "space", vma | P(PSCID_1), 0, false },
        { "address", vma | CMD_AV, addr(VA), true },
        { "address, space", vma | CMD_AV | P(PSCID_1), addr(VA), false },
    };

    (void)state;
    check_first(0U, 0U, host, sizeof(host) / sizeof(host[0]));
    check_first(iohgatp(ATP_SV39, GROOT, GSCID_1), 0U, guest, sizeof(guest) / sizeof(guest[0]));
    check_first(0U, PTE_G, global, sizeof(global) / sizeof(global[0]));
}

/* shows: R-MOD-21 */
static void test_global_mappings_are_in_every_space(void **state)
{
    (void)state;
    start_keeping(DDTP_1LVL);
    put_dc(1U, 0U, 0U, atp(ATP_SV39, SROOT));
    put_dc(2U, 0U, 0U, atp(ATP_SV39, SROOT + 0x1000U));
    put64(dc_at(2U) + 8U * DC_TA, PLACE(PSCID_1 + 1U, 12, 20));
    (void)map_first(SROOT, 3U, VA, 0U, pte(OLD, LEAF));
    put64(SROOT + 8U, get64(SROOT + 8U) | PTE_G); /* all below it is global */
    (void)map_first(SROOT + 0x1000U, 3U, VA, 0U, pte(NEW, LEAF));
    assert_int_equal(of(1U), OLD);
    assert_int_equal(of(2U), OLD);
    command(vma, 0U);
    assert_int_equal(of(2U), NEW);
}

/* shows: R-MOD-22 */
static void test_pointers_stay_until_all_or_nl(void **state)
{
    const struct row rows[] = {
        { "address", vma | CMD_AV, addr(VA), false },
        { "address and NL", vma | CMD_AV | CMD_NL, addr(VA), true },
        { "elsewhere and NL", vma | CMD_AV | CMD_NL, addr(VA + BIT(30)), false },
        { "all", vma, 0, true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        start_keeping(DDTP_1LVL);
        put_dc(1U, 0U, 0U, atp(ATP_SV39, SROOT));
        (void)map_first(SROOT, 3U, VA, 0U, pte(OLD, LEAF));
        assert_int_equal(of(1U), OLD);
        put64(SROOT + 8U, 0U);                    /* other tables for the same address */
        (void)map_first(SROOT, 3U, VA, 0U, pte(NEW, LEAF));
        command(vma | CMD_AV, addr(VA));          /* the leaf goes, what pointed to it stays */
        assert_int_equal(of(1U), OLD);
        command(rows[i].w0, rows[i].w1);
        command(vma | CMD_AV, addr(VA));
        if (of(1U) != (rows[i].dropped ? NEW : OLD)) {
            fail_msg("%s", rows[i].name);
        }
    }
}

/* shows: R-MOD-21 */
static void test_which_gvma_reaches_the_second_stage_and_the_msi_table(void **state)
{
    const struct row rows[] = {
        { "all", gvma, 0, true },
        { "all, address ignored", gvma | CMD_AV, addr(VA + 0x8000U), true },
        { "guest", gvma | G(GSCID_1), 0, true },
        { "other guest", gvma | G(GSCID_1 + 1U), 0, false },
        { "address", gvma | G(GSCID_1) | CMD_AV, addr(VA), true },
        { "other address", gvma | G(GSCID_1) | CMD_AV, addr(VA + 0x1000U), false },
        { "range", gvma | G(GSCID_1) | CMD_AV, addr(VA & ~UINT64_C(0x1fff)) | CMD_S, true },
        { "VMA", vma | G(GSCID_1), 0, false },
    };

    (void)state;
    for (size_t i = 0; i < 2U * sizeof(rows) / sizeof(rows[0]); i++) {
        const bool msi = i % 2U == 1U;
        const struct row *r = &rows[i / 2U];
        const uint64_t flags = msi ? PLACE(MSIPTE_M_BASIC, 1, 2) | ENTRY_V : LEAF;
        uint64_t entry = MSI_TABLE;

        start_keeping(DDTP_1LVL);
        put_dc(1U, 0U, iohgatp(ATP_SV39, GROOT, GSCID_1), 0U);
        if (msi) {
            put64(dc_at(1U) + 8U * DC_MSIPTP, atp(MSIPTP_FLAT, MSI_TABLE));
            put64(dc_at(1U) + 8U * DC_MSI_ADDR_PATTERN, VA >> 12);
        } else {
            entry = map(GROOT, 3U, VA, 0U, 0U);
        }
        put64(entry, OLD >> 2 | flags);
        assert_int_equal(of(1U), OLD);
        put64(entry, NEW >> 2 | flags);
        assert_int_equal(of(1U), OLD);
        command(r->w0, r->w1);
        if (of(1U) != (r->dropped ? NEW : OLD)) {
            fail_msg("%s, %s", r->name, msi ? "MSI" : "second stage");
        }
    }
}

/* shows: R-MOD-21 */
static void test_a_superpage_goes_by_any_of_its_addresses(void **state)
{
    static const struct { unsigned level; uint64_t napot, size; } rows[] = {
        { 0, 0, 0x1000 }, { 0, PTE_N, 0x10000 }, { 1, 0, 0x200000 }, { 2, 0, 0x40000000 } };

    (void)state;
    for (size_t i = 0; i < 4U; i++) {
        const uint64_t base = VA & ~(rows[i].size - 1U), napot = rows[i].napot != 0U ? 0x8000U : 0U;
        const uint64_t old = OLD & ~(rows[i].size - 1U), new = old + rows[i].size;
        const uint64_t in = VA & (rows[i].size - 1U);
        uint64_t leaf;

        start_keeping(DDTP_1LVL);
        put_dc(1U, 0U, 0U, atp(ATP_SV39, SROOT));
        leaf = map_first(SROOT, 3U, VA, rows[i].level, pte(old + napot, LEAF | rows[i].napot));
        assert_int_equal(of(1U), old + in);
        put64(leaf, pte(new + napot, LEAF | rows[i].napot));
        command(vma | CMD_AV, addr(base + rows[i].size));
        assert_int_equal(of(1U), old + in);
        command(vma | CMD_AV, addr(base + rows[i].size - 0x1000U));
        assert_int_equal(of(1U), new + in);
    }
}

/* shows: R-MOD-21, R-MOD-22 */
static void test_device_contexts_are_stale_until_their_command(void **state)
{
    (void)state;
    start_keeping(DDTP_2LVL);
    put64(DDT, TABLES >> 2 | ENTRY_V);
    put64(TABLES + 64U, TC_V);
    assert_int_equal(of(1U), VA);
    put64(TABLES + 64U, 0U);
    assert_int_equal(of(1U), VA);
    command(ddt | CMD_DV | PLACE(2, 40, 24), 0U);
    command(vma, 0U);
    command(gvma, 0U);
    assert_int_equal(of(1U), VA);
    command(ddt | CMD_DV | PLACE(1, 40, 24), 0U);
    assert_int_equal(ask(TTYP_UNTRANSLATED_READ, 1U, VA).cause, CAUSE_DDT_INVALID);
    /* another leaf table: the entry that points to it is not of one device */
    put64(TABLES + 64U, TC_V);
    assert_int_equal(of(1U), VA);
    put64(DDT, (TABLES + 0x1000U) >> 2 | ENTRY_V);
    command(ddt | CMD_DV | PLACE(1, 40, 24), 0U);
    assert_int_equal(of(1U), VA);
    command(ddt, 0U);
    assert_int_equal(ask(TTYP_UNTRANSLATED_READ, 1U, VA).cause, CAUSE_DDT_INVALID);
    /* a change of mode forgets nothing */
    put64(TABLES + 0x1000U + 64U, TC_V);
    assert_int_equal(of(1U), VA);
    put64(TABLES + 0x1000U + 64U, 0U);
    wr(REG_DDTP, 8U, DDT >> 2 | DDTP_OFF);
    assert_int_equal(ask(TTYP_UNTRANSLATED_READ, 1U, VA).cause, CAUSE_ALL_DISALLOWED);
    wr(REG_DDTP, 8U, DDT >> 2 | DDTP_2LVL);
    assert_int_equal(of(1U), VA);
}

static uint64_t of_process(void)
{
    struct model_request r = request(TTYP_UNTRANSLATED_READ, 1U, 0x10U);
    struct model_outcome outcome;

    r.pv = true;
    r.process_id = PASID;
    outcome = model_translate(bench.model, &r);
    return outcome.end == MODEL_TRANSLATED ? outcome.address : 0U;
}

/* shows: R-MOD-21, R-MOD-22 */
static void test_process_contexts_are_stale_until_their_command(void **state)
{
    const uint64_t it = CMD_DV | PLACE(1, 40, 24);
    const struct { uint64_t command; bool leaf, pointer; } rows[] = {
        { pdt | it | PLACE(PASID, 12, 20), true, false },
        { pdt | it | PLACE(PASID + 1U, 12, 20), false, false },
        { pdt | CMD_DV | PLACE(2, 40, 24) | PLACE(PASID, 12, 20), false, false },
        { ddt | it, true, true }, { ddt | CMD_DV | PLACE(2, 40, 24), false, false },
        { ddt, true, true }, { vma, false, false },
    };

    (void)state;
    for (size_t i = 0; i < 2U * sizeof(rows) / sizeof(rows[0]); i++) {
        const bool pointer = i % 2U == 1U;
        const bool reached = pointer ? rows[i / 2U].pointer : rows[i / 2U].leaf;

        start_keeping(DDTP_1LVL);
        put_dc(1U, TC_PDTV, 0U, atp(PDTP_PD17, PDT));
        put64(PDT, TABLES >> 2 | ENTRY_V);
        /* spaces of their own, so PTEs are not mixed up */
        for (unsigned old = 0; old < 2U; old++) {
            put64(SROOT + 0x1000U * old, pte(old == 1U ? RAM_BASE : 0xc0000000U, LEAF));
            put64(TABLES + 0x1000U * old + 16U * PASID + 8U, atp(ATP_SV39, SROOT + 0x1000U));
            put64(TABLES + 0x1000U * old + 16U * PASID, PC_TA_V | PLACE(1U + old, 12, 20));
        }
        put64(TABLES + 0x1000U + 16U * PASID + 8U, atp(ATP_SV39, SROOT));
        assert_int_equal(of_process(), RAM_BASE + 0x10U);
        if (pointer) {
            put64(PDT, (TABLES + 0x1000U) >> 2 | ENTRY_V);
        } else {
            put64(TABLES + 16U * PASID + 8U, atp(ATP_SV39, SROOT));
            put64(TABLES + 16U * PASID, PC_TA_V | PLACE(2, 12, 20));
        }
        assert_int_equal(of_process(), RAM_BASE + 0x10U);
        command(rows[i / 2U].command, 0U);
        assert_int_equal(of_process(), reached ? 0xc0000010U : RAM_BASE + 0x10U);
    }
}

/* shows: R-MOD-22 */
static void test_a_context_may_know_where_its_table_was(void **state)
{
    const uint64_t guest_root = 0x3000U;
    struct model_config config = plain_config(CAPS_ALL);
    uint64_t moved;

    (void)state;
    config.whims = (struct model_whims){ .seed = 11U, .keep = 100U, .use = 100U, .pointers = 100U };
    start(config, DDTP_1LVL);
    put_dc(1U, 0U, iohgatp(ATP_SV39, GROOT, GSCID_1), atp(ATP_SV39, guest_root));
    moved = map(GROOT, 3U, guest_root, 0U, pte(SROOT, LEAF));
    (void)map(GROOT, 3U, 0x80000000U, 2U, pte(RAM_BASE, LEAF));
    (void)map(GROOT, 3U, 0x40000000U, 2U, pte(RAM_BASE, LEAF));
    put64(SROOT + 8U, pte(0x80000000U, LEAF));
    put64(SROOT + 0x1008U, pte(0x40000000U, LEAF & ~PTE_R & ~PTE_W));
    assert_int_equal(of(1U), VA + 0x40000000U);
    put64(moved, pte(SROOT + 0x1000U, LEAF));           /* another page behind the guest's root */
    command(gvma | G(GSCID_1), 0U);
    command(vma | G(GSCID_1), 0U);
    assert_int_equal(of(1U), VA + 0x40000000U);
    command(ddt | CMD_DV | PLACE(1, 40, 24), 0U);
    command(vma | G(GSCID_1), 0U);
    assert_int_equal(ask(TTYP_UNTRANSLATED_READ, 1U, VA).cause, CAUSE_READ_PAGE);
}

/* shows: R-MOD-23 */
static void test_what_is_not_valid_is_never_kept(void **state)
{
    uint64_t first, second;

    (void)state;
    start_keeping(DDTP_2LVL);
    assert_int_equal(of(1U), 0U);
    put64(DDT, TABLES >> 2 | ENTRY_V);
    assert_int_equal(of(1U), 0U);
    put64(TABLES + 64U, TC_V);
    assert_int_equal(of(1U), VA);
    start_keeping(DDTP_1LVL);
    put_dc(1U, 0U, iohgatp(ATP_SV39, GROOT, GSCID_1), atp(ATP_SV39, SROOT));
    put64(dc_at(1U) + 8U * DC_MSIPTP, atp(MSIPTP_FLAT, MSI_TABLE));
    put64(dc_at(1U) + 8U * DC_MSI_ADDR_PATTERN, 0x28000U);
    assert_int_equal(of(1U), 0U);
    put64(GROOT + 16U, pte(RAM_BASE, LEAF));
    first = map_first(SROOT, 3U, VA, 0U, 0U);
    assert_int_equal(of(1U), 0U);
    put64(first, pte(0x28000000U, LEAF));
    assert_int_equal(of(1U), 0U);
    put64(MSI_TABLE, OLD >> 2 | PLACE(MSIPTE_M_BASIC, 1, 2) | ENTRY_V);
    assert_int_equal(of(1U), OLD);
    put_dc(2U, 0U, iohgatp(ATP_SV39, GROOT, GSCID_1), 0U);
    second = map(GROOT, 3U, VA, 0U, 0U);
    assert_int_equal(of(2U), 0U);
    put64(second, pte(NEW, LEAF));
    assert_int_equal(of(2U), NEW);
}

/* shows: R-MOD-23 */
static void test_stale_rights_count_and_d_is_never_set_in_a_copy(void **state)
{
    uint64_t leaf;

    (void)state;
    start_keeping(DDTP_1LVL);
    put_dc(1U, TC_SADE, 0U, atp(ATP_SV39, SROOT));
    leaf = map_first(SROOT, 3U, VA, 0U, pte(OLD, LEAF & ~PTE_D));
    assert_int_equal(of(1U), OLD);
    assert_int_equal(get64(leaf) & PTE_D, 0U);
    expect_address(ask(TTYP_UNTRANSLATED_WRITE, 1U, VA), OLD);
    assert_int_equal(get64(leaf) & PTE_D, PTE_D);
    /* the copy without D asks memory: so what memory says now counts, also that it is gone */
    put64(leaf, 0U);
    command(vma, 0U);
    put64(leaf, pte(OLD, LEAF & ~(PTE_D | PTE_W)));
    assert_int_equal(of(1U), OLD);
    put64(leaf, pte(OLD, LEAF & ~PTE_D));
    expect_fault(ask(TTYP_UNTRANSLATED_WRITE, 1U, VA), CAUSE_WRITE_PAGE, 0U); /* stale: no W */
    command(vma | CMD_AV, addr(VA));
    assert_int_equal(of(1U), OLD);
    put64(leaf, 0U);
    expect_fault(ask(TTYP_UNTRANSLATED_WRITE, 1U, VA), CAUSE_WRITE_PAGE, 0U);
    assert_int_equal(get64(leaf), 0U);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_which_vma_reaches_a_leaf, end_bench),
        cmocka_unit_test_teardown(test_global_mappings_are_in_every_space, end_bench),
        cmocka_unit_test_teardown(test_pointers_stay_until_all_or_nl, end_bench),
        cmocka_unit_test_teardown(test_which_gvma_reaches_the_second_stage_and_the_msi_table,
                                  end_bench),
        cmocka_unit_test_teardown(test_a_superpage_goes_by_any_of_its_addresses, end_bench),
        cmocka_unit_test_teardown(test_device_contexts_are_stale_until_their_command, end_bench),
        cmocka_unit_test_teardown(test_process_contexts_are_stale_until_their_command, end_bench),
        cmocka_unit_test_teardown(test_a_context_may_know_where_its_table_was, end_bench),
        cmocka_unit_test_teardown(test_what_is_not_valid_is_never_kept, end_bench),
        cmocka_unit_test_teardown(test_stale_rights_count_and_d_is_never_set_in_a_copy, end_bench),
    };

    return cmocka_run_group_tests_name("model_cache", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The model's two stages, against translations worked out by hand. */
#include "tests/unit/model_bench.h"

/* One table entry written by hand, and one row: what an IOVA becomes. */
struct hand_entry { uint64_t at, value; };
struct by_hand {
    const char *name;
    unsigned s_mode, g_mode;
    uint64_t iova, result;
    unsigned size_log2;
    struct hand_entry entries[12];
};

#define T(n) (TABLES + (n) * UINT64_C(0x1000))
#define NEXT(n) (T(n) >> 2 | PTE_V)

/* Indices are decimal, as they follow from the address: VPN[i] = IOVA[12 + 9i + 8 : 12 + 9i]. */
static const struct by_hand rows[] = {
    /* 0x1_4060_8abc: VPN[2] 5, VPN[1] 3, VPN[0] 8 */
    { "Sv39, 4 KiB", ATP_SV39, 0, 0x140608abcU, 0x84005abcU, 12U,
      { { SROOT + 5 * 8, NEXT(0) }, { T(0) + 3 * 8, NEXT(1) },
        { T(1) + 8 * 8, 0x84005000U >> 2 | LEAF } } },
    { "Sv39, 2 MiB", ATP_SV39, 0, 0x140608abcU, 0x84208abcU, 21U,
      { { SROOT + 5 * 8, NEXT(0) }, { T(0) + 3 * 8, 0x84200000U >> 2 | LEAF } } },
    { "Sv39, 1 GiB", ATP_SV39, 0, 0x140608abcU, 0x80608abcU, 30U,
      { { SROOT + 5 * 8, 0x80000000U >> 2 | LEAF } } },
    /* PPN[3:0] = 1000 says 64 KiB; the page's own number 0x8 is in the address */
    { "Sv39, 64 KiB", ATP_SV39, 0, 0x14060babcU, 0x8410babcU, 16U,
      { { SROOT + 5 * 8, NEXT(0) }, { T(0) + 3 * 8, NEXT(1) },
        { T(1) + 11 * 8, 0x84108000U >> 2 | LEAF | PTE_N } } },
    /* all ones above bit 38: VPN 511, 511, 511 */
    { "Sv39, negative", ATP_SV39, 0, UINT64_MAX - 0xfffU + 0x10U, 0x84006010U, 12U,
      { { SROOT + 511 * 8, NEXT(0) }, { T(0) + 511 * 8, NEXT(1) },
        { T(1) + 511 * 8, 0x84006000U >> 2 | LEAF } } },
    /* bit 39: VPN[3] 1 */
    { "Sv48, 4 KiB", ATP_SV48, 0, 0x8140608abcU, 0x84005abcU, 12U,
      { { SROOT + 1 * 8, NEXT(2) }, { T(2) + 5 * 8, NEXT(0) }, { T(0) + 3 * 8, NEXT(1) },
        { T(1) + 8 * 8, 0x84005000U >> 2 | LEAF } } },
    { "Sv48, 512 GiB", ATP_SV48, 0, 0x8084005abcU, 0x84005abcU, 39U, { { SROOT + 1 * 8, LEAF } } },
    /* bit 48: VPN[4] 1 */
    { "Sv57, 4 KiB", ATP_SV57, 0, 0x1008140608abcU, 0x84005abcU, 12U,
      { { SROOT + 1 * 8, NEXT(3) }, { T(3) + 1 * 8, NEXT(2) }, { T(2) + 5 * 8, NEXT(0) },
        { T(0) + 3 * 8, NEXT(1) }, { T(1) + 8 * 8, 0x84005000U >> 2 | LEAF } } },
    /* the root's index has eleven bits: 0x180_4060_8abc >> 30 = 1537 */
    { "Sv39x4, 4 KiB", 0, ATP_SV39, 0x18040608abcU, 0x84005abcU, 12U,
      { { GROOT + 1537 * 8, NEXT(0) }, { T(0) + 3 * 8, NEXT(1) },
        { T(1) + 8 * 8, 0x84005000U >> 2 | LEAF } } },
    { "Sv39x4, 2 MiB", 0, ATP_SV39, 0x140608abcU, 0x84208abcU, 21U,
      { { GROOT + 5 * 8, NEXT(0) }, { T(0) + 3 * 8, 0x84200000U >> 2 | LEAF } } },
    { "Sv39x4, 64 KiB", 0, ATP_SV39, 0x14060babcU, 0x8410babcU, 16U,
      { { GROOT + 5 * 8, NEXT(0) }, { T(0) + 3 * 8, NEXT(1) },
        { T(1) + 11 * 8, 0x84108000U >> 2 | LEAF | PTE_N } } },
    { "Sv48x4, 4 KiB", 0, ATP_SV48, 0x3008140608abcU, 0x84005abcU, 12U,
      { { GROOT + 1537 * 8, NEXT(2) }, { T(2) + 5 * 8, NEXT(0) }, { T(0) + 3 * 8, NEXT(1) },
        { T(1) + 8 * 8, 0x84005000U >> 2 | LEAF } } },
    { "Sv57x4, 4 KiB", 0, ATP_SV57, 0x601008140608abcU, 0x84005abcU, 12U,
      { { GROOT + 1537 * 8, NEXT(3) }, { T(3) + 1 * 8, NEXT(2) }, { T(2) + 5 * 8, NEXT(0) },
        { T(0) + 3 * 8, NEXT(1) }, { T(1) + 8 * 8, 0x84005000U >> 2 | LEAF } } },
    /* Guest page 0x8003_0000 (SROOT) is at T(4), guest page 0x10_0000 at T(5): the first stage is
     * one giga-page to guest 0x0, and guest 0x60_8000 is at 0x8400_5000. */
    { "Sv39 in Sv39x4", ATP_SV39, ATP_SV39, 0x140608abcU, 0x84005abcU, 12U,
      { { GROOT + 2 * 8, NEXT(0) }, { T(0) + 0 * 8, NEXT(1) }, { T(1) + 48 * 8, T(4) >> 2 | LEAF },
        { T(4) + 5 * 8, LEAF },
        { GROOT + 0 * 8, NEXT(2) }, { T(2) + 3 * 8, NEXT(3) },
        { T(3) + 8 * 8, 0x84005000U >> 2 | LEAF } } },
};

static void lay_out(const struct by_hand *row)
{
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    put_dc(1U, 0U, row->g_mode != 0U ? iohgatp(row->g_mode, GROOT, GSCID_1) : 0U,
           row->s_mode != 0U ? atp(row->s_mode, SROOT) : 0U);
    for (size_t i = 0; i < 12U && row->entries[i].at != 0U; i++) {
        put64(row->entries[i].at, row->entries[i].value);
    }
}

/* shows: R-MOD-01, R-MOD-02 */
static void test_translations_worked_out_by_hand(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const enum ttyp types[] = { TTYP_UNTRANSLATED_READ, TTYP_UNTRANSLATED_WRITE,
                                    TTYP_UNTRANSLATED_EXEC };

        lay_out(&rows[i]);
        for (size_t t = 0; t < 3U; t++) {
            const struct model_outcome outcome = ask(types[t], 1U, rows[i].iova);

            if (outcome.end != MODEL_TRANSLATED || outcome.address != rows[i].result
                || outcome.size_log2 != rows[i].size_log2) {
                fail_msg("%s: end %d cause %d address 0x%llx size %u", rows[i].name, outcome.end,
                         outcome.cause, (unsigned long long)outcome.address, outcome.size_log2);
            }
        }
    }
}

/* shows: R-MOD-01 */
static void test_sv32_and_sv32x4(void **state)
{
    struct model_config config = plain_config(CAPS_ALL);

    (void)state;
    config.fctl = FCTL_GXL;
    start(config, DDTP_1LVL);
    /* 0x00c0_2abc: VPN[1] 3, VPN[0] 2. Guest tables at SROOT and 0x8003_1000, mapped as mega
     * pages. */
    put_dc(1U, TC_SXL, iohgatp(ATP_SV32, GROOT, GSCID_1), atp(ATP_SV32, SROOT));
    image_put(&bench.image, GROOT + (0x80000000U >> 22) * 4U, 4U, 0x80000000U >> 2 | LEAF);
    image_put(&bench.image, SROOT + 3U * 4U, 4U, 0x80031000U >> 2 | PTE_V);
    image_put(&bench.image, 0x80031000U + 2U * 4U, 4U, 0x80123000U >> 2 | LEAF);
    expect_address(ask(TTYP_UNTRANSLATED_READ, 1U, 0x00c02abcU), 0x80123abcU);
    /* a mega page of the first stage, 4 MiB: VPN[1] 4 */
    image_put(&bench.image, SROOT + 4U * 4U, 4U, 0x80000000U >> 2 | LEAF);
    expect_address(ask(TTYP_UNTRANSLATED_READ, 1U, 0x01123456U), 0x80123456U);
    image_put(&bench.image, SROOT + 4U * 4U, 4U, 0x80001000U >> 2 | LEAF);
    expect_fault(ask(TTYP_UNTRANSLATED_READ, 1U, 0x01123456U), CAUSE_READ_PAGE, 0U);
    /* SXL: no IOVA beyond bit 31; with a Bare first stage no GPA beyond bit 33 */
    expect_fault(ask(TTYP_UNTRANSLATED_READ, 1U, 0x100c02abcU), CAUSE_READ_PAGE, 0U);
    put_dc(2U, TC_SXL, iohgatp(ATP_SV32, GROOT, GSCID_1), 0U);
    expect_address(ask(TTYP_UNTRANSLATED_READ, 2U, 0x80123456U), 0x80123456U);
    expect_fault(ask(TTYP_UNTRANSLATED_WRITE, 2U, 0x400000010U), CAUSE_WRITE_GUEST_PAGE,
                 0x400000010U);
}

struct bad_leaf {
    const char *name;
    uint64_t set, clear;   /* in a good leaf of 4 KiB */
    unsigned read, write, exec; /* whether each is refused */
};

static const struct bad_leaf bad_leaves[] = {
    { "V", 0, PTE_V, 1, 1, 1 },
    { "R", 0, PTE_R | PTE_W, 1, 1, 0 },
    { "W", 0, PTE_W, 0, 1, 0 },
    { "X", 0, PTE_X, 0, 0, 1 },
    { "W without R", 0, PTE_R, 1, 1, 1 },
    { "U", 0, PTE_U, 1, 1, 1 },
    { "A", 0, PTE_A, 1, 1, 1 },
    { "D", 0, PTE_D, 0, 1, 0 },
    { "pointer at level 0", 0, PTE_R | PTE_W | PTE_X, 1, 1, 1 },
    { "reserved bit 54", BIT(54), 0, 1, 1, 1 },
    { "reserved bit 60", BIT(60), 0, 1, 1, 1 },
    { "PBMT 3", PLACE(3, 61, 2), 0, 1, 1, 1 },
    { "PBMT 1", PLACE(1, 61, 2), 0, 0, 0, 0 },
    { "N with PPN[3:0] not 1000", PTE_N, 0, 1, 1, 1 },
};

static void check_bad_leaves(uint64_t leaf_at, uint64_t iotval2, const enum cause causes[3])
{
    const uint64_t good = DATA >> 2 | LEAF;
    const enum ttyp types[] = { TTYP_UNTRANSLATED_READ, TTYP_UNTRANSLATED_WRITE,
                                TTYP_UNTRANSLATED_EXEC };

    for (size_t i = 0; i < sizeof(bad_leaves) / sizeof(bad_leaves[0]); i++) {
        const struct bad_leaf *bad = &bad_leaves[i];
        const unsigned refused[] = { bad->read, bad->write, bad->exec };

        put64(leaf_at, (good & ~bad->clear) | bad->set);
        for (size_t t = 0; t < 3U; t++) {
            const struct model_outcome outcome = ask(types[t], 1U, 0x608010U);

            if (refused[t] ? outcome.end != MODEL_FAULT || outcome.cause != causes[t]
                                 || outcome.iotval2 != iotval2
                           : outcome.end != MODEL_TRANSLATED || outcome.address != DATA + 0x10U) {
                fail_msg("%s, type %d: end %d cause %d iotval2 0x%llx", bad->name, types[t],
                         outcome.end, outcome.cause, (unsigned long long)outcome.iotval2);
            }
        }
    }
}

/* shows: R-MOD-02, R-MOD-05 */
static void test_bad_leaves_of_the_first_stage(void **state)
{
    static const enum cause causes[] = { CAUSE_READ_PAGE, CAUSE_WRITE_PAGE,
                                         CAUSE_INSTRUCTION_PAGE };

    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    put_dc(1U, 0U, 0U, atp(ATP_SV39, SROOT));
    check_bad_leaves(map_first(SROOT, 3U, 0x608000U, 0U, 0U), 0U, causes);
}

/* shows: R-MOD-02, R-MOD-05 */
static void test_bad_leaves_of_the_second_stage(void **state)
{
    static const enum cause causes[] = { CAUSE_READ_GUEST_PAGE, CAUSE_WRITE_GUEST_PAGE,
                                         CAUSE_INSTRUCTION_GUEST_PAGE };

    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    put_dc(1U, 0U, iohgatp(ATP_SV39, GROOT, GSCID_1), 0U);
    check_bad_leaves(map(GROOT, 3U, 0x608000U, 0U, 0U), 0x608010U, causes);
}

/* shows: R-MOD-02 */
static void test_superpages_and_pointers_that_are_malformed(void **state)
{
    uint64_t mega, pointer;

    (void)state;
    start(plain_config(CAPS_ALL & ~CAP_SVPBMT), DDTP_1LVL);
    put_dc(1U, 0U, 0U, atp(ATP_SV39, SROOT));
    mega = map_first(SROOT, 3U, 0x600000U, 1U, pte(DATA, LEAF));
    expect_address(ask(TTYP_UNTRANSLATED_READ, 1U, 0x612345U), DATA + 0x12345U);
    put64(mega, pte(DATA + 0x1000U, LEAF));
    expect_fault(ask(TTYP_UNTRANSLATED_READ, 1U, 0x612345U), CAUSE_READ_PAGE, 0U);
    put64(mega, pte(DATA + 0x8000U, LEAF | PTE_N));
    expect_fault(ask(TTYP_UNTRANSLATED_READ, 1U, 0x612345U), CAUSE_READ_PAGE, 0U);
    put64(mega, pte(DATA, LEAF) | PLACE(1, 61, 2)); /* no Svpbmt here */
    expect_fault(ask(TTYP_UNTRANSLATED_READ, 1U, 0x612345U), CAUSE_READ_PAGE, 0U);
    put64(mega, pte(DATA, LEAF));
    pointer = SROOT;
    for (unsigned bit = 0; bit < 64U; bit++) {
        const bool harmless = bit == 0U || bit == 5U || bit == 8U || bit == 9U
            || (bit >= 10U && bit < 54U);

        if (!harmless) {
            put64(pointer, get64(pointer) | BIT(bit));
            if (bit == 1U || bit == 2U || bit == 3U) { /* a leaf then, misaligned or reserved */
                assert_int_equal(ask(TTYP_UNTRANSLATED_READ, 1U, 0x612345U).end, MODEL_FAULT);
            } else {
                expect_fault(ask(TTYP_UNTRANSLATED_READ, 1U, 0x612345U), CAUSE_READ_PAGE, 0U);
            }
            put64(pointer, get64(pointer) & ~BIT(bit));
        }
    }
    expect_address(ask(TTYP_UNTRANSLATED_READ, 1U, 0x612345U), DATA + 0x12345U);
}

/* shows: R-MOD-01 */
static void test_addresses_beyond_a_mode_fault(void **state)
{
    static const struct { unsigned mode, bits; } first[] = { { ATP_SV39, 39 }, { ATP_SV48, 48 },
                                                             { ATP_SV57, 57 } };

    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    for (size_t i = 0; i < 3U; i++) {
        put_dc(1U, 0U, 0U, atp(first[i].mode, SROOT));
        put64(SROOT, LEAF);
        put64(SROOT + 8U * 256U, LEAF);
        expect_address(ask(TTYP_UNTRANSLATED_READ, 1U, 0x84000123U & ONES(30)), 0x04000123U);
        expect_fault(ask(TTYP_UNTRANSLATED_READ, 1U, BIT(first[i].bits)), CAUSE_READ_PAGE, 0U);
        expect_fault(ask(TTYP_UNTRANSLATED_READ, 1U, BIT(first[i].bits - 1U)), CAUSE_READ_PAGE, 0U);
        expect_address(ask(TTYP_UNTRANSLATED_READ, 1U, ~ONES(first[i].bits - 1U)), 0U);
        put_dc(2U, 0U, iohgatp(first[i].mode, GROOT, GSCID_1), 0U);
        put64(GROOT, LEAF);
        put64(GROOT + 8U * 2047U, LEAF);
        expect_address(ask(TTYP_UNTRANSLATED_READ, 2U, 2047U * BIT(first[i].bits - 9U) + 0x20U),
                       0x20U);
        expect_fault(ask(TTYP_UNTRANSLATED_EXEC, 2U, BIT(first[i].bits + 2U) + 0x23U),
                     CAUSE_INSTRUCTION_GUEST_PAGE, BIT(first[i].bits + 2U) + 0x20U);
    }
}

/* shows: R-MOD-01, R-MOD-05 */
static void test_memory_that_refuses_a_table(void **state)
{
    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    put_dc(1U, 0U, 0U, atp(ATP_SV39, SROOT));
    put_dc(2U, 0U, iohgatp(ATP_SV39, GROOT, GSCID_1), 0U);
    image_set_trouble(&bench.image, SROOT, IMAGE_REFUSED);
    image_set_trouble(&bench.image, GROOT, IMAGE_POISONED);
    expect_fault(ask(TTYP_UNTRANSLATED_EXEC, 1U, 0U), CAUSE_INSTRUCTION_ACCESS, 0U);
    expect_fault(ask(TTYP_UNTRANSLATED_READ, 1U, 0U), CAUSE_READ_ACCESS, 0U);
    expect_fault(ask(TTYP_UNTRANSLATED_WRITE, 1U, 0U), CAUSE_WRITE_ACCESS, 0U);
    expect_fault(ask(TTYP_UNTRANSLATED_WRITE, 2U, 0U), CAUSE_PT_CORRUPTION, 0U);
    image_set_trouble(&bench.image, GROOT, IMAGE_REFUSED);
    expect_fault(ask(TTYP_UNTRANSLATED_WRITE, 2U, 0U), CAUSE_WRITE_ACCESS, 0U);
}

/* Where guest page SROOT is: a table of the first stage, in a second stage of 4 KiB pages. */
static uint64_t nest(uint64_t tc)
{
    uint64_t leaf;

    start(plain_config(CAPS_ALL), DDTP_1LVL);
    put_dc(1U, tc, iohgatp(ATP_SV39, GROOT, GSCID_1), atp(ATP_SV39, 0x40000000U));
    leaf = map(GROOT, 3U, 0x40000000U, 0U, pte(SROOT, LEAF));
    (void)map(GROOT, 3U, 0U, 1U, pte(DATA, LEAF));
    put64(SROOT, LEAF & ~(PTE_A | PTE_D)); /* giga page at IOVA 0 to guest 0 */
    return leaf;
}

/* shows: R-MOD-02, R-MOD-05 */
static void test_implicit_accesses_and_their_iotval2(void **state)
{
    const uint64_t leaf = nest(TC_SADE);

    (void)state;
    /* reads of a table: R of the second stage is enough; A is written, so W is asked for */
    expect_address(ask(TTYP_UNTRANSLATED_READ, 1U, 0x1010U), DATA + 0x1010U);
    assert_int_equal(get64(SROOT) & (PTE_A | PTE_D), PTE_A);
    put64(SROOT, LEAF & ~(PTE_A | PTE_D));
    put64(leaf, pte(SROOT, LEAF & ~PTE_W));
    expect_fault(ask(TTYP_UNTRANSLATED_READ, 1U, 0x1010U), CAUSE_READ_GUEST_PAGE, 0x40000003U);
    assert_int_equal(get64(SROOT) & (PTE_A | PTE_D), 0U);
    put64(SROOT, LEAF);
    expect_address(ask(TTYP_UNTRANSLATED_WRITE, 1U, 0x1010U), DATA + 0x1010U);
    put64(leaf, pte(SROOT, LEAF & ~(PTE_W | PTE_R)));
    expect_fault(ask(TTYP_UNTRANSLATED_WRITE, 1U, 0x1010U), CAUSE_WRITE_GUEST_PAGE, 0x40000001U);
    expect_fault(ask(TTYP_UNTRANSLATED_EXEC, 1U, 0x1010U), CAUSE_INSTRUCTION_GUEST_PAGE,
                 0x40000001U);
    /* the final address, not implicit */
    put64(leaf, pte(SROOT, LEAF));
    expect_fault(ask(TTYP_UNTRANSLATED_READ, 1U, 0x201013U), CAUSE_READ_GUEST_PAGE, 0x201010U);
}

/* shows: R-MOD-03 */
static void test_a_and_d_are_updated_where_they_may(void **state)
{
    uint64_t leaf;

    (void)state;
    (void)nest(TC_SADE | TC_GADE);
    leaf = map(GROOT, 3U, 0U, 1U, pte(DATA, LEAF & ~(PTE_A | PTE_D)));
    expect_address(ask(TTYP_UNTRANSLATED_READ, 1U, 0x1010U), DATA + 0x1010U);
    assert_int_equal(get64(leaf) & (PTE_A | PTE_D), PTE_A);
    assert_int_equal(get64(SROOT) & (PTE_A | PTE_D), PTE_A);
    expect_address(ask(TTYP_UNTRANSLATED_WRITE, 1U, 0x1010U), DATA + 0x1010U);
    assert_int_equal(get64(leaf) & (PTE_A | PTE_D), PTE_A | PTE_D);
    assert_int_equal(get64(SROOT) & (PTE_A | PTE_D), PTE_A | PTE_D);
    /* never by an access that is refused */
    put64(leaf, pte(DATA, LEAF & ~(PTE_A | PTE_D | PTE_W)));
    assert_int_equal(ask(TTYP_UNTRANSLATED_WRITE, 1U, 0x1010U).cause, CAUSE_WRITE_GUEST_PAGE);
    assert_int_equal(get64(leaf) & (PTE_A | PTE_D), 0U);
    /* nor where memory does not take it */
    put64(leaf, pte(DATA, LEAF & ~PTE_D));
    image_set_trouble(&bench.image, leaf, IMAGE_READ_ONLY);
    expect_fault(ask(TTYP_UNTRANSLATED_WRITE, 1U, 0x1010U), CAUSE_WRITE_ACCESS, 0U);
    (void)nest(TC_SADE);
    image_set_trouble(&bench.image, SROOT, IMAGE_READ_ONLY);
    expect_fault(ask(TTYP_UNTRANSLATED_READ, 1U, 0x1010U), CAUSE_READ_ACCESS, 0U);
    /* by the second stage alone, then by the first alone */
    (void)nest(TC_GADE);
    expect_fault(ask(TTYP_UNTRANSLATED_READ, 1U, 0x1010U), CAUSE_READ_PAGE, 0U);
    (void)nest(TC_SADE);
    (void)map(GROOT, 3U, 0U, 1U, pte(DATA, LEAF & ~PTE_D));
    expect_fault(ask(TTYP_UNTRANSLATED_WRITE, 1U, 0x1010U), CAUSE_WRITE_GUEST_PAGE, 0x1010U);
}

/* shows: R-MOD-03 */
static void test_tables_in_big_endian(void **state)
{
    struct model_config config = plain_config(CAPS_ALL);

    (void)state;
    config.fctl_writable = FCTL_BE;
    start(config, DDTP_1LVL);
    put_dc(1U, TC_SBE | TC_SADE, 0U, atp(ATP_SV39, SROOT));
    put64(SROOT, __builtin_bswap64(LEAF & ~(PTE_A | PTE_D)));
    expect_address(ask(TTYP_UNTRANSLATED_WRITE, 1U, 0x1234U), 0x1234U);
    assert_int_equal(__builtin_bswap64(get64(SROOT)), LEAF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_translations_worked_out_by_hand, end_bench),
        cmocka_unit_test_teardown(test_sv32_and_sv32x4, end_bench),
        cmocka_unit_test_teardown(test_bad_leaves_of_the_first_stage, end_bench),
        cmocka_unit_test_teardown(test_bad_leaves_of_the_second_stage, end_bench),
        cmocka_unit_test_teardown(test_superpages_and_pointers_that_are_malformed, end_bench),
        cmocka_unit_test_teardown(test_addresses_beyond_a_mode_fault, end_bench),
        cmocka_unit_test_teardown(test_memory_that_refuses_a_table, end_bench),
        cmocka_unit_test_teardown(test_implicit_accesses_and_their_iotval2, end_bench),
        cmocka_unit_test_teardown(test_a_and_d_are_updated_where_they_may, end_bench),
        cmocka_unit_test_teardown(test_tables_in_big_endian, end_bench),
    };

    return cmocka_run_group_tests_name("model_stages", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of the virtual IOMMU: what a store does to them. */
#include "tests/unit/viommu_bench.h"

#define PPN_ALL (UINT64_C(0xfffffffffff) << 10)

/* Every device once, in this step and in those that it asks for. */
static void assert_all_told(struct bench *b)
{
    uint32_t told = 0U;

    for (;;) {
        for (uint32_t i = 0; i < b->out.change_count; i++) {
            assert_int_equal(b->out.changes[i].device, told++);
        }
        if (!b->out.more) {
            break;
        }
        bench_step(b, NULL);
    }
    assert_int_equal(told, BENCH_DEVICES);
}

/* shows: R-VIO-01 */
static void test_viommu_reset_leaves_the_capabilities_and_the_boot_mode(void **state)
{
    (void)state;
    struct bench *b = bench_new(BENCH_DEVICES, BENCH_CAPABILITIES);

    /* From a state in which nothing is as it was: it is as new, and all contexts are told again. */
    for (uint32_t off = 0; off < 2U; off++) {
        bench_messages(b);
        bench_queues(b);
        bench_directory(b);
        bench_command(b, 0U, 0U);
        store32(b, IOMMU_MSI_VEC_CTL(0U), 1U);
        store32(b, IOMMU_IPSR, 1U);
        assert_int_not_equal(b->v.msi_pending, 0U);

        b->setup.boot_off = off != 0U;
        bench_reset(b);
        for (uint32_t n = 0; n < VIOMMU_WORDS; n++) {
            assert_int_equal(b->page[n], n == 0U ? BENCH_CAPABILITIES
                                       : n == IOMMU_DDTP / 8U ? (off != 0U ? 0U : 1U) : 0U);
            assert_true((b->out.dirty[n / 64U] >> n % 64U & 1U) != 0U);
        }
        assert_int_equal(b->v.msi_pending, 0U);
        assert_all_told(b);
        bench_reset(b); /* told, although nothing is new */
        assert_all_told(b);
        assert_int_equal(b->devices[7].context.reach, off != 0U ? VIOMMU_REFUSED : VIOMMU_PASSED);
    }
}

/* shows: R-VIO-02 */
static void test_viommu_what_cannot_be_written_is_not(void **state)
{
    (void)state;
    struct bench *b = bench_new(2U, BENCH_CAPABILITIES);

    /* All of the page, by each width, but for what can be: 5.1. */
    for (uint32_t width = 1U; width <= 8U; width *= 2U) {
        for (uint32_t offset = 0; offset < PAGE_SIZE; offset += width) {
            const bool half = width == 8U || width == 4U;
            const bool wide = offset / 8U == IOMMU_DDTP / 8U || offset / 8U == IOMMU_CQB / 8U ||
                              offset / 8U == IOMMU_FQB / 8U || offset / 8U == IOMMU_ICVEC / 8U ||
                              offset / 8U == IOMMU_MSI_ADDR(0U) / 8U ||
                              offset / 8U == IOMMU_MSI_ADDR(1U) / 8U;
            const bool narrow = offset == IOMMU_FCTL || offset == IOMMU_CQT ||
                                offset == IOMMU_FQH || offset == IOMMU_CQCSR ||
                                offset == IOMMU_FQCSR || offset == IOMMU_MSI_DATA(0U) ||
                                offset == IOMMU_MSI_VEC_CTL(0U) || offset == IOMMU_MSI_DATA(1U) ||
                                offset == IOMMU_MSI_VEC_CTL(1U);
            if ((wide && half) || (narrow && width == 4U)) {
                continue;
            }
            bench_store(b, offset, width, UINT64_MAX);
            assert_nothing_else(b);
            for (uint32_t n = 1U; n < VIOMMU_WORDS; n++) {
                assert_int_equal(b->page[n], 0U);
            }
            assert_int_equal(b->page[0], BENCH_CAPABILITIES);
        }
    }
}

/* shows: R-VIO-03, R-VIO-12, R-VIO-13 */
static void test_viommu_wide_registers_are_written_whole_or_by_halves(void **state)
{
    (void)state;
    struct bench *b = bench_new(2U, BENCH_CAPABILITIES);
    static const struct {
        uint32_t offset;
        uint64_t kept;
    } wide[] = {
        { IOMMU_CQB, PPN_ALL | (VIOMMU_QUEUE_LOG2_MAX - 1U) },
        { IOMMU_FQB, PPN_ALL | (VIOMMU_QUEUE_LOG2_MAX - 1U) },
        { IOMMU_ICVEC, 0x11U },
        { IOMMU_MSI_ADDR(0U), UINT64_C(0x00fffffffffffffc) },
        { IOMMU_MSI_ADDR(1U), UINT64_C(0x00fffffffffffffc) },
    };
    for (uint32_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
        const uint64_t high = wide[i].kept >> 32 << 32;

        store64(b, wide[i].offset, UINT64_MAX);
        assert_int_equal(load64(b, wide[i].offset), wide[i].kept);
        store32(b, wide[i].offset, 0U);
        assert_int_equal(load64(b, wide[i].offset), high);
        store32(b, wide[i].offset + 4U, 0U);
        assert_int_equal(load64(b, wide[i].offset), 0U);
        store32(b, wide[i].offset + 4U, UINT32_MAX);
        assert_int_equal(load64(b, wide[i].offset), high);
        store32(b, wide[i].offset, UINT32_MAX);
        assert_int_equal(load64(b, wide[i].offset), wide[i].kept);
        assert_nothing_else(b);
    }
    /* The value of a narrow store is 32 bits, whatever else the register of the hart held. */
    store64(b, IOMMU_MSI_ADDR(0U), 0U);
    bench_store(b, IOMMU_MSI_ADDR(0U), 4U, UINT64_MAX);
    assert_int_equal(load64(b, IOMMU_MSI_ADDR(0U)), UINT32_MAX - 3U);
    /* Data and mask are neighbours, and do not touch one another. */
    store32(b, IOMMU_MSI_DATA(1U), 0x12345678U);
    store32(b, IOMMU_MSI_VEC_CTL(1U), UINT32_MAX);
    assert_int_equal(load64(b, IOMMU_MSI_DATA(1U)), UINT64_C(0x112345678));
    store32(b, IOMMU_MSI_DATA(1U), UINT32_MAX);
    store32(b, IOMMU_MSI_VEC_CTL(1U), 0U);
    assert_int_equal(load64(b, IOMMU_MSI_DATA(1U)), UINT32_MAX);
}

/* shows: R-VIO-04 */
static void test_viommu_ddtp_keeps_legal_modes(void **state)
{
    (void)state;
    struct bench *b = bench_new(1U, BENCH_CAPABILITIES);
    const uint64_t table = BENCH_TABLE >> 12 << 10;

    for (uint32_t mode = 0; mode <= 4U; mode++) {
        store64(b, IOMMU_DDTP, UINT64_MAX << 4 | mode);
        assert_int_equal(load64(b, IOMMU_DDTP), PPN_ALL | mode);
        store64(b, IOMMU_DDTP, table | mode);
        assert_int_equal(load64(b, IOMMU_DDTP), table | mode);
        /* Reserved and custom modes change nothing. */
        for (uint32_t reserved = 5U; reserved < 16U; reserved++) {
            store64(b, IOMMU_DDTP, reserved);
            assert_nothing_else(b);
            store32(b, IOMMU_DDTP, reserved);
            assert_int_equal(load64(b, IOMMU_DDTP), table | mode);
        }
        /* As drivers look whether the table has a fixed place. */
        store64(b, IOMMU_DDTP, mode);
        assert_int_equal(load64(b, IOMMU_DDTP), mode);
        /* The half without the mode is kept, and nothing comes of it yet. */
        const uint32_t loads = fake_guest_memory.loads;
        store32(b, IOMMU_DDTP + 4U, UINT32_MAX);
        assert_int_equal(load64(b, IOMMU_DDTP), (PPN_ALL >> 32 << 32) | mode);
        assert_int_equal(fake_guest_memory.loads, loads);
        assert_nothing_else(b);
        store32(b, IOMMU_DDTP + 4U, 0U);
    }
}

static uint32_t fsc_low(const struct bench *b, uint32_t device)
{
    return (uint32_t)b->devices[device].context.first_stage.fsc;
}

/* shows: R-VIO-05 */
static void test_viommu_a_new_mode_makes_all_contexts_anew_in_pieces(void **state)
{
    (void)state;
    struct bench *b = bench_new(BENCH_DEVICES, BENCH_CAPABILITIES);
    const uint64_t sv39 = UINT64_C(8) << 60;

    for (uint32_t i = 0; i < BENCH_DEVICES; i++) {
        bench_context(BENCH_ID + i, 1U, (uint64_t)i << 12, sv39 | i);
    }
    bench_queues(b);
    bench_entry(0U, 0x2U, 0U);
    store32(b, IOMMU_CQT, 0U);

    const uint64_t ddtp = BENCH_TABLE >> 12 << 10 | 2U;
    uint32_t told = 0U;
    store64(b, IOMMU_DDTP, ddtp);
    for (uint32_t piece = 0; piece < 3U; piece++) {
        assert_int_equal(b->out.change_count, piece < 2U ? VIOMMU_PIECE : BENCH_DEVICES % 16U);
        for (uint32_t i = 0; i < b->out.change_count; i++) {
            assert_int_equal(b->out.changes[i].device, told);
            assert_int_equal(b->devices[told].context.reach, VIOMMU_TRANSLATED);
            assert_int_equal(fsc_low(b, told), told);
            told++;
        }
        assert_int_equal(b->out.more, piece < 2U);
        assert_int_equal(load64(b, IOMMU_DDTP), ddtp | (piece < 2U ? IOMMU_DDTP_BUSY : 0U));
        if (piece == 0U) {
            /* While it is busy: no other mode, and no command. Each store is a piece as well. */
            store64(b, IOMMU_DDTP, 0U);
            assert_int_equal(load64(b, IOMMU_DDTP), ddtp | IOMMU_DDTP_BUSY);
        } else if (piece == 1U) {
            store32(b, IOMMU_CQT, 1U);
            assert_int_equal(load32(b, IOMMU_CQH), 0U);
            assert_false(b->out.fence);
            assert_true(b->out.more); /* the command */
            b->out.more = false;
        }
    }
    assert_int_equal(told, BENCH_DEVICES);
    bench_step(b, NULL);
    assert_int_equal(load32(b, IOMMU_CQH), 1U);
    assert_true(b->out.fence);

    /* The same again: looked up, and nothing to tell. To Off directly: all of them. */
    const uint32_t loads = fake_guest_memory.loads;
    store32(b, IOMMU_DDTP, (uint32_t)ddtp);
    assert_int_equal(b->out.change_count, 0U);
    assert_int_equal(fake_guest_memory.loads, loads + VIOMMU_PIECE);
    bench_finish(b);
    assert_int_equal(fake_guest_memory.loads, loads + BENCH_DEVICES);
    store64(b, IOMMU_DDTP, 0U);
    assert_int_equal(b->out.change_count, VIOMMU_PIECE);
    bench_finish(b);
    assert_int_equal(b->devices[BENCH_DEVICES - 1U].context.reach, VIOMMU_REFUSED);
}

/* shows: R-VIO-06, R-VIO-07 */
static void test_viommu_queue_sizes_are_bounded_and_fixed_while_on(void **state)
{
    (void)state;
    static const struct {
        uint32_t base, csr, index, other;
    } queues[] = {
        { IOMMU_CQB, IOMMU_CQCSR, IOMMU_CQT, IOMMU_CQH },
        { IOMMU_FQB, IOMMU_FQCSR, IOMMU_FQH, IOMMU_FQT },
    };
    for (uint32_t q = 0; q < 2U; q++) {
        struct bench *b = bench_new(1U, BENCH_CAPABILITIES);
        const uint64_t base = BENCH_COMMANDS >> 12 << 10;

        for (uint32_t log2 = 0; log2 < 32U; log2++) {
            const uint32_t kept = log2 < 15U ? log2 : 14U;
            const uint32_t mask = (UINT32_C(2) << kept) - 1U;

            store64(b, queues[q].base, base | 14U);
            store32(b, queues[q].index, UINT32_MAX);
            assert_int_equal(load32(b, queues[q].index), 0x7fffU);
            store64(b, queues[q].base, base | log2);
            assert_int_equal(load64(b, queues[q].base), base | kept);
            assert_int_equal(load32(b, queues[q].index), mask);
            store32(b, queues[q].index, UINT32_MAX - 1U);
            assert_int_equal(load32(b, queues[q].index), mask & ~1U);
            store32(b, queues[q].other, 1U);
            assert_int_equal(load32(b, queues[q].other), 0U);
        }
        store32(b, queues[q].index, 0U);
        store32(b, queues[q].csr, IOMMU_QCSR_EN);
        store64(b, queues[q].base, 3U);
        store32(b, queues[q].base, 3U);
        store32(b, queues[q].base + 4U, 3U);
        assert_int_equal(load64(b, queues[q].base), base | 14U);
        store32(b, queues[q].csr, 0U);
        store64(b, queues[q].base, base | 3U);
        assert_int_equal(load64(b, queues[q].base), base | 3U);
    }
}

/* shows: R-VIO-08 */
static void test_viommu_a_queue_comes_on_empty_of_errors(void **state)
{
    (void)state;
    struct bench *b = bench_new(1U, BENCH_CAPABILITIES);

    bench_queues(b);
    bench_command(b, 0x2U, 0U);
    bench_command(b, 0U, 0U);
    viommu_lost(&b->v, &b->out);
    bench_show(b);
    assert_int_equal(load32(b, IOMMU_CQCSR), IOMMU_QCSR_ON | QUEUE_ON | IOMMU_CQCSR_CMD_ILL);
    assert_int_equal(load32(b, IOMMU_FQCSR), IOMMU_QCSR_ON | QUEUE_ON | IOMMU_FQCSR_FQOF);
    assert_int_equal(load32(b, IOMMU_CQH), 1U);

    /* Off: the error is read still, and no command is done. Bits that are not there read 0. */
    store32(b, IOMMU_CQCSR, 0xfffff0fcU);
    store32(b, IOMMU_FQCSR, 0xfffffcfcU);
    assert_int_equal(load32(b, IOMMU_CQCSR), IOMMU_CQCSR_CMD_ILL);
    assert_int_equal(load32(b, IOMMU_FQCSR), IOMMU_FQCSR_FQOF);
    bench_entry(1U, 0x2U, 0U);
    store32(b, IOMMU_CQCSR, IOMMU_CQCSR_CMD_ILL);
    assert_int_equal(load32(b, IOMMU_CQCSR), 0U);
    bench_command(b, 0x2U, 0U);
    assert_int_equal(load32(b, IOMMU_CQH), 1U);
    assert_false(b->out.fence || b->out.more);

    /* On: from entry 0, whatever the head was, to the tail as it is. */
    b->v.words[IOMMU_FQT / 8U] |= UINT64_C(5) << 32;
    b->page[IOMMU_FQT / 8U] |= UINT64_C(5) << 32;
    store32(b, IOMMU_FQCSR, QUEUE_ON);
    assert_int_equal(load32(b, IOMMU_FQCSR), IOMMU_QCSR_ON | QUEUE_ON);
    assert_int_equal(load32(b, IOMMU_FQT), 0U);
    bench_entry(0U, 0U, 0U);
    store32(b, IOMMU_CQCSR, QUEUE_ON);
    assert_int_equal(load32(b, IOMMU_CQH), 0U);
    assert_int_equal(load32(b, IOMMU_CQCSR), IOMMU_QCSR_ON | QUEUE_ON | IOMMU_CQCSR_CMD_ILL);
    /* Without a change of cqen only what is written as 1 is cleared. */
    store32(b, IOMMU_CQCSR, QUEUE_ON | IOMMU_CQCSR_CQMF | IOMMU_CQCSR_CMD_TO);
    assert_int_equal(load32(b, IOMMU_CQCSR), IOMMU_QCSR_ON | QUEUE_ON | IOMMU_CQCSR_CMD_ILL);
    /* Off and on again at once clears it; the same entry fails again, a good one does not. */
    store32(b, IOMMU_CQCSR, 0U);
    bench_entry(0U, 0x2U, 0U);
    store32(b, IOMMU_CQCSR, QUEUE_ON);
    assert_int_equal(load32(b, IOMMU_CQCSR), IOMMU_QCSR_ON | QUEUE_ON);
    assert_int_equal(load32(b, IOMMU_CQH), load32(b, IOMMU_CQT));
}

/* shows: R-VIO-09 */
static void test_viommu_fctl_chooses_wires_while_queues_are_off(void **state)
{
    (void)state;
    struct bench *b = bench_new(1U, BENCH_CAPABILITIES);

    store32(b, IOMMU_FCTL, UINT32_MAX);
    assert_int_equal(load64(b, IOMMU_FCTL), IOMMU_FCTL_WSI); /* BE and GXL are not there */
    store32(b, IOMMU_FCTL, 0U);
    assert_int_equal(load64(b, IOMMU_FCTL), 0U);
    store64(b, IOMMU_DDTP, 1U); /* Bare, as it may be when a driver comes */
    store32(b, IOMMU_FCTL, IOMMU_FCTL_WSI);
    assert_int_equal(load64(b, IOMMU_FCTL), IOMMU_FCTL_WSI);
    static const uint32_t csrs[] = { IOMMU_CQCSR, IOMMU_FQCSR };
    for (uint32_t i = 0; i < 2U; i++) {
        store32(b, csrs[i], IOMMU_QCSR_EN);
        store32(b, IOMMU_FCTL, 0U);
        assert_int_equal(load64(b, IOMMU_FCTL), IOMMU_FCTL_WSI);
        store32(b, csrs[i], 0U);
    }
    store32(b, IOMMU_FCTL, 0U);
    assert_int_equal(load64(b, IOMMU_FCTL), 0U);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_viommu_reset_leaves_the_capabilities_and_the_boot_mode),
        cmocka_unit_test(test_viommu_what_cannot_be_written_is_not),
        cmocka_unit_test(test_viommu_wide_registers_are_written_whole_or_by_halves),
        cmocka_unit_test(test_viommu_ddtp_keeps_legal_modes),
        cmocka_unit_test(test_viommu_a_new_mode_makes_all_contexts_anew_in_pieces),
        cmocka_unit_test(test_viommu_queue_sizes_are_bounded_and_fixed_while_on),
        cmocka_unit_test(test_viommu_a_queue_comes_on_empty_of_errors),
        cmocka_unit_test(test_viommu_fctl_chooses_wires_while_queues_are_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

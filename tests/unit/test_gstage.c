/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hyp/mem/gstage.h"
#include "tests/unit/fake_phys.h"
#include "tests/unit/fake_mmu.h"

#define KIB UINT64_C(1024)
#define MIB (KIB * KIB)
#define GIB (KIB * MIB)
#define RWX (GSTAGE_R | GSTAGE_W | GSTAGE_X)
#define RW  (GSTAGE_R | GSTAGE_W)

static const enum gstage_mode modes[] = { GSTAGE_SV39X4, GSTAGE_SV48X4, GSTAGE_SV57X4 };
static const uint64_t limits[] = { UINT64_C(1) << 41, UINT64_C(1) << 50, UINT64_C(1) << 59 };
#define MODES 3U

struct fixture {
    struct pages pages;
    struct gstage table;
};

static void create(struct fixture *f, enum gstage_mode mode, uint64_t pool_pages)
{
    fake_phys_reset();
    /* Not aligned to 16 KiB: the root has to be aligned by gstage_create. */
    pages_open(&f->pages,
               (struct pa_range){ pa(FAKE_PHYS_BASE + PAGE_SIZE), pool_pages * PAGE_SIZE });
    assert_int_equal(gstage_create(&f->table, mode, &f->pages), GSTAGE_OK);
}

static enum gstage_result map(struct fixture *f, uint64_t from, uint64_t to, uint64_t size,
                              uint32_t rights)
{
    return gstage_map(&f->table, gpa(from), pa(to), size, rights, &f->pages);
}

/* Both the walker and gstage_translate say that address gives physical with these rights. */
static void assert_maps(const struct fixture *f, uint64_t address, uint64_t physical,
                        uint32_t rights)
{
    const uint64_t hgatp = gstage_hgatp(&f->table, 1U);
    const uint32_t needed[] = { GSTAGE_R, GSTAGE_W, GSTAGE_X };
    const enum mmu_access accesses[] = { MMU_LOAD, MMU_STORE, MMU_FETCH };
    pa_t out;
    uint32_t got;

    for (size_t i = 0U; i < 3U; i++) {
        const struct mmu_result r = mmu_translate(hgatp, address, accesses[i]);

        assert_int_equal(r.ok, (rights & needed[i]) != 0U);
        if (r.ok) {
            assert_int_equal(r.address, physical);
        }
    }
    assert_true(gstage_translate(&f->table, gpa(address), &out, &got));
    assert_int_equal(out.v, physical);
    assert_int_equal(got, rights);
}

static void assert_faults(const struct fixture *f, uint64_t address)
{
    const uint64_t hgatp = gstage_hgatp(&f->table, 1U);
    pa_t out;
    uint32_t got;

    assert_false(mmu_translate(hgatp, address, MMU_LOAD).ok);
    assert_false(mmu_translate(hgatp, address, MMU_STORE).ok);
    assert_false(mmu_translate(hgatp, address, MMU_FETCH).ok);
    assert_false(gstage_translate(&f->table, gpa(address), &out, &got));
}

static void assert_leaves(const struct fixture *f, uint64_t small, uint64_t mega, uint64_t giga)
{
    const struct mmu_leaves leaves = mmu_count_leaves(gstage_hgatp(&f->table, 1U));

    assert_int_equal(leaves.small, small);
    assert_int_equal(leaves.mega, mega);
    assert_int_equal(leaves.giga, giga);
    assert_int_equal(leaves.larger, 0);
}

/* shows: R-MEM-22 */
static void test_gstage_empty_table_faults_everywhere(void **state)
{
    (void)state;
    for (size_t m = 0U; m < MODES; m++) {
        struct fixture f;

        create(&f, modes[m], 16U);
        assert_int_equal(f.table.root.v % (16U * KIB), 0);
        assert_faults(&f, 0U);
        assert_faults(&f, 0x80000000U);
        assert_faults(&f, limits[m] - 1U);
        assert_faults(&f, limits[m]);
        assert_faults(&f, UINT64_MAX);
        assert_leaves(&f, 0U, 0U, 0U);
    }
}

/* shows: R-MEM-23 */
static void test_gstage_uses_the_largest_leaves(void **state)
{
    (void)state;
    static const struct {
        uint64_t from, to, size, small, mega, giga;
    } cases[] = {
        { 0x10000000, 0x20000000, 4U * KIB, 1U, 0U, 0U },
        { 2U * MIB, 4U * MIB, 2U * MIB, 0U, 1U, 0U },
        { GIB, 3U * GIB, GIB, 0U, 0U, 1U },
        { 0U, 2U * MIB, GIB, 0U, 512U, 0U },          /* pa allows 2 MiB only */
        { 2U * MIB, 4U * KIB, 2U * MIB, 512U, 0U, 0U },
        { 2U * GIB, 4U * GIB, 2U * GIB + 512U * MIB, 0U, 256U, 2U },
        { 2U * MIB - 8U * KIB, 4U * MIB - 8U * KIB, 2U * MIB + 12U * KIB, 3U, 1U, 0U },
        { GIB - 2U * MIB - 4U * KIB, 7U * GIB - 2U * MIB - 4U * KIB, GIB + 4U * MIB + 8U * KIB,
          2U, 2U, 1U },
        { GIB, 4U * GIB, GIB - 4U * KIB, 511U, 511U, 0U },
    };

    for (size_t m = 0U; m < MODES; m++) {
        for (size_t i = 0U; i < sizeof(cases) / sizeof(cases[0]); i++) {
            struct fixture f;

            create(&f, modes[m], 64U);
            assert_int_equal(map(&f, cases[i].from, cases[i].to, cases[i].size, RWX), GSTAGE_OK);
            assert_leaves(&f, cases[i].small, cases[i].mega, cases[i].giga);
            assert_maps(&f, cases[i].from, cases[i].to, RWX);
            assert_maps(&f, cases[i].from + cases[i].size - 1U, cases[i].to + cases[i].size - 1U,
                        RWX);
            assert_faults(&f, cases[i].from - 1U); /* wraps for 0: past the limit */
            assert_faults(&f, cases[i].from + cases[i].size);
        }
    }
}

/* shows: R-MEM-23 */
static void test_gstage_reaches_the_last_page_of_the_mode(void **state)
{
    (void)state;
    for (size_t m = 0U; m < MODES; m++) {
        struct fixture f;
        const uint64_t last = limits[m] - 4U * KIB, physical = (UINT64_C(1) << 56) - 4U * KIB;

        create(&f, modes[m], 16U);
        assert_int_equal(map(&f, last, physical, 4U * KIB, RW), GSTAGE_OK);
        assert_maps(&f, limits[m] - 1U, (UINT64_C(1) << 56) - 1U, RW);
        assert_faults(&f, last - 1U);
        assert_faults(&f, limits[m]);
        /* With an 11-bit root index nothing is an alias of it: bits 40:39 (49:48, 58:57) count. */
        assert_faults(&f, last & (limits[m] / 4U - 1U));
    }
}

/* shows: R-MEM-24 */
static void test_gstage_rights_are_kept_apart(void **state)
{
    (void)state;
    static const uint32_t rights[] = { GSTAGE_R, RW, GSTAGE_R | GSTAGE_X, RWX, GSTAGE_X };
    struct fixture f;

    create(&f, GSTAGE_SV39X4, 16U);
    for (uint32_t i = 0U; i < 5U; i++) {
        assert_int_equal(map(&f, i * 4U * KIB, 0x90000000U + i * 4U * KIB, 4U * KIB, rights[i]),
                         GSTAGE_OK);
    }
    for (uint32_t i = 0U; i < 5U; i++) {
        assert_maps(&f, i * 4U * KIB + 8U, 0x90000008U + i * 4U * KIB, rights[i]);
    }
}

/* shows: R-MEM-24 */
static void test_gstage_refuses_bad_rights(void **state)
{
    (void)state;
    struct fixture f;

    create(&f, GSTAGE_SV39X4, 16U);
    assert_int_equal(map(&f, 0U, 0U, 4U * KIB, 0U), GSTAGE_BAD_RIGHTS);
    assert_int_equal(map(&f, 0U, 0U, 4U * KIB, GSTAGE_W), GSTAGE_BAD_RIGHTS);
    assert_int_equal(map(&f, 0U, 0U, 4U * KIB, GSTAGE_W | GSTAGE_X), GSTAGE_BAD_RIGHTS);
    assert_int_equal(map(&f, 0U, 0U, 4U * KIB, RWX | 16U), GSTAGE_BAD_RIGHTS);
    assert_int_equal(map(&f, 0U, 0U, 4U * KIB, GSTAGE_HS), GSTAGE_BAD_RIGHTS);
    assert_leaves(&f, 0U, 0U, 0U);
}

/* shows: R-MEM-25 */
static void test_gstage_refuses_what_is_not_whole_pages(void **state)
{
    (void)state;
    struct fixture f;

    create(&f, GSTAGE_SV39X4, 16U);
    assert_int_equal(map(&f, 0U, 0U, 0U, RW), GSTAGE_MISALIGNED);
    assert_int_equal(map(&f, 1U, 0U, 4U * KIB, RW), GSTAGE_MISALIGNED);
    assert_int_equal(map(&f, 0U, 2048U, 4U * KIB, RW), GSTAGE_MISALIGNED);
    assert_int_equal(map(&f, 0U, 0U, 4U * KIB + 1U, RW), GSTAGE_MISALIGNED);
    assert_leaves(&f, 0U, 0U, 0U);
}

/* shows: R-MEM-25 */
static void test_gstage_refuses_what_is_out_of_range(void **state)
{
    (void)state;
    const uint64_t pa_limit = UINT64_C(1) << 56, top = UINT64_MAX - 4095U;

    for (size_t m = 0U; m < MODES; m++) {
        struct fixture f;

        create(&f, modes[m], 16U);
        assert_int_equal(map(&f, limits[m], 0U, 4U * KIB, RW), GSTAGE_OUT_OF_RANGE);
        assert_int_equal(map(&f, limits[m] - 4U * KIB, 0U, 8U * KIB, RW), GSTAGE_OUT_OF_RANGE);
        assert_int_equal(map(&f, top, 0U, 4U * KIB, RW), GSTAGE_OUT_OF_RANGE);
        assert_int_equal(map(&f, top, 0U, 8U * KIB, RW), GSTAGE_OUT_OF_RANGE);
        assert_int_equal(map(&f, 4U * KIB, 0U, top, RW), GSTAGE_OUT_OF_RANGE);
        assert_int_equal(map(&f, 0U, pa_limit, 4U * KIB, RW), GSTAGE_OUT_OF_RANGE);
        assert_int_equal(map(&f, 0U, pa_limit - 4U * KIB, 8U * KIB, RW), GSTAGE_OUT_OF_RANGE);
        assert_int_equal(map(&f, 0U, top, 8U * KIB, RW), GSTAGE_OUT_OF_RANGE);
        assert_leaves(&f, 0U, 0U, 0U);
    }
}

/* shows: R-MEM-26 */
static void test_gstage_maps_nothing_twice(void **state)
{
    (void)state;
    static const struct {
        uint64_t size, at; /* the first range is [at, at + size) */
        uint64_t second, second_size;
    } cases[] = {
        { 4U * KIB, 0x1000, 0x1000, 4U * KIB },
        { 2U * MIB, 2U * MIB, 3U * MIB, 4U * KIB },       /* a page below a 2 MiB leaf */
        { GIB, GIB, GIB + 4U * MIB, 4U * KIB },           /* a page below a 1 GiB leaf */
        { GIB, GIB, GIB + 4U * MIB, 2U * MIB },
        { 4U * KIB, GIB + 5U * MIB, GIB, GIB },           /* a leaf above a page */
        { 4U * KIB, 3U * MIB, 2U * MIB, 2U * MIB },
        { 2U * MIB, GIB, 0U, 3U * GIB },
        { 8U * KIB, 0x3000, 0x4000, 8U * KIB },           /* the ends */
        { 8U * KIB, 0x3000, 0x2000, 8U * KIB },
    };

    for (size_t m = 0U; m < MODES; m++) {
        for (size_t i = 0U; i < sizeof(cases) / sizeof(cases[0]); i++) {
            const uint64_t last = cases[i].at + cases[i].size - 1U;
            struct fixture f;

            create(&f, modes[m], 64U);
            assert_int_equal(map(&f, cases[i].at, cases[i].at, cases[i].size, RW), GSTAGE_OK);
            assert_int_equal(map(&f, cases[i].second, 64U * GIB + cases[i].second,
                                 cases[i].second_size, RWX), GSTAGE_OVERLAP);
            /* What was mapped first stands. */
            assert_maps(&f, cases[i].at, cases[i].at, RW);
            assert_maps(&f, last, last, RW);
        }
    }
}

/* shows: R-MEM-27 */
static void test_gstage_says_when_the_pool_is_exhausted(void **state)
{
    (void)state;
    for (size_t m = 0U; m < MODES; m++) {
        struct fixture f;
        const uint64_t root = 3U + 4U, lower = 2U + m;

        create(&f, modes[m], root + lower - 1U);
        assert_int_equal(map(&f, 0x1000U, 0x1000U, 4U * KIB, RW), GSTAGE_NO_MEMORY);
        create(&f, modes[m], root + lower);
        assert_int_equal(map(&f, 0x1000U, 0x1000U, 4U * KIB, RW), GSTAGE_OK);
    }
    struct pages pages;
    struct gstage table;

    pages_open(&pages, (struct pa_range){ pa(FAKE_PHYS_BASE), 3U * PAGE_SIZE });
    assert_int_equal(gstage_create(&table, GSTAGE_SV39X4, &pages), GSTAGE_NO_MEMORY);
}

/* shows: R-MEM-22 */
static void test_gstage_hgatp_has_mode_vmid_and_root(void **state)
{
    (void)state;
    const struct gstage table = { GSTAGE_SV48X4, pa(UINT64_C(0x123456788000)) };

    assert_int_equal(gstage_hgatp(&table, 0x2abcU), UINT64_C(0x92abc00123456788));
    /* VMID has 14 bits: more never runs into MODE. */
    assert_int_equal(gstage_hgatp(&table, UINT32_MAX) >> 60, 9);
    assert_int_equal((gstage_hgatp(&table, UINT32_MAX) >> 58) & 3U, 0);
}

/* A small generator with a known sequence: xorshift64*. */
static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return *seed * UINT64_C(2685821657736338717);
}

struct reference_range {
    uint64_t from, to, size;
    uint32_t rights;
};

static void assert_as_reference(const struct fixture *f, const struct reference_range *ranges,
                                size_t count, uint64_t address)
{
    for (size_t i = 0U; i < count; i++) {
        if (address >= ranges[i].from && address - ranges[i].from < ranges[i].size) {
            assert_maps(f, address, ranges[i].to + (address - ranges[i].from), ranges[i].rights);
            return;
        }
    }
    assert_faults(f, address);
}

/*
 * Random disjoint ranges of every size and alignment against a list: each boundary, points inside
 * and points between. What was taken from the pool never passes gstage_pages_bound.
 */
/* shows: R-MEM-23, R-MEM-26, R-MEM-27 */
static void test_gstage_random_mappings_agree_with_a_list(void **state)
{
    (void)state;
    static const uint64_t grains[] = { 4U * KIB, 64U * KIB, 2U * MIB, GIB };
    static const uint32_t rights[] = { GSTAGE_R, RW, RWX, GSTAGE_R | GSTAGE_X, GSTAGE_X };
    enum { RANGES = 12, ROUNDS = 60 };

    for (uint32_t round = 0U; round < ROUNDS; round++) {
        uint64_t seed = UINT64_C(0x9e3779b97f4a7c15) + round;
        const size_t m = round % MODES;
        struct reference_range ranges[RANGES];
        uint64_t sizes[RANGES], position = 0U;
        struct fixture f;

        create(&f, modes[m], FAKE_PHYS_SIZE / PAGE_SIZE - 1U);
        for (size_t i = 0U; i < RANGES; i++) {
            const uint64_t grain = grains[next_random(&seed) % 4U];
            const uint64_t gap = next_random(&seed) % 3U * grains[next_random(&seed) % 4U];

            position = align_up(position + gap, grain);
            /* Often congruent to the guest's address, so that large leaves do occur. */
            const uint64_t to_grain = next_random(&seed) % 2U == 0U ? GIB : grain;

            ranges[i] = (struct reference_range){
                .from = position,
                .to = next_random(&seed) % 1024U * to_grain
                    + (to_grain == GIB ? position % GIB : 0U),
                .size = (1U + next_random(&seed) % 5U) * grain,
                .rights = rights[next_random(&seed) % 5U],
            };
            if (next_random(&seed) % 2U == 0U) {
                ranges[i].size += 4U * KIB * (next_random(&seed) % 512U);
            }
            sizes[i] = ranges[i].size;
            position += ranges[i].size;
        }
        /* In another order than that of the addresses. */
        for (size_t i = 0U; i < RANGES; i++) {
            const struct reference_range *r = &ranges[(i * 5U + round) % RANGES];

            assert_int_equal(map(&f, r->from, r->to, r->size, r->rights), GSTAGE_OK);
        }
        assert_true(f.pages.used / PAGE_SIZE <= gstage_pages_bound(modes[m], sizes, RANGES));

        for (size_t i = 0U; i < RANGES; i++) {
            const uint64_t end = ranges[i].from + ranges[i].size;

            assert_as_reference(&f, ranges, RANGES, ranges[i].from);
            assert_as_reference(&f, ranges, RANGES, ranges[i].from - 1U);
            assert_as_reference(&f, ranges, RANGES, end - 1U);
            assert_as_reference(&f, ranges, RANGES, end);
            for (uint32_t k = 0U; k < 20U; k++) {
                assert_as_reference(&f, ranges, RANGES,
                                    ranges[i].from + next_random(&seed) % ranges[i].size);
                assert_as_reference(&f, ranges, RANGES, next_random(&seed) % (position + GIB));
                assert_as_reference(&f, ranges, RANGES, next_random(&seed) % (2U * limits[m]));
            }
        }
    }
}

/* The worst cases: ranges that begin and end in the middle of tables, not congruent, far apart. */
/* shows: R-MEM-27 */
static void test_gstage_pages_bound_holds_and_is_not_wasteful(void **state)
{
    (void)state;
    static const uint64_t sizes[] = { 4U * KIB, 8U * KIB, 2U * MIB, 2U * MIB + 8U * KIB, GIB,
                                      GIB + 12U * KIB, 16U * KIB };

    for (size_t m = 0U; m < MODES; m++) {
        struct fixture f;
        const uint64_t bound = gstage_pages_bound(modes[m], sizes, 7U);

        create(&f, modes[m], bound);
        for (uint32_t i = 0U; i < 7U; i++) {
            const uint64_t middle = (i + 1U) * (limits[m] / 16U);

            assert_int_equal(map(&f, middle - 4U * KIB, 0x80001000U + i * 4U * GIB, sizes[i], RW),
                             GSTAGE_OK);
        }
        assert_true(f.pages.used / PAGE_SIZE <= bound);
        /* At most one page for each level and range is spare. */
        assert_true(bound - f.pages.used / PAGE_SIZE <= 7U * (2U + m));
        assert_int_equal(gstage_pages_bound(modes[m], sizes, 0U), 7U);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gstage_empty_table_faults_everywhere),
        cmocka_unit_test(test_gstage_uses_the_largest_leaves),
        cmocka_unit_test(test_gstage_reaches_the_last_page_of_the_mode),
        cmocka_unit_test(test_gstage_rights_are_kept_apart),
        cmocka_unit_test(test_gstage_refuses_bad_rights),
        cmocka_unit_test(test_gstage_refuses_what_is_not_whole_pages),
        cmocka_unit_test(test_gstage_refuses_what_is_out_of_range),
        cmocka_unit_test(test_gstage_maps_nothing_twice),
        cmocka_unit_test(test_gstage_says_when_the_pool_is_exhausted),
        cmocka_unit_test(test_gstage_hgatp_has_mode_vmid_and_root),
        cmocka_unit_test(test_gstage_random_mappings_agree_with_a_list),
        cmocka_unit_test(test_gstage_pages_bound_holds_and_is_not_wasteful),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

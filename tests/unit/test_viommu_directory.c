/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's device directory: RISC-V IOMMU 1.0.1, 2.1.1, 2.3 and 2.3.1, its fields spelled here by
 * their bit numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "iommu/viommu/parts.h"
#include "tests/unit/fake_configs.h"
#include "tests/unit/fake_guest_memory.h"

#define BIT(n)     (UINT64_C(1) << (n))
#define SV39       BIT(9)
#define PAS        (UINT64_C(56) << 32)
#define DDTP       16U
#define OFF        0U
#define BARE       1U
#define LEVELS(n)  ((n) + 1U)      /* the mode */
#define PAGE(n)    (FAKE_RAM_BASE + (n) * PAGE_SIZE)

static struct viommu v;

/* A word of ddtp, and of a non-leaf entry: a page's number in 53:10. */
static uint64_t link_to(uint64_t page, uint64_t low)
{
    return page >> 12 << 10 | low;
}

static void set_up(uint32_t mode, uint64_t root)
{
    memset(&v, 0, sizeof(v));
    v.setup.capabilities = SV39 | PAS;
    v.setup.memory = fake_guest_memory_new();
    v.words[DDTP / 8U] = link_to(root, mode);
}

/* Where the entry for this id is in a table of this level; 8, 9 and 7 bits. */
static uint64_t entry_at(uint64_t table, uint32_t level, uint32_t id)
{
    switch (level) {
    case 2U: return table + (id >> 16 & 0xffU) * 8U;
    case 1U: return table + (id >> 7 & 0x1ffU) * 8U;
    default: return table + (id & 0x7fU) * 32U;
    }
}

static void put_context(uint64_t at, uint64_t tc, uint32_t pscid)
{
    fake_guest_put(at, tc);
    fake_guest_put(at + 8U, 0U);
    fake_guest_put(at + 16U, (uint64_t)pscid << 12);
    fake_guest_put(at + 24U, UINT64_C(8) << 60 | 0x80123U);
}

/* Tables in pages levels - 1 (the root) .. 0, and a context with this PSCID. */
static void put_device(uint32_t levels, uint32_t id, uint32_t pscid)
{
    for (uint32_t level = levels - 1U; level > 0U; level--) {
        fake_guest_put(entry_at(PAGE(level), level, id), link_to(PAGE(level - 1U), 1U));
    }
    put_context(entry_at(PAGE(0), 0U, id), 1U, pscid);
}

static void assert_refused(uint32_t id, uint16_t cause, uint32_t loads)
{
    fake_guest_memory.loads = 0U;
    const struct viommu_context context = viommu_look_up(&v, id);

    assert_int_equal(context.reach, VIOMMU_REFUSED);
    assert_int_equal(context.cause, cause);
    assert_int_equal(fake_guest_memory.loads, loads);
}

/* shows: R-VIO-34 */
static void test_viommu_off_refuses_and_bare_passes_whatever_is_in_memory(void **state)
{
    (void)state;
    set_up(OFF, PAGE(0));
    put_device(1U, 5U, 1U);
    assert_refused(5U, 256U, 0U);
    assert_refused(0xffffffU, 256U, 0U);

    set_up(BARE, PAGE(0));
    assert_int_equal(viommu_look_up(&v, 0xffffffU).reach, VIOMMU_PASSED);
    assert_int_equal(viommu_look_up(&v, 0U).reach, VIOMMU_PASSED);
    assert_int_equal(fake_guest_memory.loads, 0U);

    /* Modes that there are not, should they ever get there. */
    for (uint32_t mode = 5U; mode < 16U; mode++) {
        set_up(mode, PAGE(0));
        assert_refused(0U, 256U, 0U);
    }
}

/* shows: R-VIO-34, R-VIO-35 */
static void test_viommu_contexts_are_found_at_one_two_and_three_levels(void **state)
{
    (void)state;
    static const uint32_t last[4] = { 0U, 0x7fU, 0xffffU, 0xffffffU };
    static const uint32_t ids[] = { 0U, 1U, 0x7fU, 0x80U, 0x100U, 0x1234U, 0xff7fU, 0xffffU, 0x10000U,
                                    0x80ff80U, 0xabcdefU, 0xffffffU };

    for (uint32_t levels = 1U; levels <= 3U; levels++) {
        for (uint32_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
            set_up(LEVELS(levels), PAGE(levels - 1U));
            put_device(levels, ids[i], 0x55555U);
            if (ids[i] > last[levels]) {
                assert_refused(ids[i], 260U, 0U);
                continue;
            }
            const struct viommu_context context = viommu_look_up(&v, ids[i]);
            assert_int_equal(context.reach, VIOMMU_TRANSLATED);
            assert_int_equal(context.first_stage.pscid, 0x55555U);
            assert_int_equal(context.first_stage.fsc, UINT64_C(8) << 60 | 0x80123U);
            assert_int_equal(fake_guest_memory.loads, levels);
        }
        /* An id that no directory has. */
        assert_refused(0x1000000U, 260U, 0U);
        assert_refused(UINT32_MAX, 260U, 0U);
        /* Bits of ddtp that are no address: busy. */
        set_up(LEVELS(levels), PAGE(levels - 1U));
        put_device(levels, last[levels], 7U);
        v.words[DDTP / 8U] |= BIT(4);
        assert_int_equal(viommu_look_up(&v, last[levels]).first_stage.pscid, 7U);
    }
}

/* shows: R-VIO-35 */
static void test_viommu_each_entry_can_be_missing_invalid_or_misconfigured(void **state)
{
    (void)state;
    const uint32_t id = 0xa5c37eU;

    for (uint32_t level = 1U; level < 3U; level++) {
        const uint64_t at = entry_at(PAGE(level), level, id);
        const uint32_t loads = 3U - level;

        set_up(LEVELS(3U), PAGE(2));
        put_device(3U, id, 1U);
        fake_guest_memory.hole = PAGE(level);
        assert_refused(id, 257U, loads);
        fake_guest_memory.hole = 0U;
        assert_int_equal(viommu_look_up(&v, id).reach, VIOMMU_TRANSLATED);

        const uint64_t good = fake_guest_get(at);
        fake_guest_put(at, good & ~BIT(0));
        assert_refused(id, 258U, loads);
        fake_guest_put(at, ~BIT(0)); /* V = 0: nothing else counts */
        assert_refused(id, 258U, loads);
        for (uint32_t bit = 1U; bit < 64U; bit++) {
            if (bit >= 10U && bit < 54U) {
                continue;
            }
            fake_guest_put(at, good | BIT(bit));
            assert_refused(id, 259U, loads);
        }
        /* The next table is nowhere: below RAM, right behind it, at the end of all. */
        static const uint64_t nowhere[] = { 0U, FAKE_RAM_BASE + FAKE_RAM_SIZE,
                                            UINT64_C(0xfffffffffff000) };
        for (uint32_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
            fake_guest_put(at, link_to(nowhere[i], 1U));
            assert_refused(id, 257U, loads + 1U);
        }
    }

    set_up(LEVELS(3U), PAGE(2));
    put_device(3U, id, 1U);
    const uint64_t dc = entry_at(PAGE(0), 0U, id);
    fake_guest_memory.hole = PAGE(0);
    assert_refused(id, 257U, 3U);
    fake_guest_memory.hole = 0U;
    put_context(dc, BIT(1) | BIT(11), 1U);
    assert_refused(id, 258U, 3U);
    put_context(dc, BIT(0) | BIT(11), 1U);
    assert_refused(id, 259U, 3U);
    put_context(dc, BIT(0), 1U);
    fake_guest_put(dc + 24U, UINT64_C(9) << 60); /* Sv48 is not shown */
    assert_refused(id, 259U, 3U);

    for (uint32_t levels = 1U; levels <= 3U; levels++) {
        set_up(LEVELS(levels), FAKE_RAM_BASE - PAGE_SIZE); /* and the root */
        assert_refused(3U, 257U, 1U);
    }
}

/* Another hart writes while the directory is read: each word is something else at every load. */
static uint32_t words_loaded;
static uint64_t loaded_at[8];

static bool load_of_something_else(void *ctx, gpa_t at, uint64_t *words, uint32_t count)
{
    const struct viommu_memory *const quiet = ctx;

    for (uint32_t i = 0; i < count; i++) {
        loaded_at[words_loaded++] = at.v + i * 8U;
    }
    const bool good = quiet->load(quiet->ctx, at, words, count);
    for (uint32_t i = 0; i < count; i++) {
        fake_guest_put(at.v + i * 8U, UINT64_MAX);
    }
    return good;
}

/* shows: R-VIO-36 */
static void test_viommu_each_word_of_the_directory_is_read_once(void **state)
{
    (void)state;
    const uint32_t id = 0x123456U;

    set_up(LEVELS(3U), PAGE(2));
    put_device(3U, id, 9U);
    struct viommu_memory quiet = v.setup.memory;
    v.setup.memory.load = load_of_something_else;
    v.setup.memory.ctx = &quiet;

    words_loaded = 0U;
    const struct viommu_context context = viommu_look_up(&v, id);
    assert_int_equal(context.reach, VIOMMU_TRANSLATED);
    assert_int_equal(context.first_stage.pscid, 9U);
    assert_int_equal(words_loaded, 6U);
    assert_int_equal(loaded_at[0], entry_at(PAGE(2), 2U, id));
    assert_int_equal(loaded_at[1], entry_at(PAGE(1), 1U, id));
    for (uint32_t i = 0; i < 4U; i++) {
        assert_int_equal(loaded_at[2U + i], entry_at(PAGE(0), 0U, id) + i * 8U);
    }
}

/* What 2.3 and 2.3.1 say, step by step; 0: the context that is at *at. */
static uint32_t told_by_the_book(uint32_t levels, uint64_t table, uint32_t id, uint64_t *at)
{
    if ((levels == 1U && id >> 7 != 0U) || (levels == 2U && id >> 16 != 0U)) {
        return 260U;
    }
    for (uint32_t i = levels - 1U;; i--) {
        if (table < FAKE_RAM_BASE || table >= FAKE_RAM_BASE + FAKE_RAM_SIZE) {
            return 257U;
        }
        *at = entry_at(table, i, id);
        const uint64_t entry = fake_guest_get(*at);
        if ((entry & 1U) == 0U) {
            return 258U;
        }
        if (i == 0U) {
            return 0U;
        }
        if ((entry & 0x3feU) != 0U || entry >> 54 != 0U) {
            return 259U;
        }
        table = (entry >> 10 & (BIT(44) - 1U)) << 12;
    }
}

static uint64_t random_entry(struct dice *dice)
{
    const uint64_t page = dice_below(dice, 8U) == 0U ? dice_below(dice, BIT(44)) << 12
                                                     : PAGE(dice_below(dice, 4U));
    const uint64_t stray = dice_below(dice, 16U) == 0U ? BIT(dice_below(dice, 64U)) : 0U;

    return link_to(page, dice_below(dice, 8U) != 0U ? 1U : 0U) ^ stray;
}

/* shows: R-VIO-34, R-VIO-35 */
static void test_viommu_random_directories_are_read_by_the_book(void **state)
{
    (void)state;
    struct dice dice = { 99U };
    uint32_t seen[5] = { 0U };

    set_up(OFF, 0U);
    for (uint32_t round = 0; round < 20000U; round++) {
        const uint32_t levels = 1U + (uint32_t)dice_below(&dice, 3U);
        const uint32_t id = (uint32_t)dice_below(&dice, BIT(dice_below(&dice, 25U)));
        const uint64_t root = dice_below(&dice, 16U) == 0U ? 0U : PAGE(dice_below(&dice, 4U));
        uint64_t at = 0U;

        for (uint32_t page = 0; page < 4U; page++) {
            put_context(entry_at(PAGE(page), 0U, id), dice_below(&dice, 8U),
                        (uint32_t)dice_below(&dice, BIT(20)));
            fake_guest_put(entry_at(PAGE(page), 1U, id), random_entry(&dice));
            fake_guest_put(entry_at(PAGE(page), 2U, id), random_entry(&dice));
        }
        v.words[DDTP / 8U] = link_to(root, LEVELS(levels));
        const uint32_t cause = told_by_the_book(levels, root, id, &at);
        const struct viommu_context is = viommu_look_up(&v, id);
        if (cause != 0U) {
            assert_int_equal(is.reach, VIOMMU_REFUSED);
            assert_int_equal(is.cause, cause);
            seen[cause - 256U]++;
            continue;
        }
        const uint64_t words[4] = { fake_guest_get(at), fake_guest_get(at + 8U),
                                    fake_guest_get(at + 16U), fake_guest_get(at + 24U) };
        const struct viommu_context should = viommu_compose(SV39 | PAS, words);
        assert_int_equal(is.reach, should.reach);
        assert_int_equal(is.cause, should.cause);
        assert_int_equal(is.first_stage.pscid, should.first_stage.pscid);
        assert_int_equal(is.first_stage.fsc, should.first_stage.fsc);
        seen[0]++;
    }
    for (uint32_t i = 0; i < 5U; i++) {
        assert_true(seen[i] > 100U);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_viommu_off_refuses_and_bare_passes_whatever_is_in_memory),
        cmocka_unit_test(test_viommu_contexts_are_found_at_one_two_and_three_levels),
        cmocka_unit_test(test_viommu_each_entry_can_be_missing_invalid_or_misconfigured),
        cmocka_unit_test(test_viommu_each_word_of_the_directory_is_read_once),
        cmocka_unit_test(test_viommu_random_directories_are_read_by_the_book),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

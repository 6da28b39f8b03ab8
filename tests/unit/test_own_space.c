/* SPDX-License-Identifier: Apache-2.0 */
/* The hypervisor's own address space: what is mapped, with which rights, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hyp/mem/own_space.h"
#include "hyp/mem/pte.h"
#include "tests/unit/fake_phys.h"

#define RW (GSTAGE_R | GSTAGE_W)

static struct pages pages;
static uint64_t satp;
static uint32_t failed;

static int set_up(void **state)
{
    (void)state;
    fake_phys_reset();
    pages_open(&pages, (struct pa_range){ pa(FAKE_PHYS_BASE), FAKE_PHYS_SIZE });
    return 0;
}

static struct own_piece piece(uint64_t base, uint64_t size, uint32_t rights)
{
    return (struct own_piece){ { pa(base), size }, rights };
}

/* The rights at address, 0 if nothing is there; what is there is the address itself, for HS-mode. */
static uint32_t rights_at(uint64_t address)
{
    struct gstage space = { (enum gstage_mode)(satp >> HGATP_MODE_SHIFT),
                            pa((satp & HGATP_PPN_MASK) << PAGE_SHIFT) };
    pa_t found;
    uint32_t rights;

    if (!gstage_translate(&space, gpa(address), &found, &rights)) {
        return 0;
    }
    assert_int_equal(found.v, address);
    assert_true((rights & GSTAGE_HS) != 0U);
    return rights & ~GSTAGE_HS;
}

/* shows: R-MEM-30 */
static void test_pieces_and_nothing_else(void **state)
{
    (void)state;
    const struct own_piece pieces[] = {
        piece(0x80200000, 0x11000, GSTAGE_R | GSTAGE_X),
        piece(0x80211000, 0x4000, GSTAGE_R),
        piece(0x80215000, 0x6000, RW),
        piece(0x8021c000, 0x4000, RW),           /* a page is left out before it */
        piece(0x10000000, 0x100, RW),            /* a device smaller than a page */
        piece(0x90000ff0, 0x20, GSTAGE_R),       /* across two pages */
    };
    assert_true(own_space_build(pieces, 6, &pages, &satp, &failed));
    assert_int_equal(satp >> HGATP_MODE_SHIFT, 8); /* Sv39 */
    assert_int_equal(satp >> HGATP_VMID_SHIFT & 0xffff, 0); /* ASID */
    assert_int_equal(rights_at(0x801fffff), 0);
    assert_int_equal(rights_at(0x80200000), GSTAGE_R | GSTAGE_X);
    assert_int_equal(rights_at(0x80210fff), GSTAGE_R | GSTAGE_X);
    assert_int_equal(rights_at(0x80211000), GSTAGE_R);
    assert_int_equal(rights_at(0x80215000), RW);
    assert_int_equal(rights_at(0x8021afff), RW);
    assert_int_equal(rights_at(0x8021b000), 0);
    assert_int_equal(rights_at(0x8021c000), RW);
    assert_int_equal(rights_at(0x80220000), 0);
    assert_int_equal(rights_at(0x10000fff), RW);
    assert_int_equal(rights_at(0x10001000), 0);
    assert_int_equal(rights_at(0x90000000), GSTAGE_R);
    assert_int_equal(rights_at(0x90001fff), GSTAGE_R);
    assert_int_equal(rights_at(0x90002000), 0);
    assert_int_equal(rights_at(0), 0);
}

/* shows: R-MEM-31 */
static void test_shared_page_is_refused(void **state)
{
    (void)state;
    const struct own_piece pieces[] = {
        piece(0x1000, 0x800, GSTAGE_R),
        piece(0x10000000, 0x1000, RW),
        piece(0x1800, 0x800, RW),
    };
    assert_false(own_space_build(pieces, 3, &pages, &satp, &failed));
    assert_int_equal(failed, 2);
}

/* shows: R-MEM-31 */
static void test_pool_too_small(void **state)
{
    (void)state;
    const struct own_piece pieces[] = { piece(0x1000, 0x1000, GSTAGE_R) };

    pages_open(&pages, (struct pa_range){ pa(FAKE_PHYS_BASE), 3U * PAGE_SIZE });
    assert_false(own_space_build(pieces, 1, &pages, &satp, &failed));
    assert_int_equal(failed, 1);
    pages_open(&pages, (struct pa_range){ pa(FAKE_PHYS_BASE), 5U * PAGE_SIZE });
    assert_false(own_space_build(pieces, 1, &pages, &satp, &failed));
    assert_int_equal(failed, 0);
}

/* shows: R-MEM-32 */
static void test_mode_reaches_the_last_byte(void **state)
{
    (void)state;
    static const struct { uint64_t base; uint32_t mode; } cases[] = {
        { (UINT64_C(1) << 38) - PAGE_SIZE, 8 },
        { UINT64_C(1) << 38, 9 },
        { (UINT64_C(1) << 47) - PAGE_SIZE, 9 },
        { UINT64_C(1) << 47, 10 },
        { (UINT64_C(1) << 56) - PAGE_SIZE, 10 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct own_piece pieces[] = {
            piece(0x80200000, 0x1000, RW),
            piece(cases[i].base, PAGE_SIZE, RW),
        };
        assert_true(own_space_build(pieces, 2, &pages, &satp, &failed));
        assert_int_equal(satp >> HGATP_MODE_SHIFT, cases[i].mode);
        assert_int_equal(rights_at(cases[i].base), RW);
        assert_int_equal(rights_at(0x80200000), RW);
    }
    const struct own_piece beyond[] = { piece(UINT64_C(1) << 56, PAGE_SIZE, RW) };
    assert_false(own_space_build(beyond, 1, &pages, &satp, &failed));
    assert_int_equal(failed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_pieces_and_nothing_else, set_up),
        cmocka_unit_test_setup(test_shared_page_is_refused, set_up),
        cmocka_unit_test_setup(test_pool_too_small, set_up),
        cmocka_unit_test_setup(test_mode_reaches_the_last_byte, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

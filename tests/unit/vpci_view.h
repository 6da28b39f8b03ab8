/* SPDX-License-Identifier: Apache-2.0 */
/* The rich function of vpci_world.h in a guest, and the view that the guest has of it. */
#ifndef TESTS_UNIT_VPCI_VIEW_H
#define TESTS_UNIT_VPCI_VIEW_H

#include "tests/unit/vpci_world.h"

#define VIRTUAL_RID 0x0010U

static struct pci_view view;
static struct pci_function function;
static struct plan_pci planned;
static struct pci_view_source source;
static struct fake_function *hw;

/* The rich function, for a guest without its interrupt line. */
static inline int setup(void **state)
{
    (void)state;
    world_init();
    hw = fake_rich(0U, RICH_RID);
    function = fake_inventory(RICH_RID);
    planned = fake_plan_pci(RICH_RID, VIRTUAL_RID);
    source = (struct pci_view_source){ .host = &world.host,
                                       .function = &function,
                                       .plan = &planned };
    return 0;
}

static inline void build(void)
{
    assert_true(pci_view_build(&view, &source));
    assert_int_equal(hw->writes, 0); /* looking changes nothing */
}

static inline uint32_t get(uint32_t offset, uint32_t width)
{
    return pci_view_read(&view, offset, width);
}

static inline void put(uint32_t offset, uint32_t width, uint32_t value)
{
    pci_view_write(&view, offset, width, value);
}

/* Whatever the guest writes, from no bit to all, it reads this afterwards. */
static inline void assert_constant(uint32_t offset, uint32_t value)
{
    assert_int_equal(get(offset, 4U), value);
    put(offset, 4U, UINT32_MAX);
    assert_int_equal(get(offset, 4U), value);
    put(offset, 4U, 0U);
    assert_int_equal(get(offset, 4U), value);
}

#define FRESH(test) cmocka_unit_test_setup(test, setup)

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The decisions of the plan (hyp/plan/plan.h), one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hyp/plan/plan.h"
#include "tests/unit/fake_configs.h"
#include "tests/unit/fake_tree.h"

#define MIB UINT64_C(0x100000)

static struct board board;
static struct config config;
static struct plan plan;

static bool build(const struct bundle *bundle)
{
    struct told told;

    told_init(&told);
    return plan_build(&board, NULL, &config, bundle, NULL, 0, &plan, &told.diag);
}

static void set_ram(uint64_t base, uint64_t size)
{
    board.ram[0] = (struct pa_range){ pa(base), size };
    board.ram_count = 1;
    board.reserved_count = 0;
}

/* ---- harts ----------------------------------------------------------------------------------- */

/* shows: R-CFG-15 */
static void test_vcpus_in_order(void **state)
{
    (void)state;
    fake_board(&board);
    assert_int_equal(board.hart_count, 4);
    fake_config(&config, &board, 2);
    config.guests[0].harts[0] = board.harts[3].id;
    config.guests[0].harts[1] = board.harts[0].id;
    config.guests[0].hart_count = 2;
    config.guests[1].harts[0] = board.harts[1].id;
    assert_true(build(NULL));
    assert_int_equal(plan.guests[0].vcpu_count, 2);
    assert_int_equal(plan.guests[0].vcpus[0].hart, 3);
    assert_int_equal(plan.guests[0].vcpus[1].hart, 0);
    assert_int_equal(plan.guests[0].vcpus[0].guest_file, 1);
    assert_int_equal(plan.service_hart, 2);

    board.imsic.guest_index_bits = 0; /* then the vCPUs' interrupt files are in memory */
    assert_true(build(NULL));
    assert_int_equal(plan.guests[0].vcpus[1].guest_file, 0);

    fake_config(&config, &board, 4);
    config.guests[0].harts[0] = board.harts[2].id;
    config.guests[2].harts[0] = board.harts[0].id;
    assert_true(build(NULL));
    assert_int_equal(plan.service_hart, 2);
}

/* ---- places ---------------------------------------------------------------------------------- */

/* shows: R-MEM-04 */
static void test_largest_leaf(void **state)
{
    (void)state;
    fake_board(&board);
    fake_config(&config, &board, 1);

    /* RAM from 1 MiB on: 1 GiB is aligned to 1 GiB where that fits ... */
    set_ram(MIB, 3U * GIGA_PAGE_SIZE);
    config.guests[0].memory_size = GIGA_PAGE_SIZE;
    assert_true(build(NULL));
    assert_int_equal(plan.guests[0].ram.base.v, GIGA_PAGE_SIZE);
    assert_int_equal(plan.guests[0].ram.size, GIGA_PAGE_SIZE);
    /* ... else to 2 MiB ... */
    set_ram(MIB, GIGA_PAGE_SIZE + 64U * MIB);
    assert_true(build(NULL));
    assert_int_equal(plan.guests[0].ram.base.v, 2U * MIB);
    /* ... else to a page. Without a PCI host, whose configuration space takes tables. */
    board.pci_count = 0;
    set_ram(MIB, 4U * MIB - 0x40000U);
    config.guests[0].memory_size = 3U * MIB;
    assert_true(build(NULL));
    assert_int_equal(plan.guests[0].ram.base.v, MIB);
    /* Small guests have nothing to align. */
    set_ram(MIB, 64U * MIB);
    config.guests[0].memory_size = MIB;
    assert_true(build(NULL));
    assert_true(plan.guests[0].ram.base.v < 3U * MIB);
    /* A guest whose RAM begins between large pages has them all the same: both are congruent. */
    set_ram(MIB, 3U * GIGA_PAGE_SIZE);
    config.guests[0].memory_size = 64U * MIB;
    config.guests[0].memory_base = gpa(GUEST_RAM_BASE + 5U * PAGE_SIZE);
    assert_true(build(NULL));
    assert_int_equal(plan.guests[0].ram.base.v % MEGA_PAGE_SIZE, 5U * PAGE_SIZE);
}

/* shows: R-MEM-05 */
static void test_page_zero_stays_free(void **state)
{
    (void)state;
    fake_board(&board);
    fake_config(&config, &board, 1);
    set_ram(0, 64U * MIB);
    config.guests[0].memory_size = 0x20000;
    assert_true(build(NULL));
    assert_true(plan.guests[0].ram.base.v >= PAGE_SIZE);
    assert_true(plan.pool.base.v >= PAGE_SIZE);
    config.guests[0].memory_size = 64U * MIB;
    assert_false(build(NULL));
}

/* Reservations whose rounding to whole pages meets the end of the address space. */
/* shows: R-MEM-01 */
static void test_reserved_to_the_end(void **state)
{
    static const struct pa_range reserved[] = {
        { { 0 }, UINT64_MAX }, { { 0 }, UINT64_MAX - 1U }, { { 1 }, UINT64_MAX },
        { { 0x80000000 }, UINT64_MAX - 0x7fffffff },
    };

    (void)state;
    fake_board(&board);
    fake_config(&config, &board, 1);
    set_ram(0x80000000, 64U * MIB);
    assert_true(build(NULL));
    board.reserved_count = 1;
    for (uint32_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        board.reserved[0] = reserved[i];
        assert_false(build(NULL));
    }
}

/* shows: R-MEM-01 */
static void test_used_is_not_given(void **state)
{
    static const struct pa_range used[] = {
        { { 0x80000000 }, 0x200001 }, { { 0x81ffffff }, 2 }, { { 0x90000000 }, 0 },
    };
    struct told told;

    (void)state;
    fake_board(&board);
    fake_config(&config, &board, 1);
    set_ram(0x80000000, 64U * MIB);
    told_init(&told);
    assert_true(plan_build(&board, NULL, &config, NULL, used, 3, &plan, &told.diag));
    assert_int_equal(plan.guests[0].ram.base.v, 0x80400000);
    config.guests[0].memory_size = 32U * MIB;
    assert_false(plan_build(&board, NULL, &config, NULL, used, 3, &plan, &told.diag));
}

/* ---- images ---------------------------------------------------------------------------------- */

static uint8_t image_data[MIB];

static struct bundle one_image(uint64_t size)
{
    struct bundle bundle = { .count = 1 };

    memset(image_data, 0, sizeof(image_data));
    bundle.files[0] = (struct bundle_file){ "kernel", image_data, size };
    return bundle;
}

static void put_u64(uint32_t offset, uint64_t value)
{
    for (uint32_t i = 0; i < 8U; i++) {
        image_data[offset + i] = (uint8_t)(value >> (8U * i));
    }
}

/* shows: R-MEM-07 */
static void test_linux_image(void **state)
{
    struct bundle bundle = one_image(0x10000);

    (void)state;
    fake_board(&board);
    fake_config(&config, &board, 1);
    put_u64(8, 0x400000);
    put_u64(16, 0x800000);
    memcpy(image_data + 56, "RSC\x05", 4);
    assert_true(build(&bundle));
    assert_int_equal(plan.guests[0].kernel.gpa.v, GUEST_RAM_BASE + 0x400000);
    assert_int_equal(plan.guests[0].entry.v, GUEST_RAM_BASE + 0x400000);
    assert_ptr_equal(plan.guests[0].kernel.file, &bundle.files[0]);
    /* The room is for what the kernel clears behind its file too, up to the device tree. */
    put_u64(16, 14U * MIB - 0x400000);
    assert_true(build(&bundle));
    put_u64(16, 14U * MIB - 0x400000 + 1U);
    assert_false(build(&bundle));
    put_u64(16, UINT64_MAX);
    assert_false(build(&bundle));
    /* An old header without a size: the file is what counts; and an offset from beyond. */
    put_u64(16, 0);
    assert_true(build(&bundle));
    put_u64(8, UINT64_MAX);
    assert_false(build(&bundle));
}

/* shows: R-MEM-07 */
static void test_raw_image(void **state)
{
    struct bundle bundle = one_image(MIB);

    (void)state;
    fake_board(&board);
    fake_config(&config, &board, 1);
    assert_true(build(&bundle));
    assert_int_equal(plan.guests[0].entry.v, GUEST_RAM_BASE + GUEST_KERNEL_OFFSET);
    assert_int_equal(plan.guests[0].device_tree.gpa.v, GUEST_RAM_BASE + 14U * MIB);
    assert_null(plan.guests[0].device_tree.file);
    /* A header that ends before its magic is no header. */
    bundle = one_image(59);
    memcpy(image_data + 56, "RSC\x05", 4);
    assert_true(build(&bundle));
    assert_int_equal(plan.guests[0].entry.v, GUEST_RAM_BASE + GUEST_KERNEL_OFFSET);
    /* Little memory: from its start, with the device tree at the very top. */
    bundle = one_image(MIB - 0x10000);
    config.guests[0].memory_size = MIB;
    assert_true(build(&bundle));
    assert_int_equal(plan.guests[0].entry.v, GUEST_RAM_BASE);
    assert_int_equal(plan.guests[0].device_tree.gpa.v, GUEST_RAM_BASE + MIB - 0x10000);
    bundle = one_image(MIB - 0x10000 + 1U);
    assert_false(build(&bundle));
}

/* shows: R-MEM-07 */
static void test_initrd_and_own_tree(void **state)
{
    struct bundle bundle = one_image(0x1000);
    static const uint8_t tree[0x20000] = { 0xd0, 0x0d, 0xfe, 0xed, 0, 2, 0, 0 };

    (void)state;
    bundle.files[1] = (struct bundle_file){ "initrd", image_data, 0x1801 };
    bundle.files[2] = (struct bundle_file){ "tree", tree, sizeof(tree) };
    bundle.count = 3;
    fake_board(&board);
    fake_config(&config, &board, 1);
    config.guests[0].memory_size = 8U * MIB;
    config.guests[0].initrd = "initrd";
    config.guests[0].device_tree = "tree";
    assert_true(build(&bundle));
    const struct plan_guest *guest = &plan.guests[0];
    const uint64_t top = GUEST_RAM_BASE + 8U * MIB;
    /* Room for a tree of its own: the file and something to fill in. */
    assert_true(guest->device_tree_room > sizeof(tree));
    assert_int_equal(guest->device_tree.gpa.v, top - guest->device_tree_room);
    assert_int_equal(guest->initrd.gpa.v, guest->device_tree.gpa.v - 0x2000);
    assert_ptr_equal(guest->initrd.file, &bundle.files[1]);
    assert_ptr_equal(guest->device_tree.file, &bundle.files[2]);
}

/* ---- shared memory and devices --------------------------------------------------------------- */

static void share(uint32_t a, uint32_t b, uint64_t size, bool doorbell)
{
    struct config_shared *shared = &config.shared[config.shared_count];

    *shared = (struct config_shared){ .size = size, .guests = { a, b }, .guest_count = 2,
                                      .doorbell = doorbell };
    config.shared_count++;
}

/* shows: R-CFG-16 */
static void test_shares(void **state)
{
    (void)state;
    fake_board(&board);
    fake_config(&config, &board, 3);
    share(0, 1, PAGE_SIZE, true);
    share(1, 2, 3U * MIB, false);
    share(2, 1, PAGE_SIZE, true);
    assert_true(build(NULL));

    assert_int_equal(plan.guests[0].share_count, 1);
    assert_int_equal(plan.guests[1].share_count, 3);
    assert_int_equal(plan.guests[2].share_count, 2);
    const struct plan_share *middle = plan.guests[1].shares;
    for (uint32_t i = 0; i < 3U; i++) {
        assert_int_equal(middle[i].shared, i);
    }
    assert_int_equal(middle[0].memory.v, GUEST_SHARED_BASE);
    assert_int_equal(middle[1].memory.v, GUEST_SHARED_BASE + 2U * MIB);
    assert_int_equal(middle[2].memory.v, GUEST_SHARED_BASE + 6U * MIB);
    assert_int_equal(middle[0].peer, 0);
    assert_int_equal(middle[1].peer, 2);
    /* Both ends see one place, and each counts its own sources. */
    assert_int_equal(plan.guests[2].shares[1].memory.v, middle[2].memory.v);
    assert_int_equal(plan.guests[2].shares[1].doorbell.v, middle[2].doorbell.v);
    assert_int_equal(plan.guests[0].shares[0].source, 2);
    assert_int_equal(middle[0].source, 2);
    assert_int_equal(middle[1].source, 0);
    assert_int_equal(middle[1].doorbell.v, 0);
    assert_int_equal(middle[2].source, 3);
    assert_int_equal(plan.guests[2].shares[1].source, 2);
    assert_int_not_equal(middle[0].doorbell.v, middle[2].doorbell.v);
    /* Each window leads to the memory. */
    assert_int_equal(plan.guests[1].window_count, 3);
    for (uint32_t i = 0; i < 3U; i++) {
        const struct plan_window *window = &plan.guests[1].windows[i];
        assert_int_equal(window->gpa.v, middle[i].memory.v);
        assert_int_equal(window->pa.v, plan.shared[i].base.v);
        assert_int_equal(window->size, config.shared[i].size);
        assert_false(window->device);
    }
    assert_true(is_aligned(plan.shared[1].base.v, MEGA_PAGE_SIZE));
}

/* shows: R-CFG-17 */
static void test_devices(void **state)
{
    (void)state;
    fake_board(&board);
    fake_config(&config, &board, 2);
    share(0, 1, PAGE_SIZE, true);
    fake_give_node(&config, 1, "/soc/virtio_mmio@10001000")->unprotected_dma = true;
    fake_give_node(&config, 1, "/soc/rtc@101000");
    assert_true(build(NULL));
    const struct plan_guest *guest = &plan.guests[1];
    assert_int_equal(guest->window_count, 3);
    assert_int_equal(guest->windows[0].gpa.v, 0x10001000);
    assert_int_equal(guest->windows[0].pa.v, 0x10001000);
    assert_int_equal(guest->windows[0].size, PAGE_SIZE);
    assert_true(guest->windows[0].device);
    assert_int_equal(guest->windows[1].pa.v, 0x101000);
    assert_int_equal(guest->line_count, 2);
    assert_int_equal(guest->lines[0].virtual_source, 3);
    assert_int_equal(guest->lines[0].board_source, 1);
    assert_int_equal(guest->lines[0].flags, 4);
    assert_int_equal(guest->lines[0].device, 0);
    assert_int_equal(guest->lines[1].virtual_source, 4);
    assert_int_equal(guest->lines[1].board_source, 11);
    assert_int_equal(guest->lines[1].device, 1);
    assert_int_equal(plan.guests[0].line_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vcpus_in_order),
        cmocka_unit_test(test_largest_leaf),
        cmocka_unit_test(test_page_zero_stays_free),
        cmocka_unit_test(test_reserved_to_the_end),
        cmocka_unit_test(test_used_is_not_given),
        cmocka_unit_test(test_linux_image),
        cmocka_unit_test(test_raw_image),
        cmocka_unit_test(test_initrd_and_own_tree),
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_devices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions that say anything of themselves, and guests that write anything anywhere: what is
 * nobody's to change does not change.
 */
#include "tests/unit/vpci_world.h"

#define BOARDS   400U
#define ACCESSES 2000U

static uint64_t random_state = 1U;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 16) % limit;
}

/* Capabilities that a guest may see come often, in lists that lead anywhere. */
static struct fake_function *make_function(void)
{
    static const uint8_t ids[] = { 0x01U, 0x03U, 0x05U, 0x09U, 0x10U, 0x11U };
    static const uint8_t extended[] = { 0x01U, 0x03U, 0x0dU, 0x10U };
    struct fake_function *const f = fake_rich(0U, RICH_RID);
    const bool is_kept = random_below(2U) == 0U;

    for (uint32_t at = PCI_CAPABILITIES_FIRST; at < PCI_CONFIG_SIZE; at += 4U) {
        if (is_kept && random_below(4U) != 0U) {
            continue;
        }
        if (at < PCI_COMPATIBLE_SIZE) {
            fake_capability(f, at, ids[random_below(sizeof(ids))], random_below(256U),
                            random_below(0x10000U));
        } else {
            fake_extended(f, at, extended[random_below(sizeof(extended))], random_below(0x1000U));
        }
    }
    fake_set(f, PCI_CAPABILITIES_POINTER, 1U, is_kept ? RICH_PM : random_below(256U));
    (void)memset(&f->writable[PCI_CAPABILITIES_FIRST], 0xff,
                 PCI_CONFIG_SIZE - PCI_CAPABILITIES_FIRST);
    (void)memset(&f->clears[PCI_CAPABILITIES_FIRST], 0, PCI_CONFIG_SIZE - PCI_CAPABILITIES_FIRST);
    return f;
}

/* What every function has of which the guest changes nothing, whatever it is. */
static void assert_kept(const struct fake_function *now, const struct fake_function *before,
                        const struct pci_view *view)
{
    for (uint32_t at = 0U; at < PCI_CONFIG_SIZE; at++) {
        if (at < PCI_COMMAND || (at >= PCI_REVISION_CLASS && at < PCI_CAPABILITIES_FIRST) ||
            at >= PCI_EXT_FIRST) {
            assert_int_equal(now->bytes[at], before->bytes[at]);
        }
    }
    assert_int_equal((fake_get(now, PCI_COMMAND, 2U) ^ fake_get(before, PCI_COMMAND, 2U)) &
                         ~PCI_COMMAND_BME, 0U);
    if (view->express != 0U) {
        assert_int_equal(
            (fake_get(now, view->express + 8U, 2U) ^ fake_get(before, view->express + 8U, 2U)) &
                ~PCI_DEVICE_CONTROL_RELAXED,
            0U);
    }
    for (uint32_t at = PCI_CAPABILITIES_FIRST; at < PCI_EXT_FIRST; at += 4U) {
        if (pci_view_read(view, at, 4U) == 0U) { /* hidden; or no bit set after so many writes:
                                                  * none to write */
            assert_int_equal(fake_get(now, at, 4U), fake_get(before, at, 4U));
        }
    }
}

/* shows: R-PCI-20, R-PCI-21, R-PCI-23 */
static void test_vpci_random(void **state)
{
    static struct pci_view view;
    static struct fake_function before;

    (void)state;
    for (uint32_t board = 0U; board < BOARDS; board++) {
        world_init();
        struct fake_function *const f = make_function();
        const struct pci_function function = fake_inventory(RICH_RID);
        const struct plan_pci planned = fake_plan_pci(RICH_RID, 0x08U);
        const struct pci_view_source source = {
            .host = &world.host, .function = &function, .plan = &planned,
            .vf_count = (uint16_t)random_below(3U), .vf_first = 1U, .vf_stride = 1U,
        };

        assert_true(pci_view_build(&view, &source));
        assert_int_equal(f->writes, 0);
        if (view.express != 0U) { /* one thing holds for all: Initiate Function Level Reset reads
                                   * 0 (7.5.3.4) */
            f->express = view.express;
            f->bytes[f->express + 9U] &= 0x7fU;
            f->writable[f->express + 9U] &= 0x7fU;
        } else {
            f->express = 0U;
        }
        before = *f;
        assert_true(f->reads < 2000U);
        assert_true(view.count <= PCI_VIEW_DWORDS);
        for (uint32_t d = 0U; d < view.count; d++) {
            const struct pci_view_dword *const w = &view.dwords[d];

            assert_true(d == 0U || w->offset > view.dwords[d - 1U].offset);
            assert_int_equal(w->write_hw & w->write_virtual, 0U);
            assert_int_equal(w->write_hw & ~w->read_hw, 0U);
            assert_int_equal((w->value | w->write_virtual) & w->read_hw, 0U);
        }
        for (uint32_t n = 0U; n < ACCESSES; n++) {
            const uint32_t width = 1U << random_below(3U);
            const uint32_t limit = random_below(2U) == 0U ? PCI_CONFIG_SIZE : PCI_COMPATIBLE_SIZE;
            const uint32_t at = random_below(limit / width) * width;
            const uint32_t value = random_below(2U) == 0U ? UINT32_MAX : random_below(UINT32_MAX);

            pci_view_write(&view, at, width, value);
            assert_true(width == 4U || pci_view_read(&view, at, width) >> (8U * width) == 0U);
        }
        for (uint32_t at = PCI_CAPABILITIES_FIRST; at < PCI_COMPATIBLE_SIZE; at += 4U) {
            pci_view_write(&view, at, 4U, UINT32_MAX);
        }
        assert_int_equal(f->resets, 0);
        assert_kept(f, &before, &view);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_vpci_random) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The lists of capabilities that a guest sees, whatever the function says of itself. */
#include "tests/unit/vpci_view.h"

/* shows: R-PCI-20, R-PCI-23 */
static void test_vpci_chain_of_capabilities(void **state)
{
    static const uint8_t seen[] = { RICH_MSIX, RICH_VENDOR, RICH_EXPRESS, RICH_MSI, 0U };
    uint32_t at = PCI_CAPABILITIES_POINTER;

    (void)state;
    build();
    assert_int_equal(get(PCI_STATUS, 2U) & PCI_STATUS_CAPABILITIES, PCI_STATUS_CAPABILITIES);
    for (size_t i = 0U; i < sizeof(seen); i++) {
        assert_int_equal(get(at, 1U), seen[i]);
        at = seen[i] + 1U;
    }
    assert_int_equal(get(RICH_VENDOR, 4U), 0x01140009U | RICH_EXPRESS << 8);
    for (uint32_t i = 4U; i < 20U; i += 4U) {
        assert_constant(RICH_VENDOR + i, 0x11111111U * i);
    }
    assert_constant(RICH_PM, 0U);
    assert_constant(RICH_PM + 4U, 0U);
    assert_int_equal(fake_get(hw, RICH_PM + 4U, 2U), 0U);
    assert_constant(RICH_HIDDEN, 0U);

    /* None at all. */
    fake_set(hw, PCI_STATUS, 2U, 0U);
    hw->writes = 0U;
    build();
    assert_int_equal(get(PCI_CAPABILITIES_POINTER, 4U), 0U);
    assert_int_equal(get(PCI_STATUS, 2U), 0U);
    assert_constant(RICH_MSI, 0U);
    assert_constant(RICH_SERIAL, 0U); /* without PCI Express nothing extended */
}

/* shows: R-PCI-20, R-PCI-23 */
static void test_vpci_chain_of_extended_capabilities(void **state)
{
    (void)state;
    build();
    assert_constant(PCI_EXT_FIRST, RICH_SERIAL << 20); /* stands for one that is hidden */
    assert_constant(RICH_SERIAL, 0x00010003U);         /* the last */
    assert_constant(RICH_SERIAL + 4U, 0x12345678U);
    assert_constant(RICH_SERIAL + 8U, 0x9abcdef0U);
    assert_constant(RICH_AER + 4U, 0U);
    assert_int_equal(fake_get(hw, RICH_AER + 4U, 4U), 0x00100000U);
    for (uint32_t at = RICH_ACS; at < PCI_CONFIG_SIZE; at += 4U) {
        assert_constant(at, 0U);
    }

    /* Visible is the first. */
    fake_extended(hw, PCI_EXT_FIRST, PCI_EXT_SERIAL, RICH_ATS);
    hw->writes = 0U;
    build();
    assert_constant(PCI_EXT_FIRST, 0x00010003U);
    /* Nothing is. */
    fake_extended(hw, PCI_EXT_FIRST, 0x0001U, 0U);
    hw->writes = 0U;
    build();
    assert_constant(PCI_EXT_FIRST, 0U);
    fake_set(hw, PCI_EXT_FIRST, 4U, UINT32_MAX);
    hw->writes = 0U;
    build();
    assert_constant(PCI_EXT_FIRST, 0U);
}

/* shows: R-PCI-23 */
static void test_vpci_chains_that_lie(void **state)
{
    (void)state;
    /* In a circle, through a visible one and through hidden ones. */
    fake_capability(hw, RICH_MSI, 0x05U, RICH_MSIX, 0x0182U);
    fake_extended(hw, RICH_ATS, 0x000fU, PCI_EXT_FIRST);
    build();
    assert_int_equal(get(RICH_MSI + 1U, 1U), 0U);
    assert_int_equal(get(RICH_SERIAL, 4U), 0x00010003U);
    fake_capability(hw, RICH_PM, 0x01U, RICH_PM, 0U);
    build();
    assert_int_equal(get(PCI_CAPABILITIES_POINTER, 4U), 0U);
    assert_int_equal(get(PCI_STATUS, 2U) & PCI_STATUS_CAPABILITIES, 0U);

    /* Into the header, and at the very end. */
    fake_set(hw, 0x28U, 4U, 0x00040009U);
    fake_capability(hw, RICH_PM, 0x09U, 0x28U, 0x0004U);
    build();
    assert_int_equal(get(RICH_PM, 4U), 0x00040009U);
    assert_constant(0x28U, 0U);
    fake_capability(hw, RICH_PM, 0x09U, 0x10U, 0x0004U);
    build();
    assert_int_equal(get(PCI_CAPABILITIES_POINTER, 1U), RICH_PM);
    assert_int_equal(get(RICH_PM, 4U), 0x00040009U);
    fake_capability(hw, RICH_PM, 0x01U, 0xf8U, 0U);
    fake_capability(hw, 0xf8U, 0x10U, 0xfcU, 2U);
    fake_capability(hw, 0xfcU, 0x09U, 0U, 0x00ffU);
    build();
    assert_int_equal(get(PCI_CAPABILITIES_POINTER, 1U), 0U);

    /* One in another: the first has the place. A length of nothing is one dword. */
    fake_capability(hw, RICH_PM, 0x09U, RICH_MSI, 0U);
    fake_capability(hw, RICH_MSI, 0x05U, RICH_MSI + 8U, 0x0080U);
    fake_capability(hw, RICH_MSI + 8U, 0x11U, RICH_MSI - 4U, 0U);
    fake_capability(hw, RICH_MSI - 4U, 0x11U, 0U, 0U);
    build();
    assert_int_equal(get(RICH_PM + 1U, 1U), RICH_MSI);
    assert_int_equal(get(RICH_MSI + 1U, 1U), 0U);
    assert_constant(RICH_MSI - 4U, 0U);
    fake_capability(hw, RICH_PM, 0x09U, RICH_MSI + 8U, 0x0004U);
    fake_capability(hw, RICH_MSI + 8U, 0x09U, RICH_MSI, 0x0004U);
    fake_capability(hw, RICH_MSI, 0x05U, 0U, 0x0080U);
    build();
    assert_int_equal(get(RICH_MSI + 8U, 4U), 0x00040009U);
    assert_constant(RICH_MSI, 0U);
}

/* Of a kind there is one. */
/* shows: R-PCI-23 */
static void test_vpci_capabilities_that_are_there_twice(void **state)
{
    (void)state;
    fake_capability(hw, RICH_MSI, 0x05U, 0x80U, 0U);
    fake_capability(hw, 0x80U, 0x05U, 0x90U, 0U);
    fake_capability(hw, 0x90U, 0x11U, 0xe0U, 0U);
    fake_capability(hw, 0xe0U, 0x10U, 0xd0U, 0x0091U);
    fake_capability(hw, 0xd0U, 0x09U, 0U, 0x0004U);
    build();
    assert_int_equal(get(RICH_MSI, 4U), 0x00000005U | 0xd0U << 8);
    assert_constant(0x80U, 0U);
    assert_constant(0x90U, 0U);
    assert_constant(0xe0U, 0U);
}

/* As many as there is room for, and no more. */
/* shows: R-PCI-23 */
static void test_vpci_more_than_the_table_holds(void **state)
{
    (void)state;
    fake_set(hw, RICH_PM, 4U, 0x00c00009U | 0x58U << 8);
    fake_set(hw, PCI_CAPABILITIES_POINTER, 1U, RICH_PM);
    for (uint32_t at = PCI_EXT_FIRST; at < PCI_CONFIG_SIZE - 16U; at += 16U) {
        fake_extended(hw, at, PCI_EXT_SERIAL, at + 16U);
    }
    fake_capability(hw, RICH_PM, 0x10U, 0x54U, 2U);
    hw->express = RICH_PM;
    fake_capability(hw, 0x54U, 0x09U, 0U, 0x00acU);
    build();
    assert_in_range(view.count, PCI_VIEW_DWORDS - 2U, PCI_VIEW_DWORDS);
    uint32_t at = PCI_EXT_FIRST, n = 0U;

    while (at != 0U) {
        assert_int_equal(get(at, 2U), PCI_EXT_SERIAL);
        assert_true(at <= PCI_CONFIG_SIZE - 16U);
        at = get(at, 4U) >> 20;
        n++;
    }
    assert_in_range(n, 20U, 40U);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(test_vpci_chain_of_capabilities),
        FRESH(test_vpci_chain_of_extended_capabilities),
        FRESH(test_vpci_chains_that_lie),
        FRESH(test_vpci_capabilities_that_are_there_twice),
        FRESH(test_vpci_more_than_the_table_holds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

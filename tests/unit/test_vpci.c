/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest sees of one PCI function: every register, bit by bit. */
#include "tests/unit/vpci_view.h"

/* shows: R-PCI-20, R-PCI-27 */
static void test_vpci_header(void **state)
{
    (void)state;
    build();
    assert_constant(PCI_VENDOR_ID, 0x10c98086U);
    assert_constant(PCI_REVISION_CLASS, 0x02000001U);
    assert_constant(PCI_SUBSYSTEM, 0xa03c8086U);
    assert_constant(PCI_ROM, 0U);
    assert_constant(0x28U, 0U);
    assert_constant(PCI_CAPABILITIES_POINTER, RICH_MSIX);
    /* The board's multifunction bit is not the guest's. */
    assert_int_equal(get(PCI_HEADER_TYPE, 1U), 0U);
    source.multifunction = true;
    build();
    assert_int_equal(get(PCI_HEADER_TYPE, 1U), PCI_HEADER_MULTIFUNCTION);
    put(PCI_CACHE_LINE, 4U, UINT32_MAX);
    assert_int_equal(get(PCI_CACHE_LINE, 4U), 0x008000ffU);
    put(PCI_INTERRUPT, 4U, UINT32_MAX);
    assert_int_equal(get(PCI_INTERRUPT, 4U), 0xffU); /* no pin */
    assert_int_equal(hw->writes, 0);
    pci_view_reset(&view);
    assert_int_equal(get(PCI_CACHE_LINE, 1U), 0U);
    assert_int_equal(get(PCI_INTERRUPT, 1U), 0U);

    planned.source = 7U;
    planned.pin = 2U;
    hw->writes = 0U;
    build();
    assert_int_equal(get(PCI_INTERRUPT_PIN, 1U), 2U);
    assert_constant(PCI_VENDOR_ID, 0x10c98086U);
}

/* shows: R-PCI-27 */
static void test_vpci_virtual_function(void **state)
{
    struct fake_function *const vf = fake_rich(1U, 0x0380U);

    (void)state;
    planned = (struct plan_pci){ .is_virtual = true,
                                 .vf = 0U,
                                 .rid = 0x0380U,
                                 .virtual_rid = 0x18U,
                                 .source = 3U,
                                 .pin = 1U,
                                 .bars = {
                                     { gpa(UINT64_C(0x4000020000)), pa(0x1000U), 0x4000U } } };
    fake_set(vf, PCI_VENDOR_ID, 4U, UINT32_MAX);
    (void)memset(&vf->bytes[PCI_BAR0], 0, PCI_BARS * PCI_BAR_SIZE);
    assert_true(pci_view_build(&view, &source));
    assert_constant(PCI_VENDOR_ID, RICH_VF_DEVICE << 16 | 0x8086U);
    assert_int_equal(get(PCI_BAR0, 4U), 0x0002000cU); /* supplied, too */
    put(PCI_BAR0, 4U, UINT32_MAX);
    assert_int_equal(get(PCI_BAR0, 4U), 0xffffc00cU);
    assert_int_equal(get(PCI_INTERRUPT_PIN, 1U), 0U); /* PCI Express 9.3.4.1.17: it has none */
    assert_int_equal(hw->writes, 0); /* nothing of it is the physical one's */
    put(PCI_COMMAND, 2U, PCI_COMMAND_BME);
    assert_int_equal(fake_get(vf, PCI_COMMAND, 2U) & PCI_COMMAND_BME, PCI_COMMAND_BME);
    assert_int_equal(hw->writes, 0);

    vf->present = false;
    assert_false(pci_view_build(&view, &source));
}

/* shows: R-PCI-21 */
static void test_vpci_bars_can_be_sized_and_never_move(void **state)
{
    struct fake_function before;

    (void)state;
    build();
    before = *hw;
    assert_int_equal(get(PCI_BAR0, 4U), 0x12020000U);
    assert_int_equal(get(PCI_BAR0 + 8U, 4U), 0x0001000cU);
    assert_int_equal(get(PCI_BAR0 + 12U, 4U), 0x40U);
    for (uint32_t i = 0U; i < PCI_BARS; i++) {
        put(PCI_BAR0 + 4U * i, 4U, UINT32_MAX);
    }
    assert_int_equal(get(PCI_BAR0, 4U), 0xfffe0000U);
    assert_int_equal(get(PCI_BAR0 + 4U, 4U), 0U);
    assert_int_equal(get(PCI_BAR0 + 8U, 4U), 0xffffc00cU);
    assert_int_equal(get(PCI_BAR0 + 12U, 4U), UINT32_MAX);
    assert_int_equal(get(PCI_BAR0 + 16U, 4U), 0U); /* I/O */
    assert_int_equal(get(PCI_BAR0 + 20U, 4U), 0U);
    /* Whoever moves it reads back where it is. */
    put(PCI_BAR0, 4U, 0x12340000U);
    assert_int_equal(get(PCI_BAR0, 4U), 0x12020000U);
    put(PCI_BAR0 + 3U, 1U, 0x56U);
    assert_int_equal(get(PCI_BAR0, 4U), 0x12020000U);
    put(PCI_BAR0 + 8U, 4U, 0x12340000U);
    put(PCI_BAR0 + 12U, 4U, 0U);
    assert_int_equal(get(PCI_BAR0 + 8U, 4U), 0x0001000cU);
    assert_int_equal(get(PCI_BAR0 + 12U, 4U), 0x40U);
    put(PCI_BAR0 + 12U, 4U, UINT32_MAX);
    assert_int_equal(get(PCI_BAR0 + 12U, 4U), UINT32_MAX);
    assert_memory_equal(&before.bytes, hw->bytes, PCI_CONFIG_SIZE);
    assert_int_equal(hw->writes, 0);
    pci_view_reset(&view);
    assert_int_equal(get(PCI_BAR0, 4U), 0x12020000U);
    assert_int_equal(get(PCI_BAR0 + 12U, 4U), 0x40U);
}

/* A BAR that the plan does not show reads 0, and so does a wide one beyond 4 GiB by its size
 * alone. */
/* shows: R-PCI-21 */
static void test_vpci_bars_that_are_odd(void **state)
{
    (void)state;
    planned.bars[0].size = 0U;
    function.bars[2].size = UINT64_C(1) << 33;
    planned.bars[2].gpa = gpa(UINT64_C(0x4000000000));
    build();
    assert_constant(PCI_BAR0, 0U);
    put(PCI_BAR0 + 8U, 4U, UINT32_MAX);
    put(PCI_BAR0 + 12U, 4U, UINT32_MAX);
    assert_int_equal(get(PCI_BAR0 + 8U, 4U), 0xcU);
    assert_int_equal(get(PCI_BAR0 + 12U, 4U), 0xfffffffeU);
    /* One that says to be wide at the last register has no upper half. */
    function.bars[5] = (struct pci_bar){ 0x1000U, true, false };
    planned.bars[5] = (struct plan_bar){ gpa(0x13000000U), pa(0x51000000U), 0x1000U };
    build();
    assert_int_equal(get(PCI_BAR0 + 20U, 4U), 0x13000004U);
    assert_constant(0x28U, 0U);
}

/* shows: R-PCI-22 */
static void test_vpci_command(void **state)
{
    (void)state;
    build();
    assert_int_equal(get(PCI_COMMAND, 2U), 0U);
    put(PCI_COMMAND, 2U, 0xffffU);
    assert_int_equal(get(PCI_COMMAND, 2U), PCI_COMMAND_MEM | PCI_COMMAND_BME | PCI_COMMAND_PARITY |
                                               PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE);
    assert_int_equal(fake_get(hw, PCI_COMMAND, 2U),
                     PCI_COMMAND_MEM | PCI_COMMAND_BME | PCI_COMMAND_INTX_DISABLE);
    put(PCI_COMMAND, 2U, 0U);
    assert_int_equal(get(PCI_COMMAND, 2U), 0U);
    assert_int_equal(fake_get(hw, PCI_COMMAND, 2U), PCI_COMMAND_MEM | PCI_COMMAND_INTX_DISABLE);
    put(PCI_COMMAND, 1U, PCI_COMMAND_BME);
    assert_int_equal(fake_get(hw, PCI_COMMAND, 2U),
                     PCI_COMMAND_MEM | PCI_COMMAND_BME | PCI_COMMAND_INTX_DISABLE);
    hw->writes = 0U;
    put(PCI_COMMAND + 1U, 1U, 0U);
    assert_int_equal(hw->writes, 0); /* none of these bits is the hardware's */
    assert_int_equal(fake_get(hw, PCI_COMMAND, 2U),
                     PCI_COMMAND_MEM | PCI_COMMAND_BME | PCI_COMMAND_INTX_DISABLE);
    pci_view_reset(&view);
    assert_int_equal(fake_get(hw, PCI_COMMAND, 2U), PCI_COMMAND_MEM | PCI_COMMAND_INTX_DISABLE);

    planned.source = 7U; /* with the interrupt, its disable bit is the hardware's */
    planned.pin = 1U;
    hw->writes = 0U;
    build();
    put(PCI_COMMAND, 2U, PCI_COMMAND_BME);
    assert_int_equal(fake_get(hw, PCI_COMMAND, 2U), PCI_COMMAND_MEM | PCI_COMMAND_BME);
    put(PCI_COMMAND, 2U, PCI_COMMAND_INTX_DISABLE);
    assert_int_equal(fake_get(hw, PCI_COMMAND, 2U), PCI_COMMAND_MEM | PCI_COMMAND_INTX_DISABLE);
    assert_int_equal(get(PCI_COMMAND, 2U), PCI_COMMAND_INTX_DISABLE);
}

/* One that has reset itself has Command 0: what its guest then writes does not let it interrupt. */
/* shows: R-PCI-22 */
static void test_vpci_command_after_the_function_reset_itself(void **state)
{
    (void)state;
    build();
    fake_set(hw, PCI_COMMAND, 2U, 0U);
    put(PCI_COMMAND, 2U, PCI_COMMAND_BME);
    assert_int_equal(fake_get(hw, PCI_COMMAND, 2U), PCI_COMMAND_BME | PCI_COMMAND_INTX_DISABLE);
    fake_set(hw, PCI_COMMAND, 2U, 0U);
    put(PCI_COMMAND, 1U, PCI_COMMAND_BME);
    assert_int_equal(fake_get(hw, PCI_COMMAND, 2U), PCI_COMMAND_BME | PCI_COMMAND_INTX_DISABLE);
    fake_set(hw, PCI_COMMAND, 2U, 0U);
    put(PCI_COMMAND, 4U, 0U);
    assert_int_equal(fake_get(hw, PCI_COMMAND, 2U), PCI_COMMAND_INTX_DISABLE);
    /* Other bits of the register are not written by the way. */
    fake_set(hw, PCI_COMMAND, 2U, PCI_COMMAND_MEM | PCI_COMMAND_SERR);
    put(PCI_COMMAND, 1U, 0U);
    assert_int_equal(fake_get(hw, PCI_COMMAND, 2U),
                     PCI_COMMAND_MEM | PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE);
}

/* shows: R-PCI-22 */
static void test_vpci_errors_are_cleared_by_those_who_ask(void **state)
{
    (void)state;
    build();
    fake_set(hw, PCI_STATUS, 2U, 0xf918U | PCI_STATUS_CAPABILITIES);
    assert_int_equal(get(PCI_STATUS, 2U), 0xf918U);
    put(PCI_COMMAND, 4U, PCI_COMMAND_BME); /* with a status of 0 behind it */
    put(PCI_COMMAND, 2U, PCI_COMMAND_BME);
    put(PCI_COMMAND, 1U, PCI_COMMAND_BME);
    assert_int_equal(get(PCI_STATUS, 2U), 0xf918U);
    put(PCI_COMMAND, 4U, PCI_COMMAND_BME | 0x8000U << 16);
    assert_int_equal(get(PCI_STATUS, 2U), 0x7918U);
    put(PCI_STATUS + 1U, 1U, 0x40U);
    assert_int_equal(get(PCI_STATUS, 2U), 0x3918U);
    assert_int_equal(fake_get(hw, PCI_COMMAND, 2U) & PCI_COMMAND_BME, PCI_COMMAND_BME);
    pci_view_reset(&view); /* nor are they handed on to the next life */
    assert_int_equal(get(PCI_STATUS, 2U), 0x0018U);
}

/* shows: R-PCI-24 */
static void test_vpci_msi(void **state)
{
    (void)state;
    build();
    assert_int_equal(get(RICH_MSI, 4U), 0x01820005U); /* last; no extended data */
    put(RICH_MSI, 4U, UINT32_MAX);
    assert_int_equal(get(RICH_MSI, 4U), 0x01f30005U);
    assert_int_equal(fake_get(hw, RICH_MSI + 2U, 2U), 0x03f3U);
    put(RICH_MSI + 2U, 2U, 0U);
    assert_int_equal(fake_get(hw, RICH_MSI + 2U, 2U), 0x0382U);
    put(RICH_MSI + 4U, 4U, 0x28001003U);
    put(RICH_MSI + 8U, 4U, 0x5U);
    put(RICH_MSI + 12U, 4U, 0xabcd1234U);
    put(RICH_MSI + 16U, 4U, 1U);
    put(RICH_MSI + 20U, 4U, UINT32_MAX);
    assert_int_equal(fake_get(hw, RICH_MSI + 4U, 4U), 0x28001000U);
    assert_int_equal(fake_get(hw, RICH_MSI + 8U, 4U), 5U);
    assert_int_equal(fake_get(hw, RICH_MSI + 12U, 4U), 0x1234U);
    assert_int_equal(get(RICH_MSI + 16U, 4U), 1U);
    assert_int_equal(get(RICH_MSI + 20U, 4U), 2U);
    put(RICH_MSI + 12U, 2U, 0x42U); /* as Linux writes it */
    assert_int_equal(get(RICH_MSI + 12U, 2U), 0x42U);
    assert_constant(RICH_MSI + 24U, 0U);
    put(RICH_MSI + 2U, 2U, PCI_MSI_ENABLE);
    pci_view_reset(&view);
    for (uint32_t at = 4U; at < 20U; at += 4U) {
        assert_int_equal(fake_get(hw, RICH_MSI + at, 4U), 0U);
    }
    assert_int_equal(fake_get(hw, RICH_MSI + 2U, 2U), 0x0382U);
}

/* The smallest: a narrow address, no masks. */
/* shows: R-PCI-24 */
static void test_vpci_msi_narrow(void **state)
{
    (void)state;
    fake_capability(hw, RICH_MSI, 0x05U, 0U, 0U);
    fake_writable(hw, RICH_MSI + 8U, 4U, UINT32_MAX);
    build();
    put(RICH_MSI + 8U, 4U, UINT32_MAX);
    assert_int_equal(get(RICH_MSI + 8U, 4U), 0xffffU);
    put(RICH_MSI + 12U, 4U, UINT32_MAX);
    assert_int_equal(fake_get(hw, RICH_MSI + 12U, 4U), 0U);
    assert_constant(RICH_MSI + 12U, 0U);
    fake_capability(hw, RICH_MSI, 0x05U, 0U, PCI_MSI_MASKS);
    hw->writes = 0U;
    build();
    put(RICH_MSI + 12U, 4U, UINT32_MAX);
    assert_int_equal(fake_get(hw, RICH_MSI + 12U, 4U), UINT32_MAX); /* masks */
    put(RICH_MSI + 16U, 4U, UINT32_MAX);
    assert_int_equal(fake_get(hw, RICH_MSI + 16U, 4U), 0U);         /* pending */
}

/* shows: R-PCI-24 */
static void test_vpci_msix(void **state)
{
    (void)state;
    build();
    assert_int_equal(get(RICH_MSIX, 4U), 0x00090011U | RICH_VENDOR << 8);
    put(RICH_MSIX, 4U, UINT32_MAX);
    assert_int_equal(get(RICH_MSIX + 2U, 2U), 0xc009U);
    assert_int_equal(fake_get(hw, RICH_MSIX + 2U, 2U), 0xc009U);
    put(RICH_MSIX + 3U, 1U, 0x80U);
    assert_int_equal(get(RICH_MSIX + 2U, 2U), 0x8009U);
    assert_constant(RICH_MSIX + 4U, 3U);
    assert_constant(RICH_MSIX + 8U, 0x2003U);
    pci_view_reset(&view);
    assert_int_equal(fake_get(hw, RICH_MSIX + 2U, 2U), 0x0009U);
}

/* shows: R-PCI-25 */
static void test_vpci_express(void **state)
{
    const uint32_t control = RICH_EXPRESS + PCI_EXPRESS_DEVICE_CONTROL;

    (void)state;
    build();
    assert_constant(RICH_EXPRESS, 0x00020010U | RICH_MSI << 8);
    assert_constant(RICH_EXPRESS + 4U, 0x00008fc2U); /* no reset, phantom functions, extended
                                                      * tags */
    assert_int_equal(get(control, 2U), 0x2030U);     /* no snoop is not shown */
    put(control, 2U, 0xffffU);
    assert_int_equal(get(control, 2U), 0x203fU);     /* error messages are virtual */
    assert_int_equal(fake_get(hw, control, 2U), RICH_DEVICE_CONTROL);
    assert_int_equal(hw->resets, 0);
    put(control, 2U, 0U);
    assert_int_equal(get(control, 2U), 0x2020U);
    assert_int_equal(fake_get(hw, control, 2U), RICH_DEVICE_CONTROL & ~PCI_DEVICE_CONTROL_RELAXED);
    assert_int_equal(get(control + 2U, 2U), 0x0005U);
    put(control, 4U, 0x00010000U);
    assert_int_equal(get(control + 2U, 2U), 0x0004U);
    assert_int_equal(get(RICH_EXPRESS + 12U, 4U), 0x0003ac11U);
    assert_constant(RICH_EXPRESS + 16U, 0x10110040U);
    for (uint32_t at = 20U; at < 0x3cU; at += 4U) {
        assert_constant(RICH_EXPRESS + at, 0U);
    }
    assert_int_equal(fake_get(hw, RICH_EXPRESS + 0x28U, 2U), 0U);
    pci_view_reset(&view);
    assert_int_equal(fake_get(hw, control, 2U), RICH_DEVICE_CONTROL);
    assert_int_equal(get(control + 2U, 2U), 0U);
    assert_int_equal(get(control, 2U), 0x2030U);
}

/* Only where version 1 has a link there are link registers. */
/* shows: R-PCI-25 */
static void test_vpci_express_version_1(void **state)
{
    (void)state;
    fake_capability(hw, RICH_EXPRESS, 0x10U, 0U, 0x0091U);
    build();
    assert_constant(RICH_EXPRESS + 12U, 0U);
    assert_int_equal(get(RICH_EXPRESS + 8U, 2U), 0x2030U);
    fake_capability(hw, RICH_EXPRESS, 0x10U, 0U, 0x0011U);
    hw->writes = 0U;
    build();
    assert_int_equal(get(RICH_EXPRESS + 12U, 4U), 0x0003ac11U);
}

/* shows: R-PCI-26 */
static void test_vpci_widths(void **state)
{
    static const uint32_t constant[] = { PCI_VENDOR_ID, PCI_COMMAND,       PCI_BAR0,
                                         RICH_VENDOR,   RICH_EXPRESS + 4U, RICH_EXPRESS + 8U,
                                         RICH_MSIX,     RICH_SERIAL + 4U,  0x44U };

    (void)state;
    build();
    for (size_t i = 0U; i < sizeof(constant) / sizeof(constant[0]); i++) {
        const uint32_t at = constant[i], whole = get(at, 4U);

        assert_int_equal(get(at, 2U) | get(at + 2U, 2U) << 16, whole);
        assert_int_equal(get(at, 1U) | get(at + 1U, 1U) << 8 | get(at + 2U, 1U) << 16 |
                             get(at + 3U, 1U) << 24, whole);
    }
    /* More bits than the width holds are not written. */
    put(PCI_INTERRUPT, 1U, 0xffffff12U);
    put(PCI_BAR0, 2U, UINT32_MAX);
    assert_int_equal(get(PCI_INTERRUPT, 4U), 0x12U);
    assert_int_equal(get(PCI_BAR0, 4U), 0x12020000U);
    put(PCI_BAR0 + 2U, 2U, 0xffff1234U);
    assert_int_equal(get(PCI_BAR0, 4U), 0x12020000U);
    put(PCI_BAR0 + 2U, 2U, 0x1234ffffU);
    assert_int_equal(get(PCI_BAR0, 4U), 0xfffe0000U);
}

/* Its ones are no bits of registers: written back they would start a reset. */
/* shows: R-PCI-20 */
static void test_vpci_function_that_is_away(void **state)
{
    (void)state;
    build();
    hw->away_until = UINT64_MAX;
    assert_int_equal(get(PCI_VENDOR_ID, 4U), 0x10c98086U);
    assert_int_equal(get(RICH_EXPRESS + 8U, 2U), 0x71f0U);
    hw->away_until = 0U;
    fake_set(hw, RICH_EXPRESS + 8U, 4U, UINT32_MAX);
    hw->writes = 0U;
    put(RICH_EXPRESS + 8U, 2U, 0U);
    assert_int_equal(hw->writes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(test_vpci_header),
        FRESH(test_vpci_virtual_function),
        FRESH(test_vpci_bars_can_be_sized_and_never_move),
        FRESH(test_vpci_bars_that_are_odd),
        FRESH(test_vpci_command),
        FRESH(test_vpci_command_after_the_function_reset_itself),
        FRESH(test_vpci_errors_are_cleared_by_those_who_ask),
        FRESH(test_vpci_msi),
        FRESH(test_vpci_msi_narrow),
        FRESH(test_vpci_msix),
        FRESH(test_vpci_express),
        FRESH(test_vpci_express_version_1),
        FRESH(test_vpci_widths),
        FRESH(test_vpci_function_that_is_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

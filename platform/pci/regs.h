/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration space, as far as Bulkhead reads or writes it: offsets in bytes, widths in bytes
 * where they are not plain. Constants only.
 *
 * PCI Express Base 6.0: 7.5.1 (type 0 and type 1 headers), 7.5.2 (power management), 7.5.3 (PCI
 * Express capability), 7.7.1 (MSI), 7.7.2 (MSI-X), 7.7.7 (ACS), 9.3.3 (SR-IOV), 10.5 (ATS and page
 * request); PCI-to-PCI Bridge 1.2, 3.2.5.
 */
#ifndef PLATFORM_PCI_REGS_H
#define PLATFORM_PCI_REGS_H

#include <stdint.h>

#define PCI_CONFIG_SIZE          4096U
#define PCI_COMPATIBLE_SIZE      256U    /* what conventional PCI has of it */

/* Requester id: bus, device, function. */
#define PCI_BUS_SHIFT            8U
#define PCI_DEVICE_SHIFT         3U
#define PCI_DEVICE_MASK          0x1fU
#define PCI_FUNCTION_MASK        0x7U

static inline uint16_t pci_rid(uint32_t bus, uint32_t device_function)
{
    return (uint16_t)((bus << PCI_BUS_SHIFT) | device_function);
}
static inline uint32_t pci_rid_bus(uint16_t rid) { return (uint32_t)rid >> PCI_BUS_SHIFT; }
static inline uint32_t pci_rid_device(uint16_t rid)
{
    return ((uint32_t)rid >> PCI_DEVICE_SHIFT) & PCI_DEVICE_MASK;
}
static inline uint32_t pci_rid_function(uint16_t rid) { return rid & PCI_FUNCTION_MASK; }

/* Both header types. */
#define PCI_VENDOR_ID            0x00U   /* 2 */
#define PCI_VENDOR_NONE          0xffffU
#define PCI_DEVICE_ID            0x02U   /* 2 */
#define PCI_COMMAND              0x04U   /* 2 */
#define PCI_COMMAND_IO           (1U << 0)
#define PCI_COMMAND_MEM          (1U << 1)
#define PCI_COMMAND_BME          (1U << 2)
#define PCI_COMMAND_INTX_DISABLE (1U << 10)
#define PCI_STATUS               0x06U   /* 2 */
#define PCI_STATUS_CAPABILITIES  (1U << 4)
#define PCI_REVISION_CLASS       0x08U   /* 4: class code 31:8 */
#define PCI_CLASS_SHIFT          8U
#define PCI_HEADER_TYPE          0x0eU   /* 1 */
#define PCI_HEADER_MULTIFUNCTION 0x80U
#define PCI_HEADER_LAYOUT        0x7fU
#define PCI_BAR0                 0x10U   /* 4 each */
#define PCI_BAR_IO               (1U << 0)
#define PCI_BAR_TYPE             (3U << 1)
#define PCI_BAR_TYPE_64          (2U << 1)
#define PCI_BAR_TYPE_RESERVED    (3U << 1)
#define PCI_BAR_PREFETCHABLE     (1U << 3)
#define PCI_BAR_MEMORY_FLAGS     0xfU
#define PCI_CAPABILITIES_POINTER 0x34U   /* 1 */
#define PCI_CAPABILITIES_FIRST   0x40U
#define PCI_INTERRUPT_PIN        0x3dU   /* 1 */

/* Type 0. */
#define PCI_ROM                  0x30U   /* 4 */

/* Type 1. */
#define PCI_BRIDGE_BARS          2U
#define PCI_PRIMARY_BUS          0x18U   /* 1 */
#define PCI_SECONDARY_BUS        0x19U   /* 1 */
#define PCI_SUBORDINATE_BUS      0x1aU   /* 1 */
#define PCI_IO_BASE_LIMIT        0x1cU   /* 2: base 7:4, limit 15:12, of addresses 15:12 */
#define PCI_IO_CLOSED            0x00f0U /* base above limit */
#define PCI_MEMORY_BASE          0x20U   /* 2: 15:4 are address bits 31:20 */
#define PCI_MEMORY_LIMIT         0x22U   /* 2 */
#define PCI_PREFETCH_BASE        0x24U   /* 2: the same; 3:0 tell the width of the window */
#define PCI_PREFETCH_LIMIT       0x26U   /* 2 */
#define PCI_PREFETCH_UPPER_BASE  0x28U   /* 4 */
#define PCI_PREFETCH_UPPER_LIMIT 0x2cU   /* 4 */
#define PCI_WINDOW_ADDRESS       0xfff0U
#define PCI_WINDOW_ADDRESS_SHIFT 16U     /* register bits to address bits */
#define PCI_WINDOW_WIDTH         0x000fU
#define PCI_WINDOW_WIDTH_64      1U
#define PCI_WINDOW_ALIGN         (UINT64_C(1) << 20)
#define PCI_BRIDGE_ROM           0x38U   /* 4 */
#define PCI_BRIDGE_CONTROL       0x3eU   /* 2 */
#define PCI_BRIDGE_RESET         (1U << 6) /* Secondary Bus Reset */

/* Capabilities: id, next pointer, registers. */
#define PCI_CAP_NEXT             1U      /* 1 */
#define PCI_CAP_PM               0x01U
#define PCI_PM_CONTROL           4U      /* 2 */
#define PCI_PM_POWER_STATE       3U      /* 1:0; D0 is 0 */
#define PCI_PM_NO_SOFT_RESET     (1U << 3) /* leaving D3hot does not reset the function */
#define PCI_PM_D3HOT             3U
#define PCI_PM_SIZE              8U
#define PCI_CAP_MSI              0x05U
#define PCI_MSI_CONTROL          2U      /* 2 */
#define PCI_MSI_ENABLE           (1U << 0)
#define PCI_MSI_SIZE             10U
#define PCI_CAP_EXPRESS          0x10U
#define PCI_EXPRESS_CAPABILITIES 2U      /* 2: version 3:0, port type 7:4 */
#define PCI_EXPRESS_VERSION      0xfU
#define PCI_EXPRESS_VERSION_2    2U      /* from which on there are the registers named _2 */
#define PCI_EXPRESS_TYPE_SHIFT   4U
#define PCI_EXPRESS_TYPE         0xfU
#define PCI_EXPRESS_DEVICE_CAPABILITIES 4U /* 4 */
#define PCI_EXPRESS_FLR          (1U << 28)
#define PCI_EXPRESS_SIZE         0x14U
#define PCI_EXPRESS_DEVICE_CAPABILITIES_2 0x24U /* 4 */
#define PCI_EXPRESS_DEVICE_CONTROL_2 0x28U /* 2 */
#define PCI_EXPRESS_ARI_FORWARDING (1U << 5) /* in both */
#define PCI_EXPRESS_SIZE_2       0x3cU
#define PCI_CAP_MSIX             0x11U
#define PCI_MSIX_CONTROL         2U      /* 2 */
#define PCI_MSIX_ENABLE          (1U << 15)
#define PCI_MSIX_SIZE            12U

/* Extended capabilities: a header of 4 bytes: id 15:0, next 31:20; registers. */
#define PCI_EXT_FIRST            0x100U
#define PCI_EXT_ID               0xffffU
#define PCI_EXT_NEXT_SHIFT       20U
#define PCI_EXT_ACS              0x000dU
#define PCI_ACS_CAPABILITY       4U      /* 2 */
#define PCI_ACS_CONTROL          6U      /* 2 */
#define PCI_ACS_SOURCE_VALIDATION    (1U << 0)
#define PCI_ACS_TRANSLATION_BLOCKING (1U << 1)
#define PCI_ACS_REQUEST_REDIRECT     (1U << 2)
#define PCI_ACS_COMPLETION_REDIRECT  (1U << 3)
#define PCI_ACS_UPSTREAM_FORWARDING  (1U << 4)
#define PCI_ACS_SIZE             8U
#define PCI_EXT_ATS              0x000fU
#define PCI_ATS_CONTROL          6U      /* 2 */
#define PCI_EXT_PAGE_REQUEST     0x0013U
#define PCI_PAGE_REQUEST_CONTROL 4U      /* 2 */
#define PCI_EXT_PASID            0x001bU
#define PCI_PASID_CONTROL        6U      /* 2 */
#define PCI_EXT_SRIOV            0x0010U
#define PCI_SRIOV_CONTROL        0x08U   /* 2 */
#define PCI_SRIOV_VF_ENABLE      (1U << 0)
#define PCI_SRIOV_VF_MSE         (1U << 3)
#define PCI_SRIOV_TOTAL_VFS      0x0eU   /* 2 */
#define PCI_SRIOV_NUM_VFS        0x10U   /* 2 */
#define PCI_SRIOV_FIRST_VF_OFFSET 0x14U  /* 2 */
#define PCI_SRIOV_VF_STRIDE      0x16U   /* 2 */
#define PCI_SRIOV_SYSTEM_PAGE_SIZE 0x20U /* 4: a bit for each, from 4 KiB on */
#define PCI_SRIOV_PAGE_4K        1U
#define PCI_SRIOV_VF_BAR0        0x24U   /* 4 each */
#define PCI_SRIOV_SIZE           0x40U

#endif

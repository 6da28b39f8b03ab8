/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layout of PCI configuration space: offsets in bytes and fields, as far as Bulkhead reads or writes them.
 * Constants only. "PCIe" is the PCI Express Base Specification 6.0.
 */
#ifndef PLATFORM_PCI_REGS_H
#define PLATFORM_PCI_REGS_H

#include <stdint.h>

#define PCI_CONFIG_SIZE          4096U
#define PCI_CONVENTIONAL_SIZE    256U  /* what the capability list lies in */
#define PCI_HEADER_SIZE          0x40U /* of a type 0 or type 1 header */
#define PCI_ABSENT               UINT32_C(0xffffffff) /* what is read where nothing is */

/* Requester id: bus 15:8, device 7:3, function 2:0. */
#define PCI_RID(bus, device, function) ((uint16_t)((bus) << 8 | (device) << 3 | (function)))

/* Headers, PCIe 7.5.1. */
#define PCI_VENDOR               0x00U
#define PCI_DEVICE               0x02U
#define PCI_COMMAND              0x04U /* PCIe 7.5.1.1.3 */
#define PCI_COMMAND_IO           UINT32_C(0x0001)
#define PCI_COMMAND_MEMORY       UINT32_C(0x0002)
#define PCI_COMMAND_BUS_MASTER   UINT32_C(0x0004)
#define PCI_COMMAND_PARITY       UINT32_C(0x0040)
#define PCI_COMMAND_SERR         UINT32_C(0x0100)
#define PCI_COMMAND_INTX_DISABLE UINT32_C(0x0400)
#define PCI_STATUS               0x06U /* PCIe 7.5.1.1.4 */
#define PCI_STATUS_CAPABILITIES  UINT32_C(0x0010)
#define PCI_STATUS_W1C           UINT32_C(0xf900) /* errors: a 1 clears */
#define PCI_REVISION             0x08U /* and the class code in 31:8 */
#define PCI_CLASS_SHIFT          8U
#define PCI_CACHE_LINE           0x0cU
#define PCI_HEADER_TYPE          0x0eU
#define PCI_HEADER_LAYOUT        UINT32_C(0x7f)
#define PCI_HEADER_MULTIFUNCTION UINT32_C(0x80)
#define PCI_BAR(n)               (0x10U + 4U * (n)) /* PCIe 7.5.1.2.1 */
#define PCI_BAR_IO               UINT32_C(0x1)
#define PCI_BAR_TYPE             UINT32_C(0x6)
#define PCI_BAR_WIDE             UINT32_C(0x4)
#define PCI_BAR_PREFETCHABLE     UINT32_C(0x8)
#define PCI_BAR_FLAGS            UINT32_C(0xf)
#define PCI_SUBSYSTEM            0x2cU /* of a type 0 header: vendor, then device */
#define PCI_ROM                  0x30U
#define PCI_CAPABILITIES         0x34U
#define PCI_INTERRUPT_LINE       0x3cU
#define PCI_INTERRUPT_PIN        0x3dU

/* Capabilities: id, then the next one's offset, PCIe 7.5.3 and PCI Local Bus 3.0, appendix H. */
#define PCI_CAP_POINTER          UINT32_C(0xfc) /* the lowest two bits are to be ignored */
#define PCI_CAP_MAX              48U   /* more than fit between header and end */
#define PCI_CAP_ID_MSI           0x05U
#define PCI_CAP_ID_VENDOR        0x09U
#define PCI_CAP_ID_EXPRESS       0x10U
#define PCI_CAP_ID_MSIX          0x11U

/* MSI, PCIe 7.7.1. */
#define PCI_MSI_CONTROL          0x02U
#define PCI_MSI_ENABLE           UINT32_C(0x0001)
#define PCI_MSI_MULTIPLE_CAPABLE UINT32_C(0x000e)
#define PCI_MSI_MULTIPLE_ENABLE  UINT32_C(0x0070)
#define PCI_MSI_WIDE             UINT32_C(0x0080) /* a 64-bit address */
#define PCI_MSI_MASKS            UINT32_C(0x0100) /* mask and pending bits for each vector */
#define PCI_MSI_ADDRESS          0x04U
#define PCI_MSI_ADDRESS_BITS     UINT32_C(0xfffffffc)
#define PCI_MSI_DATA_BITS        UINT32_C(0xffff)
/* Then: upper address if wide, data, and with PCI_MSI_MASKS mask and pending bits, 4 bytes each. */

/* MSI-X, PCIe 7.7.2. */
#define PCI_MSIX_CONTROL         0x02U
#define PCI_MSIX_TABLE_SIZE      UINT32_C(0x07ff)
#define PCI_MSIX_FUNCTION_MASK   UINT32_C(0x4000)
#define PCI_MSIX_ENABLE          UINT32_C(0x8000)
#define PCI_MSIX_TABLE           0x04U
#define PCI_MSIX_PENDING         0x08U

/* Vendor-specific, PCIe 7.9.4: the length in bytes of the whole capability is its third byte. */
#define PCI_VENDOR_LENGTH        0x02U

/* PCI Express, PCIe 7.5.3. */
#define PCI_EXPRESS_FLAGS        0x02U
#define PCI_EXPRESS_VERSION      UINT32_C(0x000f)
#define PCI_EXPRESS_TYPE         UINT32_C(0x00f0)
#define PCI_EXPRESS_TYPE_SHIFT   4U
#define PCI_EXPRESS_DEVCAP       0x04U
#define PCI_EXPRESS_DEVCAP_PHANTOM UINT32_C(0x00000018)
#define PCI_EXPRESS_DEVCAP_EXTENDED_TAG UINT32_C(0x00000020)
#define PCI_EXPRESS_DEVCAP_FLR   UINT32_C(0x10000000)
#define PCI_EXPRESS_DEVCTL       0x08U
#define PCI_EXPRESS_DEVCTL_ERRORS UINT32_C(0x000f) /* the four kinds of error messages */
#define PCI_EXPRESS_DEVCTL_RELAXED UINT32_C(0x0010)
#define PCI_EXPRESS_DEVCTL_PAYLOAD UINT32_C(0x00e0)
#define PCI_EXPRESS_DEVCTL_EXTENDED_TAG UINT32_C(0x0100)
#define PCI_EXPRESS_DEVCTL_PHANTOM UINT32_C(0x0200)
#define PCI_EXPRESS_DEVCTL_AUX_POWER UINT32_C(0x0400)
#define PCI_EXPRESS_DEVCTL_NO_SNOOP UINT32_C(0x0800)
#define PCI_EXPRESS_DEVCTL_READ_REQUEST UINT32_C(0x7000)
#define PCI_EXPRESS_DEVCTL_FLR   UINT32_C(0x8000)
#define PCI_EXPRESS_DEVSTA       0x0aU
#define PCI_EXPRESS_DEVSTA_W1C   UINT32_C(0x004f) /* errors detected, emergency power reduction */
#define PCI_EXPRESS_DEVSTA_PENDING UINT32_C(0x0020) /* Transactions Pending */
#define PCI_EXPRESS_LNKCAP       0x0cU
#define PCI_EXPRESS_LNKCTL       0x10U

/* Extended capabilities: id 15:0, version 19:16, next 31:20. PCIe 7.6.3. */
#define PCI_EXT_FIRST            0x100U
#define PCI_EXT_ID(header)       ((header) & UINT32_C(0xffff))
#define PCI_EXT_NEXT(header)     ((header) >> 20 & UINT32_C(0xffc))
#define PCI_EXT_NEXT_SHIFT       20U
#define PCI_EXT_VERSION_SHIFT    16U
#define PCI_EXT_MAX              480U  /* more than fit */
#define PCI_EXT_ID_NULL          0x0000U
#define PCI_EXT_ID_SERIAL        0x0003U
#define PCI_EXT_ID_ACS           0x000dU
#define PCI_EXT_ID_ARI           0x000eU
#define PCI_EXT_ID_SRIOV         0x0010U

/* Device Serial Number, PCIe 7.9.3. */
#define PCI_SERIAL_LOW           0x04U
#define PCI_SERIAL_HIGH          0x08U

/* SR-IOV, PCIe 9.3.3. */
#define PCI_SRIOV_CONTROL        0x08U /* status in 31:16 */
#define PCI_SRIOV_VF_ENABLE      UINT32_C(0x0001)
#define PCI_SRIOV_VF_MEMORY      UINT32_C(0x0008)
#define PCI_SRIOV_ARI            UINT32_C(0x0010)
#define PCI_SRIOV_VFS            0x0cU /* InitialVFs 15:0, TotalVFs 31:16 */
#define PCI_SRIOV_NUM_VFS        0x10U /* 15:0; Function Dependency Link 23:16 */
#define PCI_SRIOV_FIRST          0x14U /* First VF Offset 15:0, VF Stride 31:16 */
#define PCI_SRIOV_DEVICE         0x18U /* VF Device ID in 31:16 */
#define PCI_SRIOV_PAGE_SIZES     0x1cU
#define PCI_SRIOV_PAGE_SIZES_ALL UINT32_C(0x553) /* those that every implementation has */
#define PCI_SRIOV_PAGE_SIZE      0x20U
#define PCI_SRIOV_BAR(n)         (0x24U + 4U * (n))

#endif

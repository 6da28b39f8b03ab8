/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration space, as far as only guests see it; the rest is in platform/pci/regs.h. Offsets in
 * bytes, widths in bytes where they are not plain. Constants only.
 *
 * PCI Express Base 6.0: 7.5.1 (type 0 header), 7.5.3 (PCI Express capability), 7.7.1 (MSI), 7.7.2
 * (MSI-X), 7.9.3 (serial number), 7.9.4 (vendor-specific), 9.3.3 (SR-IOV).
 */
#ifndef HYP_PCI_REGS_H
#define HYP_PCI_REGS_H

#include <stdint.h>

#include "platform/pci/regs.h"

#define PCI_ABSENT               UINT32_C(0xffffffff) /* what is read where nothing is */

#define PCI_COMMAND_PARITY       (1U << 6)
#define PCI_COMMAND_SERR         (1U << 8)
#define PCI_STATUS_ALL           0xffffU
#define PCI_STATUS_W1C           0xf900U /* errors: a 1 clears */
#define PCI_CACHE_LINE           0x0cU   /* 1 */
#define PCI_CACHE_LINE_BITS      0xffU
#define PCI_BAR_SIZE             4U      /* bytes of a register */
#define PCI_SUBSYSTEM            0x2cU   /* 4: vendor, device */
#define PCI_INTERRUPT            0x3cU   /* 4: line, pin */
#define PCI_INTERRUPT_LINE_BITS  0xffU
#define PCI_INTERRUPT_PIN_SHIFT  8U

#define PCI_CAP_ID               0xffU   /* of the first dword; next in 15:8 */
#define PCI_CAP_NEXT_SHIFT       8U
#define PCI_CAP_POINTER          0xfcU   /* the lowest two bits are to be ignored */
#define PCI_CAP_MOST             48U     /* as many as there are dwords for */
#define PCI_CAP_VENDOR           0x09U
#define PCI_VENDOR_LENGTH_SHIFT  16U     /* in the first dword: bytes of the whole capability */
#define PCI_VENDOR_LENGTH        0xffU

/* Then: upper address if wide, data, and with PCI_MSI_MASKS mask and pending bits, 4 bytes each. */
#define PCI_MSI_MULTIPLE_CAPABLE (7U << 1)
#define PCI_MSI_MULTIPLE_ENABLE  (7U << 4)
#define PCI_MSI_WIDE             (1U << 7)
#define PCI_MSI_MASKS            (1U << 8)
#define PCI_MSI_ADDRESS          4U      /* 4 */
#define PCI_MSI_ADDRESS_BITS     0xfffffffcU
#define PCI_MSI_DATA_BITS        0xffffU

#define PCI_MSIX_TABLE_SIZE      0x7ffU
#define PCI_MSIX_FUNCTION_MASK   (1U << 14)
#define PCI_MSIX_TABLE           4U      /* 4 */
#define PCI_MSIX_PENDING         8U      /* 4 */

#define PCI_EXPRESS_TYPE_INTEGRATED 9U   /* in the root complex: endpoint; 10: event collector */
#define PCI_EXPRESS_PHANTOM      (3U << 3) /* Device Capabilities */
#define PCI_EXPRESS_EXTENDED_TAG (1U << 5)
#define PCI_EXPRESS_DEVICE_CONTROL 8U    /* 2 */
#define PCI_DEVICE_CONTROL_ERRORS 0x000fU /* one bit for each kind of message */
#define PCI_DEVICE_CONTROL_RELAXED (1U << 4)
#define PCI_DEVICE_CONTROL_PAYLOAD (7U << 5)
#define PCI_DEVICE_CONTROL_EXTENDED_TAG (1U << 8)
#define PCI_DEVICE_CONTROL_READ_REQUEST (7U << 12)
#define PCI_DEVICE_CONTROL_FLR   (1U << 15)
#define PCI_EXPRESS_DEVICE_STATUS 10U    /* 2 */
#define PCI_DEVICE_STATUS_ALL    0xffffU
#define PCI_DEVICE_STATUS_W1C    0x004fU /* errors, emergency power reduction */
#define PCI_DEVICE_STATUS_PENDING (1U << 5) /* Transactions Pending */
#define PCI_EXPRESS_LINK         12U     /* capabilities, 4; control and status, 2 each */
#define PCI_EXPRESS_LINK_END     20U

#define PCI_EXT_NEXT             0xffcU  /* after the shift */
#define PCI_EXT_MOST             480U    /* as many as there are dwords for, two for each */
#define PCI_EXT_SERIAL           0x0003U
#define PCI_SERIAL_SIZE          12U
#define PCI_SERIAL_LOW           4U      /* 4 */
#define PCI_SERIAL_HIGH          8U      /* 4 */

#define PCI_SRIOV_HEADER         (1U << 16 | PCI_EXT_SRIOV) /* version 1 */
#define PCI_SRIOV_INITIAL_VFS    0x0cU   /* 2 */
#define PCI_SRIOV_VF_DEVICE      0x18U   /* 4: in 31:16 */
#define PCI_SRIOV_PAGE_SIZES     0x1cU   /* 4 */
#define PCI_SRIOV_PAGE_SIZES_ALL 0x553U  /* those that every implementation has */
#define PCI_SRIOV_NUM_VFS_BITS   0xffffU
#define PCI_SRIOV_LINK_SHIFT     16U     /* Function Dependency Link, above NumVFs */

#endif

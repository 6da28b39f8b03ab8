/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's fixed map of guest physical addresses, in bytes. A passed-through device is at its
 * physical address, so that a board support package works unchanged; the checker refuses what
 * collides. Constants only.
 */
#ifndef HYP_PLAN_GUEST_MAP_H
#define HYP_PLAN_GUEST_MAP_H

#include <stdint.h>

#define GUEST_VIOMMU_BASE  UINT64_C(0x03010000) /* the state region of each vIOMMU, a page */
#define GUEST_APLIC_BASE   UINT64_C(0x0d000000) /* GUEST_APLIC_SIZE bytes */
#define GUEST_APLIC_SIZE   UINT64_C(0x8000)
#define GUEST_UART_BASE    UINT64_C(0x10000000)
#define GUEST_UART_SIZE    UINT64_C(0x1000)
#define GUEST_DOORBELL_BASE UINT64_C(0x11000000) /* one page for each shared memory */
#define GUEST_PCI_LOW_BASE UINT64_C(0x12000000) /* BARs below 4 GiB */
#define GUEST_PCI_LOW_SIZE UINT64_C(0x16000000)
#define GUEST_IMSIC_BASE   UINT64_C(0x28000000) /* one page for each vCPU */
#define GUEST_PCI_ECAM_BASE UINT64_C(0x30000000) /* configuration space of the one bus */
#define GUEST_PCI_ECAM_SIZE UINT64_C(0x100000)
#define GUEST_SHARED_BASE  UINT64_C(0x40000000) /* windows, each aligned to 2 MiB */
#define GUEST_SHARED_SIZE  UINT64_C(0x40000000)
#define GUEST_PCI_HIGH_BASE UINT64_C(0x4000000000) /* BARs of 64 bits */
#define GUEST_PCI_HIGH_SIZE UINT64_C(0x4000000000)
#define GUEST_RAM_BASE     UINT64_C(0x80000000) /* unless memory-base says otherwise */

/* What Sv39x4, the mode that every hart with Sv39 has, translates: 41 bits (privileged
 * architecture, "Guest Physical Address Translation"). */
#define GUEST_ADDRESS_BITS  41U
#define GUEST_ADDRESS_LIMIT (UINT64_C(1) << GUEST_ADDRESS_BITS)

/* Where things lie in a guest's RAM, from its base. */
#define GUEST_KERNEL_OFFSET UINT64_C(0x200000)  /* as OpenSBI on QEMU virt; Image: text_offset */

/* Sources of the guest's virtual APLIC. */
#define GUEST_SOURCE_UART     1U
#define GUEST_SOURCE_FIRST    2U                /* doorbells, vIOMMUs, device lines */
#define GUEST_SOURCES         63U

#endif

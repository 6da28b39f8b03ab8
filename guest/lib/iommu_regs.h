/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RISC-V IOMMU 1.0.1: registers, fields, structures in memory, for guests that drive one. Read from
 * the specification alone: the hypervisor's own header is another reading, and the tests of one
 * against the other are worth something because they share nothing.
 */
#ifndef GUEST_LIB_IOMMU_REGS_H
#define GUEST_LIB_IOMMU_REGS_H

#include <stdint.h>

#define IOMMU_BIT(n) (UINT64_C(1) << (n))

/* 5.1 Register layout */
enum { IOMMU_CAPABILITIES = 0, IOMMU_FCTL = 8, IOMMU_DDTP = 16, IOMMU_CQB = 24, IOMMU_CQH = 32,
       IOMMU_CQT = 36, IOMMU_FQB = 40, IOMMU_FQH = 48, IOMMU_FQT = 52, IOMMU_CQCSR = 72,
       IOMMU_FQCSR = 76, IOMMU_IPSR = 84, IOMMU_RESERVED = 628, IOMMU_RESERVED_END = 688,
       IOMMU_ICVEC = 760, IOMMU_MSI_CFG_TBL = 768 };

/* 5.3 capabilities */
#define CAP_VERSION_MASK  UINT64_C(0xff)
#define CAP_VERSION_1_0   UINT64_C(0x10)
#define CAP_SV39          IOMMU_BIT(9)
#define CAP_SV48          IOMMU_BIT(10)
#define CAP_SV57          IOMMU_BIT(11)
#define CAP_MSI_FLAT      IOMMU_BIT(22)
#define CAP_IGS_SHIFT     28U
#define CAP_IGS_MASK      UINT64_C(3)
enum { IGS_MSI = 0, IGS_WSI = 1, IGS_BOTH = 2 };
#define CAP_PD8           IOMMU_BIT(38)
#define CAP_PD17          IOMMU_BIT(39)
#define CAP_PD20          IOMMU_BIT(40)
#define CAP_NL            IOMMU_BIT(42)
#define CAP_S             IOMMU_BIT(43)

/* 5.4 fctl */
#define FCTL_BE  UINT32_C(1)
#define FCTL_WSI UINT32_C(2)
#define FCTL_GXL UINT32_C(4)
#define FCTL_STANDARD UINT32_C(0xffff) /* bits that are not custom */

/* 5.5 ddtp. A PPN is in bits 53:10 here, in queue bases, and in PTEs and entries of directories. */
#define DDTP_MODE_MASK UINT64_C(0xf)
enum { DDTP_OFF = 0, DDTP_BARE = 1, DDTP_1LVL = 2, DDTP_2LVL = 3, DDTP_3LVL = 4 };
#define DDTP_BUSY      IOMMU_BIT(4)
#define PPN_SHIFT      10U
#define PPN_MASK       (((UINT64_C(1) << 44) - 1U) << PPN_SHIFT)
#define PAGE_SHIFT     12U

/* 5.6, 5.9 queue bases: LOG2SZ-1 below the PPN. 3.1: bytes of an entry. */
#define QUEUE_LOG2SZ_MASK UINT64_C(0x1f)
#define COMMAND_SIZE      16U
#define FAULT_SIZE        32U

/* 5.15 cqcsr, 5.16 fqcsr. Enable, interrupt enable, on and busy are the same bits in both. */
#define QUEUE_ENABLE     UINT32_C(1)
#define QUEUE_INTERRUPT  UINT32_C(2)
#define QUEUE_ON         (UINT32_C(1) << 16)
#define QUEUE_BUSY       (UINT32_C(1) << 17)
#define CQCSR_CQMF       (UINT32_C(1) << 8)
#define CQCSR_CMD_TO     (UINT32_C(1) << 9)
#define CQCSR_CMD_ILL    (UINT32_C(1) << 10)
#define CQCSR_FENCE_W_IP (UINT32_C(1) << 11)
#define CQCSR_ERRORS     (CQCSR_CQMF | CQCSR_CMD_TO | CQCSR_CMD_ILL)
#define FQCSR_FQMF       (UINT32_C(1) << 8)
#define FQCSR_FQOF       (UINT32_C(1) << 9)

/* 5.18 ipsr */
#define IPSR_CIP UINT32_C(1)
#define IPSR_FIP UINT32_C(2)

/* 5.28 icvec: four bits for each cause */
enum { ICVEC_CIV = 0, ICVEC_FIV = 4, ICVEC_PMIV = 8, ICVEC_PIV = 12, ICVEC_END = 16 };
#define ICVEC_MASK UINT64_C(0xf)

/* 5.29 msi_cfg_tbl: an entry of 16 bytes for each vector */
enum { MSI_ADDR = 0, MSI_DATA = 8, MSI_VEC_CTL = 12, MSI_ENTRY = 16 };
#define MSI_VEC_CTL_M UINT32_C(1)

/* 3.1 Commands, first doubleword */
#define CMD_FUNC_SHIFT 7U
enum { CMD_IOTINVAL = 1, CMD_IOFENCE = 2, CMD_IODIR = 3, CMD_ATS = 4, CMD_CUSTOM = 64 };
enum { IOTINVAL_VMA = 0, IOTINVAL_GVMA = 1, IOFENCE_C = 0, IODIR_INVAL_DDT = 0,
       IODIR_INVAL_PDT = 1 };
#define CMD_AV          IOMMU_BIT(10)
#define CMD_PSCID_SHIFT 12U
#define CMD_PSCV        IOMMU_BIT(32)
#define CMD_NL          IOMMU_BIT(34)
#define CMD_RANGE       IOMMU_BIT(9)   /* S, in the second doubleword */
#define CMD_ADDR_SHIFT  10U            /* of ADDR[63:12], likewise */
#define FENCE_PR        IOMMU_BIT(12)
#define FENCE_PW        IOMMU_BIT(13)
#define FENCE_DATA_SHIFT 32U
#define FENCE_ADDR_SHIFT 2U            /* ADDR[63:2] in bits 61:0 of the second */
#define DIR_PID_SHIFT   12U
#define DIR_DV          IOMMU_BIT(33)
#define DIR_DID_SHIFT   40U

/* 3.2 Fault records, first doubleword; the third is iotval, the fourth iotval2 */
#define FAULT_CAUSE_MASK UINT64_C(0xfff)
#define FAULT_TTYP_SHIFT 34U
#define FAULT_TTYP_MASK  UINT64_C(0x3f)
#define FAULT_DID_SHIFT  40U
enum { TTYP_READ = 2, TTYP_WRITE = 3 };
enum { CAUSE_READ_ACCESS = 5, CAUSE_WRITE_ACCESS = 7, CAUSE_READ_PAGE = 13, CAUSE_WRITE_PAGE = 15,
       CAUSE_ALL_DISALLOWED = 256, CAUSE_DDT_LOAD = 257, CAUSE_DDT_INVALID = 258,
       CAUSE_DDT_MISCONFIGURED = 259, CAUSE_TYPE_DISALLOWED = 260, CAUSE_PDT_LOAD = 265,
       CAUSE_PDT_INVALID = 266, CAUSE_PDT_MISCONFIGURED = 267 };

/* 2.1 Directories: V is bit 0 of every entry and context. Words of a device context. */
#define ENTRY_V  UINT64_C(1)
enum { DC_TC = 0, DC_IOHGATP = 1, DC_TA = 2, DC_FSC = 3, DC_MSIPTP = 4, DC_BASE_WORDS = 4,
       DC_EXTENDED_WORDS = 8 };
#define TC_V      ENTRY_V
#define TC_EN_ATS IOMMU_BIT(1)
#define TC_EN_PRI IOMMU_BIT(2)
#define TC_T2GPA  IOMMU_BIT(3)
#define TC_DTF    IOMMU_BIT(4)
#define TC_PDTV   IOMMU_BIT(5)
#define TC_PRPR   IOMMU_BIT(6)
#define TC_DPE    IOMMU_BIT(9)
#define TC_SBE    IOMMU_BIT(10)
#define TA_PSCID_SHIFT 12U
#define FSC_MODE_SHIFT 60U
#define FSC_RESERVED   IOMMU_BIT(44)    /* one of them */
enum { FSC_BARE = 0, FSC_SV39 = 8, FSC_SV48 = 9, FSC_SV57 = 10 };
enum { PDTP_PD8 = 1 };
#define PC_ENS    IOMMU_BIT(1)          /* 2.2.2, in PC.ta beside V and PSCID */
#define PC_SUM    IOMMU_BIT(2)
#define PC_RESERVED IOMMU_BIT(32)       /* one of them */

/* Privileged architecture, "Sv39" and "Svnapot": page table entries */
#define PTE_V   UINT64_C(1)
#define PTE_R   UINT64_C(2)
#define PTE_W   UINT64_C(4)
#define PTE_X   UINT64_C(8)
#define PTE_U   UINT64_C(0x10)
#define PTE_G   UINT64_C(0x20)
#define PTE_A   UINT64_C(0x40)
#define PTE_D   UINT64_C(0x80)
#define PTE_N   IOMMU_BIT(63)

#endif

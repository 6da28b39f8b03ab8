/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers, device contexts and queue entries of an IOMMU: every field that Bulkhead uses, once.
 * RISC-V IOMMU 1.0.1; the section is with each. Offsets in bytes from the start of the register
 * page.
 */
#ifndef IOMMU_REGS_H
#define IOMMU_REGS_H

#include <stdint.h>

/* A page's number in bits 53:10: ddtp, cqb, fqb, non-leaf directory entries, MSI table entries. */
#define IOMMU_PPN_53_10(address) (((address) >> 12) << 10)
#define IOMMU_PPN_53_10_MASK     (UINT64_C(0xfffffffffff) << 10)
/* A page's number in bits 43:0: iohgatp, msiptp. */
#define IOMMU_PPN_43_0_MASK      UINT64_C(0xfffffffffff)

/* 5.3 capabilities */
#define IOMMU_CAPABILITIES     0U   /* 64 bits */
#define IOMMU_CAP_MINOR_MASK   0xfU           /* version 3:0 */
#define IOMMU_CAP_MAJOR_SHIFT  4U             /* version 7:4 */
#define IOMMU_CAP_MAJOR_MASK   0xfU
#define IOMMU_CAP_SV39X4       (UINT64_C(1) << 17)
#define IOMMU_CAP_SV48X4       (UINT64_C(1) << 18)
#define IOMMU_CAP_SV57X4       (UINT64_C(1) << 19)
#define IOMMU_CAP_AMO_MRIF     (UINT64_C(1) << 21)
#define IOMMU_CAP_MSI_FLAT     (UINT64_C(1) << 22)
#define IOMMU_CAP_MSI_MRIF     (UINT64_C(1) << 23)
#define IOMMU_CAP_END          (UINT64_C(1) << 27)
#define IOMMU_CAP_IGS_SHIFT    28U            /* 29:28 */
#define IOMMU_CAP_IGS_MASK     0x3U
#define IOMMU_IGS_MSI          0U
#define IOMMU_IGS_WSI          1U
#define IOMMU_IGS_BOTH         2U
#define IOMMU_CAP_PAS_SHIFT    32U            /* 37:32 */
#define IOMMU_CAP_PAS_MASK     0x3fU

/* 5.4 fctl */
#define IOMMU_FCTL             8U   /* 32 bits */
#define IOMMU_FCTL_BE          (UINT32_C(1) << 0)
#define IOMMU_FCTL_WSI         (UINT32_C(1) << 1)
#define IOMMU_FCTL_GXL         (UINT32_C(1) << 2)

/* 5.5 ddtp; mode and busy are in the low half */
#define IOMMU_DDTP             16U  /* 64 bits */
#define IOMMU_DDTP_MODE_MASK   0xfU
#define IOMMU_DDTP_OFF         0U
#define IOMMU_DDTP_LEVELS(n)   (1U + (n))     /* 1LVL = 2, 2LVL = 3, 3LVL = 4 */
#define IOMMU_DDTP_BUSY        (UINT32_C(1) << 4)

/* 5.6 .. 5.11 queues: base (LOG2SZ-1 in 4:0, PPN in 53:10), head, tail */
#define IOMMU_CQB              24U  /* 64 bits */
#define IOMMU_CQH              32U
#define IOMMU_CQT              36U
#define IOMMU_FQB              40U  /* 64 bits */
#define IOMMU_FQH              48U
#define IOMMU_FQT              52U
#define IOMMU_QB_LOG2SZ_MASK   0x1fU

/* 5.15 cqcsr, 5.16 fqcsr, 5.17 pqcsr: enable, active and busy are at the same places in all
 * three */
#define IOMMU_CQCSR            72U
#define IOMMU_FQCSR            76U
#define IOMMU_PQCSR            80U
#define IOMMU_QCSR_EN          (UINT32_C(1) << 0)
#define IOMMU_QCSR_ON          (UINT32_C(1) << 16)
#define IOMMU_QCSR_BUSY        (UINT32_C(1) << 17)
#define IOMMU_CQCSR_CQMF       (UINT32_C(1) << 8)   /* W1C, and so are those below */
#define IOMMU_CQCSR_CMD_TO     (UINT32_C(1) << 9)
#define IOMMU_CQCSR_CMD_ILL    (UINT32_C(1) << 10)
#define IOMMU_CQCSR_FENCE_W_IP (UINT32_C(1) << 11)
#define IOMMU_FQCSR_FIE        (UINT32_C(1) << 1)
#define IOMMU_FQCSR_FQMF       (UINT32_C(1) << 8)
#define IOMMU_FQCSR_FQOF       (UINT32_C(1) << 9)

/* 5.18 ipsr: W1C; 5.20 iocountinh */
#define IOMMU_IPSR             84U
#define IOMMU_IPSR_CIP         (UINT32_C(1) << 0)
#define IOMMU_IPSR_FIP         (UINT32_C(1) << 1)
#define IOMMU_IPSR_PMIP        (UINT32_C(1) << 2)
#define IOMMU_IPSR_PIP         (UINT32_C(1) << 3)
#define IOMMU_IOCOUNTINH       92U

/* 5.28 icvec: four vectors of four bits; 5.29 msi_cfg_tbl, its entry 0 */
#define IOMMU_ICVEC            760U /* 64 bits */
#define IOMMU_ICVEC_MASK       UINT64_C(0xffff)
#define IOMMU_MSI_ADDR_0       768U /* 64 bits */
#define IOMMU_MSI_DATA_0       776U
#define IOMMU_MSI_VEC_CTL_0    780U
#define IOMMU_MSI_VEC_CTL_M    (UINT32_C(1) << 0)

/* 2.1 the device directory: ids have at most 24 bits; a non-leaf page has 512 entries of 8 bytes */
#define IOMMU_DEVICE_ID_BITS   24U
#define IOMMU_DDTE_V           UINT64_C(1)
#define IOMMU_DDI_BITS         9U   /* of DDI[1], and at most of DDI[2] */
#define IOMMU_DDI0_BITS_BASE   7U
#define IOMMU_DDI0_BITS_EXTENDED 6U

/* 2.1.2, 2.1.3 the device context, in doublewords */
#define IOMMU_DC_TC            0U
#define IOMMU_DC_IOHGATP       1U
#define IOMMU_DC_TA            2U
#define IOMMU_DC_FSC           3U
#define IOMMU_DC_WORDS_BASE    4U
#define IOMMU_DC_MSIPTP        4U
#define IOMMU_DC_MSI_MASK      5U
#define IOMMU_DC_MSI_PATTERN   6U
#define IOMMU_DC_WORDS_EXTENDED 8U
#define IOMMU_TC_V             (UINT64_C(1) << 0)
#define IOMMU_TC_DTF           (UINT64_C(1) << 4)
#define IOMMU_HGATP_MODE_SHIFT 60U
#define IOMMU_HGATP_MODE_SV39X4 8U
#define IOMMU_HGATP_MODE_SV48X4 9U
#define IOMMU_HGATP_MODE_SV57X4 10U
#define IOMMU_HGATP_GSCID_SHIFT 44U
#define IOMMU_HGATP_GSCID_MASK UINT64_C(0xffff)
#define IOMMU_MSIPTP_OFF       UINT64_C(0)
#define IOMMU_MSIPTP_FLAT      (UINT64_C(1) << 60)

/* AIA 1.0, 8.5.1 (MSI PTE, basic translate mode); RISC-V IOMMU 2.3.3 */
#define IOMMU_MSI_PTE_BYTES    16U
#define IOMMU_MSI_PTE_V        (UINT64_C(1) << 0)
#define IOMMU_MSI_PTE_BASIC    (UINT64_C(3) << 1)   /* M = 3 */
#define IOMMU_MSI_PTE_MRIF     (UINT64_C(1) << 1)   /* M = 1 */
#define IOMMU_MSI_PTE_MRIF_ADDRESS(address) (((address) >> 9) << 7) /* 55:9 in 53:7 */
#define IOMMU_MSI_PTE_NOTICE_WORD 8U  /* offset of the second doubleword: NPPN 53:10, NID 60, 9:0 */
#define IOMMU_MSI_PTE_NID(id)  (((uint64_t)(id) & 0x3ffU) | ((uint64_t)(id) >> 10 & 1U) << 60)

/* 3.1 commands: 16 bytes */
#define IOMMU_COMMAND_BYTES    16U
#define IOMMU_IOTINVAL_VMA     UINT64_C(0x001)      /* 3.1.1: opcode 1, func3 0 */
#define IOMMU_IOTINVAL_GVMA    UINT64_C(0x081)      /* opcode 1, func3 1 */
#define IOMMU_IOTINVAL_GV      (UINT64_C(1) << 33)
#define IOMMU_IOTINVAL_GSCID_SHIFT 44U
#define IOMMU_IOFENCE_C        UINT64_C(0x002)      /* 3.1.2: opcode 2, func3 0 */
#define IOMMU_IOFENCE_PR       (UINT64_C(1) << 12)
#define IOMMU_IOFENCE_PW       (UINT64_C(1) << 13)
#define IOMMU_IODIR_INVAL_DDT  UINT64_C(0x003)      /* 3.1.3: opcode 3, func3 0 */
#define IOMMU_IODIR_DV         (UINT64_C(1) << 33)
#define IOMMU_IODIR_DID_SHIFT  40U

/* 3.2 fault records: 32 bytes; the first doubleword */
#define IOMMU_FAULT_BYTES      32U
#define IOMMU_FAULT_CAUSE_MASK UINT64_C(0xfff)
#define IOMMU_FAULT_PID_SHIFT  12U
#define IOMMU_FAULT_PID_MASK   UINT64_C(0xfffff)
#define IOMMU_FAULT_PV         (UINT64_C(1) << 32)
#define IOMMU_FAULT_PRIV       (UINT64_C(1) << 33)
#define IOMMU_FAULT_TTYP_SHIFT 34U
#define IOMMU_FAULT_TTYP_MASK  UINT64_C(0x3f)
#define IOMMU_FAULT_DID_SHIFT  40U

#endif

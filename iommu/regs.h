/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers, contexts and queue entries of an IOMMU, physical or virtual: every field that Bulkhead
 * uses, once.
 * RISC-V IOMMU 1.0.1; the section is with each. Offsets in bytes from the start of the register
 * page.
 */
#ifndef IOMMU_REGS_H
#define IOMMU_REGS_H

#include <stdint.h>

/* A page's number in bits 53:10: ddtp, cqb, fqb, pqb, non-leaf directory entries, MSI table
 * entries. */
#define IOMMU_PPN_53_10(address) (((address) >> 12) << 10)
#define IOMMU_PPN_53_10_MASK     (UINT64_C(0xfffffffffff) << 10)
#define IOMMU_ADDRESS_53_10(word) (((word) & IOMMU_PPN_53_10_MASK) << 2)
/* A page's number in bits 43:0: iohgatp, iosatp, pdtp, msiptp. */
#define IOMMU_PPN_43_0_MASK      UINT64_C(0xfffffffffff)

/* 5.3 capabilities */
#define IOMMU_CAPABILITIES     0U   /* 64 bits */
#define IOMMU_CAP_MINOR_MASK   0xfU           /* version 3:0 */
#define IOMMU_CAP_MAJOR_SHIFT  4U             /* version 7:4 */
#define IOMMU_CAP_MAJOR_MASK   0xfU
#define IOMMU_CAP_VERSION_1_0  UINT64_C(0x10)
#define IOMMU_CAP_SV32         (UINT64_C(1) << 8)
#define IOMMU_CAP_SV39         (UINT64_C(1) << 9)
#define IOMMU_CAP_SV48         (UINT64_C(1) << 10)
#define IOMMU_CAP_SV57         (UINT64_C(1) << 11)
#define IOMMU_CAP_SVRSW60T59B  (UINT64_C(1) << 14)
#define IOMMU_CAP_SVPBMT       (UINT64_C(1) << 15)
#define IOMMU_CAP_SV32X4       (UINT64_C(1) << 16)
#define IOMMU_CAP_SV39X4       (UINT64_C(1) << 17)
#define IOMMU_CAP_SV48X4       (UINT64_C(1) << 18)
#define IOMMU_CAP_SV57X4       (UINT64_C(1) << 19)
#define IOMMU_CAP_AMO_MRIF     (UINT64_C(1) << 21)
#define IOMMU_CAP_MSI_FLAT     (UINT64_C(1) << 22)
#define IOMMU_CAP_MSI_MRIF     (UINT64_C(1) << 23)
#define IOMMU_CAP_AMO_HWAD     (UINT64_C(1) << 24)
#define IOMMU_CAP_ATS          (UINT64_C(1) << 25)
#define IOMMU_CAP_T2GPA        (UINT64_C(1) << 26)
#define IOMMU_CAP_END          (UINT64_C(1) << 27)
#define IOMMU_CAP_IGS_SHIFT    28U            /* 29:28 */
#define IOMMU_CAP_IGS_MASK     0x3U
#define IOMMU_IGS_MSI          0U
#define IOMMU_IGS_WSI          1U
#define IOMMU_IGS_BOTH         2U
#define IOMMU_CAP_HPM          (UINT64_C(1) << 30)
#define IOMMU_CAP_DBG          (UINT64_C(1) << 31)
#define IOMMU_CAP_PAS_SHIFT    32U            /* 37:32 */
#define IOMMU_CAP_PAS_MASK     0x3fU
#define IOMMU_CAP_PD8          (UINT64_C(1) << 38)
#define IOMMU_CAP_PD17         (UINT64_C(1) << 39)
#define IOMMU_CAP_PD20         (UINT64_C(1) << 40)
#define IOMMU_CAP_QOSID        (UINT64_C(1) << 41)
#define IOMMU_CAP_NL           (UINT64_C(1) << 42)
#define IOMMU_CAP_S            (UINT64_C(1) << 43)

/* 5.4 fctl */
#define IOMMU_FCTL             8U   /* 32 bits */
#define IOMMU_FCTL_BE          (UINT32_C(1) << 0)
#define IOMMU_FCTL_WSI         (UINT32_C(1) << 1)
#define IOMMU_FCTL_GXL         (UINT32_C(1) << 2)

/* 5.5 ddtp: mode and busy are in the low half, PPN in 53:10 */
#define IOMMU_DDTP             16U  /* 64 bits */
#define IOMMU_DDTP_MODE_MASK   0xfU
#define IOMMU_DDTP_OFF         0U
#define IOMMU_DDTP_BARE        1U
#define IOMMU_DDTP_LEVELS(n)   (1U + (n))     /* 1LVL = 2, 2LVL = 3, 3LVL = 4 */
#define IOMMU_DDTP_BUSY        (UINT32_C(1) << 4)

/* 5.6 .. 5.14 queues: base (LOG2SZ-1 in 4:0, PPN in 53:10), head, tail */
#define IOMMU_CQB              24U  /* 64 bits */
#define IOMMU_CQH              32U
#define IOMMU_CQT              36U
#define IOMMU_FQB              40U  /* 64 bits */
#define IOMMU_FQH              48U
#define IOMMU_FQT              52U
#define IOMMU_PQB              56U  /* 64 bits; without ATS this and the two below are 0 */
#define IOMMU_PQH              64U
#define IOMMU_PQT              68U
#define IOMMU_QB_LOG2SZ_MASK   0x1fU          /* LOG2SZ-1: 0 are 2 entries */

/* 5.15 cqcsr, 5.16 fqcsr, 5.17 pqcsr: enable, interrupt enable, active and busy are at
 * the same places in all three */
#define IOMMU_CQCSR            72U
#define IOMMU_FQCSR            76U
#define IOMMU_PQCSR            80U
#define IOMMU_QCSR_EN          (UINT32_C(1) << 0)
#define IOMMU_QCSR_IE          (UINT32_C(1) << 1)   /* cie, fie, pie */
#define IOMMU_QCSR_ON          (UINT32_C(1) << 16)
#define IOMMU_QCSR_BUSY        (UINT32_C(1) << 17)
#define IOMMU_CQCSR_CIE        IOMMU_QCSR_IE
#define IOMMU_CQCSR_CQMF       (UINT32_C(1) << 8)   /* W1C, and so are those below */
#define IOMMU_CQCSR_CMD_TO     (UINT32_C(1) << 9)
#define IOMMU_CQCSR_CMD_ILL    (UINT32_C(1) << 10)
#define IOMMU_CQCSR_FENCE_W_IP (UINT32_C(1) << 11)
#define IOMMU_CQCSR_W1C        (IOMMU_CQCSR_CQMF | IOMMU_CQCSR_CMD_TO | IOMMU_CQCSR_CMD_ILL | \
                                IOMMU_CQCSR_FENCE_W_IP)
#define IOMMU_FQCSR_FIE        IOMMU_QCSR_IE
#define IOMMU_FQCSR_FQMF       (UINT32_C(1) << 8)
#define IOMMU_FQCSR_FQOF       (UINT32_C(1) << 9)
#define IOMMU_FQCSR_W1C        (IOMMU_FQCSR_FQMF | IOMMU_FQCSR_FQOF)

/* 5.18 ipsr: W1C; 5.20 iocountinh */
#define IOMMU_IPSR             84U
#define IOMMU_IPSR_CIP         (UINT32_C(1) << 0)
#define IOMMU_IPSR_FIP         (UINT32_C(1) << 1)
#define IOMMU_IPSR_PMIP        (UINT32_C(1) << 2)
#define IOMMU_IPSR_PIP         (UINT32_C(1) << 3)
#define IOMMU_IOCOUNTINH       92U

/* 5.28 icvec: four vectors of four bits, in the order of ipsr's bits */
#define IOMMU_ICVEC            760U /* 64 bits */
#define IOMMU_ICVEC_MASK       UINT64_C(0xffff)
#define IOMMU_ICVEC_CIV_SHIFT  0U             /* 3:0 */
#define IOMMU_ICVEC_FIV_SHIFT  4U             /* 7:4 */
#define IOMMU_ICVEC_PMIV_SHIFT 8U             /* 11:8 */
#define IOMMU_ICVEC_PIV_SHIFT  12U            /* 15:12 */
#define IOMMU_ICVEC_VECTOR_MASK 0xfU

/* 5.29 msi_cfg_tbl: entries of 16 bytes: address (55:2), data, vector control */
#define IOMMU_MSI_CFG_TBL      768U
#define IOMMU_MSI_CFG_BYTES    16U
#define IOMMU_MSI_CFG_ENTRIES  16U
#define IOMMU_MSI_ADDR(vector) (IOMMU_MSI_CFG_TBL + IOMMU_MSI_CFG_BYTES * (vector)) /* 64 bits */
#define IOMMU_MSI_DATA(vector) (IOMMU_MSI_ADDR(vector) + 8U)
#define IOMMU_MSI_VEC_CTL(vector) (IOMMU_MSI_ADDR(vector) + 12U)
#define IOMMU_MSI_ADDR_MASK    UINT64_C(0x00fffffffffffffc)
#define IOMMU_MSI_VEC_CTL_M    (UINT32_C(1) << 0)

#define IOMMU_REGS_END         1024U          /* 5.1: from here to the end of the page: reserved */

/* 2.1 the device directory: ids have at most 24 bits; a non-leaf page has 512 entries of 8 bytes */
#define IOMMU_DEVICE_ID_BITS   24U
#define IOMMU_DDTE_V           UINT64_C(1)
#define IOMMU_DDTE_RESERVED    (~(IOMMU_PPN_53_10_MASK | IOMMU_DDTE_V))
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
#define IOMMU_TC_EN_ATS        (UINT64_C(1) << 1)
#define IOMMU_TC_EN_PRI        (UINT64_C(1) << 2)
#define IOMMU_TC_T2GPA         (UINT64_C(1) << 3)
#define IOMMU_TC_DTF           (UINT64_C(1) << 4)
#define IOMMU_TC_PDTV          (UINT64_C(1) << 5)
#define IOMMU_TC_PRPR          (UINT64_C(1) << 6)
#define IOMMU_TC_GADE          (UINT64_C(1) << 7)
#define IOMMU_TC_SADE          (UINT64_C(1) << 8)
#define IOMMU_TC_DPE           (UINT64_C(1) << 9)
#define IOMMU_TC_SBE           (UINT64_C(1) << 10)
#define IOMMU_TC_SXL           (UINT64_C(1) << 11)
/* 31:24 are for custom use; the rest is reserved. */
#define IOMMU_TC_RESERVED      UINT64_C(0xffffffff00fff000)
#define IOMMU_HGATP_MODE_SHIFT 60U
#define IOMMU_HGATP_MODE_BARE  0U
#define IOMMU_HGATP_MODE_SV39X4 8U
#define IOMMU_HGATP_MODE_SV48X4 9U
#define IOMMU_HGATP_MODE_SV57X4 10U
#define IOMMU_HGATP_GSCID_SHIFT 44U
#define IOMMU_HGATP_GSCID_MASK UINT64_C(0xffff)
#define IOMMU_TA_PSCID_SHIFT   12U            /* 31:12 */
#define IOMMU_PSCID_MASK       UINT64_C(0xfffff)
#define IOMMU_TA_QOS_MASK      (UINT64_C(0xffffff) << 40) /* RCID, MCID */
#define IOMMU_TA_RESERVED      UINT64_C(0x000000ff00000fff)
/* fsc: PPN in 43:0, mode in 63:60; an iosatp (PDTV = 0, tc.SXL = 0), or a pdtp */
#define IOMMU_FSC_MODE_SHIFT   60U
#define IOMMU_FSC_RESERVED     (UINT64_C(0xffff) << 44)
#define IOMMU_FSC_BARE         0U             /* of both */
#define IOMMU_IOSATP_SV39      8U
#define IOMMU_IOSATP_SV48      9U
#define IOMMU_IOSATP_SV57      10U
#define IOMMU_PDTP_PD8         1U
#define IOMMU_PDTP_PD17        2U
#define IOMMU_PDTP_PD20        3U
#define IOMMU_PDTP_LEVELS(mode) (mode)        /* of directory that it has */
#define IOMMU_FSC_PPN_MASK     ((UINT64_C(1) << 44) - 1U)

/* 2.2: process directories. The process id's PDI[0] is 7:0, PDI[1] 16:8, PDI[2] 19:17. */
#define IOMMU_PC_BYTES         16U            /* at level 0 */
#define IOMMU_PDTE_BYTES       8U             /* above: PPN in 53:10 */
#define IOMMU_PDTE_V           UINT64_C(1)
#define IOMMU_PDTE_RESERVED    (~(IOMMU_PPN_53_10_MASK | IOMMU_PDTE_V))
#define IOMMU_PDI0_BITS        8U
#define IOMMU_PDI_BITS         9U             /* of the others */
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

/* 2.2.2 the process context: ta (with V, ENS, SUM and PSCID in 31:12), fsc (an iosatp). Ids have at
 * most 20 bits; PDI[0] has 8. */
#define IOMMU_PROCESS_ID_BITS  20U
#define IOMMU_PROCESS_ID_MASK  UINT64_C(0xfffff)
#define IOMMU_PC_BYTES         16U
#define IOMMU_PC_V             (UINT64_C(1) << 0)
#define IOMMU_PC_ENS           (UINT64_C(1) << 1)
#define IOMMU_PC_SUM           (UINT64_C(1) << 2)

/* 3.1 commands: 16 bytes, opcode in 6:0, func3 in 9:7. The masks of reserved bits are of the first
 * (0) and the second (1) doubleword. */
#define IOMMU_COMMAND_BYTES    16U
#define IOMMU_COMMAND_MASK     UINT64_C(0x3ff)      /* opcode and func3 */

/* 3.1.1; NL and S are of the extensions "Non-leaf PTE Invalidation" and "Address Range
 * Invalidation" */
#define IOMMU_IOTINVAL_VMA     UINT64_C(0x001)      /* opcode 1, func3 0 */
#define IOMMU_IOTINVAL_GVMA    UINT64_C(0x081)      /* opcode 1, func3 1 */
#define IOMMU_IOTINVAL_AV      (UINT64_C(1) << 10)
#define IOMMU_IOTINVAL_PSCID_SHIFT 12U              /* 31:12 */
#define IOMMU_IOTINVAL_PSCV    (UINT64_C(1) << 32)
#define IOMMU_IOTINVAL_GV      (UINT64_C(1) << 33)
#define IOMMU_IOTINVAL_NL      (UINT64_C(1) << 34)
#define IOMMU_IOTINVAL_GSCID_SHIFT 44U              /* 59:44 */
#define IOMMU_IOTINVAL_S       (UINT64_C(1) << 9)   /* of the second doubleword, as is ADDR: */
#define IOMMU_IOTINVAL_ADDR(address) (((address) >> 12) << 10) /* 63:12 in 61:10 */
#define IOMMU_IOTINVAL_ADDR_MASK (UINT64_C(0xfffffffffffff) << 10)
#define IOMMU_IOTINVAL_ADDRESS(word) (((word) & IOMMU_IOTINVAL_ADDR_MASK) << 2)
#define IOMMU_IOTINVAL_RESERVED_0 UINT64_C(0xf0000ff800000800)
#define IOMMU_IOTINVAL_RESERVED_1 UINT64_C(0xc0000000000001ff)

/* 3.1.2 */
#define IOMMU_IOFENCE_C        UINT64_C(0x002)      /* opcode 2, func3 0 */
#define IOMMU_IOFENCE_AV       (UINT64_C(1) << 10)
#define IOMMU_IOFENCE_WSI      (UINT64_C(1) << 11)
#define IOMMU_IOFENCE_PR       (UINT64_C(1) << 12)
#define IOMMU_IOFENCE_PW       (UINT64_C(1) << 13)
#define IOMMU_IOFENCE_DATA_SHIFT 32U                /* 63:32 */
#define IOMMU_IOFENCE_RESERVED_0 UINT64_C(0x00000000ffffc000)
#define IOMMU_IOFENCE_ADDR(address) ((address) >> 2) /* the second doubleword: 63:2 in 61:0 */
#define IOMMU_IOFENCE_ADDRESS(word) ((word) << 2)
#define IOMMU_IOFENCE_RESERVED_1 UINT64_C(0xc000000000000000)

/* 3.1.3 */
#define IOMMU_IODIR_INVAL_DDT  UINT64_C(0x003)      /* opcode 3, func3 0 */
#define IOMMU_IODIR_INVAL_PDT  UINT64_C(0x083)      /* opcode 3, func3 1 */
#define IOMMU_IODIR_PID_SHIFT  12U                  /* 31:12; of INVAL_DDT reserved */
#define IOMMU_IODIR_DV         (UINT64_C(1) << 33)
#define IOMMU_IODIR_DID_SHIFT  40U                  /* 63:40 */
#define IOMMU_IODIR_RESERVED_0 UINT64_C(0x000000fd00000c00)
#define IOMMU_IODIR_RESERVED_1 UINT64_MAX

/* 3.1.4; without ATS unsupported */
#define IOMMU_ATS_INVAL        UINT64_C(0x004)      /* opcode 4, func3 0 */
#define IOMMU_ATS_PRGR         UINT64_C(0x084)      /* opcode 4, func3 1 */

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
#define IOMMU_FAULT_IOTVAL     2U             /* these are doublewords of the record */
#define IOMMU_FAULT_IOTVAL2    3U
#define IOMMU_IOTVAL2_IMPLICIT (UINT64_C(1) << 0)  /* of a guest page fault: while walking the first
                                                    * stage, */
#define IOMMU_IOTVAL2_WRITE    (UINT64_C(1) << 1)  /* and writing there */

/* 3.2, CAUSE */
#define IOMMU_CAUSE_INSTRUCTION_ACCESS     1U
#define IOMMU_CAUSE_READ_MISALIGNED        4U
#define IOMMU_CAUSE_READ_ACCESS            5U
#define IOMMU_CAUSE_WRITE_MISALIGNED       6U
#define IOMMU_CAUSE_WRITE_ACCESS           7U
#define IOMMU_CAUSE_INSTRUCTION_PAGE       12U
#define IOMMU_CAUSE_READ_PAGE              13U
#define IOMMU_CAUSE_WRITE_PAGE             15U
#define IOMMU_CAUSE_INSTRUCTION_GUEST_PAGE 20U
#define IOMMU_CAUSE_READ_GUEST_PAGE        21U
#define IOMMU_CAUSE_WRITE_GUEST_PAGE       23U
#define IOMMU_CAUSE_ALL_DISALLOWED         256U
#define IOMMU_CAUSE_DDT_ACCESS             257U
#define IOMMU_CAUSE_DDT_INVALID            258U
#define IOMMU_CAUSE_DDT_MISCONFIGURED      259U
#define IOMMU_CAUSE_TYPE_DISALLOWED        260U
#define IOMMU_CAUSE_MSI_PTE_ACCESS         261U
#define IOMMU_CAUSE_MSI_PTE_INVALID        262U
#define IOMMU_CAUSE_MSI_PTE_MISCONFIGURED  263U
#define IOMMU_CAUSE_MRIF_ACCESS            264U
#define IOMMU_CAUSE_PDT_ACCESS             265U
#define IOMMU_CAUSE_PDT_INVALID            266U
#define IOMMU_CAUSE_PDT_MISCONFIGURED      267U
#define IOMMU_CAUSE_DDT_CORRUPT            268U
#define IOMMU_CAUSE_PDT_CORRUPT            269U
#define IOMMU_CAUSE_MSI_PT_CORRUPT         270U
#define IOMMU_CAUSE_MRIF_CORRUPT           271U
#define IOMMU_CAUSE_INTERNAL               272U
#define IOMMU_CAUSE_MSI_WRITE              273U
#define IOMMU_CAUSE_PT_CORRUPT             274U

/* 3.2, TTYP */
#define IOMMU_TTYP_NONE                    0U
#define IOMMU_TTYP_UNTRANSLATED_EXECUTE    1U
#define IOMMU_TTYP_UNTRANSLATED_READ       2U
#define IOMMU_TTYP_UNTRANSLATED_WRITE      3U
#define IOMMU_TTYP_TRANSLATED_EXECUTE      5U
#define IOMMU_TTYP_TRANSLATED_READ         6U
#define IOMMU_TTYP_TRANSLATED_WRITE        7U
#define IOMMU_TTYP_TRANSLATION_REQUEST     8U
#define IOMMU_TTYP_MESSAGE                 9U

#endif

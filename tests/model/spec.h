/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layouts of the RISC-V IOMMU Architecture Specification 1.0.1 with its ratified extensions, and of
 * the Advanced Interrupt Architecture where it speaks of an IOMMU. Written from these texts for the
 * model and its tests alone: nothing of iommu/ is used here, nor is this file used there, so that a
 * field misread on one side shows as a difference.
 *
 * A field is (value, lowest bit, width): FIELD(v, 12, 20) is v[31:12].
 */
#ifndef TESTS_MODEL_SPEC_H
#define TESTS_MODEL_SPEC_H

#include <stdint.h>

#define BIT(n)               (UINT64_C(1) << (n))
#define ONES(width)          ((width) >= 64U ? UINT64_MAX : BIT(width) - 1U)
#define FIELD(v, low, width) (((uint64_t)(v) >> (low)) & ONES(width))
#define PLACE(v, low, width) (((uint64_t)(v) & ONES(width)) << (low))

/* capabilities, "IOMMU capabilities" */
#define CAP_VERSION_1_0 UINT64_C(0x10)
#define CAP_SV32        BIT(8)
#define CAP_SV39        BIT(9)
#define CAP_SV48        BIT(10)
#define CAP_SV57        BIT(11)
#define CAP_SVRSW60T59B BIT(14)
#define CAP_SVPBMT      BIT(15)
#define CAP_SV32X4      BIT(16)
#define CAP_SV39X4      BIT(17)
#define CAP_SV48X4      BIT(18)
#define CAP_SV57X4      BIT(19)
#define CAP_AMO_MRIF    BIT(21)
#define CAP_MSI_FLAT    BIT(22)
#define CAP_MSI_MRIF    BIT(23)
#define CAP_AMO_HWAD    BIT(24)
#define CAP_ATS         BIT(25)
#define CAP_T2GPA       BIT(26)
#define CAP_END         BIT(27)
#define CAP_IGS(v)      FIELD(v, 28, 2)
#define CAP_IGS_MSI     PLACE(0, 28, 2)
#define CAP_IGS_WSI     PLACE(1, 28, 2)
#define CAP_IGS_BOTH    PLACE(2, 28, 2)
#define CAP_HPM         BIT(30)
#define CAP_DBG         BIT(31)
#define CAP_PAS(v)      ((unsigned)FIELD(v, 32, 6))
#define CAP_PAS_IS(n)   PLACE(n, 32, 6)
#define CAP_PD8         BIT(38)
#define CAP_PD17        BIT(39)
#define CAP_PD20        BIT(40)
#define CAP_QOSID       BIT(41)
#define CAP_NL          BIT(42)
#define CAP_S           BIT(43)
enum igs { IGS_MSI, IGS_WSI, IGS_BOTH };

/* Register layout */
enum {
    REG_CAPABILITIES = 0, REG_FCTL = 8, REG_DDTP = 16, REG_CQB = 24, REG_CQH = 32, REG_CQT = 36,
    REG_FQB = 40, REG_FQH = 48, REG_FQT = 52, REG_PQB = 56, REG_PQH = 64, REG_PQT = 68,
    REG_CQCSR = 72, REG_FQCSR = 76, REG_PQCSR = 80, REG_IPSR = 84, REG_IOCOUNTOVF = 88,
    REG_TR_REQ_IOVA = 600, REG_TR_REQ_CTL = 608, REG_TR_RESPONSE = 616, REG_IOMMU_QOSID = 624,
    REG_ICVEC = 760, REG_MSI_CFG_TBL = 768, REG_MSI_CFG_TBL_END = 1024, REG_PAGE = 4096
};
#define REG_MSI_ADDR(v)    (REG_MSI_CFG_TBL + 16U * (v))
#define REG_MSI_DATA(v)    (REG_MSI_ADDR(v) + 8U)
#define REG_MSI_VEC_CTL(v) (REG_MSI_ADDR(v) + 12U)
#define MSI_VEC_CTL_M      BIT(0)

#define FCTL_BE  BIT(0)
#define FCTL_WSI BIT(1)
#define FCTL_GXL BIT(2)

/* ddtp */
#define DDTP_MODE(v) FIELD(v, 0, 4)
#define DDTP_BUSY    BIT(4)
#define DDTP_PPN(v)  FIELD(v, 10, 44)
enum { DDTP_OFF, DDTP_BARE, DDTP_1LVL, DDTP_2LVL, DDTP_3LVL };

/* cqb, fqb, pqb, and the queues' CSRs: the same bits mean the same */
#define QUEUE_LOG2SZ(v) ((unsigned)FIELD(v, 0, 5) + 1U)
#define QUEUE_PPN(v)    FIELD(v, 10, 44)
#define CSR_ENABLE      BIT(0)
#define CSR_IE          BIT(1)
#define CSR_MF          BIT(8)
#define CQCSR_CMD_TO    BIT(9)
#define CQCSR_CMD_ILL   BIT(10)
#define CQCSR_FENCE_W_IP BIT(11)
#define CSR_OF          BIT(9)   /* fqcsr and pqcsr */
#define CSR_ON          BIT(16)
#define CSR_BUSY        BIT(17)

/* ipsr and icvec: bit i of the one is nibble i of the other */
enum cause_of_interrupt { CIP, FIP, PMIP, PIP, INTERRUPT_CAUSES };

/* tr_req_ctl, tr_response */
#define TR_GO          BIT(0)
#define TR_PRIV        BIT(1)
#define TR_EXE         BIT(2)
#define TR_NW          BIT(3)
#define TR_PID(v)      ((uint32_t)FIELD(v, 12, 20))
#define TR_PV          BIT(32)
#define TR_DID(v)      ((uint32_t)FIELD(v, 40, 24))
#define TR_FAULT       BIT(0)
#define TR_PBMT(v)     PLACE(v, 7, 2)
#define TR_S           BIT(9)
#define TR_PPN(v)      PLACE(v, 10, 44)

/* Device context, "Translation control" and following */
#define ENTRY_V        BIT(0)
#define ENTRY_PPN(v)   FIELD(v, 10, 44)      /* non-leaf DDT and PDT entries, PTEs, MSI PTEs */
#define TC_V           BIT(0)
#define TC_EN_ATS      BIT(1)
#define TC_EN_PRI      BIT(2)
#define TC_T2GPA       BIT(3)
#define TC_DTF         BIT(4)
#define TC_PDTV        BIT(5)
#define TC_PRPR        BIT(6)
#define TC_GADE        BIT(7)
#define TC_SADE        BIT(8)
#define TC_DPE         BIT(9)
#define TC_SBE         BIT(10)
#define TC_SXL         BIT(11)
#define TC_RESERVED    (PLACE(UINT64_MAX, 12, 12) | PLACE(UINT64_MAX, 32, 32))
#define ATP_MODE(v)    FIELD(v, 60, 4)       /* iohgatp, iosatp, pdtp, msiptp */
#define ATP_PPN(v)     FIELD(v, 0, 44)
#define ATP_RESERVED   PLACE(UINT64_MAX, 44, 16) /* iosatp, pdtp, msiptp */
#define IOHGATP_GSCID(v) ((uint32_t)FIELD(v, 44, 16))
#define TA_PSCID(v)    ((uint32_t)FIELD(v, 12, 20))
#define DC_TA_RESERVED (PLACE(UINT64_MAX, 0, 12) | PLACE(UINT64_MAX, 32, 32))
enum { ATP_BARE = 0, ATP_SV32 = 8, ATP_SV39 = 8, ATP_SV48 = 9, ATP_SV57 = 10 };
enum { PDTP_BARE, PDTP_PD8, PDTP_PD17, PDTP_PD20 };
enum { MSIPTP_OFF, MSIPTP_FLAT };
enum { DC_TC, DC_IOHGATP, DC_TA, DC_FSC, DC_MSIPTP, DC_MSI_ADDR_MASK, DC_MSI_ADDR_PATTERN,
       DC_RESERVED, DC_WORDS };

/* Process context */
#define PC_TA_V        BIT(0)
#define PC_TA_ENS      BIT(1)
#define PC_TA_SUM      BIT(2)
#define PC_TA_RESERVED (PLACE(UINT64_MAX, 3, 9) | PLACE(UINT64_MAX, 32, 32))
enum { PC_TA, PC_FSC, PC_WORDS };

/* Non-leaf DDT and PDT entries */
#define NONLEAF_RESERVED (PLACE(UINT64_MAX, 1, 9) | PLACE(UINT64_MAX, 54, 10))

/* Page table entries, privileged architecture */
#define PTE_V          BIT(0)
#define PTE_R          BIT(1)
#define PTE_W          BIT(2)
#define PTE_X          BIT(3)
#define PTE_U          BIT(4)
#define PTE_G          BIT(5)
#define PTE_A          BIT(6)
#define PTE_D          BIT(7)
#define PTE_PBMT(v)    FIELD(v, 61, 2)
#define PTE_N          BIT(63)
#define PTE_PPN32(v)   FIELD(v, 10, 22)

/* MSI PTE, advanced interrupt architecture */
#define MSIPTE_M(v)    FIELD(v, 1, 2)
#define MSIPTE_C       BIT(63)
enum { MSIPTE_M_MRIF = 1, MSIPTE_M_BASIC = 3 };
#define MSIPTE_BASIC_RESERVED (PLACE(UINT64_MAX, 3, 7) | PLACE(UINT64_MAX, 54, 9))
#define MSIPTE_MRIF_RESERVED  (PLACE(UINT64_MAX, 3, 4) | PLACE(UINT64_MAX, 54, 9))
#define MSIPTE_MRIF_ADDRESS(v) (FIELD(v, 7, 47) << 9)
#define NOTICE_NID(v)  ((uint32_t)(FIELD(v, 0, 10) | FIELD(v, 60, 1) << 10))
#define NOTICE_NPPN(v) FIELD(v, 10, 44)
#define NOTICE_RESERVED (PLACE(UINT64_MAX, 54, 6) | PLACE(UINT64_MAX, 61, 3))

/* Commands */
enum { CMD_IOTINVAL = 1, CMD_IOFENCE = 2, CMD_IODIR = 3, CMD_ATS = 4 };
enum { IOTINVAL_VMA, IOTINVAL_GVMA };
enum { IODIR_INVAL_DDT, IODIR_INVAL_PDT };
enum { ATS_INVAL, ATS_PRGR };
#define CMD_OPCODE(v)  FIELD(v, 0, 7)
#define CMD_FUNC3(v)   FIELD(v, 7, 3)
#define CMD_AV         BIT(10)
#define CMD_PSCID(v)   ((uint32_t)FIELD(v, 12, 20))
#define CMD_PSCV       BIT(32)
#define CMD_GV         BIT(33)
#define CMD_NL         BIT(34)
#define CMD_GSCID(v)   ((uint32_t)FIELD(v, 44, 16))
#define CMD_S          BIT(9)                    /* second doubleword */
#define CMD_ADDR(v)    (FIELD(v, 10, 52) << 12)  /* second doubleword */
#define IOTINVAL_RESERVED  (BIT(11) | PLACE(UINT64_MAX, 35, 9) | PLACE(UINT64_MAX, 60, 4))
#define IOTINVAL_RESERVED1 (PLACE(UINT64_MAX, 0, 9) | PLACE(UINT64_MAX, 62, 2))
#define CMD_WSI        BIT(11)
#define CMD_PR         BIT(12)
#define CMD_PW         BIT(13)
#define CMD_DATA(v)    ((uint32_t)FIELD(v, 32, 32))
#define CMD_FENCE_ADDR(v) (FIELD(v, 0, 62) << 2) /* second doubleword */
#define IOFENCE_RESERVED  PLACE(UINT64_MAX, 14, 18)
#define IOFENCE_RESERVED1 PLACE(UINT64_MAX, 62, 2)
#define CMD_PID(v)     ((uint32_t)FIELD(v, 12, 20))
#define CMD_DV         BIT(33)
#define CMD_DID(v)     ((uint32_t)FIELD(v, 40, 24))
#define IODIR_RESERVED (PLACE(UINT64_MAX, 10, 2) | BIT(32) | PLACE(UINT64_MAX, 34, 6))
#define ATS_RESERVED   (PLACE(UINT64_MAX, 10, 2) | PLACE(UINT64_MAX, 34, 6))

/* Fault record, CAUSE */
enum cause {
    CAUSE_NONE = 0,
    CAUSE_INSTRUCTION_ACCESS = 1, CAUSE_READ_ACCESS = 5, CAUSE_WRITE_ACCESS = 7,
    CAUSE_INSTRUCTION_PAGE = 12, CAUSE_READ_PAGE = 13, CAUSE_WRITE_PAGE = 15,
    CAUSE_INSTRUCTION_GUEST_PAGE = 20, CAUSE_READ_GUEST_PAGE = 21, CAUSE_WRITE_GUEST_PAGE = 23,
    CAUSE_ALL_DISALLOWED = 256, CAUSE_DDT_LOAD_ACCESS = 257, CAUSE_DDT_INVALID = 258,
    CAUSE_DDT_MISCONFIGURED = 259, CAUSE_TYPE_DISALLOWED = 260, CAUSE_MSI_LOAD_ACCESS = 261,
    CAUSE_MSI_INVALID = 262, CAUSE_MSI_MISCONFIGURED = 263, CAUSE_MRIF_ACCESS = 264,
    CAUSE_PDT_LOAD_ACCESS = 265, CAUSE_PDT_INVALID = 266, CAUSE_PDT_MISCONFIGURED = 267,
    CAUSE_DDT_CORRUPTION = 268, CAUSE_PDT_CORRUPTION = 269, CAUSE_MSI_PT_CORRUPTION = 270,
    CAUSE_MRIF_CORRUPTION = 271, CAUSE_INTERNAL = 272, CAUSE_MSI_WRITE_ACCESS = 273,
    CAUSE_PT_CORRUPTION = 274
};

/* Fault record, TTYP: also what a request of the model is. */
enum ttyp {
    TTYP_NONE, TTYP_UNTRANSLATED_EXEC, TTYP_UNTRANSLATED_READ, TTYP_UNTRANSLATED_WRITE,
    TTYP_TRANSLATED_EXEC = 5, TTYP_TRANSLATED_READ, TTYP_TRANSLATED_WRITE, TTYP_ATS_REQUEST,
    TTYP_MESSAGE
};

/* iotval2 of guest-page faults: beside bits 63:2 of the address */
#define IOTVAL2_IMPLICIT BIT(0)
#define IOTVAL2_WRITE    BIT(1)

/* "Page request" message: bits of its payload, and what the IOMMU answers itself (PCIe PRGR) */
#define PAGE_REQUEST_R   BIT(0)
#define PAGE_REQUEST_W   BIT(1)
#define PAGE_REQUEST_L   BIT(2)
enum prgr { PRGR_NONE = -1, PRGR_SUCCESS = 0, PRGR_INVALID = 1, PRGR_FAILURE = 15 };

enum { MODEL_PAGE_SHIFT = 12, COMMAND_BYTES = 16, FAULT_BYTES = 32, PAGE_REQUEST_BYTES = 16,
       MRIF_BYTES = 512, MRIF_IDENTITIES = 2048 };

#endif

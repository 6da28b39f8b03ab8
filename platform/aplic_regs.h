/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory-mapped control region of one APLIC interrupt domain: offsets in bytes, fields of the
 * 32-bit registers. Declared once, for the physical APLIC's driver and for the virtual APLIC.
 *
 * RISC-V Advanced Interrupt Architecture 1.0, chapter 4: section 4.5 and its subsections.
 */
#ifndef PLATFORM_APLIC_REGS_H
#define PLATFORM_APLIC_REGS_H

#include <stdint.h>

#define APLIC_MAX_SOURCES 1023U  /* 4.5: sources are 1..1023 */
#define APLIC_REG_BYTES   4U     /* 4.5: registers have 32 bits; no other access size exists */
#define APLIC_WORD_BITS   32U    /* sources in one register of setip, in_clrip, setie, clrie */
#define APLIC_WORDS       32U    /* registers in each of those arrays */

/* 4.5.1 domaincfg */
#define APLIC_DOMAINCFG         0x0000U
#define APLIC_DOMAINCFG_ID      UINT32_C(0x80000000) /* 31:24 read-only 0x80 */
#define APLIC_DOMAINCFG_IE      (UINT32_C(1) << 8)   /* interrupt enable */
#define APLIC_DOMAINCFG_DM      (UINT32_C(1) << 2)   /* delivery mode: 1 is MSI */
#define APLIC_DOMAINCFG_BE      (UINT32_C(1) << 0)   /* big-endian */

/* 4.5.2 sourcecfg[1..1023]: the first of them; that of source i is 4 * (i - 1) further */
#define APLIC_SOURCECFG         0x0004U
#define APLIC_SOURCECFG_D       (UINT32_C(1) << 10)  /* delegated to a child domain */
#define APLIC_SOURCECFG_SM      UINT32_C(0x7)        /* 2:0 source mode */

enum aplic_source_mode {
    APLIC_SM_INACTIVE = 0,
    APLIC_SM_DETACHED = 1,
    APLIC_SM_EDGE1 = 4,          /* rising edge */
    APLIC_SM_EDGE0 = 5,          /* falling edge */
    APLIC_SM_LEVEL1 = 6,         /* high */
    APLIC_SM_LEVEL0 = 7          /* low */
};

/* 4.5.3, 4.5.4: machine-level domains only; read-only zero elsewhere */
#define APLIC_MMSIADDRCFG       0x1bc0U
#define APLIC_MMSIADDRCFGH      0x1bc4U
#define APLIC_SMSIADDRCFG       0x1bc8U
#define APLIC_SMSIADDRCFGH      0x1bccU

/* 4.5.5 to 4.5.14: pending and enable bits. Arrays of APLIC_WORDS registers; source i is bit i % 32
 * of register i / 32. The ...NUM registers take a source number. */
#define APLIC_SETIP             0x1c00U
#define APLIC_SETIPNUM          0x1cdcU
#define APLIC_IN_CLRIP          0x1d00U  /* read: rectified inputs; write: clear pending */
#define APLIC_CLRIPNUM          0x1ddcU
#define APLIC_SETIE             0x1e00U
#define APLIC_SETIENUM          0x1edcU
#define APLIC_CLRIE             0x1f00U
#define APLIC_CLRIENUM          0x1fdcU
#define APLIC_SETIPNUM_LE       0x2000U
#define APLIC_SETIPNUM_BE       0x2004U

/* 4.5.15 genmsi; hart index and EIID lie as in target */
#define APLIC_GENMSI            0x3000U
#define APLIC_GENMSI_BUSY       (UINT32_C(1) << 12)

/* 4.5.16 target[1..1023] in MSI delivery mode; that of source i is 4 * (i - 1) further */
#define APLIC_TARGET            0x3004U
#define APLIC_TARGET_HART_SHIFT 18U                  /* 31:18 */
#define APLIC_TARGET_HART_MASK  UINT32_C(0x3fff)
#define APLIC_TARGET_GUEST_SHIFT 12U                 /* 17:12 */
#define APLIC_TARGET_GUEST_MASK UINT32_C(0x3f)
#define APLIC_TARGET_EIID_MASK  UINT32_C(0x7ff)      /* 10:0 */

/* 4.8.1: interrupt delivery control structures, for direct delivery mode only */
#define APLIC_IDC               0x4000U

/* Offsets of the array registers. source is 1..APLIC_MAX_SOURCES, word below APLIC_WORDS. */
static inline uint32_t aplic_sourcecfg(uint32_t source)
{
    return APLIC_SOURCECFG + APLIC_REG_BYTES * (source - 1U);
}

static inline uint32_t aplic_target(uint32_t source)
{
    return APLIC_TARGET + APLIC_REG_BYTES * (source - 1U);
}

static inline uint32_t aplic_word(uint32_t array, uint32_t word)
{
    return array + APLIC_REG_BYTES * word;
}

#endif

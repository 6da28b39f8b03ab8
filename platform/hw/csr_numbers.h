/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CSR numbers, fields and trap causes that Bulkhead uses; for C and for assembly, since GCC 12's
 * assembler does not know every name. Sections are of the privileged architecture (H: chapter
 * "Hypervisor Extension"), AIA: the Advanced Interrupt Architecture.
 */
#ifndef PLATFORM_HW_CSR_NUMBERS_H
#define PLATFORM_HW_CSR_NUMBERS_H

/* Supervisor (HS) level */
#define CSR_SSTATUS     0x100
#define CSR_SIE         0x104
#define CSR_STVEC       0x105
#define CSR_SCOUNTEREN  0x106
#define CSR_SENVCFG     0x10a
#define CSR_SSCRATCH    0x140
#define CSR_SEPC        0x141
#define CSR_SCAUSE      0x142
#define CSR_STVAL       0x143
#define CSR_SIP         0x144
#define CSR_STIMECMP    0x14d   /* Sstc */
#define CSR_SISELECT    0x150   /* AIA 2.2 */
#define CSR_SIREG       0x151
#define CSR_STOPEI      0x15c   /* AIA 3.10 */
#define CSR_SATP        0x180
#define CSR_TIME        0xc01

/* Hypervisor */
#define CSR_HSTATUS     0x600
#define CSR_HEDELEG     0x602
#define CSR_HIDELEG     0x603
#define CSR_HIE         0x604
#define CSR_HTIMEDELTA  0x605
#define CSR_HCOUNTEREN  0x606
#define CSR_HGEIE       0x607
#define CSR_HVIEN       0x608   /* AIA 6.3.1 */
#define CSR_HVICTL      0x609   /* AIA 6.3.2 */
#define CSR_HENVCFG     0x60a
#define CSR_HSTATEEN0   0x60c   /* Smstateen */
#define CSR_HTVAL       0x643
#define CSR_HVIP        0x645
#define CSR_HTINST      0x64a
#define CSR_HVIPRIO1    0x646   /* AIA 6.3.3 */
#define CSR_HVIPRIO2    0x647
#define CSR_HGATP       0x680
#define CSR_HGEIP       0xe12

/* Virtual supervisor */
#define CSR_VSSTATUS    0x200
#define CSR_VSIE        0x204
#define CSR_VSTVEC      0x205
#define CSR_VSSCRATCH   0x240
#define CSR_VSEPC       0x241
#define CSR_VSCAUSE     0x242
#define CSR_VSTVAL      0x243
#define CSR_VSTIMECMP   0x24d   /* Sstc */
#define CSR_VSISELECT   0x250   /* AIA 2.3 */
#define CSR_VSIREG      0x251
#define CSR_VSTOPEI     0x25c
#define CSR_VSATP       0x280

/* sstatus, vsstatus */
#define SSTATUS_SIE     (1 << 1)
#define SSTATUS_SPIE    (1 << 5)
#define SSTATUS_SPP     (1 << 8)
#define SSTATUS_VS      (3 << 9)
#define SSTATUS_FS      (3 << 13)
#define SSTATUS_UXL_SHIFT 32
#define XL_64           2       /* encoding of 64 bits in UXL and VSXL */

/* hstatus */
#define HSTATUS_SPV     (1 << 7)
#define HSTATUS_SPVP    (1 << 8)
#define HSTATUS_VGEIN_SHIFT 12
#define HSTATUS_VGEIN_MASK  0x3f
#define HSTATUS_VSXL_SHIFT 32

/* henvcfg */
#define HENVCFG_CBIE_SHIFT 4
#define HENVCFG_CBIE_FLUSH 1    /* a guest's cbo.inval flushes: it must not uncover stale data */
#define HENVCFG_CBCFE   (1 << 6)
#define HENVCFG_CBZE    (1 << 7)
#define HENVCFG_ADUE_SHIFT 61
#define HENVCFG_STCE_SHIFT  63

/* hvictl: AIA 6.3.2 */
#define HVICTL_IID_SHIFT    16
#define HVICTL_IPRIO_LOWEST 255 /* bits 7:0 */

/* hstateen0: what a guest may reach of state that Smstateen guards */
#define STATEEN0_IMSIC_SHIFT  58
#define STATEEN0_AIA_SHIFT    59
#define STATEEN0_CSRIND_SHIFT 60
#define STATEEN0_ENVCFG_SHIFT 62

/* Interrupt numbers: bits of sie, sip, hideleg, hvip; scause without its top bit */
#define IRQ_VS_SOFT     2
#define IRQ_S_TIMER     5
#define IRQ_VS_TIMER    6
#define IRQ_S_EXT       9
#define IRQ_VS_EXT      10
#define SCAUSE_INTERRUPT_SHIFT 63

/* Exceptions */
#define CAUSE_MISALIGNED_FETCH  0
#define CAUSE_FETCH_ACCESS      1
#define CAUSE_ILLEGAL           2
#define CAUSE_BREAKPOINT        3
#define CAUSE_MISALIGNED_LOAD   4
#define CAUSE_LOAD_ACCESS       5
#define CAUSE_MISALIGNED_STORE  6
#define CAUSE_STORE_ACCESS      7
#define CAUSE_ECALL_U           8
#define CAUSE_ECALL_VS          10
#define CAUSE_FETCH_PAGE        12
#define CAUSE_LOAD_PAGE         13
#define CAUSE_STORE_PAGE        15
#define CAUSE_SOFTWARE_CHECK    18
#define CAUSE_FETCH_GUEST_PAGE  20
#define CAUSE_LOAD_GUEST_PAGE   21
#define CAUSE_VIRTUAL_INSTRUCTION 22
#define CAUSE_STORE_GUEST_PAGE  23

/* htinst of a store, "Transformed Instruction": where the register is that is stored */
#define HTINST_RS2_SHIFT 20
#define HTINST_REG_MASK  0x1f

#endif

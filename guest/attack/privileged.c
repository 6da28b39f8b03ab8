/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only HS-mode or M-mode may do. A hart without H, as the guest sees it, answers all of it with
 * an illegal-instruction exception: privileged architecture, "Hypervisor Extension".
 */
#include "guest/attack/attack.h"

#include "guest/lib/csr.h"
#include "guest/lib/trap.h"

/* Instructions are made at run time, because a CSR number is an immediate. */
#define INSN_CSRR_A0(csr) ((csr) << 20 | UINT32_C(0x2573))
#define INSN_CSRW_A1(csr) ((csr) << 20 | UINT32_C(0x59073))
#define INSN_RET          UINT32_C(0x00008067)

static uint32_t code[2] __attribute__((aligned(8)));

static const uint32_t csrs[] = {
    /* hstatus, hedeleg, hideleg, hie, htimedelta, hcounteren, hgeie, hvien, hvictl, henvcfg */
    0x600, 0x602, 0x603, 0x604, 0x605, 0x606, 0x607, 0x608, 0x609, 0x60a,
    /* hstateen0.., htval, hip, hvip, hviprio1, hviprio2, htinst, hgatp, hcontext, hgeip */
    0x60c, 0x60d, 0x60e, 0x60f, 0x643, 0x644, 0x645, 0x646, 0x647, 0x64a, 0x680, 0x6a8, 0xe12,
    /* vsstatus, vsie, vstvec, vsscratch, vsepc, vscause, vstval, vsip, vstimecmp */
    0x200, 0x204, 0x205, 0x240, 0x241, 0x242, 0x243, 0x244, 0x24d,
    /* vsiselect, vsireg, vstopei, vsatp, vstopi */
    0x250, 0x251, 0x25c, 0x280, 0xeb0,
    /* mstatus, misa, medeleg, mideleg, mie, mtvec, mepc, mcause, mip, pmpcfg0, pmpaddr0, mhartid */
    0x300, 0x301, 0x302, 0x303, 0x304, 0x305, 0x341, 0x342, 0x344, 0x3a0, 0x3b0, 0xf14,
    /* menvcfg, mseccfg, mcycle, tselect, tdata1, dcsr, custom ones */
    0x30a, 0x747, 0xb00, 0x7a0, 0x7a1, 0x7b0, 0x5c0, 0x6c0, 0x7c0, 0x9c0, 0xbc0,
};

static const uint32_t instructions[] = {
    0x22000073, /* hfence.vvma */
    0x62000073, /* hfence.gvma */
    0x22b50073, /* hfence.vvma a0, a1 */
    0x62b50073, /* hfence.gvma a0, a1 */
    0x26000073, /* hinval.vvma */
    0x66000073, /* hinval.gvma */
    0x60054573, /* hlv.b a0, (a0) */
    0x64354573, /* hlvx.hu a0, (a0) */
    0x68354573, /* hlvx.wu a0, (a0) */
    0x6c054573, /* hlv.d a0, (a0) */
    0x6eb54073, /* hsv.d a1, (a0) */
    0x00000000, /* defined to be illegal */
    0xffffffff, /* likewise */
    0x0000006b, /* a reserved major opcode */
};

/* Returns from M-mode. OpenSBI takes illegal instructions itself before it hands them back, and
 * remarks on these on the console, in the middle of anybody's line: hence apart from the others. */
static const uint32_t returns[] = {
    0x30200073, /* mret */
    0x70200073, /* mnret */
    0x7b200073, /* dret */
};

static void run(struct tally *t, const char *what, uint32_t instruction)
{
    code[0] = instruction;
    code[1] = INSN_RET;
    __asm__ volatile("fence.i" ::: "memory");
    attempt(t, what, (uint64_t (*)(uint64_t, uint64_t))(uintptr_t)code, (uint64_t)code, instruction,
            ANY(CAUSE_ILLEGAL));
}

void attack_privileged(struct tally *t)
{
    for (uint32_t i = 0; i < sizeof(csrs) / sizeof(csrs[0]); i++) {
        run(t, "csr read", INSN_CSRR_A0(csrs[i]));
        run(t, "csr write", INSN_CSRW_A1(csrs[i]));
    }
    for (uint32_t i = 0; i < sizeof(instructions) / sizeof(instructions[0]); i++) {
        run(t, "instruction", instructions[i]);
    }
}

void attack_mret(struct tally *t)
{
    for (uint32_t i = 0; i < sizeof(returns) / sizeof(returns[0]); i++) {
        run(t, "return", returns[i]);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/vcpu/vcpu.h"

#include <string.h>

#include "hyp/guest.h"
#include "hyp/irq/irq.h"
#include "hyp/vcpu/hw/fence.h"
#include "platform/hw/csr.h"
#include "platform/hw/imsic.h"

#define BIT(n) (UINT64_C(1) << (n))

/* Exceptions that are the guest's own affair. Not here: calls from VS-mode, guest-page faults and
 * virtual-instruction exceptions, which are what the hypervisor is for. */
#define GUEST_EXCEPTIONS \
    (BIT(CAUSE_MISALIGNED_FETCH) | BIT(CAUSE_FETCH_ACCESS) | BIT(CAUSE_ILLEGAL) | \
     BIT(CAUSE_BREAKPOINT) | BIT(CAUSE_MISALIGNED_LOAD) | BIT(CAUSE_LOAD_ACCESS) | \
     BIT(CAUSE_MISALIGNED_STORE) | BIT(CAUSE_STORE_ACCESS) | BIT(CAUSE_ECALL_U) | \
     BIT(CAUSE_FETCH_PAGE) | BIT(CAUSE_LOAD_PAGE) | BIT(CAUSE_STORE_PAGE) | \
     BIT(CAUSE_SOFTWARE_CHECK))

#define GUEST_INTERRUPTS (BIT(IRQ_VS_SOFT) | BIT(IRQ_VS_TIMER) | BIT(IRQ_VS_EXT))

/* cycle, time and instret; there is no PMU for guests. */
#define GUEST_COUNTERS UINT64_C(7)

/*
 * Svpbmt stays off, and guests are not told of it (platform/isa.c): a guest could map memory that it
 * shares with others as I/O, behind the caches through which they see it.
 */
static uint64_t guest_henvcfg(uint32_t isa)
{
    uint64_t henvcfg = BIT(HENVCFG_STCE_SHIFT);

    if ((isa & BOARD_ISA_ZICBOM) != 0U) {
        henvcfg |= (uint64_t)HENVCFG_CBIE_FLUSH << HENVCFG_CBIE_SHIFT | HENVCFG_CBCFE;
    }
    if ((isa & BOARD_ISA_ZICBOZ) != 0U) {
        henvcfg |= HENVCFG_CBZE;
    }
    /* With both Svade and Svadu the guest starts as the SBI's FWFT has it: Svade. */
    if ((isa & BOARD_ISA_SVADU) != 0U && (isa & BOARD_ISA_SVADE) == 0U) {
        henvcfg |= BIT(HENVCFG_ADUE_SHIFT);
    }
    return henvcfg;
}

void vcpu_init_hart(struct vcpu *vcpu)
{
    const struct board *board = vcpu->guest->plan->board;
    uint32_t isa = board->harts[vcpu->hart->index].isa;

    csr_write(CSR_HGATP, vcpu->guest->hgatp);
    fence_gstage();
    csr_write(CSR_HEDELEG, GUEST_EXCEPTIONS);
    csr_write(CSR_HIDELEG, GUEST_INTERRUPTS);
    csr_write(CSR_HVIP, 0);
    csr_write(CSR_HIE, 0);
    csr_write(CSR_HVIEN, 0);
    csr_write(CSR_HVICTL, 0);
    csr_write(CSR_HGEIE, 0);
    csr_write(CSR_HTIMEDELTA, 0);
    csr_write(CSR_HCOUNTEREN, GUEST_COUNTERS);
    csr_write(CSR_HENVCFG, guest_henvcfg(isa));
    if ((isa & BOARD_ISA_SSSTATEEN) != 0U) {
        csr_write(CSR_HSTATEEN0, BIT(STATEEN0_IMSIC_SHIFT) | BIT(STATEEN0_AIA_SHIFT) |
                  BIT(STATEEN0_CSRIND_SHIFT) | BIT(STATEEN0_ENVCFG_SHIFT));
    }
    csr_write(CSR_HVIPRIO1, 0);
    csr_write(CSR_HVIPRIO2, 0);
    csr_write(CSR_HSTATUS, (uint64_t)XL_64 << HSTATUS_VSXL_SHIFT |
              (uint64_t)vcpu->guest_file << HSTATUS_VGEIN_SHIFT | HSTATUS_SPV | HSTATUS_SPVP);
    vcpu_reset_interrupt_file(vcpu);
    if (vcpu->guest_file == 0U) {
        hart_listen(HYP_NOTICE_ID);
        for (uint32_t n = 0; n < vcpu->guest->part->line_count; n++) {
            hart_listen(HYP_LINE_ID + n);
        }
    }
}

/* State that VS-mode has to itself, and what it shares with HS-mode and the hypervisor never uses. */
static void reset_guest_csrs(void)
{
    csr_write(CSR_VSSTATUS, (uint64_t)XL_64 << SSTATUS_UXL_SHIFT);
    csr_write(CSR_VSIE, 0);
    csr_write(CSR_VSTVEC, 0);
    csr_write(CSR_VSSCRATCH, 0);
    csr_write(CSR_VSEPC, 0);
    csr_write(CSR_VSCAUSE, 0);
    csr_write(CSR_VSTVAL, 0);
    csr_write(CSR_VSATP, 0);
    csr_write(CSR_VSTIMECMP, UINT64_MAX);
    csr_write(CSR_VSISELECT, 0);
    csr_write(CSR_HVIP, 0);
    /* As OpenSBI leaves it: user programs read the time, and Linux 6.12 does not ask for it itself. */
    csr_write(CSR_SCOUNTEREN, GUEST_COUNTERS);
    csr_write(CSR_SENVCFG, 0);
}

void vcpu_reset_interrupt_file(const struct vcpu *vcpu)
{
    if (vcpu->guest_file != 0U) {
        imsic_reset_guest_file(vcpu->guest_file, vcpu->guest->plan->board->imsic.num_guest_ids);
    }
}

void vcpu_finish_stores(void)
{
    __asm__ volatile("fence iorw, iorw" : : : "memory");
}

noreturn void vcpu_start(struct vcpu *vcpu)
{
    struct vcpu_frame *frame = vcpu->hart->frame;

    reset_guest_csrs();
    irq_mirror(vcpu);
    (void)memset(frame->x, 0, sizeof(frame->x));
    *frame_reg(frame, 10) = vcpu->index;
    *frame_reg(frame, 11) = vcpu->start_opaque;
    csr_write(CSR_SEPC, vcpu->start_address);
    /* To VS-mode; floating point and vectors are the guest's to switch on in vsstatus. */
    csr_write(CSR_SSTATUS, SSTATUS_SPP | SSTATUS_FS | SSTATUS_VS);
    csr_set(CSR_HSTATUS, HSTATUS_SPV | HSTATUS_SPVP);
    /* What the starter wrote is seen since hsm was taken (enum hsm_state); what remains is this hart's
     * own view of instructions and translations. */
    fence_local_all();
    vcpu_resume(frame);
}

void vcpu_inject(uint64_t cause, uint64_t tval)
{
    uint64_t vsstatus = csr_read(CSR_VSSTATUS);
    uint64_t from = csr_read(CSR_SSTATUS) & SSTATUS_SPP;
    uint64_t interrupts = vsstatus & SSTATUS_SIE;

    vsstatus &= ~(uint64_t)(SSTATUS_SPP | SSTATUS_SPIE | SSTATUS_SIE);
    vsstatus |= from;
    if (interrupts != 0U) {
        vsstatus |= SSTATUS_SPIE;
    }
    csr_write(CSR_VSSTATUS, vsstatus);
    csr_write(CSR_VSEPC, csr_read(CSR_SEPC));
    csr_write(CSR_VSCAUSE, cause);
    csr_write(CSR_VSTVAL, tval);
    /* Exceptions go to BASE in both modes of stvec (bits 1:0). */
    csr_write(CSR_SEPC, csr_read(CSR_VSTVEC) & ~UINT64_C(3));
    csr_set(CSR_SSTATUS, SSTATUS_SPP);
}

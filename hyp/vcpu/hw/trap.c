/* SPDX-License-Identifier: Apache-2.0 */
/* Every exit but the SBI calls. */
#include "hyp/vcpu/hw/trap.h"

#include "hyp/guest.h"
#include "hyp/irq/irq.h"
#include "hyp/mem/memory.h"
#include "hyp/vcpu/csr_access.h"
#include "hyp/vcpu/decode.h"
#include "platform/hw/csr.h"

/* htval holds the guest physical address shifted right by 2; stval its low bits. */
static inline gpa_t faulting_address(void)
{
    return gpa(csr_read(CSR_HTVAL) << 2 | (csr_read(CSR_STVAL) & 3U));
}

static inline void go_on_behind(uint64_t length)
{
    csr_write(CSR_SEPC, csr_read(CSR_SEPC) + length);
}

/* ---- loads and stores to what the G-stage does not map: virtual devices, or nothing ------------ */

/* No device answers, or not to such an access: no register gets anything. What was known of it is found
 * out again, so that the way of the others keeps nothing for this one. */
static __attribute__((noinline, cold)) struct trap_load refuse(uint64_t cause)
{
    struct vcpu *vcpu = this_hart()->vcpu;
    gpa_t address = faulting_address();

    if (guest_find_region(vcpu->guest, address) == NULL) {
        vcpu->exits[EXIT_ACCESS]++;
        memory_look_at_fault(vcpu->guest, address);
    }
    vcpu_inject(cause, csr_read(CSR_STVAL));
    return (struct trap_load){ 0U, 0U };
}

struct trap_load trap_load(uint64_t htinst)
{
    struct vcpu *vcpu = this_hart()->vcpu;
    struct guest *guest = vcpu->guest;
    gpa_t address = faulting_address();
    const struct mmio_region *region = guest_find_region(guest, address);

    if (region != NULL) {
        uint64_t width = decode_width(htinst), bytes = 0;

        vcpu->exits[region->counter]++;
        if (decode_is_load(htinst) && is_aligned(address.v, width) &&
            region->read(guest, region->tag, address.v - region->range.base.v, (uint32_t)width,
                         &bytes)) {
            go_on_behind(decode_length(htinst));
            return (struct trap_load){ decode_rd(htinst), decode_load_value(htinst, bytes) };
        }
    }
    return refuse(CAUSE_LOAD_ACCESS);
}

void trap_store(uint64_t htinst, uint64_t value)
{
    struct vcpu *vcpu = this_hart()->vcpu;
    struct guest *guest = vcpu->guest;
    gpa_t address = faulting_address();
    const struct mmio_region *region = guest_find_region(guest, address);

    if (region != NULL) {
        uint64_t width = decode_width(htinst);

        vcpu->exits[region->counter]++;
        if (decode_is_store(htinst) && is_aligned(address.v, width) &&
            region->write(guest, region->tag, address.v - region->range.base.v, (uint32_t)width,
                          value)) {
            go_on_behind(decode_length(htinst));
            return;
        }
    }
    (void)refuse(CAUSE_STORE_ACCESS);
}

/*
 * The same on hardware that leaves htinst 0: the instruction is fetched. It is not there any more, or
 * is another one, if the guest has changed its tables or its code since: it will find out itself when
 * it runs on.
 */
static void untold_access(struct vcpu_frame *frame, uint64_t cause)
{
    uint64_t fault = 0;
    uint64_t htinst = decode_transform(guest_fetch_parcels(csr_read(CSR_SEPC), &fault));

    if (fault != 0U) {
        return;
    }
    if (cause == CAUSE_LOAD_GUEST_PAGE && !decode_is_store(htinst)) {
        struct trap_load load = trap_load(htinst);
        if (load.reg != 0U) {
            *frame_reg(frame, (uint32_t)load.reg) = load.value;
        }
    }
    if (cause == CAUSE_STORE_GUEST_PAGE && !decode_is_load(htinst)) {
        uint32_t rs2 = (uint32_t)decode_rs2(htinst);
        trap_store(htinst, rs2 == 0U ? 0U : *frame_reg(frame, rs2));
    }
}

/* ---- all else ------------------------------------------------------------------------------------ */

static void fetch_fault(struct vcpu *vcpu)
{
    vcpu->exits[EXIT_ACCESS]++;
    memory_look_at_fault(vcpu->guest, faulting_address());
    vcpu_inject(CAUSE_FETCH_ACCESS, csr_read(CSR_STVAL));
}

/*
 * A CSR access that hardware leaves to the hypervisor: the guest's interrupt priorities, as read-only
 * zero, and its interrupt file, if that is in memory. Not for user mode, which has neither.
 */
static bool emulate_csr(const struct vcpu *vcpu, struct vcpu_frame *frame,
                        const struct csr_access *access)
{
    uint64_t select = csr_read(CSR_VSISELECT), operand = access->source, old = 0;

    if ((csr_read(CSR_SSTATUS) & SSTATUS_SPP) == 0U) {
        return false;
    }
    if (!access->immediate && access->source != 0U) {
        operand = *frame_reg(frame, access->source);
    }
    if (!(access->csr == CSR_SIREG && csr_access_is_iprio(select)) &&
        !irq_access_csr(vcpu, access, select, operand, &old)) {
        return false;
    }
    if (access->rd != 0U) {
        *frame_reg(frame, access->rd) = old;
    }
    return true;
}

/*
 * An instruction that a guest may not execute as it stands. What a hart without H and without what is
 * withheld would have said is an illegal instruction, but for what emulate_csr does.
 */
static void virtual_instruction(const struct vcpu *vcpu, struct vcpu_frame *frame)
{
    uint64_t stval = csr_read(CSR_STVAL);
    uint32_t instruction = (uint32_t)stval;
    uint64_t fault = 0;
    struct csr_access access;

    if (stval == 0U) {
        instruction = guest_fetch_parcels(csr_read(CSR_SEPC), &fault);
        if (fault != 0U) {
            return; /* it is not there any more: the guest will find out itself */
        }
    }
    if (csr_access_decode(instruction, &access) && emulate_csr(vcpu, frame, &access)) {
        go_on_behind(sizeof(instruction));
        return;
    }
    vcpu_inject(CAUSE_ILLEGAL, stval);
}

/*
 * Whichever came. The external one goes before the timer, and a guest can have its hart interrupted again
 * and again before any of its own instructions (a long queue of its vIOMMU, IPIs of its other harts): the
 * timer, which is the console's, would wait for that to end.
 */
void trap_interrupt(void)
{
    struct hart *hart = this_hart();

    hart_attend(hart);
    hart_serve(hart);
}

void trap_other(struct vcpu_frame *frame, uint64_t scause)
{
    struct vcpu *vcpu = frame->hart->vcpu;

    switch (scause) {
    case CAUSE_LOAD_GUEST_PAGE:
    case CAUSE_STORE_GUEST_PAGE:
        untold_access(frame, scause);
        break;
    case CAUSE_FETCH_GUEST_PAGE:
        fetch_fault(vcpu);
        break;
    case CAUSE_VIRTUAL_INSTRUCTION:
        vcpu->exits[EXIT_VIRTUAL]++;
        virtual_instruction(vcpu, frame);
        break;
    default:
        /* Something that could not be delegated (a hardware error, say): it is the guest's. */
        vcpu->exits[EXIT_OTHER]++;
        vcpu_inject(scause, csr_read(CSR_STVAL));
        break;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Every exit but the SBI calls: called from trap_entry.S with all registers in the frame. */
#include "hyp/vcpu/hw/trap.h"

#include "hyp/guest.h"
#include "hyp/irq/irq.h"
#include "hyp/mem/memory.h"
#include "hyp/vcpu/csr_access.h"
#include "hyp/vcpu/decode.h"
#include "platform/hw/csr.h"

/*
 * The access, or false: then it was not a plain load or store, or (refetch) the instruction is not
 * there any more, or is another one: the guest has changed its tables or its code since. It will find
 * out itself when it runs on.
 */
static bool decode_trap(uint64_t cause, struct mmio_access *access, bool *refetch)
{
    uint64_t htinst = csr_read(CSR_HTINST);
    uint64_t fault = 0;

    *refetch = false;
    if (htinst != 0U) {
        return decode_htinst(htinst, access);
    }
    uint32_t instruction = guest_fetch_parcels(csr_read(CSR_SEPC), &fault);
    if (fault != 0U) {
        *refetch = true;
        return false;
    }
    if (!decode_instruction(instruction, access)) {
        return false;
    }
    *refetch = access->write != (cause == CAUSE_STORE_GUEST_PAGE);
    return !*refetch;
}

static bool emulate(struct guest *guest, const struct mmio_region *region, gpa_t address,
                    const struct mmio_access *access, struct vcpu_frame *frame)
{
    uint64_t offset = address.v - region->range.base.v;

    if (access->write) {
        uint64_t value = access->reg == 0U ? 0U : *frame_reg(frame, access->reg);
        return region->write(guest, region->tag, offset, access->width, value);
    }
    uint64_t bytes = 0;
    if (!region->read(guest, region->tag, offset, access->width, &bytes)) {
        return false;
    }
    if (access->reg != 0U) {
        *frame_reg(frame, access->reg) = decode_load_value(access, bytes);
    }
    return true;
}

/* htval holds the guest physical address shifted right by 2; stval its low bits. */
static gpa_t faulting_address(uint64_t stval)
{
    return gpa(csr_read(CSR_HTVAL) << 2 | (stval & 3U));
}

/* A load or store to an address that the G-stage does not map: a virtual device, or nothing. */
static void data_fault(struct vcpu *vcpu, struct vcpu_frame *frame, uint64_t cause)
{
    uint64_t stval = csr_read(CSR_STVAL);
    gpa_t address = faulting_address(stval);
    const struct mmio_region *region = guest_find_region(vcpu->guest, address, 1U);
    struct mmio_access access;
    bool refetch = false;

    if (region != NULL) {
        vcpu->exits[region->counter]++;
        if (decode_trap(cause, &access, &refetch) && is_aligned(address.v, access.width) &&
            gpa_range_contains(region->range, address, access.width) &&
            emulate(vcpu->guest, region, address, &access, frame)) {
            csr_write(CSR_SEPC, csr_read(CSR_SEPC) + access.length);
            return;
        }
        if (refetch) {
            return;
        }
    } else {
        vcpu->exits[EXIT_ACCESS]++;
        memory_look_at_fault(vcpu->guest, address);
    }
    vcpu_inject(cause == CAUSE_LOAD_GUEST_PAGE ? CAUSE_LOAD_ACCESS : CAUSE_STORE_ACCESS, stval);
}

static void fetch_fault(struct vcpu *vcpu)
{
    const uint64_t stval = csr_read(CSR_STVAL);

    vcpu->exits[EXIT_ACCESS]++;
    memory_look_at_fault(vcpu->guest, faulting_address(stval));
    vcpu_inject(CAUSE_FETCH_ACCESS, stval);
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
        csr_write(CSR_SEPC, csr_read(CSR_SEPC) + sizeof(instruction));
        return;
    }
    vcpu_inject(CAUSE_ILLEGAL, stval);
}

/*
 * Whichever came. The external one goes before the timer, and a guest can have its hart interrupted again
 * and again before any of its own instructions (a long queue of its vIOMMU, IPIs of its other harts): the
 * timer, which is the console's, would wait for that to end.
 */
static void interrupt(struct hart *hart)
{
    hart_attend(hart);
    hart_serve(hart);
}

void trap_from_guest(struct vcpu_frame *frame, uint64_t scause)
{
    struct hart *hart = frame->hart;
    struct vcpu *vcpu = hart->vcpu;

    if (scause >> SCAUSE_INTERRUPT_SHIFT != 0U) {
        interrupt(hart);
        return;
    }
    switch (scause) {
    case CAUSE_LOAD_GUEST_PAGE:
    case CAUSE_STORE_GUEST_PAGE:
        data_fault(vcpu, frame, scause);
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

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Binds interrupt files in memory to the vCPUs that have no guest interrupt file
 * (plan_vcpu.guest_file 0), whose accesses to their IMSIC trap then. On a board with guest
 * interrupt files nothing here runs but the first branch of irq_send_msi.
 */
#include "hyp/irq/irq.h"
#include "hyp/irq/vimsic.h"
#include "hyp/log.h"
#include "hyp/unit.h"
#include "hyp/vcpu/csrs.h"
#include "platform/hw/csr_numbers.h"
#include "platform/hw/imsic.h"
#include "platform/hw/phys.h"

/* AIA 3.5 */
#define MSI_BYTES    4U
#define SETEIPNUM_LE 0U

static void mirror(const struct vcpu *vcpu)
{
    vcpu_set_external_interrupt(vimsic_signals(vcpu->vimsic));
}

void irq_mirror(const struct vcpu *vcpu)
{
    if (vcpu->vimsic != NULL) {
        mirror(vcpu);
    }
}

void irq_send_msi(const struct vcpu *vcpu, uint32_t id)
{
    if (vcpu->vimsic == NULL) {
        imsic_send(vcpu->interrupt_file, id);
    } else if (vimsic_set_pending(vcpu->vimsic, id)) {
        if (vcpu->hart == this_hart()) {
            mirror(vcpu);
        } else {
            hart_notify(vcpu->hart, HART_EXTERNAL);
        }
    } else {
        /* It waits until the guest enables it, or was pending already. */
    }
}

bool irq_access_csr(const struct vcpu *vcpu, const struct csr_access *access, uint64_t select,
                    uint64_t operand, uint64_t *old)
{
    if (vcpu->vimsic == NULL) {
        return false;
    }
    if (access->csr == CSR_SIREG) {
        if (!vimsic_access(vcpu->vimsic, select, access->op, operand, old)) {
            return false;
        }
    } else if (access->csr == CSR_STOPEI) {
        *old = access->writes ? vimsic_claim(vcpu->vimsic) : vimsic_topei(vcpu->vimsic);
    } else {
        return false;
    }
    mirror(vcpu);
    return true;
}

static bool imsic_read(struct guest *guest, uint32_t tag, uint64_t offset, uint32_t width,
                       uint64_t *value)
{
    (void)guest;
    (void)tag;
    (void)offset;
    *value = 0U;
    return width == MSI_BYTES;
}

static bool imsic_write(struct guest *guest, uint32_t tag, uint64_t offset, uint32_t width,
                        uint64_t value)
{
    (void)tag;
    if (width != MSI_BYTES) {
        return false;
    }
    if (offset % PAGE_SIZE == SETEIPNUM_LE) {
        irq_send_msi(guest->vcpus[offset / PAGE_SIZE], (uint32_t)value);
    }
    return true;
}

static bool has_guest_files(const struct guest *guest)
{
    return guest->part->vcpus[0].guest_file != 0U;
}

static bool imsic_guest_init(struct guest *guest, struct pages *pages)
{
    if (has_guest_files(guest)) {
        return true;
    }
    for (uint32_t v = 0; v < guest->vcpu_count; v++) {
        pa_t page;
        if (!pages_take(pages, 1U, PAGE_SIZE, &page)) {
            log_line("error: guest \"%s\": no memory for the interrupt files of its harts",
                     guest->part->config->name);
            return false;
        }
        guest->vcpus[v]->vimsic = phys_pointer(page, PAGE_SIZE);
        vimsic_init(guest->vcpus[v]->vimsic, page, guest->plan->board->imsic.num_guest_ids);
    }
    return guest_add_region(guest, (struct mmio_region){
        .range = { gpa(GUEST_IMSIC_BASE), guest->vcpu_count * PAGE_SIZE },
        .counter = EXIT_IMSIC,
        .read = imsic_read,
        .write = imsic_write,
    });
}

void irq_reset_files(struct guest *guest)
{
    for (uint32_t v = 0; !has_guest_files(guest) && v < guest->vcpu_count; v++) {
        vimsic_reset(guest->vcpus[v]->vimsic);
    }
}

UNIT("11", imsic_unit) = {
    .name = "interrupt files in memory",
    .guest_init = imsic_guest_init,
};

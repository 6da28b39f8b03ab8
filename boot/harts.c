/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/boot.h"

#include "hyp/console/console.h"
#include "hyp/log.h"
#include "hyp/mem/hw/own_space_enter.h"
#include "hyp/vcpu/hw/trap.h"
#include "platform/hw/csr.h"
#include "platform/hw/imsic.h"
#include "platform/hw/phys.h"
#include "platform/hw/sbi_call.h"

/* Of each hart's stack; the frame is its top. tools/stack.py measures the deepest chain of calls. */
#define STACK_PAGES 2U

/* How long a hart may take from hart_start to hart_main. */
#define HART_START_SECONDS 2U

/* boot/entry.S. Hidden, so that no entry of the GOT, which stays, leads there. */
__attribute__((visibility("hidden"))) void secondary_entry(void);

static struct vcpu vcpus[BOARD_MAX_HARTS]; /* by board hart: one vCPU each */
static const struct plan *the_plan;
static struct hart *boot_hart;
static uint64_t own_satp;

static void make_hart(const struct board *board, uint32_t index, struct pages *pages)
{
    struct hart *hart = &harts[index];
    pa_t stack;

    if (hart->frame != NULL) {
        return;
    }
    if (!pages_take(pages, 1U, PAGE_SIZE, &hart->guard) ||
        !pages_take(pages, STACK_PAGES, PAGE_SIZE, &stack)) {
        log_line("error: no memory for the stack of hart %lu", board->harts[index].id);
        boot_stop();
    }
    uint8_t *top = (uint8_t *)phys_pointer(stack, STACK_PAGES * PAGE_SIZE) +
                   STACK_PAGES * PAGE_SIZE;
    hart->frame = (struct vcpu_frame *)(void *)(top - sizeof(struct vcpu_frame));
    hart->frame->hart = hart;
    hart->index = index;
    hart->id = board->harts[index].id;
    hart->ipi = board_imsic_file(&board->imsic, board->harts[index].imsic_index, 0U);
}

static void make_vcpu(const struct board *board, const struct plan_vcpu *part, uint32_t index)
{
    struct hart *hart = &harts[part->hart];
    struct vcpu *vcpu = &vcpus[part->hart];

    vcpu->hart = hart;
    vcpu->index = index;
    vcpu->guest_file = part->guest_file;
    /* Number 0 would be the hypervisor's own. */
    if (part->guest_file != 0U) {
        vcpu->interrupt_file = board_imsic_file(
            &board->imsic, board->harts[part->hart].imsic_index, part->guest_file);
    }
    atomic_store(&vcpu->hsm, HSM_STOPPED);
    hart->vcpu = vcpu;
}

void boot_make_harts(const struct plan *plan, uint64_t boot_hart_id, struct pages *pages)
{
    int boot_index = board_find_hart(plan->board, boot_hart_id);

    the_plan = plan;
    if (boot_index < 0) {
        log_line("error: the boot hart %lu is not a usable hart of the board (absent, disabled, or "
                 "without mmu-type)", boot_hart_id);
        boot_stop();
    }
    make_hart(plan->board, (uint32_t)boot_index, pages);
    make_hart(plan->board, plan->service_hart, pages);
    for (uint32_t g = 0; g < plan->guest_count; g++) {
        for (uint32_t v = 0; v < plan->guests[g].vcpu_count; v++) {
            make_hart(plan->board, plan->guests[g].vcpus[v].hart, pages);
            make_vcpu(plan->board, &plan->guests[g].vcpus[v], v);
        }
    }
    boot_hart = &harts[boot_index];
    __asm__ volatile("mv tp, %0" : : "r"(boot_hart));
}

/* Whether this hart really has what the plan counts on: WARL fields read back as written. Before the
 * file is used: registers of one that is not there are illegal instructions. */
static bool has_guest_file(const struct vcpu *vcpu)
{
    const uint64_t file_bit = UINT64_C(1) << vcpu->guest_file;

    csr_write(CSR_HGEIE, file_bit);
    const bool has = vcpu->guest_file == 0U || csr_read(CSR_HGEIE) == file_bit;
    csr_write(CSR_HGEIE, 0);
    if (!has) {
        log_line("error: hart %lu has no guest interrupt file %u", vcpu->hart->id,
                 vcpu->guest_file);
    }
    return has;
}

static bool takes_hgatp(const struct vcpu *vcpu)
{
    uint64_t vmid_mask = gstage_hgatp(&(struct gstage){ (enum gstage_mode)0, pa(0) }, UINT32_MAX);

    /* Fewer VMID bits than guests do no harm: no two guests share a hart, and VMIDs are a hart's. */
    if (((csr_read(CSR_HGATP) ^ vcpu->guest->hgatp) & ~vmid_mask) != 0U) {
        log_line("error: hart %lu does not take hgatp 0x%lx", vcpu->hart->id, vcpu->guest->hgatp);
        return false;
    }
    return true;
}

static bool init_vcpu(struct vcpu *vcpu)
{
    if (!has_guest_file(vcpu)) {
        return false;
    }
    vcpu_init_hart(vcpu);
    return takes_hgatp(vcpu);
}

static bool takes_own_space(const struct hart *hart)
{
    if (!own_space_fits(own_satp)) {
        log_line("error: hart %lu does not take satp 0x%lx", hart->id, own_satp);
        return false;
    }
    return true;
}

static void init_this_hart(struct hart *hart)
{
    hart->starting = true;
    bool able = takes_own_space(hart);

    csr_write(CSR_STIMECMP, UINT64_MAX);
    imsic_init(the_plan->board->imsic.num_ids);
    hart_listen(HYP_IPI_ID);
    if (hart->vcpu != NULL) {
        able = init_vcpu(hart->vcpu) && able;
    }
    /* Taken whenever a guest runs, whatever sstatus.SIE says; in the hypervisor SIE stays 0. */
    csr_write(CSR_SIE, UINT64_C(1) << IRQ_S_EXT | UINT64_C(1) << IRQ_S_TIMER);
    hart->starting = false;
    atomic_store_explicit(&hart->online, able, memory_order_release);
}

/* From now on what comes for the hypervisor as a whole is handled, if this is the hart for it. */
static void take_service(const struct hart *hart)
{
    if (hart->index == the_plan->service_hart) {
        hart_listen(HYP_UART_ID);
        for (uint32_t i = 0; i < the_plan->board->iommu_count; i++) {
            hart_listen(HYP_IOMMU_ID + i);
        }
    }
}

noreturn void hart_main(struct hart *hart)
{
    init_this_hart(hart);
    take_service(hart);
    hart_notify(boot_hart, HART_WAKE);
    own_space_enter(own_satp, hart->frame, hart_loop);
}

/* WFI ends for the IPI of a hart that has come up, and for the timer. No other interrupt is enabled here
 * yet, so none is lost with those that are taken; events that came with an IPI hart_loop looks at. */
static void wait_online(const struct hart *hart, uint32_t timebase_hz)
{
    const uint64_t end = time_now() + (uint64_t)timebase_hz * HART_START_SECONDS;

    csr_write(CSR_STIMECMP, end);
    while (!atomic_load_explicit(&hart->online, memory_order_acquire)) {
        if (time_now() >= end) {
            log_line("error: hart %lu did not come up within %u s, or lacks what is named above",
                     hart->id, HART_START_SECONDS);
            boot_stop();
        }
        __asm__ volatile("wfi" : : : "memory");
        (void)imsic_take(this_hart()->identities);
    }
    csr_write(CSR_STIMECMP, UINT64_MAX);
}

void boot_start_harts(const struct plan *plan, uint64_t satp)
{
    const struct board *board = plan->board;
    struct hart *self = this_hart();

    own_satp = satp;
    init_this_hart(self);
    for (uint32_t h = 0; h < board->hart_count; h++) {
        struct hart *hart = &harts[h];
        if (hart->frame == NULL) {
            continue;
        }
        if (hart != self) {
            /* Firmware that fails over it says nothing that an integrator would understand. */
            log_line("hart %lu is started", hart->id);
            console_flush();
            int64_t error = sbi_hart_start(hart->id, pa((uintptr_t)secondary_entry),
                                           (uintptr_t)hart);
            if (error != 0) {
                log_line("error: the firmware does not start hart %lu (SBI error %ld)", hart->id,
                         error);
                boot_stop();
            }
        }
        wait_online(hart, board->timebase_hz);
    }
    take_service(self);
}

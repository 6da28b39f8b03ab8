/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A physical hart as the hypervisor sees it: its frame, its one vCPU (or none), and what other
 * harts ask of it. Vcpus are pinned, one to a hart, so there is no scheduler: a hart runs its
 * guest, handles that guest's exits, or waits in hart_loop.
 *
 * How harts ask each other: the asker sets bits in events (release), then sends the hart's S-level
 * interrupt file HYP_IPI_ID; the asked hart takes the interrupt first and the bits after (imsic_take
 * keeps them in this order). So a bit that is set after the exchange has an interrupt of its own behind
 * it.
 */
#ifndef HYP_VCPU_HART_H
#define HYP_VCPU_HART_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdnoreturn.h>

#include "lib/addr.h"
#include "platform/board.h"

struct vcpu;

/*
 * Identities in the S-level interrupt files, which are the hypervisor's: 1..63, which every file has.
 * They are served in this order: that of the IPI, which harts of a guest can send each other as often
 * as they like, is the last.
 */
#define HYP_UART_ID  1U
#define HYP_IOMMU_ID 2U           /* that of board->iommu[0], and so on */
#define HYP_NOTICE_ID 23U         /* an IOMMU has left an MSI for the vCPU in memory */
#define HYP_LINE_ID  24U          /* line 0 of the guest, and so on; without guest interrupt files */
#define HYP_IPI_ID   63U

/* The guest's registers during an exit; top of the hart's stack. hyp/vcpu/hw/offsets.h. */
struct vcpu_frame {
    struct hart *hart;       /* in the slot of x0 */
    uint64_t x[31];          /* x1 .. x31; use frame_reg. Which are there: trap_entry.S */
};

#define HART_LINE 64U

/* struct hart.events */
#define HART_WAKE           0U        /* no bit: look at the vCPU's state, in hart_loop */
#define HART_SOFT_INTERRUPT (1U << 0) /* make VSSIP pending */
#define HART_FENCE          (1U << 1) /* serve fences_from */
#define HART_PARK           (1U << 2) /* the guest is being stopped: lifecycle_park */
#define HART_CLEAN          (1U << 3) /* its guest is parked and at rest: lifecycle_clean */
#define HART_REST           (1U << 9) /* all vCPUs of its guest have parked: lifecycle_rest */
#define HART_RESTART        (1U << 8) /* this hart's guest is to be started afresh: lifecycle_restart */
#define HART_DMA            (1U << 4) /* go on with the IOMMUs' fault queues: service hart */
#define HART_POLL           (1U << 5) /* look at the UART, from now on by timer: service hart */
#define HART_HALT           (1U << 6) /* the hypervisor has panicked */
#define HART_VIOMMU         (1U << 10) /* go on with the vIOMMUs of this hart's guest */
#define HART_EXTERNAL       (1U << 7) /* an MSI in the vCPU's file in memory: irq_mirror */

/*
 * The first cache line of 64 bytes is what exits read, and nobody writes it after boot; what other harts
 * write comes behind it, so that their requests take no line away that every exit reads.
 */
struct hart {
    struct vcpu_frame *frame;
    struct vcpu *vcpu;       /* NULL: this hart has no guest */
    uint64_t identities;     /* that it listens to, bit i for identity i: hart_listen */
    pa_t ipi;                /* its S-level interrupt file */
    uint64_t id;             /* mhartid */
    pa_t guard;              /* the page below its stack, which is mapped for nobody */
    uint32_t index;          /* in board->harts */
    bool starting;           /* its CSRs are being set: for the report of a panic */
    _Atomic bool online;     /* initialised, in hart_loop or beyond */
    alignas(HART_LINE) _Atomic uint64_t fences_from; /* bit v: vCPU v of the same guest wants a fence
                              * done here */
    _Atomic uint32_t events;
};

#ifdef __riscv
/* The running hart: tp in the hypervisor. */
register struct hart *hart_in_tp __asm__("tp");

static inline struct hart *this_hart(void)
{
    return hart_in_tp;
}
#else
struct hart *this_hart(void);
#endif

/* Register xN of the guest, n in 1..31 (0 is no register: callers treat it). */
static inline uint64_t *frame_reg(struct vcpu_frame *frame, uint32_t n)
{
    return &frame->x[n - 1U];
}

/* The harts, by board index. Filled by harts_init. */
extern struct hart harts[BOARD_MAX_HARTS];

/* Enable identity id (1..63) of this hart's S-level interrupt file. Boot. */
void hart_listen(uint32_t id);

/* Set events of that hart and interrupt it. Any hart, also for itself. */
void hart_notify(struct hart *hart, uint32_t events);

/* Take and do what was asked. Does not return when the guest is being stopped. On this hart, with a
 * vCPU that runs. */
void hart_serve(struct hart *hart);

/* Serve fence requests only; for a hart that itself waits for one. Bounded by the guest's vCPUs. */
void hart_serve_fences(struct hart *hart);

/* Take and handle pending interrupts of this hart's S-level file, and the hypervisor's timer: also in
 * long work outside a guest, so that the console goes on. */
void hart_attend(struct hart *hart);

/* Handle what was taken from this hart's S-level interrupt file, bit i for identity i: each once, so
 * none that comes again and again keeps another from its turn (I9). The events of an IPI are taken
 * afterwards, by the caller. */
void hart_handle(struct hart *hart, uint64_t identities);

/* Forget the stack and wait for work: hyp/vcpu/hw/trap_entry.S, which calls hart_loop. */
noreturn void hart_idle(struct vcpu_frame *frame);
noreturn void hart_loop(void);

/* Boot hart, with all others online and boot behind it: let the guests begin, and wait for work. */
noreturn void hart_begin(void);

#endif

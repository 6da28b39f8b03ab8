/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An interrupt file in memory, for a vCPU without a guest interrupt file: what its registers read
 * and do (AIA 1.0: 3.5 memory region, 3.8 registers behind siselect, 3.9 stopei), and how the
 * MSIs of devices come into it.
 *
 * Pending bits may be set by any hart at any time; all else is done on the vCPU's own hart, or
 * while the vCPU is parked. Setting a bit and looking whether it is wanted are sequentially
 * consistent, as are changing what is wanted and looking what is pending: so one of two harts
 * that do both sees the other, and no interrupt is left unnoticed. Pure; the work of each call is
 * at most one pass over the file's words.
 */
#ifndef HYP_IRQ_VIMSIC_H
#define HYP_IRQ_VIMSIC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "hyp/vcpu/csr_access.h"
#include "lib/addr.h"

#define VIMSIC_WORD_IDS 64U
#define VIMSIC_WORDS    32U      /* identities up to 2047 */

/*
 * A memory-resident interrupt file as an IOMMU writes it: AIA 1.0, 8.3.1, aligned to its size. It
 * is a letter box: the IOMMU sets pending bits, and they are taken from here into the vCPU's
 * file. The enable bits, which an IOMMU may ask before it sends its notice, are all ones.
 */
struct mrif {
    struct { _Atomic uint64_t pending, enable; } words[VIMSIC_WORDS];
};
#define MRIF_ALIGNMENT 512U

struct vimsic {
    struct mrif boxes[2];        /* of them the IOMMUs write to one: hyp/dma/notice.c */
    uint32_t open;               /* which */
    pa_t at;                     /* where this struct is, at a multiple of MRIF_ALIGNMENT */
    uint32_t num_ids;            /* identities 1..num_ids exist; num_ids + 1 is a multiple of 64 */
    _Atomic uint32_t eidelivery; /* 0 or 1 */
    _Atomic uint32_t eithreshold;
    _Atomic uint64_t eip[VIMSIC_WORDS], eie[VIMSIC_WORDS];
};

/* Nothing pending, nothing enabled, no delivery; the letter boxes are left alone by vimsic_reset.
 * */
void vimsic_init(struct vimsic *f, pa_t at, uint32_t num_ids);
void vimsic_reset(struct vimsic *f);

/* A write of id to seteipnum_le; of identities that do not exist nothing comes. Any hart. True: the
 * vCPU's own hart has to look at vimsic_signals. */
bool vimsic_set_pending(struct vimsic *f, uint32_t id);

/* The interrupt signal, VSEIP (AIA 3.10). */
bool vimsic_signals(const struct vimsic *f);

/* stopei, read; and read and claimed in one: what was reported is not pending any more. */
uint32_t vimsic_topei(const struct vimsic *f);
uint32_t vimsic_claim(struct vimsic *f);

/* sireg with siselect = select in 0x70..0xff, on a hart of 64 bits. False if there is no such
 * register: an illegal instruction. Callers look at vimsic_signals next. */
bool vimsic_access(struct vimsic *f, uint64_t select, enum csr_op op, uint64_t operand,
                   uint64_t *old);

/* Empty, while no IOMMU writes to it. */
void mrif_reset(struct mrif *box);

/* Take what is pending in box. Either the IOMMU updates atomically (AMO_MRIF), or it does not
 * write to this box any more. Callers look at vimsic_signals next. */
void vimsic_take(struct vimsic *f, struct mrif *box);

#endif

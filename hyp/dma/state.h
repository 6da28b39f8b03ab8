/* SPDX-License-Identifier: Apache-2.0 */
/* Internal to hyp/dma: what its files share. */
#ifndef HYP_DMA_STATE_H
#define HYP_DMA_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "hyp/dma/fault_meter.h"
#include "hyp/guest.h"
#include "hyp/mem/gstage.h"
#include "iommu/iommu.h"
#include "iommu/msi_table.h"
#include "lib/lock.h"

/* GSCID 0 is that of the empty G-stage of blocked devices, so guests count from 1, and vIOMMUs (by
 * their index in the plan) from behind the guests (invariant I4: equal GSCID, equal tables). */
#define DMA_GSCID_DENY  0U
#define DMA_GSCID_FIRST 1U
#define DMA_GSCID_VIOMMU_FIRST (DMA_GSCID_FIRST + CONFIG_MAX_GUESTS)
#define DMA_MAX_GSCIDS  (1U + CONFIG_GUEST_MAX_VIOMMUS) /* of one guest */

struct dma_iommu {
    bool used;               /* some guest's device is behind it; else it stays Off */
    struct iommu iommu;
    struct lock fault_lock;  /* guards what follows, the fault queue, and struct dma_device of
                              * devices behind it */
    struct fault_meter strangers; /* ids that no guest has */
    struct iommu_stats told; /* of its troubles, what the log knows already, */
    uint64_t tell_again;     /* and when it may hear more, in ticks */
    _Atomic uint32_t end;    /* IOMMU_NO_ANSWER or IOMMU_LOST, once the log knows that */
    uint32_t causeless;      /* interrupts by a wire that stayed active, one after the other */
    uint32_t flood;          /* faults of one device in one window; constant after boot */
};

struct dma_device {
    struct fault_meter meter;
    bool blocked;            /* by its dma-fault, until its guest restarts */
    bool quiet;              /* after a flood, until its guest restarts or, behind a vIOMMU,
                              * changes its context in a later window */
};

/* Constant after boot. */
struct dma_guest {
    struct gstage gstage;
    uint64_t iohgatp;
    struct iommu_msi_table msi; /* base 0: none */
    bool boxes;              /* without guest interrupt files: MSIs are left in letter boxes */
    bool atomic;             /* they are written atomically, */
    uint32_t only_iommu;     /* or else by this IOMMU alone */
};

extern struct dma_iommu dma_iommus[BOARD_MAX_IOMMUS];
extern struct dma_device dma_devices[CONFIG_MAX_DEVICES];   /* as config->devices */
extern struct dma_guest dma_guests[CONFIG_MAX_GUESTS];

/* hyp/dma/gscids.c. The GSCID of a vIOMMU, by its index in the plan; of a device's requests; and
 * those of all the guest's devices at this IOMMU, of which there are as many as it returns. */
static inline uint16_t dma_viommu_gscid(uint32_t viommu)
{
    return (uint16_t)(DMA_GSCID_VIOMMU_FIRST + viommu);
}
uint16_t dma_gscid(const struct plan *plan, uint32_t device);
uint32_t dma_gscids(const struct guest *guest, uint32_t iommu, uint16_t gscids[DMA_MAX_GSCIDS]);

/* Whether this vIOMMU is the guest's and stands for this IOMMU. */
bool dma_is_at(const struct guest *guest, uint32_t viommu, uint32_t iommu);

/* hyp/dma/viommus.c. Devices behind the guest's vIOMMUs at this IOMMU may be changed from now on,
 * and no record of an earlier life is left; or may not be any more. The caller holds fault_lock. */
void dma_open_viommus(const struct guest *guest, uint32_t iommu);
void dma_close_viommus(const struct guest *guest, uint32_t iommu);

/* A record of a device that is behind a vIOMMU; and that some will not come. The caller holds
 * fault_lock. */
void dma_hand_over(const struct plan *plan, uint32_t device, const struct iommu_fault *fault);
void dma_hand_over_none(const struct plan *plan, uint32_t device);

/* Whether it is the guest's own tables that refuse this, or its vIOMMU in the state that it is in:
 * an event in the guest, which concerns nobody else. The caller holds fault_lock. */
bool dma_refused_by_guest(const struct plan *plan, uint32_t device,
                          const struct iommu_fault *fault);

/* hyp/dma/iommus.c. Boot: every IOMMU that has devices of guests, open, with each id claimed. */
bool dma_open_iommus(const struct plan *plan, struct pages *pages);

/* hyp/dma/space.c. Boot: what the guest's devices reach. And at each start of a life, with all of its
 * devices blocked: the entries of its MSI table, should a memory error have changed one. */
bool dma_make_space(struct guest *guest, struct pages *pages);
void dma_fill_msi_table(const struct guest *guest);

/* hyp/dma/notice.c, for vCPUs without guest interrupt files. Boot: MSIs lead to their letter boxes,
 * or, with a warning, nowhere. And while nothing writes to the boxes: empty them, and lead to them
 * again, should a memory error have changed that. */
void dma_open_boxes(const struct guest *guest);
void dma_empty_boxes(const struct guest *guest);

/* hyp/dma/say.c. What came of an operation: an IOMMU that did not do what it was told, in words, and
 * of one that does not answer once for ever; if it had to be told twice, the service hart says why. */
void dma_report(const struct plan *plan, uint32_t iommu, enum iommu_result result);

/* At a guest's start, that it has to do without an IOMMU that is dead. */
void dma_say_missing(const struct guest *guest, uint32_t iommu);

/* Whether an IOMMU had troubles since, overflows apart; and all of them, counted. The counters are
 * read while they grow: each is one aligned load, so it is some true value. */
static inline bool dma_is_troubled(const struct iommu_stats *now, const struct iommu_stats *told)
{
    return now->queue_restarts != told->queue_restarts || now->fault_memory != told->fault_memory ||
           now->changed_registers != told->changed_registers ||
           now->fault_registers != told->fault_registers;
}
void dma_say_trouble(const struct plan *plan, uint32_t iommu, const struct iommu_stats *stats);

/* hyp/dma/look.c. Have the service hart look at the fault queue of this IOMMU, and at its troubles:
 * any hart. And which of them it is to look at, bit i for IOMMU i: service hart. */
void dma_look(uint32_t iommu);
uint32_t dma_take_looks(void);

/* Records of one exit: more are taken after the hart's other interrupts. */
#define DMA_DRAIN_PIECE 64U

/* hyp/dma/faults.c. Go through at most limit records, a piece or several; how many there were: as many
 * as that, and there may be more. The caller holds fault_lock. */
uint32_t dma_drain(const struct plan *plan, uint32_t iommu, uint32_t limit);

#endif

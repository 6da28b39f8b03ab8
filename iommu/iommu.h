/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One physical IOMMU: from the firmware's state to default deny, its device directory, its command
 * and fault queues, its interrupts. It knows device ids and G-stage tables, nothing of guests.
 *
 * Life: iommu_open (boot: capabilities checked, tables and queues made, mode Off -> one to three
 * levels with every context invalid, never through Bare) -> iommu_claim for each device id (boot:
 * room in the directory, its owner fixed) -> iommu_attach / iommu_block for ever after.
 *
 * What a claimed id may do is always one of
 *   blocked   V = 1, the empty G-stage of setup.deny under its own GSCID, DTF = 1 (a flood of
 *             faults of a blocked device cannot push out another's),
 *   refused   the same with DTF = 0: each attempt is a record (for a virtual IOMMU, whose guest is
 *             to be told), or
 *   attached  V = 1, the context that the caller gave.
 * An id that nobody claimed has V = 0: refused, cause 258 (or 260 beyond the directory).
 *
 * Calls other than iommu_take_faults: any hart, the caller holds iommu.lock (a leaf lock) or is the
 * boot hart before guests run. All waits are bounded by setup.patience.
 *
 * An IOMMU that does not complete a command has its queue turned off and on, and the commands given
 * once more. If that does not help it is switched off: no device behind it does DMA any more, and
 * every call says IOMMU_NO_ANSWER. So is one whose registers are found changed, when a context is to
 * be or a queue to be turned off and on (a reset of its own, say, which would leave its devices blocked
 * or, worse, free). One that does not even switch off is IOMMU_LOST: what its devices reach must be
 * taken for reachable by them for ever. Each later call tries again to switch it off, without waiting
 * for it.
 *
 * RISC-V IOMMU 1.0.1: 2.1 (device directory), 2.9 (updating entries), 3.1 (command queue), 3.2
 * (fault queue), 5 (registers), 6.2 (initialisation), 6.3 (order of invalidations).
 */
#ifndef IOMMU_IOMMU_H
#define IOMMU_IOMMU_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "iommu/caps.h"
#include "iommu/command.h"
#include "iommu/directory.h"
#include "iommu/fault.h"
#include "lib/addr.h"
#include "lib/lock.h"
#include "platform/pages.h"

#define IOMMU_MAX_CLAIMS 128U
#define IOMMU_GIVEN_MAX  32U     /* commands under way at most: iommu_forget_addresses */

/* How it tells the hypervisor of faults and of trouble with its queues; every vector is the same
 * one. */
enum iommu_interrupt_kind { IOMMU_NO_INTERRUPT, IOMMU_WIRED, IOMMU_MSI };

struct iommu_interrupt {
    enum iommu_interrupt_kind kind;
    pa_t msi_address;        /* MSI: the interrupt file, physical: it is not translated */
    uint32_t msi_data;
};

struct iommu_setup {
    pa_t regs;
    uint64_t patience;       /* ticks of the clock for any one step */
    uint32_t cache_block;    /* bytes; its walks are not coherent: flush every table; 0: they are */
    uint32_t max_device_id;  /* of those that will be claimed: chooses the levels */
    uint64_t deny;           /* iohgatp of an empty G-stage, under a GSCID that nothing else uses */
    uint32_t fault_entries;  /* of the fault queue; a power of two, at least 2 */
    struct iommu_interrupt interrupt;
};

/* Counters of what went wrong; each only grows. */
struct iommu_stats {
    uint64_t command_timeouts;   /* cmd_to, or nothing moved within the patience */
    uint64_t command_memory;     /* cqmf */
    uint64_t command_illegal;    /* cmd_ill: a defect of Bulkhead */
    uint64_t queue_restarts;
    uint64_t fault_overflows;    /* fqof: records were lost */
    uint64_t fault_memory;       /* fqmf */
    uint64_t fault_registers;    /* fqt is beyond the queue: nothing is read from there */
    uint64_t changed_registers;  /* ddtp, cqb or fqb is not as it was set */
};

struct iommu_claim {
    uint32_t device_id;
    uint16_t gscid;              /* the one owner: attaching with another is refused */
};

struct iommu {
    struct lock lock;
    struct iommu_setup setup;
    struct iommu_caps caps;
    struct iommu_directory directory;
    pa_t commands, faults;       /* the queues in memory */
    uint32_t command_entries;
    uint32_t command_tail;       /* our copy: the register is written, never read */
    struct iommu_command given[IOMMU_GIVEN_MAX]; /* since the last fence that was done */
    uint32_t given_count;
    uint32_t fault_head;         /* of whoever takes the faults; so are fqh, fqcsr and ipsr */
    struct iommu_claim claims[IOMMU_MAX_CLAIMS];
    uint32_t claim_count;
    _Atomic bool dead;           /* it did not answer; never taken back */
    bool off;                    /* dead, and off; */
    bool lost;                   /* or it was given its time to switch off, and did not */
    struct iommu_stats stats;
};

enum iommu_result {
    IOMMU_OK,
    IOMMU_BAD_VERSION,           /* capabilities.version is not 1.x */
    IOMMU_NO_GSTAGE,             /* the mode of an iohgatp is not offered */
    IOMMU_NO_FIRST_STAGE,        /* nor is a first stage, or it is none */
    IOMMU_BIG_ENDIAN,            /* fctl.BE is fixed at 1 */
    IOMMU_NO_LEVELS,             /* no directory mode that it takes reaches the device id */
    IOMMU_NO_INTERRUPTS,         /* it cannot signal in the way that was asked for */
    IOMMU_NO_MSI_TABLES,         /* a context has an MSI table, and contexts are of base format */
    IOMMU_NO_MEMORY,
    IOMMU_QUEUE_STUCK,           /* a queue did not come on, or does not take the size */
    IOMMU_BUSY,                  /* it does not go Off, or a queue not off, within the patience */
    IOMMU_TOO_MANY,              /* claims */
    IOMMU_NOT_OWNER,             /* the id was claimed for another GSCID, or not at all */
    IOMMU_NO_ANSWER,             /* a command did not complete, twice: the IOMMU was switched off */
    IOMMU_LOST                   /* the same, but it does not switch off */
};

/* In words, for messages: "its queues do not come on" and so on; never NULL. */
const char *iommu_result_text(enum iommu_result result);

/* Off at once, whatever state the firmware left it in: nothing behind it does DMA. Then its
 * queues too: a fault queue that firmware left on would go on writing records to memory that has
 * other owners now. Needs no struct, and nothing but the registers. False when it stays busy or
 * keeps another mode or a queue. */
bool iommu_switch_off(pa_t regs, uint64_t patience);

/* Boot. It is switched off first. Takes pages: iommu_pages_bound. After a failure it is Off. */
enum iommu_result iommu_open(struct iommu *iommu, const struct iommu_setup *setup,
                             struct pages *pages);

/* Boot. Room for this id, and its owner for ever. It is blocked from now on. An id may be
 * claimed again for the same GSCID (two functions behind one bridge): nothing happens. */
enum iommu_result iommu_claim(struct iommu *iommu, uint32_t device_id, uint16_t gscid,
                              struct pages *pages);

/* Pages that open and any `claims` claims take at most; a claim for an id that has one already
 * takes none. */
uint64_t iommu_pages_bound(uint32_t fault_entries, uint32_t claims);

/*
 * The first stage of a nested translation. Everything in it is a guest physical address, which the
 * hardware takes through the G-stage of the same context: so whatever is in there, it leads
 * nowhere but into what iohgatp maps. All 0: Bare.
 */
struct iommu_first_stage {
    bool process_directory;      /* tc.PDTV: fsc is a pdtp, else an iosatp */
    bool default_process;        /* tc.DPE: requests without a process id count as process 0 */
    uint32_t pscid;              /* ta.PSCID; 20 bits */
    uint64_t fsc;
};

/* What a device may do when it is attached. */
struct iommu_context {
    uint64_t iohgatp;            /* mode, GSCID, root: layout as hgatp, GSCID in 59:44 */
    struct iommu_first_stage first_stage;
    pa_t msi_table;              /* flat MSI table (iommu/msi_table.h), or v = 0: none */
    uint64_t msi_mask, msi_pattern; /* guest page numbers */
    bool quiet;                  /* DTF: its faults are not reported */
};

/* Let a claimed device do what context says. Returns when no translation of what it could do
 * before is left; meanwhile it can do what it could, what it shall, or nothing (iommu/steps.h). The
 * GSCID in iohgatp is that of its claim. With the context that it has already, what is remembered
 * of the context and of what it leads to is forgotten nevertheless. */
enum iommu_result iommu_attach(struct iommu *iommu, uint32_t device_id,
                               const struct iommu_context *context);

/* Nothing, and each attempt is reported, unless quiet. As iommu_attach otherwise. */
enum iommu_result iommu_refuse(struct iommu *iommu, uint32_t device_id, bool quiet);

/* Its faults are not reported any more, until it is attached anew; what it may do stays. */
enum iommu_result iommu_quiet(struct iommu *iommu, uint32_t device_id);

/* An entry of the MSI table of this GSCID has changed. Returns when no device uses what it was
 * before, and what was written to where it led has arrived. */
enum iommu_result iommu_msi_moved(struct iommu *iommu, uint16_t gscid);

/* Block it. Returns when it can reach nothing any more and what it had written has arrived:
 * memory may be reused. */
enum iommu_result iommu_block(struct iommu *iommu, uint32_t device_id);

/* Block every claimed id of a GSCID; then nothing of that GSCID is left in any cache. Two fences at
 * most, and three more for first stages, however many ids there are. */
enum iommu_result iommu_block_all(struct iommu *iommu, uint16_t gscid);

/*
 * What a guest's invalidations become: commands of a claimed GSCID or device id are given to the
 * IOMMU, which begins with them at the next iommu_begin or iommu_finish: the last call under a hold of
 * the lock is one of these. They are certain to be done when a later iommu_finish has returned
 * IOMMU_OK; then also what devices read and wrote before is visible everywhere. Giving does not wait,
 * unless IOMMU_GIVEN_MAX commands are under way: then for those first. Commands that were given and
 * then lost by an IOMMU that had to be restarted are given again.
 *
 * Of what is to be forgotten the IOMMU may be told less precisely than asked (IOTINVAL.NL and .S
 * where it does not know them), never more.
 */
enum iommu_result iommu_forget_addresses(struct iommu *iommu, uint16_t gscid,
                                         const struct iommu_addresses *what);
enum iommu_result iommu_forget_process(struct iommu *iommu, uint32_t device_id,
                                       uint32_t process_id);
enum iommu_result iommu_begin(struct iommu *iommu);
enum iommu_result iommu_finish(struct iommu *iommu);

/*
 * Up to max records of the fault queue, oldest first; one hart at a time, without the lock. Clears
 * the interrupt first, and an overflow (counted) last, so that a record that comes meanwhile
 * interrupts again. Returns how many; call again while it returns max. Bounded by max. The queue of
 * an IOMMU that was switched off is turned off: every access would be one more record. */
uint32_t iommu_take_faults(struct iommu *iommu, struct iommu_fault *out, uint32_t max);

#endif

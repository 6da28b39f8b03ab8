/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole board on the host: the real plan, units, vIOMMUs and IOMMU driver (hyp/plan, hyp/mem,
 * hyp/dma, hyp/viommu, iommu/, boot/guests.c), over the independent model of the hardware
 * (tests/model/) behind the driver's register access, with guests and devices that do whatever a
 * sequence of operations says. After each operation the invariants of the design must hold
 * (checks.h); what a device reaches is seen at the model's memory.
 *
 * A case is a seed and operations. The seed makes the board, the configuration and the whims of the
 * IOMMU, the operations are 16 bytes each; every sequence of bytes is one, and taking operations
 * out of a case leaves a case: so random tests, the shrinking of what they find, cases kept for
 * ever and the fuzzer are one thing.
 *
 * What breaks an invariant ends the program by world_fail. One thread; one world at a time.
 */
#ifndef TESTS_WORLD_WORLD_H
#define TESTS_WORLD_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hyp/plan/plan.h"
#include "tests/model/model.h"

/* What an operation does; a kind beyond the last counts modulo their number. "who" chooses a guest
 * or a device modulo how many there are, and so does "which" below it, so all operations mean
 * something on all boards. */
enum world_kind {
    WORLD_STORE,       /* a guest's hart stores to a page of a vIOMMU: value; where: offset, width */
    WORLD_REGISTER,    /* the same, of a register that there is, with a value that suits it mostly */
    WORLD_RAM,         /* a guest's hart stores a doubleword to its RAM */
    WORLD_CONTEXT,     /* it writes a device context of its directory, mostly a good one */
    WORLD_TABLE,       /* an entry of a first-stage table, or of a process directory */
    WORLD_COMMAND,     /* a command into its queue, and mostly its doorbell */
    WORLD_FLUSH,       /* all invalidations there are, a fence, and the wait for it */
    WORLD_DMA,         /* a device reads, writes or fetches, anywhere */
    WORLD_DMA_KNOWN,   /* the same where its guest has mapped something, or did once */
    WORLD_MSI,         /* a device writes to an interrupt file, its guest's or another's */
    WORLD_STRANGER,    /* a device id that nobody has does DMA */
    WORLD_EVENTS,      /* harts do what is due: faults are taken, queues gone on with */
    WORLD_TIME,        /* the IOMMU gets time for what it put off */
    WORLD_RESTART,     /* a guest's life ends, and the next begins after some operations */
    WORLD_STOP,        /* it ends for good, mostly: a later WORLD_RESTART may begin it anew */
    WORLD_TROUBLE,     /* memory of the IOMMU's queues or tables answers with errors for a while;
                        * the IOMMU does not answer */
    WORLD_KINDS
};

struct world_op {
    uint8_t kind, who;
    uint16_t which;
    uint32_t where;
    uint64_t value;
};

/* A board and a configuration that has a plan, with as many vIOMMUs, devices and guests as the seed
 * says, booted, all guests started. No two calls without world_close. */
void world_open(uint64_t seed);
/* Does it, with other harts and devices in between where the hypervisor waits, and checks. */
void world_do(const struct world_op *op);
void world_close(void);

/* An operation that a hostile guest or a working driver would do next, by this source of chance
 * and the state of the world. */
struct world_op world_next(uint64_t (*below)(uint64_t limit));

/* ---- what the checks look at (checks.h) ------------------------------------------------------ */

const struct plan *world_plan(void);

/* NULL: it is Off, no guest has a device behind it. */
struct model *world_model(uint32_t iommu);
const struct model_config *world_model_config(uint32_t iommu);

/* The board's RAM as it is, unseen by everybody; NULL: not all of it is RAM. */
void *world_memory(uint64_t address, uint64_t size);

/* The guest whose hart is in the hypervisor now; WORLD_NOBODY: boot, the service hart, nobody. */
#define WORLD_NOBODY UINT32_MAX
uint32_t world_served(void);

/* WORLD_TROUBLE holds, or has held since the last WORLD_RESTART of everything: an IOMMU may have
 * been switched off, or its memory answers with errors. */
bool world_in_trouble(uint32_t iommu);

/* How often something was reached that a run is worth nothing without. Over all worlds. */
enum world_sight {
    SEEN_NESTED,       /* a device translates by a first stage of its guest */
    SEEN_PASSED, SEEN_REFUSED, SEEN_BLOCKED,
    SEEN_PROCESS,      /* with a process directory */
    SEEN_DATA,         /* a device's access arrived in memory, */
    SEEN_MSI,          /* or in an interrupt file, or one in memory */
    SEEN_FAULT,        /* a record reached a guest's queue */
    SEEN_COMMAND,      /* a command of a guest moved its cqh */
    SEEN_FENCE,        /* with a fence */
    SEEN_COMPARED,     /* translations that were compared (I8), and that were good ones */
    SEEN_COMPARED_GOOD,
    SEEN_STOP, SEEN_RESTART,
    SEEN_STALE,        /* a device used what its guest had changed in memory already */
    SEEN_DEAD,         /* an IOMMU was given up */
    WORLD_SIGHTS
};
extern uint64_t world_seen[WORLD_SIGHTS];
extern const char *const world_sight_names[WORLD_SIGHTS];

/* The invariant ("I2"), and what was seen. Ends the program: abort. */
__attribute__((__noreturn__, format(printf, 2, 3)))
void world_fail(const char *invariant, const char *format, ...);

#endif

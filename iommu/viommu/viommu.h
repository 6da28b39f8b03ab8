/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtual IOMMU: what its registers do, what its in-memory structures mean, and what has to be
 * done about it. Pure: it knows nothing of traps, of harts or of where its registers are shown.
 * Whoever serves it (an exit, a polling hart, a model of hardware) gives it one register write at a
 * time and carries out the effects.
 *
 * What it is: RISC-V IOMMU 1.0.1 with first stages only, contexts of base format (32 bytes), wired
 * interrupts and MSIs, range and non-leaf invalidations. It has no second stage (that is
 * Bulkhead's), no MSI tables, no ATS, no counters, no debug interface. 6.4 "Guidelines for
 * emulating an IOMMU".
 *
 * Where the specification leaves a choice:
 * - A store that is not one naturally aligned register, or half of one of 64 bits, is ignored; so
 *   are stores to registers that are busy, to queue bases while the queue is on, and to fctl while
 *   a queue is on (the mode does not matter: WSI has nothing to do with it, and drivers choose it
 *   while ddtp is what the reset left).
 * - Halves of 64-bit registers take effect one by one. Only the low half of ddtp, with the mode,
 *   makes contexts be composed anew: the high half comes first (5, first note).
 * - ddtp: from levels to levels directly works as if by way of Off; a store with a reserved mode
 *   changes nothing. While contexts are composed anew because of a store to it, busy is 1.
 * - Contexts are looked up at a change of ddtp's mode and at IODIR.INVAL_DDT, and kept until then:
 *   as in hardware that caches all of them. A context that was invalid at the last look and has
 *   become valid since is seen at the first fault of its device at the latest (2.8 allows no
 *   caching of invalid ones; the request that finds it out is lost).
 * - Queues have at most 1 << VIOMMU_QUEUE_LOG2_MAX entries. Entry n of one whose base is not
 *   aligned to its size is at base + n entries all the same.
 * - Memory that is not the guest's own RAM does not exist for queues, directories and IOFENCE.C;
 *   but IOFENCE.C may store to an interrupt file, which tells of its completion (3.1.2, note).
 * - IOTINVAL.VMA with GV and IOTINVAL.GVMA are unsupported, as there are no second stages, and so
 *   is IODIR.INVAL_PDT without process ids.
 * - A message to what is not an interrupt file is an access fault: cause 273.
 * - Commands are done in the order of the queue, VIOMMU_PIECE of them at a time.
 *
 * Calls on one vIOMMU are serialised by the caller. No call loops longer than a piece needs:
 * VIOMMU_PIECE commands, or VIOMMU_PIECE device contexts of four levels of look-up.
 */
#ifndef IOMMU_VIOMMU_VIOMMU_H
#define IOMMU_VIOMMU_VIOMMU_H

#include <stdbool.h>
#include <stdint.h>

#include "iommu/caps.h"
#include "iommu/command.h"
#include "iommu/fault.h"
#include "iommu/iommu.h"
#include "lib/addr.h"

#define VIOMMU_PIECE          16U
#define VIOMMU_VECTORS        2U   /* one for each cause of interrupts: icvec has one bit each */
#define VIOMMU_WORDS          128U /* doublewords of registers, 0x000 .. 0x3ff; behind them: 0 */
#define VIOMMU_QUEUE_LOG2_MAX 15U

/* What the guest lets one of its devices do. */
enum viommu_reach {
    VIOMMU_REFUSED,          /* nothing; cause says what a record of it is to say */
    VIOMMU_PASSED,           /* guest physical addresses; first_stage is Bare */
    VIOMMU_TRANSLATED        /* by first_stage */
};
struct viommu_context {
    enum viommu_reach reach;
    uint16_t cause;          /* 256 .. 259, or 260: the id is beyond the directory */
    bool quiet;              /* tc.DTF: no records but for causes that DTF does not mask */
    struct iommu_first_stage first_stage;
};

/* A device behind it, by the id that the guest knows. */
struct viommu_device {
    uint32_t id;
    struct viommu_context context; /* as last composed */
};

/*
 * The guest's RAM. Each word is loaded and stored once, whole. False: not (all) in RAM, and nothing
 * was done; at is aligned to 8. holds: whether all of it is RAM.
 */
struct viommu_memory {
    bool (*load)(void *ctx, gpa_t at, uint64_t *words, uint32_t count);
    bool (*store)(void *ctx, gpa_t at, const uint64_t *words, uint32_t count);
    bool (*holds)(void *ctx, gpa_t at, uint64_t size);
    void *ctx;
};

struct viommu_setup {
    uint64_t capabilities;   /* viommu_capabilities */
    bool boot_off;           /* ddtp after reset: Off, else Bare (5.2) */
    struct gpa_range interrupt_files; /* MSIs go to the first word of these pages alone */
    struct viommu_device *devices; /* device_count of them, ids all different; the state's own */
    uint32_t device_count;
    struct viommu_memory memory;
};

struct viommu {
    struct viommu_setup setup;
    uint64_t words[VIOMMU_WORDS]; /* the registers: doubleword n is at offset 8 n */
    uint32_t msi_pending;    /* bit v: vector v has something to say, and is masked (5.29) */
    uint32_t next_device;    /* contexts from here on are to be composed anew; device_count: none */
    bool all_new;            /* and each of them is a change: after a reset */
};

/* ---- effects: to be carried out in the order in which they stand here ----------------------- */

/* 1. A device's context has changed, or the processes of its directory are to be forgotten: let the
 * device do anew what its context says. */
struct viommu_change {
    uint32_t device;         /* index in setup.devices; its context holds what it may do now */
};

/* 2. Translations to forget: of the whole vIOMMU, not of one device. */
enum viommu_forget_kind { VIOMMU_FORGET_ADDRESSES, VIOMMU_FORGET_PROCESS };
struct viommu_forget {
    enum viommu_forget_kind kind;
    struct iommu_addresses addresses;
    uint32_t device, process_id; /* of a process: index in setup.devices */
};

/* 4. What IOFENCE.C stores: 32 bits, in the guest's RAM or, together with 6., to the first word of
 * an interrupt file, for certain. */
struct viommu_store {
    gpa_t at;
    uint32_t value;
};

/* 6. A message: to the first word of an interrupt file, for certain. */
struct viommu_msi {
    gpa_t address;
    uint32_t data;
};

struct viommu_effects {
    struct viommu_change changes[VIOMMU_PIECE];   /* 1. */
    uint32_t change_count;
    struct viommu_forget forgets[VIOMMU_PIECE];   /* 2. */
    uint32_t forget_count;
    bool fence;              /* 3. wait until 1. and 2. are done, what devices did has arrived */
    struct viommu_store stores[VIOMMU_PIECE];     /* 4. */
    uint32_t store_count;
    uint64_t dirty[VIOMMU_WORDS / 64U];           /* 5. bit n: words[n] has changed: show it */
    uint32_t wires;          /* 6. bit v: the level of wire v, after 5. */
    struct viommu_msi msis[2U * VIOMMU_VECTORS];
    uint32_t msi_count;
    uint32_t cqh_before, cqcsr_before; /* the commands: for viommu_unfinished */
    bool more;               /* 7. call viommu_step again, without a write */
};

/* ---- what there is to call ------------------------------------------------------------------ */

/* What is shown where the physical IOMMU can this. guest_address_bits: PAS, at most. */
uint64_t viommu_capabilities(const struct iommu_caps *physical, uint32_t guest_address_bits,
                             bool process_ids);

/* Every register as after reset; all devices are to be composed anew. Effects as of viommu_step. */
void viommu_reset(struct viommu *v, const struct viommu_setup *setup, struct viommu_effects *out);

/* A store of width 1, 2, 4 or 8 bytes at offset (below the page size, naturally aligned). */
struct viommu_write {
    uint32_t offset, width;
    uint64_t value;
};

/* Do a register write (or NULL: go on with what is left), and a piece of what there is to do then.
 * *out is written anew. */
void viommu_step(struct viommu *v, const struct viommu_write *write, struct viommu_effects *out);

/* 1. to 3. of the last step, whose effects are in *out, could not be made certain: its commands
 * count as not done, and the command queue stops with cmd_to. *out then holds what is due instead
 * of 4. to 7. of that step. */
void viommu_unfinished(struct viommu *v, struct viommu_effects *out);

/* The physical IOMMU's record of a device behind this vIOMMU becomes the guest's own, if hardware
 * in the state that this vIOMMU shows would have written one. */
void viommu_report(struct viommu *v, uint32_t device, const struct iommu_fault *fault,
                   struct viommu_effects *out);

/* Records were lost before they came here: as if the guest's queue had been full. */
void viommu_lost(struct viommu *v, struct viommu_effects *out);

#endif

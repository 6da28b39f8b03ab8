/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A RISC-V IOMMU on the host, written from the ratified specification (RISC-V IOMMU 1.0.1 with its
 * extensions NL, S and Svrsw60t59b; AIA for MSIs; privileged architecture for page tables) and from
 * nothing of iommu/. It is as unhelpful as the specification lets an IOMMU be: it caches every
 * valid entry that it may, uses stale ones until the right command came, does invalidations as late
 * as a fence, forgets what it likes; all of it by a seed, so each run can be had again.
 *
 * A program is what the specification says of it, or it steps on an UNSPECIFIED behaviour: then the
 * hook `unspecified` is told, and the model does something harmless.
 *
 * Not modelled: the performance monitor (HPM) and QoS identifiers; model_new refuses a
 * configuration with them. README.md says what was chosen where the specification leaves a choice.
 *
 * One thread. Addresses are physical and in bytes unless a name says otherwise.
 */
#ifndef TESTS_MODEL_MODEL_H
#define TESTS_MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/model/memory.h"
#include "tests/model/region.h"
#include "tests/model/spec.h"

/* All zero: no cache, no delay, everything as plain as can be. */
struct model_whims {
    uint64_t seed;
    unsigned keep;   /* percent of the valid entries read that go into the cache */
    unsigned use;    /* percent of the times that a cached entry is used where one fits */
    unsigned drop;   /* percent of the translations before which some entry is forgotten */
    unsigned pointers; /* percent of the contexts kept that know their table's place in memory */
    bool late;       /* commands and enables take effect in model_run, or as registers are read */
    bool lagging;    /* invalidations take effect after they were fetched, by the next fence */
    bool odd_values; /* what is UNSPECIFIED but valid after a reset or a store is random, else 0 */
};

struct model_config {
    uint64_t capabilities;
    uint32_t fctl;           /* after a reset; its WSI counts only with IGS BOTH */
    uint32_t fctl_writable;  /* of BE (with END), WSI (with IGS BOTH), GXL */
    unsigned queue_log2_max; /* the largest LOG2SZ, 1 to 32; a larger one reads as this */
    unsigned vectors;        /* 1, 2, 4, 8 or 16 */
    bool bare_after_reset;
    uint64_t state_base, state_size; /* with CAP_STATE: where state regions lie, in whole regions */
    struct model_whims whims;
};

/* Why memory was touched. The first four are a device's own accesses, at their final address. */
enum model_purpose {
    TOUCH_DATA, TOUCH_MSI, TOUCH_MRIF, TOUCH_NOTICE,
    TOUCH_DDT, TOUCH_PDT, TOUCH_FIRST_STAGE, TOUCH_SECOND_STAGE, TOUCH_MSI_TABLE,
    TOUCH_COMMAND, TOUCH_FENCE, TOUCH_FAULT, TOUCH_PAGE_REQUEST, TOUCH_OWN_MSI,
    TOUCH_STATE          /* of a state region */
};

/* One access to memory that succeeded. */
struct model_touch {
    enum model_purpose purpose;
    bool write;
    bool for_device;     /* device_id is that of the request it was made for */
    uint32_t device_id;
    uint64_t address;
    size_t size;
};

/* A message to a device: what ATS.INVAL and ATS.PRGR send. */
struct model_message {
    unsigned func3;
    bool pv, dsv;
    uint32_t pid, rid, dseg;
    uint64_t payload;
};

/* Each may be NULL. None may call the model. */
struct model_hooks {
    void *ctx;
    void (*touch)(void *ctx, const struct model_touch *touch);
    void (*message)(void *ctx, const struct model_message *message);
    void (*unspecified)(void *ctx, const char *what);
};

struct model;

/* NULL if the configuration is of no IOMMU that the specification allows or the model knows. It is
 * reset. The memory and the hooks are used until model_free. */
struct model *model_new(const struct model_config *config, const struct model_memory *memory,
                        const struct model_hooks *hooks);
void model_free(struct model *model);
void model_reset(struct model *model);

/* A load and a store to the register page: offset in bytes, width in bytes (4 or 8). */
uint64_t model_read(struct model *model, uint32_t offset, unsigned width);
void model_write(struct model *model, uint32_t offset, unsigned width, uint64_t value);

/* The same to a state region, at a physical address: what reaches the IOMMU because the window is
 * its own. False: no region is there, or memory refuses. */
bool model_state_read(struct model *model, uint64_t address, unsigned width, uint64_t *value);
bool model_state_write(struct model *model, uint64_t address, unsigned width, uint64_t value);

/* Time passes: up to so many things that were put off are done. Returns how many. */
unsigned model_run(struct model *model, unsigned steps);

/* From now on, until it is taken back: it takes stores to its registers and says that it is busy,
 * but no command, enable or mode of theirs takes effect, however much time passes. */
void model_stall(struct model *model, bool stalled);

/* Interrupt wires, bit v for vector v. */
uint32_t model_wires(const struct model *model);

/* The same of the vIOMMU with this register page; 0 if it is not on. */
uint32_t model_state_wires(const struct model *model, uint64_t page);

struct model_request {
    enum ttyp type;         /* TTYP_UNTRANSLATED_EXEC .. TTYP_ATS_REQUEST */
    uint32_t device_id;     /* 24 bits */
    bool pv;                /* with a process_id; without one, priv is ignored */
    uint32_t process_id;    /* 20 bits */
    bool priv;              /* supervisor privilege */
    bool no_write, execute; /* of an ATS translation request: what it does not, does ask for */
    uint64_t iova;
};

enum model_end {
    MODEL_TRANSLATED,   /* address holds; for ATS: Success */
    MODEL_MRIF,         /* to an interrupt file in memory; for ATS: Success, untranslated only */
    MODEL_FAULT,        /* cause, iotval2; the record was queued unless DTF */
    MODEL_ATS_DENIED,   /* ATS: Success with neither R nor W; no record */
    MODEL_ATS_UR,       /* ATS: Unsupported Request, with a record */
    MODEL_ATS_CA,       /* ATS: Completer Abort, with a record */
    MODEL_ABORTED       /* by the bridge: memory refused the data, or an MRIF was met wrongly */
};

struct model_outcome {
    enum model_end end;
    enum cause cause;
    uint64_t iotval2;
    uint64_t address;    /* final; of an MRIF the file's. For ATS with T2GPA a guest physical one */
    unsigned granted;    /* MODEL_R, MODEL_W, MODEL_X */
    unsigned size_log2;  /* the translation holds for this many aligned bytes */
    bool msi;            /* through an MSI PTE */
    bool global;         /* ATS: the first-stage mapping is global */
    bool met_global;     /* a global one was found, of this address space or another, whatever came
                          * of it then */
    unsigned pbmt;
    uint64_t notice;     /* of an MRIF: where its notice goes, and the value */
    uint32_t nid;
};
enum { MODEL_R = 1, MODEL_W = 2, MODEL_X = 4 };

/* One request that lies within a page; nothing is read or written at the address found. */
struct model_outcome model_translate(struct model *model, const struct model_request *request);

/* A device's read or write of any length, of any type but ATS: each page's part is translated and
 * then done. Ends with the first part that does not end well; those before it are done. */
struct model_outcome model_access(struct model *model, const struct model_request *request,
                                  void *data, size_t size);

/* A "Page Request" or "Stop Marker" message, and what the IOMMU itself answers, if it does. */
struct model_page_request {
    uint32_t device_id;
    bool pv, priv, exec;
    uint32_t process_id;
    uint64_t payload;
};
struct model_prgr {
    enum prgr code;
    bool pv;             /* the answer names the process */
};
struct model_prgr model_page_request(struct model *model, const struct model_page_request *request);

/* Devices complete one ATS.INVAL; or one is given up. */
void model_invalidation_completed(struct model *model);
void model_invalidation_timed_out(struct model *model);

#endif

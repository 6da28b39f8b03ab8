/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the model share. Tests use model.h. */
#ifndef TESTS_MODEL_INSIDE_H
#define TESTS_MODEL_INSIDE_H

#include "tests/model/model.h"

enum { REGISTER_WORDS = REG_MSI_CFG_TBL_END / 4, CACHE_ENTRIES = 64, INVALIDATIONS_PUT_OFF = 16,
       REGIONS = 16 };

/* ---- cache.c: what was read of memory and may be used again --------------------------------- */
enum table { TABLE_DDT, TABLE_PDT, TABLE_FIRST, TABLE_SECOND, TABLE_MSI };

/* The IDs of "Identifiers used to tag IOATC entries". owner is the GSCID, for a PDT the device_id;
 * space the PSCID; address the IOVA or GPA, for directories the id that is looked up. */
struct tag {
    enum table table;
    bool gv;               /* the second stage is not Bare */
    uint32_t owner, space;
    uint64_t address;
};

struct entry {
    bool present;
    struct tag tag;
    unsigned size_log2;    /* holds for that many aligned addresses or ids from the tag's */
    bool leaf, global;
    unsigned level;
    bool placed;           /* of a context: the page of its table is at this physical address */
    uint64_t place;
    uint64_t words[DC_WORDS];
};

enum invalidate { INVALIDATE_VMA, INVALIDATE_GVMA, INVALIDATE_DDT, INVALIDATE_PDT };
struct invalidation {
    enum invalidate what;
    bool av, pscv, gv, nl, dv;
    uint32_t pscid, gscid, did, pid;
    uint64_t address;
    unsigned size_log2;
};

/* ---- one translation ------------------------------------------------------------------------- */
struct fault {
    enum cause cause;
    uint64_t iotval2;
};

/* Everything the two stages need to know, from the device and the process context. */
struct context {
    const struct model_request *request;
    uint64_t dc[DC_WORDS];
    bool dc_found;           /* so DTF is known */
    bool gv;                 /* second stage not Bare */
    unsigned s_mode;         /* iosatp.MODE */
    uint64_t s_ppn;
    uint32_t pscid;
    /* the root of the first stage, of the process directory: in memory */
    bool s_placed, pdt_placed;
    uint64_t s_place, pdt_place;
    bool priv, sum;
    unsigned want;           /* MODEL_R, _W, _X */
    bool partial;            /* ATS: some of what is wanted is enough */
    struct region *region;   /* the vIOMMU that it is behind, whose rules come first; or NULL */
};

/* What a stage made of an address. A Bare one sets no bound to what a translation holds for. */
enum { BARE_LOG2 = 63 };
struct mapped {
    uint64_t address;
    unsigned granted, size_log2, pbmt;
    bool global;
};

/*
 * A state region that is on: an IOMMU of its own, inside, with the guest's registers. They are in
 * memory, and read from there before each thing that it does; what is in here besides is a cache.
 */
struct region {
    struct model *outer, *inside;
    uint64_t page;           /* of registers; the control page is behind it */
    uint64_t shown[REG_MSI_CFG_TBL_END / 8];           /* the registers as they are in memory */
    uint64_t control[STATE_CONTROL_END / 8];           /* and the control page */
    struct context host;     /* as of a device that has the region's second stage and MSI table */
    struct model_request request;                      /* being served, by the virtual id */
    struct context guest;    /* and by the guest's rules */
    bool told;               /* its fault is in the guest's queue */
    struct fault refused;    /* by the second stage, of an address of the guest's */
};

struct model {
    struct model_config config;
    struct model_memory memory;
    struct model_hooks hooks;
    uint64_t random;
    uint32_t reg[REGISTER_WORDS];
    uint64_t ddtp;           /* what is in force: the register, once it is no longer busy */
    struct entry cache[CACHE_ENTRIES];
    struct invalidation put_off[INVALIDATIONS_PUT_OFF];
    unsigned put_off_count;
    uint32_t messages_due;   /* bit v: an MSI of vector v waits to be sent */
    bool sending;
    bool stalled;
    bool met_global;         /* by the translation under way */
    unsigned ats_outstanding;
    bool ats_timed_out;
    struct region *regions[REGIONS]; /* those that are on, in no order; NULL between them */
    struct region *region;   /* it is the one inside of this; else NULL */
    bool for_device;         /* whose request is being served, for the touches */
    uint32_t device_id;
};

/* ---- model.c --------------------------------------------------------------------------------- */
bool chance(struct model *model, unsigned percent);
uint64_t random64(struct model *model);
void unspecified(struct model *model, const char *what);
static inline bool has(const struct model *model, uint64_t capability)
{
    return (model->config.capabilities & capability) != 0U;
}

/* ---- physical.c: memory as capabilities.PAS and fctl.BE make it ------------------------------ */
enum mem_status phys_read(struct model *model, enum model_purpose purpose, uint64_t address,
                          void *data, size_t size);
enum mem_status phys_write(struct model *model, enum model_purpose purpose, uint64_t address,
                           const void *data, size_t size);
/* Numbers of 4 or 8 bytes, several in a row for whole structures. */
enum mem_status load(struct model *model, enum model_purpose purpose, uint64_t address, bool big,
                     size_t width, uint64_t *values, size_t count);
enum mem_status store(struct model *model, enum model_purpose purpose, uint64_t address, bool big,
                      size_t width, const uint64_t *values, size_t count);

/* ---- registers.c ----------------------------------------------------------------------------- */
static inline uint32_t reg(const struct model *model, uint32_t offset)
{
    return model->reg[offset / 4U];
}
static inline uint64_t reg64(const struct model *model, uint32_t offset)
{
    return reg(model, offset) | (uint64_t)reg(model, offset + 4U) << 32;
}
void set_reg(struct model *model, uint32_t offset, uint64_t value);
void set_reg64(struct model *model, uint32_t offset, uint64_t value);
/* Whether ddtp had something to finish. */
bool ddtp_settle(struct model *model);
static inline bool big_endian(const struct model *model)
{
    return (reg(model, REG_FCTL) & FCTL_BE) != 0U;
}
static inline bool by_wire(const struct model *model)
{
    return (reg(model, REG_FCTL) & FCTL_WSI) != 0U;
}

/* ---- queues.c -------------------------------------------------------------------------------- */
/* The place of a register's queue in the register page. */
struct queue {
    uint32_t base, head, tail, csr;
    unsigned entry_bytes;
    enum model_purpose purpose;
    enum cause_of_interrupt interrupt;
};
extern const struct queue command_queue, fault_queue, page_queue;
void queue_csr_written(struct model *model, const struct queue *queue, uint32_t old,
                       uint32_t value);
/* Whether the queue had something to finish. */
bool queue_settle(struct model *model, const struct queue *queue);
uint64_t queue_entry(struct model *model, const struct queue *queue, uint32_t index);
uint32_t queue_mask(const struct model *model, const struct queue *queue);
bool queue_runs(const struct model *model, const struct queue *queue);
/* Appends a record; false if it was lost, and then the CSR says why. */
bool queue_put(struct model *model, const struct queue *queue, const uint64_t *words, size_t count);

/* ---- commands.c ------------------------------------------------------------------------------ */
bool command_step(struct model *model);
void invalidations_take_effect(struct model *model, unsigned count);
bool device_id_too_wide(const struct model *model, uint32_t device_id);

/* ---- interrupts.c ---------------------------------------------------------------------------- */
void interrupt(struct model *model, enum cause_of_interrupt cause);
void interrupts_evaluate(struct model *model);

/* ---- region.c, region_memory.c, region_request.c --------------------------------------------- */
bool region_window_is_possible(const struct model_config *config);
/* A device context with a region, besides what holds of all. */
static inline bool region_of_context(const struct model *model, const uint64_t dc[DC_WORDS])
{
    return has(model, CAP_STATE) && (dc[DC_TC] & TC_PDTV) == 0U
        && ATP_MODE(dc[DC_FSC]) == FSC_STATE;
}
bool region_context_misconfigured(const struct model *model, const uint64_t dc[DC_WORDS]);
bool second_mode_supported(const struct model *model, uint64_t mode);
bool msi_bad(const struct model *model, const uint64_t dc[DC_WORDS], bool second_stage);
/* The region of a good context, with its registers: in context->region. False is a fault, which is
 * the host's. */
bool region_find(struct model *model, struct context *context, struct fault *fault);
/* Registers from memory, and what has changed of them into it. */
enum mem_status region_enter(struct region *region);
void region_leave(struct region *region);
/* A store that the one inside ignores, where another IOMMU might do anything. */
bool region_ignores(const struct model *inside, uint32_t offset, unsigned width, uint64_t value);
bool region_step(struct model *model);
void region_forget(struct model *model, const struct invalidation *what);
void regions_end(struct model *model);
/* Memory of the one inside: the guest's. */
enum mem_status region_read(struct model *inside, enum model_purpose purpose, uint64_t gpa,
                            void *data, size_t size);
enum mem_status region_write(struct model *inside, enum model_purpose purpose, uint64_t gpa,
                             const void *data, size_t size);
/* The request of a context by the guest's rules, and what the second stage makes of the result. */
struct context *region_begin(const struct context *context);
bool region_translate(struct model *model, struct context *context, struct model_outcome *outcome,
                      struct fault *fault);
/* What the host's part of a translation refused: to the host, and as an access fault to the
 * guest. */
void region_report(const struct context *context, struct fault *fault);

/* ---- faults.c -------------------------------------------------------------------------------- */
/* To whoever the device is behind. */
void fault_report(struct model *model, const struct context *context, struct fault fault);
/* Into the model's own queue. */
void fault_queue_put(struct model *model, const struct context *context, struct fault fault);
void fault_report_msi(struct model *model, uint64_t msi_addr);

/* ---- cache.c --------------------------------------------------------------------------------- */
/* One of the entries that fit, or NULL: there is none, or the whim is not to use it. */
const struct entry *cache_find(struct model *model, const struct tag *tag, bool leaf);
void cache_keep(struct model *model, const struct entry *entry);
void cache_forget_some(struct model *model);
void cache_invalidate(struct model *model, const struct invalidation *what);

/* ---- directory.c, process.c, checks.c: false is a fault -------------------------------------- */
bool device_context(struct model *model, struct context *context, struct fault *fault);
bool process_context(struct model *model, struct context *context, uint32_t process_id,
                     uint64_t pc[PC_WORDS], struct fault *fault);
/* A context to be kept may know where in memory its table is, besides its guest physical
 * address. */
void place_table(struct model *model, const struct context *context, uint64_t fsc,
                 struct entry *entry);
bool dc_misconfigured(const struct model *model, const uint64_t dc[DC_WORDS]);
bool pc_misconfigured(const struct model *model, const uint64_t dc[DC_WORDS],
                      const uint64_t pc[PC_WORDS]);

/* ---- stages.c, first.c, second.c ------------------------------------------------------------- */
/* A paging scheme: privileged architecture, "Sv32" to "Sv57" and their x4 forms. */
struct scheme {
    unsigned levels, index_bits, pte_bytes, va_bits;
    bool second;
};
struct scheme scheme_of(unsigned mode, bool narrow, bool second);
enum pte_kind { PTE_BAD, PTE_POINTER, PTE_LEAF };
enum pte_kind pte_decode(const struct model *model, const struct scheme *scheme, unsigned level,
                         uint64_t pte);
bool pte_looks_like_leaf(uint64_t pte);
uint64_t pte_next(const struct scheme *scheme, uint64_t pte);
uint64_t pte_address(const struct scheme *scheme, uint64_t table, unsigned level, uint64_t va);
unsigned level_log2(const struct scheme *scheme, unsigned level);
/* The mapping of a good leaf. */
struct mapped pte_map(const struct scheme *scheme, unsigned level, uint64_t pte, uint64_t va);
enum fault_kind { FAULT_ACCESS, FAULT_PAGE, FAULT_GUEST_PAGE };
struct fault stage_fault(const struct context *context, enum fault_kind kind, uint64_t iotval2);
struct fault memory_fault(const struct context *context, enum mem_status status);

bool first_stage(struct model *model, const struct context *context, uint64_t iova,
                 struct mapped *mapped, struct fault *fault);
/* want: of this access, which for an implicit one is not the request's; implicit: the low bits of
 * iotval2. */
bool second_stage(struct model *model, const struct context *context, uint64_t gpa, unsigned want,
                  uint64_t implicit, struct mapped *mapped, struct fault *fault);

/* ---- msi.c, mrif.c --------------------------------------------------------------------------- */
bool msi_recognized(const struct context *context, uint64_t gpa);
bool msi_recognized_within(const struct context *context, uint64_t gpa, unsigned log2);
bool msi_translate(struct model *model, const struct context *context, uint64_t gpa,
                   struct model_outcome *outcome, struct fault *fault);
/* The device's access to a page in MRIF mode, within that page. */
struct model_outcome mrif_access(struct model *model, const struct context *context,
                                 struct model_outcome outcome, void *data, size_t size);

/* ---- translate.c, debug.c -------------------------------------------------------------------- */
struct model_outcome translate(struct model *model, struct context *context);
/* Steps 17 to 19, from this address on. */
bool both_stages(struct model *model, struct context *context, uint64_t iova,
                 struct model_outcome *outcome, struct fault *fault);
unsigned request_want(const struct model_request *request);
bool debug_step(struct model *model);

#endif

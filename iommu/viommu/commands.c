/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command queue: 3.1. What commands ask for is gathered, to be carried out when the piece is
 * done: the guest does not see cqh pass them before that. Between two fences the IOMMU may do
 * commands in any order, and all that is in front of a fence is done by the one fence at the end of
 * the piece.
 */
#include "iommu/viommu/parts.h"

#define COMMAND_WORDS ((uint32_t)(IOMMU_COMMAND_BYTES / sizeof(uint64_t)))

struct command {
    uint64_t word[COMMAND_WORDS];
};

/* ---- what is to be forgotten ---------------------------------------------------------------- */

/* Bits of a page's number in which the pages that are meant differ: none, or a NAPOT range. */
static uint64_t range_of(const struct iommu_addresses *a)
{
    const uint64_t page = a->address >> PAGE_SHIFT;

    return a->range ? page ^ (page + 1U) : 0U;
}

static bool covers_addresses(const struct iommu_addresses *wide,
                             const struct iommu_addresses *narrow)
{
    if (wide->by_pscid && (!narrow->by_pscid || narrow->pscid != wide->pscid)) {
        return false;
    }
    if (!wide->by_address) {
        return true;
    }
    if (!narrow->by_address || (narrow->non_leaf && !wide->non_leaf)) {
        return false;
    }
    const uint64_t range = range_of(wide);
    const uint64_t differ = (wide->address ^ narrow->address) >> PAGE_SHIFT;

    return (differ & ~range) == 0U && range_of(narrow) <= range;
}

static bool covers(const struct viommu_forget *wide, const struct viommu_forget *narrow)
{
    if (wide->kind != narrow->kind) {
        return false;
    }
    return wide->kind == VIOMMU_FORGET_PROCESS
               ? wide->device == narrow->device && wide->process_id == narrow->process_id
               : covers_addresses(&wide->addresses, &narrow->addresses);
}

/* The place of the next one: there are as many as there are commands in a piece. */
static struct viommu_forget *next_forget(struct viommu_effects *out)
{
    return &out->forgets[out->forget_count];
}

static __attribute__((noinline)) void add_behind(struct viommu_effects *out)
{
    struct viommu_forget *const what = next_forget(out), *const before = what - 1;

    if (covers(before, what)) {
        return;
    }
    if (covers(what, before)) {
        *before = *what;
    } else {
        out->forget_count++;
    }
}

/* The next one is filled in: it counts if the one before it does not cover it, and in its place if it is
 * the one that covers. Not all of them are compared: that would be more work than to forget twice. */
static inline void add_forget(struct viommu_effects *out)
{
    if (out->forget_count == 0U) {
        out->forget_count = 1U;
    } else {
        add_behind(out);
    }
}

/* ---- one command: bits for cqcsr; 0: done --------------------------------------------------- */

/* ADDR with all bits 1 is no range that the extension defines: taken for all addresses. */
static bool is_undefined(const struct command *c)
{
    return (c->word[1] & IOMMU_IOTINVAL_S) != 0U &&
           (~c->word[1] & IOMMU_IOTINVAL_ADDR_MASK) == 0U;
}

static uint32_t inval_vma(const struct command *c, struct viommu_effects *out)
{
    const uint64_t first = c->word[0], second = c->word[1];
    struct viommu_forget *const what = next_forget(out);

    if (((first & (IOMMU_IOTINVAL_RESERVED_0 | IOMMU_IOTINVAL_GV)) |
         (second & IOMMU_IOTINVAL_RESERVED_1)) != 0U) {
        return IOMMU_CQCSR_CMD_ILL;
    }
    what->kind = VIOMMU_FORGET_ADDRESSES;
    what->addresses = (struct iommu_addresses){ .by_pscid = (first & IOMMU_IOTINVAL_PSCV) != 0U };
    if (what->addresses.by_pscid) {
        what->addresses.pscid =
            (uint32_t)(first >> IOMMU_IOTINVAL_PSCID_SHIFT & IOMMU_PSCID_MASK);
    }
    if ((first & IOMMU_IOTINVAL_AV) != 0U && !is_undefined(c)) {
        what->addresses.by_address = true;
        what->addresses.address = IOMMU_IOTINVAL_ADDRESS(second);
        what->addresses.range = (second & IOMMU_IOTINVAL_S) != 0U;
        what->addresses.non_leaf = (first & IOMMU_IOTINVAL_NL) != 0U;
    }
    add_forget(out);
    return 0U;
}

/* With AV: a store, to memory that there is. */
static __attribute__((noinline)) uint32_t fence_store(const struct viommu *v,
                                                      const struct command *c,
                                                      struct viommu_effects *out)
{
    const struct viommu_memory *const memory = &v->setup.memory;
    const struct viommu_store store = {
        gpa(IOMMU_IOFENCE_ADDRESS(c->word[1])),
        (uint32_t)(c->word[0] >> IOMMU_IOFENCE_DATA_SHIFT),
    };

    if (!memory->holds(memory->ctx, store.at, sizeof(store.value)) &&
        !viommu_is_interrupt_file(v, store.at)) {
        return IOMMU_CQCSR_CQMF;
    }
    out->stores[out->store_count++] = store;
    out->fence = true;
    return (c->word[0] & IOMMU_IOFENCE_WSI) != 0U ? IOMMU_CQCSR_FENCE_W_IP : 0U;
}

/* PR and PW need not be looked at: the fence of the effects orders reads and writes both. */
static uint32_t fence(const struct viommu *v, const struct command *c, struct viommu_effects *out)
{
    const bool tells = (c->word[0] & IOMMU_IOFENCE_WSI) != 0U;

    if ((c->word[0] & IOMMU_IOFENCE_RESERVED_0) != 0U ||
        (c->word[1] & IOMMU_IOFENCE_RESERVED_1) != 0U ||
        (tells && (viommu_get32(v, IOMMU_FCTL) & IOMMU_FCTL_WSI) == 0U)) {
        return IOMMU_CQCSR_CMD_ILL;
    }
    if ((c->word[0] & IOMMU_IOFENCE_AV) != 0U) {
        return fence_store(v, c, out);
    }
    out->fence = true;
    return tells ? IOMMU_CQCSR_FENCE_W_IP : 0U;
}

/* Its index in setup.devices, or device_count. */
static uint32_t device_of(const struct viommu *v, uint32_t id)
{
    uint32_t device = 0U;

    while (device < v->setup.device_count && v->setup.devices[device].id != id) {
        device++;
    }
    return device;
}

static uint32_t did_of(const struct command *c)
{
    return (uint32_t)(c->word[0] >> IOMMU_IODIR_DID_SHIFT);
}

/* Off and Bare say nothing of a width. */
static bool is_too_wide(const struct viommu *v, uint32_t id)
{
    const uint32_t mode = viommu_get32(v, IOMMU_DDTP) & IOMMU_DDTP_MODE_MASK;

    return mode > IOMMU_DDTP_BARE &&
           IOMMU_DDTP_LEVELS(iommu_directory_levels(IOMMU_DC_WORDS_BASE, id)) > mode;
}

static uint32_t inval_ddt(struct viommu *v, const struct command *c, struct viommu_effects *out)
{
    const uint64_t pid = IOMMU_PROCESS_ID_MASK << IOMMU_IODIR_PID_SHIFT;
    const uint32_t device = device_of(v, did_of(c));

    if ((c->word[0] & (IOMMU_IODIR_RESERVED_0 | pid)) != 0U ||
        (c->word[1] & IOMMU_IODIR_RESERVED_1) != 0U) {
        return IOMMU_CQCSR_CMD_ILL;
    }
    if ((c->word[0] & IOMMU_IODIR_DV) == 0U) {
        v->next_device = 0U;
        return 0U;
    }
    if (is_too_wide(v, did_of(c))) {
        return IOMMU_CQCSR_CMD_ILL;
    }
    if (device < v->setup.device_count) {
        viommu_renew(v, device, true, out);
    }
    return 0U;
}

/* 0: there are no process ids. */
static uint32_t process_id_bits(const struct viommu *v)
{
    const uint64_t capabilities = v->setup.capabilities;

    return (capabilities & IOMMU_CAP_PD20) != 0U ? 20U
         : (capabilities & IOMMU_CAP_PD17) != 0U ? 17U
         : (capabilities & IOMMU_CAP_PD8) != 0U ? 8U : 0U;
}

static uint32_t inval_pdt(const struct viommu *v, const struct command *c,
                          struct viommu_effects *out)
{
    const uint32_t bits = process_id_bits(v);
    const uint32_t device = device_of(v, did_of(c));
    const uint32_t pid = (uint32_t)(c->word[0] >> IOMMU_IODIR_PID_SHIFT & IOMMU_PROCESS_ID_MASK);

    if ((c->word[0] & IOMMU_IODIR_RESERVED_0) != 0U ||
        (c->word[1] & IOMMU_IODIR_RESERVED_1) != 0U || (c->word[0] & IOMMU_IODIR_DV) == 0U ||
        bits == 0U || pid >> bits != 0U || is_too_wide(v, did_of(c))) {
        return IOMMU_CQCSR_CMD_ILL;
    }
    if (device < v->setup.device_count &&
        viommu_has_processes(&v->setup.devices[device].context)) {
        struct viommu_forget *const what = next_forget(out);

        what->kind = VIOMMU_FORGET_PROCESS;
        what->device = device;
        what->process_id = pid;
        add_forget(out);
    }
    return 0U;
}

/* What drivers send when a device comes or goes. */
static __attribute__((noinline)) uint32_t execute_seldom(struct viommu *v, const struct command *c,
                                                         struct viommu_effects *out)
{
    switch (c->word[0] & IOMMU_COMMAND_MASK) {
    case IOMMU_IODIR_INVAL_DDT: return inval_ddt(v, c, out);
    case IOMMU_IODIR_INVAL_PDT: return inval_pdt(v, c, out);
    default: return IOMMU_CQCSR_CMD_ILL;
    }
}

/* Apart from the loop around it, which is most often gone through once. */
static __attribute__((noinline)) uint32_t execute(struct viommu *v, const struct command *c,
                                                  struct viommu_effects *out)
{
    switch (c->word[0] & IOMMU_COMMAND_MASK) {
    case IOMMU_IOTINVAL_VMA: return inval_vma(c, out);
    case IOMMU_IOFENCE_C: return fence(v, c, out);
    default: return execute_seldom(v, c, out);
    }
}

/* ---- the queue ------------------------------------------------------------------------------ */

static bool load_run(const struct viommu *v, uint32_t head, uint32_t count,
                     struct command *commands)
{
    const struct viommu_memory *const memory = &v->setup.memory;
    const gpa_t at = gpa(IOMMU_ADDRESS_53_10(viommu_get64(v, IOMMU_CQB)) +
                         (uint64_t)head * IOMMU_COMMAND_BYTES);

    return memory->load(memory->ctx, at, commands[0].word, count * COMMAND_WORDS);
}

/* Over the end of the queue, or of RAM. */
static __attribute__((noinline)) uint32_t load_singly(const struct viommu *v, uint32_t head,
                                                      uint32_t count, struct command *commands)
{
    const uint32_t mask = viommu_queue_mask(viommu_get64(v, IOMMU_CQB));
    uint32_t n = 0U;

    while (n < count && load_run(v, (head + n) & mask, 1U, &commands[n])) {
        n++;
    }
    return n;
}

/* Up to count entries from head on, each word of them read once; how many of them are in RAM. */
static inline uint32_t load_all(const struct viommu *v, uint32_t head, uint32_t count,
                                struct command *commands)
{
    const uint32_t mask = viommu_queue_mask(viommu_get64(v, IOMMU_CQB));

    return head + count <= mask + 1U && load_run(v, head, count, commands)
               ? count : load_singly(v, head, count, commands);
}

static bool may_go_on(const struct viommu *v, uint32_t bits)
{
    return (bits & VIOMMU_CQCSR_ERRORS) == 0U && v->next_device == v->setup.device_count;
}

void viommu_commands(struct viommu *v, struct viommu_effects *out)
{
    const uint32_t mask = viommu_queue_mask(viommu_get64(v, IOMMU_CQB));
    const uint32_t head = viommu_get32(v, IOMMU_CQH);
    const uint32_t due = (viommu_get32(v, IOMMU_CQT) - head) & mask;
    const uint32_t piece = due < VIOMMU_PIECE ? due : VIOMMU_PIECE;
    struct command commands[VIOMMU_PIECE];
    const uint32_t count = load_all(v, head, piece, commands);
    uint32_t bits = 0U, done = 0U;

    while (done < count && may_go_on(v, bits)) {
        bits |= execute(v, &commands[done], out);
        done += (bits & VIOMMU_CQCSR_ERRORS) == 0U ? 1U : 0U;
    }
    /* The next one is not there. */
    if (done == count && count != piece && may_go_on(v, bits)) {
        bits |= IOMMU_CQCSR_CQMF;
    }
    viommu_set32(v, IOMMU_CQH, (head + done) & mask, out);
    if (bits != 0U) {
        viommu_set32(v, IOMMU_CQCSR, viommu_get32(v, IOMMU_CQCSR) | bits, out);
    }
}

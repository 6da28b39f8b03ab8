/* SPDX-License-Identifier: Apache-2.0 */
/* "Command-Queue": decoding, order, and the ways to stop. */
#include "tests/model/inside.h"

#include <string.h>

enum result { DONE, ILLEGAL, MEMORY_FAULT, TIMED_OUT, WAITING };

bool device_id_too_wide(const struct model *model, uint32_t device_id)
{
    const unsigned first = has(model, CAP_MSI_FLAT) ? 6U : 7U;
    const uint64_t mode = DDTP_MODE(model->ddtp);

    return (mode == DDTP_1LVL && (device_id >> first) != 0U)
        || (mode == DDTP_2LVL && (device_id >> (first + 9U)) != 0U);
}

/* The oldest so many take effect. In their order: INVAL_DDT, VMA, GVMA without a fence in between
 * is what "Changing device directory table entry" asks for, and does not do if GVMA comes first. */
void invalidations_take_effect(struct model *model, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        cache_invalidate(model, &model->put_off[i]);
    }
    model->put_off_count -= count;
    memmove(model->put_off, model->put_off + count, model->put_off_count * sizeof(*model->put_off));
}

static void invalidate(struct model *model, struct invalidation what)
{
    if (!model->config.whims.lagging) {
        cache_invalidate(model, &what);
    } else {
        if (model->put_off_count == INVALIDATIONS_PUT_OFF) {
            invalidations_take_effect(model, 1U);
        }
        model->put_off[model->put_off_count++] = what;
    }
}

/* "Address Range Invalidation": the address says its own size. */
static unsigned range_log2(struct model *model, uint64_t address)
{
    unsigned log2 = MODEL_PAGE_SHIFT;

    while (log2 < 64U && (address & BIT(log2)) != 0U) {
        log2++;
    }
    if (log2 == 64U) {
        unspecified(model, "IOTINVAL with S and an ADDR of ones alone");
        return log2;
    }
    return log2 + 1U;
}

static enum result iotinval(struct model *model, uint64_t w0, uint64_t w1)
{
    const bool gvma = CMD_FUNC3(w0) == IOTINVAL_GVMA;
    const bool range = (w1 & CMD_S) != 0U;
    struct invalidation what = {
        .what = gvma ? INVALIDATE_GVMA : INVALIDATE_VMA,
        .av = (w0 & CMD_AV) != 0U, .pscv = (w0 & CMD_PSCV) != 0U, .gv = (w0 & CMD_GV) != 0U,
        .nl = (w0 & CMD_NL) != 0U, .pscid = CMD_PSCID(w0), .gscid = CMD_GSCID(w0),
        .address = CMD_ADDR(w1), .size_log2 = MODEL_PAGE_SHIFT
    };

    if (CMD_FUNC3(w0) > IOTINVAL_GVMA || (w0 & IOTINVAL_RESERVED) != 0U
        || (w1 & IOTINVAL_RESERVED1) != 0U || (what.nl && !has(model, CAP_NL))
        || (range && !has(model, CAP_S)) || (gvma && what.pscv)
        || (model->region != NULL && (gvma || what.gv))) { /* no second stage is its guest's */
        return ILLEGAL;
    }
    if (range && what.av && (what.gv || !gvma)) {
        what.size_log2 = range_log2(model, what.address);
    }
    invalidate(model, what);
    return DONE;
}

static enum result iodir(struct model *model, uint64_t w0, uint64_t w1)
{
    const bool pdt = CMD_FUNC3(w0) == IODIR_INVAL_PDT;
    const unsigned pid_bits = has(model, CAP_PD20) ? 20U : has(model, CAP_PD17) ? 17U
        : has(model, CAP_PD8) ? 8U : 0U;
    const struct invalidation what = {
        .what = pdt ? INVALIDATE_PDT : INVALIDATE_DDT, .dv = (w0 & CMD_DV) != 0U,
        .did = CMD_DID(w0), .pid = CMD_PID(w0)
    };

    if (CMD_FUNC3(w0) > IODIR_INVAL_PDT || (w0 & IODIR_RESERVED) != 0U || w1 != 0U
        || (what.dv && device_id_too_wide(model, what.did))
        || (pdt ? !what.dv || pid_bits == 0U || (what.pid >> pid_bits) != 0U : what.pid != 0U)) {
        return ILLEGAL;
    }
    invalidate(model, what);
    return DONE;
}

static enum result ats(struct model *model, uint64_t w0, uint64_t w1)
{
    const struct model_message message = {
        .func3 = (unsigned)CMD_FUNC3(w0), .pv = (w0 & BIT(32)) != 0U, .dsv = (w0 & BIT(33)) != 0U,
        .pid = CMD_PID(w0), .rid = (uint32_t)FIELD(w0, 40, 16), .dseg = (uint32_t)FIELD(w0, 56, 8),
        .payload = w1
    };

    if (!has(model, CAP_ATS) || message.func3 > ATS_PRGR || (w0 & ATS_RESERVED) != 0U) {
        return ILLEGAL;
    }
    if (message.func3 == ATS_INVAL) {
        model->ats_outstanding++;
    }
    if (model->hooks.message != NULL) {
        model->hooks.message(model->hooks.ctx, &message);
    }
    return DONE;
}

static enum result iofence(struct model *model, uint64_t w0, uint64_t w1)
{
    const uint64_t data = CMD_DATA(w0);

    if (CMD_FUNC3(w0) != 0U || (w0 & IOFENCE_RESERVED) != 0U || (w1 & IOFENCE_RESERVED1) != 0U
        || ((w0 & CMD_WSI) != 0U && !by_wire(model))) {
        return ILLEGAL;
    }
    invalidations_take_effect(model, model->put_off_count);
    if (model->ats_outstanding > 0U) {
        return WAITING;
    }
    if (model->ats_timed_out) {
        model->ats_timed_out = false;
        return TIMED_OUT;
    }
    if ((w0 & CMD_AV) != 0U && store(model, TOUCH_FENCE, CMD_FENCE_ADDR(w1), big_endian(model), 4U,
                                     &data, 1U) != MEM_OK) {
        return MEMORY_FAULT;
    }
    if ((w0 & CMD_WSI) != 0U) {
        set_reg(model, REG_CQCSR, reg(model, REG_CQCSR) | CQCSR_FENCE_W_IP);
    }
    return DONE;
}

static enum result execute(struct model *model, uint64_t w0, uint64_t w1)
{
    switch (CMD_OPCODE(w0)) {
    case CMD_IOTINVAL: return iotinval(model, w0, w1);
    case CMD_IOFENCE:  return iofence(model, w0, w1);
    case CMD_IODIR:    return iodir(model, w0, w1);
    case CMD_ATS:      return ats(model, w0, w1);
    default:           return ILLEGAL;
    }
}

/* "Previous commands may have completed, timed out, or their execution aborted by the IOMMU." */
static void stop(struct model *model, uint32_t why)
{
    set_reg(model, REG_CQCSR, reg(model, REG_CQCSR) | why);
    if (why != CQCSR_CMD_TO && chance(model, 50U)) {
        model->put_off_count = 0;
    }
}

static enum result next_command(struct model *model, uint32_t head)
{
    uint64_t words[2];

    if (load(model, TOUCH_COMMAND, queue_entry(model, &command_queue, head), big_endian(model), 8U,
             words, 2U) != MEM_OK) {
        return MEMORY_FAULT;
    }
    return execute(model, words[0], words[1]);
}

bool command_step(struct model *model)
{
    static const uint32_t stops[] = { [ILLEGAL] = CQCSR_CMD_ILL, [MEMORY_FAULT] = CSR_MF,
                                      [TIMED_OUT] = CQCSR_CMD_TO };
    const uint32_t head = reg(model, REG_CQH), csr = reg(model, REG_CQCSR);
    enum result result = WAITING;

    if (!model->stalled && queue_runs(model, &command_queue) && head != reg(model, REG_CQT)
        && (csr & (CSR_MF | CQCSR_CMD_TO | CQCSR_CMD_ILL)) == 0U) {
        result = next_command(model, head);
        if (result == DONE) {
            set_reg(model, REG_CQH, (head + 1U) & queue_mask(model, &command_queue));
        } else if (result != WAITING) {
            stop(model, stops[result]);
        }
        interrupts_evaluate(model);
    }
    return result == DONE;
}

void model_invalidation_completed(struct model *model)
{
    if (model->ats_outstanding > 0U) {
        model->ats_outstanding--;
    }
    while (!model->config.whims.late && command_step(model)) {
    }
}

void model_invalidation_timed_out(struct model *model)
{
    model->ats_timed_out = model->ats_timed_out || model->ats_outstanding > 0U;
    model_invalidation_completed(model);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* "Memory-mapped register interface": which bits there are, and what a store sets off. */
#include "tests/model/inside.h"

void set_reg(struct model *model, uint32_t offset, uint64_t value)
{
    model->reg[offset / 4U] = (uint32_t)value;
}

void set_reg64(struct model *model, uint32_t offset, uint64_t value)
{
    set_reg(model, offset, value);
    set_reg(model, offset + 4U, value >> 32);
}

static bool within(uint32_t offset, uint32_t first, uint32_t end)
{
    return offset >= first && offset < end;
}

/* Registers of 8 bytes, and what has no registers: there 8 bytes at once are one access. */
static bool eight_bytes_are_one(uint32_t offset)
{
    return offset == REG_CAPABILITIES || offset == REG_DDTP || offset == REG_CQB
        || offset == REG_FQB || offset == REG_PQB || within(offset, 96U, REG_IOMMU_QOSID)
        || within(offset, 632U, REG_MSI_CFG_TBL) || offset >= REG_MSI_CFG_TBL_END
        || (within(offset, REG_MSI_CFG_TBL, REG_MSI_CFG_TBL_END) && offset % 16U == 0U);
}

static bool access_is_specified(uint32_t offset, unsigned width)
{
    return (width == 4U || width == 8U) && offset % width == 0U && offset <= REG_PAGE - width
        && (width == 4U || eight_bytes_are_one(offset));
}

/* The PPN of a 64-bit register with its PPN in [53:10], as wide as physical addresses are; a
 * vIOMMU takes all of it. */
static uint64_t ppn_mask(const struct model *model)
{
    const unsigned pas = CAP_PAS(model->config.capabilities);

    return PLACE(UINT64_MAX, 10, model->region != NULL ? 44U : pas - MODEL_PAGE_SHIFT);
}

static uint32_t half(uint64_t mask, uint32_t offset)
{
    return (uint32_t)(offset % 8U == 0U ? mask : mask >> 32);
}

static uint32_t msi_mask(const struct model *model, uint32_t offset)
{
    static const uint32_t masks[] = { UINT32_MAX & ~3U, 0x00ffffffU, UINT32_MAX, MSI_VEC_CTL_M };
    const uint32_t vector = (offset - REG_MSI_CFG_TBL) / 16U;

    return vector < model->config.vectors && CAP_IGS(model->config.capabilities) != IGS_WSI
        ? masks[offset % 16U / 4U] : 0U;
}

static uint32_t icvec_mask(const struct model *model)
{
    const uint32_t one = model->config.vectors - 1U;

    return one << (4U * CIP) | one << (4U * FIP) | (has(model, CAP_ATS) ? one << (4U * PIP) : 0U);
}

/* Bits of a word that take what is stored. CSRs and ipsr are not among them. */
static uint32_t writable(const struct model *model, uint32_t offset)
{
    const bool ats = has(model, CAP_ATS), debug = has(model, CAP_DBG);
    uint32_t mask = 0;

    switch (offset) {
    case REG_FCTL: mask = model->config.fctl_writable; break;
    case REG_DDTP: case REG_DDTP + 4: mask = half(ppn_mask(model) | ONES(4), offset); break;
    case REG_CQB: case REG_CQB + 4: case REG_FQB: case REG_FQB + 4:
        mask = half(ppn_mask(model) | ONES(5), offset);
        break;
    case REG_PQB: case REG_PQB + 4: mask = ats ? half(ppn_mask(model) | ONES(5), offset) : 0; break;
    case REG_CQT: mask = queue_mask(model, &command_queue); break;
    case REG_FQH: mask = queue_mask(model, &fault_queue); break;
    case REG_PQH: mask = ats ? queue_mask(model, &page_queue) : 0; break;
    case REG_TR_REQ_IOVA: mask = debug ? UINT32_MAX & ~(uint32_t)ONES(12) : 0; break;
    case REG_TR_REQ_IOVA + 4: mask = debug ? UINT32_MAX : 0; break;
    case REG_TR_REQ_CTL: mask = debug ? (uint32_t)(ONES(4) | PLACE(UINT64_MAX, 12, 20)) : 0; break;
    case REG_TR_REQ_CTL + 4: mask = debug ? half(TR_PV | PLACE(UINT64_MAX, 40, 24), 4U) : 0; break;
    case REG_ICVEC: mask = icvec_mask(model); break;
    default:
        if (within(offset, REG_MSI_CFG_TBL, REG_MSI_CFG_TBL_END)) {
            mask = msi_mask(model, offset);
        }
        break;
    }
    return mask;
}

static bool any_queue_on(const struct model *model)
{
    return ((reg(model, REG_CQCSR) | reg(model, REG_FQCSR) | reg(model, REG_PQCSR))
            & (CSR_ON | CSR_ENABLE)) != 0U;
}

static void fctl_written(struct model *model, uint32_t old)
{
    if (reg(model, REG_FCTL) != old && DDTP_MODE(reg64(model, REG_DDTP)) != DDTP_OFF) {
        unspecified(model, "fctl changed while ddtp.iommu_mode is not Off");
    }
    if (reg(model, REG_FCTL) != old && any_queue_on(model)) {
        unspecified(model, "fctl changed while a queue is on");
    }
    if (by_wire(model)) {
        model->messages_due = 0;
    }
}

/* "Device-directory-table pointer". The high half, if stored, was stored before. */
static void ddtp_written(struct model *model, uint64_t old)
{
    uint64_t now = reg64(model, REG_DDTP) & ~DDTP_BUSY;
    const uint64_t was = DDTP_MODE(old);

    if (old & DDTP_BUSY) {
        unspecified(model, "ddtp written while ddtp.busy is 1");
    }
    if (DDTP_MODE(now) > DDTP_3LVL) {
        now = (now & ~ONES(4)) | was;
    } else if (was > DDTP_BARE && DDTP_MODE(now) > DDTP_BARE) {
        unspecified(model, "ddtp.iommu_mode to a level from one: by way of Off or Bare only");
    } else if (was > DDTP_BARE && DDTP_MODE(now) == DDTP_BARE) {
        unspecified(model, "ddtp.iommu_mode to Bare from other than Off");
    }
    set_reg64(model, REG_DDTP, now | DDTP_BUSY);
    if (!model->config.whims.late) {
        ddtp_settle(model);
    }
}

bool ddtp_settle(struct model *model)
{
    const bool busy = (reg(model, REG_DDTP) & DDTP_BUSY) != 0U && !model->stalled;

    if (busy) {
        set_reg(model, REG_DDTP, reg(model, REG_DDTP) & ~DDTP_BUSY);
        model->ddtp = reg64(model, REG_DDTP);
    }
    return busy;
}

/* "The status of bits 31:LOG2SZ is 0, and the others assume a valid but UNSPECIFIED value." */
static void base_written(struct model *model, const struct queue *queue, uint32_t offset)
{
    const uint32_t index = queue == &command_queue ? queue->tail : queue->head;

    if (reg(model, queue->csr) & (CSR_ON | CSR_BUSY)) {
        unspecified(model, "a queue's base written while it is on or busy");
    }
    if (offset == queue->base) {
        if (QUEUE_LOG2SZ(reg(model, offset)) > model->config.queue_log2_max) {
            set_reg(model, offset, (reg(model, offset) & ~ONES(5))
                                   | (model->config.queue_log2_max - 1U));
        }
        if (model->region != NULL) {
            set_reg(model, queue->head, reg(model, queue->head) & queue_mask(model, queue));
            set_reg(model, queue->tail, reg(model, queue->tail) & queue_mask(model, queue));
        } else {
            set_reg(model, index, model->config.whims.odd_values
                                  ? random64(model) & queue_mask(model, queue) : 0U);
        }
    }
}

static void tr_req_written(struct model *model, uint64_t old)
{
    if (old & TR_GO) {
        unspecified(model, "tr_req_ctl or tr_req_iova written while Go/Busy is 1");
    }
    set_reg(model, REG_TR_REQ_CTL, reg(model, REG_TR_REQ_CTL) | (old & TR_GO));
    if (!model->config.whims.late) {
        (void)debug_step(model);
    }
}

static void set_off(struct model *model, uint32_t offset, uint64_t old, uint32_t value)
{
    const uint32_t was = (uint32_t)(offset % 8U == 0U ? old : old >> 32);

    switch (offset) {
    case REG_FCTL: fctl_written(model, was); break;
    case REG_DDTP: ddtp_written(model, old); break;
    case REG_CQB: case REG_CQB + 4: base_written(model, &command_queue, offset); break;
    case REG_FQB: case REG_FQB + 4: base_written(model, &fault_queue, offset); break;
    case REG_PQB: case REG_PQB + 4: base_written(model, &page_queue, offset); break;
    case REG_CQCSR: queue_csr_written(model, &command_queue, was, value); break;
    case REG_FQCSR: queue_csr_written(model, &fault_queue, was, value); break;
    case REG_PQCSR:
        if (has(model, CAP_ATS)) {
            queue_csr_written(model, &page_queue, was, value);
        }
        break;
    case REG_IPSR: set_reg(model, REG_IPSR, was & ~value); break;
    case REG_TR_REQ_CTL: tr_req_written(model, was); break;
    default: break;
    }
}

static void write_word(struct model *model, uint32_t offset, uint32_t value)
{
    const uint32_t mask = writable(model, offset);
    const uint64_t old = reg64(model, offset & ~7U);

    if (within(offset, REG_DDTP, REG_DDTP + 8U) && DDTP_MODE(old) > DDTP_BARE
        && ((reg(model, offset) ^ value) & half(ppn_mask(model), offset)) != 0U) {
        unspecified(model, "ddtp.PPN changed while a directory is in use");
    }
    set_reg(model, offset, (reg(model, offset) & ~mask) | (value & mask));
    set_off(model, offset, old, value);
}

void model_write(struct model *model, uint32_t offset, unsigned width, uint64_t value)
{
    if (!access_is_specified(offset, width)) {
        unspecified(model,
                    "a store to the registers of a width or at an offset that is not theirs");
    } else if (offset < REG_MSI_CFG_TBL_END && !region_ignores(model, offset, width, value)) {
        if (width == 8U) {
            write_word(model, offset + 4U, (uint32_t)(value >> 32));
        }
        write_word(model, offset, (uint32_t)value);
        interrupts_evaluate(model);
        while (!model->config.whims.late && command_step(model)) {
        }
    }
}

uint64_t model_read(struct model *model, uint32_t offset, unsigned width)
{
    uint64_t value = 0;

    if (!access_is_specified(offset, width)) {
        unspecified(model, "a load of the registers of a width or at an offset that is not theirs");
    } else if (offset < REG_MSI_CFG_TBL_END) {
        if (model->config.whims.late) {
            (void)model_run(model, (unsigned)(random64(model) % 2U));
        }
        value = width == 8U ? reg64(model, offset) : reg(model, offset);
    }
    return value;
}

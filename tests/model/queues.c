/* SPDX-License-Identifier: Apache-2.0 */
/* "In-memory queue interface": what the three queues have in common. */
#include "tests/model/inside.h"

const struct queue command_queue = { REG_CQB, REG_CQH, REG_CQT, REG_CQCSR, COMMAND_BYTES,
                                     TOUCH_COMMAND, CIP };
const struct queue fault_queue = { REG_FQB, REG_FQH, REG_FQT, REG_FQCSR, FAULT_BYTES,
                                   TOUCH_FAULT, FIP };
const struct queue page_queue = { REG_PQB, REG_PQH, REG_PQT, REG_PQCSR, PAGE_REQUEST_BYTES,
                                  TOUCH_PAGE_REQUEST, PIP };

uint32_t queue_mask(const struct model *model, const struct queue *queue)
{
    return (uint32_t)ONES(QUEUE_LOG2SZ(reg(model, queue->base)));
}

bool queue_runs(const struct model *model, const struct queue *queue)
{
    return (reg(model, queue->csr) & CSR_ON) != 0U;
}

uint64_t queue_entry(struct model *model, const struct queue *queue, uint32_t index)
{
    return (QUEUE_PPN(reg64(model, queue->base)) << MODEL_PAGE_SHIFT)
        + (uint64_t)index * queue->entry_bytes;
}

/* Bits of the CSR that are cleared by a 1, and by enabling the queue. */
static uint32_t errors(const struct queue *queue)
{
    return queue == &command_queue
        ? CSR_MF | CQCSR_CMD_TO | CQCSR_CMD_ILL | CQCSR_FENCE_W_IP : CSR_MF | CSR_OF;
}

static void enable(struct model *model, const struct queue *queue)
{
    const uint64_t base = QUEUE_PPN(reg64(model, queue->base)) << MODEL_PAGE_SHIFT;
    const uint64_t size = (uint64_t)queue->entry_bytes << QUEUE_LOG2SZ(reg(model, queue->base));

    if ((base & (size - 1U)) != 0U && size > BIT(MODEL_PAGE_SHIFT)) {
        unspecified(model, "a queue of more than a page is not aligned to its size");
    }
    set_reg(model, queue == &command_queue ? queue->head : queue->tail, 0U);
}

void queue_csr_written(struct model *model, const struct queue *queue, uint32_t old, uint32_t value)
{
    const uint32_t plain = CSR_ENABLE | CSR_IE;
    uint32_t now = (old & ~(value & errors(queue)) & ~plain) | (value & plain);

    if (old & CSR_BUSY) {
        unspecified(model, "a queue's CSR written while it is busy");
    }
    if ((value & CSR_ENABLE) != 0U && (old & CSR_ENABLE) == 0U) {
        enable(model, queue);
        now &= ~errors(queue);
    }
    set_reg(model, queue->csr, now | CSR_BUSY);
    if (!model->config.whims.late) {
        (void)queue_settle(model, queue);
    }
}

bool queue_settle(struct model *model, const struct queue *queue)
{
    const uint32_t csr = reg(model, queue->csr);
    const uint32_t on = (csr & CSR_ENABLE) != 0U ? CSR_ON : 0U;
    const bool busy = (csr & CSR_BUSY) != 0U && !model->stalled;

    if (busy) {
        set_reg(model, queue->csr, (csr & ~(uint32_t)(CSR_BUSY | CSR_ON)) | on);
        /* "An implementation may either complete the already fetched commands or abort." */
        if (queue == &command_queue && on == 0U && chance(model, 50U)) {
            model->put_off_count = 0;
        }
    }
    return busy;
}

bool queue_put(struct model *model, const struct queue *queue, const uint64_t *words, size_t count)
{
    const uint32_t mask = queue_mask(model, queue);
    const uint32_t tail = reg(model, queue->tail), next = (tail + 1U) & mask;
    const uint32_t csr = reg(model, queue->csr);
    bool put = false;

    if (!queue_runs(model, queue) || (csr & (CSR_MF | CSR_OF)) != 0U) {
        /* Lost, and software was or will be told. */
    } else if (next == (reg(model, queue->head) & mask)) {
        set_reg(model, queue->csr, csr | CSR_OF);
    } else if (store(model, queue->purpose, queue_entry(model, queue, tail), big_endian(model), 8U,
                     words, count) != MEM_OK) {
        set_reg(model, queue->csr, csr | CSR_MF);
    } else {
        set_reg(model, queue->tail, next);
        put = true;
        if (csr & CSR_IE) {
            interrupt(model, queue->interrupt);
        }
    }
    interrupts_evaluate(model);
    return put;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* ipsr, icvec, msi_cfg_tbl: wires follow the bits, messages their edges. */
#include "tests/model/inside.h"

static uint32_t vector_of(const struct model *model, unsigned cause)
{
    return (uint32_t)FIELD(reg(model, REG_ICVEC), 4U * cause, 4);
}

static void send(struct model *model, uint32_t vector)
{
    const uint64_t address = reg64(model, REG_MSI_ADDR(vector));
    const uint64_t data = reg(model, REG_MSI_DATA(vector));
    const bool for_device = model->for_device;

    model->for_device = false;
    if (store(model, TOUCH_OWN_MSI, address, big_endian(model), 4U, &data, 1U) != MEM_OK) {
        fault_report_msi(model, address);
    }
    model->for_device = for_device;
}

/* A message that cannot be written makes a record, the record an interrupt, that one a message:
 * each bit of ipsr rises once, so this ends. */
static void send_due(struct model *model)
{
    if (model->sending) {
        return;
    }
    model->sending = true;
    for (uint32_t v = 0; v < model->config.vectors; v++) {
        const bool masked = (reg(model, REG_MSI_VEC_CTL(v)) & MSI_VEC_CTL_M) != 0U;

        if ((model->messages_due & BIT(v)) != 0U && !masked) {
            model->messages_due &= (uint32_t)~BIT(v);
            send(model, v);
            v = UINT32_MAX; /* from the first vector again: there may be new ones */
        }
    }
    model->sending = false;
}

static void rise(struct model *model, enum cause_of_interrupt cause)
{
    if ((reg(model, REG_IPSR) & BIT(cause)) == 0U) {
        set_reg(model, REG_IPSR, reg(model, REG_IPSR) | BIT(cause));
        if (!by_wire(model)) {
            model->messages_due |= (uint32_t)BIT(vector_of(model, cause));
        }
    }
}

void interrupt(struct model *model, enum cause_of_interrupt cause)
{
    rise(model, cause);
    send_due(model);
}

/* What rises at once on one vector is one message. */
void interrupts_evaluate(struct model *model)
{
    const struct queue *const queues[] = { &command_queue, &fault_queue, &page_queue };
    const uint32_t levels[] = { CSR_MF | CQCSR_CMD_TO | CQCSR_CMD_ILL | CQCSR_FENCE_W_IP,
                                CSR_MF | CSR_OF, CSR_MF | CSR_OF };

    for (size_t i = 0; i < 3U; i++) {
        const uint32_t csr = reg(model, queues[i]->csr);

        if ((csr & CSR_IE) != 0U && (csr & levels[i]) != 0U) {
            rise(model, queues[i]->interrupt);
        }
    }
    send_due(model);
}

uint32_t model_wires(const struct model *model)
{
    uint32_t wires = 0;

    for (unsigned cause = 0; by_wire(model) && cause < INTERRUPT_CAUSES; cause++) {
        if (reg(model, REG_IPSR) & BIT(cause)) {
            wires |= (uint32_t)BIT(vector_of(model, cause));
        }
    }
    return wires;
}

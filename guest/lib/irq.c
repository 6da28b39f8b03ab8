/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/lib/irq.h"

#include "guest/lib/aplic.h"
#include "guest/lib/hart.h"
#include "guest/lib/imsic.h"
#include "guest/lib/trap.h"

static struct tree_imsic imsic;
static uint64_t aplic;

static uint32_t hart_index(uint64_t hart_id)
{
    for (uint32_t i = 0; i < imsic.hart_count; i++) {
        if (imsic.hart_ids[i] == hart_id) {
            return i;
        }
    }
    return 0;
}

bool irq_open(void)
{
    uint32_t sources;

    if (!tree_imsic(&imsic)) {
        return false;
    }
    imsic_init(imsic.identities);
    aplic = tree_aplic(&sources);
    if (aplic != 0U) {
        aplic_init(aplic);
    }
    irq_enable(UINT64_C(1) << IRQ_EXTERNAL);
    return aplic != 0U;
}

void irq_connect(uint32_t source, uint32_t mode, void (*handler)(uint32_t source))
{
    trap_on_identity[source] = handler;
    imsic_enable(source);
    aplic_route(aplic, source, mode, hart_index(hart_self()->id), source);
}

void irq_message(uint32_t identity, void (*handler)(uint32_t identity))
{
    trap_on_identity[identity] = handler;
    imsic_enable(identity);
}

uint64_t irq_file(uint64_t hart_id)
{
    return imsic.hart_count == 0U ? 0U : imsic.base + hart_index(hart_id) * imsic.stride;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupt files, and the APLIC of the board's lines. */
#include "tests/world/inside.h"

#include <string.h>

#include "hyp/vcpu/csrs.h"
#include "platform/aplic_regs.h"
#include "platform/hw/aplic.h"
#include "platform/hw/imsic.h"
#include "tests/unit/fake_aplic.h"

#define IDS        256U
#define WORDS      (IDS / 64U)
#define MAX_FILES  4U        /* of a hart: the hypervisor's, and guests' */

/* Pending identities; what a guest has enabled does not matter here. */
static struct { uint64_t pending[WORDS]; } files[BOARD_MAX_HARTS][MAX_FILES];
static struct fake_aplic aplic;
static uint32_t wires[MAX_IOMMUS];

static void sent(void *ctx, uint32_t hart, uint32_t eiid)
{
    (void)ctx;
    if (hart < world.board.hart_count && eiid < IDS) {
        files[hart][0].pending[eiid / 64U] |= UINT64_C(1) << eiid % 64U;
    }
}

void interrupts_open(void)
{
    memset(files, 0, sizeof(files));
    memset(wires, 0, sizeof(wires));
    aplic = (struct fake_aplic){ .sent = sent, .harts = world.board.hart_count,
                                 .eiid_mask = IDS - 1U, .num_ids = IDS - 1U, .ie = true };
}

bool interrupts_store(uint64_t address, uint32_t id)
{
    const struct board_imsic *imsic = &world.board.imsic;
    const uint64_t page = (address - imsic->regions[0].base.v) / PAGE_SIZE;
    const uint64_t hart = page >> imsic->guest_index_bits;
    const uint64_t file = page & ((1U << imsic->guest_index_bits) - 1U);

    if (!pa_range_contains(imsic->regions[0], pa(address), sizeof(id)) ||
        hart >= world.board.hart_count) {
        return false;
    }
    /* AIA 3.5: identities that do not exist, and the other registers of the page, do nothing. */
    if (address % PAGE_SIZE == 0U && id != 0U && id < IDS) {
        files[hart][file].pending[id / 64U] |= UINT64_C(1) << id % 64U;
    }
    return true;
}

void interrupts_wires(void)
{
    for (uint32_t i = 0; i < world.board.iommu_count; i++) {
        const uint32_t are = world.models[i] != NULL ? model_wires(world.models[i]) : 0U;
        for (uint32_t k = 0; are != wires[i] && k < world.board.iommu[i].irq_count; k++) {
            fake_aplic_wire(&aplic, world.board.iommu[i].irqs[k], (are >> k & 1U) != 0U);
        }
        wires[i] = are;
    }
}

uint64_t interrupts_take(uint32_t hart)
{
    const uint64_t taken = files[hart][0].pending[0];

    files[hart][0].pending[0] = 0U;
    return taken;
}

bool interrupts_due(uint32_t hart)
{
    return files[hart][0].pending[0] != 0U;
}

/* ---- platform/hw/imsic.h, platform/hw/aplic.h ------------------------------------------------ */

void imsic_send(pa_t file, uint32_t id)
{
    if (!interrupts_store(file.v, id)) {
        world_fail("I6", "an MSI of the hypervisor to 0x%llx", (unsigned long long)file.v);
    }
}

void aplic_line_sourcecfg(uint32_t source, uint32_t source_mode)
{
    fake_aplic_write(&aplic, aplic_sourcecfg(source), source_mode);
}

void aplic_line_target(uint32_t source, uint32_t hart_index, uint32_t guest_file, uint32_t eiid)
{
    (void)guest_file;        /* no guest has a line here */
    fake_aplic_write(&aplic, aplic_target(source), hart_index << APLIC_TARGET_HART_SHIFT | eiid);
}

void aplic_line_enable(uint32_t source, bool enable)
{
    fake_aplic_write(&aplic, enable ? APLIC_SETIENUM : APLIC_CLRIENUM, source);
}

void aplic_line_set_pending(uint32_t source)
{
    fake_aplic_write(&aplic, APLIC_SETIPNUM, source);
}

void aplic_line_clear_pending(uint32_t source)
{
    fake_aplic_write(&aplic, APLIC_CLRIPNUM, source);
}

bool aplic_line_is_pending(uint32_t source)
{
    return aplic.source[source].pending;
}

bool aplic_line_input(uint32_t source)
{
    return (fake_aplic_read(&aplic, APLIC_IN_CLRIP + source / 32U * 4U) >> source % 32U & 1U) != 0U;
}

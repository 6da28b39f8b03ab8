/* SPDX-License-Identifier: Apache-2.0 */
/* What guests do, each on a hart of its own: a driver's steps, and whatever else a hostile one can
 * store to memory and to virtual devices. */
#include "tests/world/inside.h"

#include "hyp/irq/irq.h"
#include "platform/aplic_regs.h"
#include "platform/hw/csr_numbers.h"

#define BURST 20U            /* commands in one operation, at most */

/* A vIOMMU of a guest that runs, with the vCPU that does something about it; NULL: none. */
static struct driver *driver_for(const struct world_op *op, uint32_t *v)
{
    const uint32_t count = world.config.viommu_count;

    for (uint32_t i = 0; i < count; i++) {
        struct driver *d = &drivers[(op->who + i) % count];
        *v = op->which % d->guest->vcpu_count;
        if (harts_vcpu_runs(d->guest, *v)) {
            return driver_of(d->viommu);
        }
    }
    return NULL;
}

/* Mostly the registers that make a wire or a message of a vIOMMU arrive. */
static void store_to_aplic(struct guest *guest, uint32_t v, uint64_t bits)
{
    const uint32_t source = 1U + take(&bits, 4U);
    uint64_t offset = APLIC_DOMAINCFG, value = APLIC_DOMAINCFG_IE;

    switch (take(&bits, 3U)) {
    case 0: break;
    case 1: case 2:
        offset = aplic_sourcecfg(source);
        value = take(&bits, 2U) == 0U ? take(&bits, 3U) : (uint64_t)APLIC_SM_LEVEL1;
        break;
    case 3: case 4: offset = APLIC_SETIENUM; value = source; break;
    case 5:
        offset = aplic_target(source);
        value = (uint64_t)take(&bits, 1U) << APLIC_TARGET_HART_SHIFT | take(&bits, 6U);
        break;
    default: offset = take(&bits, 13U) * 4U; value = bits; break;
    }
    (void)harts_mmio_store(guest, v, GUEST_APLIC_BASE + offset, 4U, value);
}

/* A message to a sibling, or what lets messages in: both trap only where files are in memory. */
static void store_to_imsic(struct guest *guest, uint32_t v, uint64_t bits)
{
    static const uint64_t selects[] = { 0x70U, 0xc0U, 0xc2U, 0x72U };
    const struct csr_access access = { .csr = CSR_SIREG, .op = CSR_WRITE, .writes = true };
    uint64_t old;

    if (take(&bits, 1U) != 0U) {
        (void)harts_mmio_store(guest, v, GUEST_IMSIC_BASE + take(&bits, 1U) * PAGE_SIZE, 4U,
                               take(&bits, 8U));
    } else {
        harts_become(guest, v);
        const uint32_t select = take(&bits, 2U);
        (void)irq_access_csr(guest->vcpus[v], &access, selects[select],
                             select == 3U ? 0U : UINT64_MAX, &old);
    }
}

void op_store(const struct world_op *op)
{
    uint32_t v;
    struct driver *d = driver_for(op, &v);
    uint64_t bits = op->where;
    const uint32_t offset = take(&bits, 12U), width = 1U << take(&bits, 2U);

    if (d == NULL) {
        return;
    }
    switch (take(&bits, 2U)) {
    case 0: store_to_imsic(d->guest, v, op->value); break;
    case 1: store_to_aplic(d->guest, v, op->value); break;
    default:
        (void)harts_mmio_store(d->guest, v, world.plan.viommus[d->viommu].regs.v + offset, width,
                               op->value);
        break;
    }
}

/* The last page of RAM, and the one behind it. */
static uint64_t edge(const struct guest *guest, uint64_t bits)
{
    return guest->part->ram_base.v + guest->part->ram.size - (bits % 2U) * PAGE_SIZE;
}

/* A queue or the directory where RAM ends. */
static void go_to_the_edge(struct driver *d, uint64_t bits)
{
    const uint64_t base = edge(d->guest, take(&bits, 1U)) >> 12 << 10;
    const uint32_t log2 = take(&bits, 4U);

    switch (take(&bits, 2U)) {
    case 0:
        driver_write(d, REG_CQCSR, 4U, 0U);
        driver_write(d, REG_CQB, 8U, base | log2);
        driver_write(d, REG_CQCSR, 4U, CSR_ENABLE);
        driver_write(d, REG_CQT, 4U, bits);
        break;
    case 1:
        driver_write(d, REG_FQCSR, 4U, 0U);
        driver_write(d, REG_FQB, 8U, base | log2);
        driver_write(d, REG_FQCSR, 4U, CSR_ENABLE | CSR_IE);
        driver_write(d, REG_FQH, 4U, bits);
        break;
    default:
        driver_write(d, REG_DDTP, 8U, base | (DDTP_1LVL + log2 % 3U));
        break;
    }
}

static void program_messages(struct driver *d, uint64_t bits)
{
    const uint32_t vector = take(&bits, 1U);

    driver_write(d, REG_ICVEC, 8U, take(&bits, 1U) | take(&bits, 1U) << 4);
    driver_write(d, REG_MSI_ADDR(vector), 8U,
                 take(&bits, 2U) != 0U ? GUEST_IMSIC_BASE + take(&bits, 1U) * PAGE_SIZE : bits);
    driver_write(d, REG_MSI_DATA(vector), 4U, 1U + take(&bits, 6U));
    driver_write(d, REG_MSI_VEC_CTL(vector), 4U, take(&bits, 3U) == 0U);
}

/* To a wire, as a driver of the APLIC does. */
static void listen(struct guest *guest, uint32_t v, uint32_t source)
{
    const struct { uint32_t offset, value; } stores[] = {
        { APLIC_DOMAINCFG, APLIC_DOMAINCFG_IE }, { aplic_sourcecfg(source), APLIC_SM_LEVEL1 },
        { aplic_target(source), source }, { APLIC_SETIENUM, source },
    };

    for (uint32_t i = 0; i < sizeof(stores) / sizeof(stores[0]); i++) {
        (void)harts_mmio_store(guest, v, GUEST_APLIC_BASE + stores[i].offset, 4U, stores[i].value);
    }
}

static void any_register(struct driver *d, uint32_t which, uint64_t value)
{
    static const uint32_t registers[] = {
        REG_CAPABILITIES, REG_FCTL, REG_DDTP, REG_DDTP + 4U, REG_CQB, REG_CQB + 4U, REG_CQH,
        REG_CQT, REG_FQB, REG_FQH, REG_FQT, REG_PQB, REG_CQCSR, REG_FQCSR, REG_PQCSR, REG_IPSR,
        REG_ICVEC, REG_MSI_ADDR(0), REG_MSI_DATA(1), REG_MSI_VEC_CTL(0), REG_TR_REQ_CTL,
    };
    const uint32_t offset = registers[which % (sizeof(registers) / sizeof(registers[0]))];

    driver_write(d, offset, which % 3U == 0U && offset % 8U == 0U ? 8U : 4U, value);
}

void op_reg(const struct world_op *op)
{
    uint32_t v;
    struct driver *d = driver_for(op, &v);
    uint64_t bits = op->value;

    if (d == NULL) {
        return;
    }
    switch (op->where % 16U) {
    case 0:                                  /* all of it, as at the start of a life */
        driver_commands_on(d);
        driver_faults_on(d);
        driver_directory_on(d);
        break;
    case 1: driver_commands_on(d); break;
    case 2: case 3: driver_faults_on(d); break;
    case 4: case 5: case 6: driver_directory_on(d); break;
    case 7: program_messages(d, bits); break;
    case 8: driver_recover(d); break;
    case 9:
        driver_write(d, REG_FQCSR, 4U, CSR_ENABLE | CSR_IE | CSR_MF | CSR_OF);
        driver_write(d, REG_IPSR, 4U, 0xfU);
        break;
    case 10: case 11:
        driver_write(d, REG_FQH, 4U, driver_read(d, REG_FQT, 4U));
        driver_write(d, REG_IPSR, 4U, 2U);
        break;
    case 12: driver_write(d, REG_IPSR, 4U, bits & 0xfU); break;
    case 13:                                 /* through Off to Bare or to levels, or directly */
        if (op->which >> 4 & 1U) {
            go_to_the_edge(d, bits);
            break;
        }
        driver_write(d, REG_DDTP, 8U, (driver_page(d, AREA_DDT_ROOT) >> 12 << 10) | bits % 6U);
        break;
    case 14:
        driver_write(d, REG_CQCSR, 4U, 0U);
        driver_write(d, REG_FQCSR, 4U, 0U);
        driver_write(d, REG_FCTL, 4U, bits & FCTL_WSI);
        for (uint32_t wire = 0; wire < PLAN_VIOMMU_WIRES; wire++) {
            listen(d->guest, v, world.plan.viommus[d->viommu].sources[wire]);
        }
        break;
    default: any_register(d, op->which >> 4, bits); break;
    }
}

void op_ram(const struct world_op *op)
{
    const struct guest *guest = &guests[op->who % world.plan.guest_count];

    if (harts_vcpu_runs(guest, op->which % guest->vcpu_count)) {
        (void)memory_store(guest, others_place(guest, op->where),
                           op->which >> 15 != 0U ? op->value : others_word(guest, op->value));
    }
}

static uint32_t id_behind(const struct driver *d, uint32_t n)
{
    const struct plan_viommu *planned = &world.plan.viommus[d->viommu];

    return planned->ids[n % planned->id_count].virtual_id;
}

/* Process number `process` of those that the driver knows gets the space. */
static void let_process(struct driver *d, uint32_t directory, uint32_t process, uint32_t space,
                        uint64_t bits)
{
    const uint64_t rights = PC_TA_V | (bits & (PC_TA_ENS | PC_TA_SUM));

    if (d->space_modes[space] != 0U) {
        d->processes[directory][process] = (uint8_t)(1U + space);
        driver_put_process(d, directory, driver_pid(process), rights | PLACE(bits >> 8, 12, 3),
                           driver_fsc(d, space));
    }
}

void op_context(const struct world_op *op)
{
    uint32_t v;
    struct driver *d = driver_for(op, &v);
    uint64_t bits = op->where;

    if (d == NULL) {
        return;
    }
    const uint32_t what = take(&bits, 6U), space = take(&bits, 2U), pscid = take(&bits, 3U);
    const uint32_t directory = take(&bits, 1U);
    uint64_t words[4] = { TC_V, 0U, PLACE(pscid, 12, 20), 0U };

    words[0] |= take(&bits, 4U) == 0U ? TC_DTF : 0U;
    if (what < 4U) {
        words[0] = 0U;
    } else if (what < 14U) {
        /* it passes */
    } else if (what < 40U || d->pdt_modes[directory] == 0U) {
        words[3] = d->space_modes[space] != 0U ? driver_fsc(d, space) : 0U;
    } else if (what < 60U) {
        words[0] |= TC_PDTV | (take(&bits, 1U) != 0U ? TC_DPE : 0U);
        words[3] = driver_pdtp(d, directory);
        let_process(d, directory, take(&bits, 3U), space, op->value);
    } else {
        words[what % 4U] = op->value;
    }
    driver_put_context(d, id_behind(d, op->which >> 4), words);
}

/* Where a guest lets a page lead: mostly to what it has. */
static uint64_t any_target(const struct driver *d, uint64_t bits)
{
    const struct plan_guest *part = d->guest->part;
    const uint32_t what = take(&bits, 4U);

    if (what == 0U && take(&bits, 2U) == 0U) {
        return edge(d->guest, bits);
    }
    switch (what) {
    case 0: return GUEST_IMSIC_BASE + take(&bits, 2U) * PAGE_SIZE;
    case 1: return GUEST_IMSIC_BASE;
    case 2: return part->ram_base.v;
    case 3: return part->ram_base.v + align_down(bits % part->ram.size, PAGE_SIZE);
    case 4: return part->share_count != 0U ? part->shares[0].memory.v : GUEST_SHARED_BASE;
    case 5: return world.plan.viommus[d->viommu].regs.v;
    case 6: return RAM_BASE + align_down(bits % RAM_SIZE, PAGE_SIZE);
    case 7: return part->window_count != 0U
                       ? part->windows[take(&bits, 4U) % part->window_count].gpa.v : bits;
    case 8: return driver_page(d, take(&bits, 6U) % AREA_DATA);
    default: return driver_page(d, AREA_DATA + take(&bits, 5U) % (AREA_PAGES - AREA_DATA));
    }
}

static uint64_t any_flags(uint64_t bits)
{
    uint64_t flags = PTE_V | PTE_R | PTE_W | PTE_X | PTE_U | PTE_A | PTE_D;

    if (take(&bits, 3U) == 0U) {
        flags &= ~(UINT64_C(1) << take(&bits, 3U)) | PTE_V;
    }
    return take(&bits, 4U) == 0U ? flags | PTE_G : flags;
}

void op_table(const struct world_op *op)
{
    uint32_t v;
    struct driver *d = driver_for(op, &v);
    uint64_t bits = op->where;

    if (d == NULL) {
        return;
    }
    const uint32_t what = take(&bits, 6U), space = take(&bits, 2U), slot = take(&bits, 4U);
    const uint32_t directory = take(&bits, 1U), process = take(&bits, 3U);

    if (what < 34U) {
        driver_map(d, space, slot, any_target(d, op->value), any_flags(bits),
                   (op->which >> 4) % 8U == 0U);
    } else if (what < 42U) {
        driver_unmap(d, space, driver_mapped_slot(d, space, slot));
    } else if (what < 58U) {
        let_process(d, directory, process, space, (uint64_t)op->which << 4 | bits % 16U);
    } else if (what < 60U) {
        driver_put_process(d, directory, driver_pid(process), 0U, 0U);
    } else {
        (void)memory_store(d->guest, driver_page(d, AREA_DDT_ROOT + (op->which >> 4) %
                                                        (AREA_DATA - AREA_DDT_ROOT)) +
                                         8U * (slot + 16U * (space % 2U)),
                           others_word(d->guest, op->value));
    }
}

static void any_command(struct driver *d, uint64_t bits, uint64_t command[2])
{
    const uint32_t what = take(&bits, 4U), slot = take(&bits, 4U);
    const uint32_t pscid = take(&bits, 3U), n = take(&bits, 7U), pid = driver_pid(take(&bits, 3U));
    const uint64_t page = driver_slot(slot) >> 12 << 10;
    const uint64_t id = PLACE(id_behind(d, n), 40, 24) | CMD_DV;

    command[1] = 0U;
    switch (what) {
    case 0: command[0] = CMD_IOTINVAL; break;
    case 1: case 2:
        command[0] = CMD_IOTINVAL | CMD_PSCV | PLACE(pscid, 12, 20);
        break;
    case 3: case 4: case 5:
        command[0] = CMD_IOTINVAL | CMD_AV | (take(&bits, 1U) != 0U ? CMD_PSCV : 0U) |
                     PLACE(pscid, 12, 20) | (take(&bits, 2U) != 0U ? CMD_NL : 0U);
        command[1] = page | (take(&bits, 1U) != 0U ? CMD_S | take(&bits, 5U) << 10 : 0U);
        break;
    case 6: command[0] = CMD_IODIR; break;
    case 7: case 8: case 9: command[0] = CMD_IODIR | id; break;
    case 10: command[0] = CMD_IODIR | UINT64_C(1) << 7 | id | PLACE(pid, 12, 20); break;
    case 11: case 12: case 13:
        command[0] = CMD_IOFENCE | CMD_PR | CMD_PW;
        if (take(&bits, 1U) != 0U) {
            command[0] |= CMD_AV | (bits & UINT32_MAX) << 32;
            command[1] = (take(&bits, 3U) != 0U ? driver_page(d, AREA_FENCE) + 4U * slot
                                                : any_target(d, bits)) >> 2;
        }
        break;
    case 14: command[0] = CMD_IOFENCE | CMD_WSI; break;
    default: command[0] = bits; command[1] = bits << 7; break;
    }
}

void op_command(const struct world_op *op)
{
    uint32_t v;
    struct driver *d = driver_for(op, &v);
    uint64_t words[2];

    if (d == NULL) {
        return;
    }
    if (!driver_queue_runs(d) && op->where % 4U != 0U) {
        if ((driver_read(d, REG_CQCSR, 4U) & CSR_ON) != 0U) {
            driver_recover(d);
        } else {
            driver_commands_on(d);
        }
    }
    d->tail = (uint32_t)driver_read(d, REG_CQT, 4U);
    const bool burst = (op->where >> 7) % 16U == 0U;
    for (uint32_t i = 0; i <= (burst ? BURST : (op->where >> 2) % 4U); i++) {
        any_command(d, op->value >> (11U * i % 48U), words);
        (void)driver_command(d, words[0], words[1]);
    }
    if ((op->where >> 4) % 8U != 0U) {
        driver_ring(d);
    }
}

void op_flush(const struct world_op *op)
{
    uint32_t v;
    struct driver *d = driver_for(op, &v);

    if (d != NULL) {
        driver_flush(d);
    }
}

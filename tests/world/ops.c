/* SPDX-License-Identifier: Apache-2.0 */
/* Operations: what the 16 bytes of each mean in this world. Whatever stands in them, something is
 * done that a guest, a device or the board could do. */
#include "tests/world/inside.h"

#include <stdatomic.h>
#include <string.h>

#include "hyp/dma/dma.h"
#include "hyp/dma/state.h"
#include "hyp/irq/irq.h"
#include "platform/aplic_regs.h"
#include "platform/hw/csr_numbers.h"
#include "tests/world/checks.h"

#define MOST_OTHERS 8U       /* acts of others in one operation */
#define FLOOD       400U     /* accesses of a device in one operation, at most */
#define BURST       20U      /* commands, the same */

static unsigned others_left;
static bool others_act;

/* Bits of what an operation has to say, from the lowest on. */
static uint32_t take(uint64_t *bits, unsigned count)
{
    const uint32_t value = (uint32_t)(*bits & ((UINT64_C(1) << count) - 1U));

    *bits >>= count;
    return value;
}

/* ---- devices --------------------------------------------------------------------------------- */

const uint64_t *device_context(const struct world_device *device)
{
    const struct iommu *iommu = &dma_iommus[device->iommu].iommu;
    const uint32_t words = iommu->directory.dc_words;
    const unsigned ddi0 = words == DC_WORDS ? 6U : 7U;
    uint64_t table = iommu->directory.root.v;

    if (device->id >> (ddi0 + 9U * (iommu->directory.levels - 1U)) != 0U) {
        return NULL;
    }
    for (unsigned level = iommu->directory.levels - 1U; level > 0U; level--) {
        const uint64_t *entry = world_memory(
            table + 8U * (device->id >> (ddi0 + 9U * (level - 1U)) & 0x1ffU), 8U);
        if (entry == NULL || (*entry & ENTRY_V) == 0U) {
            return NULL;
        }
        table = ENTRY_PPN(*entry) << 12;
    }
    return world_memory(table + 8U * words * (device->id & ((1U << ddi0) - 1U)), 8U * words);
}

static void note(const struct world_device *device, const struct model_outcome *outcome)
{
    const uint64_t *dc = device_context(device);

    if (dc == NULL) {
        return;
    }
    const bool denied = dc[DC_IOHGATP] == dma_iommus[device->iommu].iommu.setup.deny;
    if (outcome->end == MODEL_FAULT) {
        world_seen[(dc[DC_TC] & TC_DTF) != 0U ? SEEN_BLOCKED : SEEN_REFUSED] += denied;
    } else if ((dc[DC_TC] & TC_PDTV) != 0U && ATP_MODE(dc[DC_FSC]) != PDTP_BARE) {
        world_seen[SEEN_PROCESS]++;
    } else {
        world_seen[ATP_MODE(dc[DC_FSC]) == ATP_BARE ? SEEN_PASSED : SEEN_NESTED]++;
    }
}

/* A request of a device; of those that translate only, nothing follows. */
static struct model_outcome request(const struct world_device *device, struct model_request *r,
                                    size_t size)
{
    uint64_t data[32];
    struct model_outcome outcome;

    for (uint32_t i = 0; i < sizeof(data) / sizeof(data[0]); i++) {
        data[i] = r->iova ^ (uint64_t)i << 32;
    }
    r->device_id = device->id;
    outcome = r->type == TTYP_ATS_REQUEST
                  ? model_translate(world.models[device->iommu], r)
                  : model_access(world.models[device->iommu], r, data, size);
    interrupts_wires();
    if (outcome.end != MODEL_ABORTED) {
        note(device, &outcome);
    }
    return outcome;
}

static const struct world_device *device_of(uint32_t who)
{
    return &world.devices[who % world.device_count];
}

static enum ttyp type_of(uint32_t bits)
{
    static const enum ttyp types[] = {
        TTYP_UNTRANSLATED_WRITE, TTYP_UNTRANSLATED_READ, TTYP_UNTRANSLATED_WRITE,
        TTYP_UNTRANSLATED_READ, TTYP_UNTRANSLATED_WRITE, TTYP_UNTRANSLATED_READ,
        TTYP_UNTRANSLATED_EXEC, TTYP_UNTRANSLATED_WRITE,
    };
    static const enum ttyp rare[] = { TTYP_TRANSLATED_EXEC, TTYP_TRANSLATED_READ,
                                      TTYP_TRANSLATED_WRITE, TTYP_ATS_REQUEST };

    return (bits & 0x38U) == 0x38U ? rare[bits % 4U] : types[bits % 8U];
}

/* One access, or a flood of them. Any address; some of the guest's own that mean something, and what
 * is around them. */
static void dma(const struct world_op *op)
{
    const struct world_device *device = device_of(op->who);
    uint64_t bits = op->where;
    struct model_request r = { .type = type_of(take(&bits, 6U)), .iova = op->value };
    const uint32_t size = 1U + take(&bits, 6U);

    r.pv = take(&bits, 2U) == 0U;
    r.priv = take(&bits, 2U) == 0U;
    r.process_id = driver_pid(take(&bits, 3U));
    const uint32_t count = op->which % 64U == 0U ? 1U + (op->which >> 6) % FLOOD : 1U;
    for (uint32_t i = 0; i < count; i++) {
        (void)request(device, &r, size);
        r.iova += i % 2U == 0U ? PAGE_SIZE : 0U;
    }
}

/* The next one that its driver has mapped, or had once; slot itself if there is none. */
static uint32_t mapped_slot(const struct driver *d, uint32_t space, uint32_t slot)
{
    for (uint32_t i = 0; i < SLOTS; i++) {
        if (d->ever[space][(slot + i) % SLOTS]) {
            return (slot + i) % SLOTS;
        }
    }
    return slot;
}

/* A driver of the device in this life of its guest; NULL: the device is behind no vIOMMU that has
 * one. */
static const struct driver *known_driver(const struct world_device *device)
{
    const struct driver *d =
        device->viommu == PLAN_NO_VIOMMU ? NULL : &drivers[device->viommu];

    return d != NULL && d->life == harts_lives(device->guest) && d->life != 0U ? d : NULL;
}

/* Of what its context leads to, if that is known, else this one. */
static uint32_t space_of(const struct driver *d, const uint64_t *dc, uint32_t space)
{
    for (uint32_t s = 0; s < SPACES; s++) {
        if (d->space_modes[s] != 0U && driver_fsc(d, s) == dc[DC_FSC]) {
            return s;
        }
    }
    return space;
}

/* Where a request of the device leads somewhere: address and process. gone: not any more. */
static void aim(const struct world_device *device, uint64_t bits, struct model_request *r,
                bool *gone)
{
    const struct plan_guest *part = &world.plan.guests[device->guest];
    const struct driver *d = known_driver(device);
    const uint64_t *dc = device_context(device);
    uint32_t space = take(&bits, 2U), slot = take(&bits, 4U);
    const uint32_t offset = take(&bits, 12U), process = take(&bits, 3U);
    const bool exact = take(&bits, 3U) != 0U;

    *gone = false;
    if (d == NULL || dc == NULL || dc[DC_FSC] == 0U) {
        r->iova = part->ram_base.v + (uint64_t)(space * SLOTS + slot) * PAGE_SIZE + offset;
        return;
    }
    if ((dc[DC_TC] & TC_PDTV) != 0U) {
        const uint32_t directory = driver_pdtp(d, 1U) == dc[DC_FSC];
        r->pv = r->pv || exact;
        r->process_id = driver_pid(process);
        if (exact && d->processes[directory][process] != 0U) {
            space = d->processes[directory][process] - 1U;
        }
    } else {
        r->pv = r->pv && !exact;
        space = space_of(d, dc, space);
    }
    slot = exact ? mapped_slot(d, space, slot) : slot;
    *gone = d->ever[space][slot] && !d->mapped[space][slot];
    r->iova = driver_slot(d, space, slot) + offset;
}

static void known(const struct world_device *device, uint64_t bits, uint32_t more)
{
    bool gone;
    struct model_request r = { .type = type_of(take(&bits, 3U)) };

    r.pv = more % 2U == 0U;
    r.process_id = driver_pid(more / 2U);
    r.priv = more % 5U == 0U;
    aim(device, bits, &r, &gone);
    const struct model_outcome outcome = request(device, &r, 1U + more % 200U);
    world_seen[SEEN_STALE] += gone && outcome.end == MODEL_TRANSLATED;
}

/* To where its guest's vCPUs, or nobody's, have their files; by a page that leads there, if its
 * guest translates. */
static void msi(const struct world_op *op)
{
    const struct world_device *device = device_of(op->who);
    uint64_t bits = op->where;
    struct model_request r = { .type = TTYP_UNTRANSLATED_WRITE,
                               .iova = GUEST_IMSIC_BASE + take(&bits, 2U) * PAGE_SIZE };
    const uint64_t *dc = device_context(device);
    uint32_t id = (uint32_t)op->value % 300U;

    r.pv = dc != NULL && (dc[DC_TC] & TC_PDTV) != 0U;
    r.process_id = driver_pid(take(&bits, 3U));
    const struct driver *d = known_driver(device);
    if (d != NULL && dc != NULL && dc[DC_FSC] != 0U) {
        for (uint32_t i = 0; i < SPACES * SLOTS; i++) {
            const uint32_t s = (op->which + i) / SLOTS % SPACES, slot = (op->which + i) % SLOTS;
            if (d->mapped[s][slot] &&
                d->target[s][slot] - GUEST_IMSIC_BASE < CONFIG_MAX_VCPUS * PAGE_SIZE) {
                r.iova = driver_slot(d, s, slot);
                break;
            }
        }
    }
    r.device_id = device->id;
    r.iova += take(&bits, 4U) == 0U ? 4U : 0U;
    (void)model_access(world.models[device->iommu], &r, &id, sizeof(id));
    interrupts_wires();
}

static void stranger(const struct world_op *op)
{
    const struct world_device *like = device_of(op->who);
    uint64_t bits = op->where;
    struct model_request r = { .type = type_of(take(&bits, 6U)), .iova = op->value };
    struct world_device device = *like;

    device.id = take(&bits, 1U) != 0U ? like->id ^ 1U << take(&bits, 4U)
                                      : (uint32_t)(op->value >> 8) & 0xffffffU;
    for (uint32_t i = 0; i < world.device_count; i++) {
        if (world.devices[i].iommu == device.iommu && world.devices[i].id == device.id) {
            return;
        }
    }
    (void)request(&device, &r, 8U);
}

/* ---- others ---------------------------------------------------------------------------------- */

/* A word that matters to some vIOMMU of the guest. */
static uint64_t interesting(const struct guest *guest, uint64_t bits)
{
    const uint32_t count = guest->part->config->viommu_count;
    const uint64_t ram = guest->part->ram_base.v;

    if (count == 0U || take(&bits, 3U) == 0U) {
        return ram + bits % guest->part->ram.size;
    }
    const uint32_t v = (uint32_t)(&guest->part->viommus[take(&bits, 2U) % count] -
                                  world.plan.viommus);
    const struct driver *d = &drivers[v];
    /* Mostly the first entries of a page. */
    const uint32_t page = take(&bits, 6U) % AREA_DATA, near = take(&bits, 2U);
    return driver_page(d, page) + 8U * (near != 0U ? take(&bits, 5U) : take(&bits, 9U));
}

static uint64_t any_word(const struct guest *guest, uint64_t bits)
{
    const uint64_t gpa = interesting(guest, bits >> 8);

    switch (bits % 8U) {
    case 0: return bits;
    case 1: return 0U;
    case 2: return gpa >> 12 << 10 | ENTRY_V;
    case 3: return gpa >> 12 << 10 | PTE_V | PTE_R | PTE_W | PTE_X | PTE_U | PTE_A | PTE_D;
    case 4: return gpa >> 12 | PLACE(ATP_SV39 + (bits >> 3) % 3U, 60, 4);
    case 5: return TC_V | (bits >> 3 & 0x3ffU);
    case 6: return gpa >> 12 | PLACE(bits >> 3, 60, 2);
    default: return (RAM_BASE + (bits >> 8) % RAM_SIZE) >> 12 << 10 | (bits >> 3 & 0xffU);
    }
}

static bool another_runs(const struct guest *guest)
{
    for (uint32_t v = 0; v < guest->vcpu_count; v++) {
        if (guest->vcpus[v]->hart != this_hart() && harts_vcpu_runs(guest, v)) {
            return true;
        }
    }
    return false;
}

void world_others(void)
{
    if (others_left == 0U || others_act || !world_chance(world.others)) {
        return;
    }
    others_act = true;
    others_left--;
    const uint64_t bits = world_below(UINT64_MAX);
    const struct guest *guest = &guests[world_below(world.plan.guest_count)];

    if (world_chance(60U) || world_alone != 0U) {
        known(device_of((uint32_t)world_below(world.device_count)), bits, (uint32_t)(bits >> 40));
    } else if (another_runs(guest)) {
        (void)memory_store(guest, interesting(guest, bits), any_word(guest, bits >> 7));
    }
    others_act = false;
}

/* ---- guests ---------------------------------------------------------------------------------- */

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

/* A message to a sibling, or what lets messages in: both trap only where the files are in memory. */
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

static void store(const struct world_op *op)
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
        REG_CAPABILITIES, REG_FCTL, REG_DDTP, REG_DDTP + 4U, REG_CQB, REG_CQB + 4U, REG_CQH, REG_CQT,
        REG_FQB, REG_FQH, REG_FQT, REG_PQB, REG_CQCSR, REG_FQCSR, REG_PQCSR, REG_IPSR, REG_ICVEC,
        REG_MSI_ADDR(0), REG_MSI_DATA(1), REG_MSI_VEC_CTL(0), REG_TR_REQ_CTL,
    };
    const uint32_t offset = registers[which % (sizeof(registers) / sizeof(registers[0]))];

    driver_write(d, offset, which % 3U == 0U && offset % 8U == 0U ? 8U : 4U, value);
}

static void reg(const struct world_op *op)
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

static void ram(const struct world_op *op)
{
    const struct guest *guest = &guests[op->who % world.plan.guest_count];

    if (harts_vcpu_runs(guest, op->which % guest->vcpu_count)) {
        (void)memory_store(guest, interesting(guest, op->where),
                           op->which >> 15 != 0U ? op->value : any_word(guest, op->value));
    }
}

static uint32_t id_behind(const struct driver *d, uint32_t n)
{
    const struct plan_viommu *planned = &world.plan.viommus[d->viommu];

    return planned->ids[n % planned->id_count].virtual_id;
}

static void context(const struct world_op *op)
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

static void table(const struct world_op *op)
{
    uint32_t v;
    struct driver *d = driver_for(op, &v);
    uint64_t bits = op->where;

    if (d == NULL) {
        return;
    }
    const uint32_t what = take(&bits, 6U), space = take(&bits, 2U), slot = take(&bits, 4U);
    const uint32_t directory = take(&bits, 1U), process = take(&bits, 3U);
    const uint32_t pid = driver_pid(process);

    if (what < 34U) {
        driver_map(d, space, slot, any_target(d, op->value), any_flags(bits),
                   (op->which >> 4) % 8U == 0U);
    } else if (what < 42U) {
        driver_unmap(d, space, mapped_slot(d, space, slot));
    } else if (what < 58U && d->space_modes[space] != 0U) {
        d->processes[directory][process] = (uint8_t)(1U + space);
        driver_put_process(d, directory, pid,
                           PC_TA_V | (bits & (PC_TA_ENS | PC_TA_SUM)) |
                               PLACE(op->which >> 4, 12, 3),
                           driver_fsc(d, space));
    } else if (what < 60U) {
        driver_put_process(d, directory, pid, 0U, 0U);
    } else {
        (void)memory_store(d->guest, driver_page(d, AREA_DDT_ROOT + (op->which >> 4) %
                                                        (AREA_DATA - AREA_DDT_ROOT)) +
                                         8U * (slot + 16U * (space % 2U)),
                           any_word(d->guest, op->value));
    }
}

static void any_command(struct driver *d, uint64_t bits, uint64_t command[2])
{
    const uint32_t what = take(&bits, 4U), space = take(&bits, 2U), slot = take(&bits, 4U);
    const uint32_t pscid = take(&bits, 3U), n = take(&bits, 7U), pid = driver_pid(take(&bits, 3U));
    const uint64_t page = driver_slot(d, space, slot) >> 12 << 10;
    const uint64_t id = PLACE(id_behind(d, n), 40, 24) | CMD_DV;

    command[1] = 0U;
    switch (what) {
    case 0: command[0] = CMD_IOTINVAL; break;
    case 1: case 2:
        command[0] = CMD_IOTINVAL | CMD_PSCV | PLACE(pscid, 12, 20);
        break;
    case 3: case 4: case 5:
        command[0] = CMD_IOTINVAL | CMD_AV | (take(&bits, 1U) != 0U ? CMD_PSCV : 0U) |
                     PLACE(pscid, 12, 20) | (take(&bits, 1U) != 0U ? CMD_NL : 0U);
        command[1] = page | (take(&bits, 2U) == 0U ? CMD_S | take(&bits, 5U) << 10 : 0U);
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

static void command(const struct world_op *op)
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

static void flush(const struct world_op *op)
{
    uint32_t v;
    struct driver *d = driver_for(op, &v);

    if (d != NULL) {
        driver_flush(d);
    }
}

/* ---- harts and the board --------------------------------------------------------------------- */

static void events(const struct world_op *op)
{
    if (op->where % 2U == 0U) {
        harts_settle(1U + op->which % 32U);
    } else {
        (void)harts_serve(op->who % world.board.hart_count);
    }
}

static void pass_time(const struct world_op *op)
{
    for (uint32_t i = 0; i < world.board.iommu_count; i++) {
        (void)model_run(world.models[i], op->which % 64U);
        interrupts_wires();
    }
    clock_pass(op->value % (2U * TIMEBASE_HZ));
    if (op->who % 16U == 0U) {
        dma_say_faults();        /* somebody asks at the console */
    }
}

static void end_life(const struct world_op *op, enum guest_state how)
{
    struct guest *guest = &guests[op->who % world.plan.guest_count];
    const uint32_t v = op->which % guest->vcpu_count;

    harts_request(guest, v, how);
    if (op->where % 4U == 0U) {
        harts_settle(64U);
    }
}

static void trouble(const struct world_op *op)
{
    const uint32_t i = device_of(op->who)->iommu;
    const struct iommu *iommu = &dma_iommus[i].iommu;
    /* Once is got over, twice in a row is not. */
    const unsigned count = op->value % 16U == 0U ? 1000U : 1U;
    const enum mem_status status = (op->value >> 8) % 4U == 0U ? MEM_CORRUPT : MEM_ACCESS;

    world.troubled[i] = true;
    if (op->where % 6U == 3U || op->where % 6U == 4U) {
        memset(world.troubled, true, sizeof(world.troubled)); /* every IOMMU may read there */
    }
    switch (op->where % 6U) {
    case 0: memory_trouble(iommu->commands.v, status, count); break;
    case 1: memory_trouble(iommu->faults.v, status, count); break;
    case 2: memory_trouble(iommu->directory.root.v, status, count); break;
    case 3:
        memory_trouble(dma_guests[op->which % world.plan.guest_count].gstage.root.v, status, count);
        break;
    case 4: memory_trouble(RAM_BASE + (op->value >> 16) % RAM_SIZE, status, count); break;
    default: registers_stall(i, op->which % 16U == 0U ? 400U : 1U + op->which % 18U); break;
    }
}

/* ---- one operation --------------------------------------------------------------------------- */

static uint64_t seed_of(const struct world_op *op)
{
    uint64_t h = world.seed ^ op->value;

    h = (h ^ (h >> 29)) * UINT64_C(0xbf58476d1ce4e5b9);
    h ^= (uint64_t)op->where << 32 | (uint64_t)op->which << 16 | (uint64_t)op->who << 8 | op->kind;
    return h * UINT64_C(0x94d049bb133111eb);
}

static void do_it(const struct world_op *op)
{
    switch ((enum world_kind)(op->kind % WORLD_KINDS)) {
    case WORLD_STORE: store(op); break;
    case WORLD_REGISTER: reg(op); break;
    case WORLD_RAM: ram(op); break;
    case WORLD_CONTEXT: context(op); break;
    case WORLD_TABLE: table(op); break;
    case WORLD_COMMAND: command(op); break;
    case WORLD_FLUSH: flush(op); break;
    case WORLD_DMA: dma(op); break;
    case WORLD_DMA_KNOWN: known(device_of(op->who), op->value, op->where); break;
    case WORLD_MSI: msi(op); break;
    case WORLD_STRANGER: stranger(op); break;
    case WORLD_EVENTS: events(op); break;
    case WORLD_TIME: pass_time(op); break;
    case WORLD_RESTART: end_life(op, GUEST_REBOOTING); break;
    case WORLD_STOP: end_life(op, GUEST_STOPPING); break;
    case WORLD_TROUBLE: trouble(op); break;
    case WORLD_KINDS:
    default: break;
    }
}

/* What moved while it was done. */
struct marks { uint32_t cqh[CONFIG_MAX_VIOMMUS], fqt[CONFIG_MAX_VIOMMUS]; bool dead[MAX_IOMMUS]; };

static void mark(struct marks *marks)
{
    for (uint32_t v = 0; v < world.config.viommu_count; v++) {
        marks->cqh[v] = (uint32_t)driver_read(&drivers[v], REG_CQH, 4U);
        marks->fqt[v] = (uint32_t)driver_read(&drivers[v], REG_FQT, 4U);
    }
    for (uint32_t i = 0; i < MAX_IOMMUS; i++) {
        marks->dead[i] = atomic_load(&dma_iommus[i].iommu.dead);
    }
}

void world_do(const struct world_op *op)
{
    struct marks before, after;

    world.random = seed_of(op);
    others_left = MOST_OTHERS;
    mark(&before);
    checks_before(op);
    do_it(op);
    checks_after(op);
    mark(&after);
    for (uint32_t v = 0; v < world.config.viommu_count; v++) {
        world_seen[SEEN_COMMAND] += before.cqh[v] != after.cqh[v];
        world_seen[SEEN_FAULT] += before.fqt[v] != after.fqt[v];
    }
    for (uint32_t i = 0; i < MAX_IOMMUS; i++) {
        world_seen[SEEN_DEAD] += !before.dead[i] && after.dead[i];
    }
    others_left = 0U;
}

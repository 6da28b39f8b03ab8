/* SPDX-License-Identifier: Apache-2.0 */
/* State regions: on and off, and what stores to their two pages do. docs/state-region.md. */
#include "tests/model/inside.h"

#include <stdlib.h>
#include <string.h>

static uint64_t control(const struct region *region, uint32_t offset)
{
    return region->control[offset / 8U];
}

static void set_control(struct region *region, uint32_t offset, uint64_t value)
{
    region->control[offset / 8U] = value;
}

/* ---- the window ------------------------------------------------------------------------------ */

bool region_window_is_possible(const struct model_config *config)
{
    const uint64_t base = config->state_base, size = config->state_size;

    return (config->capabilities & CAP_STATE) == 0U
        || ((config->capabilities & CAP_MSI_FLAT) != 0U && base % STATE_BYTES == 0U
            && size % STATE_BYTES == 0U && base + size > base
            && FIELD(base + size - 1U, CAP_PAS(config->capabilities), 64U) == 0U);
}

static bool in_window(const struct model *model, uint64_t address)
{
    return has(model, CAP_STATE) && address >= model->config.state_base
        && address - model->config.state_base < model->config.state_size;
}

static struct region *region_at(const struct model *model, uint64_t page)
{
    for (size_t i = 0; i < REGIONS; i++) {
        if (model->regions[i] != NULL && model->regions[i]->page == page) {
            return model->regions[i];
        }
    }
    return NULL;
}

/* ---- registers in memory --------------------------------------------------------------------- */

static enum mem_status load_page(struct model *model, uint64_t address, uint64_t *words,
                                 size_t count)
{
    enum mem_status status = MEM_OK;

    for (size_t i = 0; status == MEM_OK && i < count; i++) {
        status = load(model, TOUCH_STATE, address + 8U * i, false, 8U, &words[i], 1U);
    }
    return status;
}

static void store_word(struct model *model, uint64_t address, uint64_t word)
{
    (void)store(model, TOUCH_STATE, address, false, 8U, &word, 1U);
}

enum mem_status region_enter(struct region *region)
{
    struct model *inside = region->inside;
    enum mem_status status = load_page(region->outer, region->page, region->shown,
                                       sizeof(region->shown) / 8U);

    if (status == MEM_OK) {
        status = load_page(region->outer, region->page + REG_PAGE, region->control,
                           sizeof(region->control) / 8U);
    }
    for (uint32_t n = 0; status == MEM_OK && n < sizeof(region->shown) / 8U; n++) {
        set_reg64(inside, 8U * n, region->shown[n]);
    }
    if ((reg64(inside, REG_DDTP) & DDTP_BUSY) == 0U) {
        inside->ddtp = reg64(inside, REG_DDTP);
    }
    inside->messages_due = (uint32_t)control(region, STATE_PENDING);
    return status;
}

/* A wire that has changed is a store to its outlet, if that has an address. */
static void drive_wires(struct region *region)
{
    const uint32_t now = model_wires(region->inside);
    const uint64_t changed = control(region, STATE_WIRES) ^ now;

    for (uint32_t v = 0; v < STATE_VECTORS; v++) {
        const uint64_t data = control(region, STATE_OUTLET_DATA(v));
        const uint64_t value = FIELD(now, v, 1) != 0U ? OUTLET_RISES(data) : OUTLET_FALLS(data);

        if (FIELD(changed, v, 1) != 0U && control(region, STATE_OUTLET_ADDRESS(v)) != 0U) {
            (void)store(region->outer, TOUCH_OWN_MSI, control(region, STATE_OUTLET_ADDRESS(v)),
                        false, 4U, &value, 1U);
        }
    }
    set_control(region, STATE_WIRES, now);
}

void region_leave(struct region *region)
{
    const uint64_t pending = control(region, STATE_PENDING), wires = control(region, STATE_WIRES);

    for (uint32_t n = 0; n < sizeof(region->shown) / 8U; n++) {
        if (region->shown[n] != reg64(region->inside, 8U * n)) {
            region->shown[n] = reg64(region->inside, 8U * n);
            store_word(region->outer, region->page + 8U * n, region->shown[n]);
        }
    }
    set_control(region, STATE_PENDING, region->inside->messages_due);
    if (control(region, STATE_PENDING) != pending) {
        store_word(region->outer, region->page + REG_PAGE + STATE_PENDING,
                   control(region, STATE_PENDING));
    }
    drive_wires(region);
    if (control(region, STATE_WIRES) != wires) {
        store_word(region->outer, region->page + REG_PAGE + STATE_WIRES,
                   control(region, STATE_WIRES));
    }
}

/* ---- on and off ------------------------------------------------------------------------------ */

/* The one inside shows what the page shows. It walks page tables as the hardware does, whatever is
 * shown. */
static struct model_config config_of(const struct model *model, uint64_t capabilities)
{
    struct model_config config = {
        .capabilities = capabilities
            | (model->config.capabilities & (CAP_SVPBMT | CAP_SVRSW60T59B)),
        .fctl_writable = CAP_IGS(capabilities) == IGS_BOTH ? (uint32_t)FCTL_WSI : 0U,
        .queue_log2_max = STATE_QUEUE_LOG2_MAX, .vectors = STATE_VECTORS,
        .whims = model->config.whims
    };

    config.whims.odd_values = false;
    return config;
}

/* What no virtual IOMMU of this one could be. */
static bool impossible(const struct model *model, const struct region *region)
{
    const uint64_t *dc = region->host.dc;
    const uint64_t shown = region->shown[REG_CAPABILITIES / 8];
    const uint64_t schemes = CAP_SV39 | CAP_SV48 | CAP_SV57 | CAP_PD8 | CAP_PD17 | CAP_PD20;

    return (shown & ~STATE_CAPABILITIES) != 0U
        || (shown & schemes & ~model->config.capabilities) != 0U
        || CAP_PAS(shown) > CAP_PAS(model->config.capabilities)
        || ATP_MODE(dc[DC_IOHGATP]) == ATP_BARE
        || !second_mode_supported(model, ATP_MODE(dc[DC_IOHGATP]))
        || (ATP_PPN(dc[DC_IOHGATP]) & 3U) != 0U
        || msi_bad(model, dc, true);
}

/* The context of whatever is behind it, as far as it is the host's. Its own accesses leave no
 * record for the host. */
static void take_host_context(struct region *region)
{
    static const struct model_request nobody = { .type = TTYP_UNTRANSLATED_WRITE };

    region->host = (struct context){
        .request = &nobody, .dc_found = true, .gv = true,
        .dc = { [DC_TC] = TC_V | TC_DTF, [DC_IOHGATP] = control(region, STATE_IOHGATP),
                [DC_MSIPTP] = control(region, STATE_MSIPTP),
                [DC_MSI_ADDR_MASK] = control(region, STATE_MSI_ADDR_MASK),
                [DC_MSI_ADDR_PATTERN] = control(region, STATE_MSI_ADDR_PATTERN) }
    };
}

static bool make(struct model *model, struct region *region)
{
    const struct model_memory none = { NULL, NULL, NULL };
    const uint64_t shown = region->shown[REG_CAPABILITIES / 8];
    const struct model_config config = config_of(model, shown);

    take_host_context(region);
    region->inside = impossible(model, region) ? NULL : model_new(&config, &none, NULL);
    if (region->inside != NULL) {
        region->inside->region = region;
        region->inside->random = random64(model);
    }
    return region->inside != NULL;
}

static struct region **free_slot(struct model *model)
{
    for (size_t i = 0; i < REGIONS; i++) {
        if (model->regions[i] == NULL) {
            return &model->regions[i];
        }
    }
    return NULL;
}

static bool turn_on(struct model *model, uint64_t page)
{
    struct region **slot = free_slot(model);
    struct region *region = slot == NULL ? NULL : calloc(1U, sizeof(*region));
    bool on = false;

    if (region != NULL) {
        region->outer = model;
        region->page = page;
        on = load_page(model, page, region->shown, sizeof(region->shown) / 8U) == MEM_OK
            && load_page(model, page + REG_PAGE, region->control,
                         sizeof(region->control) / 8U) == MEM_OK
            && make(model, region);
    }
    if (on) {
        *slot = region;
        (void)region_enter(region);
        interrupts_evaluate(region->inside);
        region_leave(region);
    } else {
        free(region);
    }
    return on;
}

static void turn_off(struct model *model, struct region *region)
{
    for (size_t i = 0; i < REGIONS; i++) {
        if (model->regions[i] == region) {
            model->regions[i] = NULL;
        }
    }
    model_free(region->inside);
    free(region);
}

void regions_end(struct model *model)
{
    for (size_t i = 0; i < REGIONS; i++) {
        if (model->regions[i] != NULL) {
            turn_off(model, model->regions[i]);
        }
    }
}

/* ---- what harts do --------------------------------------------------------------------------- */

static void control_written(struct model *model, uint64_t page, uint64_t value)
{
    struct region *region = region_at(model, page);
    uint64_t now = value & STATE_CTL_EN;

    if (region != NULL && now == 0U) {
        turn_off(model, region);
    } else if (now != 0U) {
        now |= region != NULL || turn_on(model, page) ? STATE_CTL_ON : STATE_CTL_ERR;
    }
    store_word(model, page + REG_PAGE + STATE_CTL, now);
}

/* A store to ddtp's mode makes all contexts be looked up anew. */
static void register_written(struct region *region, uint32_t offset, unsigned width,
                             uint64_t value)
{
    if (region_enter(region) == MEM_OK) {
        model_write(region->inside, offset, width, value);
        if (offset == REG_DDTP) {
            cache_invalidate(region->inside,
                             &(struct invalidation){ .what = INVALIDATE_DDT, .dv = false });
        }
        region_leave(region);
    }
}

static bool shape_is_good(uint64_t address, unsigned width)
{
    return (width == 1U || width == 2U || width == 4U || width == 8U) && address % width == 0U;
}

/* Off, both pages are memory; on, the one is registers, and of the other only ctl can be stored. */
bool model_state_write(struct model *model, uint64_t address, unsigned width, uint64_t value)
{
    const uint64_t page = address & ~(uint64_t)(STATE_BYTES - 1);
    const uint32_t offset = (uint32_t)(address % STATE_BYTES);
    uint8_t bytes[8];

    if (!in_window(model, address) || !shape_is_good(address, width)) {
        return false;
    }
    if (offset == REG_PAGE + STATE_CTL && width == 8U) {
        control_written(model, page, value);
    } else if (region_at(model, page) == NULL) {
        for (unsigned i = 0; i < 8U; i++) {
            bytes[i] = (uint8_t)(value >> (8U * i));
        }
        return phys_write(model, TOUCH_STATE, address, bytes, width) == MEM_OK;
    } else if (offset < REG_PAGE) {
        register_written(region_at(model, page), offset, width, value);
    } else {
        unspecified(model, "a store to the control page of a state region that is on");
    }
    return true;
}

bool model_state_read(struct model *model, uint64_t address, unsigned width, uint64_t *value)
{
    uint8_t bytes[8] = { 0U };

    if (!in_window(model, address) || !shape_is_good(address, width)) {
        return false;
    }
    if (model->config.whims.late) {
        (void)model_run(model, (unsigned)(random64(model) % 2U));
    }
    if (phys_read(model, TOUCH_STATE, address, bytes, width) != MEM_OK) {
        return false;
    }
    *value = 0;
    for (unsigned i = 0; i < 8U; i++) {
        *value |= (uint64_t)bytes[i] << (8U * i);
    }
    return true;
}

uint32_t model_state_wires(const struct model *model, uint64_t page)
{
    const struct region *region = region_at(model, page);

    return region == NULL ? 0U : model_wires(region->inside);
}

/* ---- the one inside -------------------------------------------------------------------------- */

bool region_step(struct model *model)
{
    bool any = false;

    for (size_t i = 0; i < REGIONS; i++) {
        struct region *region = model->regions[i];

        if (region != NULL && region_enter(region) == MEM_OK) {
            any = model_run(region->inside, 1U) != 0U || any;
            region_leave(region);
        }
    }
    return any;
}

static bool is_on(const struct model *model, uint32_t csr)
{
    return (reg(model, csr) & CSR_ON) != 0U;
}

/* What is busy, bases of queues that are on, fctl while one is, modes that there are not. */
bool region_ignores(const struct model *inside, uint32_t offset, unsigned width, uint64_t value)
{
    const uint32_t mode = (uint32_t)DDTP_MODE(offset == REG_DDTP ? value : 0U);
    const uint32_t csr = offset == REG_CQCSR ? (uint32_t)REG_CQCSR : (uint32_t)REG_FQCSR;

    (void)width;
    if (inside->region == NULL) {
        return false;
    }
    switch (offset) {
    case REG_FCTL: return is_on(inside, REG_CQCSR) || is_on(inside, REG_FQCSR);
    case REG_DDTP: case REG_DDTP + 4:
        return (reg64(inside, REG_DDTP) & DDTP_BUSY) != 0U || mode > DDTP_3LVL;
    case REG_CQB: case REG_CQB + 4: return (reg(inside, REG_CQCSR) & (CSR_ON | CSR_BUSY)) != 0U;
    case REG_FQB: case REG_FQB + 4: return (reg(inside, REG_FQCSR) & (CSR_ON | CSR_BUSY)) != 0U;
    case REG_CQCSR: case REG_FQCSR: return (reg(inside, csr) & CSR_BUSY) != 0U;
    default: return false;
    }
}

/* What the host forgets, they forget too: contexts of all, first stages of the same GSCID. */
void region_forget(struct model *model, const struct invalidation *what)
{
    for (size_t i = 0; i < REGIONS; i++) {
        struct region *region = model->regions[i];
        struct invalidation same = *what;

        same.gv = same.dv = false;
        if (region != NULL && (what->what == INVALIDATE_DDT
            || (what->what == INVALIDATE_VMA && what->gv
                && what->gscid == IOHGATP_GSCID(region->host.dc[DC_IOHGATP])))) {
            cache_invalidate(region->inside, &same);
        }
    }
}

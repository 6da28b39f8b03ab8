/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's vIOMMU in trap mode: iommu/viommu as hyp/viommu serves it, on iommu/ with the model as
 * the board's IOMMU. What hyp/ adds is done here in a few lines: effects in their order, contexts
 * as hyp/dma/viommus.c composes them. Memory is the arena of fake_phys; some of it is the guest's.
 */
#ifndef TESTS_UNIT_REGION_TRAP_H
#define TESTS_UNIT_REGION_TRAP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hyp/mem/gstage.h"
#include "iommu/flush.h"
#include "iommu/hw/regs.h"
#include "iommu/msi_table.h"
#include "iommu/viommu/viommu.h"
#include "platform/hw/phys.h"
#include "tests/model/model.h"
#include "tests/unit/fake_phys.h"
#include "tests/unit/fake_uart.h"
#include "tests/unit/region_guest.h"

#define TRAP_REGS   UINT64_C(0x10000000)
#define TRAP_POOL   (FAKE_PHYS_BASE + PAGE_SIZE)
#define TRAP_DENY   (UINT64_C(8) << 60 | FAKE_PHYS_BASE >> 12) /* four pages that stay empty */

static struct {
    struct model *model;
    struct iommu iommu;
    struct pages pages;
    struct gstage gstage;
    struct iommu_msi_table msi;
    struct viommu state;
    struct viommu_device devices[GUEST_DEVICES];
    struct viommu_effects effects;
    uint64_t page[VIOMMU_WORDS];      /* what the guest sees */
    uint32_t wires;
    struct guest_log log;
    unsigned pieces;                  /* that were left of the last store */
    uint32_t stores;                  /* of fences */
} trap;

/* ---- the board ------------------------------------------------------------------------------- */

static inline enum mem_status trap_read(void *ctx, uint64_t address, void *data, size_t size)
{
    (void)ctx;
    if (!span_contains(FAKE_PHYS_BASE, FAKE_PHYS_SIZE, address, size)) {
        return MEM_ACCESS;
    }
    memcpy(data, phys_pointer(pa(address), size), size);
    return MEM_OK;
}

static inline enum mem_status trap_write(void *ctx, uint64_t address, const void *data, size_t size)
{
    (void)ctx;
    if (guest_log_write(&trap.log, address, data, size)) {
        return MEM_OK;
    }
    if (!span_contains(FAKE_PHYS_BASE, FAKE_PHYS_SIZE, address, size)) {
        return MEM_ACCESS;
    }
    memcpy(phys_pointer(pa(address), size), data, size);
    return MEM_OK;
}

uint32_t iommu_read32(pa_t regs, uint32_t offset)
{
    assert_int_equal(regs.v, TRAP_REGS);
    return (uint32_t)model_read(trap.model, offset, 4U);
}

uint64_t iommu_read64(pa_t regs, uint32_t offset)
{
    assert_int_equal(regs.v, TRAP_REGS);
    return model_read(trap.model, offset, 8U);
}

void iommu_write32(pa_t regs, uint32_t offset, uint32_t value)
{
    assert_int_equal(regs.v, TRAP_REGS);
    model_write(trap.model, offset, 4U, value);
}

void iommu_write64(pa_t regs, uint32_t offset, uint64_t value)
{
    assert_int_equal(regs.v, TRAP_REGS);
    model_write(trap.model, offset, 8U, value);
}

void iommu_flush(pa_t base, uint64_t size, uint32_t cache_block)
{
    (void)base;
    (void)size;
    (void)cache_block; /* the model's walks are coherent */
}

/* ---- the guest's memory ---------------------------------------------------------------------- */

static inline bool trap_holds(void *ctx, gpa_t at, uint64_t size)
{
    (void)ctx;
    return span_contains(GUEST_RAM, GUEST_RAM_SIZE, at.v, size);
}

static inline uint64_t *trap_ram(uint64_t gpa_value, uint64_t size)
{
    return phys_pointer(pa(gpa_value - GUEST_RAM + GUEST_RAM_PA), size);
}

static inline bool trap_load(void *ctx, gpa_t at, uint64_t *words, uint32_t count)
{
    const bool held = trap_holds(ctx, at, count * sizeof(uint64_t));

    if (held) {
        memcpy(words, trap_ram(at.v, count * sizeof(uint64_t)), count * sizeof(uint64_t));
    }
    return held;
}

static inline bool trap_store_words(void *ctx, gpa_t at, const uint64_t *words, uint32_t count)
{
    const bool held = trap_holds(ctx, at, count * sizeof(uint64_t));

    if (held) {
        memcpy(trap_ram(at.v, count * sizeof(uint64_t)), words, count * sizeof(uint64_t));
    }
    return held;
}

/* ---- effects --------------------------------------------------------------------------------- */

static inline void trap_change(uint32_t n)
{
    const struct viommu_context *wish = &trap.devices[n].context;
    const struct iommu_context context = {
        .iohgatp = gstage_hgatp(&trap.gstage, GUEST_GSCID),
        .first_stage = wish->first_stage,
        .msi_table = trap.msi.base,
        .msi_mask = trap.msi.mask,
        .msi_pattern = trap.msi.pattern,
        .quiet = wish->quiet,
    };
    const enum iommu_result result =
        wish->reach == VIOMMU_REFUSED ? iommu_refuse(&trap.iommu, GUEST_PHYSICAL_ID(n), wish->quiet)
                                      : iommu_attach(&trap.iommu, GUEST_PHYSICAL_ID(n), &context);

    assert_int_equal(result, IOMMU_OK);
}

static inline void trap_forget(const struct viommu_forget *what)
{
    const enum iommu_result result =
        what->kind == VIOMMU_FORGET_PROCESS
            ? iommu_forget_process(&trap.iommu, GUEST_PHYSICAL_ID(what->device), what->process_id)
            : iommu_forget_addresses(&trap.iommu, GUEST_GSCID, &what->addresses);

    assert_int_equal(result, IOMMU_OK);
}

static inline void trap_message(gpa_t at, uint32_t data)
{
    assert_true(guest_log_write(&trap.log, at.v - GUEST_FILES + GUEST_FILES_PA, &data,
                                sizeof(data)));
}

static inline void trap_carry_out(void)
{
    const struct viommu_effects *out = &trap.effects;

    for (uint32_t i = 0; i < out->change_count; i++) {
        trap_change(out->changes[i].device);
    }
    for (uint32_t i = 0; i < out->forget_count; i++) {
        trap_forget(&out->forgets[i]);
    }
    if (out->fence) {
        assert_int_equal(iommu_finish(&trap.iommu), IOMMU_OK);
    }
    trap.stores += out->store_count;
    for (uint32_t i = 0; i < out->store_count; i++) {
        if (trap_holds(NULL, out->stores[i].at, sizeof(uint32_t))) {
            memcpy(trap_ram(out->stores[i].at.v, sizeof(uint32_t)), &out->stores[i].value,
                   sizeof(uint32_t));
        } else {
            trap_message(out->stores[i].at, out->stores[i].value);
        }
    }
    for (uint32_t n = 0; n < VIOMMU_WORDS; n++) {
        if ((out->dirty[n / 64U] >> n % 64U & 1U) != 0U) {
            trap.page[n] = trap.state.words[n];
        }
    }
    trap.wires = out->wires;
    for (uint32_t i = 0; i < out->msi_count; i++) {
        trap_message(out->msis[i].address, out->msis[i].data);
    }
}

static inline void trap_go_on(void)
{
    for (trap.pieces = 0U; trap.effects.more; trap.pieces++) {
        assert_true(trap.pieces < 10000U);
        viommu_step(&trap.state, NULL, &trap.effects);
        trap_carry_out();
    }
}

static inline void trap_store(uint32_t offset, uint32_t width, uint64_t value)
{
    const struct viommu_write write = { offset, width, value };

    viommu_step(&trap.state, &write, &trap.effects);
    trap_carry_out();
    trap_go_on();
}

/* The physical IOMMU's records, each to the guest. */
static inline void trap_deliver(void)
{
    struct iommu_fault faults[8];
    const uint32_t count = iommu_take_faults(&trap.iommu, faults, 8U);

    for (uint32_t i = 0; i < count; i++) {
        const uint32_t n = faults[i].device_id - GUEST_PHYSICAL_ID(0U);

        assert_true(n < GUEST_DEVICES);
        viommu_report(&trap.state, n, &faults[i], &trap.effects);
        trap_carry_out();
        trap_go_on();
    }
}

/* ---- its life -------------------------------------------------------------------------------- */

static inline void trap_reset(bool process_ids, bool boot_off)
{
    struct viommu_setup setup = {
        .capabilities = viommu_capabilities(&trap.iommu.caps, GUEST_ADDRESS_WIDTH, process_ids),
        .boot_off = boot_off,
        .interrupt_files = { gpa(GUEST_FILES), GUEST_VCPUS * PAGE_SIZE },
        .devices = trap.devices,
        .device_count = GUEST_DEVICES,
        .memory = { trap_load, trap_store_words, trap_holds, NULL },
    };

    for (uint32_t n = 0; n < GUEST_DEVICES; n++) {
        trap.devices[n].id = guest_ids[n];
    }
    viommu_reset(&trap.state, &setup, &trap.effects);
    trap_carry_out();
    trap_go_on();
}

static inline void trap_unspecified(void *ctx, const char *what)
{
    (void)ctx;
    fail_msg("the driver has the IOMMU do what is UNSPECIFIED: %s", what);
}

static inline void trap_begin(const struct model_config *config, bool process_ids, bool boot_off)
{
    const struct model_memory memory = { NULL, trap_read, trap_write };
    const struct model_hooks hooks = { NULL, NULL, NULL, trap_unspecified };
    const struct iommu_setup setup = {
        .regs = pa(TRAP_REGS),
        .patience = 100000U,
        .max_device_id = GUEST_PHYSICAL_ID(GUEST_DEVICES),
        .deny = TRAP_DENY,
        .fault_entries = 128U,
        .interrupt = { IOMMU_NO_INTERRUPT, pa(0), 0U },
    };

    memset(phys_pointer(pa(FAKE_PHYS_BASE), FAKE_PHYS_SIZE), 0, FAKE_PHYS_SIZE);
    model_free(trap.model);
    memset(&trap, 0, sizeof(trap));
    fake_uart.tick = 1U;
    trap.model = model_new(config, &memory, &hooks);
    assert_non_null(trap.model);
    pages_open(&trap.pages, (struct pa_range){ pa(FAKE_PHYS_BASE + 4U * PAGE_SIZE),
                                               GUEST_RAM_PA - FAKE_PHYS_BASE - 4U * PAGE_SIZE });
    assert_int_equal(iommu_open(&trap.iommu, &setup, &trap.pages), IOMMU_OK);
    assert_int_equal(gstage_create(&trap.gstage, GSTAGE_SV39X4, &trap.pages), GSTAGE_OK);
    assert_int_equal(gstage_map(&trap.gstage, gpa(GUEST_RAM), pa(GUEST_RAM_PA), GUEST_RAM_SIZE,
                                GSTAGE_R | GSTAGE_W, &trap.pages), GSTAGE_OK);
    assert_true(iommu_msi_table_make(&trap.msi, gpa(GUEST_FILES), GUEST_VCPUS, &trap.pages));
    for (uint32_t v = 0; v < GUEST_VCPUS; v++) {
        iommu_msi_table_set(&trap.msi, v, pa(GUEST_FILES_PA + v * PAGE_SIZE));
    }
    for (uint32_t n = 0; n < GUEST_DEVICES; n++) {
        assert_int_equal(iommu_claim(&trap.iommu, GUEST_PHYSICAL_ID(n), GUEST_GSCID, &trap.pages),
                         IOMMU_OK);
    }
    trap_reset(process_ids, boot_off);
}

#endif

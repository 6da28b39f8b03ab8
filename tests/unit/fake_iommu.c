/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/fake_iommu_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iommu/flush.h"
#include "platform/hw/phys.h"
#include "tests/unit/fake_phys.h"
#include "tests/unit/fake_uart.h"

struct fake_iommu fake_iommu;
struct fake_iommu_inside fake_inside;

void fake_iommu_wrong(const char *what, uint64_t value)
{
    fprintf(stderr, "fake_iommu: %s (0x%llx)\n", what, (unsigned long long)value);
    abort();
}

/* ---- memory ---------------------------------------------------------------------------------- */

static uint8_t *arena(void)
{
    return phys_pointer(pa(FAKE_PHYS_BASE), FAKE_IOMMU_MEMORY);
}

static uint64_t offset_of(uint64_t address, uint64_t size)
{
    if (!span_contains(FAKE_PHYS_BASE, FAKE_IOMMU_MEMORY, address, size)) {
        fake_iommu_wrong("it was led to memory that is not its own", address);
    }
    return address - FAKE_PHYS_BASE;
}

uint64_t fake_iommu_seen64(uint64_t address)
{
    const uint64_t offset = offset_of(address, sizeof(uint64_t));
    const uint8_t *memory = fake_iommu.cache_block != 0U ? fake_inside.seen : arena();
    uint64_t value;

    memcpy(&value, memory + offset, sizeof(value));
    return value;
}

void fake_iommu_put64(uint64_t address, uint64_t value)
{
    const uint64_t offset = offset_of(address, sizeof(uint64_t));
    uint8_t *memory = fake_iommu.cache_block != 0U ? fake_inside.seen : arena();

    memcpy(memory + offset, &value, sizeof(value));
}

/* A dirty byte goes to memory, a clean one is read from there when it is next looked at. */
void iommu_flush(pa_t base, uint64_t size, uint32_t cache_block)
{
    if (cache_block != fake_iommu.cache_block) {
        fake_iommu_wrong("a flush with another size of blocks", cache_block);
    }
    if (cache_block == 0U) {
        return;
    }
    const uint64_t first = offset_of(align_down(base.v, cache_block), 1U);
    const uint64_t end = align_up(offset_of(base.v, size) + size, cache_block);

    for (uint64_t i = first; i < end; i++) {
        if (arena()[i] != fake_inside.clean[i]) {
            fake_inside.seen[i] = arena()[i];
        }
        arena()[i] = fake_inside.seen[i];
        fake_inside.clean[i] = fake_inside.seen[i];
    }
    fake_iommu.flushes++;
    if (fake_iommu.on_flush != NULL) {
        fake_iommu.on_flush();
    }
}

/* ---- the log --------------------------------------------------------------------------------- */

void fake_iommu_log_event(enum fake_iommu_event_kind kind, uint32_t offset, uint64_t a, uint64_t b)
{
    if (fake_iommu.events == FAKE_IOMMU_LOG) {
        fake_iommu_wrong("more events than the log has room for", fake_iommu.events);
    }
    fake_iommu.log[fake_iommu.events++] = (struct fake_iommu_event){ kind, offset, { a, b } };
}

uint32_t fake_iommu_find_write(uint32_t from, uint32_t offset)
{
    uint32_t i = from;

    while (i < fake_iommu.events && (fake_iommu.log[i].kind != FAKE_WRITE ||
                                     fake_iommu.log[i].offset != offset)) {
        i++;
    }
    return i;
}

uint32_t fake_iommu_find_command(uint32_t from, uint64_t word)
{
    uint32_t i = from;

    while (i < fake_iommu.events && (fake_iommu.log[i].kind != FAKE_COMMAND ||
                                     fake_iommu.log[i].value[0] != word)) {
        i++;
    }
    return i;
}

/* ---- registers as storage -------------------------------------------------------------------- */

uint32_t fake_iommu_reg32(uint32_t offset) { return fake_inside.reg[offset / 4U]; }

uint64_t fake_iommu_reg64(uint32_t offset)
{
    return fake_inside.reg[offset / 4U] | (uint64_t)fake_inside.reg[offset / 4U + 1U] << 32;
}

void fake_iommu_set32(uint32_t offset, uint32_t value) { fake_inside.reg[offset / 4U] = value; }

void fake_iommu_set64(uint32_t offset, uint64_t value)
{
    fake_inside.reg[offset / 4U] = (uint32_t)value;
    fake_inside.reg[offset / 4U + 1U] = (uint32_t)(value >> 32);
}

void fake_iommu_reset(void)
{
    memset(&fake_iommu, 0, sizeof(fake_iommu));
    memset(&fake_inside, 0, sizeof(fake_inside));
    fake_phys_reset();
    memcpy(fake_inside.seen, arena(), sizeof(fake_inside.seen));
    memcpy(fake_inside.clean, arena(), sizeof(fake_inside.clean));
    fake_uart_reset();
    fake_uart.tick = 1U;
    fake_iommu.capabilities = FAKE_IOMMU_CAPABILITIES;
    fake_iommu.fctl_writable = IOMMU_FCTL_WSI;
    fake_iommu.modes = 0x1dU;        /* all but Bare */
    fake_iommu.log2_most = 19U;
    fake_iommu.busy_reads = 2U;
    /* Reset values are unspecified where they may be (5.2). */
    for (uint32_t i = 0; i < REG_BYTES / 4U; i++) {
        fake_inside.reg[i] = 0xa5a5a5a5U;
    }
    fake_iommu_set64(IOMMU_DDTP, 0x2345U << 10);
    fake_iommu_set32(IOMMU_CQCSR, 0U);
    fake_iommu_set32(IOMMU_FQCSR, 0U);
    fake_iommu_set32(IOMMU_PQCSR, 0U);
    fake_iommu_set32(IOMMU_IPSR, 0U);
}

/* ---- the device directory -------------------------------------------------------------------- */

bool fake_iommu_extended(void) { return (fake_iommu.capabilities & IOMMU_CAP_MSI_FLAT) != 0U; }

uint32_t fake_iommu_mode(void) { return fake_iommu_reg32(IOMMU_DDTP) & IOMMU_DDTP_MODE_MASK; }

/* 2.3, steps 3 to 5; 2.3.1 */
bool fake_iommu_walk(uint32_t device_id, uint64_t dc[8])
{
    const uint32_t leaf_bits = fake_iommu_extended() ? 6U : 7U;
    const uint32_t ddi[3] = {
        device_id & ((1U << leaf_bits) - 1U),
        device_id >> leaf_bits & 0x1ffU,
        device_id >> (leaf_bits + 9U),
    };
    const uint32_t levels = fake_iommu_mode() < 2U ? 0U : fake_iommu_mode() - 1U;
    uint64_t table = (fake_iommu_reg64(IOMMU_DDTP) >> 10 & 0xfffffffffffU) << 12;

    memset(dc, 0, 8U * sizeof(dc[0]));
    if (levels == 0U || (levels < 3U && ddi[2] != 0U) || (levels < 2U && ddi[1] != 0U)) {
        return false;
    }
    for (uint32_t level = levels - 1U; level > 0U; level--) {
        const uint64_t entry = fake_iommu_seen64(table + 8U * ddi[level]);
        if ((entry & 1U) == 0U) {
            return false;
        }
        if ((entry & ~UINT64_C(0x3ffffffffffc01)) != 0U) {
            fake_iommu_wrong("reserved bits in a directory entry", entry);
        }
        table = (entry >> 10) << 12;
    }
    const uint32_t words = fake_iommu_extended() ? 8U : 4U;
    for (uint32_t i = 0; i < words; i++) {
        dc[i] = fake_iommu_seen64(table + (uint64_t)ddi[0] * words * 8U + i * 8U);
    }
    return (dc[0] & 1U) != 0U;
}

void fake_iommu_watch(uint32_t device_id)
{
    if (fake_inside.watched_count == FAKE_IOMMU_WATCHED) {
        fake_iommu_wrong("too many watched devices", device_id);
    }
    fake_inside.watched[fake_inside.watched_count++].id = device_id;
}

static uint32_t gscid_of(const uint64_t dc[8]) { return (uint32_t)(dc[1] >> 44) & 0xffffU; }

static void check_change(const uint64_t old[8], const uint64_t now[8])
{
    fake_iommu_check_mixtures(old, now);
    if (fake_inside.vma[gscid_of(old)] || fake_inside.gvma[gscid_of(old)]) {
        fake_iommu_wrong("translations of the old GSCID are left", gscid_of(old));
    }
}

/* What is promised when a fence is done. */
static void check_watched(struct fake_watched *watched)
{
    uint64_t now[8];
    const bool valid = fake_iommu_walk(watched->id, now);

    if (valid && fake_iommu_misconfigured(now)) {
        fake_iommu_wrong("a context is misconfigured", watched->id);
    }
    if (watched->valid && !valid) {
        fake_iommu_wrong("a context became invalid", watched->id);
    }
    if (watched->valid && memcmp(now, watched->committed, sizeof(now)) != 0) {
        check_change(watched->committed, now);
    }
    if (watched->cached && memcmp(now, watched->cache, sizeof(now)) != 0) {
        fake_iommu_wrong("a changed context is still in the cache", watched->id);
    }
    watched->valid = valid;
    memcpy(watched->committed, now, sizeof(now));
}

static void fill_caches(struct fake_watched *watched)
{
    if (watched->valid) {
        memcpy(watched->cache, watched->committed, sizeof(watched->cache));
        watched->cached = true;
        fake_inside.vma[gscid_of(watched->cache)] = true;
        fake_inside.gvma[gscid_of(watched->cache)] = true;
    }
}

void fake_iommu_fence_done(void)
{
    fake_iommu.fences++;
    for (uint32_t i = 0; i < fake_inside.watched_count; i++) {
        check_watched(&fake_inside.watched[i]);
    }
    for (uint32_t i = 0; i < fake_inside.watched_count; i++) {
        fill_caches(&fake_inside.watched[i]);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/fake_iommu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iommu/flush.h"
#include "iommu/hw/regs.h"
#include "iommu/regs.h"
#include "platform/hw/phys.h"
#include "tests/unit/fake_phys.h"
#include "tests/unit/fake_uart.h"

#define REG_BYTES  1024U
#define GSCIDS     65536U
#define CQ_ERRORS  (IOMMU_CQCSR_CQMF | IOMMU_CQCSR_CMD_TO | IOMMU_CQCSR_CMD_ILL)
#define CQ_W1C     (CQ_ERRORS | IOMMU_CQCSR_FENCE_W_IP)
#define FQ_W1C     (IOMMU_FQCSR_FQMF | IOMMU_FQCSR_FQOF)
#define BARE       1U

struct fake_iommu fake_iommu;

static struct {
    uint32_t reg[REG_BYTES / 4U];
    uint32_t busy;               /* reads of any busy bit that still see it */
    uint8_t seen[FAKE_IOMMU_MEMORY];   /* memory as the IOMMU sees it, not coherent */
    uint8_t clean[FAKE_IOMMU_MEMORY];  /* as of the last flush: what differs in the arena is dirty */
    struct { uint32_t id; bool valid, cached; uint64_t committed[8], cache[8]; } watched[FAKE_IOMMU_WATCHED];
    uint32_t watched_count;
    bool vma[GSCIDS], gvma[GSCIDS], host, directory;
    bool msi_pending;
} s;

static void wrong(const char *what, uint64_t value)
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
        wrong("it was led to memory that is not its own", address);
    }
    return address - FAKE_PHYS_BASE;
}

static uint64_t seen64(uint64_t address)
{
    const uint64_t offset = offset_of(address, sizeof(uint64_t));
    uint64_t value;

    memcpy(&value, (fake_iommu.cache_block != 0U ? s.seen : arena()) + offset, sizeof(value));
    return value;
}

static void put64(uint64_t address, uint64_t value)
{
    const uint64_t offset = offset_of(address, sizeof(uint64_t));

    memcpy((fake_iommu.cache_block != 0U ? s.seen : arena()) + offset, &value, sizeof(value));
}

/* A dirty byte goes to memory, a clean one is read from there when it is next looked at. */
void iommu_flush(pa_t base, uint64_t size, uint32_t cache_block)
{
    if (cache_block != fake_iommu.cache_block) {
        wrong("a flush with another size of blocks", cache_block);
    }
    if (cache_block == 0U) {
        return;
    }
    const uint64_t first = offset_of(align_down(base.v, cache_block), 1U);
    const uint64_t end = align_up(offset_of(base.v, size) + size, cache_block);

    for (uint64_t i = first; i < end; i++) {
        if (arena()[i] != s.clean[i]) {
            s.seen[i] = arena()[i];
        }
        arena()[i] = s.seen[i];
        s.clean[i] = s.seen[i];
    }
    fake_iommu.flushes++;
    if (fake_iommu.on_flush != NULL) {
        fake_iommu.on_flush();
    }
}

/* ---- the log --------------------------------------------------------------------------------- */

static void log_event(enum fake_iommu_event_kind kind, uint32_t offset, uint64_t a, uint64_t b)
{
    if (fake_iommu.events == FAKE_IOMMU_LOG) {
        wrong("more events than the log has room for", fake_iommu.events);
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

uint32_t fake_iommu_reg32(uint32_t offset) { return s.reg[offset / 4U]; }

uint64_t fake_iommu_reg64(uint32_t offset)
{
    return s.reg[offset / 4U] | (uint64_t)s.reg[offset / 4U + 1U] << 32;
}

void fake_iommu_set32(uint32_t offset, uint32_t value) { s.reg[offset / 4U] = value; }

void fake_iommu_set64(uint32_t offset, uint64_t value)
{
    s.reg[offset / 4U] = (uint32_t)value;
    s.reg[offset / 4U + 1U] = (uint32_t)(value >> 32);
}

void fake_iommu_reset(void)
{
    memset(&fake_iommu, 0, sizeof(fake_iommu));
    memset(&s, 0, sizeof(s));
    fake_phys_reset();
    memcpy(s.seen, arena(), sizeof(s.seen));
    memcpy(s.clean, arena(), sizeof(s.clean));
    fake_uart_reset();
    fake_uart.tick = 1U;
    fake_iommu.capabilities = FAKE_IOMMU_CAPABILITIES;
    fake_iommu.fctl_writable = IOMMU_FCTL_WSI;
    fake_iommu.modes = 0x1dU;        /* all but Bare */
    fake_iommu.log2_most = 19U;
    fake_iommu.busy_reads = 2U;
    /* Reset values are unspecified where they may be (5.2). */
    for (uint32_t i = 0; i < REG_BYTES / 4U; i++) {
        s.reg[i] = 0xa5a5a5a5U;
    }
    fake_iommu_set64(IOMMU_DDTP, 0x2345U << 10);
    fake_iommu_set32(IOMMU_CQCSR, 0U);
    fake_iommu_set32(IOMMU_FQCSR, 0U);
    fake_iommu_set32(IOMMU_PQCSR, 0U);
    fake_iommu_set32(IOMMU_IPSR, 0U);
}

/* ---- the device directory -------------------------------------------------------------------- */

static bool extended(void) { return (fake_iommu.capabilities & IOMMU_CAP_MSI_FLAT) != 0U; }

static uint32_t mode(void) { return fake_iommu_reg32(IOMMU_DDTP) & IOMMU_DDTP_MODE_MASK; }

/* 2.3, steps 3 to 5; 2.3.1 */
bool fake_iommu_walk(uint32_t device_id, uint64_t dc[8])
{
    const uint32_t leaf_bits = extended() ? 6U : 7U;
    const uint32_t ddi[3] = {
        device_id & ((1U << leaf_bits) - 1U),
        device_id >> leaf_bits & 0x1ffU,
        device_id >> (leaf_bits + 9U),
    };
    const uint32_t levels = mode() < 2U ? 0U : mode() - 1U;
    uint64_t table = (fake_iommu_reg64(IOMMU_DDTP) >> 10 & 0xfffffffffffU) << 12;

    memset(dc, 0, 8U * sizeof(dc[0]));
    if (levels == 0U || (levels < 3U && ddi[2] != 0U) || (levels < 2U && ddi[1] != 0U)) {
        return false;
    }
    for (uint32_t level = levels - 1U; level > 0U; level--) {
        const uint64_t entry = seen64(table + 8U * ddi[level]);
        if ((entry & 1U) == 0U) {
            return false;
        }
        if ((entry & ~UINT64_C(0x3ffffffffffc01)) != 0U) {
            wrong("reserved bits in a directory entry", entry);
        }
        table = (entry >> 10) << 12;
    }
    const uint32_t words = extended() ? 8U : 4U;
    for (uint32_t i = 0; i < words; i++) {
        dc[i] = seen64(table + (uint64_t)ddi[0] * words * 8U + i * 8U);
    }
    return (dc[0] & 1U) != 0U;
}

void fake_iommu_watch(uint32_t device_id)
{
    if (s.watched_count == FAKE_IOMMU_WATCHED) {
        wrong("too many watched devices", device_id);
    }
    s.watched[s.watched_count++].id = device_id;
}

static uint32_t gscid_of(const uint64_t dc[8]) { return (uint32_t)(dc[1] >> 44) & 0xffffU; }

static void check_change(const uint64_t old[8], const uint64_t now[8])
{
    const bool flat = (old[4] >> 60) != 0U || (now[4] >> 60) != 0U;

    if (flat && old[1] != now[1]) {
        wrong("the G-stage changes while there is an MSI table", now[1]);
    }
    if (flat && (old[5] != now[5] || old[6] != now[6])) {
        wrong("MSI mask or pattern change while there is an MSI table", now[6]);
    }
    if (s.vma[gscid_of(old)] || s.gvma[gscid_of(old)]) {
        wrong("translations of the old GSCID are left", gscid_of(old));
    }
}

/* What is promised when a fence is done. */
static void fence_done(void)
{
    fake_iommu.fences++;
    for (uint32_t i = 0; i < s.watched_count; i++) {
        uint64_t now[8];
        const bool valid = fake_iommu_walk(s.watched[i].id, now);

        if (s.watched[i].valid && !valid) {
            wrong("a context became invalid", s.watched[i].id);
        }
        if (s.watched[i].valid && memcmp(now, s.watched[i].committed, sizeof(now)) != 0) {
            check_change(s.watched[i].committed, now);
        }
        if (s.watched[i].cached && memcmp(now, s.watched[i].cache, sizeof(now)) != 0) {
            wrong("a changed context is still in the cache", s.watched[i].id);
        }
        s.watched[i].valid = valid;
        memcpy(s.watched[i].committed, now, sizeof(now));
    }
    for (uint32_t i = 0; i < s.watched_count; i++) {
        if (s.watched[i].valid) {
            memcpy(s.watched[i].cache, s.watched[i].committed, sizeof(s.watched[i].cache));
            s.watched[i].cached = true;
            s.vma[gscid_of(s.watched[i].cache)] = true;
            s.gvma[gscid_of(s.watched[i].cache)] = true;
        }
    }
}

/* ---- commands -------------------------------------------------------------------------------- */

static bool forget_context(uint64_t word)
{
    const uint32_t id = (uint32_t)(word >> 40);
    const uint32_t bits = (extended() ? 6U : 7U) + (mode() < 2U ? 0U : mode() - 2U) * 9U;
    const bool one = (word >> 33 & 1U) != 0U;

    if ((word & ~(UINT64_C(0xffffff) << 40 | UINT64_C(1) << 33 | 0x3ffU)) != 0U ||
        (one && (mode() < 2U || id >> (bits < 24U ? bits : 24U) != 0U))) {
        return false;
    }
    for (uint32_t i = 0; i < s.watched_count; i++) {
        s.watched[i].cached = s.watched[i].cached && one && s.watched[i].id != id;
    }
    s.directory = s.directory && one;
    return true;
}

static bool forget_translations(uint64_t word)
{
    const bool second = (word >> 7 & 1U) != 0U, one = (word >> 33 & 1U) != 0U;
    bool *of = second ? s.gvma : s.vma;

    if ((word & ~(UINT64_C(0xffff) << 44 | UINT64_C(1) << 33 | 0xffU)) != 0U) {
        return false;            /* addresses and PSCIDs are not for the hypervisor */
    }
    if (one) {
        of[word >> 44 & 0xffffU] = false;
    } else if (second) {
        memset(s.gvma, 0, sizeof(s.gvma));
    } else {
        s.host = false;
    }
    return true;
}

static bool execute(uint64_t word)
{
    switch (word & 0x3ffU) {
    case 0x003: return forget_context(word);
    case 0x001:
    case 0x081: return forget_translations(word);
    case 0x002:
        if (word != (0x002U | 3U << 12)) {
            return false;        /* AV, WSI, or not both of PR and PW */
        }
        fence_done();
        return true;
    default: return false;
    }
}

static uint32_t queue_mask(uint32_t base)
{
    return (2U << (fake_iommu_reg32(base) & 0x1fU)) - 1U;
}

static void one_command(void)
{
    const uint32_t csr = fake_iommu_reg32(IOMMU_CQCSR), head = fake_iommu_reg32(IOMMU_CQH);
    const uint64_t base = (fake_iommu_reg64(IOMMU_CQB) >> 10 & 0xfffffffffffU) << 12;

    if ((csr & IOMMU_QCSR_ON) == 0U || (csr & CQ_ERRORS) != 0U || fake_iommu.deaf ||
        head == fake_iommu_reg32(IOMMU_CQT)) {
        return;
    }
    if (fake_iommu.fail_times != 0U && fake_iommu.fail_skip == 0U) {
        fake_iommu.fail_times--;
        fake_iommu_set32(IOMMU_CQCSR, csr | fake_iommu.fail_bits);
        return;
    }
    fake_iommu.fail_skip -= fake_iommu.fail_skip != 0U;
    const uint64_t word = seen64(base + head * 16U), second = seen64(base + head * 16U + 8U);
    log_event(FAKE_COMMAND, 0U, word, second);
    if (second != 0U || !execute(word)) {
        fake_iommu_set32(IOMMU_CQCSR, csr | IOMMU_CQCSR_CMD_ILL);
        return;
    }
    fake_iommu_set32(IOMMU_CQH, (head + 1U) & queue_mask(IOMMU_CQB));
}

/* ---- faults and interrupts ------------------------------------------------------------------- */

static void send_msi(void)
{
    if ((fake_iommu_reg32(IOMMU_FCTL) & IOMMU_FCTL_WSI) != 0U) {
        return;
    }
    s.msi_pending = (fake_iommu_reg32(IOMMU_MSI_VEC_CTL_0) & 1U) != 0U;
    if (!s.msi_pending) {
        fake_iommu.msis++;
        fake_iommu.msi_address = fake_iommu_reg64(IOMMU_MSI_ADDR_0);
        fake_iommu.msi_data = fake_iommu_reg32(IOMMU_MSI_DATA_0);
    }
}

static void raise_fip(void)
{
    const uint32_t ipsr = fake_iommu_reg32(IOMMU_IPSR);

    if ((fake_iommu_reg32(IOMMU_FQCSR) & IOMMU_FQCSR_FIE) != 0U && (ipsr & IOMMU_IPSR_FIP) == 0U) {
        fake_iommu_set32(IOMMU_IPSR, ipsr | IOMMU_IPSR_FIP);
        send_msi();
    }
}

void fake_iommu_fault(uint32_t device_id, uint16_t cause, uint8_t ttyp, uint64_t iotval,
                      uint64_t iotval2)
{
    const uint32_t csr = fake_iommu_reg32(IOMMU_FQCSR), tail = fake_iommu_reg32(IOMMU_FQT);
    const uint32_t next = (tail + 1U) & queue_mask(IOMMU_FQB);
    const uint64_t at =
        ((fake_iommu_reg64(IOMMU_FQB) >> 10 & 0xfffffffffffU) << 12) + tail * 32U;

    if ((csr & IOMMU_QCSR_ON) == 0U || (csr & FQ_W1C) != 0U) {
        return;
    }
    if (next == fake_iommu_reg32(IOMMU_FQH)) {
        fake_iommu_set32(IOMMU_FQCSR, csr | IOMMU_FQCSR_FQOF);
    } else {
        put64(at, (uint64_t)device_id << 40 | (uint64_t)ttyp << 34 | cause);
        put64(at + 8U, 0U);
        put64(at + 16U, iotval);
        put64(at + 24U, iotval2);
        fake_iommu_set32(IOMMU_FQT, next);
    }
    raise_fip();
}

/* ---- registers as the hart meets them -------------------------------------------------------- */

static void check_access(pa_t regs, uint32_t offset, uint32_t size)
{
    static const uint32_t wide[] = { IOMMU_CAPABILITIES, IOMMU_DDTP, IOMMU_CQB, IOMMU_FQB, 56U,
                                     IOMMU_ICVEC, IOMMU_MSI_ADDR_0 };
    bool is_wide = false;

    for (uint32_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
        is_wide |= wide[i] == offset;
    }
    if (regs.v != FAKE_IOMMU_REGS || offset % size != 0U || offset + size > REG_BYTES ||
        (size == 8U && !is_wide)) {
        wrong("an access that the register does not allow", offset);
    }
}

/* A busy bit falls when it was looked at often enough; then the queue is on or off as it was told. */
static void settle(uint32_t csr, uint32_t *stays)
{
    const uint32_t value = fake_iommu_reg32(csr);

    if ((value & IOMMU_QCSR_BUSY) == 0U) {
        return;
    }
    if (s.busy != 0U) {
        s.busy--;
        return;
    }
    if (*stays != 0U) {
        *stays -= *stays != FAKE_FOREVER;
        return;
    }
    fake_iommu_set32(csr, (value & ~(IOMMU_QCSR_BUSY | IOMMU_QCSR_ON)) |
                              ((value & IOMMU_QCSR_EN) != 0U ? IOMMU_QCSR_ON : 0U));
}

static uint64_t read_any(uint32_t offset, uint32_t size)
{
    static uint32_t none;

    if (offset == IOMMU_CQCSR) {
        settle(offset, &fake_iommu.cq_stays);
    } else if (offset == IOMMU_FQCSR) {
        settle(offset, &fake_iommu.fq_stays);
    } else if (offset == IOMMU_PQCSR) {
        settle(offset, &none);
    } else if (offset == IOMMU_CQH) {
        one_command();
    } else if (offset == IOMMU_CAPABILITIES) {
        return fake_iommu.capabilities;
    } else if (offset == IOMMU_DDTP) {
        if (s.busy != 0U || fake_iommu.ddtp_busy != 0U) {
            s.busy -= s.busy != 0U;
            fake_iommu.ddtp_busy -= fake_iommu.ddtp_busy != 0U && fake_iommu.ddtp_busy != FAKE_FOREVER;
            return fake_iommu_reg64(offset) | IOMMU_DDTP_BUSY;
        }
    }
    return size == 8U ? fake_iommu_reg64(offset) : fake_iommu_reg32(offset);
}

static bool any_on(void)
{
    return mode() != 0U || ((fake_iommu_reg32(IOMMU_CQCSR) | fake_iommu_reg32(IOMMU_FQCSR) |
                             fake_iommu_reg32(IOMMU_PQCSR)) & (IOMMU_QCSR_EN | IOMMU_QCSR_ON)) != 0U;
}

static void write_ddtp(uint64_t value)
{
    const uint32_t to = (uint32_t)value & IOMMU_DDTP_MODE_MASK;
    const uint64_t ppn_mask = IOMMU_PPN_53_10_MASK;
    uint32_t kept = to;

    if (s.busy != 0U || fake_iommu.ddtp_busy != 0U) {
        wrong("ddtp is written while busy", value);
    }
    if (to == BARE || to > 4U || (value & ~(ppn_mask | IOMMU_DDTP_MODE_MASK)) != 0U) {
        wrong("ddtp is written with this", value);
    }
    if (to != 0U && mode() != 0U) {
        wrong("from one number of levels to another", value);
    }
    if (to == 0U && ((value ^ fake_iommu_reg64(IOMMU_DDTP)) & ppn_mask) != 0U) {
        wrong("the PPN changes on the way to Off", value);
    }
    if ((fake_iommu.modes >> to & 1U) == 0U) {
        kept = fake_iommu.other_mode;
    }
    if (to == 0U && fake_iommu.off_refused) {
        kept = mode();
    }
    fake_iommu_set64(IOMMU_DDTP, (value & ppn_mask) | kept);
    s.busy = fake_iommu.busy_reads;
}

static void write_queue_csr(uint32_t offset, uint32_t value, uint32_t w1c)
{
    const uint32_t old = fake_iommu_reg32(offset);
    uint32_t now = (old & ~(value & w1c) & ~(IOMMU_QCSR_EN | IOMMU_FQCSR_FIE)) |
                   (value & (IOMMU_QCSR_EN | IOMMU_FQCSR_FIE));

    if ((old & IOMMU_QCSR_BUSY) != 0U) {
        wrong("a queue's control register is written while busy", offset);
    }
    if ((now & IOMMU_QCSR_EN) != 0U && (old & IOMMU_QCSR_EN) == 0U) {
        now &= ~w1c;
        if (offset == IOMMU_CQCSR) {
            fake_iommu_set32(IOMMU_CQH, 0U);
        } else if (offset == IOMMU_FQCSR) {
            fake_iommu_set32(IOMMU_FQT, 0U);
        }
    }
    fake_iommu_set32(offset, now | IOMMU_QCSR_BUSY);
    s.busy = fake_iommu.busy_reads;
}

static void write_queue_base(uint32_t offset, uint32_t csr, uint64_t value)
{
    const uint32_t log = ((uint32_t)value & 0x1fU) + 1U;
    const uint32_t most = fake_iommu.log2_most;

    if ((fake_iommu_reg32(csr) & (IOMMU_QCSR_ON | IOMMU_QCSR_BUSY)) != 0U) {
        wrong("the base of a queue is written while it is on", offset);
    }
    fake_iommu_set64(offset, (value & ~UINT64_C(0x1f)) | ((log < most ? log : most) - 1U));
}

static void write_ipsr(uint32_t value)
{
    uint32_t clear = value;

    if (fake_iommu.cip_clears_fip && (value & IOMMU_IPSR_CIP) != 0U) {
        clear |= IOMMU_IPSR_FIP;
    }
    fake_iommu_set32(IOMMU_IPSR, fake_iommu_reg32(IOMMU_IPSR) & ~clear);
    if ((clear & IOMMU_IPSR_FIP) != 0U && (fake_iommu_reg32(IOMMU_FQCSR) & FQ_W1C) != 0U) {
        raise_fip();
    }
}

static void write_any(uint32_t offset, uint64_t value)
{
    log_event(FAKE_WRITE, offset, value, 0U);
    switch (offset) {
    case IOMMU_FCTL:
        if (any_on()) {
            wrong("fctl is written while it is on", value);
        }
        fake_iommu.fctl = (fake_iommu.fctl & ~fake_iommu.fctl_writable) |
                          ((uint32_t)value & fake_iommu.fctl_writable);
        fake_iommu_set32(offset, fake_iommu.fctl);
        break;
    case IOMMU_DDTP: write_ddtp(value); break;
    case IOMMU_CQB: write_queue_base(offset, IOMMU_CQCSR, value); break;
    case IOMMU_FQB: write_queue_base(offset, IOMMU_FQCSR, value); break;
    case IOMMU_CQT: fake_iommu_set32(offset, (uint32_t)value & queue_mask(IOMMU_CQB)); break;
    case IOMMU_FQH: fake_iommu_set32(offset, (uint32_t)value & queue_mask(IOMMU_FQB)); break;
    case IOMMU_CQCSR: write_queue_csr(offset, (uint32_t)value, CQ_W1C); break;
    case IOMMU_FQCSR: write_queue_csr(offset, (uint32_t)value, FQ_W1C); break;
    case IOMMU_PQCSR: write_queue_csr(offset, (uint32_t)value, FQ_W1C); break;
    case IOMMU_IPSR: write_ipsr((uint32_t)value); break;
    case IOMMU_ICVEC:
    case IOMMU_MSI_ADDR_0: fake_iommu_set64(offset, value); break;
    case IOMMU_MSI_VEC_CTL_0:
        fake_iommu_set32(offset, (uint32_t)value);
        if (s.msi_pending) {
            send_msi();
        }
        break;
    case IOMMU_MSI_DATA_0:
    case IOMMU_IOCOUNTINH: fake_iommu_set32(offset, (uint32_t)value); break;
    default: wrong("a write to a register that is read-only or none", offset);
    }
}

uint32_t iommu_read32(pa_t regs, uint32_t offset)
{
    check_access(regs, offset, 4U);
    if (offset == IOMMU_FCTL) {
        return fake_iommu.fctl;
    }
    return (uint32_t)read_any(offset, 4U);
}

uint64_t iommu_read64(pa_t regs, uint32_t offset)
{
    check_access(regs, offset, 8U);
    return read_any(offset, 8U);
}

void iommu_write32(pa_t regs, uint32_t offset, uint32_t value)
{
    check_access(regs, offset, 4U);
    write_any(offset, value);
}

void iommu_write64(pa_t regs, uint32_t offset, uint64_t value)
{
    check_access(regs, offset, 8U);
    write_any(offset, value);
}

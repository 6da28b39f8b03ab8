/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a guest is told of its devices' faults: RISC-V IOMMU 1.0.1, 3.2 and 5.16. Fields are spelled
 * here by their bit numbers. Interrupts are wired, so that a wire's level tells of ipsr.fip.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "iommu/viommu/parts.h"
#include "tests/unit/fake_configs.h"
#include "tests/unit/fake_guest_memory.h"

#define BIT(n)     (UINT64_C(1) << (n))
#define PAGE(n)    (FAKE_RAM_BASE + (n) * PAGE_SIZE)
#define QUEUE      PAGE(16)
#define ROOT       PAGE(0)           /* of a directory of one level */

enum { FCTL = 8, DDTP = 16, CQH = 32, FQB = 40, FQH = 48, FQT = 52, CQCSR = 72, FQCSR = 76, IPSR = 84 };
enum { CMD_TO = 1U << 9, CQON = 1U << 16 };
enum { FIE = 1U << 1, FQMF = 1U << 8, FQOF = 1U << 9, FQON = 1U << 16 };
enum { FIP = 1U << 1 };
enum { EXECUTE = 1, READ = 2, WRITE = 3, MESSAGE = 9 };

static struct viommu_device devices[3];
static struct viommu v;
static struct viommu_effects out;

static void put32(uint32_t offset, uint32_t value)
{
    const uint32_t shift = offset % 8U * 8U;

    v.words[offset / 8U] &= ~((uint64_t)UINT32_MAX << shift);
    v.words[offset / 8U] |= (uint64_t)value << shift;
}

static uint32_t get32(uint32_t offset)
{
    return (uint32_t)(v.words[offset / 8U] >> offset % 8U * 8U);
}

/* A queue of 2^log2 records, on and with its interrupt enabled; three devices that pass. */
static void set_up(uint32_t log2)
{
    static const uint32_t ids[3] = { 5U, 0xabcdefU, 0U };

    memset(&v, 0, sizeof(v));
    for (uint32_t i = 0; i < 3U; i++) {
        devices[i] = (struct viommu_device){ ids[i], { .reach = VIOMMU_PASSED } };
    }
    v.setup = (struct viommu_setup){
        .capabilities = BIT(9) | BIT(38) | UINT64_C(56) << 32, .devices = devices, .device_count = 3U,
        .memory = fake_guest_memory_new(),
    };
    v.next_device = 3U;
    put32(FCTL, 2U);
    v.words[DDTP / 8U] = ROOT >> 12 << 10 | 2U;
    v.words[FQB / 8U] = QUEUE >> 12 << 10 | (log2 - 1U);
    put32(FQCSR, FQON | FIE | 1U);
    /* What a call has to write anew. */
    memset(&out, 0xff, sizeof(out));
}

static uint64_t word(uint32_t index, uint32_t n)
{
    return fake_guest_get(QUEUE + index * 32U + n * 8U);
}

static uint32_t cause_at(uint32_t index)
{
    return (uint32_t)word(index, 0U) & 0xfffU;
}

static bool is_dirty(uint32_t offset)
{
    return (out.dirty[offset / 8U / 64U] >> offset / 8U % 64U & 1U) != 0U;
}

static void assert_nothing_due(void)
{
    assert_int_equal(out.change_count | out.forget_count | out.store_count | out.msi_count, 0U);
    assert_false(out.fence || out.more);
}

static void report(uint32_t device, uint16_t cause, uint8_t ttyp)
{
    const struct iommu_fault fault = {
        .device_id = 0x777777U, .cause = cause, .ttyp = ttyp,
        .iotval = 0x1234U, .iotval2 = UINT64_C(0x8080001001),
    };
    viommu_report(&v, device, &fault, &out);
}

static void put_context(uint32_t id, uint64_t tc, uint64_t fsc)
{
    fake_guest_put(ROOT + id * 32U, tc);
    fake_guest_put(ROOT + id * 32U + 24U, fsc);
}

/* shows: R-VIO-37 */
static void test_viommu_records_are_laid_out_as_specified(void **state)
{
    (void)state;
    const struct iommu_fault full = {
        .device_id = 0x31U, .cause = 13U, .ttyp = READ, .pid_valid = true, .privileged = true,
        .pid = 0x54321U, .iotval = UINT64_C(0xfedcba9876543210), .iotval2 = UINT64_MAX,
    };
    struct iommu_fault plain = full;

    set_up(4U);
    viommu_report(&v, 1U, &full, &out);
    assert_nothing_due();
    assert_int_equal(word(0U, 0U), UINT64_C(0xabcdef) << 40 | (uint64_t)READ << 34 | BIT(33) | BIT(32) |
                                       UINT64_C(0x54321) << 12 | 13U);
    assert_int_equal(word(0U, 1U), 0U);
    assert_int_equal(word(0U, 2U), UINT64_C(0xfedcba9876543210));
    assert_int_equal(word(0U, 3U), 0U);

    /* PV = 0: PID and PRIV are 0. */
    plain.pid_valid = false;
    viommu_report(&v, 0U, &plain, &out);
    assert_int_equal(word(1U, 0U), UINT64_C(5) << 40 | (uint64_t)READ << 34 | 13U);
    plain = full;
    plain.privileged = false;
    plain.ttyp = 0x3fU;
    viommu_report(&v, 2U, &plain, &out);
    assert_int_equal(word(2U, 0U), UINT64_C(0x3f) << 34 | BIT(32) | UINT64_C(0x54321) << 12 | 13U);
}

/* What the guest is told: its own part of the translation as it is, Bulkhead's as an access that
 * failed. */
static uint16_t expected(uint32_t cause, uint32_t ttyp)
{
    static const uint16_t own[] = { 1U, 4U, 5U, 6U, 7U, 12U, 13U, 15U, 260U, 265U, 266U, 267U, 269U,
                                    272U, 274U };

    for (uint32_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        if (cause == own[i]) {
            return own[i];
        }
    }
    switch (cause) {
    case 20U: return 1U;
    case 21U: return 5U;
    case 23U: return 7U;
    default: break;
    }
    static const uint16_t of_ttyp[64] = { [1] = 1U, [5] = 1U, [2] = 5U, [6] = 5U, [8] = 5U };
    return of_ttyp[ttyp] != 0U ? of_ttyp[ttyp] : 7U;
}

/* shows: R-VIO-38 */
static void test_viommu_what_is_bulkheads_becomes_an_access_fault(void **state)
{
    (void)state;
    for (uint32_t reach = VIOMMU_PASSED; reach <= VIOMMU_TRANSLATED; reach++) {
        /* all that there are, and some of the reserved and custom ones */
        for (uint32_t cause = 0U; cause < 4096U; cause += cause < 300U ? 1U : 253U) {
            for (uint8_t ttyp = 1U; ttyp <= 10U; ttyp++) {
                set_up(1U);
                devices[0].context.reach = (enum viommu_reach)reach;
                report(0U, (uint16_t)cause, ttyp);
                assert_int_equal(cause_at(0U), expected(cause, ttyp));
                assert_int_equal(get32(FQT), 1U);
                assert_nothing_due();
            }
        }
    }
}

/* shows: R-VIO-39 */
static void test_viommu_a_refused_device_has_the_cause_of_its_directory(void **state)
{
    (void)state;
    static const uint16_t physical[] = { 21U, 23U, 20U, 256U, 258U, 260U, 262U, 272U };

    for (uint32_t i = 0; i < sizeof(physical) / sizeof(physical[0]); i++) {
        set_up(4U);
        devices[0].context = viommu_refused(258U);
        devices[1].context = viommu_refused(260U);

        report(0U, physical[i], WRITE);  /* V = 0 */
        assert_nothing_due();
        report(1U, physical[i], WRITE);  /* an id beyond the directory */
        v.words[DDTP / 8U] = 0U;
        report(0U, physical[i], MESSAGE);
        v.words[DDTP / 8U] = 2U;         /* no RAM there */
        report(0U, physical[i], READ);
        v.words[DDTP / 8U] = ROOT >> 12 << 10 | 2U;
        put_context(5U, BIT(0) | BIT(1), 0U);
        report(0U, physical[i], EXECUTE);

        assert_int_equal(cause_at(0U), 258U);
        assert_int_equal(cause_at(1U), 260U);
        assert_int_equal(cause_at(2U), 256U);
        assert_int_equal(cause_at(3U), 257U);
        assert_int_equal(cause_at(4U), 259U);
        assert_int_equal(word(4U, 0U), UINT64_C(5) << 40 | (uint64_t)EXECUTE << 34 | 259U);
        assert_int_equal(word(4U, 2U), 0x1234U);
        assert_int_equal(word(4U, 3U), 0U);
        assert_int_equal(devices[0].context.reach, VIOMMU_REFUSED);
        assert_int_equal(devices[0].context.cause, 259U);
    }
}

/* shows: R-VIO-39 */
static void test_viommu_a_context_that_became_valid_is_seen_at_the_first_fault(void **state)
{
    (void)state;
    set_up(4U);
    devices[0].context = viommu_refused(258U);
    put_context(5U, BIT(0) | BIT(4), UINT64_C(8) << 60 | 0x80100U); /* with DTF */
    report(0U, 23U, WRITE);

    assert_int_equal(cause_at(0U), 258U); /* this one was refused all the same, and DTF = 0 then */
    assert_int_equal(get32(FQT), 1U);
    assert_int_equal(out.change_count, 1U);
    assert_int_equal(out.changes[0].device, 0U);
    assert_int_equal(devices[0].context.reach, VIOMMU_TRANSLATED);
    assert_int_equal(devices[0].context.first_stage.fsc, UINT64_C(8) << 60 | 0x80100U);
    assert_true(devices[0].context.quiet);

    /* What is valid is kept, as in a cache. */
    put_context(5U, 0U, 0U);
    fake_guest_memory.loads = 0U;
    report(0U, 272U, WRITE);
    assert_int_equal(cause_at(1U), 272U);
    assert_int_equal(fake_guest_memory.loads, 0U);
    assert_int_equal(out.change_count, 0U);

    /* It is let go even if its guest wants no records, or cannot take one. */
    set_up(4U);
    put32(FQCSR, 0U);
    devices[0].context = viommu_refused(258U);
    put_context(5U, BIT(0), 0U);
    report(0U, 23U, WRITE);
    assert_int_equal(out.change_count, 1U);
    assert_int_equal(fake_guest_memory.stores, 0U);

    /* And if the physical IOMMU does not answer then, the command queue stops where it is. */
    set_up(4U);
    put32(CQH, 3U);
    put32(CQCSR, CQON | 1U);
    devices[0].context = viommu_refused(258U);
    put_context(5U, BIT(0), 0U);
    report(0U, 23U, WRITE);
    viommu_unfinished(&v, &out);
    assert_int_equal(get32(CQH), 3U);
    assert_int_equal(get32(CQCSR), CQON | CMD_TO | 1U);
}

/* A read of process pid, which faulted in a second stage where iotval2 says. The context has a process directory of so
 * many levels at table. */
static uint32_t cause_of(uint32_t levels, uint64_t table, uint32_t pid, uint64_t iotval2)
{
    const struct iommu_fault fault = {
        .cause = 21U, .ttyp = READ, .pid_valid = true, .pid = pid, .iotval2 = iotval2 };

    devices[0].context = (struct viommu_context){
        .reach = VIOMMU_TRANSLATED,
        .first_stage = { .process_directory = true, .fsc = (uint64_t)levels << 60 | table >> 12 },
    };
    put32(FQT, 0U);
    viommu_report(&v, 0U, &fault, &out);
    return cause_at(0U);
}

#define PID    0xbcd5aU              /* PDI[2] 5, PDI[1] 0x1cd, PDI[0] 0x5a: 2.2 */
#define NOWHERE UINT64_C(0x123456000) /* no memory of the guest */

/* shows: R-VIO-112 */
static void test_viommu_a_process_directory_that_is_not_there(void **state)
{
    (void)state;
    for (uint32_t levels = 1U; levels <= 3U; levels++) {
        const uint32_t pid = PID & ((1U << (levels == 1U ? 8U : levels == 2U ? 17U : 20U)) - 1U);
        const uint64_t at = NOWHERE + (levels == 1U ? 0x5a0U : levels == 2U ? 0x1cdU * 8U : 40U);

        set_up(4U);
        assert_int_equal(cause_of(levels, NOWHERE, pid, at | 1U), 265U);
        assert_int_equal(cause_of(levels, NOWHERE, pid, NOWHERE | 1U), 265U); /* no offset */
        assert_int_equal(cause_of(levels, NOWHERE, pid, at), 5U);             /* of the device */
        assert_int_equal(cause_of(levels, NOWHERE, pid, (at + PAGE_SIZE) | 1U), 5U);
        assert_int_equal(cause_of(levels, NOWHERE, pid, (at - PAGE_SIZE) | 1U), 5U);
    }
    /* The lower levels, each reached by the ones above. */
    set_up(4U);
    fake_guest_put(PAGE(2) + 5U * 8U, PAGE(3) >> 2 | 1U);
    assert_int_equal(cause_of(3U, PAGE(2), PID, (PAGE(3) + 0x1cdU * 8U) | 1U), 265U);
    fake_guest_put(PAGE(3) + 0x1cdU * 8U, NOWHERE >> 2 | 1U);
    assert_int_equal(cause_of(3U, PAGE(2), PID, (NOWHERE + 0x5a0U) | 1U), 265U);
    assert_int_equal(cause_of(2U, PAGE(3), PID & 0x1ffffU, (NOWHERE + 0x5a0U) | 1U), 265U);
    assert_int_equal(cause_of(3U, PAGE(2), PID + 0x100U, (NOWHERE + 0x5a0U) | 1U), 5U);
    fake_guest_memory.loads = 0U;
    assert_int_equal(cause_of(1U, PAGE(2), 5U, (NOWHERE + 0x50U) | 1U), 5U);
    assert_int_equal(fake_guest_memory.loads, 0U); /* contexts are not read */
}

/* What stands there leads nowhere, or is nobody's: then hardware did not read on. */
/* shows: R-VIO-112 */
static void test_viommu_not_every_guest_page_fault_is_the_process_directorys(void **state)
{
    struct iommu_fault fault = { .cause = 23U, .ttyp = WRITE, .iotval2 = NOWHERE | 1U };

    (void)state;
    set_up(4U);
    fake_guest_put(PAGE(2) + 5U * 8U, NOWHERE >> 2);                    /* V = 0 */
    assert_int_equal(cause_of(2U, PAGE(2), 0x500U, NOWHERE | 1U), 5U);
    fake_guest_put(PAGE(2) + 5U * 8U, NOWHERE >> 2 | 3U);               /* a reserved bit */
    assert_int_equal(cause_of(2U, PAGE(2), 0x500U, NOWHERE | 1U), 5U);
    fake_guest_put(PAGE(2) + 5U * 8U, NOWHERE >> 2 | 1U);
    assert_int_equal(cause_of(2U, PAGE(2), 0x500U, NOWHERE | 1U), 265U);

    /* Without a process id: process 0, if DPE says so. */
    set_up(4U);
    (void)cause_of(1U, NOWHERE, 0U, 0U);
    put32(FQT, 0U);
    viommu_report(&v, 0U, &fault, &out);
    assert_int_equal(cause_at(0U), 7U);
    devices[0].context.first_stage.default_process = true;
    viommu_report(&v, 0U, &fault, &out);
    assert_int_equal(cause_at(1U), 265U);
    /* Of these causes alone, and of contexts that have a directory. */
    fault.cause = 13U;
    viommu_report(&v, 0U, &fault, &out);
    assert_int_equal(cause_at(2U), 13U);
    fault.cause = 20U;
    devices[0].context.first_stage.process_directory = false;
    viommu_report(&v, 0U, &fault, &out);
    assert_int_equal(cause_at(3U), 1U);
    devices[0].context.first_stage.process_directory = true;
    devices[0].context.reach = VIOMMU_PASSED;
    viommu_report(&v, 0U, &fault, &out);
    assert_int_equal(cause_at(4U), 1U);
}

/* shows: R-VIO-40 */
static void test_viommu_dtf_masks_what_the_specification_says(void **state)
{
    (void)state;
    for (uint16_t cause = 1U; cause < 300U; cause++) {
        const bool masked = expected(cause, WRITE) != 272U;

        set_up(2U);
        devices[2].context = (struct viommu_context){ .reach = VIOMMU_TRANSLATED, .quiet = true };
        report(2U, cause, WRITE);
        assert_int_equal(get32(FQT), masked ? 0U : 1U);
        assert_int_equal(out.wires != 0U, !masked);
        report(1U, cause, WRITE); /* another device's DTF */
        assert_int_equal(get32(FQT), masked ? 1U : 2U);
    }
}

static struct viommu_memory quiet;
static uint32_t tail_during_store;

static bool store_with_a_look_at_fqt(void *ctx, gpa_t at, const uint64_t *words, uint32_t count)
{
    tail_during_store = get32(FQT);
    return quiet.store(ctx, at, words, count);
}

/* shows: R-VIO-41 */
static void test_viommu_queue_goes_round_with_each_record_whole_before_the_tail(void **state)
{
    (void)state;
    for (uint32_t log2 = 1U; log2 <= 9U; log2++) {
        const uint32_t entries = 1U << log2;

        set_up(log2);
        quiet = v.setup.memory;
        v.setup.memory.store = store_with_a_look_at_fqt;
        for (uint64_t n = 0; n < 3U * entries; n++) {
            const struct iommu_fault fault = { .cause = 13U, .ttyp = READ, .iotval = n << 12 };
            const uint32_t tail = (uint32_t)n & (entries - 1U);
            const uint32_t next = (uint32_t)(n + 1U) & (entries - 1U);

            viommu_report(&v, 0U, &fault, &out);
            assert_int_equal(tail_during_store, tail);
            assert_int_equal(get32(FQT), next);
            assert_true(is_dirty(FQT));
            assert_int_equal(word(tail, 2U), n << 12);
            assert_int_equal(get32(IPSR), FIP);
            assert_int_equal(out.wires, 1U);
            put32(FQH, next);
        }
        assert_int_equal(get32(FQCSR), FQON | FIE | 1U);
        assert_int_equal(fake_guest_memory.stores, 3U * entries);
        /* Nothing beside the queue. */
        assert_int_equal(fake_guest_get(QUEUE - 8U) | fake_guest_get(QUEUE + entries * 32U), 0U);
    }
}

/* shows: R-VIO-42 */
static void test_viommu_a_full_queue_stops_until_the_guest_has_cleared_it(void **state)
{
    (void)state;
    for (uint32_t head = 0U; head < 4U; head++) {
        set_up(2U);
        put32(FQH, head);
        put32(FQT, head);
        put32(FQCSR, FQON | 1U);
        for (uint32_t i = 0; i < 3U; i++) {
            report(0U, 13U, READ);
        }
        assert_int_equal(get32(FQT), (head + 3U) % 4U);
        assert_int_equal(get32(IPSR) | out.wires, 0U); /* fie = 0 */

        put32(FQCSR, FQON | FIE | 1U);
        report(0U, 13U, READ);
        assert_int_equal(get32(FQCSR), FQON | FQOF | FIE | 1U);
        assert_true(is_dirty(FQCSR) && is_dirty(IPSR) && !is_dirty(FQT));
        assert_int_equal(out.wires, 1U);
        assert_int_equal(fake_guest_memory.stores, 3U);

        /* Room alone does not do. */
        put32(FQH, (head + 2U) % 4U);
        report(0U, 15U, WRITE);
        assert_int_equal(get32(FQT), (head + 3U) % 4U);
        assert_int_equal(fake_guest_memory.stores, 3U);
        put32(FQCSR, FQON | FIE | 1U);
        report(0U, 15U, WRITE);
        assert_int_equal(get32(FQT), head);
        assert_int_equal(cause_at((head + 3U) % 4U), 15U);
    }

    /* A record of the IOMMU's own that comes last in a step. */
    set_up(1U);
    viommu_begin(&out);
    put32(FQT, 1U);
    viommu_record(&v, (const uint64_t[4]){ 273U }, &out);
    assert_int_equal(get32(FQCSR), FQON | FQOF | FIE | 1U);
    assert_int_equal(get32(IPSR), FIP);
}

/* shows: R-VIO-42 */
static void test_viommu_a_queue_that_is_not_in_ram_stops(void **state)
{
    (void)state;
    set_up(8U); /* two pages, the second of them not there */
    fake_guest_memory.hole = QUEUE + PAGE_SIZE;
    put32(FQT, 127U);
    report(0U, 13U, READ);
    assert_int_equal(get32(FQT), 128U);
    report(0U, 13U, READ);
    assert_int_equal(get32(FQT), 128U);
    assert_int_equal(get32(FQCSR), FQON | FQMF | FIE | 1U);
    assert_true(is_dirty(FQCSR) && !is_dirty(FQT));
    assert_int_equal(get32(IPSR), FIP);
    fake_guest_memory.hole = 0U;
    fake_guest_memory.stores = 0U;
    report(0U, 13U, READ);
    assert_int_equal(fake_guest_memory.stores, 0U);
    put32(FQCSR, FQON | FIE | 1U);
    report(0U, 13U, READ);
    assert_int_equal(get32(FQT), 129U);

    /* fie = 0: the bit alone. */
    set_up(4U);
    put32(FQCSR, FQON | 1U);
    v.words[FQB / 8U] = UINT64_MAX >> 10 << 10 | 3U;
    report(0U, 13U, READ);
    assert_int_equal(get32(FQCSR), FQON | FQMF | 1U);
    assert_int_equal(get32(IPSR) | out.wires, 0U);
}

/* shows: R-VIO-43 */
static void test_viommu_lost_records_are_an_overflow_of_a_queue_that_is_on(void **state)
{
    (void)state;
    set_up(4U);
    viommu_lost(&v, &out);
    assert_nothing_due();
    assert_int_equal(get32(FQCSR), FQON | FQOF | FIE | 1U);
    assert_true(is_dirty(FQCSR));
    assert_int_equal(get32(IPSR), FIP);
    assert_int_equal(out.wires, 1U);
    assert_int_equal(get32(FQT), 0U);
    report(0U, 13U, READ);
    assert_int_equal(get32(FQT), 0U);

    static const uint32_t deaf[] = { 0U, FIE, FQON | FIE | FQMF };
    for (uint32_t i = 0; i < 3U; i++) {
        set_up(4U);
        put32(FQCSR, deaf[i]);
        viommu_lost(&v, &out);
        assert_int_equal(get32(FQCSR), deaf[i]);
        report(0U, 13U, READ);
        assert_int_equal(get32(FQCSR), deaf[i]);
        assert_int_equal(get32(FQT), 0U);
        assert_int_equal(fake_guest_memory.stores, 0U);
        assert_int_equal(get32(IPSR), i == 2U ? FIP : 0U); /* fqmf stands */
    }
}

static uint64_t random64(struct dice *dice)
{
    return dice_below(dice, BIT(32)) << 32 | dice_below(dice, BIT(32));
}

static struct viommu_context random_context(struct dice *dice)
{
    if (dice_below(dice, 3U) == 0U) {
        return viommu_refused((uint16_t)(256U + dice_below(dice, 5U)));
    }
    return (struct viommu_context){
        .reach = dice_below(dice, 2U) == 0U ? VIOMMU_PASSED : VIOMMU_TRANSLATED,
        .quiet = dice_below(dice, 8U) == 0U,
        .first_stage.process_directory = dice_below(dice, 2U) == 0U,
    };
}

/* shows: R-VIO-37, R-VIO-38 */
static void test_viommu_random_faults_tell_nothing_of_the_host(void **state)
{
    (void)state;
    struct dice dice = { 2026U };
    uint32_t written = 0U;
    static const uint16_t may_be[] = { 1U, 4U, 5U, 6U, 7U, 12U, 13U, 15U, 256U, 257U, 258U, 259U, 260U,
                                       265U, 266U, 267U, 269U, 272U, 274U };

    set_up(10U);
    for (uint32_t round = 0; round < 100000U; round++) {
        const uint32_t device = (uint32_t)dice_below(&dice, 3U);
        const uint32_t before = get32(FQT);
        const struct iommu_fault fault = {
            .device_id = 0x550000U | (uint32_t)dice_below(&dice, 256U), /* the physical id */
            .cause = (uint16_t)(dice_below(&dice, 4U) == 0U ? dice_below(&dice, 4096U)
                                                            : dice_below(&dice, 300U)),
            .ttyp = (uint8_t)(1U + dice_below(&dice, 63U)),
            .pid_valid = dice_below(&dice, 2U) == 0U, .privileged = dice_below(&dice, 2U) == 0U,
            .pid = (uint32_t)dice_below(&dice, BIT(20)),
            .iotval = random64(&dice),
            .iotval2 = UINT64_C(0x8080000000) | dice_below(&dice, BIT(31)), /* the host's */
        };

        devices[device].context = random_context(&dice);
        const bool refused = devices[device].context.reach == VIOMMU_REFUSED;
        viommu_report(&v, device, &fault, &out);
        if (get32(FQT) == before) {
            assert_true(devices[device].context.quiet);
            continue;
        }
        bool allowed = false;
        for (uint32_t i = 0; i < sizeof(may_be) / sizeof(may_be[0]); i++) {
            allowed |= cause_at(before) == may_be[i];
        }
        assert_true(allowed);
        assert_int_equal(cause_at(before) >= 256U && cause_at(before) < 260U, refused &&
                         cause_at(before) != 260U);
        assert_int_equal(word(before, 0U) >> 40, devices[device].id);
        assert_int_equal(word(before, 0U) >> 34 & 0x3fU, fault.ttyp);
        assert_int_equal(word(before, 2U), fault.iotval);
        assert_int_equal(word(before, 1U) | word(before, 3U), 0U);
        put32(FQH, get32(FQT));
        written++;
    }
    assert_true(written > 90000U);
    assert_int_equal(get32(FQCSR), FQON | FIE | 1U);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_viommu_records_are_laid_out_as_specified),
        cmocka_unit_test(test_viommu_what_is_bulkheads_becomes_an_access_fault),
        cmocka_unit_test(test_viommu_a_refused_device_has_the_cause_of_its_directory),
        cmocka_unit_test(test_viommu_a_context_that_became_valid_is_seen_at_the_first_fault),
        cmocka_unit_test(test_viommu_a_process_directory_that_is_not_there),
        cmocka_unit_test(test_viommu_not_every_guest_page_fault_is_the_process_directorys),
        cmocka_unit_test(test_viommu_dtf_masks_what_the_specification_says),
        cmocka_unit_test(test_viommu_queue_goes_round_with_each_record_whole_before_the_tail),
        cmocka_unit_test(test_viommu_a_full_queue_stops_until_the_guest_has_cleared_it),
        cmocka_unit_test(test_viommu_a_queue_that_is_not_in_ram_stops),
        cmocka_unit_test(test_viommu_lost_records_are_an_overflow_of_a_queue_that_is_on),
        cmocka_unit_test(test_viommu_random_faults_tell_nothing_of_the_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All harts of a guest at work: HSM start, stop and restart, suspend, IPIs through SBI and through
 * the interrupt files, remote fences that must really reach the other hart. Prints "smp: PASS NAME" or
 * "smp: FAIL NAME" for each, and shuts down.
 */
#include <stddef.h>

#include "guest/lib/aplic.h"
#include "guest/lib/console.h"
#include "guest/lib/csr.h"
#include "guest/lib/guest.h"
#include "guest/lib/imsic.h"
#include "guest/lib/irq.h"
#include "guest/lib/probe.h"
#include "guest/lib/sbi.h"
#include "guest/lib/tree.h"
#include "guest/lib/trap.h"

#define PATIENCE_S 5U
#define RESTARTS   20U
#define ROUNDS     100U
#define IDENTITY   7U

static uint64_t ids[HART_MAX];
static uint32_t count;
static volatile uint64_t alive[HART_MAX]; /* how often each slot's hart has said so */
static volatile bool leave;
static bool all_good = true;

static void verdict(const char *name, bool good)
{
    print("smp: %s %s\n", good ? "PASS" : "FAIL", name);
    all_good = all_good && good;
}

/* Wait until *value is at least wanted; false if it takes too long. */
static bool wait_for(const volatile uint64_t *value, uint64_t wanted)
{
    uint64_t end = rdtime() + (uint64_t)PATIENCE_S * tree_timebase();
    while (*value < wanted) {
        if (rdtime() > end) {
            return false;
        }
    }
    return true;
}

static bool wait_for_state(uint64_t id, uint64_t state)
{
    uint64_t end = rdtime() + (uint64_t)PATIENCE_S * tree_timebase();
    while (sbi_call(SBI_EXT_HSM, HSM_STATUS, id, 0, 0, 0, 0).value != state) {
        if (rdtime() > end) {
            return false;
        }
    }
    return true;
}

static void hello(uint64_t slot)
{
    alive[slot]++;
}

/* Sleeps with its interrupt file and software interrupt on until told to leave. */
static void sleeper(uint64_t slot)
{
    struct tree_imsic imsic;

    if (tree_imsic(&imsic)) {
        imsic_init(imsic.identities);
        imsic_enable(IDENTITY);
    }
    irq_enable(UINT64_C(1) << IRQ_SOFTWARE | UINT64_C(1) << IRQ_EXTERNAL);
    irq_off();
    alive[slot]++;
    while (!leave) {
        wfi();
        irq_on();
        irq_off();
    }
}

static void starts(void)
{
    bool good = true;

    for (uint32_t round = 0; round < RESTARTS && good; round++) {
        for (uint32_t i = 1; i < count && good; i++) {
            good = wait_for_state(ids[i], HSM_STOPPED)
                   && hart_start(i, ids[i], hello, i) == SBI_SUCCESS
                   && wait_for(&alive[i], round + 1U);
        }
    }
    verdict("start, stop and restart", good);
}

static void errors(void)
{
    uint64_t entry = (uint64_t)&ids;

    verdict("start of a running hart is refused",
            sbi_call(SBI_EXT_HSM, HSM_START, ids[0], entry, 0, 0, 0).error
            == SBI_ERR_ALREADY_AVAILABLE);
    verdict("start of no hart is refused",
            sbi_call(SBI_EXT_HSM, HSM_START, 4000, entry, 0, 0, 0).error == SBI_ERR_INVALID_PARAM);
    verdict("status of no hart is refused",
            sbi_call(SBI_EXT_HSM, HSM_STATUS, 4000, 0, 0, 0, 0).error == SBI_ERR_INVALID_PARAM);
}

/* Takes what was sent to it, perhaps before it ran at all; gives up after a while. */
static void taker(uint64_t slot)
{
    uint64_t end = rdtime() + tree_timebase() / 2U;

    imsic_enable(IDENTITY);
    while (imsic_claim() != IDENTITY) {
        if (rdtime() > end) {
            return;
        }
    }
    alive[slot]++;
}

/* Leaves its interrupt file open for IDENTITY. */
static void opener(uint64_t slot)
{
    imsic_init(IDENTITY);
    imsic_enable(IDENTITY);
    alive[slot]++;
}

/* Has the interrupt pending from the start, without a look at its interrupt file. */
static void waker(uint64_t slot)
{
    bool pending = (csr_read(CSR_SIP) >> IRQ_EXTERNAL & 1U) != 0U;

    if (imsic_claim() == IDENTITY && pending) {
        alive[slot]++;
    }
}

/* An MSI that is sent once hart_start has returned waits in the interrupt file. */
static void early_msis(void)
{
    struct tree_imsic imsic;
    bool good = tree_imsic(&imsic) && count > 1U;
    uint32_t index = 0;

    while (good && index < imsic.hart_count && imsic.hart_ids[index] != ids[1]) {
        index++;
    }
    uint64_t before = alive[1];
    for (uint32_t round = 0; round < ROUNDS && good; round++) {
        good = wait_for_state(ids[1], HSM_STOPPED)
               && hart_start(1, ids[1], taker, 1) == SBI_SUCCESS;
        imsic_send(imsic.base + index * imsic.stride, IDENTITY);
        good = good && wait_for_state(ids[1], HSM_STOPPED) && alive[1] - before == round + 1U;
    }
    verdict("msi to a hart that is starting", good);
    before = alive[1];
    good = good && hart_start(1, ids[1], opener, 1) == SBI_SUCCESS
           && wait_for_state(ids[1], HSM_STOPPED);
    imsic_send(imsic.base + index * imsic.stride, IDENTITY);
    good = good && hart_start(1, ids[1], waker, 1) == SBI_SUCCESS
           && wait_for_state(ids[1], HSM_STOPPED) && alive[1] - before == 2U;
    verdict("msi to a hart that is stopped", good);
}

/* guest/smp/registers.S */
#define REG_A0 10U
#define REG_A1 11U
#define REG_A6 16U
#define REG_A7 17U

struct registers {
    uint64_t x[32];
};

void registers_ecall(struct registers *r);
void registers_load(struct registers *r);
void registers_store(struct registers *r);
void registers_csr(struct registers *r);
void registers_written(struct registers *r);
extern uint16_t registers_written_at[2];

/* Every register is as before but a0 and, for an SBI call, a1. */
static bool is_left_alone(void (*exits)(struct registers *), uint64_t a1, uint64_t answer,
                          bool is_call)
{
    struct registers r;
    bool good;

    for (uint32_t i = 0; i < 32U; i++) {
        r.x[i] = UINT64_C(0x9e3779b97f4a7c15) * (i + 1U);
    }
    r.x[REG_A1] = a1;
    if (is_call) {
        r.x[REG_A0] = SBI_EXT_HSM;
        r.x[REG_A6] = BASE_PROBE;
        r.x[REG_A7] = SBI_EXT_BASE;
    }
    struct registers before = r;
    exits(&r);
    good = r.x[REG_A0] == (is_call ? (uint64_t)SBI_SUCCESS : answer)
           && r.x[REG_A1] == (is_call ? answer : a1);
    for (uint32_t i = 1; i < 32U; i++) {
        good = good && (i == REG_A0 || (i == REG_A1 && is_call) || r.x[i] == before.x[i]);
    }
    return good;
}

/* What the hypervisor had in them would be a secret, and what it loses is the guest's. */
static void exits(void)
{
    uint32_t sources;
    const uint64_t aplic = tree_aplic(&sources);
    const int64_t domaincfg = (int32_t)aplic_read(aplic, 0);
    const uint64_t untouched = UINT64_C(0x9e3779b97f4a7c15) * (REG_A0 + 1U);
    bool good = aplic != 0U;

    irq_off();
    __asm__ volatile("csrw 0x150, %0" : : "r"(UINT64_C(0x30)));   /* siselect: iprio0 */
    good = good && is_left_alone(registers_ecall, 0, 1U, true)
           && is_left_alone(registers_load, aplic, (uint64_t)domaincfg, false)
           && is_left_alone(registers_store, aplic + APLIC_SETIPNUM, untouched, false)
           && is_left_alone(registers_csr, 0, 0, false);
    irq_on();
    verdict("exits leave registers alone", good);
}

/* lw or sw of x0 to x31, at 0(xBASE): unprivileged architecture, 2.6 */
#define LW 0x2003U
#define SW 0x2023U
#define LW_RD_SHIFT  7U
#define LW_RS1_SHIFT 15U
#define SW_RS2_SHIFT 20U

static bool is_carried_out(uint32_t instruction, uint32_t base, uint64_t address, uint32_t changes,
                           uint64_t to)
{
    struct registers r;
    bool good = true;

    for (uint32_t i = 0; i < 32U; i++) {
        r.x[i] = 0x40U + i;
    }
    r.x[base] = address;
    struct registers before = r;
    instruction |= base << LW_RS1_SHIFT;
    registers_written_at[0] = (uint16_t)instruction;
    registers_written_at[1] = (uint16_t)(instruction >> 16);
    __asm__ volatile("fence.i" : : : "memory");
    registers_written(&r);
    for (uint32_t i = 1; i < 32U; i++) {
        good = good && r.x[i] == (i == changes ? to : before.x[i]);
    }
    return good;
}

/* A trapped load writes the register that it names, a trapped store reads it, whichever of the 31 it is. */
static void each_register(void)
{
    uint32_t sources;
    const uint64_t aplic = tree_aplic(&sources), target = aplic + APLIC_TARGET1;
    bool good = aplic != 0U;

    irq_off();
    aplic_write(aplic, APLIC_SOURCECFG1, APLIC_DETACHED);
    for (uint32_t n = 0; n < 32U; n++) {
        const uint32_t base = n == REG_A1 ? REG_A1 + 1U : REG_A1;

        good = good && is_carried_out(SW | n << SW_RS2_SHIFT, base, target, 0U, 0U)
               && aplic_read(aplic, APLIC_TARGET1) == (n == 0U ? 0U : 0x40U + n);
        aplic_write(aplic, APLIC_TARGET1, 0x80U + n);
        good = good && is_carried_out(LW | n << LW_RD_SHIFT, base, target, n, 0x80U + n);
    }
    aplic_write(aplic, APLIC_SOURCECFG1, APLIC_INACTIVE);
    irq_on();
    verdict("loads and stores of each register", good);
}

static uint64_t iprio(uint64_t select, uint64_t value)
{
    uint64_t found;
    __asm__ volatile("csrw 0x150, %1\n csrw 0x151, %2\n csrr %0, 0x151"
                     : "=r"(found) : "r"(select), "r"(value));
    return found;
}

/* The priorities of major interrupts can be written and read, whatever they hold. */
static void priorities(void)
{
    struct fault even = { 0 }, odd = { 0 };

    (void)probe(iprio, 0x30, 0, &even);
    (void)probe(iprio, 0x31, 0, &odd);
    verdict("iprio registers", !even.taken && odd.taken && odd.cause == CAUSE_ILLEGAL);
}

static void start_sleepers(void)
{
    bool good = true;

    leave = false;
    for (uint32_t i = 1; i < count; i++) {
        uint64_t before = alive[i];
        good = good && wait_for_state(ids[i], HSM_STOPPED)
               && hart_start(i, ids[i], sleeper, i) == SBI_SUCCESS
               && wait_for(&alive[i], before + 1U);
    }
    verdict("sleepers", good);
}

/* The counts of struct hart are 32 bits wide. */
static bool wait_for_count(const volatile uint32_t *value, uint32_t before)
{
    uint64_t end = rdtime() + (uint64_t)PATIENCE_S * tree_timebase();
    while (*value == before) {
        if (rdtime() > end) {
            return false;
        }
    }
    return true;
}

static void sbi_ipis(void)
{
    bool good = true;

    for (uint32_t round = 0; round < ROUNDS; round++) {
        for (uint32_t i = 1; i < count && good; i++) {
            uint32_t before = harts[i].software;
            good = sbi_call(SBI_EXT_IPI, 0, 1, ids[i], 0, 0, 0).error == SBI_SUCCESS
                   && wait_for_count(&harts[i].software, before);
        }
    }
    verdict("sbi ipi", good);
}

static void imsic_ipis(void)
{
    bool good = irq_file(ids[0]) != 0U;

    for (uint32_t round = 0; round < ROUNDS; round++) {
        for (uint32_t i = 1; i < count && good; i++) {
            uint32_t before = harts[i].external;
            imsic_send(irq_file(ids[i]), IDENTITY);
            good = wait_for_count(&harts[i].external, before);
        }
    }
    verdict("imsic ipi", good);
}

static void fences(void)
{
    bool good = true;

    for (uint32_t round = 0; round < ROUNDS; round++) {
        for (uint64_t function = RFENCE_FENCE_I; function <= RFENCE_SFENCE_VMA_ASID; function++) {
            good = good && sbi_call(SBI_EXT_RFENCE, function, 0, UINT64_MAX, 0, UINT64_MAX, 1).error
                           == SBI_SUCCESS;
        }
    }
    verdict("rfence to all", good);
    good = true;
    for (uint32_t i = 0; i < count; i++) {
        good = good && sbi_call(SBI_EXT_RFENCE, RFENCE_SFENCE_VMA, 1, ids[i], 0x1000, 0x1000, 0)
                       .error == SBI_SUCCESS;
    }
    verdict("rfence to each", good);
}

/* code is changed by the first hart and run by another, after a remote fence.i: it must run anew. */
static uint32_t code[2] __attribute__((aligned(8)));
static volatile uint64_t asked, answered, answer;

static void runner(uint64_t slot)
{
    uint64_t done = 0;

    alive[slot]++;
    while (!leave) {
        if (asked != done) {
            done = asked;
            answer = ((uint64_t (*)(void))(uintptr_t)code)();
            fence();
            answered = done;
        }
    }
}

static void remote_code(void)
{
    bool good = count > 1U && wait_for_state(ids[1], HSM_STOPPED);
    uint64_t before = alive[1];

    leave = false;
    good = good && hart_start(1, ids[1], runner, 1) == SBI_SUCCESS && wait_for(&alive[1], before + 1U);
    for (uint32_t round = 1; round <= ROUNDS && good; round++) {
        code[0] = round << 20 | UINT32_C(0x513); /* li a0, round */
        code[1] = UINT32_C(0x8067);              /* ret */
        fence();
        good = sbi_call(SBI_EXT_RFENCE, RFENCE_FENCE_I, 1, ids[1], 0, 0, 0).error == SBI_SUCCESS;
        asked = round;
        good = good && wait_for(&answered, round) && answer == round;
    }
    leave = true;
    verdict("remote fence.i", good || count < 2U);
}

/* A mapping is changed by the first hart while another uses it; after the remote fence the other must
 * see the new page, for each of the two kinds of fence and both ways to name the range. */
static uint64_t tables[3][512] __attribute__((aligned(4096)));
static uint64_t pages[2][512] __attribute__((aligned(4096)));

#define WINDOW     UINT64_C(0xffffffc000000000) /* root entry 256 */
#define PTE_TABLE  UINT64_C(0x01)
#define PTE_LEAF   UINT64_C(0xcf)
#define PTE_OF(at) ((uint64_t)(at) >> 12 << 10)
#define SATP_SV39  (UINT64_C(8) << 60)
#define ASID       UINT64_C(5)

static void reader(uint64_t slot)
{
    uint64_t done = 0;

    csr_write(CSR_SATP, SATP_SV39 | ASID << 44 | (uint64_t)tables[0] >> 12);
    __asm__ volatile("sfence.vma" ::: "memory");
    (void)*(volatile uint64_t *)WINDOW; /* from now on the translation is cached */
    alive[slot]++;
    while (!leave) {
        if (asked != done) {
            done = asked;
            answer = *(volatile uint64_t *)WINDOW;
            fence();
            answered = done;
        }
    }
    csr_write(CSR_SATP, 0);
    __asm__ volatile("sfence.vma" ::: "memory");
}

static void remote_translation(void)
{
    bool good = count > 1U && wait_for_state(ids[1], HSM_STOPPED);
    uint64_t before = alive[1];

    for (uint64_t i = 0; i < 256U; i++) {
        tables[0][i] = PTE_OF(i << 30) | PTE_LEAF; /* where it is, for code, data and devices */
    }
    tables[0][256] = PTE_OF(tables[1]) | PTE_TABLE;
    tables[1][0] = PTE_OF(tables[2]) | PTE_TABLE;
    tables[2][0] = PTE_OF(pages[0]) | PTE_LEAF;
    pages[0][0] = 0;
    pages[1][0] = 1;
    leave = false;
    asked = answered = 0;
    fence();
    good = good && hart_start(1, ids[1], reader, 1) == SBI_SUCCESS && wait_for(&alive[1], before + 1U);
    for (uint32_t round = 1; round <= ROUNDS && good; round++) {
        uint64_t function = round % 4U < 2U ? RFENCE_SFENCE_VMA : RFENCE_SFENCE_VMA_ASID;
        uint64_t size = round % 8U < 4U ? 4096U : UINT64_MAX;

        tables[2][0] = PTE_OF(pages[round % 2U]) | PTE_LEAF;
        fence();
        good = sbi_call(SBI_EXT_RFENCE, function, 1, ids[1], size == 4096U ? WINDOW : 0U, size, ASID)
               .error == SBI_SUCCESS;
        asked = round;
        good = good && wait_for(&answered, round) && answer == round % 2U;
    }
    leave = true;
    verdict("remote sfence.vma", good || count < 2U);
}

/* Last, because firmware that lets it pass loses a hart. */
static void start_outside(void)
{
    verdict("start outside memory is refused",
            count < 2U || (wait_for_state(ids[1], HSM_STOPPED)
                           && sbi_call(SBI_EXT_HSM, HSM_START, ids[1], UINT64_MAX << 20, 0, 0, 0)
                              .error == SBI_ERR_INVALID_ADDRESS));
}

/* Retentive suspend: back after the timer, with what was before. */
static void suspend(void)
{
    uint64_t start = rdtime(), error;

    csr_set(CSR_SIE, UINT64_C(1) << IRQ_TIMER);
    timer_set(start + tree_timebase() / 100U);
    error = (uint64_t)sbi_call(SBI_EXT_HSM, HSM_SUSPEND, 0, 0, 0, 0, 0).error;
    verdict("suspend until the timer",
            error == SBI_SUCCESS && rdtime() - start >= tree_timebase() / 100U);
    irq_on();
    irq_off();
}

void guest_main(void)
{
    count = tree_harts(ids, HART_MAX);
    /* The tree's order need not begin with the hart that booted. */
    for (uint32_t i = 1; i < count; i++) {
        if (ids[i] == hart_self()->id) {
            ids[i] = ids[0];
            ids[0] = hart_self()->id;
        }
    }
    print("smp: %u harts, this is %llu\n", count, (unsigned long long)ids[0]);
    irq_open();
    starts();
    errors();
    early_msis();
    priorities();
    exits();
    each_register();
    start_sleepers();
    sbi_ipis();
    imsic_ipis();
    fences();
    leave = true;
    for (uint32_t i = 1; i < count; i++) { /* wake them for the last time */
        sbi_call(SBI_EXT_IPI, 0, 1, ids[i], 0, 0, 0);
    }
    remote_code();
    remote_translation();
    irq_off();
    suspend();
    start_outside();
    print("smp: done, %s\n", all_good ? "PASS" : "FAIL");
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest that drives an IOMMU of its own all the time, and looks closely: its devices reach what
 * it mapped and nothing else, a late access is refused and comes as a record, and no other record
 * comes. All IOVAs, the PSCID and the order of things are the same in each such guest; what is in
 * its memory is its own ("secret" in bootargs). Wants an iommu-testdev and an edu behind the IOMMU.
 *
 * Its first line tells the ids of its devices. With "seconds=N" in bootargs, a line each second and
 * one at the end, all counts from the start:
 *   mapper: devices 0xN and 0xN are ready
 *   mapper: second N, well: R rounds, F faults, M moves, K kept
 *   mapper: done, PASS: R rounds, F faults, M moves, K kept
 * kept: of its rounds those in which a translation that was replaced, and not invalidated, was used
 * on; nobody else's invalidations make it forget. Or "mapper: FAIL what" at the first thing wrong.
 *
 * With "phases=N" it says how many it does in so many phases (guest/lib/phase.h) or more, its edu at
 * rest:
 *   mapper: N rounds in even phases, N in odd ones
 */
#include <stddef.h>
#include <string.h>

#include "guest/lib/console.h"
#include "guest/lib/csr.h"
#include "guest/lib/edu.h"
#include "guest/lib/guest.h"
#include "guest/lib/hart.h"
#include "guest/lib/imsic.h"
#include "guest/lib/iommu.h"
#include "guest/lib/iommu_directory.h"
#include "guest/lib/iommu_queue.h"
#include "guest/lib/iommu_table.h"
#include "guest/lib/irq.h"
#include "guest/lib/phase.h"
#include "guest/lib/sleep.h"
#include "guest/lib/testdev.h"
#include "guest/lib/tree.h"
#include "guest/lib/trap.h"

#define BASE        UINT64_C(0x2000000000)
#define IOVAS       16U            /* pages from BASE on, one in each round */
#define EDU_FROM    (BASE + UINT64_C(0x100000))
#define EDU_TO      (EDU_FROM + IOMMU_PAGE)
#define PSCID       7U
#define WORD        4U             /* bytes of a transfer: one record if refused */
#define WORDS       (IOMMU_PAGE / WORD)
#define TARGETS     3U             /* pages; the last one is never mapped */
#define TABLE_PAGES 16U
#define COMMANDS_LOG2 6U
#define FAULTS_LOG2   5U
#define STALE_WRITES 8U           /* by what was replaced: time for others to disturb it */
#define ENOUGH      100U           /* rounds in even phases, however slow the machine */
#define FAULT_MS    20U            /* from one refused write to the next, lest they be a flood */
#define RECORD_MS   5000U          /* for a record that must come; it comes in no time */
#define UNTOUCHED   65536U         /* bytes that no device has business with */
#define NOWHERE     TARGETS

static struct iommu iommu;
static struct iommu_directory directory;
static struct iommu_table table;
static uint64_t table_pages[TABLE_PAGES][IOMMU_PAGE / sizeof(uint64_t)]
    __attribute__((aligned(IOMMU_PAGE)));
static struct iommu_pages pages = { .pages = table_pages, .count = TABLE_PAGES };
static uint64_t commands[IOMMU_PAGE / sizeof(uint64_t)] __attribute__((aligned(IOMMU_PAGE)));
static uint64_t records[IOMMU_PAGE / sizeof(uint64_t)] __attribute__((aligned(IOMMU_PAGE)));
static uint32_t targets[TARGETS][WORDS] __attribute__((aligned(IOMMU_PAGE)));
static uint64_t from[IOMMU_PAGE / sizeof(uint64_t)] __attribute__((aligned(IOMMU_PAGE)));
static uint64_t to[IOMMU_PAGE / sizeof(uint64_t)] __attribute__((aligned(IOMMU_PAGE)));
static uint64_t untouched[UNTOUCHED / sizeof(uint64_t)];

static struct testdev testdev;
static struct edu edu;
static uint32_t testdev_id, edu_id, secret;
static uint32_t rounds, faults, moves, kept;

static bool fail(const char *what)
{
    print("mapper: FAIL %s, in round %u\n", what, rounds);
    return false;
}

/* Different in each guest and at each time. */
static uint64_t pattern(uint32_t index, uint32_t time)
{
    return ((uint64_t)secret << 48 | (uint64_t)time << 16 | index) * UINT64_C(0x9e3779b97f4a7c15);
}

/* ---- the IOMMU ------------------------------------------------------------------------------- */

static bool context(uint32_t id)
{
    uint64_t *at = iommu_context(&directory, id);

    if (at == NULL) {
        return false;
    }
    iommu_context_set(at, TC_V, PSCID, iommu_table_fsc(&table));
    return true;
}

/* None of its devices sends any: all of them, to notice any. */
static bool listen_to_interrupts(void)
{
    struct tree_imsic imsic;

    if (!irq_open() || !tree_imsic(&imsic)) {
        return false;
    }
    for (uint32_t identity = 1; identity <= imsic.identities; identity++) {
        imsic_enable(identity);
    }
    return true;
}

static bool set_up(void)
{
    return iommu_open(&iommu) && testdev_open(&testdev, 0) && edu_open(&edu, 0)
           && iommu_device_id(&iommu, &testdev.pci, &testdev_id)
           && iommu_device_id(&iommu, &edu.pci, &edu_id) && iommu_mode(&iommu, DDTP_OFF, NULL)
           && iommu_commands_start(&iommu, commands, COMMANDS_LOG2, false)
           && iommu_faults_start(&iommu, records, FAULTS_LOG2, false)
           && iommu_directory_open(&iommu, 1, &pages, &directory)
           && iommu_table_open(FSC_SV39, &pages, &table) && context(testdev_id) && context(edu_id)
           && iommu_map(&table, EDU_FROM, (uint64_t)from, IOMMU_4K, IOMMU_READ_ONLY)
           && iommu_map(&table, EDU_TO, (uint64_t)to, IOMMU_4K, IOMMU_READ_WRITE)
           && iommu_mode(&iommu, iommu_directory_mode(&directory), directory.root)
           && iommu_do(&iommu, iommu_forget_contexts()) && iommu_do(&iommu, iommu_forget_all());
}

static bool forget(uint64_t iova)
{
    return iommu_do(&iommu, iommu_forget_address_of(iova, PSCID));
}

/* ---- a round --------------------------------------------------------------------------------- */

/* The page in which a word that the testdev writes at iova arrives. */
static uint32_t arrives(uint64_t iova)
{
    uint32_t word = (uint32_t)(iova % IOMMU_PAGE) / WORD, found = NOWHERE;

    for (uint32_t i = 0; i < TARGETS; i++) {
        targets[i][word] = 0;
    }
    fence();
    (void)testdev_write(&testdev, iova, WORD);
    for (uint32_t i = 0; i < TARGETS; i++) {
        if (*(volatile uint32_t *)&targets[i][word] == TESTDEV_WORD) {
            found = i;
        }
    }
    return found;
}

static bool refused(uint64_t iova)
{
    struct iommu_fault fault;

    if (arrives(iova) != NOWHERE) {
        return fail("a page that is unmapped is written");
    }
    if (!iommu_fault_wait(&iommu, &fault, RECORD_MS)) {
        return fail("no record of a write that was refused");
    }
    faults++;
    return (fault.cause == (uint32_t)CAUSE_WRITE_PAGE && fault.device_id == testdev_id
            && fault.iotval >> PAGE_SHIFT == iova >> PAGE_SHIFT)
           || fail("a record that is of another fault");
}

static bool round(void)
{
    static uint64_t next_fault;
    struct iommu_fault fault;
    uint64_t page = BASE + rounds % IOVAS * (uint64_t)IOMMU_PAGE;
    uint64_t iova = page + rounds % WORDS * WORD;
    uint32_t stale = 0;

    if (!iommu_map(&table, page, (uint64_t)targets[0], IOMMU_4K, IOMMU_READ_WRITE)
        || arrives(iova) != 0U) {
        return fail("what was mapped is not reached");
    }
    /* The old page or the new one: both are right as long as nothing was invalidated. */
    (void)iommu_map(&table, page, (uint64_t)targets[1], IOMMU_4K, IOMMU_READ_WRITE);
    for (uint32_t i = 0; i < STALE_WRITES; i++) {
        uint32_t where = arrives(iova);

        if (where > 1U) {
            return fail("neither the old page nor the new one is reached");
        }
        stale += where == 0U;
    }
    kept += stale == STALE_WRITES;
    if (!forget(page) || arrives(iova) != 1U) {
        return fail("what was mapped anew is not reached");
    }
    (void)iommu_unmap(&table, page, IOMMU_4K);
    if (!forget(page)) {
        return fail("a command is not done");
    }
    if (rdtime() >= next_fault) {
        next_fault = ms_from_now(FAULT_MS);
        if (!refused(iova)) {
            return false;
        }
    }
    rounds++;
    return !iommu_fault_take(&iommu, &fault) || fail("a record of a fault that is not its own");
}

/* ---- the edu --------------------------------------------------------------------------------- */

/* What it reads by one IOVA it writes by another, transfer after transfer, while rounds go on. */
static bool go_on_moving(void)
{
    static enum { AT_REST, READS, WRITES } state;
    bool good = true;

    if (edu_is_busy(&edu)) {
        return true;
    }
    if (state == READS) {
        edu_start(&edu, EDU_TO_MEMORY, EDU_TO, 0, IOMMU_PAGE);
        state = WRITES;
        return true;
    }
    if (state == WRITES) {
        for (uint32_t i = 0; i < IOMMU_PAGE / sizeof(uint64_t); i++) {
            good = good && *(volatile uint64_t *)&to[i] == pattern(i, moves + 1U);
        }
        moves++;
    }
    for (uint32_t i = 0; i < IOMMU_PAGE / sizeof(uint64_t); i++) {
        to[i] = 0;
        from[i] = pattern(i, moves + 1U);
    }
    fence();
    edu_start(&edu, EDU_FROM_MEMORY, EDU_FROM, 0, IOMMU_PAGE);
    state = READS;
    return good || fail("what was read is not what was written");
}

/* ---- all of it ------------------------------------------------------------------------------- */

static bool whole(void)
{
    for (uint32_t i = 0; i < UNTOUCHED / sizeof(uint64_t); i++) {
        if (*(volatile uint64_t *)&untouched[i] != pattern(i, 0)) {
            return fail("memory that is nobody's business has changed");
        }
    }
    for (uint32_t i = 0; i < WORDS; i++) {
        if (targets[TARGETS - 1U][i] != 0U) {
            return fail("a page that was never mapped has changed");
        }
    }
    return true;
}

static bool work(uint32_t seconds)
{
    for (uint32_t second = 1; second <= seconds; second++) {
        uint64_t end = rdtime() + tree_timebase();

        while (rdtime() < end) {
            if (!round() || !go_on_moving()) {
                return false;
            }
        }
        if (!whole()) {
            return false;
        }
        if (hart_self()->external != 0U) {
            return fail("an interrupt that it did not ask for");
        }
        print("mapper: second %u, well: %u rounds, %u faults, %u moves, %u kept\n", second, rounds,
              faults, moves, kept);
    }
    print("mapper: done, PASS: %u rounds, %u faults, %u moves, %u kept\n", rounds, faults, moves,
          kept);
    return true;
}

/* Its edu rests: what is counted are rounds. */
static bool measure(uint32_t phases)
{
    uint64_t first = phase_now() + 1U, now;
    uint32_t done[2] = { 0, 0 };     /* by the phase in which they began */

    while ((now = phase_now()) < first + phases || done[0] < ENOUGH || now % 2U == 0U) {
        if (!round()) {
            return false;
        }
        done[now % 2U] += now >= first;
    }
    print("mapper: %u rounds in even phases, %u in odd ones\n", done[0], done[1]);
    return true;
}

void guest_main(void)
{
    uint32_t phases = tree_bootarg_value("phases", 0);

    secret = tree_bootarg_value("secret", 0);
    for (uint32_t i = 0; i < UNTOUCHED / sizeof(uint64_t); i++) {
        untouched[i] = pattern(i, 0);
    }
    if (!listen_to_interrupts() || !pci_open() || !set_up()) {
        print("mapper: FAIL no IOMMU, or no two devices behind it\n");
        return;
    }
    print("mapper: devices 0x%x and 0x%x are ready\n", testdev_id, edu_id);
    irq_enable(UINT64_C(1) << IRQ_TIMER);
    edu_master(&edu, true);
    if (phases != 0U ? measure(phases) : work(tree_bootarg_value("seconds", 0))) {
        sleep_for_event(&rounds, rounds, UINT64_MAX);
    }
}

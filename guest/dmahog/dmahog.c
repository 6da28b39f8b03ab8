/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest whose devices read and write all over the board: firmware, hypervisor, other guests,
 * IOMMU, interrupt files, registers, addresses that do not exist. Then it asks for a reboot in the
 * middle of a transfer and begins anew. A line for each kind of attack, and at the end of a life
 *   dmahog: life N ends: ...        what it tried (in all lives)
 *   dmahog: PASS | FAIL ...         after the last one
 * FAIL means that it got hold of something; natively, with no IOMMU, it does.
 *
 * Words in bootargs: "lives=N" (first), and the attacks to make, if not all: targets messages
 * config sweep flood. "flood" is made only when asked for: after it, nobody counts this guest's
 * faults.
 */
#include "guest/dmahog/dmahog.h"

#include <stddef.h>
#include <string.h>

#include "guest/lib/console.h"
#include "guest/lib/guest.h"
#include "guest/lib/irq.h"
#include "guest/lib/sbi.h"
#include "guest/lib/sleep.h"
#include "guest/lib/trap.h"

#define TARGETS_MAX 256U
#define LATE_MS     300U     /* a transfer of the last life has come by then, or never will */

struct hog_ledger *hog_ledger;
struct edu hog_edus[EDU_MAX];
uint32_t hog_edu_count;
struct testdev hog_testdevs[HOG_TESTDEVS_MAX];
uint32_t hog_testdev_count;

static struct hog_ledger alone;  /* where there is no shared memory */
static struct tree_range memory;

void hog_verdict(const char *name, bool good)
{
    print("dmahog: %s %s\n", good ? "PASS" : "FAIL", name);
    hog_ledger->wrong += !good;
}

static uint32_t lives_wanted(void)
{
    const char *at = tree_bootargs();
    uint32_t lives = 0;

    if (strncmp(at, "lives=", 6) == 0) {
        for (at += 6; *at >= '0' && *at <= '9'; at++) {
            lives = lives * 10U + (uint32_t)(*at - '0');
        }
    }
    return lives;
}

static bool wanted(const char *attack)
{
    static const char *const attacks[] = { "targets", "messages", "config", "sweep", "flood" };
    bool some = false;

    for (uint32_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
        some = some || tree_bootarg(attacks[i]);
    }
    return some ? tree_bootarg(attack) : strcmp(attack, "flood") != 0;
}

static void find_devices(void)
{
    while (hog_edu_count < EDU_MAX && edu_open(&hog_edus[hog_edu_count], hog_edu_count)) {
        hog_edu_count++;
    }
    while (hog_testdev_count < HOG_TESTDEVS_MAX
           && testdev_open(&hog_testdevs[hog_testdev_count], hog_testdev_count)) {
        hog_testdev_count++;
    }
}

/* The page that transfers of a last life were to write: the last but one of the lower half. */
static volatile uint32_t *late_page(void)
{
    return (volatile uint32_t *)(memory.base + memory.size / 2U - 2U * HOG_PAGE);
}

/* Whatever the last life left under way must not come now. The devices are as the reset left them:
 * this life has not touched them yet. */
static void expect_nothing_late(void)
{
    uint32_t found = 0;

    memset((void *)(uintptr_t)late_page(), 0, HOG_PAGE);
    sleep_ms(LATE_MS);
    for (uint32_t i = 0; i < EDU_MAX; i++) {
        found += *(late_page() + i) != 0U;
    }
    hog_verdict("nothing-of-the-last-life-arrives", found == 0U);
}

static void targets(void)
{
    static uint64_t addresses[TARGETS_MAX];
    uint32_t count = targets_list(addresses, TARGETS_MAX);

    attempts_read(addresses, count);
    attempts_write(addresses, count);
    print("dmahog: %u targets read and written by %u devices\n", count, hog_edu_count);
}

static void attack(void)
{
    if (hog_edu_count != 0U) {
        hog_verdict("control", attempts_control());
        if (wanted("targets")) {
            targets();
        }
        if (wanted("messages")) {
            attack_messages();
        }
    }
    if (wanted("config")) {
        attack_config();
    }
    if (wanted("sweep")) {
        attack_sweep();
    }
    if (wanted("flood")) {
        attack_flood();
    }
}

static void say_ledger(void)
{
    const struct hog_ledger *l = hog_ledger;

    print("dmahog: life %u ends: edu-attempts=%u testdev-attempts=%u late=%u foreign=%u arrived=%u "
          "wrong=%u\n", l->lives, l->edu_attempts, l->testdev_attempts, l->late, l->foreign,
          l->arrived, l->wrong);
}

void guest_main(void)
{
    struct tree_share share;

    own_open();
    tree_memory(&memory);
    hog_ledger = tree_share(0, &share) ? (struct hog_ledger *)share.memory.base : &alone;
    hog_ledger->lives++;
    if (!irq_open() || !pci_open()) {
        print("dmahog: FAIL no interrupts or no PCI host\n");
        return;
    }
    irq_enable(UINT64_C(1) << IRQ_TIMER);
    if (hog_ledger->late != 0U) {
        expect_nothing_late();
    }
    find_devices();
    print("dmahog: life %u, %u edu, %u testdev, marker 0x%x\n", hog_ledger->lives, hog_edu_count,
          hog_testdev_count, hog_marker());
    for (uint32_t i = 0; i < hog_edu_count; i++) {
        edu_master(&hog_edus[i], true);
        (void)edu_interrupts(&hog_edus[i], false);
    }
    attack();
    if (hog_ledger->lives < lives_wanted() && hog_ledger != &alone) {
        say_ledger();
        attempts_leave((uint64_t)(uintptr_t)late_page());
        sbi_reboot();
    }
    say_ledger();
    print("dmahog: %s\n", hog_ledger->foreign + hog_ledger->arrived + hog_ledger->wrong == 0U
                              ? "PASS nothing was got hold of" : "FAIL see above");
    for (;;) {
        sleep_for_event(&hog_ledger->lives, hog_ledger->lives, UINT64_MAX);
    }
}

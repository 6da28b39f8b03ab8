/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lives that end in the middle of an attack: whatever is half done then meets a guest that has just
 * started. The first life makes each idea and counts its attempts; in each of the next ones the
 * guest looks whether it is as a guest that has just started should be (fresh.c), begins one idea
 * again, and asks for a reboot at some attempt of it. What it knows of its lives is in the memory
 * that it shares with a guest that does not use it: that outlives it.
 */
#include "guest/attack/attack.h"

#include <stddef.h>

#include "guest/lib/console.h"
#include "guest/lib/sbi.h"
#include "guest/lib/tree.h"

#define IDEAS_MAX 32U
#define SOON      20000U         /* attempts: lives are to be short */

static struct ledger {
    uint32_t life;               /* 0: the first one, in which nothing is cut short */
    uint32_t ended;              /* in the middle */
    uint32_t wrong;              /* of all lives */
    uint32_t tried[IDEAS_MAX];
} *ledger;

static uint64_t left;            /* attempts in this life; 0: it does not end so */

bool lives_open(void)
{
    struct tree_share share;

    for (uint32_t i = 0; tree_bootarg("lives") && tree_share(i, &share); i++) {
        if (share.doorbell.size == 0U) {
            ledger = (struct ledger *)share.memory.base;
        }
    }
    return ledger == NULL || ledger->life == 0U;
}

void lives_record(uint32_t n, uint64_t tried)
{
    if (ledger != NULL) {
        ledger->tried[n] = tried < SOON ? (uint32_t)tried : SOON;
    }
}

void lives_attempt(void)
{
    if (left != 0U && hart_self() == &harts[0] && --left == 0U) {
        ledger->ended++;
        sbi_reboot();
    }
}

static void begin_fresh(const struct idea *before)
{
    struct tally t = { 0 };

    fresh(&t);
    ledger->wrong += (uint32_t)t.wrong;
    if (t.wrong != 0U) {
        print("\nattack: life %u is not as new, after %s\n", ledger->life, before->name);
    }
}

void lives_go_on(const struct idea *const *ideas, uint32_t count)
{
    struct tally unused = { 0 };
    uint32_t now;

    if (ledger == NULL) {
        return;
    }
    now = ledger->life++;
    if (now != 0U) {
        begin_fresh(now == 1U ? ideas[count - 1U] : ideas[now - 2U]);
        if (now > count) {
            print("\nattack: %s lives: %u ended in the middle\n",
                  ledger->wrong == 0U ? "PASS" : "FAIL", ledger->ended);
            return;
        }
        chance.state += now;
        left = 1U + random_below(&chance, ledger->tried[now - 1U]);
        ideas[now - 1U]->run(&unused);
    }
    sbi_reboot();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * More to the console than it takes, by both ways to it at once, and the UART's interrupt turned on
 * and off in between. Others are to be heard all the same, and nothing else is to wait for it.
 */
#include "guest/attack/attack.h"

#include "guest/lib/console.h"
#include "guest/lib/csr.h"
#include "guest/lib/sbi.h"
#include "guest/lib/tree.h"

#define BYTES_MAX 6144U              /* of each hart: more than the console keeps */
#define LINE      64U
#define IER       1U
#define ALL_INTERRUPTS 0xfU

static const char text[] = "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\r\n"
                           "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\r\n";
static volatile uint64_t taken;

/* Of the second hart, by SBI calls. */
static uint64_t write_on(uint64_t unused, uint64_t step)
{
    (void)unused;
    (void)step;
    if (taken < BYTES_MAX) {
        taken += sbi_call(SBI_EXT_DBCN, DBCN_WRITE, sizeof(text) - 1U, (uint64_t)text, 0, 0,
                          0).value;
    }
    return 0;
}

void attack_console_flood(struct tally *t)
{
    struct tree_uart uart = { 0 };
    struct race race = { 0 };
    uint64_t ier;
    uint32_t written = 0;

    if (!tree_uart(&uart)) {
        return;
    }
    ier = uart.base + (UINT64_C(1) << uart.shift) * IER;
    taken = 0;
    verdict(t, "the second hart does not start", 0, 0, helper_run(write_on, 0));
    while (race_goes_on(&race) && written < BYTES_MAX) {
        attempt(t, "interrupts", probe_store1, ier, written % 2U * ALL_INTERRUPTS, NO_EXCEPTION);
        attempt(t, "byte", probe_store1, uart.base, (uint64_t)text[written % LINE], NO_EXCEPTION);
        written++;
    }
    verdict(t, "the second hart does not stop", 0, 0, helper_stop());
    verdict(t, "calls took nothing", taken, 0, taken != 0U);
    (void)probe_store1(ier, 0);
    print("\n"); /* which waits for room, as the flood did not */
}

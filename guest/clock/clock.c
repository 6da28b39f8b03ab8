/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bare-metal driver of the real-time clock of QEMU virt, for a guest to which it was given: sets
 * alarms and waits for the wired interrupt of each. Prints "clock: N of N alarms" and stops.
 *
 * QEMU, hw/rtc/goldfish_rtc.c is the device: 64-bit nanoseconds in two halves, low half first.
 */
#include <libfdt.h>
#include <stddef.h>

#include "guest/lib/aplic.h"
#include "guest/lib/console.h"
#include "guest/lib/csr.h"
#include "guest/lib/guest.h"
#include "guest/lib/irq.h"
#include "guest/lib/sbi.h"
#include "guest/lib/tree.h"
#include "guest/lib/trap.h"

enum { RTC_TIME_LOW = 0x00, RTC_TIME_HIGH = 0x04, RTC_ALARM_LOW = 0x08, RTC_ALARM_HIGH = 0x0c,
       RTC_IRQ_ENABLED = 0x10, RTC_CLEAR_INTERRUPT = 0x1c };

#define ALARMS     50U
#define ALARM_NS   UINT64_C(5000000)
#define PATIENCE_S 5U

static uint64_t base;
static volatile uint32_t alarms;

static uint32_t get(uint32_t offset) { return *(volatile uint32_t *)(base + offset); }
static void set(uint32_t offset, uint32_t value) { *(volatile uint32_t *)(base + offset) = value; }

static void on_alarm(uint32_t source)
{
    (void)source;
    set(RTC_CLEAR_INTERRUPT, 1);
    alarms++;
}

static uint32_t find_clock(void)
{
    const void *fdt = tree_blob();
    int node = fdt_node_offset_by_compatible(fdt, -1, "google,goldfish-rtc");
    const fdt32_t *reg = fdt_getprop(fdt, node, "reg", NULL);
    const fdt32_t *interrupts = fdt_getprop(fdt, node, "interrupts", NULL);

    if (reg == NULL || interrupts == NULL) {
        return 0;
    }
    base = (uint64_t)fdt32_to_cpu(reg[0]) << 32 | fdt32_to_cpu(reg[1]);
    return fdt32_to_cpu(interrupts[0]);
}

static void alarm_once(void)
{
    uint64_t end = rdtime() + (uint64_t)PATIENCE_S * tree_timebase(), at;
    uint32_t before = alarms;

    at = get(RTC_TIME_LOW);
    at |= (uint64_t)get(RTC_TIME_HIGH) << 32;
    at += ALARM_NS;
    set(RTC_ALARM_HIGH, (uint32_t)(at >> 32));
    set(RTC_ALARM_LOW, (uint32_t)at);
    timer_set(end);
    irq_off();
    while (alarms == before && rdtime() < end) {
        wfi();
        irq_on();
        irq_off();
    }
    irq_on();
}

void guest_main(void)
{
    uint32_t source = find_clock();

    if (source == 0U || !irq_open()) {
        print("clock: FAIL this guest has no clock\n");
        return;
    }
    irq_connect(source, APLIC_HIGH, on_alarm);
    irq_enable(UINT64_C(1) << IRQ_TIMER);
    set(RTC_IRQ_ENABLED, 1);
    print("clock: ready\n");
    for (uint32_t i = 0; i < ALARMS && alarms == i; i++) {
        alarm_once();
    }
    print("clock: %u of %u alarms\n", alarms, ALARMS);
    for (;;) { /* for the count of exits to be asked for */
        wfi();
    }
}

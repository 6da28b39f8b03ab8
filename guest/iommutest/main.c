/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An IOMMU against its specification. Runs unchanged on plain OpenSBI, where it drives the physical
 * IOMMU, and in a Bulkhead guest behind a virtual one; the lines are the same in both places:
 *   iommutest: TOPIC: WHAT: ok | FAIL | skip: WHY
 *   iommutest: N checks, N failed, N skipped
 *   iommutest: PASS | FAIL
 * It wants two or more of iommu-testdev and edu, one edu among them, behind the IOMMU. The word
 * "far" in bootargs asks for far.c alone.
 */
#include "guest/iommutest/iommutest.h"

#include "guest/lib/console.h"
#include "guest/lib/guest.h"
#include "guest/lib/irq.h"
#include "guest/lib/trap.h"

static const char *current;
static uint32_t checks, failed, skipped;

void topic(const char *name)
{
    current = name;
}

void check(bool good, const char *what)
{
    checks++;
    failed += !good;
    print("iommutest: %s: %s: %s\n", current, what, good ? "ok" : "FAIL");
}

void skip(const char *what, const char *why)
{
    skipped++;
    print("iommutest: %s: %s: skip: %s\n", current, what, why);
}

static bool ready(void)
{
    topic("start");
    if (!irq_open() || !pci_open()) {
        check(false, "interrupts and a PCI host");
        return false;
    }
    irq_enable(UINT64_C(1) << IRQ_TIMER);
    if (!world_open()) {
        check(false, "an IOMMU of version 1.0");
        return false;
    }
    return true;
}

static void all(void)
{
    if (!devices_open()) {
        check(false, "two devices behind it, and one that reads");
        return;
    }
    test_reset();
    test_registers();
    topic("start");
    check(world_reset() && devices_prepare(), "devices are ready");
    test_queues();
    test_fault_queue();
    test_directories();
    test_translation();
    test_permissions();
    test_invalidation();
    test_fences();
    test_faults();
    test_interrupts();
    test_processes();
}

static void far(void)
{
    if (!devices_open_far()) {
        check(false, "a device with an id of more than 7 bits");
        return;
    }
    test_far();
}

void guest_main(void)
{
    if (ready()) {
        if (tree_bootarg("far")) {
            far();
        } else {
            all();
        }
    }
    print("iommutest: %u checks, %u failed, %u skipped\n", checks, failed, skipped);
    print("iommutest: %s\n", failed == 0U && checks != 0U ? "PASS" : "FAIL");
}

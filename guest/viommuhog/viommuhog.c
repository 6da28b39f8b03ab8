/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest that does to its virtual IOMMU whatever it can think of, for "seconds=N" (in bootargs),
 * from "seed=N" on: stores of all kinds to the registers, directories and tables that loop, lead
 * everywhere and change while they are read, commands in and out of order, queues and messages
 * everywhere, and DMA all along. Now and then it is calm, and finds its IOMMU working (calm.c). At
 * the end:
 *   viommuhog: done, PASS | FAIL: counts of what it did
 *
 * With "flush" it only invalidates, without end, in every other phase. Wants an iommu-testdev and
 * an edu behind the IOMMU, and two harts.
 */
#include "guest/viommuhog/viommuhog.h"

#include <libfdt.h>
#include <string.h>

#include "guest/lib/console.h"
#include "guest/lib/csr.h"
#include "guest/lib/guest.h"
#include "guest/lib/sleep.h"
#include "guest/lib/trap.h"

#define STORM_MS    1500U
#define TREE_MAX    16384U
#define WRONG_LINES 8U
#define SEED_BASE   UINT64_C(0x9e3779b97f4a7c15)

struct hog_ledger hog;
struct iommu hog_iommu;
struct testdev hog_testdev;
struct edu hog_edu;
uint32_t hog_testdev_id, hog_edu_id;

void hog_wrong(const char *what)
{
    if (hog.wrong++ < WRONG_LINES) {
        print("viommuhog: FAIL %s, after %u calms\n", what, hog.calms);
    }
}

/* The playground is all memory behind the image: the tree is not to stay there. */
static bool keep_tree(void)
{
    static uint8_t kept[TREE_MAX] __attribute__((aligned(8)));
    const void *tree = tree_blob();
    uint32_t size = fdt_totalsize(tree);

    if (size > sizeof(kept)) {
        return false;
    }
    memcpy(kept, tree, size);
    tree_open(kept);
    return true;
}

static bool set_up(void)
{
    return keep_tree() && play_open() && pci_open() && iommu_open(&hog_iommu)
           && testdev_open(&hog_testdev, 0) && edu_open(&hog_edu, 0)
           && iommu_device_id(&hog_iommu, &hog_testdev.pci, &hog_testdev_id)
           && iommu_device_id(&hog_iommu, &hog_edu.pci, &hog_edu_id);
}

static void storm(struct random *chance)
{
    uint64_t end = ms_from_now(STORM_MS);

    meddler_run(true);
    while (rdtime() < end) {
        attack(chance);
    }
    meddler_run(false);
}

static void attack_for(uint32_t seconds)
{
    uint64_t end = rdtime() + (uint64_t)seconds * tree_timebase();
    struct random chance = { SEED_BASE ^ tree_bootarg_value("seed", 1) };

    edu_master(&hog_edu, true);
    if (!meddler_start(tree_bootarg_value("seed", 1))) {
        hog_wrong("the second hart does not start");
        return;
    }
    calm();
    print("viommuhog: begins\n");
    while (rdtime() < end) {
        storm(&chance);
        calm();
    }
}

void guest_main(void)
{
    if (!set_up()) {
        print("viommuhog: FAIL no IOMMU, no two devices behind it, or no memory\n");
        return;
    }
    irq_enable(UINT64_C(1) << IRQ_TIMER);
    if (tree_bootarg("flush")) {
        print("viommuhog: flushes\n");
        flush_in_odd_phases();
    }
    attack_for(tree_bootarg_value("seconds", 0));
    print("viommuhog: done, %s: stores=%u exceptions=%u commands=%u writes=%u landed=%u "
          "transfers=%u meddled=%u calms=%u wrong=%u\n", hog.wrong == 0U ? "PASS" : "FAIL",
          hog.stores, hog.exceptions, hog.commands, hog.writes, hog.landed, hog.transfers,
          hog.meddled, hog.calms, hog.wrong);
    sleep_for_event(&hog.calms, hog.calms, UINT64_MAX);
}

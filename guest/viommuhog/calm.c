/* SPDX-License-Identifier: Apache-2.0 */
/* Between the storms: whatever state the IOMMU is in, a driver that begins as the specification
 * says finds it working, and what was not the attacks' own is as it was. */
#include <stddef.h>

#include "guest/lib/csr.h"
#include "guest/lib/iommu_directory.h"
#include "guest/lib/iommu_table.h"
#include "guest/lib/sleep.h"
#include "guest/viommuhog/viommuhog.h"

#define BASE         UINT64_C(0x2000000000)
#define PSCID        7U
#define TABLE_PAGES  16U
#define LOG2         5U              /* entries of the queues */
#define RECORD_MS    5000U           /* for a record that must come */
#define FLOOD_MS     1100U           /* after a flood a device is heard again */
#define FREE_PATTERN UINT64_C(0x6a09e667f3bcc908)

extern char image_end[];

static uint64_t table_pages[TABLE_PAGES][IOMMU_PAGE / sizeof(uint64_t)]
    __attribute__((aligned(IOMMU_PAGE)));
static struct iommu_pages pages = { .pages = table_pages, .count = TABLE_PAGES };
static struct iommu_directory directory;
static struct iommu_table table;
static uint64_t commands[IOMMU_PAGE / sizeof(uint64_t)] __attribute__((aligned(IOMMU_PAGE)));
static uint64_t records[IOMMU_PAGE / sizeof(uint64_t)] __attribute__((aligned(IOMMU_PAGE)));
static volatile uint32_t target[IOMMU_PAGE / HOG_WORD] __attribute__((aligned(IOMMU_PAGE)));

/* Memory between the image and the playground: nobody has been told of it. */
static void free_memory_is_whole(void)
{
    static bool filled;

    for (volatile uint64_t *at = (volatile void *)image_end; (uint64_t)at < play.start; at++) {
        if (filled && *at != ((uint64_t)at ^ FREE_PATTERN)) {
            hog_wrong("memory that nobody was told of has changed");
        }
        *at = (uint64_t)at ^ FREE_PATTERN;
    }
    filled = true;
}

static bool off(void)
{
    bool good = iommu_mode(&hog_iommu, DDTP_OFF, NULL) && iommu_commands_stop(&hog_iommu)
                && iommu_faults_stop(&hog_iommu);

    /* Every other storm is signalled by messages. */
    iommu_set32(&hog_iommu, IOMMU_FCTL, hog.calms % 2U == 0U ? 0U : FCTL_WSI);
    iommu_set64(&hog_iommu, IOMMU_ICVEC, 0);
    iommu_set32(&hog_iommu, IOMMU_IPSR, UINT32_MAX);
    return good;
}

static bool on(void)
{
    const uint32_t ids[] = { hog_testdev_id, hog_edu_id };
    bool good;

    pages.used = 0;
    good = iommu_commands_start(&hog_iommu, commands, LOG2, false)
           && iommu_faults_start(&hog_iommu, records, LOG2, false)
           && iommu_directory_open(&hog_iommu, 1, &pages, &directory)
           && iommu_table_open(FSC_SV39, &pages, &table)
           && iommu_map(&table, BASE, (uint64_t)target, IOMMU_4K, IOMMU_READ_WRITE);
    for (uint32_t i = 0; i < sizeof(ids) / sizeof(ids[0]) && good; i++) {
        uint64_t *context = iommu_context(&directory, ids[i]);

        good = context != NULL;
        if (good) {
            iommu_context_set(context, TC_V, PSCID, iommu_table_fsc(&table));
        }
    }
    return good && iommu_mode(&hog_iommu, iommu_directory_mode(&directory), directory.root)
           && iommu_do(&hog_iommu, iommu_forget_contexts())
           && iommu_do(&hog_iommu, iommu_forget_all());
}

static bool arrives(uint32_t word)
{
    target[word] = 0;
    fence();
    (void)testdev_write(&hog_testdev, BASE + word * HOG_WORD, HOG_WORD);
    return target[word] == TESTDEV_WORD;
}

/* Records of what the storm did may still be on their way: all are of the guest's own devices, and
 * that of the refused write comes. */
static void expect_record(void)
{
    struct iommu_fault fault;

    for (;;) {
        if (!iommu_fault_wait(&hog_iommu, &fault, RECORD_MS)) {
            hog_wrong("no record of a refused write");
            return;
        }
        if (fault.device_id != hog_testdev_id && fault.device_id != hog_edu_id) {
            hog_wrong("a record of a device that is not its own");
        }
        if (fault.device_id == hog_testdev_id && fault.cause == (uint32_t)CAUSE_WRITE_PAGE
            && fault.iotval >> PAGE_SHIFT == BASE >> PAGE_SHIFT) {
            return;
        }
    }
}

void calm(void)
{
    (void)edu_wait(&hog_edu);
    if (!off()) {
        hog_wrong("the IOMMU does not go off");
    }
    sleep_ms(FLOOD_MS);
    if (!on()) {
        hog_wrong("the IOMMU does not go on");
        return;
    }
    if (!arrives(1)) {
        hog_wrong("what is mapped is not reached");
    }
    (void)iommu_unmap(&table, BASE, IOMMU_4K);
    if (!iommu_do(&hog_iommu, iommu_forget_address_of(BASE, PSCID))) {
        hog_wrong("a command is not done");
    }
    if (arrives(2)) {
        hog_wrong("what is unmapped is reached");
    }
    expect_record();
    free_memory_is_whole();
    hog.calms++;
}

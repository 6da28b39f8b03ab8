/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <string.h>

#include "guest/iommutest/iommutest.h"
#include "guest/lib/csr.h"
#include "guest/lib/edu.h"
#include "guest/lib/testdev.h"

#define WORD         4U
#define WORDS        (IOMMU_PAGE / WORD)
#define READ_OFFSET  2048U      /* of the edu's buffer: what it reads. What it writes is at 0. */
#define UNIT         65536U
#define FAR_BITS     7U         /* that any directory of one level can have at most */

struct device {
    uint32_t id;
    bool is_edu;
    struct testdev testdev;
    struct edu edu;
};

static struct device devices[DEVICES_MAX];
static uint32_t count, reads_with;
static uint8_t memory[PAGES][UNIT] __attribute__((aligned(UNIT)));
static uint32_t marker[WORDS] __attribute__((aligned(IOMMU_PAGE)));

/* Page n is the n-th of its unit: no two have the same place in it. */
uint64_t page_address(uint32_t page)
{
    return (uint64_t)&memory[page][page * IOMMU_PAGE];
}

uint32_t *page_words(uint32_t page)
{
    return (uint32_t *)page_address(page);
}

uint32_t device_id(uint32_t device) { return devices[device].id; }
uint32_t reader(void) { return reads_with; }

static bool add(const struct pci_function *function, bool is_edu)
{
    struct device *device = &devices[count];

    device->is_edu = is_edu;
    return iommu_device_id(&iommu, function, &device->id) && ++count < DEVICES_MAX;
}

static void fill_marker(void)
{
    for (uint32_t i = 0; i < WORDS; i++) {
        marker[i] = TESTDEV_WORD;
    }
}

bool devices_open(void)
{
    /* One place is kept for an edu. */
    while (count < DEVICES_MAX - 1U && testdev_open(&devices[count].testdev, count)) {
        if (!add(&devices[count].testdev.pci, false)) {
            return false;
        }
    }
    reads_with = count;
    for (uint32_t i = 0; count < DEVICES_MAX && edu_open(&devices[count].edu, i); i++) {
        edu_master(&devices[count].edu, true);
        (void)add(&devices[count].edu.pci, true);
    }
    fill_marker();
    return count >= 2U && reads_with < count;
}

bool devices_open_far(void)
{
    for (uint32_t i = 0; testdev_open(&devices[i == 0U ? 0U : 1U].testdev, i); i++) {
        count = i == 0U ? 0U : 1U;
        if (!add(&devices[count].testdev.pci, false)) {
            return false;
        }
    }
    fill_marker();
    return count == 2U && devices[1].id >> FAR_BITS != 0U;
}

uint32_t device_count(void) { return count; }

bool devices_prepare(void)
{
    bool good = iommu_mode(&iommu, DDTP_BARE, NULL) && world_forget();

    for (uint32_t i = 0; i < count; i++) {
        good = good && (!devices[i].is_edu
                        || edu_transfer(&devices[i].edu, EDU_FROM_MEMORY, (uint64_t)marker, 0,
                                        LENGTH));
    }
    return good;
}

static bool holds_marker(const uint32_t *at, uint32_t length)
{
    fence();
    return memcmp(at, marker, length) == 0;
}

int device_writes(uint32_t device, uint64_t iova, uint32_t length)
{
    uint32_t offset = (uint32_t)(iova % IOMMU_PAGE) / WORD;

    memset(memory, 0, sizeof(memory));
    if (devices[device].is_edu) {
        if (!edu_transfer(&devices[device].edu, EDU_TO_MEMORY, iova, 0, length)) {
            return NOWHERE;
        }
    } else {
        (void)testdev_write(&devices[device].testdev, iova, length);
    }
    for (uint32_t i = 0; i < PAGES; i++) {
        if (holds_marker(&page_words(i)[offset], length)) {
            return (int)i;
        }
    }
    return NOWHERE;
}

bool device_refused(uint32_t device, uint64_t iova)
{
    return device_writes(device, iova, WORD) == NOWHERE;
}

bool device_reads(uint64_t iova, uint32_t page, uint64_t scratch)
{
    struct edu *edu = &devices[reads_with].edu;
    uint32_t offset = (uint32_t)(iova % IOMMU_PAGE) / WORD;

    memset(memory, 0, sizeof(memory));
    for (uint32_t i = 0; i < LENGTH / WORD; i++) {
        page_words(page)[offset + i] = page << 24 | (i + 1U);
    }
    return edu_transfer(edu, EDU_FROM_MEMORY, iova, READ_OFFSET, LENGTH)
           && edu_transfer(edu, EDU_TO_MEMORY, scratch, READ_OFFSET, LENGTH)
           && memcmp(page_words(PAGES - 1U), &page_words(page)[offset], LENGTH) == 0;
}

void device_peeks(uint64_t iova)
{
    (void)edu_transfer(&devices[reads_with].edu, EDU_FROM_MEMORY, iova, READ_OFFSET, WORD);
}

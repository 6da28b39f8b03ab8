/* SPDX-License-Identifier: Apache-2.0 */
/* Writes in great numbers, by the device that does them at once and says how they ended. */
#include "guest/dmahog/dmahog.h"

#include "guest/lib/console.h"

#define REGISTERS_END  UINT64_C(0x80000000)
#define REGISTERS_STEP UINT64_C(0x10000)
#define RAM_END        UINT64_C(0xa0000000) /* of a board with 512 MiB */
#define RAM_STEP       UINT64_C(0x1000)
#define FLOOD_LENGTH   (UINT32_C(1) << 20)
#define FLOOD_ADDRESS  UINT64_C(0x1000000000)

static void sweep(const struct testdev *testdev, uint64_t from, uint64_t to, uint64_t step)
{
    for (uint64_t at = from; at < to; at += step) {
        if (hog_owns(at)) {
            continue;
        }
        hog_ledger->testdev_attempts++;
        if (testdev_write(testdev, at, sizeof(uint32_t))) {
            if (hog_ledger->arrived++ == 0U) {
                print("dmahog: FAIL a write was not refused, at 0x%llx\n", (unsigned long long)at);
            }
        }
    }
}

void attack_sweep(void)
{
    static volatile uint32_t own;

    for (uint32_t i = 0; i < hog_testdev_count; i++) {
        uint32_t before = hog_ledger->testdev_attempts;

        own = 0;
        hog_verdict("sweep-control", testdev_write(&hog_testdevs[i], (uint64_t)&own, sizeof(own))
                                         && own == TESTDEV_WORD);
        sweep(&hog_testdevs[i], 0, REGISTERS_END, REGISTERS_STEP);
        sweep(&hog_testdevs[i], REGISTERS_END, RAM_END, RAM_STEP);
        print("dmahog: %u pages swept\n", hog_ledger->testdev_attempts - before);
    }
}

void attack_flood(void)
{
    for (uint32_t i = 0; i < hog_testdev_count; i++) {
        hog_ledger->testdev_attempts++;
        hog_ledger->arrived += testdev_write(&hog_testdevs[i], FLOOD_ADDRESS, FLOOD_LENGTH);
    }
    print("dmahog: flooded\n");
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The guest of the tests that hold trap mode against hardware mode: the same for both. */
#ifndef TESTS_UNIT_REGION_GUEST_H
#define TESTS_UNIT_REGION_GUEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define GUEST_RAM       UINT64_C(0x80000000)   /* guest physical */
#define GUEST_RAM_SIZE  UINT64_C(0x40000)
#define GUEST_RAM_PA    UINT64_C(0x81000000)
#define GUEST_FILES     UINT64_C(0x28000000)   /* interrupt files, a page each */
#define GUEST_FILES_PA  UINT64_C(0x24000000)
#define GUEST_VCPUS     3U                     /* an MSI table has more entries than that */
#define GUEST_GSCID     9U
#define GUEST_ADDRESS_WIDTH 41U
#define GUEST_DEVICES   18U                    /* more contexts than are composed in a piece */
#define GUEST_PHYSICAL_ID(n) (40U + (n))

/* In a directory of one, of two and of three levels. */
static const uint32_t guest_ids[GUEST_DEVICES] = {
    3U, 4U, 5U, 6U, 7U, 8U, 9U, 10U, 11U, 12U, 13U, 14U, 15U, 16U, 17U, 0x7fU, 0x105U, 0x12345U,
};

/* Messages that arrived at interrupt files, in their order. */
#define GUEST_LOG 4096U
struct guest_log {
    uint64_t address[GUEST_LOG];
    uint32_t data[GUEST_LOG];
    uint32_t count;
};

/* False: not to an interrupt file. */
static inline bool guest_log_write(struct guest_log *log, uint64_t address, const void *data,
                                   size_t size)
{
    const bool file = address >= GUEST_FILES_PA && size == sizeof(uint32_t)
        && address - GUEST_FILES_PA < GUEST_VCPUS * UINT64_C(4096);

    if (file) {
        assert_true(log->count < GUEST_LOG);
        log->address[log->count] = address;
        memcpy(&log->data[log->count++], data, size);
    }
    return file;
}

#endif

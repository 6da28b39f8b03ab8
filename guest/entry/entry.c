/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Not a guest: what the firmware starts in Bulkhead's place, so that the instructions until then can be
 * counted. Bulkhead's image lies ENTRY_OFFSET behind this one (bench/boot.py puts it there) and is
 * entered as the firmware would have entered it. What was counted until then: guest/stamp/stamp.h.
 */
#include <libfdt.h>
#include <string.h>

#include "guest/lib/console.h"
#include "guest/lib/csr.h"
#include "guest/lib/guest.h"
#include "guest/lib/hart.h"
#include "guest/lib/tree.h"
#include "guest/stamp/stamp.h"

#define ENTRY_OFFSET 0x100000U

extern const char _start[]; /* of this image */

/* An address of /chosen, in one or two cells; 0: none. */
static uint64_t chosen(const char *name)
{
    int size;
    const void *fdt = tree_blob();
    const fdt32_t *cells = fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), name, &size);

    if (cells == NULL || size < (int)sizeof(*cells)) {
        return 0;
    }
    return size == (int)sizeof(*cells) ? fdt32_to_cpu(cells[0])
                                       : (uint64_t)fdt32_to_cpu(cells[0]) << 32 |
                                             fdt32_to_cpu(cells[1]);
}

static struct stamp *find_stamp(void)
{
    uint64_t end = chosen("linux,initrd-end");

    for (uint64_t at = chosen("linux,initrd-start"); at + sizeof(struct stamp) <= end;
         at += sizeof(uint32_t)) {
        struct stamp *found = (struct stamp *)at;
        if (memcmp(found->magic, STAMP_MAGIC, sizeof(found->magic)) == 0) {
            return found;
        }
    }
    return NULL;
}

void guest_main(void)
{
    struct stamp *stamp = find_stamp();

    if (stamp == NULL) {
        print("entry: the bundle has no guest that wants to know\n");
        return;
    }
    const void *blob = tree_blob(); /* before the registers are chosen: it is a call */
    register uint64_t hart_id __asm__("a0") = hart_self()->id;
    register const void *device_tree __asm__("a1") = blob;
    __asm__ volatile("fence.i\n"
                     "rdcycle t0\n"
                     "sw t0, 0(%2)\n"
                     "srli t0, t0, 32\n"
                     "sw t0, 4(%2)\n"
                     "jr %3"
                     : : "r"(hart_id), "r"(device_tree), "r"(stamp->before),
                       "r"(_start + ENTRY_OFFSET) : "t0", "memory");
    __builtin_unreachable();
}

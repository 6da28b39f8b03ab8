/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many instructions Bulkhead's boot takes, under QEMU's -icount: guest/entry reads the counter when
 * it jumps to Bulkhead, guest/stamp at its very first instruction. The former is left in the latter's
 * image, in the bundle, because all else that both can reach is Bulkhead's to give.
 */
#ifndef GUEST_STAMP_STAMP_H
#define GUEST_STAMP_STAMP_H

#include <stdint.h>

#define STAMP_MAGIC "counted before: " /* 16 characters, at a multiple of 4 bytes in the bundle */

struct stamp {
    char magic[16];
    uint32_t before[2];      /* the count at Bulkhead's entry, low half first */
};

#endif

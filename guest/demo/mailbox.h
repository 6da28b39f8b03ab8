/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mailbox that the demo guest and its peer keep in their shared memory: one slot each way.
 *
 * To send, write text, length and checksum, then add 1 to sequence, then ring the doorbell (write
 * any value to the first word of the doorbell page). The receiver compares sequence with the one it
 * saw last, copies the text, and trusts nothing else in the page. The demo guest answers request
 * number N with reply number N: the text in capitals.
 *
 * guest/linux/root/bin/mailbox is the same in shell. Numbers are 32-bit little-endian words, so
 * that devmem can read and write all of it.
 */
#ifndef GUEST_DEMO_MAILBOX_H
#define GUEST_DEMO_MAILBOX_H

#include <stdint.h>

#define MAILBOX_TEXT 112U  /* bytes */

struct mailbox_slot {
    uint32_t sequence;     /* of the last message; 0: none yet */
    uint32_t length;       /* bytes of text, at most MAILBOX_TEXT */
    uint32_t checksum;     /* sum of the bytes of text */
    uint32_t reserved;
    uint32_t text[MAILBOX_TEXT / 4U]; /* padded with 0 to whole words */
};

struct mailbox {
    struct mailbox_slot request; /* offset 0x00: to the demo guest */
    struct mailbox_slot reply;   /* offset 0x80: from it */
};

_Static_assert(sizeof(struct mailbox_slot) == 0x80U, "the shell script counts on it");

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a bare-metal guest wants to know of its device tree. Nothing is compiled in: the same binary
 * runs on plain OpenSBI and as a Bulkhead guest. Over libfdt. Constant after tree_open; any hart.
 */
#ifndef GUEST_LIB_TREE_H
#define GUEST_LIB_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/lib/hart.h"

#define TREE_SHARE_NAME_MAX 32

struct tree_range { uint64_t base, size; };

struct tree_uart {
    uint64_t base;         /* 0: there is none */
    uint32_t shift, width; /* reg-shift, reg-io-width */
    uint32_t source;       /* APLIC source, 0: none */
};

/* The supervisor-level IMSIC. */
struct tree_imsic {
    uint64_t base;
    uint64_t stride;            /* bytes from one hart's file to the next */
    uint32_t hart_count;
    uint64_t hart_ids[HART_MAX]; /* by hart index */
    uint32_t identities;
};

/* One end of a shared memory (compatible "bulkhead,shared-memory"). */
struct tree_share {
    struct tree_range memory, doorbell; /* doorbell.size 0: it has none */
    uint32_t source;
};

void tree_open(const void *device_tree);
const void *tree_blob(void);               /* the tree itself, for libfdt */
bool tree_memory(struct tree_range *out);  /* the first /memory range */
bool tree_uart(struct tree_uart *out);
bool tree_imsic(struct tree_imsic *out);
uint64_t tree_aplic(uint32_t *sources);    /* base of the APLIC that sends MSIs there, 0: none */
bool tree_share(uint32_t index, struct tree_share *out);
uint32_t tree_harts(uint64_t *ids, uint32_t max); /* ids of the harts that may be used */
bool tree_hart_has(const char *extension); /* the first cpu node lists this ISA extension */
uint32_t tree_timebase(void);              /* Hz */
const char *tree_bootargs(void);           /* "" if absent */
bool tree_bootarg(const char *word);       /* word stands among them, between blanks */
uint32_t tree_bootarg_value(const char *name, uint32_t otherwise); /* of "name=123" among them */

#endif

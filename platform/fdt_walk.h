/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A walk over the structure block of a flattened device tree (Devicetree specification 5.4), tag by tag.
 * libfdt has that as well, but looks at the header anew for each tag and for each character of a name; most
 * of a boot went there. Each step goes forward, and none past the blob. Pure; any hart, any time.
 */
#ifndef PLATFORM_FDT_WALK_H
#define PLATFORM_FDT_WALK_H

#include <stdbool.h>
#include <stdint.h>

struct fdt_walk {
    const uint8_t *structure;
    const char *strings;
    uint32_t size;           /* bytes from structure to the end of the blob */
    uint32_t at, next;       /* the tag that was read and the next one, from structure */
    uint32_t tag;            /* FDT_BEGIN_NODE and so on */
    uint32_t length;         /* FDT_PROP: bytes of its value, */
    const uint8_t *value;
    uint32_t name;           /* and where its name is among the strings */
};

/* The 32-bit big-endian number there. */
uint32_t fdt_word(const uint8_t *at);

/* From the tag at `from`, the offset of a node or a property. The header has been checked. */
struct fdt_walk fdt_walk_from(const void *fdt, uint32_t from);

/* Read the next tag. False at FDT_END, and where the blob ends (then tag is not FDT_END). */
bool fdt_walk_on(struct fdt_walk *w);

#endif

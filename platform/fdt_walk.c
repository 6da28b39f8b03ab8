/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/fdt_walk.h"

#include <libfdt.h>
#include <string.h>

#include "lib/addr.h"

/* 5.4.1: what follows FDT_PROP, before the value: its length, and where its name is */
#define PROPERTY_LENGTH 0U
#define PROPERTY_NAME   4U
#define PROPERTY_BYTES  8U

uint32_t fdt_word(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | (uint32_t)at[3];
}

struct fdt_walk fdt_walk_from(const void *fdt, uint32_t from)
{
    const uint32_t structure = fdt_off_dt_struct(fdt);

    return (struct fdt_walk){
        .structure = (const uint8_t *)fdt + structure,
        .strings = (const char *)fdt + fdt_off_dt_strings(fdt),
        .size = fdt_totalsize(fdt) - structure,
        .next = from,
    };
}

bool fdt_walk_on(struct fdt_walk *w)
{
    uint64_t at = (uint64_t)w->next + FDT_TAGSIZE; /* 64 bits: no length that is added wraps */

    if (at > w->size) {
        w->tag = FDT_NOP;
        return false;
    }
    w->at = w->next;
    w->tag = fdt_word(w->structure + w->at);
    if (w->tag == FDT_PROP && at + PROPERTY_BYTES <= w->size) {
        w->length = fdt_word(w->structure + at + PROPERTY_LENGTH);
        w->name = fdt_word(w->structure + at + PROPERTY_NAME);
        w->value = w->structure + at + PROPERTY_BYTES;
        at += PROPERTY_BYTES + (uint64_t)w->length;
    } else if (w->tag == FDT_BEGIN_NODE) {
        at += strnlen((const char *)w->structure + at, w->size - at) + 1U;
    } else {
        /* nothing follows the tag */
    }
    at = (at + FDT_TAGSIZE - 1U) & ~(uint64_t)(FDT_TAGSIZE - 1U);
    w->next = at < w->size ? (uint32_t)at : w->size;
    return w->tag != FDT_END;
}

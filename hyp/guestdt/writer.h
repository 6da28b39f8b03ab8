/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing a flattened device tree from front to back: libfdt's sequential interface with an error
 * that sticks, so that whoever writes asks once, at the end. Pure; no state but struct dt_writer.
 *
 * Devicetree specification v0.4; an address or a size in a reg written here has two cells.
 */
#ifndef HYP_GUESTDT_WRITER_H
#define HYP_GUESTDT_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

#define DT_ADDRESS_CELLS 2U
#define DT_NAME_MAX      64U /* of a node with its unit address and the final 0 */
#define DT_MAX_CELLS     128U /* in one property */

struct dt_writer {
    void *fdt;
    int error;               /* the first of libfdt's, 0: none */
};

/* buffer is 8-byte aligned. */
void dt_open(struct dt_writer *w, void *buffer, size_t size);
/* True when all that was written since dt_open is in the tree. */
bool dt_close(struct dt_writer *w);

void dt_begin(struct dt_writer *w, const char *name);
/* The node "name@address", of name up to its own '@' if it has one, and what fits DT_NAME_MAX: the
 * address tells nodes apart. */
void dt_begin_at(struct dt_writer *w, const char *name, uint64_t address);
void dt_end(struct dt_writer *w);

void dt_flag(struct dt_writer *w, const char *property);
void dt_text(struct dt_writer *w, const char *property, const char *text);
void dt_u32(struct dt_writer *w, const char *property, uint32_t value);
void dt_u64(struct dt_writer *w, const char *property, uint64_t value);
/* As they are in memory: strings one after the other, or what another tree holds. */
void dt_bytes(struct dt_writer *w, const char *property, const void *bytes, size_t length);
/* At most DT_MAX_CELLS; more are an error. */
void dt_cells(struct dt_writer *w, const char *property, const uint32_t *cells, uint32_t count);
void dt_reg(struct dt_writer *w, const struct gpa_range *ranges, uint32_t count);
/* Room for that many big-endian cells, in the tree itself: for properties of any length. NULL on
 * an error. */
void *dt_room(struct dt_writer *w, const char *property, uint32_t count);

/* #address-cells and #size-cells for the children of this node. */
void dt_address_cells(struct dt_writer *w, uint32_t address, uint32_t size);

#endif

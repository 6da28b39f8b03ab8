/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a flattened device tree that may lie: every property is measured before it is used, walks
 * towards the root are bounded, nothing recurses. Pure; any hart, any time.
 *
 * Precondition of all: fdt_read_check has accepted the tree, and node is the offset of a node in
 * it. A property that is absent and one that is malformed read the same (false, NULL) unless said.
 *
 * Devicetree specification v0.4: 2.2 (cells), 2.3 (standard properties), 2.4 (interrupts).
 */
#ifndef PLATFORM_FDT_READ_H
#define PLATFORM_FDT_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "platform/fdt_tree.h"

#define FDT_READ_MAX_DEPTH 16U  /* nodes on the way to the root; deeper ones are not translated */
#define FDT_READ_PATH_MAX  128U

/* NULL when the whole tree is sound and lies in size bytes, else what is wrong with it. */
const char *fdt_read_check(const void *fdt, size_t size);

/* As fdt_getprop, and cheaper. */
const void *fdt_read_property(const void *fdt, int node, const char *name, int *length);
bool fdt_read_has(const void *fdt, int node, const char *name);

/* A property as big-endian 32-bit cells. */
struct fdt_cells {
    const uint8_t *bytes;
    uint32_t count;
};

bool fdt_read_cells(const void *fdt, int node, const char *name, struct fdt_cells *out);

/* Cell at index; 0 past the end. */
uint32_t fdt_cell(struct fdt_cells cells, uint32_t index);

/* width cells (0, 1 or 2) from index as one number. */
uint64_t fdt_cell_number(struct fdt_cells cells, uint32_t index, uint32_t width);

/* A property of one cell. */
bool fdt_read_u32(const void *fdt, int node, const char *name, uint32_t *out);

/* A property of one cell or two, whichever it has. */
bool fdt_read_number(const void *fdt, int node, const char *name, uint64_t *out);

/* The first string of a property, surely terminated, or NULL. */
const char *fdt_read_text(const void *fdt, int node, const char *name);

bool fdt_read_is_compatible(const void *fdt, int node, const char *compatible);

/* Whether its status is absent or okay (2.3.4). Says nothing of its parents. */
bool fdt_read_is_okay(const void *fdt, int node);

/* The node at an absolute path or an alias (3.3), length bytes of text; -1 if there is none.
 * Aliases of aliases do not exist. */
int fdt_read_by_path(const struct fdt_tree *tree, const char *text, size_t length);

/* The full path of node in buffer, or its name alone if it is longer; returns buffer. */
const char *fdt_read_path(const struct fdt_tree *tree, int node, char buffer[FDT_READ_PATH_MAX]);

enum fdt_read_result {
    FDT_READ_OK,
    FDT_READ_END,            /* there is no entry with this index */
    FDT_READ_BAD             /* malformed, or a way to it that cannot be followed */
};

/*
 * Entry index of reg as a physical range, translated through the ranges of every parent (2.3.8): an
 * empty ranges is the identity, a missing one cannot be passed. BAD also for a length of 0 and for
 * ranges that pass 2^64.
 */
enum fdt_read_result fdt_read_reg(const struct fdt_tree *tree, int node, uint32_t index,
                                  struct pa_range *out);

/* The same for entries of a length of 0, which a memory node may have: OK with size 0. */
enum fdt_read_result fdt_read_reg_or_empty(const struct fdt_tree *tree, int node, uint32_t index,
                                           struct pa_range *out);

/* #address-cells of a bus that loads and stores reach, 1 or 2 (2.3.5). */
bool fdt_read_address_cells(const void *fdt, int bus_node, uint32_t *out);

/* size bytes at *address, on the bus that the node makes for its children, become a physical address
 * through its ranges and those of every parent (2.3.8). The bytes do not pass 2^64. False: no way. */
bool fdt_read_translate(const struct fdt_tree *tree, int bus_node, uint64_t size, uint64_t *address);

/* Whether caches are kept coherent with what the node's DMA does: unless it, or the nearest bus above it
 * that says either, says dma-noncoherent rather than dma-coherent (2.3.11 and its counterpart). */
bool fdt_read_is_coherent(const struct fdt_tree *tree, int node);

#define FDT_READ_IRQ_CELLS 3U
struct fdt_interrupt {
    int controller;          /* node of its interrupt parent */
    uint32_t cells[FDT_READ_IRQ_CELLS];
    uint32_t count;          /* cells used, as the controller's #interrupt-cells says */
};

/* Entry index of interrupts-extended, or else of interrupts with the nearest interrupt-parent. */
enum fdt_read_result fdt_read_interrupt(const struct fdt_tree *tree, int node, uint32_t index,
                                        struct fdt_interrupt *out);

/* A PCI unit: three cells of address, one of its interrupt pin (PCI Bus Binding 2.2.1.1, 2.2.6). */
#define FDT_READ_PCI_UNIT 4U

/* What the interrupt-map of a PCI host makes of the interrupt of this unit (2.4.3): the first entry that is
 * equal under interrupt-map-mask. END: there is none; BAD: the entries up to it cannot be read. The
 * controller's own interrupt-map, if it has one, is not followed. */
enum fdt_read_result fdt_read_interrupt_map(const struct fdt_tree *tree, int node,
                                            const uint32_t unit[FDT_READ_PCI_UNIT],
                                            struct fdt_interrupt *out);

#endif

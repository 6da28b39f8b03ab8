/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan of two guests, written by hand on a board's tree, and ways to look at the trees that the
 * guests get. Globals of these tests only: no other fake is linked with it but fake_tree.
 */
#ifndef TESTS_UNIT_FAKE_PLAN_H
#define TESTS_UNIT_FAKE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hyp/plan/plan.h"
#include "tests/unit/fake_tree.h"

#define ROOM 65536U /* bytes, plenty for any guest */

/* Two guests: 0 with everything, 1 with the least. */
struct fixture {
    struct tree tree;
    struct board board;
    struct config config;
    struct pci pci;
    struct plan plan;
    void *blob;              /* what was built last, of exactly blob_size bytes */
    size_t blob_size;
};

/* State of a test: the virt board, the plan on it, nothing built. */
int setup(void **state);
int teardown(void **state);
/* The same on another board: tests/unit/data/NAME.dts. */
void setup_on(struct fixture *f, const char *name);

/* After a change of the tree. */
void load_board(struct fixture *f);

/* Give guest 0 the device at this path, each of its pages 0x50000000 higher than on the board. */
void give_device(struct fixture *f, const char *path);

/* Give guest 0 a PCI function of the board's first host, there on its bus. source 0: without interrupt. */
void give_function(struct fixture *f, uint16_t virtual_rid, uint32_t source, uint32_t pin);

/* Give guest 0 a vIOMMU before the board's first IOMMU; returns its index. Put a device of it behind
 * one, which knows it by these ids. */
uint32_t give_viommu(struct fixture *f);
void put_behind(struct fixture *f, uint32_t device, uint32_t viommu, const uint32_t *ids,
                uint32_t id_count);

/* Build in exactly size bytes of new memory. */
bool build_in(struct fixture *f, uint32_t guest, size_t size);
/* Build with plenty of room; returns the tree. */
const void *build(struct fixture *f, uint32_t guest);

int node_at(const void *fdt, const char *path);
bool has(const void *fdt, const char *path, const char *property);
uint32_t phandle_of(const void *fdt, const char *path);
uint32_t count_children(const void *fdt, const char *path);

void assert_text(const void *fdt, const char *path, const char *property, const char *text);
#define assert_cells(fdt, path, property, ...)                                                    \
    check_cells(fdt, path, property, (const uint32_t[]){ __VA_ARGS__ },                           \
                sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))
void check_cells(const void *fdt, const char *path, const char *property, const uint32_t *cells,
                 size_t count);
/* The compiler of device trees knows many rules; it has nothing to say. */
void assert_dtc_is_silent(const void *fdt);

#endif

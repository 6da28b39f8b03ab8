/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device trees for unit tests: compiled by the Makefile from tests/unit/data/NAME.dts, changed with
 * libfdt, and handed over in a buffer of exactly their size, so that the address sanitizer sees
 * every byte read past the end. The programs run in the root of the repository.
 */
#ifndef TESTS_UNIT_FAKE_TREE_H
#define TESTS_UNIT_FAKE_TREE_H

#include <stddef.h>

#include "lib/diag.h"

struct tree {
    void *blob;              /* of exactly size bytes, from malloc */
    size_t size;
};

/* The tree of that name. A missing file ends the test program with a message. */
struct tree tree_load(const char *name);
void tree_free(struct tree *tree);

/* Give the tree room for changes, and take the room away again. */
void tree_open(struct tree *tree);
void tree_close(struct tree *tree);

/* Offset of the node at path, which must exist. */
int tree_node(const struct tree *tree, const char *path);

/* Set a property to 32-bit cells. */
#define TREE_CELLS(tree, path, name, ...)                                                         \
    tree_set_cells(tree, path, name, (const uint32_t[]){ __VA_ARGS__ },                           \
                   sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))
void tree_set_cells(struct tree *tree, const char *path, const char *name, const uint32_t *cells,
                    size_t count);
void tree_set_text(struct tree *tree, const char *path, const char *name, const char *text);
void tree_delete(struct tree *tree, const char *path, const char *name);

/* PCI hosts of one bus each, besides what the tree has. */
void tree_add_pci_hosts(struct tree *tree, uint32_t count);

/* What the checked code said, all of it: "path:property: text\n" for each finding. */
struct told {
    char text[16384];
    size_t used;
    struct diag diag;
};
void told_init(struct told *told);

#endif

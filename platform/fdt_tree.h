/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The nodes of a flattened device tree, listed once: libfdt finds a parent, a phandle or a path by walking
 * the tree from its start each time, and the whole boot was such walks. Pure; constant once it is made.
 */
#ifndef PLATFORM_FDT_TREE_H
#define PLATFORM_FDT_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FDT_TREE_MAX_NODES 1024U
#define FDT_TREE_NONE      UINT32_MAX

struct fdt_tree_node {
    int node;                /* its offset, as libfdt has it */
    uint32_t parent;         /* index in nodes; of the root FDT_TREE_NONE */
    uint32_t phandle;        /* 0: it has none */
    uint32_t compatible;     /* where its list is, from the start of the blob, */
    uint32_t compatible_size; /* and how many bytes it has; 0: none */
};

struct fdt_tree {
    const void *fdt;
    struct fdt_tree_node nodes[FDT_TREE_MAX_NODES]; /* in the order of the tree */
    uint32_t count;
};

/* List the nodes of a tree that fdt_read_check has accepted. False: it has more than FDT_TREE_MAX_NODES. */
bool fdt_tree_open(const void *fdt, struct fdt_tree *out);

/* All below name nodes by their offsets, and return one, or -1 if there is none. */
int fdt_tree_parent(const struct fdt_tree *tree, int node);
uint32_t fdt_tree_phandle(const struct fdt_tree *tree, int node); /* 0: it has none */
int fdt_tree_by_phandle(const struct fdt_tree *tree, uint32_t phandle);

/* The first child of that name, length bytes. A name without '@' is found with any unit address. */
int fdt_tree_child(const struct fdt_tree *tree, int node, const char *name, size_t length);

/* The first below the root. */
int fdt_tree_top(const struct fdt_tree *tree, const char *name);

/* The next child of the node after that one (-1: the first). */
int fdt_tree_next_child(const struct fdt_tree *tree, int node, int after);

/* The next node after that one (-1: the first) that is compatible. */
int fdt_tree_next_compatible(const struct fdt_tree *tree, int after, const char *compatible);

/* Whether above is node or one of those that lead to it. */
bool fdt_tree_is_above(const struct fdt_tree *tree, int above, int node);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/fdt_tree.h"

#include <libfdt.h>
#include <string.h>

#include "platform/fdt_walk.h"

/* As libfdt has it: the first of two counts, and phandle before its older name. */
static void note_property(const void *fdt, const struct fdt_walk *walk, struct fdt_tree_node *node,
                          bool *has_phandle)
{
    const char *name = walk->strings + walk->name;
    const bool is_word = walk->length == sizeof(uint32_t);

    if (strcmp(name, "compatible") == 0) {
        if (node->compatible == 0U) {
            node->compatible = (uint32_t)(walk->value - (const uint8_t *)fdt);
            node->compatible_size = walk->length;
        }
    } else if (is_word && !*has_phandle && strcmp(name, "phandle") == 0) {
        node->phandle = fdt_word(walk->value);
        *has_phandle = true;
    } else if (is_word && node->phandle == 0U && strcmp(name, "linux,phandle") == 0) {
        node->phandle = fdt_word(walk->value);
    } else {
        /* read when it is asked for */
    }
}

bool fdt_tree_open(const void *fdt, struct fdt_tree *out)
{
    struct fdt_walk walk = fdt_walk_from(fdt, 0U);
    uint32_t open = FDT_TREE_NONE; /* the node that the walk is in */
    bool has_phandle = false;      /* that node, so far */

    out->fdt = fdt;
    out->count = 0U;
    while (fdt_walk_on(&walk)) {
        if (walk.tag == FDT_BEGIN_NODE) {
            if (out->count == FDT_TREE_MAX_NODES) {
                return false;
            }
            out->nodes[out->count] = (struct fdt_tree_node){ .node = (int)walk.at, .parent = open };
            open = out->count;
            out->count++;
            has_phandle = false;
        } else if (walk.tag == FDT_END_NODE && open != FDT_TREE_NONE) {
            open = out->nodes[open].parent;
        } else if (walk.tag == FDT_PROP && open != FDT_TREE_NONE && open + 1U == out->count) {
            note_property(fdt, &walk, &out->nodes[open], &has_phandle);
        } else {
            /* FDT_NOP; a property behind a child of its node, which nobody sees (5.4.2) */
        }
    }
    return true;
}

/* The index of the first node at this offset or behind it. */
static uint32_t find(const struct fdt_tree *tree, int node)
{
    uint32_t low = 0U, high = tree->count;

    while (low < high) {
        const uint32_t middle = (low + high) / 2U;
        if (tree->nodes[middle].node < node) {
            low = middle + 1U;
        } else {
            high = middle;
        }
    }
    return low;
}

int fdt_tree_parent(const struct fdt_tree *tree, int node)
{
    const uint32_t at = find(tree, node);

    return at == tree->count || tree->nodes[at].parent == FDT_TREE_NONE
               ? -1
               : tree->nodes[tree->nodes[at].parent].node;
}

uint32_t fdt_tree_phandle(const struct fdt_tree *tree, int node)
{
    const uint32_t at = find(tree, node);

    return at < tree->count ? tree->nodes[at].phandle : 0U;
}

int fdt_tree_by_phandle(const struct fdt_tree *tree, uint32_t phandle)
{
    /* 2.3.3: neither 0 nor all ones is one. */
    for (uint32_t i = 0U; phandle + 1U > 1U && i < tree->count; i++) {
        if (tree->nodes[i].phandle == phandle) {
            return tree->nodes[i].node;
        }
    }
    return -1;
}

/* As libfdt has it: what is asked for without a unit address is found with any. */
static bool is_named(const void *fdt, int node, const char *name, size_t length)
{
    const char *found = (const char *)fdt + fdt_off_dt_struct(fdt) + node + FDT_TAGSIZE;

    return strncmp(found, name, length) == 0 &&
           (found[length] == '\0' || (found[length] == '@' && memchr(name, '@', length) == NULL));
}

/* Whether the node at index i is below that parent, as all are that follow the parent up to the first that is
 * not. */
static bool is_below(const struct fdt_tree *tree, uint32_t i, uint32_t parent)
{
    return i < tree->count && tree->nodes[i].parent != FDT_TREE_NONE &&
           tree->nodes[i].parent >= parent;
}

int fdt_tree_next_child(const struct fdt_tree *tree, int node, int after)
{
    const uint32_t parent = find(tree, node);

    for (uint32_t i = find(tree, after < 0 ? node + 1 : after + 1); is_below(tree, i, parent); i++) {
        if (tree->nodes[i].parent == parent) {
            return tree->nodes[i].node;
        }
    }
    return -1;
}

int fdt_tree_child(const struct fdt_tree *tree, int node, const char *name, size_t length)
{
    const uint32_t parent = find(tree, node);

    for (uint32_t i = parent + 1U; is_below(tree, i, parent); i++) {
        if (tree->nodes[i].parent == parent &&
            is_named(tree->fdt, tree->nodes[i].node, name, length)) {
            return tree->nodes[i].node;
        }
    }
    return -1;
}

int fdt_tree_top(const struct fdt_tree *tree, const char *name)
{
    return fdt_tree_child(tree, 0, name, strlen(name));
}

int fdt_tree_next_compatible(const struct fdt_tree *tree, int after, const char *compatible)
{
    for (uint32_t i = find(tree, after + 1); i < tree->count; i++) {
        const struct fdt_tree_node *node = &tree->nodes[i];
        if (node->compatible_size != 0U &&
            fdt_stringlist_contains((const char *)tree->fdt + node->compatible,
                                    (int)node->compatible_size, compatible) != 0) {
            return node->node;
        }
    }
    return -1;
}

bool fdt_tree_is_above(const struct fdt_tree *tree, int above, int node)
{
    const uint32_t wanted = find(tree, above);
    uint32_t at = find(tree, node);

    while (at < tree->count && at > wanted) {
        at = tree->nodes[at].parent;
    }
    return at == wanted;
}

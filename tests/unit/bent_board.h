/* SPDX-License-Identifier: Apache-2.0 */
/* A board with PCI hosts and IOMMUs, whose tree is bent in one way before it is read. */
#ifndef TESTS_UNIT_BENT_BOARD_H
#define TESTS_UNIT_BENT_BOARD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "platform/board.h"
#include "tests/unit/fake_tree.h"

#define HOST   "/soc/pci@30000000"
#define MOVED  "/soc/bus@60000000/pci@0"
#define IOMMU  "/soc/iommu@3000000"

static struct board board;
static struct tree tree;
static struct told told;

/* Read the board, bent in one way if there is a bend; whether it is accepted. */
static bool read_bent(const char *name, void (*bend)(struct tree *))
{
    tree_free(&tree);
    tree = tree_load(name);
    if (bend != NULL) {
        tree_open(&tree);
        bend(&tree);
        tree_close(&tree);
    }
    told_init(&told);
    return board_from_fdt(tree.blob, tree.size, &board, &told.diag);
}

static void read_good(const char *name, void (*bend)(struct tree *))
{
    if (!read_bent(name, bend)) {
        fail_msg("%s", told.text);
    }
}

static int free_tree(void **state)
{
    (void)state;
    tree_free(&tree);
    return 0;
}

#endif

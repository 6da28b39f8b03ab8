/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/fake_tree.h"

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/format.h"

#define FOLDER "build/tests/unit/data"
#define ROOM   4096U

static void need(int result, const char *what)
{
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", what, fdt_strerror(result));
        abort();
    }
}

struct tree tree_load(const char *name)
{
    char path[128];
    struct tree tree = { 0 };

    (void)snprintf(path, sizeof path, "%s/%s.dtb", FOLDER, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "%s: not found; run from the root of the repository after `make unit`\n",
                path);
        abort();
    }
    (void)fseek(file, 0, SEEK_END);
    tree.size = (size_t)ftell(file);
    rewind(file);
    tree.blob = malloc(tree.size);
    if (tree.blob == NULL || fread(tree.blob, 1U, tree.size, file) != tree.size) {
        fprintf(stderr, "%s: cannot be read\n", path);
        abort();
    }
    (void)fclose(file);
    return tree;
}

void tree_free(struct tree *tree)
{
    free(tree->blob);
    tree->blob = NULL;
}

void tree_open(struct tree *tree)
{
    tree->size += ROOM;
    tree->blob = realloc(tree->blob, tree->size);
    need(fdt_open_into(tree->blob, tree->blob, (int)tree->size), "fdt_open_into");
}

void tree_close(struct tree *tree)
{
    need(fdt_pack(tree->blob), "fdt_pack");
    tree->size = fdt_totalsize(tree->blob);
    tree->blob = realloc(tree->blob, tree->size);
}

int tree_node(const struct tree *tree, const char *path)
{
    int node = fdt_path_offset(tree->blob, path);

    need(node, path);
    return node;
}

void tree_set_cells(struct tree *tree, const char *path, const char *name, const uint32_t *cells,
                    size_t count)
{
    need(fdt_setprop(tree->blob, tree_node(tree, path), name, NULL, 0), path);
    for (size_t i = 0U; i < count; i++) {
        need(fdt_appendprop_u32(tree->blob, tree_node(tree, path), name, cells[i]), path);
    }
}

void tree_set_text(struct tree *tree, const char *path, const char *name, const char *text)
{
    need(fdt_setprop(tree->blob, tree_node(tree, path), name, text, (int)strlen(text) + 1), path);
}

void tree_delete(struct tree *tree, const char *path, const char *name)
{
    need(fdt_delprop(tree->blob, tree_node(tree, path), name), path);
}

static void tell(void *ctx, const char *path, const char *property, const char *text)
{
    struct told *told = ctx;

    told->used += format_text(told->text + told->used, sizeof told->text - told->used,
                              "%s:%s: %s\n", path, property != NULL ? property : "", text);
}

void told_init(struct told *told)
{
    told->text[0] = '\0';
    told->used = 0U;
    told->diag = (struct diag){ .emit = tell, .ctx = told };
}

void tree_add_pci_hosts(struct tree *t, uint32_t count)
{
    for (uint32_t i = 0U; i < count; i++) {
        char path[32];
        int soc = tree_node(t, "/soc");

        (void)format_text(path, sizeof path, "/soc/pcie@%x", 0x50000000U + i * 0x100000U);
        need(fdt_add_subnode(t->blob, soc, path + strlen("/soc/")), path);
        tree_set_text(t, path, "compatible", "pci-host-ecam-generic");
        TREE_CELLS(t, path, "reg", 0, 0x50000000U + i * 0x100000U, 0, 0x100000U);
    }
}

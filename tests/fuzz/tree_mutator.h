/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mutator of flattened device trees for libFuzzer: it changes nodes, properties and values with
 * libfdt, so that most of what it makes is a tree and reaches what is behind the first check. Now
 * and then it changes plain bytes.
 *
 * Names and texts come from the tree itself and from build/fuzz/seeds/words, which seeds.py takes
 * out of the source: whatever the readers of trees ask for. Behind the tree an input may have a
 * tail of plain bytes.
 */
#ifndef TESTS_FUZZ_TREE_MUTATOR_H
#define TESTS_FUZZ_TREE_MUTATOR_H

#include <libfdt.h>
#include <stdio.h>

#include "platform/fdt_read.h"
#include "tests/fuzz/fuzz.h"

#define TREE_WORDS     "build/fuzz/seeds/words"
#define TREE_MAX_WORDS 2048U
#define TREE_WORD_MAX  64U
#define TREE_MAX       65536U
#define TREE_ROOM      32768U          /* for what one mutation adds */
#define TREE_VALUE_MAX 512U
#define TREE_TAIL_MAX  128U
#define TREE_DEPTH_MAX 8
#define TREE_CELL      4U

static struct {
    char words[TREE_MAX_WORDS][TREE_WORD_MAX];
    uint32_t word_count;
    uint64_t dice;
    uint64_t blob[(TREE_MAX + TREE_ROOM) / sizeof(uint64_t)]; /* the tree that is changed */
    uint64_t from[TREE_MAX / sizeof(uint64_t)];               /* as it was */
} tree;

static uint32_t tree_below(uint32_t limit)
{
    tree.dice ^= tree.dice >> 12;
    tree.dice ^= tree.dice << 25;
    tree.dice ^= tree.dice >> 27;
    return (uint32_t)(tree.dice * UINT64_C(2685821657736338717) >> 32) % limit;
}

static void tree_read_words(void)
{
    FILE *const file = tree.word_count == 0U ? fopen(TREE_WORDS, "r") : NULL;

    while (file != NULL && tree.word_count < TREE_MAX_WORDS &&
           fgets(tree.words[tree.word_count], TREE_WORD_MAX, file) != NULL) {
        char *const word = tree.words[tree.word_count];

        word[strcspn(word, "\n")] = '\0';
        tree.word_count++;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    assert_true(tree.word_count != 0U);
}

/* ---- what there is in a tree ----------------------------------------------------------------- */

static int tree_any_node(const void *blob)
{
    uint32_t count = 0U;

    for (int node = 0; node >= 0; node = fdt_next_node(blob, node, NULL)) {
        count++;
    }
    int node = 0;

    for (uint32_t n = tree_below(count); n != 0U; n--) {
        node = fdt_next_node(blob, node, NULL);
    }
    return node;
}

struct tree_property {
    int node, length;
    const char *name;        /* NULL: there is none */
    const uint8_t *value;
};

static struct tree_property tree_any_property(const void *blob)
{
    struct tree_property found = { .node = tree_any_node(blob) };
    uint32_t count = 0U;
    int at;

    fdt_for_each_property_offset(at, blob, found.node) {
        count++;
        if (tree_below(count) == 0U) {
            found.value = fdt_getprop_by_offset(blob, at, &found.name, &found.length);
        }
    }
    if (found.value == NULL || found.length < 0) { /* as libfdt before 1.7 has it */
        found.name = NULL;
    }
    return found;
}

static uint32_t tree_any_cell(const void *blob)
{
    static const uint32_t edges[] = { 0U, 1U, 2U, 3U, 4U, 8U, 9U, 32U, 0xfffU, 0x1000U, 0x1001U,
                                      0x10000U, 0x10000000U, 0x7fffffffU, 0x80000000U, 0x80200000U,
                                      0xfffff000U, 0xffffffffU };
    const struct tree_property other = tree_any_property(blob);
    uint32_t cell;

    if (other.name != NULL && (uint32_t)other.length >= TREE_CELL && tree_below(2U) == 0U) {
        const uint32_t n = tree_below((uint32_t)other.length / TREE_CELL);

        memcpy(&cell, other.value + n * TREE_CELL, TREE_CELL);
        return cell;
    }
    return cpu_to_fdt32(tree_below(4U) != 0U ? edges[tree_below(sizeof(edges) / sizeof(edges[0]))]
                                             : UINT32_C(1) << tree_below(32U));
}

/* A name or a text: of the readers, of a node, or a path. */
static void tree_any_text(const void *blob, char text[TREE_VALUE_MAX])
{
    const char *name = tree.words[tree_below(tree.word_count)];

    switch (tree_below(4U)) {
    case 0U:
        if (fdt_get_path(blob, tree_any_node(blob), text, TREE_VALUE_MAX) == 0) {
            return;
        }
        break;
    case 1U: name = fdt_get_name(blob, tree_any_node(blob), NULL); break;
    default: break;
    }
    (void)snprintf(text, TREE_VALUE_MAX, "%s", name);
}

static uint32_t tree_any_value(const void *blob, uint8_t value[TREE_VALUE_MAX])
{
    const struct tree_property other = tree_any_property(blob);
    uint32_t cells = 1U + tree_below(4U);

    switch (tree_below(4U)) {
    case 0U: return 0U;
    case 1U:
        for (uint32_t n = 0U; n < cells; n++) {
            const uint32_t cell = tree_any_cell(blob);

            memcpy(value + n * TREE_CELL, &cell, TREE_CELL);
        }
        return cells * TREE_CELL;
    case 2U:
        tree_any_text(blob, (char *)value);
        return (uint32_t)strlen((char *)value) + 1U;
    default:
        if (other.name == NULL || (uint32_t)other.length > TREE_VALUE_MAX) {
            return 0U;
        }
        memcpy(value, other.value, (size_t)other.length);
        return (uint32_t)other.length;
    }
}

/* ---- changes --------------------------------------------------------------------------------- */

static uint32_t tree_change_cells(const void *blob, uint8_t *value, uint32_t length)
{
    const uint32_t count = length / TREE_CELL, n = tree_below(count), at = n * TREE_CELL;
    uint32_t cell;

    memcpy(&cell, value + at, TREE_CELL);
    cell = fdt32_to_cpu(cell);
    switch (tree_below(8U)) {
    case 0U: cell++; break;
    case 1U: cell--; break;
    case 2U: cell ^= UINT32_C(1) << tree_below(32U); break;
    case 3U: cell *= 2U; break;
    case 4U: /* one less */
        memmove(value + at, value + at + TREE_CELL, length - at - TREE_CELL);
        return length - TREE_CELL;
    case 5U: /* one more, or the same once again */
        if (length + TREE_CELL > TREE_VALUE_MAX) {
            return length;
        }
        memmove(value + at + TREE_CELL, value + at, length - at);
        cell = tree_below(2U) == 0U ? cell : fdt32_to_cpu(tree_any_cell(blob));
        length += TREE_CELL;
        break;
    default: cell = fdt32_to_cpu(tree_any_cell(blob)); break;
    }
    cell = cpu_to_fdt32(cell);
    memcpy(value + at, &cell, TREE_CELL);
    return length;
}

static bool tree_is_text(const uint8_t *value, uint32_t length)
{
    return length > 1U && value[length - 1U] == 0U && value[0] >= ' ' && value[0] <= '~';
}

static void tree_change_value(void *blob)
{
    const struct tree_property one = tree_any_property(blob);
    char name[TREE_WORD_MAX];
    uint8_t value[TREE_VALUE_MAX];
    uint32_t length = (uint32_t)one.length;

    if (one.name == NULL || length > TREE_VALUE_MAX) {
        return;
    }
    (void)snprintf(name, sizeof(name), "%s", one.name);
    memcpy(value, one.value, length);
    if (tree_below(4U) == 0U) {
        length = tree_any_value(blob, value);
    } else if (tree_is_text(value, length)) {
        length = 1U + (uint32_t)LLVMFuzzerMutate(value, length - 1U, TREE_VALUE_MAX - 1U);
        value[length - 1U] = 0U;
    } else if (length >= TREE_CELL) {
        length = tree_change_cells(blob, value, length);
    } else {
        length = (uint32_t)LLVMFuzzerMutate(value, length, TREE_VALUE_MAX);
    }
    (void)fdt_setprop(blob, one.node, name, value, (int)length);
}

static void tree_add_property(void *blob)
{
    uint8_t value[TREE_VALUE_MAX];
    const uint32_t length = tree_any_value(blob, value);
    const char *const name = tree.words[tree_below(tree.word_count)];

    (void)fdt_setprop(blob, tree_any_node(blob), name, value, (int)length);
}

static void tree_delete_property(void *blob)
{
    const struct tree_property one = tree_any_property(blob);

    if (one.name != NULL) {
        (void)fdt_delprop(blob, one.node, one.name);
    }
}

/* To a name that another property has: so one can be there twice. */
static void tree_rename_property(void *blob)
{
    const struct tree_property one = tree_any_property(blob), other = tree_any_property(blob);

    if (one.name != NULL && other.name != NULL) {
        struct fdt_property *const to = fdt_get_property_w(blob, one.node, one.name, NULL);

        to->nameoff = fdt_get_property(blob, other.node, other.name, NULL)->nameoff;
    }
}

static void tree_rename_node(void *blob)
{
    char name[TREE_VALUE_MAX];
    const int node = tree_any_node(blob);

    if (tree_below(2U) == 0U) {
        tree_any_text(blob, name);
    } else {
        (void)snprintf(name, sizeof(name), "%s", fdt_get_name(blob, node, NULL));
        if (name[0] != '\0') {
            name[strlen(name) - 1U] = "0123456789abcdefz"[tree_below(17U)];
        }
    }
    if (node != 0) {
        (void)fdt_set_name(blob, node, name);
    }
}

static void tree_copy_properties(void *to, int to_node, const void *from, int from_node)
{
    int at;

    fdt_for_each_property_offset(at, from, from_node) {
        const char *name;
        int length;
        const void *const value = fdt_getprop_by_offset(from, at, &name, &length);

        if (value != NULL && length >= 0) {
            (void)fdt_setprop(to, to_node, name, value, length);
        }
    }
}

/* A node and what is below it, as a child of any node: the parents stay where they are when
 * something is added below them. */
static void tree_copy_node(void *to, const void *from, int from_node)
{
    int parents[TREE_DEPTH_MAX + 1] = { tree_any_node(to) }, depth = 0;
    char name[TREE_VALUE_MAX];

    (void)snprintf(name, sizeof(name), "%s", fdt_get_name(from, from_node, NULL));
    if (tree_below(2U) == 0U) {
        tree_any_text(to, name);
    }
    for (int node = from_node; node >= 0 && depth >= 0 && (node == from_node || depth > 0);
         node = fdt_next_node(from, node, &depth)) {
        if (node != from_node) {
            (void)snprintf(name, sizeof(name), "%s", fdt_get_name(from, node, NULL));
        }
        if (depth >= TREE_DEPTH_MAX || parents[depth] < 0) {
            return;
        }
        parents[depth + 1] = fdt_add_subnode(to, parents[depth], name);
        if (parents[depth + 1] < 0) {
            return;
        }
        tree_copy_properties(to, parents[depth + 1], from, node);
    }
}

static void tree_change_reservations(void *blob)
{
    if (tree_below(2U) == 0U) {
        (void)fdt_del_mem_rsv(blob, 0);
    } else {
        (void)fdt_add_mem_rsv(blob, (uint64_t)fdt32_to_cpu(tree_any_cell(blob)),
                              (uint64_t)fdt32_to_cpu(tree_any_cell(blob)));
    }
}

static void tree_change(void *blob)
{
    switch (tree_below(16U)) {
    case 0U: tree_add_property(blob); break;
    case 1U: tree_delete_property(blob); break;
    case 2U: tree_rename_property(blob); break;
    case 3U: tree_rename_node(blob); break;
    case 4U: tree_copy_node(blob, tree.from, tree_any_node(tree.from)); break;
    case 5U: {
        const int node = tree_any_node(blob);

        if (node != 0) {
            (void)fdt_del_node(blob, node);
        }
        break;
    }
    case 6U: tree_change_reservations(blob); break;
    default: tree_change_value(blob); break;
    }
}

/* ---- inputs ---------------------------------------------------------------------------------- */

/* Of how many of these bytes there is a tree that libfdt can change; 0: there is none. */
static size_t tree_size(const uint8_t *data, size_t size)
{
    if (size < sizeof(struct fdt_header) || size > TREE_MAX) {
        return 0U;
    }
    memcpy(tree.from, data, size);
    return fdt_read_check(tree.from, size) == NULL ? fdt_totalsize(tree.from) : 0U;
}

/* The changed tree as an input; 0: it is too large for one. */
static size_t tree_finish(uint8_t *out, size_t max_size)
{
    (void)fdt_pack(tree.blob);
    const size_t whole = fdt_totalsize(tree.blob);

    if (whole > max_size) {
        return 0U;
    }
    memcpy(out, tree.blob, whole);
    return whole;
}

/* For LLVMFuzzerCustomCrossOver: the first tree, with something of the second. 0: nothing came of
 * it. */
static size_t tree_cross(const uint8_t *first, size_t first_size, const uint8_t *second,
                         size_t second_size, uint8_t *out, size_t max_size, unsigned int seed)
{
    tree_read_words();
    tree.dice = UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)seed << 16;
    if (tree_size(first, first_size) == 0U ||
        fdt_open_into(tree.from, tree.blob, sizeof(tree.blob)) != 0 ||
        tree_size(second, second_size) == 0U) {
        return 0U;
    }
    if (tree_below(2U) == 0U) {
        tree_copy_node(tree.blob, tree.from, tree_any_node(tree.from));
    } else {
        tree_copy_properties(tree.blob, tree_any_node(tree.blob), tree.from,
                             tree_any_node(tree.from));
    }
    return tree_finish(out, max_size);
}

/* For LLVMFuzzerCustomMutator. */
static size_t tree_mutate(uint8_t *data, size_t size, size_t max_size, unsigned int seed,
                          bool has_tail)
{
    const size_t first = tree_size(data, size);
    size_t tail = first < size ? size - first : 0U;

    tree_read_words();
    tree.dice = UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)seed << 16;
    if (first == 0U || tree_below(16U) == 0U) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    if (has_tail && tree_below(8U) == 0U && first < max_size) {
        const size_t room = max_size - first < TREE_TAIL_MAX ? max_size - first : TREE_TAIL_MAX;

        return first + LLVMFuzzerMutate(data + first, tail < room ? tail : room, room);
    }
    if (fdt_open_into(tree.from, tree.blob, sizeof(tree.blob)) != 0) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    for (uint32_t n = 1U + tree_below(4U); n != 0U; n--) {
        tree_change(tree.blob);
    }
    uint8_t rest[TREE_TAIL_MAX];

    tail = tail < TREE_TAIL_MAX ? tail : TREE_TAIL_MAX;
    memcpy(rest, data + first, tail);
    const size_t whole = tree_finish(data, max_size);

    if (whole == 0U) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    tail = tail < max_size - whole ? tail : max_size - whole;
    memcpy(data + whole, rest, tail);
    return whole + tail;
}

#endif

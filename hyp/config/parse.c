/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/config/parse.h"

#include <libfdt.h>
#include <string.h>

#include "hyp/config/schema.h"
#include "hyp/config/size.h"
#include "hyp/config/value.h"
#include "lib/format.h"
#include "lib/nearest.h"
#include "platform/fdt_read.h"

/* ---- single properties ----------------------------------------------------------------------- */

static const void *get(const struct parse *p, int node, const char *property,
                       enum value_kind kind, uint32_t *length)
{
    int bytes = 0;
    const void *data = fdt_read_property(p->blob, node, property, &bytes);

    if (data == NULL || !value_fits(kind, data, (uint32_t)bytes)) {
        return NULL;
    }
    *length = (uint32_t)bytes;
    return data;
}

const char *parse_text(const struct parse *p, int node, const char *property)
{
    uint32_t length;

    return get(p, node, property, VALUE_TEXT, &length);
}

const char *parse_texts(const struct parse *p, int node, const char *property, uint32_t *length)
{
    return get(p, node, property, VALUE_TEXTS, length);
}

const void *parse_cells(const struct parse *p, int node, const char *property, uint32_t *count)
{
    uint32_t length = 0;
    const void *data = get(p, node, property, VALUE_CELLS, &length);

    *count = length / (uint32_t)sizeof(uint32_t);
    return data;
}

bool parse_cell(const struct parse *p, int node, const char *property, uint32_t *out)
{
    uint32_t length = 0;
    const void *data = get(p, node, property, VALUE_CELL, &length);

    if (data != NULL) {
        *out = value_cell(data, 0);
    }
    return data != NULL;
}

bool parse_flag(const struct parse *p, int node, const char *property)
{
    return fdt_read_has(p->blob, node, property);
}

void parse_choice(const struct parse *p, int node, const char *path, const char *property,
                  const char *const *words, uint32_t count, uint32_t *out)
{
    const char *word = parse_text(p, node, property);
    char known[80] = "";
    size_t length = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (word == NULL || strcmp(words[i], word) == 0) {
            *out = word == NULL ? *out : i;
            return;
        }
        length += format_text(known + length, sizeof(known) - length, "%s\"%s\"",
                              i == 0U ? "" : " or ", words[i]);
    }
    const char *near = nearest_name(word, words, count);
    if (near != NULL) {
        diag_error(p->d, path, property, "%s cannot be \"%s\": did you mean \"%s\"?", property,
                   word, near);
    } else {
        diag_error(p->d, path, property, "%s cannot be \"%.*s\": write %s", property, PARSE_SHOWN,
                   word, known);
    }
}

bool parse_pages(const struct parse *p, int node, const char *path, const char *property,
                 uint64_t *out)
{
    uint32_t length = 0;
    const void *data = get(p, node, property, VALUE_BYTES, &length);
    uint64_t value = 0;

    if (data == NULL) {
        return false;
    }
    if (!value_bytes(data, length, &value)) {
        diag_error(p->d, path, property, "\"%s\" is no amount: write a number with K, M or G "
                   "behind it, such as \"512M\", or a hexadecimal one", (const char *)data);
        return false;
    }
    if (!is_aligned(value, PAGE_SIZE)) {
        diag_error(p->d, path, property, "%s = 0x%lx is not a multiple of 4K: write 0x%lx or "
                   "0x%lx", property, value, align_down(value, PAGE_SIZE),
                   align_up(value, PAGE_SIZE));
        return false;
    }
    *out = value;
    return true;
}

bool parse_name(const struct parse *p, int node, char name[CONFIG_NAME_MAX],
                char path[CONFIG_PATH_MAX])
{
    const char *found = fdt_get_name(p->blob, node, NULL);

    if (!schema_name_is_good(found) ||
        fdt_get_path(p->blob, node, path, (int)CONFIG_PATH_MAX) != 0) {
        return false;
    }
    (void)format_text(name, CONFIG_NAME_MAX, "%s", found);
    return true;
}

int parse_find_guest(const struct parse *p, const char *path, const char *property,
                     const char *name)
{
    const char *names[CONFIG_MAX_GUESTS];

    for (uint32_t i = 0; i < p->config->guest_count; i++) {
        names[i] = p->config->guests[i].name;
        if (strcmp(names[i], name) == 0) {
            return (int)i;
        }
    }
    const char *near = nearest_name(name, names, p->config->guest_count);
    if (near != NULL) {
        diag_error(p->d, path, property, "there is no guest \"%s\": did you mean \"%s\"?", name,
                   near);
    } else {
        diag_error(p->d, path, property, "there is no guest \"%s\": name one of /guests", name);
    }
    return -1;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void parse_root(const struct parse *p)
{
    const char *compatible = parse_text(p, 0, "compatible");
    const char *source = parse_text(p, 0, CONFIG_SOURCE_PROPERTY);

    if (compatible != NULL && strcmp(compatible, CONFIG_COMPATIBLE) != 0) {
        diag_error(p->d, "/", "compatible", "\"%s\" is not a configuration that this version "
                   "reads: it reads \"%s\"", compatible, CONFIG_COMPATIBLE);
    }
    p->config->source = source == NULL ? "" : source;
}

static void parse_guests(const struct parse *p)
{
    const int guests = fdt_subnode_offset(p->blob, 0, "guests");
    uint32_t count = 0;
    int node;

    if (guests < 0) {
        return;
    }
    fdt_for_each_subnode(node, p->blob, guests) {
        if (count < CONFIG_MAX_GUESTS) {
            parse_guest(p, node);
        }
        count++;
    }
    if (count == 0U) {
        diag_error(p->d, "/guests", NULL, "there is no guest: add at least one node");
    } else if (count > CONFIG_MAX_GUESTS) {
        diag_error(p->d, "/guests", NULL, "%u guests are too many: there can be %u", count,
                   CONFIG_MAX_GUESTS);
    }
}

static void parse_shared_memories(const struct parse *p)
{
    const int parent = fdt_subnode_offset(p->blob, 0, "shared-memory");
    uint32_t count = 0;
    int node;

    if (parent < 0) {
        return;
    }
    fdt_for_each_subnode(node, p->blob, parent) {
        if (count < CONFIG_MAX_SHARED) {
            parse_shared(p, node);
        }
        count++;
    }
    if (count > CONFIG_MAX_SHARED) {
        diag_error(p->d, "/shared-memory", NULL, "%u shared memories are too many: there can be %u",
                   count, CONFIG_MAX_SHARED);
    }
}

static void parse_console(const struct parse *p)
{
    const int console = fdt_subnode_offset(p->blob, 0, "console");
    const char *focus = console < 0 ? NULL : parse_text(p, console, "focus");

    if (focus != NULL) {
        const int guest = parse_find_guest(p, "/console", "focus", focus);
        p->config->console_focus = guest < 0 ? 0U : (uint32_t)guest;
    }
}

static void parse_board(const struct parse *p)
{
    const int board = fdt_subnode_offset(p->blob, 0, "board");

    p->config->wired_interrupts = board >= 0 && parse_flag(p, board, "wired-interrupts");
}

bool config_parse(const void *blob, size_t size, struct config *out, struct diag *d)
{
    const struct parse p = { .blob = blob, .config = out, .d = d };
    const uint32_t errors_before = d->errors;

    memset(out, 0, sizeof(*out));
    if (size > CONFIG_BLOB_MAX) {
        diag_error(d, "", NULL, "the configuration has 0x%lx bytes: there can be 0x%x", size,
                   CONFIG_BLOB_MAX);
        return false;
    }
    const char *broken = fdt_read_check(blob, size);
    if (broken != NULL) {
        diag_error(d, "", NULL, "the configuration is not a valid flattened device tree (%s): "
                   "make it with dtc or with `bulkhead pack`", broken);
        return false;
    }
    schema_check(blob, d);
    parse_root(&p);
    parse_guests(&p);
    parse_shared_memories(&p);
    parse_console(&p);
    parse_board(&p);
    if (d->errors == errors_before) {
        parse_check_viommus(&p);
    }
    return d->errors == errors_before;
}

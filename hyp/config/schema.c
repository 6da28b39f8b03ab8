/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/config/schema.h"

#include <libfdt.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "hyp/config/config.h"
#include "hyp/config/value.h"
#include "lib/format.h"
#include "lib/nearest.h"
#include "platform/fdt_read.h"

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

enum rule_use {
    RULE_OPTIONAL,
    RULE_REQUIRED,
    RULE_PACKED              /* written by `bulkhead pack`, so it is offered to nobody */
};

struct property_rule {
    const char *name;
    enum value_kind kind;
    enum rule_use use;
};

struct node_rule {
    const char *name;        /* NULL: a name of the integrator's own */
    bool required;
    const struct property_rule *properties;
    uint32_t property_count;
    const struct node_rule *children;
    uint32_t child_count;
};

/* ---- the binding: docs/configuration.md says what each means ------------------------------ */

static const struct property_rule viommu_properties[] = {
    { "boot-dma", VALUE_TEXT, RULE_OPTIONAL },
    { "process-ids", VALUE_FLAG, RULE_OPTIONAL },
};
static const struct node_rule viommu_rules[] = {
    { NULL, false, viommu_properties, COUNT(viommu_properties), NULL, 0 },
};
static const struct property_rule device_properties[] = {
    { "node", VALUE_TEXT, RULE_OPTIONAL },
    { "pci", VALUE_TEXT, RULE_OPTIONAL },
    { "virtual-function", VALUE_CELL, RULE_OPTIONAL },
    { "intx", VALUE_FLAG, RULE_OPTIONAL },
    { "isolated", VALUE_FLAG, RULE_OPTIONAL },
    { "viommu", VALUE_TEXT, RULE_OPTIONAL },
    { "boot-dma", VALUE_TEXT, RULE_OPTIONAL },
    { "dma-fault", VALUE_TEXT, RULE_OPTIONAL },
    { "peer-dma", VALUE_FLAG, RULE_OPTIONAL },
    { "unprotected-dma", VALUE_FLAG, RULE_OPTIONAL },
    { CONFIG_LINE_PROPERTY, VALUE_CELL, RULE_PACKED },
};
static const struct node_rule device_rules[] = {
    { NULL, false, device_properties, COUNT(device_properties), NULL, 0 },
};
static const struct node_rule guest_children[] = {
    { "viommus", false, NULL, 0, viommu_rules, COUNT(viommu_rules) },
    { "devices", false, NULL, 0, device_rules, COUNT(device_rules) },
};
static const struct property_rule guest_properties[] = {
    { "harts", VALUE_CELLS, RULE_REQUIRED },
    { "memory", VALUE_BYTES, RULE_REQUIRED },
    { "memory-base", VALUE_BYTES, RULE_OPTIONAL },
    { "kernel", VALUE_TEXT, RULE_REQUIRED },
    { "initrd", VALUE_TEXT, RULE_OPTIONAL },
    { "device-tree", VALUE_TEXT, RULE_OPTIONAL },
    { "bootargs", VALUE_TEXT, RULE_OPTIONAL },
};
static const struct node_rule guest_rules[] = {
    { NULL, false, guest_properties, COUNT(guest_properties), guest_children,
      COUNT(guest_children) },
};
static const struct property_rule shared_properties[] = {
    { "size", VALUE_BYTES, RULE_REQUIRED },
    { "guests", VALUE_TEXTS, RULE_REQUIRED },
    { "doorbell", VALUE_FLAG, RULE_OPTIONAL },
};
static const struct node_rule shared_rules[] = {
    { NULL, false, shared_properties, COUNT(shared_properties), NULL, 0 },
};
static const struct property_rule console_properties[] = {
    { "focus", VALUE_TEXT, RULE_OPTIONAL },
};
static const struct property_rule board_properties[] = {
    { "wired-interrupts", VALUE_FLAG, RULE_OPTIONAL },
};
static const struct node_rule root_children[] = {
    { "board", false, board_properties, COUNT(board_properties), NULL, 0 },
    { "guests", true, NULL, 0, guest_rules, COUNT(guest_rules) },
    { "shared-memory", false, NULL, 0, shared_rules, COUNT(shared_rules) },
    { "console", false, console_properties, COUNT(console_properties), NULL, 0 },
};
static const struct property_rule root_properties[] = {
    { "compatible", VALUE_TEXT, RULE_REQUIRED },
    { CONFIG_SOURCE_PROPERTY, VALUE_TEXT, RULE_PACKED },
};
static const struct node_rule root_rule = {
    "", true, root_properties, COUNT(root_properties), root_children, COUNT(root_children),
};

#define RULE_NAMES_MAX 11U   /* no rule has more properties or children */
#define TREE_DEPTH     6     /* the root, /guests/NAME/devices/NAME, and what must not be below */

_Static_assert(COUNT(guest_properties) <= RULE_NAMES_MAX &&
               COUNT(device_properties) <= RULE_NAMES_MAX, "names[] below holds them all");

/* dtc writes these by itself into a node that has a label. */
static bool is_dtc_property(const char *name)
{
    return strcmp(name, "phandle") == 0 || strcmp(name, "linux,phandle") == 0;
}

/* ---- names ----------------------------------------------------------------------------------- */

bool schema_name_is_good(const char *name)
{
    size_t length = 0;

    for (; name[length] != '\0'; length++) {
        const char c = name[length];
        const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
        if (!good || length + 1U == CONFIG_NAME_MAX) {
            return false;
        }
    }
    return length != 0U;
}

/* "; did you mean ..." when one is near, else what there is to choose from. */
static void report_unknown(struct diag *d, const char *path, const char *property,
                           const char *what, const char *name, const char *const *names,
                           uint32_t count)
{
    char known[160] = "nothing is known here";
    size_t length = 0;
    const char *near = nearest_name(name, names, count);

    if (near != NULL) {
        diag_error(d, path, property, "unknown %s \"%s\": did you mean \"%s\"?", what, name, near);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        length += format_text(known + length, sizeof(known) - length, "%s%s",
                              i == 0U ? "known here: " : ", ", names[i]);
    }
    diag_error(d, path, property, "unknown %s \"%s\"; %s", what, name, known);
}

/* ---- one node -------------------------------------------------------------------------------- */

static const struct property_rule *find_property(const struct node_rule *rule, const char *name)
{
    for (uint32_t i = 0; i < rule->property_count; i++) {
        if (strcmp(rule->properties[i].name, name) == 0) {
            return &rule->properties[i];
        }
    }
    return NULL;
}

static void check_property(const struct node_rule *node, const char *path, const char *name,
                           const void *data, uint32_t length, struct diag *d)
{
    const char *names[RULE_NAMES_MAX];
    const struct property_rule *rule = find_property(node, name);
    uint32_t count = 0;

    if (rule == NULL) {
        for (uint32_t i = 0; i < node->property_count; i++) {
            if (node->properties[i].use != RULE_PACKED) {
                names[count] = node->properties[i].name;
                count++;
            }
        }
        report_unknown(d, path, name, "property", name, names, count);
    } else if (!value_fits(rule->kind, data, length)) {
        diag_error(d, path, name, "\"%s\" must be %s", name, value_wanted(rule->kind));
    }
}

static void check_properties(const void *blob, int node, const struct node_rule *rule,
                             const char *path, struct diag *d)
{
    int at;

    fdt_for_each_property_offset(at, blob, node) {
        const char *name = NULL;
        int length = 0;
        const void *data = fdt_getprop_by_offset(blob, at, &name, &length);

        if (data == NULL || is_dtc_property(name)) {
            continue;
        }
        /* The first of two is the one that every reader finds. */
        if (fdt_read_property(blob, node, name, NULL) != data) {
            diag_error(d, path, name, "\"%s\" is given twice: remove one", name);
            continue;
        }
        check_property(rule, path, name, data, (uint32_t)length, d);
    }
    for (uint32_t i = 0; i < rule->property_count; i++) {
        const struct property_rule *wanted = &rule->properties[i];
        if (wanted->use == RULE_REQUIRED && !fdt_read_has(blob, node, wanted->name)) {
            diag_error(d, path, NULL, "\"%s\" is missing: it must be %s", wanted->name,
                       value_wanted(wanted->kind));
        }
    }
}

/* The rule for this child, or NULL after saying that there is none. */
static const struct node_rule *child_rule(const struct node_rule *parent, const char *path,
                                          const char *name, struct diag *d)
{
    const char *names[RULE_NAMES_MAX];

    for (uint32_t i = 0; i < parent->child_count; i++) {
        const struct node_rule *rule = &parent->children[i];
        if (rule->name == NULL) {
            if (schema_name_is_good(name)) {
                return rule;
            }
            diag_error(d, path, NULL, "\"%s\" is not a good name: take 1 to %u letters, digits, "
                       "'-', '_' or '.'", name, CONFIG_NAME_MAX - 1U);
            return NULL;
        }
        if (strcmp(rule->name, name) == 0) {
            return rule;
        }
        names[i] = rule->name;
    }
    report_unknown(d, path, NULL, "node", name, names, parent->child_count);
    return NULL;
}

static void check_required_children(const void *blob, int node, const struct node_rule *rule,
                                    const char *path, struct diag *d)
{
    for (uint32_t i = 0; i < rule->child_count; i++) {
        const struct node_rule *child = &rule->children[i];
        if (child->required && fdt_subnode_offset(blob, node, child->name) < 0) {
            diag_error(d, path, NULL, "the node \"%s\" is missing", child->name);
        }
    }
}

/* ---- the walk -------------------------------------------------------------------------------- */

/* One that is too long is empty: then findings say nothing of where. */
static void name_path(char path[CONFIG_PATH_MAX], const char *above, const char *name)
{
    if (strlen(above) + strlen(name) + 2U > CONFIG_PATH_MAX) {
        path[0] = '\0';
    } else {
        (void)format_text(path, CONFIG_PATH_MAX, "%s/%s", above, name);
    }
}

void schema_check(const void *blob, struct diag *d)
{
    /* Of the nodes on the way to the one that is looked at: so none is searched for from the root. */
    const struct node_rule *rules[TREE_DEPTH] = { &root_rule };
    char paths[TREE_DEPTH][CONFIG_PATH_MAX] = { "/" };
    int nodes[TREE_DEPTH] = { 0 };
    int depth = 0;

    for (int node = 0; node >= 0 && depth >= 0; node = fdt_next_node(blob, node, &depth)) {
        /* Below a node that was reported there is nothing more to say. */
        if (depth >= TREE_DEPTH || (depth > 0 && rules[depth - 1] == NULL)) {
            if (depth < TREE_DEPTH) {
                rules[depth] = NULL;
            }
            continue;
        }
        char *path = paths[depth];
        nodes[depth] = node;
        if (depth > 0) {
            const char *name = fdt_get_name(blob, node, NULL);
            name_path(path, depth == 1 ? "" : paths[depth - 1], name);
            rules[depth] = child_rule(rules[depth - 1], path, name, d);
            if (fdt_subnode_offset(blob, nodes[depth - 1], name) != node) {
                diag_error(d, path, NULL, "two nodes are named \"%s\" here: rename or remove one",
                           name);
            }
        }
        if (rules[depth] != NULL) {
            check_properties(blob, node, rules[depth], path, d);
            check_required_children(blob, node, rules[depth], path, d);
        }
    }
}

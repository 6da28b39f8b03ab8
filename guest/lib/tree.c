/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/lib/tree.h"

#include <libfdt.h>
#include <stddef.h>
#include <string.h>

#include "guest/lib/csr.h"

static const void *fdt;

void tree_open(const void *device_tree) { fdt = device_tree; }
const void *tree_blob(void) { return fdt; }

static uint32_t cell(int node, const char *name, uint32_t fallback)
{
    int length;
    const fdt32_t *value = fdt_getprop(fdt, node, name, &length);
    return value != NULL && length >= 4 ? fdt32_to_cpu(*value) : fallback;
}

/* Range index of the node's reg; all nodes that matter here live under 2 address and 2 size cells. */
static bool reg(int node, uint32_t index, struct tree_range *out)
{
    int length;
    const fdt32_t *cells = fdt_getprop(fdt, node, "reg", &length);

    if (cells == NULL || length < (int)((index + 1U) * 16U)) {
        return false;
    }
    cells += index * 4U;
    out->base = (uint64_t)fdt32_to_cpu(cells[0]) << 32 | fdt32_to_cpu(cells[1]);
    out->size = (uint64_t)fdt32_to_cpu(cells[2]) << 32 | fdt32_to_cpu(cells[3]);
    return true;
}

bool tree_memory(struct tree_range *out)
{
    int node = fdt_node_offset_by_prop_value(fdt, -1, "device_type", "memory", sizeof("memory"));
    return node >= 0 && reg(node, 0, out);
}

bool tree_uart(struct tree_uart *out)
{
    char path[128];
    struct tree_range range;
    int length, node;
    const char *stdout_path = fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), "stdout-path",
                                          &length);

    *out = (struct tree_uart){ 0 };
    if (stdout_path == NULL || length > (int)sizeof(path)) {
        return false;
    }
    memcpy(path, stdout_path, (size_t)length);
    path[length - 1] = '\0';
    if (strchr(path, ':') != NULL) {
        *strchr(path, ':') = '\0';
    }
    node = fdt_path_offset(fdt, path);
    if (node < 0 || !reg(node, 0, &range)) {
        return false;
    }
    out->base = range.base;
    out->shift = cell(node, "reg-shift", 0);
    out->width = cell(node, "reg-io-width", 1);
    out->source = cell(node, "interrupts", 0);
    return true;
}

/* The riscv,imsics node whose first parent interrupt is the supervisor's. */
static int imsic_node(void)
{
    int node = -1, length;

    while ((node = fdt_node_offset_by_compatible(fdt, node, "riscv,imsics")) >= 0) {
        const fdt32_t *parents = fdt_getprop(fdt, node, "interrupts-extended", &length);
        if (parents != NULL && length >= 8 && fdt32_to_cpu(parents[1]) == IRQ_EXTERNAL) {
            return node;
        }
    }
    return -1;
}

bool tree_imsic(struct tree_imsic *out)
{
    int node = imsic_node(), length;
    struct tree_range range;
    const fdt32_t *parents;

    *out = (struct tree_imsic){ 0 };
    if (node < 0 || !reg(node, 0, &range)) {
        return false;
    }
    out->base = range.base;
    out->stride = UINT64_C(0x1000) << cell(node, "riscv,guest-index-bits", 0);
    out->identities = cell(node, "riscv,num-ids", 0);
    parents = fdt_getprop(fdt, node, "interrupts-extended", &length);
    for (int i = 0; i < length / 8 && i < HART_MAX; i++) {
        int intc = fdt_node_offset_by_phandle(fdt, fdt32_to_cpu(parents[i * 2]));
        out->hart_ids[i] = cell(fdt_parent_offset(fdt, intc), "reg", 0);
        out->hart_count++;
    }
    return true;
}

uint64_t tree_aplic(uint32_t *sources)
{
    uint32_t parent = fdt_get_phandle(fdt, imsic_node());
    struct tree_range range;
    int node = -1;

    while ((node = fdt_node_offset_by_compatible(fdt, node, "riscv,aplic")) >= 0) {
        if (cell(node, "msi-parent", 0) == parent && reg(node, 0, &range)) {
            *sources = cell(node, "riscv,num-sources", 0);
            return range.base;
        }
    }
    return 0;
}

bool tree_share(uint32_t index, struct tree_share *out)
{
    int node = -1;

    *out = (struct tree_share){ 0 };
    while ((node = fdt_node_offset_by_compatible(fdt, node, "bulkhead,shared-memory")) >= 0) {
        if (index-- == 0U) {
            if (reg(node, 1, &out->doorbell)) {
                out->source = cell(node, "interrupts", 0);
            }
            return reg(node, 0, &out->memory);
        }
    }
    return false;
}

uint32_t tree_harts(uint64_t *ids, uint32_t max)
{
    int cpus = fdt_path_offset(fdt, "/cpus"), node;
    uint32_t count = 0;

    fdt_for_each_subnode(node, fdt, cpus) {
        const char *type = fdt_getprop(fdt, node, "device_type", NULL);
        const char *status = fdt_getprop(fdt, node, "status", NULL);
        if (type != NULL && strcmp(type, "cpu") == 0 && count < max
            && (status == NULL || strncmp(status, "ok", 2) == 0)) {
            ids[count++] = cell(node, "reg", 0);
        }
    }
    return count;
}

bool tree_hart_has(const char *extension)
{
    int cpu = fdt_node_offset_by_prop_value(fdt, -1, "device_type", "cpu", sizeof("cpu"));
    return cpu >= 0 && fdt_stringlist_search(fdt, cpu, "riscv,isa-extensions", extension) >= 0;
}

uint32_t tree_timebase(void)
{
    return cell(fdt_path_offset(fdt, "/cpus"), "timebase-frequency", 0);
}

const char *tree_bootargs(void)
{
    const char *args = fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), "bootargs", NULL);
    return args != NULL ? args : "";
}

bool tree_bootarg(const char *word)
{
    size_t length = strlen(word);
    const char *at = tree_bootargs();

    while (*at != '\0') {
        const char *end = at;
        while (*end != '\0' && *end != ' ') {
            end++;
        }
        if ((size_t)(end - at) == length && memcmp(at, word, length) == 0) {
            return true;
        }
        at = *end == ' ' ? end + 1 : end;
    }
    return false;
}

uint32_t tree_bootarg_value(const char *name, uint32_t otherwise)
{
    size_t length = strlen(name);
    const char *at = tree_bootargs();
    uint32_t value = 0;

    while (strncmp(at, name, length) != 0 || at[length] != '=') {
        at = strchr(at, ' ');
        if (at == NULL) {
            return otherwise;
        }
        at++;
    }
    for (at += length + 1U; *at >= '0' && *at <= '9'; at++) {
        value = value * 10U + (uint32_t)(*at - '0');
    }
    return value;
}

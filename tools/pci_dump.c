/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/pci_dump.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/pci/pci.h"
#include "tools/file.h"
#include "tools/pci_space.h"

#define COMMAND_WRITABLE  0x0547U
#define LINE_BYTES        16U   /* of a hexadecimal line */
#define EXT_WALK_MAX      ((PCI_CONFIG_SIZE - PCI_EXT_FIRST) / 4U)

/* What lspci printed of a function, besides its configuration space. */
struct entry {
    uint32_t line;
    uint16_t rid;
    uint32_t bytes;          /* of configuration space */
    struct { uint64_t size; uint32_t flags; } regions[PCI_BARS];
};

static struct {
    const char *file;
    uint32_t line;
    struct entry entries[PCI_SPACE_MAX]; /* as pci_space.functions */
} dump;

static bool complain(uint32_t line, const char *text, const char *detail)
{
    fprintf(stderr, "%s:%u: error: %s%s\n", dump.file, line, text, detail);
    return false;
}

/* ---- lines ----------------------------------------------------------------------------------- */

static bool add_function(const struct board *board, uint32_t domain, uint32_t bus, uint32_t device,
                         uint32_t function)
{
    const struct board_pci_host *host = NULL;

    for (uint32_t i = 0; i < board->pci_count; i++) {
        host = board->pci[i].domain == domain ? &board->pci[i] : host;
    }
    if (host == NULL) {
        return complain(dump.line, "the board has no PCI host of this domain", "");
    }
    const int32_t f = pci_space_add(host, PCI_SPACE_NONE, (device << PCI_DEVICE_SHIFT) | function);
    if (f == PCI_SPACE_NONE) {
        return complain(dump.line, "more functions than the tool keeps", "");
    }
    dump.entries[f] = (struct entry){
        .line = dump.line, .rid = pci_rid(bus, (device << PCI_DEVICE_SHIFT) | function) };
    return true;
}

/* "[size=16K]" */
static uint64_t parse_size(const char *text)
{
    static const char units[] = "KMGT";
    const char *at = strstr(text, "[size=");
    char *end;

    if (at == NULL) {
        return 0;
    }
    const uint64_t number = strtoull(at + strlen("[size="), &end, 10);
    const char *unit = *end == '\0' ? NULL : strchr(units, *end);
    const uint64_t size = unit == NULL ? number : number << (10 * (unit - units + 1));
    return (size & (size - 1U)) == 0U ? size : 0U; /* every BAR is a power of two */
}

/* "Region 0: Memory at 40000000 (64-bit, non-prefetchable) [size=16K]" */
static bool take_region(const char *text)
{
    struct entry *entry = &dump.entries[pci_space.count - 1U];
    char *end;
    const unsigned long region = strtoul(text + strlen("Region "), &end, 10);

    if (*end != ':' || region >= PCI_BARS) {
        return complain(dump.line, "not a region of lspci: ", text);
    }
    if (strstr(text, "I/O ports at") != NULL) {
        entry->regions[region].flags = PCI_BAR_IO;
        return true;
    }
    entry->regions[region].size = parse_size(text);
    entry->regions[region].flags =
        (strstr(text, "(64-bit") != NULL ? PCI_BAR_TYPE_64 : 0U) |
        (strstr(text, ", prefetchable)") != NULL ? PCI_BAR_PREFETCHABLE : 0U);
    return entry->regions[region].size != 0U ||
           complain(dump.line, "a region without a size that is a power of two: ", text);
}

/* "10: 00 00 00 40 ..." */
static bool take_bytes(const char *text)
{
    struct entry *entry = &dump.entries[pci_space.count - 1U];
    char *at;
    const unsigned long offset = strtoul(text, &at, 16);

    at++;                    /* the ':' */
    for (uint32_t i = 0; i < LINE_BYTES; i++) {
        char *end;
        const unsigned long byte = strtoul(at, &end, 16);
        if (end == at || byte > UINT8_MAX || offset != entry->bytes - i ||
            offset + i >= PCI_CONFIG_SIZE) {
            return complain(dump.line, "not the next 16 bytes of configuration space: ", text);
        }
        pci_space_set(pci_space.count - 1U, entry->bytes, 1U, (uint32_t)byte);
        entry->bytes++;
        at = end;
    }
    return true;
}

static bool is_bytes(const char *text)
{
    const size_t digits = strspn(text, "0123456789abcdef");

    return (digits == 2U || digits == 3U) && text[digits] == ':' && text[digits + 1U] == ' ';
}

static bool take_line(const struct board *board, const char *text)
{
    unsigned domain, bus, device, function;

    if (sscanf(text, "%4x:%2x:%2x.%1x ", &domain, &bus, &device, &function) == 4) {
        return add_function(board, domain, bus, device & PCI_DEVICE_MASK,
                            function & PCI_FUNCTION_MASK);
    }
    const bool is_region = strncmp(text, "\tRegion ", strlen("\tRegion ")) == 0;
    if (!is_region && !is_bytes(text)) {
        return true;         /* for people */
    }
    if (pci_space.count == 0U) {
        return complain(dump.line, "this belongs to no function: use lspci -D -vv -xxxx", "");
    }
    return is_region ? take_region(text + 1) : take_bytes(text);
}

/* ---- what can be written --------------------------------------------------------------------- */

static void let_bar_write(uint32_t f, uint32_t offset, uint64_t size, uint32_t flags)
{
    const uint64_t mask = ~(size - 1U);

    pci_space_set(f, offset, 4U, flags);
    pci_space_let_write(f, offset, 4U, (uint32_t)mask & ~PCI_BAR_MEMORY_FLAGS);
    if ((flags & PCI_BAR_TYPE) == PCI_BAR_TYPE_64) {
        pci_space_let_write(f, offset + 4U, 4U, (uint32_t)(mask >> 32));
    }
}

static uint32_t find_sriov(uint32_t f)
{
    uint32_t at = dump.entries[f].bytes < PCI_CONFIG_SIZE ? 0U : PCI_EXT_FIRST;

    for (uint32_t n = 0; n < EXT_WALK_MAX && at >= PCI_EXT_FIRST; n++) {
        const uint32_t header = pci_space_get(f, at, 4U);
        if ((header & PCI_EXT_ID) == PCI_EXT_SRIOV && at <= PCI_CONFIG_SIZE - PCI_SRIOV_SIZE) {
            return at;
        }
        at = (header >> PCI_EXT_NEXT_SHIFT) & ~3U;
    }
    return 0U;
}

static void let_sriov_write(uint32_t f)
{
    const uint32_t at = find_sriov(f);

    if (at == 0U) {
        return;
    }
    pci_space.functions[f].sriov = at;
    pci_space_let_write(f, at + PCI_SRIOV_CONTROL, 2U, PCI_SRIOV_VF_ENABLE | PCI_SRIOV_VF_MSE);
    pci_space_let_write(f, at + PCI_SRIOV_NUM_VFS, 2U, UINT16_MAX);
    for (uint32_t i = 0; i < PCI_BARS; i++) {
        const uint32_t bar = at + PCI_SRIOV_VF_BAR0 + 4U * i;
        const uint32_t value = pci_space_get(f, bar, 4U);
        const bool is_wide = (value & PCI_BAR_TYPE) == PCI_BAR_TYPE_64;
        /* One with no flag and no address is taken to be none: lspci shows no more of it. */
        if (value != 0U) {
            let_bar_write(f, bar, PAGE_SIZE, value & PCI_BAR_MEMORY_FLAGS);
            i += is_wide ? 1U : 0U;
        }
    }
}

static void let_write(uint32_t f)
{
    const uint32_t layout = pci_space_get(f, PCI_HEADER_TYPE, 1U) & PCI_HEADER_LAYOUT;
    const uint32_t bars = layout == 1U ? PCI_BRIDGE_BARS : PCI_BARS;

    pci_space_let_write(f, PCI_COMMAND, 2U, COMMAND_WRITABLE);
    for (uint32_t i = 0; i < bars; i++) {
        const uint32_t flags = dump.entries[f].regions[i].flags;
        if (dump.entries[f].regions[i].size != 0U) {
            let_bar_write(f, PCI_BAR0 + 4U * i, dump.entries[f].regions[i].size, flags);
            i += (flags & PCI_BAR_TYPE) == PCI_BAR_TYPE_64 ? 1U : 0U;
        } else {
            pci_space_set(f, PCI_BAR0 + 4U * i, 4U, flags);
        }
    }
    if (layout == 1U) {
        pci_space_let_write(f, PCI_PRIMARY_BUS, 4U, 0x00ffffffU);
        pci_space_let_write(f, PCI_PREFETCH_BASE, 4U, 0xfff0fff0U);
    }
    let_sriov_write(f);
}

/* ---- places ---------------------------------------------------------------------------------- */

/* Whether function f is the virtual function of p that it was at the time. */
static bool is_vf_of(uint32_t f, uint32_t p)
{
    const uint32_t at = pci_space.functions[p].sriov;

    if (at == 0U || pci_space.functions[p].host != pci_space.functions[f].host ||
        (pci_space_get(p, at + PCI_SRIOV_CONTROL, 2U) & PCI_SRIOV_VF_ENABLE) == 0U) {
        return false;
    }
    const uint32_t first = dump.entries[p].rid +
                           pci_space_get(p, at + PCI_SRIOV_FIRST_VF_OFFSET, 2U);
    const uint32_t stride = pci_space_get(p, at + PCI_SRIOV_VF_STRIDE, 2U);
    const uint32_t count = pci_space_get(p, at + PCI_SRIOV_NUM_VFS, 2U);
    for (uint32_t vf = 0; vf < count; vf++) {
        if (dump.entries[f].rid == first + vf * stride) {
            pci_space.functions[f].vf = vf;
            return true;
        }
    }
    return false;
}

/* The sizes of its BARs are those of all of its physical function. */
static void become_vf(uint32_t f, uint32_t p)
{
    const uint32_t at = pci_space.functions[p].sriov;

    pci_space.functions[f].physical = (int32_t)p;
    pci_space.functions[f].bridge = pci_space.functions[p].bridge;
    for (uint32_t i = 0; i < PCI_BARS; i++) {
        if (dump.entries[f].regions[i].size != 0U) {
            let_bar_write(p, at + PCI_SRIOV_VF_BAR0 + 4U * i, dump.entries[f].regions[i].size,
                          dump.entries[f].regions[i].flags);
        }
    }
}

/* Behind the bridge that had its bus number. */
static bool find_place(uint32_t f)
{
    struct pci_space_function *function = &pci_space.functions[f];
    const uint32_t bus = pci_rid_bus(dump.entries[f].rid);

    for (uint32_t p = 0; p < f; p++) {
        if (is_vf_of(f, p)) {
            become_vf(f, p);
            return true;
        }
    }
    if (bus == function->host->bus_first) {
        return true;
    }
    for (uint32_t p = 0; p < f; p++) {
        if (pci_space.functions[p].host == function->host &&
            (pci_space_get(p, PCI_HEADER_TYPE, 1U) & PCI_HEADER_LAYOUT) == 1U &&
            pci_space_get(p, PCI_SECONDARY_BUS, 1U) == bus) {
            function->bridge = (int32_t)p;
            return true;
        }
    }
    return complain(dump.entries[f].line, "no bridge before it leads to the bus of this function, "
                    "and no physical function has it for a virtual one", "");
}

/* ---- the file
 * ------------------------------------------------------------------------------------ */

static bool take_lines(const struct board *board, char *text)
{
    for (char *line = text; line != NULL; dump.line++) {
        char *next = strchr(line, '\n');
        if (next != NULL) {
            *next = '\0';
            next++;
        }
        if (!take_line(board, line)) {
            return false;
        }
        line = next;
    }
    return true;
}

static bool arrange(void)
{
    for (uint32_t f = 0; f < pci_space.count; f++) {
        if (dump.entries[f].bytes < PCI_COMPATIBLE_SIZE) {
            return complain(dump.entries[f].line, "the configuration space of this function is "
                            "missing or cut off: use lspci -D -vv -xxxx as root", "");
        }
        let_write(f);
    }
    for (uint32_t f = 0; f < pci_space.count; f++) {
        if (!find_place(f)) {
            return false;
        }
    }
    return pci_space.count != 0U ||
           complain(dump.line, "no function is described here: use lspci -D -vv -xxxx", "");
}

bool pci_dump_load(const char *file, const struct board *board)
{
    size_t size;
    char *text = file_read(file, &size);

    if (text == NULL) {
        fprintf(stderr, "bulkhead: cannot read %s: %s\n", file, file_read_error());
        return false;
    }
    dump.file = file;
    dump.line = 1;
    pci_space_reset();
    const bool good = take_lines(board, text) && arrange();
    free(text);
    return good;
}

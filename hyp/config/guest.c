/* SPDX-License-Identifier: Apache-2.0 */
/* One node of /guests. */
#include <libfdt.h>
#include <string.h>

#include "hyp/config/parse.h"
#include "hyp/config/value.h"
#include "hyp/plan/guest_map.h"
#include "platform/bundle.h"

/* Every guest that was read before has its harts in config, so both parties can be named. */
static bool hart_is_free(const struct parse *p, const struct config_guest *guest, uint64_t hart)
{
    for (uint32_t g = 0; g < p->config->guest_count; g++) {
        const struct config_guest *other = &p->config->guests[g];
        for (uint32_t i = 0; i < other->hart_count; i++) {
            if (other->harts[i] == hart) {
                diag_error(p->d, guest->path, "harts", "hart %lu is given to both \"%s\" (%s) and "
                           "\"%s\" (%s): a hart belongs to one guest; remove it from one", hart,
                           other->name, other->path, guest->name, guest->path);
                return false;
            }
        }
    }
    for (uint32_t i = 0; i < guest->hart_count; i++) {
        if (guest->harts[i] == hart) {
            diag_error(p->d, guest->path, "harts", "hart %lu is given twice to \"%s\": remove one",
                       hart, guest->name);
            return false;
        }
    }
    return true;
}

static void read_harts(const struct parse *p, int node, struct config_guest *guest)
{
    uint32_t count = 0;
    const void *cells = parse_cells(p, node, "harts", &count);

    if (cells != NULL && count > CONFIG_MAX_VCPUS) {
        diag_error(p->d, guest->path, "harts", "%u harts are too many for \"%s\": a guest can have "
                   "%u", count, guest->name, CONFIG_MAX_VCPUS);
        return;
    }
    for (uint32_t i = 0; cells != NULL && i < count; i++) {
        const uint64_t hart = value_cell(cells, i);
        if (hart_is_free(p, guest, hart)) {
            guest->harts[guest->hart_count] = hart;
            guest->hart_count++;
        }
    }
}

static void read_memory(const struct parse *p, int node, struct config_guest *guest)
{
    guest->memory_base = gpa(GUEST_RAM_BASE);
    if (parse_pages(p, node, guest->path, "memory", &guest->memory_size) &&
        guest->memory_size == 0U) {
        diag_error(p->d, guest->path, "memory", "\"%s\" has no memory: give it at least 4K",
                   guest->name);
    }
    (void)parse_pages(p, node, guest->path, "memory-base", &guest->memory_base.v);
    if (!span_contains(0, GUEST_ADDRESS_LIMIT, guest->memory_base.v, guest->memory_size)) {
        diag_error(p->d, guest->path, "memory", "the memory of \"%s\", 0x%lx bytes from 0x%lx, "
                   "passes 0x%lx, the end of what a guest can address: lower memory or memory-base",
                   guest->name, guest->memory_size, guest->memory_base.v, GUEST_ADDRESS_LIMIT);
    }
}

/* Images are names in the bundle: what would lead out of the folder of images is no name. */
static bool image_name_is_good(const char *name)
{
    const size_t length = strlen(name);

    if (!bundle_name_is_good(name) || name[0] == '/' || name[length - 1U] == '/' ||
        strcmp(name, CONFIG_FILE_NAME) == 0) {
        return false;
    }
    for (const char *part = name; part != NULL; part = strchr(part, '/')) {
        part += *part == '/' ? 1 : 0;
        if (*part == '/' || strncmp(part, "./", 2) == 0 || strncmp(part, "../", 3) == 0 ||
            strcmp(part, ".") == 0 || strcmp(part, "..") == 0) {
            return false;
        }
    }
    return true;
}

static const char *read_image(const struct parse *p, int node, const struct config_guest *guest,
                              const char *property)
{
    const char *name = parse_text(p, node, property);

    if (name != NULL && !image_name_is_good(name)) {
        diag_error(p->d, guest->path, property, "\"%.*s%s\" is not a name for an image: write "
                   "one relative to the folder of images, without \"..\", of printable characters "
                   "and fewer than %u, other than %s and %s", PARSE_SHOWN, name,
                   strlen(name) > PARSE_SHOWN ? ".." : "", BUNDLE_NAME_MAX, CONFIG_FILE_NAME,
                   BUNDLE_TRAILER);
        return NULL;
    }
    return name;
}

static void read_devices(const struct parse *p, int guest_node, struct config_guest *guest)
{
    const int devices = fdt_subnode_offset(p->blob, guest_node, "devices");
    uint32_t count = 0;
    int node;

    if (devices < 0) {
        return;
    }
    fdt_for_each_subnode(node, p->blob, devices) {
        if (p->config->device_count + guest->device_count < CONFIG_MAX_DEVICES) {
            parse_device(p, node, guest);
        }
        count++;
    }
    if (p->config->device_count + count > CONFIG_MAX_DEVICES) {
        diag_error(p->d, guest->path, NULL, "with the %u devices of \"%s\" there are more than %u: that many "
                   "all guests together can have", count, guest->name, CONFIG_MAX_DEVICES);
    }
    p->config->device_count += guest->device_count;
}

void parse_guest(const struct parse *p, int node)
{
    struct config_guest *guest = &p->config->guests[p->config->guest_count];

    guest->devices = &p->config->devices[p->config->device_count];
    guest->viommus = &p->config->viommus[p->config->viommu_count];
    if (!parse_name(p, node, guest->name, guest->path)) {
        return;
    }
    if (strcmp(guest->name, CONFIG_LOG_NAME) == 0) {
        diag_error(p->d, guest->path, NULL, "no guest can be called \"%s\": the hypervisor's own "
                   "lines on the console have that name", CONFIG_LOG_NAME);
    }
    read_harts(p, node, guest);
    read_memory(p, node, guest);
    guest->kernel = read_image(p, node, guest, "kernel");
    guest->initrd = read_image(p, node, guest, "initrd");
    guest->device_tree = read_image(p, node, guest, "device-tree");
    guest->bootargs = parse_text(p, node, "bootargs");
    if (guest->bootargs == NULL) {
        guest->bootargs = "";
    }
    parse_viommus(p, node, guest);
    read_devices(p, node, guest);
    p->config->guest_count++;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* One node of a guest's devices. */
#include <libfdt.h>
#include <string.h>

#include "hyp/config/parse.h"
#include "hyp/config/size.h"

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

/* A requester id: bus, device and function (PCI Express Base 2.2.4.2). */
#define RID_BUS_SHIFT    8U
#define RID_DEVICE_SHIFT 3U
#define PCI_DEVICES      32U
#define PCI_FUNCTIONS    8U

static const char domain_shape[] = "hhhh:";
static const char function_shape[] = "hh:hh.h";

/* ---- PCI addresses --------------------------------------------------------------------------- */

/* Read the fields of a shape, in which h stands for a hexadecimal digit; false when text is not of
 * it. The text may go on behind. */
static bool read_fields(const char *text, const char *shape, uint32_t *fields)
{
    for (; *shape != '\0'; shape++, text++) {
        const uint32_t digit = size_digit(*text);

        if (*shape != 'h' && *shape == *text) {
            fields++;
        } else if (*shape == 'h' && digit < 16U) {
            *fields = *fields * 16U + digit;
        } else {
            return false;
        }
    }
    return true;
}

/* As lspci prints it, with the domain or without: it is 0 then. */
static void read_address(const struct parse *p, const char *text, struct config_device *device)
{
    const bool has_domain = strchr(text, ':') != strrchr(text, ':');
    const char *function = has_domain ? text + strlen(domain_shape) : text;
    uint32_t domain[2] = { 0, 0 }, at[3] = { 0, 0, 0 };

    if ((has_domain && !read_fields(text, domain_shape, domain)) ||
        !read_fields(function, function_shape, at) || function[strlen(function_shape)] != '\0') {
        diag_error(p->d, device->path, "pci", "\"%.*s\" is no address of a PCI function: write "
                   "one as lspci does, such as \"0000:00:01.0\" or \"00:01.0\", all hexadecimal",
                   PARSE_SHOWN, text);
        return;
    }
    if (at[1] >= PCI_DEVICES || at[2] >= PCI_FUNCTIONS) {
        diag_error(p->d, device->path, "pci", "there is no PCI function \"%s\": devices on a bus "
                   "are 00 to %x and their functions 0 to %x, hexadecimal", text, PCI_DEVICES - 1U,
                   PCI_FUNCTIONS - 1U);
        return;
    }
    device->pci_domain = domain[0];
    device->pci_rid = (uint16_t)((at[0] << RID_BUS_SHIFT) | (at[1] << RID_DEVICE_SHIFT) | at[2]);
}

/* ---- the device ------------------------------------------------------------------------------ */

/* What only a PCI function can have. */
static void refuse_for_node(const struct parse *p, int node, const struct config_device *device)
{
    static const char *const properties[] = { "virtual-function", "intx", "isolated" };

    for (uint32_t i = 0; i < COUNT(properties); i++) {
        if (parse_flag(p, node, properties[i])) {
            diag_error(p->d, device->path, properties[i], "%s is for a PCI function, and \"%s\" is "
                       "a node of the board's device tree: remove it", properties[i], device->name);
        }
    }
}

static void read_identity(const struct parse *p, int node, struct config_device *device)
{
    const bool has_node = parse_flag(p, node, "node"), has_pci = parse_flag(p, node, "pci");
    const char *address = parse_text(p, node, "pci");

    device->node = parse_text(p, node, "node");
    if (has_node && has_pci) {
        diag_error(p->d, device->path, "pci", "\"%s\" has both node and pci: a device is named by "
                   "one of them, remove the other", device->name);
    } else if (has_node) {
        refuse_for_node(p, node, device);
    } else if (!has_pci) {
        diag_error(p->d, device->path, NULL, "\"%s\" names no device: write node with a path in "
                   "the board's device tree, or pci with the address of a PCI function",
                   device->name);
    }
    if (device->node != NULL && device->node[0] != '/') {
        diag_error(p->d, device->path, "node", "\"%s\" is not a path in the board's device tree: "
                   "write one such as \"/soc/rtc@101000\"", device->node);
    }
    if (address != NULL) {
        read_address(p, address, device);
    }
    device->is_virtual = parse_cell(p, node, "virtual-function", &device->pci_vf);
}

static const char *const boot_dma_words[] = { "guest-memory", "blocked" };
static const char *const dma_fault_words[] = {
    [CONFIG_DMA_FAULT_LOG] = "log", [CONFIG_DMA_FAULT_BLOCK] = "block",
    [CONFIG_DMA_FAULT_STOP] = "stop",
};

const char *config_boot_dma(bool blocked)
{
    return boot_dma_words[blocked ? 1 : 0];
}

bool parse_boot_dma(const struct parse *p, int node, const char *path)
{
    uint32_t blocked = 0;

    parse_choice(p, node, path, "boot-dma", boot_dma_words, COUNT(boot_dma_words), &blocked);
    return blocked != 0U;
}

const char *config_dma_fault(const struct config_device *device)
{
    return dma_fault_words[device->dma_fault];
}

/* The vIOMMU that it is behind. */
static void read_viommu(const struct parse *p, int node, const struct config_guest *guest,
                        struct config_device *device)
{
    const char *name = parse_text(p, node, "viommu");

    device->viommu = CONFIG_NO_VIOMMU;
    if (name == NULL) {
        return;
    }
    device->viommu = parse_find_viommu(p, guest, device->path, name);
    if (device->viommu != CONFIG_NO_VIOMMU && parse_flag(p, node, "boot-dma")) {
        diag_error(p->d, device->path, "boot-dma", "\"%s\" has both viommu and boot-dma: what it "
                   "may do before the guest's driver says so is for its vIOMMU to tell; remove "
                   "boot-dma, or write it in %s", device->name,
                   guest->viommus[device->viommu].path);
    }
}

/* What an IOMMU is to do for the device. */
static void read_dma(const struct parse *p, int node, struct config_device *device)
{
    static const char *const properties[] = { "viommu", "boot-dma", "dma-fault" };
    uint32_t fault = CONFIG_DMA_FAULT_LOG;

    device->dma_blocked = parse_boot_dma(p, node, device->path);
    parse_choice(p, node, device->path, "dma-fault", dma_fault_words,
                 COUNT(dma_fault_words), &fault);
    device->dma_fault = (enum config_dma_fault)fault;
    device->peer_dma = parse_flag(p, node, "peer-dma");
    device->unprotected_dma = parse_flag(p, node, "unprotected-dma");
    for (uint32_t i = 0; device->unprotected_dma && i < COUNT(properties); i++) {
        if (parse_flag(p, node, properties[i])) {
            diag_error(p->d, device->path, properties[i], "\"%s\" has both unprotected-dma and %s: "
                       "without an IOMMU nothing can translate or block its DMA, or see it fail; "
                       "remove one", device->name, properties[i]);
        }
    }
}

void parse_device(const struct parse *p, int node, struct config_guest *guest)
{
    struct config_device *device = &guest->devices[guest->device_count];

    if (!parse_name(p, node, device->name, device->path)) {
        return;
    }
    read_identity(p, node, device);
    device->intx = parse_flag(p, node, "intx");
    device->isolated = parse_flag(p, node, "isolated");
    read_viommu(p, node, guest, device);
    read_dma(p, node, device);
    (void)parse_cell(p, node, CONFIG_LINE_PROPERTY, &device->line);
    guest->device_count++;
}

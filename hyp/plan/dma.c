/* SPDX-License-Identifier: Apache-2.0 */
/* Which device ids a device's requests carry, and that an IOMMU can confine each device by them. */
#include "hyp/plan/parts.h"
#include "iommu/iommu.h"
#include "platform/fdt_read.h"
#include "platform/pci/pci.h"

/* RISC-V IOMMU 1.0.1, 2.1: device ids of the directory with the most levels. */
#define DEVICE_ID_BITS 24U

/* The ids of a function are those of the requester id that its requests carry: where a bridge puts its own
 * in its place, that one. */
static void find_function_ids(const struct planning *p, uint32_t n)
{
    struct plan_device *device = given_device(p, n);
    const struct pci_function *f = &p->pci->functions[device->pci.function];
    const uint16_t rid = f->alias != f->rid ? f->alias : device->pci.rid;

    if (board_pci_id(p->board, f->host, rid, &device->dma.iommu, &device->dma.ids[0])) {
        device->dma.id_count = 1;
    }
}

static void find_node_ids(struct plan_device *device)
{
    device->dma.iommu = device->node.iommu;
    device->dma.id_count = device->node.id_count;
    for (uint32_t k = 0; k < device->node.id_count; k++) {
        device->dma.ids[k] = device->node.ids[k];
    }
}

/* ---- one device ------------------------------------------------------------------------------ */

static bool is_confined(const struct planning *p, uint32_t n)
{
    const struct config_device *config = given_config(p, n);
    const struct plan_device *device = given_device(p, n);
    const struct plan_dma *dma = &device->dma;
    char path[FDT_READ_PATH_MAX];

    if (dma->iommu == PLAN_NO_IOMMU && config->viommu != CONFIG_NO_VIOMMU) {
        diag_error(p->d, config->path, "viommu", "\"%s\" is behind no IOMMU of the board, so no "
                   "vIOMMU can translate its DMA: remove viommu", plan_label(p, n).text);
        return false;
    }
    if (dma->iommu == PLAN_NO_IOMMU) {
        if ((device->is_pci || device->node.can_dma) && !config->unprotected_dma) {
            diag_error(p->d, config->path, plan_property(p, n), "\"%s\" may do DMA, and it is behind "
                       "no IOMMU: it could reach all of the board's memory; if you trust it and the "
                       "guest, write unprotected-dma", plan_label(p, n).text);
            return false;
        }
        return true;
    }
    (void)fdt_read_path(&p->board->tree, p->board->iommu[dma->iommu].node, path);
    if (config->unprotected_dma) {
        diag_error(p->d, config->path, "unprotected-dma", "\"%s\" is behind the IOMMU %s, which "
                   "confines its DMA to \"%s\": remove unprotected-dma", plan_label(p, n).text, path,
                   given_guest(p, n)->config->name);
        return false;
    }
    if (!p->board->iommu[dma->iommu].coherent && p->board->cache_block == 0U) {
        diag_error(p->d, config->path, plan_property(p, n), "\"%s\" is behind the IOMMU %s, which does "
                   "not see the harts' caches (dma-noncoherent), and their block size is not known: have "
                   "the board's device tree give every hart one riscv,cbom-block-size", plan_label(p, n).text,
                   path);
        return false;
    }
    for (uint32_t k = 0; k < dma->id_count; k++) {
        if (dma->ids[k] >> DEVICE_ID_BITS != 0U) {
            diag_error(p->d, config->path, plan_property(p, n), "the device id 0x%x of \"%s\" at the "
                       "IOMMU %s has more than the %u bits that an IOMMU tells apart: this device "
                       "cannot be given to a guest", dma->ids[k], plan_label(p, n).text, path,
                       DEVICE_ID_BITS);
            return false;
        }
    }
    return true;
}

/* ---- two devices ----------------------------------------------------------------------------- */

static bool shares_id(const struct plan_dma *a, const struct plan_dma *b, uint32_t *id)
{
    for (uint32_t i = 0; i < a->id_count; i++) {
        for (uint32_t k = 0; a->iommu == b->iommu && k < b->id_count; k++) {
            if (a->ids[i] == b->ids[k]) {
                *id = a->ids[i];
                return true;
            }
        }
    }
    return false;
}

static bool is_told_apart(const struct planning *p, uint32_t n, uint32_t m)
{
    const struct config_device *a = given_config(p, n), *b = given_config(p, m);
    const struct plan_dma *dma = &given_device(p, n)->dma;
    const struct plan_label mine = plan_label(p, n), other = plan_label(p, m);
    char path[FDT_READ_PATH_MAX];
    uint32_t id = 0;

    if (!shares_id(dma, &given_device(p, m)->dma, &id)) {
        return true;
    }
    (void)fdt_read_path(&p->board->tree, p->board->iommu[dma->iommu].node, path);
    if (p->given[n].guest != p->given[m].guest) {
        diag_error(p->d, a->path, plan_property(p, n), "\"%s\" of \"%s\" and \"%s\" of \"%s\" (%s) have "
                   "one device id, 0x%x, at the IOMMU %s, which cannot tell them apart: give both to "
                   "one guest", mine.text, given_guest(p, n)->config->name, other.text,
                   given_guest(p, m)->config->name, b->path, id, path);
        return false;
    }
    if (a->viommu != b->viommu) {
        diag_error(p->d, a->path, "viommu", "\"%s\" and \"%s\" (%s) have one device id, 0x%x, at "
                   "the IOMMU %s, so one vIOMMU has both or none has: write the same viommu in "
                   "both, or in neither", mine.text, other.text, b->path, id, path);
        return false;
    }
    const char *property = a->dma_blocked != b->dma_blocked ? "boot-dma"
                         : a->dma_fault != b->dma_fault     ? "dma-fault" : NULL;
    if (property != NULL) {
        diag_error(p->d, a->path, property, "\"%s\" and \"%s\" (%s) have one device id, 0x%x, at the "
                   "IOMMU %s, which cannot block one of them alone: give both the same %s",
                   mine.text, other.text, b->path, id, path, property);
    }
    return property == NULL;
}

/* ---- one IOMMU ------------------------------------------------------------------------------- */

/* Ids before those of device n; one that two devices have counts twice. */
static uint32_t count_ids(const struct planning *p, uint32_t iommu, uint32_t n)
{
    uint32_t count = 0;

    for (uint32_t m = 0; m < n; m++) {
        const struct plan_dma *dma = &given_device(p, m)->dma;
        count += p->given[m].good && dma->iommu == iommu ? dma->id_count : 0U;
    }
    return count;
}

static bool has_room(const struct planning *p, uint32_t n)
{
    const struct plan_dma *dma = &given_device(p, n)->dma;
    char path[FDT_READ_PATH_MAX];

    if (dma->iommu == PLAN_NO_IOMMU ||
        count_ids(p, dma->iommu, n) + dma->id_count <= IOMMU_MAX_CLAIMS) {
        return true;
    }
    diag_error(p->d, given_config(p, n)->path, plan_property(p, n), "\"%s\" brings more than %u device "
               "ids to the IOMMU %s: give fewer devices", plan_label(p, n).text, IOMMU_MAX_CLAIMS,
               fdt_read_path(&p->board->tree, p->board->iommu[dma->iommu].node, path));
    return false;
}

void plan_dma_ids(const struct planning *p)
{
    for (uint32_t n = 0; n < p->given_count; n++) {
        given_device(p, n)->dma.iommu = PLAN_NO_IOMMU;
        if (p->given[n].good && given_device(p, n)->is_pci) {
            find_function_ids(p, n);
        } else if (p->given[n].good) {
            find_node_ids(given_device(p, n));
        } else {
            /* it is not there */
        }
    }
    for (uint32_t n = 0; n < p->given_count; n++) {
        bool good = p->given[n].good && is_confined(p, n) && has_room(p, n);
        for (uint32_t m = 0; m < n; m++) {
            if (good && p->given[m].good) {
                good = is_told_apart(p, n, m);
            }
        }
        p->given[n].good = good;
    }
}

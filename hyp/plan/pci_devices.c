/* SPDX-License-Identifier: Apache-2.0 */
/* PCI functions, named by their addresses: on the board, fit to be given, given once. */
#include "hyp/plan/parts.h"
#include "lib/format.h"
#include "platform/pci/pci.h"
#include "platform/pci/regs.h"

#define NEAR_FUNCTIONS 4U    /* that a finding lists */
#define NEAR_TEXT      (NEAR_FUNCTIONS * (PCI_NAME_MAX + 2U))
#define HOSTS_TEXT     160U

/* PCI Code and ID Assignment: base class of bridges; base class and sub-class of IOMMUs. */
#define CLASS_BASE(code)     ((code) >> 16)
#define CLASS_BASE_BRIDGE    0x06U
#define CLASS_SUB(code)      ((code) >> 8)
#define CLASS_SUB_IOMMU      0x0806U

/* Where the guest sees its functions: one for each device of its bus, from 1 on, and then the next function
 * of each. */
#define VIRTUAL_DEVICES      31U

static bool is_host_of(const struct board_pci_host *host, const struct config_device *device)
{
    const uint32_t bus = pci_rid_bus(device->pci_rid);

    return host->domain == device->pci_domain && bus >= host->bus_first && bus <= host->bus_last;
}

static bool find_host(const struct planning *p, const struct config_device *device, uint32_t *host)
{
    for (uint32_t h = 0; h < p->board->pci_count; h++) {
        if (is_host_of(&p->board->pci[h], device)) {
            *host = h;
            return true;
        }
    }
    return false;
}

static void report_no_host(const struct planning *p, uint32_t n)
{
    char hosts[HOSTS_TEXT] = "";
    size_t length = 0;

    for (uint32_t h = 0; h < p->board->pci_count; h++) {
        const struct board_pci_host *host = &p->board->pci[h];
        length += format_text(hosts + length, sizeof(hosts) - length, "%s%04x:%02x to %04x:%02x",
                              h == 0U ? "" : ", ", host->domain, host->bus_first, host->domain,
                              host->bus_last);
    }
    diag_error(p->d, given_config(p, n)->path, "pci", "no PCI host of the board has the bus of "
               "\"%s\": the buses that there are: %s", plan_label(p, n).text,
               length == 0U ? "none" : hosts);
}

/* ---- what can be given ----------------------------------------------------------------------- */

static bool is_bridge(const struct pci_function *f)
{
    return f->is_bridge || CLASS_BASE(f->class_code) == CLASS_BASE_BRIDGE;
}

static bool is_iommu(const struct pci_function *f)
{
    return CLASS_SUB(f->class_code) == CLASS_SUB_IOMMU;
}

/* The bus number is the firmware's: where Bulkhead gives another, some other function is there. */
int plan_find_iommu(const struct planning *p, const struct board_iommu *iommu)
{
    const int found = iommu->is_pci && p->pci != NULL
                          ? pci_find(p->pci, iommu->pci_host, iommu->pci_rid)
                          : -1;

    return found >= 0 && is_iommu(&p->pci->functions[found]) ? found : -1;
}

static uint32_t distance(uint16_t a, uint16_t b)
{
    return a > b ? (uint32_t)a - b : (uint32_t)b - a;
}

/* The functions nearest to one that is not there, the nearest first. */
static size_t list_near(const struct planning *p, uint32_t host, uint16_t rid,
                        char text[NEAR_TEXT])
{
    const struct pci *pci = p->pci;
    bool listed[PCI_MAX_FUNCTIONS] = { false };
    size_t length = 0;

    for (uint32_t count = 0; count < NEAR_FUNCTIONS; count++) {
        uint32_t best = pci->count;
        for (uint32_t i = 0; i < pci->count; i++) {
            const struct pci_function *f = &pci->functions[i];
            if (f->host == host && !listed[i] && !is_bridge(f) && !is_iommu(f) &&
                (best == pci->count ||
                 distance(f->rid, rid) < distance(pci->functions[best].rid, rid))) {
                best = i;
            }
        }
        if (best == pci->count) {
            break;
        }
        char name[PCI_NAME_MAX];
        listed[best] = true;
        length += format_text(text + length, NEAR_TEXT - length, "%s%s", count == 0U ? "" : ", ",
                              pci_name(p->board->pci[host].domain, pci->functions[best].rid, name));
    }
    return length;
}

static bool report_absent(const struct planning *p, uint32_t n, uint32_t host)
{
    const struct config_device *device = given_config(p, n);
    char near[NEAR_TEXT] = "", name[PCI_NAME_MAX];

    (void)pci_name(device->pci_domain, device->pci_rid, name);
    if (list_near(p, host, device->pci_rid, near) != 0U) {
        diag_error(p->d, device->path, "pci", "the board has no PCI function \"%s\": the nearest "
                   "that can be given: %s", name, near);
    } else {
        diag_error(p->d, device->path, "pci", "the board has no PCI function \"%s\", and no other of "
                   "its host that can be given", name);
    }
    return false;
}

static bool can_be_given(const struct planning *p, uint32_t n, const struct pci_function *f)
{
    const struct config_device *device = given_config(p, n);
    char name[PCI_NAME_MAX];

    (void)pci_name(device->pci_domain, device->pci_rid, name);
    if (is_bridge(f)) {
        diag_error(p->d, device->path, "pci", "\"%s\" is a bridge: Bulkhead keeps it; what is behind "
                   "it can be given to a guest", name);
        return false;
    }
    if (is_iommu(f)) {
        diag_error(p->d, device->path, "pci", "\"%s\" is an IOMMU: Bulkhead keeps it; remove this "
                   "device", name);
        return false;
    }
    if (device->is_virtual && f->sriov_offset == 0U) {
        diag_error(p->d, device->path, "virtual-function", "\"%s\" has no virtual functions (no "
                   "SR-IOV): remove virtual-function", name);
        return false;
    }
    if (device->is_virtual && device->pci_vf >= f->vf_count) {
        diag_error(p->d, device->path, "virtual-function", "\"%s\" has %u virtual functions, counted "
                   "from 0: there is no number %u", name, f->vf_count, device->pci_vf);
        return false;
    }
    return true;
}

/* ---- the steps ------------------------------------------------------------------------------- */

/* The i-th function of its guest, from 0, is function i / 31 of device 1 + i % 31. */
static uint16_t virtual_rid(const struct planning *p, uint32_t n)
{
    uint32_t i = 0;

    for (uint32_t m = 0; m < n; m++) {
        i += p->given[m].guest == p->given[n].guest && given_device(p, m)->is_pci ? 1U : 0U;
    }
    return pci_rid(0U, (1U + i % VIRTUAL_DEVICES) << PCI_DEVICE_SHIFT | i / VIRTUAL_DEVICES);
}

bool plan_find_function(const struct planning *p, uint32_t n)
{
    const struct config_device *device = given_config(p, n);
    struct plan_pci *out = &given_device(p, n)->pci;
    uint32_t host = 0;

    out->virtual_rid = virtual_rid(p, n);
    if (!find_host(p, device, &host)) {
        report_no_host(p, n);
        return false;
    }
    if (p->pci == NULL) {
        return false;            /* what there is on the buses is not known: nothing more is said */
    }
    const int found = pci_find(p->pci, host, device->pci_rid);
    if (found < 0) {
        return report_absent(p, n, host);
    }
    const struct pci_function *f = &p->pci->functions[found];
    if (!can_be_given(p, n, f)) {
        return false;
    }
    out->function = (uint32_t)found;
    out->is_virtual = device->is_virtual;
    out->vf = device->is_virtual ? device->pci_vf : 0U;
    out->rid = device->is_virtual ? pci_vf_rid(f, device->pci_vf) : f->rid;
    return true;
}

static bool is_same(const struct planning *p, uint32_t n, uint32_t m)
{
    const struct config_device *a = given_config(p, n), *b = given_config(p, m);

    return a->pci_domain == b->pci_domain && a->pci_rid == b->pci_rid &&
           a->is_virtual == b->is_virtual && (!a->is_virtual || a->pci_vf == b->pci_vf);
}

bool plan_check_function(const struct planning *p, uint32_t n)
{
    const struct config_device *device = given_config(p, n);

    for (uint32_t m = 0; m < n; m++) {
        if (given_device(p, m)->is_pci && is_same(p, n, m)) {
            diag_error(p->d, device->path, "pci", "\"%s\" is given twice, by %s and by %s: remove one",
                       plan_label(p, n).text, given_config(p, m)->path, device->path);
            return false;
        }
    }
    return true;
}

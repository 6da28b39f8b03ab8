/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The IOMMU confines what passes it. Functions that reach each other before they reach it belong to one guest, a
 * physical function to that of its virtual ones, and none may reach an IOMMU's own registers in that way.
 */
#include "hyp/plan/parts.h"
#include "lib/format.h"
#include "platform/pci/group.h"

#define REASON_TEXT 96U

/* Why a and b are bonded, for the end of a sentence. */
static void say_why(const struct planning *p, enum pci_bond bond, bool is_one, uint32_t at,
                    char text[REASON_TEXT])
{
    const struct pci_function *f = &p->pci->functions[at];
    char name[PCI_NAME_MAX];

    (void)pci_name(p->board->pci[f->host].domain, f->rid, name);
    if (bond == PCI_SAME_PORT) {
        (void)format_text(text, REASON_TEXT, "the port %s on their way has no ACS", name);
    } else if (is_one) {
        (void)format_text(text, REASON_TEXT, "they are of one device, and %s has no ACS", name);
    } else {
        (void)format_text(text, REASON_TEXT, "they are functions of one device, and %s has no ACS",
                          name);
    }
}

static uint32_t function_of(const struct planning *p, uint32_t n)
{
    return given_device(p, n)->pci.function;
}

static bool is_a_function(const struct planning *p, uint32_t n)
{
    return p->given[n].good && given_device(p, n)->is_pci;
}

/* A physical function and one of its virtual ones. */
static bool is_physical_and_virtual(const struct planning *p, uint32_t n, uint32_t m)
{
    return function_of(p, n) == function_of(p, m) &&
           given_device(p, n)->pci.is_virtual != given_device(p, m)->pci.is_virtual;
}

/* Their IOMMU contexts are apart, and that is not enough: on many devices the registers of the physical function lead to
 * the queues of the virtual ones, whose requests carry the virtual function's id. */
static void report_physical(const struct planning *p, uint32_t n, uint32_t m, const char *why)
{
    const bool is_first = !given_device(p, n)->pci.is_virtual;
    const char *physical = given_guest(p, is_first ? n : m)->config->name;
    const char *virtual = given_guest(p, is_first ? m : n)->config->name;
    const struct plan_label mine = plan_label(p, n), other = plan_label(p, m);

    diag_error(p->d, given_config(p, n)->path, "pci", "\"%s\" of \"%s\" and \"%s\" of \"%s\" (%s) are a "
               "physical function and a virtual one of it: its driver in \"%s\" can program the queues of "
               "the virtual one, which reach the memory of \"%s\"%s%s; give both to one guest, or write "
               "isolated in both if \"%s\" trusts \"%s\"", mine.text, given_guest(p, n)->config->name,
               other.text, given_guest(p, m)->config->name, given_config(p, m)->path, physical,
               virtual, why[0] == '\0' ? "" : "; besides, ", why, virtual, physical);
}

/* Two functions of different guests. */
static void check_two(const struct planning *p, uint32_t n, uint32_t m)
{
    const struct config_device *a = given_config(p, n), *b = given_config(p, m);
    const struct plan_label mine = plan_label(p, n), other = plan_label(p, m);
    const uint32_t x = function_of(p, n), y = function_of(p, m);
    uint32_t at = x;
    char why[REASON_TEXT] = "";
    const enum pci_bond bond = pci_bond(p->pci, x, y, &at);

    if (bond != PCI_APART && bond != PCI_SAME_ID) {
        say_why(p, bond, x == y, at, why);
    }
    if (bond == PCI_SAME_ID) {
        diag_error(p->d, a->path, "pci", "\"%s\" of \"%s\" and \"%s\" of \"%s\" (%s) are behind one "
                   "bridge and carry its requester id, so no IOMMU can tell them apart: give both to "
                   "one guest", mine.text, given_guest(p, n)->config->name, other.text,
                   given_guest(p, m)->config->name, b->path);
        p->given[n].good = false;
    } else if (a->isolated && b->isolated) {
        /* the integrator vouches for them */
    } else if (is_physical_and_virtual(p, n, m)) {
        report_physical(p, n, m, why);
        p->given[n].good = false;
    } else if (bond != PCI_APART) {
        diag_error(p->d, a->path, "pci", "\"%s\" of \"%s\" and \"%s\" of \"%s\" (%s) may reach each "
                   "other past the IOMMU: %s; give both to one guest, or write isolated in both if "
                   "you know that they cannot", mine.text, given_guest(p, n)->config->name,
                   other.text, given_guest(p, m)->config->name, b->path, why);
        p->given[n].good = false;
    } else {
        /* every way between them goes through the IOMMU */
    }
}

/* Writing to an IOMMU's registers is to be free. */
static void check_iommu(const struct planning *p, uint32_t n, const struct board_iommu *iommu)
{
    const struct config_device *device = given_config(p, n);
    const int found = plan_find_iommu(p, iommu);
    uint32_t at = 0;
    char why[REASON_TEXT], name[PCI_NAME_MAX];

    if (found < 0 || device->isolated) {
        return;
    }
    const enum pci_bond bond = pci_bond(p->pci, function_of(p, n), (uint32_t)found, &at);
    if (bond == PCI_APART) {
        return;
    }
    if (bond == PCI_SAME_ID) {
        (void)format_text(why, sizeof(why), "they are behind one bridge");
    } else {
        say_why(p, bond, false, at, why);
    }
    diag_error(p->d, device->path, "pci", "\"%s\" may reach the registers of the IOMMU %s past every "
               "IOMMU: %s; it cannot be given to a guest, unless you know that it cannot reach them "
               "and write isolated", plan_label(p, n).text,
               pci_name(p->board->pci[iommu->pci_host].domain, iommu->pci_rid, name), why);
    p->given[n].good = false;
}

void plan_groups(const struct planning *p)
{
    for (uint32_t n = 0; n < p->given_count; n++) {
        for (uint32_t m = 0; m < n; m++) {
            if (is_a_function(p, n) && is_a_function(p, m) &&
                p->given[n].guest != p->given[m].guest) {
                check_two(p, n, m);
            }
        }
        for (uint32_t i = 0; i < p->board->iommu_count; i++) {
            if (is_a_function(p, n) && p->board->iommu[i].is_pci) {
                check_iommu(p, n, &p->board->iommu[i]);
            }
        }
    }
}

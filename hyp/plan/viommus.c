/* SPDX-License-Identifier: Apache-2.0 */
/* vIOMMUs: where a guest finds them, and by which ids it knows the devices behind them. */
#include "hyp/plan/parts.h"
#include "platform/fdt_read.h"

_Static_assert(PLAN_FIRST_NODE_ID > UINT8_MAX, "the ids of nodes are none of bus 0");

/* ---- in the guest ---------------------------------------------------------------------------- */

uint32_t plan_first_viommu_source(const struct plan_guest *guest)
{
    uint32_t source = GUEST_SOURCE_FIRST;

    for (uint32_t i = 0; i < guest->share_count; i++) {
        source += guest->shares[i].source != 0U ? 1U : 0U;
    }
    return source;
}

uint32_t plan_first_line_source(const struct plan_guest *guest)
{
    return plan_first_viommu_source(guest) + guest->config->viommu_count * PLAN_VIOMMU_WIRES;
}

static void add_viommu(struct plan *plan, uint32_t g, uint32_t i)
{
    struct plan_guest *guest = &plan->guests[g];
    struct plan_viommu *viommu = &guest->viommus[i];

    viommu->config = &guest->config->viommus[i];
    viommu->guest = g;
    viommu->iommu = PLAN_NO_IOMMU;
    viommu->regs = gpa(GUEST_VIOMMU_BASE + i * PAGE_SIZE);
    viommu->ids = plan->viommu_ids;
    for (uint32_t wire = 0; wire < PLAN_VIOMMU_WIRES; wire++) {
        viommu->sources[wire] = plan_first_viommu_source(guest) + i * PLAN_VIOMMU_WIRES + wire;
    }
}

void plan_viommus(const struct planning *p)
{
    struct plan *plan = p->plan;

    for (uint32_t g = 0; g < plan->guest_count; g++) {
        for (uint32_t i = 0; i < plan->guests[g].config->viommu_count; i++) {
            add_viommu(plan, g, i);
        }
    }
    for (uint32_t n = 0; n < p->given_count; n++) {
        const uint32_t viommu = given_config(p, n)->viommu;
        given_device(p, n)->dma.viommu =
            viommu == CONFIG_NO_VIOMMU
                ? PLAN_NO_VIOMMU
                : (uint32_t)(given_guest(p, n)->viommus - plan->viommus) + viommu;
    }
}

/* ---- ids ------------------------------------------------------------------------------------- */

static bool is_behind(const struct planning *p, uint32_t n, uint32_t viommu)
{
    return p->given[n].good && given_device(p, n)->dma.viommu == viommu;
}

/* Whether device n is behind the same IOMMU as those of its vIOMMU that come before it. */
static bool is_behind_one(const struct planning *p, uint32_t n, uint32_t viommu)
{
    const struct plan_dma *dma = &given_device(p, n)->dma;
    char mine[FDT_READ_PATH_MAX], other[FDT_READ_PATH_MAX];

    for (uint32_t m = 0; m < n; m++) {
        const uint32_t iommu = given_device(p, m)->dma.iommu;
        if (!is_behind(p, m, viommu) || iommu == dma->iommu) {
            continue;
        }
        diag_error(p->d, given_config(p, n)->path, "viommu", "\"%s\" is behind the IOMMU %s and "
                   "\"%s\" (%s) behind the IOMMU %s, and one vIOMMU stands for one of them: add "
                   "another to the viommus of \"%s\" and name it here", plan_label(p, n).text,
                   fdt_read_path(&p->board->tree, p->board->iommu[dma->iommu].node, mine),
                   plan_label(p, m).text, given_config(p, m)->path,
                   fdt_read_path(&p->board->tree, p->board->iommu[iommu].node, other),
                   given_guest(p, n)->config->name);
        return false;
    }
    return true;
}

/* The one with this physical id; NULL: none yet. */
static const struct plan_viommu_id *find_id(const struct plan_viommu *viommu, uint32_t physical_id)
{
    for (uint32_t i = 0; i < viommu->id_count; i++) {
        if (viommu->ids[i].physical_id == physical_id) {
            return &viommu->ids[i];
        }
    }
    return NULL;
}

/* The ids of device n; false when all vIOMMUs together have as many as they can have. */
static bool add_ids(const struct planning *p, uint32_t n, struct plan_viommu *viommu,
                    uint32_t *next_node_id)
{
    struct plan_device *device = given_device(p, n);
    struct plan_dma *dma = &device->dma;

    for (uint32_t k = 0; k < dma->id_count; k++) {
        const struct plan_viommu_id *found = find_id(viommu, dma->ids[k]);
        if (found != NULL) {
            dma->virtual_ids[k] = found->virtual_id;
            continue;
        }
        if (&viommu->ids[viommu->id_count] == &p->plan->viommu_ids[PLAN_MAX_VIOMMU_IDS]) {
            diag_error(p->d, given_config(p, n)->path, "viommu", "\"%s\" brings more than %u "
                       "device ids to the vIOMMUs of all guests together: put fewer devices "
                       "behind them", plan_label(p, n).text, PLAN_MAX_VIOMMU_IDS);
            return false;
        }
        dma->virtual_ids[k] = device->is_pci ? device->pci.virtual_rid : (*next_node_id)++;
        viommu->ids[viommu->id_count] = (struct plan_viommu_id){
            .virtual_id = dma->virtual_ids[k], .physical_id = dma->ids[k],
            .device = (uint32_t)(device - p->plan->devices) };
        viommu->id_count++;
    }
    return true;
}

static void find_ids(const struct planning *p, uint32_t v)
{
    struct plan_viommu *viommu = &p->plan->viommus[v];
    uint32_t next_node_id = PLAN_FIRST_NODE_ID;

    for (uint32_t n = 0; n < p->given_count; n++) {
        if (!is_behind(p, n, v)) {
            continue;
        }
        p->given[n].good = is_behind_one(p, n, v) && add_ids(p, n, viommu, &next_node_id);
        if (p->given[n].good) {
            viommu->iommu = given_device(p, n)->dma.iommu;
        }
    }
}

void plan_viommu_ids(const struct planning *p)
{
    struct plan_viommu_id *next = p->plan->viommu_ids;

    /* While it is not known which functions share an id, for the trees that the tool prints. */
    for (uint32_t n = 0; p->pci == NULL && n < p->given_count; n++) {
        given_device(p, n)->dma.virtual_ids[0] = given_device(p, n)->pci.virtual_rid;
    }
    for (uint32_t v = 0; v < p->config->viommu_count; v++) {
        p->plan->viommus[v].ids = next;
        find_ids(p, v);
        next = &next[p->plan->viommus[v].id_count];
    }
}

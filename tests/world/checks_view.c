/* SPDX-License-Identifier: Apache-2.0 */
/*
 * I8, as the guest sees it: what its directory, tables and ddtp say of a device, read by a model
 * that has the registers of the guest's state page and no memory but the guest's, is what the
 * device gets. The guest physical address that comes out is where the plan says it is.
 */
#include "tests/world/checks_plain.h"

#include <string.h>

#include "hyp/dma/state.h"

static struct {
    uint32_t guest;
    bool outside;                  /* the directory is not in RAM, where it counts as absent, */
    bool too_wide;                 /* or where no address is, which the model does not even keep */
} view;

static enum mem_status read_guest(void *ctx, uint64_t gpa, void *data, size_t size)
{
    const uint64_t pa = reach_at(view.guest, gpa);
    const void *at = pa == UINT64_MAX ? NULL : world_memory(pa, size);

    (void)ctx;
    if (at == NULL) {
        return MEM_ACCESS;
    }
    memcpy(data, at, size);
    return MEM_OK;
}

static enum mem_status write_guest(void *ctx, uint64_t gpa, const void *data, size_t size)
{
    (void)ctx;
    (void)gpa;
    (void)data;
    (void)size;
    return MEM_ACCESS;
}

static void note_touch(void *ctx, const struct model_touch *touch)
{
    const struct plan_guest *part = &world_plan()->guests[view.guest];

    (void)ctx;
    view.outside = view.outside ||
                   (touch->purpose == TOUCH_DDT &&
                    touch->address - part->ram_base.v >= part->ram.size);
}

/* What the page says is offered, and kinds of memory, which the page hides and the hardware's walk
 * knows nevertheless. */
static struct model *make_view(uint32_t viommu)
{
    static const struct model_memory memory = { NULL, read_guest, write_guest };
    static const struct model_hooks hooks = { NULL, note_touch, NULL, NULL };
    const uint64_t *page = world_memory(state_page_of(viommu), CHECKS_PAGE);
    const uint64_t hardware = world_model_config(world_plan()->viommus[viommu].iommu)->capabilities;
    const struct model_config config = {
        .capabilities = page[REG_CAPABILITIES / 8] | (hardware & (CAP_SVPBMT | CAP_SVRSW60T59B)),
        .queue_log2_max = 15U, .vectors = 2U,
    };
    struct model *model = model_new(&config, &memory, &hooks);

    must("I10", model != NULL, "vIOMMU %u: capabilities 0x%llx are of no IOMMU", viommu,
         (wide)page[0]);
    model_write(model, REG_DDTP, 8U, page[REG_DDTP / 8]);
    view.too_wide = DDTP_MODE(page[REG_DDTP / 8]) >= DDTP_1LVL &&
                    DDTP_PPN(model_read(model, REG_DDTP, 8U)) != DDTP_PPN(page[REG_DDTP / 8]);
    return model;
}

static bool is_blocked(uint32_t iommu, uint32_t id)
{
    const struct plan *plan = world_plan();

    for (uint32_t i = 0; i < plan->config->device_count; i++) {
        for (uint32_t k = 0; k < plan->devices[i].dma.id_count; k++) {
            if (plan->devices[i].dma.iommu == iommu && plan->devices[i].dma.ids[k] == id &&
                dma_devices[i].blocked) {
                return true;
            }
        }
    }
    return false;
}

static bool is_msi_page(uint64_t gpa)
{
    const struct iommu_msi_table *table = &dma_guests[view.guest].msi;

    return table->base.v != 0U && (gpa >> 12 & ~table->mask) == GUEST_IMSIC_BASE >> 12;
}

static void check(uint32_t iommu, const struct model_request *request,
                  struct model_outcome meant, struct model_outcome is)
{
    const bool leads = is.end == MODEL_TRANSLATED || is.end == MODEL_MRIF;
    const uint64_t at = reach_at(view.guest, meant.address);
    const char *what = "IOMMU %u, device 0x%x, iova 0x%llx: its guest's tables say %u, 0x%llx, "
                       "cause %u; the IOMMU %u, 0x%llx, cause %u";
    bool good;

    if (meant.end != MODEL_TRANSLATED || view.outside) {
        good = !leads;
    } else if (is_msi_page(meant.address)) {
        good = !leads || is.end == MODEL_MRIF || is_file_of(view.guest, is.address, 1U);
    } else {
        good = at == UINT64_MAX ? !leads || is_file_of(view.guest, is.address, 1U)
                                : is.end == MODEL_TRANSLATED && is.address == at;
    }
    must("I8", good, what, iommu, request->device_id, (wide)request->iova, meant.end,
         (wide)meant.address, meant.cause, is.end, (wide)is.address, is.cause);
}

static void compare(struct model *model, uint32_t viommu, uint32_t n,
                    const struct model_request *physical)
{
    const struct plan_viommu *v = &world_plan()->viommus[viommu];
    struct model_request request = *physical;

    request.device_id = v->ids[n].virtual_id;
    view.outside = view.too_wide;
    const struct model_outcome meant = __real_model_translate(model, &request);
    const struct model_outcome is = plain_ask_world(v->iommu, physical);
    if (!is.met_global && !meant.met_global) {
        check(v->iommu, physical, meant, is);
    }
}

/* No code is fetched by a device, whatever the guest says; and in mode Bare process ids are refused
 * where there are none. */
static bool is_comparable(uint32_t viommu, const struct model_request *request)
{
    const uint64_t *page = world_memory(state_page_of(viommu), CHECKS_PAGE);
    const bool processes =
        (page[REG_CAPABILITIES / 8] & (CAP_PD8 | CAP_PD17 | CAP_PD20)) != 0U;

    return (request->type == TTYP_UNTRANSLATED_READ || request->type == TTYP_UNTRANSLATED_WRITE) &&
           (!request->pv || processes) && !plain_ambiguous(viommu, request);
}

void view_compare(uint32_t viommu)
{
    const struct plan_viommu *v = &world_plan()->viommus[viommu];
    struct model_request requests[KNOWN_REQUESTS];

    view.guest = v->guest;
    struct model *model = make_view(viommu);

    plain_learn(viommu);
    for (uint32_t n = 0; n < v->id_count; n++) {
        const uint32_t id = v->ids[n].physical_id;
        const unsigned count = is_blocked(v->iommu, id) ? 0U : plain_known(v->iommu, id, requests);

        for (unsigned i = 0; i < count; i++) {
            if (is_comparable(viommu, &requests[i])) {
                compare(model, viommu, n, &requests[i]);
            }
        }
    }
    model_free(model);
}

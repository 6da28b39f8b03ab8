/* SPDX-License-Identifier: Apache-2.0 */
/* Making, resetting, and the dice. */
#include "tests/model/inside.h"

#include <stdlib.h>
#include <string.h>

/* splitmix64: every seed is good, also 0. */
uint64_t random64(struct model *model)
{
    uint64_t z = (model->random += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

bool chance(struct model *model, unsigned percent)
{
    return percent != 0U && random64(model) % 100U < percent;
}

void unspecified(struct model *model, const char *what)
{
    if (model->hooks.unspecified != NULL) {
        model->hooks.unspecified(model->hooks.ctx, what);
    }
}

static bool all_or_none(uint64_t capabilities, uint64_t set, uint64_t needs)
{
    return (capabilities & set) == 0U || (capabilities & needs) == needs;
}

/* "IOMMU capabilities", and what is modelled. */
static bool possible(const struct model_config *config)
{
    const uint64_t cap = config->capabilities;

    return FIELD(cap, 0, 8) == CAP_VERSION_1_0 && (cap & (CAP_HPM | CAP_QOSID)) == 0U
        && FIELD(cap, 12, 2) == 0U && FIELD(cap, 20, 1) == 0U
        && FIELD(cap & ~CAP_STATE, 44, 20) == 0U && region_window_is_possible(config)
        && all_or_none(cap, CAP_SV48, CAP_SV39) && all_or_none(cap, CAP_SV57, CAP_SV48)
        && CAP_IGS(cap) <= IGS_BOTH && CAP_PAS(cap) >= MODEL_PAGE_SHIFT && CAP_PAS(cap) <= 56U
        && config->queue_log2_max >= 1U && config->queue_log2_max <= 32U
        && config->vectors >= 1U && config->vectors <= 16U
        && (config->vectors & (config->vectors - 1U)) == 0U
        && (config->fctl_writable & ~(FCTL_BE | FCTL_WSI | FCTL_GXL)) == 0U
        && ((config->fctl_writable & FCTL_BE) == 0U || (cap & CAP_END) != 0U)
        && ((config->fctl_writable & FCTL_WSI) == 0U || CAP_IGS(cap) == IGS_BOTH);
}

struct model *model_new(const struct model_config *config, const struct model_memory *memory,
                        const struct model_hooks *hooks)
{
    struct model *model = possible(config) ? calloc(1U, sizeof(*model)) : NULL;

    if (model != NULL) {
        model->config = *config;
        model->memory = *memory;
        if (hooks != NULL) {
            model->hooks = *hooks;
        }
        model->random = config->whims.seed;
        model_reset(model);
    }
    return model;
}

void model_free(struct model *model)
{
    if (model != NULL) {
        regions_end(model);
    }
    free(model);
}

/* "Reset behavior": what has no reset value there is stored as software could have stored it. */
static void odd_values(struct model *model)
{
    static const uint32_t offsets[] = { REG_CQB, REG_FQB, REG_PQB, REG_CQT, REG_FQH, REG_PQH,
                                        REG_ICVEC, REG_TR_REQ_IOVA };

    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        model_write(model, offsets[i], 4U, random64(model) & UINT32_MAX);
    }
    for (uint32_t offset = REG_MSI_CFG_TBL; offset < REG_MSI_CFG_TBL_END; offset += 4U) {
        model_write(model, offset, 4U, random64(model) & UINT32_MAX);
    }
}

void model_reset(struct model *model)
{
    const uint64_t igs = CAP_IGS(model->config.capabilities);
    uint32_t fctl = model->config.fctl;

    memset(model->reg, 0, sizeof(model->reg));
    memset(model->cache, 0, sizeof(model->cache));
    regions_end(model);
    model->put_off_count = 0;
    model->messages_due = 0;
    model->sending = false;
    model->ats_outstanding = 0;
    model->ats_timed_out = false;
    model->for_device = false;
    if (igs != IGS_BOTH) {
        fctl = igs == IGS_WSI ? (uint32_t)(fctl | FCTL_WSI) : (uint32_t)(fctl & ~FCTL_WSI);
    }
    set_reg64(model, REG_CAPABILITIES, model->config.capabilities);
    set_reg(model, REG_FCTL, fctl);
    if (model->config.whims.odd_values) {
        odd_values(model);
    }
    model->ddtp = model->config.bare_after_reset ? DDTP_BARE : DDTP_OFF;
    set_reg64(model, REG_DDTP, model->ddtp);
}

void model_stall(struct model *model, bool stalled)
{
    model->stalled = stalled;
    if (!model->config.whims.late) {
        (void)model_run(model, UINT32_MAX);
    }
}

unsigned model_run(struct model *model, unsigned steps)
{
    unsigned done = 0;

    while (done < steps) {
        bool any = queue_settle(model, &command_queue);

        any = queue_settle(model, &fault_queue) || any;
        any = queue_settle(model, &page_queue) || any;
        any = ddtp_settle(model) || any;
        any = debug_step(model) || any;
        any = command_step(model) || any;
        any = region_step(model) || any;
        if (!any) {
            break;
        }
        done++;
    }
    return done;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* "Device-context configuration checks" and "Process-context configuration checks". */
#include "tests/model/inside.h"

/* Whether a field names a scheme that there is: caps are those of modes 8, 9, 10 in turn. */
static bool mode_supported(const struct model *model, uint64_t mode, bool narrow,
                           uint64_t narrow_cap, const uint64_t caps[3])
{
    bool supported = mode == ATP_BARE;

    if (narrow) {
        supported = supported || (mode == ATP_SV32 && has(model, narrow_cap));
    } else if (mode >= ATP_SV39 && mode <= ATP_SV57) {
        supported = has(model, caps[mode - ATP_SV39]);
    }
    return supported;
}

static bool first_mode_supported(const struct model *model, uint64_t tc, uint64_t mode)
{
    static const uint64_t caps[] = { CAP_SV39, CAP_SV48, CAP_SV57 };

    return mode_supported(model, mode, (tc & TC_SXL) != 0U, CAP_SV32, caps);
}

static bool gxl(const struct model *model)
{
    return (reg(model, REG_FCTL) & FCTL_GXL) != 0U;
}

bool second_mode_supported(const struct model *model, uint64_t mode)
{
    static const uint64_t caps[] = { CAP_SV39X4, CAP_SV48X4, CAP_SV57X4 };

    return mode_supported(model, mode, gxl(model), CAP_SV32X4, caps);
}

static bool pdtp_mode_supported(const struct model *model, uint64_t mode)
{
    static const uint64_t caps[] = { [PDTP_PD8] = CAP_PD8, [PDTP_PD17] = CAP_PD17,
                                     [PDTP_PD20] = CAP_PD20 };

    return mode == PDTP_BARE || (mode <= PDTP_PD20 && has(model, caps[mode]));
}

/* Bits of msi_addr_mask and msi_addr_pattern that there are: [MGPAW - 13 : 0]. */
static uint64_t msi_page_mask(const struct model *model)
{
    const unsigned mgpaw = has(model, CAP_SV57X4) ? 59U : has(model, CAP_SV48X4) ? 50U
        : has(model, CAP_SV39X4) ? 41U : has(model, CAP_SV32X4) ? 34U
        : CAP_PAS(model->config.capabilities);

    return ONES(mgpaw - MODEL_PAGE_SHIFT);
}

static bool tc_bad(const struct model *model, uint64_t tc, bool second_stage)
{
    const bool ats = (tc & TC_EN_ATS) != 0U, pri = (tc & TC_EN_PRI) != 0U;
    const bool fctl_be = big_endian(model), sbe = (tc & TC_SBE) != 0U, sxl = (tc & TC_SXL) != 0U;
    const uint32_t writable = model->config.fctl_writable;

    return (tc & TC_RESERVED) != 0U
        || (!has(model, CAP_ATS) && (tc & (TC_EN_ATS | TC_EN_PRI | TC_PRPR)) != 0U)
        || (!ats && (tc & (TC_T2GPA | TC_EN_PRI)) != 0U)
        || (!pri && (tc & TC_PRPR) != 0U)
        || ((tc & TC_T2GPA) != 0U && (!has(model, CAP_T2GPA) || !second_stage))
        || ((tc & TC_PDTV) == 0U && (tc & TC_DPE) != 0U)
        || (!has(model, CAP_AMO_HWAD) && (tc & (TC_SADE | TC_GADE)) != 0U)
        || (fctl_be != sbe && (!has(model, CAP_END) || (writable & FCTL_BE) == 0U))
        || (gxl(model) && !sxl)
        || (!gxl(model) && (writable & FCTL_GXL) == 0U && sxl);
}

bool msi_bad(const struct model *model, const uint64_t dc[DC_WORDS], bool second_stage)
{
    const uint64_t mode = ATP_MODE(dc[DC_MSIPTP]);

    return mode > MSIPTP_FLAT || (mode != MSIPTP_OFF && !second_stage)
        || (dc[DC_MSIPTP] & ATP_RESERVED) != 0U
        || ((dc[DC_MSI_ADDR_MASK] | dc[DC_MSI_ADDR_PATTERN]) & ~msi_page_mask(model)) != 0U
        || dc[DC_RESERVED] != 0U;
}

static bool ta_bad(const struct model *model, const uint64_t dc[DC_WORDS])
{
    return region_of_context(model, dc) ? region_context_misconfigured(model, dc)
                                        : (dc[DC_TA] & DC_TA_RESERVED) != 0U;
}

/* "Implementations may check": vIOMMUs do. */
static bool root_too_wide(const struct model *model, const uint64_t dc[DC_WORDS])
{
    return model->region != NULL && ATP_MODE(dc[DC_FSC]) != ATP_BARE
        && FIELD(ATP_PPN(dc[DC_FSC]) << MODEL_PAGE_SHIFT, CAP_PAS(model->config.capabilities), 64U)
               != 0U;
}

bool dc_misconfigured(const struct model *model, const uint64_t dc[DC_WORDS])
{
    const uint64_t mode = ATP_MODE(dc[DC_IOHGATP]);
    const bool second_stage = mode != ATP_BARE;
    const bool root_misaligned = second_stage && (ATP_PPN(dc[DC_IOHGATP]) & 3U) != 0U;
    const bool fsc_fine = (dc[DC_TC] & TC_PDTV) != 0U
        ? pdtp_mode_supported(model, ATP_MODE(dc[DC_FSC]))
        : region_of_context(model, dc)
            || first_mode_supported(model, dc[DC_TC], ATP_MODE(dc[DC_FSC]));

    return tc_bad(model, dc[DC_TC], second_stage) || !second_mode_supported(model, mode)
        || root_misaligned || ta_bad(model, dc) || root_too_wide(model, dc)
        || (dc[DC_FSC] & ATP_RESERVED) != 0U || !fsc_fine
        || (has(model, CAP_MSI_FLAT) && msi_bad(model, dc, second_stage));
}

bool pc_misconfigured(const struct model *model, const uint64_t dc[DC_WORDS],
                      const uint64_t pc[PC_WORDS])
{
    return (pc[PC_TA] & PC_TA_RESERVED) != 0U || (pc[PC_FSC] & ATP_RESERVED) != 0U
        || !first_mode_supported(model, dc[DC_TC], ATP_MODE(pc[PC_FSC]));
}

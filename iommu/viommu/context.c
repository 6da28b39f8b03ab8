/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One device context of the guest: what it lets the device do. Nothing of it goes into the physical
 * context but what was found legal here: two bits, the PSCID and the fsc.
 *
 * Of what the specification leaves open: fields that a mode does not use (GSCID and PPN of a Bare
 * iohgatp, PPN of a Bare fsc, PSCID of what has a process directory) and the bits for custom use are
 * ignored. The address of a table must not be wider than PAS, as some hardware has it (2.1.4, note);
 * whether it exists is found out when the hardware walks it.
 */
#include "iommu/viommu/parts.h"

#define PROCESS_IDS (IOMMU_CAP_PD8 | IOMMU_CAP_PD17 | IOMMU_CAP_PD20)

/* Reserved, or of what the capabilities never show: ATS, T2GPA, AMO_HWAD, END; and with GXL read-only
 * 0, so is SXL. */
#define TC_NEVER                                                                                   \
    (IOMMU_TC_RESERVED | IOMMU_TC_EN_ATS | IOMMU_TC_EN_PRI | IOMMU_TC_PRPR | IOMMU_TC_T2GPA |      \
     IOMMU_TC_GADE | IOMMU_TC_SADE | IOMMU_TC_SBE | IOMMU_TC_SXL)

/* Reserved, or of QOSID. */
#define TA_NEVER (IOMMU_TA_RESERVED | IOMMU_TA_QOS_MASK)

struct viommu_context viommu_refused(uint16_t cause)
{
    return (struct viommu_context){ .reach = VIOMMU_REFUSED, .cause = cause };
}

/* A process id is refused when there is no process directory, but passes a Bare one (2.3, steps 7 and
 * 13), as it passes when the whole IOMMU is Bare. */
struct viommu_context viommu_passed(uint64_t capabilities)
{
    return (struct viommu_context){
        .reach = VIOMMU_PASSED,
        .first_stage.process_directory = (capabilities & PROCESS_IDS) != 0U,
    };
}

/* The capability that a mode other than Bare needs; 0: there is no such mode. Encodings of
 * iosatp.MODE with SXL = 0, and of pdtp.MODE. */
static uint64_t needed(bool process_directory, uint64_t mode)
{
    if (process_directory) {
        switch (mode) {
        case IOMMU_PDTP_PD8: return IOMMU_CAP_PD8;
        case IOMMU_PDTP_PD17: return IOMMU_CAP_PD17;
        case IOMMU_PDTP_PD20: return IOMMU_CAP_PD20;
        default: return 0U;
        }
    }
    switch (mode) {
    case IOMMU_IOSATP_SV39: return IOMMU_CAP_SV39;
    case IOMMU_IOSATP_SV48: return IOMMU_CAP_SV48;
    case IOMMU_IOSATP_SV57: return IOMMU_CAP_SV57;
    default: return 0U;
    }
}

static bool is_too_wide(uint64_t capabilities, uint64_t fsc)
{
    const uint64_t address = (fsc & IOMMU_PPN_43_0_MASK) << PAGE_SHIFT;

    return address >> (capabilities >> IOMMU_CAP_PAS_SHIFT & IOMMU_CAP_PAS_MASK) != 0U;
}

struct viommu_context viommu_compose(uint64_t capabilities,
                                     const uint64_t words[IOMMU_DC_WORDS_BASE])
{
    const uint64_t tc = words[IOMMU_DC_TC];
    const uint64_t ta = words[IOMMU_DC_TA];
    const uint64_t fsc = words[IOMMU_DC_FSC];
    const uint64_t mode = fsc >> IOMMU_FSC_MODE_SHIFT;
    const bool directory = (tc & IOMMU_TC_PDTV) != 0U;
    const bool default_process = (tc & IOMMU_TC_DPE) != 0U;
    struct viommu_context context;

    if ((tc & TC_NEVER) != 0U || (ta & TA_NEVER) != 0U || (fsc & IOMMU_FSC_RESERVED) != 0U ||
        words[IOMMU_DC_IOHGATP] >> IOMMU_HGATP_MODE_SHIFT != IOMMU_HGATP_MODE_BARE ||
        (default_process && !directory) ||
        (mode != IOMMU_FSC_BARE && ((needed(directory, mode) & capabilities) == 0U ||
                                    is_too_wide(capabilities, fsc)))) {
        return viommu_refused(IOMMU_CAUSE_DDT_MISCONFIGURED);
    }
    if (mode == IOMMU_FSC_BARE) {
        context = directory ? viommu_passed(capabilities)
                            : (struct viommu_context){ .reach = VIOMMU_PASSED };
    } else {
        context = (struct viommu_context){
            .reach = VIOMMU_TRANSLATED,
            .first_stage = {
                .process_directory = directory,
                .default_process = default_process,
                .pscid = directory ? 0U
                                   : (uint32_t)(ta >> IOMMU_TA_PSCID_SHIFT & IOMMU_PSCID_MASK),
                .fsc = fsc,
            },
        };
    }
    context.quiet = (tc & IOMMU_TC_DTF) != 0U;
    return context;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Device contexts as words: RISC-V IOMMU 1.0.1, 2.1.2 and 2.1.3. Pure. */
#ifndef IOMMU_DC_H
#define IOMMU_DC_H

#include <stdbool.h>
#include <stdint.h>

#include "iommu/iommu.h"
#include "iommu/regs.h"

struct iommu_dc {
    uint64_t word[IOMMU_DC_WORDS_EXTENDED]; /* in base format only the first IOMMU_DC_WORDS_BASE
                                             * count */
};

/* Neither ATS, PRI nor T2GPA is enabled, so a request that claims to be translated is refused. */
struct iommu_dc iommu_dc_compose(const struct iommu_context *context);

/* The empty G-stage. */
struct iommu_dc iommu_dc_blocked(uint64_t deny, bool quiet);

/* Whether the IOMMU takes a context with this first stage: any other it may refuse as a defect of
 * the context (259), which DTF does not silence. A root that is
 * wider than PAS, or than what the G-stage translates, is one of those (2.1.4, note). */
bool iommu_first_stage_offered(const struct iommu_caps *caps, const struct iommu_context *context);

uint16_t iommu_iohgatp_gscid(uint64_t iohgatp);

/* The size of a context in words. */
uint32_t iommu_dc_words(const struct iommu_caps *caps);

#endif

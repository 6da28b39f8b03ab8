/* SPDX-License-Identifier: Apache-2.0 */
/* Internal to the checks of I8 and I12: IOMMUs without caches beside those of the world, and what
 * devices were seen to ask for. */
#ifndef TESTS_WORLD_CHECKS_PLAIN_H
#define TESTS_WORLD_CHECKS_PLAIN_H

#include "tests/world/checks_inside.h"

enum { KNOWN_REQUESTS = 8 };

void plain_begin(void);
void plain_end(void);

/* What this device asked for last; copies, in no order. */
unsigned plain_known(uint32_t iommu, uint32_t device_id,
                     struct model_request requests[KNOWN_REQUESTS]);

/* Which PSCIDs of this vIOMMU stand for two address spaces now: their guest may get either, for
 * caches know the PSCID alone. Before plain_compare and view_compare. */
void plain_learn(uint32_t viommu);
bool plain_ambiguous(uint32_t viommu, const struct model_request *request);

/* The request has the same end with and without caches, if no table on its way has changed since
 * then (translate_changes). */
void plain_compare(uint32_t viommu, const struct model_request *request, uint64_t since);

/* And as the guest's own structures have it. */
void view_compare(uint32_t viommu);

/* Nothing of what it asked for is translated. */
void plain_nothing(uint32_t iommu, uint32_t device_id);

/* The IOMMU of the world; and any model, past the wrap. */
struct model_outcome __real_model_translate(struct model *model,
                                            const struct model_request *request);
struct model_outcome plain_ask_world(uint32_t iommu, const struct model_request *request);

#endif

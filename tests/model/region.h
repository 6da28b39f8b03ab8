/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layouts of a proposed extension: state regions, from which an IOMMU serves a virtual one
 * (docs/state-region.md). A field is (value, lowest bit, width), as in spec.h.
 */
#ifndef TESTS_MODEL_REGION_H
#define TESTS_MODEL_REGION_H

#include "tests/model/spec.h"

/* capabilities: in the bits for custom use, as long as it is a proposal */
#define CAP_STATE        BIT(56)

/* A device context whose first stage is a vIOMMU's: fsc.MODE, of those for custom use; fsc.PPN is
 * the register page; ta says by which id the vIOMMU knows the device. */
#define FSC_STATE        UINT64_C(14)
#define TA_VDID(v)       ((uint32_t)FIELD(v, 12, 24))
#define TA_VDID_IS(id)   PLACE(id, 12, 24)
#define TA_STATE_RESERVED (PLACE(UINT64_MAX, 0, 12) | PLACE(UINT64_MAX, 36, 28))

/* A region: the register page, which the guest sees, and the control page behind it, which it does
 * not. */
enum { STATE_BYTES = 2 * REG_PAGE, STATE_VECTORS = 2, STATE_QUEUE_LOG2_MAX = 15 };

/* Doublewords of the control page, by their offset */
enum { STATE_CTL = 0, STATE_IOHGATP = 8, STATE_MSIPTP = 16, STATE_MSI_ADDR_MASK = 24,
       STATE_MSI_ADDR_PATTERN = 32, STATE_PENDING = 40, STATE_WIRES = 48, STATE_OUTLETS = 64,
       STATE_CONTROL_END = STATE_OUTLETS + 16 * STATE_VECTORS };
#define STATE_OUTLET_ADDRESS(v) (STATE_OUTLETS + 16U * (v))
#define STATE_OUTLET_DATA(v)    (STATE_OUTLET_ADDRESS(v) + 8U)
#define OUTLET_RISES(v)  FIELD(v, 0, 32)
#define OUTLET_FALLS(v)  FIELD(v, 32, 32)

#define STATE_CTL_EN     BIT(0)
#define STATE_CTL_ON     BIT(1)
#define STATE_CTL_ERR    BIT(2)

/* What a register page may show: no second stage, no MSI tables, none of what is the host's. */
#define STATE_CAPABILITIES (PLACE(UINT64_MAX, 0, 8) | CAP_SV39 | CAP_SV48 | CAP_SV57 \
                            | PLACE(UINT64_MAX, 28, 2) | PLACE(UINT64_MAX, 32, 6) | CAP_PD8 \
                            | CAP_PD17 | CAP_PD20 | CAP_NL | CAP_S)

#endif

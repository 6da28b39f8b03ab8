/* SPDX-License-Identifier: Apache-2.0 */
/* Apart from hyp/mem/gstage.c, which runs at boot only: contexts of devices are composed later too. */
#include "hyp/mem/gstage.h"
#include "hyp/mem/pte.h"

uint64_t gstage_hgatp(const struct gstage *table, uint32_t vmid)
{
    return (uint64_t)table->mode << HGATP_MODE_SHIFT
         | ((uint64_t)vmid & HGATP_VMID_MASK) << HGATP_VMID_SHIFT
         | ((table->root.v >> PAGE_SHIFT) & HGATP_PPN_MASK);
}

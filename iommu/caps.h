/* SPDX-License-Identifier: Apache-2.0 */
/* What an IOMMU offers: RISC-V IOMMU 1.0.1, 5.3 capabilities, as plain data. Any hart. */
#ifndef IOMMU_CAPS_H
#define IOMMU_CAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"

struct iommu_caps {
    uint32_t major, minor;       /* of the specification's version */
    bool sv39, sv48, sv57;       /* of first stages */
    bool sv39x4, sv48x4, sv57x4;
    bool msi_flat, msi_mrif;     /* msi_flat also decides the size of a device context */
    bool amo_mrif;               /* a pending bit of an MRIF is set by an atomic operation */
    bool can_msi, can_wire;      /* IGS: how it signals */
    bool both_endian;            /* END */
    bool pd8, pd17, pd20;        /* process ids of so many bits */
    bool non_leaf, range;        /* NL, S: more precise invalidations */
    uint32_t pas_bits;
};

/* Pure. A reserved IGS can neither. */
struct iommu_caps iommu_caps_decode(uint64_t capabilities);

struct iommu_caps iommu_caps_read(pa_t regs);

/* Whether it knows the mode of this iohgatp (fctl.GXL = 0). Bare is not offered to anybody.
 * Pure. */
bool iommu_caps_offer_gstage(const struct iommu_caps *caps, uint64_t iohgatp);

/* The same of first stages (tc.SXL = 0): of one, and of a process directory. Everybody has Bare.
 * Pure. */
bool iommu_caps_offer_iosatp(const struct iommu_caps *caps, uint64_t iosatp);
bool iommu_caps_offer_pdtp(const struct iommu_caps *caps, uint64_t pdtp);

/* How many bits a process id may have; 0: there are none. Pure. */
uint32_t iommu_caps_process_bits(const struct iommu_caps *caps);

#endif

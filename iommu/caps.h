/* SPDX-License-Identifier: Apache-2.0 */
/* What an IOMMU offers: RISC-V IOMMU 1.0.1, the capabilities register, as plain data. Pure. */
#ifndef IOMMU_CAPS_H
#define IOMMU_CAPS_H

#include <stdbool.h>
#include <stdint.h>

struct iommu_caps {
    uint32_t major, minor;       /* of the specification's version */
    bool sv39x4, sv48x4, sv57x4;
    bool msi_flat, msi_mrif;     /* msi_flat also decides the size of a device context */
    bool can_msi, can_wire;      /* IGS: how it signals */
    bool both_endian;            /* END */
    uint32_t pas_bits;
};

struct iommu_caps iommu_caps_decode(uint64_t capabilities);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A fault record as plain data, and in words. RISC-V IOMMU 1.0.1, 3.2 "Fault/Event-Queue". Pure. */
#ifndef IOMMU_FAULT_H
#define IOMMU_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#define IOMMU_FAULT_DWORDS 4U

struct iommu_fault {
    uint32_t device_id;
    uint16_t cause;              /* 1 .. 274 */
    uint8_t ttyp;                /* what the device tried; reserved and custom ones as they are */
    bool pid_valid, privileged;
    uint32_t pid;
    uint64_t iotval, iotval2;
};

struct iommu_fault iommu_fault_decode(const uint64_t record[IOMMU_FAULT_DWORDS]);

/* The reverse. Without a valid process id, PID and PRIV are 0; so is all that is reserved. */
void iommu_fault_encode(const struct iommu_fault *fault, uint64_t record[IOMMU_FAULT_DWORDS]);

/* "no such memory in the guest", ... ; never NULL. A noun phrase that ends a sentence. */
const char *iommu_cause_text(uint16_t cause);

/* "read", "write", "instruction read", "MSI"...; never NULL. */
const char *iommu_ttyp_text(uint8_t ttyp);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "iommu/fault.h"

#include "iommu/regs.h"

struct iommu_fault iommu_fault_decode(const uint64_t record[IOMMU_FAULT_DWORDS])
{
    return (struct iommu_fault){
        .device_id = (uint32_t)(record[0] >> IOMMU_FAULT_DID_SHIFT),
        .cause = (uint16_t)(record[0] & IOMMU_FAULT_CAUSE_MASK),
        .ttyp = (uint8_t)(record[0] >> IOMMU_FAULT_TTYP_SHIFT & IOMMU_FAULT_TTYP_MASK),
        .pid_valid = (record[0] & IOMMU_FAULT_PV) != 0U,
        .privileged = (record[0] & IOMMU_FAULT_PRIV) != 0U,
        .pid = (uint32_t)(record[0] >> IOMMU_FAULT_PID_SHIFT & IOMMU_FAULT_PID_MASK),
        .iotval = record[2],
        .iotval2 = record[3],
    };
}

void iommu_fault_encode(const struct iommu_fault *fault, uint64_t record[IOMMU_FAULT_DWORDS])
{
    record[0] = (fault->cause & IOMMU_FAULT_CAUSE_MASK) |
                (fault->ttyp & IOMMU_FAULT_TTYP_MASK) << IOMMU_FAULT_TTYP_SHIFT |
                (uint64_t)fault->device_id << IOMMU_FAULT_DID_SHIFT;
    if (fault->pid_valid) {
        record[0] |= IOMMU_FAULT_PV | (fault->pid & IOMMU_FAULT_PID_MASK) << IOMMU_FAULT_PID_SHIFT |
                     (fault->privileged ? IOMMU_FAULT_PRIV : 0U);
    }
    record[1] = 0U;
    record[2] = fault->iotval;
    record[3] = fault->iotval2;
}

/* 3.2, table of CAUSE encodings. A page is of a guest's own first stage, memory of its G-stage. */
const char *iommu_cause_text(uint16_t cause)
{
    switch (cause) {
    case 1: return "nothing may be executed from there";
    case 4: return "a misaligned read";
    case 5: return "memory that cannot be read";
    case 6: return "a misaligned write";
    case 7: return "memory that cannot be written";
    case 12: return "no such page for instructions";
    case 13: return "no such page for reading";
    case 15: return "no such page for writing";
    case 20: return "no such memory for instructions in the guest";
    case 21:
    case 23: return "no such memory in the guest";
    case 256: return "the IOMMU is off";
    case 257: return "the IOMMU cannot read its device directory";
    case 258: return "the device has no valid context";
    case 259: return "a defect in the device's context";
    case 260: return "a kind of access that the device may not do";
    case 261: return "the IOMMU cannot read the MSI table";
    case 262: return "no such interrupt file in the guest";
    case 263: return "a defect in the MSI table";
    case 264: return "the IOMMU cannot reach a memory-resident interrupt file";
    case 265: return "the process directory cannot be read";
    case 266: return "no such process";
    case 267: return "a defect in the process directory";
    case 268: return "corrupt data in the device directory";
    case 269: return "corrupt data in the process directory";
    case 270: return "corrupt data in the MSI table";
    case 271: return "corrupt data in a memory-resident interrupt file";
    case 272: return "an internal error of the IOMMU";
    case 273: return "the IOMMU cannot send its own interrupt";
    case 274: return "corrupt data in a page table";
    default:
        return cause < 2048U ? "a cause that Bulkhead does not know"
                             : "a cause of this IOMMU's own";
    }
}

/* 3.2, table of TTYP encodings. */
const char *iommu_ttyp_text(uint8_t ttyp)
{
    switch (ttyp) {
    case 0: return "no access";
    case 1: return "instruction read";
    case 2: return "read";
    case 3: return "write";
    case 5: return "translated instruction read";
    case 6: return "translated read";
    case 7: return "translated write";
    case 8: return "translation request";
    case 9: return "message";
    default: return "unknown access";
    }
}

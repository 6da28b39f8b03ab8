/* SPDX-License-Identifier: Apache-2.0 */
#include "iommu/iommu.h"

const char *iommu_result_text(enum iommu_result result)
{
    switch (result) {
    case IOMMU_OK: return "it works";
    case IOMMU_BAD_VERSION: return "it is not of version 1.x of the RISC-V IOMMU specification";
    case IOMMU_NO_GSTAGE: return "it does not know the mode of the G-stage tables";
    case IOMMU_NO_FIRST_STAGE: return "it does not know such a first stage";
    case IOMMU_BIG_ENDIAN: return "it reads its tables as big-endian only";
    case IOMMU_NO_LEVELS: return "its device directory does not reach so high a device id";
    case IOMMU_NO_INTERRUPTS: return "it cannot tell of faults by the interrupt that it was given";
    case IOMMU_NO_MSI_TABLES: return "it does not translate MSIs by a table";
    case IOMMU_NO_MEMORY: return "there is no memory left for its tables";
    case IOMMU_QUEUE_STUCK: return "its queues do not come on";
    case IOMMU_BUSY: return "it stays busy, or does not switch off";
    case IOMMU_TOO_MANY: return "more device ids than Bulkhead has room for";
    case IOMMU_NOT_OWNER: return "the device id belongs to another guest, or to none";
    case IOMMU_NO_ANSWER: return "it did not answer, and was switched off";
    case IOMMU_LOST: return "it neither answers nor switches off";
    default: return "an unknown result";
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a second stage was in the way of the guest's process directory, or of something else.
 * Hardware says that the access was its own, and where (3.2, iotval2), but not what it read: a process
 * directory or a page table of the first stage. The directory is read before the page tables (2.3,
 * steps 14 and 17), so if an address where it is read for this process lies in the page of the fault,
 * the fault is the directory's.
 */
#include "iommu/viommu/parts.h"

static bool is_guest_page_fault(uint16_t cause)
{
    return cause == IOMMU_CAUSE_INSTRUCTION_GUEST_PAGE || cause == IOMMU_CAUSE_READ_GUEST_PAGE ||
           cause == IOMMU_CAUSE_WRITE_GUEST_PAGE;
}

/* 2.3.2, step 2. */
static gpa_t entry_at(gpa_t table, uint32_t level, uint32_t pid)
{
    if (level == 0U) {
        return gpa_add(table, (pid & ((1U << IOMMU_PDI0_BITS) - 1U)) * IOMMU_PC_BYTES);
    }
    const uint32_t index = pid >> (IOMMU_PDI0_BITS + (level - 1U) * IOMMU_PDI_BITS);

    return gpa_add(table, (index & ((1U << IOMMU_PDI_BITS) - 1U)) * IOMMU_PDTE_BYTES);
}

bool viommu_lacks_process(const struct viommu *v, const struct viommu_context *context,
                          const struct iommu_fault *fault)
{
    const struct viommu_memory *memory = &v->setup.memory;
    const struct iommu_first_stage *first = &context->first_stage;
    const uint32_t levels = (uint32_t)IOMMU_PDTP_LEVELS(first->fsc >> IOMMU_FSC_MODE_SHIFT);
    const uint32_t pid = fault->pid_valid ? fault->pid : 0U;
    gpa_t table = gpa((first->fsc & IOMMU_FSC_PPN_MASK) << PAGE_SHIFT);

    if (!viommu_has_processes(context) || !is_guest_page_fault(fault->cause) ||
        (fault->iotval2 & IOMMU_IOTVAL2_IMPLICIT) == 0U ||
        !(fault->pid_valid || first->default_process)) {
        return false;
    }
    for (uint32_t level = levels; level > 0U; level--) {
        const gpa_t at = entry_at(table, level - 1U, pid);
        uint64_t entry = 0U;

        /* By page: hardware may leave the offset out. */
        if (at.v >> PAGE_SHIFT == fault->iotval2 >> PAGE_SHIFT) {
            return true;
        }
        /* A context is not read: what lies behind it are page tables. */
        if (level == 1U || !memory->load(memory->ctx, at, &entry, 1U) ||
            (entry & IOMMU_PDTE_V) == 0U || (entry & IOMMU_PDTE_RESERVED) != 0U) {
            return false;
        }
        table = gpa(IOMMU_ADDRESS_53_10(entry));
    }
    return false;
}

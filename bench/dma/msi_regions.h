/* SPDX-License-Identifier: GPL-2.0 */
/*
 * MSIs of a device behind the RISC-V IOMMU are writes like others, which its domain must let through:
 * each hart's interrupt file is mapped at its own address, and no other IOVA is given out there.
 */
#include <linux/irqchip/riscv-imsic.h>
#include <linux/percpu.h>
#include <linux/sizes.h>

static void bulkhead_get_resv_regions(struct device *dev, struct list_head *regions)
{
    const struct imsic_global_config *imsic = imsic_get_global_config();
    int cpu;

    if (!imsic || !imsic->local)
        return;
    for_each_possible_cpu(cpu) {
        phys_addr_t file = per_cpu_ptr(imsic->local, cpu)->msi_pa;
        struct iommu_resv_region *region;

        if (!file)
            continue;
        region = iommu_alloc_resv_region(file, SZ_4K, IOMMU_WRITE | IOMMU_MMIO,
                                         IOMMU_RESV_DIRECT_RELAXABLE, GFP_KERNEL);
        if (!region)
            return;
        list_add_tail(&region->list, regions);
    }
}

// SPDX-License-Identifier: GPL-2.0
/*
 * fstall: puts every disk and network function that has no driver yet behind a first-stage table in
 * which the IOVA of a byte of RAM is its physical address + OFFSET. To be loaded before the drivers.
 *
 * Linux for RISC-V has no DMA API that maps pages in an IOMMU, but its direct one adds what a device's
 * dma_range_map says. MSIs it does not translate, so the interrupt files stay where they are.
 * It cannot be unloaded: the tables are in use.
 */
#include <linux/dma-direct.h>
#include <linux/iommu.h>
#include <linux/irqchip/riscv-imsic.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>

/* More than a machine of these tests has RAM: an IOVA is never the address of RAM too. */
#define OFFSET 0x80000000UL

static int map_ram(struct iommu_domain *domain, phys_addr_t base, size_t size)
{
    return iommu_map(domain, base + OFFSET, base, size, IOMMU_READ | IOMMU_WRITE | IOMMU_CACHE,
                     GFP_KERNEL);
}

static int map_interrupt_files(struct iommu_domain *domain)
{
    const struct imsic_global_config *imsic = imsic_get_global_config();
    int cpu, error = 0;

    if (!imsic || !imsic->local)
        return -ENODEV;
    for_each_possible_cpu(cpu) {
        phys_addr_t file = per_cpu_ptr(imsic->local, cpu)->msi_pa;

        if (file && !error)
            error = iommu_map(domain, file, file, SZ_4K, IOMMU_WRITE | IOMMU_MMIO, GFP_KERNEL);
    }
    return error;
}

static int put_behind_table(struct device *dev)
{
    phys_addr_t base = phys_ram_base;
    size_t size = ALIGN(virt_to_phys(high_memory) - base, SZ_2M);
    struct bus_dma_region *regions = kcalloc(2, sizeof(*regions), GFP_KERNEL);
    struct iommu_domain *domain;
    int error;

    if (!regions)
        return -ENOMEM;
    domain = iommu_paging_domain_alloc(dev);
    if (IS_ERR(domain)) {
        kfree(regions);
        return PTR_ERR(domain);
    }
    error = map_ram(domain, base, size);
    if (!error)
        error = map_interrupt_files(domain);
    if (!error)
        error = iommu_attach_device(domain, dev);
    if (error) {
        iommu_domain_free(domain);
        kfree(regions);
        return error;
    }
    regions[0].cpu_start = base;
    regions[0].dma_start = base + OFFSET;
    regions[0].size = size;
    dev->dma_range_map = regions;
    return 0;
}

static bool is_for_us(const struct pci_dev *pdev)
{
    unsigned int class = pdev->class >> 16;

    return (class == PCI_BASE_CLASS_STORAGE || class == PCI_BASE_CLASS_NETWORK) &&
           pdev->dev.iommu_group && !pdev->dev.driver;
}

static int __init fstall_init(void)
{
    struct pci_dev *pdev = NULL;

    for_each_pci_dev(pdev) {
        int error;

        if (!is_for_us(pdev))
            continue;
        error = put_behind_table(&pdev->dev);
        if (error) {
            pci_err(pdev, "fstall: no first-stage table: error %d\n", error);
            pci_dev_put(pdev);
            return error;
        }
        pci_info(pdev, "fstall: IOVA = physical address + 0x%lx\n", OFFSET);
    }
    return 0;
}
module_init(fstall_init);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("First-stage tables for stock drivers of disks and NICs");

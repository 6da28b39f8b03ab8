// SPDX-License-Identifier: GPL-2.0
/*
 * edufst: puts QEMU's edu device behind a first-stage table of its own, by the API that the kernel
 * has for drivers, and looks at what its DMA does: leaves of each size, both directions, pages that
 * are mapped anew, read-only and not at all. Each finding is a line, and the last one counts what went
 * wrong; if anything did, loading fails.
 *
 * edu needs 100 ms for a transfer and knows no errors. A transfer that was blocked is one that changed
 * nothing, and what the kernel says of it is for the reader of its log.
 */
#include <linux/delay.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/iopoll.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/string.h>

/* QEMU docs/specs/edu. */
#define EDU_VENDOR 0x1234
#define EDU_DEVICE 0x11e8
#define EDU_BAR_SIZE 0x1000
#define EDU_DMA_SOURCE 0x80
#define EDU_DMA_DESTINATION 0x88
#define EDU_DMA_COUNT 0x90
#define EDU_DMA_COMMAND 0x98
#define EDU_DMA_START 1
#define EDU_DMA_TO_RAM 2
#define EDU_BUFFER 0x40000UL

/* RISC-V IOMMU 5.3, 5.7, 5.8, 5.12. */
#define IOMMU_CAPABILITIES 0
#define IOMMU_CQH 0x20
#define IOMMU_CQT 0x24
#define IOMMU_FQT 0x34
#define IOMMU_REGISTERS_SIZE 0x1000

#define READS 1000 /* of each register */

static bool faults = true;
module_param(faults, bool, 0444);
MODULE_PARM_DESC(faults, "also do what is blocked, and reported");

static unsigned long registers;
module_param(registers, ulong, 0444);
MODULE_PARM_DESC(registers, "physical address of the IOMMU's, to read them and count commands");

static const unsigned long READ_WRITE = IOMMU_READ | IOMMU_WRITE;
static const unsigned long page_iova = 0x0abcd000;
static const struct leaf {
    const char *name;
    size_t size;
    unsigned long iova;
    size_t at; /* where in the leaf the DMA goes */
    size_t count;
} leaves[] = {
    { "4K", SZ_4K, 0x0a000000, 0, SZ_4K },
    { "64K", SZ_64K, 0x08000000, 0xe000, SZ_4K },
    { "2M", SZ_2M, 0x08200000, 0x123456, SZ_2K },
};

static void __iomem *bar;
static unsigned int fails;

static void report(const char *what, const char *leaf, bool good)
{
    pr_info("edufst: %s%s%s: %s\n", leaf, *leaf ? " " : "", what, good ? "ok" : "FAIL");
    fails += !good;
}

static bool transfer(u64 source, u64 destination, size_t count, u64 direction)
{
    u64 command;

    writeq(source, bar + EDU_DMA_SOURCE);
    writeq(destination, bar + EDU_DMA_DESTINATION);
    writeq(count, bar + EDU_DMA_COUNT);
    writeq(EDU_DMA_START | direction, bar + EDU_DMA_COMMAND);
    return !readq_poll_timeout(bar + EDU_DMA_COMMAND, command, !(command & EDU_DMA_START), 1000,
                               4000000);
}

static bool from_ram(u64 iova, size_t count)
{
    return transfer(iova, EDU_BUFFER, count, 0);
}

static bool to_ram(u64 iova, size_t count)
{
    return transfer(EDU_BUFFER, iova, count, EDU_DMA_TO_RAM);
}

static bool all(const u8 *data, u8 value, size_t count)
{
    return !memchr_inv(data, value, count);
}

static void test_leaf(struct iommu_domain *domain, const struct leaf *leaf, u8 *data)
{
    size_t end = leaf->at + leaf->count;

    report("mapped", leaf->name,
           !iommu_map(domain, leaf->iova, virt_to_phys(data), leaf->size, READ_WRITE, GFP_KERNEL));
    memset(data, 0x11, leaf->size);
    memset(data + leaf->at, 0xa5, leaf->count);
    report("DMA from RAM", leaf->name, from_ram(leaf->iova + leaf->at, leaf->count));
    memset(data, 0x22, leaf->size);
    report("DMA to RAM", leaf->name, to_ram(leaf->iova + leaf->at, leaf->count));
    report("data came back to its place", leaf->name, all(data + leaf->at, 0xa5, leaf->count));
    report("nothing else was written", leaf->name,
           all(data, 0x22, leaf->at) && all(data + end, 0x22, leaf->size - end));
    report("unmapped", leaf->name, iommu_unmap(domain, leaf->iova, leaf->size) == leaf->size);
}

/* The device's buffer holds 0xa5 from the leaves before. */
static void test_remap(struct iommu_domain *domain, u8 *first, u8 *second)
{
    iommu_map(domain, page_iova, virt_to_phys(first), SZ_4K, READ_WRITE, GFP_KERNEL);
    to_ram(page_iova, SZ_4K);
    iommu_unmap(domain, page_iova, SZ_4K);
    iommu_map(domain, page_iova, virt_to_phys(second), SZ_4K, READ_WRITE, GFP_KERNEL);
    memset(first, 0x33, SZ_4K);
    memset(second, 0x44, SZ_4K);
    to_ram(page_iova, SZ_4K);
    report("the new page is written", "mapped anew", all(second, 0xa5, SZ_4K));
    report("the old one is not", "mapped anew", all(first, 0x33, SZ_4K));
    iommu_unmap(domain, page_iova, SZ_4K);
}

/* Four bytes each, for QEMU makes a record of every four. */
static void test_faults(struct iommu_domain *domain, u8 *data)
{
    iommu_map(domain, page_iova, virt_to_phys(data), SZ_4K, IOMMU_READ, GFP_KERNEL);
    memset(data, 0x55, SZ_4K);
    to_ram(page_iova + 0x10, 4);
    report("write is blocked", "read-only", all(data, 0x55, SZ_4K));
    iommu_unmap(domain, page_iova, SZ_4K);
    to_ram(page_iova + 0x20, 4);
    report("write is blocked", "unmapped", all(data, 0x55, SZ_4K));
    from_ram(page_iova + 0x30, 4);
    /* The IOMMU's driver reports in a thread of its own. */
    msleep(50);
}

static void read_registers(void __iomem *iommu)
{
    u64 capabilities = readq(iommu + IOMMU_CAPABILITIES);
    bool same = true;
    int i;

    for (i = 0; i < READS; i++) {
        same &= readq(iommu + IOMMU_CAPABILITIES) == capabilities;
        same &= readl(iommu + IOMMU_CQH) == readl(iommu + IOMMU_CQT);
        (void)readl(iommu + IOMMU_FQT);
    }
    report("read, every command is done", "registers", same);
}

static int test(struct device *dev, u8 *first, u8 *second, u8 *big)
{
    struct iommu_domain *domain = iommu_paging_domain_alloc(dev);
    int error, i;

    if (IS_ERR(domain))
        return PTR_ERR(domain);
    error = iommu_attach_device(domain, dev);
    if (!error) {
        for (i = 0; i < ARRAY_SIZE(leaves); i++)
            test_leaf(domain, &leaves[i], big);
        test_remap(domain, first, second);
        if (faults)
            test_faults(domain, first);
        iommu_detach_device(domain, dev);
    }
    iommu_domain_free(domain);
    return error;
}

static int test_with_memory(struct device *dev)
{
    struct page *first = alloc_page(GFP_KERNEL);
    struct page *second = alloc_page(GFP_KERNEL);
    struct page *big = alloc_pages(GFP_KERNEL, get_order(SZ_2M));
    int error = -ENOMEM;

    if (first && second && big)
        error = test(dev, page_address(first), page_address(second), page_address(big));
    if (first)
        __free_page(first);
    if (second)
        __free_page(second);
    if (big)
        __free_pages(big, get_order(SZ_2M));
    return error;
}

/* With `registers`, tells how far the tail of the command queue went meanwhile. */
static int test_and_count(struct device *dev)
{
    void __iomem *iommu;
    u32 begin;
    int error;

    if (!registers)
        return test_with_memory(dev);
    iommu = ioremap(registers, IOMMU_REGISTERS_SIZE);
    if (!iommu)
        return -ENOMEM;
    begin = readl(iommu + IOMMU_CQT);
    error = test_with_memory(dev);
    read_registers(iommu);
    pr_info("edufst: command queue: tail from %u to %u\n", begin, readl(iommu + IOMMU_CQT));
    iounmap(iommu);
    return error;
}

static int __init edufst_init(void)
{
    struct pci_dev *pdev = pci_get_device(EDU_VENDOR, EDU_DEVICE, NULL);
    int error = -ENODEV;

    if (!pdev)
        return error;
    error = pci_enable_device_mem(pdev);
    if (error)
        goto put;
    pci_set_master(pdev);
    error = -ENOMEM;
    bar = ioremap(pci_resource_start(pdev, 0), EDU_BAR_SIZE);
    if (bar) {
        error = test_and_count(&pdev->dev);
        iounmap(bar);
    }
    pci_clear_master(pdev);
    pci_disable_device(pdev);
put:
    pci_dev_put(pdev);
    pr_info("edufst: done, error %d, fails %u\n", error, fails);
    return error ? error : fails ? -EIO : 0;
}

static void __exit edufst_exit(void)
{
}
module_init(edufst_init);
module_exit(edufst_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("First-stage translation tried with QEMU's edu");

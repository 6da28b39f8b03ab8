/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/attack/dma.h"

#include <libfdt.h>
#include <stddef.h>

#include "guest/attack/nic.h"
#include "guest/lib/console.h"
#include "guest/lib/csr.h"
#include "guest/lib/irq.h"
#include "guest/lib/sleep.h"
#include "guest/lib/trap.h"

#define TABLE_PAGES 16U
#define LOG2        7U             /* entries of the queues: a page of records */
#define RECORD_MS   2000U          /* for a record that must come */
#define ARRIVE_MS   20U            /* for a write that the NIC has been told of: it comes at once */
#define FEW         60U            /* faults in a second that are no flood */
#define FLOOD_MS    1100U          /* after a flood a device is heard again */

struct dma dma;
volatile uint32_t dma_target[IOMMU_PAGE / 4U] __attribute__((aligned(IOMMU_PAGE)));

static uint64_t table_pages[TABLE_PAGES][IOMMU_PAGE / sizeof(uint64_t)]
    __attribute__((aligned(IOMMU_PAGE)));
static struct iommu_pages pages = { .pages = table_pages, .count = TABLE_PAGES };
static uint64_t commands[IOMMU_PAGE / sizeof(uint64_t)] __attribute__((aligned(IOMMU_PAGE)));
static uint64_t records[IOMMU_PAGE / sizeof(uint64_t)] __attribute__((aligned(IOMMU_PAGE)));
static uint32_t faults;            /* since the last rest */
static uint64_t fired_last, fired_before; /* where to */

bool dma_exists(void)
{
    return fdt_node_offset_by_compatible(tree_blob(), -1, "riscv,iommu") >= 0;
}

static bool open_once(void)
{
    static bool opened;

    if (!opened) {
        (void)irq_open();
        opened = pci_open() && iommu_open(&dma.iommu) && nic_open(&dma.nic)
                 && edu_open(&dma.edu, 0) && iommu_device_id(&dma.iommu, &dma.nic, &dma.nic_id)
                 && iommu_device_id(&dma.iommu, &dma.edu.pci, &dma.edu_id);
        dma.has_testdev = opened && testdev_open(&dma.testdev, 0)
                          && iommu_device_id(&dma.iommu, &dma.testdev.pci, &dma.testdev_id);
    }
    return opened;
}

static bool off(void)
{
    bool good = iommu_mode(&dma.iommu, DDTP_OFF, NULL) && iommu_commands_stop(&dma.iommu)
                && iommu_faults_stop(&dma.iommu);

    iommu_set32(&dma.iommu, IOMMU_FCTL, FCTL_WSI);
    iommu_set64(&dma.iommu, IOMMU_ICVEC, 0);
    iommu_set32(&dma.iommu, IOMMU_IPSR, UINT32_MAX);
    return good;
}

bool dma_queues(bool interrupt)
{
    return iommu_commands_start(&dma.iommu, commands, LOG2, interrupt)
           && iommu_faults_start(&dma.iommu, records, LOG2, false);
}

static bool on(void)
{
    pages.used = 0;
    return dma_queues(false) && iommu_directory_open(&dma.iommu, 1, &pages, &dma.directory)
           && iommu_table_open(FSC_SV39, &pages, &dma.table)
           && iommu_map(&dma.table, DMA_IOVA, (uint64_t)dma_target, IOMMU_4K, IOMMU_READ_WRITE);
}

static bool set_context(uint32_t id, uint64_t fsc)
{
    uint64_t *context = iommu_context(&dma.directory, id);

    if (context != NULL) {
        iommu_context_set(context, TC_V, DMA_PSCID, fsc);
    }
    return context != NULL;
}

void dma_contexts(struct tally *t, uint64_t fsc)
{
    verdict(t, "contexts", fsc, 0,
            set_context(dma.nic_id, fsc) && set_context(dma.edu_id, fsc)
                && (!dma.has_testdev || set_context(dma.testdev_id, fsc))
                && iommu_mode(&dma.iommu, iommu_directory_mode(&dma.directory), dma.directory.root)
                && iommu_do(&dma.iommu, iommu_forget_contexts())
                && iommu_do(&dma.iommu, iommu_forget_all()));
}

void dma_begin(struct tally *t)
{
    irq_enable(UINT64_C(1) << IRQ_TIMER);
    verdict(t, "no IOMMU, NIC or edu", 0, 0, open_once());
    pci_command(&dma.nic, PCI_COMMAND_MEMORY | PCI_COMMAND_BUS_MASTER, 0);
    verdict(t, "the IOMMU does not go off and on", 0, 0, off() && on());
    dma_contexts(t, iommu_table_fsc(&dma.table));
}

void dma_send(uint64_t iova, uint32_t data)
{
    fired_before = fired_last;
    fired_last = iova;
    nic_fire(&dma.nic, iova, data);
}

void dma_fire(uint64_t iova)
{
    dma_send(iova, TESTDEV_WORD);
}

bool dma_arrives(uint64_t iova, uint32_t word)
{
    uint64_t end = ms_from_now(ARRIVE_MS);

    dma_target[word] = 0;
    fence();
    dma_fire(iova);
    while (dma_target[word] != TESTDEV_WORD && rdtime() < end) {
    }
    return dma_target[word] == TESTDEV_WORD;
}

void dma_rest(void)
{
    if (++faults == FEW) {
        sleep_ms(FLOOD_MS);
        faults = 0;
    }
}

void dma_expect_record(struct tally *t, const char *what, uint64_t iova, uint64_t causes)
{
    struct iommu_fault fault = { 0 };
    bool came, right;

    do {                           /* the NIC may have fired twice before */
        came = iommu_fault_wait(&dma.iommu, &fault, RECORD_MS);
    } while (came && fault.iotval == fired_before && fired_before != iova);
    right = came && fault.iotval == iova && fault.device_id == dma.nic_id
                 && (causes & (fault.cause < 63U ? ANY(fault.cause) : DMA_CONFIGURATION)) != 0U;

    refusal(t, what, iova, fault.cause, right);
    if (!right) {
        print("attack: %s record: device 0x%x at 0x%llx\n", came ? "the" : "no", fault.device_id,
              (unsigned long long)fault.iotval);
    }
    dma_rest();
}

void dma_refused(struct tally *t, const char *what, uint64_t iova, uint64_t causes)
{
    dma_fire(iova);
    dma_expect_record(t, what, iova, causes);
}

void dma_still_works(struct tally *t, bool flooded)
{
    dma_begin(t);
    if (flooded) {
        (void)edu_wait(&dma.edu);
        sleep_ms(FLOOD_MS);
        faults = 0;
        dma_begin(t);
    }
    verdict(t, "what is mapped is not reached", DMA_IOVA, 0, dma_arrives(DMA_IOVA + 4U, 1));
    (void)iommu_unmap(&dma.table, DMA_IOVA, IOMMU_4K);
    verdict(t, "a command is not done", 0, 0,
            iommu_do(&dma.iommu, iommu_forget_address_of(DMA_IOVA, DMA_PSCID)));
    dma_target[2] = 0;
    dma_refused(t, "what is unmapped", DMA_IOVA + 8U, DMA_PAGE);
    verdict(t, "what is unmapped is reached", DMA_IOVA, 0, dma_target[2] == 0U);
}

/* ---- a new life ------------------------------------------------------------------------------ */

static void fresh_function(struct tally *t, uint32_t at)
{
    struct tree_range ecam = pci_ecam();
    struct pci_function function = { .config = ecam.base + (uint64_t)at * PCI_CONFIG_SIZE };

    if (pci_read(&function, PCI_ID) != UINT32_MAX) {
        verdict(t, "a function may do DMA", at, pci_read(&function, PCI_COMMAND),
                (pci_read(&function, PCI_COMMAND) & PCI_COMMAND_BUS_MASTER) == 0U);
    }
}

void dma_fresh(struct tally *t)
{
    struct iommu iommu;

    verdict(t, "no IOMMU", 0, 0, pci_open() && iommu_open(&iommu));
    for (uint32_t offset = IOMMU_FCTL; offset < IOMMU_PAGE; offset += 8U) {
        uint64_t value = iommu_get64(&iommu, offset);

        verdict(t, "a register is not as after reset", offset, value,
                value == (offset == IOMMU_DDTP ? DDTP_BARE : 0U));
    }
    for (uint32_t at = 0; at < PCI_FUNCTIONS; at++) {
        fresh_function(t, at);
    }
    /* The life before may have flooded just now, and a restart does not undo that its device is cut off. */
    dma_still_works(t, true);
}

/* ---- targets --------------------------------------------------------------------------------- */

/* Of QEMU's virt; an attacker knows them. */
static const uint64_t board[] = {
    0x0, 0x100000, 0x2000000, 0x3010000, 0x3011000, 0xc000000, 0xd000000, 0xd001000, 0x10000000,
    0x24000000, 0x28000000, 0x28001000, 0x28002000, 0x28003000, 0x28004000, 0x28005000, 0x28006000,
    0x28008000, 0x2800c000, 0x30000000, 0x30010000, 0x40000000, 0x7ffff000, 0x80000000,
    0x80200000, 0x81000000, 0x88000000, 0x9f000000, 0xa0000000, 0xc0000000, 0xfffff000,
    0x4000000000, 0x8000000000, 0x10080000000, 0x20000000000, 0x20080000000, 0x40000000000000,
    0x80000080000000,
};

bool dma_foreign(uint32_t n, uint64_t *out)
{
    for (uint32_t i = 0; i < COUNT(board); i++) {
        if (!is_mine(board[i], PAGE) && n-- == 0U) {
            *out = board[i];
            return true;
        }
    }
    return false;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/demo/translate.h"

#include <stddef.h>

#include "guest/lib/hart.h"
#include "guest/lib/iommu_directory.h"
#include "guest/lib/iommu_table.h"
#include "guest/lib/irq.h"

#define TABLE_PAGES   12U
#define FIRST         UINT64_C(0x1000000000) /* slot 0, where the guest has no memory */
#define PSCID         1U
#define MESSAGE       60U         /* identity of the IOMMU's interrupts: nobody else's */
#define COMMANDS_LOG2 4U
#define FAULTS_LOG2   5U
#define WORDS         (IOMMU_PAGE / sizeof(uint64_t))

static struct iommu iommu;
static struct iommu_table table;
static bool present;
static volatile uint32_t *wake;
static uint64_t commands[WORDS] __attribute__((aligned(IOMMU_PAGE)));
static uint64_t faults[WORDS] __attribute__((aligned(IOMMU_PAGE)));
static uint64_t table_pages[TABLE_PAGES][WORDS] __attribute__((aligned(IOMMU_PAGE)));
static struct iommu_pages pages = { .pages = table_pages, .count = TABLE_PAGES };

static void on_fault(uint32_t identity)
{
    (void)identity;
    iommu_set32(&iommu, IOMMU_IPSR, IPSR_FIP);
    (*wake)++;
}

static bool turn_on_queues(void)
{
    bool good = iommu_commands_stop(&iommu) && iommu_faults_stop(&iommu)
                && iommu_signals(&iommu, false, 0, 0);

    irq_message(MESSAGE, on_fault);
    iommu_message(&iommu, 0, irq_file(hart_self()->id), MESSAGE);
    return good && iommu_commands_start(&iommu, commands, COMMANDS_LOG2, false)
           && iommu_faults_start(&iommu, faults, FAULTS_LOG2, true);
}

static bool turn_on_translation(uint32_t device_id)
{
    uint64_t file = irq_file(hart_self()->id);
    struct iommu_directory directory;
    uint64_t *context;

    if (!iommu_directory_open(&iommu, 2, &pages, &directory)
        || !iommu_table_open(FSC_SV39, &pages, &table)
        || !iommu_map(&table, file, file, IOMMU_4K, IOMMU_READ_WRITE)) {
        return false;
    }
    context = iommu_context(&directory, device_id);
    if (context == NULL) {
        return false;
    }
    iommu_context_set(context, TC_V, PSCID, iommu_table_fsc(&table));
    return iommu_mode(&iommu, DDTP_OFF, NULL)
           && iommu_mode(&iommu, iommu_directory_mode(&directory), directory.root)
           && iommu_do(&iommu, iommu_forget_contexts()) && iommu_do(&iommu, iommu_forget_all());
}

bool translate_open(const struct pci_function *device, volatile uint32_t *events)
{
    uint32_t device_id;

    wake = events;
    present = iommu_open(&iommu) && iommu_device_id(&iommu, device, &device_id)
              && turn_on_queues() && turn_on_translation(device_id);
    return present;
}

uint64_t translate_map(uint32_t slot, const void *page, bool writable)
{
    uint64_t iova = FIRST + slot * IOMMU_4K;

    if (!present) {
        return (uint64_t)page;
    }
    (void)iommu_map(&table, iova, (uint64_t)page, IOMMU_4K,
                    writable ? IOMMU_READ_WRITE : IOMMU_READ_ONLY);
    return iova;
}

bool translate_unmap(uint32_t slot)
{
    uint64_t iova = FIRST + slot * IOMMU_4K;

    return !present || (iommu_unmap(&table, iova, IOMMU_4K)
                        && iommu_do(&iommu, iommu_forget_address_of(iova, PSCID)));
}

bool translate_refused(struct iommu_fault *out)
{
    return present && iommu_fault_take(&iommu, out);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupts to whom it may not concern: a device's message table is the guest's to write, so its
 * messages go to the interrupt files of other guests, of the hypervisor and of the firmware, and to
 * registers that act on a store. Only the IOMMU stands in between. To its own file the guest may
 * send what it likes: the right number of interrupts comes, and nothing else.
 */
#include "guest/attack/dma.h"

#include "guest/lib/irq.h"
#include "guest/lib/sleep.h"
#include "guest/lib/trap.h"

#define IDENTITY 5U
#define OWN      50U
#define FILE_MS  1000U

static volatile uint32_t came;

static void on_message(uint32_t identity)
{
    (void)identity;
    came++;
}

static void forge(struct tally *t, uint64_t address)
{
    dma_send(address, IDENTITY);
    dma_expect_record(t, "a message", address, DMA_ACCESS);
}

static void to_itself(struct tally *t, uint64_t file)
{
    static const uint32_t wild[] = { 0, 62, 255, 256, 2047, 2048, 0x10005, UINT32_MAX };

    irq_message(IDENTITY, on_message);
    came = 0;
    edu_master(&dma.edu, true);
    for (uint32_t i = 0; i < OWN; i++) {
        (void)pci_msi(&dma.edu.pci, 0, file, IDENTITY);
        edu_raise(&dma.edu);
        (void)sleep_for_event(&came, i, ms_from_now(FILE_MS));
        dma_send(file, wild[i % COUNT(wild)]);
    }
    edu_master(&dma.edu, false);
    verdict(t, "its own interrupts", came, OWN, came == OWN);
}

void attack_msi_forgery(struct tally *t)
{
    uint64_t address;

    dma_begin(t);
    irq_enable(UINT64_C(1) << IRQ_TIMER | UINT64_C(1) << IRQ_EXTERNAL);
    dma_contexts(t, 0);            /* no first stage: addresses are physical */
    for (uint32_t n = 0; dma_foreign(n, &address); n++) {
        forge(t, address);
    }
    forge(t, UINT64_C(0xd001cdc)); /* the APLIC's setipnum */
    to_itself(t, irq_file(hart_self()->id));
    dma_still_works(t, false);
}

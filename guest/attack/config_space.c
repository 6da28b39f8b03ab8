/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration space: BARs moved over other functions, interrupt files and memory, then accessed;
 * everything written to every register; bus mastering off and on in the middle of DMA; a function's
 * own reset again and again. Where the guest's writes reached the device unfiltered, it would answer
 * at somebody else's address.
 */
#include "guest/attack/dma.h"

#include "guest/attack/nic.h"
#include "guest/lib/csr.h"
#include "guest/lib/sleep.h"

#define WORD           4U
#define CAPABILITY_PCIE 0x10U
#define DEVICE_CONTROL 8U
#define FLR            (UINT32_C(1) << 15)
#define RESETS         4U
#define RESET_MS       101U        /* PCIe 4.0, 6.6.2: 100 ms */
#define EDU_ID         UINT32_C(0x010000ed)

/* The BAR takes nothing but its own address; what is behind the guest's window stays the device. */
static void move_bars(struct tally *t, const struct pci_function *function)
{
    static const uint32_t places[] = {
        0x0, 0x3010000, 0x10000000, 0x28000000, 0x28004000, 0x30000000, 0x40000000, 0x40100000,
        0x40200000, 0x7ffff000, 0x80000000, 0x80200000,
    };

    for (uint32_t bar = 0; bar < PCI_BARS; bar++) {
        uint32_t at = PCI_BAR0 + bar * WORD, own = pci_read(function, at);

        for (uint32_t i = 0; i < COUNT(places); i++) {
            pci_write(function, at, places[i]);
            refusal(t, "a BAR has moved", places[i], pci_read(function, at),
                    pci_read(function, at) == own);
            verdict(t, "the device has moved", places[i], 0,
                    probe_load(dma.edu.pci.bars[0].base, 4) == EDU_ID);
        }
        pci_write(function, at, own);
    }
}

static void restore(struct tally *t, const struct pci_function *function)
{
    for (uint32_t bar = 0; bar < PCI_BARS; bar++) {
        pci_write(function, PCI_BAR0 + bar * WORD, (uint32_t)function->bars[bar].base);
    }
    pci_write(function, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_BUS_MASTER);
    verdict(t, "it does not decode", function->config, 0,
            (pci_read(function, PCI_COMMAND) & PCI_COMMAND_MEMORY) != 0U);
}

static void scribble(struct tally *t, const struct pci_function *function)
{
    static const uint32_t values[] = { 0, UINT32_MAX, 0x80200004 };
    uint32_t id = pci_read(function, PCI_ID);

    for (uint32_t i = 0; i < COUNT(values); i++) {
        for (uint32_t offset = PCI_CONFIG_SIZE; offset != 0U; offset -= WORD) {
            attempt(t, "scribble", probe_store4, function->config + offset - WORD, values[i],
                    NO_EXCEPTION);
        }
        sleep_ms(RESET_MS);        /* it was told to reset itself, too */
    }
    verdict(t, "it has another id", id, pci_read(function, PCI_ID),
            id == pci_read(function, PCI_ID));
    restore(t, function);
}

/* Functions that the guest does not have: absent, whatever is written. */
static void others(struct tally *t)
{
    for (uint32_t i = 0; i < PCI_FUNCTIONS; i++) {
        struct pci_function at = { .config = pci_ecam().base + (uint64_t)i * PCI_CONFIG_SIZE };

        if (pci_read(&at, PCI_ID) == UINT32_MAX) {
            pci_write(&at, PCI_COMMAND, UINT32_MAX);
            pci_write(&at, PCI_BAR0, UINT32_MAX);
            refusal(t, "a function appears", i, 0, pci_read(&at, PCI_BAR0) == UINT32_MAX
                                                       && pci_read(&at, PCI_ID) == UINT32_MAX);
        }
    }
}

static void toggle_mastering(struct tally *t)
{
    struct race race = { 0 };

    edu_master(&dma.edu, true);
    for (uint32_t i = 0; race_goes_on(&race); i++) {
        if (!edu_is_busy(&dma.edu)) {
            edu_start(&dma.edu, EDU_TO_MEMORY, DMA_IOVA, 0, 64);
        }
        pci_command(&dma.nic, i % 2U * PCI_COMMAND_BUS_MASTER,
                    (i + 1U) % 2U * PCI_COMMAND_BUS_MASTER);
        edu_master(&dma.edu, i % 3U == 0U);
        dma_fire(DMA_IOVA);
        t->tried++;
    }
}

static void resets(struct tally *t)
{
    uint32_t at = pci_read(&dma.nic, PCI_CAPABILITIES) & 0xfcU;

    for (uint32_t i = 0; i < PAGE && (pci_read(&dma.nic, at) & 0xffU) != CAPABILITY_PCIE; i++) {
        at = pci_read(&dma.nic, at) >> 8 & 0xfcU;
    }
    for (uint32_t i = 0; i < RESETS; i++) {
        dma_fire(DMA_IOVA);
        pci_write(&dma.nic, at + DEVICE_CONTROL, pci_read(&dma.nic, at + DEVICE_CONTROL) | FLR);
        dma_fire(DMA_IOVA);
        sleep_ms(RESET_MS);
        restore(t, &dma.nic);
    }
}

void attack_config_space(struct tally *t)
{
    dma_begin(t);
    others(t);
    move_bars(t, &dma.edu.pci);
    move_bars(t, &dma.nic);
    scribble(t, &dma.edu.pci);
    scribble(t, &dma.nic);
    toggle_mastering(t);
    resets(t);
    dma_still_works(t, true);
}

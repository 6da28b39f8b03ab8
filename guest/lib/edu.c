/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/lib/edu.h"

#include <stddef.h>

#include "guest/lib/csr.h"
#include "guest/lib/irq.h"
#include "guest/lib/sleep.h"

#define EDU_VENDOR UINT16_C(0x1234)
#define EDU_DEVICE UINT16_C(0x11e8)

/* Registers in BAR 0. */
enum { EDU_IRQ_STATUS = 0x24, EDU_IRQ_RAISE = 0x60, EDU_IRQ_ACK = 0x64, EDU_DMA_SOURCE = 0x80,
       EDU_DMA_DESTINATION = 0x88, EDU_DMA_COUNT = 0x90, EDU_DMA_COMMAND = 0x98,
       EDU_BUFFER = 0x40000 };
#define DMA_RUN       UINT64_C(1)
#define DMA_TO_MEMORY UINT64_C(2)
#define DMA_INTERRUPT UINT64_C(4)
#define IRQ_BY_HAND   1U

#define LOOK_EVERY_MS 20U
#define PATIENCE_MS   3000U      /* 100 are right; the machine that QEMU runs on may be busy */

/* Above all sources of wired interrupts, whose identities are their own numbers. */
#define FIRST_IDENTITY 48U

void (*edu_on_interrupt)(void);
static struct edu *opened[EDU_MAX];

static uint32_t get(const struct edu *edu, uint32_t offset)
{
    return *(volatile uint32_t *)(edu->pci.bars[0].base + offset);
}

static void set(const struct edu *edu, uint32_t offset, uint32_t value)
{
    *(volatile uint32_t *)(edu->pci.bars[0].base + offset) = value;
}

static void set_wide(const struct edu *edu, uint32_t offset, uint64_t value)
{
    *(volatile uint64_t *)(edu->pci.bars[0].base + offset) = value;
}

static void on_interrupt(uint32_t identity)
{
    for (uint32_t i = 0; i < EDU_MAX; i++) {
        uint32_t status;
        if (opened[i] == NULL || opened[i]->identity != identity) {
            continue;
        }
        status = get(opened[i], EDU_IRQ_STATUS);
        set(opened[i], EDU_IRQ_ACK, status);
        opened[i]->interrupts += status != 0U;
    }
    if (edu_on_interrupt != NULL) {
        edu_on_interrupt();
    }
}

bool edu_open(struct edu *edu, uint32_t index)
{
    *edu = (struct edu){ 0 };
    if (index >= EDU_MAX || !pci_find(EDU_VENDOR, EDU_DEVICE, index, &edu->pci)
        || edu->pci.bars[0].size == 0U) {
        return false;
    }
    opened[index] = edu;
    set(edu, EDU_IRQ_ACK, get(edu, EDU_IRQ_STATUS)); /* left over by whoever drove it before */
    return true;
}

bool edu_interrupts(struct edu *edu, bool intx)
{
    uint32_t mode, source;

    if (intx) {
        source = pci_intx(&edu->pci, &mode);
        if (source != 0U) {
            edu->identity = source;
            irq_connect(source, mode, on_interrupt);
            pci_command(&edu->pci, 0, PCI_COMMAND_INTX_DISABLE);
        }
    } else {
        for (uint32_t i = 0; i < EDU_MAX; i++) {
            if (opened[i] == edu && pci_msi(&edu->pci, 0, irq_file(hart_self()->id),
                                            FIRST_IDENTITY + i)) {
                edu->identity = FIRST_IDENTITY + i;
                irq_message(edu->identity, on_interrupt);
            }
        }
    }
    return edu->identity != 0U;
}

void edu_master(struct edu *edu, bool on)
{
    pci_command(&edu->pci, on ? PCI_COMMAND_BUS_MASTER : 0U, on ? 0U : PCI_COMMAND_BUS_MASTER);
}

void edu_start(struct edu *edu, enum edu_direction direction, uint64_t address, uint32_t offset,
               uint32_t length)
{
    bool to_memory = direction == EDU_TO_MEMORY;

    edu->expected = edu->interrupts;
    set_wide(edu, EDU_DMA_SOURCE, to_memory ? EDU_BUFFER + offset : address);
    set_wide(edu, EDU_DMA_DESTINATION, to_memory ? address : EDU_BUFFER + offset);
    set_wide(edu, EDU_DMA_COUNT, length);
    fence();
    set_wide(edu, EDU_DMA_COMMAND, DMA_RUN | (to_memory ? DMA_TO_MEMORY : 0U)
                                       | (edu->identity != 0U ? DMA_INTERRUPT : 0U));
}

bool edu_is_busy(const struct edu *edu)
{
    return (get(edu, EDU_DMA_COMMAND) & DMA_RUN) != 0U;
}

bool edu_wait(struct edu *edu)
{
    for (uint32_t waited = 0; waited < PATIENCE_MS; waited += LOOK_EVERY_MS) {
        bool busy = edu_is_busy(edu);

        if (sleep_for_event(&edu->interrupts, edu->expected, ms_from_now(LOOK_EVERY_MS))) {
            return !edu_is_busy(edu);
        }
        if (!busy) {
            return edu->identity == 0U; /* its interrupt would have come by now */
        }
    }
    return false;
}

bool edu_transfer(struct edu *edu, enum edu_direction direction, uint64_t address, uint32_t offset,
                  uint32_t length)
{
    edu_start(edu, direction, address, offset, length);
    return edu_wait(edu);
}

void edu_raise(struct edu *edu)
{
    edu->expected = edu->interrupts;
    set(edu, EDU_IRQ_RAISE, IRQ_BY_HAND);
}

uint64_t edu_raise_register(const struct edu *edu)
{
    return edu->pci.bars[0].base + EDU_IRQ_RAISE;
}

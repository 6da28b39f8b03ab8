/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration spaces made of data behind platform/hw/pci_config.h: what a board answers, for the
 * host tool and for tests. Requests find their way by the bus numbers in bridges, as on a board.
 * One at a time; no threads.
 */
#ifndef TOOLS_PCI_SPACE_H
#define TOOLS_PCI_SPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/board.h"
#include "platform/pci/regs.h"

#define PCI_SPACE_MAX  1024U
#define PCI_SPACE_NONE (-1)

struct pci_space_function {
    const struct board_pci_host *host;
    int32_t bridge;          /* that it is behind, or PCI_SPACE_NONE: on the host's first bus */
    uint32_t device_function;
    int32_t physical;        /* whose virtual one it is, if VF Enable is set; or PCI_SPACE_NONE */
    uint32_t vf;             /* its number, if so */
    uint32_t sriov;          /* offset of its SR-IOV capability, 0: none */
    uint8_t bytes[PCI_CONFIG_SIZE];
    uint8_t writable[PCI_CONFIG_SIZE]; /* bits that take what is written */
};

struct pci_space {
    struct pci_space_function functions[PCI_SPACE_MAX];
    uint32_t count;
    /* Called before each write to a function, if set. */
    void (*on_write)(uint32_t function, uint32_t offset, uint32_t width, uint32_t value);
};

extern struct pci_space pci_space;

/* Nothing answers any more. */
void pci_space_reset(void);

/* A new function, all zeros; PCI_SPACE_NONE when there is no room. */
int32_t pci_space_add(const struct board_pci_host *host, int32_t bridge, uint32_t device_function);

/* Which one answers at this id; PCI_SPACE_NONE: nobody. */
int32_t pci_space_find(const struct board_pci_host *host, uint16_t rid);

/* Little-endian fields of 1, 2 or 4 bytes of a function, whatever is writable. */
uint32_t pci_space_get(uint32_t function, uint32_t offset, uint32_t width);
void pci_space_set(uint32_t function, uint32_t offset, uint32_t width, uint32_t value);
void pci_space_let_write(uint32_t function, uint32_t offset, uint32_t width, uint32_t bits);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PCI functions of the board as plain data. Enumeration also silences them: from then on none
 * does DMA, decodes an address or interrupts, whatever the firmware had it do.
 *
 * Boot hart, once, with every platform IOMMU in mode Off; constant afterwards. Pure over
 * platform/hw/pci_config.h.
 *
 * PCI Express Base 7.5 (type 0, type 1 headers), 7.5.3 (PCI Express capability), 7.7.8 (ACS), 9.3.3
 * (SR-IOV); PCI Local Bus 3.0, 6.2.5 (base address registers), 6.7 (capabilities list).
 */
#ifndef PLATFORM_PCI_PCI_H
#define PLATFORM_PCI_PCI_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/diag.h"
#include "platform/board.h"

#define PCI_MAX_FUNCTIONS 160U   /* of all hosts together, without virtual functions */
#define PCI_BARS          6U
#define PCI_ROOT          (-1)   /* parent of a function on a root bus */

struct pci_bar {
    uint64_t size;               /* bytes; 0: none, an I/O range, or a 64-bit one's upper half */
    bool wide;                   /* a 64-bit one: the next register is its upper half */
    bool prefetchable;
};

enum pci_kind {
    PCI_CONVENTIONAL,            /* no PCI Express capability */
    PCI_ENDPOINT,                /* also legacy */
    PCI_INTEGRATED,              /* in the root complex: integrated endpoint, event collector */
    PCI_ROOT_PORT,
    PCI_UPSTREAM,
    PCI_DOWNSTREAM,
    PCI_BRIDGE_TO_PCI,           /* PCI Express to conventional PCI */
    PCI_BRIDGE_FROM_PCI
};

struct pci_function {
    uint16_t host;               /* index in board->pci */
    uint16_t rid;                /* with the bus numbers that enumeration gave */
    uint16_t alias;              /* requester id of its requests: another behind a bridge to PCI */
    int16_t parent;              /* index of the bridge that it is behind, or PCI_ROOT */
    uint16_t vendor, device;
    uint32_t class_code;         /* 24 bits */
    enum pci_kind kind;
    bool is_bridge;              /* type 1 header */
    bool wide_window;            /* of a bridge: its prefetchable window holds 64-bit addresses */
    bool multifunction;          /* of a device with several functions */
    uint8_t secondary, subordinate; /* of a bridge */
    uint8_t pin;                 /* 1..4 INTA..INTD, 0 none */
    bool has_msi, has_msix, has_flr;
    uint16_t acs_offset, acs_can;/* extended capability, 0: none; ACS Capability bits */
    struct pci_bar bars[PCI_BARS];
    uint16_t sriov_offset;       /* extended capability, 0: none */
    uint16_t vf_count;           /* TotalVFs; 0: no buses left */
    uint16_t vf_first, vf_stride;/* First VF Offset, VF Stride, with NumVFs = vf_count */
    struct pci_bar vf_bars[PCI_BARS]; /* of each virtual function */
};

struct pci {
    struct pci_function functions[PCI_MAX_FUNCTIONS]; /* depth first: a bridge, what is behind it */
    uint32_t count;
};

/*
 * Find every function of every host of the board, give bus numbers to bridges (depth first, from
 * the host's first bus; a bus that virtual functions need counts), find sizes and capabilities.
 * Each function is silenced before anything else is done with it: bus mastering, decoding, INTx,
 * MSI, MSI-X, virtual functions, ATS, page requests and PASIDs are off, and it is in D0. Bridges
 * pass nothing until pci_apply.
 *
 * Reports in d what exceeds a limit (functions, buses) or has a header that is neither type 0 nor
 * type 1; such functions are silenced as far as they can be reached, and are not in *out. True if
 * nothing was reported; *out can be used either way. Every walk of a capability list is bounded. A
 * host whose ECAM holds no bus has no functions.
 */
bool pci_enumerate(const struct board *board, struct pci *out, struct diag *d);

/* Index of the function, or -1. */
int pci_find(const struct pci *pci, uint32_t host, uint16_t rid);

/* The requester id of virtual function vf (from 0) of this physical function. */
uint16_t pci_vf_rid(const struct pci_function *physical, uint32_t vf);

/* "0000:00:01.0" */
#define PCI_NAME_MAX 16U
const char *pci_name(uint32_t domain, uint16_t rid, char buffer[PCI_NAME_MAX]);

/* The host's interrupt line of a function's INTx pin, swizzled through the bridges above it
 * (PCI-to-PCI Bridge 1.2, 9.1) and looked up in the host's interrupt-map. False: it has no pin, or
 * the line is not one of the S-level APLIC. */
bool pci_intx(const struct board *board, const struct pci *pci, uint32_t function, uint32_t *source,
              uint32_t *flags);

#endif

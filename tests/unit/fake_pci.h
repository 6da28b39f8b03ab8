/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A board of PCI functions made one by one, in tools/pci_space.h. Capabilities are appended in the
 * order of the calls; registers that a real function lets be written can be written.
 */
#ifndef TESTS_UNIT_FAKE_PCI_H
#define TESTS_UNIT_FAKE_PCI_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/diag.h"
#include "platform/board.h"
#include "tools/pci_space.h"

/* Device/Port Type. */
enum fake_port {
    FAKE_ENDPOINT = 0, FAKE_ROOT_PORT = 4, FAKE_UPSTREAM = 5, FAKE_DOWNSTREAM = 6,
    FAKE_BRIDGE_TO_PCI = 7, FAKE_INTEGRATED = 9
};

/* The windows of host 0; the addresses of one are others for harts. */
#define FAKE_PCI_LOW_PCI  UINT64_C(0x40000000)
#define FAKE_PCI_LOW_CPU  UINT64_C(0x140000000)
#define FAKE_PCI_LOW_SIZE UINT64_C(0x40000000)
#define FAKE_PCI_HIGH     UINT64_C(0x400000000)
#define FAKE_PCI_HIGH_SIZE UINT64_C(0x400000000)

extern struct board fake_pci_board;
extern uint32_t fake_pci_reports;  /* findings so far */
extern char fake_pci_report[DIAG_TEXT_MAX]; /* the last one */

/* Nothing but host 0: buses 0 to 255, a window below 4 GiB and one above. */
void fake_pci_reset(void);
struct diag fake_pci_diag(void);

/* Index in pci_space. */
uint32_t fake_pci_function(uint32_t host, int32_t bridge, uint32_t device, uint32_t function);
/* The same with a type 1 header. */
uint32_t fake_pci_bridge(uint32_t host, int32_t bridge, uint32_t device, uint32_t function);
void fake_pci_multifunction(uint32_t function);
/* A BAR of size bytes; flags as the register reads them (PCI_BAR_...). */
void fake_pci_bar(uint32_t function, uint32_t bar, uint64_t size, uint32_t flags);
/* Offset of the new capability. */
uint32_t fake_pci_capability(uint32_t function, uint32_t id, uint32_t size);
uint32_t fake_pci_extended(uint32_t function, uint32_t id, uint32_t size);
uint32_t fake_pci_express(uint32_t function, enum fake_port port);
uint32_t fake_pci_acs(uint32_t function, uint32_t can);
/* SR-IOV with count virtual functions; BARs by fake_pci_vf_bar. */
uint32_t fake_pci_sriov(uint32_t function, uint32_t count, uint32_t first, uint32_t stride);
void fake_pci_vf_bar(uint32_t function, uint32_t bar, uint64_t size, uint32_t flags);

/* Ports with a PCI Express capability, and ACS with these abilities if not 0. */
uint32_t fake_pci_port(int32_t bridge, uint32_t device, enum fake_port port, uint32_t acs);

#endif

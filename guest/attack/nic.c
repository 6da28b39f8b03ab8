/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/attack/nic.h"

#include "guest/lib/csr.h"

#define INTEL UINT16_C(0x8086)
#define I82574 UINT16_C(0x10d3)
enum { ICR = 0xc0, ICS = 0xc8, IMS = 0xd0, IMC = 0xd8, IVAR = 0xe4 };
#define CAUSE_OTHER   (UINT32_C(1) << 24)
#define IVAR_OTHER_0  (UINT32_C(8) << 16) /* it is valid, and vector 0 */

static void set(const struct pci_function *nic, uint32_t offset, uint32_t value)
{
    *(volatile uint32_t *)(nic->bars[0].base + offset) = value;
}

bool nic_open(struct pci_function *nic)
{
    if (!pci_find(INTEL, I82574, 0, nic) || nic->bars[0].size == 0U) {
        return false;
    }
    pci_command(nic, PCI_COMMAND_BUS_MASTER, 0);
    return true;
}

/* Its interrupts are on as shortly as can be: QEMU's e1000e repeats them when its throttle timer, of
 * 128 us at least, is over. */
void nic_fire(const struct pci_function *nic, uint64_t address, uint32_t data)
{
    if (!pci_msi(nic, 0, address, data)) {
        return;
    }
    set(nic, IVAR, IVAR_OTHER_0);
    set(nic, ICR, UINT32_MAX);
    set(nic, ICS, CAUSE_OTHER);
    fence();
    set(nic, IMS, CAUSE_OTHER);
    set(nic, IMC, UINT32_MAX);
    set(nic, ICR, UINT32_MAX);
    fence();
}

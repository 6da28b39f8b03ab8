/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration space: everything written to every register of its functions, and to those of
 * others. */
#include "guest/dmahog/dmahog.h"

#include "guest/lib/console.h"
#include "guest/lib/csr.h"

#define WORD 4U

/* All registers, in three ways, from the back, so that the command register comes late. */
static void scribble(const struct pci_function *function)
{
    static const uint32_t values[] = { 0, UINT32_MAX, 0x80200004 };

    for (uint32_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        for (uint32_t offset = PCI_CONFIG_SIZE; offset != 0U; offset -= WORD) {
            pci_write(function, offset - WORD, values[i]);
        }
    }
}

/* As a driver finds it after a reset that it did not make. */
static void restore(const struct pci_function *function)
{
    for (uint32_t bar = 0; bar < PCI_BARS; bar++) {
        pci_write(function, PCI_BAR0 + bar * WORD, (uint32_t)function->bars[bar].base);
    }
    pci_write(function, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_BUS_MASTER);
}

/* Functions that the guest does not have: absent, whatever is written. */
static bool others_are_absent(void)
{
    uint32_t found = 0, own = hog_edu_count + hog_testdev_count;

    for (uint32_t i = 0; i < PCI_FUNCTIONS; i++) {
        struct pci_function at = { .config = pci_ecam().base + (uint64_t)i * PCI_CONFIG_SIZE };

        if (pci_read(&at, PCI_ID) != UINT32_MAX) {
            found++;
            continue;
        }
        pci_write(&at, PCI_COMMAND, UINT32_MAX);
        pci_write(&at, PCI_BAR0, UINT32_MAX);
        found += pci_read(&at, PCI_BAR0) != UINT32_MAX;
    }
    return found == own;
}

void attack_config(void)
{
    hog_verdict("other-functions-are-absent", others_are_absent());
    for (uint32_t i = 0; i < hog_testdev_count; i++) {
        scribble(&hog_testdevs[i].pci);
        restore(&hog_testdevs[i].pci);
    }
    for (uint32_t e = 0; e < hog_edu_count; e++) {
        scribble(&hog_edus[e].pci);
        restore(&hog_edus[e].pci);
        (void)edu_interrupts(&hog_edus[e], false);
    }
    hog_verdict("device-works-after-scribbling", hog_edu_count == 0U || attempts_control());
}

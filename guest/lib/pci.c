/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/lib/pci.h"

#include "guest/lib/csr.h"
#include "guest/lib/pci_host.h"

#define NO_VENDOR           UINT16_C(0xffff)
#define MULTIFUNCTION       (1U << 23)        /* in the header type's dword */
#define FUNCTIONS_OF_DEVICE 8U
#define COMMAND_MASK        UINT32_C(0xffff)

/* BARs: PCI 3.0, 6.2.5.1 */
#define BAR_IO              (1U << 0)
#define BAR_64              (2U << 1)
#define BAR_TYPE            (3U << 1)
#define BAR_FLAGS           UINT32_C(0xf)

/* Capabilities: PCI 3.0, 6.7, 6.8.1, 6.8.2 */
#define CAPABILITY_MSI      0x05U
#define CAPABILITY_MSIX     0x11U
#define CAPABILITIES_MAX    48U              /* that fit in 256 bytes, so the walk ends */
#define MSI_ENABLE          (1U << 16)       /* in the dword with the capability's id */
#define MSI_VECTORS_ENABLED (7U << 20)
#define MSI_64              (1U << 23)
#define MSIX_ENABLE         (1U << 31)
#define MSIX_MASK_ALL       (1U << 30)
#define MSIX_SIZE_SHIFT     16U
#define MSIX_SIZE_MASK      0x7ffU
#define MSIX_BIR            7U
#define MSIX_ENTRY          16U              /* bytes */

static struct pci_host host;
static uint64_t low_used, high_used;         /* bytes of the windows */

bool pci_open(void)
{
    return pci_host_open(&host);
}

struct tree_range pci_ecam(void) { return host.ecam; }

uint32_t pci_read(const struct pci_function *function, uint32_t offset)
{
    return *(volatile uint32_t *)(function->config + offset);
}

void pci_write(const struct pci_function *function, uint32_t offset, uint32_t value)
{
    *(volatile uint32_t *)(function->config + offset) = value;
    fence();
}

void pci_command(const struct pci_function *function, uint32_t set, uint32_t clear)
{
    /* The status register in the upper half is cleared by ones: written with zeros. */
    pci_write(function, PCI_COMMAND,
              ((pci_read(function, PCI_COMMAND) & ~clear) | set) & COMMAND_MASK);
}

/* The address of a BAR that has none: the next free one of its window, aligned to its size. */
static uint64_t place(bool wide, uint64_t size)
{
    const struct pci_window *window = wide && host.high.size != 0U ? &host.high : &host.low;
    uint64_t *used = window == &host.high ? &high_used : &low_used;
    uint64_t at = (window->pci + *used + size - 1U) & ~(size - 1U);

    if (size > window->size || at - window->pci > window->size - size) {
        return 0;
    }
    *used = at - window->pci + size;
    return at;
}

static uint64_t cpu_address(uint64_t pci)
{
    const struct pci_window *window = pci - host.high.pci < host.high.size ? &host.high : &host.low;
    return pci - window->pci < window->size ? pci - window->pci + window->cpu : 0U;
}

/* Read BAR i, its size, and place it if it is not. Returns how many registers it takes. */
static uint32_t open_bar(struct pci_function *function, uint32_t i)
{
    uint32_t offset = PCI_BAR0 + i * 4U, low = pci_read(function, offset), high = 0;
    bool wide = (low & BAR_TYPE) == BAR_64 && i + 1U < PCI_BARS;
    uint64_t address, mask = UINT64_C(0xffffffff) << 32;

    if ((low & BAR_IO) != 0U) {
        return 1;
    }
    pci_write(function, offset, UINT32_MAX);
    mask |= pci_read(function, offset) & ~BAR_FLAGS;
    pci_write(function, offset, low);
    if (wide) {
        high = pci_read(function, offset + 4U);
        pci_write(function, offset + 4U, UINT32_MAX);
        mask = (mask & UINT32_MAX) | (uint64_t)pci_read(function, offset + 4U) << 32;
        pci_write(function, offset + 4U, high);
    }
    if ((mask & ~(UINT64_C(0xffffffff) << 32)) == 0U && !wide) {
        return 1;            /* no such BAR */
    }
    address = (uint64_t)high << 32 | (low & ~BAR_FLAGS);
    if (address == 0U) {
        address = place(wide, ~mask + 1U);
        pci_write(function, offset, (uint32_t)address);
        if (wide) {
            pci_write(function, offset + 4U, (uint32_t)(address >> 32));
        }
    }
    if (mask != 0U && cpu_address(address) != 0U) {
        function->bars[i] = (struct tree_range){ .base = cpu_address(address), .size = ~mask + 1U };
    }
    return wide ? 2 : 1;
}

static struct pci_function function_at(uint32_t device_function)
{
    struct pci_function at = {
        .config = host.ecam.base + (uint64_t)device_function * PCI_CONFIG_SIZE,
        .device_function = device_function };
    uint32_t id = pci_read(&at, PCI_ID);

    at.vendor = (uint16_t)id;
    at.device = (uint16_t)(id >> 16);
    return at;
}

static void open_function(struct pci_function *function)
{
    pci_command(function, 0, PCI_COMMAND_MEMORY | PCI_COMMAND_BUS_MASTER);
    for (uint32_t bar = 0; bar < PCI_BARS;) {
        bar += open_bar(function, bar);
    }
    pci_command(function, PCI_COMMAND_MEMORY, 0);
}

bool pci_at(uint32_t device_function, struct pci_function *out)
{
    if (device_function >= PCI_FUNCTIONS
        || device_function >= host.ecam.size / PCI_CONFIG_SIZE) {
        return false;
    }
    *out = function_at(device_function);
    if (out->vendor == NO_VENDOR) {
        return false;
    }
    open_function(out);
    return true;
}

bool pci_find(uint16_t vendor, uint16_t device, uint32_t index, struct pci_function *out)
{
    bool multifunction = false;

    for (uint32_t i = 0; i < PCI_FUNCTIONS && i < host.ecam.size / PCI_CONFIG_SIZE; i++) {
        struct pci_function at;

        if (i % FUNCTIONS_OF_DEVICE != 0U && !multifunction) {
            continue;
        }
        at = function_at(i);
        if (i % FUNCTIONS_OF_DEVICE == 0U) {
            multifunction = at.vendor != NO_VENDOR
                            && (pci_read(&at, PCI_HEADER_TYPE) & MULTIFUNCTION) != 0U;
        }
        if (at.vendor != vendor || at.device != device || index-- != 0U) {
            continue;
        }
        open_function(&at);
        *out = at;
        return true;
    }
    return false;
}

/* Offset of a capability, 0 if it is absent. */
static uint32_t capability(const struct pci_function *function, uint32_t id)
{
    uint32_t offset = pci_read(function, PCI_CAPABILITIES) & 0xfcU;

    for (uint32_t i = 0; i < CAPABILITIES_MAX && offset != 0U; i++) {
        uint32_t header = pci_read(function, offset);
        if ((header & 0xffU) == id) {
            return offset;
        }
        offset = header >> 8 & 0xfcU;
    }
    return 0;
}

static bool msix(const struct pci_function *function, uint32_t at, uint32_t vector,
                 uint64_t address, uint32_t data)
{
    uint32_t control = pci_read(function, at), table = pci_read(function, at + 4U);
    uint32_t bar = table & MSIX_BIR;
    volatile uint32_t *entry;

    if (vector > (control >> MSIX_SIZE_SHIFT & MSIX_SIZE_MASK) || bar >= PCI_BARS
        || function->bars[bar].size == 0U) {
        return false;
    }
    entry = (volatile uint32_t *)(function->bars[bar].base + (table & ~MSIX_BIR)
                                  + (uint64_t)vector * MSIX_ENTRY);
    /* Masked while it changes: a message may be due since before. */
    pci_write(function, at, control | MSIX_ENABLE | MSIX_MASK_ALL);
    entry[3] = 1;
    entry[0] = (uint32_t)address;
    entry[1] = (uint32_t)(address >> 32);
    entry[2] = data;
    entry[3] = 0;
    pci_write(function, at, (control | MSIX_ENABLE) & ~MSIX_MASK_ALL);
    return true;
}

bool pci_msi(const struct pci_function *function, uint32_t vector, uint64_t address, uint32_t data)
{
    uint32_t at = capability(function, CAPABILITY_MSIX), control;

    if (at != 0U) {
        return msix(function, at, vector, address, data);
    }
    at = capability(function, CAPABILITY_MSI);
    if (at == 0U || vector != 0U) {
        return false;
    }
    control = pci_read(function, at) & ~(MSI_ENABLE | MSI_VECTORS_ENABLED);
    pci_write(function, at, control);
    pci_write(function, at + 4U, (uint32_t)address);
    if ((control & MSI_64) != 0U) {
        pci_write(function, at + 8U, (uint32_t)(address >> 32));
        pci_write(function, at + 12U, data);
    } else {
        pci_write(function, at + 8U, data);
    }
    pci_write(function, at, control | MSI_ENABLE);
    return true;
}

bool pci_msix_enable(const struct pci_function *function)
{
    uint32_t at = capability(function, CAPABILITY_MSIX);

    if (at != 0U) {
        pci_write(function, at, (pci_read(function, at) | MSIX_ENABLE) & ~MSIX_MASK_ALL);
    }
    return at != 0U;
}

uint32_t pci_intx(const struct pci_function *function, uint32_t *mode)
{
    uint32_t pin = pci_read(function, PCI_INTERRUPT_PIN) >> 8 & 0xffU;

    return pin == 0U ? 0U : pci_host_interrupt(function->device_function, pin, mode);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/hw/pci_config.h"
#include "platform/pci/capability.h"
#include "platform/pci/layout.h"
#include "platform/pci/regs.h"
#include "platform/pci/wait.h"

struct job {
    const struct board *board;
    const struct pci *pci;
    const struct pci_want *wanted;
    const struct pci_layout *layout;
};

static const struct board_pci_host *host_of(const struct job *job, const struct pci_function *f)
{
    return &job->board->pci[f->host];
}

/* ---- bridges --------------------------------------------------------------------------------- */

/* Bits 31:20 of an address, as the window registers have them. Of the last MiB for a limit. */
static uint32_t window_register(uint64_t address)
{
    return (uint32_t)(address >> PCI_WINDOW_ADDRESS_SHIFT) & PCI_WINDOW_ADDRESS;
}

/* An empty window has its base above its limit. */
static void apply_windows(const struct job *job, uint32_t bridge)
{
    const struct pci_function *f = &job->pci->functions[bridge];
    const struct board_pci_host *host = host_of(job, f);
    uint64_t base = job->layout->bridges[bridge].memory_base;
    uint64_t last = job->layout->bridges[bridge].memory_end - 1U;

    if (job->layout->bridges[bridge].memory_end == 0U) {
        base = PCI_WINDOW_ALIGN;
        last = 0U;
    }
    pci_config_write(host, f->rid, PCI_IO_BASE_LIMIT, 2U, PCI_IO_CLOSED);
    pci_config_write(host, f->rid, PCI_MEMORY_BASE, 2U, window_register(base));
    pci_config_write(host, f->rid, PCI_MEMORY_LIMIT, 2U, window_register(last));

    base = job->layout->bridges[bridge].prefetch_base;
    last = job->layout->bridges[bridge].prefetch_end - 1U;
    if (job->layout->bridges[bridge].prefetch_end == 0U) {
        base = PCI_WINDOW_ALIGN;
        last = 0U;
    }
    pci_config_write(host, f->rid, PCI_PREFETCH_BASE, 2U, window_register(base));
    pci_config_write(host, f->rid, PCI_PREFETCH_LIMIT, 2U, window_register(last));
    pci_config_write(host, f->rid, PCI_PREFETCH_UPPER_BASE, 4U, (uint32_t)(base >> 32));
    pci_config_write(host, f->rid, PCI_PREFETCH_UPPER_LIMIT, 4U, (uint32_t)(last >> 32));
}

/* ---- access control -------------------------------------------------------------------------- */

/* Nobody uses ATS, so a request that claims to be translated already is refused where it can be. */
static void enable_acs(const struct board_pci_host *host, uint16_t rid, uint32_t at, uint32_t can)
{
    pci_config_write(host, rid, at + PCI_ACS_CONTROL, 2U,
                     can & (PCI_ACS_SOURCE_VALIDATION | PCI_ACS_TRANSLATION_BLOCKING |
                            PCI_ACS_REQUEST_REDIRECT | PCI_ACS_COMPLETION_REDIRECT |
                            PCI_ACS_UPSTREAM_FORWARDING));
}

/* ---- base address registers ------------------------------------------------------------------ */

static void apply_bars(const struct job *job, uint32_t function, uint32_t offset,
                       const struct pci_bar *bars, const pa_t *addresses)
{
    const struct pci_function *f = &job->pci->functions[function];

    for (uint32_t i = 0U; i < PCI_BARS; i++) {
        if (addresses[i].v == 0U) {
            continue;
        }
        const uint64_t address = pci_bus_address(job->board, f->host, addresses[i]);
        pci_config_write(host_of(job, f), f->rid, offset + i * 4U, 4U, (uint32_t)address);
        if (bars[i].wide) {
            pci_config_write(host_of(job, f), f->rid, offset + (i + 1U) * 4U, 4U,
                             (uint32_t)(address >> 32));
        }
    }
}

/* ---- virtual functions ----------------------------------------------------------------------- */

/* Their configuration space may have device numbers that a port takes for those of devices it does
 * not have, unless it forwards them (6.13). ARI Capable Hierarchy stays off: the ids are those that
 * hold without. */
static void forward_device_numbers(const struct job *job, const struct pci_function *f)
{
    if (f->parent == PCI_ROOT) {
        return;
    }
    const struct pci_function *port = &job->pci->functions[f->parent];
    const uint32_t at = pci_ari_forwarding(host_of(job, port), port->rid);
    if (at != 0U) {
        const uint32_t control = pci_config_read(host_of(job, port), port->rid, at, 2U);
        pci_config_write(host_of(job, port), port->rid, at, 2U,
                         control | PCI_EXPRESS_ARI_FORWARDING);
    }
}

/* Whether they would come where enumeration found them with another NumVFs. */
static bool is_where_expected(const struct board_pci_host *host, const struct pci_function *f,
                              uint32_t count)
{
    const uint32_t at = f->sriov_offset;

    return pci_config_read(host, f->rid, at + PCI_SRIOV_FIRST_VF_OFFSET, 2U) == f->vf_first &&
           (count == 1U ||
            pci_config_read(host, f->rid, at + PCI_SRIOV_VF_STRIDE, 2U) == f->vf_stride);
}

static void start_vfs(const struct job *job, uint32_t function)
{
    const struct pci_function *f = &job->pci->functions[function];
    const struct board_pci_host *host = host_of(job, f);
    const uint32_t at = f->sriov_offset, count = job->wanted[function].vfs;

    pci_config_write(host, f->rid, at + PCI_SRIOV_SYSTEM_PAGE_SIZE, 4U, PCI_SRIOV_PAGE_4K);
    pci_config_write(host, f->rid, at + PCI_SRIOV_NUM_VFS, 2U, count);
    if (!is_where_expected(host, f, count)) {
        return;
    }
    forward_device_numbers(job, f);
    apply_bars(job, function, at + PCI_SRIOV_VF_BAR0, f->vf_bars, job->layout->vf_bars[function]);
    pci_config_write(host, f->rid, at + PCI_SRIOV_CONTROL, 2U,
                     PCI_SRIOV_VF_ENABLE | PCI_SRIOV_VF_MSE);
}

/* They have access control registers of their own (9.3.7.6). */
static void isolate_vfs(const struct job *job, uint32_t function)
{
    const struct pci_function *f = &job->pci->functions[function];
    const struct board_pci_host *host = host_of(job, f);

    for (uint32_t i = 0U; i < job->wanted[function].vfs; i++) {
        const uint16_t rid = pci_vf_rid(f, i);
        const uint32_t at = pci_extended_capability(host, rid, PCI_EXT_ACS, PCI_ACS_SIZE);
        if (at != 0U) {
            enable_acs(host, rid, at, pci_config_read(host, rid, at + PCI_ACS_CAPABILITY, 2U));
        }
    }
}

/* ---- all of it ------------------------------------------------------------------------------- */

static void apply_function(const struct job *job, uint32_t function)
{
    const struct pci_function *f = &job->pci->functions[function];
    const struct board_pci_host *host = host_of(job, f);
    const bool passes = f->is_bridge && pci_passes(job->pci, job->wanted, function);
    uint32_t command = PCI_COMMAND_INTX_DISABLE;

    if (f->is_bridge) {
        apply_windows(job, function);
    }
    if (f->acs_offset != 0U) {
        enable_acs(host, f->rid, f->acs_offset, f->acs_can);
    }
    apply_bars(job, function, PCI_BAR0, f->bars, job->layout->bars[function]);
    if (passes || job->wanted[function].function) {
        command |= PCI_COMMAND_MEM;
    }
    if (passes) {
        command |= PCI_COMMAND_BME;
    }
    pci_config_write(host, f->rid, PCI_COMMAND, 2U, command);
}

void pci_apply(const struct board *board, const struct pci *pci, const struct pci_want *wanted,
               const struct pci_layout *layout)
{
    const struct job job = { board, pci, wanted, layout };
    bool waits = false;

    /* What is behind bridges comes after them: nothing decodes before its way is made. */
    for (uint32_t i = 0U; i < pci->count; i++) {
        apply_function(&job, i);
        if (wanted[i].vfs != 0U) {
            start_vfs(&job, i);
            waits = true;
        }
    }
    if (waits) {
        pci_wait(board, PCI_WAIT_VF_ENABLE);
    }
    for (uint32_t i = 0U; i < pci->count; i++) {
        isolate_vfs(&job, i);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/pci/quiesce.h"

#include "hyp/log.h"
#include "hyp/pci/regs.h"
#include "hyp/vcpu/hart.h"
#include "platform/hw/clock.h"
#include "platform/hw/pci_config.h"
#include "platform/pci/wait.h"

#define DWORD 4U
#define HALF  2U
#define MS_PER_SECOND 1000U

/* PCI Express 6.6.2: transactions are to end before a reset, or it is to wait as long as they may
 * take; a function is not to be touched for 100 ms after it, and is to answer within a second. */
#define PENDING_MS   100U
#define RESET_MS     100U
#define ANSWER_MS    1000U

static uint32_t get(const struct pci_view *view, uint32_t offset, uint32_t width)
{
    return pci_config_read(view->host, view->rid, offset, width);
}

static void put(const struct pci_view *view, uint32_t offset, uint32_t width, uint32_t value)
{
    pci_config_write(view->host, view->rid, offset, width, value);
}

/* From here on it writes nothing to memory, MSIs included. Nor does it decode addresses: if it has
 * reset itself, those are 0. The register is where every function has it, whichever this is now. */
static void silence(const struct pci_view *view)
{
    put(view, PCI_COMMAND, HALF, PCI_COMMAND_INTX_DISABLE);
}

static void forget_msis(const struct pci_view *view)
{
    if (view->msi != 0U) {
        put(view, view->msi + PCI_MSI_CONTROL, HALF, 0U);
    }
    if (view->msix != 0U) {
        put(view, view->msix + PCI_MSIX_CONTROL, HALF, 0U);
    }
}

/* Whether it says that requests of its own are still to be answered; conventional PCI has no bit
 * for that. */
static bool is_pending(const struct pci_view *view)
{
    return view->express != 0U && !view->is_dead &&
           (get(view, view->express + PCI_EXPRESS_DEVICE_STATUS, HALF) &
            PCI_DEVICE_STATUS_PENDING) != 0U;
}

/* Who cannot tell is given the time: what it had begun comes to nothing while it is no bus
 * master. */
static bool is_idle(const struct pci_view *view)
{
    return view->is_dead || (view->express != 0U && !is_pending(view));
}

static bool answers(const struct pci_view *view)
{
    return get(view, PCI_REVISION_CLASS, DWORD) != PCI_ABSENT;
}

/* One that was found to be gone is not waited for again. */
static bool is_back(const struct pci_view *view)
{
    return view->is_dead || answers(view);
}

/* Nor has somebody plugged another one in. A virtual function has no id of its own (PCI Express
 * 9.3.4.1.1). */
static bool is_itself(const struct pci_view *view)
{
    return answers(view) && (view->is_virtual || get(view, PCI_VENDOR_ID, DWORD) ==
                                                     view->dwords[0].value);
}

static bool has_flr(const struct pci_view *view)
{
    return view->has_flr && !view->is_dead;
}

/* PCI Power Management 1.2, 5.4.1: back from D3hot it is as after a reset. */
static bool has_power_reset(const struct pci_view *view)
{
    return !view->has_flr && view->pm != 0U && !view->is_dead;
}

/* How many are not in the wanted state. */
static uint32_t count_not(struct pci_view *const *views, uint32_t count,
                          bool (*state)(const struct pci_view *view))
{
    uint32_t n = 0U;

    for (uint32_t i = 0U; i < count; i++) {
        n += state(views[i]) ? 0U : 1U;
    }
    return n;
}

/* Until all are in the wanted state, or that many milliseconds have passed. */
static void wait_until(struct pci_view *const *views, uint32_t count,
                       bool (*state)(const struct pci_view *view), uint64_t ticks)
{
    const uint64_t start = clock_now();

    while (count_not(views, count, state) != 0U && clock_now() - start < ticks) {
        hart_attend(this_hart());
    }
}

static void wait(uint64_t ticks)
{
    const uint64_t start = clock_now();

    while (clock_now() - start < ticks) {
        hart_attend(this_hart());
    }
}

static void begin_resets(struct pci_view *const *views, uint32_t count)
{
    for (uint32_t i = 0U; i < count; i++) {
        if (has_flr(views[i])) {
            put(views[i], views[i]->express + PCI_EXPRESS_DEVICE_CONTROL, HALF,
                views[i]->device_control | PCI_DEVICE_CONTROL_FLR);
        } else if (has_power_reset(views[i])) {
            put(views[i], views[i]->pm + PCI_PM_CONTROL, HALF, PCI_PM_D3HOT);
        } else {
            /* It cannot be reset alone. */
        }
    }
}

/* Power management needs a second step, with a time of its own before and after it; the first is
 * shorter than that of the other resets. */
static void end_power_resets(struct pci_view *const *views, uint32_t count, uint64_t hz)
{
    uint32_t n = 0U;

    for (uint32_t i = 0U; i < count; i++) {
        if (has_power_reset(views[i])) {
            put(views[i], views[i]->pm + PCI_PM_CONTROL, HALF, 0U);
            n++;
        }
    }
    if (n != 0U) {
        wait(hz * PCI_WAIT_D0 / MS_PER_SECOND);
    }
}

/* All at once, so that the time is waited for once. */
static void reset_functions(struct pci_view *const *views, uint32_t count, uint64_t hz)
{
    uint32_t n = 0U;

    for (uint32_t i = 0U; i < count; i++) {
        n += has_flr(views[i]) || has_power_reset(views[i]) ? 1U : 0U;
    }
    if (n == 0U) {
        return;
    }
    begin_resets(views, count);
    wait(hz * RESET_MS / MS_PER_SECOND);
    end_power_resets(views, count, hz);
    wait_until(views, count, is_back, hz * ANSWER_MS / MS_PER_SECOND);
}

/* What a reset has lost, or the guest's last life has changed; the upper half of a BAR before the
 * lower. Last of all what lets it decode addresses. */
static void restore(struct pci_view *view)
{
    for (uint32_t n = PCI_BARS; n > 0U && !view->is_virtual; n--) {
        put(view, PCI_BAR0 + (n - 1U) * PCI_BAR_SIZE, DWORD, view->bars[n - 1U]);
    }
    if (view->express != 0U) {
        put(view, view->express + PCI_EXPRESS_DEVICE_CONTROL, HALF, view->device_control);
    }
    if (view->acs != 0U) {
        put(view, view->acs + PCI_ACS_CONTROL, HALF, view->acs_control);
    }
    put(view, PCI_COMMAND, HALF, PCI_COMMAND_MEM | PCI_COMMAND_INTX_DISABLE);
    pci_view_reset(view); /* allows INTx again where the guest has it */
}

static void say(const char *name, const struct pci_view *view, const char *what)
{
    char text[PCI_NAME_MAX];

    log_line("guest \"%s\": PCI function %s %s", name,
             pci_name(view->host->domain, view->rid, text), what);
}

/* What has come in its place is no bus master, and stays so. */
static void look_for(struct pci_view *view, const char *name)
{
    view->is_dead = !is_itself(view);
    if (!view->is_dead) {
        return;
    }
    say(name, view, answers(view) ? "is not the one that was there at boot: it stays off"
                                  : "does not answer: it is gone, and its guest goes without");
}

void pci_quiesce(struct pci_view *const *views, uint32_t count, uint64_t hz, const char *name)
{
    for (uint32_t i = 0U; i < count; i++) {
        silence(views[i]);
    }
    /* One that its guest has just made reset itself, or train its link anew, is given its time. */
    wait_until(views, count, answers, hz * ANSWER_MS / MS_PER_SECOND);
    for (uint32_t i = 0U; i < count; i++) {
        silence(views[i]);
        look_for(views[i], name);
        if (!views[i]->is_dead) {
            forget_msis(views[i]);
        }
    }
    wait_until(views, count, is_idle, hz * PENDING_MS / MS_PER_SECOND);
    for (uint32_t i = 0U; i < count; i++) {
        if (is_pending(views[i])) {
            say(name, views[i], "still waits for answers to its requests");
        }
    }
    reset_functions(views, count, hz);
    for (uint32_t i = 0U; i < count; i++) {
        if (views[i]->is_dead) {
            continue;
        }
        views[i]->is_dead = !is_itself(views[i]);
        if (!views[i]->is_dead) {
            restore(views[i]);
        } else {
            say(name, views[i], "does not come back from its reset: it stays off");
        }
    }
}

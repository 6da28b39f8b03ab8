/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupts of both causes, by message and by wire. 5.18, 5.28, 5.29. Three things are left to the
 * unit tests of iommu/viommu, because QEMU 11.1 does them otherwise: a pending bit whose reason
 * stands is set again (QEMU: stays clear), clearing one bit leaves the others (QEMU: clears fip
 * with cip), a vector that is masked sends nothing (QEMU's platform IOMMU: sends).
 */
#include <stddef.h>

#include "guest/iommutest/iommutest.h"
#include "guest/lib/csr.h"
#include "guest/lib/hart.h"
#include "guest/lib/irq.h"
#include "guest/lib/sleep.h"

#define VECTORS      2U
#define FIRST_MESSAGE 40U       /* identities that nothing else uses: 40, 41 */
#define COME_MS      5000U
#define NONE_MS      20U

static volatile uint32_t taken[VECTORS];
static uint32_t identities[VECTORS];

/* A level has to fall before the handler is done: what it says is taken back, and asked no more. */
static void on_interrupt(uint32_t identity)
{
    iommu_set32(&iommu, IOMMU_CQCSR, QUEUE_ENABLE);
    iommu_set32(&iommu, IOMMU_FQCSR, QUEUE_ENABLE);
    iommu_set32(&iommu, IOMMU_IPSR, iommu_get32(&iommu, IOMMU_IPSR));
    for (uint32_t i = 0; i < VECTORS; i++) {
        taken[i] += identities[i] == identity;
    }
}

static void listen(void)
{
    iommu_set32(&iommu, IOMMU_CQCSR, QUEUE_ENABLE | QUEUE_INTERRUPT);
    iommu_set32(&iommu, IOMMU_FQCSR, QUEUE_ENABLE | QUEUE_INTERRUPT);
}

/* The command queue stops with an error. */
static void upset_commands(void)
{
    struct iommu_command bad = { { 0, 0 } };

    (void)iommu_submit(&iommu, &bad, 1);
}

static void calm_commands(void)
{
    (void)iommu_commands_start(&iommu, command_entries, COMMANDS_LOG2, false);
    listen();
}

/* One interrupt of that vector comes, and none of the other. */
static bool comes(uint32_t vector, uint32_t before[VECTORS])
{
    bool good = sleep_for_event(&taken[vector], before[vector], ms_from_now(COME_MS));

    sleep_ms(NONE_MS);
    for (uint32_t i = 0; i < VECTORS; i++) {
        good = good && taken[i] - before[i] == (i == vector ? 1U : 0U);
    }
    return good;
}

static bool command_interrupt(uint32_t vector)
{
    uint32_t before[VECTORS] = { taken[0], taken[1] };
    bool good;

    listen();
    upset_commands();
    good = comes(vector, before) && iommu_get32(&iommu, IOMMU_IPSR) == 0U;
    calm_commands();
    return good;
}

static bool fault_interrupt(uint32_t vector)
{
    uint32_t before[VECTORS] = { taken[0], taken[1] };

    listen();
    return device_refused(0, BASE) && comes(vector, before)
           && faulted_at(0, CAUSE_WRITE_PAGE, TTYP_WRITE, BASE);
}

/* With the interrupt not enabled: none, and nothing pending. */
static bool silent(void)
{
    uint32_t before[VECTORS] = { taken[0], taken[1] };
    bool good;

    iommu_set32(&iommu, IOMMU_CQCSR, QUEUE_ENABLE);
    iommu_set32(&iommu, IOMMU_FQCSR, QUEUE_ENABLE);
    upset_commands();
    good = device_refused(0, BASE) && faulted(0, CAUSE_WRITE_PAGE);
    sleep_ms(NONE_MS);
    good = good && taken[0] == before[0] && taken[1] == before[1]
           && iommu_get32(&iommu, IOMMU_IPSR) == 0U;
    calm_commands();
    return good;
}

/* Whether the hart takes external interrupts. The timer's go on: a slow device is waited for. */
static void deaf(bool on)
{
    if (on) {
        csr_clear(CSR_SIE, UINT64_C(1) << IRQ_EXTERNAL);
    } else {
        csr_set(CSR_SIE, UINT64_C(1) << IRQ_EXTERNAL);
    }
}

/* Pending bits as software sees them. */
static bool pending(void)
{
    bool good;

    deaf(true);
    listen();
    good = device_refused(0, BASE)
           && iommu_await(&iommu, IOMMU_IPSR, IPSR_CIP | IPSR_FIP, IPSR_FIP)
           && faulted(0, CAUSE_WRITE_PAGE);
    iommu_set32(&iommu, IOMMU_IPSR, IPSR_FIP);
    good = good && iommu_get32(&iommu, IOMMU_IPSR) == 0U;
    deaf(false);
    return good;
}

/* Records while one is pending interrupt once; when it was cleared, the next one interrupts
 * again. */
static bool once(void)
{
    uint32_t before[VECTORS] = { taken[0], taken[1] };
    bool good;

    deaf(true);
    listen();
    good = device_refused(0, BASE) && device_refused(0, BASE) && device_refused(0, BASE)
           && faulted(0, CAUSE_WRITE_PAGE) && faulted(0, CAUSE_WRITE_PAGE)
           && faulted(0, CAUSE_WRITE_PAGE);
    deaf(false);
    sleep_ms(NONE_MS);
    return good && taken[0] + taken[1] - before[0] - before[1] == 1U && fault_interrupt(1);
}

static bool ready(bool by_wire, uint32_t command_vector, uint32_t fault_vector)
{
    bool good = world_reset() && world_translate(1, FSC_SV39) && iommu_commands_stop(&iommu)
                && iommu_faults_stop(&iommu)
                && iommu_signals(&iommu, by_wire, command_vector, fault_vector)
                && iommu_commands_start(&iommu, command_entries, COMMANDS_LOG2, false)
                && iommu_faults_start(&iommu, fault_entries, FAULTS_LOG2, false);

    return good;
}

static void causes(bool by_wire)
{
    check(ready(by_wire, 0, 1), "two vectors");
    check(command_interrupt(0), "an error of the command queue");
    check(fault_interrupt(1), "a fault");
    check(command_interrupt(0) && fault_interrupt(1), "both once more");
    check(silent(), "none that is not enabled");
    check(pending(), "fip is set and cleared");
    check(ready(by_wire, 0, 1) && once(), "one for several records");
    check(ready(by_wire, 1, 0) && command_interrupt(1) && fault_interrupt(0),
          "the vectors exchanged");
    check(ready(by_wire, 0, 0) && command_interrupt(0) && fault_interrupt(0),
          "one vector for both");
    check(no_fault(), "no more faults");
}

/* 3.1.2, note: what it stores may be a message of its completion. */
static bool fence_interrupt(uint64_t file)
{
    uint32_t before[VECTORS] = { taken[0], taken[1] };

    return iommu_do(&iommu, iommu_fence_store((volatile uint32_t *)file, identities[1]))
           && comes(1, before);
}

void test_interrupts(void)
{
    uint64_t file = irq_file(hart_self()->id);
    uint32_t igs = (uint32_t)(iommu.capabilities >> CAP_IGS_SHIFT & CAP_IGS_MASK);

    topic("messages");
    if (igs == (uint32_t)IGS_WSI) {
        skip("interrupts", "the IOMMU has wires only");
    } else {
        for (uint32_t i = 0; i < VECTORS; i++) {
            identities[i] = FIRST_MESSAGE + i;
            irq_message(identities[i], on_interrupt);
            iommu_message(&iommu, i, file, identities[i]);
        }
        causes(false);
        check(fence_interrupt(file), "a fence that stores to an interrupt file");
    }
    topic("wires");
    if (igs == (uint32_t)IGS_MSI) {
        skip("interrupts", "the IOMMU has messages only");
    } else {
        for (uint32_t i = 0; i < VECTORS; i++) {
            identities[i] = iommu.wires[i].source;
            irq_connect(identities[i], iommu.wires[i].mode, on_interrupt);
        }
        causes(true);
    }
    (void)ready(igs == (uint32_t)IGS_WSI, 0, 0);
}

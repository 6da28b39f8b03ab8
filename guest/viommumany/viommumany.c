/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest with two virtual IOMMUs, a device behind each, and a third one behind none. Both IOMMUs
 * have the same PSCID and translate the same IOVA, which is a guest physical address too. The first
 * lets its device in at boot, the second does not. In each of its two lives
 *   viommumany: life N: WHAT: ok | FAIL
 * and at the end of the second one, "viommumany: PASS" or "viommumany: FAIL". The first ends by a
 * reboot while all devices are busy.
 *
 * Its shared memory outlives it. Several of these share it, each with its number in bootargs:
 * "guest=N", N < 8.
 */
#include <stddef.h>
#include <string.h>

#include "guest/lib/console.h"
#include "guest/lib/csr.h"
#include "guest/lib/guest.h"
#include "guest/lib/irq.h"
#include "guest/lib/sbi.h"
#include "guest/lib/trap.h"
#include "guest/viommumany/viommumany.h"

#define LIVES     2U
#define REGISTERS (IOMMU_PAGE / sizeof(uint64_t))

/* What a guest knows of its life before. */
struct ledger {
    uint64_t registers[SIDES][REGISTERS];   /* as the first life found them */
    uint32_t lives, wrong;
};

static struct ledger *ledger;
static uint32_t guest_number;

static void check(bool good, const char *what)
{
    ledger->wrong += !good;
    print("viommumany: life %u: %s: %s\n", ledger->lives, what, good ? "ok" : "FAIL");
}

static bool open_ledger(void)
{
    const char *at = tree_bootargs();
    struct tree_share share;

    if (strncmp(at, "guest=", 6) != 0 || at[6] < '0' || at[6] > '7' || !tree_share(0, &share)) {
        return false;
    }
    guest_number = (uint32_t)(at[6] - '0');
    ledger = &((struct ledger *)share.memory.base)[guest_number];
    return (uint64_t)(ledger + 1) <= share.memory.base + share.memory.size;
}

/* Every register is as the first life found it. */
static bool as_at_first(void)
{
    bool good = true;

    for (uint32_t i = 0; i < SIDES; i++) {
        for (uint32_t n = 0; n < REGISTERS; n++) {
            uint64_t value = iommu_get64(&sides[i].iommu, n * (uint32_t)sizeof(uint64_t));

            if (ledger->lives == 1U) {
                ledger->registers[i][n] = value;
            }
            good = good && ledger->registers[i][n] == value;
        }
    }
    return good;
}

static uint64_t mode(const struct side *side)
{
    return iommu_get64(&side->iommu, IOMMU_DDTP) & DDTP_MODE_MASK;
}

/* Before any register is written. */
static void boot_state(uint64_t here)
{
    check(as_at_first(), "registers are as after the first reset");
    check(mode(&sides[LEFT]) == DDTP_BARE && mode(&sides[RIGHT]) == DDTP_OFF,
          "one lets its device in, the other does not");
    check(arrive(here, THIS, NOWHERE, THIS), "nothing is translated, one device is refused");
    check(side_bare(&sides[RIGHT]) && devices_load(guest_number)
          && arrive(here, THIS, THIS, THIS), "it is let in");
}

static void apart(uint64_t here)
{
    check(side_start(&sides[LEFT]) && side_map(&sides[LEFT], here, OF_LEFT)
          && side_start(&sides[RIGHT]) && side_map(&sides[RIGHT], here, OF_RIGHT),
          "both translate");
    check(arrive(here, OF_LEFT, OF_RIGHT, THIS), "each by its own tables");
    check(arrive(here, OF_LEFT, OF_RIGHT, THIS) && no_faults(), "and again");
    check(side_map(&sides[LEFT], here, NEW_OF_LEFT) && side_forget(&sides[LEFT])
          && arrive(here, NEW_OF_LEFT, OF_RIGHT, THIS), "one forgets everything");
    check(side_map(&sides[RIGHT], here, NEW_OF_RIGHT) && side_forget(&sides[RIGHT])
          && arrive(here, NEW_OF_LEFT, NEW_OF_RIGHT, THIS), "the other forgets everything");
    check(no_faults(), "no faults");
}

static void faults(uint64_t there)
{
    check(side_map(&sides[RIGHT], there, OF_RIGHT)
          && arrive(there, NOWHERE, OF_RIGHT, THAT)
          && side_faulted(&sides[LEFT], CAUSE_WRITE_PAGE, there), "a fault of one");
    check(side_unmap(&sides[RIGHT], there) && side_forget(&sides[RIGHT])
          && side_map(&sides[LEFT], there, OF_LEFT) && arrive(there, OF_LEFT, NOWHERE, THAT)
          && side_faulted(&sides[RIGHT], CAUSE_WRITE_PAGE, there), "a fault of the other");
}

static void modes(uint64_t here)
{
    check(side_off(&sides[LEFT]) && arrive(here, NOWHERE, NEW_OF_RIGHT, THIS)
          && side_faulted(&sides[LEFT], CAUSE_ALL_DISALLOWED, here), "one is off");
    check(side_off(&sides[RIGHT]) && side_levels(&sides[LEFT])
          && arrive(here, NEW_OF_LEFT, NOWHERE, THIS)
          && side_faulted(&sides[RIGHT], CAUSE_ALL_DISALLOWED, here), "the other is off");
    check(side_bare(&sides[RIGHT]) && arrive(here, NEW_OF_LEFT, THIS, THIS), "or bare");
    check(side_off(&sides[RIGHT]) && side_levels(&sides[RIGHT])
          && arrive(here, NEW_OF_LEFT, NEW_OF_RIGHT, THIS), "as they were");
}

/* Process ids were not asked for. */
static void processes(uint64_t here)
{
    check((sides[LEFT].iommu.capabilities & (CAP_PD8 | CAP_PD17 | CAP_PD20)) == 0U
          && side_calls_illegal(&sides[LEFT],
                                iommu_forget_process_context(sides[LEFT].device_id, 0)),
          "no process ids");
    check(side_context(&sides[LEFT], TC_V | TC_PDTV, (uint64_t)PDTP_PD8 << FSC_MODE_SHIFT)
          && arrive(here, NOWHERE, NEW_OF_RIGHT, THIS)
          && side_faulted(&sides[LEFT], CAUSE_DDT_MISCONFIGURED, here), "no process directory");
    check(side_context(&sides[LEFT], TC_V, iommu_table_fsc(&sides[LEFT].table))
          && arrive(here, NEW_OF_LEFT, NEW_OF_RIGHT, THIS) && no_faults(),
          "a context without one");
}

static void leave(uint64_t here)
{
    if (side_map(&sides[LEFT], here, LATE) && side_forget(&sides[LEFT])
        && side_map(&sides[RIGHT], here, LATE) && side_forget(&sides[RIGHT])) {
        leave_busy(here);
        sbi_reboot();
    }
    check(false, "ready to leave");
}

void guest_main(void)
{
    if (!open_ledger()) {
        print("viommumany: FAIL no shared memory to count in\n");
        return;
    }
    ledger->lives++;
    if (!irq_open() || !pci_open()) {
        check(false, "interrupts and a PCI host");
        return;
    }
    irq_enable(UINT64_C(1) << IRQ_TIMER | UINT64_C(1) << IRQ_EXTERNAL);
    if (ledger->lives > 1U) {
        check(nothing_late(), "nothing of the last life arrives");
    }
    if (!devices_open()) {
        check(false, "two IOMMUs, a device behind each, and one behind none");
        return;
    }
    boot_state(page_address(THIS));
    apart(page_address(THIS));
    faults(page_address(THAT));
    modes(page_address(THIS));
    processes(page_address(THIS));
    if (ledger->lives < LIVES) {
        leave(page_address(THIS));
    }
    print("viommumany: %s\n", ledger->wrong == 0U ? "PASS" : "FAIL");
}

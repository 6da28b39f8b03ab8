/* SPDX-License-Identifier: Apache-2.0 */
/* What lspci printed of a board, for the host tool: any text, and the enumeration of what it tells. */
/* covers: tools/pci_dump.c tools/pci_space.c */
#define _GNU_SOURCE /* memfd_create */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "platform/hw/clock.h"
#include "platform/pci/layout.h"
#include "platform/pci/pci.h"
#include "tests/unit/fake_pci.h"
#include "tools/pci_dump.h"

#define CLOCK_STEP (UINT64_C(1) << 32)  /* nobody waits long */

uint64_t clock_now(void)
{
    static uint64_t now;

    now += CLOCK_STEP;
    return now;
}

/* The tool reads a file, and says on standard error what is wrong with it. */
static bool load(const uint8_t *data, size_t size)
{
    static FILE *nowhere;
    FILE *const standard = stderr;
    const int file = memfd_create("lspci", 0U);
    char path[32];

    if (nowhere == NULL) {
        nowhere = fopen("/dev/null", "w");
    }
    assert_true(file >= 0 && nowhere != NULL);
    assert_int_equal(write(file, data, size), size);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    stderr = nowhere;
    const bool good = pci_dump_load(path, &fake_pci_board);
    stderr = standard;
    assert_int_equal(close(file), 0);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pci pci;
    static struct pci_layout layout;
    static struct pci_want wanted[PCI_MAX_FUNCTIONS];
    struct diag d = fake_pci_diag();
    uint32_t failed, bar;

    fake_pci_reset();
    if (!load(data, size)) {
        return 0;
    }
    assert_true(pci_space.count != 0U && pci_space.count <= PCI_SPACE_MAX);
    (void)pci_enumerate(&fake_pci_board, &pci, &d);
    assert_true(pci.count <= pci_space.count);
    for (uint32_t i = 0U; i < pci.count; i++) {
        wanted[i] = (struct pci_want){ !pci.functions[i].is_bridge, pci.functions[i].vf_count };
    }
    (void)pci_lay_out(&fake_pci_board, &pci, wanted, &layout, &failed, &bar);
    return 0;
}

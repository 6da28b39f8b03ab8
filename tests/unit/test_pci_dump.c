/* SPDX-License-Identifier: Apache-2.0 */
/* Boards are written down as lspci -D -vv -xxxx does, read again, and enumerated to the same
 * result. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "platform/hw/clock.h"
#include "platform/pci/pci.h"
#include "tests/unit/fake_pci.h"
#include "tools/pci_dump.h"

#define BAR_32  0U
#define BAR_64  PCI_BAR_TYPE_64
#define BAR_64P (PCI_BAR_TYPE_64 | PCI_BAR_PREFETCHABLE)

static struct pci before, after;
static char path[] = "/tmp/bulkhead-pci-XXXXXX", errors[] = "/tmp/bulkhead-err-XXXXXX";

uint64_t clock_now(void)
{
    static uint64_t now;

    now += UINT64_C(1) << 32;
    return now;
}

static int make_files(void **state)
{
    (void)state;
    const int a = mkstemp(path), b = mkstemp(errors);

    return a < 0 || b < 0 || close(a) != 0 || close(b) != 0 ? -1 : 0;
}

static int remove_files(void **state)
{
    (void)state;
    return unlink(path) | unlink(errors);
}

static int setup(void **state)
{
    (void)state;
    fake_pci_reset();
    return 0;
}

static void enumerate(struct pci *out)
{
    struct diag d = fake_pci_diag();

    memset(out, 0, sizeof(*out));
    assert_true(pci_enumerate(&fake_pci_board, out, &d));
}

static void print_size(FILE *file, uint64_t size)
{
    const char *const units = " KMGT";
    uint32_t unit = 0U;

    while (size >= 1024U) {
        size /= 1024U;
        unit++;
    }
    fprintf(file, unit == 0U ? "[size=%u]\n" : "[size=%u%c]\n", (unsigned)size, units[unit]);
}

static void print_bars(FILE *file, const struct pci_bar *bars, const char *note)
{
    for (uint32_t i = 0U; i < PCI_BARS; i++) {
        if (bars[i].size != 0U) {
            fprintf(file, "\tRegion %u: Memory at <unassigned> (%u-bit, %sprefetchable) [%s] ", i,
                    bars[i].wide ? 64U : 32U, bars[i].prefetchable ? "" : "non-", note);
            print_size(file, bars[i].size);
        }
    }
}

static void print_bytes(FILE *file, uint32_t f, uint32_t bytes)
{
    for (uint32_t offset = 0U; offset < bytes; offset++) {
        if (offset % 16U == 0U) {
            fprintf(file, "%s%02x:", offset == 0U ? "" : "\n", offset);
        }
        fprintf(file, " %02x", pci_space_get(f, offset, 1U));
    }
    fputs("\n\n", file);
}

/* The board as before found it, with the virtual functions that were enabled. */
static void print_board(void)
{
    FILE *file = fopen(path, "w");
    char name[PCI_NAME_MAX];

    assert_non_null(file);
    for (uint32_t rid = 0U; rid <= UINT16_MAX; rid++) {
        const int32_t found = pci_space_find(&fake_pci_board.pci[0], (uint16_t)rid);
        if (found < 0) {
            continue;
        }
        const struct pci_space_function *f = &pci_space.functions[found];
        const int32_t owner = f->physical != PCI_SPACE_NONE ? f->physical : found;
        fprintf(file, "%s Class: Vendor: Device (rev 01)\n\tControl: I/O- Mem-\n",
                pci_name(0U, (uint16_t)rid, name));
        for (uint32_t i = 0U; i < before.count; i++) {
            if (before.functions[i].device == (uint32_t)owner) {
                const struct pci_function *p = &before.functions[i];
                print_bars(file, owner == found ? p->bars : p->vf_bars,
                           owner == found ? "disabled" : "virtual");
            }
        }
        fputs("\tCapabilities: [130 v1] Single Root I/O Virtualization (SR-IOV)\n"
              "\t\tRegion 0: Memory at 0000000000000000 (64-bit, prefetchable)\n", file);
        print_bytes(file, (uint32_t)found, PCI_CONFIG_SIZE);
    }
    assert_int_equal(fclose(file), 0);
}

static void write_text(const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* shows: R-PCI-17 */
static void test_a_dumped_board_is_enumerated_alike(void **state)
{
    (void)state;
    const uint32_t port = fake_pci_port(-1, 1U, FAKE_ROOT_PORT, 0x1fU);
    const uint32_t nic = fake_pci_function(0U, (int32_t)port, 0U, 0U);
    const uint32_t several = fake_pci_function(0U, -1, 2U, 0U);
    const uint32_t second = fake_pci_function(0U, -1, 2U, 1U);
    const uint32_t narrow = fake_pci_bridge(0U, -1, 3U, 0U);
    const uint32_t old = fake_pci_function(0U, (int32_t)narrow, 4U, 0U);
    pci_space_set(narrow, PCI_PREFETCH_BASE, 4U, 0U);
    pci_space_let_write(narrow, PCI_PREFETCH_BASE, 4U, 0U);
    fake_pci_multifunction(several);
    fake_pci_bar(port, 0U, 0x1000U, BAR_32);
    (void)fake_pci_express(nic, FAKE_ENDPOINT);
    (void)fake_pci_capability(nic, PCI_CAP_MSIX, PCI_MSIX_SIZE);
    fake_pci_bar(nic, 0U, 0x20000U, BAR_32);
    fake_pci_bar(nic, 4U, UINT64_C(0x800000000), BAR_64P);
    const uint32_t at = fake_pci_sriov(nic, 3U, 0x100U, 2U);
    fake_pci_vf_bar(nic, 0U, 0x4000U, BAR_64P);
    fake_pci_vf_bar(nic, 3U, 0x8000U, BAR_32);
    fake_pci_bar(second, 1U, 0x10U, BAR_32);
    fake_pci_bar(old, 0U, 0x200000U, BAR_32 | PCI_BAR_PREFETCHABLE);
    pci_space_set(old, PCI_INTERRUPT_PIN, 1U, 3U);
    enumerate(&before);
    pci_space_set(nic, at + PCI_SRIOV_NUM_VFS, 2U, 3U);
    pci_space_set(nic, at + PCI_SRIOV_CONTROL, 2U, PCI_SRIOV_VF_ENABLE);
    pci_space_set(nic, at + PCI_SRIOV_VF_BAR0, 4U, 0x40000000U | BAR_64P);
    pci_space_set(nic, at + PCI_SRIOV_VF_BAR0 + 12U, 4U, 0x48000000U);
    print_board();

    assert_int_equal(before.count, 6U);
    assert_true(pci_dump_load(path, &fake_pci_board));
    assert_int_equal(pci_space.count, 9U);
    enumerate(&after);
    assert_int_equal(after.count, before.count);
    for (uint32_t i = 0U; i < before.count; i++) {
        const struct pci_function *a = &before.functions[i], *b = &after.functions[i];
        assert_int_equal(a->rid, b->rid);
        assert_memory_equal(a->bars, b->bars, sizeof(a->bars));
        assert_memory_equal(a->vf_bars, b->vf_bars, sizeof(a->vf_bars));
        assert_int_equal(a->vf_count, b->vf_count);
        assert_int_equal(a->vf_first, b->vf_first);
        assert_int_equal(a->wide_window, b->wide_window);
        assert_int_equal(a->alias, b->alias);
    }
    assert_memory_equal(&before, &after, sizeof(before));
}

/* What the firmware's numbers were does not matter, as long as they lead somewhere. */
/* shows: R-PCI-17 */
static void test_bridges_answer_to_new_numbers(void **state)
{
    (void)state;
    const uint32_t port = fake_pci_port(-1, 1U, FAKE_ROOT_PORT, 0U);
    const uint32_t nic = fake_pci_function(0U, (int32_t)port, 0U, 0U);
    fake_pci_bar(nic, 0U, 0x4000U, BAR_64);
    enumerate(&before);
    pci_space_set(port, PCI_PRIMARY_BUS, 4U, 0x00090700U);
    print_board();
    assert_true(pci_dump_load(path, &fake_pci_board));
    assert_int_equal(pci_space_find(&fake_pci_board.pci[0], 0x0700U), 1);
    enumerate(&after);
    assert_memory_equal(&before, &after, sizeof(before));
}

/* The first bytes of a function,. */
#define FIRST_LINE "00: 36 1b 05 00 00 00 10 00 00 00 80 08 00 00 00 00\n"

static void assert_refused(const char *text, uint32_t line, const char *reason)
{
    char said[512] = "", where[sizeof(path) + 16U];

    write_text(text);
    fflush(stderr);
    const int screen = dup(STDERR_FILENO);
    assert_non_null(freopen(errors, "w", stderr));
    const bool good = pci_dump_load(path, &fake_pci_board);
    fflush(stderr);
    assert_true(dup2(screen, STDERR_FILENO) >= 0);
    close(screen);
    FILE *file = fopen(errors, "r");
    assert_non_null(file);
    assert_true(fread(said, 1U, sizeof(said) - 1U, file) != 0U);
    assert_int_equal(fclose(file), 0);

    assert_false(good);
    snprintf(where, sizeof(where), "%s:%u: error: ", path, line);
    assert_memory_equal(said, where, strlen(where));
    if (strstr(said, reason) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", said, reason);
    }
}

/* shows: R-PCI-17 */
static void test_what_cannot_be_used_is_named_with_its_line(void **state)
{
    (void)state;
    char text[4096];

    assert_refused("", 2U, "no function is described");
    assert_refused("\tRegion 0: Memory at 0 (32-bit, prefetchable) [size=4K]\n", 1U, "no function");
    assert_refused("0001:00:01.0 x\n", 1U, "no PCI host");
    assert_refused("0000:00:01.0 x\n\tRegion 6: Memory at 0 [size=4K]\n", 2U, "not a region");
    assert_refused("0000:00:01.0 x\n\tRegion 0: Memory at 0 (32-bit, prefetchable)\n", 2U,
                   "without a size");
    assert_refused("0000:00:01.0 x\n\tRegion 0: Memory at 0 [size=3K]\n", 2U, "without a size");
    assert_refused("0000:00:01.0 x\n" FIRST_LINE FIRST_LINE, 3U, "not the next 16 bytes");
    assert_refused("0000:00:01.0 x\n00: 36 1b 05 00 00 00 10 00 00 00 80 08 00 00 00\n", 2U,
                   "not the next 16 bytes");
    assert_refused("\n0000:00:01.0 x\n" FIRST_LINE, 2U, "as root");
    char *at = text + sprintf(text, "0000:05:01.0 x\n" FIRST_LINE);
    for (uint32_t i = 1U; i < 16U; i++) {
        at += sprintf(at, "%x0: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n", i);
    }
    assert_refused(text, 1U, "no bridge before it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_dumped_board_is_enumerated_alike, setup),
        cmocka_unit_test_setup(test_bridges_answer_to_new_numbers, setup),
        cmocka_unit_test_setup(test_what_cannot_be_used_is_named_with_its_line, setup),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}

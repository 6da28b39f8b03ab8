/* SPDX-License-Identifier: Apache-2.0 */
/* Device trees that lie, and boards that lack something (platform/board.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "platform/board.h"
#include "tests/unit/fake_tree.h"

#define IMSIC "/soc/interrupt-controller@24000000"
#define APLIC "/soc/interrupt-controller@d000000"
#define UART  "/soc/bus@10000000/serial@100"
#define INTC(n) "/cpus/cpu@" #n "/interrupt-controller"

struct lie {
    void (*bend)(struct tree *tree);
    const char *finding;     /* the whole of what must be said, or a part that must be in it */
};

static struct board board;

static bool has_finding(const struct lie *lie, bool (*check)(struct tree *, struct told *))
{
    static struct told told;
    struct tree tree = tree_load("small");

    tree_open(&tree);
    lie->bend(&tree);
    tree_close(&tree);
    told_init(&told);
    bool accepted = check(&tree, &told);
    bool found = strstr(told.text, lie->finding) != NULL;
    if (accepted || !found) {
        print_error("expected: %s\nsaid: %s\n", lie->finding, told.text);
    }
    tree_free(&tree);
    return !accepted && found;
}

static bool read_only(struct tree *tree, struct told *told)
{
    return board_from_fdt(tree->blob, tree->size, &board, &told->diag);
}

static bool read_and_require(struct tree *tree, struct told *told)
{
    return board_from_fdt(tree->blob, tree->size, &board, &told->diag) &&
           board_require(&board, &told->diag);
}

static void ram_overlaps(struct tree *t)
{
    TREE_CELLS(t, "/memory@88000000", "reg", 0, 0x87fff000, 0, 0x8000000);
}

static void ram_wraps(struct tree *t)
{
    TREE_CELLS(t, "/memory@88000000", "reg", 0xffffffff, 0xfffff000, 0, 0x2000);
}

static void ram_without_reg(struct tree *t)
{
    tree_delete(t, "/memory@88000000", "reg");
}

static void ram_of_odd_length(struct tree *t)
{
    TREE_CELLS(t, "/memory@88000000", "reg", 0, 0x88000000, 0);
}

static void ram_of_many_ranges(struct tree *t)
{
    uint32_t cells[4U * BOARD_MAX_RAM];

    for (uint32_t i = 0U; i < BOARD_MAX_RAM; i++) {
        cells[4U * i] = 2U;
        cells[4U * i + 1U] = 0x100000U * i;
        cells[4U * i + 2U] = 0U;
        cells[4U * i + 3U] = 0x1000U;
    }
    tree_set_cells(t, "/memory@88000000", "reg", cells, 4U * BOARD_MAX_RAM);
}

static void reserved_wraps(struct tree *t)
{
    TREE_CELLS(t, "/reserved-memory/firmware@80200000", "reg", 0xffffffff, 0xfffff000, 0, 0x1001);
}

static void reserved_without_ranges(struct tree *t)
{
    tree_delete(t, "/reserved-memory", "ranges");
}

static void memreserve_wraps(struct tree *t)
{
    assert_int_equal(fdt_add_mem_rsv(t->blob, UINT64_MAX - 0xfffU, 0x2000U), 0);
}

static void initrd_backwards(struct tree *t)
{
    TREE_CELLS(t, "/chosen", "linux,initrd-end", 0x83ffffff);
}

static void initrd_without_end(struct tree *t)
{
    TREE_CELLS(t, "/chosen", "linux,initrd-start", 0);
    tree_delete(t, "/chosen", "linux,initrd-end");
}

static void initrd_without_start(struct tree *t)
{
    tree_delete(t, "/chosen", "linux,initrd-start");
}

static void initrd_outside_ram(struct tree *t)
{
    TREE_CELLS(t, "/chosen", "linux,initrd-end", 0x90000001);
}

static void initrd_in_firmware(struct tree *t)
{
    TREE_CELLS(t, "/chosen", "linux,initrd-start", 0x80100000);
    TREE_CELLS(t, "/chosen", "linux,initrd-end", 0x80200001);
}

static void ram_over_uart(struct tree *t)
{
    TREE_CELLS(t, "/high@100000000", "reg", 0, 0x10000000, 0, 0x1000);
}

static void ram_over_aplic(struct tree *t)
{
    TREE_CELLS(t, "/high@100000000", "reg", 0, 0xd007000, 0, 0x2000);
}

static void ram_over_imsic(struct tree *t)
{
    TREE_CELLS(t, "/high@100000000", "reg", 0, 0x25001000, 0, 0x1000);
}

static void ram_over_iommu(struct tree *t)
{
    TREE_CELLS(t, "/high@100000000", "reg", 0, 0x2000000, 0, 0x2000000);
}

static void ram_over_ecam(struct tree *t)
{
    TREE_CELLS(t, "/high@100000000", "reg", 0, 0x30fff000, 0, 0x2000);
}

static void two_harts_one_id(struct tree *t)
{
    TREE_CELLS(t, "/cpus/cpu@5", "reg", 4);
}

static void hart_without_id(struct tree *t)
{
    tree_delete(t, "/cpus/cpu@5", "reg");
}

static void hart_id_cells(struct tree *t)
{
    TREE_CELLS(t, "/cpus", "#address-cells", 0);
}

static void two_intcs_one_phandle(struct tree *t)
{
    TREE_CELLS(t, INTC(5), "phandle", 0x14);
}

static void hart_without_intc(struct tree *t)
{
    tree_set_text(t, INTC(5), "compatible", "vendor,intc");
}

static void two_timebases(struct tree *t)
{
    TREE_CELLS(t, "/cpus/cpu@5", "timebase-frequency", 2000000);
}

static void hart_without_file(struct tree *t)
{
    TREE_CELLS(t, IMSIC, "interrupts-extended", 0x15, 9);
}

static void imsic_mixes_levels(struct tree *t)
{
    TREE_CELLS(t, IMSIC, "interrupts-extended", 0x15, 9, 0x14, 11);
}

static void imsic_too_small(struct tree *t)
{
    TREE_CELLS(t, IMSIC, "reg", 0, 0x24000000, 0, 0x2000, 0, 0x25000000, 0, 0x1000);
}

static void imsic_region_missing(struct tree *t)
{
    TREE_CELLS(t, IMSIC, "reg", 0, 0x24000000, 0, 0x2000);
}

static void imsic_files_shared(struct tree *t)
{
    TREE_CELLS(t, IMSIC, "reg", 0, 0x24000000, 0, 0x2000, 0, 0x24000000, 0, 0x2000);
}

static void imsic_region_elsewhere(struct tree *t)
{
    TREE_CELLS(t, IMSIC, "reg", 0, 0x24000000, 0, 0x2000, 0, 0x26000000, 0, 0x2000);
}

static void imsic_misaligned(struct tree *t)
{
    TREE_CELLS(t, IMSIC, "reg", 0, 0x24001000, 0, 0x2000, 0, 0x25001000, 0, 0x2000);
}

static void imsic_past_index_bits(struct tree *t)
{
    TREE_CELLS(t, IMSIC, "reg", 0, 0x24000000, 0, 0x4000);
}

static void imsic_guest_bits(struct tree *t)
{
    TREE_CELLS(t, IMSIC, "riscv,guest-index-bits", 7);
}

static void imsic_hart_bits(struct tree *t)
{
    TREE_CELLS(t, IMSIC, "riscv,hart-index-bits", 0xffffffff);
}

static void imsic_group_shift(struct tree *t)
{
    TREE_CELLS(t, IMSIC, "riscv,group-index-shift", 12);
}

static void imsic_ids(struct tree *t)
{
    TREE_CELLS(t, IMSIC, "riscv,num-ids", 100);
}

static void imsic_guest_ids(struct tree *t)
{
    TREE_CELLS(t, IMSIC, "riscv,num-guest-ids", 2111);
}

static void imsic_phandle_twice(struct tree *t)
{
    TREE_CELLS(t, "/cpus", "phandle", 0x20);
}

static void aplic_too_small(struct tree *t)
{
    TREE_CELLS(t, APLIC, "reg", 0, 0xd000000, 0, 0x3000);
}

static void aplic_sources(struct tree *t)
{
    TREE_CELLS(t, APLIC, "riscv,num-sources", 1024);
}

static void uart_shift(struct tree *t)
{
    TREE_CELLS(t, UART, "reg-shift", 32);
}

static void uart_width(struct tree *t)
{
    TREE_CELLS(t, UART, "reg-io-width", 2);
}

static void uart_offset(struct tree *t)
{
    TREE_CELLS(t, UART, "reg-offset", 0x40);
}

static void uart_too_small(struct tree *t)
{
    TREE_CELLS(t, UART, "reg", 0x100, 0x1f);
}

static void uart_untranslatable(struct tree *t)
{
    TREE_CELLS(t, UART, "reg", 0x18000, 0x100);
}

static void uart_irq_out_of_range(struct tree *t)
{
    TREE_CELLS(t, UART, "interrupts", 32, 4);
}

static void uart_irq_cut_off(struct tree *t)
{
    TREE_CELLS(t, UART, "interrupts", 10);
}

static void pci_without_reg(struct tree *t)
{
    tree_delete(t, "/soc/pci@30000000", "reg");
}

static void pci_of_many_hosts(struct tree *t)
{
    tree_add_pci_hosts(t, BOARD_MAX_PCI_HOSTS);
}

static void pci_buses_backwards(struct tree *t)
{
    TREE_CELLS(t, "/soc/pci@30000000", "bus-range", 5, 4);
}

static void iommu_too_small(struct tree *t)
{
    TREE_CELLS(t, "/soc/iommu@3000000", "reg", 0, 0x3000000, 0, 0x800);
}

static const struct lie lies[] = {
    { ram_overlaps, "/memory@80000000:reg: RAM 0x80000000, 0x8000000 bytes, overlaps the RAM "
                    "0x87fff000, 0x8000000 bytes, of /memory@88000000\n" },
    { ram_wraps, "/memory@88000000:reg: entry 0 of this memory is missing, malformed, or passes" },
    { ram_without_reg, "/memory@88000000:reg: entry 0 of this memory is missing" },
    { ram_of_odd_length, "/memory@88000000:reg: entry 0 of this memory is missing" },
    { ram_of_many_ranges, ":reg: more than 16 ranges of RAM\n" },
    { reserved_wraps, "/reserved-memory/firmware@80200000:reg: entry 0 of this reservation is" },
    { reserved_without_ranges, "/reserved-memory/firmware@80200000:reg: entry 0 of this reservat" },
    { memreserve_wraps, "/memreserve/:: the reservation 0xfffffffffffff000, 0x2000 bytes, passes" },
    { initrd_backwards, "/chosen:linux,initrd-start: linux,initrd-start and linux,initrd-end do "
                        "not make a range: 0x84000000 to 0x83ffffff\n" },
    { initrd_without_end, "/chosen:linux,initrd-start: linux,initrd-start and linux,initrd-end" },
    { initrd_without_start, "/chosen:linux,initrd-start: linux,initrd-start and linux,initrd-end" },
    { initrd_outside_ram, "the initrd 0x84000000 to 0x90000001 does not lie in the board's RAM\n" },
    { initrd_in_firmware, "/chosen:linux,initrd-start: the initrd 0x80100000, 0x100001 bytes, "
                          "overlaps 0x80200000, 0x40000 bytes, which /reserved-memory/firmware@"
                          "80200000 keeps from being used (no-map)\n" },
    { ram_over_uart, UART ":reg: the registers 0x10000100, 0x100 bytes, of the UART overlap the "
                     "RAM 0x10000000, 0x1000 bytes\n" },
    { ram_over_aplic, APLIC ":reg: the registers 0xd000000, 0x8000 bytes, of the APLIC overlap the "
                      "RAM 0xd007000, 0x2000 bytes\n" },
    { ram_over_imsic, IMSIC ":reg: the registers 0x25000000, 0x2000 bytes, of the IMSIC overlap "
                      "the RAM 0x25001000, 0x1000 bytes\n" },
    { ram_over_iommu, "/soc/iommu@3000000:reg: the registers 0x3000000, 0x1000 bytes, of the IOMMU "
                      "overlap the RAM 0x2000000, 0x2000000 bytes\n" },
    { ram_over_ecam, "/soc/pci@30000000:reg: the registers 0x30000000, 0x1000000 bytes, of the PCI "
                     "host overlap the RAM 0x30fff000, 0x2000 bytes\n" },
    { two_harts_one_id, "/cpus/cpu@5:reg: hart id 4 is that of /cpus/cpu@4 too\n" },
    { hart_without_id, "/cpus/cpu@5:reg: the hart id is missing or malformed\n" },
    { hart_id_cells, "/cpus:#address-cells: hart ids have 1 or 2 cells\n" },
    { two_intcs_one_phandle, "/cpus/cpu@5/interrupt-controller:phandle: the phandle 0x14 is "
                             "missing or belongs to another node too\n" },
    { hart_without_intc, "/cpus/cpu@5:: the hart has no riscv,cpu-intc node\n" },
    { two_timebases, "/cpus/cpu@5:timebase-frequency: 2000000 Hz is out of range or differs from "
                     "the 1000000 Hz given before\n" },
    { hart_without_file, IMSIC ":interrupts-extended: hart 4 has no interrupt file in this IMSIC" },
    { imsic_mixes_levels, IMSIC ":interrupts-extended: entry 1 is not interrupt 9 of a hart, as" },
    { imsic_too_small, IMSIC ":reg: the interrupt files of hart 4, number 1 with 0x2000 bytes for "
                             "each, lie outside the regions or the index fields\n" },
    { imsic_region_missing, IMSIC ":reg: the interrupt files of hart 4, number 1 with 0x2000" },
    { imsic_files_shared, IMSIC ":reg: harts 4 and 5 share the interrupt file 0x24000000\n" },
    { imsic_region_elsewhere, IMSIC ":reg: region 0x26000000, 0x2000 bytes, does not fit the index "
                                    "fields of the IMSIC: the base must be a multiple of 0x2000 "
                                    "and begin as 0x24000000 does\n" },
    { imsic_misaligned, IMSIC ":reg: region 0x24001000, 0x2000 bytes, does not fit the index" },
    { imsic_past_index_bits, IMSIC ":reg: the interrupt files of hart 4, number 1 with 0x2000" },
    { imsic_guest_bits, IMSIC ":: the index fields do not fit: guest 7 bits (at most 6)" },
    { imsic_hart_bits, IMSIC ":: the index fields do not fit: guest 1 bits (at most 6), hart "
                             "4294967295" },
    { imsic_group_shift, IMSIC ":: the index fields do not fit" },
    { imsic_ids, IMSIC ":riscv,num-ids: 100 identities, and 63 in guest files: there must be" },
    { imsic_guest_ids, IMSIC ":riscv,num-ids: 127 identities, and 2111 in guest files" },
    { imsic_phandle_twice, IMSIC ":phandle: the phandle 0x20 is missing or belongs to another" },
    { aplic_too_small, APLIC ":reg: the registers of the APLIC are missing, misaligned, or smaller "
                             "than 0x4000 bytes\n" },
    { aplic_sources, APLIC ":riscv,num-sources: 1024 sources: there must be 1 to 1023\n" },
    { uart_shift, UART ":reg-shift: the registers lie in a way that is not supported: reg-shift" },
    { uart_width, UART ":reg-shift: the registers lie in a way that is not supported" },
    { uart_offset, UART ":reg-shift: the registers lie in a way that is not supported" },
    { uart_too_small, UART ":reg: the registers of the UART are missing, misaligned, or smaller "
                           "than 0x20 bytes\n" },
    { uart_untranslatable, UART ":reg: the registers of the UART are missing" },
    { uart_irq_out_of_range, UART ":interrupts: the interrupt is malformed or not one of the "
                                  "APLIC's sources 1 to 31\n" },
    { uart_irq_cut_off, UART ":interrupts: the interrupt is malformed or not one of the" },
    { pci_without_reg, "/soc/pci@30000000:reg: the configuration space is missing or malformed\n" },
    { pci_of_many_hosts, ": more than 16 PCI hosts\n" },
    { pci_buses_backwards, "/soc/pci@30000000:bus-range: buses 5 to 4 are no range within 0 to" },
    { iommu_too_small, "/soc/iommu@3000000:reg: the registers of the IOMMU are missing, "
                       "misaligned, or smaller than 0x1000 bytes\n" },
};

/* shows: R-PLAT-23, R-PLAT-26 */
static void test_lies(void **state)
{
    uint32_t wrong = 0U;

    (void)state;
    for (size_t i = 0U; i < sizeof lies / sizeof lies[0]; i++) {
        wrong += has_finding(&lies[i], read_only) ? 0U : 1U;
    }
    assert_int_equal(wrong, 0);
}

static void no_ram(struct tree *t)
{
    tree_set_text(t, "/memory@88000000", "status", "disabled");
    tree_set_text(t, "/memory@80000000", "status", "disabled");
    tree_set_text(t, "/high@100000000", "status", "disabled");
    tree_delete(t, "/chosen", "linux,initrd-start");
    tree_delete(t, "/chosen", "linux,initrd-end");
}

static void no_hart(struct tree *t)
{
    tree_set_text(t, "/cpus/cpu@4", "status", "disabled");
    tree_set_text(t, "/cpus/cpu@5", "mmu-type", "riscv,none");
}

static void no_h(struct tree *t)
{
    tree_set_text(t, "/cpus/cpu@4", "riscv,isa", "rv64imac_sstc_ssaia");
}

static void no_sstc(struct tree *t)
{
    tree_set_text(t, "/cpus/cpu@4", "riscv,isa", "rv64imach_ssaia");
}

static void no_ssaia(struct tree *t)
{
    tree_set_text(t, "/cpus/cpu@4", "riscv,isa", "rv64imach_sstc");
}

static void no_timebase(struct tree *t)
{
    TREE_CELLS(t, "/cpus", "timebase-frequency", 0);
}

static void slow_timebase(struct tree *t)
{
    TREE_CELLS(t, "/cpus", "timebase-frequency", 999);
}

static void no_imsic(struct tree *t)
{
    tree_set_text(t, IMSIC, "status", "disabled");
}

static void no_aplic(struct tree *t)
{
    TREE_CELLS(t, APLIC, "msi-parent", 0x22);
}

static void console_of_another_kind(struct tree *t)
{
    tree_set_text(t, UART, "compatible", "vendor,uart");
}

static const struct lie lacks[] = {
    { no_ram, ":: the board's device tree describes no RAM (no /memory node)\n" },
    { no_hart, "/cpus:: the board has no usable hart (status okay, with an mmu-type)\n" },
    { no_h, "/cpus/cpu@4:: hart 4 has no H (hypervisor) extension, which Bulkhead needs on every" },
    { no_sstc, "/cpus/cpu@4:: hart 4 has no Sstc extension" },
    { no_ssaia, "/cpus/cpu@4:: hart 4 has no Ssaia extension" },
    { no_timebase, "/cpus:timebase-frequency: the timebase frequency is missing or 0: "
                   "Bulkhead needs at least 1000 Hz\n" },
    { slow_timebase, "/cpus:timebase-frequency: the timebase frequency is 999 Hz: "
                     "Bulkhead needs at least 1000 Hz\n" },
    { no_imsic, ":: the board has no supervisor-level IMSIC (a riscv,imsics node that uses "
                "interrupt 9): on QEMU virt start it with aia=aplic-imsic,aia-guests=1\n" },
    { no_aplic, ":: the board has no supervisor-level APLIC (a riscv,aplic node whose msi-parent" },
    { console_of_another_kind, "/chosen:stdout-path: the board has no console that Bulkhead" },
};

/* shows: R-PLAT-24 */
static void test_requirements_of_the_board(void **state)
{
    uint32_t wrong = 0U;

    (void)state;
    for (size_t i = 0U; i < sizeof lacks / sizeof lacks[0]; i++) {
        wrong += has_finding(&lacks[i], read_and_require) ? 0U : 1U;
    }
    assert_int_equal(wrong, 0);
}

/* All findings of one run are told, not only the first. */
/* shows: R-PLAT-23 */
static void test_all_findings_at_once(void **state)
{
    struct tree tree = tree_load("small");
    struct told told;

    (void)state;
    tree_open(&tree);
    ram_overlaps(&tree);
    two_harts_one_id(&tree);
    uart_shift(&tree);
    tree_close(&tree);
    told_init(&told);
    assert_false(board_from_fdt(tree.blob, tree.size, &board, &told.diag));
    assert_true(told.diag.errors >= 3U);
    assert_non_null(strstr(told.text, "overlaps the RAM"));
    assert_non_null(strstr(told.text, "hart id 4 is that of"));
    assert_non_null(strstr(told.text, "reg-shift 32"));
    tree_free(&tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lies),
        cmocka_unit_test(test_requirements_of_the_board),
        cmocka_unit_test(test_all_findings_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

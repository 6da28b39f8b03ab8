/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that callers do with a board that was accepted, and what must hold of it. Shared by
 * the test of damaged trees and the fuzzer; included by one program at a time, after cmocka.h. */
#ifndef TESTS_UNIT_BOARD_USE_H
#define TESTS_UNIT_BOARD_USE_H

#include "platform/board.h"
#include "platform/isa.h"
#include "tests/unit/fake_tree.h"

static struct board board;

static inline void use_pci(void)
{
    for (uint32_t h = 0U; h < board.pci_count; h++) {
        const struct board_pci_host *host = &board.pci[h];
        assert_true(host->window_count <= BOARD_PCI_MAX_WINDOWS);
        assert_true(host->map_count <= BOARD_PCI_MAX_MAPS);
        for (uint32_t w = 0U; w < host->window_count; w++) {
            const struct board_pci_window *window = &host->windows[w];
            assert_true(window->range.size != 0U);
            assert_true(window->range.size - 1U <= UINT64_MAX - window->range.base.v);
            assert_true(window->range.size - 1U <= UINT64_MAX - window->pci);
            for (uint32_t i = 0U; i < board.ram_count; i++) {
                assert_false(span_overlaps(window->range.base.v, window->range.size,
                                           board.ram[i].base.v, board.ram[i].size));
            }
        }
        static const uint16_t rids[] = { 0x0000, 0x0018, 0x0408 }; /* of pci.dts */
        for (size_t i = 0U; i < sizeof rids / sizeof rids[0]; i++) {
            uint32_t iommu = 0U, id = 0U, source = 1U, flags = 1U;
            (void)board_pci_id(&board, h, rids[i], &iommu, &id);
            assert_true(iommu == 0U || iommu < board.iommu_count);
            (void)board_pci_irq(&board, h, rids[i], 1U, &source, &flags);
            assert_true(source != 0U && (source == 1U || source <= board.aplic.sources));
            assert_true(flags == 1U || flags == 2U || flags == 4U || flags == 8U);
        }
    }
    for (uint32_t i = 0U; i < board.iommu_count; i++) {
        const struct board_iommu *iommu = &board.iommu[i];
        assert_true(iommu->irq_count <= BOARD_IOMMU_MAX_IRQS);
        assert_true(!iommu->is_pci || iommu->pci_host < board.pci_count);
    }
}

static inline void use_board(void)
{
    static const char *const paths[] = {
        "/soc/bus@10000000/rtc@1000", "/soc/bus@10000000/dma@2000", "/soc/pci@30000000", "/soc/x",
        "/soc/dma@11000000",
    };
    struct told told;
    struct board_device device;
    char list[512];
    char text[512];

    told_init(&told);
    (void)board_require(&board, &told.diag);
    for (size_t i = 0U; i < sizeof paths / sizeof paths[0]; i++) {
        (void)board_find_device(&board, paths[i], &device);
        assert_true(device.id_count <= BOARD_DEVICE_MAX_IDS);
        assert_true(device.id_count == 0U || device.iommu < board.iommu_count);
    }
    use_pci();
    assert_true(board.hart_count <= BOARD_MAX_HARTS);
    for (uint32_t i = 0U; i < board.hart_count; i++) {
        const struct board_hart *hart = &board.harts[i];
        assert_int_equal(board_find_hart(&board, hart->id), (int)i);
        const size_t list_size = isa_guest_extensions(board.fdt, hart->cpu_node, list, sizeof list);
        (void)isa_guest_string(list, list_size, text, sizeof text);
        if (!board.imsic.present) {
            continue;
        }
        uint32_t last = (1U << board.imsic.guest_index_bits) - 1U;
        pa_t file = board_imsic_file(&board.imsic, hart->imsic_index, last);
        bool inside = false;
        for (uint32_t r = 0U; r < board.imsic.region_count; r++) {
            inside = inside || pa_range_contains(board.imsic.regions[r], file, PAGE_SIZE);
        }
        assert_true(inside);
        for (uint32_t j = 0U; j < i; j++) {
            assert_int_not_equal(
                board_aplic_hart_index(&board.imsic, board.harts[j].imsic_index),
                board_aplic_hart_index(&board.imsic, hart->imsic_index));
        }
    }
    for (uint32_t i = 1U; i < board.ram_count; i++) {
        assert_true(board.ram[i - 1U].base.v + board.ram[i - 1U].size < board.ram[i].base.v);
    }
}

#endif

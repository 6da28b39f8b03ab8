/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of boot, as a table of contents. Everything is read, checked and decided first; then
 * memory and devices are taken; only then do guests run. Whatever is wrong before that ends in one
 * clear line for each finding and a stop.
 */
#include "boot/boot.h"

#include "hyp/console/console.h"
#include "hyp/console/console_unit.h"
#include "hyp/dma/dma.h"
#include "hyp/log.h"
#include "hyp/mem/hw/own_space_enter.h"
#include "hyp/panic/panic.h"
#include "platform/hw/aplic.h"
#include "platform/hw/sbi_call.h"
#include "platform/hw/uart.h"

#define MS_PER_SECOND 1000U

static struct board board;
static struct pci pci;
static struct bundle bundle;
static struct config config;
static struct plan plan;
static struct pages pages;

noreturn void boot_main(uint64_t hart_id, pa_t device_tree)
{
    log_line("Bulkhead: hart %lu, image at 0x%lx, device tree at 0x%lx", hart_id,
             boot_image().base.v, device_tree.v);
    sbi_init();

    boot_read_board(device_tree, &board);
    uart_init(&board.uart);
    console_init(board.timebase_hz / MS_PER_SECOND);
    log_use_console();
    panic_use_board(&board);

    boot_find_pci(&board, &pci);
    boot_read_bundle(&board, &bundle);
    boot_read_config(&bundle, &config);
    boot_make_plan(&board, &pci, &config, &bundle, &plan);

    pages_open(&pages, plan.pool);
    boot_make_harts(&plan, hart_id, &pages);
    console_set_guests(&config);
    boot_start_units(&plan, &pages);
    boot_make_guests(&plan, &pages);
    uint64_t satp = boot_make_own_space(&plan, &pages);
    pages_close(&pages);
    log_line("%u guests, %lu of %lu KiB of the pool used", plan.guest_count, pages.used / 1024U,
             pages.pool.size / 1024U);

    aplic_init(&board.aplic);
    boot_start_harts(&plan, satp);
    console_unit_start(&plan);
    dma_start(&plan);
    own_space_enter(satp, this_hart()->frame, hart_begin);
}

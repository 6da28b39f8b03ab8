/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/boot.h"

#include <libfdt.h>
#include <string.h>

#include "hyp/console/console.h"
#include "hyp/log.h"
#include "iommu/iommu.h"
#include "platform/hw/phys.h"
#include "platform/hw/sbi_call.h"

/* A device tree larger than this is not one. QEMU's buffer is 1 MiB. */
#define DEVICE_TREE_MAX (UINT32_C(4) << 20)
#define FDT_ALIGNMENT   8U

/* How long an IOMMU may take to switch off before it counts as broken. */
#define PATIENCE_SECONDS 1U

extern const char image_start[], image_end[];

struct pa_range boot_image(void)
{
    return (struct pa_range){ pa((uintptr_t)image_start),
                              (uint64_t)((uintptr_t)image_end - (uintptr_t)image_start) };
}

noreturn void boot_stop(void)
{
    log_line("stopped before any guest was started");
    console_flush();
    sbi_system_reset(SBI_RESET_SHUTDOWN, SBI_RESET_SYSTEM_FAILURE);
    for (;;) {
        __asm__ volatile("wfi");
    }
}

static void emit(void *ctx, const char *path, const char *property, const char *text)
{
    const char *what = ctx;

    if (property != NULL) {
        log_line("%s%s%s: %s: %s", what, path[0] != '\0' ? " " : "", path, property, text);
    } else {
        log_line("%s%s%s: %s", what, path[0] != '\0' ? " " : "", path, text);
    }
    console_flush();
}

/* what stands before each finding: how bad it is, and the thing that was read. */
static struct diag diag_for(const char *what)
{
    union { const char *text; void *ctx; } u = { what };

    return (struct diag){ .emit = emit, .ctx = u.ctx, .errors = 0 };
}

void boot_read_board(pa_t device_tree, struct board *board)
{
    struct diag d = diag_for("error: device tree");

    if (device_tree.v == 0U) {
        log_line("error: the boot loader gave no device tree: a1 is 0");
        boot_stop();
    }
    if (!is_aligned(device_tree.v, FDT_ALIGNMENT)) {
        log_line("error: the boot loader put the device tree (a1) at 0x%lx, which is not a "
                 "multiple of %u bytes: have it put elsewhere", device_tree.v, FDT_ALIGNMENT);
        boot_stop();
    }
    const void *fdt = phys_pointer(device_tree, sizeof(struct fdt_header));
    if (fdt_magic(fdt) != FDT_MAGIC || fdt_totalsize(fdt) > DEVICE_TREE_MAX) {
        log_line("error: no device tree at 0x%lx: magic 0x%x, size 0x%x", device_tree.v,
                 fdt_magic(fdt), fdt_totalsize(fdt));
        boot_stop();
    }
    if (!board_from_fdt(fdt, fdt_totalsize(fdt), board, &d) || !board_require(board, &d)) {
        boot_stop();
    }
}

void boot_find_pci(const struct board *board, struct pci *pci)
{
    struct diag d = diag_for("note");

    /* First the IOMMUs that can be reached, so that nothing that the firmware left running writes on while functions
     * are looked at; each of these is silenced when it is found. */
    for (uint32_t i = 0; i < board->iommu_count; i++) {
        const struct board_iommu *iommu = &board->iommu[i];
        if (!iommu->is_pci &&
            !iommu_switch_off(iommu->reg.base, (uint64_t)board->timebase_hz * PATIENCE_SECONDS)) {
            log_line("error: the IOMMU at 0x%lx does not switch off: devices behind it could reach "
                     "all memory", iommu->reg.base.v);
            boot_stop();
        }
    }
    /* What is said of it stays unusable, and quiet; whether anybody wants it the plan will see. */
    (void)pci_enumerate(board, pci, &d);
}

void boot_read_bundle(const struct board *board, struct bundle *bundle)
{
    struct diag d = diag_for("error: bundle");
    struct pa_range initrd = board->initrd;

    if (initrd.size == 0U) {
        log_line("error: no bundle: the initrd that /chosen names is missing or empty; "
                 "load the output of 'bulkhead pack' as the initrd");
        boot_stop();
    }
    if (!bundle_open(phys_pointer(initrd.base, initrd.size), initrd.size, bundle, &d)) {
        boot_stop();
    }
}

void boot_read_config(const struct bundle *bundle, struct config *config)
{
    /* The archive aligns files to 4 bytes, a device tree needs 8: so it is copied. */
    static _Alignas(FDT_ALIGNMENT) uint8_t blob[CONFIG_BLOB_MAX];
    struct diag d = diag_for("error: config.dtb");
    const struct bundle_file *file = bundle_find(bundle, "config.dtb");

    if (file == NULL) {
        log_line("error: the bundle holds no config.dtb; make it with 'bulkhead pack'");
        boot_stop();
    }
    /* What is cut off here config_parse refuses by its size. */
    (void)memcpy(blob, file->data, file->size < sizeof(blob) ? file->size : sizeof(blob));
    if (!config_parse(blob, file->size, config, &d)) {
        boot_stop();
    }
}

void boot_make_plan(const struct board *board, const struct pci *pci, const struct config *config,
                    const struct bundle *bundle, struct plan *plan)
{
    struct diag d = diag_for("error: config.dtb");
    const struct pa_range used[] = {
        boot_image(),
        { pa((uintptr_t)board->fdt), board->fdt_size },
        board->initrd,
    };

    if (!plan_build(board, pci, config, bundle, used, sizeof(used) / sizeof(used[0]), plan, &d)) {
        boot_stop();
    }
}

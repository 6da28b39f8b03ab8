/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/fake_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "hyp/guestdt/guestdt.h"

void load_board(struct fixture *f)
{
    struct told told;

    told_init(&told);
    assert_true(board_from_fdt(f->tree.blob, f->tree.size, &f->board, &told.diag));
}

static const struct bundle_file initrd = { "initrd", NULL, 0x123456U };

static void make_config(struct config *c)
{
    c->guest_count = 2U;
    strcpy(c->guests[0].name, "linux");
    c->guests[0].bootargs = "console=ttyS0 quiet";
    strcpy(c->guests[1].name, "rtos");
    c->guests[1].bootargs = "";
    c->shared_count = 2U;
    strcpy(c->shared[0].name, "mailbox");
    c->shared[0].size = 0x10000U;
    strcpy(c->shared[1].name, "frames");
    c->shared[1].size = 0x400000U;
}

static void make_plan(struct fixture *f)
{
    struct plan *const p = &f->plan;

    make_config(&f->config);
    p->board = &f->board;
    p->config = &f->config;
    p->pci = &f->pci;
    p->guest_count = 2U;
    f->config.guests[0].devices = &f->config.devices[0];
    f->config.guests[1].devices = &f->config.devices[8];
    p->guests[0] = (struct plan_guest){
        .devices = &p->devices[0],
        .config = &f->config.guests[0],
        .ram = { pa(0x90000000U), 0x20000000U },
        .ram_base = gpa(0x80000000U),
        .vcpus = { { 2U, 1U }, { 1U, 1U } },
        .vcpu_count = 2U,
        .initrd = { &initrd, gpa(0x84000000U) },
        .shares = { { 0U, gpa(0x40000000U), gpa(0x11000000U), 2U, 1U },
                    { 1U, gpa(0x40200000U), gpa(0U), 0U, 1U } },
        .share_count = 2U,
    };
    p->guests[1] = (struct plan_guest){
        .devices = &p->devices[8],
        .config = &f->config.guests[1],
        .ram = { pa(0xb0000000U), UINT64_C(0x201000000) },
        .ram_base = gpa(UINT64_C(0x1c0000000)),
        .vcpus = { { 3U, 1U } },
        .vcpu_count = 1U,
        .shares = { { 0U, gpa(0x40000000U), gpa(0x11000000U), 2U, 0U } },
        .share_count = 1U,
    };
}

void give_device(struct fixture *f, const char *path)
{
    struct plan_guest *const g = &f->plan.guests[0];
    const uint32_t index = f->config.guests[0].device_count++;
    struct board_device *const d = &g->devices[index].node;

    assert_int_equal(board_find_device(&f->board, path, d), BOARD_DEVICE_OK);
    g->devices[index].dma.viommu = PLAN_NO_VIOMMU;
    for (uint32_t i = 0U; i < d->reg_count; i++) {
        const uint64_t page = align_down(d->regs[i].base.v, PAGE_SIZE);

        g->windows[g->window_count++] = (struct plan_window){
            gpa(page + 0x50000000U), pa(page), align_up(d->regs[i].size, PAGE_SIZE), true, false };
    }
    for (uint32_t i = 0U; i < d->irq_count; i++) {
        g->lines[g->line_count] = (struct plan_line){ 10U + g->line_count, d->irqs[i].source,
                                                      d->irqs[i].flags, index };
        g->line_count++;
    }
}

void give_function(struct fixture *f, uint16_t virtual_rid, uint32_t source, uint32_t pin)
{
    struct plan_guest *const g = &f->plan.guests[0];
    struct plan_device *const d = &g->devices[f->config.guests[0].device_count++];

    assert_true(f->board.pci_count > 0U);
    *d = (struct plan_device){ .is_pci = true, .dma = { .viommu = PLAN_NO_VIOMMU } };
    d->pci = (struct plan_pci){ .virtual_rid = virtual_rid, .source = source, .pin = pin };
    g->has_pci = true;
}

uint32_t give_viommu(struct fixture *f)
{
    const uint32_t index = f->config.guests[0].viommu_count++;

    assert_true(f->board.iommu_count > 0U);
    f->plan.guests[0].viommus = f->plan.viommus;
    f->plan.viommus[index] = (struct plan_viommu){
        .config = &f->config.viommus[index], .iommu = 0U,
        .regs = gpa(0x3010000U + index * PAGE_SIZE), .sources = { 30U + index, 40U + index },
        .ids = f->plan.viommu_ids };
    return index;
}

void put_behind(struct fixture *f, uint32_t device, uint32_t viommu, const uint32_t *ids,
                uint32_t id_count)
{
    struct plan_dma *const dma = &f->plan.guests[0].devices[device].dma;

    dma->viommu = viommu;
    dma->id_count = id_count;
    for (uint32_t i = 0U; i < id_count; i++) {
        dma->ids[i] = 0x5000U + i;
        dma->virtual_ids[i] = ids[i];
    }
}

void setup_on(struct fixture *f, const char *name)
{
    memset(f, 0, sizeof(*f));
    f->tree = tree_load(name);
    load_board(f);
    make_plan(f);
}

int setup(void **state)
{
    static struct fixture f;

    setup_on(&f, "virt");
    *state = &f;
    return 0;
}

int teardown(void **state)
{
    struct fixture *const f = *state;

    tree_free(&f->tree);
    free(f->blob);
    f->blob = NULL;
    return 0;
}

bool build_in(struct fixture *f, uint32_t guest, size_t size)
{
    free(f->blob);
    f->blob = malloc(size != 0U ? size : 1U);
    f->blob_size = size;
    assert_non_null(f->blob);
    return guestdt_build(&f->plan, guest, f->blob, size);
}

const void *build(struct fixture *f, uint32_t guest)
{
    assert_true(build_in(f, guest, ROOM));
    assert_int_equal(fdt_check_full(f->blob, ROOM), 0);
    return f->blob;
}

int node_at(const void *fdt, const char *path)
{
    const int node = fdt_path_offset(fdt, path);

    if (node < 0) {
        fail_msg("no node %s", path);
    }
    return node;
}

void assert_text(const void *fdt, const char *path, const char *property, const char *text)
{
    int length;
    const char *const value = fdt_getprop(fdt, node_at(fdt, path), property, &length);

    assert_non_null(value);
    assert_int_equal(length, strlen(text) + 1U);
    assert_string_equal(value, text);
}

void check_cells(const void *fdt, const char *path, const char *property, const uint32_t *cells,
                 size_t count)
{
    int length;
    const fdt32_t *const value = fdt_getprop(fdt, node_at(fdt, path), property, &length);

    assert_non_null(value);
    assert_int_equal(length, count * sizeof(uint32_t));
    for (size_t i = 0U; i < count; i++) {
        assert_int_equal(fdt32_ld(&value[i]), cells[i]);
    }
}

bool has(const void *fdt, const char *path, const char *property)
{
    return fdt_getprop(fdt, node_at(fdt, path), property, NULL) != NULL;
}

uint32_t phandle_of(const void *fdt, const char *path)
{
    const uint32_t phandle = fdt_get_phandle(fdt, node_at(fdt, path));

    assert_int_not_equal(phandle, 0);
    return phandle;
}

uint32_t count_children(const void *fdt, const char *path)
{
    uint32_t count = 0U;
    int child;

    fdt_for_each_subnode(child, fdt, node_at(fdt, path)) {
        count++;
    }
    return count;
}

void assert_dtc_is_silent(const void *fdt)
{
    FILE *const dtc = popen("dtc -I dtb -O dts -o /dev/null - 2>&1 | { ! grep . ; }", "w");

    assert_non_null(dtc);
    assert_int_equal(fwrite(fdt, 1U, fdt_totalsize(fdt), dtc), fdt_totalsize(fdt));
    assert_int_equal(pclose(dtc), 0);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PCI functions as bytes, with a clock and a log: what hyp/pci asks of the machine. A header, so
 * that each test has its own machine and nothing else in the program has another.
 */
#ifndef TESTS_UNIT_VPCI_WORLD_H
#define TESTS_UNIT_VPCI_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hyp/log.h"
#include "hyp/pci/regs.h"
#include "hyp/pci/view.h"
#include "hyp/vcpu/hart.h"
#include "platform/hw/clock.h"
#include "platform/hw/pci_config.h"

#define FUNCTIONS 4U
#define HZ UINT64_C(1000000)
#define MS (HZ / 1000U)

struct fake_function {
    bool present;
    uint16_t rid;
    uint8_t bytes[PCI_CONFIG_SIZE];
    uint8_t writable[PCI_CONFIG_SIZE]; /* plain bits */
    uint8_t clears[PCI_CONFIG_SIZE];   /* bits that a 1 clears */
    uint32_t express;                  /* where its PCI Express capability is: initiates resets;
                                        * 0: none */
    uint32_t pm;                       /* where its power management is, if leaving D3hot resets
                                        * it; 0 */
    uint64_t slept_at;                 /* time at which it went to D3hot */
    uint64_t reset_takes, away_until;  /* ticks; time */
    uint32_t resets;
    uint64_t busy_until;               /* Transactions Pending is set as long */
    uint32_t reads, writes;
};

static struct {
    struct board_pci_host host;
    const struct board_pci_host *expected; /* the host that accesses are to name; NULL: host */
    struct fake_function functions[FUNCTIONS];
    uint64_t now;
    uint32_t attended;
    void (*while_attended)(void);
    void (*before_write)(const struct fake_function *f, uint32_t offset);
    uint32_t lines;
    char line[LOG_LINE_MAX];           /* the last */
} world;

static struct fake_function *fake_find(uint16_t rid)
{
    for (uint32_t i = 0U; i < FUNCTIONS; i++) {
        if (world.functions[i].present && world.functions[i].rid == rid) {
            return &world.functions[i];
        }
    }
    return NULL;
}

static void check_access(const struct board_pci_host *host, uint32_t offset, uint32_t width)
{
    assert_ptr_equal(host, world.expected == NULL ? &world.host : world.expected);
    assert_true(width == 1U || width == 2U || width == 4U);
    assert_int_equal(offset % width, 0U);
    assert_true(offset < PCI_CONFIG_SIZE);
}

uint32_t pci_config_read(const struct board_pci_host *host, uint16_t rid, uint32_t offset,
                         uint32_t width)
{
    struct fake_function *const f = fake_find(rid);
    uint32_t value = 0U;

    check_access(host, offset, width);
    if (f == NULL || world.now < f->away_until) {
        return UINT32_MAX >> (8U * (4U - width));
    }
    f->reads++;
    for (uint32_t i = 0U; i < width; i++) {
        value |= (uint32_t)f->bytes[offset + i] << (8U * i);
        if (f->express != 0U && offset + i == f->express + PCI_EXPRESS_DEVICE_STATUS &&
            world.now < f->busy_until) {
            value |= PCI_DEVICE_STATUS_PENDING << (8U * i);
        }
    }
    return value;
}

/* PCI Express 6.6.2: what software wrote is gone, and for some time nobody is there. */
static void fake_reset(struct fake_function *f)
{
    for (uint32_t i = 0U; i < PCI_CONFIG_SIZE; i++) {
        f->bytes[i] &= (uint8_t)~f->writable[i];
    }
    f->resets++;
    f->away_until = world.now + f->reset_takes;
}

/* PCI Power Management 1.2, 5.4.1: each way takes 10 ms. */
static void fake_power(struct fake_function *f, uint32_t state)
{
    if (state == PCI_PM_D3HOT) {
        f->slept_at = world.now;
    } else if (f->slept_at != 0U) {
        assert_true(world.now - f->slept_at >= 10U * MS);
        f->slept_at = 0U;
        fake_reset(f);
    } else {
        /* It is awake. */
    }
}

void pci_config_write(const struct board_pci_host *host, uint16_t rid, uint32_t offset,
                      uint32_t width, uint32_t value)
{
    struct fake_function *const f = fake_find(rid);

    check_access(host, offset, width);
    if (f == NULL || world.now < f->away_until) {
        return;
    }
    if (world.before_write != NULL) {
        world.before_write(f, offset);
    }
    f->writes++;
    for (uint32_t i = 0U; i < width; i++) {
        const uint8_t byte = (uint8_t)(value >> (8U * i));
        uint8_t *const at = &f->bytes[offset + i];

        *at = (uint8_t)((*at & ~f->writable[offset + i]) | (byte & f->writable[offset + i]));
        *at &= (uint8_t)~(byte & f->clears[offset + i]);
        if (f->express != 0U && offset + i == f->express + PCI_EXPRESS_DEVICE_CONTROL + 1U &&
            (byte & PCI_DEVICE_CONTROL_FLR >> 8) != 0U) {
            fake_reset(f);
        }
        if (f->pm != 0U && offset + i == f->pm + PCI_PM_CONTROL) {
            fake_power(f, byte & PCI_PM_POWER_STATE);
        }
    }
}

uint64_t clock_now(void)
{
    return world.now++;
}

static struct hart self;

struct hart *this_hart(void)
{
    return &self;
}

void hart_attend(struct hart *hart)
{
    assert_ptr_equal(hart, &self);
    world.attended++;
    if (world.while_attended != NULL) {
        world.while_attended();
    }
    world.now += MS / 10U;
}

void log_line(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(world.line, sizeof(world.line), format, arguments);
    va_end(arguments);
    world.lines++;
}

static inline void fake_set(struct fake_function *f, uint32_t offset, uint32_t width,
                            uint32_t value)
{
    for (uint32_t i = 0U; i < width; i++) {
        f->bytes[offset + i] = (uint8_t)(value >> (8U * i));
    }
}

static inline uint32_t fake_get(const struct fake_function *f, uint32_t offset, uint32_t width)
{
    uint32_t value = 0U;

    for (uint32_t i = 0U; i < width; i++) {
        value |= (uint32_t)f->bytes[offset + i] << (8U * i);
    }
    return value;
}

static inline void fake_writable(struct fake_function *f, uint32_t offset, uint32_t width,
                                 uint32_t bits)
{
    for (uint32_t i = 0U; i < width; i++) {
        f->writable[offset + i] = (uint8_t)(bits >> (8U * i));
    }
}

static inline void fake_clears(struct fake_function *f, uint32_t offset, uint32_t width,
                               uint32_t bits)
{
    for (uint32_t i = 0U; i < width; i++) {
        f->clears[offset + i] = (uint8_t)(bits >> (8U * i));
    }
}

/* Where the rich function has what. Its list of capabilities goes back and forth. */
#define RICH_RID      0x0208U
#define RICH_PM       0x40U      /* hidden; first */
#define RICH_MSIX     0xa0U
#define RICH_VENDOR   0x48U      /* 20 bytes */
#define RICH_EXPRESS  0x60U
#define RICH_HIDDEN   0xb0U      /* vital product data */
#define RICH_MSI      0xc0U      /* wide, with masks; last */
#define RICH_AER      0x100U     /* hidden */
#define RICH_SERIAL   0x140U
#define RICH_ACS      0x150U     /* hidden */
#define RICH_SRIOV    0x160U     /* hidden unless its virtual functions are somebody's */
#define RICH_ATS      0x1a0U     /* hidden; last */
#define RICH_VF_DEVICE 0x10caU
/* reads of 512 bytes, no snoop, payload of 256, relaxed ordering */
#define RICH_DEVICE_CONTROL 0x2830U

static inline void fake_capability(struct fake_function *f, uint32_t offset, uint32_t id,
                                   uint32_t next, uint32_t rest)
{
    fake_set(f, offset, 4U, id | next << 8 | rest << 16);
}

static inline void fake_extended(struct fake_function *f, uint32_t offset, uint32_t id,
                                 uint32_t next)
{
    fake_set(f, offset, 4U, id | 1U << 16 | next << 20);
}

/* What every function has. */
static inline void fake_plain(struct fake_function *f, uint16_t rid)
{
    (void)memset(f, 0, sizeof(*f));
    f->present = true;
    f->rid = rid;
    fake_set(f, PCI_VENDOR_ID, 4U, 0x10c98086U);
    fake_set(f, PCI_COMMAND, 2U, PCI_COMMAND_MEM | PCI_COMMAND_INTX_DISABLE);
    fake_writable(f, PCI_COMMAND, 2U, 0x0547U);
    fake_clears(f, PCI_STATUS, 2U, PCI_STATUS_W1C);
    fake_set(f, PCI_REVISION_CLASS, 4U, 0x02000001U);
    fake_writable(f, PCI_CACHE_LINE, 1U, 0xffU);
    fake_set(f, PCI_HEADER_TYPE, 1U, PCI_HEADER_MULTIFUNCTION);
    fake_set(f, PCI_SUBSYSTEM, 4U, 0xa03c8086U);
    fake_set(f, PCI_BAR0, 4U, 0xe0000000U);            /* 128 KiB */
    fake_writable(f, PCI_BAR0, 4U, 0xfffe0000U);
    fake_set(f, PCI_BAR0 + 8U, 4U, 0x1000000cU);       /* 16 KiB, wide, prefetchable */
    fake_writable(f, PCI_BAR0 + 8U, 4U, 0xffffc000U);
    fake_set(f, PCI_BAR0 + 12U, 4U, 0x00000040U);
    fake_writable(f, PCI_BAR0 + 12U, 4U, UINT32_MAX);
    fake_set(f, PCI_BAR0 + 16U, 4U, 0x0000e001U);      /* I/O */
    fake_writable(f, PCI_BAR0 + 16U, 4U, 0x0000ffe0U);
    fake_set(f, PCI_ROM, 4U, 0xd0000000U);
    fake_writable(f, PCI_ROM, 4U, 0xffff0001U);
    fake_set(f, PCI_INTERRUPT, 4U, 0x0000010bU);
    fake_writable(f, PCI_INTERRUPT, 1U, 0xffU);
}

/* With everything. */
static inline struct fake_function *fake_rich(uint32_t index, uint16_t rid)
{
    struct fake_function *const f = &world.functions[index];

    fake_plain(f, rid);
    fake_set(f, PCI_STATUS, 2U, 0x2010U | PCI_STATUS_CAPABILITIES); /* an error, too */
    fake_set(f, PCI_CAPABILITIES_POINTER, 1U, RICH_PM);
    fake_capability(f, RICH_PM, 0x01U, RICH_MSIX, 0xc823U);
    fake_writable(f, RICH_PM + 4U, 2U, 0x8103U);
    fake_capability(f, RICH_MSIX, 0x11U, RICH_VENDOR, 0x0009U);
    fake_writable(f, RICH_MSIX + 2U, 2U, 0xc000U);
    fake_set(f, RICH_MSIX + 4U, 4U, 3U);
    fake_set(f, RICH_MSIX + 8U, 4U, 0x2003U);
    fake_capability(f, RICH_VENDOR, 0x09U, RICH_EXPRESS, 0x0114U);
    for (uint32_t i = 4U; i < 20U; i += 4U) {
        fake_set(f, RICH_VENDOR + i, 4U, 0x11111111U * i);
        fake_writable(f, RICH_VENDOR + i, 4U, UINT32_MAX);
    }
    /* version 2, endpoint; a message number */
    fake_capability(f, RICH_EXPRESS, 0x10U, RICH_HIDDEN, 0x3f02U);
    f->express = RICH_EXPRESS;
    fake_set(f, RICH_EXPRESS + 4U, 4U, 0x10008fe2U | PCI_EXPRESS_PHANTOM);
    fake_set(f, RICH_EXPRESS + 8U, 4U, RICH_DEVICE_CONTROL | 0x0005U << 16);
    fake_writable(f, RICH_EXPRESS + 8U, 2U, 0x7fffU);
    fake_clears(f, RICH_EXPRESS + 10U, 2U, PCI_DEVICE_STATUS_W1C);
    fake_set(f, RICH_EXPRESS + 12U, 4U, 0x0003ac11U);
    fake_set(f, RICH_EXPRESS + 16U, 4U, 0x10110040U);
    fake_writable(f, RICH_EXPRESS + 16U, 2U, 0x0fffU);
    fake_set(f, RICH_EXPRESS + 0x24U, 4U, 0x0000081fU);
    fake_writable(f, RICH_EXPRESS + 0x28U, 2U, 0x7fffU);
    fake_capability(f, RICH_HIDDEN, 0x03U, RICH_MSI, 0U);
    fake_writable(f, RICH_HIDDEN + 2U, 2U, 0xffffU);
    fake_capability(f, RICH_MSI, 0x05U, 0U, 0x0382U);  /* two messages; extended data */
    fake_writable(f, RICH_MSI + 2U, 2U, 0x0471U);
    fake_writable(f, RICH_MSI + 4U, 4U, UINT32_MAX);
    fake_writable(f, RICH_MSI + 8U, 4U, UINT32_MAX);
    fake_writable(f, RICH_MSI + 12U, 4U, UINT32_MAX);
    fake_writable(f, RICH_MSI + 16U, 4U, 0x3U);
    fake_set(f, RICH_MSI + 20U, 4U, 0x2U);
    fake_extended(f, RICH_AER, 0x0001U, RICH_SERIAL);
    fake_set(f, RICH_AER + 4U, 4U, 0x00100000U);
    fake_clears(f, RICH_AER + 4U, 4U, UINT32_MAX);
    fake_extended(f, RICH_SERIAL, 0x0003U, RICH_ACS);
    fake_set(f, RICH_SERIAL + 4U, 4U, 0x12345678U);
    fake_set(f, RICH_SERIAL + 8U, 4U, 0x9abcdef0U);
    fake_extended(f, RICH_ACS, 0x000dU, RICH_SRIOV);
    fake_set(f, RICH_ACS + 4U, 4U, 0x001dU << 16 | 0x001dU);
    fake_writable(f, RICH_ACS + 6U, 2U, 0x001dU);
    fake_extended(f, RICH_SRIOV, 0x0010U, RICH_ATS);
    fake_set(f, RICH_SRIOV + 8U, 4U, 0x00000009U);
    fake_writable(f, RICH_SRIOV + 8U, 2U, 0x001fU);
    fake_set(f, RICH_SRIOV + 0x0cU, 4U, 0x00080008U);
    fake_set(f, RICH_SRIOV + 0x10U, 4U, 0x00000008U);
    fake_writable(f, RICH_SRIOV + 0x10U, 2U, 0xffffU);
    fake_set(f, RICH_SRIOV + 0x14U, 4U, 0x00020180U);
    fake_set(f, RICH_SRIOV + 0x18U, 4U, RICH_VF_DEVICE << 16);
    fake_writable(f, RICH_SRIOV + 0x24U, 4U, 0xffffc000U);
    fake_extended(f, RICH_ATS, 0x000fU, 0U);
    fake_writable(f, RICH_ATS + 6U, 2U, 0x801fU);
    return f;
}

/* As enumeration and plan tell of such a function. */
static inline struct pci_function fake_inventory(uint16_t rid)
{
    return (struct pci_function){
        .rid = rid, .vendor = 0x8086U, .device = 0x10c9U, .class_code = 0x020000U, .has_flr = true,
        .bars = { { 0x20000U, false, false }, { 0U, false, false }, { 0x4000U, true, true } },
        .sriov_offset = RICH_SRIOV, .vf_count = 8U, .vf_first = 0x180U, .vf_stride = 2U,
        .vf_bars = { { 0x4000U, true, true } },
    };
}

static inline struct plan_pci fake_plan_pci(uint16_t rid, uint16_t virtual_rid)
{
    return (struct plan_pci){
        .rid = rid, .virtual_rid = virtual_rid,
        .bars = { { gpa(0x12020000U), pa(0x50000000U), 0x20000U }, { gpa(0U), pa(0U), 0U },
                  { gpa(UINT64_C(0x4000010000)), pa(UINT64_C(0x4010000000)), 0x4000U } },
    };
}

static inline void world_init(void)
{
    (void)memset(&world, 0, sizeof(world));
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Registers: their values after reset, and what becomes of what is written to them. 5.2 to 5.29. */
#include <stddef.h>

#include "guest/iommutest/iommutest.h"
#include "guest/lib/hart.h"
#include "guest/lib/irq.h"

#define VECTORS_USED 2U
#define MESSAGE_DATA UINT32_C(0x155)
#define QUEUE_RESERVED (~(QUEUE_LOG2SZ_MASK | PPN_MASK))

static uint32_t get32(uint32_t offset) { return iommu_get32(&iommu, offset); }
static uint64_t get64(uint32_t offset) { return iommu_get64(&iommu, offset); }
static void set32(uint32_t offset, uint32_t value) { iommu_set32(&iommu, offset, value); }
static void set64(uint32_t offset, uint64_t value) { iommu_set64(&iommu, offset, value); }

void test_reset(void)
{
    const uint32_t off = QUEUE_ENABLE | QUEUE_INTERRUPT | QUEUE_ON | QUEUE_BUSY;
    uint64_t ddtp = get64(IOMMU_DDTP);

    topic("reset");
    check((ddtp & DDTP_MODE_MASK) <= (uint64_t)DDTP_BARE, "mode is Off or Bare");
    check((ddtp & DDTP_BUSY) == 0U, "ddtp is not busy");
    check((get32(IOMMU_CQCSR) & off) == 0U, "command queue is off");
    check((get32(IOMMU_FQCSR) & off) == 0U, "fault queue is off");
    check(get32(IOMMU_IPSR) == 0U, "nothing is pending");
}

static void capabilities(void)
{
    uint64_t value = get64(IOMMU_CAPABILITIES);
    uint64_t igs = value >> CAP_IGS_SHIFT & CAP_IGS_MASK;

    topic("capabilities");
    check((value & CAP_VERSION_MASK) == CAP_VERSION_1_0, "version is 1.0");
    check((value & CAP_SV39) != 0U, "Sv39 is there");
    check((value & CAP_SV57) == 0U || (value & CAP_SV48) != 0U, "Sv57 comes with Sv48");
    check(igs == IGS_MSI || igs == IGS_WSI || igs == IGS_BOTH, "IGS is a defined value");
    check(get32(IOMMU_CAPABILITIES) == (uint32_t)value
          && get32(IOMMU_CAPABILITIES + 4) == (uint32_t)(value >> 32), "halves read as the whole");
    set64(IOMMU_CAPABILITIES, ~value);
    set32(IOMMU_CAPABILITIES + 4, UINT32_MAX);
    check(get64(IOMMU_CAPABILITIES) == value, "read-only");
}

static void modes(void)
{
    static const char *const names[] = { [DDTP_1LVL] = "mode 1LVL", [DDTP_2LVL] = "mode 2LVL",
                                         [DDTP_3LVL] = "mode 3LVL" };
    static uint64_t root[IOMMU_PAGE / sizeof(uint64_t)] __attribute__((aligned(IOMMU_PAGE)));
    uint64_t ppn = (uint64_t)root >> PAGE_SHIFT << PPN_SHIFT, value;

    topic("ddtp");
    check(iommu_mode(&iommu, DDTP_OFF, NULL), "mode Off");
    check(iommu_mode(&iommu, DDTP_BARE, NULL), "mode Bare");
    for (uint32_t mode = DDTP_1LVL; mode <= (uint32_t)DDTP_3LVL; mode++) {
        check(iommu_mode(&iommu, DDTP_OFF, NULL) && iommu_mode(&iommu, mode, root)
              && (get64(IOMMU_DDTP) & PPN_MASK) == ppn, names[mode]);
    }
    check(iommu_mode(&iommu, DDTP_OFF, NULL) && (get64(IOMMU_DDTP) & PPN_MASK) == ppn,
          "mode Off again, the PPN stays");
    set64(IOMMU_DDTP, ppn | 13U);
    check(iommu_await(&iommu, IOMMU_DDTP, (uint32_t)DDTP_BUSY, 0)
          && (get64(IOMMU_DDTP) & DDTP_MODE_MASK) <= (uint64_t)DDTP_3LVL,
          "a reserved mode reads back as a defined one");
    check(iommu_mode(&iommu, DDTP_OFF, NULL), "mode Off after that");
    set64(IOMMU_DDTP, ppn | ~(PPN_MASK | DDTP_MODE_MASK));
    check(iommu_await(&iommu, IOMMU_DDTP, (uint32_t)DDTP_BUSY, 0)
          && (get64(IOMMU_DDTP) & ~PPN_MASK) == 0U, "reserved bits are zero");
    /* In two halves, the high one first (5.). */
    set32(IOMMU_DDTP + 4, (uint32_t)(ppn >> 32));
    (void)iommu_await(&iommu, IOMMU_DDTP, (uint32_t)DDTP_BUSY, 0);
    set32(IOMMU_DDTP, (uint32_t)ppn | DDTP_2LVL);
    check(iommu_await(&iommu, IOMMU_DDTP, (uint32_t)DDTP_BUSY, 0)
          && get64(IOMMU_DDTP) == (ppn | DDTP_2LVL), "written in two halves");
    value = get64(IOMMU_DDTP);
    check(get32(IOMMU_DDTP) == (uint32_t)value && get32(IOMMU_DDTP + 4) == (uint32_t)(value >> 32),
          "read in two halves");
    (void)iommu_mode(&iommu, DDTP_OFF, NULL);
}

/* cqb and fqb are alike. */
static void queue_base(const char *name, uint32_t offset)
{
    uint64_t ppn = (uint64_t)command_entries >> PAGE_SHIFT << PPN_SHIFT, value;
    bool legal = true;

    topic(name);
    set64(offset, ppn | 3U);
    check(get64(offset) == (ppn | 3U), "base and a size of 16 entries");
    for (uint64_t log2 = 0; log2 <= QUEUE_LOG2SZ_MASK; log2++) {
        set64(offset, ppn | log2);
        value = get64(offset) & QUEUE_LOG2SZ_MASK;
        set64(offset, ppn | value);
        legal = legal && (get64(offset) & QUEUE_LOG2SZ_MASK) == value && value <= log2;
    }
    check(legal, "a size reads back as one that can be had");
    set64(offset, UINT64_MAX);
    check((get64(offset) & QUEUE_RESERVED) == 0U, "reserved bits are zero");
    set32(offset + 4U, (uint32_t)(ppn >> 32));
    set32(offset, (uint32_t)ppn | 1U);
    check(get64(offset) == (ppn | 1U), "written in two halves");
}

static void queue_indices(void)
{
    uint32_t mask = (1U << COMMANDS_LOG2) - 1U;

    topic("indices");
    check(world_reset(), "queues are on");
    set32(IOMMU_CQH, get32(IOMMU_CQH) ^ 1U);
    check(get32(IOMMU_CQH) == get32(IOMMU_CQT), "cqh is read-only");
    set32(IOMMU_FQT, 1);
    check(get32(IOMMU_FQT) == 0U, "fqt is read-only");
    set32(IOMMU_FQH, ~(uint32_t)0 << FAULTS_LOG2 | 3U);
    check(get32(IOMMU_FQH) == 3U, "fqh has as many bits as the queue needs");
    set32(IOMMU_FQH, 0);
    for (uint32_t i = 0; i <= mask; i++) {
        command_entries[2U * i] = iommu_fence().words[0];
        command_entries[2U * i + 1U] = 0;
    }
    set32(IOMMU_CQT, ~mask | 5U);
    iommu.commands.next = 5U;
    check(get32(IOMMU_CQT) == 5U && iommu_commands_idle(&iommu),
          "cqt has as many bits as the queue needs");
}

static void queue_csrs(void)
{
    topic("csr");
    check(world_reset(), "queues are on");
    check((get32(IOMMU_CQCSR) & ~UINT32_C(0xf0000000)) == (QUEUE_ENABLE | QUEUE_ON),
          "cqcsr says so and nothing else");
    check((get32(IOMMU_FQCSR) & ~UINT32_C(0xf0000000)) == (QUEUE_ENABLE | QUEUE_ON),
          "fqcsr says so and nothing else");
    set32(IOMMU_CQCSR, QUEUE_ENABLE | QUEUE_INTERRUPT);
    check((get32(IOMMU_CQCSR) & QUEUE_INTERRUPT) != 0U, "cie can be set");
    set32(IOMMU_FQCSR, QUEUE_ENABLE | QUEUE_INTERRUPT);
    check((get32(IOMMU_FQCSR) & QUEUE_INTERRUPT) != 0U, "fie can be set");
    check(get32(IOMMU_IPSR) == 0U, "nothing is pending for that");
    check(iommu_commands_stop(&iommu) && iommu_faults_stop(&iommu), "queues are off");
    check((get32(IOMMU_CQCSR) & QUEUE_ON) == 0U && (get32(IOMMU_FQCSR) & QUEUE_ON) == 0U,
          "and say so");
}

static void interrupt_registers(void)
{
    uint64_t file = irq_file(hart_self()->id), icvec, most;
    bool alike = true;

    topic("interrupt registers");
    set32(IOMMU_IPSR, UINT32_MAX);
    check(get32(IOMMU_IPSR) == 0U, "ipsr takes no ones");
    set64(IOMMU_ICVEC, UINT64_C(0xffff));
    icvec = get64(IOMMU_ICVEC);
    most = icvec & ICVEC_MASK;
    check(most == 0U || most == 1U || most == 3U || most == 7U || most == 15U,
          "icvec.civ has room for a power of two");
    for (uint32_t cause = ICVEC_CIV; cause < (uint32_t)ICVEC_PMIV; cause += 4U) {
        alike = alike && (icvec >> cause & ICVEC_MASK) == most;
    }
    check(alike, "icvec.fiv has as much");
    check(icvec >> ICVEC_END == 0U, "reserved bits of icvec are zero");
    set64(IOMMU_ICVEC, 0);
    check(get64(IOMMU_ICVEC) == 0U, "icvec keeps zero");
    check(most >= VECTORS_USED - 1U, "there are two vectors");
    for (uint32_t i = 0; i < VECTORS_USED; i++) {
        uint32_t entry = (uint32_t)IOMMU_MSI_CFG_TBL + i * (uint32_t)MSI_ENTRY;

        set32(entry + (uint32_t)MSI_VEC_CTL, MSI_VEC_CTL_M);
        set64(entry, file);
        set32(entry + (uint32_t)MSI_DATA, MESSAGE_DATA);
        check(get64(entry) == file, i == 0U ? "msi_addr of vector 0" : "msi_addr of vector 1");
        check(get32(entry + (uint32_t)MSI_DATA) == MESSAGE_DATA,
              i == 0U ? "msi_data of vector 0" : "msi_data of vector 1");
        check(get32(entry + (uint32_t)MSI_VEC_CTL) == MSI_VEC_CTL_M,
              i == 0U ? "msi_vec_ctl of vector 0" : "msi_vec_ctl of vector 1");
        set32(entry + 4U, (uint32_t)(file >> 32));
        set32(entry, (uint32_t)file);
        check(get32(entry) == (uint32_t)file && get32(entry + 4U) == (uint32_t)(file >> 32),
              i == 0U ? "msi_addr of vector 0 in two halves"
                      : "msi_addr of vector 1 in two halves");
        set32(entry + (uint32_t)MSI_VEC_CTL, 0);
        check(get32(entry + (uint32_t)MSI_VEC_CTL) == 0U,
              i == 0U ? "msi_vec_ctl of vector 0 is cleared"
                      : "msi_vec_ctl of vector 1 is cleared");
    }
}

static void features(void)
{
    topic("fctl");
    set32(IOMMU_FCTL, FCTL_STANDARD & ~(FCTL_BE | FCTL_WSI | FCTL_GXL));
    check((get32(IOMMU_FCTL) & FCTL_STANDARD & ~(FCTL_BE | FCTL_WSI | FCTL_GXL)) == 0U,
          "reserved bits are zero");
}

static void reserved(void)
{
    bool zero = true;

    topic("reserved");
    for (uint32_t offset = IOMMU_RESERVED; offset < (uint32_t)IOMMU_RESERVED_END; offset += 4U) {
        set32(offset, UINT32_MAX);
        zero = zero && get32(offset) == 0U;
    }
    check(zero, "registers that are none read zero");
}

void test_registers(void)
{
    capabilities();
    modes();
    features();
    queue_base("cqb", IOMMU_CQB);
    queue_base("fqb", IOMMU_FQB);
    queue_indices();
    queue_csrs();
    interrupt_registers();
    reserved();
}

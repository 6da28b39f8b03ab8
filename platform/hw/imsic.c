/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/hw/imsic.h"

#include "platform/hw/csr.h"
#include "platform/hw/mmio.h"

/* AIA 3.8: registers of a file behind siselect. With 64-bit harts only even numbers of the arrays
 * exist, each with 64 identities. */
#define EIDELIVERY  0x70U
#define EITHRESHOLD 0x72U
#define EIP0        0x80U
#define EIE0        0xc0U
#define EIDELIVERY_ON 1U
#define IDS_PER_REGISTER 64U
#define SELECTS_PER_REGISTER 2U

/* AIA 3.5: seteipnum_le is the first word of the page */
#define SETEIPNUM_LE 0U

/* siselect is left at EIP0 by all that is done to the hart's own file: imsic_take begins with it. */
static void own_write(uint32_t select, uint64_t value)
{
    csr_write(CSR_SISELECT, select);
    csr_write(CSR_SIREG, value);
}

static void guest_write(uint32_t select, uint64_t value)
{
    csr_write(CSR_VSISELECT, select);
    csr_write(CSR_VSIREG, value);
}

static uint32_t array_registers(uint32_t num_ids)
{
    return num_ids / IDS_PER_REGISTER + 1U;
}

void imsic_init(uint32_t num_ids)
{
    own_write(EIDELIVERY, 0U);
    for (uint32_t r = 0; r < array_registers(num_ids); r++) {
        own_write(EIE0 + r * SELECTS_PER_REGISTER, 0U);
        own_write(EIP0 + r * SELECTS_PER_REGISTER, 0U);
    }
    own_write(EITHRESHOLD, 0U);
    own_write(EIDELIVERY, EIDELIVERY_ON);
    csr_write(CSR_SISELECT, EIP0);
}

void imsic_enable(uint32_t id)
{
    csr_write(CSR_SISELECT, EIE0 + (id / IDS_PER_REGISTER) * SELECTS_PER_REGISTER);
    csr_set(CSR_SIREG, UINT64_C(1) << (id % IDS_PER_REGISTER));
    csr_write(CSR_SISELECT, EIP0);
}

uint64_t imsic_take(uint64_t identities)
{
    uint64_t taken = csr_read(CSR_SIREG) & identities;
    /* These bits and no others: what has come since stays pending. */
    csr_clear(CSR_SIREG, taken);
    /* For fences a CSR's read is device input and its write is device output (unprivileged
     * architecture, "CSR Access Ordering"); nothing else keeps what is looked at next behind them. */
    __asm__ volatile("fence io, iorw" : : : "memory");
    return taken;
}

void imsic_reset_guest_file(uint32_t guest_file, uint32_t num_ids)
{
    uint64_t hstatus = csr_read(CSR_HSTATUS);
    uint64_t vsiselect = csr_read(CSR_VSISELECT);
    uint64_t vgein_mask = (uint64_t)HSTATUS_VGEIN_MASK << HSTATUS_VGEIN_SHIFT;

    csr_write(CSR_HSTATUS, (hstatus & ~vgein_mask) | (uint64_t)guest_file << HSTATUS_VGEIN_SHIFT);
    guest_write(EIDELIVERY, 0U);
    for (uint32_t r = 0; r < array_registers(num_ids); r++) {
        guest_write(EIE0 + r * SELECTS_PER_REGISTER, 0U);
        guest_write(EIP0 + r * SELECTS_PER_REGISTER, 0U);
    }
    guest_write(EITHRESHOLD, 0U);
    csr_write(CSR_VSISELECT, vsiselect);
    csr_write(CSR_HSTATUS, hstatus);
}

void imsic_send(pa_t file, uint32_t id)
{
    mmio_after_memory();
    mmio_write32((uintptr_t)file.v + SETEIPNUM_LE, id);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/hw/aplic.h"

#include "platform/aplic_regs.h"
#include "platform/hw/mmio.h"

static uintptr_t base;

static void write_register(uint32_t offset, uint32_t value)
{
    mmio_write32(base + offset, value);
}

/* The bit of a source in one of the arrays setip, in_clrip, setie. */
static bool read_bit(uint32_t array, uint32_t source)
{
    uint32_t word = mmio_read32(base + aplic_word(array, source / APLIC_WORD_BITS));

    return (word >> (source % APLIC_WORD_BITS) & 1U) != 0U;
}

void aplic_init(const struct board_aplic *aplic)
{
    base = (uintptr_t)aplic->reg.base.v;
    write_register(APLIC_DOMAINCFG, 0U);
    for (uint32_t source = 1; source <= aplic->sources; source++) {
        write_register(APLIC_CLRIENUM, source);
        write_register(aplic_sourcecfg(source), APLIC_SM_INACTIVE);
    }
    write_register(APLIC_DOMAINCFG, APLIC_DOMAINCFG_IE | APLIC_DOMAINCFG_DM);
}

void aplic_line_sourcecfg(uint32_t source, uint32_t source_mode)
{
    write_register(aplic_sourcecfg(source), source_mode & APLIC_SOURCECFG_SM);
}

void aplic_line_target(uint32_t source, uint32_t hart_index, uint32_t guest_file, uint32_t eiid)
{
    write_register(aplic_target(source),
                   (hart_index & APLIC_TARGET_HART_MASK) << APLIC_TARGET_HART_SHIFT |
                   (guest_file & APLIC_TARGET_GUEST_MASK) << APLIC_TARGET_GUEST_SHIFT |
                   (eiid & APLIC_TARGET_EIID_MASK));
}

void aplic_line_enable(uint32_t source, bool enable)
{
    write_register(enable ? APLIC_SETIENUM : APLIC_CLRIENUM, source);
}

void aplic_line_set_pending(uint32_t source)
{
    write_register(APLIC_SETIPNUM, source);
}

void aplic_line_clear_pending(uint32_t source)
{
    write_register(APLIC_CLRIPNUM, source);
}

bool aplic_line_is_pending(uint32_t source)
{
    return read_bit(APLIC_SETIP, source);
}

bool aplic_line_input(uint32_t source)
{
    return read_bit(APLIC_IN_CLRIP, source);
}

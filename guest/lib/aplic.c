/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/lib/aplic.h"

#define DOMAINCFG_IE (UINT32_C(1) << 8)
#define DOMAINCFG_DM (UINT32_C(1) << 2)
#define TARGET_HART_SHIFT 18U

uint32_t aplic_read(uint64_t base, uint32_t offset)
{
    return *(volatile uint32_t *)(base + offset);
}

void aplic_write(uint64_t base, uint32_t offset, uint32_t value)
{
    *(volatile uint32_t *)(base + offset) = value;
}

void aplic_init(uint64_t base)
{
    aplic_write(base, APLIC_DOMAINCFG, DOMAINCFG_IE | DOMAINCFG_DM);
}

void aplic_route(uint64_t base, uint32_t source, uint32_t mode, uint32_t hart_index,
                 uint32_t identity)
{
    aplic_write(base, (uint32_t)APLIC_SOURCECFG1 + (source - 1U) * 4U, mode);
    aplic_write(base, (uint32_t)APLIC_TARGET1 + (source - 1U) * 4U,
                hart_index << TARGET_HART_SHIFT | identity);
    aplic_write(base, APLIC_SETIENUM, source);
}

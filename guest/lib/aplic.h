/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The APLIC in MSI delivery mode: AIA specification, chapter 4. One hart at a time.
 */
#ifndef GUEST_LIB_APLIC_H
#define GUEST_LIB_APLIC_H

#include <stdint.h>

/* sourcecfg.SM: AIA 4.5.2 */
enum { APLIC_INACTIVE = 0, APLIC_DETACHED = 1, APLIC_RISING = 4, APLIC_FALLING = 5, APLIC_HIGH = 6,
       APLIC_LOW = 7 };

/* Offsets in the APLIC's page: AIA 4.5. */
enum { APLIC_DOMAINCFG = 0x0, APLIC_SOURCECFG1 = 0x4, APLIC_SETIP0 = 0x1c00,
       APLIC_SETIPNUM = 0x1cdc, APLIC_CLRIPNUM = 0x1ddc, APLIC_SETIENUM = 0x1edc,
       APLIC_CLRIENUM = 0x1fdc, APLIC_SETIPNUM_LE = 0x2000, APLIC_GENMSI = 0x3000,
       APLIC_TARGET1 = 0x3004 };

/* Turn the domain on, with no source active. base: from tree_aplic. */
void aplic_init(uint64_t base);

/* Source sends identity to the hart at hart_index of the IMSIC, from now on. */
void aplic_route(uint64_t base, uint32_t source, uint32_t mode, uint32_t hart_index,
                 uint32_t identity);

uint32_t aplic_read(uint64_t base, uint32_t offset);
void aplic_write(uint64_t base, uint32_t offset, uint32_t value);

#endif

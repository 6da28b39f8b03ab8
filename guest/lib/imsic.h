/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hart's own interrupt file: AIA specification, chapter 3. Every call concerns the calling hart,
 * except imsic_send.
 */
#ifndef GUEST_LIB_IMSIC_H
#define GUEST_LIB_IMSIC_H

#include <stdint.h>

/* Delivery on, threshold off, all identities disabled. identities: as in the device tree. */
void imsic_init(uint32_t identities);
void imsic_enable(uint32_t identity);
uint32_t imsic_claim(void);                /* the identity taken, 0: none pending and enabled */
void imsic_send(uint64_t page, uint32_t identity); /* an MSI to an interrupt file's page */

#endif

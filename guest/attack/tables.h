/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Page tables of this guest: its own addresses as they are, and one window that leads to wherever an
 * attack wants. First hart.
 *
 * Privileged architecture, "Sv39".
 */
#ifndef GUEST_ATTACK_TABLES_H
#define GUEST_ATTACK_TABLES_H

#include <stdint.h>

/* From now on the window shows the gigabyte around address, with all rights. */
void tables_point(uint64_t address);

/* Where the window shows address then. */
uint64_t tables_window(uint64_t address);

/* From now on the page at address is the table that says what is in the window's first gigabyte;
 * tables_window(0) is in there. */
void tables_lead(uint64_t address);

/* From now on the first page of the window is this one, with these flags of its PTE, if any. */
void tables_page(uint64_t address, uint64_t flags);
void tables_page_is(uint64_t address, uint64_t flags); /* without a fence; any hart */

void tables_off(void);

#endif

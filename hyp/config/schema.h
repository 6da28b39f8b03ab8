/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shape of a configuration: which nodes there may be, and which properties of which kind each
 * has. One table is the binding; one walk finds everything that does not follow it, so that a new
 * property is a line in the table and its reading in parse.c. Pure.
 */
#ifndef HYP_CONFIG_SCHEMA_H
#define HYP_CONFIG_SCHEMA_H

#include <stdbool.h>

#include "lib/diag.h"

/* Report every node and property of the tree that the table does not have, has under a nearly equal
 * name, wants and does not find, or wants with another kind of value. blob has passed
 * fdt_check_full. What follows the table may be read without looking at types again. */
void schema_check(const void *blob, struct diag *d);

/* Whether the integrator may choose this name for a guest, vIOMMU, device or shared memory: 1 to
 * CONFIG_NAME_MAX - 1 of letters, digits, '-', '_' and '.'. */
bool schema_name_is_good(const char *name);

#endif

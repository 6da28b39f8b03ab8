/* SPDX-License-Identifier: Apache-2.0 */
/* libfdt's headers include <stdlib.h>, but what is built of libfdt takes nothing from it. Target only. */
#ifndef LIB_STDLIB_H
#define LIB_STDLIB_H

#include <stddef.h>

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The bundle as a file: a newc archive that is the same bit for bit for the same content. */
#ifndef TOOLS_PACK_H
#define TOOLS_PACK_H

#include <stdbool.h>
#include <stddef.h>

#include "platform/bundle.h"

/* Write config.dtb and the images to output, or leave it as it was. False after saying why. */
bool pack(const void *config, size_t config_size, const struct bundle *images, const char *output);

#endif

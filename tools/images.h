/* SPDX-License-Identifier: Apache-2.0 */
/* The images that a configuration names, read from folders into what the checks call a bundle. */
#ifndef TOOLS_IMAGES_H
#define TOOLS_IMAGES_H

#include "hyp/config/config.h"
#include "platform/bundle.h"

#define MAX_IMAGE_FOLDERS 16U

struct image_folders {
    const char *folders[MAX_IMAGE_FOLDERS]; /* searched in this order */
    uint32_t count;
};

/* Every image once, sorted by name. What is found nowhere is left out, the plan's checks report it;
 * what cannot be read is told here. */
void images_load(const struct config *config, const struct image_folders *folders,
                 struct bundle *out);
void images_free(struct bundle *bundle);

#endif

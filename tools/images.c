/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/images.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/file.h"

static void *read_from_folders(const struct image_folders *folders, const char *name, size_t *size)
{
    for (uint32_t i = 0; i < folders->count; i++) {
        char *path = file_join(folders->folders[i], name);
        void *data = file_read(path, size);
        if (data == NULL && errno != ENOENT) {
            fprintf(stderr, "bulkhead: cannot read %s: %s\n", path, file_read_error());
        }
        free(path);
        if (data != NULL) {
            return data;
        }
    }
    return NULL;
}

static void load(const char *name, const struct image_folders *folders, struct bundle *out)
{
    size_t size = 0;

    /* One file less than a bundle holds, since the configuration is one too. */
    if (name == NULL || bundle_find(out, name) != NULL || out->count + 1U >= BUNDLE_MAX_FILES) {
        return;
    }
    const void *data = read_from_folders(folders, name, &size);
    if (data != NULL) {
        out->files[out->count] = (struct bundle_file){ .name = name, .data = data, .size = size };
        out->count++;
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct bundle_file *)a)->name, ((const struct bundle_file *)b)->name);
}

void images_load(const struct config *config, const struct image_folders *folders,
                 struct bundle *out)
{
    out->count = 0;
    for (uint32_t g = 0; g < config->guest_count; g++) {
        load(config->guests[g].kernel, folders, out);
        load(config->guests[g].initrd, folders, out);
        load(config->guests[g].device_tree, folders, out);
    }
    qsort(out->files, out->count, sizeof(out->files[0]), by_name);
}

void images_free(struct bundle *bundle)
{
    for (uint32_t i = 0; i < bundle->count; i++) {
        void *data;
        /* The bundle's view of the data is const, the memory is ours. */
        memcpy(&data, &bundle->files[i].data, sizeof(data));
        free(data);
    }
    bundle->count = 0;
}

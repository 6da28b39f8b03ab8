/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical memory that the model sees: two functions, so that a test can put anything behind
 * them; and an image, memory in pages that are made when they are first written, which is enough
 * for most tests. All addresses are physical, in bytes; an access does not cross a page.
 */
#ifndef TESTS_MODEL_MEMORY_H
#define TESTS_MODEL_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* MEM_ACCESS: a PMA or PMP check failed. MEM_CORRUPT: the data is poisoned. */
enum mem_status { MEM_OK, MEM_ACCESS, MEM_CORRUPT };

struct model_memory {
    void *ctx;
    enum mem_status (*read)(void *ctx, uint64_t address, void *data, size_t size);
    enum mem_status (*write)(void *ctx, uint64_t address, const void *data, size_t size);
};

/* How a page answers. What is not RAM is refused. */
enum image_trouble { IMAGE_GOOD, IMAGE_REFUSED, IMAGE_READ_ONLY, IMAGE_POISONED };

struct image_page;
struct image {
    struct image_page **pages; /* hashed by page number, linear probing */
    size_t slots, used;
    uint64_t base, size;       /* the RAM, whole pages */
};

/* RAM of zeros at [base, base + size). Ends the program if the host has no memory. */
void image_init(struct image *image, uint64_t base, uint64_t size);
void image_free(struct image *image);
struct model_memory image_memory(struct image *image);

/* From now on the page with that address answers so. */
void image_set_trouble(struct image *image, uint64_t address, enum image_trouble trouble);

/* What a hart does: no trouble is met; little-endian; size 1, 2, 4 or 8, aligned, and in the
 * RAM. */
uint64_t image_get(struct image *image, uint64_t address, size_t size);
void image_put(struct image *image, uint64_t address, size_t size, uint64_t value);

static inline uint64_t image_get64(struct image *image, uint64_t address)
{
    return image_get(image, address, 8U);
}

static inline void image_put64(struct image *image, uint64_t address, uint64_t value)
{
    image_put(image, address, 8U, value);
}

#endif

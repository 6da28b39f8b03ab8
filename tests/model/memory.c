/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/model/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IMAGE_PAGE = 4096, FIRST_SLOTS = 64 };

struct image_page {
    uint64_t number;
    enum image_trouble trouble;
    uint8_t bytes[IMAGE_PAGE];
};

static void *zeroed(size_t count, size_t size)
{
    void *got = calloc(count, size);

    if (got == NULL) {
        fprintf(stderr, "tests/model: the host has no memory left\n");
        exit(EXIT_FAILURE);
    }
    return got;
}

static size_t slot_of(const struct image *image, uint64_t number)
{
    size_t slot = (size_t)((number * UINT64_C(0x9e3779b97f4a7c15)) >> 20) % image->slots;

    while (image->pages[slot] != NULL && image->pages[slot]->number != number) {
        slot = (slot + 1U) % image->slots;
    }
    return slot;
}

static void grow(struct image *image)
{
    struct image_page **old = image->pages;
    const size_t slots = image->slots;

    image->slots = slots * 2U;
    image->pages = zeroed(image->slots, sizeof(*image->pages));
    for (size_t i = 0; i < slots; i++) {
        if (old[i] != NULL) {
            image->pages[slot_of(image, old[i]->number)] = old[i];
        }
    }
    free(old);
}

static struct image_page *page_at(struct image *image, uint64_t address)
{
    const uint64_t number = address / IMAGE_PAGE;
    size_t slot = slot_of(image, number);

    if (image->pages[slot] == NULL) {
        if (2U * ++image->used > image->slots) {
            grow(image);
            slot = slot_of(image, number);
        }
        image->pages[slot] = zeroed(1U, sizeof(struct image_page));
        image->pages[slot]->number = number;
    }
    return image->pages[slot];
}

static bool in_ram(const struct image *image, uint64_t address, size_t size)
{
    return address >= image->base && size <= image->size
        && address - image->base <= image->size - size;
}

void image_init(struct image *image, uint64_t base, uint64_t size)
{
    *image = (struct image){ .slots = FIRST_SLOTS, .base = base, .size = size };
    image->pages = zeroed(image->slots, sizeof(*image->pages));
}

void image_free(struct image *image)
{
    for (size_t i = 0; i < image->slots; i++) {
        free(image->pages[i]);
    }
    free(image->pages);
    *image = (struct image){ .pages = NULL };
}

static enum mem_status read_image(void *ctx, uint64_t address, void *data, size_t size)
{
    struct image *image = ctx;
    enum mem_status status = MEM_ACCESS;

    if (in_ram(image, address, size)) {
        const struct image_page *page = page_at(image, address);

        if (page->trouble == IMAGE_POISONED) {
            status = MEM_CORRUPT;
        } else if (page->trouble != IMAGE_REFUSED) {
            memcpy(data, page->bytes + address % IMAGE_PAGE, size);
            status = MEM_OK;
        }
    }
    return status;
}

static enum mem_status write_image(void *ctx, uint64_t address, const void *data, size_t size)
{
    struct image *image = ctx;
    enum mem_status status = MEM_ACCESS;

    if (in_ram(image, address, size)) {
        struct image_page *page = page_at(image, address);

        if (page->trouble == IMAGE_GOOD) {
            memcpy(page->bytes + address % IMAGE_PAGE, data, size);
            status = MEM_OK;
        } else if (page->trouble == IMAGE_POISONED) {
            status = MEM_CORRUPT;
        }
    }
    return status;
}

struct model_memory image_memory(struct image *image)
{
    return (struct model_memory){ image, read_image, write_image };
}

void image_set_trouble(struct image *image, uint64_t address, enum image_trouble trouble)
{
    page_at(image, address)->trouble = trouble;
}

static uint8_t *bytes_at(struct image *image, uint64_t address, size_t size)
{
    if (!in_ram(image, address, size) || address % size != 0U) {
        fprintf(stderr, "tests/model: a test reaches for %zu bytes at 0x%llx: not RAM, or odd\n",
                size, (unsigned long long)address);
        abort();
    }
    return page_at(image, address)->bytes + address % IMAGE_PAGE;
}

uint64_t image_get(struct image *image, uint64_t address, size_t size)
{
    const uint8_t *bytes = bytes_at(image, address, size);
    uint64_t value = 0;

    for (size_t i = 0; i < size; i++) {
        value |= (uint64_t)bytes[i] << (8U * i);
    }
    return value;
}

void image_put(struct image *image, uint64_t address, size_t size, uint64_t value)
{
    uint8_t *bytes = bytes_at(image, address, size);

    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(value >> (8U * i));
    }
}

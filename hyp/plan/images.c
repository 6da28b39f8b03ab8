/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the images go in a guest's RAM: the kernel low, the device tree at the top, the initrd
 * below it. Linux' Documentation/arch/riscv/boot-image-header.rst and boot.rst.
 */
#include <string.h>

#include "hyp/config/size.h"
#include "hyp/plan/parts.h"

/* struct riscv_image_header of boot-image-header.rst: offset, width in bytes. */
#define IMAGE_TEXT_OFFSET 8U  /* 8: load offset from the start of RAM */
#define IMAGE_SIZE        16U /* 8: with what it clears behind the file; 0 in old kernels */
#define IMAGE_MAGIC2      56U /* 4: "RSC\x05" */
#define IMAGE_MAGIC2_VALUE 0x05435352U
#define IMAGE_HEADER_BYTES 64U

#define GZIP_MAGIC "\x1f\x8b"           /* RFC 1952, 2.3.1: ID1, ID2 */
#define ELF_MAGIC  "\x7f" "ELF"          /* System V ABI, ELF identification */

/* Devicetree specification v0.4, 5.2: magic and totalsize lead the header, big-endian. */
#define TREE_MAGIC       0xd00dfeedU
#define TREE_TOTALSIZE   4U
#define TREE_HEADER_BYTES 40U

#define TREE_ROOM        UINT64_C(0x10000) /* for a generated tree */
#define TREE_SLACK       PAGE_SIZE         /* for what is filled into a guest's own tree */
#define SMALL_MEMORY     UINT64_C(0x400000) /* below it a raw kernel starts at offset 0 */
#define LARGE_MEMORY     UINT64_C(0x1000000) /* from it on the tree has a 2 MiB page of its own */

static uint64_t little_endian(const uint8_t *bytes, uint32_t count)
{
    uint64_t value = 0;

    for (uint32_t i = count; i > 0U; i--) {
        value = (value << 8) | bytes[i - 1U];
    }
    return value;
}

static uint32_t big_endian_32(const uint8_t *b)
{
    return ((uint32_t)b[0] << 24) | ((uint32_t)b[1] << 16) | ((uint32_t)b[2] << 8) | b[3];
}

/* Where a kernel wants to be, from the start of RAM, and how much it takes there. */
struct kernel_needs { uint64_t offset, size, align; };

static struct kernel_needs kernel_needs(const struct bundle_file *file, uint64_t memory_size)
{
    struct kernel_needs needs = { memory_size < SMALL_MEMORY ? 0U : GUEST_KERNEL_OFFSET, 0, 1 };

    if (file == NULL) {
        return needs;
    }
    needs.size = file->size;
    if (file->size >= IMAGE_HEADER_BYTES &&
        little_endian(file->data + IMAGE_MAGIC2, 4U) == IMAGE_MAGIC2_VALUE) {
        const uint64_t image_size = little_endian(file->data + IMAGE_SIZE, 8U);
        needs.offset = little_endian(file->data + IMAGE_TEXT_OFFSET, 8U);
        needs.size = image_size > file->size ? image_size : file->size;
        needs.align = MEGA_PAGE_SIZE; /* boot.rst, kernel location: a PMD, 2 MiB for rv64 */
    }
    return needs;
}

/* NULL when none is named, or after reporting that it is missing or empty. */
static const struct bundle_file *find_file(const struct planning *p,
                                           const struct config_guest *guest, const char *property,
                                           const char *name)
{
    if (p->bundle == NULL || name == NULL) {
        return NULL;
    }
    const struct bundle_file *file = bundle_find(p->bundle, name);
    if (file == NULL) {
        diag_error(p->d, guest->path, property, "the %s \"%s\" of \"%s\" is not among the images: "
                   "put it where images are looked for, or mend its name", property, name,
                   guest->name);
    } else if (file->size == 0U) {
        diag_error(p->d, guest->path, property, "the %s \"%s\" of \"%s\" is empty: make it anew",
                   property, name, guest->name);
        file = NULL;
    }
    return file;
}

static bool begins_with(const struct bundle_file *file, const char *magic, size_t length)
{
    return file->size >= length && memcmp(file->data, magic, length) == 0;
}

/* A file of a known format that nobody unpacks would be run as instructions. */
static void check_format(const struct planning *p, const struct config_guest *guest,
                         const struct bundle_file *file)
{
    if (begins_with(file, GZIP_MAGIC, sizeof(GZIP_MAGIC) - 1U)) {
        diag_error(p->d, guest->path, "kernel", "the kernel \"%s\" of \"%s\" is compressed with "
                   "gzip: unpack it", guest->kernel, guest->name);
    } else if (begins_with(file, ELF_MAGIC, sizeof(ELF_MAGIC) - 1U)) {
        diag_error(p->d, guest->path, "kernel", "the kernel \"%s\" of \"%s\" is an ELF file: make "
                   "a raw binary of it with objcopy -O binary", guest->kernel, guest->name);
    }
}

/* Bytes to keep for the tree: its own file with slack, or room for a generated one. */
static uint64_t tree_room(const struct planning *p, const struct config_guest *guest,
                          const struct bundle_file *file)
{
    if (file == NULL) {
        return TREE_ROOM;
    }
    if (file->size < TREE_HEADER_BYTES || big_endian_32(file->data) != TREE_MAGIC ||
        big_endian_32(file->data + TREE_TOTALSIZE) > file->size) {
        diag_error(p->d, guest->path, "device-tree", "\"%s\" of \"%s\" is not a flattened device "
                   "tree: make it with dtc", guest->device_tree, guest->name);
    }
    const uint64_t room = align_up(file->size, PAGE_SIZE) + TREE_SLACK;
    return room > TREE_ROOM ? room : TREE_ROOM;
}

/* Takes size bytes off the top of what is left of RAM (offsets from its base): the new end, aligned
 * down, or UINT64_MAX when they do not fit. */
static uint64_t take_top(uint64_t end, uint64_t size, uint64_t align)
{
    return size > end ? UINT64_MAX : align_down(end - size, align);
}

static void report_too_large(const struct planning *p, const struct config_guest *guest,
                             const char *property, const char *name, uint64_t size, uint64_t left)
{
    diag_error(p->d, guest->path, property, "the %s \"%s\" takes 0x%lx bytes, but the memory of "
               "\"%s\" (%s) has 0x%lx bytes left for it: raise memory", property, name, size,
               guest->name, size_text(guest->memory_size).text, left);
}

static void plan_guest_images(const struct planning *p, struct plan_guest *guest)
{
    const struct config_guest *config = guest->config;
    const uint64_t memory = config->memory_size;

    guest->kernel.file = find_file(p, config, "kernel", config->kernel);
    guest->initrd.file = find_file(p, config, "initrd", config->initrd);
    guest->device_tree.file = find_file(p, config, "device-tree", config->device_tree);

    if (guest->kernel.file != NULL) {
        check_format(p, config, guest->kernel.file);
    }
    guest->device_tree_room = tree_room(p, config, guest->device_tree.file);
    const uint64_t tree = take_top(memory, guest->device_tree_room,
                                   memory >= LARGE_MEMORY ? MEGA_PAGE_SIZE : PAGE_SIZE);
    if (tree == UINT64_MAX) {
        diag_error(p->d, config->path, "memory", "%s of memory for \"%s\" cannot hold its device "
                   "tree, for which 0x%lx bytes are kept: raise memory",
                   size_text(memory).text, config->name, guest->device_tree_room);
        return;
    }
    const uint64_t initrd_size = guest->initrd.file == NULL ? 0U : guest->initrd.file->size;
    const uint64_t initrd = take_top(tree, initrd_size, PAGE_SIZE);
    if (initrd == UINT64_MAX) {
        report_too_large(p, config, "initrd", config->initrd, initrd_size, tree);
        return;
    }
    const struct kernel_needs kernel = kernel_needs(guest->kernel.file, memory);
    if (!span_contains(0, initrd, kernel.offset, kernel.size)) {
        report_too_large(p, config, "kernel", config->kernel, kernel.size,
                         kernel.offset < initrd ? initrd - kernel.offset : 0U);
        return;
    }
    if (!is_aligned(guest->ram_base.v + kernel.offset, kernel.align)) {
        diag_error(p->d, config->path, "kernel", "the kernel \"%s\" of \"%s\", a Linux Image, "
                   "would be at 0x%lx (memory-base 0x%lx and its text_offset 0x%lx) but starts only at "
                   "a multiple of 2M: choose a memory-base that makes it one", config->kernel,
                   config->name, guest->ram_base.v + kernel.offset, guest->ram_base.v,
                   kernel.offset);
        return;
    }
    guest->device_tree.gpa = gpa_add(guest->ram_base, tree);
    guest->initrd.gpa = gpa_add(guest->ram_base, initrd);
    guest->kernel.gpa = gpa_add(guest->ram_base, kernel.offset);
    guest->entry = guest->kernel.gpa;
}

void plan_images(const struct planning *p)
{
    for (uint32_t g = 0; g < p->plan->guest_count; g++) {
        plan_guest_images(p, &p->plan->guests[g]);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/bundle.h"

#include <string.h>

/* The header of cpio's new ASCII format: a magic number of 6 characters, then 13 fields of 8
 * hexadecimal digits each. Names and data follow, each padded to a multiple of 4 bytes. */
#define MAGIC_LENGTH  6U
#define FIELD_LENGTH  8U
#define HEADER_LENGTH 110U
#define PADDING       4U

enum field {
    FIELD_INO, FIELD_MODE, FIELD_UID, FIELD_GID, FIELD_NLINK, FIELD_MTIME, FIELD_FILESIZE,
    FIELD_DEVMAJOR, FIELD_DEVMINOR, FIELD_RDEVMAJOR, FIELD_RDEVMINOR, FIELD_NAMESIZE, FIELD_CHECK
};

#define MODE_TYPE      0170000U
#define MODE_DIRECTORY 0040000U
#define MODE_REGULAR   0100000U

struct entry {
    const char *name;
    const uint8_t *data;
    uint32_t mode, links, size;
    uint64_t end;            /* offset of the next entry */
};

static bool read_hex(const uint8_t *text, uint32_t *out)
{
    uint32_t value = 0U;

    for (uint32_t i = 0U; i < FIELD_LENGTH; i++) {
        uint8_t c = text[i];
        uint32_t digit;
        if (c >= '0' && c <= '9') {
            digit = (uint32_t)c - '0';
        } else if (c >= 'a' && c <= 'f') {
            digit = (uint32_t)c - 'a' + 10U;
        } else if (c >= 'A' && c <= 'F') {
            digit = (uint32_t)c - 'A' + 10U;
        } else {
            return false;
        }
        value = value << 4 | digit;
    }
    *out = value;
    return true;
}

static uint64_t padded(uint64_t offset)
{
    return (offset + PADDING - 1U) & ~(uint64_t)(PADDING - 1U);
}

/* A name is shown in messages, so it must be printable. */
static bool name_is_sound(const char *name, uint32_t size)
{
    if (size < 2U || size > BUNDLE_NAME_MAX || name[size - 1U] != '\0') {
        return false;
    }
    for (uint32_t i = 0U; i < size && name[i] != '\0'; i++) {
        if (name[i] < ' ' || name[i] > '~') {
            return false;
        }
    }
    return name[0] != '\0';
}

bool bundle_name_is_good(const char *name)
{
    const size_t length = strlen(name);

    return length < BUNDLE_NAME_MAX && name_is_sound(name, (uint32_t)length + 1U) &&
           strcmp(name, BUNDLE_TRAILER) != 0;
}

/* Offsets are 64 bits wide and every length 32, so no sum here can wrap. */
static bool read_entry(const uint8_t *archive, uint64_t size, uint64_t at, struct entry *out,
                       struct diag *d)
{
    unsigned long long shown = at;
    uint32_t fields[FIELD_CHECK + 1U];

    if (at > size || size - at < HEADER_LENGTH) {
        diag_error(d, "", NULL,
                   "the bundle is cut off: no whole cpio header at 0x%llx of 0x%llx bytes, and no "
                   BUNDLE_TRAILER " before it", shown, (unsigned long long)size);
        return false;
    }
    const uint8_t *header = archive + at;
    if (memcmp(header, "070701", MAGIC_LENGTH) != 0) {
        diag_error(d, "", NULL,
                   "the bundle has no cpio header of the newc format (070701) at 0x%llx: make it "
                   "with `bulkhead pack` or `cpio -o -H newc`", shown);
        return false;
    }
    for (uint32_t i = 0U; i <= FIELD_CHECK; i++) {
        if (!read_hex(header + MAGIC_LENGTH + i * FIELD_LENGTH, &fields[i])) {
            diag_error(d, "", NULL, "the bundle's cpio header at 0x%llx has a field that is not "
                       "hexadecimal", shown);
            return false;
        }
    }
    uint64_t name_at = at + HEADER_LENGTH;
    uint32_t name_size = fields[FIELD_NAMESIZE];
    if (name_size > size - name_at ||
        !name_is_sound((const char *)(archive + name_at), name_size)) {
        diag_error(d, "", NULL, "the bundle's cpio entry at 0x%llx has a name of %u bytes that is "
                   "cut off, not terminated, not printable, or longer than %u", shown, name_size,
                   BUNDLE_NAME_MAX);
        return false;
    }
    uint64_t data_at = padded(name_at + name_size);
    out->name = (const char *)(archive + name_at);
    out->mode = fields[FIELD_MODE];
    out->links = fields[FIELD_NLINK];
    out->size = fields[FIELD_FILESIZE];
    if (out->size != 0U && (data_at > size || out->size > size - data_at)) {
        diag_error(d, out->name, NULL,
                   "the bundle is cut off: this file's 0x%x bytes begin at 0x%llx, but the bundle "
                   "has 0x%llx bytes", out->size, (unsigned long long)data_at,
                   (unsigned long long)size);
        return false;
    }
    out->data = out->size != 0U ? archive + data_at : archive + at;
    out->end = padded(data_at + out->size);
    return true;
}

static bool take_file(const struct entry *entry, struct bundle *out, struct diag *d)
{
    const char *name = entry->name;

    if (name[0] == '.' && name[1] == '/') {
        name += 2;
    }
    /* cpio stores a file with several names once, under the last of them, and the others empty. */
    if ((entry->mode & MODE_TYPE) != MODE_REGULAR || (entry->links > 1U && entry->size == 0U)) {
        diag_error(d, name, NULL, "the bundle may hold regular files only, no links or devices "
                   "(mode 0x%x, %u links)", entry->mode, entry->links);
        return false;
    }
    if (!bundle_name_is_good(name)) {
        diag_error(d, entry->name, NULL, "no file of the bundle can have this name");
        return false;
    }
    if (bundle_find(out, name) != NULL) {
        diag_error(d, name, NULL, "the bundle has two files with this name");
        return false;
    }
    if (out->count == BUNDLE_MAX_FILES) {
        diag_error(d, name, NULL, "the bundle has more than %u files", BUNDLE_MAX_FILES);
        return false;
    }
    out->files[out->count] = (struct bundle_file){ .name = name, .data = entry->data,
                                                   .size = entry->size };
    out->count++;
    return true;
}

bool bundle_open(const void *archive, size_t size, struct bundle *out, struct diag *d)
{
    uint64_t at = 0U;
    struct entry entry;

    memset(out, 0, sizeof *out);
    /* Every round moves on by a header at least. */
    while (read_entry(archive, size, at, &entry, d)) {
        if (strcmp(entry.name, BUNDLE_TRAILER) == 0) {
            return true;
        }
        if ((entry.mode & MODE_TYPE) != MODE_DIRECTORY && !take_file(&entry, out, d)) {
            return false;
        }
        at = entry.end;
    }
    return false;
}

const struct bundle_file *bundle_find(const struct bundle *bundle, const char *name)
{
    for (uint32_t i = 0U; i < bundle->count; i++) {
        if (strcmp(bundle->files[i].name, name) == 0) {
            return &bundle->files[i];
        }
    }
    return NULL;
}

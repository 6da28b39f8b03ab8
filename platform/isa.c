/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/isa.h"

#include <libfdt.h>
#include <string.h>

#include "platform/fdt_read.h"

#define ISA_NAME_MAX  31U   /* no extension has a longer name */
#define ISA_KINDS     256U

/*
 * A walk over the names of a cpu node. riscv,isa-extensions is a list of them; riscv,isa is
 * "rv64", then letters, then longer names with '_' between, each with a version perhaps
 * ("i2p1"). The names in `extra` come before the walk goes on: what a letter or the older
 * property implies.
 */
struct isa_names {
    const char *text;
    size_t size, at;
    bool is_string;          /* riscv,isa */
    bool implied;            /* what riscv,isa implies has been added */
    const char *extra;       /* NULL while extra_left is 0 */
    size_t extra_left;
};

struct isa_name {
    const char *text;
    size_t length;
};

static const char letter_g[] = "i\0m\0a\0f\0d\0zicsr\0zifencei";
/* "i" held these before they had names; riscv,isa may leave them out (riscv/extensions). */
static const char implied_by_string[] = "zicsr\0zifencei\0zicntr";

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name(struct isa_name name)
{
    for (size_t i = 0U; i < name.length; i++) {
        if (!(name.text[i] >= 'a' && name.text[i] <= 'z') && !is_digit(name.text[i])) {
            return false;
        }
    }
    return name.length >= 1U && name.length <= ISA_NAME_MAX;
}

static bool name_is(struct isa_name name, const char *other)
{
    size_t i = 0U;

    while (i < name.length && name.text[i] == other[i]) { /* a name has no 0: not past the end of other */
        i++;
    }
    return i == name.length && other[i] == '\0';
}

static bool names_open(const void *fdt, int cpu_node, struct isa_names *out)
{
    int length = 0;
    const char *list = fdt_read_property(fdt, cpu_node, "riscv,isa-extensions", &length);

    *out = (struct isa_names){ 0 };
    if (list != NULL && length > 0) {
        out->text = list;
        out->size = (size_t)length;
        return true;
    }
    const char *string = fdt_read_property(fdt, cpu_node, "riscv,isa", &length);
    if (string == NULL || length <= 0 || memchr(string, '\0', (size_t)length) == NULL ||
        strncmp(string, "rv64", 4U) != 0) {
        return false;
    }
    out->text = string;
    out->size = strlen(string);
    out->at = 4U;
    out->is_string = true;
    return true;
}

static bool next_of_list(const char *text, size_t size, size_t *at, struct isa_name *out)
{
    const char *end = *at < size ? memchr(text + *at, '\0', size - *at) : NULL;

    if (end == NULL) {
        return false;
    }
    *out = (struct isa_name){ .text = text + *at, .length = (size_t)(end - (text + *at)) };
    *at += out->length + 1U;
    return true;
}

/* Length of the version, digits with perhaps 'p' and digits, at the start of text. */
static size_t version_length(const char *text, size_t size)
{
    size_t n = 0U;

    while (n < size && is_digit(text[n])) {
        n++;
    }
    if (n > 0U && n + 1U < size && text[n] == 'p' && is_digit(text[n + 1U])) {
        n++;
        while (n < size && is_digit(text[n])) {
            n++;
        }
    }
    return n;
}

/* A longer name may itself end in digits (zve32x, zvl128b, zic64b), so only a full "2p1" is cut. */
static size_t without_version(const char *text, size_t size)
{
    for (size_t n = 1U; n < size; n++) {
        size_t version = version_length(text + n, size - n);
        if (n + version == size && memchr(text + n, 'p', version) != NULL) {
            return n;
        }
    }
    return size;
}

static bool next_of_string(struct isa_names *names, struct isa_name *out)
{
    while (names->at < names->size && names->text[names->at] == '_') {
        names->at++;
    }
    if (names->at >= names->size) {
        return false;
    }
    const char *text = names->text + names->at;
    size_t left = names->size - names->at;

    if (text[0] == 's' || text[0] == 'x' || text[0] == 'z') {
        const char *end = memchr(text, '_', left);
        size_t length = end != NULL ? (size_t)(end - text) : left;
        *out = (struct isa_name){ .text = text, .length = without_version(text, length) };
        names->at += length;
    } else {
        *out = (struct isa_name){ .text = text, .length = 1U };
        names->at += 1U + version_length(text + 1, left - 1U);
    }
    return true;
}

static bool next_extra(struct isa_names *names, struct isa_name *out)
{
    size_t at = 0U;
    bool found = next_of_list(names->extra, names->extra_left, &at, out);

    names->extra += at;
    names->extra_left -= at;
    return found;
}

static bool names_next(struct isa_names *names, struct isa_name *out)
{
    if (names->extra_left != 0U) {
        return next_extra(names, out);
    }
    if (!names->is_string) {
        return next_of_list(names->text, names->size, &names->at, out);
    }
    if (next_of_string(names, out)) {
        if (name_is(*out, "g")) {
            names->extra = letter_g;
            names->extra_left = sizeof letter_g;
        }
        return true;
    }
    if (names->implied) {
        return false;
    }
    names->implied = true;
    names->extra = implied_by_string;
    names->extra_left = sizeof implied_by_string;
    return next_extra(names, out);
}

uint32_t isa_flags(const void *fdt, int cpu_node)
{
    static const struct {
        const char *name;
        uint32_t flags;
    } known[] = {
        { "h", BOARD_ISA_H },
        { "sha", BOARD_ISA_H | BOARD_ISA_SSSTATEEN },
        { "sstc", BOARD_ISA_SSTC },
        { "ssaia", BOARD_ISA_SSAIA },
        { "smaia", BOARD_ISA_SSAIA },
        { "svinval", BOARD_ISA_SVINVAL },
        { "svpbmt", BOARD_ISA_SVPBMT },
        { "zicbom", BOARD_ISA_ZICBOM },
        { "zicboz", BOARD_ISA_ZICBOZ },
        { "ssstateen", BOARD_ISA_SSSTATEEN },
        { "smstateen", BOARD_ISA_SSSTATEEN },
        { "svade", BOARD_ISA_SVADE },
        { "svadu", BOARD_ISA_SVADU },
        { "v", BOARD_ISA_V },
    };
    struct isa_names names;
    struct isa_name name;
    uint32_t flags = 0U;

    if (!names_open(fdt, cpu_node, &names)) {
        return 0U;
    }
    while (names_next(&names, &name)) {
        for (size_t i = 0U; i < sizeof known / sizeof known[0]; i++) {
            /* Most differ in the first letter: the rest is looked at for few. */
            if (name.text[0] == known[i].name[0] && name_is(name, known[i].name)) {
                flags |= known[i].flags;
            }
        }
    }
    return flags;
}

static bool is_one_of(struct isa_name name, const char *const *list, size_t count)
{
    for (size_t i = 0U; i < count; i++) {
        if (name_is(name, list[i])) {
            return true;
        }
    }
    return false;
}

bool isa_guest_may_have(const char *text, size_t length)
{
    /* Supervisor-level extensions that work in VS-mode as Bulkhead sets the hart up; a new one may
     * bring state or enables that nobody looks after, so it waits to be listed. Svade and Svadu go
     * together with henvcfg.ADUE, which is on where the board has Svadu alone (bindings
     * riscv/extensions). Svpbmt is not here: a guest could map a hypervisor's page as I/O. */
    static const char *const supervisor[] = {
        "ssaia", "ssccptr", "sscounterenw", "ssstrict", "sstc", "sstvala", "sstvecd", "ssu64xl",
        "svade", "svadu", "svbare", "svinval", "svnapot", "svrsw60t59b", "svvptc",
    };
    /* User-level ones that need an enable which stays off in henvcfg, hcounteren or mseccfg. */
    static const char *const disabled[] = {
        "zihpm", "zicfilp", "zicfiss", "zkr", "zk",
    };
    struct isa_name name = { .text = text, .length = length };

    if (!is_name(name)) {
        return false;
    }
    if (length == 1U) {
        return memchr("imafdqcbv", text[0], sizeof "imafdqcbv" - 1U) != NULL;
    }
    if (text[0] == 'z') {
        return !is_one_of(name, disabled, sizeof disabled / sizeof disabled[0]);
    }
    return is_one_of(name, supervisor, sizeof supervisor / sizeof supervisor[0]);
}

static bool list_has(const char *list, size_t size, struct isa_name name)
{
    for (size_t at = 0U; at < size; at++) { /* at the start of each name */
        if (name_is(name, list + at)) {
            return true;
        }
        while (list[at] != '\0') {
            at++;
        }
    }
    return false;
}

/* A number below ISA_KINDS by its letters: of two different names mostly another one. */
static uint32_t kind_of(struct isa_name name)
{
    uint32_t sum = 0U;

    for (size_t i = 0U; i < name.length; i++) {
        sum = sum * 31U + (uint8_t)name.text[i];
    }
    return sum % ISA_KINDS;
}

size_t isa_guest_extensions(const void *fdt, int cpu_node, char *list, size_t size)
{
    struct isa_names names;
    struct isa_name name;
    bool kinds[ISA_KINDS] = { false }; /* of what is in the list: if its own is not, a name is new */
    size_t used = 0U;

    if (!names_open(fdt, cpu_node, &names)) {
        return 0U;
    }
    while (names_next(&names, &name)) {
        const uint32_t kind = kind_of(name);
        if (!isa_guest_may_have(name.text, name.length) ||
            (kinds[kind] && list_has(list, used, name))) {
            continue;
        }
        kinds[kind] = true;
        if (name.length + 1U > size - used) {
            return 0U;
        }
        memcpy(list + used, name.text, name.length);
        list[used + name.length] = '\0';
        used += name.length + 1U;
    }
    return used;
}

/* Appends piece if it leaves room for the final 0. */
static bool append(char *text, size_t size, size_t *used, const char *piece, size_t length)
{
    if (length >= size - *used) {
        return false;
    }
    memcpy(text + *used, piece, length);
    *used += length;
    text[*used] = '\0';
    return true;
}

size_t isa_guest_string(const char *list, size_t list_size, char *text, size_t size)
{
    size_t used = 0U;
    struct isa_name name;
    bool fits = list_size != 0U && size != 0U && append(text, size, &used, "rv64", 4U);

    /* The letters stand together before the longer names. */
    for (size_t at = 0U; fits && next_of_list(list, list_size, &at, &name);) {
        if (name.length == 1U) {
            fits = append(text, size, &used, name.text, 1U);
        }
    }
    for (size_t at = 0U; fits && next_of_list(list, list_size, &at, &name);) {
        if (name.length > 1U) {
            fits = append(text, size, &used, "_", 1U) &&
                   append(text, size, &used, name.text, name.length);
        }
    }
    return fits ? used : 0U;
}

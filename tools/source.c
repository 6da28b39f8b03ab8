/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/file.h"
#include "tools/process.h"

static char *copy(const char *text, size_t length)
{
    char *out = file_allocate(length + 1U);

    memcpy(out, text, length);
    out[length] = '\0';
    return out;
}

/* ---- what `dtc -O dts -T` prints: one node, end or property a line, its place behind --------- */

static void add_place(struct source *source, const char *path, const char *property,
                      const char *where)
{
    struct place *grown = realloc(source->places, (source->place_count + 1U) * sizeof(*grown));

    if (grown == NULL) {
        fprintf(stderr, "bulkhead: out of memory\n");
        exit(1);
    }
    source->places = grown;
    grown[source->place_count] = (struct place){
        .path = copy(path, strlen(path)),
        .property = property == NULL ? NULL : copy(property, strlen(property)),
        .where = copy(where, strlen(where)),
    };
    source->place_count++;
}

/* Cut the comment off the line and return "file:line", with the folder of the source before a
 * relative name, as dtc leaves it out. NULL when there is none. The caller frees. */
static char *take_where(char *line, const char *folder)
{
    char *comment = NULL;

    for (char *at = strstr(line, "/* "); at != NULL; at = strstr(at + 1, "/* ")) {
        comment = at;
    }
    if (comment == NULL) {
        return NULL;
    }
    char *where = comment + strlen("/* ");
    /* A node that is written in several places names them all: the first will do. */
    char *end = strstr(where, ", ");
    end = end != NULL ? end : strstr(where, " */");
    if (end == NULL) {
        return NULL;
    }
    *end = '\0';
    *comment = '\0';
    return where[0] == '<' ? NULL : file_join(folder, where);
}

/* The name that a line declares: without indentation, labels, and what follows the name. */
static char *declared_name(char *line)
{
    char *name = line + strspn(line, "\t ");

    for (size_t length = strcspn(name, " ;={"); length > 0U && name[length - 1U] == ':';
         length = strcspn(name, " ;={")) {
        name += length;
        name += strspn(name, " ");
    }
    name[strcspn(name, " ;={")] = '\0';
    return name;
}

static bool is_node(const char *line)
{
    size_t length = strlen(line);

    while (length > 0U && line[length - 1U] == ' ') {
        length--;
    }
    return length > 0U && line[length - 1U] == '{';
}

static void leave_node(char *path)
{
    char *slash = strrchr(path, '/');

    if (slash != NULL) {
        slash[slash == path ? 1 : 0] = '\0';
    }
}

static void read_places(struct source *source, char *text)
{
    char *folder = file_folder(source->file);
    /* A path is made of names that the text has, so it is never longer than the text. */
    char *path = file_allocate(strlen(text) + 2U);
    char *rest = NULL;

    path[0] = '\0';
    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        char *where = take_where(line, folder);
        if (line[strspn(line, "\t ")] == '}') {
            leave_node(path);
        } else if (is_node(line)) {
            const char *name = declared_name(line);
            if (strcmp(name, "/") == 0) {
                strcpy(path, "/");
            } else {
                strcat(strcmp(path, "/") == 0 ? path : strcat(path, "/"), name);
            }
            if (where != NULL) {
                add_place(source, path, NULL, where);
            }
        } else if (where != NULL) {
            add_place(source, path, declared_name(line), where);
        }
        free(where);
    }
    free(path);
    free(folder);
}

/* ---- loading --------------------------------------------------------------------------------- */

/* What dtc writes; NULL after its own complaint. */
static void *run_dtc(const char *const argv[], size_t *size)
{
    const int output = process_scratch();
    void *data = NULL;

    if (process_run(argv, NULL, -1, output)) {
        data = file_read_fd(output, size);
    }
    close(output);
    return data;
}

static bool is_blob(const void *data, size_t size)
{
    static const uint8_t magic[] = { 0xd0, 0x0d, 0xfe, 0xed };

    return size >= sizeof(magic) && memcmp(data, magic, sizeof(magic)) == 0;
}

bool source_load(const char *file, struct source *out)
{
    const char *const to_blob[] = { "dtc", "-q", "-I", "dts", "-O", "dtb", "--", file, NULL };
    const char *const to_places[] = { "dtc", "-q", "-I", "dts", "-O", "dts", "-T", "--", file,
                                      NULL };
    size_t size = 0;

    *out = (struct source){ .file = file };
    out->blob = file_read(file, &out->size);
    if (out->blob == NULL) {
        fprintf(stderr, "bulkhead: cannot read %s: %s\n", file, file_read_error());
        return false;
    }
    if (is_blob(out->blob, out->size)) {
        return true;
    }
    free(out->blob);
    out->blob = run_dtc(to_blob, &out->size);
    char *annotated = out->blob == NULL ? NULL : run_dtc(to_places, &size);
    if (annotated == NULL) {
        source_free(out);
        return false;
    }
    read_places(out, annotated);
    free(annotated);
    return true;
}

void source_free(struct source *source)
{
    for (size_t i = 0; i < source->place_count; i++) {
        free(source->places[i].path);
        free(source->places[i].property);
        free(source->places[i].where);
    }
    free(source->places);
    free(source->blob);
    *source = (struct source){ .file = source->file };
}

/* ---- findings -------------------------------------------------------------------------------- */

/* The property's own place, else its node's. */
static const char *find_where(const struct source *source, const char *path, const char *property)
{
    const char *node = NULL;

    for (size_t i = 0; i < source->place_count; i++) {
        const struct place *place = &source->places[i];
        if (strcmp(place->path, path) != 0) {
            continue;
        }
        if (place->property == NULL) {
            node = place->where;
        } else if (property != NULL && strcmp(place->property, property) == 0) {
            return place->where;
        }
    }
    return node;
}

uint32_t source_line(const struct source *source, const char *path)
{
    const char *where = find_where(source, path, NULL);
    char *folder = file_folder(source->file);
    /* As read_places put it together, which need not be as the user wrote it. */
    char *file = file_join(folder, file_name(source->file));
    const size_t length = strlen(file);
    uint32_t line = 0;

    if (where != NULL && strncmp(where, file, length) == 0 && where[length] == ':') {
        line = (uint32_t)strtoul(where + length + 1U, NULL, 10);
    }
    free(file);
    free(folder);
    return line;
}

static void emit(void *ctx, const char *path, const char *property, const char *text)
{
    const struct source *source = ctx;
    const char *where = find_where(source, path, property);

    if (where != NULL) {
        fprintf(stderr, "%s: error: %s\n", where, text);
    } else {
        fprintf(stderr, "%s: %s%s%s%serror: %s\n", source->file, path,
                property == NULL ? "" : " ", property == NULL ? "" : property,
                path[0] == '\0' ? "" : ": ", text);
    }
}

struct diag source_diag(struct source *source)
{
    return (struct diag){ .emit = emit, .ctx = source, .errors = 0 };
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes the multiplexed console apart again, from the text alone and by the rule in
 * hyp/console/mux.h. It shares nothing with the multiplexer; tests/system/demux.py is the same for
 * the system tests.
 *
 * demux_feed fails the test if the output breaks the format: a line without a prefix, a prefix of
 * nobody, a continuation of a line that was not cut.
 */
#ifndef TESTS_UNIT_DEMUX_H
#define TESTS_UNIT_DEMUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEMUX_STREAMS 32U
#define DEMUX_NAME    64U

struct demux_stream {
    char name[DEMUX_NAME];
    uint8_t *bytes;
    size_t count, capacity;
    uint32_t lines, continuations;
};

struct demux {
    struct demux_stream streams[DEMUX_STREAMS];
    uint32_t stream_count;
    struct demux_stream *current;   /* NULL: in a prefix */
    char prefix[DEMUX_NAME];
    size_t prefix_length;
};

static inline void demux_fail(const struct demux *d, const char *what)
{
    fprintf(stderr, "demux: %s in prefix \"%.*s\"\n", what, (int)d->prefix_length, d->prefix);
    abort();
}

static inline struct demux_stream *demux_stream(struct demux *d, const char *name)
{
    for (uint32_t i = 0; i < d->stream_count; i++) {
        if (strcmp(d->streams[i].name, name) == 0) {
            return &d->streams[i];
        }
    }
    if (d->stream_count == DEMUX_STREAMS) {
        demux_fail(d, "too many names");
    }
    struct demux_stream *s = &d->streams[d->stream_count++];
    snprintf(s->name, sizeof(s->name), "%s", name);
    return s;
}

static inline void demux_append(struct demux_stream *s, uint8_t byte)
{
    if (s->count == s->capacity) {
        s->capacity = s->capacity == 0 ? 4096 : 2 * s->capacity;
        s->bytes = realloc(s->bytes, s->capacity);
    }
    s->bytes[s->count++] = byte;
}

/* prefix holds "[name] " or "[name]+ ". */
static inline void demux_prefix(struct demux *d)
{
    char name[DEMUX_NAME];
    size_t end = d->prefix_length - 1;  /* at the space */
    bool continues = d->prefix[end - 1] == '+';

    end -= continues ? 2 : 1;           /* at the bracket */
    if (d->prefix[0] != '[' || d->prefix[end] != ']' || end < 2) {
        demux_fail(d, "no [name]");
    }
    memcpy(name, &d->prefix[1], end - 1);
    name[end - 1] = '\0';
    struct demux_stream *s = demux_stream(d, name);
    if (continues) {
        if (s->count < 2 || memcmp(&s->bytes[s->count - 2], "\r\n", 2) != 0) {
            demux_fail(d, "continuation of nothing");
        }
        s->count -= 2;
        s->continuations++;
    } else {
        s->lines++;
    }
    d->current = s;
}

static inline void demux_feed(struct demux *d, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (d->current == NULL) {
            if (d->prefix_length == DEMUX_NAME) {
                demux_fail(d, "no end");
            }
            d->prefix[d->prefix_length++] = (char)bytes[i];
            if (bytes[i] == ' ') {
                demux_prefix(d);
            }
        } else {
            demux_append(d->current, bytes[i]);
            if (bytes[i] == '\n') {
                d->current = NULL;
                d->prefix_length = 0;
            }
        }
    }
}

/* "\r\n" written as "\n", the form in which what was sent and what came out are compared. */
static inline size_t demux_normalise(uint8_t *bytes, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] == '\n' && kept > 0 && bytes[kept - 1] == '\r') {
            kept--;
        }
        bytes[kept++] = bytes[i];
    }
    return kept;
}

static inline void demux_free(struct demux *d)
{
    for (uint32_t i = 0; i < d->stream_count; i++) {
        free(d->streams[i].bytes);
    }
}

#endif

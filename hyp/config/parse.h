/* SPDX-License-Identifier: Apache-2.0 */
/* Internal to hyp/config: reading one property each, once schema_check has spoken about types. */
#ifndef HYP_CONFIG_PARSE_H
#define HYP_CONFIG_PARSE_H

#include <stdbool.h>
#include <stdint.h>

#include "hyp/config/config.h"
#include "lib/diag.h"

/* What the readers need everywhere. */
struct parse {
    const void *blob;
    struct config *config;
    struct diag *d;
};

/* Each of these finds nothing (NULL, or out untouched) when the property is absent or not of the
 * kind that it wants; schema_check has reported that. */
const char *parse_text(const struct parse *p, int node, const char *property);
const char *parse_texts(const struct parse *p, int node, const char *property, uint32_t *length);
const void *parse_cells(const struct parse *p, int node, const char *property, uint32_t *count);
bool parse_cell(const struct parse *p, int node, const char *property, uint32_t *out);
bool parse_flag(const struct parse *p, int node, const char *property);

/* One of a few words: *out is its index in words, untouched when it is none of them, which is
 * reported with the nearest. */
void parse_choice(const struct parse *p, int node, const char *path, const char *property,
                  const char *const *words, uint32_t count, uint32_t *out);

/* An amount that must be a multiple of 4 KiB, reported otherwise. */
bool parse_pages(const struct parse *p, int node, const char *path, const char *property,
                 uint64_t *out);

/* The name and path of a node that the integrator named; false when schema_check refused it. */
bool parse_name(const struct parse *p, int node, char name[CONFIG_NAME_MAX],
                char path[CONFIG_PATH_MAX]);

/* Texts that a message quotes are cut after this many characters, because it is one line. */
#define PARSE_SHOWN 48

void parse_guest(const struct parse *p, int node);
/* Of the guest that is being read, whose devices are the last. */
void parse_device(const struct parse *p, int node, struct config_guest *guest);
/* After all guests, because it names them. */
void parse_shared(const struct parse *p, int node);

/* The guest of this name, or -1 after a report at that place that offers the nearest. */
int parse_find_guest(const struct parse *p, const char *path, const char *property,
                     const char *name);

#endif

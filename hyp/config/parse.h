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
/* The viommus of the guest that is being read. Before its devices, which name them. */
void parse_viommus(const struct parse *p, int guest_node, struct config_guest *guest);
/* Of the guest's vIOMMUs the index of that with this name, or CONFIG_NO_VIOMMU after a report at
 * this path that offers the nearest. */
uint32_t parse_find_viommu(const struct parse *p, const struct config_guest *guest,
                           const char *path, const char *name);
/* Report those that no device names, once nothing else was found: a name may be misspelt. */
void parse_check_viommus(const struct parse *p);
/* Of the guest that is being read, whose devices are the last. */
void parse_device(const struct parse *p, int node, struct config_guest *guest);
/* Of a device or vIOMMU: whether it is "blocked". */
bool parse_boot_dma(const struct parse *p, int node, const char *path);
/* After all guests, because it names them. */
void parse_shared(const struct parse *p, int node);

/* The guest of this name, or -1 after a report at that place that offers the nearest. */
int parse_find_guest(const struct parse *p, const char *path, const char *property,
                     const char *name);

#endif

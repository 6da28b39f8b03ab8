/* SPDX-License-Identifier: Apache-2.0 */
/* One node of /shared-memory. */
#include <libfdt.h>

#include "hyp/config/parse.h"
#include "hyp/config/value.h"

static void read_guests(const struct parse *p, int node, struct config_shared *shared)
{
    uint32_t length = 0, count = 0;
    const char *texts = parse_texts(p, node, "guests", &length);

    for (const char *name = texts; name != NULL; name = value_next_text(texts, length, name)) {
        count++;
        if (count > CONFIG_MAX_SHARED_GUESTS) {
            continue;
        }
        const int guest = parse_find_guest(p, shared->path, "guests", name);
        if (guest >= 0) {
            shared->guests[shared->guest_count] = (uint32_t)guest;
            shared->guest_count++;
        }
    }
    if (texts != NULL && count != CONFIG_MAX_SHARED_GUESTS) {
        diag_error(p->d, shared->path, "guests", "the guests that share \"%s\" are %u, and "
                   "must be %u: one for each end", shared->name, count, CONFIG_MAX_SHARED_GUESTS);
    } else if (shared->guest_count == CONFIG_MAX_SHARED_GUESTS &&
               shared->guests[0] == shared->guests[1]) {
        diag_error(p->d, shared->path, "guests", "\"%s\" names \"%s\" twice: name two different "
                   "guests", shared->name, p->config->guests[shared->guests[0]].name);
    }
}

void parse_shared(const struct parse *p, int node)
{
    struct config_shared *shared = &p->config->shared[p->config->shared_count];

    if (!parse_name(p, node, shared->name, shared->path)) {
        return;
    }
    if (parse_pages(p, node, shared->path, "size", &shared->size) && shared->size == 0U) {
        diag_error(p->d, shared->path, "size", "\"%s\" has no memory: give it at least 4K",
                   shared->name);
    }
    read_guests(p, node, shared);
    shared->doorbell = parse_flag(p, node, "doorbell");
    p->config->shared_count++;
}

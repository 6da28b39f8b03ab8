/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "tools/report.h"

/* A comma goes before every element but the first. */
static const char *comma(uint32_t i) { return i == 0U ? "" : ", "; }

/* Names and paths are printable ASCII (hyp/config/value.h), so two characters need an escape. */
static void print_string(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            putchar('\\');
        }
        putchar(*text);
    }
    putchar('"');
}

static void print_range(struct pa_range range)
{
    printf("{\"base\": \"0x%lx\", \"size\": %lu}", range.base.v, range.size);
}

static void print_ranges(const char *key, const struct pa_range *ranges, uint32_t count)
{
    printf("\"%s\": [", key);
    for (uint32_t i = 0; i < count; i++) {
        printf("%s", comma(i));
        print_range(ranges[i]);
    }
    printf("]");
}

static void print_image(const char *key, const struct plan_image *image, const char *name)
{
    if (name != NULL) {
        printf(",\n     \"%s\": {\"file\": ", key);
        print_string(name);
        printf(", \"guest_address\": \"0x%lx\"}", image->gpa.v);
    }
}

static void print_shares(const struct plan *plan, const struct plan_guest *guest)
{
    printf(",\n     \"shared\": [");
    for (uint32_t i = 0; i < guest->share_count; i++) {
        const struct plan_share *share = &guest->shares[i];
        printf("%s{\"name\": \"%s\", \"peer\": \"%s\", \"guest_address\": \"0x%lx\"", comma(i),
               plan->config->shared[share->shared].name, plan->config->guests[share->peer].name,
               share->memory.v);
        if (share->source != 0U) {
            printf(", \"doorbell\": \"0x%lx\", \"interrupt\": %u", share->doorbell.v,
                   share->source);
        }
        printf("}");
    }
    printf("]");
}

static void print_lines(const struct plan_guest *guest, uint32_t device)
{
    uint32_t printed = 0;

    printf(", \"interrupts\": [");
    for (uint32_t i = 0; i < guest->line_count; i++) {
        if (guest->lines[i].device == device) {
            printf("%s{\"board\": %u, \"guest\": %u}", comma(printed),
                   guest->lines[i].board_source, guest->lines[i].virtual_source);
            printed++;
        }
    }
    printf("]");
}

static void print_devices(const struct plan_guest *guest)
{
    printf(",\n     \"devices\": [");
    for (uint32_t i = 0; i < guest->config->device_count; i++) {
        printf("%s{\"node\": ", comma(i));
        print_string(guest->config->devices[i].node);
        printf(", ");
        print_ranges("registers", guest->devices[i].node.regs, guest->devices[i].node.reg_count);
        print_lines(guest, i);
        printf(", \"unprotected_dma\": %s}",
               guest->config->devices[i].unprotected_dma ? "true" : "false");
    }
    printf("]");
}

static void print_guest(const struct plan *plan, const struct plan_guest *guest)
{
    printf("    {\"name\": \"%s\", \"harts\": [", guest->config->name);
    for (uint32_t i = 0; i < guest->vcpu_count; i++) {
        printf("%s%lu", comma(i), plan->board->harts[guest->vcpus[i].hart].id);
    }
    printf("],\n     \"memory\": ");
    print_range(guest->ram);
    printf(", \"memory_base\": \"0x%lx\"", guest->ram_base.v);
    print_image("kernel", &guest->kernel, guest->config->kernel);
    print_image("initrd", &guest->initrd, guest->config->initrd);
    print_image("device_tree", &guest->device_tree,
                guest->config->device_tree != NULL ? guest->config->device_tree : "");
    print_shares(plan, guest);
    print_devices(guest);
    printf("}");
}

void report_json(const struct plan *plan)
{
    const struct board *board = plan->board;

    printf("{\n  \"board\": {\"model\": ");
    print_string(board->model);
    printf(", \"harts\": [");
    for (uint32_t i = 0; i < board->hart_count; i++) {
        printf("%s%lu", comma(i), board->harts[i].id);
    }
    printf("], ");
    print_ranges("memory", board->ram, board->ram_count);
    printf("},\n  \"console_hart\": %lu,\n  \"pool\": ", board->harts[plan->service_hart].id);
    print_range(plan->pool);
    printf(",\n  \"shared\": [");
    for (uint32_t i = 0; i < plan->config->shared_count; i++) {
        printf("%s{\"name\": \"%s\", \"memory\": ", comma(i), plan->config->shared[i].name);
        print_range(plan->shared[i]);
        printf("}");
    }
    printf("],\n  \"guests\": [\n");
    for (uint32_t g = 0; g < plan->guest_count; g++) {
        printf("%s", g == 0U ? "" : ",\n");
        print_guest(plan, &plan->guests[g]);
    }
    printf("\n  ]\n}\n");
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/property/case.h"

#include <ctype.h>
#include <string.h>

static const char *const kinds[WORLD_KINDS] = {
    [WORLD_STORE] = "store", [WORLD_REGISTER] = "register", [WORLD_RAM] = "ram",
    [WORLD_CONTEXT] = "context", [WORLD_TABLE] = "table", [WORLD_COMMAND] = "command",
    [WORLD_FLUSH] = "flush", [WORLD_DMA] = "dma", [WORLD_DMA_KNOWN] = "dma, known",
    [WORLD_MSI] = "msi", [WORLD_STRANGER] = "stranger", [WORLD_EVENTS] = "events",
    [WORLD_TIME] = "time", [WORLD_RESTART] = "restart", [WORLD_STOP] = "stop",
    [WORLD_TROUBLE] = "trouble",
};

static uint64_t number(const uint8_t *bytes, size_t count)
{
    uint64_t value = 0U;

    for (size_t i = 0; i < count; i++) {
        value |= (uint64_t)bytes[i] << 8U * i;
    }
    return value;
}

void case_from_bytes(const uint8_t *data, size_t size, struct property_case *out)
{
    uint8_t seed[CASE_SEED_BYTES] = { 0 };

    memset(out, 0, sizeof(*out));
    memcpy(seed, data, size < sizeof(seed) ? size : sizeof(seed));
    out->seed = number(seed, sizeof(seed));
    for (size_t at = sizeof(seed); at + CASE_OP_BYTES <= size && out->count < CASE_OPS;
         at += CASE_OP_BYTES) {
        out->ops[out->count++] = (struct world_op){
            .kind = data[at], .who = data[at + 1U], .which = (uint16_t)number(&data[at + 2U], 2U),
            .where = (uint32_t)number(&data[at + 4U], 4U), .value = number(&data[at + 8U], 8U),
        };
    }
}

static void print_number(FILE *file, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        fprintf(file, "%02x", (unsigned)(value >> 8U * i & 0xffU));
    }
}

void case_print(FILE *file, const struct property_case *c)
{
    print_number(file, c->seed, CASE_SEED_BYTES);
    fprintf(file, "  # seed 0x%llx\n", (unsigned long long)c->seed);
    for (size_t i = 0; i < c->count; i++) {
        const struct world_op *op = &c->ops[i];

        print_number(file, op->kind, 1U);
        print_number(file, op->who, 1U);
        print_number(file, op->which, 2U);
        print_number(file, op->where, 4U);
        fputc(' ', file);
        print_number(file, op->value, 8U);
        fprintf(file, "  # %s, who %u, which %u, where 0x%x, value 0x%llx\n",
                kinds[op->kind % WORLD_KINDS], op->who, op->which, op->where,
                (unsigned long long)op->value);
    }
}

static int digit(int c)
{
    return isdigit(c) ? c - '0' : isxdigit(c) ? tolower(c) - 'a' + 10 : -1;
}

/* The next byte of the file; -1: its end; -2: something else. */
static int next_byte(FILE *file)
{
    int first = fgetc(file);

    while (first != EOF && (isspace(first) || first == '#')) {
        while (first == '#') {
            do {
                first = fgetc(file);
            } while (first != EOF && first != '\n');
        }
        first = first == EOF ? EOF : fgetc(file);
    }
    if (first == EOF) {
        return -1;
    }
    const int second = fgetc(file);

    return digit(first) < 0 || second == EOF || digit(second) < 0 ? -2
                                                                  : digit(first) * 16 + digit(second);
}

bool case_read(const char *path, struct property_case *out)
{
    static uint8_t bytes[CASE_BYTES];
    FILE *file = fopen(path, "r");
    size_t size = 0;
    int byte = file == NULL ? -2 : next_byte(file);

    while (byte >= 0 && size < sizeof(bytes)) {
        bytes[size++] = (uint8_t)byte;
        byte = next_byte(file);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    case_from_bytes(bytes, size, out);
    return byte == -1 && size >= CASE_SEED_BYTES;
}

void case_run(const struct property_case *c, volatile size_t *done)
{
    *done = 0U;
    world_open(c->seed);
    for (size_t i = 0; i < c->count; i++) {
        *done = i + 1U;
        world_do(&c->ops[i]);
    }
    world_close();
}

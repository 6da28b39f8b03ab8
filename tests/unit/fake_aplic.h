/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A model of one leaf supervisor-level APLIC domain in MSI delivery mode, for tests: written from
 * the tables of AIA 4.5 and 4.7 with their numbers, sharing no declaration with hyp/irq. It stands
 * for the physical APLIC behind board lines, and for the truth beside the virtual one.
 */
#ifndef TESTS_UNIT_FAKE_APLIC_H
#define TESTS_UNIT_FAKE_APLIC_H

#include <stdbool.h>
#include <stdint.h>

#define FAKE_APLIC_SOURCES 63U

struct fake_aplic {
    void (*sent)(void *ctx, uint32_t hart, uint32_t eiid);
    void *ctx;
    uint32_t harts, eiid_mask, num_ids;
    bool ie;
    uint32_t genmsi;
    struct fake_aplic_source {
        unsigned mode;
        bool wire, pending, enabled;
        uint32_t target;
    } source[FAKE_APLIC_SOURCES + 1U];
};

void fake_aplic_write(struct fake_aplic *a, uint32_t offset, uint32_t value);
uint32_t fake_aplic_read(const struct fake_aplic *a, uint32_t offset);
void fake_aplic_wire(struct fake_aplic *a, uint32_t source, bool level);

#endif

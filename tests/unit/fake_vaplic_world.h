/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The surroundings of a virtual APLIC, for its tests: a physical APLIC behind one board line, and a
 * log of every MSI that reaches a guest interrupt file, whoever sent it. Offsets are written as the
 * table of AIA 4.5 has them, not through platform/aplic_regs.h, so that a wrong declaration there is
 * seen.
 */
#ifndef TESTS_UNIT_FAKE_VAPLIC_WORLD_H
#define TESTS_UNIT_FAKE_VAPLIC_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "hyp/irq/vaplic.h"
#include "tests/unit/fake_aplic.h"

#define VCPUS      3U
#define LINE       5U   /* virtual source of the board line ... */
#define BOARD_LINE 40U  /* ... and its source at the physical APLIC */

#define DOMAINCFG      0x0000U
#define SOURCECFG(i)   (4U * (i))
#define SETIP(k)       (0x1c00U + 4U * (k))
#define SETIPNUM       0x1cdcU
#define IN_CLRIP(k)    (0x1d00U + 4U * (k))
#define CLRIPNUM       0x1ddcU
#define SETIE(k)       (0x1e00U + 4U * (k))
#define SETIENUM       0x1edcU
#define CLRIE(k)       (0x1f00U + 4U * (k))
#define CLRIENUM       0x1fdcU
#define SETIPNUM_LE    0x2000U
#define SETIPNUM_BE    0x2004U
#define GENMSI         0x3000U
#define TARGET(i)      (0x3000U + 4U * (i))
#define IE             0x100U
#define ON             0x80000104U /* domaincfg as it reads with IE set */
#define OFF            0x80000004U

struct msi_log {
    struct { uint32_t vcpu, eiid; } msi[512];
    uint32_t count;
};

struct world {
    struct vaplic v;
    struct fake_aplic board; /* the physical APLIC */
    struct msi_log sent;
    uint32_t calls;          /* of the line operations that write */
};

/* Takes an MSI into the log. */
void record(void *log, uint32_t vcpu, uint32_t eiid);

/* As boot leaves it: the physical APLIC is on, and its state before the reset is not known. */
void start_with(struct world *w, uint32_t num_ids, const struct plan_line *lines,
                uint32_t line_count);
/* With the one board line and 255 identities. */
void start(struct world *w);

void put(struct world *w, uint32_t offset, uint32_t value);
uint32_t get(const struct world *w, uint32_t offset);
bool pending(const struct world *w, uint32_t source);

/* That exactly this was sent since the last assertion. */
void assert_sent(struct world *w, uint32_t vcpu, uint32_t eiid);
void assert_nothing_sent(const struct world *w);

/* A source that is enabled and goes to vCPU 1 as identity 0x20 + source, in a domain that is on. */
void activate(struct world *w, uint32_t source, uint32_t mode);

#endif

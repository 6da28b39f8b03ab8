/* SPDX-License-Identifier: Apache-2.0 */
/* Boards and configurations for the tests of the plan, filled by hand or at random. */
#ifndef TESTS_UNIT_FAKE_CONFIGS_H
#define TESTS_UNIT_FAKE_CONFIGS_H

#include <stdint.h>

#include "hyp/plan/plan.h"

/* A generator whose sequence depends on the seed alone (xorshift64*). */
struct dice { uint64_t state; };
uint64_t dice_below(struct dice *dice, uint64_t limit);

/* The board of tests/unit/data/virt.dts, whose tree stays loaded for the whole program. */
void fake_board(struct board *board);

/* The same with other memory, reservations and hart ids. */
void fake_random_board(struct board *board, struct dice *dice);

/* What that board's PCI host could have: see fake_configs.c; FAKE_... are indices. */
enum {
    FAKE_HOST_BRIDGE, FAKE_DISK, FAKE_EDU, FAKE_PORT, FAKE_NIC, FAKE_TWIN_0, FAKE_TWIN_1,
    FAKE_OLD_BRIDGE, FAKE_OLD_1, FAKE_OLD_2, FAKE_FUNCTIONS
};
void fake_inventory(struct pci *pci);

/* One more device of a guest of fake_config: a node, or a function (vf < 0: itself). Returns it. */
struct config_device *fake_give_node(struct config *config, uint32_t guest, const char *node);
struct config_device *fake_give_function(struct config *config, uint32_t guest, uint16_t rid, int vf);

/* One more vIOMMU of a guest of fake_config; those of one guest in a row. Returns its index there. */
uint32_t fake_give_viommu(struct config *config, uint32_t guest);

/* count guests with one hart and 16 MiB each, named g0.. */
void fake_config(struct config *config, const struct board *board, uint32_t count);

/* Guests, memory, devices and shared memory at random, as config_parse would accept them. */
void fake_random_config(struct config *config, const struct board *board, struct dice *dice);

#endif

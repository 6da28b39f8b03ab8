/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The times that the specification has software wait for a function. It ends because the board's
 * clock goes on; the hart does nothing else meanwhile. Any hart.
 */
#ifndef PLATFORM_PCI_WAIT_H
#define PLATFORM_PCI_WAIT_H

#include <stdint.h>

#include "platform/board.h"
#include "platform/hw/clock.h"

#define PCI_WAIT_D0         10U    /* PCI Express 5.9, table 5-6: D3hot to D0, and back */
#define PCI_WAIT_BUS_RESET  1000U  /* 6.6.1: until every function below answers */
#define PCI_WAIT_VF_ENABLE  100U   /* 9.3.3.3.1: before the first request to a virtual function */
#define PCI_WAIT_VF_DISABLE 1000U  /* 9.3.3.3.1: before the SR-IOV capability is read again */

static inline void pci_wait(const struct board *board, uint32_t milliseconds)
{
    const uint64_t ticks = (uint64_t)board->timebase_hz * milliseconds / 1000U;
    const uint64_t start = clock_now();

    while (clock_now() - start < ticks) {
    }
}

#endif

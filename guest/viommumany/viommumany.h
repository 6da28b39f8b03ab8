/* SPDX-License-Identifier: Apache-2.0 */
/* One of the two virtual IOMMUs of this guest, with its device; and the pages that DMA goes to.
 * First hart. */
#ifndef GUEST_VIOMMUMANY_H
#define GUEST_VIOMMUMANY_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/lib/edu.h"
#include "guest/lib/iommu.h"
#include "guest/lib/iommu_directory.h"
#include "guest/lib/iommu_queue.h"
#include "guest/lib/iommu_table.h"

/* Whose a device is. OUTSIDE: behind no IOMMU, its addresses are the guest's physical ones. */
enum { LEFT, RIGHT, SIDES, OUTSIDE = SIDES, DEVICES };

/* Pages of this guest. THIS and THAT are IOVAs as well: what is translated goes elsewhere. */
enum { THIS, THAT, OF_LEFT, OF_RIGHT, NEW_OF_LEFT, NEW_OF_RIGHT, LATE, PAGES };
#define NOWHERE (-1)

/* The same for both sides, so that only the IOMMU tells their translations apart. */
#define PSCID 5U

struct side {
    struct iommu iommu;
    struct iommu_pages pages;
    struct iommu_directory directory;
    struct iommu_table table;
    uint32_t device_id;
    volatile uint32_t interrupts;   /* of faults, taken */
};

extern struct side sides[SIDES];

/* ---- devices.c ------------------------------------------------------------------------------- */

/* Both IOMMUs, a device behind each, and one behind none. */
bool devices_open(void);

uint64_t page_address(int page);

/* Each device holds a word of its own from now on, of this guest: all can read. */
bool devices_load(uint32_t guest);

/* All devices write a word at once, each at a place of its own in the page at iova: it arrives in
 * these pages (or NOWHERE), and what the devices hold, if that is known. */
bool arrive(uint64_t iova, int left, int right, int outside);

/* Leave transfers under way: to LATE, by way of iova for those behind IOMMUs. */
void leave_busy(uint64_t iova);

/* None of them comes in the next life, whose devices are as the reset left them: before
 * devices_open. */
bool nothing_late(void);

/* ---- side.c ---------------------------------------------------------------------------------- */

/* Queues, interrupts by wire, an empty first stage for the device, levels. It has been Off or Bare,
 * and nothing is told to be forgotten: of a life before there is nothing to forget. */
bool side_start(struct side *side);
bool side_map(struct side *side, uint64_t iova, int page);
bool side_unmap(struct side *side, uint64_t iova);
bool side_context(struct side *side, uint64_t tc, uint64_t fsc);
bool side_forget(struct side *side);        /* everything of its own */
bool side_calls_illegal(struct side *side, struct iommu_command command);
bool side_off(struct side *side);
bool side_bare(struct side *side);
bool side_levels(struct side *side);        /* back to its directory */

/* A record of its device came to it alone, with one interrupt: about a write there. */
bool side_faulted(struct side *side, uint32_t cause, uint64_t iova);
bool no_faults(void);                       /* of either side */

#endif

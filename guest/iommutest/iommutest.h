/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the topics of the suite share: verdicts, the devices, and an IOMMU made ready anew for each
 * topic. First hart.
 *
 * What a check asks must be true of every IOMMU that keeps to the specification, so that the lines
 * are the same on the physical IOMMU and on a virtual one: no addresses in lines, nothing asked
 * that is left to implementations (whether a stale translation is used before it is invalidated,
 * the order of devices, the page offset in iotval).
 */
#ifndef GUEST_IOMMUTEST_H
#define GUEST_IOMMUTEST_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/lib/iommu.h"
#include "guest/lib/iommu_directory.h"
#include "guest/lib/iommu_queue.h"
#include "guest/lib/iommu_table.h"

/* ---- verdicts (main.c) ----------------------------------------------------------------------- */

void topic(const char *name);           /* of the checks that follow */
void check(bool good, const char *what);
void skip(const char *what, const char *why);

/* ---- devices (devices.c) --------------------------------------------------------------------- */

#define DEVICES_MAX 4U
#define PAGES       5U                  /* that DMA of the suite goes to or comes from */
#define NOWHERE     (-1)
#define LENGTH      64U                 /* of a transfer that is to arrive */

/* Aligned to 64 KiB, and each a 4 KiB page of a 64 KiB unit of its own. */
uint64_t page_address(uint32_t page);
uint32_t *page_words(uint32_t page);

bool devices_open(void);                /* finds at least two, and one that reads */
bool devices_open_far(void);            /* the first and the last iommu-testdev, for test_far */
uint32_t device_count(void);
uint32_t device_id(uint32_t device);
uint32_t reader(void);                  /* the device for device_reads */

/* Load what edu devices write: mode Bare. */
bool devices_prepare(void);

/* The device writes to length bytes at iova: the page where it arrived, at the same offset,
 * NOWHERE if it is in none of them. A word that is refused makes one fault record. */
int device_writes(uint32_t device, uint64_t iova, uint32_t length);

/* A word written, and refused: nothing arrives anywhere. */
bool device_refused(uint32_t device, uint64_t iova);

/* The reader reads LENGTH bytes at iova, and writes what it got to scratch, an iova that leads
 * to page 4: does it come from that page? */
bool device_reads(uint64_t iova, uint32_t page, uint64_t scratch);

/* The reader reads a word and does nothing with it. */
void device_peeks(uint64_t iova);

/* ---- the IOMMU (world.c) --------------------------------------------------------------------- */

#define BASE UINT64_C(0x2000000000)     /* an IOVA where no board has anything */
#define BEYOND (UINT64_C(1) << 40)      /* where nothing answers, on the board or in a guest */

extern struct iommu iommu;
extern struct iommu_pages pages;
extern struct iommu_directory directory;
extern struct iommu_table tables[DEVICES_MAX];
extern uint64_t command_entries[], fault_entries[];

#define COMMANDS_LOG2 6U
#define FAULTS_LOG2   5U

bool world_open(void);

/* Off, nothing cached, both queues new and on, without interrupts, no pages in use. */
bool world_reset(void);

/* After world_reset: a directory of so many levels, a context for each device with a first-stage
 * table of its own and PSCID 1 + its number, and ddtp leads to it. */
bool world_translate(uint32_t levels, uint32_t mode);
uint32_t world_pscid(uint32_t device);

/* The device's context becomes this, and is not cached. */
bool world_context(uint32_t device, uint64_t tc, uint32_t pscid, uint64_t fsc);
uint64_t world_fsc(uint32_t device);

/* Map one 4 KiB page for a device, to read and write. */
bool world_map(uint32_t device, uint64_t iova, uint32_t page);

bool world_forget(void);                /* everything that may be cached */

/* The next record, which must come, is of this device and cause. */
bool faulted(uint32_t device, uint32_t cause);

/* The same, and it is about the page at iova, accessed so (TTYP_...). */
bool faulted_at(uint32_t device, uint32_t cause, uint32_t ttyp, uint64_t iova);
bool no_fault(void);                    /* none comes */

/* ---- topics ---------------------------------------------------------------------------------- */

void test_reset(void);                  /* registers.c; first, before anything is touched */
void test_registers(void);
void test_queues(void);
void test_fault_queue(void);
void test_directories(void);
void test_translation(void);
void test_permissions(void);
void test_invalidation(void);
void test_fences(void);
void test_faults(void);
void test_interrupts(void);
void test_processes(void);
void test_far(void);                    /* far.c; instead of all others */

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the attacks with devices share: the guest's virtual IOMMU, and behind it a NIC that fires
 * words (nic.h), an edu, and an iommu-testdev where QEMU has that. First hart.
 */
#ifndef GUEST_ATTACK_DMA_H
#define GUEST_ATTACK_DMA_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/attack/attack.h"
#include "guest/lib/edu.h"
#include "guest/lib/iommu.h"
#include "guest/lib/iommu_directory.h"
#include "guest/lib/iommu_queue.h"
#include "guest/lib/iommu_table.h"
#include "guest/lib/testdev.h"

#define DMA_IOVA   UINT64_C(0x2000000000) /* what is there leads to dma_target */
#define DMA_PSCID  5U

struct dma {
    struct iommu iommu;
    struct iommu_directory directory;
    struct iommu_table table;
    struct pci_function nic;
    struct edu edu;
    struct testdev testdev;
    bool has_testdev;
    uint32_t nic_id, edu_id, testdev_id;
};
extern struct dma dma;
extern volatile uint32_t dma_target[IOMMU_PAGE / 4U]; /* a page */

bool dma_exists(void);       /* there is a virtual IOMMU */

/* Whatever went before: the IOMMU as its driver would have it. Queues of a page that are empty, all
 * devices behind one table, in which DMA_IOVA leads to dma_target. Counted in t if it fails. */
void dma_begin(struct tally *t);

/* The queues anew, and empty; interrupt: by the command queue. They are off. */
bool dma_queues(bool interrupt);

/* All devices behind this first stage; 0: behind none. */
void dma_contexts(struct tally *t, uint64_t fsc);

/* A write of data, or of TESTDEV_WORD, at iova by the NIC; whether it arrives at that word of
 * dma_target. */
void dma_send(uint64_t iova, uint32_t data);
void dma_fire(uint64_t iova);
bool dma_arrives(uint64_t iova, uint32_t word);

/* After a fault: sleeps when there were so many that more would count as a flood. */
void dma_rest(void);

/* It is refused: the next record is of that, with one of these causes (bits from 0 to 62; above,
 * DMA_CONFIGURATION for any). Then dma_rest. */
#define DMA_ACCESS        (ANY(CAUSE_WRITE_ACCESS) | ANY(CAUSE_READ_ACCESS) | ANY(1))
#define DMA_PAGE          ANY(CAUSE_WRITE_PAGE)
#define DMA_CONFIGURATION (UINT64_C(1) << 63)  /* 256 and above */
void dma_refused(struct tally *t, const char *what, uint64_t iova, uint64_t causes);
void dma_expect_record(struct tally *t, const char *what, uint64_t iova, uint64_t causes);

/* After an attack a driver that begins anew finds it working. flooded: devices that are not listened
 * to for a while, or a transfer of the edu under way, are waited for. */
void dma_still_works(struct tally *t, bool flooded);

/* Registers, functions and memory of a life that has just begun. */
void dma_fresh(struct tally *t);

/* The n-th address that is none of this guest's, a multiple of a page. False: no more. */
bool dma_foreign(uint32_t n, uint64_t *out);

#endif

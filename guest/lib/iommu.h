/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Driving an IOMMU from the specification: finding it, its registers, its mode, its interrupts. The
 * same code drives the physical IOMMU on plain OpenSBI, as a platform device or a PCI function, and
 * the virtual one of a Bulkhead guest. First hart. The memory that an IOMMU reads and writes is
 * cached coherently, and addresses are physical (a guest's own).
 *
 * RISC-V IOMMU 1.0.1, chapter 5 and 6.2 "Guidelines for initialization". Device tree:
 * riscv,iommu.yaml, and iommu-map as in pci-iommu.txt.
 *
 * Beside this: iommu_queue.h (commands, faults), iommu_directory.h, iommu_table.h.
 */
#ifndef GUEST_LIB_IOMMU_H
#define GUEST_LIB_IOMMU_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/lib/iommu_regs.h"
#include "guest/lib/pci.h"

#define IOMMU_PAGE  4096U
#define IOMMU_WIRES 4U          /* one for each cause at most */

/* How long anything may take that an IOMMU does by itself. */
#define IOMMU_PATIENCE_MS 5000U

struct iommu_wire { uint32_t source, mode; }; /* of the APLIC; source 0: there is none */

/* A queue in memory; what is common to both. */
struct iommu_queue {
    uint64_t *entries;
    uint32_t mask;              /* number of entries - 1 */
    uint32_t next;              /* commands: the tail; faults: the head */
};

struct iommu {
    uint64_t base;              /* of the registers */
    uint32_t phandle;
    uint64_t capabilities;
    struct iommu_wire wires[IOMMU_WIRES];
    struct iommu_queue commands, faults;
};

/* Memory for tables and directories: zeroed pages, handed out one by one, taken back all at
 * once. */
struct iommu_pages {
    uint64_t (*pages)[IOMMU_PAGE / sizeof(uint64_t)]; /* aligned to IOMMU_PAGE */
    uint32_t count, used;
};
uint64_t *iommu_page(struct iommu_pages *pages); /* NULL: none is left */

/* The index-th IOMMU of the device tree (from 0), as it is: platform devices, or the one that is a
 * PCI function if there are none. PCI is open (pci_open), if there is any. */
bool iommu_open_nth(struct iommu *out, uint32_t index);
bool iommu_open(struct iommu *out);     /* the first */

/* The id that a function's transactions have. False: it is not behind this IOMMU. */
bool iommu_device_id(const struct iommu *iommu, const struct pci_function *function, uint32_t *id);

/* Registers, by offset. Offsets of 64-bit ones are multiples of 8. */
uint32_t iommu_get32(const struct iommu *iommu, uint32_t offset);
uint64_t iommu_get64(const struct iommu *iommu, uint32_t offset);
void iommu_set32(const struct iommu *iommu, uint32_t offset, uint32_t value);
void iommu_set64(const struct iommu *iommu, uint32_t offset, uint64_t value);

/* Wait until these bits of a register have that value. False: they have not in time. */
bool iommu_await(const struct iommu *iommu, uint32_t offset, uint32_t bits, uint32_t value);

/* Write ddtp, and wait until that is done. root: of the directory, NULL for Off and Bare. False:
 * the mode is not supported. From levels to other levels only by way of Off. What was cached
 * before is cached still. */
bool iommu_mode(const struct iommu *iommu, uint32_t mode, const uint64_t *root);

/*
 * Interrupts. Both causes have the vectors given; by_wire needs IGS_BOTH or IGS_WSI, messages the
 * other way round: false if not. The queues are off. Where messages are chosen, iommu_message says
 * where to.
 */
bool iommu_signals(const struct iommu *iommu, bool by_wire, uint32_t command_vector,
                   uint32_t fault_vector);
void iommu_message(const struct iommu *iommu, uint32_t vector, uint64_t address, uint32_t data);

#endif

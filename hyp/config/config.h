/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration file as plain data: what the integrator wrote, names resolved to indices, and
 * nothing decided yet. docs/configuration.md is the binding. Pure; the one source for the host
 * tool and the hypervisor.
 *
 * Owner: boot fills one struct config; afterwards it is constant. Strings point into the blob,
 * which must stay. struct config is large (tens of KiB): keep it static.
 */
#ifndef HYP_CONFIG_CONFIG_H
#define HYP_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/diag.h"

#define CONFIG_COMPATIBLE "bulkhead,config-v1"
#define CONFIG_FILE_NAME  "config.dtb" /* the blob's name in the bundle; no image may have it */

/* Written into the blob by `bulkhead pack` and by nobody else, so that what is found while guests run
 * can be told by file and line: at the root the file's name, in each device's node its line there. */
#define CONFIG_SOURCE_PROPERTY "bulkhead,source"
#define CONFIG_LINE_PROPERTY   "bulkhead,line"

#define CONFIG_MAX_GUESTS        16U
#define CONFIG_MAX_VCPUS         32U  /* of one guest */
#define CONFIG_MAX_VIOMMUS       16U  /* of all guests together */
#define CONFIG_GUEST_MAX_VIOMMUS 4U
#define CONFIG_MAX_DEVICES       128U /* of all guests together */
#define CONFIG_MAX_SHARED        16U
#define CONFIG_MAX_SHARED_GUESTS 2U   /* a doorbell has two ends */
#define CONFIG_NAME_MAX          24U  /* with the final 0: names head each console line */
#define CONFIG_PATH_MAX          128U
#define CONFIG_BLOB_MAX          65536U /* bytes of the whole blob */

/* The name under which the hypervisor's own lines stand on the console: no guest's. */
#define CONFIG_LOG_NAME          "bulkhead"

/* What is done when the IOMMU reports that a device tried what it may not. All are counted and logged. */
enum config_dma_fault { CONFIG_DMA_FAULT_LOG, CONFIG_DMA_FAULT_BLOCK, CONFIG_DMA_FAULT_STOP };

#define CONFIG_NO_VIOMMU UINT32_MAX

/* A virtual IOMMU, which the guest's own driver works. */
struct config_viommu {
    char name[CONFIG_NAME_MAX];
    char path[CONFIG_PATH_MAX];
    bool dma_blocked;        /* boot-dma = "blocked": it begins Off, else Bare */
    bool process_ids;        /* it shows process contexts, if the physical one has them */
};

/* A device is named either by its node in the board's tree or by its PCI address. */
struct config_device {
    char name[CONFIG_NAME_MAX];
    char path[CONFIG_PATH_MAX]; /* of this entry in the configuration, for findings */
    uint32_t line;           /* of this entry in the file, as `bulkhead pack` wrote it down; 0: unknown */
    const char *node;        /* path of the device's node in the board's tree; NULL: it is a PCI function */
    uint32_t pci_domain;     /* of a PCI function: linux,pci-domain of its host, */
    uint16_t pci_rid;        /* its bus, device and function; of a virtual one the physical one's, */
    bool is_virtual;         /* whether it is virtual function number pci_vf of that one */
    uint32_t pci_vf;
    bool intx;               /* it gets its wired interrupt although it has MSIs */
    bool isolated;           /* the integrator knows that it has no way around the IOMMU to others */
    bool unprotected_dma;    /* the integrator accepts DMA past every IOMMU */
    bool peer_dma;           /* the guest's devices may reach its registers by DMA */
    bool dma_blocked;        /* boot-dma = "blocked": it may do no DMA; not behind a vIOMMU */
    uint32_t viommu;         /* index in the guest's viommus; CONFIG_NO_VIOMMU */
    enum config_dma_fault dma_fault;
};

struct config_guest {
    char name[CONFIG_NAME_MAX];
    char path[CONFIG_PATH_MAX];
    uint64_t harts[CONFIG_MAX_VCPUS]; /* board hart ids; vCPU i runs on harts[i] */
    uint32_t hart_count;
    uint64_t memory_size;    /* bytes, a multiple of 4 KiB */
    gpa_t memory_base;       /* default 0x80000000 */
    const char *kernel;      /* name of a file in the bundle; a Linux Image or a raw binary */
    const char *initrd;      /* or NULL */
    const char *device_tree; /* the guest's own tree in the bundle, or NULL: a generated one */
    const char *bootargs;    /* "" if absent */
    struct config_device *devices; /* device_count of them, in struct config */
    uint32_t device_count;
    struct config_viommu *viommus; /* viommu_count of them, in struct config */
    uint32_t viommu_count;
};

struct config_shared {
    char name[CONFIG_NAME_MAX];
    char path[CONFIG_PATH_MAX];
    uint64_t size;           /* bytes, a multiple of 4 KiB */
    uint32_t guests[CONFIG_MAX_SHARED_GUESTS]; /* indices in config.guests */
    uint32_t guest_count;
    bool doorbell;
};

struct config {
    struct config_guest guests[CONFIG_MAX_GUESTS];
    uint32_t guest_count;
    struct config_device devices[CONFIG_MAX_DEVICES]; /* those of one guest next to each other */
    uint32_t device_count;
    struct config_viommu viommus[CONFIG_MAX_VIOMMUS]; /* those of one guest next to each other */
    uint32_t viommu_count;
    const char *source;      /* name of the file, as `bulkhead pack` wrote it down; "" if it did not */
    struct config_shared shared[CONFIG_MAX_SHARED];
    uint32_t shared_count;
    bool wired_interrupts;   /* /board: its firmware has set the APLIC's MSI addresses */
    uint32_t console_focus;  /* index of the guest that has the input at start; 0 by default */
};

/*
 * Read the configuration blob: a flattened device tree of at most size bytes, at an address that is
 * a multiple of 8 (libfdt's rule; inside a bundle it need not be, so boot copies it). Reports every
 * problem that can be seen without the board: not a tree, wrong compatible, unknown nodes and
 * properties (with the nearest known name), missing or ill-typed values, sizes that do not parse,
 * limits above, a hart named twice, duplicate names, unknown guests in shared memory, unknown
 * vIOMMUs and those of no device, a device that is named in no way or in two.
 * Returns true when *out is complete; on false it must not be used.
 */
bool config_parse(const void *blob, size_t size, struct config *out, struct diag *d);

/* What the file says, or would say, for boot-dma of a device or vIOMMU, dma-fault of a device. */
const char *config_boot_dma(bool blocked);
const char *config_dma_fault(const struct config_device *device);

#endif

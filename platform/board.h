/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The board as plain data, read once from its device tree and from nothing else: no address of any
 * board is compiled in. Pure: the host tool reads a dumped device tree with the same code.
 *
 * Owner: boot fills one struct board before secondary harts start; afterwards it is constant, and
 * any hart may read it.
 *
 * Devicetree specification v0.4; bindings riscv,cpus / riscv,imsics / riscv,aplic / ns16550 /
 * pci-host-ecam-generic / riscv,iommu of Linux' Documentation/devicetree/bindings.
 */
#ifndef PLATFORM_BOARD_H
#define PLATFORM_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/diag.h"
#include "lib/seed.h"
#include "platform/fdt_tree.h"

#define BOARD_MAX_HARTS     64U
#define BOARD_MAX_RAM       16U
#define BOARD_MAX_RESERVED  64U
#define BOARD_MAX_IMSIC_REGIONS 16U
#define BOARD_MAX_PCI_HOSTS 16U
#define BOARD_MAX_IOMMUS    8U
#define BOARD_IOMMU_MAX_IRQS 4U

/* The ISA extensions that a decision hangs on; the full list for a guest's tree is filtered from
 * the board's own strings (platform/isa.h). */
#define BOARD_ISA_H          (1U << 0)
#define BOARD_ISA_SSTC       (1U << 1)
#define BOARD_ISA_SSAIA      (1U << 2)
#define BOARD_ISA_SVINVAL    (1U << 3)
#define BOARD_ISA_SVPBMT     (1U << 4)
#define BOARD_ISA_ZICBOM     (1U << 5)
#define BOARD_ISA_ZICBOZ     (1U << 6)
#define BOARD_ISA_SSSTATEEN  (1U << 7) /* smstateen or ssstateen: hstateen0 exists */
#define BOARD_ISA_SVADE      (1U << 8)
#define BOARD_ISA_SVADU      (1U << 9)
#define BOARD_ISA_V          (1U << 10)

struct board_hart {
    uint64_t id;             /* mhartid, as in /cpus/cpu@N reg */
    int cpu_node;            /* offset of the cpu node in fdt */
    uint32_t intc_phandle;   /* its riscv,cpu-intc */
    uint32_t imsic_index;    /* position in the S-level IMSIC's interrupts-extended */
    uint32_t isa;            /* BOARD_ISA_* */
};

struct board_uart {
    bool present;
    int node;
    struct pa_range reg;
    uint32_t reg_shift;      /* log2 of the distance between registers */
    uint32_t io_width;       /* bytes of an access: 1 or 4 */
    uint32_t irq;            /* APLIC source, 0 if none */
};

/* AIA 3.6: the address of hart h, guest file g is found from group and hart index bits. */
struct board_imsic {
    bool present;
    int node;
    uint32_t phandle;
    struct pa_range regions[BOARD_MAX_IMSIC_REGIONS];
    uint32_t region_count;
    uint32_t hart_index_bits, guest_index_bits, group_index_bits, group_index_shift;
    uint32_t num_ids;        /* valid identities are 1..num_ids */
    uint32_t num_guest_ids;
};

struct board_aplic {         /* the supervisor-level domain that sends MSIs to that IMSIC */
    bool present;
    int node;
    uint32_t phandle;
    struct pa_range reg;
    uint32_t sources;        /* valid sources are 1..sources */
    /* It has no direct delivery besides (interrupts-extended). With both, the firmware may have left
     * the machine-level MSI addresses unset, which cannot be read from here: each MSI of a line is
     * then a store to low physical memory, the firmware's own perhaps. */
    bool msi_only;
};

/* Memory of a PCI host, as its ranges say. */
struct board_pci_window {
    uint64_t pci;            /* address on the bus */
    struct pa_range range;   /* address for harts */
    bool wide;               /* for 64-bit addresses: pci may be above 4 GiB */
    bool prefetchable;
};

/* Which requests carry which device ids at which IOMMU (iommu-map): id = base + (rid & mask) - first. */
struct board_id_map {
    uint32_t first, count;   /* requester ids, after masking */
    uint32_t iommu;          /* index in board->iommu; BOARD_NO_IOMMU: one that is not known */
    uint32_t base;           /* device id of the first */
};

#define BOARD_PCI_MAX_WINDOWS 4U
#define BOARD_PCI_MAX_MAPS    8U
struct board_pci_host {
    int node;
    struct pa_range ecam;
    uint32_t bus_first, bus_last, domain; /* bus_last as far as ecam holds it, if any */
    /* Memory only, in the order of the tree, the first of them; they overlap nothing else of the board. */
    struct board_pci_window windows[BOARD_PCI_MAX_WINDOWS];
    uint32_t window_count;
    struct board_id_map maps[BOARD_PCI_MAX_MAPS]; /* without empty ones; the first match counts */
    uint32_t map_count;
    uint32_t map_mask;       /* iommu-map-mask; all ones if absent */
};

struct board_iommu {
    int node;
    uint32_t phandle;
    bool is_pci;             /* riscv,pci-iommu: then a PCI function, and reg is empty */
    struct pa_range reg;
    uint32_t pci_host;       /* index in board->pci, */
    uint16_t pci_rid;        /* as its reg says (PCI Bus Binding, 2.2.1.1); bus 0: the host's first */
    uint32_t irqs[BOARD_IOMMU_MAX_IRQS]; /* APLIC sources, in the order of the vectors: all or none */
    uint32_t irq_flags[BOARD_IOMMU_MAX_IRQS];
    uint32_t irq_count;
    bool coherent;           /* its walks see the harts' caches: no dma-noncoherent on it or a bus above */
};

struct board {
    const void *fdt;         /* the validated tree, read-only */
    uint32_t fdt_size;
    struct fdt_tree tree;    /* its nodes */
    char model[64];
    struct pa_range ram[BOARD_MAX_RAM];           /* whole pages, sorted, no two touch */
    uint32_t ram_count;
    struct pa_range reserved[BOARD_MAX_RESERVED]; /* memreserve, /reserved-memory: any order */
    uint32_t reserved_count;
    struct board_hart harts[BOARD_MAX_HARTS];     /* usable harts, in the order of the tree */
    uint32_t hart_count;
    uint32_t timebase_hz;
    uint32_t cache_block;    /* riscv,cbom-block-size, the same on every hart; 0: unknown or different */
    struct board_uart uart;
    struct board_imsic imsic;
    struct board_aplic aplic;
    struct board_pci_host pci[BOARD_MAX_PCI_HOSTS];
    uint32_t pci_count;
    struct board_iommu iommu[BOARD_MAX_IOMMUS];
    uint32_t iommu_count;
    struct pa_range initrd;  /* /chosen linux,initrd-start, -end; size 0 if absent */
    char bootargs[256];      /* /chosen bootargs, "" if absent, cut if longer */
};

/*
 * Read the tree at fdt, of which at most size bytes may be touched. Every length, phandle and
 * address in it is checked; a tree that lies (ranges that wrap, overlapping RAM, two harts with one
 * id, an IMSIC too small for its harts, unknown phandles) is reported in d, with the node. Missing
 * requirements (board_require) are a separate step, so that the host tool can describe any board.
 * Returns true when *out is complete. On false, *out must not be used.
 */
bool board_from_fdt(const void *fdt, size_t size, struct board *out, struct diag *d);

/* Report what Bulkhead needs and this board lacks, one line for each: RAM, a usable hart, H, Sstc
 * and Ssaia on every hart, the timebase, an S-level IMSIC (guest files or not), an S-level
 * APLIC, a console UART. */
bool board_require(const struct board *board, struct diag *d);

/* Index in board->harts of the hart with this id, or -1. */
int board_find_hart(const struct board *board, uint64_t hart_id);

/* The firmware's seed for random numbers, /chosen rng-seed; false if there is none that is long enough. */
bool board_seed(const struct board *board, struct seed *out);

/* Physical address of the interrupt file of a hart: guest_file 0 is its S-level file, 1..GEILEN its
 * guest files (AIA 3.6). imsic_index is that of a board_hart, guest_file below
 * 2^guest_index_bits; board_from_fdt has made sure that the result lies in the IMSIC's regions. */
pa_t board_imsic_file(const struct board_imsic *imsic, uint32_t imsic_index, uint32_t guest_file);

/* The MSI target fields of an APLIC target register for that hart (AIA 4.5.16): the hart index as
 * the APLIC composes it from group and hart. */
uint32_t board_aplic_hart_index(const struct board_imsic *imsic, uint32_t imsic_index);

/* A device of the board by the path of its node: its reg ranges translated through the ranges of
 * its parents, and its wired interrupts on the S-level APLIC. */
#define BOARD_DEVICE_MAX_REGS 8U
#define BOARD_DEVICE_MAX_IRQS 8U
#define BOARD_DEVICE_MAX_IDS  8U
#define BOARD_NO_IOMMU UINT32_MAX
struct board_device {
    int node;
    struct pa_range regs[BOARD_DEVICE_MAX_REGS];
    uint32_t reg_count;
    /* flags: the binding's interrupt type, 1, 2, 4 or 8 */
    struct { uint32_t source, flags; } irqs[BOARD_DEVICE_MAX_IRQS];
    uint32_t irq_count;
    bool can_dma;            /* assumed unless its compatible is in the list of kinds that cannot */
    uint32_t iommu;          /* index in board->iommu of the one that its iommus names; BOARD_NO_IOMMU: none */
    uint32_t ids[BOARD_DEVICE_MAX_IDS]; /* its device ids there */
    uint32_t id_count;
};

enum board_device_result {
    BOARD_DEVICE_OK,
    BOARD_DEVICE_ABSENT,     /* no such node, or status is not okay */
    BOARD_DEVICE_NO_REG,     /* no reg property, or one that cannot be translated */
    BOARD_DEVICE_BAD_IRQ,    /* an interrupt that is not the S-level APLIC's, or out of range */
    BOARD_DEVICE_BAD_IOMMU,  /* iommus that name no IOMMU of the board, two, or in a way that is not understood */
    BOARD_DEVICE_TOO_LARGE   /* more registers, interrupts or ids than the limits above */
};
enum board_device_result board_find_device(const struct board *board, const char *path,
                                           struct board_device *out);

/* The S-level APLIC source of INTx pin (1..4) of a device on a host's own buses: its interrupt-map (PCI Bus Binding to
 * IEEE 1275, 2.2.6; interrupt-map-mask). device_rid is that of the function on the host's first bus that the line
 * comes through. False: no entry, or not that APLIC. */
bool board_pci_irq(const struct board *board, uint32_t host, uint16_t device_rid, uint32_t pin,
                   uint32_t *source, uint32_t *flags);

/* The device id that a PCI requester id carries, and the IOMMU that sees it; false: none does. */
bool board_pci_id(const struct board *board, uint32_t host, uint16_t rid, uint32_t *iommu,
                  uint32_t *device_id);

/* Entry index of the reg of any node, whatever its status, its interrupts and the number of its
 * registers; size 0 when the entry is no range of physical addresses. False when there is no such
 * entry: counting index up from 0 ends. */
bool board_node_reg(const struct board *board, int node, uint32_t index, struct pa_range *out);

#endif

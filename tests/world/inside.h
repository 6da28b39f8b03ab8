/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the world share. Tests and checks use world.h. boot.c: the board and what is on
 * it, board.c, config.c, firmware.c: by chance; memory.c, registers.c, interrupts.c: the hardware
 * but for the IOMMU; harts.c: what harts do when they are interrupted; driver.c, tables.c: the guests'
 * software; ops.c, guests.c, devices.c, others.c: what is done; next.c: what is worth doing. */
#ifndef TESTS_WORLD_INSIDE_H
#define TESTS_WORLD_INSIDE_H

#include "hyp/guest.h"
#include "tests/world/world.h"

#define RAM_BASE     UINT64_C(0x80000000)
#define RAM_SIZE     UINT64_C(0x03000000)
#define MAX_IOMMUS   2U
#define MAX_DEVICES  64U   /* of a world */
#define TIMEBASE_HZ  10000U

/* ---- board.c, config.c: by chance ------------------------------------------------------------ */

#define FIRMWARE_SIZE UINT64_C(0x80000) /* of its memory, the first of RAM */

/* Devices of the board's tree: ids one after the other. */
#define NODES 6U
struct board_node { const char *path; uint32_t first, ids; };
extern const struct board_node board_nodes[NODES];

void board_make(void);
void functions_make(struct pci *pci);
void config_make(void);

/* ---- boot.c ---------------------------------------------------------------------------------- */

/* A device as hardware has it: the id that its requests carry at an IOMMU. */
struct world_device {
    uint32_t iommu, id;
    uint32_t guest;
    uint32_t viommu, n;      /* n: in its ids; PLAN_NO_VIOMMU: behind none */
    uint32_t device;         /* the first that has it, index in config->devices */
};

struct world {
    bool open;
    bool booted;             /* checks look */
    uint64_t seed, random;   /* random: of the operation that is being done */
    struct board board;
    struct pci pci;
    struct config config;
    struct bundle bundle;
    struct plan plan;
    struct pages pages;
    struct model_config model_config[MAX_IOMMUS];
    struct model *models[MAX_IOMMUS];
    struct world_device devices[MAX_DEVICES * BOARD_DEVICE_MAX_IDS];
    uint32_t device_count;
    unsigned others;         /* percent of the moments at which others act */
    bool troubled[MAX_IOMMUS];
    struct world_op last;    /* WORLD_DMA_KNOWN that was proposed, */
    struct { uint32_t viommu, space, slot; } aimed; /* where it went: PLAN_NO_VIOMMU: to none, */
    unsigned story;          /* and how far the story of it has been told: next.c */
};
extern struct world world;

/* By the seed of the operation; each limit at least 1. */
uint64_t world_below(uint64_t limit);
static inline uint32_t roll(uint32_t limit)
{
    return (uint32_t)world_below(limit);
}
static inline bool world_chance(unsigned percent)
{
    return world_below(100U) < percent;
}

/* ---- firmware.c ------------------------------------------------------------------------------ */
void firmware_runs(void);
/* Devices try what the firmware had them do. */
void firmware_is_forgotten(void);

/* ---- memory.c -------------------------------------------------------------------------------- */
void memory_open(void);
struct model_memory memory_of_iommus(void);
/* From now on `count` accesses of IOMMUs to this page end so; count 0: none any more. */
void memory_trouble(uint64_t address, enum mem_status status, unsigned count);
/* Another hart of the guest, or one of its devices, stores this; not in RAM: nothing. */
bool memory_store(const struct guest *guest, uint64_t gpa, uint64_t value);
bool memory_load(const struct guest *guest, uint64_t gpa, uint64_t *value);
extern uint64_t memory_stores[CONFIG_MAX_GUESTS]; /* to RAM of a guest, by harts and by devices */

/* ---- registers.c ----------------------------------------------------------------------------- */
void registers_open(void);
void registers_close(void);
/* For so many readings of the clock the IOMMU does not do anything. */
void registers_stall(uint32_t iommu, unsigned readings);
void clock_pass(uint64_t ticks);

/* ---- interrupts.c ---------------------------------------------------------------------------- */
void interrupts_open(void);
/* Somebody stores to an interrupt file; false: there is none. */
bool interrupts_store(uint64_t address, uint32_t id);
/* Wires of the IOMMUs as they are now. */
void interrupts_wires(void);
/* What is pending in the hypervisor's file of this hart, taken: bit i for identity i. It has none
 * beyond 63 enabled. */
uint64_t interrupts_take(uint32_t hart);
bool interrupts_due(uint32_t hart);

/* ---- harts.c --------------------------------------------------------------------------------- */
void harts_open(void);
/* This hart takes its interrupts and does what was asked of it. False: there was nothing. */
bool harts_serve(uint32_t hart);
/* All of them, until nothing is due or rounds are over. */
void harts_settle(unsigned rounds);
/* The guest's vCPU v runs, and so may do something. */
bool harts_vcpu_runs(const struct guest *guest, uint32_t v);
/* What is done next is done on this vCPU's hart. */
void harts_become(const struct guest *guest, uint32_t v);
/* A store by a hart of the guest to what the hypervisor emulates; false: an access fault. */
bool harts_mmio_store(struct guest *guest, uint32_t v, uint64_t gpa, uint32_t width,
                      uint64_t value);
/* In a hypervisor call of this vCPU's hart. */
void harts_request(struct guest *guest, uint32_t v, enum guest_state how);
uint32_t harts_lives(uint32_t guest);   /* how often it was started */
void harts_begin_life(const struct guest *guest);

/* ---- driver.c: a guest's driver of one vIOMMU ------------------------------------------------ */

/* Pages of a driver's own, from its area on. */
enum area {
    AREA_COMMANDS, AREA_FAULTS, AREA_DDT_ROOT, AREA_DDT_MIDDLE, AREA_DDT_LEAF, /* 3 of them */
    AREA_PDT = 7,            /* 2 of 3: root, middle, leaf */
    AREA_FENCE = 13, AREA_ROOTS, /* one of each space */
    AREA_TABLES = 18, AREA_DATA = 42, AREA_PAGES = 64
};
#define SPACES       4U
#define SLOTS        16U  /* addresses of a space that its guest maps */
#define DIRECTORIES  2U   /* of processes */
#define PROCESSES    8U   /* that drivers know: driver_pid */
#define TABLES       ((uint32_t)AREA_DATA - (uint32_t)AREA_TABLES)

struct driver {
    uint32_t viommu;         /* index in the plan */
    struct guest *guest;
    uint64_t area;           /* guest physical */
    uint32_t levels;         /* of its device directory */
    uint32_t life;           /* of its guest: when that changes it begins anew */
    unsigned command_log2, fault_log2; /* entries of its queues */
    unsigned space_modes[SPACES], pdt_modes[DIRECTORIES]; /* 0: none */
    bool mapped[SPACES][SLOTS], ever[SPACES][SLOTS];
    uint64_t target[SPACES][SLOTS]; /* guest physical */
    uint8_t processes[DIRECTORIES][PROCESSES]; /* 1 + the space that it leads to; 0: none */
    uint32_t tables_used;
    uint32_t tail;           /* of its command queue, as it means to have it */
    uint32_t fences;
};
extern struct driver drivers[CONFIG_MAX_VIOMMUS];

void drivers_open(void);
/* Of this vIOMMU, with its memory as its guest has it in this life. */
struct driver *driver_of(uint32_t viommu);
static inline uint64_t driver_page(const struct driver *d, uint32_t page)
{
    return d->area + page * PAGE_SIZE;
}
/* A register, as the guest reads it. */
uint64_t driver_read(const struct driver *d, uint32_t offset, uint32_t width);
void driver_write(const struct driver *d, uint32_t offset, uint32_t width, uint64_t value);
void driver_commands_on(struct driver *d);
void driver_faults_on(struct driver *d);
void driver_directory_on(struct driver *d);
void driver_recover(struct driver *d);
/* False: no room, or the queue does not run. */
bool driver_command(struct driver *d, uint64_t first, uint64_t second);
void driver_ring(struct driver *d);
bool driver_queue_runs(const struct driver *d);
void driver_flush(struct driver *d);

/* ---- tables.c: what it writes to memory ------------------------------------------------------ */
void driver_begin_tables(struct driver *d);
void driver_put_context(struct driver *d, uint32_t id, const uint64_t words[4]);
void driver_put_process(struct driver *d, uint32_t directory, uint32_t pid, uint64_t ta,
                        uint64_t fsc);
/* The address of a slot, in every space. */
uint64_t driver_slot(uint32_t slot);
void driver_map(struct driver *d, uint32_t space, uint32_t slot, uint64_t gpa, uint64_t flags,
                bool large);
void driver_unmap(struct driver *d, uint32_t space, uint32_t slot);
uint64_t driver_fsc(const struct driver *d, uint32_t space);
uint64_t driver_pdtp(const struct driver *d, uint32_t directory);
uint32_t driver_pid(uint64_t choice);

/* A slot that is mapped, or was, from this one on; it itself if there is none. */
uint32_t driver_mapped_slot(const struct driver *d, uint32_t space, uint32_t slot);

/* ---- devices.c, guests.c: operations --------------------------------------------------------- */

/* Bits of what an operation has to say, from the lowest on. */
static inline uint32_t take(uint64_t *bits, unsigned count)
{
    const uint32_t value = (uint32_t)(*bits & ((UINT64_C(1) << count) - 1U));

    *bits >>= count;
    return value;
}

const struct world_device *device_of(uint32_t who);
/* The context of a device in the hardware's directory, of as many words as it has there; NULL:
 * none. */
const uint64_t *device_context(const struct world_device *device);
/* Where its guest's tables lead, or led. */
void device_acts(const struct world_device *device, uint64_t bits, uint32_t more);

void op_dma(const struct world_op *op);
void op_msi(const struct world_op *op);
void op_stranger(const struct world_op *op);
void op_store(const struct world_op *op);
void op_reg(const struct world_op *op);
void op_ram(const struct world_op *op);
void op_context(const struct world_op *op);
void op_table(const struct world_op *op);
void op_command(const struct world_op *op);
void op_flush(const struct world_op *op);

/* ---- others.c -------------------------------------------------------------------------------- */

/* They act at most a few times between these. */
void others_begin(void);
void others_end(void);
/* Perhaps: where the hypervisor is about to read, if that is known; and devices alone. */
void others_act(const struct guest *read_of, uint64_t read_at);
void others_devices(void);
/* Where a store of a hostile hart matters, in its RAM mostly, and what it may store. */
uint64_t others_place(const struct guest *guest, uint64_t bits);
uint64_t others_word(const struct guest *guest, uint64_t bits);
/* While something is done that others must not see half of. */
extern unsigned world_alone;

#endif

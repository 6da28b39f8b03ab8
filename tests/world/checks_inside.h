/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the checks share. */
#ifndef TESTS_WORLD_CHECKS_INSIDE_H
#define TESTS_WORLD_CHECKS_INSIDE_H

#include "hyp/guest.h"
#include "hyp/plan/plan.h"
#include "tests/model/spec.h"
#include "tests/world/checks.h"

#define CHECKS_PAGE UINT64_C(4096)

#define must(invariant, condition, ...) \
    do { if (!(condition)) { world_fail(invariant, __VA_ARGS__); } } while (0)

typedef unsigned long long wide;   /* for %llx */

/* Between checks_begin and checks_end. */
bool checks_running(void);

/* ---- checks_owners.c: whose something is, by the configuration and the plan ------------------ */
/* WORLD_NOBODY: nobody's. */
uint32_t owner_of_id(uint32_t iommu, uint32_t device_id);
/* PLAN_NO_VIOMMU: behind none. */
uint32_t viommu_of_id(uint32_t iommu, uint32_t device_id);
uint32_t gscid_of_id(uint32_t iommu, uint32_t device_id);
/* WORLD_NOBODY: no guest's. */
uint32_t owner_of_gscid(uint32_t gscid);
/* Whether the hypervisor may be at work for this guest: it serves it, or it is on the service hart,
 * which is also a hart of the guest. */
bool is_served(uint32_t guest);
/* Its RAM, and the memory that it shares with others. */
bool is_ram_of(uint32_t guest, uint64_t address, uint64_t size);
bool is_memory_of(uint32_t guest, uint64_t address, uint64_t size);
/* Registers of its devices; peer: those that its other devices may reach alone. */
bool is_window_of(uint32_t guest, uint64_t address, uint64_t size, bool peer);
/* The guest interrupt file of one of its vCPUs, a page; the hypervisor's own file of its hart. */
bool is_file_of(uint32_t guest, uint64_t address, uint64_t size);
bool is_notice_of(uint32_t guest, uint64_t address, uint64_t size);
/* All that its devices may reach by DMA, without interrupt files. */
bool is_reach_of(uint32_t guest, uint64_t address, uint64_t size);
/* The same as a guest physical address: where it is, UINT64_MAX if nowhere. */
uint64_t reach_at(uint32_t guest, uint64_t gpa);

/* ---- checks_tables.c: the hypervisor's tables, walked ---------------------------------------- */
/* What a page of the hypervisor's pool is for. */
enum pool_use { POOL_OTHER, POOL_CPU_TABLE, POOL_DEVICE_TABLE, POOL_EMPTY_TABLE, POOL_DIRECTORY,
                POOL_MSI_TABLE, POOL_STATE_PAGE, POOL_COMMANDS, POOL_FAULTS, POOL_LETTER_BOX };
struct pool_page {
    uint8_t use, whose;      /* guest, IOMMU or vIOMMU, by what the use is */
};
void tables_begin(void);
/* What has been constant since boot is. */
void tables_constant(void);
/* POOL_OTHER of nobody outside the pool. */
struct pool_page pool_page(uint64_t address);
bool in_pool(uint64_t address, uint64_t size);
uint64_t state_page_of(uint32_t viommu);

/* ---- checks_contexts.c: I1, I4, I12 ---------------------------------------------------------- */
void contexts_begin(void);
void contexts_check(void);
void contexts_scan(void);
/* As hardware reads it, or part of it. */
void contexts_read(uint32_t iommu, uint32_t device_id, uint64_t address, size_t size);
uint64_t directory_mode(uint32_t iommu);
bool guest_is_dead(uint32_t guest);

/* ---- checks_commands.c: I5, I9 --------------------------------------------------------------- */
void commands_begin(void);
void commands_before(void);
void commands_fetched(uint32_t iommu, const struct model_touch *touch);
void commands_step(void);     /* a step of a vIOMMU begins */

/* ---- checks_translate.c: I8 ------------------------------------------------------------------ */
void translate_begin(void);
void translate_end(void);
/* How often RAM has changed; and whether this part of it has since then, or may have. */
uint64_t translate_changes(void);
bool translate_changed_since(uint64_t since, uint64_t address, uint64_t size);
bool used_iova(uint32_t viommu, uint32_t virtual_id, uint64_t iova);
/* Nothing is reached by any of its devices, wherever it was before. */
void translate_nothing(uint32_t guest);

/* ---- checks_registers.c: I7, I10 ------------------------------------------------------------- */
void registers_begin(void);
void registers_check(void);
void registers_end(void);

#endif

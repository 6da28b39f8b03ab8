/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All the ways to read and write: of each width, atomic, of floating point and vectors, compressed,
 * of whole blocks of the cache. A hypervisor sees some of them transformed (htinst), has to fetch
 * others from the guest's memory, and must take none for another.
 *
 * Unprivileged architecture, chapters A, D, V, Zcb, CMO.
 */
#include "guest/attack/attack.h"

#include "guest/lib/csr.h"

#define SSTATUS_FS_INITIAL (UINT64_C(1) << 13)
#define SSTATUS_VS_INITIAL (UINT64_C(1) << 9)

static uint64_t load1(uint64_t at, uint64_t unused) { (void)unused; return probe_load(at, 1); }
static uint64_t load2(uint64_t at, uint64_t unused) { (void)unused; return probe_load(at, 2); }
static uint64_t load4(uint64_t at, uint64_t unused) { (void)unused; return probe_load(at, 4); }
static uint64_t load8(uint64_t at, uint64_t unused) { (void)unused; return probe_load(at, 8); }

static uint64_t lr8(uint64_t at, uint64_t unused)
{
    uint64_t value;
    (void)unused;
    __asm__ volatile("lr.d %0, (%1)" : "=r"(value) : "r"(at) : "memory");
    return value;
}

static uint64_t lr_sc4(uint64_t at, uint64_t value)
{
    __asm__ volatile("lr.w t0, (%1)\n\tsc.w %0, %0, (%1)" : "+r"(value) : "r"(at) : "t0", "memory");
    return value;
}

static uint64_t lr_sc8(uint64_t at, uint64_t value)
{
    __asm__ volatile("lr.d t0, (%1)\n\tsc.d %0, %0, (%1)" : "+r"(value) : "r"(at) : "t0", "memory");
    return value;
}

static uint64_t amoswap8(uint64_t at, uint64_t value)
{
    __asm__ volatile("amoswap.d %0, %0, (%1)" : "+r"(value) : "r"(at) : "memory");
    return value;
}

static uint64_t amomax8(uint64_t at, uint64_t value)
{
    __asm__ volatile("amomax.d %0, %0, (%1)" : "+r"(value) : "r"(at) : "memory");
    return value;
}

static uint64_t flw(uint64_t at, uint64_t unused)
{
    (void)unused;
    __asm__ volatile(".option push\n\t.option arch, +d\n\tflw ft0, (%0)\n\t.option pop" :: "r"(at)
                     : "memory");
    return 0;
}

static uint64_t fsw(uint64_t at, uint64_t value)
{
    __asm__ volatile(".option push\n\t.option arch, +d\n\tfmv.d.x ft0, %1\n\tfsw ft0, (%0)\n\t"
                     ".option pop" :: "r"(at), "r"(value) : "memory");
    return 0;
}

static uint64_t fsd(uint64_t at, uint64_t value)
{
    __asm__ volatile(".option push\n\t.option arch, +d\n\tfmv.d.x ft0, %1\n\tfsd ft0, (%0)\n\t"
                     ".option pop" :: "r"(at), "r"(value) : "memory");
    return 0;
}

/*
 * Not for registers of real devices: where such an access is a bus error OpenSBI (to 1.8) emulates
 * it, on more stack than it has, and then goes on in the hypervisor's mode at the guest's trap vector,
 * because in QEMU (11.1 at least) software cannot set mstatus.MPV. No hypervisor can prevent that.
 */
static uint64_t vector_load(uint64_t at, uint64_t unused)
{
    (void)unused;
    __asm__ volatile(".option push\n\t.option arch, +v\n\tvsetivli zero, 4, e8, m1, ta, ma\n\t"
                     "vle8.v v0, (%0)\n\t.option pop" :: "r"(at) : "memory");
    return 0;
}

static uint64_t vector_store1(uint64_t at, uint64_t value)
{
    __asm__ volatile(".option push\n\t.option arch, +v\n\tvsetivli zero, 4, e8, m1, ta, ma\n\t"
                     "vmv.v.x v0, %1\n\tvse8.v v0, (%0)\n\t.option pop"
                     :: "r"(at), "r"(value) : "memory");
    return 0;
}

static uint64_t vector_store8(uint64_t at, uint64_t value)
{
    __asm__ volatile(".option push\n\t.option arch, +v\n\tvsetivli zero, 1, e64, m1, ta, ma\n\t"
                     "vmv.v.x v0, %1\n\tvse64.v v0, (%0)\n\t.option pop"
                     :: "r"(at), "r"(value) : "memory");
    return 0;
}

/* Zcb: not told of by htinst in QEMU 11, so it is fetched. */
static uint64_t compressed_load1(uint64_t at, uint64_t unused)
{
    register uint64_t a0 __asm__("a0") = at;
    (void)unused;
    __asm__ volatile(".half 0x8108" : "+r"(a0) :: "memory");        /* c.lbu a0, 0(a0) */
    return a0;
}

static uint64_t compressed_store1(uint64_t at, uint64_t value)
{
    register uint64_t a0 __asm__("a0") = at;
    register uint64_t a1 __asm__("a1") = value;
    __asm__ volatile(".half 0x890c" :: "r"(a0), "r"(a1) : "memory"); /* c.sb a1, 0(a0) */
    return 0;
}

static uint64_t compressed_store2(uint64_t at, uint64_t value)
{
    register uint64_t a0 __asm__("a0") = at;
    register uint64_t a1 __asm__("a1") = value;
    __asm__ volatile(".half 0x8d0c" :: "r"(a0), "r"(a1) : "memory"); /* c.sh a1, 0(a0) */
    return 0;
}

#define CBO(name, number) \
    static uint64_t name(uint64_t at, uint64_t unused) \
    { \
        (void)unused; \
        __asm__ volatile(".insn i 0x0f, 2, x0, %0, " #number :: "r"(at) : "memory"); \
        return 0; \
    }
CBO(cbo_inval, 0)
CBO(cbo_clean, 1)
CBO(cbo_flush, 2)
CBO(cbo_zero, 4)

const struct way ways[] = {
    { "lb", load1, 1, false, 0, true, false },
    { "lh", load2, 2, false, 0, true, false },
    { "lw", load4, 4, false, 0, true, false },
    { "ld", load8, 8, false, 0, true, false },
    { "c.lbu", compressed_load1, 1, false, ANY(CAUSE_ILLEGAL), true, false },
    { "lr.w", probe_lr4, 4, false, 0, false, false },
    { "lr.d", lr8, 8, false, 0, false, false },
    { "lr.w sc.w", lr_sc4, 4, false, ANY(CAUSE_STORE_ACCESS), false, false },
    { "lr.d sc.d", lr_sc8, 8, false, ANY(CAUSE_STORE_ACCESS), false, false },
    { "flw", flw, 4, false, ANY(CAUSE_ILLEGAL), false, false },
    { "vle8", vector_load, 4, false, ANY(CAUSE_ILLEGAL), false, true },
    { "sb", probe_store1, 1, true, 0, true, false },
    { "sh", probe_store2, 2, true, 0, true, false },
    { "sw", probe_store4, 4, true, 0, true, false },
    { "sd", probe_store8, 8, true, 0, true, false },
    { "c.sb", compressed_store1, 1, true, ANY(CAUSE_ILLEGAL), true, false },
    { "c.sh", compressed_store2, 2, true, ANY(CAUSE_ILLEGAL), true, false },
    { "amoadd.w", probe_amo4, 4, true, 0, false, false },
    { "amoswap.d", amoswap8, 8, true, 0, false, false },
    { "amomax.d", amomax8, 8, true, 0, false, false },
    { "fsw", fsw, 4, true, ANY(CAUSE_ILLEGAL), false, false },
    { "fsd", fsd, 8, true, ANY(CAUSE_ILLEGAL), false, false },
    { "vse8", vector_store1, 4, true, ANY(CAUSE_ILLEGAL), false, true },
    { "vse64", vector_store8, 8, true, ANY(CAUSE_ILLEGAL), false, true },
    { "cbo.inval", cbo_inval, 0, true, ANY(CAUSE_ILLEGAL), false, false },
    { "cbo.clean", cbo_clean, 0, true, ANY(CAUSE_ILLEGAL), false, false },
    { "cbo.flush", cbo_flush, 0, true, ANY(CAUSE_ILLEGAL), false, false },
    { "cbo.zero", cbo_zero, 0, true, ANY(CAUSE_ILLEGAL), false, false },
};
const uint32_t way_count = COUNT(ways);

void ways_open(void)
{
    csr_set(CSR_SSTATUS, SSTATUS_FS_INITIAL | SSTATUS_VS_INITIAL);
}

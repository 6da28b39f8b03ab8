/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only program of the Linux of `make bench-dma`: reads 8 MiB of an NVMe disk past the page cache,
 * one request after the other, and counts for each size of request the instructions that were retired
 * (under QEMU's -icount those of all harts and modes) and the commands to the IOMMU, by the tail of
 * its queue. Timers end within some requests, the more the slower the machine that QEMU runs on: what
 * counts is the request at the lower quartile, times the number of requests. It needs no C library: syscall numbers and flags are those of Linux on RISC-V.
 * bench/dma.py reads what is printed, which is all printed at the end: no counted instruction is the
 * console's.
 */
#include <stddef.h>
#include <stdint.h>

/* linux/asm-generic/unistd.h */
enum syscall {
    SYS_MOUNT = 40, SYS_OPENAT = 56, SYS_WRITE = 64, SYS_PREAD64 = 67, SYS_NANOSLEEP = 101,
    SYS_REBOOT = 142, SYS_UNAME = 160, SYS_MMAP = 222
};
#define AT_FDCWD (-100)
#define O_RDONLY 0
#define O_RDWR 2
#define O_DIRECT 040000
#define PROT_READ 1
#define MAP_SHARED 1
#define REBOOT_MAGIC1 0xfee1deadL
#define REBOOT_MAGIC2 672274793L
#define REBOOT_POWER_OFF 0x4321fedcL

/* RISC-V IOMMU 5.3, 5.4, 5.8: where QEMU virt has it, and Bulkhead in a guest's map. */
#define IOMMU_REGISTERS 0x3010000L
#define IOMMU_REGISTERS_SIZE 4096UL
#define CAPABILITIES 0x0U
#define CQB 0x18U
#define CQT 0x24U
#define CQB_LOG2SZ_1_MASK 0x1fU

#define READ_BYTES (8UL << 20)
#define LARGEST (1UL << 20)
static const uint64_t sizes[] = { 4UL << 10, 64UL << 10, LARGEST };
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))
/* The fewer requests there are, the more often. */
static const uint32_t repeat[SIZES] = { 3, 5, 21 };
#define REPEAT_MOST 21U

/*
 * For who reads QEMU's log of traps: before and after what is counted the kernel meets a page fault at
 * this address and the number of the size, plus MARK_END after. It belongs to no program.
 */
#define MARK 0x2bead00000L
#define MARK_END 0x1000L

static uint8_t buffer[LARGEST] __attribute__((aligned(4096)));
static struct result {
    uint64_t instructions;
    uint32_t commands;
} results[SIZES][REPEAT_MOST];

static long call(enum syscall number, long arg0, long arg1, long arg2, long arg3, long arg4, long arg5)
{
    register long a0 __asm__("a0") = arg0;
    register long a1 __asm__("a1") = arg1;
    register long a2 __asm__("a2") = arg2;
    register long a3 __asm__("a3") = arg3;
    register long a4 __asm__("a4") = arg4;
    register long a5 __asm__("a5") = arg5;
    register long a7 __asm__("a7") = number;

    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7)
                     : "memory");
    return a0;
}

static uint64_t instructions_retired(void)
{
    uint64_t value;

    __asm__ volatile("rdinstret %0" : "=r"(value) : : "memory");
    return value;
}

static void print(const char *text)
{
    size_t length = 0;

    while (text[length] != '\0') {
        length++;
    }
    (void)call(SYS_WRITE, 1, (long)text, (long)length, 0, 0, 0);
}

static void print_number(uint64_t value)
{
    char text[24];
    char *at = &text[sizeof(text) - 1U];

    *at = '\0';
    do {
        at--;
        *at = (char)('0' + value % 10U);
        value /= 10U;
    } while (value != 0U);
    print(" ");
    print(at);
}

static void power_off(void)
{
    (void)call(SYS_REBOOT, REBOOT_MAGIC1, REBOOT_MAGIC2, REBOOT_POWER_OFF, 0, 0, 0);
    for (;;) {
    }
}

static void fail(const char *why)
{
    print("reads: failed: ");
    print(why);
    print("\n");
    power_off();
}

static long open(const char *path, long flags)
{
    return call(SYS_OPENAT, AT_FDCWD, (long)path, flags, 0, 0, 0);
}

/* The kernel finds its disks in the background. */
static long open_disk(void)
{
    static const int64_t tenth_of_a_second[2] = { 0, 100000000 };

    for (uint32_t tries = 0; tries < 100U; tries++) {
        const long disk = open("/dev/nvme0n1", O_RDONLY | O_DIRECT);
        if (disk >= 0) {
            return disk;
        }
        (void)call(SYS_NANOSLEEP, (long)tenth_of_a_second, 0, 0, 0, 0, 0);
    }
    fail("there is no disk /dev/nvme0n1");
    return -1;
}

static uintptr_t map_iommu(void)
{
    const long memory = open("/dev/mem", O_RDWR);
    const long at = call(SYS_MMAP, 0, IOMMU_REGISTERS_SIZE, PROT_READ, MAP_SHARED, memory,
                         IOMMU_REGISTERS);

    if (memory < 0 || at < 0) {
        fail("the registers of the IOMMU cannot be mapped");
    }
    return (uintptr_t)at;
}

static uint32_t read32(uintptr_t address)
{
    return *(volatile uint32_t *)address;
}

static uint64_t requests[READ_BYTES / (4UL << 10)];

/* Of the first of `requests`, which are sorted for it. */
static uint64_t lower_quartile(size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const uint64_t moved = requests[i];
        size_t at = i;

        while (at > 0 && requests[at - 1] > moved) {
            requests[at] = requests[at - 1];
            at--;
        }
        requests[at] = moved;
    }
    return requests[count / 4U];
}

static struct result read_all(long disk, uintptr_t iommu, uint64_t size)
{
    const uint32_t entries = 2U << (read32(iommu + CQB) & CQB_LOG2SZ_1_MASK);
    const uint32_t tail = read32(iommu + CQT);
    const size_t count = READ_BYTES / size;

    for (size_t n = 0; n < count; n++) {
        const uint64_t at = n * size;
        const uint64_t start = instructions_retired();

        if (call(SYS_PREAD64, disk, (long)buffer, (long)size, (long)at, 0, 0) != (long)size) {
            fail("the disk gave less than it was asked for");
        }
        requests[n] = instructions_retired() - start;
    }
    const uint32_t commands = (read32(iommu + CQT) - tail) % entries;

    return (struct result){ lower_quartile(count) * count, commands };
}

static void mark(long number)
{
    (void)call(SYS_UNAME, MARK + number, 0, 0, 0, 0, 0);
}

void reads_main(void);
void reads_main(void)
{
    (void)call(SYS_MOUNT, (long)"devtmpfs", (long)"/dev", (long)"devtmpfs", 0, 0, 0);
    const long disk = open_disk();
    const uintptr_t iommu = map_iommu();

    for (uint32_t s = 0; s < SIZES; s++) {
        (void)read_all(disk, iommu, sizes[s]); /* what only happens the first time */
        for (uint32_t r = 0; r < repeat[s]; r++) {
            mark(s);
            results[s][r] = read_all(disk, iommu, sizes[s]);
            mark(s + MARK_END);
        }
    }
    print("reads: capabilities");
    print_number(*(volatile uint64_t *)(iommu + CAPABILITIES));
    print("\n");
    for (uint32_t s = 0; s < SIZES; s++) {
        for (uint32_t r = 0; r < repeat[s]; r++) {
            print("reads:");
            print_number(sizes[s]);
            print_number(results[s][r].instructions);
            print_number(results[s][r].commands);
            print("\n");
        }
    }
    print("bench: end\n");
    power_off();
}

/* The kernel enters a program with a stack that is aligned as C has it. */
__asm__(".globl _start\n_start: tail reads_main\n");

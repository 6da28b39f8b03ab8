/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual IOMMU under any stores of a guest, to its registers and to the memory where its
 * directory and queues are, and under faults of its devices. The first byte of an operation says
 * what: bits 2:0 as in the switch below, 4:3 log2 of a store's width. Two bytes say where, or which
 * cause a fault has; up to eight the value.
 */
/* covers: iommu/viommu */
#include "tests/fuzz/fuzz.h"

#include "tests/unit/viommu_checks.h"

/* Of an input: what is longer shows nothing new and takes long. */
#define OPERATIONS 256U

static void store_register(struct bench *b, uint32_t what, struct fuzz_input *input)
{
    uint64_t before[VIOMMU_WORDS];
    const uint32_t width = 1U << (what >> 3 & 3U);
    const struct viommu_write write = {
        (uint32_t)fuzz_take(input, 2U) % (uint32_t)PAGE_SIZE & ~(width - 1U), width,
        fuzz_take(input, width),
    };

    memcpy(before, b->page, sizeof(before));
    bench_step(b, (what & 0x80U) != 0U && b->out.more ? NULL : &write);
    assert_effects(b);
    assert_progress(b, before);
}

/* A doubleword of the directory, of a queue, or of the rest. */
static void store_memory(struct fuzz_input *input)
{
    static const uint64_t bases[] = { BENCH_TABLE, BENCH_COMMANDS, BENCH_FAULTS, BENCH_DATA };
    const uint32_t where = (uint32_t)fuzz_take(input, 2U);

    fake_guest_put(bases[where & 3U] + (uint64_t)(where >> 2 & 0x1ffU) * 8U, fuzz_take(input, 8U));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    struct bench *b = bench_new(BENCH_DEVICES, BENCH_CAPABILITIES | BENCH_PD17);
    bool stepped = false;              /* b->out are the effects of a step */

    for (uint32_t i = 0U; i < OPERATIONS && input.left != 0U; i++) {
        const uint32_t what = (uint32_t)fuzz_take(&input, 1U);

        switch (what & 7U) {
        case 0U:
        case 1U:
        case 2U: store_register(b, what, &input); stepped = true; break;
        case 3U:
        case 4U: store_memory(&input); break;
        case 5U: {
            const uint16_t cause = (uint16_t)fuzz_take(&input, 2U);
            const struct iommu_fault fault = { .cause = cause & 0xfffU,
                                               .ttyp = (uint8_t)(fuzz_take(&input, 1U) & 0x3fU) };

            stepped = false;
            viommu_report(&b->v, (what >> 3) % BENCH_DEVICES, &fault, &b->out);
            bench_show(b);
            assert_true(b->out.change_count <= 1U && b->out.msi_count <= 2U * VIOMMU_VECTORS);
            b->out.more = true;
            break;
        }
        case 6U:
            fake_guest_memory.hole = (what & 8U) != 0U ? 0U :
                FAKE_RAM_BASE + fuzz_take(&input, 2U) % FAKE_RAM_PAGES * PAGE_SIZE;
            break;
        default: /* the hardware did not do what the last step wanted; or is gone */
            if ((what & 8U) != 0U && stepped) {
                viommu_unfinished(&b->v, &b->out);
            } else {
                viommu_lost(&b->v, &b->out);
            }
            stepped = false;
            bench_show(b);
            b->out.more = true;
            break;
        }
        assert_registers(b);
    }
    return 0;
}

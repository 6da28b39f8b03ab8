/* SPDX-License-Identifier: Apache-2.0 */
/* A plan of a board and a configuration that were accepted, and what is made of it. */
#ifndef TESTS_FUZZ_PLAN_USE_H
#define TESTS_FUZZ_PLAN_USE_H

#include <libfdt.h>

#include "hyp/guestdt/guestdt.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/plan_checks.h"

#define GUEST_TREE_ROOM 65536U

/* Whether there is one; if not, that was said. */
static inline bool build_plan(const struct board *on, const struct pci *with,
                              const struct bundle *images)
{
    size_t length;
    struct diag d = fuzz_diag(&length);

    const bool good = plan_build(on, with, &config, images, used, 3U, &plan, &d);
    assert_int_equal(good, d.errors == 0U);
    return good;
}

/* Images lie in RAM and apart. */
static inline void check_images(const struct plan_guest *guest)
{
    const struct plan_image *const images[] = { &guest->kernel, &guest->initrd,
                                                &guest->device_tree };
    struct gpa_range ranges[3];

    for (uint32_t i = 0U; i < 3U; i++) {
        const uint64_t size = images[i] == &guest->device_tree ? guest->device_tree_room :
                              images[i]->file == NULL ? 0U : images[i]->file->size;

        ranges[i] = (struct gpa_range){ images[i]->gpa, size };
        if (size == 0U) {
            continue;
        }
        assert_true(span_contains(guest->ram_base.v, guest->ram.size, images[i]->gpa.v, size));
        for (uint32_t k = 0U; k < i; k++) {
            assert_true(ranges[k].size == 0U ||
                        !span_overlaps(ranges[k].base.v, ranges[k].size, images[i]->gpa.v, size));
        }
    }
    assert_true(span_contains(guest->ram_base.v, guest->ram.size, guest->entry.v, 2U));
}

/* Invariants I3 and I4: no device id is behind two vIOMMUs or has two names. */
static inline void check_ids(void)
{
    for (uint32_t a = 0U; a < config.viommu_count; a++) {
        const struct plan_viommu *const one = &plan.viommus[a];

        for (uint32_t i = 0U; i < one->id_count; i++) {
            for (uint32_t b = 0U; b <= a; b++) {
                const struct plan_viommu *const other = &plan.viommus[b];

                for (uint32_t k = 0U; k < (a == b ? i : other->id_count); k++) {
                    assert_false(one->iommu == other->iommu &&
                                 one->ids[i].physical_id == other->ids[k].physical_id);
                    assert_false(a == b && one->ids[i].virtual_id == other->ids[k].virtual_id);
                }
            }
        }
    }
}

/* What must hold of it, and the trees that its guests are given. */
static inline void use_plan(void)
{
    static uint64_t room[GUEST_TREE_ROOM / sizeof(uint64_t)];

    check_memory();
    check_devices();
    check_ids();
    for (uint32_t g = 0U; g < plan.guest_count; g++) {
        check_guest_map(&plan.guests[g]);
        check_images(&plan.guests[g]);
        if (guestdt_build(&plan, g, room, sizeof(room))) {
            assert_int_equal(fdt_check_full(room, sizeof(room)), 0);
        }
    }
}

#endif

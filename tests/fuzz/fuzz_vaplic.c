/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual APLIC under any stores and wires, beside a model where all sources are alike: no
 * register and no MSI tells the two apart. An operation is seven bytes: what, an offset or a
 * source (2 bytes), and a value (4). */
/* covers: hyp/irq/vaplic.c */
#include "tests/fuzz/fuzz.h"

#include "tests/unit/fake_aplic.h"
#include "tests/unit/fake_vaplic_world.h"

#define IDENTITIES 200U
#define LINES      3U

static const struct plan_line lines[LINES] = {
    { .virtual_source = 2U, .board_source = 9U }, { .virtual_source = 5U, .board_source = 40U },
    { .virtual_source = 32U, .board_source = 2U },
};

static void wire(struct world *w, uint32_t source, bool level)
{
    for (uint32_t k = 0U; k < LINES; k++) {
        if (lines[k].virtual_source == source) {
            fake_aplic_wire(&w->board, lines[k].board_source, level);
            return;
        }
    }
    vaplic_set_input(&w->v, source, level);
}

static void check(const struct world *w, const struct fake_aplic *model)
{
    for (uint32_t k = 0U; k < 3U; k++) {
        assert_int_equal(get(w, SETIP(k)), fake_aplic_read(model, SETIP(k)));
        assert_int_equal(get(w, IN_CLRIP(k)), fake_aplic_read(model, IN_CLRIP(k)));
        assert_int_equal(get(w, SETIE(k)), fake_aplic_read(model, SETIE(k)));
    }
    assert_int_equal(get(w, DOMAINCFG), fake_aplic_read(model, DOMAINCFG));
    assert_int_equal(get(w, GENMSI), fake_aplic_read(model, GENMSI));
    for (uint32_t i = 1U; i <= GUEST_SOURCES + 1U; i++) {
        assert_int_equal(get(w, SOURCECFG(i)), fake_aplic_read(model, SOURCECFG(i)));
        assert_int_equal(get(w, TARGET(i)), fake_aplic_read(model, TARGET(i)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world w;
    struct fuzz_input input = { data, size };
    struct msi_log expected = { .count = 0U };
    struct fake_aplic model = { .sent = record, .ctx = &expected, .harts = VCPUS,
                                .eiid_mask = 0xffU, .num_ids = IDENTITIES };

    start_with(&w, IDENTITIES, lines, LINES);
    while (input.left != 0U) {
        const uint32_t what = (uint32_t)fuzz_take(&input, 1U);
        const uint32_t where = (uint32_t)fuzz_take(&input, 2U);
        const uint32_t value = (uint32_t)fuzz_take(&input, 4U);

        if (what % 4U == 0U) {
            const uint32_t source = 1U + where % GUEST_SOURCES;

            wire(&w, source, (value & 1U) != 0U);
            fake_aplic_wire(&model, source, (value & 1U) != 0U);
        } else {
            const uint32_t offset = where % GUEST_APLIC_SIZE & ~3U;

            put(&w, offset, value);
            fake_aplic_write(&model, offset, value);
            (void)get(&w, offset);
        }
        assert_int_equal(w.sent.count, expected.count);
        assert_memory_equal(w.sent.msi, expected.msi, w.sent.count * sizeof(w.sent.msi[0]));
        w.sent.count = expected.count = 0U;
        check(&w, &model);
    }
    return 0;
}

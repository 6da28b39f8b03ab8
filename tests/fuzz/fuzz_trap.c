/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What traps of a guest are decoded from: any instruction, any htinst; and behind CSR accesses an
 * interrupt file in memory, beside a model of it. An operation is 14 bytes: what, siselect (1 byte,
 * from 0x68 on), an instruction (4 bytes) and a value (8).
 */
/* covers: hyp/vcpu/decode.c hyp/vcpu/csr_access.c hyp/irq/vimsic.c hyp/irq/imsic_unit.c */
#include "tests/fuzz/fuzz.h"

#include "hyp/irq/irq.h"
#include "hyp/irq/vimsic.h"
#include "hyp/vcpu/decode.h"
#include "platform/hw/csr_numbers.h"
#include "tests/unit/fake_hart.h"
#include "tests/unit/vimsic_model.h"

#define OPERATIONS   1024U
#define SELECT_FIRST 0x68U             /* of iprio and interrupt files: up to 0x167 */
#define IDENTITIES   255U

/* Fields of 32-bit loads and stores: unprivileged architecture, 2.3. */
#define LOAD_KEPT  0x00007fffU         /* opcode, rd, funct3 */
#define STORE_KEPT 0x01f0707fU         /* opcode, funct3, rs2 */
#define OFFSET     0x000f8000U         /* of a transformed instruction: in the place of rs1 */

static struct vimsic file;
static struct model model;

/* ---- loads and stores ------------------------------------------------------------------------ */

/* The transformed instruction of an access, put together from what is said of it. */
static uint32_t encode(uint64_t htinst)
{
    const uint64_t width = decode_width(htinst);
    const uint32_t log2 = width == 8U ? 3U : width == 4U ? 2U : width == 2U ? 1U : 0U;
    const uint32_t bit1 = decode_length(htinst) == 4U ? 2U : 0U;
    const bool is_signed = width == 8U || decode_load_value(htinst, UINT64_MAX) == UINT64_MAX;

    if (decode_is_store(htinst)) {
        return 0x21U | bit1 | log2 << 12 | (uint32_t)decode_rs2(htinst) << 20;
    }
    return 0x01U | bit1 | (is_signed ? log2 : log2 | 4U) << 12 | (uint32_t)decode_rd(htinst) << 7;
}

static void check_access(uint64_t htinst)
{
    const uint64_t width = decode_width(htinst), length = decode_length(htinst);

    assert_true(decode_is_load(htinst) != decode_is_store(htinst));
    assert_true(width == 1U || width == 2U || width == 4U || width == 8U);
    assert_true(decode_rd(htinst) < 32U && decode_rs2(htinst) < 32U);
    assert_true(length == 2U || length == 4U);
    assert_int_equal(encode(htinst), htinst);
}

/* Hardware tells of the same access by htinst. */
static void check_instruction(uint32_t instruction)
{
    const uint64_t made = decode_transform(instruction);
    const bool is_short = (instruction & 3U) != 3U;

    if (made == 0U) {
        return;
    }
    check_access(made);
    assert_int_equal(decode_length(made), is_short ? 2 : 4);
    if (!is_short) {
        assert_int_equal(made, instruction & (decode_is_store(made) ? STORE_KEPT : LOAD_KEPT));
    }
}

static void check_htinst(uint64_t htinst)
{
    if (decode_is_load(htinst) || decode_is_store(htinst)) {
        check_access(htinst);
        assert_true(htinst >> 32 == 0U && (htinst & OFFSET) == 0U && (htinst & 1U) != 0U);
    }
}

/* What a register holds after a load: its bytes, and above them their sign or zeros. */
static void check_value(uint32_t instruction, uint64_t bytes)
{
    const uint64_t made = decode_transform(instruction);

    if (decode_is_load(made)) {
        const uint64_t value = decode_load_value(made, bytes), bits = 8U * decode_width(made);
        const bool minus = (made & 0x4000U) == 0U && (bytes >> (bits - 1U) & 1U) != 0U;

        for (uint32_t i = 0U; i < 64U; i++) {
            assert_int_equal(value >> i & 1U, i < bits ? bytes >> i & 1U : minus ? 1U : 0U);
        }
    }
}

/* ---- CSRs ------------------------------------------------------------------------------------ */

static void access_csr(uint32_t instruction, uint64_t select, uint64_t operand)
{
    struct csr_access a;
    uint64_t old = 0U, expected = 0U;

    if (!csr_access_decode(instruction, &a)) {
        return;
    }
    assert_int_equal(a.csr, instruction >> 20);
    assert_true(a.rd < 32U && a.source < 32U && a.op <= CSR_CLEAR);
    /* As the trap handler makes the operand. */
    if (a.immediate || a.source == 0U) {
        operand = a.source;
    }
    const bool there = irq_access_csr(&fake.vcpus[0], &a, select, operand, &old);

    if (a.csr == CSR_STOPEI) {
        const uint32_t top = model_top(&model);

        assert_true(there);
        expected = topei(top);
        model.pending[a.writes ? top : 0U] = false;
    } else if (a.csr != CSR_SIREG || select < EIDELIVERY || select > 0xffU ||
               !model_access(&model, (uint32_t)select, a.op, operand, &expected)) {
        assert_false(there);
        return;
    }
    assert_true(there);
    assert_true(old == expected);
    assert_int_equal(fake.external[0], vimsic_signals(&file));
}

/* ---- MSIs ------------------------------------------------------------------------------------ */

static void become_pending(uint64_t id)
{
    if (id != 0U && id <= IDENTITIES) {
        model.pending[id] = true;
    }
}

/* Of any hart: the vCPU's own sees it at once, another one's is told if it has to look. */
static void send(bool from_another, uint64_t value)
{
    const uint32_t id = (uint32_t)value;
    const bool is_new = id != 0U && id <= IDENTITIES && !model.pending[id];

    fake_become(from_another ? 1U : 0U);
    fake.notified[0] = 0U;
    irq_send_msi(&fake.vcpus[0], id);
    become_pending(id);
    const bool wanted = model.delivery == 1U && model_top(&model) != 0U;

    assert_int_equal(fake.notified[0], from_another && is_new && wanted ? 1U : 0U);
    fake_become(0U);
    irq_mirror(&fake.vcpus[0]);
}

/* What an IOMMU has left. */
static void leave(uint32_t word, uint64_t pending)
{
    word %= VIMSIC_WORDS;
    file.boxes[0].words[word].pending = pending;
    vimsic_take(&file, &file.boxes[0]);
    for (uint32_t i = 0U; i < 64U; i++) {
        if ((pending >> i & 1U) != 0U) {
            become_pending(64U * word + i);
        }
    }
    irq_mirror(&fake.vcpus[0]);
}

static void check_file(void)
{
    model.pending[0] = model.enabled[0] = false;
    assert_int_equal(vimsic_topei(&file), topei(model_top(&model)));
    assert_int_equal(vimsic_signals(&file), model.delivery == 1U && model_top(&model) != 0U);
    assert_int_equal(fake.external[0], vimsic_signals(&file));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };

    fake_machine_init();
    memset(&model, 0, sizeof(model));
    model.num_ids = IDENTITIES;
    vimsic_init(&file, pa(0U), IDENTITIES);
    mrif_reset(&file.boxes[0]);
    fake.vcpus[0].vimsic = &file;
    for (uint32_t i = 0U; i < OPERATIONS && input.left != 0U; i++) {
        const uint32_t what = (uint32_t)fuzz_take(&input, 1U);
        const uint64_t select = SELECT_FIRST + fuzz_take(&input, 1U);
        const uint32_t instruction = (uint32_t)fuzz_take(&input, 4U);
        const uint64_t value = fuzz_take(&input, 8U);

        switch (what & 7U) {
        case 0U:
            check_instruction(instruction);
            check_value(instruction, value);
            break;
        case 1U: check_htinst((what & 8U) != 0U ? value : instruction); break;
        case 2U: send((what & 8U) != 0U, value); break;
        case 3U: leave(what >> 3, value); break;
        case 4U: /* the two registers that there are, whatever else the instruction is */
        case 5U:
            access_csr((instruction & 0xfffffU) |
                           (uint32_t)((what & 8U) != 0U ? CSR_STOPEI : CSR_SIREG) << 20,
                       select, value);
            break;
        default: access_csr(instruction, select, value); break;
        }
        check_file();
    }
    return 0;
}

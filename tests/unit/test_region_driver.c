/* SPDX-License-Identifier: Apache-2.0 */
/* Trap mode against hardware mode in the life of a driver; and the one difference that is left. */
#include "tests/unit/region_world.h"

static void begin(bool process_ids, bool boot_off)
{
    const struct model_config config = bench_config(0U);

    bench_begin(&config, process_ids, boot_off);
    put_directories();
    for (uint32_t s = 0; s < 2U; s++) {
        put(W_STAGE(s), (W_STAGE(s) + 0x1000U) >> 2 | PTE_V);
        put(W_STAGE(s) + 0x1000U, (W_STAGE(s) + 0x2000U) >> 2 | PTE_V);
    }
}

static void map_page(uint32_t s, uint32_t page, uint64_t target)
{
    const uint64_t leaf = PTE_V | PTE_R | PTE_W | PTE_U | PTE_A | PTE_D;

    put(W_STAGE(s) + 0x2000U + 8U * page, target == 0U ? 0U : target >> 2 | leaf);
}

static struct model_outcome dma(uint32_t n, enum ttyp type, uint64_t iova, uint32_t data)
{
    return access(n, (struct model_request){ .type = type, .iova = iova }, data);
}

static void expect_record(uint32_t n, enum cause cause, uint32_t device, uint64_t iotval)
{
    const uint64_t at = W_FQ + 32U * n;

    assert_true(load32(REG_FQT) > n);
    assert_int_equal(get(at) & 0xfffU, cause);
    assert_int_equal(get(at) >> 40, guest_ids[device]);
    assert_int_equal(get(at + 16U), iotval);
    assert_int_equal(get(at + 24U), 0U);
}

static void life(void)
{
    messages();
    queues_on();
    set_mode(DDTP_3LVL);
    for (uint32_t n = 0; n < GUEST_DEVICES; n++) {
        put_context(n, TC_V, PLACE(1U + n % 2U, 12, 20), first_stage_of(n % 2U));
        command(CMD_IODIR | CMD_DV | PLACE(guest_ids[n], 40, 24), 0U);
        command(CMD_IOFENCE, 0U);
    }
    map_page(0U, 3U, W_DATA + 0x1000U);
    for (uint32_t n = 0; n < GUEST_DEVICES; n += 2U) {
        assert_int_equal(dma(n, TTYP_UNTRANSLATED_WRITE, 0x3010U, 0x11U + n).end, MODEL_TRANSLATED);
        assert_int_equal(get(W_DATA + 0x1010U), 0x11U + n);
        assert_int_equal(dma(n + 1U, TTYP_UNTRANSLATED_READ, 0x3010U, 0U).cause, CAUSE_READ_PAGE);
    }
    expect_record(0U, CAUSE_READ_PAGE, 1U, 0x3010U);
    expect_record(8U, CAUSE_READ_PAGE, 17U, 0x3010U);
    assert_int_equal(load32(REG_IPSR), BIT(FIP));
    store(REG_IPSR, 4U, BIT(FIP));
    store(REG_FQH, 4U, load32(REG_FQT));
    map_page(0U, 3U, 0U);
    command(CMD_IOTINVAL | CMD_AV | CMD_PSCV | PLACE(1U, 12, 20), PLACE(3U, 10, 52));
    command(CMD_IOFENCE | CMD_AV | PLACE(0x77U, 32, 32), W_DATA >> 2);
    assert_int_equal(get(W_DATA), 0x77U);
    assert_int_equal(dma(0U, TTYP_UNTRANSLATED_WRITE, 0x3010U, 1U).cause, CAUSE_WRITE_PAGE);
    /* the queue runs over, and goes on when the guest says so */
    for (uint32_t i = 0; i < W_SIZE; i++) {
        (void)dma(0U, TTYP_UNTRANSLATED_WRITE, 0x3010U, 1U);
    }
    assert_int_equal(load32(REG_FQCSR), CSR_ENABLE | CSR_IE | CSR_ON | CSR_OF);
    store(REG_FQH, 4U, load32(REG_FQT));
    store(REG_FQCSR, 4U, CSR_ENABLE | CSR_IE | CSR_OF);
    (void)dma(0U, TTYP_UNTRANSLATED_WRITE, 0x3010U, 1U);
    assert_int_not_equal(load32(REG_FQT), load32(REG_FQH));
    /* a command that there is not, and another in its place */
    command(CMD_ATS, 0U);
    assert_int_equal(load32(REG_CQCSR), CSR_ENABLE | CSR_IE | CSR_ON | CQCSR_CMD_ILL);
    put_command(load32(REG_CQH), CMD_IOFENCE, 0U);
    store(REG_CQCSR, 4U, CSR_ENABLE | CSR_IE | CQCSR_CMD_ILL);
    assert_int_equal(load32(REG_CQH), load32(REG_CQT));
    assert_true(bench_messages > 2U);
}

/* shows: R-MOD-37 */
static void test_the_life_of_a_driver(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4U; i++) {
        bench_messages = 0U;
        begin((i & 1U) != 0U, (i & 2U) != 0U);
        assert_int_equal(dma(0U, TTYP_UNTRANSLATED_WRITE, W_DATA + 8U, 5U).end,
                         (i & 2U) != 0U ? MODEL_FAULT : MODEL_TRANSLATED);
        life();
        bench_reset((i & 1U) != 0U, (i & 2U) == 0U); /* and once more */
        assert_int_equal(dma(0U, TTYP_UNTRANSLATED_WRITE, W_DATA + 8U, 5U).end,
                         (i & 2U) == 0U ? MODEL_FAULT : MODEL_TRANSLATED);
        life();
    }
}

/* shows: R-MOD-37 */
static void test_a_long_queue_at_one_doorbell(void **state)
{
    (void)state;
    begin(false, true);
    messages();
    queues_on();
    set_mode(DDTP_3LVL);
    put_context(0U, TC_V, 0U, first_stage_of(0U));
    store(REG_CQCSR, 4U, 0U);
    store(REG_CQB, 8U, W_CQ >> 2 | 6U);               /* 128 entries: many pieces */
    store(REG_CQT, 4U, 0U);
    store(REG_CQCSR, 4U, CSR_ENABLE | CSR_IE);
    for (uint32_t i = 0; i < 127U; i++) {
        put(W_CQ + 16U * i, i % 5U == 0U ? (uint64_t)CMD_IODIR
                            : CMD_IOFENCE | CMD_AV | PLACE(i, 32, 32));
        put(W_CQ + 16U * i + 8U, i % 5U == 0U ? 0U : (W_DATA + 4U * i) >> 2);
    }
    put(W_CQ + 16U * 120U, UINT64_MAX);
    store(REG_CQT, 4U, 127U);
    assert_true(trap.pieces > 20U);
    assert_int_equal(load32(REG_CQH), 120U);
    assert_int_equal(get(W_DATA + 4U * 118U) >> 32, 119U);
    assert_int_equal(get(W_DATA + 4U * 120U) >> 32, 0U);
}

/* shows: R-MOD-37 */
static void test_interrupts_one_way_and_the_other(void **state)
{
    (void)state;
    begin(false, true);
    messages();
    store(REG_MSI_VEC_CTL(0U), 4U, MSI_VEC_CTL_M);
    store(REG_MSI_VEC_CTL(1U), 4U, MSI_VEC_CTL_M);
    queues_on();
    set_mode(DDTP_1LVL);
    bench_messages = 0U;
    command(0U, 0U);
    (void)dma(0U, TTYP_UNTRANSLATED_READ, 0U, 0U);
    assert_int_equal(load32(REG_IPSR), BIT(CIP) | BIT(FIP));
    store(REG_CQCSR, 4U, 0U);
    store(REG_FQCSR, 4U, 0U);
    store(REG_MSI_VEC_CTL(1U), 4U, 0U);
    assert_int_equal(bench_messages, 1U);
    store(REG_FCTL, 4U, FCTL_WSI);                    /* what still waits is never sent */
    assert_int_equal(trap.wires, 3U);
    store(REG_FCTL, 4U, 0U);
    store(REG_MSI_VEC_CTL(0U), 4U, 0U);
    assert_int_equal(bench_messages, 1U);
    assert_int_equal(trap.wires, 0U);
}

/* shows: R-MOD-37 */
static void test_what_rises_at_once_on_one_vector_is_one_message(void **state)
{
    (void)state;
    begin(false, true);
    messages();
    store(REG_ICVEC, 8U, 0U);
    queues_on();
    command(0U, 0U);
    for (uint32_t i = 0; i < W_SIZE; i++) {
        (void)dma(0U, TTYP_UNTRANSLATED_READ, 0U, 0U);
    }
    bench_messages = 0U;
    store(REG_IPSR, 4U, BIT(CIP) | BIT(FIP));         /* both errors stand */
    assert_int_equal(load32(REG_IPSR), BIT(CIP) | BIT(FIP));
    assert_int_equal(bench_messages, 1U);
}

/* shows: R-MOD-37 */
static void test_processes(void **state)
{
    struct model_request r = { .type = TTYP_UNTRANSLATED_READ, .iova = 0x2000U, .pv = true };

    (void)state;
    begin(true, true);
    messages();
    queues_on();
    set_mode(DDTP_1LVL);
    put_context(3U, TC_V | TC_PDTV | TC_DPE, 0U, PLACE(PDTP_PD8, 60, 4) | W_PDT >> 12);
    command(CMD_IODIR, 0U);
    map_page(1U, 2U, W_DATA);
    put(W_PDT + 16U * 5U, PC_TA_V | PLACE(7U, 12, 20));
    put(W_PDT + 16U * 5U + 8U, first_stage_of(1U));
    r.process_id = 5U;
    assert_int_equal(access(3U, r, 0U).end, MODEL_TRANSLATED);
    r.process_id = 6U;
    assert_int_equal(access(3U, r, 0U).cause, CAUSE_PDT_INVALID);
    assert_int_equal(dma(3U, TTYP_UNTRANSLATED_READ, 0x2000U, 0U).cause, CAUSE_PDT_INVALID);
    r.process_id = 0x100U;
    assert_int_equal(access(3U, r, 0U).cause, CAUSE_TYPE_DISALLOWED);
    /* a directory that is not in the guest's memory */
    put_context(3U, TC_V | TC_PDTV, 0U, PLACE(PDTP_PD8, 60, 4) | W_HOLE >> 12);
    command(CMD_IODIR, 0U);
    r.process_id = 5U;
    assert_int_equal(access(3U, r, 0U).cause, CAUSE_PDT_LOAD_ACCESS);
    assert_int_equal(load32(REG_FQT), 4U);
}

/* A context that is valid now, and nobody was told: both modes may see it or not (2.8). */
/* shows: R-MOD-39 */
static void test_what_is_left_is_one_lost_access(void **state)
{
    const struct model_request r = { .type = TTYP_UNTRANSLATED_READ, .iova = W_DATA,
                                     .device_id = GUEST_PHYSICAL_ID(2U) };

    (void)state;
    begin(false, true);
    messages();
    queues_on();
    set_mode(DDTP_1LVL);
    put_context(2U, TC_V, 0U, 0U);
    assert_int_equal(model_translate(hard.model, &r).end, MODEL_TRANSLATED);
    assert_int_equal(model_translate(trap.model, &r).end, MODEL_FAULT);
    trap_deliver();
    assert_int_equal(trap.page[REG_FQT / 8U] >> 32, 1U);
    assert_int_equal(*trap_ram(W_FQ, 8U) & 0xfffU, CAUSE_DDT_INVALID);
    assert_int_equal(model_state_write(hard.model, HARD_PAGE + REG_FQCSR, 4U, 0U), true);
    /* from now on it is the same again, but for that record */
    assert_int_equal(model_translate(trap.model, &r).end, MODEL_TRANSLATED);
    trap_deliver();
    assert_int_equal(trap.page[REG_FQT / 8U] >> 32, 1U);
    /* had the guest sent its command, nothing would have been lost */
    begin(false, true);
    messages();
    queues_on();
    set_mode(DDTP_1LVL);
    put_context(2U, TC_V, 0U, 0U);
    command(CMD_IODIR | CMD_DV | PLACE(guest_ids[2], 40, 24), 0U);
    assert_int_equal(dma(2U, TTYP_UNTRANSLATED_READ, W_DATA, 0U).end, MODEL_TRANSLATED);
    assert_int_equal(load32(REG_FQT), 0U);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_the_life_of_a_driver, bench_end),
        cmocka_unit_test_teardown(test_a_long_queue_at_one_doorbell, bench_end),
        cmocka_unit_test_teardown(test_interrupts_one_way_and_the_other, bench_end),
        cmocka_unit_test_teardown(test_what_rises_at_once_on_one_vector_is_one_message, bench_end),
        cmocka_unit_test_teardown(test_processes, bench_end),
        cmocka_unit_test_teardown(test_what_is_left_is_one_lost_access, bench_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

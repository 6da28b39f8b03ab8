/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts of the virtual IOMMU: ipsr, wires and messages. */
#include "tests/unit/viommu_bench.h"

#define ILLEGAL UINT64_C(0)            /* a command */
#define FENCE   UINT64_C(2)

static struct bench *on(bool wires)
{
    struct bench *b = bench_new(2U, BENCH_CAPABILITIES);

    store32(b, IOMMU_FCTL, wires ? IOMMU_FCTL_WSI : 0U);
    bench_messages(b);
    bench_queues(b);
    return b;
}

/* A record of a device, as the physical IOMMU tells of it. */
static void report(struct bench *b)
{
    const struct iommu_fault fault = { .cause = IOMMU_CAUSE_READ_ACCESS, .ttyp = 2U };

    memset(&b->out, 0xa5, sizeof(b->out));
    viommu_report(&b->v, 0U, &fault, &b->out);
    bench_show(b);
}

static void lose(struct bench *b)
{
    memset(&b->out, 0xa5, sizeof(b->out));
    viommu_lost(&b->v, &b->out);
    bench_show(b);
}

static uint64_t record(uint32_t n, uint32_t word)
{
    return fake_guest_get(BENCH_FAULTS + 32U * n + 8U * word);
}

/* shows: R-VIO-10, R-VIO-11 */
static void test_viommu_errors_that_stand_set_cip_again(void **state)
{
    (void)state;
    struct bench *b = on(false);

    /* Without cie it is an error, and no more. */
    store32(b, IOMMU_CQCSR, IOMMU_QCSR_EN);
    bench_command(b, ILLEGAL, 0U);
    assert_int_equal(load32(b, IOMMU_IPSR), 0U);
    assert_int_equal(b->out.msi_count, 0U);
    /* With it, at once. */
    store32(b, IOMMU_CQCSR, QUEUE_ON);
    assert_int_equal(load32(b, IOMMU_IPSR), IOMMU_IPSR_CIP);
    assert_int_equal(b->out.msi_count, 1U);
    assert_message(b, 0U, 0U);
    /* What stands does not turn from 0 to 1: one message. */
    bench_step(b, NULL);
    store32(b, IOMMU_IPSR, ~IOMMU_IPSR_CIP);
    assert_int_equal(load32(b, IOMMU_IPSR), IOMMU_IPSR_CIP);
    assert_int_equal(b->out.msi_count, 0U);
    /* Cleared while the error stands: it turns again. */
    store32(b, IOMMU_IPSR, IOMMU_IPSR_CIP);
    assert_int_equal(load32(b, IOMMU_IPSR), IOMMU_IPSR_CIP);
    assert_int_equal(b->out.msi_count, 1U);
    assert_message(b, 0U, 0U);
    /* The bit stays when the error goes, until it is cleared. */
    bench_entry(0U, FENCE, 0U);
    store32(b, IOMMU_CQCSR, QUEUE_ON | IOMMU_CQCSR_CMD_ILL);
    assert_int_equal(load32(b, IOMMU_IPSR), IOMMU_IPSR_CIP);
    store32(b, IOMMU_IPSR, UINT32_MAX);
    assert_int_equal(load32(b, IOMMU_IPSR), 0U);
    assert_int_equal(b->out.msi_count, 0U);
    /* cie taken away while the error stands. */
    bench_command(b, ILLEGAL, 0U);
    assert_int_equal(b->out.msi_count, 1U);
    store32(b, IOMMU_CQCSR, IOMMU_QCSR_EN);
    store32(b, IOMMU_IPSR, IOMMU_IPSR_CIP);
    assert_int_equal(load32(b, IOMMU_IPSR), 0U);
}

/* shows: R-VIO-10, R-VIO-11 */
static void test_viommu_fip_is_of_new_records_and_of_errors(void **state)
{
    (void)state;
    struct bench *b = on(false);

    report(b);
    assert_int_equal(load32(b, IOMMU_FQT), 1U);
    assert_int_equal(load32(b, IOMMU_IPSR), IOMMU_IPSR_FIP);
    assert_int_equal(b->out.msi_count, 1U);
    assert_message(b, 0U, 1U);
    report(b); /* another one while it is pending: no other message */
    assert_int_equal(b->out.msi_count, 0U);
    /* The queue is not empty, but no record is new. */
    store32(b, IOMMU_IPSR, IOMMU_IPSR_FIP);
    assert_int_equal(load32(b, IOMMU_IPSR), 0U);
    store32(b, IOMMU_FQH, 1U);
    assert_int_equal(load32(b, IOMMU_IPSR), 0U);
    assert_int_equal(b->out.msi_count, 0U);
    /* Nor is one that came while fie was 0. */
    store32(b, IOMMU_FQCSR, IOMMU_QCSR_EN);
    report(b);
    assert_int_equal(load32(b, IOMMU_FQT), 3U);
    store32(b, IOMMU_FQCSR, QUEUE_ON);
    assert_int_equal(load32(b, IOMMU_IPSR), 0U);
    /* An error stands. */
    lose(b);
    assert_int_equal(load32(b, IOMMU_IPSR), IOMMU_IPSR_FIP);
    assert_message(b, 0U, 1U);
    store32(b, IOMMU_IPSR, IOMMU_IPSR_FIP | IOMMU_IPSR_CIP);
    assert_int_equal(load32(b, IOMMU_IPSR), IOMMU_IPSR_FIP);
    assert_int_equal(b->out.msi_count, 1U);
    store32(b, IOMMU_FQCSR, QUEUE_ON | IOMMU_FQCSR_FQOF);
    assert_int_equal(load32(b, IOMMU_FQCSR), IOMMU_QCSR_ON | QUEUE_ON);
    store32(b, IOMMU_IPSR, IOMMU_IPSR_FIP);
    assert_int_equal(load32(b, IOMMU_IPSR), 0U);
}

/* shows: R-VIO-12, R-VIO-14 */
static void test_viommu_wires_are_the_levels_of_pending_causes(void **state)
{
    (void)state;
    struct bench *b = on(true);

    for (uint32_t icvec = 0; icvec < 4U; icvec++) {
        const uint32_t civ = icvec & 1U, fiv = icvec >> 1;

        store64(b, IOMMU_ICVEC, fiv << 4 | civ);
        assert_int_equal(b->out.wires, 0U);
        report(b);
        assert_int_equal(b->out.wires, 1U << fiv);
        bench_command(b, ILLEGAL, 0U);
        assert_int_equal(b->out.wires, 1U << fiv | 1U << civ);
        assert_int_equal(b->out.msi_count, 0U);
        /* They follow the vectors, and have no mask. */
        store64(b, IOMMU_ICVEC, civ << 4 | fiv);
        assert_int_equal(b->out.wires, 1U << fiv | 1U << civ);
        store32(b, IOMMU_MSI_VEC_CTL(0U), 1U);
        assert_int_equal(b->out.wires, 1U << fiv | 1U << civ);
        store32(b, IOMMU_MSI_VEC_CTL(0U), 0U);
        store64(b, IOMMU_ICVEC, fiv << 4 | civ);
        store32(b, IOMMU_IPSR, IOMMU_IPSR_FIP);
        assert_int_equal(b->out.wires, 1U << civ);
        bench_entry(load32(b, IOMMU_CQH), FENCE, 0U);
        store32(b, IOMMU_CQCSR, QUEUE_ON | IOMMU_CQCSR_CMD_ILL);
        assert_int_equal(b->out.wires, 1U << civ);
        store32(b, IOMMU_IPSR, IOMMU_IPSR_CIP);
        assert_int_equal(b->out.wires, 0U);
        assert_int_equal(b->out.msi_count, 0U);
    }
    /* Wires chosen while something is pending: there it is. Messages: not any more. */
    report(b);
    store32(b, IOMMU_CQCSR, 0U);
    store32(b, IOMMU_FQCSR, 0U);
    store32(b, IOMMU_FCTL, 0U);
    assert_int_equal(b->out.wires, 0U);
    assert_int_equal(b->out.msi_count, 0U);
    store32(b, IOMMU_FCTL, IOMMU_FCTL_WSI);
    assert_int_equal(b->out.wires, 2U);
}

/* shows: R-VIO-13 */
static void test_viommu_a_masked_message_leaves_when_it_is_unmasked(void **state)
{
    (void)state;
    struct bench *b = on(false);

    store32(b, IOMMU_MSI_VEC_CTL(0U), IOMMU_MSI_VEC_CTL_M);
    bench_command(b, ILLEGAL, 0U);
    assert_int_equal(load32(b, IOMMU_IPSR), IOMMU_IPSR_CIP);
    assert_int_equal(b->out.msi_count, 0U);
    report(b); /* the other vector is not masked */
    assert_int_equal(b->out.msi_count, 1U);
    assert_message(b, 0U, 1U);
    /* As address and data are when it leaves. */
    store32(b, IOMMU_MSI_DATA(0U), 77U);
    assert_int_equal(b->out.msi_count, 0U);
    store32(b, IOMMU_MSI_VEC_CTL(0U), 0U);
    assert_int_equal(b->out.msi_count, 1U);
    assert_int_equal(b->out.msis[0].address.v, BENCH_FILES);
    assert_int_equal(b->out.msis[0].data, 77U);
    store32(b, IOMMU_MSI_VEC_CTL(0U), IOMMU_MSI_VEC_CTL_M);
    store32(b, IOMMU_MSI_VEC_CTL(0U), 0U);
    assert_int_equal(b->out.msi_count, 0U);

    /* Wires take over: a message that waited is not sent later. */
    store32(b, IOMMU_MSI_VEC_CTL(0U), IOMMU_MSI_VEC_CTL_M);
    store32(b, IOMMU_IPSR, IOMMU_IPSR_CIP);
    assert_int_equal(load32(b, IOMMU_IPSR) & IOMMU_IPSR_CIP, IOMMU_IPSR_CIP);
    store32(b, IOMMU_CQCSR, 0U);
    store32(b, IOMMU_FQCSR, 0U);
    store32(b, IOMMU_FCTL, IOMMU_FCTL_WSI);
    store32(b, IOMMU_MSI_VEC_CTL(0U), 0U);
    assert_int_equal(b->out.msi_count, 0U);
    store32(b, IOMMU_FCTL, 0U);
    assert_int_equal(b->out.msi_count, 0U);
}

/* shows: R-VIO-15 */
static void test_viommu_messages_go_to_interrupt_files_alone(void **state)
{
    (void)state;
    static const uint64_t beyond[] = {
        0U, BENCH_FILES - PAGE_SIZE, BENCH_FILES + 2U * PAGE_SIZE, BENCH_FILES + 4U,
        BENCH_FILES + PAGE_SIZE + 0x800U, FAKE_RAM_BASE, UINT64_C(0x00fffffffffffffc),
    };
    for (uint32_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
        struct bench *b = on(false);

        store64(b, IOMMU_MSI_ADDR(0U), beyond[i]);
        bench_command(b, ILLEGAL, 0U);
        /* Cause 273, no device, the address; and that is a new record: vector 1. */
        assert_int_equal(load32(b, IOMMU_FQT), 1U);
        assert_int_equal(record(0U, 0U), 273U);
        assert_int_equal(record(0U, 1U), 0U);
        assert_int_equal(record(0U, 2U), beyond[i]);
        assert_int_equal(record(0U, 3U), 0U);
        assert_int_equal(load32(b, IOMMU_IPSR), IOMMU_IPSR_CIP | IOMMU_IPSR_FIP);
        assert_int_equal(b->out.msi_count, 1U);
        assert_message(b, 0U, 1U);
        bench_step(b, NULL);
        assert_nothing_else(b);
    }

    /* Both vectors astray, or both causes at the one that is: two records, and no end of them. */
    for (uint32_t shared = 0; shared < 2U; shared++) {
        struct bench *b = on(false);

        store64(b, IOMMU_ICVEC, shared != 0U ? 0U : 0x10U);
        store64(b, IOMMU_MSI_ADDR(0U), 0x1000U);
        store64(b, IOMMU_MSI_ADDR(1U), 0x2000U);
        bench_command(b, ILLEGAL, 0U);
        assert_int_equal(load32(b, IOMMU_FQT), 2U);
        assert_int_equal(record(0U, 2U), 0x1000U);
        assert_int_equal(record(1U, 2U), shared != 0U ? 0x1000U : 0x2000U);
        bench_step(b, NULL);
        assert_nothing_else(b);
        assert_int_equal(load32(b, IOMMU_FQT), 2U);
        /* A record that comes: one more of the message that is told of it. */
        store32(b, IOMMU_IPSR, IOMMU_IPSR_FIP);
        report(b);
        assert_int_equal(load32(b, IOMMU_FQT), 4U);
        assert_int_equal(b->out.msi_count, 0U);
    }

    /* Without a fault queue it is just not sent. */
    struct bench *b = on(false);
    store32(b, IOMMU_FQCSR, 0U);
    store64(b, IOMMU_MSI_ADDR(0U), 0U);
    bench_command(b, ILLEGAL, 0U);
    assert_int_equal(load32(b, IOMMU_FQT), 0U);
    assert_int_equal(load32(b, IOMMU_IPSR), IOMMU_IPSR_CIP);
    assert_nothing_else(b);
    assert_int_equal(record(0U, 0U), 0U);

    /* The last file is one, a guest without files has none. */
    b = on(false);
    store64(b, IOMMU_MSI_ADDR(0U), BENCH_FILES + PAGE_SIZE);
    bench_command(b, ILLEGAL, 0U);
    assert_int_equal(b->out.msi_count, 1U);
    b->setup.interrupt_files.size = 0U;
    bench_reset(b);
    bench_messages(b);
    bench_queues(b);
    bench_command(b, ILLEGAL, 0U);
    assert_int_equal(b->out.msi_count, 0U);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_viommu_errors_that_stand_set_cip_again),
        cmocka_unit_test(test_viommu_fip_is_of_new_records_and_of_errors),
        cmocka_unit_test(test_viommu_wires_are_the_levels_of_pending_causes),
        cmocka_unit_test(test_viommu_a_masked_message_leaves_when_it_is_unmasked),
        cmocka_unit_test(test_viommu_messages_go_to_interrupt_files_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

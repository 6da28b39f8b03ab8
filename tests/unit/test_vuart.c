/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual ns16550a (hyp/console/vuart.h), register by register. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/vuart_bench.h"

/* shows: R-CON-10 */
static void test_reset_values(void **state)
{
    (void)state;
    assert_int_equal(in(IER), 0);
    assert_int_equal(in(IIR), 0x01);
    assert_int_equal(in(LCR), 0);
    assert_int_equal(in(MCR), 0);
    assert_int_equal(in(LSR), THRE | TEMT);
    assert_int_equal(in(MSR), 0xb0);
    assert_int_equal(in(SCR), 0);
    put(LCR, 0x80);
    assert_int_not_equal(in(DLL) | in(DLM), 0);
    assert_false(vuart_irq(&u));
}

/* shows: R-CON-10 */
static void test_writable_bits(void **state)
{
    (void)state;
    for (uint32_t value = 0; value < 256; value++) {
        put(LCR, 0);
        put(IER, (uint8_t)value);
        assert_int_equal(in(IER), value & 0x0f);
        put(MCR, (uint8_t)value);
        assert_int_equal(in(MCR), value & 0x1f);
        put(SCR, (uint8_t)value);
        assert_int_equal(in(SCR), value);
        put(LCR, (uint8_t)value);
        assert_int_equal(in(LCR), value);
    }
    put(LSR, 0xff);
    assert_int_equal(in(LSR), THRE | TEMT);
    put(MCR, 0);
    in(MSR);
    put(MSR, 0xff);
    assert_int_equal(in(MSR), 0xb0);
    assert_int_equal(in(VUART_REGISTERS), 0);
    put(VUART_REGISTERS, 0xff);
}

/* shows: R-CON-10 */
static void test_divisor_latch(void **state)
{
    (void)state;
    put(IER, 0x05);
    receive(1);
    put(LCR, 0x83);
    put(DLL, 0x34);
    put(DLM, 0x12);
    assert_int_equal(in(DLL), 0x34);
    assert_int_equal(in(DLM), 0x12);
    assert_int_equal(sent_count, 0);
    put(LCR, 0x03);
    assert_int_equal(in(IER), 0x05);
    assert_int_equal(in(RBR), 'a');
    put(LCR, 0x80);
    assert_int_equal(in(DLL), 0x34);
    assert_int_equal(in(DLM), 0x12);
}

/* shows: R-CON-10 */
static void test_receive_fifo(void **state)
{
    (void)state;
    put(FCR, 0x01);
    receive(16);
    assert_false(vuart_receive(&u, 'x'));
    assert_int_equal(in(LSR), DR | THRE | TEMT);
    for (uint32_t i = 0; i < 10; i++) {
        assert_int_equal(in(RBR), 'a' + i);
    }
    for (uint32_t i = 0; i < 10; i++) {             /* around the end of the array */
        assert_true(vuart_receive(&u, (uint8_t)('A' + i)));
    }
    for (uint32_t i = 10; i < 16; i++) {
        assert_int_equal(in(RBR), 'a' + i);
    }
    for (uint32_t i = 0; i < 10; i++) {
        assert_int_equal(in(LSR) & DR, DR);
        assert_int_equal(in(RBR), 'A' + i);
    }
    assert_int_equal(in(LSR) & DR, 0);
    assert_int_equal(in(RBR), 0);
    assert_int_equal(in(LSR) & DR, 0);
}

/* shows: R-CON-10 */
static void test_one_byte_without_fifo(void **state)
{
    uint8_t byte = 0;
    (void)state;
    receive(1);
    assert_false(vuart_receive(&u, 'b'));
    assert_int_equal(in(RBR), 'a');
    assert_true(vuart_receive(&u, 'b'));
    assert_true(vuart_take(&u, &byte));
    assert_int_equal(byte, 'b');
    assert_false(vuart_take(&u, &byte));
}

/* shows: R-CON-10 */
static void test_overrun(void **state)
{
    (void)state;
    put(IER, 0x05);
    receive(1);
    vuart_overrun(&u);
    assert_int_equal(in(IIR), 0x06);
    assert_int_equal(in(LSR), DR | OE | THRE | TEMT);
    assert_int_equal(in(LSR), DR | THRE | TEMT);    /* reading it cleared OE */
    assert_int_equal(in(IIR), 0x04);
    assert_int_equal(in(RBR), 'a');                 /* what was received is whole */
}

/* shows: R-CON-10 */
static void test_fifo_control(void **state)
{
    (void)state;
    assert_int_equal(in(IIR), 0x01);
    receive(1);
    put(FCR, 0x01);                 /* enabling clears */
    assert_int_equal(in(IIR), 0xc1);
    assert_int_equal(in(LSR) & DR, 0);
    receive(3);
    put(FCR, 0x01);                 /* no change keeps */
    assert_int_equal(in(LSR) & DR, DR);
    put(FCR, 0x05);                 /* nor does clearing the transmitter */
    assert_int_equal(in(LSR), DR | THRE | TEMT);
    put(FCR, 0x03);
    assert_int_equal(in(LSR) & DR, 0);
    receive(3);
    put(FCR, 0xc0);                 /* disabling clears, and programs no other bit */
    assert_int_equal(in(LSR) & DR, 0);
    assert_int_equal(in(IIR), 0x01);
    put(IER, 0x01);
    receive(1);
    assert_int_equal(in(IIR), 0x04);    /* without FIFO no trigger level, no timeout */
    put(FCR, 0xc0);
    assert_int_equal(in(IIR), 0x04);
    put(FCR, 0x01);
    receive(1);
    assert_int_equal(in(IIR), 0xc4);
    put(LCR, 0x80);                 /* DLAB does not hide IIR */
    assert_int_equal(in(IIR), 0xc4);
}

/* shows: R-CON-10 */
static void test_trigger_levels(void **state)
{
    static const uint8_t level[] = { 1, 4, 8, 14 };
    (void)state;
    put(IER, 0x01);
    for (uint32_t i = 0; i < 4; i++) {
        put(FCR, (uint8_t)(0x03 | i << 6));
        assert_false(vuart_irq(&u));
        for (uint32_t count = 1; count <= 16; count++) {
            receive(1);
            assert_true(vuart_irq(&u));
            assert_int_equal(in(IIR), count < level[i] ? 0xcc : 0xc4);
        }
        for (uint32_t count = 15; count > 0; count--) {
            in(RBR);
            assert_int_equal(in(IIR), count < level[i] ? 0xcc : 0xc4);
        }
        in(RBR);
        assert_int_equal(in(IIR), 0xc1);
        assert_false(vuart_irq(&u));
    }
}

/* shows: R-CON-11 */
static void test_interrupt_priorities(void **state)
{
    (void)state;
    put(IER, 0x0f);                 /* THRE is there at once */
    receive(1);
    vuart_overrun(&u);
    put(MCR, 0x10);                 /* the modem inputs drop: deltas */
    put(MCR, 0x00);
    assert_int_equal(in(IIR), 0x06);
    assert_int_equal(in(IIR), 0x06);
    in(LSR);
    assert_int_equal(in(IIR), 0x04);
    assert_int_equal(in(IIR), 0x04);
    in(RBR);
    assert_int_equal(in(IIR), 0x02); /* reading it is what clears it */
    assert_int_equal(in(IIR), 0x00);
    assert_true(vuart_irq(&u));
    assert_int_equal(in(MSR), 0xbb);
    assert_int_equal(in(IIR), 0x01);
    assert_false(vuart_irq(&u));
}

/* shows: R-CON-11 */
static void test_each_source_has_its_enable(void **state)
{
    (void)state;
    receive(1);
    vuart_overrun(&u);
    put(THR, 'x');
    put(MCR, 0x10);
    static const struct { uint8_t ier, iir; } cases[] = {
        { 0x00, 0x01 }, { 0x08, 0x00 }, { 0x02, 0x02 }, { 0x01, 0x04 }, { 0x04, 0x06 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        put(IER, cases[i].ier);
        assert_int_equal(vuart_irq(&u), cases[i].iir != 0x01);
        assert_int_equal(in(IIR), cases[i].iir);
    }
}

/* shows: R-CON-11 */
static void test_transmit_interrupt(void **state)
{
    (void)state;
    put(IER, 0x02);                 /* 0 to 1 with THR empty raises */
    assert_true(vuart_irq(&u));
    receive(1);
    put(IER, 0x03);
    assert_int_equal(in(IIR), 0x04); /* another source was reported: THRE stays */
    in(RBR);
    assert_int_equal(in(IIR), 0x02);
    assert_false(vuart_irq(&u));
    put(IER, 0x02);                 /* 1 to 1 does not raise */
    assert_false(vuart_irq(&u));
    put(IER, 0x00);
    put(IER, 0x02);
    assert_true(vuart_irq(&u));
    in(IIR);
    put(THR, 'x');                  /* it leaves, so THR becomes empty again */
    assert_true(vuart_irq(&u));
    assert_int_equal(sent_count, 1);
    assert_int_equal(sent[0], 'x');
}

/* shows: R-CON-12, R-CON-33 */
static void test_no_byte_is_lost_when_the_console_fills(void **state)
{
    (void)state;
    room = VUART_TX_FIFO + 1;
    put(IER, 0x02);
    assert_int_equal(in(LSR), THRE | TEMT);
    put(THR, 'a');                  /* leaves room for a whole FIFO: still ready */
    assert_int_equal(in(LSR), THRE | TEMT);
    assert_true(vuart_irq(&u));
    for (uint32_t i = 0; i < VUART_TX_FIFO; i++) {   /* what a driver sends at a THRE interrupt */
        put(THR, (uint8_t)('b' + i));
        assert_int_equal(in(LSR), 0);
        assert_false(vuart_irq(&u));
    }
    assert_int_equal(sent_count, VUART_TX_FIFO + 1);
    for (uint32_t i = 0; i < sent_count; i++) {
        assert_int_equal((uint8_t)sent[i], 'a' + i);
    }
    put(THR, '!');                  /* a driver that does not look loses its byte, nobody else's */
    assert_int_equal(sent_count, VUART_TX_FIFO + 1);
    put(IER, 0x00);
    put(IER, 0x02);                 /* THR is not empty: no interrupt */
    assert_int_equal(in(IIR), 0x01);
    vuart_tx_room(&u);
    assert_int_equal(in(LSR), THRE | TEMT);
    assert_int_equal(in(IIR), 0x02);
    vuart_tx_room(&u);              /* said again: nothing new */
    assert_int_equal(in(IIR), 0x01);
}

/* shows: R-CON-12 */
static void test_reset_beside_a_full_console(void **state)
{
    (void)state;
    vuart_reset(&u, VUART_TX_FIFO - 1U);
    assert_int_equal(in(LSR), 0);
    vuart_tx_room(&u);
    assert_int_equal(in(LSR), THRE | TEMT);
    vuart_reset(&u, VUART_TX_FIFO);
    assert_int_equal(in(LSR), THRE | TEMT);
}

/* shows: R-CON-10 */
static void test_modem_status(void **state)
{
    (void)state;
    put(MCR, 0x0f);                 /* outputs go nowhere */
    assert_int_equal(in(MSR), 0xb0);
    static const struct { uint8_t mcr, msr; } loop[] = {
        { 0x1f, 0xf0 },             /* RI comes on: no trailing edge */
        { 0x1b, 0xb4 },             /* OUT1 off: RI's trailing edge */
        { 0x12, 0x1a },             /* DTR and OUT2 off */
        { 0x11, 0x23 },             /* RTS off, DTR on */
        { 0x1a, 0x9b },
        { 0x0a, 0xb2 },             /* loopback ends */
    };
    for (size_t i = 0; i < sizeof(loop) / sizeof(loop[0]); i++) {
        put(MCR, loop[i].mcr);
        assert_int_equal(in(MSR), loop[i].msr);
        assert_int_equal(in(MSR), loop[i].msr & 0xf0);  /* reading cleared the deltas */
    }
    put(MCR, 0x1f);
    put(MCR, 0x0f);
    put(MCR, 0x1b);
    put(MCR, 0x0f);
    assert_int_equal(in(MSR), 0xb4); /* deltas add up until they are read */
}

/* shows: R-CON-10 */
static void test_loopback(void **state)
{
    (void)state;
    put(FCR, 0x01);
    put(MCR, 0x10);
    assert_false(vuart_receive(&u, 'x'));           /* the line is disconnected */
    for (uint32_t i = 0; i < 17; i++) {
        put(THR, (uint8_t)('a' + i));
        if (i < 15) {
            assert_int_equal(in(LSR), DR | THRE | TEMT);
        }
    }
    assert_int_equal(in(RBR), 'a');
    put(THR, 'q');                                  /* fits; that one before did not is kept */
    assert_int_equal(in(LSR), OE | DR | THRE | TEMT);
    assert_int_equal(sent_count, 0);
    for (uint32_t i = 1; i < 17; i++) {
        assert_int_equal(in(RBR), 'a' + i);
    }
    assert_int_equal(in(LSR), THRE | TEMT);
    put(MCR, 0x00);
    assert_true(vuart_receive(&u, 'x'));
    put(THR, 'y');
    assert_int_equal(sent_count, 1);
}

/* shows: R-CON-11 */
static void test_interrupts_work_in_loopback(void **state)
{
    (void)state;
    put(MCR, 0x10);
    put(IER, 0x07);
    assert_int_equal(in(IIR), 0x02);
    put(THR, 'a');
    assert_int_equal(in(IIR), 0x04);
    put(THR, 'b');
    assert_int_equal(in(IIR), 0x06);
    in(LSR);
    assert_int_equal(in(RBR), 'a');
    assert_int_equal(in(IIR), 0x02);
    assert_int_equal(in(IIR), 0x01);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_reset_values, set_up),
        cmocka_unit_test_setup(test_writable_bits, set_up),
        cmocka_unit_test_setup(test_divisor_latch, set_up),
        cmocka_unit_test_setup(test_receive_fifo, set_up),
        cmocka_unit_test_setup(test_one_byte_without_fifo, set_up),
        cmocka_unit_test_setup(test_overrun, set_up),
        cmocka_unit_test_setup(test_fifo_control, set_up),
        cmocka_unit_test_setup(test_trigger_levels, set_up),
        cmocka_unit_test_setup(test_interrupt_priorities, set_up),
        cmocka_unit_test_setup(test_each_source_has_its_enable, set_up),
        cmocka_unit_test_setup(test_transmit_interrupt, set_up),
        cmocka_unit_test_setup(test_no_byte_is_lost_when_the_console_fills, set_up),
        cmocka_unit_test_setup(test_reset_beside_a_full_console, set_up),
        cmocka_unit_test_setup(test_modem_status, set_up),
        cmocka_unit_test_setup(test_loopback, set_up),
        cmocka_unit_test_setup(test_interrupts_work_in_loopback, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual ns16550a as two drivers see it: the sequences follow what Linux' 8250 driver and
 * U-Boot's ns16550 do to the registers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/vuart_bench.h"

/* ---- Linux: drivers/tty/serial/8250/8250_port.c, autoconfig() ---------------------------------- */

enum port { NOTHING, P8250, P16450, P16550, P16550A, P16650, P16650V2, PNATSEMI, P16750, PXSCALE,
            PU6_16550A, PUNKNOWN };

/* size_fifo(): what comes back of 256 bytes in loopback. */
static uint32_t linux_size_fifo(void)
{
    uint32_t count;
    uint8_t lcr = in(LCR);
    put(LCR, 0);
    uint8_t mcr = in(MCR);
    put(FCR, 0x07);
    put(MCR, 0x10);
    put(LCR, 0x80);
    uint8_t dll = in(DLL), dlm = in(DLM);
    put(DLL, 1);
    put(DLM, 0);
    put(LCR, 0x03);
    for (count = 0; count < 256; count++) {
        put(THR, (uint8_t)count);
    }
    for (count = 0; (in(LSR) & DR) != 0 && count < 256; count++) {
        in(RBR);
    }
    put(FCR, 0x01);
    put(MCR, mcr);
    put(LCR, 0x80);
    put(DLL, dll);
    put(DLM, dlm);
    put(LCR, lcr);
    return count;
}

static enum port linux_with_fifo(void)
{
    put(LCR, 0x80);
    if (in(2) == 0) {
        return P16650;
    }
    put(LCR, 0xbf);
    if (in(2) == 0) {
        return P16650V2;
    }
    put(LCR, 0);                    /* National's bank 2: is the LOOP bit mirrored there? */
    uint8_t mcr = in(MCR);
    put(LCR, 0xe0);
    uint8_t bank2 = in(2);
    if (((bank2 ^ mcr) & 0x10) == 0) {
        put(LCR, 0);
        put(MCR, mcr ^ 0x10);
        put(LCR, 0xe0);
        bank2 = in(2);
        put(LCR, 0);
        put(MCR, mcr);
        if (((bank2 ^ mcr) & 0x10) != 0) {
            return PNATSEMI;
        }
    }
    put(LCR, 0);                    /* 64-byte FIFO with and without DLAB */
    put(FCR, 0x21);
    uint32_t plain = in(IIR) >> 5;
    put(FCR, 0x01);
    put(LCR, 0x80);
    put(FCR, 0x21);
    uint32_t with_dlab = in(IIR) >> 5;
    put(FCR, 0x01);
    put(LCR, 0);
    if (plain == 6 && with_dlab == 7) {
        return P16750;
    }
    uint8_t ier = in(IER);
    put(IER, ier & 0xbf);
    if ((in(IER) & 0x40) == 0) {
        put(IER, ier | 0x40);
        if ((in(IER) & 0x40) != 0) {
            return PXSCALE;
        }
    }
    put(IER, ier);
    return linux_size_fifo() == 64 ? PU6_16550A : P16550A;
}

static enum port linux_autoconfig(void)
{
    uint8_t ier = in(IER);
    put(IER, 0);
    uint8_t zeros = in(IER) & 0x0f;
    put(IER, 0x0f);
    uint8_t ones = in(IER) & 0x0f;
    put(IER, ier);
    if (zeros != 0 || ones != 0x0f) {
        return NOTHING;
    }
    uint8_t mcr = in(MCR), lcr = in(LCR);
    put(MCR, 0x1a);
    uint8_t msr = in(MSR) & 0xf0;
    put(MCR, mcr);
    if (msr != 0x90) {
        return NOTHING;
    }
    put(LCR, 0xbf);
    put(2, 0);
    put(LCR, 0);
    put(FCR, 0x01);
    enum port port = PUNKNOWN;
    switch (in(IIR) >> 6) {
    case 0:
        put(SCR, 0xa5);
        port = in(SCR) == 0xa5 ? P16450 : P8250;
        break;
    case 2:
        port = P16550;
        break;
    case 3:
        port = linux_with_fifo();
        break;
    default:
        break;
    }
    put(LCR, lcr);
    put(MCR, mcr);
    put(FCR, 0x01);
    put(FCR, 0x07);
    put(FCR, 0);
    in(RBR);
    put(IER, 0);
    return port;
}

/* shows: R-CON-13 */
static void test_linux_finds_a_16550a(void **state)
{
    (void)state;
    assert_int_equal(linux_autoconfig(), P16550A);
    assert_int_equal(linux_size_fifo(), 16);
    assert_int_equal(sent_count, 0);                /* probing printed nothing */
    assert_false(vuart_irq(&u));
}

/* serial8250_do_startup(): is THRE raised again when its enable is, and is TEMT with it?
 * Then one write of 20 bytes as serial8250_tx_chars() sends them. */
/* shows: R-CON-13 */
static void test_linux_startup_and_write(void **state)
{
    (void)state;
    put(FCR, 0x01);
    put(FCR, 0x07);
    put(FCR, 0);
    in(LSR); in(RBR); in(IIR); in(MSR);
    assert_int_not_equal(in(LSR), 0xff);
    put(IER, 0x02);
    assert_int_equal(in(IIR) & 0x01, 0);
    put(IER, 0);
    put(IER, 0x02);
    assert_int_equal(in(IIR) & 0x01, 0);            /* else UART_BUG_THRE */
    put(IER, 0);
    put(LCR, 0x03);
    put(MCR, 0x08);
    put(IER, 0x02);
    assert_int_equal(in(LSR) & TEMT, TEMT);
    assert_int_equal(in(IIR) & 0x01, 0);            /* else UART_BUG_TXEN */
    put(IER, 0);
    put(FCR, 0x81);
    put(IER, 0x05);
    put(IER, 0x07);
    uint32_t written = 0, interrupts = 0;
    while (vuart_irq(&u)) {
        interrupts++;
        assert_int_equal(in(IIR), 0xc2);
        assert_int_equal(in(LSR) & THRE, THRE);
        for (uint32_t i = 0; i < 16 && written < 20; i++) {
            put(THR, (uint8_t)('A' + written++));
        }
        if (written == 20) {
            put(IER, 0x05);
        }
    }
    assert_int_equal(interrupts, 2);
    assert_int_equal(sent_count, 20);
    assert_memory_equal(sent, "ABCDEFGHIJKLMNOPQRST", 20);
}

/* U-Boot's drivers/serial/ns16550.c: ns16550_init(), putc and getc, all polled. */
/* shows: R-CON-13 */
static void test_u_boot(void **state)
{
    (void)state;
    assert_int_equal(in(LSR) & TEMT, TEMT);         /* it waits for it without end */
    put(IER, 0);
    put(MCR, 0x03);
    put(FCR, 0x07);
    put(LCR, 0x83);
    put(DLL, 2);
    put(DLM, 0);
    put(LCR, 0x03);
    assert_int_equal(in(LSR), THRE | TEMT);
    put(THR, '=');
    assert_int_equal(in(LSR), THRE | TEMT);
    put(THR, '>');
    assert_memory_equal(sent, "=>", 2);
    receive(2);
    assert_int_equal(in(LSR) & DR, DR);
    assert_int_equal(in(RBR), 'a');
    assert_int_equal(in(RBR), 'b');
    assert_false(vuart_irq(&u));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_linux_finds_a_16550a, set_up),
        cmocka_unit_test_setup(test_linux_startup_and_write, set_up),
        cmocka_unit_test_setup(test_u_boot, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

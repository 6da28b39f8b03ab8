/* SPDX-License-Identifier: Apache-2.0 */
/* The console at run time (hyp/console/console.h). One tick of the clock is one millisecond. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hyp/console/console.h"
#include "tests/unit/demux.h"
#include "tests/unit/fake_uart.h"

enum { THR = 0, RBR = 0, IER = 1, IIR = 2, FCR = 2, MCR = 4, LSR = 5 };
enum { DR = 0x01, OE = 0x02, THRE = 0x20 };

#define A 0U
#define B 1U                     /* has the focus */

static struct config config;
static bool irq[2];
static uint32_t irq_edges;
static struct { enum mux_command command; uint32_t guest; } commands[8];
static uint32_t command_count;
static bool log_in_command;

void console_irq_hook(uint32_t guest, bool level)
{
    assert_in_range(guest, A, B);
    assert_true(irq[guest] != level);
    irq[guest] = level;
    irq_edges++;
}

void console_command_hook(enum mux_command command, uint32_t guest)
{
    assert_true(command_count < 8);
    commands[command_count].command = command;
    commands[command_count].guest = guest;
    command_count++;
    if (log_in_command) {
        console_log_write("heard\n", 6);    /* would wait for ever if the lock were held */
    }
}

static int set_up(void **state)
{
    (void)state;
    fake_uart_reset();
    memset(&config, 0, sizeof(config));
    strcpy(config.guests[A].name, "a");
    strcpy(config.guests[B].name, "b");
    config.guest_count = 2;
    config.console_focus = B;
    memset(irq, 0, sizeof(irq));
    irq_edges = 0;
    command_count = 0;
    log_in_command = false;
    console_init(1);
    console_set_guests(&config);
    console_start();
    return 0;
}

static void print(uint32_t guest, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        assert_int_equal(console_vuart_read(guest, LSR) & THRE, THRE);
        console_vuart_write(guest, THR, (uint8_t)*c);
    }
}

static void expect(const char *text)
{
    assert_int_equal(fake_uart.sent_count, strlen(text));
    assert_memory_equal(fake_uart.sent, text, strlen(text));
    fake_uart.sent_count = 0;
}

static void type(const char *text)
{
    fake_uart_type(text, (uint32_t)strlen(text));
}

/* shows: R-CON-01, R-CON-14 */
static void test_all_ways_out(void **state)
{
    (void)state;
    print(A, "uart\n");
    expect("[a] uart\r\n");
    assert_int_equal(console_guest_write(A, (const uint8_t *)"dbcn\n", 5), 5);
    expect("[a] dbcn\r\n");
    assert_true(console_log_write("log\n", 4));
    expect("[bulkhead] log\r\n");
    print(B, "login: ");
    expect("[b] login: ");
}

/* shows: R-CON-03 */
static void test_log_before_the_guests(void **state)
{
    (void)state;
    console_init(1);
    fake_uart.room = 0;
    assert_true(console_log_write("early\n", 6));
    console_set_guests(&config);
    fake_uart.room = UINT32_MAX;
    console_flush();
    expect("[bulkhead] early\r\n");
}

/* shows: R-CON-15 */
static void test_rest_is_left_to_the_transmit_interrupt(void **state)
{
    (void)state;
    fake_uart.room = 6;
    print(B, "0123456789\n");
    expect("[b] 01");
    assert_true(fake_uart.tx_interrupt);
    fake_uart.room = 4;                         /* while it is on, guests leave the UART alone */
    print(B, "x\n");
    assert_int_equal(console_guest_write(A, (const uint8_t *)"d\n", 2), 2);
    expect("");
    assert_int_equal(console_interrupt(), MUX_NEVER);
    assert_int_equal(fake_uart.acks, 1);
    expect("2345");
    assert_true(fake_uart.tx_interrupt);
    fake_uart.room = UINT32_MAX;
    assert_int_equal(console_interrupt(), MUX_NEVER);
    expect("6789\r\n[a] d\r\n[b] x\r\n");
    assert_false(fake_uart.tx_interrupt);
}

/* shows: R-CON-15 */
static void test_work_of_one_call_is_bounded(void **state)
{
    static const char line[] = "0123456789012345678901234567890123456789"
                               "0123456789012345678901234567890123456789\n";
    (void)state;
    assert_int_equal(console_guest_write(A, (const uint8_t *)line, 81), 81);
    assert_int_equal(fake_uart.sent_count, CONSOLE_PUMP);
    assert_true(fake_uart.tx_interrupt);
    console_interrupt();
    assert_int_equal(fake_uart.sent_count, strlen("[a] ") + 82);
    assert_false(fake_uart.tx_interrupt);
    for (uint32_t i = 0; i < 100; i++) {
        type("x");
    }
    console_interrupt();
    assert_int_equal(fake_uart.received_next, CONSOLE_PUMP);
}

/* shows: R-CON-15 */
static void test_service_hart_learns_of_the_time(void **state)
{
    (void)state;
    print(A, "prompt");                          /* may start at 50: the service hart is asked */
    assert_true(fake_uart.tx_interrupt);
    assert_int_equal(console_interrupt(), 50);
    assert_false(fake_uart.tx_interrupt);
    fake_uart.now = 20;
    print(A, "> ");                              /* it knows that time already */
    assert_int_equal(console_guest_write(A, (const uint8_t *)"$", 1), 1);
    assert_false(fake_uart.tx_interrupt);
    expect("");
    fake_uart.now = 50;
    assert_int_equal(console_tick(), MUX_NEVER);
    expect("[a] prompt> $");
}

/* shows: R-CON-12, R-CON-16 */
static void test_full_ring_blocks_and_resumes(void **state)
{
    uint32_t sent = 0;
    (void)state;
    fake_uart.room = 0;
    console_vuart_write(A, IER, 0x02);
    assert_true(irq[A]);
    while ((console_vuart_read(A, LSR) & THRE) != 0) {  /* a driver's batches */
        for (uint32_t i = 0; i < VUART_TX_FIFO; i++, sent++) {
            console_vuart_write(A, THR, (uint8_t)('a' + sent % 26));
        }
        assert_true(sent <= MUX_RING);
    }
    assert_true(sent > MUX_RING - 2 * VUART_TX_FIFO);
    assert_false(irq[A]);
    assert_int_equal(console_guest_write(A, (const uint8_t *)"x", 1), 0);
    uint32_t edges = irq_edges;
    for (uint32_t out = 0; out < CONSOLE_RESUME - 100; out += 50) {
        fake_uart.room = 50;
        console_interrupt();
    }
    assert_int_equal(irq_edges, edges);          /* not for every few bytes */
    assert_int_equal(console_vuart_read(A, LSR) & THRE, 0);
    for (uint32_t n = 0; n < 6; n++) {
        fake_uart.room = 50;
        console_interrupt();
    }
    assert_true(irq[A]);
    assert_int_equal(console_vuart_read(A, LSR) & THRE, THRE);
    assert_int_equal(irq_edges, edges + 1);
    fake_uart.room = UINT32_MAX;
    for (uint32_t n = 0; n < MUX_RING / CONSOLE_PUMP + 1; n++) {
        console_interrupt();
    }
    assert_int_equal(fake_uart.sent_count, strlen("[a] ") + sent);
    for (uint32_t i = 0; i < sent; i++) {
        assert_int_equal(fake_uart.sent[4 + i], 'a' + i % 26);
    }
}

/* shows: R-CON-12, R-CON-14 */
static void test_dbcn_leaves_the_uart_its_fifo(void **state)
{
    static uint8_t bytes[MUX_RING];
    (void)state;
    fake_uart.room = 0;
    memset(bytes, 'd', sizeof(bytes));
    assert_int_equal(console_guest_write(A, bytes, sizeof(bytes)), MUX_RING - VUART_TX_FIFO);
    assert_int_equal(console_vuart_read(A, LSR) & THRE, THRE);
    for (uint32_t i = 0; i < VUART_TX_FIFO; i++) {
        console_vuart_write(A, THR, 'u');
    }
    assert_int_equal(console_vuart_read(A, LSR) & THRE, 0);
    fake_uart.room = UINT32_MAX;
    for (uint32_t n = 0; n < MUX_RING / CONSOLE_PUMP + 1; n++) {
        console_interrupt();
    }
    assert_int_equal(fake_uart.sent_count, strlen("[a] ") + MUX_RING);
    for (uint32_t i = 0; i < MUX_RING; i++) {
        assert_int_equal(fake_uart.sent[4 + i], i < MUX_RING - VUART_TX_FIFO ? 'd' : 'u');
    }
}

/* shows: R-CON-07, R-CON-11 */
static void test_input_reaches_the_guest_with_the_focus(void **state)
{
    (void)state;
    assert_true(fake_uart.rx_interrupt);
    console_vuart_write(B, IER, 0x01);
    type("k");
    console_interrupt();
    assert_true(irq[B]);
    assert_false(irq[A]);
    assert_int_equal(console_vuart_read(A, LSR) & DR, 0);
    assert_int_equal(console_vuart_read(B, LSR) & DR, DR);
    assert_int_equal(console_vuart_read(B, RBR), 'k');
    assert_false(irq[B]);
    assert_int_equal(console_vuart_read(B, LSR) & DR, 0);
}

/* shows: R-CON-17 */
static void test_pasted_text_is_kept(void **state)
{
    uint32_t kept = VUART_RX_FIFO + CONSOLE_INPUT;
    (void)state;
    console_vuart_write(B, FCR, 0x01);
    for (uint32_t i = 0; i < kept; i++) {
        char c = (char)('!' + i % 90);
        fake_uart_type(&c, 1);
    }
    for (uint32_t n = 0; n < kept / CONSOLE_PUMP + 1; n++) {
        console_interrupt();
    }
    assert_int_equal(fake_uart.received_next, kept);
    assert_int_equal(console_vuart_read(B, LSR), DR | THRE | 0x40);
    type("#\x1c" "0");              /* one too many, and the monitor's keys still work */
    console_interrupt();
    assert_int_equal(command_count, 1);
    assert_int_equal(console_vuart_read(B, LSR), DR | OE | THRE | 0x40);
    for (uint32_t i = 0; i < kept; i++) {
        assert_int_equal(console_vuart_read(B, LSR) & (DR | OE), DR);
        assert_int_equal(console_vuart_read(B, RBR), '!' + i % 90);
    }
    assert_int_equal(console_vuart_read(B, LSR) & DR, 0);
}

/* shows: R-CON-14, R-CON-17 */
static void test_dbcn_read(void **state)
{
    uint8_t bytes[64] = { 0 };
    (void)state;
    console_vuart_write(B, IER, 0x01);
    assert_int_equal(console_guest_read(B, bytes, sizeof(bytes)), 0);
    type("0123456789abcdefghijklmnopqrst");
    console_interrupt();
    assert_true(irq[B]);
    assert_int_equal(console_guest_read(A, bytes, sizeof(bytes)), 0);
    assert_int_equal(console_guest_read(B, bytes, 4), 4);
    assert_memory_equal(bytes, "0123", 5);
    assert_int_equal(console_guest_read(B, bytes, sizeof(bytes)), 26);
    assert_memory_equal(bytes, "456789abcdefghijklmnopqrst", 27);
    assert_false(irq[B]);
}

/* shows: R-CON-17 */
static void test_input_waits_while_in_loopback(void **state)
{
    (void)state;
    console_vuart_write(B, MCR, 0x10);
    type("x");
    console_interrupt();
    console_vuart_write(B, THR, 'l');
    assert_int_equal(console_vuart_read(B, RBR), 'l');
    assert_int_equal(console_vuart_read(B, LSR) & DR, 0);
    console_vuart_write(B, MCR, 0x00);
    assert_int_equal(console_vuart_read(B, RBR), 'x');
    expect("");
}

/* shows: R-CON-08 */
static void test_commands_come_without_the_lock(void **state)
{
    (void)state;
    log_in_command = true;
    type("\x1cs\x1cn\x1cr\x1chx");
    console_interrupt();
    assert_int_equal(command_count, 4);
    assert_int_equal(commands[0].command, MUX_STATS);
    assert_int_equal(commands[1].command, MUX_FOCUS);
    assert_int_equal(commands[1].guest, A);
    assert_int_equal(commands[2].command, MUX_RESTART);
    assert_int_equal(commands[2].guest, A);
    assert_int_equal(commands[3].command, MUX_HELP);
    assert_int_equal(console_vuart_read(A, RBR), 'x');
    expect("[bulkhead] heard\r\n[bulkhead] heard\r\n[bulkhead] heard\r\n[bulkhead] heard\r\n");
}

/* shows: R-CON-18 */
static void test_log_that_does_not_fit_is_counted(void **state)
{
    char line[101];
    uint32_t taken = 0;
    (void)state;
    fake_uart.room = 0;
    memset(line, 'l', 99);
    line[99] = '\n';
    while (console_log_write(line, 100)) {
        taken++;
    }
    assert_int_equal(taken, MUX_RING / 100);
    assert_int_equal(console_log_room(), MUX_RING % 100);
    assert_false(console_log_write(line + 40, 60));  /* the note comes first, and does not fit */
    fake_uart.room = UINT32_MAX;
    while (fake_uart.tx_interrupt) {
        console_interrupt();
    }
    fake_uart.sent_count = 0;
    assert_true(console_log_write("after\n", 6));
    console_interrupt();
    expect("[bulkhead] 2 messages are missing here: the log was full\r\n[bulkhead] after\r\n");
    assert_true(console_log_write("again\n", 6));
    expect("[bulkhead] again\r\n");
}

/* shows: R-CON-19 */
static void test_guest_reset(void **state)
{
    (void)state;
    fake_uart.room = 0;
    console_vuart_write(B, IER, 0x03);
    assert_true(irq[B]);
    while ((console_vuart_read(B, LSR) & THRE) != 0) {
        console_vuart_write(B, THR, 'x');
    }
    type("01234567890123456789");
    console_interrupt();
    assert_true(irq[B]);
    console_guest_reset(B);
    assert_false(irq[B]);
    assert_int_equal(console_vuart_read(B, IER), 0);
    assert_int_equal(console_vuart_read(B, LSR), 0);   /* no input; the output is still full */
    fake_uart.room = UINT32_MAX;
    while (fake_uart.tx_interrupt) {
        console_interrupt();
    }
    assert_int_equal(console_vuart_read(B, LSR) & THRE, THRE);
    assert_int_equal(fake_uart.sent_count, strlen("[b] ") + MUX_RING - VUART_TX_FIFO + 1);
    type("n");
    console_interrupt();
    assert_int_equal(console_vuart_read(B, RBR), 'n');
}

/* shows: R-CON-15 */
static void test_flush_ends(void **state)
{
    (void)state;
    fake_uart.room = 0;
    fake_uart.tick = 1;
    assert_true(console_log_write("late\n", 5));
    console_flush();                             /* a UART that is never ready */
    assert_in_range(fake_uart.now, CONSOLE_FLUSH_MS, CONSOLE_FLUSH_MS + 10);
    fake_uart.room = UINT32_MAX;
    console_flush();
    expect("[bulkhead] late\r\n");
    assert_in_range(fake_uart.now, CONSOLE_FLUSH_MS, CONSOLE_FLUSH_MS + 20);
}

/* Two guests and the log at once, with a UART that is sometimes ready, as a driver with THRE
 * interrupts and DBCN would do it: every byte arrives. */
/* shows: R-CON-05, R-CON-06, R-CON-12 */
static void test_random_traffic_is_whole(void **state)
{
    static uint8_t wrote[2][200000];
    size_t count[2] = { 0, 0 };
    uint64_t alarm = MUX_NEVER, seed = 7;
    struct demux d = { 0 };
    (void)state;
    for (uint32_t step = 0; step < 40000; step++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint32_t r = (uint32_t)(seed >> 33);
        uint32_t guest = r >> 4 & 1U;
        uint8_t byte = (uint8_t)(r % 23 == 0 ? '\n' : ' ' + r % 90);
        fake_uart.now += r % 13 == 0 ? r >> 8 & 63U : 0U;
        if (r % 7 == 0) {
            fake_uart.room = r >> 8 & 127U;
        }
        if (r % 3 == 0) {
            if (console_guest_write(guest, &byte, 1) == 1) {
                wrote[guest][count[guest]++] = byte;
            }
        } else if (r % 3 == 1) {
            if ((console_vuart_read(guest, LSR) & THRE) != 0) {
                for (uint32_t i = 0; i < VUART_TX_FIFO; i++) {
                    console_vuart_write(guest, THR, byte);
                    wrote[guest][count[guest]++] = byte;
                }
            }
        } else if (r % 61 == 0) {
            console_log_write("noise\n", 6);
        }
        if (fake_uart.now >= alarm) {
            alarm = console_tick();
        }
        if (fake_uart.tx_interrupt && r % 2 == 0) {
            alarm = console_interrupt();
        }
    }
    fake_uart.room = UINT32_MAX;
    for (uint32_t n = 0; n < 4 * MUX_RING / CONSOLE_PUMP; n++) {
        fake_uart.now += 300;
        console_tick();
    }
    for (uint32_t guest = A; guest <= B; guest++) {
        print(guest, "\n");
        wrote[guest][count[guest]++] = '\n';
        fake_uart.now += 300;
        console_tick();
    }
    demux_feed(&d, fake_uart.sent, fake_uart.sent_count);
    for (uint32_t guest = A; guest <= B; guest++) {
        struct demux_stream *s = demux_stream(&d, config.guests[guest].name);
        s->count = demux_normalise(s->bytes, s->count);
        assert_true(count[guest] > 50000);
        assert_int_equal(s->count, count[guest]);
        assert_memory_equal(s->bytes, wrote[guest], s->count);
    }
    demux_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_all_ways_out, set_up),
        cmocka_unit_test_setup(test_log_before_the_guests, set_up),
        cmocka_unit_test_setup(test_rest_is_left_to_the_transmit_interrupt, set_up),
        cmocka_unit_test_setup(test_work_of_one_call_is_bounded, set_up),
        cmocka_unit_test_setup(test_service_hart_learns_of_the_time, set_up),
        cmocka_unit_test_setup(test_full_ring_blocks_and_resumes, set_up),
        cmocka_unit_test_setup(test_dbcn_leaves_the_uart_its_fifo, set_up),
        cmocka_unit_test_setup(test_input_reaches_the_guest_with_the_focus, set_up),
        cmocka_unit_test_setup(test_pasted_text_is_kept, set_up),
        cmocka_unit_test_setup(test_dbcn_read, set_up),
        cmocka_unit_test_setup(test_input_waits_while_in_loopback, set_up),
        cmocka_unit_test_setup(test_commands_come_without_the_lock, set_up),
        cmocka_unit_test_setup(test_log_that_does_not_fit_is_counted, set_up),
        cmocka_unit_test_setup(test_guest_reset, set_up),
        cmocka_unit_test_setup(test_flush_ends, set_up),
        cmocka_unit_test_setup(test_random_traffic_is_whole, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

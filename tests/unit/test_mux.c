/* SPDX-License-Identifier: Apache-2.0 */
/* The console multiplexer (hyp/console/mux.h). One tick of the clock is one millisecond. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hyp/console/mux.h"
#include "tests/unit/demux.h"

#define GUESTS 3U
#define OUT_MAX 20000U

static struct config config;
static struct mux mux;
static char out[OUT_MAX];
static size_t out_count;

static int set_up(void **state)
{
    static const char *const names[GUESTS] = { "a", "bb", "ccc" };
    (void)state;
    memset(&config, 0, sizeof(config));
    for (uint32_t i = 0; i < GUESTS; i++) {
        snprintf(config.guests[i].name, CONFIG_NAME_MAX, "%s", names[i]);
    }
    config.guest_count = GUESTS;
    config.console_focus = 2;       /* ccc, so that a and bb are ordinary */
    mux_init(&mux, 1);
    mux_set_guests(&mux, &config);
    out_count = 0;
    return 0;
}

static void put(uint32_t source, const char *text, uint64_t now)
{
    for (const char *c = text; *c != '\0'; c++) {
        assert_true(mux_put(&mux, source, (uint8_t)*c, now));
    }
}

/* Everything that may be sent now, appended to out. */
static void drain(uint64_t now)
{
    for (int byte = mux_next(&mux, now); byte >= 0; byte = mux_next(&mux, now)) {
        assert_true(out_count < OUT_MAX - 1);
        out[out_count++] = (char)byte;
    }
    out[out_count] = '\0';
}

static void expect(const char *text)
{
    assert_string_equal(out, text);
    out_count = 0;
}

/* shows: R-CON-01 */
static void test_each_line_has_the_name_of_its_source(void **state)
{
    (void)state;
    put(0, "one\ntwo\n", 0);
    drain(0);
    expect("[a] one\r\n[a] two\r\n");
    put(MUX_LOG, "three\n", 0);
    drain(0);
    expect("[bulkhead] three\r\n");
}

/* shows: R-CON-01 */
static void test_longest_name(void **state)
{
    char expected[64];
    (void)state;
    memset(config.guests[0].name, 'n', CONFIG_NAME_MAX - 1U);
    mux_init(&mux, 1);
    mux_set_guests(&mux, &config);
    put(0, "x", 0);
    drain(50);
    put(1, "y\n", 60);
    drain(100);
    put(0, "z\n", 100);
    drain(100);
    snprintf(expected, sizeof(expected), "[%s] x\r\n", config.guests[0].name);
    assert_memory_equal(out, expected, strlen(expected));
    assert_string_equal(strstr(out, "[bb]"), "[bb] y\r\n[nnnnnnnnnnnnnnnnnnnnnnn]+ z\r\n");
}

/* shows: R-CON-02 */
static void test_newline_and_carriage_return(void **state)
{
    (void)state;
    put(0, "lf\n", 0);
    put(0, "crlf\r\n", 0);
    put(0, "crcrlf\r\r\n", 0);
    put(0, "lone\rcr\n", 0);
    put(0, "\r", 0);
    put(0, "\n\n\n", 0);
    drain(0);
    expect("[a] lf\r\n[a] crlf\r\n[a] crcrlf\r\r\n[a] lone\rcr\r\n[a] \r\n[a] \r\n[a] \r\n");
}

/* shows: R-CON-02 */
static void test_carriage_return_before_a_cut_is_remembered(void **state)
{
    (void)state;
    put(0, "cr\r", 0);
    drain(50);
    put(1, "other\n", 60);
    drain(100);
    put(0, "\n", 110);
    drain(110);
    expect("[a] cr\r\r\n[bb] other\r\n[a]+ \n");
}

/* shows: R-CON-02 */
static void test_other_bytes_pass_as_they_are(void **state)
{
    (void)state;
    for (uint32_t byte = 0; byte < 256U; byte++) {
        if (byte != '\n') {
            assert_true(mux_put(&mux, 0, (uint8_t)byte, 0));
        }
    }
    put(0, "\x1b[31mred\x1b[0m\n", 0);
    drain(0);
    assert_memory_equal(out, "[a] ", 4);
    for (uint32_t byte = 0, at = 4; byte < 256U; byte++) {
        if (byte != '\n') {
            assert_int_equal((uint8_t)out[at++], byte);
        }
    }
    assert_string_equal(&out[4 + 255], "\x1b[31mred\x1b[0m\r\n");
}

/* shows: R-CON-03 */
static void test_partial_line_waits_for_its_rest(void **state)
{
    (void)state;
    put(0, "par", 0);
    drain(49);
    put(1, "whole\n", 49);
    put(0, "tial\n", 49);
    drain(49);
    expect("[a] partial\r\n[bb] whole\r\n");
    put(0, "prompt> ", 100);
    drain(149);
    expect("");
    assert_int_equal(mux_deadline(&mux, 149), 150);
    drain(150);
    expect("[a] prompt> ");
    put(0, "ls", 1000);             /* the line is still its own */
    drain(1000);
    expect("ls");
}

/* shows: R-CON-03 */
static void test_partial_line_with_the_focus_starts_at_once(void **state)
{
    (void)state;
    put(2, "login: ", 0);
    drain(0);
    expect("[ccc] login: ");
}

/* shows: R-CON-03 */
static void test_half_a_ring_without_newline_starts_at_once(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < MUX_RING / 2U - 1U; i++) {
        put(0, "x", 0);
    }
    drain(0);
    expect("");
    put(0, "x", 0);
    drain(0);
    assert_int_equal(out_count, strlen("[a] ") + MUX_RING / 2U);
    assert_memory_equal(out, "[a] xxx", 7);
}

/* shows: R-CON-03 */
static void test_line_is_kept_until_silent_while_another_waits(void **state)
{
    (void)state;
    put(2, "typing", 0);
    drain(0);
    put(0, "other\n", 10);
    drain(10);
    expect("[ccc] typing");
    assert_int_equal(mux_deadline(&mux, 10), 50);
    drain(49);
    expect("");
    drain(50);
    expect("\r\n[a] other\r\n");
    put(2, " on\nnext\n", 60);
    drain(60);
    expect("[ccc]+  on\r\n[ccc] next\r\n");
}

/* shows: R-CON-03 */
static void test_partial_line_that_waits_does_not_cut_before_its_time(void **state)
{
    (void)state;
    put(2, "typing", 0);
    drain(0);
    put(0, "part", 40);
    drain(89);
    expect("[ccc] typing");
    assert_int_equal(mux_deadline(&mux, 89), 90);
    drain(90);
    expect("\r\n[a] part");
}

/* shows: R-CON-04 */
static void test_trickle_without_newline_is_cut(void **state)
{
    uint64_t now;
    (void)state;
    put(2, ".", 0);
    drain(0);
    put(0, "other\n", 1);
    for (now = 40; now <= 240; now += 40) {
        put(2, ".", now);
        drain(now);
    }
    expect("[ccc] .......");
    assert_int_equal(mux_deadline(&mux, 249), 250);
    drain(249);
    expect("");
    drain(250);
    expect("\r\n[a] other\r\n");
}

/* shows: R-CON-03 */
static void test_line_is_not_cut_for_nobody(void **state)
{
    (void)state;
    for (uint64_t now = 0; now < 2000; now += 100) {
        put(2, "xy", now);
        assert_int_equal(mux_deadline(&mux, now), now);
        drain(now);
        assert_int_equal(mux_deadline(&mux, now), MUX_NEVER);
    }
    assert_int_equal(out_count, strlen("[ccc] ") + 40);
}

/* shows: R-CON-03 */
static void test_rest_after_a_line_waits_for_its_own_newline(void **state)
{
    (void)state;
    put(0, "line\npart", 0);
    drain(40);
    expect("[a] line\r\n");
    drain(89);
    expect("");
    put(0, "ial\n", 89);
    drain(89);
    expect("[a] partial\r\n");
}

/* shows: R-CON-04 */
static void test_flood_without_newline_is_cut(void **state)
{
    uint64_t sent = 0;
    (void)state;
    put(0, "other\n", 0);
    for (uint64_t now = 0; now <= 600; now++) {      /* a UART of ten bytes a millisecond */
        while (mux_put(&mux, 2, 'f', now)) {
        }
        for (uint32_t i = 0; i < 10; i++, sent++) {
            out[out_count++] = (char)mux_next(&mux, now);
        }
        put(0, now == 5 ? "again\n" : "", now);
    }
    out[out_count] = '\0';
    assert_non_null(strstr(out, "[a] other\r\n"));
    char *again = strstr(out, "\r\n[a] again\r\n[ccc]+ fff");
    assert_non_null(again);
    assert_in_range(again - out, 2500, 2550);
}

/* shows: R-CON-04 */
static void test_sources_take_turns(void **state)
{
    (void)state;
    put(0, "a1\na2\na3\n", 0);
    put(1, "b1\nb2\n", 0);
    put(2, "c1\n", 0);
    put(MUX_LOG, "l1\nl2\n", 0);
    drain(0);
    expect("[a] a1\r\n[bb] b1\r\n[ccc] c1\r\n[bulkhead] l1\r\n[a] a2\r\n[bb] b2\r\n[bulkhead] l2\r\n"
           "[a] a3\r\n");
}

/* A UART so slow that every turn is over when its first byte could go: all the same all of it goes. */
/* shows: R-CON-04 */
static void test_slow_uart_makes_progress(void **state)
{
    uint64_t now = 0;
    (void)state;
    put(0, "aaaa\n", 0);
    put(1, "bbbb\n", 0);
    for (int byte = 0; byte >= 0 && out_count < OUT_MAX - 1; now += 1000) {
        byte = mux_next(&mux, now);
        if (byte >= 0) {
            out[out_count++] = (char)byte;
        }
    }
    out[out_count] = '\0';
    expect("[a] a\r\n[bb] b\r\n[a]+ a\r\n[bb]+ b\r\n[a]+ a\r\n[bb]+ b\r\n[a]+ a\r\n[bb]+ b\r\n"
           "[a]+ \r\n[bb]+ \r\n");
}

/* shows: R-CON-05 */
static void test_full_ring_refuses(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < MUX_RING; i++) {
        assert_int_equal(mux_room(&mux, 0), MUX_RING - i);
        assert_true(mux_put(&mux, 0, 'x', 0));
    }
    assert_int_equal(mux_room(&mux, 0), 0);
    assert_false(mux_put(&mux, 0, 'y', 0));
    assert_int_equal(mux_room(&mux, 1), MUX_RING);
    drain(0);
    assert_int_equal(out_count, strlen("[a] ") + MUX_RING);
    assert_int_equal(out[out_count - 1], 'x');
    assert_int_equal(mux_room(&mux, 0), MUX_RING);
}

/* shows: R-CON-06 */
static void test_line_that_looks_like_a_prefix_is_its_writers(void **state)
{
    struct demux d = { 0 };
    (void)state;
    put(0, "[bb] forged\n[bb]+ forged\n\r\n[bulkhead] panic\n", 0);
    put(1, "[a] \n", 0);
    drain(0);
    demux_feed(&d, (const uint8_t *)out, out_count);
    struct demux_stream *a = demux_stream(&d, "a");
    struct demux_stream *b = demux_stream(&d, "bb");
    static const char from_a[] = "[bb] forged\r\n[bb]+ forged\r\n\r\n[bulkhead] panic\r\n";
    assert_int_equal(a->count, sizeof(from_a) - 1);
    assert_memory_equal(a->bytes, from_a, a->count);
    assert_int_equal(b->count, 6);
    assert_memory_equal(b->bytes, "[a] \r\n", 6);
    assert_int_equal(d.stream_count, 2);
    demux_free(&d);
}

/* ---- input ------------------------------------------------------------------------------------ */

static enum mux_command key(char c, uint32_t *guest)
{
    uint8_t byte = (uint8_t)c;
    enum mux_command command = mux_input(&mux, &byte, guest);
    assert_int_equal(byte, (uint8_t)c);
    return command;
}

static enum mux_command monitor_key(char c, uint32_t *guest)
{
    assert_int_equal(key(MUX_KEY, guest), MUX_NOTHING);
    return key(c, guest);
}

/* shows: R-CON-07 */
static void test_input_goes_to_the_focus(void **state)
{
    uint32_t guest = 99;
    (void)state;
    for (uint32_t byte = 0; byte < 256U; byte++) {
        if (byte != MUX_KEY) {
            assert_int_equal(key((char)byte, &guest), MUX_TO_GUEST);
            assert_int_equal(guest, 2);
        }
    }
    assert_int_equal(monitor_key(MUX_KEY, &guest), MUX_TO_GUEST);
    assert_int_equal(guest, 2);
    assert_int_equal(key('n', &guest), MUX_TO_GUEST);
}

/* shows: R-CON-07 */
static void test_log_alone(void **state)
{
    uint32_t guest;
    (void)state;
    mux_init(&mux, 1);
    put(MUX_LOG, "early\nla", 0);
    drain(0);
    expect("[bulkhead] early\r\n");
    assert_int_equal(key('x', &guest), MUX_NOTHING);
    assert_int_equal(monitor_key('n', &guest), MUX_NOTHING);
    mux_set_guests(&mux, &config);
    put(MUX_LOG, "te\n", 0);
    put(0, "a\n", 0);
    drain(0);
    expect("[a] a\r\n[bulkhead] late\r\n");
    assert_int_equal(key('x', &guest), MUX_TO_GUEST);
}

/* shows: R-CON-07 */
static void test_focus_keys(void **state)
{
    static const struct { char key; uint32_t focus; } steps[] = {
        { 'n', 0 }, { 'n', 1 }, { 'p', 0 }, { 'p', 2 }, { '1', 1 }, { '0', 0 }, { '2', 2 },
    };
    uint32_t guest;
    (void)state;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        assert_int_equal(monitor_key(steps[i].key, &guest), MUX_FOCUS);
        assert_int_equal(guest, steps[i].focus);
        assert_int_equal(key('x', &guest), MUX_TO_GUEST);
        assert_int_equal(guest, steps[i].focus);
    }
    static const char unknown[] = { '3', '9', '/', ':', 'x', '\n', '\0' };
    for (size_t i = 0; i < sizeof(unknown); i++) {
        assert_int_equal(monitor_key(unknown[i], &guest), MUX_NOTHING);
        assert_int_equal(key('x', &guest), MUX_TO_GUEST);
        assert_int_equal(guest, 2);
    }
}

/* shows: R-CON-08 */
static void test_command_keys(void **state)
{
    uint32_t guest = 99;
    (void)state;
    assert_int_equal(monitor_key('s', &guest), MUX_STATS);
    assert_int_equal(monitor_key('h', &guest), MUX_HELP);
    assert_int_equal(monitor_key('?', &guest), MUX_HELP);
    assert_int_equal(monitor_key('0', &guest), MUX_FOCUS);
    assert_int_equal(monitor_key('r', &guest), MUX_RESTART);
    assert_int_equal(guest, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_each_line_has_the_name_of_its_source, set_up),
        cmocka_unit_test_setup(test_longest_name, set_up),
        cmocka_unit_test_setup(test_newline_and_carriage_return, set_up),
        cmocka_unit_test_setup(test_carriage_return_before_a_cut_is_remembered, set_up),
        cmocka_unit_test_setup(test_other_bytes_pass_as_they_are, set_up),
        cmocka_unit_test_setup(test_partial_line_waits_for_its_rest, set_up),
        cmocka_unit_test_setup(test_partial_line_with_the_focus_starts_at_once, set_up),
        cmocka_unit_test_setup(test_half_a_ring_without_newline_starts_at_once, set_up),
        cmocka_unit_test_setup(test_line_is_kept_until_silent_while_another_waits, set_up),
        cmocka_unit_test_setup(test_partial_line_that_waits_does_not_cut_before_its_time, set_up),
        cmocka_unit_test_setup(test_line_is_not_cut_for_nobody, set_up),
        cmocka_unit_test_setup(test_rest_after_a_line_waits_for_its_own_newline, set_up),
        cmocka_unit_test_setup(test_trickle_without_newline_is_cut, set_up),
        cmocka_unit_test_setup(test_flood_without_newline_is_cut, set_up),
        cmocka_unit_test_setup(test_sources_take_turns, set_up),
        cmocka_unit_test_setup(test_slow_uart_makes_progress, set_up),
        cmocka_unit_test_setup(test_full_ring_refuses, set_up),
        cmocka_unit_test_setup(test_line_that_looks_like_a_prefix_is_its_writers, set_up),
        cmocka_unit_test_setup(test_input_goes_to_the_focus, set_up),
        cmocka_unit_test_setup(test_log_alone, set_up),
        cmocka_unit_test_setup(test_focus_keys, set_up),
        cmocka_unit_test_setup(test_command_keys, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The console multiplexer under seeded random traffic: what goes in comes out, source by source.
 * One tick of the clock is one millisecond.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hyp/console/mux.h"
#include "tests/unit/demux.h"

static struct config config;
static struct mux mux;

#define SENT_MAX 60000U

struct sender {
    uint8_t sent[SENT_MAX + 1U];
    size_t count;
    uint32_t newline_odds;   /* one byte in this many is a newline, 0: none */
};

static struct sender senders[MUX_SOURCES];
static uint64_t seed;

static uint32_t random_below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % n;
}

/* Bytes that are hard for the format: pieces of prefixes, returns, escapes; and any at all. */
static uint8_t random_byte(const struct sender *s)
{
    static const char hard[] = "[]+ \r\ra\x1b" "b[a] ";
    if (s->newline_odds != 0 && random_below(s->newline_odds) == 0) {
        return '\n';
    }
    uint8_t byte = random_below(2) == 0 ? (uint8_t)hard[random_below(sizeof(hard) - 1)]
                                        : (uint8_t)random_below(256);
    return byte == '\n' && s->newline_odds == 0 ? 'n' : byte;
}

static void random_puts(uint32_t guests, uint64_t now)
{
    uint32_t pick = random_below(guests + 1U);
    uint32_t source = pick == guests ? MUX_LOG : pick;
    struct sender *s = &senders[source];

    for (uint32_t n = random_below(random_below(8) == 0 ? 3000 : 40); n > 0; n--) {
        uint8_t byte = random_byte(s);
        if (s->count == SENT_MAX || !mux_put(&mux, source, byte, now)) {
            break;
        }
        s->sent[s->count++] = byte;
    }
}

/* What mux_deadline says is so: nothing comes before, something comes then. */
static void check_deadline(uint64_t now)
{
    static struct mux copy;
    uint64_t deadline = mux_deadline(&mux, now);

    assert_true(deadline >= now);
    copy = mux;
    if (deadline == MUX_NEVER) {
        assert_int_equal(mux_next(&copy, now + 1000000), -1);
        return;
    }
    if (deadline > now) {
        assert_int_equal(mux_next(&copy, deadline - 1), -1);
    }
    assert_true(mux_next(&copy, deadline) >= 0);
}

static void random_run(uint64_t run_seed)
{
    static uint8_t output[MUX_SOURCES * (SENT_MAX + 1U) * 8U];
    struct demux d = { 0 };
    size_t count = 0;
    uint64_t now = 0;

    seed = run_seed;
    memset(&config, 0, sizeof(config));
    config.guest_count = 1U + random_below(CONFIG_MAX_GUESTS);
    config.console_focus = random_below(config.guest_count);
    for (uint32_t i = 0; i < config.guest_count; i++) {
        snprintf(config.guests[i].name, CONFIG_NAME_MAX, i % 2 == 0 ? "g%u" : "guest-number-%u", i);
    }
    mux_init(&mux, 1);
    mux_set_guests(&mux, &config);
    for (uint32_t i = 0; i < MUX_SOURCES; i++) {
        static const uint32_t odds[] = { 0, 1, 2, 10, 80, 1000 };
        senders[i].count = 0;
        senders[i].newline_odds = odds[random_below(6)];
    }
    uint32_t speed = 1U + random_below(200);    /* most bytes for each call of the pump */
    for (uint32_t step = 0; step < 6000; step++) {
        now += random_below(20) == 0 ? random_below(120) : random_below(2);
        if (random_below(50) == 0) {
            mux.focus = random_below(config.guest_count);
        }
        random_puts(config.guest_count, now);
        for (uint32_t n = random_below(speed); n > 0; n--) {
            int byte = mux_next(&mux, now);
            if (byte < 0) {
                break;
            }
            output[count++] = (uint8_t)byte;
        }
        if (step % 64 == 0) {
            check_deadline(now);
        }
    }
    /* Every line ends, so that the last newline of each source is known to be its own. */
    while (mux.waiting != 0 || mux.owner != MUX_SOURCES || mux.out_next < mux.out_count) {
        now += 10;
        for (uint32_t i = 0; i < MUX_SOURCES; i++) {
            struct sender *s = &senders[i];
            if (s->count != 0 && s->sent[s->count - 1] != '\n' && mux_put(&mux, i, '\n', now)) {
                s->sent[s->count++] = '\n';
            }
        }
        int byte = mux_next(&mux, now);
        if (byte >= 0) {
            output[count++] = (uint8_t)byte;
        }
        assert_true(count < sizeof(output));
    }
    demux_feed(&d, output, count);
    assert_null(d.current);
    assert_int_equal(d.prefix_length, 0);
    for (uint32_t i = 0; i < MUX_SOURCES; i++) {
        struct sender *s = &senders[i];
        if (s->count == 0) {
            continue;
        }
        struct demux_stream *got = demux_stream(&d, mux.sources[i].name);
        s->count = demux_normalise(s->sent, s->count);
        got->count = demux_normalise(got->bytes, got->count);
        if (got->count != s->count || memcmp(got->bytes, s->sent, s->count) != 0) {
            fail_msg("seed %llu: source %u came out as %zu bytes, %zu were sent",
                     (unsigned long long)run_seed, i, got->count, s->count);
        }
    }
    demux_free(&d);
}

/* shows: R-CON-05, R-CON-06 */
static void test_random_output_is_told_apart_byte_for_byte(void **state)
{
    (void)state;
    for (uint64_t run = 1; run <= 40; run++) {
        random_run(run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_output_is_told_apart_byte_for_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seed.h"

#define STATE_WORDS   16U
#define DOUBLE_ROUNDS 10U

static uint32_t rotate(uint32_t value, uint32_t left)
{
    return value << left | value >> (32U - left);
}

/* RFC 8439, 2.1. */
static void quarter_round(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
    *a += *b;
    *d = rotate(*d ^ *a, 16U);
    *c += *d;
    *b = rotate(*b ^ *c, 12U);
    *a += *b;
    *d = rotate(*d ^ *a, 8U);
    *c += *d;
    *b = rotate(*b ^ *c, 7U);
}

void seed_block(const struct seed *key, uint32_t counter, const uint32_t nonce[3],
                struct seed out[2])
{
    const uint32_t start[STATE_WORDS] = {
        0x61707865U, 0x3320646eU, 0x79622d32U, 0x6b206574U,
        key->words[0], key->words[1], key->words[2], key->words[3],
        key->words[4], key->words[5], key->words[6], key->words[7],
        counter, nonce[0], nonce[1], nonce[2],
    };
    uint32_t s[STATE_WORDS];

    for (uint32_t i = 0U; i < STATE_WORDS; i++) {
        s[i] = start[i];
    }
    for (uint32_t i = 0U; i < DOUBLE_ROUNDS; i++) {
        for (uint32_t n = 0U; n < 4U; n++) { /* columns, then diagonals */
            quarter_round(&s[n], &s[4U + n], &s[8U + n], &s[12U + n]);
        }
        for (uint32_t n = 0U; n < 4U; n++) {
            quarter_round(&s[n], &s[4U + (n + 1U) % 4U], &s[8U + (n + 2U) % 4U],
                          &s[12U + (n + 3U) % 4U]);
        }
    }
    for (uint32_t i = 0U; i < STATE_WORDS; i++) {
        out[i / SEED_WORDS].words[i % SEED_WORDS] = s[i] + start[i];
    }
}

struct seed seed_draw(struct seed *secret)
{
    static const uint32_t nonce[3] = { 0U, 0U, 0U }; /* no key is used twice */
    struct seed block[2];

    seed_block(secret, 0U, nonce, block);
    *secret = block[0];
    return block[1];
}

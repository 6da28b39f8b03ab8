/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seeds for others out of one secret: whoever knows what was drawn learns nothing of the secret, of
 * what was drawn before or of what will be. One block of ChaCha20 (RFC 8439, 2.3) under the secret as
 * key; its first half takes the secret's place, its second half is the seed.
 *
 * Pure. The caller owns the secret.
 */
#ifndef LIB_SEED_H
#define LIB_SEED_H

#include <stdint.h>

#define SEED_WORDS 8U

struct seed {
    uint32_t words[SEED_WORDS];
};

/* RFC 8439, 2.3: the block that a key, a block counter and a nonce give. */
void seed_block(const struct seed *key, uint32_t counter, const uint32_t nonce[3],
                struct seed out[2]);

/* The next seed; *secret is another afterwards. */
struct seed seed_draw(struct seed *secret);

#endif

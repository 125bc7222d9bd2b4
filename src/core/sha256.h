/* One block of SHA-256 into its state, portable and by the SHA instructions of x86; for hash.c and
 * the tests. */
#pragma once
#include "base/bytes.h"

extern const uint32_t sha256_k[64];

void sha256_block(uint32_t state[8], const uint8_t block[64]);
/* Only where sha256_has_instructions(). */
void sha256_block_x86(uint32_t state[8], const uint8_t block[64]);
bool sha256_has_instructions(void);

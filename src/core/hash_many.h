/* Many hashes at once: SM3 in 8 or 16 lanes where the processor has the registers for them. Pure.
 */
#pragma once
#include "core/hash.h"

enum { HASH_LANES_MAX = 16 };

/* out[i] = H(prefix ‖ item i), of n items of size bytes that lie one behind the other. What is left
 * over from whole groups of lanes, and all of SHA-256, goes one by one. */
void     hash_many(enum suite suite, uint8_t prefix, const uint8_t *items, size_t size, size_t n,
                   struct hash *out);
/* The same with so many lanes: 1, 8 or 16, at most hash_lanes(). For tests and measurements. */
void     hash_many_in(unsigned lanes, enum suite suite, uint8_t prefix, const uint8_t *items,
                      size_t size, size_t n, struct hash *out);
/* out[i] = H(items[i]), of items of any size: as many at once as there are lanes. */
void     hash_each(enum suite suite, const struct bytes *items, size_t n, struct hash *out);
void     hash_each_in(unsigned lanes, enum suite suite, const struct bytes *items, size_t n,
                      struct hash *out);
unsigned hash_lanes(void); /* 16 with AVX-512, 8 with AVX2, else 1 */

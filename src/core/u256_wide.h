/* Products of 512 bits, to be reduced by the fields: sm2_field_mul.h, ed25519_field.h. Pure. */
#pragma once
#include "core/u256.h"

enum { U256_WIDE = 8 };

/* t[0..4] += a b, where t[4] is zero before. */
static inline void wide_row(uint64_t a, const struct u256 *b, uint64_t *t)
{
    uint64_t carry = 0;
    carry = u256_mul_add(a, b->w[0], t[0], carry, &t[0]);
    carry = u256_mul_add(a, b->w[1], t[1], carry, &t[1]);
    carry = u256_mul_add(a, b->w[2], t[2], carry, &t[2]);
    t[4] = u256_mul_add(a, b->w[3], t[3], carry, &t[3]);
}

/* t is zero before. */
static inline void wide_mul(const struct u256 *a, const struct u256 *b, uint64_t t[U256_WIDE])
{
    for (unsigned i = 0; i < 4; i++) wide_row(a->w[i], b, t + i);
}

#ifdef __OPTIMIZE_SIZE__
static inline void wide_sqr(const struct u256 *a, uint64_t t[U256_WIDE])
{
    wide_mul(a, a, t);
}
#else
/* The products of different words once, doubled, and the squares. t is zero before. */
static inline void wide_sqr(const struct u256 *a, uint64_t t[U256_WIDE])
{
    uint64_t      high, low, carry = 0;
    unsigned char c = 0;
    carry = u256_mul_add(a->w[0], a->w[1], 0, 0, &t[1]);
    carry = u256_mul_add(a->w[0], a->w[2], carry, 0, &t[2]);
    t[4] = u256_mul_add(a->w[0], a->w[3], carry, 0, &t[3]);
    carry = u256_mul_add(a->w[1], a->w[2], t[3], 0, &t[3]);
    t[5] = u256_mul_add(a->w[1], a->w[3], t[4], carry, &t[4]);
    t[6] = u256_mul_add(a->w[2], a->w[3], t[5], 0, &t[5]);
    t[7] = t[6] >> 63;
    for (unsigned i = 6; i > 1; i--) t[i] = t[i] << 1 | t[i - 1] >> 63;
    t[1] <<= 1;
    for (unsigned i = 0; i < 4; i++) {
        high = u256_mul_add(a->w[i], a->w[i], 0, 0, &low);
        c = u256_carry(c, t[2 * i], low, &t[2 * i]);
        c = u256_carry(c, t[2 * i + 1], high, &t[2 * i + 1]);
    }
}
#endif

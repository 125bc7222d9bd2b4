/* Products and squares modulo the prime of SM2; see sm2_field.h. For sm2.c alone. Pure. */
#pragma once
#include "core/sm2_field.h"

enum { FIELD_WIDE = 8 };

/* One step of the reduction of t, whose lowest word is m: adds m p, which makes that word zero.
 * m p = m (2^256 - 2^224 - 2^96 + 2^64) - m; what lies above the lowest word is x. */
static inline unsigned char field_step(uint64_t m, uint64_t *t, unsigned char top)
{
    const uint64_t low = m << 32, high = m >> 32;
    uint64_t       x0, x1, x2, x3;
    unsigned char  borrow, carry;
    borrow = u256_borrow(0, m, low, &x0);
    borrow = u256_borrow(borrow, 0, high, &x1);
    borrow = u256_borrow(borrow, 0, low, &x2);
    (void)u256_borrow(borrow, m, high, &x3);
    carry = u256_carry(0, t[1], x0, &t[1]);
    carry = u256_carry(carry, t[2], x1, &t[2]);
    carry = u256_carry(carry, t[3], x2, &t[3]);
    uint64_t with; /* top is the carry into t[4] of the step before */
    carry = u256_carry(carry, t[4], x3, &with);
    carry += u256_carry(0, with, top, &t[4]);
    return carry;
}

/* t / R mod p for t below p R. */
static inline struct u256 field_reduce(uint64_t t[FIELD_WIDE])
{
    unsigned char top = 0;
    top = field_step(t[0], t, top);
    top = field_step(t[1], t + 1, top);
    top = field_step(t[2], t + 2, top);
    top = field_step(t[3], t + 3, top);
    return field_reduce_once((struct u256){{t[4], t[5], t[6], t[7]}}, top);
}

/* t[0..4] += a b, where t[4] is zero before. */
static inline void field_row(uint64_t a, const struct u256 *b, uint64_t *t)
{
    uint64_t carry = 0;
    carry = u256_mul_add(a, b->w[0], t[0], carry, &t[0]);
    carry = u256_mul_add(a, b->w[1], t[1], carry, &t[1]);
    carry = u256_mul_add(a, b->w[2], t[2], carry, &t[2]);
    t[4] = u256_mul_add(a, b->w[3], t[3], carry, &t[3]);
}

static inline struct u256 field_mul(struct u256 a, struct u256 b)
{
    uint64_t t[FIELD_WIDE] = {0};
    for (unsigned i = 0; i < 4; i++) field_row(a.w[i], &b, t + i);
    return field_reduce(t);
}

/* The products of different words once, doubled, and the squares. */
static inline struct u256 field_sqr(struct u256 a)
{
    uint64_t      t[FIELD_WIDE] = {0}, high, low;
    uint64_t      carry = 0;
    unsigned char c = 0;
    carry = u256_mul_add(a.w[0], a.w[1], 0, 0, &t[1]);
    carry = u256_mul_add(a.w[0], a.w[2], carry, 0, &t[2]);
    t[4] = u256_mul_add(a.w[0], a.w[3], carry, 0, &t[3]);
    carry = u256_mul_add(a.w[1], a.w[2], t[3], 0, &t[3]);
    t[5] = u256_mul_add(a.w[1], a.w[3], t[4], carry, &t[4]);
    t[6] = u256_mul_add(a.w[2], a.w[3], t[5], 0, &t[5]);
    t[7] = t[6] >> 63;
    for (unsigned i = 6; i > 1; i--) t[i] = t[i] << 1 | t[i - 1] >> 63;
    t[1] <<= 1;
    for (unsigned i = 0; i < 4; i++) {
        high = u256_mul_add(a.w[i], a.w[i], 0, 0, &low);
        c = u256_carry(c, t[2 * i], low, &t[2 * i]);
        c = u256_carry(c, t[2 * i + 1], high, &t[2 * i + 1]);
    }
    return field_reduce(t);
}

/* Products and squares modulo the prime of SM2; see sm2_field.h. For sm2.c alone. Pure. */
#pragma once
#include "core/sm2_field.h"
#include "core/u256_wide.h"

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
static inline struct u256 field_reduce(uint64_t t[U256_WIDE])
{
    unsigned char top = 0;
    top = field_step(t[0], t, top);
    top = field_step(t[1], t + 1, top);
    top = field_step(t[2], t + 2, top);
    top = field_step(t[3], t + 3, top);
    return field_reduce_once((struct u256){{t[4], t[5], t[6], t[7]}}, top);
}

static inline struct u256 field_mul(struct u256 a, struct u256 b)
{
    uint64_t t[U256_WIDE] = {0};
    wide_mul(&a, &b, t);
    return field_reduce(t);
}

static inline struct u256 field_sqr(struct u256 a)
{
    uint64_t t[U256_WIDE] = {0};
    wide_sqr(&a, t);
    return field_reduce(t);
}

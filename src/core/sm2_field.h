/* Arithmetic modulo the prime of SM2, p = 2^256 - 2^224 - 2^96 + 2^64 - 1, in Montgomery form with
 * R = 2^256. For sm2.c alone: p = -1 mod 2^64, so a reduction step needs no multiplication. Values
 * are below p throughout. Variable time: public data only. Pure. */
#pragma once
#include "core/u256.h"

#if defined(__x86_64__)
#include <immintrin.h>
/* *out = a + b + carry, returns the carry; *out = a - b - borrow, returns the borrow. */
static inline unsigned char field_carry(unsigned char carry, uint64_t a, uint64_t b, uint64_t *out)
{
    unsigned long long sum;
    carry = _addcarry_u64(carry, a, b, &sum);
    *out = sum;
    return carry;
}

static inline unsigned char field_borrow(unsigned char borrow, uint64_t a, uint64_t b,
                                         uint64_t *out)
{
    unsigned long long difference;
    borrow = _subborrow_u64(borrow, a, b, &difference);
    *out = difference;
    return borrow;
}
#else
static inline unsigned char field_carry(unsigned char carry, uint64_t a, uint64_t b, uint64_t *out)
{
    const uint64_t sum = a + b, with = sum + carry;
    *out = with;
    return (unsigned char)((sum < a) | (with < sum));
}

static inline unsigned char field_borrow(unsigned char borrow, uint64_t a, uint64_t b,
                                         uint64_t *out)
{
    const uint64_t difference = a - b, with = difference - borrow;
    *out = with;
    return (unsigned char)((a < b) | (difference < borrow));
}
#endif

enum { FIELD_WIDE = 8 };
#define FIELD_P1 UINT64_C(0xffffffff00000000)
#define FIELD_P3 UINT64_C(0xfffffffeffffffff)

/* r - p where r, with its carry, is p or more. */
static inline struct u256 field_reduce_once(struct u256 r, unsigned char carry)
{
    struct u256   less;
    unsigned char borrow;
    borrow = field_borrow(0, r.w[0], UINT64_MAX, &less.w[0]);
    borrow = field_borrow(borrow, r.w[1], FIELD_P1, &less.w[1]);
    borrow = field_borrow(borrow, r.w[2], UINT64_MAX, &less.w[2]);
    borrow = field_borrow(borrow, r.w[3], FIELD_P3, &less.w[3]);
    borrow = field_borrow(borrow, carry, 0, &(uint64_t){0});
    return borrow != 0 ? r : less;
}

static inline struct u256 field_add(struct u256 a, struct u256 b)
{
    struct u256   r;
    unsigned char carry = 0;
    carry = field_carry(carry, a.w[0], b.w[0], &r.w[0]);
    carry = field_carry(carry, a.w[1], b.w[1], &r.w[1]);
    carry = field_carry(carry, a.w[2], b.w[2], &r.w[2]);
    carry = field_carry(carry, a.w[3], b.w[3], &r.w[3]);
    return field_reduce_once(r, carry);
}

static inline struct u256 field_sub(struct u256 a, struct u256 b)
{
    struct u256   r;
    unsigned char borrow = 0, carry;
    borrow = field_borrow(borrow, a.w[0], b.w[0], &r.w[0]);
    borrow = field_borrow(borrow, a.w[1], b.w[1], &r.w[1]);
    borrow = field_borrow(borrow, a.w[2], b.w[2], &r.w[2]);
    borrow = field_borrow(borrow, a.w[3], b.w[3], &r.w[3]);
    const uint64_t all = (uint64_t)0 - borrow;
    carry = field_carry(0, r.w[0], all, &r.w[0]);
    carry = field_carry(carry, r.w[1], all & FIELD_P1, &r.w[1]);
    carry = field_carry(carry, r.w[2], all, &r.w[2]);
    (void)field_carry(carry, r.w[3], all & FIELD_P3, &r.w[3]);
    return r;
}

/* a / 2 mod p: of a or of a + p, whichever is even. */
static inline struct u256 field_half(struct u256 a)
{
    const uint64_t all = (uint64_t)0 - (a.w[0] & 1);
    unsigned char  carry;
    carry = field_carry(0, a.w[0], all, &a.w[0]);
    carry = field_carry(carry, a.w[1], all & FIELD_P1, &a.w[1]);
    carry = field_carry(carry, a.w[2], all, &a.w[2]);
    carry = field_carry(carry, a.w[3], all & FIELD_P3, &a.w[3]);
    for (unsigned i = 0; i < 3; i++) a.w[i] = a.w[i] >> 1 | a.w[i + 1] << 63;
    a.w[3] = a.w[3] >> 1 | (uint64_t)carry << 63;
    return a;
}

/* One step of the reduction of t, whose lowest word is m: adds m p, which makes that word zero.
 * m p = m (2^256 - 2^224 - 2^96 + 2^64) - m; what lies above the lowest word is x. */
static inline unsigned char field_step(uint64_t m, uint64_t *t, unsigned char top)
{
    const uint64_t low = m << 32, high = m >> 32;
    uint64_t       x0, x1, x2, x3;
    unsigned char  borrow, carry;
    borrow = field_borrow(0, m, low, &x0);
    borrow = field_borrow(borrow, 0, high, &x1);
    borrow = field_borrow(borrow, 0, low, &x2);
    (void)field_borrow(borrow, m, high, &x3);
    carry = field_carry(0, t[1], x0, &t[1]);
    carry = field_carry(carry, t[2], x1, &t[2]);
    carry = field_carry(carry, t[3], x2, &t[3]);
    uint64_t with; /* top is the carry into t[4] of the step before */
    carry = field_carry(carry, t[4], x3, &with);
    carry += field_carry(0, with, top, &t[4]);
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
        c = field_carry(c, t[2 * i], low, &t[2 * i]);
        c = field_carry(c, t[2 * i + 1], high, &t[2 * i + 1]);
    }
    return field_reduce(t);
}

/* Arithmetic modulo 2^255 - 19. For ed25519.c alone: 2^256 is 38 there, so a product is reduced by
 * one row of multiplications. Values are below the prime throughout. Variable time: public data
 * only. Pure. */
#pragma once
#include "core/u256_wide.h"

#define ED25519_TOP (UINT64_MAX >> 1)

/* Adds v to the lowest word; returns the carry out of the highest. */
static inline unsigned char ed25519_add_word(struct u256 *a, uint64_t v)
{
    unsigned char carry = u256_carry(0, a->w[0], v, &a->w[0]);
    carry = u256_carry(carry, a->w[1], 0, &a->w[1]);
    carry = u256_carry(carry, a->w[2], 0, &a->w[2]);
    return u256_carry(carry, a->w[3], 0, &a->w[3]);
}

/* Of any 256-bit value. */
static inline struct u256 ed25519_reduce(struct u256 a)
{
    const uint64_t top = a.w[3] >> 63;
    a.w[3] &= ED25519_TOP;
    (void)ed25519_add_word(&a, 19 * top);
    struct u256 more = a; /* is a + 19 at 2^255 or above, so is a at the prime or above */
    (void)ed25519_add_word(&more, 19);
    if (more.w[3] >> 63 == 0) return a;
    more.w[3] &= ED25519_TOP;
    return more;
}

static inline struct u256 ed25519_reduce_wide(const uint64_t t[U256_WIDE])
{
    struct u256 r;
    uint64_t    carry = 0;
    carry = u256_mul_add(t[4], 38, t[0], carry, &r.w[0]);
    carry = u256_mul_add(t[5], 38, t[1], carry, &r.w[1]);
    carry = u256_mul_add(t[6], 38, t[2], carry, &r.w[2]);
    carry = u256_mul_add(t[7], 38, t[3], carry, &r.w[3]);
    if (ed25519_add_word(&r, 38 * carry) != 0) r.w[0] += 38; /* what is left then is small */
    return ed25519_reduce(r);
}

static inline struct u256 ed25519_mul(const struct u256 *a, const struct u256 *b)
{
    uint64_t t[U256_WIDE] = {0};
    wide_mul(a, b, t);
    return ed25519_reduce_wide(t);
}

static inline struct u256 ed25519_sqr(const struct u256 *a)
{
    uint64_t t[U256_WIDE] = {0};
    wide_sqr(a, t);
    return ed25519_reduce_wide(t);
}

static inline struct u256 ed25519_add(const struct u256 *a, const struct u256 *b)
{
    struct u256   r;
    unsigned char carry = 0;
    for (unsigned i = 0; i < 4; i++) carry = u256_carry(carry, a->w[i], b->w[i], &r.w[i]);
    return ed25519_reduce(r);
}

/* a - b, or that plus the prime: 2^255 more and 19 less. */
static inline struct u256 ed25519_sub(const struct u256 *a, const struct u256 *b)
{
    struct u256   r;
    unsigned char borrow = 0;
    for (unsigned i = 0; i < 4; i++) borrow = u256_borrow(borrow, a->w[i], b->w[i], &r.w[i]);
    const uint64_t all = (uint64_t)0 - borrow;
    borrow = u256_borrow(0, r.w[0], all & 19, &r.w[0]);
    borrow = u256_borrow(borrow, r.w[1], 0, &r.w[1]);
    borrow = u256_borrow(borrow, r.w[2], 0, &r.w[2]);
    (void)u256_borrow(borrow, r.w[3], all & (UINT64_C(1) << 63), &r.w[3]);
    return r;
}

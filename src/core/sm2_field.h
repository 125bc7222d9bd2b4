/* Arithmetic modulo the prime of SM2, p = 2^256 - 2^224 - 2^96 + 2^64 - 1, in Montgomery form with
 * R = 2^256. For sm2.c alone: p = -1 mod 2^64, so a reduction step needs no multiplication. Values
 * are below p throughout. Variable time: public data only. Pure. */
#pragma once
#include "core/u256.h"

#define FIELD_P1 UINT64_C(0xffffffff00000000)
#define FIELD_P3 UINT64_C(0xfffffffeffffffff)

/* r - p where r, with its carry, is p or more. */
static inline struct u256 field_reduce_once(struct u256 r, unsigned char carry)
{
    struct u256   less;
    unsigned char borrow;
    borrow = u256_borrow(0, r.w[0], UINT64_MAX, &less.w[0]);
    borrow = u256_borrow(borrow, r.w[1], FIELD_P1, &less.w[1]);
    borrow = u256_borrow(borrow, r.w[2], UINT64_MAX, &less.w[2]);
    borrow = u256_borrow(borrow, r.w[3], FIELD_P3, &less.w[3]);
    borrow = u256_borrow(borrow, carry, 0, &(uint64_t){0});
    return borrow != 0 ? r : less;
}

static inline struct u256 field_add(struct u256 a, struct u256 b)
{
    struct u256   r;
    unsigned char carry = 0;
    carry = u256_carry(carry, a.w[0], b.w[0], &r.w[0]);
    carry = u256_carry(carry, a.w[1], b.w[1], &r.w[1]);
    carry = u256_carry(carry, a.w[2], b.w[2], &r.w[2]);
    carry = u256_carry(carry, a.w[3], b.w[3], &r.w[3]);
    return field_reduce_once(r, carry);
}

static inline struct u256 field_sub(struct u256 a, struct u256 b)
{
    struct u256   r;
    unsigned char borrow = 0, carry;
    borrow = u256_borrow(borrow, a.w[0], b.w[0], &r.w[0]);
    borrow = u256_borrow(borrow, a.w[1], b.w[1], &r.w[1]);
    borrow = u256_borrow(borrow, a.w[2], b.w[2], &r.w[2]);
    borrow = u256_borrow(borrow, a.w[3], b.w[3], &r.w[3]);
    const uint64_t all = (uint64_t)0 - borrow;
    carry = u256_carry(0, r.w[0], all, &r.w[0]);
    carry = u256_carry(carry, r.w[1], all & FIELD_P1, &r.w[1]);
    carry = u256_carry(carry, r.w[2], all, &r.w[2]);
    (void)u256_carry(carry, r.w[3], all & FIELD_P3, &r.w[3]);
    return r;
}

/* a / 2 mod p: of a or of a + p, whichever is even. */
static inline struct u256 field_half(struct u256 a)
{
    const uint64_t all = (uint64_t)0 - (a.w[0] & 1);
    unsigned char  carry;
    carry = u256_carry(0, a.w[0], all, &a.w[0]);
    carry = u256_carry(carry, a.w[1], all & FIELD_P1, &a.w[1]);
    carry = u256_carry(carry, a.w[2], all, &a.w[2]);
    carry = u256_carry(carry, a.w[3], all & FIELD_P3, &a.w[3]);
    for (unsigned i = 0; i < 3; i++) a.w[i] = a.w[i] >> 1 | a.w[i + 1] << 63;
    a.w[3] = a.w[3] >> 1 | (uint64_t)carry << 63;
    return a;
}

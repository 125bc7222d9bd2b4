/* 256-bit integers and Montgomery arithmetic (R = 2^256) for the curves. Variable time: public data
 * only. Numbers are handed over by address: WebAssembly copies what goes by value at each call.
 * Pure; runs also where there is no 128-bit type (WebAssembly, 32 bits). */
#pragma once
#include "base/bytes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

struct u256 {
    uint64_t w[4]; /* least significant first */
};
struct modulus {
    struct u256 p;           /* odd, above 2^251 */
    struct u256 r2;          /* R^2 mod p */
    uint64_t    neg_inverse; /* -p^-1 mod 2^64 */
};

struct u256 u256_read_be(const uint8_t in[32]);
struct u256 u256_read_le(const uint8_t in[32]);
void        u256_write_le(const struct u256 *a, uint8_t out[32]);
int         u256_cmp(const struct u256 *a, const struct u256 *b);
bool        u256_is_zero(const struct u256 *a);
/* out = a + b mod 2^256, returns the carry; out = a - b, returns the borrow. */
unsigned    u256_add(struct u256 *out, const struct u256 *a, const struct u256 *b);
unsigned    u256_sub(struct u256 *out, const struct u256 *a, const struct u256 *b);

/* a, b < p for add and sub. For mul only b < p is needed (a may be any 256-bit value). */
struct u256 mod_add(const struct modulus *m, const struct u256 *a, const struct u256 *b);
struct u256 mod_sub(const struct modulus *m, const struct u256 *a, const struct u256 *b);
/* a b / R mod p */
struct u256 mod_mul(const struct modulus *m, const struct u256 *a, const struct u256 *b);
struct u256 mod_enter(const struct modulus *m, const struct u256 *a); /* a R mod p */
struct u256 mod_leave(const struct modulus *m, const struct u256 *a); /* a / R mod p */

enum { NAF_WIDTH = 5, NAF_TABLE = 8, NAF_DIGITS = 257, NAF_WIDTH_MAX = 8 };
/* Signed digits of k: odd or zero, |digit| < 2^(width - 1). Returns how many are used. */
unsigned u256_naf(const struct u256 *k, unsigned width, int8_t digits[NAF_DIGITS]);

/* Of WebAssembly clang has the type too, but as calls into a runtime that is not there. */
#if defined(__SIZEOF_INT128__) && !defined(__wasm__)
__extension__ typedef unsigned __int128 u256_wide;

/* *low + carry of a * b + c + d, which always fits 128 bits. */
static inline uint64_t u256_mul_add(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t *low)
{
    const u256_wide v = (u256_wide)a * b + c + d;
    *low = (uint64_t)v;
    return (uint64_t)(v >> 64);
}
#else
static inline uint64_t u256_mul_add(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t *low)
{
    const uint64_t mask = 0xffffffff, a0 = a & mask, a1 = a >> 32, b0 = b & mask, b1 = b >> 32;
    const uint64_t mid = a0 * b0, x = a1 * b0 + (mid >> 32), y = a0 * b1 + (x & mask);
    uint64_t       high = a1 * b1 + (x >> 32) + (y >> 32), v = y << 32 | (mid & mask);
    v += c;
    high += v < c;
    v += d;
    high += v < d;
    *low = v;
    return high;
}
#endif

#if defined(__x86_64__)
/* *out = a + b + carry, returns the carry; *out = a - b - borrow, returns the borrow. */
static inline unsigned char u256_carry(unsigned char carry, uint64_t a, uint64_t b, uint64_t *out)
{
    unsigned long long sum;
    carry = _addcarry_u64(carry, a, b, &sum);
    *out = sum;
    return carry;
}

static inline unsigned char u256_borrow(unsigned char borrow, uint64_t a, uint64_t b, uint64_t *out)
{
    unsigned long long difference;
    borrow = _subborrow_u64(borrow, a, b, &difference);
    *out = difference;
    return borrow;
}
#else
static inline unsigned char u256_carry(unsigned char carry, uint64_t a, uint64_t b, uint64_t *out)
{
    const uint64_t sum = a + b, with = sum + carry;
    *out = with;
    return (unsigned char)((sum < a) | (with < sum));
}

static inline unsigned char u256_borrow(unsigned char borrow, uint64_t a, uint64_t b, uint64_t *out)
{
    const uint64_t difference = a - b, with = difference - borrow;
    *out = with;
    return (unsigned char)((a < b) | (difference < borrow));
}
#endif

#include "core/u256.h"

#include <string.h>

struct u256 u256_read_be(const uint8_t in[32])
{
    return (struct u256){
        {read_be64(in + 24), read_be64(in + 16), read_be64(in + 8), read_be64(in)}};
}

struct u256 u256_read_le(const uint8_t in[32])
{
    uint8_t be[32];
    for (unsigned i = 0; i < 32; i++) be[i] = in[31 - i];
    return u256_read_be(be);
}

void u256_write_le(const struct u256 *a, uint8_t out[32])
{
    for (unsigned i = 0; i < 32; i++) out[i] = (uint8_t)(a->w[i / 8] >> (i % 8 * 8));
}

int u256_cmp(const struct u256 *a, const struct u256 *b)
{
    for (unsigned i = 4; i-- > 0;)
        if (a->w[i] != b->w[i]) return a->w[i] < b->w[i] ? -1 : 1;
    return 0;
}

bool u256_is_zero(const struct u256 *a)
{
    return (a->w[0] | a->w[1] | a->w[2] | a->w[3]) == 0;
}

unsigned u256_add(struct u256 *out, const struct u256 *a, const struct u256 *b)
{
    unsigned char carry = 0;
    for (unsigned i = 0; i < 4; i++) carry = u256_carry(carry, a->w[i], b->w[i], &out->w[i]);
    return carry;
}

unsigned u256_sub(struct u256 *out, const struct u256 *a, const struct u256 *b)
{
    unsigned char borrow = 0;
    for (unsigned i = 0; i < 4; i++) borrow = u256_borrow(borrow, a->w[i], b->w[i], &out->w[i]);
    return borrow;
}

struct u256 mod_add(const struct modulus *m, const struct u256 *a, const struct u256 *b)
{
    struct u256    sum, less;
    const unsigned carry = u256_add(&sum, a, b);
    const unsigned borrow = u256_sub(&less, &sum, &m->p);
    return carry != 0 || borrow == 0 ? less : sum;
}

struct u256 mod_sub(const struct modulus *m, const struct u256 *a, const struct u256 *b)
{
    struct u256 d;
    if (u256_sub(&d, a, b) != 0) (void)u256_add(&d, &d, &m->p);
    return d;
}

/* Coarsely integrated operand scanning: one word of a, then one reduction step. */
struct u256 mod_mul(const struct modulus *m, const struct u256 *a, const struct u256 *b)
{
    uint64_t t[6] = {0};
    for (unsigned i = 0; i < 4; i++) {
        uint64_t carry = 0, drop;
        for (unsigned j = 0; j < 4; j++) carry = u256_mul_add(a->w[i], b->w[j], t[j], carry, &t[j]);
        t[4] += carry;
        t[5] = t[4] < carry;
        const uint64_t q = t[0] * m->neg_inverse;
        carry = u256_mul_add(q, m->p.w[0], t[0], 0, &drop);
        for (unsigned j = 1; j < 4; j++) carry = u256_mul_add(q, m->p.w[j], t[j], carry, &t[j - 1]);
        t[3] = t[4] + carry;
        t[4] = t[5] + (t[3] < carry);
    }
    struct u256 r = {{t[0], t[1], t[2], t[3]}}, less;
    if (u256_sub(&less, &r, &m->p) == 0 || t[4] != 0) r = less;
    return r;
}

struct u256 mod_enter(const struct modulus *m, const struct u256 *a)
{
    return mod_mul(m, a, &m->r2);
}

struct u256 mod_leave(const struct modulus *m, const struct u256 *a)
{
    static const struct u256 unit = {{1, 0, 0, 0}};
    return mod_mul(m, a, &unit);
}

static void shift_right(uint64_t k[5])
{
    for (unsigned i = 0; i < 4; i++) k[i] = k[i] >> 1 | k[i + 1] << 63;
    k[4] >>= 1;
}

/* k += v for a small signed v; k stays positive. */
static void add_small(uint64_t k[5], int v)
{
    if (v < 0) {
        uint64_t borrow = (uint64_t)-v;
        for (unsigned i = 0; i < 5 && borrow != 0; i++) {
            const uint64_t was = k[i];
            k[i] -= borrow;
            borrow = was < borrow;
        }
        return;
    }
    uint64_t carry = (uint64_t)v;
    for (unsigned i = 0; i < 5 && carry != 0; i++) {
        k[i] += carry;
        carry = k[i] < carry;
    }
}

unsigned u256_naf(const struct u256 *scalar, unsigned width, int8_t digits[NAF_DIGITS])
{
    uint64_t k[5] = {scalar->w[0], scalar->w[1], scalar->w[2], scalar->w[3], 0};
    unsigned n = 0;
    while ((k[0] | k[1] | k[2] | k[3] | k[4]) != 0) {
        int digit = 0;
        if ((k[0] & 1) != 0) {
            digit = (int)(k[0] & ((1u << width) - 1));
            if (digit >= 1 << (width - 1)) digit -= 1 << width;
            add_small(k, -digit);
        }
        digits[n++] = (int8_t)digit;
        shift_right(k);
    }
    return n;
}

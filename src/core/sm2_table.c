#include "core/sm2_table.h"

#include "core/sm2_steps.h"

/* a^-1 = a^(p - 2). */
static struct u256 inverse(const struct u256 *a)
{
    struct u256 exponent = sm2_field.p, r = sm2_one;
    exponent.w[0] -= 2;
    for (unsigned i = 256; i-- > 0;) {
        r = sqr(&r);
        if ((exponent.w[i / 64] >> (i % 64) & 1) != 0) r = mul(&r, a);
    }
    return r;
}

/* All with Z = 1 by one inversion (Montgomery's trick). None of them is infinity. */
static void make_affine(const struct point *p, size_t n, struct sm2_affine *out)
{
    struct u256 before[SM2_TABLE_MULTIPLES + 1]; /* the product of all Z before i */
    struct u256 product = sm2_one;
    assert(n <= COUNT_OF(before));
    for (size_t i = 0; i < n; i++) {
        before[i] = product;
        product = mul(&product, &p[i].z);
    }
    struct u256 rest = inverse(&product);
    for (size_t i = n; i-- > 0;) {
        const struct u256 z1 = mul(&rest, &before[i]), z2 = sqr(&z1), z3 = mul(&z1, &z2);
        out[i] = (struct sm2_affine){mul(&p[i].x, &z2), mul(&p[i].y, &z3)};
        rest = mul(&rest, &p[i].z);
    }
}

/* Row by row; twice the last of a row begins the next. As the order is prime and above 2^255, no
 * multiple below is infinity. */
static void fill(struct sm2_affine first, struct sm2_table *out)
{
    struct point      p[SM2_TABLE_MULTIPLES + 1];
    struct sm2_affine q[SM2_TABLE_MULTIPLES + 1];
    for (unsigned row = 0; row < SM2_TABLE_DIGITS; row++) {
        p[0] = (struct point){first.x, first.y, sm2_one};
        for (unsigned i = 1; i < SM2_TABLE_MULTIPLES; i++)
            p[i] = point_add_affine(&p[i - 1], &first);
        p[SM2_TABLE_MULTIPLES] = point_double(&p[SM2_TABLE_MULTIPLES - 1]);
        make_affine(p, SM2_TABLE_MULTIPLES + 1, q);
        for (unsigned i = 0; i < SM2_TABLE_MULTIPLES; i++) out->rows[row][i] = q[i];
        first = q[SM2_TABLE_MULTIPLES];
    }
}

enum gz_err sm2_table_init(struct sm2_table *out, const uint8_t point[SM2_POINT_SIZE])
{
    struct point p;
    TRY(sm2_read_point(point, &p));
    out->identity = sm2_identity(point);
    fill((struct sm2_affine){p.x, p.y}, out);
    return GZ_OK;
}

void sm2_table_init_base(struct sm2_table *out)
{
    out->identity = (struct hash){0};
    fill(sm2_base[0], out);
}

/* The lowest seven bits of k, which is shifted by them. */
static unsigned take_bits(struct u256 *k)
{
    const unsigned bits = (unsigned)(k->w[0] & ((1u << SM2_TABLE_WIDTH) - 1));
    for (unsigned i = 0; i < 3; i++)
        k->w[i] = k->w[i] >> SM2_TABLE_WIDTH | k->w[i + 1] << (64 - SM2_TABLE_WIDTH);
    k->w[3] >>= SM2_TABLE_WIDTH;
    return bits;
}

/* sum + k P, by digits of -63 to 64. */
static struct point add_multiple(struct point sum, struct u256 k, const struct sm2_table *table)
{
    unsigned carry = 0;
    for (unsigned row = 0; row < SM2_TABLE_DIGITS; row++) {
        const unsigned digit = take_bits(&k) + carry;
        carry = digit > SM2_TABLE_MULTIPLES;
        const unsigned size = carry != 0 ? 2 * SM2_TABLE_MULTIPLES - digit : digit;
        if (size == 0) continue;
        struct sm2_affine q = table->rows[row][size - 1];
        if (carry != 0) q.y = negative(&q.y);
        sum = point_add_affine(&sum, &q);
    }
    assert(carry == 0); /* the last digit has the four bits that are left of 256 */
    return sum;
}

enum gz_err sm2_table_verify_digest(const struct sm2_table *base, const struct sm2_table *key,
                                    const uint8_t e[32],
                                    const uint8_t signature[SM2_SIGNATURE_SIZE])
{
    struct sm2_scalars v;
    if (!sm2_read_signature(signature, &v)) return GZ_MISMATCH;
    const struct point part = add_multiple((struct point){0}, v.s, base);
    const struct point sum = add_multiple(part, v.t, key);
    return sm2_judge(&sum, &v.r, e);
}

enum gz_err sm2_table_verify(const struct sm2_table *base, const struct sm2_table *key,
                             struct bytes message, const uint8_t signature[SM2_SIGNATURE_SIZE])
{
    const struct hash e = sm2_message_digest(key->identity, message);
    return sm2_table_verify_digest(base, key, e.b, signature);
}

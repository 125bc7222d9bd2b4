/* Points of SM2's curve, y^2 = x^3 - 3 x + b over p (GB/T 32918.5), and what both ways of verifying
 * share. Coordinates in Montgomery form. For sm2*.c alone. Variable time: public data only. Pure.
 */
#pragma once
#include "core/hash.h"
#include "core/sm2.h"
#include "core/sm2_base.h"
#include "core/sm2_field_mul.h"

/* p, and 1 in Montgomery form. */
extern const struct modulus sm2_field;
extern const struct u256    sm2_one;

/* Jacobian: x = X / Z^2, y = Y / Z^3; Z = 0 is infinity. */
struct point {
    struct u256 x, y, z;
};

static inline struct u256 mul(struct u256 a, struct u256 b)
{
    return field_mul(a, b);
}

static inline struct u256 sqr(struct u256 a)
{
    return field_sqr(a);
}

static inline struct u256 add(struct u256 a, struct u256 b)
{
    return field_add(a, b);
}

static inline struct u256 sub(struct u256 a, struct u256 b)
{
    return field_sub(a, b);
}

static inline struct u256 twice(struct u256 a)
{
    return add(a, a);
}

/* For a = -3, by 4 multiplications and 4 squarings; infinity doubles to infinity. */
static inline struct point point_double(struct point p)
{
    const struct u256 z2 = sqr(p.z), y2 = sqr(twice(p.y)); /* 4 Y^2 */
    const struct u256 t = mul(add(p.x, z2), sub(p.x, z2)), m = add(twice(t), t);
    const struct u256 s = mul(y2, p.x), y4 = field_half(sqr(y2)); /* 8 Y^4 */
    struct point      r;
    r.x = sub(sqr(m), twice(s));
    r.y = sub(mul(m, sub(s, r.x)), y4);
    r.z = twice(mul(p.y, p.z));
    return r;
}

/* A point that is added again and again: with Z^2 and Z^3. */
struct multiple {
    struct point p;
    struct u256  z2, z3;
};

static inline struct multiple multiple_of(struct point p)
{
    const struct u256 z2 = sqr(p.z);
    return (struct multiple){p, z2, mul(p.z, z2)};
}

/* The sum of p and q, brought to their common denominator: x coordinates u1 and u2, y coordinates
 * s1 and s2, z product of both Z. Neither is infinity. */
static inline struct point point_join(struct point p, struct u256 u1, struct u256 u2,
                                      struct u256 s1, struct u256 s2, struct u256 z)
{
    const struct u256 h = sub(u2, u1), r = sub(s2, s1);
    if (u256_is_zero(h)) return u256_is_zero(r) ? point_double(p) : (struct point){0};
    const struct u256 h2 = sqr(h), h3 = mul(h, h2), v = mul(u1, h2);
    struct point      sum;
    sum.x = sub(sub(sqr(r), h3), twice(v));
    sum.y = sub(mul(r, sub(v, sum.x)), mul(s1, h3));
    sum.z = mul(z, h);
    return sum;
}

/* Complete by cases: infinity on either side, equal points (a doubling), opposite points. */
static inline struct point point_add(struct point p, const struct multiple *q)
{
    if (u256_is_zero(p.z)) return q->p;
    if (u256_is_zero(q->p.z)) return p;
    const struct u256 z2 = sqr(p.z), z3 = mul(p.z, z2);
    return point_join(p, mul(p.x, q->z2), mul(q->p.x, z2), mul(p.y, q->z3), mul(q->p.y, z3),
                      mul(p.z, q->p.z));
}

/* The same for a point with Z = 1. */
static inline struct point point_add_affine(struct point p, struct sm2_affine q)
{
    if (u256_is_zero(p.z)) return (struct point){q.x, q.y, sm2_one};
    const struct u256 z2 = sqr(p.z), z3 = mul(p.z, z2);
    return point_join(p, p.x, mul(q.x, z2), p.y, mul(q.y, z3), p.z);
}

static inline struct u256 negative(struct u256 a)
{
    return sub((struct u256){0}, a);
}

/* GZ_MALFORMED: no point of the curve. */
enum gz_err sm2_read_point(const uint8_t wire[SM2_POINT_SIZE], struct point *out);
/* r, s and t = r + s mod n. False: one of them is out of 1 … n - 1. */
struct sm2_scalars {
    struct u256 r, s, t;
};
bool sm2_read_signature(const uint8_t signature[SM2_SIGNATURE_SIZE], struct sm2_scalars *out);
/* Is r = e + x(sum) mod n? GZ_MISMATCH: no. */
enum gz_err sm2_judge(struct point sum, struct u256 r, const uint8_t e[32]);
/* Z of section 5.5: the digest of the signer's ID, the curve and the key. */
struct hash sm2_identity(const uint8_t point[SM2_POINT_SIZE]);
/* e = SM3(Z ‖ message). */
struct hash sm2_message_digest(struct hash z, struct bytes message);

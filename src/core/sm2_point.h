/* Points of SM2's curve, y^2 = x^3 - 3 x + b over p (GB/T 32918.5).
 * Coordinates in Montgomery form. For sm2*.c alone. Variable time: public data only. Pure.
 */
#pragma once
#include "core/sm2_base.h"
#include "core/sm2_field_mul.h"

/* p, and 1 in Montgomery form. */
extern const struct modulus sm2_field;
extern const struct u256    sm2_one;

/* Jacobian: x = X / Z^2, y = Y / Z^3; Z = 0 is infinity. */
struct point {
    struct u256 x, y, z;
};

static inline struct u256 mul(const struct u256 *a, const struct u256 *b)
{
    return field_mul(*a, *b);
}

static inline struct u256 sqr(const struct u256 *a)
{
    return field_sqr(*a);
}

static inline struct u256 add(const struct u256 *a, const struct u256 *b)
{
    return field_add(*a, *b);
}

static inline struct u256 sub(const struct u256 *a, const struct u256 *b)
{
    return field_sub(*a, *b);
}

static inline struct u256 twice(const struct u256 *a)
{
    return add(a, a);
}

static inline struct u256 negative(const struct u256 *a)
{
    static const struct u256 zero;
    return sub(&zero, a);
}

/* For a = -3, by 4 multiplications and 4 squarings; infinity doubles to infinity. */
static inline struct point point_double(const struct point *p)
{
    const struct u256 z2 = sqr(&p->z), y = twice(&p->y), y2 = sqr(&y); /* 4 Y^2 */
    const struct u256 above = add(&p->x, &z2), below = sub(&p->x, &z2), t = mul(&above, &below);
    const struct u256 t2 = twice(&t), m = add(&t2, &t), mm = sqr(&m); /* 3 (X^2 - Z^4) */
    const struct u256 s = mul(&y2, &p->x), s2 = twice(&s), y4 = sqr(&y2), yz = mul(&p->y, &p->z);
    const struct u256 half = field_half(y4); /* 8 Y^4 */
    struct point      r;
    r.x = sub(&mm, &s2);
    const struct u256 away = sub(&s, &r.x), rise = mul(&m, &away);
    r.y = sub(&rise, &half);
    r.z = twice(&yz);
    return r;
}

/* A point that is added again and again: with Z^2 and Z^3. */
struct multiple {
    struct point p;
    struct u256  z2, z3;
};

static inline struct multiple multiple_of(const struct point *p)
{
    const struct u256 z2 = sqr(&p->z);
    return (struct multiple){*p, z2, mul(&p->z, &z2)};
}

/* Two points brought to their common denominator: x coordinates u1 and u2, y coordinates s1 and s2,
 * z the product of both Z. */
struct point_pair {
    struct u256 u1, u2, s1, s2, z;
};

/* The sum of a pair, whose first is p. Neither is infinity. */
static inline struct point point_join(const struct point *p, const struct point_pair *c)
{
    const struct u256 h = sub(&c->u2, &c->u1), r = sub(&c->s2, &c->s1);
    if (u256_is_zero(&h)) return u256_is_zero(&r) ? point_double(p) : (struct point){0};
    const struct u256 h2 = sqr(&h), h3 = mul(&h, &h2), v = mul(&c->u1, &h2), v2 = twice(&v);
    const struct u256 rr = sqr(&r), over = sub(&rr, &h3), low = mul(&c->s1, &h3);
    struct point      sum;
    sum.x = sub(&over, &v2);
    const struct u256 away = sub(&v, &sum.x), rise = mul(&r, &away);
    sum.y = sub(&rise, &low);
    sum.z = mul(&c->z, &h);
    return sum;
}

/* Complete by cases: infinity on either side, equal points (a doubling), opposite points. */
static inline struct point point_add(const struct point *p, const struct multiple *q)
{
    if (u256_is_zero(&p->z)) return q->p;
    if (u256_is_zero(&q->p.z)) return *p;
    const struct u256       z2 = sqr(&p->z), z3 = mul(&p->z, &z2);
    const struct point_pair c = {mul(&p->x, &q->z2), mul(&q->p.x, &z2), mul(&p->y, &q->z3),
                                 mul(&q->p.y, &z3), mul(&p->z, &q->p.z)};
    return point_join(p, &c);
}

/* The same for a point with Z = 1. */
static inline struct point point_add_affine(const struct point *p, const struct sm2_affine *q)
{
    if (u256_is_zero(&p->z)) return (struct point){q->x, q->y, sm2_one};
    const struct u256       z2 = sqr(&p->z), z3 = mul(&p->z, &z2);
    const struct point_pair c = {p->x, mul(&q->x, &z2), p->y, mul(&q->y, &z3), p->z};
    return point_join(p, &c);
}

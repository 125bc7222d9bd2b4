#include "core/sm2.h"

#include "core/sm2_steps.h"

/* The curve of GB/T 32918.5: y^2 = x^3 - 3 x + b over p, order n. Coordinates in Montgomery form.
 */
/* clang-format off */
const struct modulus sm2_field = {
    {{UINT64_C(0xffffffffffffffff), UINT64_C(0xffffffff00000000),
      UINT64_C(0xffffffffffffffff), UINT64_C(0xfffffffeffffffff)}},
    {{UINT64_C(0x0000000200000003), UINT64_C(0x00000002ffffffff),
      UINT64_C(0x0000000100000001), UINT64_C(0x0000000400000002)}},
    UINT64_C(0x1)};
const struct u256 sm2_one = {{UINT64_C(0x0000000000000001), UINT64_C(0x00000000ffffffff),
    UINT64_C(0x0000000000000000), UINT64_C(0x0000000100000000)}};
static const struct u256 curve_b = {{UINT64_C(0x90d230632bc0dd42), UINT64_C(0x71cf379ae9b537ab),
    UINT64_C(0x527981505ea51c3c), UINT64_C(0x240fe188ba20e2c8)}};
static const struct u256 order = {{UINT64_C(0x53bbf40939d54123), UINT64_C(0x7203df6b21c6052b),
    UINT64_C(0xffffffffffffffff), UINT64_C(0xfffffffeffffffff)}};
/* clang-format on */

/* P, 3P, 5P … 15P. */
static void odd_multiples(const struct point *p, struct multiple table[NAF_TABLE])
{
    const struct point    twice_p = point_double(p);
    const struct multiple p2 = multiple_of(&twice_p);
    table[0] = multiple_of(p);
    for (unsigned i = 1; i < NAF_TABLE; i++) {
        const struct point next = point_add(&table[i - 1].p, &p2);
        table[i] = multiple_of(&next);
    }
}

static struct point add_digit(const struct point *sum, const struct multiple table[NAF_TABLE],
                              int digit)
{
    struct multiple m = table[(digit < 0 ? -digit : digit) / 2];
    if (digit < 0) m.p.y = negative(&m.p.y);
    return point_add(sum, &m);
}

static struct point add_base_digit(const struct point *sum, int digit)
{
    struct sm2_affine m = sm2_base[(digit < 0 ? -digit : digit) / 2];
    if (digit < 0) m.y = negative(&m.y);
    return point_add_affine(sum, &m);
}

/* a G + b P, the doublings shared (Straus). */
static struct point two_multiples(const struct u256 *a, const struct u256 *b, const struct point *p)
{
    struct multiple table[NAF_TABLE];
    struct point    sum = {0};
    int8_t          da[NAF_DIGITS], db[NAF_DIGITS];
    const unsigned  na = u256_naf(a, SM2_BASE_WIDTH, da), nb = u256_naf(b, NAF_WIDTH, db);
    odd_multiples(p, table);
    for (unsigned i = na > nb ? na : nb; i-- > 0;) {
        sum = point_double(&sum);
        if (i < na && da[i] != 0) sum = add_base_digit(&sum, da[i]);
        if (i < nb && db[i] != 0) sum = add_digit(&sum, table, db[i]);
    }
    return sum;
}

static bool is_on_curve(const struct u256 *x, const struct u256 *y)
{
    const struct u256 x2 = sqr(x), x3 = mul(&x2, x), twice_x = twice(x), ax = add(&twice_x, x);
    const struct u256 without_b = sub(&x3, &ax), right = add(&without_b, &curve_b), left = sqr(y);
    return u256_cmp(&left, &right) == 0;
}

enum gz_err sm2_read_point(const uint8_t wire[SM2_POINT_SIZE], struct point *out)
{
    const struct u256 x = u256_read_be(wire + 1), y = u256_read_be(wire + 33);
    if (wire[0] != 4) return GZ_MALFORMED;
    if (u256_cmp(&x, &sm2_field.p) >= 0 || u256_cmp(&y, &sm2_field.p) >= 0) return GZ_MALFORMED;
    const struct point p = {mod_enter(&sm2_field, &x), mod_enter(&sm2_field, &y), sm2_one};
    if (!is_on_curve(&p.x, &p.y)) return GZ_MALFORMED;
    *out = p;
    return GZ_OK;
}

enum gz_err sm2_check_point(const uint8_t point[SM2_POINT_SIZE])
{
    struct point p;
    return sm2_read_point(point, &p);
}

static struct u256 add_mod_order(const struct u256 *a, const struct u256 *b)
{
    struct u256    sum, less;
    const unsigned carry = u256_add(&sum, a, b);
    return u256_sub(&less, &sum, &order) == 0 || carry != 0 ? less : sum;
}

static bool in_range(const struct u256 *v)
{
    return !u256_is_zero(v) && u256_cmp(v, &order) < 0;
}

/* Is x(P) = candidate, without an inversion: X = candidate Z^2. */
static bool has_x(const struct point *p, const struct u256 *candidate)
{
    const struct u256 x = mod_enter(&sm2_field, candidate), z2 = sqr(&p->z), xz2 = mul(&x, &z2);
    return u256_cmp(&p->x, &xz2) == 0;
}

bool sm2_read_signature(const uint8_t signature[SM2_SIGNATURE_SIZE], struct sm2_scalars *out)
{
    const struct u256 r = u256_read_be(signature), s = u256_read_be(signature + 32);
    if (!in_range(&r) || !in_range(&s)) return false;
    *out = (struct sm2_scalars){r, s, add_mod_order(&r, &s)};
    return !u256_is_zero(&out->t);
}

/* r = e + x1 mod n with x1 < p < 2 n: x1 is (r - e mod n), or that plus n where it is below p. */
enum gz_err sm2_judge(const struct point *sum, const struct u256 *r, const uint8_t e[32])
{
    struct u256 reduced = u256_read_be(e), x1, above;
    if (u256_is_zero(&sum->z)) return GZ_MISMATCH;
    if (u256_cmp(&reduced, &order) >= 0) (void)u256_sub(&reduced, &reduced, &order);
    if (u256_sub(&x1, r, &reduced) != 0) (void)u256_add(&x1, &x1, &order);
    if (has_x(sum, &x1)) return GZ_OK;
    if (u256_add(&above, &x1, &order) == 0 && u256_cmp(&above, &sm2_field.p) < 0 &&
        has_x(sum, &above))
        return GZ_OK;
    return GZ_MISMATCH;
}

/* GB/T 32918.2 section 7.1, steps B1 to B7. */
enum gz_err sm2_verify_digest(const uint8_t point[SM2_POINT_SIZE], const uint8_t e[32],
                              const uint8_t signature[SM2_SIGNATURE_SIZE])
{
    struct sm2_scalars v;
    struct point       key;
    if (!sm2_read_signature(signature, &v) || sm2_read_point(point, &key) != GZ_OK)
        return GZ_MISMATCH;
    const struct point sum = two_multiples(&v.s, &v.t, &key);
    return sm2_judge(&sum, &v.r, e);
}

/* Z = SM3(bits of ID ‖ ID ‖ a ‖ b ‖ G ‖ P), section 5.5, with the ID that GM/T 0009 names. */
struct hash sm2_identity(const uint8_t point[SM2_POINT_SIZE])
{
    /* clang-format off */
    static const uint8_t fixed[] = {
        0x00, 0x80, '1', '2', '3', '4', '5', '6', '7', '8', '1', '2', '3', '4', '5', '6', '7', '8',
        /* a */
        0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfc,
        /* b */
        0x28, 0xe9, 0xfa, 0x9e, 0x9d, 0x9f, 0x5e, 0x34,
        0x4d, 0x5a, 0x9e, 0x4b, 0xcf, 0x65, 0x09, 0xa7,
        0xf3, 0x97, 0x89, 0xf5, 0x15, 0xab, 0x8f, 0x92,
        0xdd, 0xbc, 0xbd, 0x41, 0x4d, 0x94, 0x0e, 0x93,
        /* G */
        0x32, 0xc4, 0xae, 0x2c, 0x1f, 0x19, 0x81, 0x19,
        0x5f, 0x99, 0x04, 0x46, 0x6a, 0x39, 0xc9, 0x94,
        0x8f, 0xe3, 0x0b, 0xbf, 0xf2, 0x66, 0x0b, 0xe1,
        0x71, 0x5a, 0x45, 0x89, 0x33, 0x4c, 0x74, 0xc7,
        0xbc, 0x37, 0x36, 0xa2, 0xf4, 0xf6, 0x77, 0x9c,
        0x59, 0xbd, 0xce, 0xe3, 0x6b, 0x69, 0x21, 0x53,
        0xd0, 0xa9, 0x87, 0x7c, 0xc6, 0x2a, 0x47, 0x40,
        0x02, 0xdf, 0x32, 0xe5, 0x21, 0x39, 0xf0, 0xa0,
    };
    /* clang-format on */
    struct hasher h;
    hasher_init(&h, SUITE_GM);
    hasher_add(&h, BYTES_OF(fixed));
    hasher_add(&h, (struct bytes){point + 1, SM2_POINT_SIZE - 1});
    return hasher_end(&h);
}

struct hash sm2_message_digest(struct hash z, struct bytes message)
{
    struct hasher h;
    hasher_init(&h, SUITE_GM);
    hasher_add(&h, BYTES_OF(z.b));
    hasher_add(&h, message);
    return hasher_end(&h);
}

enum gz_err sm2_verify(const uint8_t point[SM2_POINT_SIZE], struct bytes message,
                       const uint8_t signature[SM2_SIGNATURE_SIZE])
{
    const struct hash e = sm2_message_digest(sm2_identity(point), message);
    return sm2_verify_digest(point, e.b, signature);
}

#include "core/ed25519.h"

#include <string.h>

#include "core/ed25519_field.h"
#include "core/sha512.h"

/* The curve of RFC 8032 section 5.1: -x^2 + y^2 = 1 + d x^2 y^2 over 2^255 - 19, base point order
 * L. */
static const struct modulus scalar = {
    {{UINT64_C(0x5812631a5cf5d3ed), UINT64_C(0x14def9dea2f79cd6), UINT64_C(0x0000000000000000),
      UINT64_C(0x1000000000000000)}},
    {{UINT64_C(0xa40611e3449c0f01), UINT64_C(0xd00e1ba768859347), UINT64_C(0xceec73d217f5be65),
      UINT64_C(0x0399411b7c309a3d)}},
    UINT64_C(0xd2b51da312547e1b)};
static const struct u256 one = {{UINT64_C(0x0000000000000001), UINT64_C(0x0000000000000000),
                                 UINT64_C(0x0000000000000000), UINT64_C(0x0000000000000000)}};
static const struct u256 curve_d = {{UINT64_C(0x75eb4dca135978a3), UINT64_C(0x00700a4d4141d8ab),
                                     UINT64_C(0x8cc740797779e898), UINT64_C(0x52036cee2b6ffe73)}};
static const struct u256 curve_2d = {{UINT64_C(0xebd69b9426b2f159), UINT64_C(0x00e0149a8283b156),
                                      UINT64_C(0x198e80f2eef3d130), UINT64_C(0x2406d9dc56dffce7)}};
static const struct u256 root_of_minus_one = {
    {UINT64_C(0xc4ee1b274a0ea0b0), UINT64_C(0x2f431806ad2fe478), UINT64_C(0x2b4d00993dfbd7a7),
     UINT64_C(0x2b8324804fc1df0b)}};
static const struct u256 base_x = {{UINT64_C(0xc9562d608f25d51a), UINT64_C(0x692cc7609525a7b2),
                                    UINT64_C(0xc0a4e231fdd6dc5c), UINT64_C(0x216936d3cd6e53fe)}};
static const struct u256 base_y = {{UINT64_C(0x6666666666666658), UINT64_C(0x6666666666666666),
                                    UINT64_C(0x6666666666666666), UINT64_C(0x6666666666666666)}};
static const struct u256 base_t = {{UINT64_C(0x6dde8ab3a5b7dda3), UINT64_C(0x20f09f80775152f5),
                                    UINT64_C(0x66ea4e8e64abe37d), UINT64_C(0x67875f0fd78b7665)}};

/* Extended: x = X / Z, y = Y / Z, T = X Y / Z. */
struct point {
    struct u256 x, y, z, t;
};

static struct u256 mul(const struct u256 *a, const struct u256 *b)
{
    return ed25519_mul(a, b);
}

static struct u256 sqr(const struct u256 *a)
{
    return ed25519_sqr(a);
}

static struct u256 add(const struct u256 *a, const struct u256 *b)
{
    return ed25519_add(a, b);
}

static struct u256 sub(const struct u256 *a, const struct u256 *b)
{
    return ed25519_sub(a, b);
}

static struct u256 negative(const struct u256 *a)
{
    static const struct u256 zero;
    return sub(&zero, a);
}

static struct point negative_point(const struct point *p)
{
    return (struct point){negative(&p->x), p->y, p->z, negative(&p->t)};
}

/* How both laws end. */
static struct point point_of(const struct u256 *e, const struct u256 *f, const struct u256 *g,
                             const struct u256 *h)
{
    return (struct point){mul(e, f), mul(g, h), mul(f, g), mul(e, h)};
}

/* The complete addition law: no special cases (RFC 8032 section 5.1.4). */
static struct point point_add(const struct point *p, const struct point *q)
{
    const struct u256 pd = sub(&p->y, &p->x), qd = sub(&q->y, &q->x), a = mul(&pd, &qd);
    const struct u256 ps = add(&p->y, &p->x), qs = add(&q->y, &q->x), b = mul(&ps, &qs);
    const struct u256 tt = mul(&p->t, &q->t), c = mul(&tt, &curve_2d);
    const struct u256 zz = mul(&p->z, &q->z), d = add(&zz, &zz);
    const struct u256 e = sub(&b, &a), f = sub(&d, &c), g = add(&d, &c), h = add(&b, &a);
    return point_of(&e, &f, &g, &h);
}

static struct point point_double(const struct point *p)
{
    const struct u256 a = sqr(&p->x), b = sqr(&p->y), zz = sqr(&p->z);
    const struct u256 h = add(&a, &b), xy = add(&p->x, &p->y), xxyy = sqr(&xy);
    const struct u256 e = sub(&h, &xxyy), g = sub(&a, &b), c = add(&zz, &zz), f = add(&c, &g);
    return point_of(&e, &f, &g, &h);
}

static void odd_multiples(const struct point *p, struct point table[NAF_TABLE])
{
    const struct point p2 = point_double(p);
    table[0] = *p;
    for (unsigned i = 1; i < NAF_TABLE; i++) table[i] = point_add(&table[i - 1], &p2);
}

static struct point add_digit(const struct point *sum, const struct point table[NAF_TABLE],
                              int digit)
{
    const struct point *m = &table[(digit < 0 ? -digit : digit) / 2];
    const struct point  p = digit < 0 ? negative_point(m) : *m;
    return point_add(sum, &p);
}

static struct point two_multiples(const struct u256 *a, const struct point *pa,
                                  const struct u256 *b, const struct point *pb)
{
    struct point   ta[NAF_TABLE], tb[NAF_TABLE], sum = {.y = one, .z = one};
    int8_t         da[NAF_DIGITS], db[NAF_DIGITS];
    const unsigned na = u256_naf(a, NAF_WIDTH, da), nb = u256_naf(b, NAF_WIDTH, db);
    odd_multiples(pa, ta);
    odd_multiples(pb, tb);
    for (unsigned i = na > nb ? na : nb; i-- > 0;) {
        sum = point_double(&sum);
        if (i < na && da[i] != 0) sum = add_digit(&sum, ta, da[i]);
        if (i < nb && db[i] != 0) sum = add_digit(&sum, tb, db[i]);
    }
    return sum;
}

/* a^(2^n) b. */
static struct u256 shift_mul(const struct u256 *a, unsigned n, const struct u256 *b)
{
    struct u256 r = *a;
    for (; n > 0; n--) r = sqr(&r);
    return mul(&r, b);
}

/* a^(2^250 - 1), and a^11 on the way: by runs of ones, each made of two. */
static struct u256 power_250(const struct u256 *a, struct u256 *a11)
{
    const struct u256 a2 = sqr(a), a9 = shift_mul(&a2, 2, a);
    *a11 = mul(&a9, &a2);
    const struct u256 ones5 = shift_mul(a11, 1, &a9), ones10 = shift_mul(&ones5, 5, &ones5);
    const struct u256 ones20 = shift_mul(&ones10, 10, &ones10);
    const struct u256 ones40 = shift_mul(&ones20, 20, &ones20);
    const struct u256 ones50 = shift_mul(&ones40, 10, &ones10);
    const struct u256 ones100 = shift_mul(&ones50, 50, &ones50);
    const struct u256 ones200 = shift_mul(&ones100, 100, &ones100);
    return shift_mul(&ones200, 50, &ones50);
}

/* a^-1 = a^(2^255 - 21). */
static struct u256 inverse(const struct u256 *a)
{
    struct u256       a11;
    const struct u256 ones = power_250(a, &a11);
    return shift_mul(&ones, 5, &a11);
}

static void encode(const struct point *p, uint8_t out[ED25519_KEY_SIZE])
{
    const struct u256 z = inverse(&p->z), x = mul(&p->x, &z), y = mul(&p->y, &z);
    u256_write_le(&y, out);
    out[31] |= (uint8_t)((x.w[0] & 1) << 7);
}

/* The root of u / v, or of -u / v, by u v^3 (u v^7)^(2^252 - 3). */
static struct u256 root_of_ratio(const struct u256 *u, const struct u256 *v)
{
    const struct u256 v2 = sqr(v), v3 = mul(&v2, v), v6 = sqr(&v3), v7 = mul(&v6, v);
    const struct u256 uv3 = mul(u, &v3), uv7 = mul(u, &v7);
    struct u256       a11;
    const struct u256 ones = power_250(&uv7, &a11), power = shift_mul(&ones, 2, &uv7);
    return mul(&uv3, &power);
}

/* RFC 8032 section 5.1.3, but as OpenSSL and Go read it, so that no two verifiers disagree about a
 * signature: y of p and above stands for y - p, and the sign of x = 0 is ignored. */
static enum gz_err decode(const uint8_t wire[ED25519_KEY_SIZE], struct point *out)
{
    struct u256    wired = u256_read_le(wire);
    const unsigned sign = (unsigned)(wired.w[3] >> 63);
    wired.w[3] &= ED25519_TOP;
    const struct u256 y = ed25519_reduce(wired), yy = sqr(&y), dyy = mul(&curve_d, &yy);
    const struct u256 u = sub(&yy, &one), v = add(&dyy, &one), minus_u = negative(&u);
    struct u256       x = root_of_ratio(&u, &v);
    const struct u256 xx = sqr(&x), vxx = mul(&v, &xx);
    if (u256_cmp(&vxx, &minus_u) == 0) x = mul(&x, &root_of_minus_one);
    else if (u256_cmp(&vxx, &u) != 0) return GZ_MALFORMED;
    if ((x.w[0] & 1) != sign) x = negative(&x);
    *out = (struct point){x, y, one, mul(&x, &y)};
    return GZ_OK;
}

enum gz_err ed25519_check_key(const uint8_t key[ED25519_KEY_SIZE])
{
    struct point p;
    return decode(key, &p);
}

/* The 512-bit little-endian number mod L: low + high R, where mod_enter gives high R. */
static struct u256 reduce(const uint8_t wide[SHA512_SIZE])
{
    const struct u256 low = u256_read_le(wide), high = u256_read_le(wide + 32);
    const struct u256 low_in = mod_enter(&scalar, &low), high_in = mod_enter(&scalar, &high);
    const struct u256 low_mod = mod_leave(&scalar, &low_in);
    return mod_add(&scalar, &low_mod, &high_in);
}

/* RFC 8032 section 5.1.7 without the cofactor: encode(S B - k A) must be R, byte for byte. */
enum gz_err ed25519_verify(const uint8_t key[ED25519_KEY_SIZE], struct bytes message,
                           const uint8_t signature[ED25519_SIGNATURE_SIZE])
{
    const struct u256  s = u256_read_le(signature + 32);
    const struct bytes parts[] = {{signature, 32}, {key, ED25519_KEY_SIZE}, message};
    const struct point base = {base_x, base_y, one, base_t};
    uint8_t            wide[SHA512_SIZE], r[ED25519_KEY_SIZE];
    struct point       a;
    if (u256_cmp(&s, &scalar.p) >= 0 || decode(key, &a) != GZ_OK) return GZ_MISMATCH;
    a = negative_point(&a);
    sha512_of(parts, sizeof parts / sizeof parts[0], wide);
    const struct u256  k = reduce(wide);
    const struct point sum = two_multiples(&s, &base, &k, &a);
    encode(&sum, r);
    return memcmp(r, signature, sizeof r) == 0 ? GZ_OK : GZ_MISMATCH;
}

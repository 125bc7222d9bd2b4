/* SM2 verification: the standard's example, OpenSSL as the second opinion, and numbers that chance
 * never meets: keys with special logarithms, sums at infinity, x(R) of n and above. */
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <string.h>

#include "base/text.h"
#include "check.h"
#include "core/openssl_sm2.h"
#include "core/sm2_table.h"

/* 40 x 130: over 10,000 signatures, good and bad, that OpenSSL judges too. */
enum { KEYS = 40, ROUNDS_PER_KEY = 130, SCALARS_MAX = 48 };

static EC_GROUP        *group;
static BN_CTX          *ctx;
static BIGNUM          *n, *p;
/* known is of the key in known_point. */
static struct sm2_table base, known;
static uint8_t          known_point[SM2_POINT_SIZE];
static uint64_t         seed = 0x9e3779b97f4a7c15;

static int setup(void **state)
{
    (void)state;
    group = EC_GROUP_new_by_curve_name(NID_sm2);
    ctx = BN_CTX_new();
    sm2_table_init_base(&base);
    n = BN_dup(EC_GROUP_get0_order(group));
    p = BN_new();
    return EC_GROUP_get_curve(group, p, NULL, NULL, ctx) == 1 ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    BN_free(n);
    BN_free(p);
    BN_CTX_free(ctx);
    EC_GROUP_free(group);
    return 0;
}

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static bool has_table(const uint8_t point[SM2_POINT_SIZE])
{
    if (memcmp(known_point, point, SM2_POINT_SIZE) == 0) return true;
    if (sm2_table_init(&known, point) != GZ_OK) return false;
    memcpy(known_point, point, SM2_POINT_SIZE);
    return true;
}

/* Both ways, which have one answer. What is no point has no table. */
static enum gz_err verify_digest(const uint8_t point[SM2_POINT_SIZE], const uint8_t e[32],
                                 const uint8_t sig[SM2_SIGNATURE_SIZE])
{
    const enum gz_err answer = sm2_verify_digest(point, e, sig);
    const enum gz_err other =
        has_table(point) ? sm2_table_verify_digest(&base, &known, e, sig) : GZ_MISMATCH;
    assert_true(answer == GZ_OK || answer == GZ_MISMATCH);
    assert_int_equal(answer, other);
    return answer;
}

static enum gz_err verify(const uint8_t point[SM2_POINT_SIZE], struct bytes message,
                          const uint8_t sig[SM2_SIGNATURE_SIZE])
{
    const enum gz_err answer = sm2_verify(point, message, sig);
    const enum gz_err other =
        has_table(point) ? sm2_table_verify(&base, &known, message, sig) : GZ_MISMATCH;
    assert_true(answer == GZ_OK || answer == GZ_MISMATCH);
    assert_int_equal(answer, other);
    return answer;
}

static bool verifies(enum gz_err e)
{
    return e == GZ_OK;
}

/* --- tests ------------------------------------------------------------------------------------ */

/* GB/T 32918.5-2017, annex A.2. */
static void the_example_of_the_standard_verifies(void **state)
{
    (void)state;
    uint8_t point[SM2_POINT_SIZE], sig[SM2_SIGNATURE_SIZE];
    assert_ok(
        text_from_hex(BYTES_LIT("0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
                                "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"),
                      point, 65));
    assert_ok(
        text_from_hex(BYTES_LIT("f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
                                "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"),
                      sig, 64));
    assert_ok(sm2_check_point(point));
    assert_ok(verify(point, BYTES_LIT("message digest"), sig));
    assert_err(verify(point, BYTES_LIT("message digesT"), sig), GZ_MISMATCH);
    for (size_t bit = 0; bit < 512; bit++) {
        sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_err(verify(point, BYTES_LIT("message digest"), sig), GZ_MISMATCH);
        sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

/* A good one, one under another key, and one with a bit of r, s or the message turned. */
static void check_round(EVP_PKEY *key, const uint8_t point[SM2_POINT_SIZE], size_t round)
{
    uint8_t message[100], sig[SM2_SIGNATURE_SIZE], other[SM2_POINT_SIZE];
    for (size_t i = 0; i < sizeof message; i++) message[i] = (uint8_t)next_random();
    const struct bytes m = {message, 1 + round % sizeof message};
    openssl_sign(key, m, sig);
    assert_true(verifies(verify(point, m, sig)));
    assert_true(openssl_verifies(key, m, sig));

    memcpy(other, point, sizeof other);
    other[1 + next_random() % 64] ^= (uint8_t)(1 << next_random() % 8);
    assert_false(verifies(verify(other, m, sig)));

    uint8_t *const places[] = {sig, sig + 32, message};
    const size_t   lengths[] = {32, 32, m.n}, which = next_random() % 3;
    places[which][next_random() % lengths[which]] ^= (uint8_t)(1 << next_random() % 8);
    assert_false(verifies(verify(point, m, sig)));
    assert_false(openssl_verifies(key, m, sig));
}

static void random_signatures_agree_with_openssl(void **state)
{
    (void)state;
    for (size_t k = 0; k < KEYS; k++) {
        EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "SM2");
        uint8_t   point[SM2_POINT_SIZE];
        size_t    point_n;
        assert_true(EVP_PKEY_is_a(key, "SM2"));
        assert_int_equal(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY,
                                                         point, sizeof point, &point_n),
                         1);
        assert_int_equal(point_n, SM2_POINT_SIZE);
        for (size_t round = 0; round < ROUNDS_PER_KEY; round++) check_round(key, point, round);
        EVP_PKEY_free(key);
    }
}

/* Scalars at the ends and in the middle of 1 … n - 1, and single and full runs of bits. */
static size_t special_scalars(BIGNUM *out[SCALARS_MAX])
{
    size_t count = 0;
    for (unsigned i = 1; i <= 5; i++) {
        BN_set_word(out[count++] = BN_new(), i);
        BN_sub_word(out[count++] = BN_dup(n), i);
    }
    BN_rshift1(out[count++] = BN_new(), n);
    for (int bit = 5; bit <= 255; bit += 50) {
        BN_set_bit(out[count++] = BN_new(), bit);
        BN_set_bit(out[count] = BN_new(), bit);
        BN_sub_word(out[count++], 1);
    }
    return count;
}

static void point_of(const BIGNUM *logarithm, uint8_t out[SM2_POINT_SIZE])
{
    EC_POINT *point = EC_POINT_new(group);
    EC_POINT_mul(group, point, logarithm, NULL, NULL, ctx);
    assert_int_equal(
        EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, out, SM2_POINT_SIZE, ctx),
        SM2_POINT_SIZE);
    EC_POINT_free(point);
}

/* Choose s and t; then r = t - s, and e = r - x(s G + t d G) makes the signature a good one. False:
 * r = 0, or the sum is at infinity (then e = r, which must be refused). */
static bool make_signature(const BIGNUM *d, const BIGNUM *s, const BIGNUM *t, uint8_t e[32],
                           uint8_t sig[SM2_SIGNATURE_SIZE])
{
    BIGNUM   *r = BN_new(), *k = BN_new(), *x = BN_new();
    EC_POINT *sum = EC_POINT_new(group);
    BN_mod_sub(r, t, s, n, ctx);
    BN_mod_mul(k, t, d, n, ctx);
    BN_mod_add(k, k, s, n, ctx);
    EC_POINT_mul(group, sum, k, NULL, NULL, ctx);
    const bool finite = !EC_POINT_is_at_infinity(group, sum);
    if (finite) EC_POINT_get_affine_coordinates(group, sum, x, NULL, ctx);
    BN_mod_sub(x, r, x, n, ctx);
    const bool good = finite && !BN_is_zero(r);
    BN_bn2binpad(x, e, 32);
    BN_bn2binpad(r, sig, 32);
    BN_bn2binpad(s, sig + 32, 32);
    BN_free(r);
    BN_free(k);
    BN_free(x);
    EC_POINT_free(sum);
    return good;
}

/* Doublings inside an addition, opposite points, sums at infinity: all pairs of special scalars. */
static void special_scalars_verify_exactly_when_they_should(void **state)
{
    (void)state;
    BIGNUM      *scalars[SCALARS_MAX];
    const size_t count = special_scalars(scalars);
    size_t       good = 0, bad = 0;
    for (size_t d = 0; d < count; d++) {
        uint8_t point[SM2_POINT_SIZE], e[32], sig[SM2_SIGNATURE_SIZE];
        point_of(scalars[d], point);
        for (size_t s = 0; s < count; s++)
            for (size_t t = 0; t < count; t++) {
                const bool is_good = make_signature(scalars[d], scalars[s], scalars[t], e, sig);
                assert_int_equal(verifies(verify_digest(point, e, sig)), is_good);
                if ((d + s + t) % 64 == 0)
                    assert_int_equal(openssl_verifies_digest(point, e, sig), is_good);
                good += is_good;
                bad += !is_good;
                e[31] ^= 1;
                assert_false(verifies(verify_digest(point, e, sig)));
            }
    }
    assert_true(good > 5000 && bad > 300);
    for (size_t i = 0; i < count; i++) BN_free(scalars[i]);
}

/* A good signature for the chosen e with key d: the sum is u G, so r = e + x(u G) and, from
 * t = s + r and u = s + t d, s = (u - r d) / (1 + d). */
static void sign_digest(const BIGNUM *e, const BIGNUM *d, const BIGNUM *u,
                        uint8_t sig[SM2_SIGNATURE_SIZE])
{
    BIGNUM   *r = BN_new(), *s = BN_new(), *divisor = BN_dup(d);
    EC_POINT *sum = EC_POINT_new(group);
    EC_POINT_mul(group, sum, u, NULL, NULL, ctx);
    EC_POINT_get_affine_coordinates(group, sum, r, NULL, ctx);
    BN_mod_add(r, r, e, n, ctx);
    BN_mod_mul(s, r, d, n, ctx);
    BN_mod_sub(s, u, s, n, ctx);
    BN_add_word(divisor, 1);
    BN_mod_inverse(divisor, divisor, n, ctx);
    BN_mod_mul(s, s, divisor, n, ctx);
    BN_bn2binpad(r, sig, 32);
    BN_bn2binpad(s, sig + 32, 32);
    BN_free(r);
    BN_free(s);
    BN_free(divisor);
    EC_POINT_free(sum);
}

/* e is any 256-bit value: e + n (where it fits, e below 2^224) is the same digest. */
static void a_digest_above_the_order_is_reduced(void **state)
{
    (void)state;
    BIGNUM *d = BN_new(), *u = BN_new(), *e = BN_new();
    uint8_t point[SM2_POINT_SIZE], digest[32], sig[SM2_SIGNATURE_SIZE];
    BN_set_word(d, 77);
    point_of(d, point);
    for (unsigned i = 0; i < 400; i++) {
        BN_set_word(e, i);
        BN_set_word(u, 5 + i);
        sign_digest(e, d, u, sig);
        BN_bn2binpad(e, digest, 32);
        assert_true(verifies(verify_digest(point, digest, sig)));
        BN_add(e, e, n);
        assert_int_equal(BN_bn2binpad(e, digest, 32), 32);
        assert_true(verifies(verify_digest(point, digest, sig)));
        if (i % 40 == 0) assert_true(openssl_verifies_digest(point, digest, sig));
    }
    BN_free(d);
    BN_free(u);
    BN_free(e);
}

/* The sum is a chosen point R with x(R) in [n, p), which has probability 2^-32 otherwise: then the
 * key is (R - s G) / t. */
static void an_x_of_the_order_and_above_verifies(void **state)
{
    (void)state;
    BIGNUM *x = BN_dup(n), *s = BN_new(), *t = BN_new(), *r = BN_new(), *e = BN_new();
    BIGNUM *inverse = BN_new();
    size_t  found = 0;
    for (unsigned i = 0; found < 60; i++, BN_add_word(x, 1)) {
        EC_POINT *sum = EC_POINT_new(group), *key = EC_POINT_new(group);
        uint8_t   point[SM2_POINT_SIZE], digest[32], sig[SM2_SIGNATURE_SIZE];
        if (EC_POINT_set_compressed_coordinates(group, sum, x, (int)(i & 1), ctx) == 1) {
            BN_set_word(s, 1 + next_random() % 1000000);
            BN_set_word(t, 1 + next_random());
            BN_mod_inverse(inverse, t, n, ctx);
            EC_POINT_mul(group, key, s, NULL, NULL, ctx);
            EC_POINT_invert(group, key, ctx);
            EC_POINT_add(group, key, sum, key, ctx);
            EC_POINT_mul(group, key, NULL, key, inverse, ctx);
            EC_POINT_point2oct(group, key, POINT_CONVERSION_UNCOMPRESSED, point, sizeof point, ctx);
            BN_mod_sub(r, t, s, n, ctx);
            BN_mod_sub(e, r, x, n, ctx);
            BN_bn2binpad(r, sig, 32);
            BN_bn2binpad(s, sig + 32, 32);
            BN_bn2binpad(e, digest, 32);
            assert_true(verifies(verify_digest(point, digest, sig)));
            assert_true(openssl_verifies_digest(point, digest, sig));
            digest[31] ^= 1;
            assert_false(verifies(verify_digest(point, digest, sig)));
            found++;
        }
        EC_POINT_free(sum);
        EC_POINT_free(key);
    }
    BN_free(x);
    BN_free(s);
    BN_free(t);
    BN_free(r);
    BN_free(e);
    BN_free(inverse);
}

static void numbers_out_of_range_are_refused(void **state)
{
    (void)state;
    BIGNUM *values[6], *d = BN_new();
    uint8_t point[SM2_POINT_SIZE], e[32] = {7}, sig[SM2_SIGNATURE_SIZE];
    values[0] = BN_new();
    values[1] = BN_dup(n);
    values[2] = BN_dup(n);
    BN_add_word(values[2], 1);
    values[3] = BN_new();
    BN_set_bit(values[3], 256);
    BN_sub_word(values[3], 1);
    values[4] = BN_new();
    BN_one(values[4]);
    values[5] = BN_dup(n);
    BN_sub_word(values[5], 1); /* with 1: r + s = n */
    BN_set_word(d, 3);
    point_of(d, point);
    for (size_t r = 0; r < 6; r++)
        for (size_t s = 0; s < 6; s++) {
            BN_bn2binpad(values[r], sig, 32);
            BN_bn2binpad(values[s], sig + 32, 32);
            assert_false(verifies(verify_digest(point, e, sig)));
            assert_false(openssl_verifies_digest(point, e, sig));
        }
    for (size_t i = 0; i < 6; i++) BN_free(values[i]);
    BN_free(d);
}

/* r + s = n with an e that would fit the sum s G alone. */
static void a_t_of_zero_is_refused_even_when_the_rest_fits(void **state)
{
    (void)state;
    BIGNUM *d = BN_new(), *zero = BN_new(), *s = BN_new();
    uint8_t point[SM2_POINT_SIZE], e[32], sig[SM2_SIGNATURE_SIZE];
    BN_set_word(d, 9);
    BN_set_word(s, 123456789);
    point_of(d, point);
    assert_true(make_signature(d, s, zero, e, sig));
    assert_false(verifies(verify_digest(point, e, sig)));
    assert_false(openssl_verifies_digest(point, e, sig));
    BN_free(d);
    BN_free(zero);
    BN_free(s);
}

static void what_is_no_point_is_no_key(void **state)
{
    (void)state;
    BIGNUM *d = BN_new(), *s = BN_new(), *t = BN_new(), *x = BN_new(), *y = BN_new();
    uint8_t good[SM2_POINT_SIZE], bad[SM2_POINT_SIZE], e[32], sig[SM2_SIGNATURE_SIZE];
    BN_set_word(d, 11);
    BN_set_word(s, 12);
    BN_set_word(t, 130);
    point_of(d, good);
    assert_true(make_signature(d, s, t, e, sig));
    assert_ok(sm2_check_point(good));
    for (size_t bit = 0; bit < 8 * SM2_POINT_SIZE; bit++) {
        memcpy(bad, good, sizeof bad);
        bad[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_err(sm2_check_point(bad), GZ_MALFORMED);
        assert_err(verify_digest(bad, e, sig), GZ_MISMATCH);
    }
    memset(bad, 0, sizeof bad);
    bad[0] = 4;
    assert_err(sm2_check_point(bad), GZ_MALFORMED); /* (0, 0) */
    EC_POINT *point = EC_POINT_new(group);
    size_t    above = 0;
    for (unsigned small = 0; small < 40; small++) {
        BN_set_word(x, small);
        if (EC_POINT_set_compressed_coordinates(group, point, x, 0, ctx) != 1) continue;
        EC_POINT_get_affine_coordinates(group, point, x, y, ctx);
        BN_bn2binpad(x, bad + 1, 32);
        BN_bn2binpad(y, bad + 33, 32);
        assert_ok(sm2_check_point(bad));
        BN_add(x, x, p);
        BN_bn2binpad(x, bad + 1, 32);
        assert_err(sm2_check_point(bad), GZ_MALFORMED); /* x + p names the same residue */
        above++;
    }
    assert_true(above > 5);
    EC_POINT_free(point);
    BN_free(d);
    BN_free(s);
    BN_free(t);
    BN_free(x);
    BN_free(y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_standard_verifies),
        cmocka_unit_test(random_signatures_agree_with_openssl),
        cmocka_unit_test(special_scalars_verify_exactly_when_they_should),
        cmocka_unit_test(a_digest_above_the_order_is_reduced),
        cmocka_unit_test(an_x_of_the_order_and_above_verifies),
        cmocka_unit_test(numbers_out_of_range_are_refused),
        cmocka_unit_test(a_t_of_zero_is_refused_even_when_the_rest_fits),
        cmocka_unit_test(what_is_no_point_is_no_key),
    };
    return cmocka_run_group_tests(tests, setup, teardown) != 0;
}

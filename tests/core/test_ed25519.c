/* Ed25519: RFC 8032, OpenSSL as the second opinion, and the encodings on which verifiers differ. */
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

#include "base/text.h"
#include "check.h"
#include "core/ed25519.h"

enum { ROUNDS = 2000, MESSAGE_MAX = 200 };

static bool openssl_verifies(const uint8_t key[32], struct bytes message, const uint8_t sig[64])
{
    EVP_PKEY   *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, 32);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey), 1);
    const int ok = EVP_DigestVerify(ctx, sig, 64, message.p, message.n);
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    return ok == 1;
}

static bool verifies(const uint8_t key[32], struct bytes message, const uint8_t sig[64])
{
    const enum gz_err e = ed25519_verify(key, message, sig);
    assert_true(e == GZ_OK || e == GZ_MISMATCH);
    return e == GZ_OK;
}

static void assert_agrees(const uint8_t key[32], struct bytes message, const uint8_t sig[64])
{
    assert_int_equal(verifies(key, message, sig), openssl_verifies(key, message, sig));
}

static void assert_vector(const char *key_hex, struct bytes message, const char *sig_hex)
{
    uint8_t key[32], sig[64];
    assert_ok(text_from_hex(bytes_str(key_hex), key, sizeof key));
    assert_ok(text_from_hex(bytes_str(sig_hex), sig, sizeof sig));
    assert_ok(ed25519_check_key(key));
    assert_ok(ed25519_verify(key, message, sig));
    sig[40] ^= 1;
    assert_err(ed25519_verify(key, message, sig), GZ_MISMATCH);
}

/* RFC 8032 section 7.1, tests 1 to 3. */
static void examples_of_the_rfc_verify(void **state)
{
    (void)state;
    assert_vector("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", BYTES_LIT(""),
                  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                  "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
    assert_vector("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                  BYTES_LIT("\x72"),
                  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                  "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
    assert_vector("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
                  BYTES_LIT("\xaf\x82"),
                  "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                  "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
}

/* A good signature, then the same with one bit of key, message or signature turned. */
static void random_signatures_agree_with_openssl(void **state)
{
    (void)state;
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    for (size_t round = 0; round < ROUNDS; round++) {
        uint8_t key[32], sig[64], message[MESSAGE_MAX], turn[3];
        size_t  key_n = sizeof key, sig_n = sizeof sig;
        if (round % 20 == 0) {
            EVP_PKEY_free(pkey);
            pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        }
        assert_int_equal(RAND_bytes(message, sizeof message), 1);
        assert_int_equal(RAND_bytes(turn, sizeof turn), 1);
        const struct bytes m = {message, 1 + round % MESSAGE_MAX};
        EVP_PKEY_get_raw_public_key(pkey, key, &key_n);
        EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey);
        assert_int_equal(EVP_DigestSign(ctx, sig, &sig_n, m.p, m.n), 1);
        EVP_MD_CTX_free(ctx);
        assert_true(verifies(key, m, sig));

        uint8_t *const places[] = {key, sig, sig + 32, message};
        const size_t   lengths[] = {32, 32, 32, m.n};
        const size_t   which = turn[0] % 4;
        places[which][turn[1] % lengths[which]] ^= (uint8_t)(1 << turn[2] % 8);
        assert_false(verifies(key, m, sig));
        assert_false(openssl_verifies(key, m, sig));
    }
    EVP_PKEY_free(pkey);
}

static const char order_hex[] = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

/* S and S + L satisfy the same equation; only S below L may verify. */
static void s_of_the_order_and_above_is_refused(void **state)
{
    (void)state;
    uint8_t key[32], sig[64], order[32];
    assert_ok(text_from_hex(
        BYTES_LIT("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"), key, 32));
    assert_ok(
        text_from_hex(BYTES_LIT("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                                "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
                      sig, 64));
    assert_ok(text_from_hex(bytes_str(order_hex), order, sizeof order));
    assert_ok(ed25519_verify(key, BYTES_LIT(""), sig));
    for (unsigned times = 1; times < 16; times++) {
        unsigned carry = 0;
        for (size_t i = 0; i < 32; i++) {
            carry += (unsigned)sig[32 + i] + order[i];
            sig[32 + i] = (uint8_t)carry;
            carry >>= 8;
        }
        if (carry != 0) break;
        assert_err(ed25519_verify(key, BYTES_LIT(""), sig), GZ_MISMATCH);
        assert_agrees(key, BYTES_LIT(""), sig);
    }
}

/* Every encoding of the points of order 1, 2, 4 and 8, canonical and not, with either sign bit: as
 * a key and as R, S = 0 (then R = -k A, which small orders often hit). */
static const char *const small[] = {
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* p = 0 */
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* p + 1 = 1 */
};

static void small_orders_and_other_encodings_agree_with_openssl(void **state)
{
    (void)state;
    size_t accepted = 0;
    for (size_t a = 0; a < 2 * sizeof small / sizeof small[0]; a++)
        for (size_t r = 0; r < 2 * sizeof small / sizeof small[0]; r++)
            for (uint8_t m = 0; m < 24; m++) {
                uint8_t            key[32], sig[64] = {0};
                const struct bytes message = {&m, 1};
                assert_ok(text_from_hex(bytes_str(small[a / 2]), key, 32));
                assert_ok(text_from_hex(bytes_str(small[r / 2]), sig, 32));
                key[31] |= (uint8_t)(a % 2 << 7);
                sig[31] |= (uint8_t)(r % 2 << 7);
                assert_agrees(key, message, sig);
                accepted += verifies(key, message, sig);
            }
    assert_in_range(accepted, 100, 4000); /* both verdicts occur */
}

/* y from p to 2^255 - 1: the 19 numbers with a second encoding. */
static void every_second_encoding_of_a_key_agrees_with_openssl(void **state)
{
    (void)state;
    size_t accepted = 0;
    for (unsigned low = 0xed; low <= 0xff; low++)
        for (unsigned sign = 0; sign < 2; sign++)
            for (uint8_t m = 0; m < 16; m++) {
                uint8_t            key[32], sig[64] = {1};
                const struct bytes message = {&m, 1};
                memset(key, 0xff, sizeof key);
                key[0] = (uint8_t)low;
                key[31] = (uint8_t)(0x7f | sign << 7);
                assert_agrees(key, message, sig);
                accepted += verifies(key, message, sig);
            }
    assert_in_range(accepted, 1, 19 * 2 * 16);
}

static void numbers_that_are_no_point_are_refused(void **state)
{
    (void)state;
    uint8_t key[32] = {2}; /* y = 2: x^2 = 3 / (4 d + 1) is no square */
    size_t  refused = 0;
    uint8_t sig[64] = {0};
    assert_err(ed25519_check_key(key), GZ_MALFORMED);
    assert_err(ed25519_verify(key, BYTES_LIT("m"), sig), GZ_MISMATCH);
    for (unsigned y = 0; y < 256; y++) {
        key[0] = (uint8_t)y;
        refused += ed25519_check_key(key) == GZ_MALFORMED;
    }
    assert_in_range(refused, 90, 166); /* about half */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_of_the_rfc_verify),
        cmocka_unit_test(random_signatures_agree_with_openssl),
        cmocka_unit_test(s_of_the_order_and_above_is_refused),
        cmocka_unit_test(small_orders_and_other_encodings_agree_with_openssl),
        cmocka_unit_test(every_second_encoding_of_a_key_agrees_with_openssl),
        cmocka_unit_test(numbers_that_are_no_point_are_refused),
    };
    RUN_TESTS(tests);
}

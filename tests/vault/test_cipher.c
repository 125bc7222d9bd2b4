#include "vault/cipher.h"

#include <string.h>

#include "base/text.h"
#include "check.h"
#include "core/hash.h"

enum { TEXT_MAX = 128 };

static size_t hex(const char *text, uint8_t *out)
{
    const size_t n = strlen(text) / 2;
    assert_ok(text_from_hex(bytes_str(text), out, n));
    return n;
}

/* RFC 8998 appendix A.1. */
static void sm4_gcm_is_that_of_rfc_8998(void **state)
{
    (void)state;
    uint8_t key[SM4_KEY_SIZE], nonce[SM4_GCM_NONCE_SIZE], about[TEXT_MAX], plain[TEXT_MAX],
        cipher[TEXT_MAX], tag[SM4_GCM_TAG_SIZE], got[TEXT_MAX], got_tag[SM4_GCM_TAG_SIZE];
    hex("0123456789abcdeffedcba9876543210", key);
    hex("00001234567800000000abcd", nonce);
    const size_t about_n = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2", about);
    const size_t n = hex("aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
                         "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
                         plain);
    hex("17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d",
        cipher);
    hex("83de3541e4c2b58177e065a9bf7b62ec", tag);
    assert_ok(sm4_gcm_encrypt(key, nonce, (struct bytes){about, about_n}, (struct bytes){plain, n},
                              got, got_tag));
    assert_memory_equal(got, cipher, n);
    assert_memory_equal(got_tag, tag, sizeof tag);
    assert_ok(sm4_gcm_decrypt(key, nonce, (struct bytes){about, about_n}, (struct bytes){cipher, n},
                              tag, got));
    assert_memory_equal(got, plain, n);
}

static void a_wrong_tag_leaves_no_plain_text(void **state)
{
    (void)state;
    const uint8_t key[SM4_KEY_SIZE] = {1}, nonce[SM4_GCM_NONCE_SIZE] = {2};
    const uint8_t none[32] = {0};
    uint8_t       cipher[32], tag[SM4_GCM_TAG_SIZE], plain[32];
    assert_ok(sm4_gcm_encrypt(key, nonce, BYTES_LIT("about"),
                              BYTES_LIT("thirty-two bytes of plain text!!"), cipher, tag));
    tag[15] ^= 1;
    memset(plain, 0x55, sizeof plain);
    assert_err(sm4_gcm_decrypt(key, nonce, BYTES_LIT("about"), BYTES_OF(cipher), tag, plain),
               GZ_MISMATCH);
    assert_memory_equal(plain, none, sizeof plain);
}

static void empty_texts_have_a_tag_too(void **state)
{
    (void)state;
    const uint8_t      key[SM4_KEY_SIZE] = {1}, nonce[SM4_GCM_NONCE_SIZE] = {2};
    const struct bytes none = {0};
    uint8_t            tag[SM4_GCM_TAG_SIZE], other[SM4_GCM_TAG_SIZE], unused;
    assert_ok(sm4_gcm_encrypt(key, nonce, none, none, &unused, tag));
    assert_ok(sm4_gcm_encrypt(key, nonce, BYTES_LIT("x"), none, &unused, other));
    assert_memory_not_equal(tag, other, sizeof tag);
    assert_ok(sm4_gcm_decrypt(key, nonce, none, none, tag, &unused));
    assert_err(sm4_gcm_decrypt(key, nonce, none, none, other, &unused), GZ_MISMATCH);
}

/* RFC 2104 over our own SM3, for short keys. */
static void hmac_by_hand(struct bytes key, struct bytes data, uint8_t out[HASH_SIZE])
{
    uint8_t       pad[64] = {0};
    struct hasher h;
    memcpy(pad, key.p, key.n);
    for (size_t i = 0; i < sizeof pad; i++) pad[i] ^= 0x36;
    hasher_init(&h, SUITE_GM);
    hasher_add(&h, BYTES_OF(pad));
    hasher_add(&h, data);
    const struct hash inner = hasher_end(&h);
    for (size_t i = 0; i < sizeof pad; i++) pad[i] ^= 0x36 ^ 0x5c;
    hasher_init(&h, SUITE_GM);
    hasher_add(&h, BYTES_OF(pad));
    hasher_add(&h, BYTES_OF(inner.b));
    const struct hash outer = hasher_end(&h);
    memcpy(out, outer.b, HASH_SIZE);
}

static void hmac_is_that_of_our_own_sm3(void **state)
{
    (void)state;
    const struct bytes key = BYTES_LIT("sixteen byte key"), data = BYTES_LIT("340123199001011234");
    uint8_t            a[HASH_SIZE], b[HASH_SIZE];
    assert_ok(hmac_sm3(key, data, a));
    hmac_by_hand(key, data, b);
    assert_memory_equal(a, b, HASH_SIZE);
    assert_ok(hmac_sm3(key, (struct bytes){0}, a));
    hmac_by_hand(key, (struct bytes){0}, b);
    assert_memory_equal(a, b, HASH_SIZE);
}

static int set_up(void **state)
{
    (void)state;
    return cipher_init() != GZ_OK || cipher_init() != GZ_OK;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sm4_gcm_is_that_of_rfc_8998),
        cmocka_unit_test(a_wrong_tag_leaves_no_plain_text),
        cmocka_unit_test(empty_texts_have_a_tag_too),
        cmocka_unit_test(hmac_is_that_of_our_own_sm3),
    };
    return cmocka_run_group_tests(tests, set_up, NULL) != 0;
}

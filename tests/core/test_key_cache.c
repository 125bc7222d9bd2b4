/* Known keys in a bounded cache answer as unknown ones do. */
#include <string.h>

#include "core/key_cache.h"
#include "core/openssl_sm2.h"

enum { KEYS = KEY_CACHE_MAX + 3, USES = KEY_CACHE_AFTER + 4 };

struct signer {
    EVP_PKEY  *secret;
    struct key key;
    uint8_t    signature[SM2_SIGNATURE_SIZE];
};

static void signer_init(struct signer *s, struct bytes message)
{
    uint8_t point[SM2_POINT_SIZE];
    size_t  n = 0;
    s->secret = EVP_PKEY_Q_keygen(NULL, NULL, "SM2");
    assert_non_null(s->secret);
    assert_int_equal(EVP_PKEY_get_octet_string_param(s->secret, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY,
                                                     point, sizeof point, &n),
                     1);
    assert_ok(key_init(&s->key, SUITE_GM, KEY_WITNESS, BYTES_LIT("court"), point));
    openssl_sign(s->secret, message, s->signature);
}

static void every_key_answers_the_same_with_and_without_room(void **state)
{
    (void)state;
    static struct signer signers[KEYS];
    struct key_cache    *cache = calloc(1, sizeof *cache);
    const struct bytes   message = BYTES_LIT("root"), other = BYTES_LIT("roof");
    assert_non_null(cache);
    for (size_t i = 0; i < KEYS; i++) signer_init(&signers[i], message);
    for (unsigned use = 0; use < USES; use++)
        for (size_t i = 0; i < KEYS; i++) {
            const struct signer *s = &signers[i];
            const uint8_t       *wrong = signers[(i + 1) % KEYS].signature;
            assert_ok(key_cache_verify(cache, &s->key, message, s->signature));
            assert_err(key_cache_verify(cache, &s->key, other, s->signature), GZ_MISMATCH);
            assert_err(key_cache_verify(cache, &s->key, message, wrong), GZ_MISMATCH);
        }
    assert_true(cache->has_base);
    assert_int_equal(cache->n, KEY_CACHE_MAX);
    for (size_t i = 0; i < KEYS; i++) EVP_PKEY_free(signers[i].secret);
    free(cache);
}

/* A table costs as much as twenty verifications: a few uses make none. */
static void a_table_is_made_after_some_uses_only(void **state)
{
    (void)state;
    struct signer      s;
    struct key_cache  *cache = calloc(1, sizeof *cache);
    const struct bytes message = BYTES_LIT("root");
    assert_non_null(cache);
    signer_init(&s, message);
    for (unsigned use = 1; use < KEY_CACHE_AFTER; use++) {
        assert_ok(key_cache_verify(cache, &s.key, message, s.signature));
        assert_false(cache->has_base);
    }
    assert_ok(key_cache_verify(cache, &s.key, message, s.signature));
    assert_true(cache->has_base);
    EVP_PKEY_free(s.secret);
    free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_answers_the_same_with_and_without_room),
        cmocka_unit_test(a_table_is_made_after_some_uses_only),
    };
    RUN_TESTS(tests);
}

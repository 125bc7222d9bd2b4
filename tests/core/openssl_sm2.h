/* SM2 of OpenSSL, the second opinion of the tests. */
#pragma once
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "check.h"
#include "core/sm2.h"

/* NULL where OpenSSL refuses the point. */
static inline EVP_PKEY *openssl_key(const uint8_t point[SM2_POINT_SIZE])
{
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "SM2", NULL);
    EVP_PKEY     *key = NULL;
    void         *wire = (void *)point;
    OSSL_PARAM    params[] = {
           OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)"SM2", 0),
           OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, wire, SM2_POINT_SIZE),
           OSSL_PARAM_END};
    assert_int_equal(EVP_PKEY_fromdata_init(c), 1);
    if (EVP_PKEY_fromdata(c, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) key = NULL;
    EVP_PKEY_CTX_free(c);
    return key;
}

static inline size_t signature_to_der(const uint8_t signature[SM2_SIGNATURE_SIZE], uint8_t **der)
{
    ECDSA_SIG *sig = ECDSA_SIG_new();
    ECDSA_SIG_set0(sig, BN_bin2bn(signature, 32, NULL), BN_bin2bn(signature + 32, 32, NULL));
    *der = NULL;
    const int size = i2d_ECDSA_SIG(sig, der);
    ECDSA_SIG_free(sig);
    assert_true(size > 0);
    return (size_t)size;
}

static inline bool openssl_verifies_digest(const uint8_t point[SM2_POINT_SIZE], const uint8_t e[32],
                                           const uint8_t signature[SM2_SIGNATURE_SIZE])
{
    EVP_PKEY *key = openssl_key(point);
    if (key == NULL) return false;
    uint8_t      *der;
    const size_t  der_n = signature_to_der(signature, &der);
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
    assert_int_equal(EVP_PKEY_verify_init(c), 1);
    const bool ok = EVP_PKEY_verify(c, der, der_n, e, 32) == 1;
    EVP_PKEY_CTX_free(c);
    OPENSSL_free(der);
    EVP_PKEY_free(key);
    return ok;
}

/* The ID has to be set: OpenSSL 3.0 takes the empty one otherwise. */
static inline EVP_MD_CTX *message_context(EVP_PKEY *key, EVP_PKEY_CTX **pkey_ctx)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    *pkey_ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    assert_int_equal(EVP_PKEY_CTX_set1_id(*pkey_ctx, "1234567812345678", 16), 1);
    EVP_MD_CTX_set_pkey_ctx(md, *pkey_ctx);
    return md;
}

static inline bool openssl_verifies(EVP_PKEY *key, struct bytes message,
                                    const uint8_t signature[SM2_SIGNATURE_SIZE])
{
    EVP_PKEY_CTX *c;
    uint8_t      *der;
    EVP_MD_CTX   *md = message_context(key, &c);
    const size_t  der_n = signature_to_der(signature, &der);
    assert_int_equal(EVP_DigestVerifyInit(md, NULL, EVP_sm3(), NULL, key), 1);
    const bool ok = EVP_DigestVerify(md, der, der_n, message.p, message.n) == 1;
    EVP_MD_CTX_free(md);
    EVP_PKEY_CTX_free(c);
    OPENSSL_free(der);
    return ok;
}

static inline void openssl_sign(EVP_PKEY *key, struct bytes message,
                                uint8_t out[SM2_SIGNATURE_SIZE])
{
    EVP_PKEY_CTX *c;
    uint8_t       der[128];
    size_t        der_n = sizeof der;
    EVP_MD_CTX   *md = message_context(key, &c);
    assert_int_equal(EVP_DigestSignInit(md, NULL, EVP_sm3(), NULL, key), 1);
    assert_int_equal(EVP_DigestSign(md, der, &der_n, message.p, message.n), 1);
    const uint8_t *at = der;
    ECDSA_SIG     *sig = d2i_ECDSA_SIG(NULL, &at, (long)der_n);
    BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + 32, 32);
    ECDSA_SIG_free(sig);
    EVP_MD_CTX_free(md);
    EVP_PKEY_CTX_free(c);
}

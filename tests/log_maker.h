/* Keys and signed notes of suite intl for tests, straight through OpenSSL. */
#pragma once
#include <openssl/evp.h>
#include <string.h>

#include "check.h"
#include "core/note.h"

struct maker {
    EVP_PKEY  *secret;
    struct key key;
};

/* The secret is 32 times the byte seed. */
static inline void maker_init(struct maker *m, enum key_purpose purpose, const char *name,
                              uint8_t seed)
{
    uint8_t secret[32], public_key[32];
    size_t  n = sizeof public_key;
    memset(secret, seed, sizeof secret);
    m->secret = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret, sizeof secret);
    assert_non_null(m->secret);
    assert_int_equal(EVP_PKEY_get_raw_public_key(m->secret, public_key, &n), 1);
    assert_ok(key_init(&m->key, SUITE_INTL, purpose, bytes_str(name), public_key));
}

static inline void maker_fini(struct maker *m)
{
    EVP_PKEY_free(m->secret);
}

static inline void maker_sign(struct maker *m, struct bytes message, uint8_t out[64])
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t      n = 64;
    assert_int_equal(EVP_DigestSignInit(ctx, NULL, NULL, NULL, m->secret), 1);
    assert_int_equal(EVP_DigestSign(ctx, out, &n, message.p, message.n), 1);
    EVP_MD_CTX_free(ctx);
}

/* Text of a checkpoint, the empty line, and the log's signature. */
static inline void maker_checkpoint(struct maker *log, const char *origin, uint64_t size,
                                    struct hash root, struct buf *out)
{
    const struct checkpoint c = {bytes_str(origin), size, root};
    uint8_t                 signature[64];
    assert_ok(checkpoint_encode(&c, out));
    maker_sign(log, buf_bytes(out), signature);
    assert_ok(buf_add_byte(out, '\n'));
    assert_ok(note_add_line(bytes_str(log->key.name), log->key.id, BYTES_OF(signature), out));
}

/* The cosignature line over the text of a note. */
static inline void maker_cosign(struct maker *w, struct bytes text, uint64_t time, struct buf *line)
{
    struct buf message = {0};
    uint8_t    blob[COSIGNATURE_BLOB_SIZE];
    assert_ok(cosignature_message(time, text, &message));
    write_be64(blob, time);
    maker_sign(w, buf_bytes(&message), blob + 8);
    assert_ok(note_add_line(bytes_str(w->key.name), w->key.id, BYTES_OF(blob), line));
    buf_fini(&message);
}

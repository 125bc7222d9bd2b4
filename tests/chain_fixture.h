/* A chain for tests: genesis of suite intl with two organisations, and signed submissions. */
#pragma once
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "check.h"
#include "core/submission.h"

struct fixture_key {
    EVP_PKEY  *pkey;
    struct key key;
};
struct fixture {
    struct fixture_key log, witness, bank, court;
    struct buf         genesis;
};

static inline void fixture_key_make(struct fixture_key *k, enum key_purpose purpose,
                                    const char *name)
{
    uint8_t raw[32];
    size_t  n = sizeof raw;
    k->pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    assert_int_equal(EVP_PKEY_get_raw_public_key(k->pkey, raw, &n), 1);
    assert_ok(key_init(&k->key, SUITE_INTL, purpose, bytes_str(name), raw));
}

static inline void fixture_sign(const struct fixture_key *k, struct bytes message, uint8_t sig[64])
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t      n = 64;
    assert_int_equal(EVP_DigestSignInit(ctx, NULL, NULL, NULL, k->pkey), 1);
    assert_int_equal(EVP_DigestSign(ctx, sig, &n, message.p, message.n), 1);
    EVP_MD_CTX_free(ctx);
}

/* until: end of the court's range of indexes, 0 for none. */
static inline void fixture_init(struct fixture *f, unsigned until)
{
    DEFER(buf_fini) struct buf log = {0}, witness = {0}, bank = {0}, court = {0};
    char                       end[16];
    memset(f, 0, sizeof *f);
    fixture_key_make(&f->log, KEY_LOG, "guzheng/test");
    fixture_key_make(&f->witness, KEY_WITNESS, "court.sd");
    fixture_key_make(&f->bank, KEY_SUBMISSION, "ccb.sd");
    fixture_key_make(&f->court, KEY_SUBMISSION, "court.sd");
    assert_ok(key_encode(&f->log.key, &log));
    assert_ok(key_encode(&f->witness.key, &witness));
    assert_ok(key_encode(&f->bank.key, &bank));
    assert_ok(key_encode(&f->court.key, &court));
    snprintf(end, sizeof end, until == 0 ? "null" : "%u", until);
    assert_ok(buf_addf(
        &f->genesis,
        "{\"type\":\"guzheng/genesis/v1\",\"origin\":\"guzheng/test\",\"suite\":\"intl\","
        "\"created_at\":\"2026-01-01T00:00:00Z\",\"organisations\":["
        "{\"name\":\"ccb.sd\",\"role\":\"bank\",\"submission\":\"%.*s\",\"receipt\":null,"
        "\"from_index\":0,\"until_index\":null},"
        "{\"name\":\"court.sd\",\"role\":\"court\",\"submission\":\"%.*s\",\"receipt\":null,"
        "\"from_index\":0,\"until_index\":%s}],"
        "\"policy\":\"log %.*s\\nwitness w %.*s\\nquorum w\\n\",\"continues\":null}",
        (int)bank.n, (char *)bank.p, (int)court.n, (char *)court.p, end, (int)log.n, (char *)log.p,
        (int)witness.n, (char *)witness.p));
}

static inline void fixture_fini(struct fixture *f)
{
    EVP_PKEY_free(f->log.pkey);
    EVP_PKEY_free(f->witness.pkey);
    EVP_PKEY_free(f->bank.pkey);
    EVP_PKEY_free(f->court.pkey);
    buf_fini(&f->genesis);
}

/* count items whose fingerprints follow from salt; the first one corrects an index if supersedes >=
 * 0. */
static inline void fixture_submission(const struct fixture_key *k, uint64_t seq, uint32_t count,
                                      unsigned salt, int64_t supersedes, struct buf *out)
{
    DEFER(buf_fini) struct buf    body = {0}, message = {0};
    static struct submission_item items[SUBMISSION_ITEMS_MAX];
    struct submission             s = {
                    .org = bytes_str(k->key.name), .seq = seq, .items_n = count, .items = items};
    uint8_t sig[64];
    memcpy(s.key_id, k->key.id, KEY_ID_SIZE);
    memset(items, 0, count * sizeof *items);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t in[20];
        write_be64(in, seq);
        write_be32(in + 8, i);
        write_be32(in + 12, salt);
        memcpy(in + 16, k->key.id, 4);
        items[i].fingerprint = hash_of(SUITE_INTL, BYTES_OF(in));
    }
    if (supersedes >= 0) {
        items[0].has_supersedes = true;
        items[0].supersedes_index = (uint64_t)supersedes;
    }
    assert_ok(submission_encode_body(&s, &body));
    assert_ok(submission_message(BYTES_LIT("guzheng/test"), buf_bytes(&body), &message));
    fixture_sign(k, buf_bytes(&message), sig);
    out->n = 0;
    assert_ok(submission_encode(buf_bytes(&body), sig, out));
}

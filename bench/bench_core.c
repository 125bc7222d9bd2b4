/* Operations per second of one core, ours beside OpenSSL 3, in CPU time. The two are measured in
 * turns, the best of a few turns each, so that other load on the machine hits both alike. */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/core_names.h>

#include "bench.h"
#include "core/ed25519.h"
#include "core/hash_many.h"
#include "core/sm2_table.h"

enum { TURNS = 5, TURN_US = 100000, LONG = 1024 * 1024, DER_MAX = 128, MANY = 256, NODE = 65 };

static uint8_t input[LONG];

static int64_t one_turn(void (*run)(void *), void *arg)
{
    const int64_t start = clock_us(CLOCK_PROCESS_CPUTIME_ID);
    int64_t       spent = 0, runs = 0;
    for (; spent < TURN_US; spent = clock_us(CLOCK_PROCESS_CPUTIME_ID) - start)
        for (int64_t batch = runs / 8 + 1; batch > 0; batch--, runs++) run(arg);
    return runs * 1000000 / spent;
}

static void print_row(const char *name, void (*ours)(void *), void (*theirs)(void *), void *arg,
                      const char *bar)
{
    int64_t a = 0, b = 0;
    for (unsigned turn = 0; turn < TURNS; turn++) {
        const int64_t x = one_turn(ours, arg), y = one_turn(theirs, arg);
        a = x > a ? x : a;
        b = y > b ? y : b;
    }
    table_row(name, (uint64_t)a, (uint64_t)b, bar);
}

/* --- hashes ----------------------------------------------------------------------------------- */

struct hash_case {
    enum suite  suite;
    size_t      size;
    EVP_MD_CTX *ctx;
    EVP_MD     *md;
    uint8_t     out[HASH_SIZE];
};

static void hash_ours(void *arg)
{
    struct hash_case *c = arg;
    const struct hash h = hash_of(c->suite, (struct bytes){input, c->size});
    memcpy(c->out, h.b, sizeof c->out);
}

static void hash_theirs(void *arg)
{
    struct hash_case *c = arg;
    must(EVP_DigestInit_ex2(c->ctx, c->md, NULL) == 1);
    must(EVP_DigestUpdate(c->ctx, input, c->size) == 1);
    must(EVP_DigestFinal_ex(c->ctx, c->out, NULL) == 1);
}

/* Nodes of a tree: as many as a level hands over at once. */
static void many_ours(void *arg)
{
    static struct hash out[MANY];
    (void)arg;
    hash_many(SUITE_GM, 1, input, NODE - 1, MANY, out);
}

static void many_theirs(void *arg)
{
    for (unsigned i = 0; i < MANY; i++) hash_theirs(arg);
}

static void bench_many(void)
{
    struct hash_case c = {.suite = SUITE_GM,
                          .size = NODE,
                          .ctx = EVP_MD_CTX_new(),
                          .md = EVP_MD_fetch(NULL, "SM3", NULL)};
    print_row("SM3, 256 of 65 B", many_ours, many_theirs, &c, "x 4 with AVX2, 8 AVX-512");
    EVP_MD_CTX_free(c.ctx);
    EVP_MD_free(c.md);
}

static void bench_hashes(enum suite suite, const char *name)
{
    static const size_t sizes[] = {33, 65, 300, LONG};
    struct hash_case    c = {
           .suite = suite, .ctx = EVP_MD_CTX_new(), .md = EVP_MD_fetch(NULL, name, NULL)};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char row[32];
        c.size = sizes[i];
        snprintf(row, sizeof row, "%s %zu B", name, c.size);
        print_row(row, hash_ours, hash_theirs, &c, "");
    }
    EVP_MD_free(c.md);
    EVP_MD_CTX_free(c.ctx);
}

/* --- signatures ------------------------------------------------------------------------------- */

struct signature_case {
    EVP_PKEY *pkey;
    uint8_t   key[SM2_POINT_SIZE], message[100], signature[64], der[DER_MAX];
    size_t    der_n;
};

static EVP_MD_CTX *context(EVP_PKEY *pkey, EVP_PKEY_CTX **pkey_ctx)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    *pkey_ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    must(EVP_PKEY_CTX_set1_id(*pkey_ctx, "1234567812345678", 16) == 1);
    EVP_MD_CTX_set_pkey_ctx(ctx, *pkey_ctx);
    return ctx;
}

static void sm2_ours(void *arg)
{
    const struct signature_case *c = arg;
    must(sm2_verify(c->key, BYTES_OF(c->message), c->signature) == GZ_OK);
}

/* Of keys that sign again and again: so many messages in turn of a few keys. */
enum { KNOWN_KEYS = 4, KNOWN_SIGNATURES = 64 };
static struct sm2_table      base_table, key_tables[KNOWN_KEYS];
static struct signature_case known[KNOWN_SIGNATURES];
static unsigned              known_next;

static void sm2_known_ours(void *arg)
{
    const struct signature_case *c = &known[known_next++ % KNOWN_SIGNATURES];
    const struct sm2_table      *key = &key_tables[(c - known) % KNOWN_KEYS];
    (void)arg;
    must(sm2_table_verify(&base_table, key, BYTES_OF(c->message), c->signature) == GZ_OK);
}

static void sm2_table_ours(void *arg)
{
    const struct signature_case *c = arg;
    must(sm2_table_init(&key_tables[0], c->key) == GZ_OK);
}

static void sm2_theirs(void *arg)
{
    struct signature_case *c = arg;
    EVP_PKEY_CTX          *pkey_ctx;
    EVP_MD_CTX            *ctx = context(c->pkey, &pkey_ctx);
    must(EVP_DigestVerifyInit(ctx, NULL, EVP_sm3(), NULL, c->pkey) == 1);
    must(EVP_DigestVerify(ctx, c->der, c->der_n, c->message, sizeof c->message) == 1);
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_CTX_free(pkey_ctx);
}

static void sm2_make(struct signature_case *c)
{
    size_t        key_n;
    EVP_PKEY_CTX *pkey_ctx;
    EVP_MD_CTX   *ctx = context(c->pkey, &pkey_ctx);
    c->der_n = DER_MAX;
    must(EVP_PKEY_get_octet_string_param(c->pkey, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, c->key,
                                         sizeof c->key, &key_n) == 1);
    must(EVP_DigestSignInit(ctx, NULL, EVP_sm3(), NULL, c->pkey) == 1);
    must(EVP_DigestSign(ctx, c->der, &c->der_n, c->message, sizeof c->message) == 1);
    const uint8_t *at = c->der;
    ECDSA_SIG     *sig = d2i_ECDSA_SIG(NULL, &at, (long)c->der_n);
    BN_bn2binpad(ECDSA_SIG_get0_r(sig), c->signature, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(sig), c->signature + 32, 32);
    ECDSA_SIG_free(sig);
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_CTX_free(pkey_ctx);
}

static void bench_sm2(void)
{
    for (unsigned i = 0; i < KNOWN_SIGNATURES; i++) {
        known[i].pkey =
            i < KNOWN_KEYS ? EVP_PKEY_Q_keygen(NULL, NULL, "SM2") : known[i % KNOWN_KEYS].pkey;
        known[i].message[0] = (uint8_t)i;
        sm2_make(&known[i]);
        must(sm2_table_init(&key_tables[i % KNOWN_KEYS], known[i].key) == GZ_OK);
    }
    sm2_table_init_base(&base_table);
    print_row("SM2 verify, a new key", sm2_ours, sm2_theirs, &known[0], "12000");
    print_row("SM2 verify, known keys", sm2_known_ours, sm2_theirs, &known[0], "50000");
    print_row("SM2, a table made", sm2_table_ours, sm2_theirs, &known[0], "");
    for (unsigned i = 0; i < KNOWN_KEYS; i++) EVP_PKEY_free(known[i].pkey);
}

static void ed25519_ours(void *arg)
{
    const struct signature_case *c = arg;
    must(ed25519_verify(c->key, BYTES_OF(c->message), c->signature) == GZ_OK);
}

static void ed25519_theirs(void *arg)
{
    const struct signature_case *c = arg;
    EVP_MD_CTX                  *ctx = EVP_MD_CTX_new();
    must(EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, c->pkey) == 1);
    must(EVP_DigestVerify(ctx, c->signature, sizeof c->signature, c->message, sizeof c->message) ==
         1);
    EVP_MD_CTX_free(ctx);
}

static void bench_ed25519(void)
{
    struct signature_case c = {.pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")};
    size_t                key_n = sizeof c.key, signature_n = sizeof c.signature;
    EVP_MD_CTX           *ctx = EVP_MD_CTX_new();
    must(EVP_PKEY_get_raw_public_key(c.pkey, c.key, &key_n) == 1);
    must(EVP_DigestSignInit(ctx, NULL, NULL, NULL, c.pkey) == 1);
    must(EVP_DigestSign(ctx, c.signature, &signature_n, c.message, sizeof c.message) == 1);
    EVP_MD_CTX_free(ctx);
    print_row("Ed25519 verify", ed25519_ours, ed25519_theirs, &c, "");
    EVP_PKEY_free(c.pkey);
}

int main(void)
{
    for (size_t i = 0; i < sizeof input; i++) input[i] = (uint8_t)(i * 131 >> 3);
    table_head("operations/s, one core (peer: OpenSSL)");
    bench_hashes(SUITE_GM, "SM3");
    bench_many();
    bench_hashes(SUITE_INTL, "SHA256");
    bench_sm2();
    bench_ed25519();
    return 0;
}

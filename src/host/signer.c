#include "host/signer.h"

#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/note.h"
#include "host/file.h"
#include "host/host.h"

enum { PEM_MAX = 16 * 1024, DER_SIGNATURE_MAX = 80 };
static const char sm2_id[] = "1234567812345678";

struct signer {
    struct key key;
    EVP_PKEY  *secret; /* never changed after open, so threads may share it */
};

static void free_pkey(EVP_PKEY **p)
{
    EVP_PKEY_free(*p);
}

static void free_bio(BIO **b)
{
    BIO_free(*b);
}

static void free_md_ctx(EVP_MD_CTX **c)
{
    EVP_MD_CTX_free(*c);
}

static void free_pkey_ctx(EVP_PKEY_CTX **c)
{
    EVP_PKEY_CTX_free(*c);
}

static void free_ecdsa_sig(ECDSA_SIG **s)
{
    ECDSA_SIG_free(*s);
}

static void wipe_buf(struct buf *b)
{
    OPENSSL_cleanse(b->p, b->cap);
    buf_fini(b);
}

static const char *algorithm(enum suite suite)
{
    return suite == SUITE_GM ? "SM2" : "ED25519";
}

/* The public half as the format writes it. A key of type EC on the curve of SM2 would silently sign
 * by ECDSA, so the type is checked here, where every key passes. */
static enum gz_err public_half(EVP_PKEY *secret, enum suite suite, uint8_t out[KEY_PUBLIC_MAX])
{
    if (!EVP_PKEY_is_a(secret, algorithm(suite))) return GZ_MALFORMED;
    size_t    n = KEY_PUBLIC_MAX;
    const int got = suite == SUITE_GM
                        ? EVP_PKEY_get_octet_string_param(secret, OSSL_PKEY_PARAM_PUB_KEY, out,
                                                          KEY_PUBLIC_MAX, &n)
                        : EVP_PKEY_get_raw_public_key(secret, out, &n);
    return got == 1 && n == (suite == SUITE_GM ? 65 : 32) ? GZ_OK : GZ_MALFORMED;
}

static enum gz_err make_key(EVP_PKEY *secret, enum suite suite, enum key_purpose purpose,
                            struct bytes name, struct key *out)
{
    uint8_t point[KEY_PUBLIC_MAX] = {0};
    TRY(public_half(secret, suite, point));
    return key_init(out, suite, purpose, name, point);
}

enum gz_err signer_create(const char *path, enum suite suite, enum key_purpose purpose,
                          struct bytes name, struct key *out)
{
    DEFER(free_pkey) EVP_PKEY *secret = EVP_PKEY_Q_keygen(NULL, NULL, algorithm(suite));
    DEFER(free_bio) BIO       *pem = BIO_new(BIO_s_secmem());
    struct key                 key;
    uint8_t                   *p = NULL;
    if (secret == NULL || pem == NULL) return GZ_MEMORY;
    TRY(make_key(secret, suite, purpose, name, &key));
    if (!PEM_write_bio_PKCS8PrivateKey(pem, secret, NULL, NULL, 0, NULL, NULL)) return GZ_MEMORY;
    const long n = BIO_get_mem_data(pem, &p);
    if (n <= 0) return GZ_MEMORY;
    TRY(file_create(path, (struct bytes){p, (size_t)n}, 0600));
    *out = key;
    return GZ_OK;
}

/* A key that others can read is no secret: refuse it before it signs anything. */
static enum gz_err check_mode(const char *path)
{
    struct stat st;
    if (stat(path, &st)) return GZ_MISSING;
    if ((st.st_mode & 0177) == 0 && st.st_uid == geteuid()) return GZ_OK;
    log_line(LOG_ERROR, "signer", "refused: %s must have mode 0600 and be ours (chmod 600)", path);
    return GZ_DENIED;
}

/* No prompt: an encrypted file is a defect, not a question. */
static int no_passphrase(char *out, int size, int writing, void *ctx)
{
    (void)out, (void)size, (void)writing, (void)ctx;
    return -1;
}

enum gz_err signer_open(const char *path, enum suite suite, enum key_purpose purpose,
                        struct bytes name, struct signer **out)
{
    DEFER(wipe_buf) struct buf        pem = {0};
    DEFER(signer_free) struct signer *s = calloc(1, sizeof *s);
    if (s == NULL) return GZ_MEMORY;
    TRY(check_mode(path));
    TRY(buf_reserve(&pem, PEM_MAX)); /* no growth that would leave copies behind */
    TRY(file_read(path, PEM_MAX, &pem));
    DEFER(free_bio) BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
    if (bio == NULL) return GZ_MEMORY;
    s->secret = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    const enum gz_err e =
        s->secret == NULL ? GZ_MALFORMED : make_key(s->secret, suite, purpose, name, &s->key);
    if (e != GZ_OK) {
        log_line(LOG_ERROR, "signer", "refused: %s holds no %s key", path, algorithm(suite));
        return e;
    }
    *out = s;
    s = NULL;
    return GZ_OK;
}

void signer_free(struct signer **s)
{
    if (*s == NULL) return;
    EVP_PKEY_free((*s)->secret);
    free(*s);
    *s = NULL;
}

const struct key *signer_key(const struct signer *s)
{
    return &s->key;
}

/* The ID must be set before the digest begins, since it is hashed first; OpenSSL 3.0 would take
 * none. */
static enum gz_err sign_sm2(EVP_PKEY *secret, struct bytes m, uint8_t out[KEY_SIGNATURE_SIZE])
{
    DEFER(free_pkey_ctx) EVP_PKEY_CTX *pkey = EVP_PKEY_CTX_new_from_pkey(NULL, secret, NULL);
    DEFER(free_md_ctx) EVP_MD_CTX     *md = EVP_MD_CTX_new();
    uint8_t                            der[DER_SIGNATURE_MAX];
    size_t                             n = sizeof der;
    if (pkey == NULL || md == NULL) return GZ_MEMORY;
    if (EVP_PKEY_CTX_set1_id(pkey, sm2_id, sizeof sm2_id - 1) <= 0) return GZ_MEMORY;
    EVP_MD_CTX_set_pkey_ctx(md, pkey);
    if (EVP_DigestSignInit(md, NULL, EVP_sm3(), NULL, secret) <= 0 ||
        EVP_DigestSign(md, der, &n, m.p, m.n) <= 0)
        return GZ_MEMORY;
    const uint8_t                   *p = der;
    DEFER(free_ecdsa_sig) ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)n);
    uint8_t                          raw[KEY_SIGNATURE_SIZE];
    if (sig == NULL || BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 32) != 32 ||
        BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 32, 32) != 32)
        return GZ_MEMORY;
    memcpy(out, raw, sizeof raw);
    return GZ_OK;
}

static enum gz_err sign_ed25519(EVP_PKEY *secret, struct bytes m, uint8_t out[KEY_SIGNATURE_SIZE])
{
    DEFER(free_md_ctx) EVP_MD_CTX *md = EVP_MD_CTX_new();
    uint8_t                        raw[KEY_SIGNATURE_SIZE];
    size_t                         n = sizeof raw;
    if (md == NULL || EVP_DigestSignInit(md, NULL, NULL, NULL, secret) <= 0 ||
        EVP_DigestSign(md, raw, &n, m.p, m.n) <= 0 || n != sizeof raw)
        return GZ_MEMORY;
    memcpy(out, raw, sizeof raw);
    return GZ_OK;
}

enum gz_err signer_sign(struct signer *s, struct bytes message,
                        uint8_t signature[KEY_SIGNATURE_SIZE])
{
    return s->key.suite == SUITE_GM ? sign_sm2(s->secret, message, signature)
                                    : sign_ed25519(s->secret, message, signature);
}

enum gz_err signer_sign_note(struct signer *s, struct bytes text, struct buf *line)
{
    uint8_t signature[KEY_SIGNATURE_SIZE];
    assert(s->key.purpose != KEY_WITNESS);
    TRY(signer_sign(s, text, signature));
    return note_add_line(bytes_str(s->key.name), s->key.id, BYTES_OF(signature), line);
}

enum gz_err signer_cosign(struct signer *s, struct bytes text, uint64_t t, struct buf *line)
{
    DEFER(buf_fini) struct buf message = {0};
    uint8_t                    blob[COSIGNATURE_BLOB_SIZE];
    assert(s->key.purpose == KEY_WITNESS && t > 0 && t <= INT64_MAX);
    TRY(cosignature_message(t, text, &message));
    write_be64(blob, t);
    TRY(signer_sign(s, buf_bytes(&message), blob + 8));
    return note_add_line(bytes_str(s->key.name), s->key.id, BYTES_OF(blob), line);
}

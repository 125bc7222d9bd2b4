#include "document/cms_signature.h"

#include <openssl/cms.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "document/cms_gm.h"

enum { RSA_BITS_MIN = 2048, GROUP_NAME_SIZE = 32, OBJECT_TEXT_SIZE = 64 };
static const char sm2_id[] = "1234567812345678";

/* A signature being checked. */
struct check {
    const struct cms_question *q;
    struct cms_answer         *out;
    CMS_ContentInfo           *cms;
    CMS_SignerInfo            *signer; /* of cms */
    EVP_PKEY                  *key;    /* of certificate */
    X509                      *certificate;
    const EVP_MD              *digest;
    STACK_OF(X509) * chain;
};

static void check_fini(struct check *c)
{
    sk_X509_pop_free(c->chain, X509_free);
    CMS_ContentInfo_free(c->cms);
    ERR_clear_error();
}

static void free_md_ctx(EVP_MD_CTX **c)
{
    EVP_MD_CTX_free(*c);
}
static void free_pkey_ctx(EVP_PKEY_CTX **c)
{
    EVP_PKEY_CTX_free(*c);
}
static void free_store_ctx(X509_STORE_CTX **c)
{
    X509_STORE_CTX_free(*c);
}

/* Says it; the check ends there. */
static bool settle(struct check *c, enum cms_state state, const char *why)
{
    c->out->state = state;
    c->out->why = why;
    return false;
}

void cms_prepare_certificate(void *x509)
{
    const X509 *x = x509;
    if (X509_get_signature_nid(x) != NID_SM2_with_SM3) return;
    ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
    if (id != NULL && ASN1_OCTET_STRING_set(id, (const uint8_t *)sm2_id, sizeof sm2_id - 1))
        X509_set0_distinguishing_id(x509, id);
    else ASN1_OCTET_STRING_free(id);
}

/* --- form ------------------------------------------------------------------------------------- */

static bool is_padding(struct bytes rest)
{
    for (size_t i = 0; i < rest.n; i++)
        if (rest.p[i] != 0) return false;
    return true;
}

/* "data", of CMS or of GM/T 0010. */
static bool is_data(const ASN1_OBJECT *type)
{
    char text[OBJECT_TEXT_SIZE];
    if (OBJ_obj2nid(type) == NID_pkcs7_data) return true;
    return OBJ_obj2txt(text, sizeof text, type, 1) > 0 && strcmp(text, CMS_GM_DATA) == 0;
}

static bool decode(struct check *c)
{
    DEFER(buf_fini) struct buf standard = {0};
    const struct bytes         given = c->q->cms;
    const struct bytes cms = cms_from_gm(given, &standard) == GZ_OK ? buf_bytes(&standard) : given;
    const uint8_t     *p = cms.p;
    c->cms = d2i_CMS_ContentInfo(NULL, &p, (long)cms.n);
    if (c->cms == NULL) return settle(c, CMS_INVALID, "签名数据不是 CMS 格式，或已损坏");
    if (!is_padding(bytes_slice(cms, (size_t)(p - cms.p), cms.n)))
        return settle(c, CMS_INVALID, "签名数据之后还有别的数据");
    if (OBJ_obj2nid(CMS_get0_type(c->cms)) != NID_pkcs7_signed)
        return settle(c, CMS_UNSUPPORTED, "签名数据的类型不是 CMS 或 GM/T 0010 的签名");
    if (CMS_is_detached(c->cms) != 1 || !is_data(CMS_get0_eContentType(c->cms)))
        return settle(c, CMS_UNSUPPORTED, "签名不是对文件字节的分离式签名");
    return true;
}

static bool find_signer(struct check *c)
{
    STACK_OF(CMS_SignerInfo) *all = CMS_get0_SignerInfos(c->cms);
    if (sk_CMS_SignerInfo_num(all) != 1)
        return settle(c, CMS_UNSUPPORTED, "一处签名中的签名人不是恰好一个");
    c->chain = CMS_get1_certs(c->cms);
    for (int i = 0; i < sk_X509_num(c->chain); i++)
        cms_prepare_certificate(sk_X509_value(c->chain, i));
    if (CMS_set1_signers_certs(c->cms, NULL, 0) != 1)
        return settle(c, CMS_UNSUPPORTED, "签名中没有签名人的证书");
    c->signer = sk_CMS_SignerInfo_value(all, 0);
    CMS_SignerInfo_get0_algs(c->signer, &c->key, &c->certificate, NULL, NULL);
    return c->key != NULL || settle(c, CMS_UNSUPPORTED, "签名人证书中的公钥不能识别");
}

/* --- who, when, how --------------------------------------------------------------------------- */

static void copy_visible(struct bytes text, char out[CMS_SIGNER_SIZE])
{
    size_t n = 0;
    if (!text_is_utf8(text)) return;
    for (size_t at = 0; at < text.n;) {
        const size_t from = at;
        const bool   is_hidden = text_is_hidden_rune(text_next_rune(text, &at));
        const size_t size = is_hidden ? 1 : at - from;
        if (n + size >= CMS_SIGNER_SIZE) break;
        if (is_hidden) out[n] = '?';
        else memcpy(out + n, text.p + from, size);
        n += size;
    }
    out[n] = 0;
}

/* The common name, or else the organisation. */
static void note_signer(struct check *c)
{
    X509_NAME *subject = X509_get_subject_name(c->certificate);
    int        at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    uint8_t   *text = NULL;
    if (at < 0) at = X509_NAME_get_index_by_NID(subject, NID_organizationName, -1);
    if (at < 0) return;
    const int n =
        ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    if (n >= 0) copy_visible((struct bytes){text, (size_t)n}, c->out->signer);
    OPENSSL_free(text);
}

static void note_time(struct check *c)
{
    const ASN1_TYPE *value = NULL;
    struct tm        tm;
    const int        at = CMS_signed_get_attr_by_NID(c->signer, NID_pkcs9_signingTime, -1);
    c->out->has_time = c->q->has_time;
    c->out->time = c->q->time;
    if (at < 0) return;
    value = X509_ATTRIBUTE_get0_type(CMS_signed_get_attr(c->signer, at), 0);
    if (value == NULL || (value->type != V_ASN1_UTCTIME && value->type != V_ASN1_GENERALIZEDTIME) ||
        ASN1_TIME_to_tm(value->value.asn1_string, &tm) != 1)
        return;
    c->out->has_time = true;
    c->out->time = (struct time){timegm(&tm), 0};
}

static const char *digest_name(int nid)
{
    switch (nid) {
    case NID_sha256: return "SHA-256";
    case NID_sha384: return "SHA-384";
    case NID_sha512: return "SHA-512";
    case NID_sm3: return "SM3";
    default: return NULL;
    }
}

/* As people call the curves of NIST. */
static const char *curve_name(const char *group)
{
    static const char *const names[][2] = {
        {"prime256v1", "P256"}, {"secp384r1", "P384"}, {"secp521r1", "P521"}};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(group, names[i][0]) == 0) return names[i][1];
    return group;
}

static void note_algorithm(struct check *c, const char *digest)
{
    char        group[GROUP_NAME_SIZE] = "";
    size_t      n = 0;
    const char *type = EVP_PKEY_get0_type_name(c->key);
    (void)EVP_PKEY_get_group_name(c->key, group, sizeof group, &n);
    if (EVP_PKEY_is_a(c->key, "SM2")) (void)snprintf(group, sizeof group, "256");
    if (group[0] == 0) (void)snprintf(group, sizeof group, "%d", EVP_PKEY_get_bits(c->key));
    if (EVP_PKEY_is_a(c->key, "EC")) type = "ECDSA";
    (void)snprintf(c->out->algorithm, CMS_ALGORITHM_SIZE, "%s-%s %s", type == NULL ? "?" : type,
                   curve_name(group), digest);
    ERR_clear_error();
}

static bool describe(struct check *c)
{
    X509_ALGOR        *algorithm = NULL;
    const ASN1_OBJECT *object = NULL;
    CMS_SignerInfo_get0_algs(c->signer, NULL, NULL, &algorithm, NULL);
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    const char *digest = digest_name(OBJ_obj2nid(object));
    note_signer(c);
    note_time(c);
    note_algorithm(c, digest == NULL ? "?" : digest);
    if (digest == NULL) return settle(c, CMS_UNSUPPORTED, "签名的摘要算法过弱或不认识");
    c->digest = EVP_get_digestbynid(OBJ_obj2nid(object));
    const bool is_rsa = EVP_PKEY_is_a(c->key, "RSA") || EVP_PKEY_is_a(c->key, "RSA-PSS");
    if (is_rsa && EVP_PKEY_get_bits(c->key) < RSA_BITS_MIN)
        return settle(c, CMS_UNSUPPORTED, "签名的 RSA 密钥短于 2048 位");
    if (!is_rsa && !EVP_PKEY_is_a(c->key, "EC") && !EVP_PKEY_is_a(c->key, "SM2"))
        return settle(c, CMS_UNSUPPORTED, "签名算法不认识");
    return true;
}

/* --- the bytes -------------------------------------------------------------------------------- */

static bool digest_content(const struct check *c, uint8_t out[EVP_MAX_MD_SIZE], unsigned *n)
{
    DEFER(free_md_ctx) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    return ctx != NULL && EVP_DigestInit_ex(ctx, c->digest, NULL) &&
           EVP_DigestUpdate(ctx, c->q->head.p, c->q->head.n) &&
           EVP_DigestUpdate(ctx, c->q->tail.p, c->q->tail.n) && EVP_DigestFinal_ex(ctx, out, n);
}

/* An attribute that must be there once, with one value. */
static const void *attribute(const struct check *c, int nid, int type)
{
    return CMS_signed_get0_data_by_OBJ(c->signer, OBJ_nid2obj(nid), -3, type);
}

static bool has_attributes(const struct check *c)
{
    return CMS_signed_get_attr_count(c->signer) > 0;
}

static bool check_content(struct check *c)
{
    uint8_t  found[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (!has_attributes(c)) return true; /* then the content itself is signed */
    const ASN1_OCTET_STRING *stated = attribute(c, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING);
    const ASN1_OBJECT       *type = attribute(c, NID_pkcs9_contentType, V_ASN1_OBJECT);
    if (stated == NULL || type == NULL || OBJ_cmp(type, CMS_get0_eContentType(c->cms)) != 0)
        return settle(c, CMS_INVALID, "签名属性缺少或重复");
    if (!digest_content(c, found, &n)) return settle(c, CMS_UNSUPPORTED, "签名的摘要算法不能计算");
    const struct bytes want = {ASN1_STRING_get0_data(stated), (size_t)ASN1_STRING_length(stated)};
    if (!bytes_eq(want, (struct bytes){found, n}))
        return settle(c, CMS_INVALID, "签名之后文件被改动过");
    return true;
}

/* The signed attributes as they were signed: a SET OF, in the order in which they stand. */
static enum gz_err encode_attributes(const struct check *c, struct buf *out)
{
    DEFER(buf_fini) struct buf body = {0};
    for (int i = 0; i < CMS_signed_get_attr_count(c->signer); i++) {
        uint8_t  *der = NULL;
        const int n = i2d_X509_ATTRIBUTE(CMS_signed_get_attr(c->signer, i), &der);
        if (n < 0) return GZ_MEMORY;
        const enum gz_err e = buf_add(&body, (struct bytes){der, (size_t)n});
        OPENSSL_free(der);
        TRY(e);
    }
    const int size = ASN1_object_size(1, (int)body.n, V_ASN1_SET);
    if (size < 0) return GZ_LIMIT;
    TRY(buf_reserve(out, (size_t)size));
    uint8_t *p = out->p;
    ASN1_put_object(&p, 1, (int)body.n, V_ASN1_SET, V_ASN1_UNIVERSAL);
    out->n = (size_t)(p - out->p);
    return buf_add(out, buf_bytes(&body));
}

/* The key's signature over the parts one after the other. */
static bool verify_parts(const struct check *c, const struct bytes *parts, size_t n)
{
    DEFER(free_md_ctx) EVP_MD_CTX     *ctx = EVP_MD_CTX_new();
    DEFER(free_pkey_ctx) EVP_PKEY_CTX *key = EVP_PKEY_CTX_new(c->key, NULL);
    const ASN1_OCTET_STRING           *signature = CMS_SignerInfo_get0_signature(c->signer);
    if (ctx == NULL || key == NULL) return false;
    if (EVP_PKEY_is_a(c->key, "SM2") &&
        EVP_PKEY_CTX_set1_id(key, sm2_id, (int)sizeof sm2_id - 1) <= 0)
        return false;
    EVP_MD_CTX_set_pkey_ctx(ctx, key);
    bool is_fine = EVP_DigestVerifyInit(ctx, NULL, c->digest, NULL, c->key) == 1;
    for (size_t i = 0; i < n && is_fine; i++)
        is_fine = EVP_DigestVerifyUpdate(ctx, parts[i].p, parts[i].n) == 1;
    return is_fine && EVP_DigestVerifyFinal(ctx, ASN1_STRING_get0_data(signature),
                                            (size_t)ASN1_STRING_length(signature)) == 1;
}

static bool verify(const struct check *c)
{
    DEFER(buf_fini) struct buf attributes = {0};
    const struct bytes         content[] = {c->q->head, c->q->tail};
    if (!has_attributes(c)) return verify_parts(c, content, COUNT_OF(content));
    if (!EVP_PKEY_is_a(c->key, "SM2")) return CMS_SignerInfo_verify(c->signer) == 1;
    if (encode_attributes(c, &attributes) != GZ_OK) return false;
    const struct bytes signed_part = buf_bytes(&attributes);
    return verify_parts(c, &signed_part, 1);
}

static bool is_pss(const struct check *c)
{
    X509_ALGOR        *algorithm = NULL;
    const ASN1_OBJECT *object = NULL;
    CMS_SignerInfo_get0_algs(c->signer, NULL, NULL, NULL, &algorithm);
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    return OBJ_obj2nid(object) == NID_rsassaPss;
}

static bool check_signature(struct check *c)
{
    if (EVP_PKEY_is_a(c->key, "SM2") && EVP_MD_get_type(c->digest) != NID_sm3)
        return settle(c, CMS_UNSUPPORTED, "SM2 签名所用的摘要算法不是 SM3");
    if (!has_attributes(c) && is_pss(c))
        return settle(c, CMS_UNSUPPORTED, "没有签名属性的 RSA-PSS 签名");
    if (verify(c)) return true;
    return settle(c, CMS_INVALID,
                  has_attributes(c) ? "签名与签名人证书中的公钥不符"
                                    : "签名之后文件被改动过，或签名与证书中的公钥不符");
}

/* --- trust ------------------------------------------------------------------------------------ */

static bool is_trusted(const struct check *c)
{
    DEFER(free_store_ctx) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    const bool is_past = c->out->has_time && time_cmp(c->out->time, c->q->now) < 0;
    if (ctx == NULL || c->q->roots == NULL ||
        !X509_STORE_CTX_init(ctx, signature_roots_store(c->q->roots), c->certificate, c->chain))
        return false;
    X509_STORE_CTX_set_time(ctx, 0, (time_t)(is_past ? c->out->time.s : c->q->now.s));
    X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(ctx), X509_V_FLAG_PARTIAL_CHAIN);
    return X509_verify_cert(ctx) == 1;
}

enum gz_err cms_signature_check(const struct cms_question *q, struct cms_answer *out)
{
    DEFER(check_fini) struct check c = {.q = q, .out = out};
    *out = (struct cms_answer){.state = CMS_UNSUPPORTED, .why = "签名数据过大"};
    if (q->cms.n > CMS_SIZE_MAX) return GZ_OK;
    if (!decode(&c) || !find_signer(&c) || !describe(&c) || !check_content(&c) ||
        !check_signature(&c))
        return GZ_OK;
    if (is_trusted(&c)) (void)settle(&c, CMS_VALID, NULL);
    else (void)settle(&c, CMS_UNTRUSTED, "签名人的证书不能追溯到所信任的根证书");
    return GZ_OK;
}

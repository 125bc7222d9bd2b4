/* Signatures of PDFs, for the scripts:
 *   signature_tool check PDF ROOTS NOW   one line: state|n|bytes
 * behind|signer|algorithm|time|detail signature_tool flip PDF ROOTS NOW    turns each byte outside
 * of the first signature's own string; fails where the changed file is still found valid
 *   signature_tool sign-sm2|sign-gm CERT KEY DATA OUT   a detached signature by SM2 with SM3, as
 *                                        CMS or in the form of GM/T 0010 */
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "document/cms_gm.h"
#include "document/pdf_signature.h"
#include "document/pdf_signature_find.h"
#include "host/file.h"

enum { FILE_MAX = 64 * 1024 * 1024 };

static int check(struct bytes pdf, const struct signature_roots *roots, struct time now)
{
    struct pdf_signatures s;
    char                  time[TIME_TEXT_SIZE] = "";
    if (pdf_signatures_check(pdf, roots, now, &s) != GZ_OK) return 1;
    if (s.shown.has_time) (void)time_encode(s.shown.time, 8 * 60, time);
    printf("%s|%u|%llu|%s|%s|%s|%s\n", pdf_signature_word(s.state), s.n,
           (unsigned long long)s.behind, s.shown.signer, s.shown.algorithm, time, s.detail);
    return 0;
}

static int flip(struct buf *pdf, const struct signature_roots *roots, struct time now)
{
    struct pdf_signature_search search = {.pdf = buf_bytes(pdf)};
    struct pdf_signature_place  place;
    struct pdf_signatures       s;
    if (pdf_signature_next(&search, &place) != GZ_OK || place.defect != NULL) return 1;
    for (size_t i = 0; i < pdf->n; i++) {
        if (i >= place.gap && i < place.rest) continue;
        for (unsigned bit = 0; bit < 8; bit++) {
            pdf->p[i] ^= (uint8_t)(1 << bit);
            if (pdf_signatures_check(buf_bytes(pdf), roots, now, &s) != GZ_OK) return 1;
            pdf->p[i] ^= (uint8_t)(1 << bit);
            if (s.state != PDF_SIGNATURE_VALID && s.state != PDF_SIGNATURE_UNTRUSTED) continue;
            printf("byte %zu, bit %u: still %s\n", i, bit, pdf_signature_word(s.state));
            return 1;
        }
    }
    return 0;
}

static EVP_PKEY *read_key(const char *path)
{
    BIO      *b = BIO_new_file(path, "r");
    EVP_PKEY *k = b == NULL ? NULL : PEM_read_bio_PrivateKey(b, NULL, NULL, NULL);
    BIO_free(b);
    return k;
}

static X509 *read_certificate(const char *path)
{
    BIO  *b = BIO_new_file(path, "r");
    X509 *x = b == NULL ? NULL : PEM_read_bio_X509(b, NULL, NULL, NULL);
    BIO_free(b);
    return x;
}

/* As GM/T 0010 another identifier stands at its head, one byte longer. */
static int write_cms(CMS_ContentInfo *cms, bool is_gm, BIO *out)
{
    static const uint8_t gm[] = {0x06, 0x0a, 0x2a, 0x81, 0x1c, 0xcf,
                                 0x55, 0x06, 0x01, 0x04, 0x02, 0x02};
    uint8_t             *der = NULL;
    const int            n = i2d_CMS_ContentInfo(cms, &der);
    if (!is_gm) return n > 0 && BIO_write(out, der, n) == n;
    /* 30 82 LL LL, then 06 09 and nine bytes */
    const unsigned length = (unsigned)(der[2] << 8 | der[3]) + 1;
    der[2] = (uint8_t)(length >> 8);
    der[3] = (uint8_t)length;
    return der[1] == 0x82 && BIO_write(out, der, 4) == 4 &&
           BIO_write(out, gm, sizeof gm) == sizeof gm && BIO_write(out, der + 15, n - 15) == n - 15;
}

/* The library's own way writes no signature algorithm for SM2, so it is set by hand. */
static int sign_sm2(char **a)
{
    static const char id[] = "1234567812345678";
    const unsigned    flags = CMS_BINARY | CMS_DETACHED | CMS_PARTIAL;
    X509             *x = read_certificate(a[2]);
    EVP_PKEY         *key = read_key(a[3]);
    BIO              *data = BIO_new_file(a[4], "rb"), *out = BIO_new_file(a[5], "wb");
    CMS_ContentInfo  *cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
    X509_ALGOR       *algorithm = NULL;
    const bool        is_gm = strcmp(a[1], "sign-gm") == 0;
    if (is_gm) CMS_set1_eContentType(cms, OBJ_txt2obj(CMS_GM_DATA, 1));
    CMS_SignerInfo *signer =
        CMS_add1_signer(cms, x, key, EVP_sm3(), flags | CMS_KEY_PARAM | CMS_NOSMIMECAP);
    if (signer == NULL || data == NULL || out == NULL) return 1;
    if (EVP_PKEY_CTX_set1_id(CMS_SignerInfo_get0_pkey_ctx(signer), id, (int)sizeof id - 1) <= 0)
        return 1;
    CMS_SignerInfo_get0_algs(signer, NULL, NULL, NULL, &algorithm);
    X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_SM2_with_SM3), V_ASN1_UNDEF, NULL);
    if (CMS_final(cms, data, NULL, flags) != 1 || write_cms(cms, is_gm, out) != 1) return 1;
    CMS_ContentInfo_free(cms);
    EVP_PKEY_free(key);
    X509_free(x);
    BIO_free(data);
    return BIO_free(out) == 1 ? 0 : 1;
}

int main(int argc, char **argv)
{
    DEFER(signature_roots_close) struct signature_roots *roots = NULL;
    DEFER(buf_fini) struct buf                           pdf = {0}, why = {0};
    if (argc == 6 && strncmp(argv[1], "sign-", 5) == 0) return sign_sm2(argv);
    if (argc != 5) return 2;
    const struct time now = {atoll(argv[4]), 0};
    if (file_read(argv[2], FILE_MAX, &pdf) != GZ_OK) return 2;
    const enum gz_err e = signature_roots_open(argv[3], &roots, &why);
    if (e != GZ_OK) printf("%s: %.*s\n", err_name(e), (int)why.n, (const char *)why.p);
    if (e != GZ_OK) return 3;
    return strcmp(argv[1], "flip") == 0 ? flip(&pdf, roots, now)
                                        : check(buf_bytes(&pdf), roots, now);
}

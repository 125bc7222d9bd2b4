/* The electronic signatures inside of a PDF: adbe.pkcs7.detached and ETSI.CAdES.detached over the
 * bytes that they cover. Revocation is not asked: this works off line. */
#pragma once
#include "document/cms_signature.h"

enum { PDF_SIGNATURE_DETAIL_SIZE = 320 };

/* X(name, word): the words are what a record says; the worse, the greater. */
#define PDF_SIGNATURE_TABLE(X)                                                                     \
    X(NONE, "未签名")                                                                              \
    X(VALID, "有效")                                                                               \
    X(UNTRUSTED, "有效但证书未被信任")                                                             \
    X(UNSUPPORTED, "不支持")                                                                       \
    X(INVALID, "无效")
enum pdf_signature_state {
#define PDF_SIGNATURE_ENUM(name, word) PDF_SIGNATURE_##name,
    PDF_SIGNATURE_TABLE(PDF_SIGNATURE_ENUM)
#undef PDF_SIGNATURE_ENUM
};
const char *pdf_signature_word(enum pdf_signature_state state);

struct pdf_signatures {
    enum pdf_signature_state state;         /* the worst of all */
    unsigned                 n, timestamps; /* document timestamps (ETSI.RFC3161) are apart */
    uint64_t          behind; /* bytes behind the last that a signature or timestamp covers */
    struct cms_answer shown;  /* the first of the worst */
    char              detail[PDF_SIGNATURE_DETAIL_SIZE]; /* Chinese sentence; "": nothing
                                 to say beyond the state */
};
/* Any bytes; those that are no PDF have no signature. GZ_MEMORY. */
enum gz_err pdf_signatures_check(struct bytes pdf, const struct signature_roots *roots,
                                 struct time now, struct pdf_signatures *out);

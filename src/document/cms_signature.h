/* A detached CMS signature (RFC 5652) over bytes in several parts: RSA, ECDSA, and SM2 with SM3
 * (GB/T 32918.2, the usual ID), which the library cannot check as CMS by itself; also in the form
 * of GM/T 0010. */
#pragma once
#include "base/time.h"
#include "document/signature_roots.h"

enum { CMS_SIZE_MAX = 512 * 1024, CMS_SIGNER_SIZE = 256, CMS_ALGORITHM_SIZE = 48 };

/* The worse, the greater. */
enum cms_state {
    CMS_VALID,       /* and its certificate leads to a trusted one */
    CMS_UNTRUSTED,   /* valid, the certificate does not */
    CMS_UNSUPPORTED, /* it cannot be judged here: form or algorithm */
    CMS_INVALID      /* it is not the signature of these bytes */
};
struct cms_question {
    struct bytes                  cms;        /* DER or BER; zeros may follow */
    struct bytes                  head, tail; /* what it covers, in this order */
    const struct signature_roots *roots;      /* NULL: nobody is trusted */
    struct time                   now;
    bool                          has_time; /* when it was signed, where the CMS does not say */
    struct time                   time;
};
struct cms_answer {
    enum cms_state state;
    const char    *why;                     /* static, Chinese; NULL where it is valid */
    char           signer[CMS_SIGNER_SIZE]; /* common name, UTF-8, nothing hidden in it; or "" */
    char           algorithm[CMS_ALGORITHM_SIZE]; /* "RSA-2048 SHA-256"; or "" */
    bool           has_time;
    struct time    time; /* as the signer states it */
};
/* Certificates are judged at the stated time, if it is not in the future, else at now: those of one
 * signing are often valid for minutes only. GZ_MEMORY. */
enum gz_err cms_signature_check(const struct cms_question *q, struct cms_answer *out);
/* A certificate signed with SM2 is checked with the usual ID from now on (an X509 *). */
void        cms_prepare_certificate(void *x509);

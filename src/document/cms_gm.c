#include "document/cms_gm.h"

#include <openssl/asn1.h>

/* 1.2.156.10197.6.1.4.2.2, and 1.2.840.113549.1.7.2 with its tag and length. */
static const uint8_t gm_signed[] = {0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x06, 0x01, 0x04, 0x02, 0x02};
static const uint8_t cms_signed[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                     0xf7, 0x0d, 0x01, 0x07, 0x02};

/* The content of the element that rest begins with; moves behind its header. */
static bool enter(struct bytes *rest, int tag, int class, struct bytes *content)
{
    const uint8_t *p = rest->p;
    long           n = 0;
    int            found_tag = 0, found_class = 0;
    const int      form = ASN1_get_object(&p, &n, &found_tag, &found_class, (long)rest->n);
    if ((form & 0x80) != 0 || (form & 1) != 0 || found_tag != tag || found_class != class)
        return false;
    *content = (struct bytes){p, (size_t)n};
    const size_t end = (size_t)(p - rest->p) + (size_t)n;
    *rest = bytes_slice(*rest, end, rest->n);
    return true;
}

static enum gz_err add_header(int tag, int class, size_t n, struct buf *out)
{
    TRY(buf_reserve(out, 16));
    uint8_t *p = out->p + out->n;
    ASN1_put_object(&p, 1, (int)n, tag, class);
    out->n = (size_t)(p - out->p);
    return GZ_OK;
}

enum gz_err cms_from_gm(struct bytes gm, struct buf *out)
{
    DEFER(buf_fini) struct buf inner = {0};
    struct bytes               all, type, content;
    if (gm.n > INT32_MAX / 2 || !enter(&gm, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL, &all) ||
        !enter(&all, V_ASN1_OBJECT, V_ASN1_UNIVERSAL, &type) ||
        !bytes_eq(type, BYTES_OF(gm_signed)) ||
        !enter(&all, 0, V_ASN1_CONTEXT_SPECIFIC, &content) || all.n > 0)
        return GZ_MISSING;
    for (size_t i = 0; i < gm.n; i++)
        if (gm.p[i] != 0) return GZ_MISSING; /* more than padding follows */
    TRY(buf_add(&inner, BYTES_OF(cms_signed)));
    TRY(add_header(0, V_ASN1_CONTEXT_SPECIFIC, content.n, &inner));
    TRY(buf_add(&inner, content));
    TRY(add_header(V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL, inner.n, out));
    return buf_add(out, buf_bytes(&inner));
}

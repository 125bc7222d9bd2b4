/* The certificate for people (存证证书): a PDF/A-3b with its .gzcert attached. */
#pragma once
#include "core/verify.h"
#include "document/font.h"

/* What this program calls things in Chinese; texts may be empty where it does not know. */
struct certificate_words {
    struct bytes kind;
    struct bytes (*field)(struct bytes kind, struct bytes field); /* label */
    bool     is_late; /* over the kind's late_after, which is late_after_s */
    uint64_t late_after_s;
};
/* A value that the bank shows masked, and that the certificate does not hold. */
struct certificate_masked {
    struct bytes name, text; /* UTF-8 */
};
struct certificate_page {
    struct bytes                     gzcert; /* attached as it is */
    const struct verify_report      *report; /* of it; not VERIFY_INVALID */
    struct certificate_words         words;
    bool                             is_masked; /* a masked view, of which the page says so */
    size_t                           masked_n;
    const struct certificate_masked *masked;
};

/* Append the PDF: the same page gives the same bytes. It says nothing of originals that were given
 * to the verification, since whoever reads the page must give them again. */
enum gz_err certificate_pdf(struct fonts *fonts, const struct certificate_page *page,
                            struct buf *out);

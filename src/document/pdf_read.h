/* The certificate inside of a PDF (evidence format, "Certificate": exactly one .gzcert embedded).
 * The pages are not looked at. */
#pragma once
#include "base/buf.h"

enum {
    PDF_SIZE_MAX = 64 * 1024 * 1024,
    PDF_OBJECTS_MAX = 500000,
    PDF_DEPTH_MAX = 32,       /* of arrays and dictionaries inside of one object */
    PDF_ATTACHMENTS_MAX = 64, /* of any kind */
};
#define PDF_MEMORY_MAX (UINT64_C(768) * 1024 * 1024) /* what reading one may take in all */

bool        pdf_is_one(struct bytes start); /* does it begin as a PDF does? */
/* Append the bytes of the one certificate, never more than CERTIFICATE_SIZE_MAX + 1. A certificate
 * is an embedded file that calls itself so by name, media type or content; the same stream named
 * twice is one. GZ_MALFORMED with *why, a static English sentence: none or several, damaged (what
 * viewers would repair is refused), encrypted, over a limit. The process must have one thread:
 * its memory is limited meanwhile. */
enum gz_err pdf_certificate(struct bytes pdf, struct buf *out, const char **why);

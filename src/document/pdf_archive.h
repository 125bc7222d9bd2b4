/* A PDF that Cairo wrote becomes PDF/A-3b (ISO 19005-3): metadata, colour profile, attachment. */
#pragma once
#include "base/buf.h"

struct pdf_attachment {
    const char  *name, *media_type, *description; /* name: ASCII; description: UTF-8 */
    struct bytes content;
    int64_t      modified_at; /* Unix seconds */
};

/* Append the archival form of pdf. title: UTF-8 without control characters. attachment: NULL for
 * none; it is of the whole document, relationship Data. The same input gives the same bytes: no
 * clock, and the file's ID is made of its content. */
enum gz_err pdf_archive(struct bytes pdf, struct bytes title,
                        const struct pdf_attachment *attachment, struct buf *out);

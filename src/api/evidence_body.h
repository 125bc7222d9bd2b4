/* What a POST of the push API brings: a document by itself, or multipart/form-data with the
 * document as one part and originals beside it. */
#pragma once
#include "api/multipart.h"
#include "app/json_item.h"
#include "host/http_server.h"

struct evidence_form {
    const char *type;   /* of the document: "application/json" */
    const char *part;   /* its name in multipart: "item" */
    const char *wanted; /* what a refusal says, in Chinese */
};
struct evidence_body {
    struct bytes           text; /* the document, borrowed */
    struct multipart      *multipart;
    struct json_item_parts parts; /* ctx is multipart; of no use where that is NULL */
};
void        evidence_body_fini(struct evidence_body *b); /* for DEFER */
/* Is it of this form, in UTF-8 and not packed? Else the reply says so (its status is set). */
enum gz_err evidence_body_check(const struct http_request *r, const struct evidence_form *f,
                                bool *is_multipart, struct http_reply *reply);
/* After the check. content is borrowed. A body that is none is told in the reply. */
enum gz_err evidence_body_read(const struct http_request *r, const struct evidence_form *f,
                               struct bytes content, struct evidence_body *out,
                               struct http_reply *reply);
/* NULL where there is no multipart. */
const struct json_item_parts *evidence_body_parts(const struct evidence_body *b);

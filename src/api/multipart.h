/* A body of multipart/form-data (RFC 7578, RFC 2046 section 5.1), whole in memory. Strict: nothing
 * before the first boundary, each part with a name of its own, nothing encoded. Pure. */
#pragma once
#include "base/bytes.h"
#include "base/err.h"

enum {
    MULTIPART_PARTS_MAX = 256,
    MULTIPART_NAME_MAX = 127,
    MULTIPART_BOUNDARY_MAX = 70,      /* RFC 2046 */
    MULTIPART_HEADERS_MAX = 4 * 1024, /* bytes of a part's headers */
};

struct multipart_part {
    char         name[MULTIPART_NAME_MAX + 1];
    char         content_type[MULTIPART_NAME_MAX + 1]; /* "": not said */
    struct bytes content;                              /* borrowed */
    bool         is_used;                              /* by multipart_find */
};
struct multipart {
    size_t                n;
    struct multipart_part part[MULTIPART_PARTS_MAX];
};
/* The boundary of a Content-Type header. GZ_MALFORMED: it has none that is one. */
enum gz_err multipart_boundary(const char *content_type, char out[MULTIPART_BOUNDARY_MAX + 1]);
/* GZ_MALFORMED: cut, no form data, or two parts of one name; GZ_LIMIT: too many parts. */
enum gz_err multipart_read(struct bytes body, const char *boundary, struct multipart *out);
/* Marks it as used. NULL: there is none. */
struct multipart_part *multipart_find(struct multipart *m, struct bytes name);
bool                   multipart_is_all_used(const struct multipart *m);

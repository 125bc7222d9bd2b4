#include "api/evidence_body.h"

#include <stdlib.h>

#include "api/media_type.h"
#include "api/problem.h"

static const char form_data[] = "multipart/form-data";

void evidence_body_fini(struct evidence_body *b)
{
    free(b->multipart);
    b->multipart = NULL;
}

static enum gz_err refuse(const struct http_request *r, enum problem_kind kind, const char *detail,
                          struct http_reply *reply)
{
    const struct problem p = {.kind = kind, .detail = detail, .request_id = r->id};
    return problem_reply(&p, reply);
}

enum gz_err evidence_body_check(const struct http_request *r, const struct evidence_form *f,
                                bool *is_multipart, struct http_reply *reply)
{
    const char *type = http_header(r, "Content-Type");
    *is_multipart = media_type_is(type, form_data);
    const bool is_document = media_type_is(type, f->type) && media_type_is_utf8(type);
    const bool is_packed = http_header(r, "Content-Encoding") != NULL;
    if (is_packed || !(*is_multipart || is_document))
        return refuse(r, PROBLEM_MEDIA_TYPE, f->wanted, reply);
    return GZ_OK;
}

static bool find_part(void *ctx, struct bytes name, struct bytes *content)
{
    const struct multipart_part *p = multipart_find(ctx, name);
    if (p == NULL) return false;
    *content = p->content;
    return true;
}

static enum gz_err read_multipart(const struct http_request *r, struct bytes content,
                                  struct multipart *m)
{
    char boundary[MULTIPART_BOUNDARY_MAX + 1];
    TRY(multipart_boundary(http_header(r, "Content-Type"), boundary));
    return multipart_read(content, boundary, m);
}

static enum gz_err take_document(const struct http_request *r, const struct evidence_form *f,
                                 struct evidence_body *out, struct http_reply *reply)
{
    const struct multipart_part *p = multipart_find(out->multipart, bytes_str(f->part));
    if (p == NULL) return refuse(r, PROBLEM_MULTIPART, f->wanted, reply);
    const char *type = p->content_type;
    if (type[0] != 0 && (!media_type_is(type, f->type) || !media_type_is_utf8(type)))
        return refuse(r, PROBLEM_MEDIA_TYPE, f->wanted, reply);
    out->text = p->content;
    return GZ_OK;
}

enum gz_err evidence_body_read(const struct http_request *r, const struct evidence_form *f,
                               struct bytes content, struct evidence_body *out,
                               struct http_reply *reply)
{
    *out = (struct evidence_body){.text = content};
    if (!media_type_is(http_header(r, "Content-Type"), form_data)) return GZ_OK;
    out->multipart = malloc(sizeof *out->multipart);
    if (out->multipart == NULL) return GZ_MEMORY;
    out->parts = (struct json_item_parts){out->multipart, find_part};
    const enum gz_err e = read_multipart(r, content, out->multipart);
    if (e == GZ_MALFORMED || e == GZ_LIMIT)
        return refuse(r, PROBLEM_MULTIPART, "须完整，至多 256 个部分，名称各不相同，内容不再编码",
                      reply);
    TRY(e);
    return take_document(r, f, out, reply);
}

const struct json_item_parts *evidence_body_parts(const struct evidence_body *b)
{
    return b->multipart == NULL ? NULL : &b->parts;
}

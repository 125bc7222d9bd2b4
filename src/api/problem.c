#include "api/problem.h"

#include <string.h>

#include "core/json.h"

static const struct {
    int         status;
    const char *code, *title;
    unsigned    retry_after_s;
} table[] = {
#define PROBLEM_ROW(name, status, code, title, retry) {status, code, title, retry},
    PROBLEM_TABLE(PROBLEM_ROW)
#undef PROBLEM_ROW
};

int problem_status(enum problem_kind k)
{
    return table[k].status;
}

const char *problem_code(enum problem_kind k)
{
    return table[k].code;
}

const char *problem_title(enum problem_kind k)
{
    return table[k].title;
}

enum problem_kind problem_of(enum gz_err e)
{
    switch (e) {
    case GZ_MALFORMED: return PROBLEM_MALFORMED;
    case GZ_LIMIT: return PROBLEM_TOO_LARGE;
    case GZ_DENIED: return PROBLEM_DENIED;
    case GZ_MISSING: return PROBLEM_NOT_FOUND;
    case GZ_CONFLICT: return PROBLEM_CONFLICT;
    case GZ_ERASED: return PROBLEM_ERASED;
    case GZ_BUSY:
    case GZ_MEMORY: return PROBLEM_BUSY;
    case GZ_MISMATCH:
    case GZ_CORRUPT: return PROBLEM_CORRUPT;
    case GZ_OK:
    case GZ_IO: break;
    }
    return PROBLEM_IO;
}

static enum gz_err add_member(struct buf *out, const char *name, struct bytes text)
{
    TRY(buf_addf(out, ",\"%s\":", name));
    return json_add_string(text, out);
}

static enum gz_err add_error(const struct intake_defect *d, struct buf *out)
{
    TRY(buf_add_str(out, "{\"pointer\":"));
    TRY(json_add_string(d->column, out));
    if (d->field.n > 0) TRY(add_member(out, "field", d->field));
    TRY(add_member(out, "code", bytes_str(d->code)));
    TRY(add_member(out, "detail", bytes_str(d->hint)));
    return buf_add_byte(out, '}');
}

enum gz_err problem_add_errors(const struct intake_defect *d, size_t n, struct buf *out)
{
    TRY(buf_add_byte(out, '['));
    for (size_t i = 0; i < n; i++) {
        if (i > 0) TRY(buf_add_byte(out, ','));
        TRY(add_error(&d[i], out));
    }
    return buf_add_byte(out, ']');
}

static enum gz_err write(const struct problem *p, struct buf *out)
{
    const char *code = p->code != NULL ? p->code : table[p->kind].code;
    TRY(buf_addf(out, "{\"type\":\"urn:guzheng:problem:%s\",\"status\":%d", code,
                 table[p->kind].status));
    TRY(add_member(out, "title", bytes_str(table[p->kind].title)));
    TRY(add_member(out, "code", bytes_str(code)));
    if (p->detail != NULL) TRY(add_member(out, "detail", bytes_str(p->detail)));
    if (p->request_id != NULL) TRY(add_member(out, "request_id", bytes_str(p->request_id)));
    if (p->defects_n > 0) {
        TRY(buf_add_str(out, ",\"errors\":"));
        TRY(problem_add_errors(p->defects, p->defects_n, out));
    }
    return buf_add_str(out, "}\n");
}

enum gz_err problem_reply(const struct problem *p, struct http_reply *reply)
{
    reply->body.n = 0;
    reply->status = table[p->kind].status;
    reply->content_type = "application/problem+json";
    reply->retry_after_s = table[p->kind].retry_after_s;
    return write(p, &reply->body);
}

/* The server knows our error codes, and one of its own. */
static enum problem_kind kind_of_name(const char *name)
{
    if (strcmp(name, "METHOD_NOT_ALLOWED") == 0) return PROBLEM_METHOD;
    for (enum gz_err e = GZ_MALFORMED; e <= GZ_ERASED; e++)
        if (strcmp(name, err_name(e)) == 0) return problem_of(e);
    return PROBLEM_IO;
}

enum gz_err problem_write_refusal(const struct http_refusal *r, struct buf *out)
{
    const struct problem p = {.kind = kind_of_name(r->code), .request_id = r->request_id};
    return write(&p, out);
}

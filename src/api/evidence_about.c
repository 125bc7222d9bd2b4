/* What the interface says of itself: health, kinds, its description and the page of that. */
#include "api/api_documents.h"
#include "api/evidence_site.h"
#include "core/json.h"

enum { DOCUMENT, PAGE };

enum gz_err evidence_get_health(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    (void)ctx, (void)r;
    reply->status = 200;
    reply->content_type = "application/json";
    return buf_add_str(&reply->body, "{\"status\":\"ok\"}\n");
}

enum gz_err evidence_get_openapi(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    (void)ctx, (void)r;
    reply->status = 200;
    reply->content_type = "application/json";
    return buf_add(&reply->body, api_documents[DOCUMENT].content);
}

enum gz_err evidence_get_docs(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    (void)ctx, (void)r;
    reply->status = 200;
    reply->content_type = "text/html; charset=utf-8";
    return buf_add(&reply->body, api_documents[PAGE].content);
}

/* --- kinds ------------------------------------------------------------------------------------ */

static enum gz_err add_text(const char *before, struct bytes text, struct buf *out)
{
    TRY(buf_add_str(out, before));
    return json_add_string(text, out);
}

static enum gz_err add_choices(const struct kind_field *f, struct buf *out)
{
    TRY(buf_add_str(out, ",\"choices\":"));
    for (size_t i = 0; i < f->choices_n; i++) TRY(add_text(i == 0 ? "[" : ",", f->choices[i], out));
    return buf_add_byte(out, ']');
}

static enum gz_err add_field(const struct kind_field *f, struct buf *out)
{
    TRY(add_text("{\"name\":", f->name, out));
    TRY(add_text(",\"label\":", f->label, out));
    TRY(buf_addf(out, ",\"type\":\"%s\",\"required\":%s", field_type_name(f->type),
                 f->required ? "true" : "false"));
    if (f->type == FIELD_TEXT) TRY(buf_addf(out, ",\"max\":%zu", f->max));
    if (f->type == FIELD_ENUM) TRY(add_choices(f, out));
    return buf_add_byte(out, '}');
}

/* Without the fields that no source may bring. */
static enum gz_err add_kind(const struct kind *k, struct buf *out)
{
    bool is_first = true;
    TRY(add_text("{\"name\":", k->name, out));
    TRY(add_text(",\"label\":", k->label, out));
    TRY(add_text(",\"legal_ground\":", k->legal_ground, out));
    TRY(buf_add_str(out, ",\"fields\":["));
    for (size_t i = 0; i < k->fields_n; i++) {
        if (k->fields[i].derived) continue;
        if (!is_first) TRY(buf_add_byte(out, ','));
        is_first = false;
        TRY(add_field(&k->fields[i], out));
    }
    return buf_add_str(out, "]}");
}

enum gz_err evidence_get_kinds(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    const struct evidence_site *s = ctx;
    const struct catalog       *c = s->o.bank->catalog;
    (void)r;
    TRY(buf_add_str(&reply->body, "{\"kinds\":["));
    for (size_t i = 0; i < catalog_count_kinds(c); i++) {
        if (i > 0) TRY(buf_add_byte(&reply->body, ','));
        TRY(add_kind(catalog_kind_at(c, i), &reply->body));
    }
    reply->status = 200;
    reply->content_type = "application/json";
    return buf_add_str(&reply->body, "]}\n");
}

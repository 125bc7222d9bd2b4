#include "api/voucher_route.h"

#include <stdlib.h>
#include <string.h>

#include "api/json_ref.h"
#include "app/issue_voucher.h"
#include "core/base64.h"

static json_t *text_of(struct bytes b)
{
    return json_stringn(b.n == 0 ? "" : (const char *)b.p, b.n);
}

static json_t *fields_json(const struct issued_row *row)
{
    json_t *fields = json_array();
    for (size_t i = 0; i < row->values_n; i++)
        json_array_append_new(
            fields, json_pack("{s:o, s:o, s:o}", "name", text_of(row->values[i].name), "label",
                              text_of(row->values[i].label), "text", text_of(row->values[i].text)));
    return fields;
}

static enum gz_err add(void *ctx, const struct issued_row *row)
{
    json_t              *records = ctx;
    const struct record *r = row->found->record;
    char                 fingerprint[2 * HASH_SIZE] = {0};
    base64_encode(BASE64_URL_BARE, BYTES_OF(r->fingerprint.b), fingerprint);
    json_t *o = json_pack(
        "{s:s, s:s, s:o, s:s, s:s, s:s, s:I, s:I, s:I, s:o}", "id", r->uuid, "kind", r->kind,
        "kind_label", text_of(row->kind_label), "fingerprint", fingerprint, "corrects",
        row->found->corrects, "corrected_by", row->found->corrected_by, "seq", (json_int_t)r->seq,
        "index", (json_int_t)r->index, "note", (json_int_t)row->note, "fields", fields_json(row));
    return json_array_append_new(records, o) == 0 ? GZ_OK : GZ_MEMORY;
}

static struct bytes member(const json_t *request, const char *name)
{
    const char *text = json_string_value(json_object_get(request, name));
    return text == NULL ? (struct bytes){NULL, 0} : bytes_str(text);
}

static enum gz_err reply_json(json_t *answer, struct http_reply *reply)
{
    char *text = answer == NULL ? NULL : json_dumps(answer, JSON_COMPACT);
    if (text == NULL) return GZ_MEMORY;
    const enum gz_err e = buf_add_str(&reply->body, text);
    explicit_bzero(text, strlen(text));
    free(text);
    reply->status = 200;
    reply->content_type = "application/json";
    return e;
}

enum gz_err voucher_route(const struct bank *bank, struct db *db, struct bytes body,
                          struct http_reply *reply, const char **why)
{
    DEFER(json_unref) json_t  *request = json_loadb((const char *)body.p, body.n, 0, NULL);
    DEFER(json_unref) json_t  *records = json_array();
    const struct bytes         by = member(request, "by");
    const struct voucher_query q = {.by_contract = bytes_eq(by, BYTES_LIT("contract")),
                                    .value = member(request, "value"),
                                    .source = member(request, "source"),
                                    .masked = json_is_true(json_object_get(request, "masked"))};
    struct voucher_summary     s;
    *why = "wanted: {\"by\": contract or matter, \"value\": …}";
    if ((!q.by_contract && !bytes_eq(by, BYTES_LIT("matter"))) || q.value.n == 0)
        return GZ_MALFORMED;
    const enum gz_err e = issue_voucher(bank, db, &q, add, records, &s, why);
    if (e == GZ_MISSING) *why = "没有这笔贷款，请核对合同编号或事项句柄";
    TRY(e);
    DEFER(json_unref)
    json_t *answer = json_pack("{s:s, s:o, s:o, s:I, s:I, s:O}", "matter", s.matter, "organisation",
                               text_of(bank->organisation), "origin", text_of(bank->origin),
                               "log_size", (json_int_t)s.log_size, "unpublished",
                               (json_int_t)s.unpublished, "records", records);
    return reply_json(answer, reply);
}

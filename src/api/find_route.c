#include "api/find_route.h"

#include <stdlib.h>

#include "api/json_ref.h"
#include "core/base64.h"

struct answer {
    json_t  *records;
    uint64_t published_size;
};

/* The furthest state that it has reached. */
static const char *state_of(const struct record *r, uint64_t published_size)
{
    if (!r->has_index) return "received";
    return r->index < published_size ? "published" : "integrated";
}

static json_t *text_or_null(const char *text)
{
    return text[0] == 0 ? json_null() : json_string(text);
}

static json_t *ms_or_null(int64_t ms)
{
    return ms == 0 ? json_null() : json_integer((json_int_t)ms);
}

static json_t *notes_json(const struct found_record *f)
{
    json_t *list = json_array();
    for (size_t i = 0; i < f->notes_n && i < FOUND_NOTES_MAX; i++)
        json_array_append_new(list, json_string(f->notes[i]));
    return list;
}

static enum gz_err add(void *ctx, const struct found_record *f)
{
    struct answer       *a = ctx;
    const struct record *r = f->record;
    char                 fingerprint[2 * HASH_SIZE] = {0};
    base64_encode(BASE64_URL_BARE, BYTES_OF(r->fingerprint.b), fingerprint);
    json_t *o = json_pack(
        "{s:s, s:s, s:s, s:I, s:s, s:s, s:o, s:s, s:s, s:o, s:I, s:o, s:o, s:o, s:o}", "id",
        r->uuid, "kind", r->kind, "matter", f->matter, "seq", (json_int_t)r->seq, "state",
        state_of(r, a->published_size), "fingerprint", fingerprint, "index",
        r->has_index ? json_integer((json_int_t)r->index) : json_null(), "source", f->origin.source,
        "event_number", f->origin.number, "batch", text_or_null(f->origin.batch), "received_ms",
        (json_int_t)r->received_ms, "sequenced_ms", ms_or_null(r->sequenced_ms), "published_ms",
        ms_or_null(r->published_ms), "corrects", text_or_null(f->corrects), "corrected_by",
        text_or_null(f->corrected_by));
    json_object_set_new(o, "about", text_or_null(f->about));
    json_object_set_new(o, "notes_n", json_integer((json_int_t)f->notes_n));
    json_object_set_new(o, "notes", notes_json(f));
    return json_array_append_new(a->records, o) == 0 ? GZ_OK : GZ_MEMORY;
}

static struct bytes text_of(const json_t *request, const char *name)
{
    const char *text = json_string_value(json_object_get(request, name));
    return text == NULL ? (struct bytes){NULL, 0} : bytes_str(text);
}

static int64_t integer_of(const json_t *request, const char *name)
{
    return (int64_t)json_integer_value(json_object_get(request, name));
}

enum gz_err find_route(const struct bank *bank, struct db *db, struct bytes body,
                       struct http_reply *reply)
{
    DEFER(json_unref) json_t *request = json_loadb((const char *)body.p, body.n, 0, NULL);
    const char               *by = json_string_value(json_object_get(request, "by"));
    struct find_query         q = {.value = text_of(request, "value"),
                                   .source = text_of(request, "source"),
                                   .kind = text_of(request, "kind"),
                                   .from_ms = integer_of(request, "from_ms"),
                                   .to_ms = integer_of(request, "to_ms"),
                                   .after = integer_of(request, "after")};
    struct log_status         log;
    int64_t                   next = 0;
    if (by == NULL || find_by_of(by, &q.by) != GZ_OK) return GZ_MALFORMED;
    log_service_status(bank->log, &log);
    struct answer     a = {json_array(), log.published_size};
    const enum gz_err e = find_records(bank, db, &q, add, &a, &next);
    DEFER(json_unref)
    json_t *answer = json_pack("{s:o, s:o}", "records", a.records, "next",
                               next == 0 ? json_null() : json_integer(next));
    TRY(e);
    char *text = answer == NULL ? NULL : json_dumps(answer, JSON_COMPACT);
    if (text == NULL) return GZ_MEMORY;
    const enum gz_err added = buf_add_str(&reply->body, text);
    free(text);
    reply->status = 200;
    reply->content_type = "application/json";
    return added;
}

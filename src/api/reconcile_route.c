#include "api/reconcile_route.h"

#include <stdlib.h>
#include <string.h>

#include "api/json_ref.h"
#include "app/record_reconciliation.h"
#include "core/base64.h"
#include "host/host.h"

static json_t *lag_json(const struct lag *l)
{
    return json_pack("{s:I, s:I, s:I, s:I}", "records", (json_int_t)l->records, "p50_ms",
                     (json_int_t)l->p50_ms, "p99_ms", (json_int_t)l->p99_ms, "max_ms",
                     (json_int_t)l->max_ms);
}

static json_t *hash_json(struct hash h)
{
    char text[2 * HASH_SIZE] = {0};
    base64_encode(BASE64_URL_BARE, BYTES_OF(h.b), text);
    return json_string(text);
}

json_t *reconcile_result_json(const struct reconcile_result *r)
{
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:I, s:I, s:I, s:o, s:o}",
                     "extent", r->extent == RECONCILE_FULL ? "full" : "sample", "at_ms",
                     (json_int_t)r->at_ms, "records", (json_int_t)r->records, "originals",
                     (json_int_t)r->originals, "erased", (json_int_t)r->erased, "entries",
                     (json_int_t)r->entries, "log_size", (json_int_t)r->log_size, "root",
                     hash_json(r->root), "witnesses", (json_int_t)r->witnesses, "silent",
                     (json_int_t)r->silent, "mirror_entries", (json_int_t)r->mirror_entries,
                     "differences", (json_int_t)r->differences, "sequenced",
                     lag_json(&r->sequenced), "published", lag_json(&r->published));
}

json_t *difference_json(const struct found_difference *d)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:o, s:o, s:o}", "difference",
                     difference_word(d->what), "what", difference_what(d->what), "repair",
                     difference_repair(d->what), "where", d->where, "id", d->uuid, "index",
                     (json_int_t)d->index, "expected",
                     d->has_values ? hash_json(d->expected) : json_null(), "found",
                     d->has_values && !d->is_unreadable ? hash_json(d->found) : json_null(),
                     "detail", d->detail == NULL ? json_null() : json_string(d->detail));
}

static void take(void *ctx, const struct found_difference *d)
{
    json_t *list = ctx;
    if (json_array_size(list) < RECONCILE_SHOWN_MAX)
        json_array_append_new(list, difference_json(d));
    log_line(LOG_ALARM, "reconcile", "difference=%s where=%s index=%llu record=%s",
             difference_word(d->what), d->where, (unsigned long long)d->index, d->uuid);
}

enum gz_err reconcile_route(const struct bank *bank, struct db *db, struct bytes body,
                            struct http_reply *reply)
{
    DEFER(json_unref) json_t       *request = json_loadb((const char *)body.p, body.n, 0, NULL);
    DEFER(json_unref) json_t       *list = json_array();
    const char                     *extent = json_string_value(json_object_get(request, "extent"));
    const struct reconcile_listener listener = {.ctx = list, .difference = take};
    struct reconcile_result         r;
    uint64_t                        seed;
    if (extent == NULL || (strcmp(extent, "full") != 0 && strcmp(extent, "sample") != 0))
        return GZ_MALFORMED;
    random_bytes((uint8_t *)&seed, sizeof seed);
    TRY(reconcile(bank, db, strcmp(extent, "full") == 0 ? RECONCILE_FULL : RECONCILE_SAMPLE, seed,
                  &listener, &r));
    if (json_is_true(json_object_get(request, "record"))) TRY(record_reconciliation(bank, db, &r));
    DEFER(json_unref) json_t *answer = reconcile_result_json(&r);
    json_object_set(answer, "found", list);
    char *text = json_dumps(answer, JSON_COMPACT);
    if (text == NULL) return GZ_MEMORY;
    const enum gz_err e = buf_add_str(&reply->body, text);
    free(text);
    reply->status = 200;
    reply->content_type = "application/json";
    return e;
}

#include "api/note_route.h"

#include "base/text.h"
#include "core/base64.h"
#include "store/annotation.h"
#include "store/search.h"

static const struct bytes prefix = {(const uint8_t *)"/notes/", 7};

void note_site_init(struct note_site *s, struct log_service *log, struct db *db)
{
    s->chain = chain_site_of_log(log);
    s->db = db;
    pthread_mutex_init(&s->lock, NULL);
}

void note_site_fini(struct note_site *s)
{
    if (s->db != NULL) pthread_mutex_destroy(&s->lock);
}

struct listing {
    struct db  *db;
    struct buf *out;
    size_t      n;
};
static enum gz_err add(void *ctx, int64_t record_id)
{
    struct listing                  *l = ctx;
    DEFER(record_fini) struct record r = {0};
    TRY(record_get_id(l->db, record_id, &r));
    if (!r.has_index) return GZ_OK; /* its index is told when the log has given one */
    TRY(buf_addf(l->out, "%s{\"index\":%llu,\"fingerprint\":\"", l->n++ == 0 ? "" : ",",
                 (unsigned long long)r.index));
    TRY(base64_add(BASE64_URL_BARE, BYTES_OF(r.fingerprint.b), l->out));
    return buf_add_str(l->out, "\"}");
}

static enum gz_err take_id(void *ctx, const struct record *r)
{
    *(int64_t *)ctx = r->id;
    return GZ_OK;
}

static enum gz_err list(struct db *db, uint64_t index, struct buf *out)
{
    struct listing l = {.db = db, .out = out};
    int64_t        id = 0;
    TRY(search_by_index(db, index, take_id, &id));
    if (id == 0) return GZ_MISSING;
    TRY(buf_add_str(out, "{\"notes\":["));
    TRY(annotation_list(db, id, add, &l));
    return buf_add_str(out, "]}");
}

enum gz_err note_handle(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    struct note_site *s = ctx;
    uint64_t          index;
    TRY(text_to_u64(bytes_slice(r->path, prefix.n, r->path.n), INT64_MAX, &index));
    pthread_mutex_lock(&s->lock);
    const enum gz_err e = list(s->db, index, &reply->body);
    pthread_mutex_unlock(&s->lock);
    if (e != GZ_OK) buf_fini(&reply->body);
    reply->status = 200;
    reply->content_type = "application/json";
    return e;
}

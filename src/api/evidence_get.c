/* What became of a record: GET /v1/evidence/{id}, its receipt, its certificate. */
#include <string.h>

#include "api/evidence_answer.h"
#include "api/evidence_site.h"
#include "app/find_records.h"
#include "app/issue_certificate.h"
#include "app/issue_receipt.h"
#include "core/base64.h"
#include "core/json.h"

static void unlock(pthread_mutex_t **lock)
{
    pthread_mutex_unlock(*lock);
}

/* Hold a lock to the end of the scope. */
#define HOLD(mutex)                                                                                \
    DEFER(unlock) pthread_mutex_t *held_ = &(mutex);                                               \
    pthread_mutex_lock(held_)

/* The {id} of /v1/evidence/{id}… */
static struct bytes id_of(const struct http_request *r)
{
    const size_t       before = BYTES_LIT("/v1/evidence/").n;
    const struct bytes rest = bytes_slice(r->path, before, r->path.n);
    return bytes_slice(rest, 0, bytes_find(rest, '/'));
}

static enum gz_err refuse(const struct http_request *r, enum problem_kind kind,
                          struct http_reply *reply)
{
    const struct problem problem = {.kind = kind, .request_id = r->id};
    return problem_reply(&problem, reply);
}

/* --- the record ------------------------------------------------------------------------------- */

struct description {
    const struct bank *bank;
    uint64_t           published_size;
    struct buf        *out;
    bool               is_there;
    struct hash        fingerprint;
    int64_t            received_ms;
};

static const char *state_of(const struct record *r, uint64_t published_size)
{
    if (!r->has_index) return "received";
    return r->index < published_size ? "published" : "integrated";
}

static enum gz_err add_text(const char *name, const char *text, struct buf *out)
{
    TRY(buf_addf(out, ",\"%s\":", name));
    return text[0] == 0 ? buf_add_str(out, "null") : json_add_string(bytes_str(text), out);
}

static enum gz_err add_time(const char *name, int64_t ms, struct buf *out)
{
    TRY(buf_add_byte(out, ','));
    return ms == 0 ? buf_addf(out, "\"%s\":null", name) : evidence_add_time(name, ms, out);
}

static enum gz_err add_places(const struct description *d, const struct record *r)
{
    char fingerprint[2 * HASH_SIZE] = {0};
    base64_encode(BASE64_URL_BARE, BYTES_OF(r->fingerprint.b), fingerprint);
    TRY(buf_addf(d->out, "{\"id\":\"%s\",\"kind\":\"%s\",\"state\":\"%s\",\"fingerprint\":\"%s\"",
                 r->uuid, r->kind, state_of(r, d->published_size), fingerprint));
    TRY(buf_addf(d->out, ",\"seq\":%llu", (unsigned long long)r->seq));
    return r->has_index ? buf_addf(d->out, ",\"index\":%llu", (unsigned long long)r->index)
                        : buf_add_str(d->out, ",\"index\":null");
}

static enum gz_err describe(void *ctx, const struct found_record *f)
{
    struct description  *d = ctx;
    const struct record *r = f->record;
    const struct time    publish_by = receipt_publish_by(d->bank, r->received_ms);
    d->is_there = true;
    d->fingerprint = r->fingerprint;
    d->received_ms = r->received_ms;
    TRY(add_places(d, r));
    TRY(add_text("matter", f->matter, d->out));
    TRY(add_text("source", f->origin.source, d->out));
    TRY(add_text("event_number", f->origin.number, d->out));
    TRY(add_text("batch", f->origin.batch, d->out));
    TRY(add_text("corrects", f->corrects, d->out));
    TRY(add_text("corrected_by", f->corrected_by, d->out));
    TRY(add_time("received_at", r->received_ms, d->out));
    TRY(add_time("sequenced_at", r->sequenced_ms, d->out));
    TRY(add_time("published_at", r->published_ms, d->out));
    return add_time("publish_by", publish_by.s * 1000 + publish_by.ns / 1000000, d->out);
}

static enum gz_err find(struct evidence_site *s, struct bytes id, struct description *d)
{
    HOLD(s->queries_lock);
    const struct find_query q = {.by = FIND_ID, .value = id};
    struct log_status       log;
    int64_t                 next;
    log_service_status(s->o.bank->log, &log);
    d->published_size = log.published_size;
    const enum gz_err e = find_records(s->o.bank, s->o.queries, &q, describe, d, &next);
    if (e == GZ_MALFORMED) return GZ_MISSING; /* no number of ours has this form */
    return e == GZ_OK && !d->is_there ? GZ_MISSING : e;
}

enum gz_err evidence_get(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    struct evidence_site *s = ctx;
    struct description    d = {.bank = s->o.bank, .out = &reply->body};
    TRY(find(s, id_of(r), &d));
    TRY(evidence_add_receipt(s->o.bank, d.fingerprint, d.received_ms, &reply->body));
    reply->status = 200;
    reply->content_type = "application/json";
    return buf_add_str(&reply->body, "}\n");
}

/* --- receipt and certificate ------------------------------------------------------------------ */

static enum gz_err find_record(struct evidence_site *s, struct bytes id, struct record *out)
{
    HOLD(s->queries_lock);
    return record_get(s->o.queries, id, out);
}

enum gz_err evidence_get_receipt(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    struct evidence_site            *s = ctx;
    DEFER(record_fini) struct record found = {0};
    TRY(find_record(s, id_of(r), &found));
    TRY(sign_receipt(s->o.bank, found.fingerprint, found.received_ms, &reply->body));
    reply->status = 200;
    reply->content_type = "text/plain; charset=utf-8";
    return GZ_OK;
}

static void issued_fini(struct issued_certificate *c)
{
    issued_certificate_fini(c);
}

static enum gz_err issue(struct evidence_site *s, struct bytes id, const char *disclose,
                         struct issued_certificate *out)
{
    HOLD(s->queries_lock);
    const char                     *why;
    const bool                      all = disclose != NULL && strcmp(disclose, "all") == 0;
    const struct certificate_choice choice = {
        .all = all, .names = all || disclose == NULL ? (struct bytes){0} : bytes_str(disclose)};
    return issue_certificate(s->o.bank, s->o.queries, id, &choice, out, &why);
}

/* Names of fields apart by commas. */
static bool is_choice(const char *text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_./,";
    const size_t      n = strlen(text);
    return n <= EVIDENCE_DISCLOSE_MAX && strspn(text, allowed) == n;
}

enum gz_err evidence_get_certificate(void *ctx, const struct http_request *r,
                                     struct http_reply *reply)
{
    struct evidence_site                        *s = ctx;
    DEFER(record_fini) struct record             found = {0};
    DEFER(issued_fini) struct issued_certificate c = {0};
    const char                                  *disclose = http_query(r, "disclose");
    if (disclose != NULL && !is_choice(disclose)) return refuse(r, PROBLEM_PARAMETER, reply);
    TRY(find_record(s, id_of(r), &found));
    const enum gz_err e = issue(s, id_of(r), disclose, &c);
    if (e == GZ_MISSING) return refuse(r, PROBLEM_DISCLOSE, reply);
    if (e == GZ_BUSY) return refuse(r, PROBLEM_NOT_PUBLISHED, reply);
    TRY(e);
    TRY(buf_add(&reply->body, buf_bytes(&c.gzcert)));
    reply->status = 200;
    reply->content_type = "application/json";
    return GZ_OK;
}

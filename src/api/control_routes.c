#include "api/control_routes.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "api/find_route.h"
#include "api/json_ref.h"
#include "api/reconcile_route.h"
#include "api/voucher_route.h"
#include "app/issue_certificate.h"
#include "app/issue_receipt.h"
#include "app/result_file.h"
#include "base/text.h"
#include "store/outbox.h"

struct control_site {
    struct control_options o;
    pthread_mutex_t        intake_lock, queries_lock, comparing_lock; /* each of its connection */
};

static void unlock(pthread_mutex_t **lock)
{
    pthread_mutex_unlock(*lock);
}

/* Hold a lock to the end of the scope. */
#define HOLD(mutex)                                                                                \
    DEFER(unlock) pthread_mutex_t *held_ = &(mutex);                                               \
    pthread_mutex_lock(held_)

enum gz_err control_site_new(const struct control_options *o, struct control_site **out)
{
    struct control_site *s = calloc(1, sizeof *s);
    if (s == NULL) return GZ_MEMORY;
    s->o = *o;
    pthread_mutex_init(&s->intake_lock, NULL);
    pthread_mutex_init(&s->queries_lock, NULL);
    pthread_mutex_init(&s->comparing_lock, NULL);
    *out = s;
    return GZ_OK;
}

void control_site_free(struct control_site **s)
{
    if (*s == NULL) return;
    pthread_mutex_destroy(&(*s)->intake_lock);
    pthread_mutex_destroy(&(*s)->comparing_lock);
    pthread_mutex_destroy(&(*s)->queries_lock);
    free(*s);
    *s = NULL;
}

/* --- replies ---------------------------------------------------------------------------------- */

static enum gz_err reply_json(const json_t *answer, struct http_reply *reply)
{
    char *text = answer == NULL ? NULL : json_dumps(answer, JSON_COMPACT);
    if (text == NULL) return GZ_MEMORY;
    const enum gz_err e = buf_add_str(&reply->body, text);
    free(text);
    TRY(e);
    reply->status = 200;
    reply->content_type = "application/json";
    return GZ_OK;
}

/* A refusal that says in our own words what to do. */
static enum gz_err reply_problem(enum gz_err e, const char *detail, struct http_reply *reply)
{
    DEFER(json_unref)
    json_t *problem = json_pack("{s:i, s:s, s:s, s:s}", "status", err_status(e), "code",
                                err_name(e), "title", err_sentence(e), "detail", detail);
    TRY(reply_json(problem, reply));
    reply->status = err_status(e);
    reply->content_type = "application/problem+json";
    return GZ_OK;
}

static json_t *text_of(struct bytes b)
{
    return json_stringn(b.n == 0 ? "" : (const char *)b.p, b.n);
}

/* --- status ----------------------------------------------------------------------------------- */

static const char *log_state_name(enum log_state s)
{
    static const char *const names[] = {"asking", "running", "contradicted", "failed"};
    return names[s];
}

static json_t *log_json(const struct log_status *s)
{
    json_t *witnesses = json_array();
    for (size_t i = 0; i < s->witnesses_n; i++) {
        const struct log_witness_status *w = &s->witnesses[i];
        json_array_append_new(witnesses,
                              json_pack("{s:s, s:I, s:I, s:b}", "name", w->name, "size",
                                        (json_int_t)w->size, "failures_in_a_row",
                                        (json_int_t)w->failures_in_a_row, "refused", w->refused));
    }
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:o}", "state", log_state_name(s->state), "size",
                     (json_int_t)s->size, "published_size", (json_int_t)s->published_size,
                     "quorum_time", (json_int_t)s->quorum_time, "conflicts",
                     (json_int_t)s->conflicts, "witnesses", witnesses);
}

/* Each record is counted under the furthest state that it has reached. */
static enum gz_err records_json(struct control_site *s, const struct log_status *log, json_t **out)
{
    HOLD(s->queries_lock);
    struct record_counts c;
    uint64_t             waiting;
    int64_t              oldest_ms;
    TRY(record_count(s->o.queries, log->published_size, &c));
    TRY(outbox_count(s->o.queries, &waiting, &oldest_ms));
    *out = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "total", (json_int_t)c.total, "received",
                     (json_int_t)c.received, "integrated", (json_int_t)(c.sequenced - c.published),
                     "published", (json_int_t)c.published, "outbox", (json_int_t)waiting,
                     "oldest_waiting_since_ms", (json_int_t)oldest_ms);
    return GZ_OK;
}

static enum gz_err get_status(struct control_site *s, struct http_reply *reply)
{
    struct log_status log;
    json_t           *records = NULL;
    log_service_status(s->o.bank->log, &log);
    TRY(records_json(s, &log, &records));
    DEFER(json_unref)
    json_t *answer = json_pack("{s:o, s:o, s:s, s:b}", "records", records, "log", log_json(&log),
                               "publishing", s->o.publish_state(s->o.ctx), "clock_is_trusted",
                               witness_clock_is_trusted(s->o.bank->clock));
    struct reconcile_result last;
    json_object_set_new(answer, "reconciliation",
                        s->o.last_reconciliation(s->o.ctx, &last) ? reconcile_result_json(&last)
                                                                  : json_null());
    return reply_json(answer, reply);
}

/* --- batches ---------------------------------------------------------------------------------- */

struct batch_answer {
    json_t *files, *defects; /* defects: of the file that is being read */
    size_t  defects_n;
};

static void take_defect(void *ctx, const struct intake_defect *d)
{
    struct batch_answer *a = ctx;
    if (a->defects_n++ >= CONTROL_DEFECTS_MAX) return;
    json_array_append_new(a->defects,
                          json_pack("{s:i, s:o, s:o, s:s, s:s}", "line", (int)d->line, "column",
                                    text_of(d->column), "field", text_of(d->field), "code", d->code,
                                    "hint", d->hint));
}

static void take_file(void *ctx, const struct batch *b, enum submit_outcome outcome)
{
    static const char *const names[] = {"read", "read_again", "unreadable"};
    struct batch_answer     *a = ctx;
    json_array_append_new(a->files,
                          json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:o}", "name", b->name,
                                    "outcome", names[outcome], "rows", (json_int_t)b->rows,
                                    "accepted", (json_int_t)b->accepted, "repeated",
                                    (json_int_t)b->repeated, "conflicts", (json_int_t)b->conflicts,
                                    "refused", (json_int_t)b->refused, "defects", a->defects));
    a->defects = json_array();
}

static const char *why_not_read(enum gz_err e)
{
    switch (e) {
    case GZ_MISSING: return "没有这个文件或目录，或银行进程无权读取";
    case GZ_LIMIT: return "目录里的文件太多：请分几次提交";
    case GZ_BUSY: return "时钟不可信，或数据库正忙，没有受理：请核对各方时钟，稍后再交";
    case GZ_CORRUPT: return "一条记录写入后核对不符，其余没有读：请停止银行进程，检查磁盘与内存";
    default:
        return "磁盘或数据库出错，其余没有读；此前已受理的都在。排除后请把同一批文件再交一次，不会"
               "重复";
    }
}

static enum gz_err post_batches(struct control_site *s, const struct http_request *r,
                                struct http_reply *reply)
{
    DEFER(json_unref) json_t *request = json_loadb((const char *)r->body.p, r->body.n, 0, NULL);
    const char               *path = json_string_value(json_object_get(request, "path"));
    const char               *results = json_string_value(json_object_get(request, "results"));
    if (path == NULL) return reply_problem(GZ_MALFORMED, "wanted: {\"path\": …}", reply);
    struct batch_answer          a = {.files = json_array(), .defects = json_array()};
    const struct submit_listener answer_listener = {&a, take_defect, take_file};
    DEFER(result_file_fini)
    struct result_file           result = {.folder = results, .next = &answer_listener};
    const struct submit_listener result_listener = result_file_listener(&result);
    pthread_mutex_lock(&s->intake_lock);
    const enum gz_err e = submit_batch(s->o.bank, s->o.intake, path,
                                       results == NULL ? &answer_listener : &result_listener);
    pthread_mutex_unlock(&s->intake_lock);
    s->o.recorded(s->o.ctx);
    json_decref(a.defects);
    DEFER(json_unref)
    json_t *answer = json_pack("{s:o, s:I}", "files", a.files, "defects", (json_int_t)a.defects_n);
    if (e == GZ_OK && result.error != GZ_OK)
        return reply_problem(result.error, "结果文件写不出来；各行已受理，再交一次即可得到结果",
                             reply);
    return e == GZ_OK ? reply_json(answer, reply) : reply_problem(e, why_not_read(e), reply);
}

/* --- records and certificates ----------------------------------------------------------------- */

struct page {
    json_t  *records;
    uint64_t next; /* index behind the last */
};

static enum gz_err add_to_page(void *ctx, const struct record *r)
{
    struct page *p = ctx;
    p->next = r->index + 1;
    return json_array_append_new(p->records, json_pack("{s:s, s:s, s:I}", "id", r->uuid, "kind",
                                                       r->kind, "index", (json_int_t)r->index)) == 0
               ? GZ_OK
               : GZ_MEMORY;
}

static enum gz_err get_records(struct control_site *s, const struct http_request *r,
                               struct http_reply *reply)
{
    HOLD(s->queries_lock);
    const char       *after = http_query(r, "after");
    uint64_t          from = 0;
    struct log_status log;
    if (after != NULL && text_to_u64(bytes_str(after), INT64_MAX, &from) != GZ_OK)
        return reply_problem(GZ_MALFORMED, "after is an index", reply);
    log_service_status(s->o.bank->log, &log);
    struct page       p = {.records = json_array(), .next = from};
    const enum gz_err e =
        record_list_published(s->o.queries, log.published_size, from, add_to_page, &p);
    const bool                is_full = json_array_size(p.records) == RECORD_LIST_MAX;
    DEFER(json_unref) json_t *answer = json_pack("{s:o}", "records", p.records);
    TRY(e);
    json_object_set_new(answer, "next", is_full ? json_integer((json_int_t)p.next) : json_null());
    return reply_json(answer, reply);
}

static json_t *certificate_json(const struct issued_certificate *c)
{
    json_t *files = json_array();
    for (size_t i = 0; i < c->files_n; i++)
        json_array_append_new(
            files, json_pack("{s:i, s:s}", "n", (int)c->files[i].n, "name", c->files[i].name));
    json_t *masked = json_array();
    for (size_t i = 0; i < c->masked_n; i++)
        json_array_append_new(masked, json_pack("{s:o, s:o}", "name", text_of(c->masked[i].name),
                                                "text", text_of(c->masked[i].text)));
    return json_pack("{s:o, s:o, s:o}", "certificate", text_of(buf_bytes(&c->gzcert)), "files",
                     files, "masked", masked);
}

static void issued_fini(struct issued_certificate *c)
{
    issued_certificate_fini(c);
}

static enum gz_err post_certificates(struct control_site *s, const struct http_request *r,
                                     struct http_reply *reply)
{
    DEFER(json_unref) json_t *request = json_loadb((const char *)r->body.p, r->body.n, 0, NULL);
    DEFER(issued_fini) struct issued_certificate c = {0};
    const char *id = json_string_value(json_object_get(request, "id"));
    const char *names = json_string_value(json_object_get(request, "disclose"));
    const char *why = "";
    if (id == NULL) return reply_problem(GZ_MALFORMED, "wanted: {\"id\": …}", reply);
    const struct certificate_choice choice = {
        .all = json_is_true(json_object_get(request, "all")),
        .masked = json_is_true(json_object_get(request, "masked")),
        .names = names == NULL ? (struct bytes){NULL, 0} : bytes_str(names)};
    pthread_mutex_lock(&s->queries_lock);
    const enum gz_err e =
        issue_certificate(s->o.bank, s->o.queries, bytes_str(id), &choice, &c, &why);
    pthread_mutex_unlock(&s->queries_lock);
    if (e == GZ_MISSING) return reply_problem(e, why, reply);
    if (e == GZ_BUSY) return reply_problem(e, "这条记录还没有达到法院共签门限，请稍后再取", reply);
    TRY(e);
    DEFER(json_unref) json_t *answer = certificate_json(&c);
    return reply_json(answer, reply);
}

/* <id>/<n> */
static enum gz_err get_original(struct control_site *s, struct bytes path, struct http_reply *reply)
{
    HOLD(s->queries_lock);
    const size_t slash = bytes_find(path, '/');
    uint64_t     n;
    if (slash == path.n) return GZ_MISSING;
    const struct bytes id = bytes_slice(path, 0, slash);
    const struct bytes number = bytes_slice(path, slash + 1, path.n);
    if (text_to_u64(number, 9999, &n) != GZ_OK) return GZ_MISSING;
    TRY(issue_original(s->o.bank, s->o.queries, id, (unsigned)n, &reply->body));
    reply->status = 200;
    reply->content_type = "application/octet-stream";
    return GZ_OK;
}

static enum gz_err get_receipt(struct control_site *s, struct bytes id, struct http_reply *reply)
{
    HOLD(s->queries_lock);
    const enum gz_err e = issue_receipt(s->o.bank, s->o.queries, id, &reply->body);
    if (e == GZ_MISSING) return reply_problem(e, "没有这个证据编号的记录，请核对编号", reply);
    TRY(e);
    reply->status = 200;
    reply->content_type = "text/plain; charset=utf-8";
    return GZ_OK;
}

static enum gz_err find(struct control_site *s, const struct http_request *r,
                        struct http_reply *reply)
{
    HOLD(s->queries_lock);
    const enum gz_err e = find_route(s->o.bank, s->o.queries, r->body, reply);
    return e == GZ_MALFORMED
               ? reply_problem(e, "所给的值不合这种条件的形式，请核对 (not of its form)", reply)
               : e;
}

static enum gz_err post_vouchers(struct control_site *s, const struct http_request *r,
                                 struct http_reply *reply)
{
    const char *why = "";
    pthread_mutex_lock(&s->queries_lock);
    const enum gz_err e = voucher_route(s->o.bank, s->o.queries, r->body, reply, &why);
    pthread_mutex_unlock(&s->queries_lock);
    return e == GZ_OK || why[0] == 0 ? e : reply_problem(e, why, reply);
}

static enum gz_err compare(struct control_site *s, const struct http_request *r,
                           struct http_reply *reply)
{
    pthread_mutex_lock(&s->comparing_lock);
    const enum gz_err e = reconcile_route(s->o.bank, s->o.comparing, r->body, reply);
    pthread_mutex_unlock(&s->comparing_lock);
    s->o.recorded(s->o.ctx);
    if (e == GZ_MALFORMED) return reply_problem(e, "wanted: {\"extent\": full or sample}", reply);
    return e;
}

static enum gz_err get_policy(struct control_site *s, struct http_reply *reply)
{
    TRY(buf_add(&reply->body, s->o.bank->policy_text));
    reply->status = 200;
    reply->content_type = "text/plain; charset=utf-8";
    return GZ_OK;
}

enum gz_err control_handle(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    struct control_site *s = ctx;
    const bool           is_post = strcmp(r->method, "POST") == 0;
    const struct bytes   originals = BYTES_LIT("/control/originals/");
    const struct bytes   receipts = BYTES_LIT("/control/receipts/");
    const struct bytes   p = r->path;
    if (!is_post && bytes_eq(p, BYTES_LIT("/control/status"))) return get_status(s, reply);
    if (!is_post && bytes_eq(p, BYTES_LIT("/control/policy"))) return get_policy(s, reply);
    if (!is_post && bytes_eq(p, BYTES_LIT("/control/records"))) return get_records(s, r, reply);
    if (!is_post && bytes_starts(p, originals))
        return get_original(s, bytes_slice(p, originals.n, p.n), reply);
    if (!is_post && bytes_starts(p, receipts))
        return get_receipt(s, bytes_slice(p, receipts.n, p.n), reply);
    if (is_post && bytes_eq(p, BYTES_LIT("/control/batches"))) return post_batches(s, r, reply);
    if (is_post && bytes_eq(p, BYTES_LIT("/control/reconcile"))) return compare(s, r, reply);
    if (is_post && bytes_eq(p, BYTES_LIT("/control/vouchers"))) return post_vouchers(s, r, reply);
    if (is_post && bytes_eq(p, BYTES_LIT("/control/find"))) return find(s, r, reply);
    if (is_post && bytes_eq(p, BYTES_LIT("/control/certificates")))
        return post_certificates(s, r, reply);
    return GZ_MISSING;
}

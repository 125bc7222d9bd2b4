#include "api/chain_routes.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "core/base64.h"
#include "core/tile.h"

enum { LIMIT_MAX = 256, RETRY_S = 1 };

static const char type_text[] = "text/plain; charset=utf-8";
static const char type_binary[] = "application/octet-stream";
static const char type_json[] = "application/json";

/* One request: what is left of the path, and where the answer goes. */
struct call {
    const struct chain_site   *site;
    const struct http_request *request;
    const struct chain_files  *chain;
    struct bytes               rest;
    struct http_reply         *reply;
};

/* --- pieces ----------------------------------------------------------------------------------- */

static enum gz_err query_u64(const struct http_request *r, const char *name, uint64_t *out)
{
    const char *text = http_query(r, name);
    if (text == NULL) return GZ_MALFORMED;
    return text_to_u64(bytes_str(text), INT64_MAX, out);
}

static void ok(struct call *c, const char *type)
{
    c->reply->status = 200;
    c->reply->content_type = type;
}

static enum gz_err add_path(const struct merkle_path *path, struct buf *out)
{
    for (uint32_t i = 0; i < path->n; i++) {
        TRY(base64_add(BASE64_STD_PADDED, BYTES_OF(path->path[i].b), out));
        TRY(buf_add_byte(out, '\n'));
    }
    return GZ_OK;
}

/* --- checkpoints ------------------------------------------------------------------------------ */

static enum gz_err get_checkpoint(struct call *c)
{
    struct checkpoint_store *store = c->site->checkpoints;
    const char              *covers = http_query(c->request, "covers");
    uint64_t                 n;
    ok(c, type_text);
    if (c->rest.n > 0) {
        if (c->rest.p[0] != '/') return GZ_MISSING;
        TRY(text_to_u64(bytes_slice(c->rest, 1, c->rest.n), INT64_MAX, &n));
        if (c->site->at != NULL && n > 0) return c->site->at(c->site->ctx, n, &c->reply->body);
        return checkpoint_store_at(store, n, &c->reply->body, NULL);
    }
    if (covers == NULL && c->site->newest != NULL)
        return c->site->newest(c->site->ctx, &c->reply->body);
    if (covers == NULL) return checkpoint_store_newest(store, &c->reply->body, NULL);
    TRY(text_to_u64(bytes_str(covers), INT64_MAX - 1, &n));
    return checkpoint_store_covering(store, n, &c->reply->body, NULL);
}

/* --- tiles ------------------------------------------------------------------------------------ */

static enum gz_err get_tile(struct call *c)
{
    struct tile_address a;
    if (tile_decode(c->rest, &a) != GZ_OK) return GZ_MISSING;
    ok(c, type_binary);
    if (a.is_entries) return chain_entry_bundle(c->chain, a.n, a.width, &c->reply->body);
    return chain_tile(c->chain, a.level, a.n, a.width, &c->reply->body);
}

/* --- submissions and entries ------------------------------------------------------------------ */

/* 404 with what comes next: it may still come. The next seq is found by asking for it. */
static enum gz_err say_missing(struct call *c, struct bytes org, uint64_t seq)
{
    uint64_t low = 0, high = seq, first; /* low is there (0: as if), high is not */
    while (high - low > 1) {
        DEFER(buf_fini) struct buf scratch = {0};
        const uint64_t             middle = low + (high - low) / 2;
        const enum gz_err          e = chain_submission(c->chain, org, middle, &first, &scratch);
        if (e != GZ_OK && e != GZ_MISSING) return e;
        if (e == GZ_OK) low = middle;
        else high = middle;
    }
    ok(c, type_json);
    c->reply->status = 404;
    return buf_addf(&c->reply->body, "{\"expected\":%llu,\"size\":%llu}", (unsigned long long)high,
                    (unsigned long long)chain_size(c->chain));
}

static enum gz_err get_submission(struct call *c)
{
    const size_t slash = bytes_find(c->rest, '/');
    uint64_t     seq, first;
    if (slash == 0 || slash == c->rest.n) return GZ_MISSING;
    const struct bytes org = bytes_slice(c->rest, 0, slash);
    TRY(text_to_u64(bytes_slice(c->rest, slash + 1, c->rest.n), INT64_MAX, &seq));
    if (seq == 0) return GZ_MALFORMED;
    ok(c, "application/vnd.guzheng.submission");
    const enum gz_err e = chain_submission(c->chain, org, seq, &first, &c->reply->body);
    return e == GZ_MISSING ? say_missing(c, org, seq) : e;
}

static enum gz_err get_submissions(struct call *c)
{
    uint64_t from, limit;
    if (c->rest.n > 0) return GZ_MISSING;
    TRY(query_u64(c->request, "from_index", &from));
    TRY(query_u64(c->request, "limit", &limit));
    if (limit > LIMIT_MAX) limit = LIMIT_MAX;
    ok(c, type_binary);
    if (from >= chain_size(c->chain)) return GZ_OK; /* nothing there yet: an empty stream */
    return chain_submissions_from(c->chain, from, limit, &c->reply->body);
}

static enum gz_err get_entry(struct call *c)
{
    uint64_t           index, by = 0;
    bool               has = false;
    struct chain_entry e;
    struct buf        *out = &c->reply->body;
    TRY(text_to_u64(c->rest, INT64_MAX, &index));
    TRY(chain_entry(c->chain, index, &e));
    ok(c, type_json);
    TRY(buf_add_str(out, "{\"org\":\""));
    TRY(buf_add(out, e.org));
    TRY(buf_add_str(out, "\",\"fingerprint\":\""));
    TRY(base64_add(BASE64_URL_BARE, BYTES_OF(e.fingerprint.b), out));
    TRY(buf_addf(out, "\",\"submission_seq\":%llu,\"superseded_by\":",
                 (unsigned long long)e.submission_seq));
    TRY(c->site->superseded(c->site->ctx, index, &has, &by));
    if (!has) return buf_add_str(out, "null}");
    return buf_addf(out, "%llu}", (unsigned long long)by);
}

static enum gz_err get_proof(struct call *c)
{
    struct merkle_path path = {0};
    uint64_t           a, b;
    ok(c, type_text);
    if (bytes_eq(c->rest, BYTES_LIT("inclusion"))) {
        TRY(query_u64(c->request, "index", &a));
        TRY(query_u64(c->request, "size", &b));
        if (a >= b) return GZ_MALFORMED;
        if (b > chain_size(c->chain)) return GZ_MISSING;
        TRY(chain_inclusion(c->chain, a, b, &path));
        return add_path(&path, &c->reply->body);
    }
    if (!bytes_eq(c->rest, BYTES_LIT("consistency"))) return GZ_MISSING;
    TRY(query_u64(c->request, "from", &a));
    TRY(query_u64(c->request, "to", &b));
    if (a > b) return GZ_MALFORMED;
    if (b > chain_size(c->chain)) return GZ_MISSING;
    if (a > 0 && a < b) TRY(chain_consistency(c->chain, a, b, &path));
    return add_path(&path, &c->reply->body);
}

/* --- POST /submission ------------------------------------------------------------------------- */

static int status_of(enum ledger_result r)
{
    static const int rows[] = {
        [LEDGER_EXECUTED] = 200,  [LEDGER_REPEATED] = 200,      [LEDGER_WAITING] = 202,
        [LEDGER_MALFORMED] = 400, [LEDGER_TOO_LARGE] = 413,     [LEDGER_DENIED] = 403,
        [LEDGER_CONFLICT] = 409,  [LEDGER_BEYOND_WINDOW] = 429, [LEDGER_BAD_SUPERSEDES] = 422};
    return rows[r];
}

/* Whose and which: from the body itself, which has its form if it was executed or waits. */
static enum gz_err add_who(struct bytes wire, struct buf *out)
{
    enum { ARENA = SUBMISSION_ITEMS_MAX * sizeof(struct submission_item) + 1024 };
    DEFER(buf_fini) struct buf memory = {0};
    TRY(buf_reserve(&memory, ARENA));
    struct arena      arena = {memory.p, 0, ARENA};
    struct submission s;
    TRY(submission_decode(wire, &arena, &s));
    TRY(buf_add_str(out, "{\"org\":\""));
    TRY(buf_add(out, s.org));
    return buf_addf(out, "\",\"seq\":%llu", (unsigned long long)s.seq);
}

static enum gz_err add_stored(const struct log_answer *a, struct buf *out)
{
    TRY(buf_addf(out, "{\"expected\":%llu,\"stored\":", (unsigned long long)a->expected));
    if (!a->has_stored) return buf_add_str(out, "null}");
    TRY(buf_add_byte(out, '"'));
    TRY(base64_add(BASE64_URL_BARE, BYTES_OF(a->stored.b), out));
    return buf_add_str(out, "\"}");
}

static enum gz_err add_answer(struct bytes wire, const struct log_answer *a, struct buf *out)
{
    switch (a->result) {
    case LEDGER_EXECUTED:
    case LEDGER_REPEATED:
        TRY(add_who(wire, out));
        return buf_addf(out, ",\"index\":%llu,\"count\":%u}", (unsigned long long)a->index,
                        (unsigned)a->count);
    case LEDGER_WAITING:
        TRY(add_who(wire, out));
        return buf_addf(out, ",\"expected\":%llu}", (unsigned long long)a->expected);
    case LEDGER_CONFLICT: return add_stored(a, out);
    case LEDGER_BEYOND_WINDOW:
        return buf_addf(out, "{\"expected\":%llu}", (unsigned long long)a->expected);
    case LEDGER_MALFORMED: return buf_add_str(out, "{\"code\":\"malformed\"}");
    case LEDGER_TOO_LARGE: return buf_add_str(out, "{\"code\":\"too_large\"}");
    case LEDGER_DENIED: return buf_add_str(out, "{\"code\":\"denied\"}");
    case LEDGER_BAD_SUPERSEDES: return buf_add_str(out, "{\"code\":\"bad_supersedes\"}");
    }
    return GZ_CORRUPT;
}

static enum gz_err post_submission(struct call *c)
{
    struct log_answer a;
    const enum gz_err e = c->site->submit(c->site->ctx, c->request->body, &a);
    if (e == GZ_BUSY || e == GZ_IO || e == GZ_MEMORY) {
        ok(c, type_json);
        c->reply->status = 503;
        c->reply->retry_after_s = RETRY_S;
        return buf_add_str(&c->reply->body, "{\"code\":\"busy\"}");
    }
    TRY(e);
    ok(c, type_json);
    c->reply->status = status_of(a.result);
    if (a.result == LEDGER_BEYOND_WINDOW) c->reply->retry_after_s = RETRY_S;
    return add_answer(c->request->body, &a, &c->reply->body);
}

/* --- the table -------------------------------------------------------------------------------- */

static const struct {
    const char *prefix;
    bool        needs_chain;
    enum gz_err (*get)(struct call *);
} rows[] = {
    {"/checkpoint", false, get_checkpoint}, {"/tile/", true, get_tile},
    {"/submission/", true, get_submission}, {"/submissions", true, get_submissions},
    {"/entry/", true, get_entry},           {"/proof/", true, get_proof},
};

static enum gz_err run(struct call *c, enum gz_err (*get)(struct call *))
{
    const struct chain_site *site = c->site;
    if (site->enter == NULL) return GZ_MISSING;
    TRY(site->enter(site->ctx, &c->chain));
    const enum gz_err e = get(c);
    site->leave(site->ctx);
    return e;
}

static enum gz_err route_get(struct call *c, struct bytes path)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct bytes prefix = bytes_str(rows[i].prefix);
        if (!bytes_starts(path, prefix)) continue;
        c->rest = bytes_slice(path, prefix.n, path.n);
        const enum gz_err e = rows[i].needs_chain ? run(c, rows[i].get) : rows[i].get(c);
        if (e != GZ_OK) buf_fini(&c->reply->body);
        return e;
    }
    return GZ_MISSING;
}

enum gz_err chain_route(const struct chain_site *site, const struct http_request *r,
                        struct http_reply *reply, bool *is_mine)
{
    const struct bytes prefix = bytes_str(site->prefix);
    struct call        c = {.site = site, .request = r, .reply = reply};
    *is_mine = bytes_starts(r->path, prefix);
    if (!*is_mine) return GZ_OK;
    const struct bytes path = bytes_slice(r->path, prefix.n, r->path.n);
    if (strcmp(r->method, "GET") == 0 || strcmp(r->method, "HEAD") == 0) return route_get(&c, path);
    if (site->submit != NULL && bytes_eq(path, BYTES_LIT("/submission")))
        return post_submission(&c);
    return GZ_MISSING;
}

/* --- sites ------------------------------------------------------------------------------------ */

void chain_site_prefix(struct bytes origin, char out[72])
{
    const struct hash h = hash_of(SUITE_INTL, origin); /* SHA-256 in both suites */
    out[0] = '/';
    text_to_hex(BYTES_OF(h.b), out + 1);
}

static enum gz_err enter_log(void *ctx, const struct chain_files **out)
{
    *out = log_service_chain(ctx);
    return GZ_OK;
}

static void leave_log(void *ctx)
{
    (void)ctx;
}

static enum gz_err superseded_log(void *ctx, uint64_t index, bool *has, uint64_t *by)
{
    return log_service_superseded(ctx, index, has, by);
}

static enum gz_err submit_log(void *ctx, struct bytes wire, struct log_answer *out)
{
    return log_service_submit(ctx, wire, out);
}

struct chain_site chain_site_of_log(struct log_service *log)
{
    return (struct chain_site){.ctx = log,
                               .enter = enter_log,
                               .leave = leave_log,
                               .superseded = superseded_log,
                               .checkpoints = log_service_checkpoints(log),
                               .submit = submit_log};
}

enum gz_err chain_handle(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    bool is_mine;
    return chain_route(ctx, r, reply, &is_mine);
}

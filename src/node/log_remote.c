#include "node/log_remote.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "core/base64.h"
#include "host/host.h"
#include "node/mirror.h"

enum { URL_SIZE = REMOTE_URL_MAX + 64 };

static void json_free(json_t **j)
{
    json_decref(*j);
}

static enum gz_err url_of(const struct log_remote *r, const char *path, char out[URL_SIZE])
{
    const int n = snprintf(out, URL_SIZE, "%s%s", r->url, path);
    return n < 0 || n >= URL_SIZE ? GZ_LIMIT : GZ_OK;
}

/* --- submitting ------------------------------------------------------------------------------- */

static enum gz_err result_of(int status, enum ledger_result *out)
{
    static const struct {
        int                status;
        enum ledger_result result;
    } rows[] = {{200, LEDGER_EXECUTED},      {202, LEDGER_WAITING},       {400, LEDGER_MALFORMED},
                {413, LEDGER_TOO_LARGE},     {403, LEDGER_DENIED},        {409, LEDGER_CONFLICT},
                {429, LEDGER_BEYOND_WINDOW}, {422, LEDGER_BAD_SUPERSEDES}};
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rows[i].status == status) {
            *out = rows[i].result;
            return GZ_OK;
        }
    return GZ_BUSY; /* 503, or what no node answers */
}

static bool number_at(const json_t *j, const char *name, uint64_t max, uint64_t *out)
{
    const json_t *v = json_object_get(j, name);
    if (!json_is_integer(v) || json_integer_value(v) < 0) return false;
    *out = (uint64_t)json_integer_value(v);
    return *out <= max;
}

/* H(stored body), where the node knows one. */
static void take_stored(const json_t *j, struct log_answer *out)
{
    const char *text = json_string_value(json_object_get(j, "stored"));
    out->has_stored = text != NULL && base64_decode_exact(BASE64_URL_BARE, bytes_str(text),
                                                          out->stored.b, HASH_SIZE) == GZ_OK;
}

static enum gz_err take_answer(const struct http_answer *a, struct log_answer *out)
{
    DEFER(json_free) json_t *j = json_loadb((const char *)a->body.p, a->body.n, 0, NULL);
    struct log_answer        made = {0};
    uint64_t                 count = 0;
    TRY(result_of(a->status, &made.result));
    (void)number_at(j, "expected", INT64_MAX, &made.expected);
    take_stored(j, &made);
    if (made.result == LEDGER_EXECUTED && !(number_at(j, "index", INT64_MAX, &made.index) &&
                                            number_at(j, "count", SUBMISSION_ITEMS_MAX, &count)))
        return GZ_BUSY;
    made.count = (uint32_t)count;
    *out = made;
    return GZ_OK;
}

enum gz_err log_remote_submit(const struct log_remote *r, struct http_client *http,
                              struct bytes wire, struct log_answer *out)
{
    DEFER(http_answer_fini) struct http_answer a = {0};
    char                                       url[URL_SIZE];
    TRY(url_of(r, "/submission", url));
    if (http_post(http, url, "application/vnd.guzheng.submission", wire, REMOTE_SUBMIT_MS,
                  REMOTE_ANSWER_MAX, &a) != GZ_OK)
        return GZ_BUSY;
    return take_answer(&a, out);
}

/* --- following -------------------------------------------------------------------------------- */

enum gz_err log_remote_size(const struct log_remote *r, struct http_client *http, uint64_t *out)
{
    DEFER(http_answer_fini) struct http_answer a = {0};
    char                                       url[URL_SIZE];
    TRY(url_of(r, "/chain/status", url));
    if (http_get(http, url, REMOTE_SUBMIT_MS, REMOTE_ANSWER_MAX, &a) != GZ_OK || a.status != 200)
        return GZ_BUSY;
    DEFER(json_free) json_t *j = json_loadb((const char *)a.body.p, a.body.n, 0, NULL);
    return number_at(j, "size", INT64_MAX, out) ? GZ_OK : GZ_BUSY;
}

/* Does it meet the policy, and is it of our chain? */
static bool is_good(const struct log_remote *r, struct bytes wire, struct checkpoint *c)
{
    struct policy_quorum quorum;
    struct note          note;
    const char          *why = NULL;
    return note_decode(wire, &note) == GZ_OK && checkpoint_decode(note.text, c) == GZ_OK &&
           bytes_eq(c->origin, r->origin) &&
           policy_check_note(r->policy, &note, &quorum, NULL, &why) == GZ_OK && quorum.time > 0;
}

static enum log_remote_result reach(const struct log_remote *r, struct http_client *http,
                                    const struct checkpoint *target)
{
    DEFER(mirror_report_fini) struct mirror_report report = {0};
    struct mirror_rules rules = {.ledger_lock = r->ledger_lock, .policy = r->policy};
    rules.span_max = MIRROR_SPAN_MAX;
    if (mirror_catch_up(r->chain, http, r->url, target, &rules, &report) != GZ_OK)
        return LOG_REMOTE_FAILED;
    if (report.result == MIRROR_REACHED) return LOG_REMOTE_NEWS;
    log_line(LOG_WARNING, "remote", "the mirror does not reach size=%llu: %s",
             (unsigned long long)target->size, report.why == NULL ? "" : report.why);
    if (report.result == MIRROR_OTHER_ROOT || report.result == MIRROR_REFUSED)
        return LOG_REMOTE_CONTRADICTED;
    return report.is_dirty ? LOG_REMOTE_FAILED : LOG_REMOTE_UNREACHABLE;
}

static enum log_remote_result keep(const struct log_remote *r, struct bytes note)
{
    const enum gz_err e = checkpoint_store_put(r->store, note, 0, CHECKPOINT_ORDINARY);
    if (e == GZ_OK) return LOG_REMOTE_NEWS;
    return e == GZ_CONFLICT ? LOG_REMOTE_CONTRADICTED : LOG_REMOTE_FAILED;
}

/* The newest that is kept here, to see whether another has come. */
static uint64_t kept_size(const struct log_remote *r)
{
    struct kept_checkpoint k = {0};
    return checkpoint_store_newest(r->store, NULL, &k) == GZ_OK ? k.size : 0;
}

enum log_remote_result log_remote_follow(const struct log_remote *r, struct http_client *http)
{
    DEFER(http_answer_fini) struct http_answer a = {0};
    const struct ledger                       *ledger = chain_ledger(r->chain);
    char                                       url[URL_SIZE];
    struct checkpoint                          c;
    if (chain_size(r->chain) < ledger_continued_size(ledger)) {
        /* Of the log that the chain continues the genesis itself says the root. */
        c = (struct checkpoint){r->origin, ledger_continued_size(ledger),
                                ledger_continued_root(ledger)};
        return reach(r, http, &c);
    }
    if (url_of(r, "/checkpoint", url) != GZ_OK) return LOG_REMOTE_FAILED;
    if (http_get(http, url, REMOTE_SUBMIT_MS, CHECKPOINT_NOTE_MAX, &a) != GZ_OK)
        return LOG_REMOTE_UNREACHABLE;
    if (a.status == 404) return LOG_REMOTE_EQUAL; /* nothing published yet */
    if (a.status != 200 || !is_good(r, buf_bytes(&a.body), &c)) return LOG_REMOTE_UNREACHABLE;
    if (c.size <= kept_size(r)) return LOG_REMOTE_EQUAL;
    const enum log_remote_result reached = reach(r, http, &c);
    return reached == LOG_REMOTE_NEWS ? keep(r, buf_bytes(&a.body)) : reached;
}

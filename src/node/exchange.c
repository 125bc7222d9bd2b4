#include "node/exchange.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/host.h"
#include "host/http_client.h"
#include "host/worker.h"
#include "node/evidence.h"
#include "node/own_name.h"
#include "node/witness_clock.h"

enum { FILE_MODE = 0600 };
enum { PATH_SIZE = 1024, URL_SIZE = 512, LOOKED_AT = 8 /* pending ones, of each round */ };

/* An own checkpoint with the lines that have come so far. */
struct own {
    uint64_t    size;
    struct hash root;
    struct buf  note;
    uint64_t    times[EXCHANGE_MEMBERS_MAX]; /* of the cosignatures, 0: none yet */
    unsigned    tries[EXCHANGE_MEMBERS_MAX];
};
struct peer {
    struct exchange       *owner;
    size_t                 witness;
    char                   url[URL_SIZE]; /* empty: ourselves, or not known */
    struct http_client    *http;
    struct worker         *worker;
    struct exchange_member status;
};
struct exchange {
    struct exchange_options     o;
    char                        folder[PATH_SIZE];
    size_t                      self, members_n;
    struct witness_clock_check *clock;
    struct checkpoint_store    *cosigned; /* own newest, so that none goes back in time */
    struct worker              *signing;
    pthread_mutex_t             lock; /* all below */
    bool                        is_stopped;
    uint64_t                    last_size, last_time;
    size_t                      queue_n;
    uint64_t                    queue[EXCHANGE_QUEUE];
    struct own                  pending[EXCHANGE_PENDING];
    struct peer                 peers[EXCHANGE_MEMBERS_MAX];
};

/* --- signing ---------------------------------------------------------------------------------- */

static enum gz_err compose(struct exchange *x, uint64_t size, uint64_t time, struct own *out)
{
    DEFER(buf_fini) struct buf text = {0}, lines = {0};
    struct checkpoint          c = {.origin = x->o.origin, .size = size};
    TRY(chain_root(x->o.chain, size, &c.root));
    TRY(checkpoint_encode(&c, &text));
    TRY(signer_sign_note(x->o.log, buf_bytes(&text), &lines));
    TRY(signer_cosign(x->o.witness, buf_bytes(&text), time, &lines));
    TRY(buf_add(&out->note, buf_bytes(&text)));
    TRY(buf_add_byte(&out->note, '\n'));
    TRY(buf_add(&out->note, buf_bytes(&lines)));
    out->size = size;
    out->root = c.root;
    out->times[x->self] = time;
    return GZ_OK;
}

static void wake_peers(struct exchange *x)
{
    for (size_t i = 0; i < x->members_n; i++)
        if (x->peers[i].worker != NULL) worker_wake(x->peers[i].worker);
}

/* With the lock held: the newest comes first. */
static void push(struct exchange *x, struct own *made)
{
    buf_fini(&x->pending[EXCHANGE_PENDING - 1].note);
    memmove(x->pending + 1, x->pending, sizeof x->pending - sizeof x->pending[0]);
    x->pending[0] = *made;
    *made = (struct own){0};
}

/* With the lock held: where it has its quorum it is kept, and its later lines with it. */
static void keep_met(struct exchange *x, const struct own *o)
{
    if (!policy_is_met(x->o.policy, o->times)) return;
    const enum gz_err e =
        checkpoint_store_put(x->o.store, buf_bytes(&o->note), 0, CHECKPOINT_ORDINARY);
    if (e != GZ_OK)
        log_line(LOG_ALARM, "exchange", "checkpoint not kept size=%llu: %s",
                 (unsigned long long)o->size, err_name(e));
}

/* Stored before anybody is shown it: never a time before the last one, nor two for one size. */
static enum gz_err sign(struct exchange *x, uint64_t size, uint64_t time)
{
    struct own        made = {0};
    const enum gz_err c = compose(x, size, time, &made);
    const enum gz_err e = c != GZ_OK ? c
                                     : checkpoint_store_put(x->cosigned, buf_bytes(&made.note),
                                                            time, CHECKPOINT_ORDINARY);
    if (e != GZ_OK) {
        buf_fini(&made.note);
        return e;
    }
    pthread_mutex_lock(&x->lock);
    x->last_size = size;
    x->last_time = time;
    push(x, &made);
    keep_met(x, &x->pending[0]);
    pthread_mutex_unlock(&x->lock);
    wake_peers(x);
    return GZ_OK;
}

/* May something be cosigned now? *time: with which time. */
static bool may_sign(struct exchange *x, uint64_t *time)
{
    const struct time now = clock_now();
    *time = now.s < 1 ? 0 : (uint64_t)now.s;
    return *time != 0 && *time >= x->last_time && witness_clock_is_trusted(x->clock);
}

static bool take_queued(struct exchange *x, uint64_t *size)
{
    pthread_mutex_lock(&x->lock);
    const bool has = x->queue_n > 0;
    if (has) {
        *size = x->queue[0];
        memmove(x->queue, x->queue + 1, --x->queue_n * sizeof x->queue[0]);
    }
    pthread_mutex_unlock(&x->lock);
    return has;
}

static void put_back(struct exchange *x, uint64_t size)
{
    pthread_mutex_lock(&x->lock);
    if (x->queue_n < EXCHANGE_QUEUE) {
        memmove(x->queue + 1, x->queue, x->queue_n++ * sizeof x->queue[0]);
        x->queue[0] = size;
    }
    pthread_mutex_unlock(&x->lock);
}

/* Somebody signs with our submission key. */
static enum gz_err stop(struct exchange *x, struct bytes org, uint64_t seq)
{
    DEFER(buf_fini) struct buf wire = {0};
    char                       path[PATH_SIZE];
    uint64_t                   first = 0;
    pthread_mutex_lock(&x->lock);
    x->is_stopped = true;
    pthread_mutex_unlock(&x->lock);
    log_line(LOG_ALARM, "exchange",
             "an entry in our own name that we did not send seq=%llu: nothing is cosigned any more",
             (unsigned long long)seq);
    TRY(chain_submission(x->o.chain, org, seq, &first, &wire));
    const struct evidence_part part = {"submission", buf_bytes(&wire)};
    if (evidence_keep_proof(x->folder, "own-name", &part, 1) != GZ_OK)
        log_line(LOG_ALARM, "exchange", "evidence not kept");
    TRY(path_join(x->folder, "stopped", path, sizeof path));
    return file_replace(path, BYTES_LIT("own-name\n"), FILE_MODE);
}

/* GZ_DENIED: there is an entry in our own name that we did not send. */
static enum gz_err check_own(struct exchange *x, uint64_t size)
{
    const struct bytes org = bytes_str(signer_key(x->o.witness)->name);
    const uint64_t     from = x->last_size > x->o.from ? x->last_size : x->o.from;
    uint64_t           forged = 0;
    TRY(own_name_check(x->o.chain, org, x->o.submitted, from, size, &forged));
    if (forged == 0) return GZ_OK;
    TRY(stop(x, org, forged));
    return GZ_DENIED;
}

static enum gz_err sign_if_right(struct exchange *x, uint64_t size)
{
    uint64_t time = 0;
    TRY(check_own(x, size));
    return may_sign(x, &time) ? sign(x, size, time) : GZ_BUSY;
}

static int64_t sign_round(void *ctx)
{
    struct exchange *x = ctx;
    uint64_t         size;
    while (!x->is_stopped && take_queued(x, &size)) {
        if (size <= x->last_size || size <= x->o.from) continue;
        const enum gz_err e = sign_if_right(x, size);
        if (e == GZ_OK || e == GZ_DENIED) continue;
        if (e != GZ_BUSY)
            log_line(LOG_ALARM, "exchange", "not cosigned size=%llu: %s", (unsigned long long)size,
                     err_name(e));
        put_back(x, size);
        return EXCHANGE_REST_MS;
    }
    return EXCHANGE_REST_MS;
}

void exchange_committed(struct exchange *x, uint64_t size)
{
    pthread_mutex_lock(&x->lock);
    if (x->queue_n == EXCHANGE_QUEUE)
        memmove(x->queue, x->queue + 1, --x->queue_n * sizeof x->queue[0]);
    x->queue[x->queue_n++] = size;
    pthread_mutex_unlock(&x->lock);
    worker_wake(x->signing);
}

/* --- the others' lines ------------------------------------------------------------------------ */

/* With the lock held. */
static struct own *find(struct exchange *x, uint64_t size)
{
    for (size_t i = 0; i < EXCHANGE_PENDING; i++)
        if (x->pending[i].size == size && size > 0) return &x->pending[i];
    return NULL;
}

/* With the lock held: a line of a member over our text. True: it is new. */
static bool take_line(struct exchange *x, struct own *o, struct bytes text,
                      const struct note_line *line, struct bytes wire)
{
    for (size_t i = 0; i < x->members_n; i++) {
        uint64_t time = 0;
        if (note_verify_line(line, policy_witness(x->o.policy, i, NULL), text, &time) != GZ_OK)
            continue;
        if (o->times[i] != 0 || buf_add(&o->note, wire) != GZ_OK) return false;
        o->times[i] = time;
        if (o->size >= x->peers[i].status.size) {
            x->peers[i].status.size = o->size;
            x->peers[i].status.time = time;
        }
        return true;
    }
    return false;
}

/* With the lock held: all lines of a note with our text. */
static void merge(struct exchange *x, struct own *o, const struct note *theirs)
{
    struct bytes     lines = theirs->lines;
    struct note_line line;
    bool             is_news = false;
    for (const uint8_t *from = lines.p; note_next_line(&lines, &line); from = lines.p)
        is_news |=
            take_line(x, o, theirs->text, &line, (struct bytes){from, (size_t)(lines.p - from)});
    if (is_news) keep_met(x, o);
}

/* Has a member signed this text? Only then does it prove anything. */
static bool is_signed(const struct exchange *x, const struct note *n)
{
    struct bytes     lines = n->lines;
    struct note_line line;
    uint64_t         time;
    while (note_next_line(&lines, &line)) {
        for (size_t i = 0; i < policy_count_logs(x->o.policy); i++)
            if (note_verify_line(&line, policy_log(x->o.policy, i), n->text, &time) == GZ_OK)
                return true;
        for (size_t i = 0; i < x->members_n; i++)
            if (note_verify_line(&line, policy_witness(x->o.policy, i, NULL), n->text, &time) ==
                GZ_OK)
                return true;
    }
    return false;
}

/* With the lock held. Two signed heads of one size: somebody's history was rewritten. */
static void judge_other(struct exchange *x, struct peer *p, const struct own *o,
                        const struct note *theirs, struct bytes wire)
{
    const struct evidence_part parts[] = {{"ours", buf_bytes(&o->note)}, {"theirs", wire}};
    struct checkpoint          c;
    if (p->status.is_forked || checkpoint_decode(theirs->text, &c) != GZ_OK) return;
    if (!bytes_eq(c.origin, x->o.origin) || c.size != o->size || !is_signed(x, theirs)) return;
    p->status.is_forked = true;
    log_line(LOG_ALARM, "exchange", "member=%s shows another signed root size=%llu", p->status.name,
             (unsigned long long)o->size);
    if (evidence_keep_proof(x->folder, "fork", parts, COUNT_OF(parts)) != GZ_OK)
        log_line(LOG_ALARM, "exchange", "evidence not kept");
}

static void take_answer(struct peer *p, uint64_t size, const struct http_answer *a)
{
    struct exchange *x = p->owner;
    struct note      theirs, ours;
    if (note_decode(buf_bytes(&a->body), &theirs) != GZ_OK) return;
    pthread_mutex_lock(&x->lock);
    struct own *o = find(x, size);
    if (o != NULL && note_decode(buf_bytes(&o->note), &ours) == GZ_OK) {
        if (bytes_eq(ours.text, theirs.text)) merge(x, o, &theirs);
        else judge_other(x, p, o, &theirs, buf_bytes(&a->body));
    }
    pthread_mutex_unlock(&x->lock);
}

/* The newest own checkpoint, of the first few, that this member's line is missing from. 0: none. */
static uint64_t pick(struct peer *p, uint64_t below)
{
    struct exchange *x = p->owner;
    uint64_t         size = 0;
    pthread_mutex_lock(&x->lock);
    for (size_t i = 0; i < LOOKED_AT && size == 0; i++) {
        struct own *o = &x->pending[i];
        if (o->size == 0 || o->size >= below || o->times[p->witness] != 0) continue;
        if (o->tries[p->witness]++ < EXCHANGE_TRIES) size = o->size;
    }
    pthread_mutex_unlock(&x->lock);
    return size;
}

static void set_reached(struct peer *p, bool is_reached)
{
    pthread_mutex_lock(&p->owner->lock);
    p->status.is_reached = is_reached;
    pthread_mutex_unlock(&p->owner->lock);
}

static int64_t fetch_round(void *ctx)
{
    struct peer *p = ctx;
    bool         is_missing = false;
    for (uint64_t size = pick(p, UINT64_MAX); size > 0; size = pick(p, size)) {
        DEFER(http_answer_fini) struct http_answer a = {0};
        char                                       url[URL_SIZE + 48];
        (void)snprintf(url, sizeof url, "%s/checkpoint/%llu", p->url, (unsigned long long)size);
        const enum gz_err e = http_get(p->http, url, EXCHANGE_FETCH_MS, CHECKPOINT_NOTE_MAX, &a);
        set_reached(p, e == GZ_OK);
        if (e != GZ_OK) return EXCHANGE_REST_MS;
        if (a.status == 200) take_answer(p, size, &a);
        else is_missing = true;
    }
    return is_missing ? EXCHANGE_POLL_MS : EXCHANGE_REST_MS;
}

/* --- opening ---------------------------------------------------------------------------------- */

static bool is_same_key(const struct key *a, const struct key *b)
{
    return a->purpose == b->purpose && a->public_n == b->public_n &&
           strcmp(a->name, b->name) == 0 && memcmp(a->public_key, b->public_key, a->public_n) == 0;
}

static enum gz_err find_self(struct exchange *x)
{
    bool has_log = false;
    x->members_n = policy_count_witnesses(x->o.policy);
    if (x->members_n > EXCHANGE_MEMBERS_MAX) return GZ_LIMIT;
    for (size_t i = 0; i < policy_count_logs(x->o.policy); i++)
        has_log |= is_same_key(policy_log(x->o.policy, i), signer_key(x->o.log));
    for (x->self = 0; x->self < x->members_n; x->self++)
        if (is_same_key(policy_witness(x->o.policy, x->self, NULL), signer_key(x->o.witness)))
            return has_log ? GZ_OK : GZ_DENIED;
    return GZ_DENIED;
}

static enum gz_err name_peers(struct exchange *x)
{
    for (size_t i = 0; i < x->members_n; i++) {
        struct bytes url;
        struct peer *p = &x->peers[i];
        p->owner = x;
        p->witness = i;
        p->status.name = policy_witness(x->o.policy, i, &url)->name;
        if (url.n >= URL_SIZE) return GZ_LIMIT;
        if (i != x->self) memcpy(p->url, url.p, url.n);
    }
    return GZ_OK;
}

static enum gz_err open_clock(struct exchange *x)
{
    const char *urls[EXCHANGE_MEMBERS_MAX];
    size_t      n = 0;
    for (size_t i = 0; i < x->members_n; i++)
        if (x->peers[i].url[0] != 0) urls[n++] = x->peers[i].url;
    return witness_clock_open(x->o.clock, urls, n, &x->clock);
}

/* What was cosigned last, whose lines may not all have come. */
static enum gz_err load_last(struct exchange *x)
{
    struct own             last = {0};
    struct kept_checkpoint kept;
    const enum gz_err      e = checkpoint_store_newest(x->cosigned, &last.note, &kept);
    if (e == GZ_MISSING) return GZ_OK;
    TRY(e);
    last.size = x->last_size = kept.size;
    last.root = kept.root;
    last.times[x->self] = x->last_time = kept.quorum_time;
    push(x, &last);
    return GZ_OK;
}

static enum gz_err open_files(struct exchange *x)
{
    char path[PATH_SIZE];
    TRY(find_self(x));
    TRY(name_peers(x));
    TRY(path_join(x->folder, "stopped", path, sizeof path));
    x->is_stopped = access(path, F_OK) == 0;
    if (x->is_stopped) log_line(LOG_ALARM, "exchange", "nothing is cosigned: %s is there", path);
    TRY(path_join(x->folder, "cosigned", path, sizeof path));
    TRY(checkpoint_store_open(path, NULL, &x->cosigned));
    return load_last(x);
}

static enum gz_err start(struct exchange *x)
{
    const uint64_t size = chain_size(x->o.chain);
    TRY(open_clock(x));
    if (size > x->last_size && size > x->o.from) x->queue[x->queue_n++] = size;
    TRY(worker_start(sign_round, x, &x->signing));
    for (size_t i = 0; i < x->members_n; i++) {
        if (x->peers[i].url[0] == 0) continue;
        TRY(http_client_new(&x->peers[i].http));
        TRY(worker_start(fetch_round, &x->peers[i], &x->peers[i].worker));
    }
    return GZ_OK;
}

enum gz_err exchange_open(const struct exchange_options *o, struct exchange **out)
{
    DEFER(exchange_close) struct exchange *x = calloc(1, sizeof *x);
    if (x == NULL) return GZ_MEMORY;
    pthread_mutex_init(&x->lock, NULL);
    x->o = *o;
    if (snprintf(x->folder, PATH_SIZE, "%s", o->folder) >= PATH_SIZE) return GZ_LIMIT;
    TRY(open_files(x));
    TRY(start(x));
    *out = x;
    x = NULL;
    return GZ_OK;
}

void exchange_close(struct exchange **out)
{
    struct exchange *x = *out;
    if (x == NULL) return;
    worker_stop(&x->signing); /* it wakes the others */
    for (size_t i = 0; i < EXCHANGE_MEMBERS_MAX; i++) {
        worker_stop(&x->peers[i].worker);
        http_client_free(&x->peers[i].http);
    }
    witness_clock_close(&x->clock);
    checkpoint_store_close(&x->cosigned);
    for (size_t i = 0; i < EXCHANGE_PENDING; i++) buf_fini(&x->pending[i].note);
    pthread_mutex_destroy(&x->lock);
    free(x);
    *out = NULL;
}

/* --- reading ---------------------------------------------------------------------------------- */

enum gz_err exchange_note(struct exchange *x, uint64_t size, struct buf *note)
{
    pthread_mutex_lock(&x->lock);
    const struct own *o = size == 0 ? &x->pending[0] : find(x, size);
    const enum gz_err e =
        o == NULL || o->size == 0 ? GZ_MISSING : buf_add(note, buf_bytes(&o->note));
    pthread_mutex_unlock(&x->lock);
    return e;
}

void exchange_status(struct exchange *x, struct exchange_status *out)
{
    pthread_mutex_lock(&x->lock);
    *out = (struct exchange_status){.size = x->last_size,
                                    .time = x->last_time,
                                    .is_stopped = x->is_stopped,
                                    .members_n = x->members_n};
    for (size_t i = 0; i < x->members_n; i++) out->members[i] = x->peers[i].status;
    out->members[x->self].size = x->last_size;
    out->members[x->self].time = x->last_time;
    out->members[x->self].is_reached = true;
    pthread_mutex_unlock(&x->lock);
    out->clock_is_trusted = witness_clock_is_trusted(x->clock);
}

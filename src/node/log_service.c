#include "node/log_service.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "host/host.h"
#include "node/evidence.h"
#include "node/log_start.h"
#include "node/publisher.h"

enum { PATH_SIZE = 1024, FOLDER_MODE = 0755, BATCH_MAX = 512, ASK_MS = 300 };

/* One caller who waits, woken by itself: a shared condition would wake all for each. Lives on the
 * caller's stack. */
struct caller {
    pthread_cond_t decided;
    size_t         open; /* submissions that are not decided yet */
};
struct waiter {
    struct bytes      wire;
    struct log_answer answer;
    enum gz_err       error;
    struct caller    *caller;
    struct waiter    *next;
};
struct log_service {
    char                     folder[PATH_SIZE], hash[72];
    struct buf               genesis, policy_memory;
    const struct policy     *policy;
    struct signer           *signer;
    struct chain_files      *chain;
    struct checkpoint_store *store;
    struct publisher        *publisher;
    pthread_mutex_t          ledger_lock; /* chain_add against readers of the ledger's state */
    pthread_mutex_t          lock;        /* all below */
    pthread_cond_t           work, done;
    bool                     is_ending;
    enum log_state           state;
    size_t                   waiting;
    struct waiter           *first, **last;
    uint64_t                 conflicts;
    pthread_t                thread;
    bool                     has_thread;
};

/* --- submitting ------------------------------------------------------------------------------- */

/* With the lock held. */
static enum gz_err enqueue(struct log_service *s, struct waiter *list, size_t n)
{
    if (s->state == LOG_FAILED) return GZ_IO;
    if (s->state != LOG_RUNNING || s->is_ending || n > LOG_WAITERS_MAX - s->waiting) return GZ_BUSY;
    for (size_t i = 0; i < n; i++) {
        *s->last = &list[i];
        s->last = &list[i].next;
    }
    s->waiting += n;
    pthread_cond_signal(&s->work);
    return GZ_OK;
}

/* All of them in this order, until each is decided. */
static enum gz_err submit(struct log_service *s, struct waiter *list, size_t n)
{
    struct caller caller = {.decided = PTHREAD_COND_INITIALIZER, .open = n};
    for (size_t i = 0; i < n; i++) list[i].caller = &caller;
    pthread_mutex_lock(&s->lock);
    const enum gz_err e = enqueue(s, list, n);
    while (e == GZ_OK && caller.open > 0) pthread_cond_wait(&caller.decided, &s->lock);
    pthread_mutex_unlock(&s->lock);
    pthread_cond_destroy(&caller.decided);
    TRY(e);
    for (size_t i = 0; i < n; i++) TRY(list[i].error);
    return GZ_OK;
}

enum gz_err log_service_submit(struct log_service *s, struct bytes wire, struct log_answer *out)
{
    struct waiter w = {.wire = wire};
    TRY(submit(s, &w, 1));
    *out = w.answer;
    return GZ_OK;
}

static void list_free(struct waiter **list)
{
    free(*list);
}

enum gz_err log_service_submit_all(struct log_service *s, const struct bytes *wires, size_t n,
                                   struct log_answer *out)
{
    DEFER(list_free) struct waiter *list = calloc(n, sizeof *list);
    if (list == NULL) return GZ_MEMORY;
    for (size_t i = 0; i < n; i++) list[i].wire = wires[i];
    TRY(submit(s, list, n));
    for (size_t i = 0; i < n; i++) out[i] = list[i].answer;
    return GZ_OK;
}

/* A second body for a number: its sender has signed both. */
static void keep_conflict(struct log_service *s, struct bytes wire)
{
    const struct evidence_part part = {"submission", wire};
    s->conflicts++;
    log_line(LOG_ALARM, "log", "another body for a submission number conflicts=%llu",
             (unsigned long long)s->conflicts);
    if (s->conflicts <= LOG_CONFLICTS_KEPT_MAX &&
        evidence_keep(s->folder, "conflict", &part, 1) != GZ_OK)
        log_line(LOG_ALARM, "log", "evidence not kept");
}

static void decide(struct log_service *s, struct waiter *w)
{
    struct ledger_outcome o;
    w->error = chain_add(s->chain, w->wire, &o);
    if (w->error != GZ_OK) return;
    w->answer = (struct log_answer){o.result, o.index, o.count, o.expected, o.has_stored, o.stored};
    if (o.result != LEDGER_CONFLICT) return;
    pthread_mutex_lock(&s->lock);
    keep_conflict(s, w->wire);
    pthread_mutex_unlock(&s->lock);
}

/* Nobody is answered before all of the batch is durable: a repeat may be of one that is not yet. */
static enum gz_err run_batch(struct log_service *s, struct waiter *first)
{
    enum gz_err broken = GZ_OK;
    pthread_mutex_lock(&s->ledger_lock);
    for (struct waiter *w = first; w != NULL; w = w->next) {
        decide(s, w);
        if (w->error == GZ_IO || w->error == GZ_CORRUPT) broken = w->error;
    }
    const enum gz_err e = broken != GZ_OK ? broken : chain_commit(s->chain);
    pthread_mutex_unlock(&s->ledger_lock);
    if (e != GZ_OK)
        for (struct waiter *w = first; w != NULL; w = w->next) w->error = GZ_IO;
    return e;
}

static struct waiter *take_batch(struct log_service *s)
{
    struct waiter *first = s->first, *last = NULL;
    size_t         n = 0;
    for (struct waiter *w = first; w != NULL && n < BATCH_MAX; w = w->next, n++) last = w;
    if (last == NULL) return NULL;
    s->first = last->next;
    if (s->first == NULL) s->last = &s->first;
    last->next = NULL;
    s->waiting -= n;
    return first;
}

/* With the lock held. */
static void answer(struct waiter *w)
{
    for (struct waiter *next; w != NULL; w = next) {
        next = w->next; /* the caller's memory is gone once all of its own are decided */
        if (--w->caller->open == 0) pthread_cond_signal(&w->caller->decided);
    }
}

static void refuse_all(struct log_service *s, enum gz_err e)
{
    for (struct waiter *w = s->first; w != NULL; w = w->next) w->error = e;
    answer(s->first);
    s->first = NULL;
    s->last = &s->first;
    s->waiting = 0;
}

static void serve(struct log_service *s)
{
    pthread_mutex_lock(&s->lock);
    while (!s->is_ending && s->state == LOG_RUNNING) {
        struct waiter *batch = take_batch(s);
        if (batch == NULL) {
            pthread_cond_wait(&s->work, &s->lock);
            continue;
        }
        pthread_mutex_unlock(&s->lock);
        const uint64_t    before = chain_size(s->chain);
        const enum gz_err e = run_batch(s, batch);
        if (e == GZ_OK && chain_size(s->chain) > before)
            publisher_committed(s->publisher, chain_size(s->chain));
        pthread_mutex_lock(&s->lock);
        if (e != GZ_OK) s->state = LOG_FAILED;
        if (e != GZ_OK) log_line(LOG_ALARM, "log", "cannot append: %s", err_name(e));
        answer(batch);
    }
    refuse_all(s, s->state == LOG_FAILED ? GZ_IO : GZ_BUSY);
    pthread_mutex_unlock(&s->lock);
}

/* --- the thread ---------------------------------------------------------------------------------
 */

static bool is_ending(struct log_service *s)
{
    pthread_mutex_lock(&s->lock);
    const bool is = s->is_ending;
    pthread_mutex_unlock(&s->lock);
    return is;
}

static void set_state(struct log_service *s, enum log_state state)
{
    pthread_mutex_lock(&s->lock);
    s->state = state;
    pthread_mutex_unlock(&s->lock);
}

static void start_fini(struct log_start *s)
{
    log_start_fini(s);
}

/* Until the rule at start has been met, or never will be. */
static enum log_start_result await_start(struct log_service *s, struct http_client *http)
{
    DEFER(start_fini)
    struct log_start start = {.policy = s->policy,
                              .chain = s->chain,
                              .ledger_lock = &s->ledger_lock,
                              .origin = ledger_origin(chain_ledger(s->chain)),
                              .hash = s->hash,
                              .folder = s->folder};
    log_start_init(&start);
    enum log_start_result r = log_start_round(&start, http);
    while (r == LOG_START_ASKING && !is_ending(s)) {
        nanosleep(&(struct timespec){0, ASK_MS * 1000000}, NULL);
        r = log_start_round(&start, http);
    }
    return r;
}

static void *run(void *ctx)
{
    struct log_service                         *s = ctx;
    DEFER(http_client_free) struct http_client *http = NULL;
    if (http_client_new(&http) != GZ_OK) return NULL;
    const enum log_start_result r = await_start(s, http);
    if (r == LOG_START_CONTRADICTED) set_state(s, LOG_CONTRADICTED);
    if (r == LOG_START_FAILED) set_state(s, LOG_FAILED);
    if (r != LOG_START_MAY_APPEND || is_ending(s)) return NULL;
    set_state(s, LOG_RUNNING);
    publisher_committed(s->publisher, chain_size(s->chain));
    serve(s);
    return NULL;
}

/* --- opening ---------------------------------------------------------------------------------- */

/* Name and purpose too: they stand in every line that the key signs. */
static bool is_same_key(const struct key *a, const struct key *b)
{
    return a->suite == b->suite && a->purpose == b->purpose && strcmp(a->name, b->name) == 0 &&
           a->public_n == b->public_n && memcmp(a->public_key, b->public_key, a->public_n) == 0;
}

static enum gz_err read_policy(struct log_service *s, const char **why)
{
    enum { MEMORY = 1024 * 1024 };
    const struct bytes text = ledger_policy_text(chain_ledger(s->chain));
    TRY(buf_reserve(&s->policy_memory, MEMORY));
    struct arena arena = {s->policy_memory.p, 0, MEMORY};
    TRY(policy_decode(text, &arena, &s->policy, why));
    const struct key *ours = signer_key(s->signer);
    for (size_t i = 0; i < policy_count_logs(s->policy); i++)
        if (is_same_key(policy_log(s->policy, i), ours) &&
            bytes_eq(bytes_str(ours->name), ledger_origin(chain_ledger(s->chain))))
            return GZ_OK;
    *why = "the log key is not in the policy of the genesis, or its name is not the origin";
    return GZ_DENIED;
}

static void wake(void *ctx)
{
    struct log_service *s = ctx;
    pthread_mutex_lock(&s->lock);
    pthread_cond_broadcast(&s->done);
    pthread_mutex_unlock(&s->lock);
}

static enum gz_err open_files(struct log_service *s, struct bytes genesis, struct buf *why)
{
    char        path[PATH_SIZE];
    const char *reason = "";
    TRY(buf_add(&s->genesis, genesis));
    TRY(path_join(s->folder, "chain", path, sizeof path));
    TRY(folder_make(path, FOLDER_MODE));
    TRY(chain_open(path, buf_bytes(&s->genesis), &s->chain, why));
    const enum gz_err e = read_policy(s, &reason);
    if (e != GZ_OK) (void)!buf_add_str(why, reason);
    TRY(e);
    const struct hash h = hash_of(SUITE_INTL, ledger_origin(chain_ledger(s->chain)));
    s->hash[0] = '/';
    text_to_hex(BYTES_OF(h.b), s->hash + 1);
    TRY(path_join(s->folder, "checkpoints", path, sizeof path));
    return checkpoint_store_open(path, s->policy, &s->store);
}

static void init(struct log_service *s, struct signer *signer)
{
    pthread_condattr_t monotonic;
    pthread_mutex_init(&s->ledger_lock, NULL);
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&s->work, &monotonic);
    pthread_cond_init(&s->done, &monotonic);
    s->last = &s->first;
    s->state = LOG_ASKING;
    s->signer = signer;
}

enum gz_err log_service_open(const struct log_options *o, struct log_service **out, struct buf *why)
{
    DEFER(log_service_close) struct log_service *s = calloc(1, sizeof *s);
    if (s == NULL) return GZ_MEMORY;
    init(s, o->signer);
    if (snprintf(s->folder, PATH_SIZE, "%s", o->folder) >= PATH_SIZE) return GZ_LIMIT;
    const enum gz_err e = open_files(s, o->genesis, why);
    if (e != GZ_OK && why->n == 0) (void)!buf_addf(why, "%s: %s", s->folder, err_sentence(e));
    TRY(e);
    const struct publisher_options p = {.policy = s->policy,
                                        .chain = s->chain,
                                        .store = s->store,
                                        .signer = s->signer,
                                        .ctx = s,
                                        .published = wake,
                                        .origin = ledger_origin(chain_ledger(s->chain))};
    TRY(publisher_open(&p, &s->publisher));
    s->has_thread = pthread_create(&s->thread, NULL, run, s) == 0;
    if (!s->has_thread) return GZ_MEMORY;
    *out = s;
    s = NULL;
    return GZ_OK;
}

void log_service_close(struct log_service **out)
{
    struct log_service *s = *out;
    if (s == NULL) return;
    pthread_mutex_lock(&s->lock);
    s->is_ending = true;
    pthread_cond_broadcast(&s->work);
    pthread_cond_broadcast(&s->done);
    pthread_mutex_unlock(&s->lock);
    if (s->has_thread) pthread_join(s->thread, NULL);
    publisher_close(&s->publisher);
    checkpoint_store_close(&s->store);
    chain_close(&s->chain);
    buf_fini(&s->genesis);
    buf_fini(&s->policy_memory);
    pthread_cond_destroy(&s->work);
    pthread_cond_destroy(&s->done);
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->ledger_lock);
    free(s);
    *out = NULL;
}

/* --- reading ---------------------------------------------------------------------------------- */

enum gz_err log_service_checkpoint_covering(struct log_service *s, uint64_t index, struct buf *note,
                                            struct kept_checkpoint *out)
{
    return checkpoint_store_covering(s->store, index, note, out);
}

enum gz_err log_service_wait_published(struct log_service *s, uint64_t index, unsigned timeout_ms)
{
    const int64_t   end = clock_monotonic_ms() + timeout_ms;
    struct timespec at = {end / 1000, end % 1000 * 1000000};
    enum gz_err     e;
    pthread_mutex_lock(&s->lock);
    while ((e = checkpoint_store_covering(s->store, index, NULL, NULL)) == GZ_MISSING)
        if (s->is_ending || pthread_cond_timedwait(&s->done, &s->lock, &at) != 0) break;
    pthread_mutex_unlock(&s->lock);
    return e == GZ_MISSING ? GZ_BUSY : e;
}

void log_service_status(struct log_service *s, struct log_status *out)
{
    struct kept_checkpoint newest = {0};
    (void)!checkpoint_store_newest(s->store, NULL, &newest);
    *out = (struct log_status){.size = chain_size(s->chain),
                               .published_size = newest.size,
                               .quorum_time = newest.quorum_time,
                               .witnesses_n = policy_count_witnesses(s->policy)};
    for (size_t i = 0; i < out->witnesses_n; i++) {
        struct publisher_witness w;
        publisher_witness(s->publisher, i, &w);
        out->witnesses[i] = (struct log_witness_status){policy_witness(s->policy, i, NULL)->name,
                                                        w.is_refused, w.last, w.failures_in_a_row};
    }
    pthread_mutex_lock(&s->lock);
    out->state = s->state;
    out->conflicts = s->conflicts;
    pthread_mutex_unlock(&s->lock);
}

const struct chain_files *log_service_chain(const struct log_service *s)
{
    return s->chain;
}

struct checkpoint_store *log_service_checkpoints(struct log_service *s)
{
    return s->store;
}

enum gz_err log_service_superseded(struct log_service *s, uint64_t index, bool *has, uint64_t *by)
{
    pthread_mutex_lock(&s->ledger_lock);
    *has = ledger_superseded_by(chain_ledger(s->chain), index, by);
    pthread_mutex_unlock(&s->ledger_lock);
    return GZ_OK;
}

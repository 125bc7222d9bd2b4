/* Submissions that wait for the log: taken in order, many decided with one sync. */
#include <stdlib.h>

#include "host/host.h"
#include "node/evidence.h"
#include "node/log_inside.h"

enum { BATCH_MAX = 512 };

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
        evidence_keep_proof(s->folder, "conflict", &part, 1) != GZ_OK)
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

/* The same at a node of the chain: each is durable when it is answered. */
static void run_remote(struct log_service *s, struct http_client *http, struct waiter *first)
{
    for (struct waiter *w = first; w != NULL; w = w->next) {
        w->error = log_remote_submit(&s->remote, http, w->wire, &w->answer);
        const uint64_t end = w->answer.index + w->answer.count;
        if (w->error != GZ_OK) continue;
        pthread_mutex_lock(&s->lock);
        if (w->answer.result == LEDGER_CONFLICT) keep_conflict(s, w->wire);
        if (end > s->acknowledged) s->acknowledged = end;
        pthread_mutex_unlock(&s->lock);
    }
    worker_wake(s->follower);
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

/* Without the lock. */
static enum gz_err decide_all(struct log_service *s, struct http_client *http, struct waiter *batch)
{
    const uint64_t before = chain_size(s->chain);
    if (s->node_url[0] != 0) {
        run_remote(s, http, batch);
        return GZ_OK;
    }
    TRY(run_batch(s, batch));
    if (chain_size(s->chain) > before) publisher_committed(s->publisher, chain_size(s->chain));
    return GZ_OK;
}

void log_queue_serve(struct log_service *s, struct http_client *http)
{
    pthread_mutex_lock(&s->lock);
    while (!s->is_ending && s->state == LOG_RUNNING) {
        struct waiter *batch = take_batch(s);
        if (batch == NULL) {
            pthread_cond_wait(&s->work, &s->lock);
            continue;
        }
        pthread_mutex_unlock(&s->lock);
        const enum gz_err e = decide_all(s, http, batch);
        pthread_mutex_lock(&s->lock);
        if (e != GZ_OK) s->state = LOG_FAILED;
        if (e != GZ_OK) log_line(LOG_ALARM, "log", "cannot append: %s", err_name(e));
        answer(batch);
    }
    refuse_all(s, s->state == LOG_FAILED ? GZ_IO : GZ_BUSY);
    pthread_mutex_unlock(&s->lock);
}

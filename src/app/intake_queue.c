#include "app/intake_queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "app/make_record.h"
#include "app/submit_batch.h"
#include "host/host.h"
#include "store/event.h"

enum { TRIES_TOGETHER = 3 };

/* A caller that waits, with its requests. */
struct ticket {
    struct ticket         *next;
    struct intake_request *requests;
    size_t                 n, taken, done;
    pthread_cond_t         ready;
};
/* A request in the group that is being recorded. */
struct place {
    struct intake_request *request;
    struct ticket         *ticket;
};

struct intake_queue {
    struct intake_queue_options o;
    pthread_mutex_t             lock; /* over all below */
    pthread_cond_t              news;
    struct ticket              *first, **last;
    bool                        is_ending;
    pthread_t                   thread;
    struct place                group[SUBMIT_GROUP_ROWS]; /* the thread's own */
};

/* --- one transaction -------------------------------------------------------------------------- */

static enum gz_err describe(struct intake_queue *q, struct intake_request *r, int64_t record_id)
{
    DEFER(record_fini) struct record record = {0};
    TRY(record_get_id(q->o.db, record_id, &record));
    memcpy(r->record.uuid, record.uuid, sizeof r->record.uuid);
    r->record.fingerprint = record.fingerprint;
    r->record.received_ms = record.received_ms;
    return GZ_OK;
}

static enum gz_err note_key(struct intake_queue *q, const struct intake_request *r)
{
    struct idempotency i = {.record_id = r->answer.record_id,
                            .was_new = r->answer.result == INTAKE_ACCEPTED};
    if (r->answer.result != INTAKE_ACCEPTED && r->answer.result != INTAKE_REPEATED) return GZ_OK;
    memcpy(i.key, r->key->key, sizeof i.key);
    return idempotency_add(q->o.db, &i);
}

/* Does the item's number belong to this record? Then it cannot become a new one. */
static enum gz_err is_of(struct intake_queue *q, const struct intake_item *item, int64_t record_id,
                         bool *out)
{
    const struct event event = {.source = item->source, .number = item->event_number};
    enum event_answer  known;
    int64_t            id = 0;
    TRY(event_find(q->o.db, &event, &known, &id));
    *out = known != EVENT_IS_NEW && id == record_id;
    return GZ_OK;
}

/* The key has led to a record: this very item is answered as then, another is refused. */
static enum gz_err answer_again(struct intake_queue *q, struct intake_request *r,
                                const struct idempotency *before)
{
    bool is_same = false;
    TRY(is_of(q, r->item, before->record_id, &is_same));
    r->key_is_taken = !is_same;
    if (!is_same) return GZ_OK;
    TRY(record_make(q->o.bank, q->o.db, r->item, 0, clock_now(), &r->answer));
    r->key_is_taken = r->answer.result != INTAKE_REPEATED;
    if (before->was_new) r->answer.result = INTAKE_ACCEPTED;
    return describe(q, r, before->record_id);
}

static enum gz_err record_one(struct intake_queue *q, struct intake_request *r)
{
    struct idempotency before;
    r->key_is_taken = false;
    const enum gz_err e =
        r->key == NULL ? GZ_MISSING : idempotency_get(q->o.db, r->key->key, &before);
    if (e == GZ_OK) return answer_again(q, r, &before);
    if (e != GZ_MISSING) return e;
    TRY(record_make(q->o.bank, q->o.db, r->item, 0, clock_now(), &r->answer));
    if (r->answer.result == INTAKE_REFUSED) return GZ_OK;
    TRY(describe(q, r, r->answer.record_id));
    return r->key == NULL ? GZ_OK : note_key(q, r);
}

/* *at: the request that failed; n where the transaction itself did. */
static enum gz_err record_together(struct intake_queue *q, struct place *group, size_t n,
                                   size_t *at)
{
    DEFER(db_rollback) struct db *open = NULL;
    *at = n;
    TRY(db_begin(q->o.db));
    open = q->o.db;
    for (size_t i = 0; i < n; i++) {
        const enum gz_err e = record_one(q, group[i].request);
        if (e == GZ_OK) continue;
        *at = i;
        return e;
    }
    open = NULL;
    return db_commit(q->o.db);
}

static void answer_all(struct place *group, size_t n, enum gz_err e)
{
    for (size_t i = 0; i < n; i++) group[i].request->error = e;
}

static void record_alone(struct intake_queue *q, struct place *group, size_t n)
{
    size_t at;
    for (size_t i = 0; i < n; i++) {
        const enum gz_err e = record_together(q, &group[i], 1, &at);
        group[i].request->error = e;
        if (e == GZ_OK || at == 0) continue;
        answer_all(&group[i], n - i, e); /* no transaction is to be had */
        return;
    }
}

/* The one that failed is answered and goes to the end, the others keep their order. */
static void set_aside(struct place *group, size_t n, size_t at, enum gz_err e)
{
    const struct place failed = group[at];
    failed.request->error = e;
    memmove(&group[at], &group[at + 1], (n - at - 1) * sizeof *group);
    group[n - 1] = failed;
}

/* What one of them does wrong must not be the others' fault: they are recorded without it, and,
 * where that happens again and again, each by itself. */
static void record_group(struct intake_queue *q, struct place *group, size_t n)
{
    for (int i = 0; i < TRIES_TOGETHER && n > 0; i++) {
        size_t      at = n;
        enum gz_err e = GZ_BUSY;
        if (witness_clock_is_trusted(q->o.bank->clock)) e = record_together(q, group, n, &at);
        if (e != GZ_OK)
            log_line(e == GZ_CORRUPT ? LOG_ALARM : LOG_WARNING, "intake",
                     "not recorded code=%s together=%zu", err_name(e), n);
        if (e == GZ_OK || at == n) {
            answer_all(group, n, e);
            return;
        }
        set_aside(group, n--, at, e);
    }
    record_alone(q, group, n);
}

/* --- the thread ------------------------------------------------------------------------------- */

/* Under the lock. */
static size_t take(struct intake_queue *q)
{
    size_t n = 0;
    while (q->first != NULL && n < SUBMIT_GROUP_ROWS) {
        struct ticket *t = q->first;
        q->group[n++] = (struct place){&t->requests[t->taken++], t};
        if (t->taken < t->n) continue;
        q->first = t->next;
        if (q->first == NULL) q->last = &q->first;
    }
    return n;
}

static bool has_recorded(const struct place *group, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (group[i].request->error == GZ_OK && group[i].request->answer.result == INTAKE_ACCEPTED)
            return true;
    return false;
}

/* Under the lock: who has all its answers may go, and takes its ticket with it. */
static void tell(struct intake_queue *q, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct ticket *t = q->group[i].ticket;
        if (++t->done == t->n) pthread_cond_signal(&t->ready);
    }
}

static void *work(void *ctx)
{
    struct intake_queue *q = ctx;
    pthread_mutex_lock(&q->lock);
    for (;;) {
        while (q->first == NULL && !q->is_ending) pthread_cond_wait(&q->news, &q->lock);
        const size_t n = take(q);
        if (n == 0) break;
        pthread_mutex_unlock(&q->lock);
        record_group(q, q->group, n);
        if (has_recorded(q->group, n)) q->o.recorded(q->o.ctx);
        pthread_mutex_lock(&q->lock);
        tell(q, n);
    }
    pthread_mutex_unlock(&q->lock);
    return NULL;
}

void intake_queue_record(struct intake_queue *q, struct intake_request *requests, size_t n)
{
    struct ticket t = {.requests = requests, .n = n};
    if (n == 0) return;
    pthread_cond_init(&t.ready, NULL);
    pthread_mutex_lock(&q->lock);
    assert(!q->is_ending);
    *q->last = &t;
    q->last = &t.next;
    pthread_cond_signal(&q->news);
    while (t.done < n) pthread_cond_wait(&t.ready, &q->lock);
    pthread_mutex_unlock(&q->lock);
    pthread_cond_destroy(&t.ready);
}

enum gz_err intake_queue_open(const struct intake_queue_options *o, struct intake_queue **out)
{
    struct intake_queue *q = calloc(1, sizeof *q);
    if (q == NULL) return GZ_MEMORY;
    q->o = *o;
    q->last = &q->first;
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->news, NULL);
    if (pthread_create(&q->thread, NULL, work, q) != 0) {
        pthread_cond_destroy(&q->news);
        pthread_mutex_destroy(&q->lock);
        free(q);
        return GZ_MEMORY;
    }
    *out = q;
    return GZ_OK;
}

void intake_queue_close(struct intake_queue **out)
{
    struct intake_queue *q = *out;
    if (q == NULL) return;
    pthread_mutex_lock(&q->lock);
    q->is_ending = true;
    pthread_cond_signal(&q->news);
    pthread_mutex_unlock(&q->lock);
    pthread_join(q->thread, NULL);
    pthread_cond_destroy(&q->news);
    pthread_mutex_destroy(&q->lock);
    free(q);
    *out = NULL;
}

#include "app/stored_check.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/hash_many.h"

struct lot {
    size_t               n;
    struct stored_record list[STORED_CHECK_TOGETHER];
};
struct stored_check {
    pthread_t       thread;
    bool            has_thread;
    pthread_mutex_t lock;
    pthread_cond_t  news;
    struct lot     *given; /* the thread's; NULL: it has nothing to do */
    enum gz_err     error; /* the first */
    bool            is_ending;
    size_t          filling; /* the caller's lot; the other is given, or empty */
    struct lot      lots[2];
};

/* --- the thread ------------------------------------------------------------------------------- */

static void forget(struct lot *lot)
{
    for (size_t i = 0; i < lot->n; i++) stored_record_fini(&lot->list[i]);
    lot->n = 0;
}

static enum gz_err check(struct lot *lot)
{
    struct bytes entries[STORED_CHECK_TOGETHER];
    struct hash  hashes[STORED_CHECK_TOGETHER];
    for (size_t i = 0; i < lot->n; i++) entries[i] = buf_bytes(&lot->list[i].record.entry);
    hash_each(lot->list[0].suite, entries, lot->n, hashes); /* one bank's: all of one suite */
    for (size_t i = 0; i < lot->n; i++) TRY(stored_record_check(&lot->list[i], hashes[i]));
    return GZ_OK;
}

static struct lot *wait_for_lot(struct stored_check *c)
{
    pthread_mutex_lock(&c->lock);
    while (c->given == NULL && !c->is_ending) pthread_cond_wait(&c->news, &c->lock);
    struct lot *lot = c->is_ending ? NULL : c->given;
    pthread_mutex_unlock(&c->lock);
    return lot;
}

static void *work(void *ctx)
{
    struct stored_check *c = ctx;
    for (struct lot *lot; (lot = wait_for_lot(c)) != NULL;) {
        const enum gz_err e = check(lot);
        forget(lot);
        pthread_mutex_lock(&c->lock);
        if (c->error == GZ_OK) c->error = e;
        c->given = NULL;
        pthread_cond_signal(&c->news);
        pthread_mutex_unlock(&c->lock);
    }
    return NULL;
}

/* --- the caller ------------------------------------------------------------------------------- */

enum gz_err stored_check_open(struct stored_check **out)
{
    struct stored_check *c = calloc(1, sizeof *c);
    if (c == NULL) return GZ_MEMORY;
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->news, NULL);
    c->has_thread = pthread_create(&c->thread, NULL, work, c) == 0;
    *out = c;
    if (c->has_thread) return GZ_OK;
    stored_check_close(out);
    return GZ_MEMORY;
}

void stored_check_close(struct stored_check **out)
{
    struct stored_check *c = *out;
    if (c == NULL) return;
    pthread_mutex_lock(&c->lock);
    c->is_ending = true;
    pthread_cond_signal(&c->news);
    pthread_mutex_unlock(&c->lock);
    if (c->has_thread) pthread_join(c->thread, NULL);
    for (size_t i = 0; i < COUNT_OF(c->lots); i++) forget(&c->lots[i]);
    pthread_cond_destroy(&c->news);
    pthread_mutex_destroy(&c->lock);
    free(c);
    *out = NULL;
}

/* Under the lock. */
static void wait_until_idle(struct stored_check *c)
{
    while (c->given != NULL) pthread_cond_wait(&c->news, &c->lock);
}

static void give(struct stored_check *c)
{
    pthread_mutex_lock(&c->lock);
    wait_until_idle(c);
    c->given = &c->lots[c->filling];
    c->filling = 1 - c->filling;
    pthread_cond_signal(&c->news);
    pthread_mutex_unlock(&c->lock);
}

void stored_check_add(struct stored_check *c, struct stored_record *s)
{
    struct lot *lot = &c->lots[c->filling];
    lot->list[lot->n++] = *s;
    *s = (struct stored_record){0};
    if (lot->n == COUNT_OF(lot->list)) give(c);
}

enum gz_err stored_check_end(struct stored_check *c)
{
    if (c->lots[c->filling].n > 0) give(c);
    pthread_mutex_lock(&c->lock);
    wait_until_idle(c);
    const enum gz_err e = c->error;
    c->error = GZ_OK;
    pthread_mutex_unlock(&c->lock);
    return e;
}

#include "host/worker.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "host/host.h"

struct worker {
    int64_t (*round)(void *ctx);
    void           *ctx;
    pthread_mutex_t lock;
    pthread_cond_t  news;
    pthread_t       thread;
    bool            has_thread, is_ending, is_woken;
};

/* True: it ends. */
static bool sleep_ms(struct worker *w, int64_t ms)
{
    const int64_t   end = clock_monotonic_ms() + ms;
    struct timespec at = {end / 1000, end % 1000 * 1000000};
    pthread_mutex_lock(&w->lock);
    while (!w->is_ending && !w->is_woken && clock_monotonic_ms() < end)
        (void)!pthread_cond_timedwait(&w->news, &w->lock, &at);
    w->is_woken = false;
    const bool is_ending = w->is_ending;
    pthread_mutex_unlock(&w->lock);
    return is_ending;
}

static void *run(void *ctx)
{
    struct worker *w = ctx;
    while (!sleep_ms(w, w->round(w->ctx))) continue;
    return NULL;
}

enum gz_err worker_start(int64_t (*round)(void *ctx), void *ctx, struct worker **out)
{
    struct worker     *w = calloc(1, sizeof *w);
    pthread_condattr_t monotonic;
    if (w == NULL) return GZ_MEMORY;
    w->round = round;
    w->ctx = ctx;
    pthread_mutex_init(&w->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&w->news, &monotonic);
    pthread_condattr_destroy(&monotonic);
    *out = w; /* before the thread runs: a round may look at it */
    w->has_thread = pthread_create(&w->thread, NULL, run, w) == 0;
    if (w->has_thread) return GZ_OK;
    worker_stop(out);
    return GZ_MEMORY;
}

void worker_stop(struct worker **out)
{
    struct worker *w = *out;
    if (w == NULL) return;
    pthread_mutex_lock(&w->lock);
    w->is_ending = true;
    pthread_cond_broadcast(&w->news);
    pthread_mutex_unlock(&w->lock);
    if (w->has_thread) pthread_join(w->thread, NULL);
    pthread_cond_destroy(&w->news);
    pthread_mutex_destroy(&w->lock);
    free(w);
    *out = NULL;
}

void worker_wake(struct worker *w)
{
    pthread_mutex_lock(&w->lock);
    w->is_woken = true;
    pthread_cond_broadcast(&w->news);
    pthread_mutex_unlock(&w->lock);
}

#include "node/witness_clock.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/host.h"
#include "host/http_client.h"

enum { URL_SIZE = 512, URLS_MAX = 128, ASK_TIMEOUT_MS = 1000, AGAIN_MS = 1000 };

struct witness_clock_check {
    enum witness_clock how;
    char (*urls)[URL_SIZE];
    size_t          urls_n;
    pthread_mutex_t lock;
    pthread_cond_t  news;
    pthread_t       thread;
    bool            has_thread, is_ending, is_good;
    int64_t         asked_at_ms; /* of the last finished round, 0: none */
};

static void answer_fini(struct http_answer *a)
{
    http_answer_fini(a);
}

/* At least one answer, and not more than half of them far away. */
static bool ask_all(const struct witness_clock_check *c, struct http_client *http)
{
    size_t answers = 0, far = 0;
    for (size_t i = 0; i < c->urls_n; i++) {
        DEFER(answer_fini) struct http_answer a = {0};
        char                                  full[URL_SIZE + 8];
        snprintf(full, sizeof full, "%s/", c->urls[i]);
        if (http_get(http, full, ASK_TIMEOUT_MS, WITNESS_ANSWER_MAX, &a) != GZ_OK) continue;
        if (a.date_s == 0) continue;
        const int64_t difference = clock_now().s - a.date_s;
        answers++;
        far += difference > WITNESS_CLOCK_DIFFERENCE_S || difference < -WITNESS_CLOCK_DIFFERENCE_S;
    }
    if (answers > 0 && far * 2 > answers)
        log_line(LOG_ALARM, "witness", "own clock differs from peers far=%zu answers=%zu", far,
                 answers);
    return answers > 0 && far * 2 <= answers;
}

static void wait_ms(struct witness_clock_check *c, int64_t ms)
{
    const int64_t   end = clock_monotonic_ms() + ms;
    struct timespec at = {end / 1000, end % 1000 * 1000000};
    while (!c->is_ending && clock_monotonic_ms() < end)
        (void)!pthread_cond_timedwait(&c->news, &c->lock, &at);
}

static void http_fini(struct http_client **c)
{
    http_client_free(c);
}

static void *run(void *ctx)
{
    struct witness_clock_check          *c = ctx;
    DEFER(http_fini) struct http_client *http = NULL;
    if (http_client_new(&http) != GZ_OK) return NULL;
    pthread_mutex_lock(&c->lock);
    while (!c->is_ending) {
        pthread_mutex_unlock(&c->lock);
        const bool is_good = ask_all(c, http);
        pthread_mutex_lock(&c->lock);
        c->is_good = is_good;
        c->asked_at_ms = clock_monotonic_ms();
        wait_ms(c, is_good ? WITNESS_CLOCK_EVERY_S * 1000 : AGAIN_MS);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

enum gz_err witness_clock_open(enum witness_clock how, const char *const *urls, size_t urls_n,
                               struct witness_clock_check **out)
{
    DEFER(witness_clock_close) struct witness_clock_check *c = calloc(1, sizeof *c);
    pthread_condattr_t                                     monotonic;
    if (c == NULL) return GZ_MEMORY;
    pthread_mutex_init(&c->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&c->news, &monotonic);
    c->how = how;
    if (urls_n > URLS_MAX) return GZ_LIMIT;
    c->urls = calloc(urls_n + 1, sizeof *c->urls);
    if (c->urls == NULL) return GZ_MEMORY;
    for (size_t i = 0; i < urls_n; i++)
        if (snprintf(c->urls[c->urls_n++], URL_SIZE, "%s", urls[i]) >= URL_SIZE) return GZ_LIMIT;
    if (how == WITNESS_CLOCK_PEERS) {
        c->has_thread = pthread_create(&c->thread, NULL, run, c) == 0;
        if (!c->has_thread) return GZ_MEMORY;
    }
    *out = c;
    c = NULL;
    return GZ_OK;
}

void witness_clock_close(struct witness_clock_check **c)
{
    if (*c == NULL) return;
    pthread_mutex_lock(&(*c)->lock);
    (*c)->is_ending = true;
    pthread_cond_broadcast(&(*c)->news);
    pthread_mutex_unlock(&(*c)->lock);
    if ((*c)->has_thread) pthread_join((*c)->thread, NULL);
    pthread_cond_destroy(&(*c)->news);
    pthread_mutex_destroy(&(*c)->lock);
    free((*c)->urls);
    free(*c);
    *c = NULL;
}

bool witness_clock_is_trusted(struct witness_clock_check *c)
{
    if (c->how == WITNESS_CLOCK_KERNEL) return clock_is_synchronised();
    pthread_mutex_lock(&c->lock);
    const int64_t age_ms = clock_monotonic_ms() - c->asked_at_ms;
    const bool    is_good = c->is_good && age_ms < 3 * WITNESS_CLOCK_EVERY_S * 1000;
    pthread_mutex_unlock(&c->lock);
    return is_good;
}

#include "node/witness_clock.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/host.h"
#include "host/http_client.h"

enum { URL_SIZE = 512, URLS_MAX = 128, ASK_TIMEOUT_MS = 1000, AGAIN_MS = 1000 };
enum { ROUND_GOOD_MS = 3 * WITNESS_CLOCK_EVERY_S * 1000 };

/* A peer's clock is kept as its distance from our monotonic one, so that a jump of our own clock is
 * seen at once and not only when the peers are asked again. */
struct reading {
    bool    has_answered;
    int64_t ahead_ms; /* of the monotonic clock */
};
struct peer {
    char           url[URL_SIZE];
    struct reading asked; /* in the round under way; the thread's */
    struct reading known; /* in the last finished round */
};
struct witness_clock_check {
    enum witness_clock how;
    struct peer       *peers;
    size_t             peers_n;
    pthread_mutex_t    lock; /* all below, and what is known of the peers */
    pthread_cond_t     news;
    pthread_t          thread;
    bool               has_thread, is_ending, was_far, is_urgent;
    int64_t            asked_at_ms; /* end of the last finished round, 0: none */
};

/* --- asking ----------------------------------------------------------------------------------- */

static void ask(struct peer *p, struct http_client *http)
{
    DEFER(http_answer_fini) struct http_answer a = {0};
    char                                       full[URL_SIZE + 8];
    snprintf(full, sizeof full, "%s/", p->url);
    p->asked.has_answered =
        http_get(http, full, ASK_TIMEOUT_MS, WITNESS_ANSWER_MAX, &a) == GZ_OK && a.date_s != 0;
    p->asked.ahead_ms = a.date_s * 1000 - clock_monotonic_ms();
}

static size_t count_answers(const struct witness_clock_check *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->peers_n; i++) n += c->peers[i].known.has_answered;
    return n;
}

/* With the lock held. Nobody has answered, or our clock has jumped: soon again. */
static void wait_for_round(struct witness_clock_check *c)
{
    const int64_t begun = clock_monotonic_ms();
    for (;;) {
        const bool      is_soon = count_answers(c) == 0 || c->is_urgent;
        const int64_t   end = begun + (is_soon ? AGAIN_MS : WITNESS_CLOCK_EVERY_S * 1000);
        struct timespec at = {end / 1000, end % 1000 * 1000000};
        if (c->is_ending || clock_monotonic_ms() >= end) break;
        (void)!pthread_cond_timedwait(&c->news, &c->lock, &at);
    }
    c->is_urgent = false;
}

static void *run(void *ctx)
{
    struct witness_clock_check                 *c = ctx;
    DEFER(http_client_free) struct http_client *http = NULL;
    if (http_client_new(&http) != GZ_OK) return NULL;
    pthread_mutex_lock(&c->lock);
    while (!c->is_ending) {
        pthread_mutex_unlock(&c->lock);
        for (size_t i = 0; i < c->peers_n; i++) ask(&c->peers[i], http);
        pthread_mutex_lock(&c->lock);
        for (size_t i = 0; i < c->peers_n; i++) c->peers[i].known = c->peers[i].asked;
        c->asked_at_ms = clock_monotonic_ms();
        wait_for_round(c);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

/* --- judging ---------------------------------------------------------------------------------- */

/* With the lock held. At least one answer, and not more than half of them far away. */
static bool is_near(struct witness_clock_check *c)
{
    const struct time now = clock_now();
    const int64_t     own_ms = now.s * 1000 + now.ns / 1000000 - clock_monotonic_ms();
    const size_t      answers = count_answers(c);
    size_t            far = 0;
    for (size_t i = 0; i < c->peers_n; i++) {
        const struct reading *r = &c->peers[i].known;
        const int64_t         difference_s = (own_ms - r->ahead_ms) / 1000;
        far += r->has_answered && (difference_s > WITNESS_CLOCK_DIFFERENCE_S ||
                                   difference_s < -WITNESS_CLOCK_DIFFERENCE_S);
    }
    const bool is_far = far * 2 > answers;
    if (is_far && !c->was_far) {
        log_line(LOG_ALARM, "witness", "own clock differs from peers far=%zu answers=%zu", far,
                 answers);
        c->is_urgent = true;
        pthread_cond_broadcast(&c->news);
    }
    c->was_far = is_far;
    return answers > 0 && !is_far;
}

bool witness_clock_is_trusted(struct witness_clock_check *c)
{
    if (c->how == WITNESS_CLOCK_KERNEL) return clock_is_synchronised();
    pthread_mutex_lock(&c->lock);
    const bool is_recent =
        c->asked_at_ms != 0 && clock_monotonic_ms() - c->asked_at_ms < ROUND_GOOD_MS;
    const bool is_good = is_near(c) && is_recent;
    pthread_mutex_unlock(&c->lock);
    return is_good;
}

/* --- opening ---------------------------------------------------------------------------------- */

/* A peer that several logs name is one peer. */
static enum gz_err add_peer(struct witness_clock_check *c, const char *url)
{
    for (size_t i = 0; i < c->peers_n; i++)
        if (strcmp(c->peers[i].url, url) == 0) return GZ_OK;
    struct peer *p = &c->peers[c->peers_n++];
    return snprintf(p->url, URL_SIZE, "%s", url) < URL_SIZE ? GZ_OK : GZ_LIMIT;
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
    c->peers = calloc(urls_n + 1, sizeof *c->peers);
    if (c->peers == NULL) return GZ_MEMORY;
    for (size_t i = 0; i < urls_n; i++) TRY(add_peer(c, urls[i]));
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
    free((*c)->peers);
    free(*c);
    *c = NULL;
}

#include "node/publisher.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "host/host.h"
#include "host/http_client.h"
#include "ledger/cosign.h"
#include "ledger/publish.h"

enum { URL_SIZE = 1024, TICK_MS_MIN = 5, POST_TIMEOUT_MS = 5000, ANSWER_MAX = 64 * 1024 };
enum { KEEP_AGAIN_MS = 500 };

/* A checkpoint of ours with the cosignatures that have come so far. */
struct sent {
    uint64_t   size;
    struct buf note;
    bool       is_unkept; /* it has its quorum, and could not be written */
};
struct carrier {
    struct publisher        *owner;
    size_t                   witness;
    pthread_t                thread;
    bool                     has_thread, has_job;
    uint64_t                 size, old;
    char                     url[URL_SIZE];
    struct publisher_witness status;
};
struct publisher {
    struct publisher_options o;
    pthread_mutex_t          lock;
    pthread_cond_t           jobs;
    bool                     is_ending, is_news;
    struct publish           machine;
    int64_t                  wake_at_ms, keep_at_ms; /* INT64_MAX: no need */
    struct sent              sent[PUBLISH_RECENT];
    struct carrier           carriers[PUBLISH_WITNESSES_MAX];
    pthread_t                timer;
    bool                     has_timer;
};

/* --- actions, with the lock held -------------------------------------------------------------- */

static struct sent *find_sent(struct publisher *p, uint64_t size)
{
    for (size_t i = 0; i < PUBLISH_RECENT; i++)
        if (p->sent[i].size == size) return &p->sent[i];
    return NULL;
}

static enum gz_err sign(struct publisher *p, uint64_t size)
{
    DEFER(buf_fini) struct buf note = {0}, line = {0};
    struct checkpoint          c = {.origin = p->o.origin, .size = size};
    TRY(chain_root(p->o.chain, size, &c.root));
    TRY(checkpoint_encode(&c, &note));
    TRY(signer_sign_note(p->o.signer, buf_bytes(&note), &line));
    TRY(buf_add_byte(&note, '\n'));
    TRY(buf_add(&note, buf_bytes(&line)));
    buf_fini(&p->sent[PUBLISH_RECENT - 1].note);
    memmove(p->sent + 1, p->sent, sizeof p->sent - sizeof p->sent[0]);
    p->sent[0] = (struct sent){size, note, false};
    note = (struct buf){0};
    return GZ_OK;
}

/* What could not be written is tried again: there may be no further submission for hours. */
static void keep(struct publisher *p, struct sent *s)
{
    const enum gz_err e =
        checkpoint_store_put(p->o.store, buf_bytes(&s->note), 0, CHECKPOINT_ORDINARY);
    if (e != GZ_OK && !s->is_unkept)
        log_line(LOG_ALARM, "publisher", "checkpoint not kept size=%llu: %s",
                 (unsigned long long)s->size, err_name(e));
    s->is_unkept = e != GZ_OK;
    if (s->is_unkept) p->keep_at_ms = clock_monotonic_ms() + KEEP_AGAIN_MS;
    else p->is_news = true;
}

static void keep_again(struct publisher *p)
{
    p->keep_at_ms = INT64_MAX;
    for (size_t i = 0; i < PUBLISH_RECENT; i++)
        if (p->sent[i].is_unkept) keep(p, &p->sent[i]);
}

static void step(struct publisher *p, struct publish_event e);

static void carry_out(struct publisher *p, const struct publish_action *a)
{
    struct carrier *c = &p->carriers[a->witness];
    struct sent    *s = find_sent(p, a->size);
    switch (a->kind) {
    case PUBLISH_SIGN:
        if (sign(p, a->size) == GZ_OK) step(p, (struct publish_event){.kind = PUBLISH_EV_SIGNED});
        else log_line(LOG_ALARM, "publisher", "cannot sign size=%llu", (unsigned long long)a->size);
        return;
    case PUBLISH_SEND:
        c->has_job = true;
        c->size = a->size;
        c->old = a->old;
        pthread_cond_broadcast(&p->jobs);
        return;
    case PUBLISH_KEEP:
    case PUBLISH_MERGE:
        if (s != NULL) keep(p, s);
        return;
    case PUBLISH_ALARM:
        log_line(LOG_ALARM, "publisher", "witness=%zu has cosigned more than our tree size=%llu",
                 a->witness, (unsigned long long)a->size);
        return;
    }
}

static void step(struct publisher *p, struct publish_event e)
{
    struct publish_actions out;
    publish_step(&p->machine, clock_monotonic_ms(), &e, &out);
    p->wake_at_ms = out.wake_at_ms;
    pthread_cond_broadcast(&p->jobs);
    for (size_t i = 0; i < out.n; i++) carry_out(p, &out.list[i]);
}

/* --- one witness ------------------------------------------------------------------------------ */

/* Our witness's lines in its answer, verified; the first good one counts. */
static uint64_t take_lines(struct publisher *p, struct carrier *c, uint64_t size,
                           struct bytes answer)
{
    struct sent      *s = find_sent(p, size);
    const struct key *k = policy_witness(p->o.policy, c->witness, NULL);
    struct note       note;
    struct note_line  line;
    uint64_t          time;
    if (s == NULL || note_decode(buf_bytes(&s->note), &note) != GZ_OK) return 0;
    for (const uint8_t *from = answer.p; note_next_line(&answer, &line); from = answer.p) {
        if (note_verify_line(&line, k, note.text, &time) != GZ_OK) continue;
        const struct bytes text = {from, (size_t)(answer.p - from)};
        return buf_add(&s->note, text) == GZ_OK ? time : 0;
    }
    return 0;
}

static enum gz_err make_body(struct publisher *p, uint64_t size, uint64_t old, struct buf *out)
{
    DEFER(buf_fini) struct buf note = {0};
    struct merkle_path         path = {0};
    pthread_mutex_lock(&p->lock);
    const struct sent *s = find_sent(p, size);
    const enum gz_err  e = s == NULL ? GZ_MISSING : buf_add(&note, buf_bytes(&s->note));
    pthread_mutex_unlock(&p->lock);
    TRY(e);
    if (old > 0 && old < size) TRY(chain_consistency(p->o.chain, old, size, &path));
    return cosign_request_encode(old, &path, buf_bytes(&note), out);
}

/* What the answer means for the machine; with the lock held. */
static struct publish_event judge(struct publisher *p, struct carrier *c, uint64_t size,
                                  enum gz_err e, const struct http_answer *a)
{
    struct publish_event event = {.kind = PUBLISH_EV_FAILED, .witness = c->witness};
    struct bytes         rest = buf_bytes(&a->body), line;
    c->status.is_refused = e == GZ_OK && (a->status == 403 || a->status == 404);
    if (e == GZ_OK && a->status == 200) event.time = take_lines(p, c, size, rest);
    if (event.time != 0) event.kind = PUBLISH_EV_COSIGNED;
    if (e == GZ_OK && a->status == 409 && strcmp(a->content_type, "text/x.tlog.size") == 0 &&
        bytes_take_line(&rest, &line) && text_to_u64(line, INT64_MAX, &event.size) == GZ_OK)
        event.kind = PUBLISH_EV_CONFLICT;
    const bool is_failed = event.kind == PUBLISH_EV_FAILED;
    c->status.failures_in_a_row = is_failed ? c->status.failures_in_a_row + 1 : 0;
    if (is_failed && c->status.failures_in_a_row == 1)
        log_line(LOG_WARNING, "publisher", "witness=%s does not cosign status=%d",
                 policy_witness(p->o.policy, c->witness, NULL)->name, e == GZ_OK ? a->status : 0);
    return event;
}

/* With the lock held, which is given back meanwhile. */
static void tell(struct publisher *p)
{
    p->is_news = false;
    pthread_mutex_unlock(&p->lock);
    p->o.published(p->o.ctx);
    pthread_mutex_lock(&p->lock);
}

static void carry(struct publisher *p, struct carrier *c, struct http_client *http, uint64_t size,
                  uint64_t old)
{
    DEFER(http_answer_fini) struct http_answer a = {0};
    DEFER(buf_fini) struct buf                 body = {0};
    enum gz_err                                e = make_body(p, size, old, &body);
    if (e == GZ_OK)
        e = http_post(http, c->url, "text/plain", buf_bytes(&body), POST_TIMEOUT_MS, ANSWER_MAX,
                      &a);
    pthread_mutex_lock(&p->lock);
    step(p, judge(p, c, size, e, &a));
    const uint64_t last = p->machine.witnesses[c->witness].last;
    if (last > c->status.last) c->status.last = last;
    if (p->is_news) tell(p);
    pthread_mutex_unlock(&p->lock);
}

static void *run_carrier(void *ctx)
{
    struct carrier                             *c = ctx;
    struct publisher                           *p = c->owner;
    DEFER(http_client_free) struct http_client *http = NULL;
    if (http_client_new(&http) != GZ_OK) return NULL;
    pthread_mutex_lock(&p->lock);
    while (!p->is_ending) {
        if (!c->has_job) {
            pthread_cond_wait(&p->jobs, &p->lock);
            continue;
        }
        const uint64_t size = c->size, old = c->old;
        c->has_job = false;
        pthread_mutex_unlock(&p->lock);
        carry(p, c, http, size, old);
        pthread_mutex_lock(&p->lock);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

static void wait_for_timer(struct publisher *p)
{
    const int64_t   due = p->wake_at_ms < p->keep_at_ms ? p->wake_at_ms : p->keep_at_ms;
    const int64_t   soon = clock_monotonic_ms() + TICK_MS_MIN;
    const int64_t   wake = due < soon ? soon : due;
    struct timespec at = {wake / 1000, wake % 1000 * 1000000};
    if (due == INT64_MAX) pthread_cond_wait(&p->jobs, &p->lock);
    else (void)!pthread_cond_timedwait(&p->jobs, &p->lock, &at);
}

static void *run_timer(void *ctx)
{
    struct publisher *p = ctx;
    pthread_mutex_lock(&p->lock);
    while (!p->is_ending) {
        if (clock_monotonic_ms() >= p->wake_at_ms)
            step(p, (struct publish_event){.kind = PUBLISH_EV_TICK});
        if (clock_monotonic_ms() >= p->keep_at_ms) keep_again(p);
        if (p->is_news) tell(p);
        else wait_for_timer(p);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

/* --- opening ---------------------------------------------------------------------------------- */

static enum gz_err start_carrier(struct publisher *p, size_t i)
{
    struct carrier *c = &p->carriers[i];
    struct bytes    url;
    (void)policy_witness(p->o.policy, i, &url);
    c->owner = p;
    c->witness = i;
    if (snprintf(c->url, URL_SIZE, "%.*s/add-checkpoint", (int)url.n, (const char *)url.p) >=
        URL_SIZE)
        return GZ_LIMIT;
    c->has_thread = pthread_create(&c->thread, NULL, run_carrier, c) == 0;
    return c->has_thread ? GZ_OK : GZ_MEMORY;
}

/* Who has cosigned the newest kept checkpoint, so that the status knows it from the start. */
static void note_cosigned(struct publisher *p, struct bytes newest, uint64_t size)
{
    struct note note;
    if (note_decode(newest, &note) != GZ_OK) return;
    for (size_t i = 0; i < p->machine.witnesses_n; i++) {
        const struct key *k = policy_witness(p->o.policy, i, NULL);
        struct bytes      lines = note.lines;
        struct note_line  line;
        uint64_t          time;
        while (note_next_line(&lines, &line))
            if (note_verify_line(&line, k, note.text, &time) == GZ_OK)
                p->carriers[i].status.last = size;
    }
}

enum gz_err publisher_open(const struct publisher_options *o, struct publisher **out)
{
    DEFER(publisher_close) struct publisher *p = calloc(1, sizeof *p);
    DEFER(buf_fini) struct buf               note = {0};
    struct kept_checkpoint                   newest = {0};
    pthread_condattr_t                       monotonic;
    if (p == NULL) return GZ_MEMORY;
    pthread_mutex_init(&p->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&p->jobs, &monotonic);
    p->o = *o;
    p->wake_at_ms = p->keep_at_ms = INT64_MAX;
    const enum gz_err e = checkpoint_store_newest(o->store, &note, &newest);
    if (e != GZ_OK && e != GZ_MISSING) return e;
    TRY(publish_init(&p->machine, o->policy, newest.size));
    note_cosigned(p, buf_bytes(&note), newest.size);
    for (size_t i = 0; i < p->machine.witnesses_n; i++) TRY(start_carrier(p, i));
    p->has_timer = pthread_create(&p->timer, NULL, run_timer, p) == 0;
    if (!p->has_timer) return GZ_MEMORY;
    *out = p;
    p = NULL;
    return GZ_OK;
}

void publisher_close(struct publisher **out)
{
    struct publisher *p = *out;
    if (p == NULL) return;
    pthread_mutex_lock(&p->lock);
    p->is_ending = true;
    pthread_cond_broadcast(&p->jobs);
    pthread_mutex_unlock(&p->lock);
    for (size_t i = 0; i < PUBLISH_WITNESSES_MAX; i++)
        if (p->carriers[i].has_thread) pthread_join(p->carriers[i].thread, NULL);
    if (p->has_timer) pthread_join(p->timer, NULL);
    for (size_t i = 0; i < PUBLISH_RECENT; i++) buf_fini(&p->sent[i].note);
    pthread_cond_destroy(&p->jobs);
    pthread_mutex_destroy(&p->lock);
    free(p);
    *out = NULL;
}

void publisher_committed(struct publisher *p, uint64_t size)
{
    pthread_mutex_lock(&p->lock);
    step(p, (struct publish_event){.kind = PUBLISH_EV_COMMITTED, .size = size});
    pthread_mutex_unlock(&p->lock);
}

void publisher_witness(struct publisher *p, size_t i, struct publisher_witness *out)
{
    pthread_mutex_lock(&p->lock);
    *out = p->carriers[i].status;
    pthread_mutex_unlock(&p->lock);
}

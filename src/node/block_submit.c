/* Submissions on their way to a block: handed to the engine, waited for, sent again. */
#include <time.h>

#include "host/host.h"
#include "node/block_inside.h"

struct call {
    struct block_log   *b;
    struct block_sender sender;
    struct bytes        wire;
    int64_t             end_ms;
    struct hash         body_hash;
    struct waiter       waiter;
};

static enum gz_err identify(struct call *c, struct buf *memory)
{
    struct submission s;
    TRY(buf_reserve(memory, BLOCK_LOG_ITEMS_MEMORY));
    struct arena arena = {memory->p, 0, BLOCK_LOG_ITEMS_MEMORY};
    TRY(submission_decode(c->wire, &arena, &s));
    c->body_hash = hash_of(c->b->suite, s.body);
    c->waiter =
        (struct waiter){.org = s.org, .seq = s.seq, .wire_hash = hash_of(c->b->suite, c->wire)};
    return GZ_OK;
}

/* Is this number executed and durable, and with this body? GZ_MISSING: not yet. */
static enum gz_err find_durable(const struct call *c, struct log_answer *out)
{
    struct log_answer a = {.result = LEDGER_EXECUTED};
    TRY(chain_find(c->b->chain, c->waiter.org, c->waiter.seq, &a.stored, &a.index, &a.count));
    a.has_stored = !hash_eq(a.stored, c->body_hash);
    if (a.has_stored) a.result = LEDGER_CONFLICT;
    *out = a;
    return GZ_OK;
}

/* With the lock held. */
static void sleep_until(struct block_log *b, int64_t at_ms)
{
    const struct timespec at = {at_ms / 1000, at_ms % 1000 * 1000000};
    (void)!pthread_cond_timedwait(&b->news, &b->lock, &at);
}

/* With the lock held: until it is durable, refused, or this time is over. GZ_BUSY: the latter. */
static enum gz_err await(struct call *c, int64_t until_ms, struct log_answer *out)
{
    struct block_log *b = c->b;
    for (;;) {
        if (b->has_failed) return GZ_IO;
        const enum gz_err e = find_durable(c, out);
        if (e != GZ_MISSING) return e;
        /* A refusal counts once its block is durable: only then can it not be taken back. */
        if (c->waiter.is_refused && !b->pending.is_there) return GZ_OK;
        if (clock_monotonic_ms() >= until_ms) return GZ_BUSY;
        sleep_until(b, until_ms);
    }
}

static void enlist(struct block_log *b, struct waiter *w)
{
    pthread_mutex_lock(&b->lock);
    w->next = b->waiters;
    b->waiters = w;
    pthread_mutex_unlock(&b->lock);
}

static void delist(struct block_log *b, const struct waiter *w)
{
    pthread_mutex_lock(&b->lock);
    for (struct waiter **at = &b->waiters; *at != NULL; at = &(*at)->next)
        if (*at == w) {
            *at = w->next;
            break;
        }
    pthread_mutex_unlock(&b->lock);
}

static struct log_answer answer_of(const struct ledger_outcome *o)
{
    return (struct log_answer){o->result,   o->index,      o->count,
                               o->expected, o->has_stored, o->stored};
}

/* With the lock held: is each number between the next and this one with a caller who has handed it
 * to the engine? */
static bool is_turn_near(const struct call *c, uint64_t next)
{
    for (uint64_t seq = next; seq < c->waiter.seq; seq++) {
        const struct waiter *w = c->b->waiters;
        while (w != NULL && !(w->seq == seq && w->is_handed && bytes_eq(w->org, c->waiter.org)))
            w = w->next;
        if (w == NULL) return false;
    }
    return true;
}

/* In order into the engine, as far as those before are here too and come soon: what the engine gets
 * before its turn may be dropped with its block. */
static enum gz_err hand_over(struct call *c, uint64_t next)
{
    struct block_log *b = c->b;
    const int64_t     until_ms = clock_monotonic_ms() + BLOCK_LOG_ORDER_MS;
    pthread_mutex_lock(&b->lock);
    while (!is_turn_near(c, next) && clock_monotonic_ms() < until_ms) {
        const enum gz_err e = chain_find(b->chain, c->waiter.org, c->waiter.seq - 1,
                                         &(struct hash){0}, &(uint64_t){0}, &(uint32_t){0});
        if (e != GZ_MISSING) break;
        sleep_until(b, until_ms);
    }
    pthread_mutex_unlock(&b->lock);
    const enum gz_err e = c->sender.send(c->sender.ctx, c->wire);
    pthread_mutex_lock(&b->lock);
    c->waiter.is_handed = e == GZ_OK;
    pthread_cond_broadcast(&b->news);
    pthread_mutex_unlock(&b->lock);
    return e;
}

/* What the ledger says now decides where nothing is to be sent: *is_final. */
static enum gz_err judge(struct call *c, struct log_answer *out, bool *is_final)
{
    struct ledger_outcome o;
    TRY(block_log_check(c->b, c->wire, &o));
    *out = answer_of(&o);
    const bool is_sent = o.result == LEDGER_EXECUTED || o.result == LEDGER_WAITING;
    *is_final = !is_sent && o.result != LEDGER_REPEATED; /* a repeat may not be durable yet */
    if (o.result != LEDGER_CONFLICT) return GZ_OK;
    pthread_mutex_lock(&c->b->lock);
    block_log_keep_conflict(c->b, c->wire);
    pthread_mutex_unlock(&c->b->lock);
    return GZ_OK;
}

/* One round: hand it over, wait. *is_final false: its turn had not come in that block, or it has
 * come into none. */
static enum gz_err submit_once(struct call *c, struct log_answer *out, bool *is_final)
{
    TRY(judge(c, out, is_final));
    if (*is_final) return GZ_OK;
    pthread_mutex_lock(&c->b->lock);
    c->waiter.is_refused = c->waiter.is_handed = false;
    pthread_mutex_unlock(&c->b->lock);
    if (out->result != LEDGER_REPEATED) TRY(hand_over(c, out->expected));
    const int64_t lost_ms = clock_monotonic_ms() + BLOCK_LOG_LOST_MS;
    pthread_mutex_lock(&c->b->lock);
    const enum gz_err e = await(c, lost_ms < c->end_ms ? lost_ms : c->end_ms, out);
    *is_final = !c->waiter.is_refused || c->waiter.result != LEDGER_WAITING;
    if (e == GZ_BUSY && clock_monotonic_ms() < c->end_ms) {
        *is_final = false;
        pthread_mutex_unlock(&c->b->lock);
        return GZ_OK;
    }
    if (e == GZ_OK && !*is_final) sleep_until(c->b, clock_monotonic_ms() + BLOCK_LOG_AGAIN_MS);
    pthread_mutex_unlock(&c->b->lock);
    return e;
}

static enum gz_err submit_until(struct call *c, struct log_answer *out)
{
    bool is_final = false;
    while (!is_final) {
        TRY(submit_once(c, out, &is_final));
        if (!is_final && clock_monotonic_ms() >= c->end_ms) is_final = true;
    }
    return GZ_OK;
}

enum gz_err block_log_submit(struct block_log *b, struct block_sender sender, struct bytes wire,
                             unsigned timeout_ms, struct log_answer *out)
{
    DEFER(buf_fini) struct buf memory = {0};
    struct call                c = {.b = b, .sender = sender, .wire = wire};
    struct log_answer          made = {0};
    c.end_ms = clock_monotonic_ms() + timeout_ms;
    const enum gz_err form = identify(&c, &memory);
    if (form == GZ_LIMIT) made.result = LEDGER_TOO_LARGE;
    if (form == GZ_MALFORMED) made.result = LEDGER_MALFORMED;
    if (made.result != 0) {
        *out = made;
        return GZ_OK;
    }
    TRY(form);
    enlist(b, &c.waiter);
    const enum gz_err e = submit_until(&c, &made);
    delist(b, &c.waiter);
    TRY(e);
    *out = made;
    return GZ_OK;
}

#include "ledger/publish.h"

#include <string.h>

enum gz_err publish_init(struct publish *p, const struct policy *policy, uint64_t published_size)
{
    const size_t n = policy_count_witnesses(policy);
    if (n > PUBLISH_WITNESSES_MAX) return GZ_LIMIT;
    *p = (struct publish){.policy = policy,
                          .witnesses_n = n,
                          .published_size = published_size};
    for (size_t i = 0; i < n; i++) p->witnesses[i].state = PUBLISH_IDLE;
    return GZ_OK;
}

static void act(struct publish_actions *out, struct publish_action a)
{
    assert(out->n < PUBLISH_ACTIONS_MAX);
    out->list[out->n++] = a;
}

static struct publish_recent *find_recent(struct publish *p, uint64_t size)
{
    for (size_t i = 0; i < PUBLISH_RECENT; i++)
        if (size != 0 && p->recent[i].size == size) return &p->recent[i];
    return NULL;
}

static bool has_answered(struct publish *p, size_t witness)
{
    const struct publish_recent *r = find_recent(p, p->flight_size);
    return r != NULL && r->times[witness] != 0;
}

/* --- events ----------------------------------------------------------------------------------- */

static void fail(struct publish_witness *w, int64_t now_ms)
{
    w->retry_ms = w->retry_ms == 0 ? PUBLISH_RETRY_MS_MIN : w->retry_ms * 2;
    if (w->retry_ms > PUBLISH_RETRY_MS_MAX) w->retry_ms = PUBLISH_RETRY_MS_MAX;
    w->retry_at_ms = now_ms + w->retry_ms;
    w->state = PUBLISH_WAITING;
}

static void take_cosigned(struct publish *p, const struct publish_event *e,
                          struct publish_actions *out)
{
    struct publish_witness *w = &p->witnesses[e->witness];
    struct publish_recent  *r = find_recent(p, w->sending);
    w->state = PUBLISH_IDLE;
    w->retry_ms = 0;
    w->had_conflict = false;
    if (w->last < w->sending) w->last = w->sending;
    if (r == NULL || r->times[e->witness] != 0) return;
    r->times[e->witness] = e->time;
    if (r->is_kept) {
        act(out, (struct publish_action){PUBLISH_MERGE, e->witness, r->size, 0});
        return;
    }
    if (!policy_is_met(p->policy, r->times)) return;
    r->is_kept = true;
    act(out, (struct publish_action){PUBLISH_KEEP, e->witness, r->size, 0});
    if (p->published_size < r->size) p->published_size = r->size;
}

/* 409 tells the size to prove from. A second one in a row could go round for ever: then it waits.
 */
static void take_conflict(struct publish *p, int64_t now_ms, const struct publish_event *e,
                          struct publish_actions *out)
{
    struct publish_witness *w = &p->witnesses[e->witness];
    const bool              is_beyond = e->size > p->tree_size;
    const bool              is_first = !w->had_conflict && w->last != e->size;
    if (is_beyond) act(out, (struct publish_action){PUBLISH_ALARM, e->witness, e->size, 0});
    else w->last = e->size;
    w->had_conflict = true;
    if (is_beyond || !is_first) fail(w, now_ms);
    else w->state = PUBLISH_IDLE;
}

static void take_event(struct publish *p, int64_t now_ms, const struct publish_event *e,
                       struct publish_actions *out)
{
    assert(e->witness < PUBLISH_WITNESSES_MAX);
    switch (e->kind) {
    case PUBLISH_EV_COMMITTED:
        if (p->tree_size < e->size) p->tree_size = e->size;
        return;
    case PUBLISH_EV_SIGNED: p->is_signed = true; return;
    case PUBLISH_EV_COSIGNED: take_cosigned(p, e, out); return;
    case PUBLISH_EV_CONFLICT: take_conflict(p, now_ms, e, out); return;
    case PUBLISH_EV_FAILED: fail(&p->witnesses[e->witness], now_ms); return;
    case PUBLISH_EV_TICK: return;
    }
}

/* --- what follows ----------------------------------------------------------------------------- */

/* The first one since the start goes out even if it is published: a witness that was away may lack
 * it, and the next entry may be hours away. */
static bool may_begin(const struct publish *p, int64_t now_ms)
{
    if (p->flight_size == 0) return p->tree_size > 0;
    if (p->tree_size <= p->published_size || p->tree_size <= p->flight_size) return false;
    return p->flight_size <= p->published_size ||
           now_ms - p->flight_from_ms >= PUBLISH_FLIGHT_MS_MAX;
}

static void begin(struct publish *p, int64_t now_ms, struct publish_actions *out)
{
    memmove(p->recent + 1, p->recent, sizeof p->recent - sizeof p->recent[0]);
    p->recent[0] = (struct publish_recent){.size = p->tree_size};
    p->flight_size = p->tree_size;
    p->flight_from_ms = now_ms;
    p->is_signed = false;
    act(out, (struct publish_action){PUBLISH_SIGN, 0, p->tree_size, 0});
}

/* A witness that has cosigned more than the checkpoint in flight gets the next one. */
static void send_all(struct publish *p, int64_t now_ms, struct publish_actions *out)
{
    if (p->flight_size == 0 || !p->is_signed) return;
    for (size_t i = 0; i < p->witnesses_n; i++) {
        struct publish_witness *w = &p->witnesses[i];
        if (w->state == PUBLISH_WAITING && now_ms >= w->retry_at_ms) w->state = PUBLISH_IDLE;
        if (w->state != PUBLISH_IDLE || has_answered(p, i) || w->last > p->flight_size) continue;
        w->state = PUBLISH_SENDING;
        w->sending = p->flight_size;
        act(out, (struct publish_action){PUBLISH_SEND, i, p->flight_size, w->last});
    }
}

static int64_t wake_at(const struct publish *p)
{
    int64_t at = INT64_MAX;
    for (size_t i = 0; i < p->witnesses_n; i++)
        if (p->witnesses[i].state == PUBLISH_WAITING && p->witnesses[i].retry_at_ms < at)
            at = p->witnesses[i].retry_at_ms;
    const int64_t next = p->flight_from_ms + PUBLISH_FLIGHT_MS_MAX;
    if (p->flight_size > p->published_size && p->tree_size > p->flight_size && next < at) at = next;
    return at;
}

void publish_step(struct publish *p, int64_t now_ms, const struct publish_event *e,
                  struct publish_actions *out)
{
    *out = (struct publish_actions){0};
    take_event(p, now_ms, e, out);
    if (may_begin(p, now_ms)) begin(p, now_ms, out);
    send_all(p, now_ms, out);
    out->wake_at_ms = wake_at(p);
}

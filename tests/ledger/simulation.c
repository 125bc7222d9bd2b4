#include "check.h"

#include "simulation.h"

#include <stdlib.h>

/* --- chance ----------------------------------------------------------------------------------- */

/* splitmix64 */
static uint64_t next_random(struct sim *s)
{
    uint64_t z = s->random += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

uint64_t sim_below(struct sim *s, uint64_t n)
{
    return next_random(s) % n;
}

/* While faults last, one time in n. */
static bool happens(struct sim *s, uint64_t n)
{
    return sim_below(s, n) == 0 && s->now_ms < SIM_FAULTS_MS;
}

static void note_step(struct sim *s, uint64_t what)
{
    s->trace = (s->trace ^ what) * 0x100000001b3;
}

void sim_schedule(struct sim *s, int64_t after_ms, struct sim_event e)
{
    assert_true(s->events_n < SIM_EVENTS_MAX);
    e.at_ms = s->now_ms + after_ms;
    e.order = s->order++;
    s->events[s->events_n++] = e;
}

/* Over the network: lost, doubled, late. */
static void carry(struct sim *s, struct sim_event e)
{
    if (happens(s, 6)) return;
    if (happens(s, 8)) sim_schedule(s, (int64_t)sim_below(s, 3000), e);
    sim_schedule(s, (int64_t)sim_below(s, happens(s, 5) ? 8000 : 40), e);
}

static bool take_event(struct sim *s, struct sim_event *out)
{
    size_t best = 0;
    if (s->events_n == 0) return false;
    for (size_t i = 1; i < s->events_n; i++) {
        const struct sim_event *a = &s->events[i], *b = &s->events[best];
        if (a->at_ms < b->at_ms || (a->at_ms == b->at_ms && a->order < b->order)) best = i;
    }
    *out = s->events[best];
    s->events[best] = s->events[--s->events_n];
    return true;
}

/* --- senders ---------------------------------------------------------------------------------- */

/* Signed once, with a correction of something that a 200 gave for its own. */
static void store_wire(struct sim *s, size_t who, uint64_t seq)
{
    DEFER(buf_fini) struct buf body = {0}, message = {0};
    struct sim_sender         *me = &s->senders[who];
    struct submission_item     items[SIM_ITEMS_MAX] = {0};
    uint8_t                    signature[KEY_SIGNATURE_SIZE];
    struct submission          x = {.org = bytes_str(me->key.key.name),
                                    .seq = seq,
                                    .items_n = 1 + (uint32_t)sim_below(s, SIM_ITEMS_MAX),
                                    .items = items};
    memcpy(x.key_id, me->key.key.id, KEY_ID_SIZE);
    for (uint32_t i = 0; i < x.items_n; i++)
        write_be64(items[i].fingerprint.b, next_random(s)); /* any 32 bytes */
    const uint64_t target = seq > 1 ? 1 + sim_below(s, seq - 1) : 0;
    items[0].has_supersedes = target > 0 && me->is_acked[target];
    items[0].supersedes_index = items[0].has_supersedes ? me->index[target] : 0;
    assert_ok(submission_encode_body(&x, &body));
    assert_ok(submission_message(bytes_str(SIM_ORIGIN), buf_bytes(&body), &message));
    maker_sign(&me->key, buf_bytes(&message), signature);
    assert_ok(submission_encode(buf_bytes(&body), signature, &me->wires[seq]));
}

static uint64_t first_open(const struct sim_sender *me)
{
    uint64_t seq = 1;
    while (seq <= SIM_SUBMISSIONS && me->is_acked[seq]) seq++;
    return seq;
}

/* What is not acknowledged is sent, some of it ahead of its turn, and comes again. */
static void on_send(struct sim *s, const struct sim_event *e)
{
    struct sim_sender *me = &s->senders[e->who];
    const uint64_t     from = first_open(me), ahead = sim_below(s, 4);
    for (uint64_t seq = from; seq <= from + ahead && seq <= SIM_SUBMISSIONS; seq++) {
        if (me->wires[seq].n == 0) store_wire(s, e->who, seq);
        carry(s, (struct sim_event){SIM_SUBMIT, .who = e->who, .seq = seq});
    }
    if (from <= SIM_SUBMISSIONS)
        sim_schedule(s, 200 + (int64_t)sim_below(s, 4000),
                     (struct sim_event){SIM_SEND, .who = e->who});
}

static void on_ack(struct sim *s, const struct sim_event *e)
{
    struct sim_sender *me = &s->senders[e->who];
    if (me->is_acked[e->seq]) assert_int_equal(me->index[e->seq], e->index);
    me->is_acked[e->seq] = true;
    me->index[e->seq] = e->index;
}

/* --- the log: what it takes ------------------------------------------------------------------- */

static enum gz_err executed(void *ctx, uint16_t org, uint64_t seq, struct hash *body_hash,
                            uint64_t *first, uint32_t *count)
{
    const struct sim_log *log = ctx;
    for (size_t i = 0; i < log->wires_n; i++) {
        const struct sim_wire *w = &log->wires[i];
        if (w->sender != org || w->seq != seq) continue;
        *body_hash = w->body_hash;
        *first = w->first;
        *count = w->count;
        return GZ_OK;
    }
    return GZ_MISSING;
}

static void append(struct sim *s, const struct ledger_execution *x)
{
    struct sim_log *log = &s->log;
    struct merkle   m;
    assert_true(log->wires_n < SIM_WIRES_MAX); /* nothing twice */
    struct sim_wire *w = &log->wires[log->wires_n++];
    *w = (struct sim_wire){.sender = x->org_id,
                           .seq = x->seq,
                           .first = x->first_index,
                           .count = x->count,
                           .body_hash = x->body_hash};
    assert_ok(buf_add(&w->wire, x->wire));
    merkle_init(&m, SUITE_INTL);
    memcpy(&log->leaves[w->first], x->nodes, w->count * sizeof(struct hash));
    for (uint64_t i = 0; i < w->first + w->count; i++) {
        assert_ok(merkle_append(&m, log->leaves[i]));
        if (i >= w->first) log->roots[i + 1] = merkle_root(&m);
    }
}

static void on_submit(struct sim *s, const struct sim_event *e)
{
    const struct ledger_lookup lookup = {&s->log, executed};
    struct ledger_outcome      out;
    assert_ok(
        ledger_step(s->log.ledger, buf_bytes(&s->senders[e->who].wires[e->seq]), lookup, &out));
    note_step(s, (uint64_t)out.result);
    assert_true(out.result == LEDGER_EXECUTED || out.result == LEDGER_REPEATED ||
                out.result == LEDGER_WAITING);
    for (size_t i = 0; i < out.executions_n; i++) append(s, &out.executions[i]);
    if (s->log.is_syncing || s->log.durable_n == s->log.wires_n) {
        if (!s->log.is_syncing && out.result == LEDGER_REPEATED)
            carry(s, (struct sim_event){SIM_ACK, .who = e->who, .seq = e->seq, .index = out.index});
        return; /* the rest is answered when it is sent again */
    }
    s->log.is_syncing = true;
    sim_schedule(s, 1 + (int64_t)sim_below(s, 20),
                 (struct sim_event){SIM_SYNC, .life = s->log.life});
}

/* --- the log: what it publishes --------------------------------------------------------------- */

static void publish(struct sim *s, struct publish_event e);

static void check_kept(const struct sim *s, uint64_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < SIM_WITNESSES; i++) n += s->log.cosigners[size][i] != 0;
    assert_true(n >= 2);
    assert_true(size <= ledger_tree(s->log.ledger)->size);
}

static void carry_out(struct sim *s, const struct publish_action *a)
{
    note_step(s, (uint64_t)a->kind << 32 | a->size);
    switch (a->kind) {
    case PUBLISH_SIGN:
        s->log.is_signed[a->size] = true;
        publish(s, (struct publish_event){.kind = PUBLISH_EV_SIGNED});
        return;
    case PUBLISH_SEND: {
        const uint64_t         request = ++s->witnesses[a->witness].request;
        const struct sim_event e = {.kind = SIM_REQUEST,
                                    .who = a->witness,
                                    .life = s->log.life,
                                    .size = a->size,
                                    .old = a->old,
                                    .request = request};
        struct sim_event       timeout = e;
        timeout.kind = SIM_TIMEOUT;
        carry(s, e);
        sim_schedule(s, 5000, timeout);
        return;
    }
    case PUBLISH_KEEP:
        check_kept(s, a->size);
        if (s->log.published < a->size) s->log.published = a->size;
        return;
    case PUBLISH_MERGE: check_kept(s, a->size); return;
    case PUBLISH_ALARM: assert_int_equal(s->lie, SIM_A_WITNESS_LIES); return;
    }
}

static void publish(struct sim *s, struct publish_event e)
{
    struct publish_actions out;
    publish_step(&s->log.publish, s->now_ms, &e, &out);
    for (size_t i = 0; i < out.n; i++) carry_out(s, &out.list[i]);
    if (out.wake_at_ms == INT64_MAX) return;
    const int64_t after = out.wake_at_ms > s->now_ms ? out.wake_at_ms - s->now_ms : 1;
    sim_schedule(s, after, (struct sim_event){SIM_TICK, .life = s->log.life});
}

static void on_sync(struct sim *s)
{
    struct sim_log *log = &s->log;
    log->is_syncing = false;
    for (; log->durable_n < log->wires_n; log->durable_n++) {
        const struct sim_wire *w = &log->wires[log->durable_n];
        carry(s, (struct sim_event){SIM_ACK, .who = w->sender, .seq = w->seq, .index = w->first});
    }
    publish(s, (struct publish_event){.kind = PUBLISH_EV_COMMITTED,
                                      .size = ledger_tree(log->ledger)->size});
}

/* What was not synced is lost, and so is everything on the way to the log or from it. */
static void on_crash_log(struct sim *s)
{
    struct sim_log       *log = &s->log;
    struct ledger_outcome out;
    while (log->wires_n > log->durable_n) buf_fini(&log->wires[--log->wires_n].wire);
    log->is_syncing = false;
    log->life++;
    ledger_free(&log->ledger);
    log->ledger = sim_new_ledger(s);
    for (size_t i = 0; i < log->wires_n; i++)
        assert_ok(ledger_step(log->ledger, buf_bytes(&log->wires[i].wire),
                              (struct ledger_lookup){log, executed}, &out));
    assert_ok(publish_init(&log->publish, s->policy, log->published));
    publish(s, (struct publish_event){.kind = PUBLISH_EV_COMMITTED,
                                      .size = ledger_tree(log->ledger)->size});
}

/* --- witnesses -------------------------------------------------------------------------------- */

static enum gz_err node_of(void *ctx, unsigned level, uint64_t index, struct hash *out)
{
    const struct sim_log *log = ctx;
    struct merkle         m;
    merkle_init(&m, SUITE_INTL);
    for (uint64_t i = index << level; i < (index + 1) << level; i++)
        TRY(merkle_append(&m, log->leaves[i]));
    *out = merkle_root(&m);
    return GZ_OK;
}

static const struct hash forked = {{0xf0}};

/* Fetches up to the size from the log, if the log is there. */
static enum cosign_mirror bring_mirror(struct sim *s, struct sim_witness *w,
                                       const struct checkpoint *c)
{
    struct ledger_outcome out;
    const bool            is_slow = happens(s, 5);
    while (!is_slow && ledger_tree(w->mirror)->size < c->size && w->wires_n < s->log.durable_n &&
           hash_eq(c->root, s->log.roots[c->size])) {
        assert_ok(ledger_step(w->mirror, buf_bytes(&s->log.wires[w->wires_n++].wire),
                              (struct ledger_lookup){&s->log, executed}, &out));
        assert_int_equal(out.result, LEDGER_EXECUTED);
    }
    const uint64_t size = ledger_tree(w->mirror)->size;
    if (size < c->size) return COSIGN_MIRROR_BEHIND; /* not yet, or bytes that do not fit */
    const struct hash root = s->log.roots[c->size];
    if (size == c->size) assert_true(hash_eq(root, merkle_root(ledger_tree(w->mirror))));
    return hash_eq(root, c->root) ? COSIGN_MIRROR_EQUAL : COSIGN_MIRROR_OTHER;
}

/* Sizes and times of an honest witness never fall, and it signs the one history only. */
static void accept(struct sim *s, struct sim_witness *w, struct cosign_state next)
{
    assert_true(next.size >= w->state.size && next.time >= w->state.time && !w->is_stopped);
    assert_true(hash_eq(next.root, s->log.roots[next.size]));
    w->state = next;
}

static int decide(struct sim *s, const struct sim_event *e, uint64_t *number)
{
    DEFER(buf_fini) struct buf note = {0}, body = {0};
    struct sim_witness        *w = &s->witnesses[e->who];
    struct merkle_path         path = {0};
    struct cosign_request      r;
    const bool                 is_fork = s->lie == SIM_THE_LOG_LIES && happens(s, 10);
    const struct hash          root = is_fork ? forked : s->log.roots[e->size];
    if (e->old > 0 && e->old < e->size)
        assert_ok(merkle_prove_consistency(SUITE_INTL, (struct merkle_source){&s->log, node_of},
                                           e->old, e->size, &path));
    maker_checkpoint(&s->log_key, SIM_ORIGIN, e->size, root, &note);
    s->forked_roots += is_fork;
    assert_ok(cosign_request_encode(e->old, &path, buf_bytes(&note), &body));
    assert_ok(cosign_request_decode(buf_bytes(&body), &r));
    const int64_t                now_s = 1800000000 + s->now_ms / 1000 + w->clock_s;
    const struct cosign_facts    f = {.logs = &s->log_key.key,
                                      .logs_n = 1,
                                      .suite = SUITE_INTL,
                                      .state = w->state,
                                      .now = (uint64_t)now_s,
                                      .clock_is_trusted = !happens(s, 10),
                                      .is_stopped = w->is_stopped,
                                      .mirror = bring_mirror(s, w, &r.checkpoint)};
    const struct cosign_decision d = cosign_decide(&r, &f);
    if (d.is_evidence) assert_true(is_fork);
    w->is_stopped |= d.is_evidence;
    if (d.reason == COSIGN_ACCEPTED) accept(s, w, d.next);
    *number = d.reason == COSIGN_ACCEPTED ? d.next.time : w->state.size;
    return cosign_status(d.reason);
}

/* The one that lies: anything that can be said, also a true cosignature over anything it is sent.
 */
static int invent(struct sim *s, uint64_t *number)
{
    static const int statuses[] = {200, 409, 409, 503, 403};
    const int        status = statuses[sim_below(s, COUNT_OF(statuses))];
    *number = status == 200 ? 1 + sim_below(s, UINT32_MAX) : sim_below(s, 100);
    return status;
}

static void on_request(struct sim *s, const struct sim_event *e)
{
    struct sim_event answer = *e;
    const bool       is_liar = s->lie == SIM_A_WITNESS_LIES && e->who == 0;
    if (e->life != s->log.life && e->size > ledger_tree(s->log.ledger)->size) return;
    answer.kind = SIM_ANSWER;
    answer.status = is_liar ? invent(s, &answer.time) : decide(s, e, &answer.time);
    note_step(s, (uint64_t)answer.status << 32 | answer.time);
    carry(s, answer); /* a crash of the witness before this point looks like a lost request */
}

static void on_answer(struct sim *s, const struct sim_event *e)
{
    struct sim_witness  *w = &s->witnesses[e->who];
    struct publish_event event = {.kind = PUBLISH_EV_FAILED, .witness = e->who};
    if (e->life != s->log.life || e->request != w->request) return;
    w->request++; /* answered: neither its double nor its time-out counts */
    if (e->kind == SIM_ANSWER && e->status == 200) {
        event.kind = PUBLISH_EV_COSIGNED;
        event.time = s->log.cosigners[e->size][e->who] = e->time;
    } else if (e->kind == SIM_ANSWER && e->status == 409) {
        event.kind = PUBLISH_EV_CONFLICT;
        event.size = e->time;
    }
    publish(s, event);
}

/* --- running ---------------------------------------------------------------------------------- */

static void check_always(const struct sim *s)
{
    const struct publish *p = &s->log.publish;
    assert_true(p->flight_size <= p->tree_size);
    assert_true(s->log.published <= ledger_tree(s->log.ledger)->size);
    for (size_t i = 0; i < SIM_WITNESSES; i++) {
        const struct sim_witness *w = &s->witnesses[i];
        assert_true(w->state.size <= ledger_tree(w->mirror)->size);
        if (w->state.size > 0) assert_true(s->log.is_signed[w->state.size]);
    }
}

static void step(struct sim *s, const struct sim_event *e)
{
    const bool is_of_this_life = e->life == s->log.life;
    switch (e->kind) {
    case SIM_SEND: on_send(s, e); return;
    case SIM_SUBMIT: on_submit(s, e); return;
    case SIM_ACK: on_ack(s, e); return;
    case SIM_REQUEST: on_request(s, e); return;
    case SIM_ANSWER:
    case SIM_TIMEOUT: on_answer(s, e); return;
    case SIM_CRASH_LOG: on_crash_log(s); return;
    case SIM_JUMP: s->witnesses[e->who].clock_s = (int64_t)sim_below(s, 60) - 30; return;
    case SIM_SYNC:
        if (is_of_this_life) on_sync(s);
        return;
    case SIM_TICK:
        if (is_of_this_life) publish(s, (struct publish_event){.kind = PUBLISH_EV_TICK});
        return;
    }
}

void sim_run(struct sim *s)
{
    struct sim_event e;
    while (take_event(s, &e) && e.at_ms < SIM_END_MS) {
        s->now_ms = e.at_ms;
        note_step(s, (uint64_t)e.kind << 48 | (uint64_t)e.at_ms << 8 | e.who);
        step(s, &e);
        check_always(s);
    }
}

/* Acknowledged is never lost and never doubled; once faults end, all is published. */
void sim_check_end(const struct sim *s)
{
    const struct sim_log *log = &s->log;
    const uint64_t        size = ledger_tree(log->ledger)->size;
    assert_int_equal(log->durable_n, SIM_WIRES_MAX);
    for (size_t i = 0; i < log->durable_n; i++) {
        const struct sim_wire   *w = &log->wires[i];
        const struct sim_sender *sender = &s->senders[w->sender];
        assert_true(sender->is_acked[w->seq]);
        assert_int_equal(sender->index[w->seq], w->first);
        assert_true(bytes_eq(buf_bytes(&w->wire), buf_bytes(&sender->wires[w->seq])));
    }
    if (s->lie == SIM_THE_LOG_LIES) return; /* whoever saw two histories has stopped */
    assert_int_equal(log->published, size);
    for (size_t i = s->lie == SIM_A_WITNESS_LIES; i < SIM_WITNESSES; i++) {
        assert_false(s->witnesses[i].is_stopped);
        assert_int_equal(s->witnesses[i].state.size, size);
    }
}

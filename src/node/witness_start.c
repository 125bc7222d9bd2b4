/* The check of a witness at start (network.md section 4): the log and the other witnesses' mirrors
 * may hold a later cosignature of ours than we do, where we come from an old backup. Until the
 * mirror has what was cosigned, nothing is. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "host/host.h"
#include "node/witness_log.h"

enum { ASK_TIMEOUT_MS = 2000, AGAIN_MS_MIN = 200, AGAIN_MS_MAX = 2000 };

struct check {
    struct witness_log *l;
    struct http_client *http;
    bool                has_alarmed;
};

static size_t count_peers(const struct witness_log *l)
{
    return 1 + policy_count_witnesses(l->policy);
}

/* Where peer i serves the log: the log itself first. False: it is ourselves, or has no URL. */
static bool peer_url(const struct witness_log *l, size_t i, char out[WITNESS_PATH])
{
    struct bytes url;
    if (i == 0) return snprintf(out, WITNESS_PATH, "%s", l->url) < WITNESS_PATH;
    const struct key *k = policy_witness(l->policy, i - 1, &url);
    return url.n > 0 && strcmp(k->name, signer_key(l->signer)->name) != 0 &&
           snprintf(out, WITNESS_PATH, "%.*s%s", (int)url.n, (const char *)url.p, l->hash) <
               WITNESS_PATH;
}

/* From the first mirror that gives it. */
static bool catch_up(const struct check *k, struct bytes note)
{
    char url[WITNESS_PATH];
    if (k->l->mirror == WITNESS_MIRROR_NONE) return true;
    for (size_t i = 0; i < count_peers(k->l) && !k->l->is_stopped; i++)
        if (peer_url(k->l, i, url) && witness_log_follow(k->l, k->http, url, note)) return true;
    return false;
}

/* With the lock held. Another root for the last size: the log has signed two histories. */
static enum gz_err take_over(struct witness_log *l, struct bytes wire, const struct checkpoint *c,
                             uint64_t time)
{
    enum gz_err e = GZ_OK;
    if (l->state.time > 0 && c->size == l->state.size && !hash_eq(c->root, l->state.root)) {
        witness_log_stop(l, "root", wire, NULL);
        return GZ_OK;
    }
    if (time < l->state.time) time = l->state.time;
    const struct cosign_state next = {c->size, c->root, time};
    if (c->size >= l->state.size) e = witness_log_store(l, wire, next);
    if (l->state.time < time) l->state.time = time;
    return e;
}

/* False: a later cosignature of ours is there, and could not be taken over yet. */
static bool recover(struct check *k, struct bytes wire)
{
    struct witness_log *l = k->l;
    struct note         note;
    struct checkpoint   c;
    if (note_decode(wire, &note) != GZ_OK || checkpoint_decode(note.text, &c) != GZ_OK ||
        !bytes_eq(c.origin, bytes_str(l->origin)))
        return true;
    const uint64_t time = witness_log_own_time(l, &note);
    if (time == 0 || (c.size <= l->state.size && time <= l->state.time)) return true;
    if (!k->has_alarmed)
        log_line(LOG_ALARM, "witness", "a later cosignature of ours exists origin=%s size=%llu",
                 l->origin, (unsigned long long)c.size);
    k->has_alarmed = true;
    if (!catch_up(k, wire)) return false;
    pthread_mutex_lock(&l->lock);
    const enum gz_err e = take_over(l, wire, &c, time);
    pthread_mutex_unlock(&l->lock);
    return e == GZ_OK;
}

/* True: no peer holds more than we do. One that does not answer holds nothing against us. */
static bool ask_all(struct check *k)
{
    bool is_done = true;
    for (size_t i = 0; i < count_peers(k->l); i++) {
        DEFER(http_answer_fini) struct http_answer a = {0};
        char                                       url[WITNESS_PATH], full[WITNESS_PATH];
        if (!peer_url(k->l, i, url) || path_join(url, "checkpoint", full, sizeof full) != GZ_OK ||
            http_get(k->http, full, ASK_TIMEOUT_MS, WITNESS_ANSWER_MAX, &a) != GZ_OK)
            continue;
        if (a.status == 200) is_done &= recover(k, buf_bytes(&a.body));
    }
    return is_done;
}

/* With the lock held: until the time has passed or it ends. */
static void pause_ms(struct witness_log *l, int64_t ms)
{
    const int64_t         end = clock_monotonic_ms() + ms;
    const struct timespec at = {end / 1000, end % 1000 * 1000000};
    while (!l->is_ending && clock_monotonic_ms() < end)
        (void)!pthread_cond_timedwait(&l->news, &l->lock, &at);
}

void witness_log_check_at_start(struct witness_log *l, struct http_client *http)
{
    struct check k = {l, http, false};
    bool         is_done = false;
    pthread_mutex_lock(&l->lock);
    for (int64_t again_ms = AGAIN_MS_MIN; !is_done && !l->is_ending;) {
        pthread_mutex_unlock(&l->lock);
        is_done = ask_all(&k);
        pthread_mutex_lock(&l->lock);
        is_done |= l->is_stopped; /* on evidence: there is nothing to wait for */
        if (!is_done) pause_ms(l, again_ms);
        again_ms = again_ms * 2 < AGAIN_MS_MAX ? again_ms * 2 : AGAIN_MS_MAX;
    }
    l->is_restored = false;
    pthread_mutex_unlock(&l->lock);
}

#include "node/witness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/host.h"
#include "node/witness_clock.h"
#include "node/witness_log.h"

struct witness {
    size_t                      logs_n;
    struct witness_log          logs[WITNESS_LOGS_MAX];
    struct signer              *signer;
    struct witness_clock_check *clock;
};

/* --- opening ---------------------------------------------------------------------------------- */

/* The logs and the other witnesses of the configuration. */
static enum gz_err open_clock(struct witness *w, enum witness_clock how)
{
    enum { MAX = 128 };
    const char *urls[MAX];
    char        texts[MAX][WITNESS_URL];
    size_t      n = 0;
    for (size_t i = 0; i < w->logs_n; i++) {
        const struct witness_log *l = &w->logs[i];
        if (n < MAX) urls[n++] = l->url;
        for (size_t k = 0; k < policy_count_witnesses(l->policy) && n < MAX; k++) {
            struct bytes      url;
            const struct key *key = policy_witness(l->policy, k, &url);
            if (url.n == 0 || url.n >= WITNESS_URL ||
                strcmp(key->name, signer_key(w->signer)->name) == 0)
                continue;
            snprintf(texts[n], WITNESS_URL, "%.*s", (int)url.n, (const char *)url.p);
            urls[n] = texts[n];
            n++;
        }
    }
    return witness_clock_open(how, urls, n, &w->clock);
}

enum gz_err witness_open(const struct witness_options *o, struct witness **out, struct buf *why)
{
    if (o->logs_n > WITNESS_LOGS_MAX) return GZ_LIMIT;
    if (signer_key(o->signer)->purpose != KEY_WITNESS) return GZ_DENIED;
    DEFER(witness_close) struct witness *w = calloc(1, sizeof *w);
    if (w == NULL) return GZ_MEMORY;
    w->signer = o->signer;
    for (size_t i = 0; i < o->logs_n; i++) {
        w->logs_n++;
        const enum gz_err e = witness_log_open(&w->logs[i], o, i, why);
        if (e != GZ_OK && why->n == 0) (void)!buf_addf(why, "%s: %s", o->folder, err_sentence(e));
        TRY(e);
    }
    TRY(open_clock(w, o->clock));
    for (size_t i = 0; i < w->logs_n; i++) TRY(witness_log_start(&w->logs[i]));
    *out = w;
    w = NULL;
    return GZ_OK;
}

void witness_close(struct witness **w)
{
    if (*w == NULL) return;
    for (size_t i = 0; i < (*w)->logs_n; i++) witness_log_close(&(*w)->logs[i]);
    witness_clock_close(&(*w)->clock);
    free(*w);
    *w = NULL;
}

/* --- the answer to a checkpoint --------------------------------------------------------------- */

static struct witness_log *find_log(struct witness *w, struct bytes origin)
{
    for (size_t i = 0; i < w->logs_n; i++)
        if (bytes_eq(bytes_str(w->logs[i].origin), origin)) return &w->logs[i];
    return NULL;
}

static struct cosign_decision decide(struct witness *w, struct witness_log *l,
                                     const struct cosign_request *r)
{
    const struct time         now = clock_now();
    const struct cosign_facts f = {.logs = l->keys,
                                   .logs_n = l->keys_n,
                                   .suite = l->suite,
                                   .state = l->state,
                                   .now = now.s < 0 ? 0 : (uint64_t)now.s,
                                   .clock_is_trusted = witness_clock_is_trusted(w->clock),
                                   .is_stopped = l->is_stopped,
                                   .is_restored = l->is_restored,
                                   .mirror = witness_log_mirror(l, &r->checkpoint)};
    return cosign_decide(r, &f);
}

/* The note as it is kept: the log's lines and our own. */
static enum gz_err compose(const struct witness_log *l, const struct note *note, struct bytes own,
                           struct buf *out)
{
    struct bytes     lines = note->lines;
    struct note_line line;
    uint64_t         time;
    TRY(buf_add(out, note->text));
    TRY(buf_add_byte(out, '\n'));
    for (const uint8_t *from = lines.p; note_next_line(&lines, &line); from = lines.p)
        for (size_t i = 0; i < l->keys_n; i++)
            if (note_verify_line(&line, &l->keys[i], note->text, &time) == GZ_OK)
                TRY(buf_add(out, (struct bytes){from, (size_t)(lines.p - from)}));
    return buf_add(out, own);
}

static enum gz_err accept(struct witness_log *l, const struct cosign_request *r,
                          struct cosign_state next, struct buf *answer)
{
    DEFER(buf_fini) struct buf own = {0}, note = {0};
    TRY(signer_cosign(l->signer, r->note.text, next.time, &own));
    TRY(compose(l, &r->note, buf_bytes(&own), &note));
    TRY(witness_log_store(l, buf_bytes(&note), next));
    return buf_add(answer, buf_bytes(&own));
}

static enum gz_err refuse(struct witness_log *l, const struct cosign_request *r,
                          const struct cosign_decision *d, struct buf *answer)
{
    l->refusals += cosign_status(d->reason) < 500;
    if (d->is_evidence) witness_log_stop(l, "root", r->wire, NULL);
    else if (d->is_alarm)
        log_line(LOG_ALARM, "witness", "refused origin=%s status=%d: %s", l->origin,
                 cosign_status(d->reason), cosign_sentence(d->reason));
    if (d->reason == COSIGN_OLD_IS_NOT_LAST)
        return buf_addf(answer, "%llu\n", (unsigned long long)l->state.size);
    return buf_addf(answer, "%s\n", cosign_sentence(d->reason));
}

static enum gz_err answer_locked(struct witness *w, struct witness_log *l,
                                 const struct cosign_request *r, enum cosign_reason *reason,
                                 struct buf *answer)
{
    struct cosign_decision d = decide(w, l, r);
    if (d.reason == COSIGN_CATCHING_UP) {
        witness_log_await(l, r->wire, r->checkpoint.size);
        d = decide(w, l, r); /* another request may have been answered meanwhile */
    }
    *reason = d.reason;
    return d.reason == COSIGN_ACCEPTED ? accept(l, r, d.next, answer) : refuse(l, r, &d, answer);
}

enum gz_err witness_add_checkpoint(struct witness *w, struct bytes body, enum cosign_reason *reason,
                                   struct buf *answer)
{
    struct cosign_request r;
    struct witness_log   *l = NULL;
    if (cosign_request_decode(body, &r) != GZ_OK) *reason = COSIGN_MALFORMED;
    else if ((l = find_log(w, r.checkpoint.origin)) == NULL) *reason = COSIGN_UNKNOWN_ORIGIN;
    if (l == NULL) return buf_addf(answer, "%s\n", cosign_sentence(*reason));
    pthread_mutex_lock(&l->lock);
    const enum gz_err e = answer_locked(w, l, &r, reason, answer);
    pthread_mutex_unlock(&l->lock);
    return e;
}

/* --- for the routes and the status ------------------------------------------------------------ */

size_t witness_count_logs(const struct witness *w)
{
    return w->logs_n;
}

struct witness_log *witness_log_at(struct witness *w, size_t i)
{
    assert(i < w->logs_n);
    return &w->logs[i];
}

struct bytes witness_log_origin(const struct witness_log *l)
{
    return bytes_str(l->origin);
}

struct checkpoint_store *witness_log_checkpoints(struct witness_log *l)
{
    return l->kept;
}

enum gz_err witness_log_enter(void *log, const struct chain_files **out)
{
    struct witness_log *l = log;
    if (l->mirror == WITNESS_MIRROR_NONE) return GZ_MISSING;
    pthread_rwlock_rdlock(&l->chain_lock);
    if (l->chain == NULL) {
        pthread_rwlock_unlock(&l->chain_lock);
        return GZ_BUSY;
    }
    *out = l->chain;
    return GZ_OK;
}

void witness_log_leave(void *log)
{
    pthread_rwlock_unlock(&((struct witness_log *)log)->chain_lock);
}

enum gz_err witness_log_newest(void *log, struct buf *note)
{
    struct witness_log *l = log;
    pthread_mutex_lock(&l->lock);
    const enum gz_err e = l->note.n == 0 ? GZ_MISSING : buf_add(note, buf_bytes(&l->note));
    pthread_mutex_unlock(&l->lock);
    return e;
}

/* While the chain is held. */
enum gz_err witness_log_superseded(void *log, uint64_t index, bool *has, uint64_t *by)
{
    struct witness_log *l = log;
    pthread_mutex_lock(&l->ledger_lock);
    *has = ledger_superseded_by(chain_ledger(l->chain), index, by);
    pthread_mutex_unlock(&l->ledger_lock);
    return GZ_OK;
}

void witness_status(struct witness *w, size_t i, struct witness_log_status *out)
{
    struct witness_log       *l = witness_log_at(w, i);
    const struct chain_files *chain;
    const bool                is_trusted = witness_clock_is_trusted(w->clock);
    uint64_t                  mirror_size = 0;
    if (witness_log_enter(l, &chain) == GZ_OK) {
        mirror_size = chain_size(chain);
        witness_log_leave(l);
    }
    pthread_mutex_lock(&l->lock);
    *out = (struct witness_log_status){.origin = l->origin,
                                       .size = l->state.size,
                                       .time = l->state.time,
                                       .mirror_size = mirror_size,
                                       .is_stopped = l->is_stopped,
                                       .is_restored = l->is_restored,
                                       .clock_is_trusted = is_trusted,
                                       .refusals = l->refusals,
                                       .unfit = l->unfit};
    pthread_mutex_unlock(&l->lock);
}

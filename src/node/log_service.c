#include "node/log_service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "host/host.h"
#include "node/log_inside.h"
#include "node/log_start.h"

enum { PATH_SIZE = LOG_PATH_SIZE, FOLDER_MODE = 0755, ASK_MS = 300 };
enum { FOLLOW_MS = 100, FOLLOW_REST_MS = 1000 };

/* --- the thread ---------------------------------------------------------------------------------
 */

static bool is_ending(struct log_service *s)
{
    pthread_mutex_lock(&s->lock);
    const bool is = s->is_ending;
    pthread_mutex_unlock(&s->lock);
    return is;
}

static void set_state(struct log_service *s, enum log_state state)
{
    pthread_mutex_lock(&s->lock);
    s->state = state;
    pthread_mutex_unlock(&s->lock);
}

static void start_fini(struct log_start *s)
{
    log_start_fini(s);
}

/* Until the rule at start has been met, or never will be. */
static enum log_start_result await_start(struct log_service *s, struct http_client *http)
{
    DEFER(start_fini)
    struct log_start start = {.policy = s->policy,
                              .chain = s->chain,
                              .ledger_lock = &s->ledger_lock,
                              .origin = ledger_origin(chain_ledger(s->chain)),
                              .hash = s->hash,
                              .folder = s->folder};
    log_start_init(&start);
    enum log_start_result r = log_start_round(&start, http);
    while (r == LOG_START_ASKING && !is_ending(s)) {
        nanosleep(&(struct timespec){0, ASK_MS * 1000000}, NULL);
        r = log_start_round(&start, http);
    }
    return r;
}

/* Our mirror must have all that the node has, before its content can be compared with the store's:
 * so a bank that was restored from a backup notices that the chain is ahead. */
static enum log_start_result await_mirror(struct log_service *s, struct http_client *http)
{
    uint64_t size = 0;
    while (!is_ending(s)) {
        if (log_remote_size(&s->remote, http, &size) == GZ_OK && chain_size(s->chain) >= size)
            return LOG_START_MAY_APPEND;
        worker_wake(s->follower);
        nanosleep(&(struct timespec){0, ASK_MS * 1000000}, NULL);
    }
    return LOG_START_ASKING;
}

static void wake(void *ctx);

static int64_t follow_round(void *ctx)
{
    struct log_service          *s = ctx;
    const enum log_remote_result r = log_remote_follow(&s->remote, s->follow_http);
    if (r == LOG_REMOTE_NEWS) wake(s);
    if (r == LOG_REMOTE_CONTRADICTED || r == LOG_REMOTE_FAILED) {
        log_line(LOG_ALARM, "log", "the chain is not followed any more");
        set_state(s, r == LOG_REMOTE_FAILED ? LOG_FAILED : LOG_CONTRADICTED);
        return INT32_MAX;
    }
    pthread_mutex_lock(&s->lock);
    const bool waits = s->acknowledged > chain_size(s->chain);
    pthread_mutex_unlock(&s->lock);
    return waits || r == LOG_REMOTE_NEWS ? FOLLOW_MS : FOLLOW_REST_MS;
}

static void *run(void *ctx)
{
    struct log_service                         *s = ctx;
    DEFER(http_client_free) struct http_client *http = NULL;
    if (http_client_new(&http) != GZ_OK) return NULL;
    const enum log_start_result r =
        s->node_url[0] != 0 ? await_mirror(s, http) : await_start(s, http);
    if (r == LOG_START_CONTRADICTED) set_state(s, LOG_CONTRADICTED);
    if (r == LOG_START_FAILED) set_state(s, LOG_FAILED);
    if (r != LOG_START_MAY_APPEND || is_ending(s)) return NULL;
    set_state(s, LOG_RUNNING);
    if (s->publisher != NULL) publisher_committed(s->publisher, chain_size(s->chain));
    log_queue_serve(s, http);
    return NULL;
}

/* --- opening ---------------------------------------------------------------------------------- */

/* Name and purpose too: they stand in every line that the key signs. */
static bool is_same_key(const struct key *a, const struct key *b)
{
    return a->suite == b->suite && a->purpose == b->purpose && strcmp(a->name, b->name) == 0 &&
           a->public_n == b->public_n && memcmp(a->public_key, b->public_key, a->public_n) == 0;
}

static enum gz_err read_policy(struct log_service *s, const char **why)
{
    enum { MEMORY = 1024 * 1024 };
    const struct bytes text = ledger_policy_text(chain_ledger(s->chain));
    TRY(buf_reserve(&s->policy_memory, MEMORY));
    struct arena arena = {s->policy_memory.p, 0, MEMORY};
    TRY(policy_decode(text, &arena, &s->policy, why));
    if (s->node_url[0] != 0) return GZ_OK; /* the members' nodes sign */
    if (ledger_continued_size(chain_ledger(s->chain)) > 0) {
        *why = "the genesis continues another log: only the consortium chain does that";
        return GZ_MALFORMED;
    }
    const struct key *ours = signer_key(s->signer);
    for (size_t i = 0; i < policy_count_logs(s->policy); i++)
        if (is_same_key(policy_log(s->policy, i), ours) &&
            bytes_eq(bytes_str(ours->name), ledger_origin(chain_ledger(s->chain))))
            return GZ_OK;
    *why = "the log key is not in the policy of the genesis, or its name is not the origin";
    return GZ_DENIED;
}

static void wake(void *ctx)
{
    struct log_service *s = ctx;
    pthread_mutex_lock(&s->lock);
    pthread_cond_broadcast(&s->done);
    pthread_mutex_unlock(&s->lock);
}

static enum gz_err open_files(struct log_service *s, struct bytes genesis, struct buf *why)
{
    char        path[PATH_SIZE];
    const char *reason = "";
    TRY(buf_add(&s->genesis, genesis));
    TRY(path_join(s->folder, "chain", path, sizeof path));
    TRY(folder_make(path, FOLDER_MODE));
    TRY(chain_open(path, buf_bytes(&s->genesis), &s->chain, why));
    const enum gz_err e = read_policy(s, &reason);
    if (e != GZ_OK) (void)!buf_add_str(why, reason);
    TRY(e);
    const struct hash h = hash_of(SUITE_INTL, ledger_origin(chain_ledger(s->chain)));
    s->hash[0] = '/';
    text_to_hex(BYTES_OF(h.b), s->hash + 1);
    TRY(path_join(s->folder, "checkpoints", path, sizeof path));
    return checkpoint_store_open(path, s->policy, &s->store);
}

static void init(struct log_service *s, struct signer *signer)
{
    pthread_condattr_t monotonic;
    pthread_mutex_init(&s->ledger_lock, NULL);
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&s->work, &monotonic);
    pthread_cond_init(&s->done, &monotonic);
    s->last = &s->first;
    s->state = LOG_ASKING;
    s->signer = signer;
}

static enum gz_err open_publisher(struct log_service *s)
{
    const struct publisher_options p = {.policy = s->policy,
                                        .chain = s->chain,
                                        .store = s->store,
                                        .signer = s->signer,
                                        .ctx = s,
                                        .published = wake,
                                        .origin = ledger_origin(chain_ledger(s->chain))};
    return publisher_open(&p, &s->publisher);
}

static enum gz_err open_remote(struct log_service *s)
{
    s->remote = (struct log_remote){.url = s->node_url,
                                    .policy = s->policy,
                                    .chain = s->chain,
                                    .store = s->store,
                                    .ledger_lock = &s->ledger_lock,
                                    .origin = ledger_origin(chain_ledger(s->chain))};
    TRY(http_client_new(&s->follow_http));
    return worker_start(follow_round, s, &s->follower);
}

enum gz_err log_service_open(const struct log_options *o, struct log_service **out, struct buf *why)
{
    DEFER(log_service_close) struct log_service *s = calloc(1, sizeof *s);
    if (s == NULL) return GZ_MEMORY;
    init(s, o->signer);
    if (snprintf(s->folder, PATH_SIZE, "%s", o->folder) >= PATH_SIZE) return GZ_LIMIT;
    if (snprintf(s->node_url, sizeof s->node_url, "%s", o->node_url == NULL ? "" : o->node_url) >=
        (int)sizeof s->node_url)
        return GZ_LIMIT;
    const enum gz_err e = open_files(s, o->genesis, why);
    if (e != GZ_OK && why->n == 0) (void)!buf_addf(why, "%s: %s", s->folder, err_sentence(e));
    TRY(e);
    TRY(s->node_url[0] != 0 ? open_remote(s) : open_publisher(s));
    s->has_thread = pthread_create(&s->thread, NULL, run, s) == 0;
    if (!s->has_thread) return GZ_MEMORY;
    *out = s;
    s = NULL;
    return GZ_OK;
}

void log_service_close(struct log_service **out)
{
    struct log_service *s = *out;
    if (s == NULL) return;
    pthread_mutex_lock(&s->lock);
    s->is_ending = true;
    pthread_cond_broadcast(&s->work);
    pthread_cond_broadcast(&s->done);
    pthread_mutex_unlock(&s->lock);
    if (s->has_thread) pthread_join(s->thread, NULL);
    worker_stop(&s->follower);
    http_client_free(&s->follow_http);
    publisher_close(&s->publisher);
    checkpoint_store_close(&s->store);
    chain_close(&s->chain);
    buf_fini(&s->genesis);
    buf_fini(&s->policy_memory);
    pthread_cond_destroy(&s->work);
    pthread_cond_destroy(&s->done);
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->ledger_lock);
    free(s);
    *out = NULL;
}

/* --- reading ---------------------------------------------------------------------------------- */

enum gz_err log_service_checkpoint_covering(struct log_service *s, uint64_t index, struct buf *note,
                                            struct kept_checkpoint *out)
{
    return checkpoint_store_covering(s->store, index, note, out);
}

enum gz_err log_service_wait_published(struct log_service *s, uint64_t index, unsigned timeout_ms)
{
    const int64_t   end = clock_monotonic_ms() + timeout_ms;
    struct timespec at = {end / 1000, end % 1000 * 1000000};
    enum gz_err     e;
    pthread_mutex_lock(&s->lock);
    while ((e = checkpoint_store_covering(s->store, index, NULL, NULL)) == GZ_MISSING)
        if (s->is_ending || pthread_cond_timedwait(&s->done, &s->lock, &at) != 0) break;
    pthread_mutex_unlock(&s->lock);
    return e == GZ_MISSING ? GZ_BUSY : e;
}

/* Who stands on the newest checkpoint, where others publish. */
static void note_cosigners(struct log_service *s, struct log_status *out)
{
    DEFER(buf_fini) struct buf wire = {0};
    uint64_t                   times[POLICY_MEMBERS_MAX] = {0};
    struct policy_quorum       quorum;
    struct note                note;
    const char                *why = NULL;
    if (checkpoint_store_newest(s->store, &wire, NULL) != GZ_OK ||
        note_decode(buf_bytes(&wire), &note) != GZ_OK ||
        policy_check_note(s->policy, &note, &quorum, times, &why) != GZ_OK)
        return;
    for (size_t i = 0; i < out->witnesses_n; i++)
        if (times[i] != 0) out->witnesses[i].size = out->published_size;
}

void log_service_status(struct log_service *s, struct log_status *out)
{
    struct kept_checkpoint newest = {0};
    (void)!checkpoint_store_newest(s->store, NULL, &newest);
    *out = (struct log_status){.size = chain_size(s->chain),
                               .published_size = newest.size,
                               .quorum_time = newest.quorum_time,
                               .witnesses_n = policy_count_witnesses(s->policy)};
    for (size_t i = 0; i < out->witnesses_n; i++) {
        struct publisher_witness w = {0};
        if (s->publisher != NULL) publisher_witness(s->publisher, i, &w);
        out->witnesses[i] = (struct log_witness_status){policy_witness(s->policy, i, NULL)->name,
                                                        w.is_refused, w.last, w.failures_in_a_row};
    }
    if (s->publisher == NULL) note_cosigners(s, out);
    pthread_mutex_lock(&s->lock);
    if (s->acknowledged > out->size) out->size = s->acknowledged;
    out->state = s->state;
    out->conflicts = s->conflicts;
    pthread_mutex_unlock(&s->lock);
}

const struct chain_files *log_service_chain(const struct log_service *s)
{
    return s->chain;
}

struct checkpoint_store *log_service_checkpoints(struct log_service *s)
{
    return s->store;
}

enum gz_err log_service_superseded(struct log_service *s, uint64_t index, bool *has, uint64_t *by)
{
    pthread_mutex_lock(&s->ledger_lock);
    *has = ledger_superseded_by(chain_ledger(s->chain), index, by);
    pthread_mutex_unlock(&s->ledger_lock);
    return GZ_OK;
}

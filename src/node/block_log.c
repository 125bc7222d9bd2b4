#include "node/block_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "host/host.h"
#include "node/block_inside.h"
#include "node/evidence.h"

enum { PATH_SIZE = BLOCK_LOG_PATH, FOLDER_MODE = 0700, FILE_MODE = 0600 };

/* --- the state's file ------------------------------------------------------------------------- */

static enum gz_err state_path(const struct block_log *b, char out[PATH_SIZE])
{
    return path_join(b->folder, "block-state", out, PATH_SIZE);
}

static enum gz_err write_state(const struct block_log *b, const struct block_state *s)
{
    DEFER(buf_fini) struct buf wire = {0};
    char                       path[PATH_SIZE];
    TRY(state_path(b, path));
    TRY(block_state_encode(b->suite, s, &wire));
    return file_replace(path, buf_bytes(&wire), FILE_MODE);
}

/* --- blocks ----------------------------------------------------------------------------------- */

void block_log_head(struct block_log *b, struct block_head *out)
{
    pthread_mutex_lock(&b->lock);
    out->state = b->state;
    pthread_mutex_unlock(&b->lock);
    out->app_hash = block_state_app_hash(b->suite, &out->state);
}

enum gz_err block_log_begin(struct block_log *b, struct bytes app_state, struct hash *app_hash)
{
    const struct hash h = hash_of(b->suite, buf_bytes(&b->genesis));
    char              expected[2 * HASH_SIZE + 3] = "\"";
    text_to_hex(BYTES_OF(h.b), expected + 1);
    strcat(expected, "\"");
    if (!bytes_eq(app_state, bytes_str(expected))) {
        log_line(LOG_ALARM, "chain", "the engine's genesis names another genesis than ours=%s",
                 expected);
        return GZ_MISMATCH;
    }
    if (b->state.height > 0) return GZ_CONFLICT;
    *app_hash = block_state_app_hash(b->suite, &b->state);
    return GZ_OK;
}

/* With the lock held. */
static enum gz_err check(struct block_log *b, struct bytes wire, struct ledger_outcome *out)
{
    if (gov_tx_is(wire)) {
        *out = (struct ledger_outcome){0};
        return governance_file_check(b->gov, wire, ledger_tree(chain_ledger(b->chain))->size,
                                     &out->result);
    }
    TRY(chain_check(b->chain, wire, out));
    bool is_denied = false;
    if (out->result != LEDGER_EXECUTED && out->result != LEDGER_WAITING) return GZ_OK;
    TRY(governance_file_denies(b->gov, wire, &is_denied));
    if (is_denied) out->result = LEDGER_DENIED;
    return GZ_OK;
}

enum gz_err block_log_check(struct block_log *b, struct bytes wire, struct ledger_outcome *out)
{
    pthread_mutex_lock(&b->lock);
    const enum gz_err e = check(b, wire, out);
    pthread_mutex_unlock(&b->lock);
    return e;
}

bool block_log_is_formed(struct bytes wire)
{
    struct gov_tx tx; /* a policy's hash is of no matter here, so the suite is of none */
    if (gov_tx_is(wire)) return gov_tx_decode(wire, SUITE_GM, &tx) == GZ_OK;
    DEFER(buf_fini) struct buf memory = {0};
    struct submission          s;
    if (buf_reserve(&memory, BLOCK_LOG_ITEMS_MEMORY) != GZ_OK)
        return true; /* the execution will say */
    struct arena arena = {memory.p, 0, BLOCK_LOG_ITEMS_MEMORY};
    return submission_decode(wire, &arena, &s) == GZ_OK;
}

static struct hash hash_txs(enum suite suite, const struct bytes *txs, size_t n)
{
    struct hasher h;
    hasher_init(&h, suite);
    for (size_t i = 0; i < n; i++) {
        const struct hash one = hash_of(suite, txs[i]);
        hasher_add(&h, BYTES_OF(one.b));
    }
    return hasher_end(&h);
}

/* A second body for a number: its sender has signed both. With the lock held. */
void block_log_keep_conflict(struct block_log *b, struct bytes wire)
{
    const struct evidence_part part = {"submission", wire};
    b->conflicts++;
    log_line(LOG_ALARM, "chain", "another body for a submission number conflicts=%llu",
             (unsigned long long)b->conflicts);
    if (b->conflicts <= LOG_CONFLICTS_KEPT_MAX &&
        evidence_keep_proof(b->folder, "conflict", &part, 1) != GZ_OK)
        log_line(LOG_ALARM, "chain", "evidence not kept");
}

/* With the lock held. */
static void tell_refused(struct block_log *b, struct bytes wire, enum ledger_result result)
{
    if (b->waiters == NULL) return;
    const struct hash h = hash_of(b->suite, wire);
    for (struct waiter *w = b->waiters; w != NULL; w = w->next)
        if (hash_eq(w->wire_hash, h)) {
            w->is_refused = true;
            w->result = result;
        }
}

/* With the lock held: a statement of governance, executed; the history is over its state too. */
static enum gz_err execute_governance(struct block_log *b, struct bytes wire, struct block_state *s,
                                      enum ledger_result *result)
{
    const uint64_t size = ledger_tree(chain_ledger(b->chain))->size;
    struct hash    state;
    TRY(governance_file_execute(b->gov, wire, s->height, size, result, &state));
    if (*result == LEDGER_EXECUTED) block_state_add_governance(b->suite, s, &state);
    return GZ_OK;
}

/* With the lock held. */
static enum gz_err execute_submission(struct block_log *b, struct bytes wire, struct block_state *s,
                                      enum ledger_result *result)
{
    struct ledger_outcome o = {0};
    bool                  is_denied = false;
    TRY(governance_file_denies(b->gov, wire, &is_denied));
    if (is_denied) TRY(check(b, wire, &o));
    if (o.result != LEDGER_DENIED) TRY(chain_add(b->chain, wire, &o));
    for (size_t i = 0; i < o.executions_n; i++) block_state_add(b->suite, s, &o.executions[i]);
    if (o.result == LEDGER_CONFLICT) block_log_keep_conflict(b, wire);
    if (o.result != LEDGER_EXECUTED) tell_refused(b, wire, o.result);
    *result = o.result;
    return GZ_OK;
}

static enum gz_err execute(struct block_log *b, struct bytes wire, struct block_state *s,
                           enum ledger_result *result)
{
    pthread_mutex_lock(&b->lock);
    const enum gz_err e = gov_tx_is(wire) ? execute_governance(b, wire, s, result)
                                          : execute_submission(b, wire, s, result);
    pthread_mutex_unlock(&b->lock);
    return e;
}

/* After an error the ledger may be ahead of its files: only opening again mends that. */
static enum gz_err fail(struct block_log *b, enum gz_err e)
{
    log_line(LOG_ALARM, "chain", "the node cannot go on: %s", err_name(e));
    pthread_mutex_lock(&b->lock);
    b->has_failed = true;
    chain_abandon(b->chain);
    pthread_cond_broadcast(&b->news);
    pthread_mutex_unlock(&b->lock);
    return e;
}

static enum gz_err execute_all(struct block_log *b, const struct bytes *txs, size_t n,
                               struct pending *p)
{
    p->results = calloc(n + 1, sizeof *p->results);
    if (p->results == NULL) return GZ_MEMORY;
    for (size_t i = 0; i < n; i++) TRY(execute(b, txs[i], &p->state, &p->results[i]));
    pthread_mutex_lock(&b->lock);
    chain_forget_waiting(b->chain);
    const struct merkle *tree = ledger_tree(chain_ledger(b->chain));
    p->state.size = tree->size;
    p->state.root = merkle_root(tree);
    pthread_mutex_unlock(&b->lock);
    return GZ_OK;
}

enum gz_err block_log_finalize(struct block_log *b, uint64_t height, const struct bytes *txs,
                               size_t n, enum ledger_result *results, struct hash *app_hash)
{
    struct pending   *p = &b->pending;
    const struct hash txs_hash = hash_txs(b->suite, txs, n);
    if (b->has_failed) return GZ_IO;
    if (height != b->state.height + 1 || n > BLOCK_LOG_TXS_MAX) return GZ_MISMATCH;
    if (p->is_there && (n != p->n || !hash_eq(txs_hash, p->txs_hash))) return GZ_MISMATCH;
    if (!p->is_there) {
        *p = (struct pending){.is_there = true, .state = b->state, .txs_hash = txs_hash, .n = n};
        p->state.height = height;
        const enum gz_err e = execute_all(b, txs, n, p);
        if (e != GZ_OK) return fail(b, e);
    }
    if (n > 0) memcpy(results, p->results, n * sizeof *results);
    *app_hash = block_state_app_hash(b->suite, &p->state);
    return GZ_OK;
}

static enum gz_err write_block(struct block_log *b)
{
    TRY(chain_commit(b->chain));
    TRY(governance_file_commit(b->gov));
    return write_state(b, &b->pending.state);
}

enum gz_err block_log_commit(struct block_log *b)
{
    if (b->has_failed) return GZ_IO;
    if (!b->pending.is_there) return GZ_MISMATCH;
    const bool has_grown = b->pending.state.size > b->state.size;
    pthread_mutex_lock(&b->lock);
    const enum gz_err e = write_block(b);
    if (e == GZ_OK) b->state = b->pending.state;
    pthread_cond_broadcast(&b->news);
    pthread_mutex_unlock(&b->lock);
    if (e != GZ_OK) return fail(b, e);
    free(b->pending.results);
    b->pending = (struct pending){0};
    if (has_grown && b->o.committed != NULL) b->o.committed(b->o.ctx, b->state.size);
    return GZ_OK;
}

enum gz_err block_log_begin_governance(struct block_log *b, const struct bytes *keys, size_t n)
{
    pthread_mutex_lock(&b->lock);
    const enum gz_err e = governance_file_begin(b->gov, keys, n);
    pthread_mutex_unlock(&b->lock);
    return e;
}

size_t block_log_powers(struct block_log *b, struct block_power *powers)
{
    pthread_mutex_lock(&b->lock);
    const size_t n = governance_file_powers(b->gov, powers);
    pthread_mutex_unlock(&b->lock);
    return n;
}

/* --- opening ---------------------------------------------------------------------------------- */

/* What was imported must be what the genesis says that the chain goes on from. */
static enum gz_err check_imported(const struct block_log *b, struct buf *why)
{
    const struct ledger *l = chain_ledger(b->chain);
    const char          *reason = "";
    if (ledger_continued_size(l) == 0) return GZ_OK;
    const enum gz_err e = ledger_check_continued(l, &reason);
    if (e != GZ_OK)
        (void)buf_addf(why, "%s: the imported log is not the one that the genesis continues: %s",
                       b->folder, reason);
    return e == GZ_OK ? GZ_OK : GZ_CORRUPT;
}

/* Without a state there is no block, so there may be no entry either, but those of a log that the
 * chain continues. */
static enum gz_err first_open(struct block_log *b, const char *path, struct buf *why)
{
    TRY(chain_open(path, buf_bytes(&b->genesis), &b->chain, why));
    b->suite = ledger_suite(chain_ledger(b->chain));
    TRY(check_imported(b, why));
    const uint64_t size = ledger_continued_size(chain_ledger(b->chain));
    if (chain_size(b->chain) != size) {
        (void)buf_addf(why, "%s has entries, and its block-state is missing", b->folder);
        return GZ_CORRUPT;
    }
    b->state = block_state_begin(b->suite);
    b->state.size = size;
    TRY(chain_root(b->chain, size, &b->state.root));
    return write_state(b, &b->state);
}

static enum gz_err check_root(const struct block_log *b, struct buf *why)
{
    struct hash root;
    TRY(chain_root(b->chain, b->state.size, &root));
    if (hash_eq(root, b->state.root)) return GZ_OK;
    (void)buf_addf(why, "%s: the entries do not give the root of the last block", b->folder);
    return GZ_CORRUPT;
}

static enum gz_err open_again(struct block_log *b, const char *path, struct bytes state,
                              struct buf *why)
{
    struct ledger    *ledger = NULL;
    const char       *reason = "";
    const enum gz_err e = ledger_new(buf_bytes(&b->genesis), &ledger, &reason);
    if (e == GZ_MALFORMED) (void)buf_addf(why, "genesis: %s", reason);
    TRY(e);
    b->suite = ledger_suite(ledger);
    ledger_free(&ledger);
    if (block_state_decode(b->suite, state, &b->state) != GZ_OK) {
        (void)buf_addf(why, "%s/block-state is damaged", b->folder);
        return GZ_CORRUPT;
    }
    TRY(chain_open_at(path, buf_bytes(&b->genesis), b->state.size, &b->chain, why));
    return check_root(b, why);
}

static enum gz_err open_files(struct block_log *b, struct buf *why)
{
    DEFER(buf_fini) struct buf state = {0};
    char                       path[PATH_SIZE];
    TRY(state_path(b, path));
    const enum gz_err e = file_read(path, BLOCK_STATE_SIZE + 1, &state);
    if (e != GZ_OK && e != GZ_MISSING && e != GZ_LIMIT) return e;
    TRY(path_join(b->folder, "chain", path, sizeof path));
    TRY(folder_make(path, FOLDER_MODE));
    if (e == GZ_MISSING) TRY(first_open(b, path, why));
    else TRY(open_again(b, path, buf_bytes(&state), why));
    return governance_file_open(b->folder, buf_bytes(&b->genesis), b->state.height, &b->gov, why);
}

enum gz_err block_log_open(const struct block_log_options *o, struct block_log **out,
                           struct buf *why)
{
    DEFER(block_log_close) struct block_log *b = calloc(1, sizeof *b);
    pthread_condattr_t                       monotonic;
    if (b == NULL) return GZ_MEMORY;
    pthread_mutex_init(&b->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&b->news, &monotonic);
    pthread_condattr_destroy(&monotonic);
    b->o = *o;
    if (snprintf(b->folder, PATH_SIZE, "%s", o->folder) >= PATH_SIZE) return GZ_LIMIT;
    TRY(buf_add(&b->genesis, o->genesis));
    const enum gz_err e = open_files(b, why);
    if (e != GZ_OK && why->n == 0) (void)!buf_addf(why, "%s: %s", b->folder, err_sentence(e));
    if (e != GZ_OK && b->chain != NULL) chain_abandon(b->chain);
    TRY(e);
    *out = b;
    b = NULL;
    return GZ_OK;
}

void block_log_close(struct block_log **out)
{
    struct block_log *b = *out;
    if (b == NULL) return;
    if (b->chain != NULL && b->pending.is_there) chain_abandon(b->chain); /* of no durable block */
    chain_close(&b->chain);
    governance_file_close(&b->gov);
    free(b->pending.results);
    buf_fini(&b->genesis);
    pthread_cond_destroy(&b->news);
    pthread_mutex_destroy(&b->lock);
    free(b);
    *out = NULL;
}

/* --- reading ---------------------------------------------------------------------------------- */

const struct chain_files *block_log_chain(const struct block_log *b)
{
    return b->chain;
}

enum gz_err block_log_superseded(struct block_log *b, uint64_t index, bool *has, uint64_t *by)
{
    pthread_mutex_lock(&b->lock);
    *has = ledger_superseded_by(chain_ledger(b->chain), index, by);
    pthread_mutex_unlock(&b->lock);
    return GZ_OK;
}

void block_log_status(struct block_log *b, struct block_log_status *out)
{
    pthread_mutex_lock(&b->lock);
    *out = (struct block_log_status){.height = b->state.height,
                                     .size = b->state.size,
                                     .conflicts = b->conflicts,
                                     .has_failed = b->has_failed};
    for (const struct waiter *w = b->waiters; w != NULL; w = w->next) out->waiting++;
    pthread_mutex_unlock(&b->lock);
}

#include "node/block_govern.h"

#include <time.h>

#include "host/host.h"
#include "node/block_inside.h"

/* With the lock held: executed and durable, and these bytes? GZ_MISSING: not yet. */
static enum gz_err find_durable(struct block_log *b, const struct gov_tx *tx, struct hash wire,
                                enum ledger_result *out)
{
    struct hash    last;
    uint64_t       nonce = 0;
    const uint64_t mine = tx->statement.nonce;
    TRY(block_gov_durable(b->gov, tx->statement.org, mine, &last, &nonce));
    *out = nonce == mine && hash_eq(last, wire) ? LEDGER_EXECUTED : LEDGER_CONFLICT;
    return GZ_OK;
}

static enum gz_err await(struct block_log *b, const struct gov_tx *tx, struct hash wire,
                         int64_t end_ms, enum ledger_result *out)
{
    const struct timespec at = {end_ms / 1000, end_ms % 1000 * 1000000};
    for (;;) {
        if (b->has_failed) return GZ_IO;
        const enum gz_err e = find_durable(b, tx, wire, out);
        if (e != GZ_MISSING) return e;
        if (clock_monotonic_ms() >= end_ms) return GZ_BUSY;
        (void)!pthread_cond_timedwait(&b->news, &b->lock, &at);
    }
}

enum gz_err block_log_govern(struct block_log *b, struct block_sender sender, struct bytes wire,
                             unsigned timeout_ms, enum ledger_result *out)
{
    struct gov_tx         tx;
    struct ledger_outcome now;
    const int64_t         end_ms = clock_monotonic_ms() + timeout_ms;
    const struct hash     h = hash_of(b->suite, wire);
    *out = LEDGER_MALFORMED;
    if (gov_tx_decode(wire, b->suite, &tx) != GZ_OK) return GZ_OK;
    TRY(block_log_check(b, wire, &now));
    *out = now.result;
    if (now.result == LEDGER_EXECUTED) TRY(sender.send(sender.ctx, wire));
    else if (now.result != LEDGER_CONFLICT) return GZ_OK;
    pthread_mutex_lock(&b->lock);
    enum gz_err e = now.result == LEDGER_EXECUTED ? await(b, &tx, h, end_ms, out)
                                                  : find_durable(b, &tx, h, out);
    pthread_mutex_unlock(&b->lock);
    return e == GZ_MISSING ? GZ_OK : e; /* a nonce too far ahead is a conflict too */
}

enum gz_err block_log_visit_governance(struct block_log *b, void *ctx,
                                       enum gz_err (*seen)(void                        *ctx,
                                                           const struct block_gov_seen *s))
{
    pthread_mutex_lock(&b->lock);
    const enum gz_err e = block_gov_visit(b->gov, b->state.height, ctx, seen);
    pthread_mutex_unlock(&b->lock);
    return e;
}

void block_log_governance(struct block_log *b, struct governance *out)
{
    pthread_mutex_lock(&b->lock);
    *out = *block_gov_state(b->gov);
    pthread_mutex_unlock(&b->lock);
}

/* The log as a consensus drives it: blocks of submissions, decided by others, executed here by the
 * same ledger step as in the embedded log. finalize computes, commit makes durable: leaves first
 * and synced, then the file `block-state` that says which block they belong to. So whichever
 * process dies at whatever write, the node opens with the state after a whole block, and the engine
 * hands it the blocks behind that again.
 *
 * What waits for its turn when a block ends is dropped: its sender (block_log_submit) sends it
 * again. finalize, commit and begin are called by one thread at a time; all else by any. */
#pragma once
#include "ledger/block_state.h"
#include "ledger/governance_wire.h"
#include "node/log_service.h"

enum {
    BLOCK_LOG_TXS_MAX = 64 * 1024, /* of one block */
    BLOCK_LOG_AGAIN_MS = 50,       /* a submission whose turn has not come is sent again */
    BLOCK_LOG_ORDER_MS = 200,      /* it is held back so long for those before it */
    BLOCK_LOG_LOST_MS = 4000, /* as is one in no block for so long: an engine that dies forgets */
};

struct block_log;
struct block_log_options {
    const char  *folder; /* made where missing: chain/, block-state, evidence/ */
    struct bytes genesis;
    void        *ctx;
    void (*committed)(void *ctx, uint64_t size); /* a block that grew the tree is durable; may be
                                                    NULL */
};
/* GZ_CORRUPT, GZ_MALFORMED, GZ_BUSY (folder in use) with *why for humans. */
enum gz_err block_log_open(const struct block_log_options *o, struct block_log **out,
                           struct buf *why);
void        block_log_close(struct block_log **b); /* for DEFER */

/* --- for the consensus ------------------------------------------------------------------------ */
struct block_head {
    struct block_state state; /* after the last durable block */
    struct hash        app_hash;
};
void        block_log_head(struct block_log *b, struct block_head *out);
/* Before the first block: is the engine's chain that of our genesis? Its state says H(genesis) as
 * a JSON string in hex. GZ_MISMATCH; GZ_CONFLICT: there are blocks already. */
enum gz_err block_log_begin(struct block_log *b, struct bytes app_state, struct hash *app_hash);
/* The engine's first validators, of InitChain. GZ_LIMIT. */
enum gz_err block_log_begin_governance(struct block_log *b, const struct bytes *keys, size_t n);
/* The validators that the block at hand changes, each once: how many of powers[GOV_MEMBERS_MAX]. */
struct block_power {
    uint8_t  engine[GOV_ENGINE_KEY_SIZE];
    uint64_t power; /* 0: out */
};
size_t      block_log_powers(struct block_log *b, struct block_power *powers);
/* What the ledger would say of this submission now; changes nothing. A statement of governance is
 * EXECUTED, MALFORMED, TOO_LARGE, DENIED (no voter, another's key), CONFLICT (nonce; has voted),
 * BEYOND_WINDOW (too many are open) or BAD_SUPERSEDES (impossible; nothing such is open). */
enum gz_err block_log_check(struct block_log *b, struct bytes wire, struct ledger_outcome *out);
/* May it stand in a block at all? Only by its form, so that all nodes say the same. */
bool        block_log_is_formed(struct bytes wire);
/* Execute block height, the one behind the last durable one; results: n of them. The same height
 * again before its commit (the engine died in between) gives what was computed then. GZ_MISMATCH:
 * another height, or another block for this height. After GZ_IO and GZ_MEMORY: open again. */
enum gz_err block_log_finalize(struct block_log *b, uint64_t height, const struct bytes *txs,
                               size_t n, enum ledger_result *results, struct hash *app_hash);
/* GZ_MISMATCH: nothing was finalized. After GZ_IO: open again. */
enum gz_err block_log_commit(struct block_log *b);

/* --- for the doors ---------------------------------------------------------------------------- */
/* How a submission gets to the engine: GZ_OK also where it has it already. */
struct block_sender {
    void *ctx;
    enum gz_err (*send)(void *ctx, struct bytes wire);
};
/* Hand it over and wait until a block has executed or refused it. WAITING is answered where its
 * turn has not come by then. GZ_BUSY: not decided within timeout_ms, or not accepted now: the
 * outcome is unknown, send the same bytes again or ask for the number. */
enum gz_err block_log_submit(struct block_log *b, struct block_sender sender, struct bytes wire,
                             unsigned timeout_ms, struct log_answer *out);
const struct chain_files *block_log_chain(const struct block_log *b);
enum gz_err block_log_superseded(struct block_log *b, uint64_t index, bool *has, uint64_t *by);
struct block_log_status {
    uint64_t height, size, conflicts; /* conflicts: second bodies seen since start */
    unsigned waiting;                 /* submissions that wait for a block */
    bool     has_failed;              /* cannot write: repair, then start again */
};
void block_log_status(struct block_log *b, struct block_log_status *out);

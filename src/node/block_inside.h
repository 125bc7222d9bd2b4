/* The inside of the log of blocks, for block_log.c (blocks) and block_submit.c (who waits for one)
 * alone. */
#pragma once
#include <pthread.h>

#include "node/governance_file.h"
#include "node/block_log.h"

enum {
    BLOCK_LOG_PATH = 1024,
    BLOCK_LOG_ITEMS_MEMORY = SUBMISSION_ITEMS_MAX * sizeof(struct submission_item) + 1024,
};

/* One caller who waits for a block; lives on its stack. */
struct waiter {
    struct bytes       org;
    uint64_t           seq;
    struct hash        wire_hash;
    bool               is_handed;  /* to the engine */
    bool               is_refused; /* by the block at hand, or a durable one */
    enum ledger_result result;
    struct waiter     *next;
};
/* A block between finalize and commit. */
struct pending {
    bool                is_there;
    struct block_state  state;
    struct hash         txs_hash; /* over all of its submissions */
    size_t              n;
    enum ledger_result *results;
};
struct block_log {
    struct block_log_options o;
    char                     folder[BLOCK_LOG_PATH];
    struct buf               genesis;
    enum suite               suite;
    struct chain_files      *chain;
    struct governance_file  *gov;  /* ahead of its file by the block at hand, as the ledger is */
    pthread_mutex_t          lock; /* the ledger, and all below */
    pthread_cond_t           news;
    struct block_state       state;
    struct pending           pending;
    struct waiter           *waiters;
    uint64_t                 conflicts;
    bool                     has_failed;
};

/* With the lock held: a second body for a number, whose sender has signed both. */
void block_log_keep_conflict(struct block_log *b, struct bytes wire);

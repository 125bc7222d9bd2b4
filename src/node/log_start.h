/* The rule at start of a log (network.md section 5): before its first append it asks each witness
 * for what it has cosigned, and goes on only when no quorum is possible without those that have
 * answered. It never goes on with less than a size that it has signed once: what it lacks, it
 * fetches from any mirror. So a log from an old backup cannot fork itself. Used by one thread. */
#pragma once
#include <pthread.h>

#include "core/policy.h"
#include "host/http_client.h"
#include "node/chain_files.h"

enum log_start_result {
    LOG_START_ASKING = 1,
    LOG_START_MAY_APPEND,
    LOG_START_CONTRADICTED, /* a size that the log has signed has another root here; final */
    LOG_START_FAILED        /* own files; final until the chain is opened again */
};
struct log_start {
    const struct policy *policy;
    struct chain_files  *chain;
    pthread_mutex_t     *ledger_lock;
    struct bytes         origin;
    const char          *hash; /* "/" and SHA-256 of the origin in hex: where mirrors are served */
    const char          *folder;                     /* for evidence */
    uint64_t             silent[POLICY_MEMBERS_MAX]; /* 0: has answered, and fits */
    struct checkpoint    ahead; /* the largest that was seen with the log's own signature */
    struct buf           ahead_note;
    bool                 has_alarmed;
};
/* The first six members are the caller's; sets the others. */
void                  log_start_init(struct log_start *s);
void                  log_start_fini(struct log_start *s);
/* Ask everybody who has not answered yet, once. */
enum log_start_result log_start_round(struct log_start *s, struct http_client *http);

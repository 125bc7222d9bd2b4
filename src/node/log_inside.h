/* The inside of the log service, for log_service.c (its life) and log_queue.c (submissions) alone.
 */
#pragma once
#include <pthread.h>

#include "host/worker.h"
#include "node/log_remote.h"
#include "node/publisher.h"

enum { LOG_PATH_SIZE = 1024 };

/* One caller who waits, woken by itself: a shared condition would wake all for each. Lives on the
 * caller's stack. */
struct caller {
    pthread_cond_t decided;
    size_t         open; /* submissions that are not decided yet */
};
struct waiter {
    struct bytes      wire;
    struct log_answer answer;
    enum gz_err       error;
    struct caller    *caller;
    struct waiter    *next;
};
struct log_service {
    char                     folder[LOG_PATH_SIZE], hash[72];
    struct buf               genesis, policy_memory;
    const struct policy     *policy;
    struct signer           *signer;
    struct chain_files      *chain;
    struct checkpoint_store *store;
    struct publisher        *publisher;
    pthread_mutex_t          ledger_lock; /* chain_add against readers of the ledger's state */
    pthread_mutex_t          lock;        /* all below */
    pthread_cond_t           work, done;
    bool                     is_ending;
    enum log_state           state;
    size_t                   waiting;
    struct waiter           *first, **last;
    uint64_t                 conflicts;
    uint64_t                 acknowledged;             /* by the node: entries that the chain has */
    char                     node_url[REMOTE_URL_MAX]; /* empty: the log is kept here */
    struct log_remote        remote;
    struct http_client      *follow_http;
    struct worker           *follower;
    pthread_t                thread;
    bool                     has_thread;
};

/* Decide batch after batch while it is running, then refuse who still waits. http: of the thread,
 * for a node of the chain. */
void log_queue_serve(struct log_service *s, struct http_client *http);

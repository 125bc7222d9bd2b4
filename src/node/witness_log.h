/* One log of a witness: its stored state, its mirror and the thread that fetches. Used by witness.c
 * only. */
#pragma once
#include <pthread.h>

#include "node/mirror.h"
#include "node/witness.h"

enum { WITNESS_PATH = 1024, WITNESS_KEYS_MAX = 8, WITNESS_URL = 512 };

struct witness_log {
    struct witness      *owner;
    struct signer       *signer;
    const char          *submitted_path;
    struct buf           genesis;
    char                 origin[KEY_NAME_MAX + 1], hash[72]; /* hash: "/" and hex */
    char                 folder[WITNESS_PATH], url[WITNESS_URL];
    int                  folder_lock; /* the folder's, held as long as it is open; -1: not yet */
    enum suite           suite;
    enum witness_mirror  mirror;
    struct key           keys[WITNESS_KEYS_MAX]; /* of the log */
    size_t               keys_n;
    struct buf           policy_memory;
    const struct policy *policy;

    pthread_mutex_t          lock; /* decision and store are one step; all below */
    pthread_cond_t           news;
    struct cosign_state      state;
    struct buf               note; /* last cosigned, with the log's signature and our own */
    struct checkpoint_store *kept;
    bool                     is_stopped, is_restored, is_ending;
    bool                     is_proof_kept; /* of is_stopped: on disk */
    struct checkpoint        refused;       /* whose submissions the ledger refuses; size 0: none */
    uint64_t                 refusals, unfit;
    struct buf               target; /* note that the mirror is to reach; empty: none */
    uint64_t asked, done; /* requests for a target, and those that the thread has served */

    pthread_rwlock_t    chain_lock;  /* written only while the chain is opened again */
    struct chain_files *chain;       /* NULL: mirror none, or it could not be opened */
    pthread_mutex_t     ledger_lock; /* chain_add against readers of the ledger's state */
    pthread_t           thread;
    bool                has_thread;
};

enum gz_err witness_log_open(struct witness_log *l, const struct witness_options *o, size_t i,
                             struct buf *why);
void        witness_log_close(struct witness_log *l);
/* With the lock held: what the mirror says about this checkpoint. */
enum cosign_mirror witness_log_mirror(struct witness_log *l, const struct checkpoint *c);
/* With the lock held: ask for it, wait at most WITNESS_WAIT_MS. */
void               witness_log_await(struct witness_log *l, struct bytes note, uint64_t size);
/* With the lock held: keep the proof, alarm, stop for good. report: of REFUSED, else NULL. */
void               witness_log_stop(struct witness_log *l, const char *kind, struct bytes note,
                                    const struct mirror_report *report);
/* With the lock held: store a note that we have cosigned. */
enum gz_err witness_log_store(struct witness_log *l, struct bytes note, struct cosign_state next);
/* Time of the latest own cosignature in a note that the log has signed too. 0: not there. */
uint64_t    witness_log_own_time(const struct witness_log *l, const struct note *note);
/* By the thread, without the lock: bring the mirror to this note's size. True: it has it. */
bool        witness_log_follow(struct witness_log *l, struct http_client *http, const char *url,
                               struct bytes note);
/* By the thread, at first: nothing is cosigned before it returns. */
void        witness_log_check_at_start(struct witness_log *l, struct http_client *http);
/* Start the thread: first the check at start, then the mirror. */
enum gz_err witness_log_start(struct witness_log *l);

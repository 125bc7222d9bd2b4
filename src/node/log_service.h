/* The log that takes submissions (network.md sections 2 and 5): one append thread with group
 * commit, the signing of checkpoints, and the publisher that carries them to the witnesses.
 * Thread-safe: every function but open and close may be called from any thread. */
#pragma once
#include "host/signer.h"
#include "node/chain_files.h"
#include "node/checkpoint_store.h"

enum {
    LOG_WAITERS_MAX = 4096, /* submissions that may wait for the append thread; beyond: GZ_BUSY */
    LOG_WITNESSES_MAX = 64,
    LOG_CONFLICTS_KEPT_MAX = 1000, /* in one run; later ones are only counted and alarmed */
};

struct log_service;

struct log_options {
    const char  *folder;  /* made where missing: chain/, checkpoints, evidence/ */
    struct bytes genesis; /* bytes of genesis.json; its policy names the witnesses and their URLs */
    struct signer
               *signer; /* the log key, purpose KEY_LOG, name = origin; the caller keeps it alive */
    /* On the consortium chain: a member's node, without final '/', that takes the submissions; the
     * log here is then a mirror of its published chain, and signer is not used. NULL: none. */
    const char *node_url;
};

/* Opens the chain and starts the threads; does not wait for the witnesses. Until the start-up rule
 * is met (status LOG_ASKING) a submission is GZ_BUSY. GZ_DENIED: the signer is not the policy's log
 * key. GZ_CORRUPT, GZ_MALFORMED, GZ_BUSY (folder in use) with *why for humans. */
enum gz_err log_service_open(const struct log_options *o, struct log_service **out,
                             struct buf *why);
void        log_service_close(struct log_service **s); /* for DEFER; ends the threads, syncs */

/* What became of one submission. */
struct log_answer {
    enum ledger_result result;
    uint64_t           index;    /* EXECUTED, REPEATED: first index */
    uint32_t           count;    /* EXECUTED, REPEATED */
    uint64_t           expected; /* the organisation's next seq */
    bool               has_stored;
    struct hash        stored; /* CONFLICT: H of the known body */
};
/* Blocks until it is decided and, if executed, durable. GZ_BUSY: not accepting now (starting,
 * overloaded, contradicted by a witness): send the same bytes again later. GZ_IO: cannot write. */
enum gz_err log_service_submit(struct log_service *s, struct bytes wire, struct log_answer *out);
/* Several at once, taken in this order with one sync for many: what one organisation has ready. The
 * same errors; after one, some of them may be in the log: send all again. n is not 0. */
enum gz_err log_service_submit_all(struct log_service *s, const struct bytes *wires, size_t n,
                                   struct log_answer *out);

/* Until a kept checkpoint with quorum covers the entry. GZ_BUSY: not within timeout_ms. */
enum gz_err log_service_wait_published(struct log_service *s, uint64_t index, unsigned timeout_ms);
/* The earliest kept cosigned checkpoint that covers the entry, as a note, with the witnesses' lines
 * known now. GZ_MISSING: not published yet. */
enum gz_err log_service_checkpoint_covering(struct log_service *s, uint64_t index, struct buf *note,
                                            struct kept_checkpoint *out);

enum log_state {
    LOG_ASKING, /* asks the witnesses before its first append */
    LOG_RUNNING,
    LOG_CONTRADICTED, /* a witness holds another history: appends nothing more */
    LOG_FAILED,       /* cannot write: repair, then start again */
};
struct log_witness_status {
    const char *name;    /* lives with the service */
    bool        refused; /* answered with 403 or 404: configured for another log */
    uint64_t    size;    /* largest size that it has cosigned, as far as known */
    uint64_t    failures_in_a_row;
};
struct log_status {
    enum log_state            state;
    uint64_t                  size;           /* durable entries */
    uint64_t                  published_size; /* newest kept checkpoint with quorum; 0: none */
    uint64_t                  quorum_time;    /* its quorum time, Unix seconds */
    uint64_t                  conflicts;      /* submissions refused as 409 since start */
    size_t                    witnesses_n;
    struct log_witness_status witnesses[LOG_WITNESSES_MAX];
};
void log_service_status(struct log_service *s, struct log_status *out);

/* For readers (routes, certificates); both live with the service. */
const struct chain_files *log_service_chain(const struct log_service *s);
struct checkpoint_store  *log_service_checkpoints(struct log_service *s);
/* Latest index that corrects this one. */
enum gz_err log_service_superseded(struct log_service *s, uint64_t index, bool *has, uint64_t *by);

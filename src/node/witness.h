/* A witness (network.md section 4): keeps a verified copy of each log, cosigns its checkpoints
 * once, never back in time and never two histories. Thread-safe but for open and close. */
#pragma once
#include "host/signer.h"
#include "ledger/cosign.h"
#include "node/chain_files.h"
#include "node/checkpoint_store.h"

enum {
    WITNESS_LOGS_MAX = 16,
    WITNESS_WAIT_MS = 2000,     /* for the mirror, then 503 */
    WITNESS_CLOCK_EVERY_S = 10, /* peers are asked for their clock */
    WITNESS_CLOCK_DIFFERENCE_S = 60,
    WITNESS_ANSWER_MAX = 64 * 1024, /* of a peer */
};

enum witness_mirror { WITNESS_MIRROR_FULL, WITNESS_MIRROR_NONE };
enum witness_clock { WITNESS_CLOCK_KERNEL, WITNESS_CLOCK_PEERS };

struct witness_log_options {
    struct bytes        genesis; /* its origin, suite, policy (log keys, other witnesses) */
    const char         *url; /* of the log, without final '/': submissions come from here only */
    enum witness_mirror mirror;
};
struct witness_options {
    const char        *folder;         /* made where missing; a folder for each log in it */
    struct signer     *signer;         /* purpose KEY_WITNESS, name = organisation; the caller's */
    const char        *submitted_path; /* H(body) of our own submissions; NULL: we send none */
    enum witness_clock clock;
    size_t             logs_n;
    const struct witness_log_options *logs;
};

struct witness;
/* GZ_MALFORMED, GZ_CORRUPT, GZ_BUSY (a folder is in use) with *why for humans. */
enum gz_err witness_open(const struct witness_options *o, struct witness **out, struct buf *why);
void        witness_close(struct witness **w); /* for DEFER */

/* POST /add-checkpoint. *answer: cosignature lines of COSIGN_ACCEPTED, the size of
 * COSIGN_OLD_IS_NOT_LAST, else the sentence. What is accepted is stored before it returns. */
enum gz_err witness_add_checkpoint(struct witness *w, struct bytes body, enum cosign_reason *reason,
                                   struct buf *answer);

struct witness_log_status {
    const char *origin;     /* lives with the witness */
    uint64_t    size, time; /* of the last cosignature */
    uint64_t    mirror_size;
    bool        is_stopped, is_restored, clock_is_trusted;
    uint64_t    refusals, unfit; /* 4xx answers; fetched bytes that did not give the signed root */
};
size_t witness_count_logs(const struct witness *w);
void   witness_status(struct witness *w, size_t i, struct witness_log_status *out);

/* For the routes: its mirror, held until leave. GZ_MISSING: keeps none; GZ_BUSY: being opened
 * again. */
struct witness_log;
struct witness_log      *witness_log_at(struct witness *w, size_t i);
struct bytes             witness_log_origin(const struct witness_log *l);
struct checkpoint_store *witness_log_checkpoints(struct witness_log *l);
enum gz_err              witness_log_enter(void *log, const struct chain_files **out);
void                     witness_log_leave(void *log);
/* Last cosigned, with the log's signature and our own. GZ_MISSING: none yet. */
enum gz_err              witness_log_newest(void *log, struct buf *note);
enum gz_err              witness_log_superseded(void *log, uint64_t index, bool *has, uint64_t *by);

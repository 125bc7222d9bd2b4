/* The ledger as a replicated state machine (network.md sections 1 and 2 of the format): who may
 * write, which submission is next, what each says it corrects. Both drivers, embedded and
 * consensus, and every mirror run this same step. Pure: no I/O; its memory is its own heap. */
#pragma once
#include "core/merkle.h"
#include "core/submission.h"

enum { LEDGER_WINDOW = 64, LEDGER_ORGANISATIONS_MAX = 256 };

struct ledger; /* organisations, keys and ranges, next seq of each, waiting submissions, owners of
                  index ranges, supersedes map, right edge of the tree */

/* What a submission led to. Frozen numbers: consensus hashes them. The order of the checks is that
 * of the HTTP statuses: form, key and signature, repeat or conflict, window, supersedes. */
enum ledger_result {
    LEDGER_EXECUTED = 1,      /* 200 */
    LEDGER_REPEATED = 2,      /* 200: this seq with this body is executed; index says where */
    LEDGER_WAITING = 3,       /* 202: expected < seq < expected + 64 */
    LEDGER_MALFORMED = 4,     /* 400 */
    LEDGER_TOO_LARGE = 5,     /* 413 */
    LEDGER_DENIED = 6,        /* 403: key, signature, range, origin */
    LEDGER_CONFLICT = 7,      /* 409: another body for this seq; stored is H of the known one */
    LEDGER_BEYOND_WINDOW = 8, /* 429 */
    LEDGER_BAD_SUPERSEDES = 9 /* 422 */
};

/* One submission that was executed by this step, in order. */
struct ledger_execution {
    struct bytes wire;   /* the signed bytes: keep them */
    struct bytes org;    /* name, lives with the ledger */
    uint16_t     org_id; /* position of the name in order of first appearance in the genesis */
    uint64_t     seq, first_index;
    uint32_t     count;
    struct hash  body_hash;   /* H(body) */
    const struct hash *nodes; /* its leaves and what they complete: merkle_append_all */
};
struct ledger_outcome {
    enum ledger_result result;
    uint64_t           index;    /* EXECUTED, REPEATED: first index */
    uint32_t           count;    /* EXECUTED, REPEATED */
    uint64_t           expected; /* the next seq of the organisation */
    bool               has_stored;
    struct hash        stored;       /* CONFLICT */
    size_t             executions_n; /* EXECUTED: this one, then those that waited for it */
    const struct ledger_execution *executions; /* live until the next step */
};

/* What the ledger cannot hold in memory it asks for: H(body), first index and count of an executed
 * submission. GZ_MISSING: no such. */
struct ledger_lookup {
    void *ctx;
    enum gz_err (*executed)(void *ctx, uint16_t org_id, uint64_t seq, struct hash *body_hash,
                            uint64_t *first_index, uint32_t *count);
};

/* genesis: the bytes of genesis.json (strict). GZ_MALFORMED with *why; GZ_MEMORY. */
enum gz_err          ledger_new(struct bytes genesis, struct ledger **out, const char **why);
void                 ledger_free(struct ledger **l);
/* Take one submission. An error (GZ_MEMORY, or that of lookup) changes nothing. */
enum gz_err          ledger_step(struct ledger *l, struct bytes wire, struct ledger_lookup lookup,
                                 struct ledger_outcome *out);
/* What the step would say now, without a change: EXECUTED where it is this submission's turn (also
 * if one that waits would be executed with it), WAITING where its turn comes later. No executions.
 */
enum gz_err          ledger_check(struct ledger *l, struct bytes wire, struct ledger_lookup lookup,
                                  struct ledger_outcome *out);
/* Drop what waits for its turn. A consensus node does so after each block, so that its state
 * follows from what was executed alone. */
void                 ledger_forget_waiting(struct ledger *l);
const struct merkle *ledger_tree(const struct ledger *l);
enum suite           ledger_suite(const struct ledger *l);
struct bytes         ledger_origin(const struct ledger *l);
struct bytes         ledger_policy_text(const struct ledger *l);
size_t               ledger_count_orgs(const struct ledger *l);
struct bytes         ledger_org_name(const struct ledger *l, uint16_t org_id);
uint64_t             ledger_next_seq(const struct ledger *l, uint16_t org_id);
/* Latest index that corrects this one. False: none. */
bool                 ledger_superseded_by(const struct ledger *l, uint64_t index, uint64_t *by);
/* All corrections, by the corrected index, then by the correcting one. */
size_t               ledger_count_corrections(const struct ledger *l);
void        ledger_correction_at(const struct ledger *l, size_t i, uint64_t *index, uint64_t *by);
/* Entries of the log that this chain goes on from; 0: it begins anew. */
uint64_t    ledger_continued_size(const struct ledger *l);
struct hash ledger_continued_root(const struct ledger *l);
/* When the tree has that size: is all as the genesis says? GZ_MISMATCH with *why. */
enum gz_err ledger_check_continued(const struct ledger *l, const char **why);
/* State without the waiting submissions, for a snapshot beside the files, and back. */
enum gz_err ledger_encode(const struct ledger *l, struct buf *out);
enum gz_err ledger_decode(struct bytes genesis, struct bytes wire, struct ledger **out);

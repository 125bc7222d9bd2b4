/* Checkpoints among the members of a consortium chain (network.md section 5, rung 2). After each
 * block that grew the tree every member forms the same text from its own copy, signs it with its
 * log key and cosigns it with its own clock, and serves it. Each fetches the others' lines for the
 * same text and merges them; with the policy's quorum the checkpoint is kept. Nobody is asked to
 * sign what it does not have itself. A member whose signed text has another root for a size proves
 * a fork: both are kept, and that is alarmed. A member in whose name an entry stands that its
 * sender has not noted stops cosigning for good, until somebody removes its file `stopped`.
 * Thread-safe but for open and close. */
#pragma once
#include "host/signer.h"
#include "node/chain_files.h"
#include "node/checkpoint_store.h"
#include "node/witness.h"

enum {
    EXCHANGE_PENDING = 64, /* own checkpoints whose lines are still merged, newest first */
    EXCHANGE_QUEUE = 256,  /* sizes that wait to be signed; of more the oldest are left out */
    EXCHANGE_MEMBERS_MAX = 64,
    EXCHANGE_POLL_MS = 20, /* while lines of the newest are missing */
    EXCHANGE_REST_MS = 1000,
    EXCHANGE_TRIES = 250, /* for one checkpoint at one member; then it is left without that line */
    EXCHANGE_FETCH_MS = 2000,
};

struct exchange_options {
    const struct policy      *policy; /* the witnesses' URLs are the members' nodes */
    const struct chain_files *chain;
    struct checkpoint_store  *store;  /* of those with the quorum */
    const char               *folder; /* `cosigned` and evidence/ in it */
    struct bytes              origin; /* lives with the ledger */
    uint64_t
        from; /* sizes up to it are another policy's: of the log that the chain continues, else 0 */
    struct signer     *log, *witness;
    enum witness_clock clock;
    const char        *submitted; /* of the own sender; NULL: it has none */
};
struct exchange;
/* GZ_DENIED: one of the keys is not in the policy. */
enum gz_err exchange_open(const struct exchange_options *o, struct exchange **out);
void        exchange_close(struct exchange **x); /* for DEFER; ends the threads */
/* A block that grew the tree to this size is durable. */
void        exchange_committed(struct exchange *x, uint64_t size);
/* The own checkpoint of this size, or the newest (size 0), with all lines known. GZ_MISSING. */
enum gz_err exchange_note(struct exchange *x, uint64_t size, struct buf *note);

struct exchange_member {
    const char *name;       /* lives with the policy */
    uint64_t    size, time; /* of the newest checkpoint that it has cosigned, as far as seen */
    bool        is_reached; /* its node has answered the last time */
    bool        is_forked;  /* it has signed another root for a size of ours */
};
struct exchange_status {
    uint64_t size, time; /* of the own newest cosignature */
    bool     clock_is_trusted;
    bool     is_stopped; /* an entry in the own name was not sent: nothing is cosigned any more */
    size_t   members_n;
    struct exchange_member members[EXCHANGE_MEMBERS_MAX];
};
void exchange_status(struct exchange *x, struct exchange_status *out);

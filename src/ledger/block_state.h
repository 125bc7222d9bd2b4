/* Where the ledger stands after a block: what the application hash of the consensus is over, and
 * what a node keeps beside its log to know which block it has. Pure.
 *
 * The application hash holds neither height nor time: a block that executes nothing leaves it as
 * it was, and the chain goes quiet. */
#pragma once
#include "ledger/ledger.h"

enum { BLOCK_STATE_SIZE = 24 + 8 + 8 + 3 * HASH_SIZE };

struct block_state {
    uint64_t    height; /* of the last block; 0: none yet */
    uint64_t    size;   /* of the tree */
    struct hash root;
    struct hash history; /* over all submissions executed so far, in order; zeros: none */
};
/* Before the first block. */
struct block_state block_state_begin(enum suite suite);
/* What the execution of one submission makes of the history: H("guzheng/history/v1 LF" ‖ history ‖
 * organisation ‖ LF ‖ seq ‖ first index ‖ H(body)). With the bodies this commits to all that the
 * ledger has decided, corrections and next numbers too; and it costs the same however long the
 * chain is. */
void block_state_add(enum suite suite, struct block_state *s, const struct ledger_execution *e);
/* And of a statement of governance: H("guzheng/history-governance/v1 LF" ‖ history ‖ H(state of
 * governance after it)). */
void block_state_add_governance(enum suite suite, struct block_state *s, const struct hash *state);
/* H("guzheng/app/v1 LF" ‖ size ‖ root ‖ history). */
struct hash block_state_app_hash(enum suite suite, const struct block_state *s);
/* The file of a node: with a sum, so that damage is seen. GZ_MALFORMED. */
enum gz_err block_state_encode(enum suite suite, const struct block_state *s, struct buf *out);
enum gz_err block_state_decode(enum suite suite, struct bytes wire, struct block_state *out);

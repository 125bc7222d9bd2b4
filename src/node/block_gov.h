/* Governance at a node of the chain: the machine, and the file `governance` that it follows from.
 *
 * The file: at the front the engine's first validators (height 0), then each executed statement:
 * height (8), size of the tree (8), length (8), the first 8 bytes of H(those 24 ‖ bytes), the
 * bytes. Synced before `block-state`; at open what lies behind that file's height is cut. One
 * thread at a time. */
#pragma once
#include "node/block_log.h"

enum { GOV_FILE_HEAD = 32 };

struct block_gov;
/* height: of the last durable block. GZ_CORRUPT with *why. */
enum gz_err block_gov_open(const char *folder, struct bytes genesis, uint64_t height,
                           struct block_gov **out, struct buf *why);
void        block_gov_close(struct block_gov **g);
/* Before the first block, as often as the engine says it. GZ_LIMIT. */
enum gz_err block_gov_begin(struct block_gov *g, const struct bytes *keys, size_t n);
/* What would come of it now; see block_log_check. */
enum gz_err block_gov_check(const struct block_gov *g, struct bytes wire, uint64_t size,
                            enum ledger_result *result);
/* state: H of the state after it, where it is EXECUTED. */
enum gz_err block_gov_execute(struct block_gov *g, struct bytes wire, uint64_t height,
                              uint64_t size, enum ledger_result *result, struct hash *state);
/* Make the block's statements durable, and forget its changes of power. */
enum gz_err block_gov_commit(struct block_gov *g);
size_t      block_gov_powers(const struct block_gov *g, struct block_power *powers);
/* Is this a submission of somebody who may not submit now? */
enum gz_err block_gov_denies(const struct block_gov *g, struct bytes submission, bool *out);
/* H(bytes) of its last durable statement; GZ_MISSING: not that far, or no member. */
enum gz_err block_gov_durable(const struct block_gov *g, struct bytes org, uint64_t nonce,
                              struct hash *last, uint64_t *last_nonce);
const struct governance *block_gov_state(const struct block_gov *g);
/* Every statement up to that height, with what came of it and the state after it. */
struct block_gov_seen {
    uint64_t                  height, size;
    struct bytes              wire;
    const struct gov_tx      *tx;
    const struct gov_outcome *outcome;
    const struct governance  *state;
};
enum gz_err block_gov_visit(const struct block_gov *g, uint64_t height, void *ctx,
                            enum gz_err (*seen)(void *ctx, const struct block_gov_seen *s));

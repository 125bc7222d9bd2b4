/* Governance at a node of the chain: the machine, and the file `governance` that it follows from.
 *
 * The file: at the front the engine's first validators (height 0), then each executed statement:
 * height (8), size of the tree (8), length (8), the first 8 bytes of H(those 24 ‖ bytes), the
 * bytes. Synced before `block-state`; at open what lies behind that file's height is cut. One
 * thread at a time. */
#pragma once
#include "node/block_log.h"

enum { GOV_FILE_HEAD = 32 };

struct governance_file;
/* height: of the last durable block. GZ_CORRUPT with *why: damaged, or lost. */
enum gz_err governance_file_open(const char *folder, struct bytes genesis, uint64_t height,
                                 struct governance_file **out, struct buf *why);
void        governance_file_close(struct governance_file **g);
/* Before the first block, as often as the engine says it. GZ_LIMIT. */
enum gz_err governance_file_begin(struct governance_file *g, const struct bytes *keys, size_t n);
/* What would come of it now; see block_log_check. */
enum gz_err governance_file_check(const struct governance_file *g, struct bytes wire, uint64_t size,
                                  enum ledger_result *result);
/* state: H of the state after it, where it is EXECUTED. */
enum gz_err governance_file_execute(struct governance_file *g, struct bytes wire, uint64_t height,
                                    uint64_t size, enum ledger_result *result, struct hash *state);
/* Make the block's statements durable, and forget its changes of power. */
enum gz_err governance_file_commit(struct governance_file *g);
size_t      governance_file_powers(const struct governance_file *g, struct block_power *powers);
/* Is this a submission of somebody who may not submit now? */
enum gz_err governance_file_denies(const struct governance_file *g, struct bytes submission,
                                   bool *out);
const struct governance *governance_file_state(const struct governance_file *g);
/* Every statement up to that height, with what came of it and the state after it. */
struct governance_file_seen {
    uint64_t                  height, size;
    struct bytes              wire;
    const struct gov_tx      *tx;
    const struct gov_outcome *outcome;
    const struct governance  *state;
};
enum gz_err governance_file_visit(const struct governance_file *g, uint64_t height, void *ctx,
                                  enum gz_err (*seen)(void                              *ctx,
                                                      const struct governance_file_seen *s));

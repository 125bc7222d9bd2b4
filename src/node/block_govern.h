/* Governance at a node, for its doors. */
#pragma once
#include "node/block_gov.h"

/* Hand over a statement and wait until a durable block has executed it. GZ_BUSY: not within
 * timeout_ms, or not accepted now: the outcome is unknown, send the same bytes again. */
enum gz_err block_log_govern(struct block_log *b, struct block_sender sender, struct bytes wire,
                             unsigned timeout_ms, enum ledger_result *out);
/* All that is durable; seen is called with the log's lock held. */
enum gz_err block_log_visit_governance(struct block_log *b, void *ctx,
                                       enum gz_err (*seen)(void                        *ctx,
                                                           const struct block_gov_seen *s));
/* The state, that of the block at hand included. */
void        block_log_governance(struct block_log *b, struct governance *out);

/* What governance has decided at a node, for whoever reads it. */
#pragma once
#include "node/governance_file.h"

/* All that is durable; seen is called with the log's lock held. */
enum gz_err block_log_visit_governance(struct block_log *b, void *ctx,
                                       enum gz_err (*seen)(void                              *ctx,
                                                           const struct governance_file_seen *s));
/* The state, that of the block at hand included. */
void        block_log_governance(struct block_log *b, struct governance *out);

#include "node/block_governance.h"

#include "node/block_inside.h"

enum gz_err block_log_visit_governance(struct block_log *b, void *ctx,
                                       enum gz_err (*seen)(void                              *ctx,
                                                           const struct governance_file_seen *s))
{
    pthread_mutex_lock(&b->lock);
    const enum gz_err e = governance_file_visit(b->gov, b->state.height, ctx, seen);
    pthread_mutex_unlock(&b->lock);
    return e;
}

void block_log_governance(struct block_log *b, struct governance *out)
{
    pthread_mutex_lock(&b->lock);
    *out = *governance_file_state(b->gov);
    pthread_mutex_unlock(&b->lock);
}

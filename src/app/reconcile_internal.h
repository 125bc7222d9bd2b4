/* The pieces of a reconciliation, for reconcile*.c alone. */
#pragma once
#include "app/reconcile.h"

struct reconciliation {
    const struct bank               *bank;
    struct db                       *db;
    const struct chain_files        *chain;
    const struct reconcile_listener *listener;
    struct reconcile_result         *result;
    uint64_t                         seed;
};
/* The next number drawn from the seed. */
uint64_t    reconcile_draw(struct reconciliation *r);
void        reconcile_say(struct reconciliation *r, const struct found_difference *d);
/* The bundles of 256 entries to look at of a log of this size: calls look for each. */
enum gz_err reconcile_each_bundle(struct reconciliation *r, uint64_t size, void *ctx,
                                  enum gz_err (*look)(void *ctx, uint64_t bundle, unsigned width));
/* The records of the store with all that the vaults hold of them. */
enum gz_err reconcile_store(struct reconciliation *r);
/* One witness's copy against our log. */
enum gz_err reconcile_mirror(struct reconciliation *r, size_t witness);

/* Carries checkpoints to the witnesses: drives ledger/publish with threads, one for each witness.
 */
#pragma once
#include "host/signer.h"
#include "node/chain_files.h"
#include "node/checkpoint_store.h"

struct publisher;
struct publisher_options {
    const struct policy      *policy;
    const struct chain_files *chain;
    struct checkpoint_store  *store;
    struct signer            *signer; /* log key */
    struct bytes              origin; /* lives with the ledger */
    void                     *ctx;
    void (*published)(void *ctx); /* after a checkpoint was kept; called without our lock */
};
struct publisher_witness {
    bool     is_refused; /* 403 or 404 */
    uint64_t last, failures_in_a_row;
};
enum gz_err publisher_open(const struct publisher_options *o, struct publisher **out);
void        publisher_close(struct publisher **p); /* for DEFER; ends the threads */
/* So many entries are durable now. */
void        publisher_committed(struct publisher *p, uint64_t size);
void        publisher_witness(struct publisher *p, size_t i, struct publisher_witness *out);

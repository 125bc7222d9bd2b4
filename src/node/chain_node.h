/* A member's node of the consortium chain: the log of blocks, the engine's application on a local
 * socket, the way of a submission to the engine, and the checkpoints. Thread-safe but for open and
 * close. */
#pragma once
#include "host/signer.h"
#include "node/abci_server.h"
#include "node/block_log.h"
#include "node/checkpoint_store.h"
#include "node/engine.h"
#include "node/exchange.h"

enum { NODE_SUBMIT_MS = 15 * 1000 /* until a submission's outcome is called unknown */ };

struct chain_node_options {
    const char
        *folder; /* made where missing: chain/, block-state, checkpoints, cosigned, evidence/ */
    struct bytes       genesis;
    const char        *engine_socket, *engine_url;
    struct signer     *log, *witness; /* the caller's */
    enum witness_clock clock;
    const char        *submitted; /* of the own sender; NULL: it has none */
    void              *ctx;
    void (*failed)(void *ctx); /* it cannot go on: end the process, so that both start again */
};
struct chain_node;
/* The errors of block_log_open and abci_server_open, with *why for humans. */
enum gz_err chain_node_open(const struct chain_node_options *o, struct chain_node **out,
                            struct buf *why);
void        chain_node_close(struct chain_node **n); /* for DEFER */

/* To the engine, and until a block has decided; as block_log_submit. */
enum gz_err chain_node_submit(void *node, struct bytes wire, struct log_answer *out);

/* For the routes; all live with the node. */
struct block_log        *chain_node_log(struct chain_node *n);
struct engine           *chain_node_engine(struct chain_node *n);
struct checkpoint_store *chain_node_checkpoints(struct chain_node *n);
/* A checkpoint of this size with the quorum, else the own one with the lines known; size 0: the
 * own newest. GZ_MISSING. */
enum gz_err              chain_node_checkpoint_at(void *node, uint64_t size, struct buf *note);
void                     chain_node_exchange(struct chain_node *n, struct exchange_status *out);
unsigned                 chain_node_connections(struct chain_node *n); /* of the engine: 4 */

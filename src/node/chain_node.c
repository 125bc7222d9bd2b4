#include "node/chain_node.h"

#include <stdio.h>
#include <stdlib.h>

#include "node/abci_app.h"

enum { PATH_SIZE = 1024, POLICY_MEMORY = 1024 * 1024 };

struct chain_node {
    struct buf               policy_memory;
    const struct policy     *policy;
    struct block_log        *log;
    struct checkpoint_store *checkpoints;
    struct exchange         *exchange;
    struct engine           *engine;
    struct abci_server      *server;
};

enum gz_err chain_node_submit(void *node, struct bytes wire, struct log_answer *out)
{
    struct chain_node        *n = node;
    const struct block_sender sender = {n->engine, engine_send};
    return block_log_submit(n->log, sender, wire, NODE_SUBMIT_MS, out);
}

/* --- opening ---------------------------------------------------------------------------------- */

static enum gz_err read_policy(struct chain_node *n, struct buf *why)
{
    const char        *reason = "";
    const struct bytes text = ledger_policy_text(chain_ledger(block_log_chain(n->log)));
    TRY(buf_reserve(&n->policy_memory, POLICY_MEMORY));
    struct arena      arena = {n->policy_memory.p, 0, POLICY_MEMORY};
    const enum gz_err e = policy_decode(text, &arena, &n->policy, &reason);
    if (e != GZ_OK) (void)buf_addf(why, "the genesis' policy: %s", reason);
    return e;
}

/* No block comes before the exchange is open: the engine's server is opened last. */
static void committed(void *ctx, uint64_t size)
{
    exchange_committed(((struct chain_node *)ctx)->exchange, size);
}

static enum gz_err open_exchange(struct chain_node *n, const struct chain_node_options *o,
                                 struct buf *why)
{
    const struct chain_files     *chain = block_log_chain(n->log);
    const struct exchange_options x = {.policy = n->policy,
                                       .chain = chain,
                                       .store = n->checkpoints,
                                       .folder = o->folder,
                                       .origin = ledger_origin(chain_ledger(chain)),
                                       .from = ledger_continued_size(chain_ledger(chain)),
                                       .log = o->log,
                                       .witness = o->witness,
                                       .clock = o->clock,
                                       .submitted = o->submitted};
    const enum gz_err             e = exchange_open(&x, &n->exchange);
    if (e == GZ_DENIED) (void)!buf_add_str(why, "the genesis' policy does not know these keys");
    return e;
}

static enum gz_err open_log(struct chain_node *n, const struct chain_node_options *o,
                            struct buf *why)
{
    const struct block_log_options log = {
        .folder = o->folder, .genesis = o->genesis, .ctx = n, .committed = committed};
    char path[PATH_SIZE];
    TRY(block_log_open(&log, &n->log, why));
    TRY(read_policy(n, why));
    TRY(path_join(o->folder, "checkpoints", path, sizeof path));
    TRY(checkpoint_store_open(path, n->policy, &n->checkpoints));
    return open_exchange(n, o, why);
}

enum gz_err chain_node_open(const struct chain_node_options *o, struct chain_node **out,
                            struct buf *why)
{
    DEFER(chain_node_close) struct chain_node *n = calloc(1, sizeof *n);
    if (n == NULL) return GZ_MEMORY;
    const enum gz_err e = open_log(n, o, why);
    if (e != GZ_OK && why->n == 0) (void)!buf_addf(why, "%s: %s", o->folder, err_sentence(e));
    TRY(e);
    TRY(engine_open(o->engine_url, &n->engine));
    const struct abci_server_options server = {
        .path = o->engine_socket, .ctx = n->log, .answer = abci_app_answer, .failed = o->failed};
    const enum gz_err s = abci_server_open(&server, &n->server);
    if (s != GZ_OK) (void)!buf_addf(why, "%s: %s", o->engine_socket, err_sentence(s));
    TRY(s);
    *out = n;
    n = NULL;
    return GZ_OK;
}

/* The engine first, so that no block comes any more. */
void chain_node_close(struct chain_node **out)
{
    struct chain_node *n = *out;
    if (n == NULL) return;
    abci_server_close(&n->server);
    engine_close(&n->engine);
    exchange_close(&n->exchange);
    checkpoint_store_close(&n->checkpoints);
    block_log_close(&n->log);
    buf_fini(&n->policy_memory);
    free(n);
    *out = NULL;
}

/* --- reading ---------------------------------------------------------------------------------- */

struct block_log *chain_node_log(struct chain_node *n)
{
    return n->log;
}

struct engine *chain_node_engine(struct chain_node *n)
{
    return n->engine;
}

struct checkpoint_store *chain_node_checkpoints(struct chain_node *n)
{
    return n->checkpoints;
}

enum gz_err chain_node_checkpoint_at(void *node, uint64_t size, struct buf *note)
{
    struct chain_node *n = node;
    if (size == 0) return exchange_note(n->exchange, 0, note);
    const enum gz_err e = checkpoint_store_at(n->checkpoints, size, note, NULL);
    return e == GZ_MISSING ? exchange_note(n->exchange, size, note) : e;
}

void chain_node_exchange(struct chain_node *n, struct exchange_status *out)
{
    exchange_status(n->exchange, out);
}

unsigned chain_node_connections(struct chain_node *n)
{
    return abci_server_connections(n->server);
}

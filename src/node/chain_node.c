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

static enum gz_err open_log(struct chain_node *n, const struct chain_node_options *o,
                            struct buf *why)
{
    const struct block_log_options log = {.folder = o->folder, .genesis = o->genesis};
    char                           path[PATH_SIZE];
    TRY(block_log_open(&log, &n->log, why));
    TRY(read_policy(n, why));
    TRY(path_join(o->folder, "checkpoints", path, sizeof path));
    return checkpoint_store_open(path, n->policy, &n->checkpoints);
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

unsigned chain_node_connections(struct chain_node *n)
{
    return abci_server_connections(n->server);
}

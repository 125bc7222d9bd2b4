/* A witness over HTTP: POST /add-checkpoint (C2SP tlog-witness), and its mirrors as logs, each
 * under
 * "/" and SHA-256 of the origin in hex. */
#pragma once
#include "api/chain_routes.h"
#include "node/witness.h"

struct witness_site {
    struct witness   *witness;
    size_t            n;
    struct chain_site mirrors[WITNESS_LOGS_MAX];
};
void        witness_site_init(struct witness_site *s, struct witness *w);
/* Handler for http_route "/" of both methods, ctx = struct witness_site *. */
enum gz_err witness_handle(void *ctx, const struct http_request *r, struct http_reply *reply);

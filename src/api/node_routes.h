/* A node of the consortium chain over HTTP: all that a log answers (api/chain_routes.h), from its
 * own copy; POST /submission goes to the engine. GET /chain/status is how it is. */
#pragma once
#include "api/chain_routes.h"
#include "node/chain_node.h"

struct chain_site chain_site_of_node(struct chain_node *n);

struct node_site {
    struct chain_node *node;
    const char        *organisation;
    struct chain_site  chain, mirror; /* the same under the origin's hash, as courts are asked */
};
void        node_site_init(struct node_site *s, struct chain_node *n, const char *organisation);
/* Handler for http_route "/" of both methods, ctx = struct node_site *. */
enum gz_err node_handle(void *ctx, const struct http_request *r, struct http_reply *reply);
/* {"organisation","origin","height","size","root","app_hash","engine":{"height","peers",
 * "catching_up"}|null,"connections","waiting","conflicts","published_size","failed",
 * "clock_is_trusted","stopped","members":[{"name","size","time","reached","forked"}]}: root base64,
 * app_hash hex in upper case, as the engine writes it; of a member the newest checkpoint that it
 * has cosigned, as far as this node has seen, and its clock's time. */
enum gz_err node_handle_status(void *ctx, const struct http_request *r, struct http_reply *reply);

/* GET /chain of a node: how the chain is, as a page for people; by ?index=N one entry too. No
 * scripts, nothing from elsewhere, no personal data. */
#pragma once
#include "api/node_routes.h"

/* Handler for http_route "/chain", ctx = struct node_site *. */
enum gz_err node_handle_page(void *ctx, const struct http_request *r, struct http_reply *reply);

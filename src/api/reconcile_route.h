/* A reconciliation as JSON: for POST /control/reconcile and for the status. */
#pragma once
#include <jansson.h>

#include "app/reconcile.h"
#include "host/http_server.h"

enum { RECONCILE_SHOWN_MAX = 1000 /* differences in one answer; the rest is counted */ };

/* New references. */
json_t     *reconcile_result_json(const struct reconcile_result *r);
json_t     *difference_json(const struct found_difference *d);
/* Runs one: request {"extent": "full" | "sample", "record": bool} → the result and its differences;
 * record: put it on the chain too. db is the caller's for the call. */
enum gz_err reconcile_route(const struct bank *bank, struct db *db, struct bytes request,
                            struct http_reply *reply);

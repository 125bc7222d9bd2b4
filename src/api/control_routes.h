/* The bank's local socket (mode 0600): what its own commands ask of the running process. JSON.
 *
 *   GET  /control/status
 *   POST /control/batches       {"path"} → {"files":[{"name","outcome","rows",…,"defects":[…]}]};
 *        with "results", a folder: a file of the result of each is written there
 *   GET  /control/records?after=N → {"records":[{"id","kind","index"}],"next"}: published ones, a
 * page POST /control/certificates  {"id","all"|"disclose"} → {"certificate","files":[{"n","name"}]}
 *   GET  /control/originals/<id>/<n> → the file
 *   GET  /control/receipts/<id> → the receipt
 *   GET  /control/policy → the genesis' policy
 *   POST /control/reconcile {"extent":"full"|"sample","record"} → the result with "found":[…]
 *   POST /control/vouchers: api/voucher_route.h
 *   POST /control/find {"by","value","source","kind","from_ms","to_ms","after"} →
 *        {"records":[{"id","kind","matter","seq","state","index",…}],"next"} */
#pragma once
#include "app/bank.h"
#include "app/reconcile.h"
#include "host/http_server.h"
#include "store/db.h"

enum {
    CONTROL_PAGE = 1000,
    CONTROL_DEFECTS_MAX = 10000 /* reported of one call, the rest counted */
};

struct control_site;
struct control_options {
    const struct bank *bank;
    struct db *intake, *queries, *comparing; /* a connection each, used by this site alone */
    void      *ctx;
    void (*recorded)(void *ctx);             /* there may be new records to publish */
    const char *(*publish_state)(void *ctx); /* for the status */
    /* The newest reconciliation of the bank's own. False: none yet. */
    bool (*last_reconciliation)(void *ctx, struct reconcile_result *out);
};
enum gz_err control_site_new(const struct control_options *o, struct control_site **out);
void        control_site_free(struct control_site **s); /* for DEFER */
/* Handler for http_route "/control/" of both methods, ctx = struct control_site *. */
enum gz_err control_handle(void *ctx, const struct http_request *r, struct http_reply *reply);

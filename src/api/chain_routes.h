/* A log, or a mirror of one, over HTTP (network.md sections 2 and 6): checkpoints, tiles, entries,
 * submissions, proofs, and of a log POST /submission. */
#pragma once
#include "host/http_server.h"
#include "node/log_service.h"

/* What is served. Sites of one server stand in a list; a log has the empty prefix. */
struct chain_site {
    char  prefix[72]; /* "" or "/" and SHA-256 of the origin in lower-case hex */
    void *ctx;
    /* The chain, held until leave. GZ_BUSY: not open now. NULL, NULL: checkpoints only. */
    enum gz_err (*enter)(void *ctx, const struct chain_files **out);
    void (*leave)(void *ctx);
    /* While it is held: the latest index that corrects this one. */
    enum gz_err (*superseded)(void *ctx, uint64_t index, bool *has, uint64_t *by);
    /* GET /checkpoint of a witness: what it has cosigned last. NULL: the newest of checkpoints. */
    enum gz_err (*newest)(void *ctx, struct buf *note);
    /* GET /checkpoint/<size>. NULL: from checkpoints. */
    enum gz_err (*at)(void *ctx, uint64_t size, struct buf *note);
    struct checkpoint_store *checkpoints;
    /* POST /submission, with the errors of log_service_submit. NULL: takes none. */
    enum gz_err (*submit)(void *ctx, struct bytes wire, struct log_answer *out);
};

/* "/" and SHA-256 of the origin in hex. */
void              chain_site_prefix(struct bytes origin, char out[72]);
/* The log of this service at the root, with its POST /submission. */
struct chain_site chain_site_of_log(struct log_service *log);

/* Answer one request if its path belongs to the site: *is_mine says so. */
enum gz_err chain_route(const struct chain_site *site, const struct http_request *r,
                        struct http_reply *reply, bool *is_mine);
/* A handler for http_route "/" with ctx = struct chain_site * of a log. */
enum gz_err chain_handle(void *ctx, const struct http_request *r, struct http_reply *reply);

#include "api/witness_routes.h"

#include <string.h>

void witness_site_init(struct witness_site *s, struct witness *w)
{
    *s = (struct witness_site){.witness = w, .n = witness_count_logs(w)};
    for (size_t i = 0; i < s->n; i++) {
        struct witness_log *l = witness_log_at(w, i);
        s->mirrors[i] = (struct chain_site){.ctx = l,
                                            .enter = witness_log_enter,
                                            .leave = witness_log_leave,
                                            .superseded = witness_log_superseded,
                                            .newest = witness_log_newest,
                                            .checkpoints = witness_log_checkpoints(l)};
        chain_site_prefix(witness_log_origin(l), s->mirrors[i].prefix);
    }
}

static enum gz_err add_checkpoint(struct witness *w, const struct http_request *r,
                                  struct http_reply *reply)
{
    enum cosign_reason reason = COSIGN_MALFORMED;
    TRY(witness_add_checkpoint(w, r->body, &reason, &reply->body));
    reply->status = cosign_status(reason);
    reply->content_type = reason == COSIGN_OLD_IS_NOT_LAST ? "text/x.tlog.size" : "text/plain";
    if (reply->status == 503) reply->retry_after_s = 1;
    return GZ_OK;
}

enum gz_err witness_handle(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    struct witness_site *s = ctx;
    bool                 is_mine = false;
    if (bytes_eq(r->path, BYTES_LIT("/add-checkpoint")) && strcmp(r->method, "POST") == 0)
        return add_checkpoint(s->witness, r, reply);
    for (size_t i = 0; i < s->n; i++) {
        const enum gz_err e = chain_route(&s->mirrors[i], r, reply, &is_mine);
        if (is_mine) return e;
    }
    return GZ_MISSING;
}

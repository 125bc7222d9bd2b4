#include "api/node_routes.h"

#include <jansson.h>
#include <stdlib.h>

#include "api/json_ref.h"
#include "base/text.h"
#include "core/base64.h"

/* --- the copy --------------------------------------------------------------------------------- */

static enum gz_err enter(void *ctx, const struct chain_files **out)
{
    *out = block_log_chain(chain_node_log(ctx));
    return GZ_OK;
}

static void leave(void *ctx)
{
    (void)ctx;
}

static enum gz_err superseded(void *ctx, uint64_t index, bool *has, uint64_t *by)
{
    return block_log_superseded(chain_node_log(ctx), index, has, by);
}

struct chain_site chain_site_of_node(struct chain_node *n)
{
    return (struct chain_site){.ctx = n,
                               .enter = enter,
                               .leave = leave,
                               .superseded = superseded,
                               .at = chain_node_checkpoint_at,
                               .checkpoints = chain_node_checkpoints(n),
                               .submit = chain_node_submit};
}

/* What this member has cosigned last. */
static enum gz_err newest(void *ctx, struct buf *note)
{
    return chain_node_checkpoint_at(ctx, 0, note);
}

void node_site_init(struct node_site *s, struct chain_node *n, const char *organisation)
{
    const struct bytes origin = ledger_origin(chain_ledger(block_log_chain(chain_node_log(n))));
    *s = (struct node_site){n, organisation, chain_site_of_node(n), chain_site_of_node(n)};
    chain_site_prefix(origin, s->mirror.prefix);
    s->mirror.newest = newest;
    s->mirror.submit = NULL;
}

enum gz_err node_handle(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    struct node_site *s = ctx;
    bool              is_mine = false;
    TRY(chain_route(&s->mirror, r, reply, &is_mine));
    return is_mine ? GZ_OK : chain_handle(&s->chain, r, reply);
}

/* --- how it is -------------------------------------------------------------------------------- */

static json_t *root_text(const struct hash *root)
{
    DEFER(buf_fini) struct buf text = {0};
    if (base64_add(BASE64_STD_PADDED, BYTES_OF(root->b), &text) != GZ_OK) return NULL;
    return json_stringn((const char *)text.p, text.n);
}

static json_t *app_hash_text(const struct hash *h)
{
    char text[2 * HASH_SIZE + 1];
    text_to_hex(BYTES_OF(h->b), text);
    for (char *c = text; *c != 0; c++)
        if (*c >= 'a') *c = (char)(*c - 'a' + 'A');
    return json_string(text);
}

static json_t *engine_json(struct chain_node *n)
{
    struct engine_status e;
    if (engine_status(chain_node_engine(n), &e) != GZ_OK) return json_null();
    return json_pack("{s:I, s:i, s:b}", "height", (json_int_t)e.height, "peers", (int)e.peers,
                     "catching_up", (int)e.is_catching_up);
}

static json_t *members_json(const struct exchange_status *x)
{
    json_t *list = json_array();
    for (size_t i = 0; list != NULL && i < x->members_n; i++) {
        const struct exchange_member *m = &x->members[i];
        json_t *one = json_pack("{s:s, s:I, s:I, s:b, s:b}", "name", m->name, "size",
                                (json_int_t)m->size, "time", (json_int_t)m->time, "reached",
                                (int)m->is_reached, "forked", (int)m->is_forked);
        if (json_array_append_new(list, one) == 0) continue;
        json_decref(list);
        list = NULL;
    }
    return list;
}

static json_t *status_json(const struct node_site *s)
{
    struct chain_node      *n = s->node;
    struct block_head       head;
    struct block_log_status log;
    struct kept_checkpoint  newest = {0};
    const struct bytes     origin = ledger_origin(chain_ledger(block_log_chain(chain_node_log(n))));
    struct exchange_status x;
    chain_node_exchange(n, &x);
    block_log_head(chain_node_log(n), &head);
    block_log_status(chain_node_log(n), &log);
    (void)!checkpoint_store_newest(chain_node_checkpoints(n), NULL, &newest);
    return json_pack("{s:s, s:s%, s:I, s:I, s:o, s:o, s:o, s:i, s:i, s:I, s:I, s:b, s:b, s:b, s:o}",
                     "organisation", s->organisation, "origin", (const char *)origin.p, origin.n,
                     "height", (json_int_t)head.state.height, "size", (json_int_t)head.state.size,
                     "root", root_text(&head.state.root), "app_hash", app_hash_text(&head.app_hash),
                     "engine", engine_json(n), "connections", (int)chain_node_connections(n),
                     "waiting", (int)log.waiting, "conflicts", (json_int_t)log.conflicts,
                     "published_size", (json_int_t)newest.size, "failed", (int)log.has_failed,
                     "clock_is_trusted", (int)x.clock_is_trusted, "stopped", (int)x.is_stopped,
                     "members", members_json(&x));
}

enum gz_err node_handle_status(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    DEFER(json_unref) json_t *j = status_json(ctx);
    (void)r;
    if (j == NULL) return GZ_MEMORY;
    char *text = json_dumps(j, JSON_COMPACT);
    if (text == NULL) return GZ_MEMORY;
    const enum gz_err e = buf_add_str(&reply->body, text);
    free(text);
    reply->status = 200;
    reply->content_type = "application/json";
    return e;
}

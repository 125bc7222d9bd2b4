#include "lying_log.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static enum gz_err serve_checkpoint(struct lying_log *l, const char *covers,
                                    struct http_reply *reply)
{
    uint64_t index = 0;
    size_t   i = 0;
    TRY(text_to_u64(bytes_str(covers), INT64_MAX, &index));
    while (i < l->n && l->trees[i].size <= index) i++;
    if (l->trees[i].size <= index) return GZ_MISSING;
    lie_sign(l, i, &reply->body);
    if (l->is_forging) reply->body.p[reply->body.n - 4] ^= 1;
    return GZ_OK;
}

static enum gz_err serve(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    struct lying_log *l = ctx;
    const char       *from = http_query(r, "from_index"), *covers = http_query(r, "covers");
    uint64_t          index = 0;
    if (bytes_eq(r->path, BYTES_LIT("/checkpoint")) && covers != NULL && l->has_checkpoints)
        return serve_checkpoint(l, covers, reply);
    if (!bytes_eq(r->path, BYTES_LIT("/submissions")) || from == NULL) return GZ_MISSING;
    reply->status = l->status == 0 ? 200 : l->status;
    if (l->instead.n > 0) return buf_add(&reply->body, buf_bytes(&l->instead));
    TRY(text_to_u64(bytes_str(from), INT64_MAX, &index));
    for (size_t i = 0; i < l->n; i++) {
        if (l->trees[i + 1].size <= index) continue;
        TRY(submission_add_varint(l->first[i], &reply->body));
        TRY(submission_add_varint(l->wires[i].n, &reply->body));
        TRY(buf_add(&reply->body, buf_bytes(&l->wires[i])));
    }
    return GZ_OK;
}

void lie_begin(struct lying_log *l, struct net *n)
{
    memset(l, 0, sizeof *l);
    l->net = n;
    merkle_init(&l->tree, SUITE_INTL);
    l->trees[0] = l->tree;
    station_set(&n->log_at, serve, l);
}

void lie_end(struct lying_log *l)
{
    station_set(&l->net->log_at, NULL, NULL);
    for (size_t i = 0; i < l->n; i++) buf_fini(&l->wires[i]);
    buf_fini(&l->instead);
}

void lie_add(struct lying_log *l, struct bytes wire)
{
    static uint8_t    memory[SUBMISSION_ITEMS_MAX * sizeof(struct submission_item) + 64];
    struct arena      arena = {memory, 0, sizeof memory};
    struct submission s;
    uint8_t           entry[ENTRY_ORG_MAX + 1 + HASH_SIZE];
    assert_true(l->n < LIE_MAX);
    assert_ok(submission_decode(wire, &arena, &s));
    pthread_rwlock_wrlock(&l->net->log_at.lock); /* nobody is being served now */
    l->first[l->n] = l->tree.size;
    for (uint32_t i = 0; i < s.items_n; i++) {
        const size_t n = entry_log_bytes(s.org, s.items[i].fingerprint, entry);
        assert_ok(merkle_append(&l->tree, merkle_leaf(SUITE_INTL, (struct bytes){entry, n})));
    }
    assert_ok(buf_add(&l->wires[l->n++], wire));
    l->trees[l->n] = l->tree;
    pthread_rwlock_unlock(&l->net->log_at.lock);
}

void lie_add_good(struct lying_log *l, uint64_t seq, uint32_t count)
{
    DEFER(buf_fini) struct buf wire = {0};
    net_submission(l->net->bank, seq, count, 0, &wire);
    lie_add(l, buf_bytes(&wire));
}

void lie_sign_root(struct net *n, uint64_t size, struct hash root, struct buf *note)
{
    DEFER(buf_fini) struct buf text = {0}, line = {0};
    const struct checkpoint    c = {bytes_str(NET_ORIGIN), size, root};
    assert_ok(checkpoint_encode(&c, &text));
    assert_ok(signer_sign_note(n->log_key, buf_bytes(&text), &line));
    note->n = 0;
    assert_ok(
        buf_addf(note, "%.*s\n%.*s", (int)text.n, (char *)text.p, (int)line.n, (char *)line.p));
}

void lie_sign(struct lying_log *l, size_t submissions, struct buf *note)
{
    const struct merkle *tree = &l->trees[submissions];
    lie_sign_root(l->net, tree->size, merkle_root(tree), note);
}

/* Leaves of all entries, from which a proof takes what it needs. */
static enum gz_err node(void *ctx, unsigned level, uint64_t index, struct hash *out)
{
    const struct lying_log *l = ctx;
    static uint8_t          memory[SUBMISSION_ITEMS_MAX * sizeof(struct submission_item) + 64];
    const uint64_t          from = index << level, to = (index + 1) << level;
    struct merkle           m;
    uint8_t                 entry[ENTRY_ORG_MAX + 1 + HASH_SIZE];
    struct submission       s;
    merkle_init(&m, SUITE_INTL);
    for (size_t i = 0; i < l->n; i++) {
        struct arena arena = {memory, 0, sizeof memory};
        TRY(submission_decode(buf_bytes(&l->wires[i]), &arena, &s));
        for (uint32_t k = 0; k < s.items_n; k++) {
            if (l->first[i] + k < from || l->first[i] + k >= to) continue;
            const size_t n = entry_log_bytes(s.org, s.items[k].fingerprint, entry);
            TRY(merkle_append(&m, merkle_leaf(SUITE_INTL, (struct bytes){entry, n})));
        }
    }
    *out = merkle_root(&m);
    return GZ_OK;
}

struct merkle_path lie_proof(const struct lying_log *l, size_t from, size_t to)
{
    union {
        const struct lying_log *in;
        void                   *out;
    } ctx = {.in = l};
    struct merkle_path p = {0};
    const uint64_t     a = l->trees[from].size, b = l->trees[to].size;
    if (a > 0 && a < b)
        assert_ok(
            merkle_prove_consistency(SUITE_INTL, (struct merkle_source){ctx.out, node}, a, b, &p));
    return p;
}

int lie_post(struct lying_log *l, size_t w, size_t from, size_t to)
{
    DEFER(buf_fini) struct buf note = {0};
    const struct merkle_path   proof = lie_proof(l, from, to);
    lie_sign(l, to, &note);
    return net_add_checkpoint(l->net, w, l->trees[from].size, &proof, buf_bytes(&note));
}

int net_add_checkpoint(struct net *n, size_t w, uint64_t old, const struct merkle_path *proof,
                       struct bytes note)
{
    DEFER(buf_fini) struct buf body = {0};
    assert_ok(cosign_request_encode(old, proof, note, &body));
    return net_post(n, &n->witness_at[w], "/add-checkpoint", buf_bytes(&body));
}

int lie_post_note(struct net *n, uint64_t old, const struct buf *note)
{
    const struct merkle_path none = {0};
    return net_add_checkpoint(n, 0, old, &none, buf_bytes(note));
}

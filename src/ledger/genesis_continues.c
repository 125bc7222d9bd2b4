/* The member `continues` of genesis.json: a chain that goes on from an embedded log. */
#include "core/base64.h"
#include "core/json.h"
#include "ledger/genesis.h"

static enum gz_err read_root(struct json *j, struct arena *arena, struct hash *out)
{
    struct bytes text;
    TRY(json_text(j, arena, &text));
    return base64_decode_exact(BASE64_STD_PADDED, text, out->b, HASH_SIZE);
}

static bool is_known(const struct genesis_continues *c, struct bytes name)
{
    for (size_t i = 0; i < c->seqs_n; i++)
        if (bytes_eq(c->seqs[i].org, name)) return true;
    return false;
}

/* {"ccb.sd":12,…}: a name is compared as it stands, since those of organisations need no escape. */
static enum gz_err read_seqs(struct json *j, struct arena *arena, struct genesis_continues *out)
{
    size_t count = 0;
    out->seqs = arena_array(arena, GENESIS_ORGANISATIONS_MAX, sizeof *out->seqs);
    if (out->seqs == NULL) return GZ_MEMORY;
    TRY(json_enter_object(j));
    for (bool more = true;;) {
        struct bytes name;
        TRY(json_next_name(j, &count, &name, &more));
        if (!more) return GZ_OK;
        if (out->seqs_n == GENESIS_ORGANISATIONS_MAX || is_known(out, name)) return GZ_MALFORMED;
        struct genesis_seq *s = &out->seqs[out->seqs_n++];
        s->org = name;
        TRY(json_uint(j, &s->last_seq));
    }
}

static enum gz_err read_pair(struct json *j, struct genesis_pair *out)
{
    size_t count = 0;
    bool   more = true;
    TRY(json_enter_array(j));
    TRY(json_next_element(j, &count, &more));
    if (!more) return GZ_MALFORMED;
    TRY(json_uint(j, &out->index));
    TRY(json_next_element(j, &count, &more));
    if (!more) return GZ_MALFORMED;
    TRY(json_uint(j, &out->by));
    TRY(json_next_element(j, &count, &more));
    return more ? GZ_MALFORMED : GZ_OK;
}

static enum gz_err read_pairs(struct json *j, struct arena *arena, struct genesis_continues *out)
{
    size_t       count = 0;
    const size_t max = GENESIS_PAIRS_MAX((size_t)(j->end - j->at));
    out->pairs = arena_array(arena, max, sizeof *out->pairs);
    if (out->pairs == NULL) return GZ_MEMORY;
    TRY(json_enter_array(j));
    for (bool more = true;;) {
        TRY(json_next_element(j, &count, &more));
        if (!more) return GZ_OK;
        if (out->pairs_n == max) return GZ_MALFORMED;
        TRY(read_pair(j, &out->pairs[out->pairs_n++]));
    }
}

enum gz_err genesis_read_continues(struct json *j, struct arena *arena,
                                   struct genesis_continues *out)
{
    static const char *const names[] = {"size", "root", "policy_version", "last_seq", "supersedes"};
    uint32_t                 seen = 0;
    size_t                   which = 0;
    TRY(json_enter_object(j));
    for (bool more = true;;) {
        TRY(json_next_member(j, names, COUNT_OF(names), &seen, &which, &more));
        if (!more) break;
        switch (which) {
        case 0: TRY(json_uint(j, &out->size)); break;
        case 1: TRY(read_root(j, arena, &out->root)); break;
        case 2: TRY(json_uint(j, &out->policy_version)); break;
        case 3: TRY(read_seqs(j, arena, out)); break;
        default: TRY(read_pairs(j, arena, out));
        }
    }
    return seen == (1u << COUNT_OF(names)) - 1 ? GZ_OK : GZ_MALFORMED;
}

bool genesis_continues_is_sound(const struct genesis_continues *c)
{
    if (c->size == 0 || c->policy_version < 2) return false;
    for (size_t i = 0; i < c->pairs_n; i++) {
        const struct genesis_pair *p = &c->pairs[i];
        if (p->index >= p->by || p->by >= c->size) return false;
        if (i > 0 && (p->index < p[-1].index || (p->index == p[-1].index && p->by <= p[-1].by)))
            return false;
    }
    return true;
}

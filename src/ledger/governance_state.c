#include "ledger/governance_state.h"

#include <string.h>

#include "core/submission.h"

static const char head[] = "guzheng/governance-state/v1\n";
static_assert((int)GOV_NAME_MAX == (int)SUBMISSION_ORG_MAX);

bool gov_is_name(struct bytes name)
{
    if (name.n == 0 || name.n > GOV_NAME_MAX) return false;
    for (size_t i = 0; i < name.n; i++) {
        const uint8_t c = name.p[i];
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-') return false;
    }
    return true;
}

/* --- encode ----------------------------------------------------------------------------------- */

static enum gz_err add_u64(uint64_t v, struct buf *out)
{
    uint8_t be[8];
    write_be64(be, v);
    return buf_add(out, BYTES_OF(be));
}

/* Names have their full width, zeros behind them. */
static uint8_t *put(uint8_t *at, const void *data, size_t n)
{
    memcpy(at, data, n);
    return at + n;
}

static uint8_t *put_u64(uint8_t *at, uint64_t v)
{
    write_be64(at, v);
    return at + 8;
}

struct bytes gov_act_bytes(const struct gov_act *a, uint8_t space[GOV_ACT_SIZE])
{
    uint8_t *at = space;
    at = put_u64(at, a->kind);
    at = put_u64(at, a->roles);
    at = put_u64(at, a->has_engine);
    at = put_u64(at, a->version);
    at = put_u64(at, a->how);
    at = put(at, a->target, GOV_NAME_MAX);
    at = put(at, a->key.public_key, KEY_PUBLIC_MAX);
    at = put(at, a->engine, GOV_ENGINE_KEY_SIZE);
    at = put(at, a->policy.b, HASH_SIZE);
    assert(at == space + GOV_ACT_SIZE);
    return (struct bytes){space, GOV_ACT_SIZE};
}

static enum gz_err add_member(const struct gov_member *m, struct buf *out)
{
    TRY(buf_add(out, (struct bytes){(const uint8_t *)m->name, GOV_NAME_MAX}));
    TRY(add_u64(m->roles, out));
    TRY(add_u64(m->standing, out));
    TRY(add_u64(m->is_frozen, out));
    TRY(add_u64(m->has_engine, out));
    TRY(buf_add(out, BYTES_OF(m->engine)));
    return add_u64(m->nonce, out);
}

static enum gz_err add_key(const struct gov_key *k, struct buf *out)
{
    TRY(add_u64(k->member, out));
    TRY(add_u64(k->from, out));
    TRY(add_u64(k->until, out));
    return buf_add(out, BYTES_OF(k->key.public_key));
}

static enum gz_err add_proposal(const struct gov_proposal *p, struct buf *out)
{
    uint8_t space[GOV_ACT_SIZE];
    TRY(add_u64(p->id, out));
    TRY(add_u64(p->proposer, out));
    TRY(add_u64(p->yes, out));
    TRY(add_u64(p->no, out));
    return buf_add(out, gov_act_bytes(&p->act, space));
}

enum gz_err gov_encode(const struct governance *g, struct buf *out)
{
    DEFER(buf_fini) struct buf made = {0};
    TRY(buf_add_str(&made, head));
    TRY(add_u64(g->suite, &made));
    TRY(add_u64(g->proposals, &made));
    TRY(add_u64(g->version, &made));
    TRY(buf_add(&made, BYTES_OF(g->policy.b)));
    TRY(buf_add(&made, BYTES_OF(g->history.b)));
    TRY(add_u64(g->members_n, &made));
    for (size_t i = 0; i < g->members_n; i++) TRY(add_member(&g->members[i], &made));
    TRY(add_u64(g->keys_n, &made));
    for (size_t i = 0; i < g->keys_n; i++) TRY(add_key(&g->keys[i], &made));
    TRY(add_u64(g->open_n, &made));
    for (size_t i = 0; i < g->open_n; i++) TRY(add_proposal(&g->open[i], &made));
    TRY(add_u64(g->engines_n, &made));
    for (size_t i = 0; i < g->engines_n; i++) TRY(buf_add(&made, BYTES_OF(g->engines[i])));
    return buf_add(out, buf_bytes(&made));
}

enum gz_err gov_hash(const struct governance *g, struct hash *out)
{
    DEFER(buf_fini) struct buf wire = {0};
    TRY(gov_encode(g, &wire));
    *out = hash_of(g->suite, buf_bytes(&wire));
    return GZ_OK;
}

/* --- decode ----------------------------------------------------------------------------------- */

static enum gz_err take(struct bytes *rest, void *out, size_t n)
{
    if (rest->n < n) return GZ_MALFORMED;
    memcpy(out, rest->p, n);
    *rest = bytes_slice(*rest, n, rest->n);
    return GZ_OK;
}

static enum gz_err take_u64(struct bytes *rest, uint64_t max, uint64_t *out)
{
    uint8_t be[8];
    TRY(take(rest, be, sizeof be));
    *out = read_be64(be);
    return *out <= max ? GZ_OK : GZ_MALFORMED;
}

static enum gz_err take_bool(struct bytes *rest, bool *out)
{
    uint64_t v = 0;
    TRY(take_u64(rest, 1, &v));
    *out = v != 0;
    return GZ_OK;
}

/* Zeros behind the name, or there were two encodings. empty: may be. */
static enum gz_err take_name(struct bytes *rest, bool may_be_empty, char out[GOV_NAME_MAX + 1])
{
    TRY(take(rest, out, GOV_NAME_MAX));
    out[GOV_NAME_MAX] = 0;
    const size_t n = strlen(out);
    for (size_t i = n; i < GOV_NAME_MAX; i++)
        if (out[i] != 0) return GZ_MALFORMED;
    return (n == 0 && may_be_empty) || gov_is_name(bytes_str(out)) ? GZ_OK : GZ_MALFORMED;
}

static enum gz_err take_public_key(struct bytes *rest, enum suite suite, const char *name,
                                   struct key *out)
{
    uint8_t      public_key[KEY_PUBLIC_MAX];
    const size_t n = suite == SUITE_GM ? 65 : 32;
    TRY(take(rest, public_key, sizeof public_key));
    for (size_t i = n; i < sizeof public_key; i++)
        if (public_key[i] != 0) return GZ_MALFORMED;
    return key_init(out, suite, KEY_SUBMISSION, bytes_str(name), public_key);
}

static enum gz_err take_member(struct bytes *rest, struct gov_member *m)
{
    uint64_t roles = 0, standing = 0;
    TRY(take_name(rest, false, m->name));
    TRY(take_u64(rest, 15, &roles));
    TRY(take_u64(rest, GOV_REMOVED, &standing));
    TRY(take_bool(rest, &m->is_frozen));
    TRY(take_bool(rest, &m->has_engine));
    TRY(take(rest, m->engine, sizeof m->engine));
    TRY(take_u64(rest, INT64_MAX, &m->nonce));
    m->roles = (uint32_t)roles;
    m->standing = (enum gov_standing)standing;
    return roles > 0 && standing > 0 ? GZ_OK : GZ_MALFORMED;
}

static enum gz_err take_key(struct bytes *rest, const struct governance *g, struct gov_key *k)
{
    uint64_t member = 0;
    if (g->members_n == 0) return GZ_MALFORMED;
    TRY(take_u64(rest, g->members_n - 1, &member));
    TRY(take_u64(rest, UINT64_MAX, &k->from));
    TRY(take_u64(rest, UINT64_MAX, &k->until));
    k->member = (uint8_t)member;
    TRY(take_public_key(rest, g->suite, g->members[member].name, &k->key));
    return k->from <= k->until ? GZ_OK : GZ_MALFORMED;
}

static enum gz_err take_act(struct bytes *rest, enum suite suite, struct gov_act *a)
{
    static const uint8_t zeros[KEY_PUBLIC_MAX];
    uint64_t             kind = 0, roles = 0, how = 0;
    TRY(take_u64(rest, GOV_UNFREEZE, &kind));
    TRY(take_u64(rest, 15, &roles));
    TRY(take_bool(rest, &a->has_engine));
    TRY(take_u64(rest, INT64_MAX, &a->version));
    TRY(take_u64(rest, GOV_COMPROMISED, &how));
    TRY(take_name(rest, kind == GOV_CLOSE_POLICY, a->target));
    a->kind = (enum gov_act_kind)kind;
    a->roles = (uint32_t)roles;
    a->how = (enum gov_closing)how;
    if (kind == GOV_ADMIT || kind == GOV_ROTATE_KEY) {
        TRY(take_public_key(rest, suite, a->target, &a->key));
    } else {
        uint8_t none[KEY_PUBLIC_MAX];
        TRY(take(rest, none, sizeof none));
        if (memcmp(none, zeros, sizeof none) != 0) return GZ_MALFORMED;
    }
    TRY(take(rest, a->engine, sizeof a->engine));
    TRY(take(rest, a->policy.b, HASH_SIZE));
    return kind > 0 ? GZ_OK : GZ_MALFORMED;
}

static enum gz_err take_proposal(struct bytes *rest, const struct governance *g,
                                 struct gov_proposal *p)
{
    uint64_t       proposer = 0;
    const uint64_t members = g->members_n == 64 ? UINT64_MAX : ((uint64_t)1 << g->members_n) - 1;
    if (g->members_n == 0) return GZ_MALFORMED;
    TRY(take_u64(rest, g->proposals, &p->id));
    TRY(take_u64(rest, g->members_n - 1, &proposer));
    TRY(take_u64(rest, UINT64_MAX, &p->yes));
    TRY(take_u64(rest, UINT64_MAX, &p->no));
    p->proposer = (uint8_t)proposer;
    if ((p->yes & p->no) != 0 || ((p->yes | p->no) & ~members) != 0) return GZ_MALFORMED;
    return take_act(rest, g->suite, &p->act);
}

static enum gz_err take_lists(struct bytes *rest, struct governance *g)
{
    uint64_t n = 0;
    TRY(take_u64(rest, GOV_MEMBERS_MAX, &n));
    for (; g->members_n < n; g->members_n++) TRY(take_member(rest, &g->members[g->members_n]));
    TRY(take_u64(rest, GOV_KEYS_MAX, &n));
    for (; g->keys_n < n; g->keys_n++) TRY(take_key(rest, g, &g->keys[g->keys_n]));
    TRY(take_u64(rest, GOV_OPEN_MAX, &n));
    for (; g->open_n < n; g->open_n++) {
        struct gov_proposal *p = &g->open[g->open_n];
        TRY(take_proposal(rest, g, p));
        if (p->id == 0 || (g->open_n > 0 && p->id <= p[-1].id)) return GZ_MALFORMED;
    }
    TRY(take_u64(rest, GOV_MEMBERS_MAX, &n));
    for (; g->engines_n < n; g->engines_n++)
        TRY(take(rest, g->engines[g->engines_n], GOV_ENGINE_KEY_SIZE));
    return rest->n == 0 ? GZ_OK : GZ_MALFORMED;
}

static bool has_twice(const struct governance *g)
{
    for (size_t i = 0; i < g->members_n; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(g->members[i].name, g->members[k].name) == 0) return true;
    return false;
}

enum gz_err gov_decode(struct bytes wire, struct governance *out)
{
    struct bytes rest = wire;
    uint64_t     suite = 0;
    if (!bytes_starts(wire, bytes_str(head))) return GZ_MALFORMED;
    memset(out, 0, sizeof *out);
    rest = bytes_slice(rest, sizeof head - 1, rest.n);
    TRY(take_u64(&rest, SUITE_INTL, &suite));
    if (suite == 0) return GZ_MALFORMED;
    out->suite = (enum suite)suite;
    TRY(take_u64(&rest, INT64_MAX, &out->proposals));
    TRY(take_u64(&rest, INT64_MAX, &out->version));
    TRY(take(&rest, out->policy.b, HASH_SIZE));
    TRY(take(&rest, out->history.b, HASH_SIZE));
    TRY(take_lists(&rest, out));
    return has_twice(out) ? GZ_MALFORMED : GZ_OK;
}

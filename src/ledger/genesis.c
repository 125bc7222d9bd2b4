#include "ledger/genesis.h"

#include <string.h>

#include "core/json.h"

enum { NAME_MAX_BYTES = 64 };

static enum gz_err refuse(const char **why, const char *text)
{
    *why = text;
    return GZ_MALFORMED;
}

size_t genesis_arena_size(size_t n)
{
    /* Unescaped copies, the rows, what a policy of this text defines at most, and `continues`. */
    return 2 * n + GENESIS_ORGANISATIONS_MAX * sizeof(struct genesis_row) + policy_arena_size(n) +
           GENESIS_ORGANISATIONS_MAX * sizeof(struct genesis_seq) +
           GENESIS_PAIRS_MAX(n) * sizeof(struct genesis_pair) + 64;
}

static bool is_word(struct bytes text, size_t max, bool slash)
{
    if (text.n == 0 || text.n > max) return false;
    for (size_t i = 0; i < text.n; i++) {
        const uint8_t c = text.p[i];
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' &&
            !(slash && c == '/'))
            return false;
    }
    return true;
}

/* --- reading ---------------------------------------------------------------------------------- */

static enum gz_err read_key(struct json *j, struct arena *arena, struct key *out)
{
    struct bytes vkey;
    TRY(json_text(j, arena, &vkey));
    return key_decode(vkey, out);
}

static enum gz_err read_row_member(struct json *j, struct arena *arena, size_t which,
                                   struct genesis_row *r)
{
    switch (which) {
    case 0: return json_text(j, arena, &r->name);
    case 1: return json_text(j, arena, &r->role);
    case 2: return read_key(j, arena, &r->submission);
    case 3:
        r->has_receipt = !json_take_null(j);
        return r->has_receipt ? read_key(j, arena, &r->receipt) : GZ_OK;
    case 4: return json_uint(j, &r->from_index);
    default:
        r->until_index = UINT64_MAX;
        return json_take_null(j) ? GZ_OK : json_uint(j, &r->until_index);
    }
}

static enum gz_err read_row(struct json *j, struct arena *arena, struct genesis_row *r)
{
    static const char *const names[] = {"name",    "role",       "submission",
                                        "receipt", "from_index", "until_index"};
    uint32_t                 seen = 0;
    size_t                   which = 0;
    TRY(json_enter_object(j));
    for (bool more = true;;) {
        TRY(json_next_member(j, names, COUNT_OF(names), &seen, &which, &more));
        if (!more) return seen == (1u << COUNT_OF(names)) - 1 ? GZ_OK : GZ_MALFORMED;
        TRY(read_row_member(j, arena, which, r));
    }
}

static enum gz_err read_rows(struct json *j, struct arena *arena, struct genesis *g)
{
    g->rows = arena_array(arena, GENESIS_ORGANISATIONS_MAX, sizeof *g->rows);
    if (g->rows == NULL) return GZ_MEMORY;
    TRY(json_enter_array(j));
    for (bool more = true;;) {
        size_t count = g->rows_n;
        TRY(json_next_element(j, &count, &more));
        if (!more) return g->rows_n > 0 ? GZ_OK : GZ_MALFORMED;
        if (count > GENESIS_ORGANISATIONS_MAX) return GZ_MALFORMED;
        TRY(read_row(j, arena, &g->rows[count - 1]));
        g->rows_n = count;
    }
}

struct texts {
    struct bytes type, suite, created_at;
    bool         continues;
};

static enum gz_err read_member(struct json *j, struct arena *arena, size_t which, struct genesis *g,
                               struct texts *t)
{
    switch (which) {
    case 0: return json_text(j, arena, &t->type);
    case 1: return json_text(j, arena, &g->origin);
    case 2: return json_text(j, arena, &t->suite);
    case 3: return json_text(j, arena, &t->created_at);
    case 4: return read_rows(j, arena, g);
    case 5: return json_text(j, arena, &g->policy_text);
    default:
        t->continues = !json_take_null(j);
        return t->continues ? genesis_read_continues(j, arena, &g->continues) : GZ_OK;
    }
}

static enum gz_err read_members(struct bytes wire, struct arena *arena, struct genesis *g,
                                struct texts *t)
{
    static const char *const names[] = {"type",          "origin", "suite",    "created_at",
                                        "organisations", "policy", "continues"};
    struct json              j;
    uint32_t                 seen = 0;
    size_t                   which = 0;
    TRY(json_init(&j, wire));
    TRY(json_enter_object(&j));
    for (bool more = true;;) {
        TRY(json_next_member(&j, names, COUNT_OF(names), &seen, &which, &more));
        if (!more) break;
        TRY(read_member(&j, arena, which, g, t));
    }
    TRY(json_end(&j));
    return seen == (1u << COUNT_OF(names)) - 1 ? GZ_OK : GZ_MALFORMED;
}

/* --- judging ---------------------------------------------------------------------------------- */

static bool is_role(struct bytes role)
{
    static const char *const roles[] = {"bank", "court", "notary", "forensic", "other"};
    for (size_t i = 0; i < COUNT_OF(roles); i++)
        if (bytes_eq(role, bytes_str(roles[i]))) return true;
    return false;
}

static bool is_key_of(const struct key *k, enum key_purpose purpose, const struct genesis_row *r,
                      enum suite suite)
{
    return k->purpose == purpose && k->suite == suite && bytes_eq(bytes_str(k->name), r->name);
}

static bool is_same_public(const struct key *a, const struct key *b)
{
    return memcmp(a->public_key, b->public_key, KEY_PUBLIC_MAX) == 0;
}

/* Does the policy, or another purpose of any organisation, use this public key too? A key serves
 * one purpose, never two. */
static bool has_other_purpose(const struct genesis *g, const struct key *k)
{
    for (size_t i = 0; i < policy_count_logs(g->policy); i++)
        if (is_same_public(policy_log(g->policy, i), k)) return true;
    for (size_t i = 0; i < policy_count_witnesses(g->policy); i++)
        if (is_same_public(policy_witness(g->policy, i, NULL), k)) return true;
    for (size_t i = 0; i < g->rows_n; i++) {
        const struct genesis_row *r = &g->rows[i];
        if (k->purpose != KEY_SUBMISSION && is_same_public(&r->submission, k)) return true;
        if (k->purpose != KEY_RECEIPT && r->has_receipt && is_same_public(&r->receipt, k))
            return true;
    }
    return false;
}

static enum gz_err judge_row(const struct genesis *g, size_t i, const char **why)
{
    const struct genesis_row *r = &g->rows[i];
    if (!is_word(r->name, NAME_MAX_BYTES, false)) return refuse(why, "an organisation's name");
    if (!is_role(r->role)) return refuse(why, "an organisation's role");
    if (!is_key_of(&r->submission, KEY_SUBMISSION, r, g->suite) ||
        (r->has_receipt && !is_key_of(&r->receipt, KEY_RECEIPT, r, g->suite)))
        return refuse(why, "a key of another name, purpose or suite");
    if (has_other_purpose(g, &r->submission) ||
        (r->has_receipt && has_other_purpose(g, &r->receipt)))
        return refuse(why, "one public key serves two purposes");
    if (r->from_index >= r->until_index) return refuse(why, "an empty range of indexes");
    for (size_t k = 0; k < i; k++) {
        const struct genesis_row *o = &g->rows[k];
        if (is_same_public(&o->submission, &r->submission))
            return refuse(why, "one submission key stands twice");
        if (bytes_eq(o->name, r->name) && o->from_index < r->until_index &&
            r->from_index < o->until_index)
            return refuse(why, "two keys of one organisation with overlapping ranges");
    }
    return GZ_OK;
}

static enum gz_err judge(struct genesis *g, const struct texts *t, struct arena *arena,
                         const char **why)
{
    if (!bytes_eq(t->type, BYTES_LIT("guzheng/genesis/v1"))) return refuse(why, "another type");
    if (!is_word(g->origin, GENESIS_ORIGIN_MAX, true)) return refuse(why, "origin");
    if (suite_decode(t->suite, &g->suite) != GZ_OK) return refuse(why, "an unknown suite");
    if (time_decode(t->created_at, &g->created_at) != GZ_OK) return refuse(why, "created_at");
    if (t->continues && !genesis_continues_is_sound(&g->continues)) return refuse(why, "continues");
    TRY(policy_decode(g->policy_text, arena, &g->policy, why));
    if (policy_suite(g->policy) != g->suite) return refuse(why, "the policy is of another suite");
    for (size_t i = 0; i < g->rows_n; i++) TRY(judge_row(g, i, why));
    return GZ_OK;
}

enum gz_err genesis_decode(struct bytes wire, struct arena *arena, struct genesis *out,
                           const char **why)
{
    struct genesis g = {0};
    struct texts   t = {0};
    if (wire.n > GENESIS_SIZE_MAX) return refuse(why, "more than 1 MiB");
    const enum gz_err e = read_members(wire, arena, &g, &t);
    if (e == GZ_MEMORY) return e;
    if (e != GZ_OK)
        return refuse(why, "JSON form, a key, or an unknown, repeated or missing member");
    TRY(judge(&g, &t, arena, why));
    g.hash = hash_of(g.suite, wire);
    *out = g;
    return GZ_OK;
}

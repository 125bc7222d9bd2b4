#include "ledger/governance_step.h"

#include <string.h>

#include "ledger/governance_state.h"

static_assert(GOV_MEMBERS_MAX <= 64); /* votes are bits of 64 */
enum { ROLES_ALL = GOV_SUBMITS | GOV_VALIDATES | GOV_WITNESSES | GOV_SUPERVISES };

/* --- reading ---------------------------------------------------------------------------------- */

static int position_of(const struct governance *g, struct bytes org)
{
    for (size_t i = 0; i < g->members_n; i++)
        if (bytes_eq(bytes_str(g->members[i].name), org)) return (int)i;
    return -1;
}

static bool is_voter(const struct gov_member *m)
{
    return m->standing == GOV_ACTIVE && (m->roles & GOV_VALIDATES) != 0;
}

unsigned gov_voters(const struct governance *g)
{
    unsigned n = 0;
    for (size_t i = 0; i < g->members_n; i++) n += is_voter(&g->members[i]);
    return n;
}

unsigned gov_needed(unsigned voters)
{
    return voters == 0 ? 1 : voters - (voters - 1) / 3;
}

bool gov_is_below_minimum(const struct governance *g)
{
    return gov_voters(g) < GOV_NODES_MIN;
}

const struct gov_member *gov_find(const struct governance *g, struct bytes org)
{
    const int i = position_of(g, org);
    return i < 0 ? NULL : &g->members[i];
}

const struct gov_key *gov_find_key(const struct governance *g, struct bytes org,
                                   const uint8_t id[KEY_ID_SIZE])
{
    const int member = position_of(g, org);
    for (size_t i = 0; i < g->keys_n; i++)
        if (g->keys[i].member == member && memcmp(g->keys[i].key.id, id, KEY_ID_SIZE) == 0)
            return &g->keys[i];
    return NULL;
}

bool gov_may_submit(const struct governance *g, struct bytes org)
{
    const struct gov_member *m = gov_find(g, org);
    return m != NULL && m->standing == GOV_ACTIVE && (m->roles & GOV_SUBMITS) != 0 && !m->is_frozen;
}

/* --- beginning -------------------------------------------------------------------------------- */

static enum gz_err take_row(struct governance *g, const struct genesis_row *r)
{
    int at = position_of(g, r->name);
    if (g->keys_n == GOV_KEYS_MAX || r->name.n > GOV_NAME_MAX) return GZ_LIMIT;
    if (at < 0 && g->members_n == GOV_MEMBERS_MAX) return GZ_LIMIT;
    if (at < 0) {
        at = (int)g->members_n++;
        struct gov_member *m = &g->members[at];
        memcpy(m->name, r->name.p, r->name.n);
        m->roles = GOV_SUBMITS | GOV_VALIDATES | GOV_WITNESSES;
        m->standing = GOV_ACTIVE;
    }
    g->keys[g->keys_n++] =
        (struct gov_key){r->submission, (uint8_t)at, r->from_index, r->until_index};
    return GZ_OK;
}

enum gz_err gov_init(struct governance *g, const struct genesis *genesis)
{
    memset(g, 0, sizeof *g);
    g->suite = genesis->suite;
    g->version = genesis->continues.size > 0 ? genesis->continues.policy_version : 1;
    g->policy = hash_of(genesis->suite, genesis->policy_text);
    for (size_t i = 0; i < genesis->rows_n; i++) TRY(take_row(g, &genesis->rows[i]));
    return GZ_OK;
}

enum gz_err gov_know_engines(struct governance *g, const struct bytes *keys, size_t n)
{
    if (n > GOV_MEMBERS_MAX) return GZ_LIMIT;
    for (size_t i = 0; i < n; i++) {
        assert(keys[i].n == GOV_ENGINE_KEY_SIZE);
        memcpy(g->engines[i], keys[i].p, GOV_ENGINE_KEY_SIZE);
    }
    g->engines_n = n;
    return GZ_OK;
}

/* Position among those whose member is not known; engines_n: not there. */
static size_t engine_at(const struct governance *g, const uint8_t key[GOV_ENGINE_KEY_SIZE])
{
    size_t i = 0;
    while (i < g->engines_n && memcmp(g->engines[i], key, GOV_ENGINE_KEY_SIZE) != 0) i++;
    return i;
}

/* --- is an act possible? ---------------------------------------------------------------------- */

static bool is_public_key_known(const struct governance *g, const struct key *k)
{
    for (size_t i = 0; i < g->keys_n; i++)
        if (memcmp(g->keys[i].key.public_key, k->public_key, KEY_PUBLIC_MAX) == 0) return true;
    return false;
}

/* A key ID names one key of an organisation, also among its old ones. */
static const char *why_not_key(const struct governance *g, const struct gov_act *a)
{
    const struct bytes target = bytes_str(a->target);
    if (a->key.purpose != KEY_SUBMISSION || a->key.suite != g->suite)
        return "a key of another purpose or suite";
    if (!bytes_eq(bytes_str(a->key.name), target)) return "a key of another name";
    if (is_public_key_known(g, &a->key) || gov_find_key(g, target, a->key.id) != NULL)
        return "this key is or was in use";
    return g->keys_n == GOV_KEYS_MAX ? "no room for another key" : NULL;
}

static const char *why_not_engine(const struct governance *g, const struct gov_act *a)
{
    if (engine_at(g, a->engine) < g->engines_n) return "another member has this engine key";
    for (size_t i = 0; i < g->members_n; i++) {
        const struct gov_member *m = &g->members[i];
        if (m->has_engine && memcmp(m->engine, a->engine, GOV_ENGINE_KEY_SIZE) == 0 &&
            (m->standing != GOV_REMOVED || strcmp(m->name, a->target) != 0))
            return "another member has this engine key";
    }
    return NULL;
}

static const char *why_not_admit(const struct governance *g, const struct gov_act *a)
{
    const struct gov_member *m = gov_find(g, bytes_str(a->target));
    const bool               votes = (a->roles & GOV_VALIDATES) != 0;
    if (m != NULL && m->standing != GOV_REMOVED) return "it is a member";
    if (m == NULL && g->members_n == GOV_MEMBERS_MAX) return "no room for another member";
    if (!gov_is_name(bytes_str(a->target))) return "no name of an organisation";
    if (a->roles == 0 || (a->roles & ~(uint32_t)ROLES_ALL) != 0) return "no such roles";
    if ((a->roles & GOV_SUPERVISES) != 0 && a->roles != GOV_SUPERVISES)
        return "a supervisor has no other role";
    if (votes != a->has_engine) return "an engine key goes with a validator, and only with one";
    const char *why = why_not_key(g, a);
    return why == NULL && votes ? why_not_engine(g, a) : why;
}

/* Suspending and removing: the engine must be told whom to leave out. */
static const char *why_not_out(const struct governance *g, const struct gov_act *a,
                               const struct gov_member *m)
{
    if (m->standing == GOV_REMOVED) return "it is no member";
    if (a->kind == GOV_SUSPEND && m->standing == GOV_SUSPENDED) return "it is suspended";
    if (is_voter(m) && gov_voters(g) == 1) return "nobody would be left to vote";
    if (m->has_engine && a->has_engine && memcmp(m->engine, a->engine, GOV_ENGINE_KEY_SIZE) != 0)
        return "its engine key is another";
    if ((m->roles & GOV_VALIDATES) == 0) return a->has_engine ? "it has no engine" : NULL;
    if (m->has_engine) return NULL;
    if (!a->has_engine) return "its engine key is not known: name it";
    return engine_at(g, a->engine) < g->engines_n ? NULL : "no such engine key";
}

static const char *why_not_member_act(const struct governance *g, const struct gov_act *a)
{
    const struct gov_member *m = gov_find(g, bytes_str(a->target));
    if (m == NULL) return "no such member";
    if (a->kind == GOV_SUSPEND || a->kind == GOV_REMOVE) return why_not_out(g, a, m);
    if (a->has_engine) return "this act names no engine key";
    if (m->standing == GOV_REMOVED) return "it is no member";
    switch (a->kind) {
    case GOV_REINSTATE: return m->standing == GOV_SUSPENDED ? NULL : "it is not suspended";
    case GOV_ROTATE_KEY: return why_not_key(g, a);
    case GOV_FREEZE:
        if ((m->roles & GOV_SUBMITS) == 0) return "it submits nothing";
        return m->is_frozen ? "it is frozen" : NULL;
    case GOV_UNFREEZE: return m->is_frozen ? NULL : "it is not frozen";
    default: return "no such act";
    }
}

static const char *why_not(const struct governance *g, const struct gov_act *a)
{
    if (a->kind == GOV_ADMIT) return why_not_admit(g, a);
    if (a->kind != GOV_CLOSE_POLICY) return why_not_member_act(g, a);
    if (a->version != g->version) return "this policy version is not the one in force";
    if (a->how != GOV_ROTATED && a->how != GOV_COMPROMISED) return "rotated or compromised?";
    return hash_eq(a->policy, g->policy) ? "the next version says the same" : NULL;
}

/* --- carrying out ----------------------------------------------------------------------------- */

struct gov_at {
    struct governance  *g;
    uint64_t            size;
    uint8_t             member; /* who states */
    struct gov_outcome *out;
};

/* H("guzheng/governance-event/v1 LF" ‖ history ‖ kind ‖ member ‖ proposal ‖ size), and of a
 * proposal its act behind that. */
static void note_event(struct gov_at *t, enum gov_event_kind kind, uint64_t proposal,
                       struct bytes act)
{
    uint8_t       numbers[32];
    struct hasher h;
    assert(t->out->events_n < GOV_EVENTS_MAX);
    t->out->events[t->out->events_n++] = (struct gov_event){kind, proposal, t->member};
    write_be64(numbers, kind);
    write_be64(numbers + 8, t->member);
    write_be64(numbers + 16, proposal);
    write_be64(numbers + 24, t->size);
    hasher_init(&h, t->g->suite);
    hasher_add(&h, BYTES_LIT("guzheng/governance-event/v1\n"));
    hasher_add(&h, BYTES_OF(t->g->history.b));
    hasher_add(&h, BYTES_OF(numbers));
    hasher_add(&h, act);
    t->g->history = hasher_end(&h);
}

static void tell_engine(struct gov_at *t, const struct gov_member *m, uint64_t power)
{
    t->out->has_power = true;
    memcpy(t->out->engine, m->engine, GOV_ENGINE_KEY_SIZE);
    t->out->power = power;
}

/* From here on its older keys hold for nothing new. */
static void end_keys(struct gov_at *t, uint8_t member)
{
    for (size_t i = 0; i < t->g->keys_n; i++) {
        struct gov_key *k = &t->g->keys[i];
        if (k->member != member || k->until <= t->size) continue;
        k->until = k->from > t->size ? k->from : t->size;
    }
}

static void begin_key(struct gov_at *t, uint8_t member, const struct key *key)
{
    end_keys(t, member);
    t->g->keys[t->g->keys_n++] = (struct gov_key){*key, member, t->size, UINT64_MAX};
}

static void admit(struct gov_at *t, const struct gov_act *a)
{
    const int          known = position_of(t->g, bytes_str(a->target));
    const size_t       at = known < 0 ? t->g->members_n++ : (size_t)known;
    struct gov_member *m = &t->g->members[at];
    const uint64_t     nonce = m->nonce; /* what it signed when it was a member stays used up */
    *m = (struct gov_member){.roles = a->roles, .standing = GOV_ACTIVE, .nonce = nonce};
    memcpy(m->name, a->target, sizeof m->name);
    m->has_engine = a->has_engine;
    memcpy(m->engine, a->engine, GOV_ENGINE_KEY_SIZE);
    begin_key(t, (uint8_t)at, &a->key);
    if (m->has_engine) tell_engine(t, m, GOV_VOTER_POWER);
}

static void put_out(struct gov_at *t, const struct gov_act *a, uint8_t at)
{
    struct gov_member *m = &t->g->members[at];
    const bool         was_voter = is_voter(m);
    const size_t       engine = engine_at(t->g, a->engine);
    if (a->has_engine && !m->has_engine && engine < t->g->engines_n) {
        uint8_t(*last)[GOV_ENGINE_KEY_SIZE] = &t->g->engines[--t->g->engines_n];
        memmove(t->g->engines[engine], *last, GOV_ENGINE_KEY_SIZE);
        m->has_engine = true;
        memcpy(m->engine, a->engine, GOV_ENGINE_KEY_SIZE);
    }
    m->standing = a->kind == GOV_REMOVE ? GOV_REMOVED : GOV_SUSPENDED;
    if (a->kind == GOV_REMOVE) end_keys(t, at);
    if (was_voter) tell_engine(t, m, 0);
}

static void reinstate(struct gov_at *t, struct gov_member *m)
{
    m->standing = GOV_ACTIVE;
    if ((m->roles & GOV_VALIDATES) != 0) tell_engine(t, m, GOV_VOTER_POWER);
}

static void apply(struct gov_at *t, const struct gov_act *a)
{
    const int at = position_of(t->g, bytes_str(a->target));
    switch (a->kind) {
    case GOV_ADMIT: admit(t, a); break;
    case GOV_SUSPEND:
    case GOV_REMOVE: put_out(t, a, (uint8_t)at); break;
    case GOV_REINSTATE: reinstate(t, &t->g->members[at]); break;
    case GOV_ROTATE_KEY: begin_key(t, (uint8_t)at, &a->key); break;
    case GOV_FREEZE: t->g->members[at].is_frozen = true; break;
    case GOV_UNFREEZE: t->g->members[at].is_frozen = false; break;
    case GOV_CLOSE_POLICY:
        t->g->version++;
        t->g->policy = a->policy;
        break;
    }
}

/* --- proposals -------------------------------------------------------------------------------- */

static struct gov_proposal *find_open(struct governance *g, uint64_t id)
{
    for (size_t i = 0; i < g->open_n; i++)
        if (g->open[i].id == id) return &g->open[i];
    return NULL;
}

/* What is behind the last one is zero, so that equal states are equal bytes. */
static void drop(struct governance *g, struct gov_proposal *p)
{
    const size_t at = (size_t)(p - g->open);
    memmove(p, p + 1, (g->open_n - at - 1) * sizeof *p);
    memset(&g->open[--g->open_n], 0, sizeof *p);
}

static void void_all(struct gov_at *t)
{
    while (t->g->open_n > 0) {
        note_event(t, GOV_EV_VOIDED, t->g->open[0].id, (struct bytes){0});
        drop(t->g, &t->g->open[0]);
    }
}

static void carry(struct gov_at *t, struct gov_proposal *p)
{
    const struct gov_act act = p->act;
    const uint64_t       id = p->id;
    drop(t->g, p);
    if (why_not(t->g, &act) != NULL) {
        note_event(t, GOV_EV_FAILED, id, (struct bytes){0});
        return;
    }
    note_event(t, GOV_EV_CARRIED, id, (struct bytes){0});
    apply(t, &act);
    t->out->has_carried = true;
    t->out->carried = act;
    if (!t->out->has_power) return;
    void_all(t);
    if (gov_is_below_minimum(t->g)) note_event(t, GOV_EV_BELOW_MINIMUM, id, (struct bytes){0});
}

static void settle(struct gov_at *t, struct gov_proposal *p)
{
    const unsigned n = gov_voters(t->g), m = gov_needed(n);
    if ((unsigned)__builtin_popcountll(p->yes) >= m) {
        carry(t, p);
        return;
    }
    if ((unsigned)__builtin_popcountll(p->no) <= n - m) return;
    note_event(t, GOV_EV_REJECTED, p->id, (struct bytes){0});
    drop(t->g, p);
}

/* --- the step --------------------------------------------------------------------------------- */

static enum gov_result propose(struct gov_at *t, const struct gov_act *a)
{
    size_t mine = 0;
    for (size_t i = 0; i < t->g->open_n; i++) mine += t->g->open[i].proposer == t->member;
    if (t->g->open_n == GOV_OPEN_MAX || mine == GOV_OPEN_MEMBER_MAX) return GOV_TOO_MANY;
    t->out->why = why_not(t->g, a);
    if (t->out->why != NULL) return GOV_IMPOSSIBLE;
    uint8_t             space[GOV_ACT_SIZE];
    struct gov_proposal p = {.id = ++t->g->proposals, .proposer = t->member, .act = *a};
    p.yes = (uint64_t)1 << t->member;
    t->g->open[t->g->open_n++] = p;
    t->out->proposal = p.id;
    note_event(t, GOV_EV_PROPOSED, p.id, gov_act_bytes(a, space));
    settle(t, &t->g->open[t->g->open_n - 1]);
    return GOV_DONE;
}

static enum gov_result vote(struct gov_at *t, const struct gov_statement *s)
{
    struct gov_proposal *p = find_open(t->g, s->proposal);
    const uint64_t       bit = (uint64_t)1 << t->member;
    if (p == NULL) return GOV_NOT_OPEN;
    if (((p->yes | p->no) & bit) != 0) return GOV_HAS_VOTED;
    *(s->is_yes ? &p->yes : &p->no) |= bit;
    t->out->proposal = p->id;
    note_event(t, s->is_yes ? GOV_EV_YES : GOV_EV_NO, p->id, (struct bytes){0});
    settle(t, p);
    return GOV_DONE;
}

static enum gov_result withdraw(struct gov_at *t, const struct gov_statement *s)
{
    struct gov_proposal *p = find_open(t->g, s->proposal);
    if (p == NULL || p->proposer != t->member) return GOV_NOT_OPEN;
    t->out->proposal = p->id;
    note_event(t, GOV_EV_WITHDRAWN, p->id, (struct bytes){0});
    drop(t->g, p);
    return GOV_DONE;
}

void gov_step(struct governance *g, const struct gov_statement *s, uint64_t size,
              struct gov_outcome *out)
{
    const int     at = position_of(g, s->org);
    struct gov_at t = {.g = g, .size = size, .member = (uint8_t)at, .out = out};
    memset(out, 0, sizeof *out);
    out->result = GOV_NO_VOTER;
    if (at < 0 || !is_voter(&g->members[at])) return;
    out->result = GOV_BAD_NONCE;
    if (g->members[at].nonce == INT64_MAX || s->nonce != g->members[at].nonce + 1) return;
    out->result = s->verb == GOV_PROPOSE ? propose(&t, &s->act)
                  : s->verb == GOV_VOTE  ? vote(&t, s)
                                         : withdraw(&t, s);
    if (out->result == GOV_DONE) g->members[at].nonce = s->nonce;
}

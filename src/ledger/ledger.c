#include "ledger/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "core/entry.h"
#include "ledger/ledger_state.h"

enum {
    STEP_ARENA = SUBMISSION_ITEMS_MAX * sizeof(struct submission_item) + 4096,
    LEAVES_AT_ONCE = 64,
};

/* --- life ------------------------------------------------------------------------------------- */

static enum gz_err add_org(struct ledger *l, struct bytes name)
{
    for (size_t i = 0; i < l->orgs_n; i++)
        if (bytes_eq(l->orgs[i].name, name)) return GZ_OK;
    l->orgs[l->orgs_n++] = (struct ledger_org){.name = name, .next_seq = 1};
    return GZ_OK;
}

static enum gz_err build(struct ledger *l, struct bytes genesis, const char **why)
{
    l->keys = calloc(1, sizeof *l->keys);
    if (l->keys == NULL) return GZ_MEMORY;
    TRY(buf_add(&l->genesis_bytes, genesis));
    TRY(buf_reserve(&l->memory, genesis_arena_size(genesis.n)));
    TRY(buf_reserve(&l->scratch, STEP_ARENA));
    struct arena arena = {.p = l->memory.p, .cap = l->memory.cap};
    TRY(genesis_decode(buf_bytes(&l->genesis_bytes), &arena, &l->genesis, why));
    for (size_t i = 0; i < l->genesis.rows_n; i++) TRY(add_org(l, l->genesis.rows[i].name));
    merkle_init(&l->tree, l->genesis.suite);
    return GZ_OK;
}

enum gz_err ledger_new(struct bytes genesis, struct ledger **out, const char **why)
{
    struct ledger *l = calloc(1, sizeof *l);
    if (l == NULL) return GZ_MEMORY;
    const enum gz_err e = build(l, genesis, why);
    if (e != GZ_OK) ledger_free(&l);
    TRY(e);
    *out = l;
    return GZ_OK;
}

static void forget_executed(struct ledger *l)
{
    for (size_t i = 0; i < l->executions_n; i++) buf_fini(&l->executed_wires[i]);
    l->executions_n = 0;
    l->nodes_n = 0;
}

void ledger_forget_waiting(struct ledger *l)
{
    for (size_t i = 0; i < l->orgs_n; i++)
        for (size_t w = 0; w < LEDGER_WINDOW; w++) buf_fini(&l->orgs[i].waiting[w].wire);
}

void ledger_free(struct ledger **l)
{
    if (*l == NULL) return;
    forget_executed(*l);
    ledger_forget_waiting(*l);
    buf_fini(&(*l)->genesis_bytes);
    buf_fini(&(*l)->memory);
    buf_fini(&(*l)->scratch);
    free((*l)->keys);
    free((*l)->owners);
    free((*l)->corrections);
    free((*l)->nodes);
    free(*l);
    *l = NULL;
}

/* --- who ------------------------------------------------------------------------------------- */

static struct ledger_org *find_org(struct ledger *l, struct bytes name, uint16_t *id)
{
    for (size_t i = 0; i < l->orgs_n; i++)
        if (bytes_eq(l->orgs[i].name, name)) {
            *id = (uint16_t)i;
            return &l->orgs[i];
        }
    return NULL;
}

static const struct genesis_row *find_key(const struct ledger *l, const struct submission *s)
{
    for (size_t i = 0; i < l->genesis.rows_n; i++) {
        const struct genesis_row *r = &l->genesis.rows[i];
        if (bytes_eq(r->name, s->org) && memcmp(r->submission.id, s->key_id, KEY_ID_SIZE) == 0)
            return r;
    }
    return NULL;
}

/* Would the next n indexes lie in the key's range? */
static bool is_in_range(const struct ledger *l, const struct genesis_row *r, uint32_t n)
{
    return l->tree.size >= r->from_index && n <= r->until_index &&
           l->tree.size <= r->until_index - n;
}

/* --- corrections ------------------------------------------------------------------------------ */

/* The organisation that owns an index: runs of consecutive indexes, found by halving. */
static bool owner_of(const struct ledger *l, uint64_t index, uint16_t *org_id)
{
    size_t low = 0, high = l->owners_n;
    if (index >= l->tree.size) return false;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (l->owners[middle].first_index <= index) low = middle;
        else high = middle;
    }
    *org_id = l->owners[low].org_id;
    return true;
}

static bool are_corrections_good(const struct ledger *l, const struct submission *s,
                                 uint16_t org_id)
{
    for (uint32_t i = 0; i < s->items_n; i++) {
        uint16_t owner;
        if (!s->items[i].has_supersedes) continue;
        if (!owner_of(l, s->items[i].supersedes_index, &owner) || owner != org_id) return false;
    }
    return true;
}

/* First correction at or after (index, 0); pairs are sorted by index, then by the correcting one.
 */
static size_t correction_from(const struct ledger *l, uint64_t index)
{
    size_t low = 0, high = l->corrections_n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (l->corrections[middle].index < index) low = middle + 1;
        else high = middle;
    }
    return low;
}

bool ledger_superseded_by(const struct ledger *l, uint64_t index, uint64_t *by)
{
    size_t at = correction_from(l, index + 1);
    if (at == 0 || l->corrections[at - 1].index != index) return false;
    *by = l->corrections[at - 1].by;
    return true;
}

/* Room is there: execute reserved it. Corrections come in order, so each goes behind its equals. */
static void add_correction(struct ledger *l, uint64_t index, uint64_t by)
{
    const size_t at = correction_from(l, index + 1);
    memmove(l->corrections + at + 1, l->corrections + at,
            (l->corrections_n - at) * sizeof *l->corrections);
    l->corrections[at] = (struct ledger_correction){index, by};
    l->corrections_n++;
}

/* --- execution -------------------------------------------------------------------------------- */

static enum gz_err grow(void **list, size_t *cap, size_t need, size_t size)
{
    if (need <= *cap) return GZ_OK;
    const size_t bigger = need < 64 ? 64 : 2 * need;
    void        *p = realloc(*list, bigger * size);
    if (p == NULL) return GZ_MEMORY;
    *list = p;
    *cap = bigger;
    return GZ_OK;
}

enum gz_err ledger_reserve(struct ledger *l, size_t owners, size_t corrections)
{
    void *p = l->owners;
    TRY(grow(&p, &l->owners_cap, l->owners_n + owners, sizeof *l->owners));
    l->owners = p;
    p = l->corrections;
    TRY(grow(&p, &l->corrections_cap, l->corrections_n + corrections, sizeof *l->corrections));
    l->corrections = p;
    return GZ_OK;
}

/* Leaf hashes, in chunks that are hashed at once. */
static void make_leaves(const struct ledger *l, const struct submission *s, struct hash *out)
{
    uint8_t      logged[LEAVES_AT_ONCE * (SUBMISSION_ORG_MAX + 1 + HASH_SIZE)];
    const size_t size = s->org.n + 1 + HASH_SIZE;
    for (uint32_t at = 0, n; at < s->items_n; at += n) {
        n = s->items_n - at < LEAVES_AT_ONCE ? s->items_n - at : LEAVES_AT_ONCE;
        for (uint32_t i = 0; i < n; i++) {
            const size_t used =
                entry_log_bytes(s->org, s->items[at + i].fingerprint, logged + i * size);
            assert(used == size);
        }
        merkle_leaves(l->genesis.suite, logged, size, n, out + at);
    }
}

/* The leaves into the tree; its new nodes behind those of this step's executions, where they do not
 * count until nodes_n says so. */
static enum gz_err append_leaves(struct ledger *l, const struct submission *s, struct merkle *grown)
{
    void        *p = l->nodes;
    const size_t all = (size_t)merkle_count_all_new(grown->size, s->items_n);
    TRY(grow(&p, &l->nodes_cap, l->nodes_n + all, sizeof *l->nodes));
    l->nodes = p;
    make_leaves(l, s, l->nodes + l->nodes_n);
    return merkle_append_all(grown, l->nodes + l->nodes_n, s->items_n);
}

/* All that can fail comes first; then the state changes at once. */
static enum gz_err execute(struct ledger *l, const struct submission *s, uint16_t org_id,
                           struct buf *wire)
{
    const uint64_t first = l->tree.size;
    struct merkle  grown = l->tree;
    TRY(ledger_reserve(l, 1, s->items_n));
    TRY(append_leaves(l, s, &grown));
    l->tree = grown;
    l->nodes_n += (size_t)merkle_count_all_new(first, s->items_n);
    if (l->owners_n == 0 || l->owners[l->owners_n - 1].org_id != org_id)
        l->owners[l->owners_n++] = (struct ledger_owner){first, org_id};
    for (uint32_t i = 0; i < s->items_n; i++)
        if (s->items[i].has_supersedes) add_correction(l, s->items[i].supersedes_index, first + i);
    l->executions[l->executions_n] = (struct ledger_execution){
        .wire = buf_bytes(wire),
        .org = l->orgs[org_id].name,
        .org_id = org_id,
        .seq = s->seq,
        .first_index = first,
        .count = s->items_n,
        .body_hash = hash_of(l->genesis.suite, s->body),
    };
    l->executed_wires[l->executions_n++] = *wire;
    *wire = (struct buf){0};
    l->orgs[org_id].next_seq = s->seq + 1;
    return GZ_OK;
}

static struct ledger_waiting *slot_of(struct ledger_org *org, uint64_t seq)
{
    return &org->waiting[seq % LEDGER_WINDOW];
}

/* Those whose turn has come; one that is no longer allowed is dropped, and is refused when it is
 * sent again. Out of memory here only leaves them waiting. */
static void drain(struct ledger *l, uint16_t org_id)
{
    struct ledger_org *org = &l->orgs[org_id];
    for (;;) {
        struct ledger_waiting *w = slot_of(org, org->next_seq);
        struct arena           arena = {.p = l->scratch.p, .cap = l->scratch.cap};
        struct submission      s;
        if (w->seq != org->next_seq || w->wire.n == 0) return;
        if (submission_decode(buf_bytes(&w->wire), &arena, &s) != GZ_OK) return;
        const struct genesis_row *key = find_key(l, &s);
        if (key == NULL || !is_in_range(l, key, s.items_n) ||
            !are_corrections_good(l, &s, org_id)) {
            buf_fini(&w->wire);
            return;
        }
        if (execute(l, &s, org_id, &w->wire) != GZ_OK) return;
    }
}

/* --- the step --------------------------------------------------------------------------------- */

struct step {
    struct ledger         *l;
    struct bytes           wire;
    struct ledger_lookup   lookup;
    struct submission      s;
    struct ledger_org     *org;
    uint16_t               org_id;
    struct hash            body_hash;
    bool                   is_check; /* says what would be, changes nothing */
    struct ledger_outcome *out;
};

static enum gz_err conclude(struct step *t, enum ledger_result result)
{
    t->out->result = result;
    return GZ_OK;
}

static enum gz_err conflict(struct step *t, struct hash stored)
{
    t->out->has_stored = true;
    t->out->stored = stored;
    return conclude(t, LEDGER_CONFLICT);
}

static enum gz_err answer_executed(struct step *t)
{
    struct hash stored;
    uint64_t    index;
    uint32_t    count;
    TRY(t->lookup.executed(t->lookup.ctx, t->org_id, t->s.seq, &stored, &index, &count));
    if (!hash_eq(stored, t->body_hash)) return conflict(t, stored);
    t->out->index = index;
    t->out->count = count;
    return conclude(t, LEDGER_REPEATED);
}

/* Not its turn: into the window, unless another body waits there for this seq. */
static enum gz_err answer_early(struct step *t, const struct genesis_row *key)
{
    struct ledger_waiting *w = slot_of(t->org, t->s.seq);
    if (t->s.seq >= t->org->next_seq + LEDGER_WINDOW) return conclude(t, LEDGER_BEYOND_WINDOW);
    if (w->seq == t->s.seq && w->wire.n != 0)
        return hash_eq(w->body_hash, t->body_hash) ? conclude(t, LEDGER_WAITING)
                                                   : conflict(t, w->body_hash);
    if (t->l->tree.size >= key->until_index) return conclude(t, LEDGER_DENIED);
    if (t->is_check) return conclude(t, LEDGER_WAITING);
    struct buf copy = {0};
    TRY(buf_add(&copy, t->wire));
    buf_fini(&w->wire);
    *w = (struct ledger_waiting){t->s.seq, copy, t->body_hash};
    return conclude(t, LEDGER_WAITING);
}

static enum gz_err answer_next(struct step *t, const struct genesis_row *key)
{
    DEFER(buf_fini) struct buf copy = {0};
    struct ledger_waiting     *w = slot_of(t->org, t->s.seq);
    if (w->seq == t->s.seq && w->wire.n != 0 && !hash_eq(w->body_hash, t->body_hash))
        return conflict(t, w->body_hash);
    if (!is_in_range(t->l, key, t->s.items_n)) return conclude(t, LEDGER_DENIED);
    if (!are_corrections_good(t->l, &t->s, t->org_id)) return conclude(t, LEDGER_BAD_SUPERSEDES);
    if (t->is_check) return conclude(t, LEDGER_EXECUTED);
    TRY(buf_add(&copy, t->wire));
    TRY(execute(t->l, &t->s, t->org_id, &copy));
    if (w->seq == t->s.seq) buf_fini(&w->wire);
    drain(t->l, t->org_id);
    t->out->index = t->l->executions[0].first_index;
    t->out->count = t->l->executions[0].count;
    return conclude(t, LEDGER_EXECUTED);
}

/* The order of the checks is that of network.md section 2. */
static enum gz_err answer(struct step *t)
{
    struct arena      arena = {.p = t->l->scratch.p, .cap = t->l->scratch.cap};
    const enum gz_err e = submission_decode(t->wire, &arena, &t->s);
    if (e == GZ_LIMIT) return conclude(t, LEDGER_TOO_LARGE);
    if (e == GZ_MALFORMED) return conclude(t, LEDGER_MALFORMED);
    TRY(e);
    t->org = find_org(t->l, t->s.org, &t->org_id);
    const struct genesis_row *key = find_key(t->l, &t->s);
    if (t->org == NULL || key == NULL) return conclude(t, LEDGER_DENIED);
    const enum gz_err signature =
        submission_verify(&t->s, t->l->genesis.origin, &key->submission, t->l->keys);
    if (signature == GZ_MEMORY) return signature;
    if (signature != GZ_OK) return conclude(t, LEDGER_DENIED);
    t->body_hash = hash_of(t->l->genesis.suite, t->s.body);
    if (t->s.seq < t->org->next_seq) return answer_executed(t);
    return t->s.seq > t->org->next_seq ? answer_early(t, key) : answer_next(t, key);
}

/* Only now, since the list moved while it grew. */
static void point_at_nodes(struct ledger *l)
{
    const struct hash *next = l->nodes;
    for (size_t i = 0; i < l->executions_n; i++) {
        struct ledger_execution *e = &l->executions[i];
        e->nodes = next;
        next += merkle_count_all_new(e->first_index, e->count);
    }
}

enum gz_err ledger_step(struct ledger *l, struct bytes wire, struct ledger_lookup lookup,
                        struct ledger_outcome *out)
{
    struct ledger_outcome made = {0};
    struct step           t = {.l = l, .wire = wire, .lookup = lookup, .out = &made};
    forget_executed(l);
    TRY(answer(&t));
    if (t.org != NULL) made.expected = t.org->next_seq;
    point_at_nodes(l);
    made.executions = l->executions;
    made.executions_n = l->executions_n;
    *out = made;
    return GZ_OK;
}

enum gz_err ledger_check(struct ledger *l, struct bytes wire, struct ledger_lookup lookup,
                         struct ledger_outcome *out)
{
    struct ledger_outcome made = {0};
    struct step t = {.l = l, .wire = wire, .lookup = lookup, .is_check = true, .out = &made};
    TRY(answer(&t));
    if (t.org != NULL) made.expected = t.org->next_seq;
    *out = made;
    return GZ_OK;
}

/* --- what it knows -----------------------------------------------------------------------------
 */

const struct merkle *ledger_tree(const struct ledger *l)
{
    return &l->tree;
}

enum suite ledger_suite(const struct ledger *l)
{
    return l->genesis.suite;
}

struct bytes ledger_origin(const struct ledger *l)
{
    return l->genesis.origin;
}

struct bytes ledger_policy_text(const struct ledger *l)
{
    return l->genesis.policy_text;
}

size_t ledger_count_orgs(const struct ledger *l)
{
    return l->orgs_n;
}

struct bytes ledger_org_name(const struct ledger *l, uint16_t org_id)
{
    assert(org_id < l->orgs_n);
    return l->orgs[org_id].name;
}

uint64_t ledger_next_seq(const struct ledger *l, uint16_t org_id)
{
    assert(org_id < l->orgs_n);
    return l->orgs[org_id].next_seq;
}

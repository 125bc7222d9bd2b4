#include "node/governance_file.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/governance_state.h"
#include "node/append_file.h"

enum { RECORD_MAX = GOV_TX_SIZE_MAX };
static_assert((int)RECORD_MAX >= (int)GOV_MEMBERS_MAX * GOV_ENGINE_KEY_SIZE);

struct governance_file {
    struct buf         genesis_memory;
    struct genesis     genesis;
    struct governance  state;
    struct append_file file;
    size_t             powers_n;
    struct block_power powers[GOV_MEMBERS_MAX];
};

/* --- one statement ---------------------------------------------------------------------------- */

/* What this version does not carry out yet is not decided either: nothing that was voted for is
 * without effect. */
static bool is_carried_out(const struct gov_statement *s)
{
    const enum gov_act_kind k = s->act.kind;
    return s->verb != GOV_PROPOSE ||
           (k != GOV_ADMIT && k != GOV_ROTATE_KEY && k != GOV_CLOSE_POLICY);
}

static enum ledger_result result_of(enum gov_result r)
{
    switch (r) {
    case GOV_DONE: return LEDGER_EXECUTED;
    case GOV_NO_VOTER: return LEDGER_DENIED;
    case GOV_BAD_NONCE:
    case GOV_HAS_VOTED: return LEDGER_CONFLICT;
    case GOV_TOO_MANY: return LEDGER_BEYOND_WINDOW;
    case GOV_NOT_OPEN:
    case GOV_IMPOSSIBLE: return LEDGER_BAD_SUPERSEDES;
    }
    return LEDGER_DENIED;
}

/* Form, then whose key and signature. 0: both are good. */
static enum ledger_result read_tx(const struct governance_file *g, struct bytes wire, uint64_t size,
                                  struct gov_tx *tx)
{
    const enum gz_err e = gov_tx_decode(wire, g->genesis.suite, tx);
    if (e != GZ_OK) return e == GZ_LIMIT ? LEDGER_TOO_LARGE : LEDGER_MALFORMED;
    const struct gov_key *k = gov_find_key(&g->state, tx->statement.org, tx->key_id);
    if (k == NULL || size < k->from || size >= k->until) return LEDGER_DENIED;
    if (gov_tx_verify(tx, g->genesis.origin, &k->key) != GZ_OK) return LEDGER_DENIED;
    return is_carried_out(&tx->statement) ? 0 : LEDGER_BAD_SUPERSEDES;
}

enum gz_err governance_file_check(const struct governance_file *g, struct bytes wire, uint64_t size,
                                  enum ledger_result *result)
{
    struct gov_tx            tx;
    struct gov_outcome       outcome;
    const enum ledger_result refused = read_tx(g, wire, size, &tx);
    struct governance       *copy = refused == 0 ? malloc(sizeof *copy) : NULL;
    if (refused == 0 && copy == NULL) return GZ_MEMORY;
    *result = refused;
    if (refused != 0) return GZ_OK;
    *copy = g->state;
    gov_step(copy, &tx.statement, size, &outcome);
    *result = result_of(outcome.result);
    free(copy);
    return GZ_OK;
}

/* The engine takes each key once: what came last counts. */
static enum gz_err note_power(struct governance_file *g, const struct gov_outcome *o)
{
    size_t i = 0;
    if (!o->has_power) return GZ_OK;
    while (i < g->powers_n && memcmp(g->powers[i].engine, o->engine, GOV_ENGINE_KEY_SIZE) != 0) i++;
    if (i == GOV_MEMBERS_MAX) return GZ_LIMIT;
    memcpy(g->powers[i].engine, o->engine, GOV_ENGINE_KEY_SIZE);
    g->powers[i].power = o->power;
    if (i == g->powers_n) g->powers_n++;
    return GZ_OK;
}

static enum gz_err add_record(struct governance_file *g, uint64_t height, uint64_t size,
                              struct bytes wire)
{
    uint8_t       head[GOV_FILE_HEAD];
    struct hasher h;
    write_be64(head, height);
    write_be64(head + 8, size);
    write_be64(head + 16, wire.n);
    hasher_init(&h, g->genesis.suite);
    hasher_add(&h, (struct bytes){head, 24});
    hasher_add(&h, wire);
    const struct hash sum = hasher_end(&h);
    memcpy(head + 24, sum.b, 8);
    TRY(buf_add(&g->file.pending, BYTES_OF(head)));
    return buf_add(&g->file.pending, wire);
}

enum gz_err governance_file_execute(struct governance_file *g, struct bytes wire, uint64_t height,
                                    uint64_t size, enum ledger_result *result, struct hash *state)
{
    struct gov_tx      tx;
    struct gov_outcome outcome;
    *result = read_tx(g, wire, size, &tx);
    if (*result != 0) return GZ_OK;
    gov_step(&g->state, &tx.statement, size, &outcome);
    *result = result_of(outcome.result);
    if (*result != LEDGER_EXECUTED) return GZ_OK;
    TRY(note_power(g, &outcome));
    TRY(add_record(g, height, size, wire));
    return gov_hash(&g->state, state);
}

enum gz_err governance_file_commit(struct governance_file *g)
{
    g->powers_n = 0;
    TRY(append_flush(&g->file));
    return append_sync(&g->file);
}

size_t governance_file_powers(const struct governance_file *g, struct block_power *powers)
{
    memcpy(powers, g->powers, g->powers_n * sizeof *powers);
    return g->powers_n;
}

const struct governance *governance_file_state(const struct governance_file *g)
{
    return &g->state;
}

static bool is_anybody_out(const struct governance *g)
{
    for (size_t i = 0; i < g->members_n; i++)
        if (!gov_may_submit(g, bytes_str(g->members[i].name))) return true;
    return false;
}

enum gz_err governance_file_denies(const struct governance_file *g, struct bytes submission,
                                   bool *out)
{
    DEFER(buf_fini) struct buf memory = {0};
    struct submission          s;
    const size_t               room = SUBMISSION_ITEMS_MAX * sizeof(struct submission_item) + 1024;
    *out = false;
    if (!is_anybody_out(&g->state)) return GZ_OK;
    TRY(buf_reserve(&memory, room));
    struct arena arena = {memory.p, 0, room};
    *out = submission_decode(submission, &arena, &s) == GZ_OK && !gov_may_submit(&g->state, s.org);
    return GZ_OK;
}

/* --- the file --------------------------------------------------------------------------------- */

struct record_at {
    uint64_t   height, size, end;
    struct buf wire;
};

/* GZ_MISSING: it ends before, or in the middle of a record. GZ_CORRUPT: another sum. */
static enum gz_err read_record(const struct governance_file *g, uint64_t at, struct record_at *out)
{
    uint8_t       head[GOV_FILE_HEAD];
    struct hasher h;
    TRY(append_read(&g->file, at, head, sizeof head));
    const uint64_t n = read_be64(head + 16);
    if (n > RECORD_MAX) return GZ_CORRUPT;
    out->wire.n = 0;
    TRY(buf_reserve(&out->wire, (size_t)n + 1));
    TRY(append_read(&g->file, at + sizeof head, out->wire.p, (size_t)n));
    out->wire.n = (size_t)n;
    hasher_init(&h, g->genesis.suite);
    hasher_add(&h, (struct bytes){head, 24});
    hasher_add(&h, buf_bytes(&out->wire));
    const struct hash sum = hasher_end(&h);
    if (memcmp(head + 24, sum.b, 8) != 0) return GZ_CORRUPT;
    out->height = read_be64(head);
    out->size = read_be64(head + 8);
    out->end = at + sizeof head + n;
    return GZ_OK;
}

static enum gz_err know_engines(struct governance *state, struct bytes wire)
{
    struct bytes keys[GOV_MEMBERS_MAX];
    const size_t n = wire.n / GOV_ENGINE_KEY_SIZE;
    if (n > GOV_MEMBERS_MAX || wire.n % GOV_ENGINE_KEY_SIZE != 0) return GZ_CORRUPT;
    for (size_t i = 0; i < n; i++)
        keys[i] = bytes_slice(wire, i * GOV_ENGINE_KEY_SIZE, (i + 1) * GOV_ENGINE_KEY_SIZE);
    return gov_know_engines(state, keys, n);
}

struct walk {
    void *ctx;
    enum gz_err (*seen)(void *ctx, const struct governance_file_seen *s);
    struct governance *state;
    uint64_t           height, end; /* end: of the last record up to that height */
};

static enum gz_err replay(const struct governance_file *g, struct walk *w,
                          const struct record_at *r)
{
    struct gov_tx      tx;
    struct gov_outcome outcome;
    if (r->height == 0) return know_engines(w->state, buf_bytes(&r->wire));
    if (gov_tx_decode(buf_bytes(&r->wire), g->genesis.suite, &tx) != GZ_OK) return GZ_CORRUPT;
    gov_step(w->state, &tx.statement, r->size, &outcome);
    if (outcome.result != GOV_DONE) return GZ_CORRUPT;
    const struct governance_file_seen s = {r->height, r->size,  buf_bytes(&r->wire),
                                           &tx,       &outcome, w->state};
    return w->seen == NULL ? GZ_OK : w->seen(w->ctx, &s);
}

/* From the genesis through the file, as far as the height says; a torn end is no record. */
static enum gz_err walk(const struct governance_file *g, struct walk *w)
{
    struct record_at r = {0};
    enum gz_err      e = gov_init(w->state, &g->genesis);
    while (e == GZ_OK) {
        e = read_record(g, w->end, &r);
        if (e != GZ_OK || r.height > w->height) break;
        e = replay(g, w, &r);
        w->end = r.end;
    }
    buf_fini(&r.wire);
    return e == GZ_MISSING ? GZ_OK : e;
}

enum gz_err governance_file_visit(const struct governance_file *g, uint64_t height, void *ctx,
                                  enum gz_err (*seen)(void                              *ctx,
                                                      const struct governance_file_seen *s))
{
    struct walk w = {.ctx = ctx, .seen = seen, .height = height};
    w.state = malloc(sizeof *w.state);
    if (w.state == NULL) return GZ_MEMORY;
    const enum gz_err e = walk(g, &w);
    free(w.state);
    return e;
}

enum gz_err governance_file_begin(struct governance_file *g, const struct bytes *keys, size_t n)
{
    DEFER(buf_fini) struct buf all = {0};
    TRY(gov_init(&g->state, &g->genesis));
    TRY(gov_know_engines(&g->state, keys, n));
    for (size_t i = 0; i < n; i++) TRY(buf_add(&all, keys[i]));
    TRY(append_cut(&g->file, 0));
    TRY(add_record(g, 0, 0, buf_bytes(&all)));
    return governance_file_commit(g);
}

static enum gz_err open_all(struct governance_file *g, const char *folder, struct bytes genesis,
                            uint64_t height, struct buf *why)
{
    const char  *reason = "";
    const size_t room = genesis_arena_size(genesis.n);
    struct walk  w = {.state = &g->state, .height = height};
    TRY(buf_reserve(&g->genesis_memory, room));
    struct arena arena = {g->genesis_memory.p, 0, room};
    TRY(genesis_decode(genesis, &arena, &g->genesis, &reason));
    TRY(append_open(folder, "governance", &g->file));
    const enum gz_err e = walk(g, &w);
    if (e == GZ_CORRUPT)
        (void)buf_addf(why, "%s/governance is damaged behind byte %llu", folder,
                       (unsigned long long)w.end);
    TRY(e);
    if (height > 0 && w.end == 0) { /* the first block comes behind the engine's validators */
        (void)buf_addf(why, "%s/governance is lost: bring it back from a backup or another node",
                       folder);
        return GZ_CORRUPT;
    }
    return append_cut(&g->file, w.end);
}

enum gz_err governance_file_open(const char *folder, struct bytes genesis, uint64_t height,
                                 struct governance_file **out, struct buf *why)
{
    DEFER(governance_file_close) struct governance_file *g = calloc(1, sizeof *g);
    if (g == NULL) return GZ_MEMORY;
    TRY(open_all(g, folder, genesis, height, why));
    *out = g;
    g = NULL;
    return GZ_OK;
}

void governance_file_close(struct governance_file **g)
{
    if (*g == NULL) return;
    append_close(&(*g)->file);
    buf_fini(&(*g)->genesis_memory);
    free(*g);
    *g = NULL;
}

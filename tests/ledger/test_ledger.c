/* Traces of the ledger: the transcript is the assertion. */
#include "ledger/ledger.h"

#include "core/entry.h"
#include "chain_fixture.h"

enum { KEPT_MAX = 512 };

/* What a driver would keep: H(body), first index and count of each executed submission. */
struct kept {
    size_t n;
    struct {
        uint16_t    org_id;
        uint64_t    seq, first;
        uint32_t    count;
        struct hash body_hash;
    } rows[KEPT_MAX];
};

static enum gz_err find_kept(void *ctx, uint16_t org_id, uint64_t seq, struct hash *body_hash,
                             uint64_t *first_index, uint32_t *count)
{
    const struct kept *k = ctx;
    for (size_t i = 0; i < k->n; i++)
        if (k->rows[i].org_id == org_id && k->rows[i].seq == seq) {
            *body_hash = k->rows[i].body_hash;
            *first_index = k->rows[i].first;
            *count = k->rows[i].count;
            return GZ_OK;
        }
    return GZ_MISSING;
}

struct scene {
    struct fixture f;
    struct ledger *l;
    struct kept    kept;
    struct buf     trace;
};

static void scene_init(struct scene *s, unsigned until)
{
    const char *why = NULL;
    memset(s, 0, sizeof *s);
    fixture_init(&s->f, until);
    if (ledger_new(buf_bytes(&s->f.genesis), &s->l, &why) != GZ_OK) fail_msg("genesis: %s", why);
}

static void scene_fini(struct scene *s)
{
    ledger_free(&s->l);
    fixture_fini(&s->f);
    buf_fini(&s->trace);
}

/* The leaf hashes that come with an execution are those of org LF fingerprint, in order. */
static void check_leaves(const struct ledger_execution *e)
{
    static uint8_t    memory[SUBMISSION_ITEMS_MAX * sizeof(struct submission_item)];
    struct arena      arena = {memory, 0, sizeof memory};
    struct submission s;
    uint8_t           logged[ENTRY_ORG_MAX + 1 + HASH_SIZE];
    assert_ok(submission_decode(e->wire, &arena, &s));
    assert_int_equal(s.items_n, e->count);
    for (uint32_t i = 0; i < s.items_n; i++) {
        const size_t n = entry_log_bytes(s.org, s.items[i].fingerprint, logged);
        assert_true(hash_eq(e->nodes[i], merkle_leaf(SUITE_INTL, (struct bytes){logged, n})));
    }
}

static void step(struct scene *s, const char *what, struct bytes wire)
{
    static const char *const names[] = {
        "",          "executed", "repeated", "waiting",       "malformed",
        "too large", "denied",   "conflict", "beyond window", "bad supersedes"};
    struct ledger_outcome out;
    assert_ok(ledger_step(s->l, wire, (struct ledger_lookup){&s->kept, find_kept}, &out));
    assert_ok(buf_addf(&s->trace, "%s: %s", what, names[out.result]));
    if (out.result == LEDGER_EXECUTED || out.result == LEDGER_REPEATED)
        assert_ok(buf_addf(&s->trace, " at %d+%u", (int)out.index, out.count));
    if (out.result == LEDGER_WAITING || out.result == LEDGER_CONFLICT ||
        out.result == LEDGER_BEYOND_WINDOW)
        assert_ok(buf_addf(&s->trace, " expected %d", (int)out.expected));
    for (size_t i = 0; i < out.executions_n; i++) {
        const struct ledger_execution *e = &out.executions[i];
        if (i > 0)
            assert_ok(buf_addf(&s->trace, ", then %d at %d", (int)e->seq, (int)e->first_index));
        check_leaves(e);
        s->kept.rows[s->kept.n].org_id = e->org_id;
        s->kept.rows[s->kept.n].seq = e->seq;
        s->kept.rows[s->kept.n].first = e->first_index;
        s->kept.rows[s->kept.n].count = e->count;
        s->kept.rows[s->kept.n++].body_hash = e->body_hash;
    }
    assert_ok(buf_add_str(&s->trace, "\n"));
}

static void send(struct scene *s, const char *what, const struct fixture_key *k, uint64_t seq,
                 uint32_t count, unsigned salt, int64_t supersedes)
{
    DEFER(buf_fini) struct buf wire = {0};
    fixture_submission(k, seq, count, salt, supersedes, &wire);
    step(s, what, buf_bytes(&wire));
}

static void expect(struct scene *s, const char *want)
{
    assert_ok(buf_add_byte(&s->trace, 0));
    assert_string_equal((const char *)s->trace.p, want);
}

static void order_window_and_repeats(void **state)
{
    (void)state;
    struct scene s;
    scene_init(&s, 0);
    const struct fixture_key *bank = &s.f.bank, *court = &s.f.court;
    send(&s, "bank 1", bank, 1, 3, 0, -1);
    send(&s, "bank 1 again", bank, 1, 3, 0, -1);
    send(&s, "bank 1 other body", bank, 1, 2, 0, -1);
    send(&s, "bank 3 early", bank, 3, 1, 0, -1);
    send(&s, "bank 3 early again", bank, 3, 1, 0, -1);
    send(&s, "bank 3 early other body", bank, 3, 1, 9, -1);
    send(&s, "court 1", court, 1, 2, 0, -1);
    send(&s, "bank 65 last of window", bank, 65, 1, 0, -1);
    send(&s, "bank 66 beyond", bank, 66, 1, 0, -1);
    send(&s, "bank 4 early", bank, 4, 2, 0, -1);
    send(&s, "bank 2", bank, 2, 1, 0, -1);
    send(&s, "bank 4 again", bank, 4, 2, 0, -1);
    expect(&s, "bank 1: executed at 0+3\n"
               "bank 1 again: repeated at 0+3\n"
               "bank 1 other body: conflict expected 2\n"
               "bank 3 early: waiting expected 2\n"
               "bank 3 early again: waiting expected 2\n"
               "bank 3 early other body: conflict expected 2\n"
               "court 1: executed at 3+2\n"
               "bank 65 last of window: waiting expected 2\n"
               "bank 66 beyond: beyond window expected 2\n"
               "bank 4 early: waiting expected 2\n"
               "bank 2: executed at 5+1, then 3 at 6, then 4 at 7\n"
               "bank 4 again: repeated at 7+2\n");
    assert_int_equal(ledger_tree(s.l)->size, 9);
    scene_fini(&s);
}

static void corrections_point_to_own_earlier_entries(void **state)
{
    (void)state;
    struct scene s;
    uint64_t     by = 0;
    scene_init(&s, 0);
    send(&s, "bank", &s.f.bank, 1, 2, 0, -1);
    send(&s, "court", &s.f.court, 1, 1, 0, -1);
    send(&s, "bank corrects the court's", &s.f.bank, 2, 1, 0, 2);
    send(&s, "bank corrects its future", &s.f.bank, 2, 1, 0, 3);
    send(&s, "bank corrects 1", &s.f.bank, 2, 1, 0, 1);
    send(&s, "bank corrects 1 again", &s.f.bank, 3, 1, 0, 1);
    expect(&s, "bank: executed at 0+2\n"
               "court: executed at 2+1\n"
               "bank corrects the court's: bad supersedes\n"
               "bank corrects its future: bad supersedes\n"
               "bank corrects 1: executed at 3+1\n"
               "bank corrects 1 again: executed at 4+1\n");
    assert_true(ledger_superseded_by(s.l, 1, &by));
    assert_int_equal(by, 4);
    assert_false(ledger_superseded_by(s.l, 0, &by));
    assert_false(ledger_superseded_by(s.l, 2, &by));
    scene_fini(&s);
}

static void a_key_ends_with_its_range(void **state)
{
    (void)state;
    struct scene s;
    scene_init(&s, 4); /* the court's key: indexes below 4 */
    send(&s, "court 3 over the end", &s.f.court, 1, 5, 0, -1);
    send(&s, "court 1", &s.f.court, 1, 2, 0, -1);
    send(&s, "court 3 early", &s.f.court, 3, 1, 0, -1);
    send(&s, "bank", &s.f.bank, 1, 1, 0, -1);
    send(&s, "court 2 takes the last", &s.f.court, 2, 1, 0, -1);
    send(&s, "court 3 after the end", &s.f.court, 3, 1, 0, -1);
    send(&s, "court 1 again", &s.f.court, 1, 2, 0, -1);
    send(&s, "wrong key", &(struct fixture_key){s.f.log.pkey, s.f.bank.key}, 2, 1, 0, -1);
    expect(&s, "court 3 over the end: denied\n"
               "court 1: executed at 0+2\n"
               "court 3 early: waiting expected 2\n"
               "bank: executed at 2+1\n"
               "court 2 takes the last: executed at 3+1\n"
               "court 3 after the end: denied\n"
               "court 1 again: repeated at 0+2\n"
               "wrong key: denied\n");
    scene_fini(&s);
}

static void a_snapshot_goes_on_alike(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf snapshot = {0}, again = {0};
    struct scene               s;
    struct ledger             *other = NULL;
    scene_init(&s, 0);
    for (uint64_t i = 1; i <= 20; i++) {
        send(&s, "bank", &s.f.bank, i, (uint32_t)i, 0, i > 3 ? (int64_t)(i / 2) : -1);
        send(&s, "court", &s.f.court, i, 1, 0, -1);
    }
    assert_ok(ledger_encode(s.l, &snapshot));
    assert_ok(ledger_decode(buf_bytes(&s.f.genesis), buf_bytes(&snapshot), &other));
    assert_ok(ledger_encode(other, &again));
    assert_true(bytes_eq(buf_bytes(&snapshot), buf_bytes(&again)));
    ledger_free(&other);
    for (size_t i = 0; i < snapshot.n; i++) {
        snapshot.p[i] ^= 4;
        assert_int_not_equal(ledger_decode(buf_bytes(&s.f.genesis), buf_bytes(&snapshot), &other),
                             GZ_OK);
        snapshot.p[i] ^= 4;
    }
    scene_fini(&s);
}

/* What is wrong inside a snapshot whose sum is right. */
static void unsound_snapshots_are_refused(void **state)
{
    (void)state;
    enum { HEAD = 24 + HASH_SIZE, AT_SIZE = HEAD };
    DEFER(buf_fini) struct buf good = {0};
    struct scene               s;
    scene_init(&s, 0);
    send(&s, "bank", &s.f.bank, 1, 3, 0, -1);
    send(&s, "court", &s.f.court, 1, 1, 0, -1);
    send(&s, "bank corrects", &s.f.bank, 2, 1, 0, 0);
    assert_ok(ledger_encode(s.l, &good));
    /* Behind the size, 5: two roots, two next seqs, 3 owners, 1 correction. */
    const size_t seqs = AT_SIZE + 8 + 2 * HASH_SIZE, owners = seqs + 16 + 8;
    const size_t corrections = owners + 3 * 16 + 8;
    const struct {
        size_t   at;
        uint64_t value;
    } rows[] = {
        {seqs, 0},
        {seqs, UINT64_MAX},
        {owners, 1},
        {owners + 16, 0},
        {owners + 32, 5},
        {owners + 32, 3},
        {owners + 24, 0},
        {owners + 8, 2},
        {corrections, 4},
        {corrections, 9},
        {corrections + 8, 5},
        {corrections + 8, 0},
        {owners - 8, 2},
        {owners - 8, 0},
        {corrections - 8, 0},
        {corrections - 8, UINT64_MAX},
        {AT_SIZE, 3},
        {AT_SIZE, UINT64_MAX},
    };
    for (size_t i = 0; i < COUNT_OF(rows) + 1; i++) {
        DEFER(buf_fini) struct buf changed = {0};
        struct ledger             *other = NULL;
        assert_ok(buf_add(&changed, bytes_slice(buf_bytes(&good), 0, good.n - HASH_SIZE)));
        if (i > 0) write_be64(changed.p + rows[i - 1].at, rows[i - 1].value);
        const struct hash sum = hash_of(SUITE_INTL, buf_bytes(&changed));
        assert_ok(buf_add(&changed, BYTES_OF(sum.b)));
        const enum gz_err e = ledger_decode(buf_bytes(&s.f.genesis), buf_bytes(&changed), &other);
        if (e != (i == 0 ? GZ_OK : GZ_MALFORMED)) fail_msg("row %zu: %s", i, err_name(e));
        ledger_free(&other);
    }
    scene_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_window_and_repeats),
        cmocka_unit_test(corrections_point_to_own_earlier_entries),
        cmocka_unit_test(a_key_ends_with_its_range),
        cmocka_unit_test(a_snapshot_goes_on_alike),
        cmocka_unit_test(unsound_snapshots_are_refused),
    };
    RUN_TESTS(tests);
}

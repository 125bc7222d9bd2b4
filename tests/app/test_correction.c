/* A correction: another record, which names the one that it corrects, and waits for its index. */
#include "relation_fixture.h"
#include "store/correction.h"
#include "store/outbox.h"

#define HEADER "event|contract|what|why\n"

static const char kind[] =
    "kind: evidence.correction\nlabel: 更正\nlegal_ground: x\nlate_after: 3600\n"
    "basis: contract\nconsent: none\nretention_days: 3650\nfields:\n"
    "  - {name: contract_no, label: a, type: text, max: 40, class: C2, mask: last6, required: "
    "true}\n"
    "  - {name: corrects, label: b, type: text, max: 64, class: C1, mask: none, required: true}\n"
    "  - {name: reason, label: c, type: text, max: 200, class: C2, mask: none, required: true}\n";
static const char mapping[] =
    "kind: evidence.correction\nfile: correction\nsource: test\ncharset: utf-8\n"
    "event_number: event\nmatter: contract_no\ncorrects: corrects\ncolumns:\n"
    "  contract: contract_no\n  what: corrects\n  why: reason\n";

static int set_up(void **state)
{
    return relation_set_up(state, "correction", "evidence.correction", kind, mapping);
}

static void submit(struct bank_fixture *f, const char *rows, struct fixture_result *r)
{
    relation_submit(f, "correction", HEADER, rows, r);
}

static void entry_of(struct bank_fixture *f, int64_t id, struct entry *e)
{
    static uint8_t    memory[4 * ENTRY_SIZE_MAX];
    static struct buf kept;
    struct arena      arena = {memory, 0, sizeof memory};
    struct record     r = {0};
    const char       *why;
    assert_ok(record_get_id(f->db, id, &r));
    buf_fini(&kept);
    kept = r.entry;
    r.entry = (struct buf){0};
    record_fini(&r);
    assert_ok(entry_decode(buf_bytes(&kept), &arena, e, &why));
}

static void it_names_what_it_corrects(void **state)
{
    struct bank_fixture             *f = *state;
    struct fixture_result            r;
    DEFER(record_fini) struct record first = {0};
    struct entry                     e;
    int64_t                          id;
    submit(f, "K1|L1|E1|金额录错\n", &r);
    assert_int_equal(r.counts.accepted, 1);
    assert_ok(record_get_id(f->db, 1, &first));
    entry_of(f, 3, &e);
    assert_true(bytes_eq(e.supersedes, bytes_str(first.uuid)));
    assert_int_equal(e.seq, 2); /* of the same loan */
    assert_ok(correction_latest(f->db, 1, &id));
    assert_int_equal(id, 3);
    assert_ok(correction_get(f->db, 3, &id));
    assert_int_equal(id, 1);
    assert_err(correction_latest(f->db, 2, &id), GZ_MISSING);
    submit(f, "K2|L1|K1|再次更正\n", &r); /* a correction can be wrong too */
    assert_int_equal(r.counts.accepted, 1);
    submit(f, "K1|L1|E1|金额录错\nK1|L1|E1|别的原因\n", &r);
    assert_int_equal(r.counts.repeated, 1);
    assert_int_equal(r.counts.conflicts, 1);
}

static void nothing_to_correct_is_refused_and_changes_nothing(void **state)
{
    struct bank_fixture  *f = *state;
    struct fixture_result r;
    struct record_counts  c;
    submit(f, "K1|L1|E9|没有这条\nK2|L2|E1|别人的贷款\nK3|L9|E1|没有的贷款\nK4|L1|E1|\n", &r);
    assert_int_equal(r.counts.accepted, 0);
    assert_int_equal(r.counts.refused, 4);
    assert_string_equal(r.codes, "2:corrects 3:corrects 4:corrects 5:required ");
    assert_ok(record_count(f->db, 0, &c));
    assert_int_equal(c.total, 2);
}

/* The log takes only indexes that it gave: the outbox holds a correction until then. */
static void it_waits_for_the_index_of_what_it_corrects(void **state)
{
    struct bank_fixture  *f = *state;
    struct fixture_result r;
    struct outbox_row     rows[8];
    size_t                n;
    submit(f, "K1|L1|E1|金额录错\n", &r);
    assert_ok(outbox_next(f->db, rows, 8, &n));
    assert_int_equal(n, 2);
    struct outbox_submission s = {.seq = 1, .count = 2};
    assert_ok(buf_add_str(&s.wire, "signed"));
    assert_ok(db_begin(f->db));
    assert_ok(outbox_store(f->db, &s, rows));
    assert_ok(db_commit(f->db));
    assert_ok(outbox_next(f->db, rows, 8, &n));
    assert_int_equal(n, 0); /* sent is not yet answered */
    assert_ok(db_begin(f->db));
    assert_ok(outbox_answered(f->db, 1, 7, 2, 1795600000000));
    assert_ok(db_commit(f->db));
    assert_ok(outbox_next(f->db, rows, 8, &n));
    assert_int_equal(n, 1);
    assert_int_equal(rows[0].record_id, 3);
    assert_true(rows[0].has_supersedes);
    assert_int_equal(rows[0].supersedes_index, 7);
    outbox_submission_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_names_what_it_corrects, set_up, relation_tear_down),
        cmocka_unit_test_setup_teardown(nothing_to_correct_is_refused_and_changes_nothing, set_up,
                                        relation_tear_down),
        cmocka_unit_test_setup_teardown(it_waits_for_the_index_of_what_it_corrects, set_up,
                                        relation_tear_down),
    };
    RUN_TESTS(tests);
}

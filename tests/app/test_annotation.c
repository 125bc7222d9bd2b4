/* A note: another record, which says something of an earlier one of its loan and replaces nothing.
 */
#include "app/find_records.h"
#include <sqlite3.h>

#include "app/check_store.h"
#include "relation_fixture.h"
#include "store/annotation.h"

#define HEADER "event|contract|about|text\n"

static const char kind[] =
    "kind: evidence.note\nlabel: 附注\nlegal_ground: x\nlate_after: 3600\n"
    "basis: contract\nconsent: none\nretention_days: 3650\nfields:\n"
    "  - {name: contract_no, label: a, type: text, max: 40, class: C2, mask: last6, required: "
    "true}\n"
    "  - {name: about, label: b, type: text, max: 64, class: C1, mask: none, required: true}\n"
    "  - {name: note, label: c, type: text, max: 200, class: C2, mask: hidden, required: true}\n";
static const char mapping[] =
    "kind: evidence.note\nfile: note\nsource: test\ncharset: utf-8\nevent_number: event\n"
    "matter: contract_no\ncolumns:\n  contract: contract_no\n  about: about\n  text: note\n";

static int set_up(void **state)
{
    return relation_set_up(state, "note", "evidence.note", kind, mapping);
}

static void submit(struct bank_fixture *f, const char *rows, struct fixture_result *r)
{
    relation_submit(f, "note", HEADER, rows, r);
}

static enum gz_err count(void *ctx, int64_t record_id)
{
    int64_t *sum = ctx;
    *sum = *sum * 10 + record_id;
    return GZ_OK;
}

static void a_record_has_many(void **state)
{
    struct bank_fixture             *f = *state;
    DEFER(record_fini) struct record first = {0};
    DEFER(buf_fini) struct buf       rows = {0};
    struct fixture_result            r;
    int64_t                          about, all = 0;
    assert_ok(record_get_id(f->db, 1, &first));
    assert_ok(buf_addf(&rows, "N1|L1|E1|a\nN2|L1|%s|b\nN3|L1|N1|c\n%c", first.uuid, 0));
    submit(f, (const char *)rows.p, &r);
    assert_int_equal(r.counts.accepted, 3);
    assert_ok(annotation_list(f->db, 1, count, &all));
    assert_int_equal(all, 34); /* by event number, and by evidence number */
    assert_ok(annotation_get(f->db, 5, &about));
    assert_int_equal(about, 3); /* a note of a note */
    assert_int_equal(annotation_get(f->db, 1, &about), GZ_MISSING);
    submit(f, (const char *)rows.p, &r);
    assert_int_equal(r.counts.repeated, 3);
}

static void its_entry_replaces_nothing(void **state)
{
    struct bank_fixture             *f = *state;
    DEFER(record_fini) struct record note = {0};
    DEFER(buf_fini) struct buf       memory = {0};
    struct fixture_result            r;
    struct entry                     e;
    const char                      *why;
    submit(f, "N1|L1|E1|a\n", &r);
    assert_ok(record_get_id(f->db, 3, &note));
    assert_ok(buf_reserve(&memory, 4 * ENTRY_SIZE_MAX));
    struct arena arena = {.p = memory.p, .cap = 4 * ENTRY_SIZE_MAX};
    assert_ok(entry_decode(buf_bytes(&note.entry), &arena, &e, &why));
    assert_int_equal(e.supersedes.n, 0);
    assert_int_equal(e.seq, 2);
}

static void of_nothing_it_is_refused(void **state)
{
    struct bank_fixture             *f = *state;
    DEFER(record_fini) struct record first = {0};
    DEFER(buf_fini) struct buf       rows = {0};
    struct fixture_result            r;
    assert_ok(record_get_id(f->db, 1, &first));
    assert_ok(buf_addf(&rows, "N1|L1|E9|a\nN2|L1|E2|b\nN3|L2|%s|c\nN4|L3|E1|d\n%c", first.uuid, 0));
    submit(f, (const char *)rows.p, &r);
    assert_int_equal(r.counts.refused, 4); /* unknown, or of another loan */
    assert_string_equal(r.codes, "2:about 3:about 4:about 5:about ");
    assert_int_equal(record_get_id(f->db, 3, &first), GZ_MISSING);
}

static void take_finding(void *ctx, const struct found_in_store *found)
{
    assert_int_equal(found->record_id, 3);
    *(enum store_finding *)ctx = found->what;
}

static void a_changed_relation_is_found(void **state)
{
    struct bank_fixture        *f = *state;
    enum store_finding          what = FOUND_FINDINGS;
    const struct store_listener listener = {.ctx = &what, .found = take_finding};
    struct store_check          counts = {0};
    struct fixture_result       r;
    sqlite3                    *raw;
    int64_t                     about;
    submit(f, "N1|L1|E1|a\n", &r);
    assert_ok(check_stored_record(&f->bank, f->db, 3, &listener, &counts));
    assert_int_equal(what, FOUND_FINDINGS);
    log_set_level(LOG_ALARM + 1); /* the damage is on purpose */
    assert_int_equal(sqlite3_open(fixture_path(f, "bank.sqlite"), &raw), SQLITE_OK);
    assert_int_equal(sqlite3_exec(raw, "UPDATE annotation SET about = 2", NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(raw);
    assert_int_equal(annotation_get(f->db, 3, &about), GZ_CORRUPT);
    assert_ok(check_stored_record(&f->bank, f->db, 3, &listener, &counts));
    assert_int_equal(what, FOUND_ORIGIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_record_has_many, set_up, relation_tear_down),
        cmocka_unit_test_setup_teardown(its_entry_replaces_nothing, set_up, relation_tear_down),
        cmocka_unit_test_setup_teardown(of_nothing_it_is_refused, set_up, relation_tear_down),
        cmocka_unit_test_setup_teardown(a_changed_relation_is_found, set_up, relation_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

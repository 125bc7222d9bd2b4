/* Holds, orders to destroy, and the audit that only grows. */
#include "store/erasure.h"

#include <sqlite3.h>

#include "store/audit.h"
#include "store/hold.h"
#include "store/statement.h"
#include "store_fixture.h"

static int run_code(const char *sql)
{
    return sqlite3_exec(db->c, sql, NULL, NULL, NULL);
}

static enum gz_err count_hold(void *ctx, const struct hold *h)
{
    assert_true(h->removed_ms == 0);
    ++*(int *)ctx;
    return GZ_OK;
}

static int holds_of(int64_t matter_id)
{
    int n = 0;
    assert_ok(hold_list(db, matter_id, count_hold, &n));
    return n;
}

static void a_hold_is_on_until_it_is_removed(void **state)
{
    (void)state;
    struct matter a, b;
    struct hold   h = {.reason = "法院保全", .by = "op.1", .added_ms = 5}, got;
    assert_ok(db_begin(db));
    add_matter(1, &a);
    add_matter(2, &b);
    h.matter_id = a.id;
    assert_ok(hold_add(db, &h));
    h.matter_id = b.id;
    assert_ok(hold_add(db, &h));
    h.matter_id = 99;
    assert_err(hold_add(db, &h), GZ_MALFORMED); /* no such matter */
    assert_ok(db_commit(db));
    assert_int_equal(holds_of(a.id), 1);
    assert_int_equal(holds_of(0), 2);
    assert_ok(db_begin(db));
    assert_ok(hold_remove(db, 1, 9));
    assert_err(hold_remove(db, 1, 10), GZ_MISSING);
    assert_err(hold_remove(db, 7, 10), GZ_MISSING);
    assert_ok(db_commit(db));
    reopen();
    assert_int_equal(holds_of(a.id), 0);
    assert_int_equal(holds_of(b.id), 1);
    assert_ok(hold_get(db, 1, &got));
    assert_int_equal(got.removed_ms, 9);
    assert_string_equal(got.reason, "法院保全");
    assert_int_equal(run_code("UPDATE hold SET removed_ms = 1 WHERE id = 2"), SQLITE_OK);
    assert_err(hold_get(db, 2, &got), GZ_CORRUPT); /* nobody lifts one behind our back */
}

static void an_order_is_pending_until_it_is_done(void **state)
{
    (void)state;
    DEFER(erasure_fini) struct erasure e = {.ordered_ms = 3}, got = {0};
    struct matter                      m;
    int64_t                            id = 0;
    assert_ok(buf_add_str(&e.order, "the order"));
    assert_err(erasure_pending(db, &id), GZ_MISSING);
    assert_ok(db_begin(db));
    add_matter(1, &m);
    e.matter_id = m.id;
    assert_ok(erasure_add(db, &e));
    assert_err(erasure_add(db, &e), GZ_CONFLICT);
    assert_ok(db_commit(db));
    assert_ok(erasure_pending(db, &id));
    assert_int_equal(id, m.id);
    assert_ok(db_begin(db));
    assert_ok(erasure_done(db, m.id, 8));
    assert_ok(db_commit(db));
    assert_err(erasure_pending(db, &id), GZ_MISSING);
    assert_ok(erasure_get(db, m.id, &got));
    assert_int_equal(got.done_ms, 8);
    assert_true(bytes_eq(buf_bytes(&got.order), BYTES_LIT("the order")));
    assert_err(erasure_get(db, m.id + 1, &got), GZ_MISSING);
}

static void a_key_changes_and_nothing_else(void **state)
{
    (void)state;
    struct matter m, got;
    assert_ok(db_begin(db));
    add_matter(1, &m);
    memset(m.wrapped_key, 0xee, m.wrapped_key_n);
    assert_ok(matter_set_key(db, &m));
    assert_ok(db_commit(db));
    assert_ok(matter_next(db, 0, &got));
    assert_int_equal(got.id, m.id);
    assert_memory_equal(got.wrapped_key, m.wrapped_key, m.wrapped_key_n);
    assert_string_equal(got.handle, m.handle);
    assert_false(matter_is_erased(&got));
    assert_err(matter_next(db, m.id, &got), GZ_MISSING);
    m.wrapped_key[0] = 0, m.wrapped_key_n = MATTER_ERASED_SIZE;
    assert_ok(db_begin(db));
    assert_ok(matter_set_key(db, &m));
    assert_ok(db_commit(db));
    assert_ok(matter_get_id(db, m.id, &got));
    assert_true(matter_is_erased(&got));
}

static enum gz_err count_audit(void *ctx, int64_t id, const struct audit *a)
{
    int *n = ctx;
    assert_int_equal(id, ++*n);
    assert_true(a->at_ms == id);
    return GZ_OK;
}

static void the_audit_only_grows(void **state)
{
    (void)state;
    int n = 0;
    assert_ok(db_begin(db));
    for (int64_t at = 1; at <= 3; at++) {
        const struct audit a = {at, BYTES_LIT("hold_added"), BYTES_LIT("handle"), BYTES_LIT("op"),
                                BYTES_LIT("why")};
        assert_ok(audit_add(db, &a));
    }
    assert_ok(db_commit(db));
    assert_ok(audit_list(db, count_audit, &n));
    assert_int_equal(n, 3);
    assert_int_not_equal(run_code("UPDATE audit SET who = 'x'"), SQLITE_OK);
    assert_int_not_equal(run_code("DELETE FROM audit"), SQLITE_OK);
    /* Who takes the trigger away is found by the chain. */
    assert_int_equal(run_code("DROP TRIGGER audit_remains"), SQLITE_OK);
    assert_int_equal(run_code("DELETE FROM audit WHERE id = 2"), SQLITE_OK);
    n = 0;
    assert_err(audit_list(db, count_audit, &n), GZ_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_hold_is_on_until_it_is_removed),
        STORE_TEST(an_order_is_pending_until_it_is_done),
        STORE_TEST(a_key_changes_and_nothing_else),
        STORE_TEST(the_audit_only_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "store/matter.h"

#include <sqlite3.h>

#include "store/statement.h"
#include "store_fixture.h"

static void assert_same(const struct matter *a, const struct matter *b)
{
    assert_int_equal(a->id, b->id);
    assert_string_equal(a->handle, b->handle);
    assert_int_equal(a->wrapped_key_n, b->wrapped_key_n);
    assert_memory_equal(a->wrapped_key, b->wrapped_key, a->wrapped_key_n);
    assert_int_equal(a->last_seq, b->last_seq);
    assert_true(hash_eq(a->last_fingerprint, b->last_fingerprint));
}

static void assert_kept(uint64_t n, const struct matter *wanted)
{
    struct matter got;
    assert_ok(matter_get(db, hash_n(n).b, &got));
    assert_same(wanted, &got);
    assert_ok(matter_get_id(db, wanted->id, &got));
    assert_same(wanted, &got);
}

static void a_matter_is_found_by_reference(void **state)
{
    (void)state;
    struct matter m, none = {.id = 42};
    assert_ok(db_begin(db));
    add_matter(1, &m);
    assert_ok(db_commit(db));
    assert_kept(1, &m);
    reopen();
    assert_kept(1, &m);
    assert_err(matter_get(db, hash_n(2).b, &none), GZ_MISSING);
    assert_err(matter_get_id(db, m.id + 1, &none), GZ_MISSING);
    assert_int_equal(none.id, 42);
}

static void reference_and_handle_are_unique(void **state)
{
    (void)state;
    struct matter m, same_handle = matter_n(1), same_reference = matter_n(2), bad = matter_n(3);
    assert_ok(db_begin(db));
    add_matter(1, &m);
    assert_ok(db_commit(db));
    for (int round = 0; round < 2; round++) {
        assert_ok(db_begin(db));
        assert_err(matter_add(db, hash_n(2).b, &same_handle), GZ_CONFLICT);
        assert_err(matter_add(db, hash_n(1).b, &same_reference), GZ_CONFLICT);
        assert_ok(db_commit(db));
        reopen();
    }
    assert_ok(db_begin(db));
    bad.handle[5] = 0;
    assert_err(matter_add(db, hash_n(3).b, &bad), GZ_MALFORMED);
    bad = matter_n(3), bad.wrapped_key_n = 0;
    assert_err(matter_add(db, hash_n(3).b, &bad), GZ_MALFORMED);
    assert_ok(db_commit(db));
    assert_kept(1, &m);
}

static void it_advances_from_where_it_was_read(void **state)
{
    (void)state;
    struct matter m, stale, none = matter_n(7);
    assert_ok(db_begin(db));
    add_matter(1, &m);
    stale = m;
    assert_ok(matter_advance(db, &m, hash_n(10)));
    assert_ok(matter_advance(db, &m, hash_n(11)));
    assert_ok(db_commit(db));
    assert_int_equal(m.last_seq, 2);
    assert_true(hash_eq(m.last_fingerprint, hash_n(11)));
    assert_kept(1, &m);
    assert_ok(db_begin(db));
    assert_err(matter_advance(db, &stale, hash_n(12)), GZ_CONFLICT); /* would give seq 1 twice */
    none.id = 99;
    assert_err(matter_advance(db, &none, hash_n(12)), GZ_MISSING);
    assert_ok(db_commit(db));
    assert_int_equal(stale.last_seq, 0);
    reopen();
    assert_kept(1, &m);
}

static void an_altered_matter_is_corrupt(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "UPDATE matter SET last_seq = 0",
        "UPDATE matter SET last_fingerprint = zeroblob(32)",
        "UPDATE matter SET wrapped_key = zeroblob(45)",
        "UPDATE matter SET handle = 'handle0000000000000009'",
        "UPDATE matter SET row_sum = zeroblob(32)",
    };
    struct matter m, got;
    assert_ok(db_begin(db));
    add_matter(1, &m);
    assert_ok(matter_advance(db, &m, hash_n(10)));
    assert_ok(db_commit(db));
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        struct matter seen = m;
        assert_ok(db_begin(db));
        assert_int_equal(sqlite3_exec(db->c, changes[i], NULL, NULL, NULL), SQLITE_OK);
        assert_err(matter_get(db, hash_n(1).b, &got), GZ_CORRUPT);
        assert_err(matter_get_id(db, m.id, &got), GZ_CORRUPT);
        assert_err(matter_advance(db, &seen, hash_n(11)), GZ_CORRUPT);
        db_rollback(&(struct db *){db});
    }
    assert_kept(1, &m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_matter_is_found_by_reference),
        STORE_TEST(reference_and_handle_are_unique),
        STORE_TEST(it_advances_from_where_it_was_read),
        STORE_TEST(an_altered_matter_is_corrupt),
    };
    RUN_TESTS(tests);
}

#include "store/idempotency.h"

#include <sqlite3.h>

#include "store/statement.h"
#include "store_fixture.h"

static struct idempotency key_n(uint64_t key, int64_t record, bool was_new)
{
    struct idempotency i = {.record_id = record, .was_new = was_new};
    memcpy(i.key, hash_n(key).b, HASH_SIZE);
    return i;
}

static int64_t record_id(uint64_t n)
{
    DEFER(record_fini) struct record r = {0};
    assert_ok(record_get(db, bytes_str(uuid_n(n)), &r));
    return r.id;
}

static enum gz_err add(struct idempotency i)
{
    DEFER(db_rollback) struct db *open = db;
    TRY(db_begin(open));
    TRY(idempotency_add(db, &i));
    return db_commit(open);
}

static void a_key_keeps_its_answer_for_ever(void **state)
{
    (void)state;
    struct idempotency got = {.record_id = 42};
    take_in_many(0, 2);
    assert_err(idempotency_get(db, hash_n(1).b, &got), GZ_MISSING);
    assert_int_equal(got.record_id, 42);
    assert_ok(add(key_n(1, record_id(0), true)));
    assert_ok(add(key_n(2, record_id(1), false)));
    for (int round = 0; round < 2; round++) {
        assert_ok(idempotency_get(db, hash_n(1).b, &got));
        assert_int_equal(got.record_id, record_id(0));
        assert_true(got.was_new);
        assert_ok(idempotency_get(db, hash_n(2).b, &got));
        assert_int_equal(got.record_id, record_id(1));
        assert_false(got.was_new);
        assert_err(idempotency_get(db, hash_n(3).b, &got), GZ_MISSING);
        reopen();
    }
    assert_sound();
}

static void a_key_is_used_once(void **state)
{
    (void)state;
    take_in_many(0, 2);
    assert_ok(add(key_n(1, record_id(0), true)));
    assert_err(add(key_n(1, record_id(0), true)), GZ_CONFLICT);
    assert_err(add(key_n(1, record_id(1), true)), GZ_CONFLICT);
    assert_err(add(key_n(2, record_id(1) + 1, true)), GZ_MALFORMED); /* no such record */
}

static void a_changed_row_is_no_answer(void **state)
{
    static const char *const changes[] = {
        "UPDATE idempotency SET was_new = 0",
        "UPDATE idempotency SET record_id = record_id + 1",
        "UPDATE idempotency SET row_sum = zeroblob(32)",
    };
    (void)state;
    take_in_many(0, 2);
    assert_ok(add(key_n(1, record_id(0), true)));
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        struct idempotency got;
        assert_int_equal(sqlite3_exec(db->c, "SAVEPOINT s", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db->c, changes[i], NULL, NULL, NULL), SQLITE_OK);
        assert_err(idempotency_get(db, hash_n(1).b, &got), GZ_CORRUPT);
        assert_int_equal(sqlite3_exec(db->c, "ROLLBACK TO s; RELEASE s", NULL, NULL, NULL),
                         SQLITE_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_key_keeps_its_answer_for_ever),
        STORE_TEST(a_key_is_used_once),
        STORE_TEST(a_changed_row_is_no_answer),
    };
    RUN_TESTS(tests);
}

#include "store/batch.h"

#include "store_fixture.h"

static struct batch batch_n(uint64_t n)
{
    struct batch      b = {.name = "contract_20261125_1.txt", .received_ms = 1000};
    const struct hash h = hash_n(n);
    memcpy(b.content, h.b, HASH_SIZE);
    return b;
}

static enum gz_err add(struct batch *b)
{
    DEFER(db_rollback) struct db *open = db;
    TRY(db_begin(open));
    TRY(batch_add(db, b));
    return db_commit(open);
}

static enum gz_err finish(const struct batch *b)
{
    DEFER(db_rollback) struct db *open = db;
    TRY(db_begin(open));
    TRY(batch_finish(db, b));
    return db_commit(open);
}

static void assert_kept(const struct batch *wanted)
{
    struct batch got;
    assert_ok(batch_find(db, wanted->content, &got));
    assert_int_equal(got.id, wanted->id);
    assert_string_equal(got.name, wanted->name);
    assert_int_equal(got.received_ms, wanted->received_ms);
    assert_int_equal(got.rows, wanted->rows);
    assert_int_equal(got.accepted, wanted->accepted);
    assert_int_equal(got.repeated, wanted->repeated);
    assert_int_equal(got.conflicts, wanted->conflicts);
    assert_int_equal(got.refused, wanted->refused);
    assert_int_equal(got.finished, wanted->finished);
}

static void a_batch_is_begun_and_finished(void **state)
{
    (void)state;
    struct batch b = batch_n(1);
    assert_ok(add(&b));
    assert_kept(&b);
    b.rows = 10, b.accepted = 4, b.repeated = 3, b.conflicts = 2, b.refused = 1;
    assert_ok(finish(&b));
    b.finished = true;
    assert_kept(&b);
    reopen();
    assert_kept(&b);
    assert_sound();
}

static void the_newest_with_its_content_is_found(void **state)
{
    (void)state;
    struct batch first = batch_n(1), other = batch_n(2), again = batch_n(1), none;
    assert_ok(add(&first));
    assert_ok(add(&other));
    assert_ok(add(&again));
    assert_true(again.id > first.id);
    assert_kept(&again);
    assert_kept(&other);
    assert_err(batch_find(db, hash_n(3).b, &none), GZ_MISSING);
}

static void what_is_no_batch_is_refused(void **state)
{
    (void)state;
    struct batch bad = batch_n(1);
    bad.name[0] = 0;
    assert_err(add(&bad), GZ_MALFORMED);
    bad = batch_n(1), bad.rows = UINT64_MAX;
    assert_err(add(&bad), GZ_LIMIT);
    bad = batch_n(1), bad.id = 9;
    assert_err(finish(&bad), GZ_MISSING);
    memset(bad.name, 'x', BATCH_NAME_MAX);
    assert_ok(add(&bad));
    assert_kept(&bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_batch_is_begun_and_finished),
        STORE_TEST(the_newest_with_its_content_is_found),
        STORE_TEST(what_is_no_batch_is_refused),
    };
    RUN_TESTS(tests);
}

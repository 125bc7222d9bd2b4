#include "store/outbox.h"

#include <sqlite3.h>

#include "core/submission.h"
#include "store/statement.h"
#include "store_fixture.h"

enum { ROWS = 16 };

static size_t next(struct outbox_row rows[ROWS], size_t max)
{
    size_t n = 99;
    assert_ok(outbox_next(db, rows, max, &n));
    return n;
}

static enum gz_err store_rows(uint64_t seq, const struct outbox_row *rows, size_t n)
{
    DEFER(db_rollback) struct db                          *open = db;
    DEFER(outbox_submission_fini) struct outbox_submission s = {.seq = seq, .count = (uint32_t)n};
    assert_ok(buf_addf(&s.wire, "signed bytes of %llu", (unsigned long long)seq));
    TRY(db_begin(open));
    TRY(outbox_store(db, &s, rows));
    return db_commit(open);
}

static enum gz_err answer(uint64_t seq, uint64_t index, uint32_t count)
{
    DEFER(db_rollback) struct db *open = db;
    TRY(db_begin(open));
    TRY(outbox_answered(db, seq, index, count, 5000));
    return db_commit(open);
}

static uint64_t waiting(void)
{
    uint64_t n = 0;
    int64_t  oldest = 0;
    assert_ok(outbox_count(db, &n, &oldest));
    return n;
}

static void assert_bytes_of(uint64_t seq, const struct outbox_submission *s)
{
    char text[64];
    (void)snprintf(text, sizeof text, "signed bytes of %llu", (unsigned long long)seq);
    assert_int_equal(s->seq, seq);
    assert_true(bytes_eq(buf_bytes(&s->wire), bytes_str(text)));
}

static void assert_unanswered(uint64_t seq, uint32_t count)
{
    DEFER(outbox_submission_fini) struct outbox_submission s = {0};
    assert_ok(outbox_unanswered(db, &s));
    assert_bytes_of(seq, &s);
    assert_int_equal(s.count, count);
}

static void the_oldest_come_first(void **state)
{
    (void)state;
    struct outbox_row rows[ROWS];
    assert_int_equal(next(rows, ROWS), 0);
    take_in_many(0, 5);
    assert_int_equal(next(rows, 3), 3);
    assert_int_equal(next(rows, 0), 0);
    assert_int_equal(next(rows, ROWS), 5);
    for (size_t i = 0; i < 5; i++) {
        assert_true(hash_eq(rows[i].fingerprint, hash_n(i)));
        assert_true(i == 0 || rows[i].record_id > rows[i - 1].record_id);
    }
}

static void the_same_bytes_are_sent_again_after_a_new_start(void **state)
{
    (void)state;
    struct outbox_row rows[ROWS];
    uint64_t          last = 99;
    assert_ok(outbox_last_seq(db, &last));
    assert_int_equal(last, 0);
    take_in_many(0, 5);
    assert_int_equal(next(rows, 3), 3);
    assert_ok(store_rows(1, rows, 3));
    reopen();
    assert_unanswered(1, 3);
    assert_int_equal(next(rows, ROWS), 2); /* the others are bound */
    assert_true(hash_eq(rows[0].fingerprint, hash_n(3)));
    assert_ok(outbox_last_seq(db, &last));
    assert_int_equal(last, 1);
    assert_int_equal(waiting(), 5);
}

static uint64_t index_of(uint64_t n)
{
    DEFER(record_fini) struct record r = {0};
    assert_ok(record_get(db, bytes_str(uuid_n(n)), &r));
    assert_int_equal(r.sequenced_ms, r.has_index ? 5000 : 0);
    return r.has_index ? r.index : UINT64_MAX;
}

static void an_answer_gives_the_indexes_in_order(void **state)
{
    (void)state;
    struct outbox_row                                      rows[ROWS];
    DEFER(outbox_submission_fini) struct outbox_submission s = {0}, none = {0};
    take_in_many(0, 5);
    assert_int_equal(next(rows, 3), 3);
    const struct outbox_row first = rows[0];
    rows[0] = rows[2], rows[2] = first; /* the order of outbox_store counts, not of the record */
    assert_ok(store_rows(1, rows, 3));
    assert_ok(answer(1, 1000, 3));
    reopen();
    assert_int_equal(index_of(2), 1000);
    assert_int_equal(index_of(1), 1001);
    assert_int_equal(index_of(0), 1002);
    assert_int_equal(index_of(3), UINT64_MAX);
    assert_int_equal(waiting(), 2);
    assert_err(outbox_unanswered(db, &none), GZ_MISSING);
    assert_ok(outbox_get(db, 1, &s)); /* the bytes stay */
    assert_bytes_of(1, &s);
    assert_err(outbox_get(db, 2, &none), GZ_MISSING);
    assert_err(outbox_get(db, UINT64_MAX, &none), GZ_MISSING);
    assert_sound();
}

static void a_wrong_answer_changes_nothing(void **state)
{
    (void)state;
    struct outbox_row rows[ROWS];
    take_in_many(0, 5);
    assert_int_equal(next(rows, 3), 3);
    assert_ok(store_rows(1, rows, 3));
    assert_err(answer(1, 1000, 2), GZ_CORRUPT);
    assert_err(answer(1, 1000, 4), GZ_CORRUPT);
    assert_err(answer(2, 1000, 3), GZ_MISSING);
    assert_err(answer(1, UINT64_MAX, 3), GZ_LIMIT);
    assert_err(answer(1, INT64_MAX - 1, 3), GZ_LIMIT);
    assert_unanswered(1, 3);
    assert_int_equal(index_of(0), UINT64_MAX);
    assert_ok(answer(1, 1000, 3));
    assert_err(answer(1, 1000, 3), GZ_CONFLICT); /* twice */
    assert_err(answer(1, 2000, 3), GZ_CONFLICT);
    assert_int_equal(index_of(0), 1000);
    assert_int_equal(next(rows, 2), 2);
    assert_ok(store_rows(2, rows, 2));
    assert_err(answer(2, 1002, 2), GZ_CONFLICT); /* 1002 is another record's */
    assert_int_equal(index_of(3), UINT64_MAX);
    assert_ok(answer(2, 1003, 2));
    assert_int_equal(waiting(), 0);
}

static void a_seq_is_stored_once_and_a_row_is_sent_once(void **state)
{
    (void)state;
    struct outbox_row rows[ROWS];
    take_in_many(0, 5);
    assert_int_equal(next(rows, ROWS), 5);
    assert_ok(store_rows(1, rows, 2));
    assert_err(store_rows(1, rows + 2, 2), GZ_CONFLICT);
    assert_err(store_rows(2, rows + 1, 2), GZ_CONFLICT); /* one of them is bound */
    rows[4].record_id = 77;
    assert_err(store_rows(2, rows + 4, 1), GZ_CONFLICT); /* in no outbox */
    assert_err(store_rows(0, rows + 2, 1), GZ_MALFORMED);
    assert_err(store_rows(2, rows + 2, 0), GZ_MALFORMED);
    assert_unanswered(1, 2);
    assert_int_equal(next(rows, ROWS), 3); /* what was refused is free again */
    assert_ok(store_rows(2, rows, 3));
    assert_unanswered(1, 2); /* the smallest */
    assert_ok(answer(1, 0, 2));
    assert_unanswered(2, 3);
    assert_sound();
}

static void a_record_stands_in_the_outbox_once(void **state)
{
    (void)state;
    take_in_many(0, 1);
    struct outbox_row rows[ROWS];
    assert_int_equal(next(rows, ROWS), 1);
    assert_ok(db_begin(db));
    assert_err(outbox_add(db, rows[0].record_id), GZ_CONFLICT);
    assert_err(outbox_add(db, 99), GZ_MALFORMED);
    assert_ok(db_commit(db));
    assert_int_equal(waiting(), 1);
}

static void the_oldest_time_is_told(void **state)
{
    (void)state;
    uint64_t          n = 9;
    int64_t           oldest = 9;
    struct outbox_row rows[ROWS];
    assert_ok(outbox_count(db, &n, &oldest));
    assert_int_equal(n, 0);
    assert_int_equal(oldest, 0);
    take_in_many(5, 3);
    assert_ok(outbox_count(db, &n, &oldest));
    assert_int_equal(n, 3);
    assert_int_equal(oldest, 1005);
    assert_int_equal(next(rows, 1), 1);
    assert_ok(store_rows(1, rows, 1));
    assert_ok(answer(1, 0, 1));
    assert_ok(outbox_count(db, &n, &oldest));
    assert_int_equal(oldest, 1006);
}

static void altered_bytes_are_never_sent(void **state)
{
    (void)state;
    struct outbox_row        rows[ROWS];
    struct outbox_submission s = {0};
    take_in_many(0, 2);
    assert_int_equal(next(rows, 2), 2);
    assert_ok(store_rows(1, rows, 2));
    assert_int_equal(
        sqlite3_exec(db->c, "UPDATE submission SET wire = CAST(wire || x'00' AS BLOB)", 0, 0, 0),
        SQLITE_OK);
    assert_err(outbox_unanswered(db, &s), GZ_CORRUPT);
    assert_err(outbox_get(db, 1, &s), GZ_CORRUPT);
    assert_null(s.wire.p);
}

static void a_lost_row_is_found_when_the_answer_comes(void **state)
{
    (void)state;
    struct outbox_row rows[ROWS];
    take_in_many(0, 3);
    assert_int_equal(next(rows, 3), 3);
    assert_ok(store_rows(1, rows, 3));
    assert_int_equal(sqlite3_exec(db->c, "DELETE FROM outbox WHERE position = 1", 0, 0, 0),
                     SQLITE_OK);
    assert_err(answer(1, 0, 3), GZ_CORRUPT);
    assert_int_equal(index_of(0), UINT64_MAX);
    assert_int_equal(waiting(), 2);
}

static void the_largest_submission_fits(void **state)
{
    (void)state;
    static struct outbox_row rows[SUBMISSION_ITEMS_MAX + 1];
    size_t                   n = 0;
    take_in_many(0, SUBMISSION_ITEMS_MAX + 1);
    assert_ok(outbox_next(db, rows, COUNT_OF(rows), &n));
    assert_int_equal(n, SUBMISSION_ITEMS_MAX + 1);
    assert_err(store_rows(1, rows, n), GZ_MALFORMED);
    assert_ok(store_rows(1, rows, SUBMISSION_ITEMS_MAX));
    assert_ok(answer(1, 7, SUBMISSION_ITEMS_MAX));
    assert_int_equal(index_of(SUBMISSION_ITEMS_MAX - 1), SUBMISSION_ITEMS_MAX + 6);
    assert_int_equal(waiting(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(the_oldest_come_first),
        STORE_TEST(the_same_bytes_are_sent_again_after_a_new_start),
        STORE_TEST(an_answer_gives_the_indexes_in_order),
        STORE_TEST(a_wrong_answer_changes_nothing),
        STORE_TEST(a_seq_is_stored_once_and_a_row_is_sent_once),
        STORE_TEST(a_record_stands_in_the_outbox_once),
        STORE_TEST(the_oldest_time_is_told),
        STORE_TEST(altered_bytes_are_never_sent),
        STORE_TEST(a_lost_row_is_found_when_the_answer_comes),
        STORE_TEST(the_largest_submission_fits),
    };
    RUN_TESTS(tests);
}

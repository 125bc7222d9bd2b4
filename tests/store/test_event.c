#include "store/event.h"

#include <sqlite3.h>

#include "store/search.h"
#include "store/statement.h"
#include "store_fixture.h"

static struct event event_of(const char *source, const char *number, uint64_t content)
{
    struct event      e = {bytes_str(source), bytes_str(number), {0}};
    const struct hash h = hash_n(content);
    memcpy(e.content, h.b, HASH_SIZE);
    return e;
}

static int64_t record_id(uint64_t n)
{
    DEFER(record_fini) struct record r = {0};
    assert_ok(record_get(db, bytes_str(uuid_n(n)), &r));
    return r.id;
}

static enum gz_err add(struct event e, int64_t id)
{
    DEFER(db_rollback) struct db *open = db;
    TRY(db_begin(open));
    TRY(event_add(db, &e, id));
    return db_commit(open);
}

static enum event_answer find(struct event e, int64_t *id)
{
    enum event_answer answer;
    assert_ok(event_find(db, &e, &answer, id));
    return answer;
}

static void a_number_is_recognised_for_ever(void **state)
{
    (void)state;
    int64_t id = 42;
    take_in_many(0, 2);
    assert_int_equal(find(event_of("a", "T1", 1), &id), EVENT_IS_NEW);
    assert_int_equal(id, 42);
    assert_ok(add(event_of("a", "T1", 1), record_id(1)));
    for (int round = 0; round < 2; round++) {
        assert_int_equal(find(event_of("a", "T1", 1), &id), EVENT_IS_REPEATED);
        assert_int_equal(id, record_id(1));
        assert_int_equal(find(event_of("a", "T1", 2), &id), EVENT_IS_OTHER);
        assert_int_equal(id, record_id(1));
        assert_int_equal(find(event_of("b", "T1", 1), &id), EVENT_IS_NEW);
        assert_int_equal(find(event_of("a", "T2", 1), &id), EVENT_IS_NEW);
        assert_int_equal(find(event_of("a", "t1", 1), &id), EVENT_IS_NEW); /* byte for byte */
        assert_int_equal(find(event_of("a", "T1 ", 1), &id), EVENT_IS_NEW);
        reopen();
    }
}

static void sources_come_once_each(void **state)
{
    (void)state;
    static const char *const sources[] = {"b", "a", "aa", "b", "b"}, *const want[] = {"a", "aa",
                                                                                      "b"};
    char source[EVENT_SOURCE_MAX + 1] = "";
    assert_err(search_next_source(db, source), GZ_MISSING);
    take_in_many(0, 2);
    for (size_t i = 0; i < COUNT_OF(sources); i++) {
        const char number[] = {(char)('1' + i), 0};
        assert_ok(add(event_of(sources[i], number, 1), record_id(0)));
    }
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        assert_ok(search_next_source(db, source));
        assert_string_equal(source, want[i]);
    }
    assert_ok(search_next_source(db, source)); /* what was taken in */
    assert_string_equal(source, "core");
    assert_err(search_next_source(db, source), GZ_MISSING);
    assert_string_equal(source, "core");
}

static void a_number_is_recorded_once(void **state)
{
    (void)state;
    take_in_many(0, 2);
    assert_ok(add(event_of("a", "T1", 1), record_id(0)));
    assert_err(add(event_of("a", "T1", 1), record_id(0)), GZ_CONFLICT);
    assert_err(add(event_of("a", "T1", 2), record_id(1)), GZ_CONFLICT);
    reopen();
    assert_err(add(event_of("a", "T1", 1), record_id(1)), GZ_CONFLICT);
    assert_ok(add(event_of("b", "T1", 1), record_id(1)));
    assert_ok(add(event_of("aT", "1", 1), record_id(1))); /* where one ends is part of it */
    assert_sound();
}

static void what_is_no_event_is_refused(void **state)
{
    (void)state;
    char          longest[EVENT_NUMBER_MAX + 2];
    int64_t       id = 0;
    const int64_t record = (take_in_many(0, 1), record_id(0));
    memset(longest, 'x', sizeof longest);
    longest[EVENT_NUMBER_MAX + 1] = 0;
    assert_err(add(event_of("a", longest, 1), record), GZ_MALFORMED);
    assert_err(add(event_of(longest, "T1", 1), record), GZ_MALFORMED);
    assert_err(add(event_of("a", "", 1), record), GZ_MALFORMED);
    assert_err(add(event_of("", "T1", 1), record), GZ_MALFORMED);
    assert_err(add(event_of("a", "T1", 1), record + 1), GZ_MALFORMED); /* no such record */
    longest[EVENT_NUMBER_MAX] = 0;
    assert_ok(add(event_of("a", longest, 1), record));
    assert_int_equal(find(event_of("a", longest, 1), &id), EVENT_IS_REPEATED);
    assert_ok(add(event_of("a", "合同一二三四五六七八九十合同一二三四五六七", 1), record));
}

/* A number is data, wherever it comes from. */
static void sql_in_a_number_is_a_number(void **state)
{
    (void)state;
    int64_t id = 0;
    take_in_many(0, 1);
    assert_ok(add(event_of("a", "'); DROP TABLE event; --", 1), record_id(0)));
    assert_int_equal(find(event_of("a", "'); DROP TABLE event; --", 1), &id), EVENT_IS_REPEATED);
    assert_int_equal(find(event_of("a", "' OR 1=1 --", 1), &id), EVENT_IS_NEW);
    assert_sound();
}

static void an_altered_event_is_corrupt(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "UPDATE event SET content = zeroblob(32) WHERE source = 'a'",
        "UPDATE event SET record_id = 2 WHERE source = 'a'",
        "UPDATE event SET number = 'T2' WHERE source = 'a'",
    };
    struct event      old = event_of("a", "T1", 1), moved = event_of("a", "T2", 1);
    enum event_answer answer;
    int64_t           id;
    take_in_many(0, 2);
    assert_ok(add(old, record_id(0)));
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        assert_ok(db_begin(db));
        assert_int_equal(sqlite3_exec(db->c, changes[i], NULL, NULL, NULL), SQLITE_OK);
        assert_err(event_find(db, i == 2 ? &moved : &old, &answer, &id), GZ_CORRUPT);
        db_rollback(&(struct db *){db});
    }
    assert_int_equal(find(old, &id), EVENT_IS_REPEATED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_number_is_recognised_for_ever), STORE_TEST(a_number_is_recorded_once),
        STORE_TEST(sources_come_once_each),          STORE_TEST(what_is_no_event_is_refused),
        STORE_TEST(sql_in_a_number_is_a_number),     STORE_TEST(an_altered_event_is_corrupt),
    };
    RUN_TESTS(tests);
}

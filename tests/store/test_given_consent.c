#include "store/given_consent.h"

#include <sqlite3.h>

#include "store/statement.h"
#include "store_fixture.h"

static int64_t record_id(uint64_t n)
{
    DEFER(record_fini) struct record r = {0};
    assert_ok(record_get(db, bytes_str(uuid_n(n)), &r));
    return r.id;
}

static int64_t matter_id(uint64_t n)
{
    DEFER(record_fini) struct record r = {0};
    assert_ok(record_get(db, bytes_str(uuid_n(n)), &r));
    return r.matter_id;
}

/* Of the n-th record, with number, person and entity of these hashes; 0: none. */
static struct given_consent consent_n(uint64_t n, uint64_t number, uint64_t person, uint64_t entity)
{
    struct given_consent c = {.matter_id = matter_id(n),
                              .record_id = record_id(n),
                              .has_person = person != 0,
                              .has_entity = entity != 0,
                              .agreement = AGREEMENT_SENSITIVE_INFO,
                              .version = "2026.1",
                              .purposes = "身份核验、反欺诈",
                              .from_ms = 1000,
                              .until_ms = CONSENT_NO_END};
    memcpy(c.number, hash_n(number).b, HASH_SIZE);
    if (person != 0) memcpy(c.person, hash_n(person).b, HASH_SIZE);
    if (entity != 0) memcpy(c.entity, hash_n(entity).b, HASH_SIZE);
    return c;
}

static enum gz_err add(struct given_consent c, int64_t *id)
{
    DEFER(db_rollback) struct db *open = db;
    TRY(db_begin(open));
    TRY(given_consent_add(db, &c));
    *id = c.id;
    return db_commit(open);
}

static enum gz_err withdraw(int64_t id, int64_t record, int64_t at_ms)
{
    DEFER(db_rollback) struct db *open = db;
    TRY(db_begin(open));
    TRY(given_consent_withdraw(db, id, record, at_ms));
    return db_commit(open);
}

static void a_consent_is_found_by_number_and_subject(void **state)
{
    (void)state;
    struct given_consent got, list[GIVEN_CONSENT_LIST_MAX];
    int64_t              id;
    size_t               n = 9;
    take_in_many(0, 3);
    assert_ok(add(consent_n(0, 10, 20, 0), &id));
    assert_ok(add(consent_n(1, 11, 20, 30), &id));
    for (int round = 0; round < 2; round++) {
        assert_ok(given_consent_get(db, matter_id(1), hash_n(11).b, &got));
        assert_true(got.id == id && got.has_person && got.has_entity);
        assert_memory_equal(got.entity, hash_n(30).b, HASH_SIZE);
        assert_string_equal(got.purposes, "身份核验、反欺诈");
        assert_true(got.until_ms == CONSENT_NO_END && got.withdrawn_ms == CONSENT_NO_END);
        assert_err(given_consent_get(db, matter_id(1), hash_n(12).b, &got), GZ_MISSING);
        struct given_consent_question q = {matter_id(1), AGREEMENT_SENSITIVE_INFO, hash_n(99).b,
                                           NULL};
        assert_ok(given_consent_list(db, &q, list, &n));
        assert_int_equal(n, 0);
        struct hash entity = hash_n(30);
        q.entity = entity.b;
        assert_ok(given_consent_list(db, &q, list, &n));
        assert_true(n == 1 && list[0].id == id);
        q.person = q.entity = NULL;
        assert_ok(given_consent_list(db, &q, list, &n));
        assert_int_equal(n, 0);
        q.entity = entity.b;
        q.agreement = AGREEMENT_BUSINESS;
        assert_ok(given_consent_list(db, &q, list, &n));
        assert_int_equal(n, 0);
        reopen();
    }
    assert_sound();
}

static void a_number_is_given_once_in_a_matter(void **state)
{
    (void)state;
    int64_t id;
    take_in_many(0, 3);
    assert_ok(add(consent_n(0, 10, 20, 0), &id));
    struct given_consent again = consent_n(1, 10, 20, 0);
    again.matter_id = matter_id(0);
    assert_err(add(again, &id), GZ_CONFLICT);
    assert_err(add(consent_n(2, 10, 0, 0), &id), GZ_MALFORMED); /* nobody's */
    struct given_consent over = consent_n(2, 12, 20, 0);
    over.until_ms = over.from_ms;
    assert_err(add(over, &id), GZ_MALFORMED);
}

static void it_is_withdrawn_once(void **state)
{
    (void)state;
    struct given_consent got;
    int64_t              id;
    take_in_many(0, 3);
    assert_ok(add(consent_n(0, 10, 20, 0), &id));
    assert_ok(withdraw(id, record_id(1), 5000));
    assert_ok(given_consent_get(db, matter_id(0), hash_n(10).b, &got));
    assert_int_equal(got.withdrawn_ms, 5000);
    assert_ok(given_consent_of_grant(db, record_id(0), &got));
    assert_true(got.id == id && got.withdrawn_ms == 5000);
    assert_ok(given_consent_of_withdrawal(db, record_id(1), &got));
    assert_int_equal(got.id, id);
    assert_err(given_consent_of_grant(db, record_id(1), &got), GZ_MISSING);
    assert_err(given_consent_of_withdrawal(db, record_id(0), &got), GZ_MISSING);
    assert_err(withdraw(id, record_id(2), 6000), GZ_CONFLICT);
    assert_err(withdraw(id + 1, record_id(2), 6000), GZ_MALFORMED); /* no such consent */
}

static void a_changed_row_is_no_consent(void **state)
{
    static const char *const changes[] = {
        "UPDATE consent SET agreement = 1",
        "UPDATE consent SET person = zeroblob(32)",
        "UPDATE consent SET until_ms = until_ms - 1",
        "UPDATE consent SET purposes = '营销'",
        "UPDATE consent_withdrawal SET withdrawn_ms = withdrawn_ms + 1",
        "UPDATE consent_withdrawal SET record_id = record_id + 1",
    };
    (void)state;
    int64_t id;
    take_in_many(0, 3);
    assert_ok(add(consent_n(0, 10, 20, 0), &id));
    assert_ok(withdraw(id, record_id(1), 5000));
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        struct given_consent got;
        assert_int_equal(sqlite3_exec(db->c, "SAVEPOINT s", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db->c, changes[i], NULL, NULL, NULL), SQLITE_OK);
        assert_err(given_consent_get(db, matter_id(0), hash_n(10).b, &got), GZ_CORRUPT);
        assert_int_equal(sqlite3_exec(db->c, "ROLLBACK TO s; RELEASE s", NULL, NULL, NULL),
                         SQLITE_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_consent_is_found_by_number_and_subject),
        STORE_TEST(a_number_is_given_once_in_a_matter),
        STORE_TEST(it_is_withdrawn_once),
        STORE_TEST(a_changed_row_is_no_consent),
    };
    RUN_TESTS(tests);
}

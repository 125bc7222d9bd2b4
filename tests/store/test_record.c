#include "store/record.h"

#include <sqlite3.h>

#include "store/statement.h"
#include "store_fixture.h"

static void add(struct record *r, enum gz_err wanted)
{
    DEFER(db_rollback) struct db *open = db;
    assert_ok(db_begin(open));
    assert_err(record_add(db, r), wanted);
    if (wanted == GZ_OK) assert_ok(db_commit(open));
}

static int64_t new_matter(uint64_t n)
{
    struct matter m;
    assert_ok(db_begin(db));
    add_matter(n, &m);
    assert_ok(db_commit(db));
    return m.id;
}

static void assert_same(const struct record *a, const struct record *b)
{
    assert_int_equal(a->id, b->id);
    assert_int_equal(a->matter_id, b->matter_id);
    assert_int_equal(a->batch_id, b->batch_id);
    assert_string_equal(a->uuid, b->uuid);
    assert_int_equal(a->seq, b->seq);
    assert_true(hash_eq(a->fingerprint, b->fingerprint));
    assert_int_equal(a->received_ms, b->received_ms);
    assert_int_equal(a->has_index, b->has_index);
    assert_string_equal(a->kind, b->kind);
    assert_true(bytes_eq(buf_bytes(&a->entry), buf_bytes(&b->entry)));
    assert_true(bytes_eq(buf_bytes(&a->sealed), buf_bytes(&b->sealed)));
}

static void assert_got(const struct record *wanted)
{
    DEFER(record_fini) struct record by_uuid = {0}, by_id = {0};
    assert_ok(record_get(db, bytes_str(wanted->uuid), &by_uuid));
    assert_ok(record_get_id(db, wanted->id, &by_id));
    assert_same(wanted, &by_uuid);
    assert_same(wanted, &by_id);
}

static void a_record_is_read_as_it_was_added(void **state)
{
    (void)state;
    DEFER(record_fini) struct record r = record_n(1, new_matter(0), 1), none = {0};
    struct batch                     b = {.name = "contract_20261125_1.txt", .received_ms = 1};
    assert_ok(buf_add(&r.sealed, (struct bytes){(const uint8_t *)"\0\n\xff", 3})); /* any bytes */
    assert_ok(db_begin(db));
    assert_ok(batch_add(db, &b));
    assert_ok(db_commit(db));
    r.batch_id = b.id;
    add(&r, GZ_OK);
    assert_got(&r);
    reopen();
    assert_got(&r);
    assert_err(record_get(db, bytes_str(uuid_n(2)), &none), GZ_MISSING);
    assert_err(record_get(db, (struct bytes){0}, &none), GZ_MISSING);
    assert_err(record_get_id(db, r.id + 1, &none), GZ_MISSING);
}

static void uuid_and_place_in_the_matter_are_unique(void **state)
{
    (void)state;
    const int64_t first = new_matter(0), second = new_matter(1);
    DEFER(record_fini)
    struct record r = record_n(1, first, 1), same_uuid = record_n(1, first, 2),
                  same_seq = record_n(2, first, 1), other_matter = record_n(3, second, 1);
    add(&r, GZ_OK);
    for (int round = 0; round < 2; round++) {
        add(&same_uuid, GZ_CONFLICT);
        add(&same_seq, GZ_CONFLICT);
        reopen();
    }
    add(&other_matter, GZ_OK);
    assert_int_equal(count_records(), 2);
    assert_got(&r);
    assert_sound();
}

static void what_is_no_record_is_refused(void **state)
{
    (void)state;
    DEFER(record_fini) struct record r = record_n(1, new_matter(0), 1);
    struct record                    bad = r;
    bad.matter_id = 99; /* no such matter */
    add(&bad, GZ_MALFORMED);
    bad = r, bad.batch_id = 99;
    add(&bad, GZ_MALFORMED);
    bad = r, bad.seq = 0;
    add(&bad, GZ_MALFORMED);
    bad = r, bad.seq = UINT64_MAX;
    add(&bad, GZ_LIMIT);
    bad = r, bad.uuid[35] = 0;
    add(&bad, GZ_MALFORMED);
    bad = r, bad.kind[0] = 0;
    add(&bad, GZ_MALFORMED);
    bad = r, bad.received_ms = 0;
    add(&bad, GZ_MALFORMED);
    bad = r, bad.entry = (struct buf){0};
    add(&bad, GZ_MALFORMED);
    assert_int_equal(count_records(), 0);
    add(&r, GZ_OK);
}

static const char *const changes[] = {
    "UPDATE record SET seq = 7",
    "UPDATE record SET kind = 'loan.drawdown'",
    "UPDATE record SET received_ms = received_ms + 1",
    "UPDATE record SET fingerprint = zeroblob(32)",
    "UPDATE record SET matter_id = 2",
    "UPDATE record SET batch_id = 1",
    "UPDATE record_body SET entry = x'7b7d'",
    "UPDATE record_body SET sealed = x''",
    /* the same bytes, but another boundary */
    "UPDATE record_body SET entry = CAST(entry || substr(sealed, 1, 1) AS BLOB),"
    " sealed = substr(sealed, 2)",
    "UPDATE record_body SET row_sum = zeroblob(32)",
    "DELETE FROM record_body",
};

/* Somebody writes into the file past the program: another value of a column never comes out. */
static void an_altered_column_is_corrupt(void **state)
{
    (void)state;
    DEFER(record_fini) struct record r = record_n(1, new_matter(0), 1);
    assert_int_equal(new_matter(1), 2);
    struct batch b = {.name = "x", .received_ms = 1};
    add(&r, GZ_OK);
    assert_ok(db_begin(db));
    assert_ok(batch_add(db, &b));
    assert_ok(db_commit(db));
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        struct record got = {0};
        assert_ok(db_begin(db));
        assert_int_equal(sqlite3_exec(db->c, changes[i], NULL, NULL, NULL), SQLITE_OK);
        assert_err(record_get(db, bytes_str(r.uuid), &got), GZ_CORRUPT);
        assert_err(record_get_id(db, r.id, &got), GZ_CORRUPT);
        assert_null(got.entry.p); /* untouched */
        db_rollback(&(struct db *){db});
        assert_got(&r);
    }
}

/* --- in the log ------------------------------------------------------------------------------- */

/* Records 0.. of the outbox get the indexes from index on. */
static void sequence(uint64_t seq, uint64_t index)
{
    static struct outbox_row rows[4096];
    struct outbox_submission s = {.seq = seq};
    size_t                   n = 0;
    assert_ok(db_begin(db));
    assert_ok(outbox_next(db, rows, COUNT_OF(rows), &n));
    s.count = (uint32_t)n;
    assert_ok(buf_add_str(&s.wire, "signed"));
    assert_ok(outbox_store(db, &s, rows));
    assert_ok(outbox_answered(db, seq, index, s.count, 5000));
    assert_ok(db_commit(db));
    outbox_submission_fini(&s);
}

struct seen {
    uint64_t    n, first, last;
    enum gz_err answer;
};
static enum gz_err see(void *ctx, const struct record *r)
{
    struct seen *s = ctx;
    assert_true(r->has_index && r->entry.p == NULL && r->sealed.p == NULL);
    if (s->n == 0) s->first = r->index;
    else assert_true(r->index > s->last);
    s->last = r->index;
    s->n++;
    return s->answer;
}

static void published_ones_are_listed_by_index(void **state)
{
    (void)state;
    struct seen s = {0};
    take_in_many(0, 5);
    sequence(1, 100);
    take_in_many(50, 5);
    sequence(2, 105);
    take_in_many(90, 2); /* not yet in the log */
    assert_ok(record_list_published(db, 108, 0, see, &s));
    assert_int_equal(s.n, 8);
    assert_int_equal(s.first, 100);
    assert_int_equal(s.last, 107);
    s = (struct seen){0};
    assert_ok(record_list_published(db, UINT64_MAX, 104, see, &s));
    assert_int_equal(s.n, 6);
    assert_int_equal(s.first, 104);
    s = (struct seen){0};
    assert_ok(record_list_published(db, 100, 0, see, &s));
    assert_ok(record_list_published(db, UINT64_MAX, UINT64_MAX, see, &s));
    assert_int_equal(s.n, 0);
    s.answer = GZ_LIMIT;
    assert_err(record_list_published(db, 108, 0, see, &s), GZ_LIMIT);
    assert_int_equal(s.n, 1);
}

static enum gz_err read_inside(void *ctx, const struct record *r)
{
    DEFER(record_fini) struct record whole = {0};
    struct seen                      inner = {0};
    (*(unsigned *)ctx)++;
    TRY(record_get(db, bytes_str(r->uuid), &whole));
    assert_int_equal(whole.index, r->index);
    TRY(record_list_published(db, UINT64_MAX, r->index + 1, see, &inner)); /* the same statement */
    assert_int_equal(inner.n, 102 - r->index);
    return GZ_OK;
}

static void a_visitor_may_read_as_well(void **state)
{
    (void)state;
    unsigned visits = 0;
    take_in_many(0, 3);
    sequence(1, 100);
    assert_ok(record_list_published(db, 103, 0, read_inside, &visits));
    assert_int_equal(visits, 3);
}

static void a_list_is_read_in_pages(void **state)
{
    (void)state;
    const uint64_t count = RECORD_LIST_MAX + 5;
    struct seen    s = {0};
    take_in_many(0, count);
    sequence(1, 0);
    assert_ok(record_list_published(db, count, 0, see, &s));
    assert_int_equal(s.n, RECORD_LIST_MAX);
    assert_ok(record_list_published(db, count, s.last + 1, see, &s));
    assert_int_equal(s.n, count);
    assert_int_equal(s.last, count - 1);
}

static int64_t published_ms(uint64_t n)
{
    DEFER(record_fini) struct record r = {0};
    assert_ok(record_get(db, bytes_str(uuid_n(n)), &r));
    return r.published_ms;
}

static void mark(uint64_t size, int64_t now_ms)
{
    assert_ok(db_begin(db));
    assert_ok(record_mark_published(db, size, now_ms));
    assert_ok(db_commit(db));
}

static void a_record_is_published_once(void **state)
{
    (void)state;
    take_in_many(0, 4);
    sequence(1, 10);
    take_in_many(50, 1);
    mark(0, 6000);
    mark(10, 6000);
    assert_int_equal(published_ms(0), 0);
    mark(12, 7000);
    mark(UINT64_MAX, 8000); /* nothing without an index */
    mark(12, 9000);
    assert_int_equal(published_ms(0), 7000);
    assert_int_equal(published_ms(1), 7000);
    assert_int_equal(published_ms(2), 8000);
    assert_int_equal(published_ms(3), 8000);
    assert_int_equal(published_ms(50), 0);
    assert_sound();
}

static void assert_counts(uint64_t size, uint64_t total, uint64_t received, uint64_t published)
{
    struct record_counts c;
    assert_ok(record_count(db, size, &c));
    assert_int_equal(c.total, total);
    assert_int_equal(c.received, received);
    assert_int_equal(c.sequenced, total - received);
    assert_int_equal(c.published, published);
}

static void records_are_counted_by_state(void **state)
{
    (void)state;
    assert_counts(0, 0, 0, 0);
    take_in_many(0, 4);
    assert_counts(100, 4, 4, 0);
    sequence(1, 10);
    take_in_many(50, 3);
    assert_counts(10, 7, 3, 0);
    assert_counts(12, 7, 3, 2);
    assert_counts(UINT64_MAX, 7, 3, 4);
}

/* --- originals -------------------------------------------------------------------------------- */

static void files_belong_to_their_record(void **state)
{
    (void)state;
    DEFER(record_fini) struct record r = record_n(1, new_matter(0), 1);
    const struct record_file one = {1, 1234, "0123456789abcdef0123456789abcdef", SIDE_BUSINESS},
                             last = {9999, 0, "b", SIDE_IDENTITY};
    struct record_file got, bad = one;
    bool               holds = false;
    add(&r, GZ_OK);
    assert_ok(db_begin(db));
    assert_ok(record_add_file(db, r.id, &one));
    assert_ok(record_add_file(db, r.id, &last));
    assert_err(record_add_file(db, r.id, &one), GZ_CONFLICT);
    assert_err(record_add_file(db, r.id + 1, &one), GZ_MALFORMED);
    bad.n = 0;
    assert_err(record_add_file(db, r.id, &bad), GZ_MALFORMED);
    bad.n = 10000;
    assert_err(record_add_file(db, r.id, &bad), GZ_MALFORMED);
    bad.n = 2, bad.blob[0] = 0;
    assert_err(record_add_file(db, r.id, &bad), GZ_MALFORMED);
    assert_ok(db_commit(db));
    reopen();
    assert_ok(record_get_file(db, r.id, 1, &got));
    assert_int_equal(got.n, 1);
    assert_int_equal(got.size, 1234);
    assert_string_equal(got.blob, one.blob);
    assert_int_equal(got.side, SIDE_BUSINESS);
    assert_ok(record_get_file(db, r.id, 9999, &got));
    assert_int_equal(got.side, SIDE_IDENTITY);
    assert_err(record_get_file(db, r.id, 2, &got), GZ_MISSING);
    assert_err(record_get_file(db, r.id + 1, 1, &got), GZ_MISSING);
    assert_ok(record_holds_blob(db, SIDE_BUSINESS, one.blob, &holds));
    assert_true(holds);
    assert_ok(record_holds_blob(db, SIDE_IDENTITY, one.blob, &holds));
    assert_false(holds); /* the other vault may have one of this name that is an orphan */
    assert_ok(record_holds_blob(db, SIDE_BUSINESS, "0123456789abcdef0123456789abcdee", &holds));
    assert_false(holds);
    assert_int_equal(sqlite3_exec(db->c, "UPDATE record_file SET side = 1 - side", 0, 0, 0), 0);
    assert_err(record_get_file(db, r.id, 1, &got), GZ_CORRUPT);
    assert_err(record_get_file(db, r.id, 9999, &got), GZ_CORRUPT);
    assert_int_equal(sqlite3_exec(db->c, "UPDATE record_file SET side = 0, size = 7", 0, 0, 0), 0);
    assert_err(record_get_file(db, r.id, 1, &got), GZ_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_record_is_read_as_it_was_added),
        STORE_TEST(uuid_and_place_in_the_matter_are_unique),
        STORE_TEST(what_is_no_record_is_refused),
        STORE_TEST(an_altered_column_is_corrupt),
        STORE_TEST(published_ones_are_listed_by_index),
        STORE_TEST(a_visitor_may_read_as_well),
        STORE_TEST(a_list_is_read_in_pages),
        STORE_TEST(a_record_is_published_once),
        STORE_TEST(records_are_counted_by_state),
        STORE_TEST(files_belong_to_their_record),
    };
    RUN_TESTS(tests);
}

#include "store/db.h"
#include "store/migration.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include "store/statement.h"
#include "store_fixture.h"

/* --- opening ---------------------------------------------------------------------------------- */

static unsigned mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static void a_new_database_is_ours_alone(void **state)
{
    (void)state;
    take_in_many(0, 1);
    assert_int_equal(mode_of(in_folder("db")), DB_MODE);
    assert_int_equal(mode_of(in_folder("db-wal")), DB_MODE);
    assert_int_equal(mode_of(in_folder("db-shm")), DB_MODE);
    assert_sound();
}

static int64_t number_of(const char *sql)
{
    DEFER(statement_end) struct statement q = {0};
    assert_ok(statement_read(db, sql, &q));
    assert_ok(statement_row(&q));
    return column_i64(&q, 0);
}

static void it_is_durable_and_strict(void **state)
{
    (void)state;
    assert_int_equal(number_of("PRAGMA synchronous"), 2); /* FULL */
    assert_int_equal(number_of("PRAGMA foreign_keys"), 1);
    assert_int_equal(number_of("PRAGMA busy_timeout"), DB_BUSY_MS);
    assert_int_equal(number_of("SELECT count(*) FROM migration"), migration_newest(db));
    assert_int_equal(
        number_of("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE "
                  "'%STRICT%' AND name NOT LIKE 'sqlite%'"),
        0);
}

static void opening_again_changes_nothing(void **state)
{
    (void)state;
    take_in_many(0, 3);
    for (int i = 0; i < 3; i++) reopen();
    assert_int_equal(count_records(), 3);
    assert_int_equal(number_of("SELECT count(*) FROM migration"), migration_newest(db));
}

static void others_may_not_read_it(void **state)
{
    (void)state;
    db_close(&db);
    const unsigned wide[] = {0640, 0604, 0620, 0666};
    for (size_t i = 0; i < COUNT_OF(wide); i++) {
        assert_int_equal(chmod(in_folder("db"), wide[i]), 0);
        assert_err(open_code(in_folder("db"), &db), GZ_DENIED);
    }
    assert_int_equal(chmod(in_folder("db"), 0600), 0);
    reopen();
}

static void a_path_that_is_none_is_refused(void **state)
{
    (void)state;
    struct db  *none = NULL;
    const char *paths[] = {"", ":memory:", "file:x?mode=memory"};
    for (size_t i = 0; i < COUNT_OF(paths); i++)
        assert_err(open_code(paths[i], &none), GZ_MALFORMED);
    assert_err(open_code(in_folder("no/such"), &none), GZ_IO);
    assert_err(open_code(folder, &none), GZ_CORRUPT);
    assert_null(none);
}

/* Each call of the making fails once: then there is no database, or a whole one. */
static void a_half_made_database_never_stands_there(void **state)
{
    (void)state;
    const char *path = in_folder("new");
    for (uint64_t n = 0; n < 30; n++) {
        struct db *made = NULL;
        file_fault_set(FILE_FAULT_ANY, n, ENOSPC);
        const enum gz_err e = open_code(path, &made);
        file_fault_set(FILE_FAULT_NONE, 0, 0);
        db_close(&made);
        if (e == GZ_OK) {
            assert_true(n > 3);
            return;
        }
        assert_err(e, GZ_IO);
        if (!exists(path)) continue;
        assert_ok(open_code(path, &made));
        db_close(&made);
        assert_int_equal(unlink(path), 0);
    }
    fail_msg("never succeeded");
}

/* Several processes start at once, as bank and commands may: one makes it, all use it. */
static void many_may_open_a_new_database_at_once(void **state)
{
    (void)state;
    enum { OPENERS = 8 };
    pid_t children[OPENERS];
    db_close(&db);
    assert_int_equal(unlink(in_folder("db")), 0);
    for (int i = 0; i < OPENERS; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            const enum gz_err e = open_code(in_folder("db"), &db);
            if (e == GZ_OK) take_in_many((uint64_t)i * 10, 2);
            _exit((int)e);
        }
    }
    for (int i = 0; i < OPENERS; i++) {
        int status = 0;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    reopen();
    assert_int_equal(count_records(), 2 * OPENERS);
    assert_sound();
}

/* --- damage ----------------------------------------------------------------------------------- */

static void run_sql(const char *sql)
{
    assert_int_equal(sqlite3_exec(db->c, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void a_newer_program_s_database_is_left_alone(void **state)
{
    (void)state;
    run_sql("INSERT INTO migration VALUES (999, 1)");
    db_close(&db);
    assert_err(open_code(in_folder("db"), &db), GZ_CONFLICT);
    assert_null(db);
    sqlite3 *raw = NULL;
    assert_int_equal(sqlite3_open(in_folder("db"), &raw), SQLITE_OK);
    assert_int_equal(sqlite3_exec(raw, "DELETE FROM migration WHERE version = 999", 0, 0, 0), 0);
    (void)sqlite3_close(raw);
    reopen();
}

static uint64_t size_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return (uint64_t)st.st_size;
}

static void a_foreign_file_is_refused(void **state)
{
    (void)state;
    db_close(&db);
    assert_ok(file_replace(in_folder("text"),
                           BYTES_LIT("not a database at all, but long enough "
                                     "that SQLite would read a header of it, "
                                     "which is a hundred bytes long........"),
                           0600));
    assert_err(open_code(in_folder("text"), &db), GZ_CORRUPT);
    sqlite3 *raw = NULL;
    assert_int_equal(sqlite3_open(in_folder("foreign"), &raw), SQLITE_OK);
    assert_int_equal(sqlite3_exec(raw, "CREATE TABLE migration (version, x)", 0, 0, 0), 0);
    (void)sqlite3_close(raw);
    assert_int_equal(chmod(in_folder("foreign"), 0600), 0);
    assert_err(open_code(in_folder("foreign"), &db), GZ_CORRUPT);
    assert_ok(file_replace(in_folder("empty"), BYTES_LIT(""), 0600));
    assert_err(open_code(in_folder("empty"), &db), GZ_CORRUPT); /* never a new one in its place */
    assert_int_equal(size_of(in_folder("empty")), 0);
}

static void a_lost_database_is_not_made_anew_beside_its_log(void **state)
{
    (void)state;
    take_in_many(0, 2);
    assert_true(exists(in_folder("db-wal")));
    assert_int_equal(rename(in_folder("db"), in_folder("moved")), 0);
    struct db *none = NULL;
    assert_err(open_code(in_folder("db"), &none), GZ_CORRUPT);
    assert_false(exists(in_folder("db")));
    assert_int_equal(rename(in_folder("moved"), in_folder("db")), 0);
    reopen();
    assert_int_equal(count_records(), 2);
}

/* What a database can be asked, all of it. GZ_OK: every answer is the one that was put in. */
static enum gz_err read_everything(uint64_t count)
{
    DEFER(buf_fini) struct buf why = {0};
    struct matter              m;
    for (uint64_t n = 0; n < count; n++) {
        DEFER(record_fini) struct record r = {0}, put = record_n(n, 1, n + 1);
        struct event                     e = {BYTES_LIT("core"), bytes_str(put.uuid), {0}};
        enum event_answer                answer;
        int64_t                          id = 0;
        memcpy(e.content, put.fingerprint.b, HASH_SIZE);
        TRY(record_get(db, bytes_str(put.uuid), &r));
        assert_true(hash_eq(r.fingerprint, put.fingerprint) && r.seq == put.seq);
        assert_true(bytes_eq(buf_bytes(&r.entry), buf_bytes(&put.entry)));
        assert_true(bytes_eq(buf_bytes(&r.sealed), buf_bytes(&put.sealed)));
        TRY(event_find(db, &e, &answer, &id));
        if (answer != EVENT_IS_REPEATED) return GZ_CORRUPT; /* an index lost it: db_check says so */
        assert_int_equal(id, r.id);
    }
    TRY(matter_get(db, hash_n(0).b, &m));
    assert_int_equal(m.last_seq, count);
    assert_true(hash_eq(m.last_fingerprint, hash_n(count - 1)));
    return db_check(db, &why);
}

/* Refused at once; only a part of the last page, which a crash may leave behind, when it is read.
 */
static void a_cut_database_is_refused(void **state)
{
    (void)state;
    take_in_many(0, 200);
    db_close(&db);
    const uint64_t size = size_of(in_folder("db"));
    struct buf     whole = {0};
    assert_ok(file_read(in_folder("db"), FILE_MAX, &whole));
    const uint64_t cuts[] = {0, 1, 50, 100, 4096, size / 2, size - 4096, size - 1};
    for (size_t i = 0; i < COUNT_OF(cuts); i++) {
        assert_ok(file_replace(in_folder("db"), buf_bytes(&whole), 0600));
        assert_int_equal(truncate(in_folder("db"), (off_t)cuts[i]), 0);
        enum gz_err e = open_code(in_folder("db"), &db);
        if (e == GZ_OK && size - cuts[i] < 4096) e = read_everything(200);
        assert_err(e, GZ_CORRUPT);
        db_close(&db);
    }
    assert_ok(file_replace(in_folder("db"), buf_bytes(&whole), 0600));
    reopen();
    assert_ok(read_everything(200));
    buf_fini(&whole);
}

/* No flipped bit of any page passes as another value: each is either of no account (free space, a
 * counter that SQLite does not need), or an error. An assertion of read_everything would fail. */
static void a_flipped_bit_is_an_error_or_of_no_account(void **state)
{
    (void)state;
    take_in_many(0, 20);
    db_close(&db);
    struct buf whole = {0};
    unsigned   caught = 0;
    assert_ok(file_read(in_folder("db"), FILE_MAX, &whole));
    for (uint64_t at = 0; at < whole.n; at += 97) { /* prime: every place of a page in time */
        const uint8_t flipped = (uint8_t)(whole.p[at] ^ (1u << at % 8));
        assert_ok(file_replace(in_folder("db"), buf_bytes(&whole), 0600));
        overwrite(in_folder("db"), at, (struct bytes){&flipped, 1});
        enum gz_err e = open_code(in_folder("db"), &db);
        if (e == GZ_OK) e = read_everything(20);
        caught += e != GZ_OK;
        db_close(&db);
    }
    assert_true(caught > 20);
    buf_fini(&whole);
}

/* --- transactions ----------------------------------------------------------------------------- */

static enum gz_err fail_after_one(void)
{
    DEFER(db_rollback) struct db *open = db;
    struct matter                 m;
    assert_ok(db_begin(open));
    add_matter(1, &m);
    return take_in(1, &m, NULL) == GZ_OK ? GZ_LIMIT : GZ_IO;
}

static enum gz_err commit_one(uint64_t n)
{
    DEFER(db_rollback) struct db *open = db;
    struct matter                 m;
    TRY(db_begin(open));
    add_matter(n, &m);
    TRY(take_in(n, &m, NULL));
    return db_commit(open);
}

static void leaving_early_rolls_back(void **state)
{
    (void)state;
    assert_err(fail_after_one(), GZ_LIMIT);
    assert_int_equal(count_records(), 0);
    assert_ok(commit_one(1));
    assert_int_equal(count_records(), 1);
    assert_ok(db_begin(db)); /* none is open: the rollback of DEFER came after the commit */
    db_rollback(&db);
    struct db *none = NULL;
    db_rollback(&none);
    reopen();
    assert_int_equal(count_records(), 1);
}

static void closing_rolls_back(void **state)
{
    (void)state;
    struct matter m;
    assert_ok(db_begin(db));
    add_matter(1, &m);
    assert_ok(take_in(1, &m, NULL));
    reopen();
    assert_int_equal(count_records(), 0);
}

static void one_writes_while_another_reads(void **state)
{
    (void)state;
    struct db    *reader = NULL, *writer = db;
    struct matter m;
    take_in_many(0, 2);
    assert_ok(open_code(in_folder("db"), &reader));
    assert_ok(db_begin(writer));
    add_matter(9, &m);
    assert_ok(take_in(9, &m, NULL));
    db = reader;
    assert_int_equal(count_records(), 2);
    db = writer;
    assert_ok(db_commit(writer));
    db = reader;
    assert_int_equal(count_records(), 3);
    db = writer;
    db_close(&reader);
}

static void a_second_writer_waits_and_is_told(void **state)
{
    (void)state;
    struct db *other = NULL;
    assert_ok(open_code(in_folder("db"), &other));
    (void)sqlite3_busy_timeout(other->c, 50); /* in place of DB_BUSY_MS */
    assert_ok(db_begin(db));
    assert_err(db_begin(other), GZ_BUSY);
    assert_ok(db_commit(db));
    assert_ok(db_begin(other));
    assert_ok(db_commit(other));
    db_close(&other);
}

static void writes_outside_of_a_transaction_are_a_wrong_program(void **state)
{
    (void)state;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)freopen("/dev/null", "w", stderr);
        const enum gz_err e = outbox_add(db, 1);
        _exit(e == GZ_OK ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_new_database_is_ours_alone),
        STORE_TEST(it_is_durable_and_strict),
        STORE_TEST(opening_again_changes_nothing),
        STORE_TEST(others_may_not_read_it),
        STORE_TEST(a_path_that_is_none_is_refused),
        STORE_TEST(a_half_made_database_never_stands_there),
        STORE_TEST(many_may_open_a_new_database_at_once),
        STORE_TEST(a_newer_program_s_database_is_left_alone),
        STORE_TEST(a_foreign_file_is_refused),
        STORE_TEST(a_lost_database_is_not_made_anew_beside_its_log),
        STORE_TEST(a_cut_database_is_refused),
        STORE_TEST(a_flipped_bit_is_an_error_or_of_no_account),
        STORE_TEST(leaving_early_rolls_back),
        STORE_TEST(closing_rolls_back),
        STORE_TEST(one_writes_while_another_reads),
        STORE_TEST(a_second_writer_waits_and_is_told),
        STORE_TEST(writes_outside_of_a_transaction_are_a_wrong_program),
    };
    RUN_TESTS(tests);
}

/* A byte changed anywhere on the bank's side is found, and the record named. */
#include "bank_fixture.h"

#include <sqlite3.h>

#include "app/check_store.h"

#define HEADER "event|contract|name|amount|file\n"

static int set_up(void **state)
{
    struct bank_fixture  *f = malloc(sizeof *f);
    struct fixture_result r;
    log_set_level(LOG_ALARM + 1); /* the damage is on purpose */
    fixture_init(f);
    fixture_write(f, "batch/files/c.pdf", "%PDF-1.4\nORIGINAL\n%%EOF\n");
    fixture_write(f, "batch/contract_1.txt",
                  HEADER "E1|L1|甲|1.00|c.pdf\nE2|L2|乙|2.00|\nE3|L1|甲|3.00|\n");
    assert_ok(fixture_submit(f, "batch", &r));
    assert_int_equal(r.counts.accepted, 3);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_fini(*state);
    free(*state);
    return 0;
}

/* "1:original/1 3:matter " */
struct report {
    char text[512];
};
static void found(void *ctx, const struct found_in_store *f)
{
    struct report *r = ctx;
    const size_t   n = strlen(r->text);
    assert_true(f->head == NULL || f->head->id == f->record_id);
    assert_true(strlen(store_finding_what(f->what)) > 0);
    if (f->file == 0)
        snprintf(r->text + n, sizeof r->text - n, "%lld:%s ", (long long)f->record_id,
                 store_finding_word(f->what));
    else
        snprintf(r->text + n, sizeof r->text - n, "%lld:%s/%u ", (long long)f->record_id,
                 store_finding_word(f->what), f->file);
}

static void expect(struct bank_fixture *f, const char *text, uint64_t damaged)
{
    struct report               r = {{0}};
    struct store_check          c = {0};
    const struct store_listener l = {.ctx = &r, .found = found};
    assert_ok(check_store(&f->bank, f->db, &l, &c));
    assert_string_equal(r.text, text);
    assert_int_equal(c.records, 3);
    assert_int_equal(c.damaged, damaged);
    assert_int_equal(c.erased, 0);
}

static void run_sql(struct bank_fixture *f, const char *name, const char *sql)
{
    sqlite3 *db = NULL;
    char    *error = NULL;
    assert_int_equal(sqlite3_open(fixture_path(f, name), &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK) fail_msg("%s: %s", sql, error);
    sqlite3_close(db);
}

static void what_is_whole_is_silent(void **state)
{
    struct bank_fixture        *f = *state;
    struct report               r = {{0}};
    struct store_check          c = {0};
    const struct store_listener l = {.ctx = &r, .found = found};
    expect(f, "", 0);
    assert_ok(check_stored_record(&f->bank, f->db, 1, &l, &c));
    assert_int_equal(c.records, 1);
    assert_int_equal(c.originals, 1);
    assert_err(check_stored_record(&f->bank, f->db, 4, &l, &c), GZ_MISSING);
    assert_err(check_stored_record(&f->bank, f->db, 0, &l, &c), GZ_MISSING);
    assert_string_equal(r.text, "");
}

static void each_damaged_row_is_named(void **state)
{
    static const struct {
        const char *file, *damage, *repair, *found;
        uint64_t    n;
    } cases[] = {
        {"bank.sqlite",
         "UPDATE record_body SET entry = CAST(replace(CAST(entry AS TEXT),'1','2')"
         " AS BLOB) WHERE record_id = 2",
         NULL, "2:row ", 1},
        {"bank.sqlite", "UPDATE record SET seq = 9 WHERE id = 3",
         "UPDATE record SET seq = 2 WHERE id = 3", "2:row 3:row ", 2},
        {"bank.sqlite", "UPDATE matter SET last_seq = 7 WHERE id = 1",
         "UPDATE matter SET last_seq = 2 WHERE id = 1", "1:matter 2:row 3:matter ", 3},
        {"bank.sqlite", "UPDATE record_identity SET identity_id = 77 WHERE record_id = 3",
         "UPDATE record_identity SET identity_id = 3 WHERE record_id = 3", "2:row 3:identity ", 2},
        {"identity.sqlite",
         "UPDATE identity_part SET sealed = zeroblob(length(sealed))"
         " WHERE id = 3",
         NULL, "2:row 3:identity ", 2},
        {"identity.sqlite", "DELETE FROM identity_part WHERE id = 3", NULL,
         "2:row 3:identity_lost ", 2},
        {"identity.sqlite", "DELETE FROM identity_matter WHERE id = 1", NULL,
         "1:identity_lost 1:original_lost/1 2:row 3:identity_lost ", 3},
        {"bank.sqlite", "UPDATE event SET content = zeroblob(32) WHERE number = 'E3'", NULL,
         "1:identity_lost 1:original_lost/1 2:row 3:identity_lost 3:origin ", 3},
        {"bank.sqlite", "UPDATE record_file SET size = 1", NULL,
         "1:identity_lost 1:row 2:row 3:identity_lost 3:origin ", 3},
    };
    struct bank_fixture *f = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        run_sql(f, cases[i].file, cases[i].damage);
        expect(f, cases[i].found, cases[i].n);
        if (cases[i].repair != NULL) run_sql(f, cases[i].file, cases[i].repair);
    }
}

static void original_path(struct bank_fixture *f, char path[2 * FIXTURE_PATH])
{
    struct record_file file;
    assert_ok(record_get_file(f->db, 1, 1, &file));
    snprintf(path, 2 * FIXTURE_PATH, "%s/%.2s/%s", fixture_path(f, "identity"), file.blob,
             file.blob);
}

/* Every byte of the sealed original. */
static void each_byte_of_an_original_counts(void **state)
{
    struct bank_fixture       *f = *state;
    DEFER(buf_fini) struct buf whole = {0};
    char                       path[2 * FIXTURE_PATH];
    original_path(f, path);
    assert_ok(file_read(path, 1024 * 1024, &whole));
    for (size_t i = 0; i < whole.n; i++) {
        whole.p[i] ^= 1;
        assert_ok(file_replace(path, buf_bytes(&whole), 0600));
        expect(f, "1:original/1 ", 1);
        whole.p[i] ^= 1;
    }
    assert_ok(file_replace(path, bytes_slice(buf_bytes(&whole), 0, whole.n - 1), 0600));
    expect(f, "1:original/1 ", 1);
    assert_int_equal(unlink(path), 0);
    expect(f, "1:original_lost/1 ", 1);
    assert_ok(file_replace(path, buf_bytes(&whole), 0600));
    expect(f, "", 0);
}

static void a_vault_that_is_not_there_is_lost(void **state)
{
    struct bank_fixture *f = *state;
    struct vault        *identity = f->bank.identity, *business = f->bank.vault;
    f->bank.identity = NULL;
    expect(f, "1:identity_lost 1:original_lost/1 2:identity_lost 3:identity_lost ", 3);
    f->bank.identity = identity;
    f->bank.vault = NULL;
    expect(f, "1:business_lost 2:business_lost 3:business_lost ", 3);
    f->bank.vault = business;
    expect(f, "", 0);
}

#define CHECK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CHECK_TEST(what_is_whole_is_silent),
        CHECK_TEST(each_damaged_row_is_named),
        CHECK_TEST(each_byte_of_an_original_counts),
        CHECK_TEST(a_vault_that_is_not_there_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

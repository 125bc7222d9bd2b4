/* Business facts and what says whose they are lie apart: what each side alone shows, and what is
 * left when one is lost or older than the other. */
#include "bank_fixture.h"

#include <sqlite3.h>

#include "app/record_parts.h"
#include "core/base64.h"
#include "store/event.h"
#include "store/matter.h"

#define HEADER "event|contract|name|amount|file\n"
#define MATTER "L-that-no-salt-spells"
#define NAME   "CANARYNAME"
#define AMOUNT "8765432.10"

static int set_up(void **state)
{
    struct bank_fixture *f = malloc(sizeof *f);
    log_set_level(LOG_ALARM + 1); /* the losses are on purpose */
    fixture_init(f);
    fixture_write(f, "batch/files/c.pdf", "%PDF-1.4\nCANARY-ORIGINAL\n%%EOF\n");
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_fini(*state);
    free(*state);
    return 0;
}

static void submit(struct bank_fixture *f, const char *rows, const char *codes)
{
    DEFER(buf_fini) struct buf text = {0};
    struct fixture_result      r;
    assert_ok(buf_addf(&text, HEADER "%s", rows));
    assert_ok(buf_add_byte(&text, 0));
    fixture_write(f, "batch/contract_1.txt", (const char *)text.p);
    assert_ok(fixture_submit(f, "batch", &r));
    assert_string_equal(r.codes, codes);
}

static bool holds(struct bytes hay, const char *needle)
{
    return hay.n > 0 && memmem(hay.p, hay.n, needle, strlen(needle)) != NULL;
}

/* Does any of the disclosures hold it? */
static bool shows(struct bytes plain, const char *needle)
{
    struct bytes line;
    bool         found = false;
    while (bytes_take_line(&plain, &line)) {
        DEFER(buf_fini) struct buf json = {0};
        assert_ok(buf_reserve(&json, line.n));
        assert_ok(base64_decode(BASE64_URL_BARE, line, json.p, line.n, &json.n));
        found = found || holds(buf_bytes(&json), needle);
    }
    return found;
}

/* What opening record id gives: the state of each side, and whether name and amount are there. */
static void expect(struct bank_fixture *f, int64_t id, enum gz_err business, enum gz_err identity)
{
    DEFER(record_fini) struct record             r = {0};
    DEFER(record_parts_fini) struct record_parts p = {0};
    assert_ok(record_get_id(f->db, id, &r));
    assert_ok(record_parts_open(&f->bank, f->db, &r, &p));
    assert_err(p.state[SIDE_BUSINESS], business);
    assert_err(p.state[SIDE_IDENTITY], identity);
    assert_int_equal(shows(buf_bytes(&p.plain[SIDE_BUSINESS]), AMOUNT), business == GZ_OK);
    assert_int_equal(shows(buf_bytes(&p.plain[SIDE_IDENTITY]), NAME), identity == GZ_OK);
    assert_false(shows(buf_bytes(&p.plain[SIDE_BUSINESS]), NAME));
    assert_false(shows(buf_bytes(&p.plain[SIDE_IDENTITY]), AMOUNT));
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    char    *error = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK) fail_msg("%s: %s", sql, error);
    sqlite3_close(db);
}

static void copy(struct bank_fixture *f, const char *from, const char *to)
{
    DEFER(buf_fini) struct buf all = {0};
    assert_ok(file_read(fixture_path(f, from), 64 * 1024 * 1024, &all));
    assert_ok(file_replace(fixture_path(f, to), buf_bytes(&all), 0600));
}

static void drop(struct bank_fixture *f, const char *name)
{
    char path[FIXTURE_PATH + 8];
    for (const char *const *end = (const char *const[]){"", "-wal", "-shm", NULL}; *end; end++) {
        snprintf(path, sizeof path, "%s%s", fixture_path(f, name), *end);
        (void)unlink(path);
    }
}

/* --- one alone -------------------------------------------------------------------------------- */

static void the_business_side_alone_names_nobody(void **state)
{
    struct bank_fixture                         *f = *state;
    DEFER(buf_fini) struct buf                   why = {0};
    DEFER(record_fini) struct record             r = {0};
    DEFER(record_parts_fini) struct record_parts p = {0};
    struct record_file                           file;
    submit(f, "E1|" MATTER "|" NAME "|" AMOUNT "|c.pdf\n", "");
    fixture_close(f);
    drop(f, "identity.sqlite");
    (void)nftw(fixture_path(f, "identity"), fixture_remove, 16, FTW_DEPTH | FTW_PHYS);
    (void)unlink(fixture_path(f, "identity-master"));
    assert_ok(db_open(fixture_path(f, "bank.sqlite"), &f->db, &why)); /* nothing joined */
    struct vault_state         s;
    const struct vault_options o = {.folder = fixture_path(f, "vault"),
                                    .master = {.path = fixture_path(f, "master")}};
    assert_ok(vault_state_get(f->db, SIDE_BUSINESS, &s));
    assert_ok(vault_open(&o, &s, &f->vaults[SIDE_BUSINESS], &why));
    f->bank.vault = f->vaults[SIDE_BUSINESS];
    f->bank.identity = NULL;
    expect(f, 1, GZ_OK, GZ_MISSING);
    assert_ok(record_get_id(f->db, 1, &r));
    assert_ok(record_get_file(f->db, 1, 1, &file));
    assert_int_equal(file.side, SIDE_IDENTITY); /* the original lies with the names */
    assert_ok(record_parts_open(&f->bank, f->db, &r, &p));
    assert_false(shows(buf_bytes(&p.plain[SIDE_BUSINESS]), MATTER));
    fixture_close(f);
    fixture_write(f, "identity-master", "00112233445566778899aabbccddeeff\n");
    fixture_open(f); /* given up and begun anew: it runs, and says what is lost */
    expect(f, 1, GZ_OK, GZ_MISSING);
}

/* Everything that the identity store can be made to give up, with its own master key. */
static void read_identity(struct bank_fixture *f, struct buf *plain)
{
    sqlite3         *db = NULL;
    sqlite3_stmt    *m = NULL, *p = NULL;
    struct vault_key key;
    assert_int_equal(sqlite3_open(fixture_path(f, "identity.sqlite"), &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT link, wrapped_key FROM identity_matter", -1, &m, NULL), 0);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT link, sealed FROM identity_part", -1, &p, NULL),
                     0);
    assert_int_equal(sqlite3_step(m), SQLITE_ROW);
    assert_int_equal(sqlite3_step(p), SQLITE_ROW);
    const struct bytes link = {sqlite3_column_blob(m, 0), (size_t)sqlite3_column_bytes(m, 0)},
                       wrapped = {sqlite3_column_blob(m, 1), (size_t)sqlite3_column_bytes(m, 1)},
                       at = {sqlite3_column_blob(p, 0), (size_t)sqlite3_column_bytes(p, 0)},
                       sealed = {sqlite3_column_blob(p, 1), (size_t)sqlite3_column_bytes(p, 1)};
    assert_ok(vault_key_unwrap(f->vaults[SIDE_IDENTITY], link, wrapped, &key));
    assert_ok(vault_unseal(&key, at, sealed, plain));
    sqlite3_finalize(m);
    sqlite3_finalize(p);
    sqlite3_close(db);
}

static void the_identity_side_alone_tells_no_amount_and_no_record(void **state)
{
    struct bank_fixture             *f = *state;
    DEFER(buf_fini) struct buf       plain = {0}, raw = {0};
    DEFER(record_fini) struct record r = {0};
    struct matter                    m;
    submit(f, "E1|L1|" NAME "|" AMOUNT "|\n", "");
    read_identity(f, &plain);
    assert_true(shows(buf_bytes(&plain), NAME));
    assert_false(shows(buf_bytes(&plain), AMOUNT));
    assert_ok(record_get_id(f->db, 1, &r));
    assert_ok(matter_get_id(f->db, 1, &m));
    fixture_close(f); /* everything into the one file */
    assert_ok(file_read(fixture_path(f, "identity.sqlite"), 64 * 1024 * 1024, &raw));
    assert_false(holds(buf_bytes(&raw), r.uuid));
    assert_false(holds(buf_bytes(&raw), m.handle));
    fixture_open(f);
    expect(f, 1, GZ_OK, GZ_OK); /* and both together have everything */
}

/* --- lost and restored ------------------------------------------------------------------------ */

static void a_lost_identity_store_is_told_record_by_record(void **state)
{
    struct bank_fixture *f = *state;
    submit(f, "E1|L1|" NAME "|" AMOUNT "|\n", "");
    fixture_close(f);
    copy(f, "identity.sqlite", "kept");
    drop(f, "identity.sqlite");
    fixture_open(f);
    expect(f, 1, GZ_OK, GZ_MISSING);
    /* The loan is recognised, and not given a second key; others go on. */
    submit(f, "E2|L1|" NAME "|1.00|\nE3|L2|" NAME "|" AMOUNT "|\n", "2:vault ");
    expect(f, 2, GZ_OK, GZ_OK);
    fixture_close(f);
    drop(f, "identity.sqlite");
    copy(f, "kept", "identity.sqlite");
    fixture_open(f); /* restored: what is in the backup is there again */
    expect(f, 1, GZ_OK, GZ_OK);
    expect(f, 2, GZ_OK, GZ_MISSING);
    submit(f, "E2|L1|" NAME "|1.00|\n", "");
}

static void a_number_that_is_given_out_again_shows_nobody_elses_name(void **state)
{
    struct bank_fixture *f = *state;
    submit(f, "E1|L1|" NAME "|" AMOUNT "|\n", "");
    fixture_close(f);
    copy(f, "identity.sqlite", "kept");
    fixture_open(f);
    submit(f, "E2|L1|" NAME "|" AMOUNT "|\n", "");
    fixture_close(f);
    drop(f, "identity.sqlite");
    copy(f, "kept", "identity.sqlite");
    fixture_open(f);
    expect(f, 2, GZ_OK, GZ_MISSING);
    submit(f, "E3|L1|" NAME "|" AMOUNT "|\n", ""); /* takes the row of E2's part */
    expect(f, 1, GZ_OK, GZ_OK);
    expect(f, 2, GZ_OK, GZ_MISSING);
    expect(f, 3, GZ_OK, GZ_OK);
}

static void an_altered_business_part_leaves_the_names(void **state)
{
    struct bank_fixture                         *f = *state;
    DEFER(record_fini) struct record             r = {0};
    DEFER(record_parts_fini) struct record_parts p = {0};
    submit(f, "E1|L1|" NAME "|" AMOUNT "|\n", "");
    assert_ok(record_get_id(f->db, 1, &r));
    r.sealed.p[r.sealed.n / 2] ^= 1;
    assert_ok(record_parts_open(&f->bank, f->db, &r, &p));
    assert_err(p.state[SIDE_BUSINESS], GZ_CORRUPT);
    assert_int_equal(p.plain[SIDE_BUSINESS].n, 0);
    assert_ok(p.state[SIDE_IDENTITY]);
    assert_true(shows(buf_bytes(&p.plain[SIDE_IDENTITY]), NAME));
}

/* --- between the two commits ------------------------------------------------------------------ */

static uint64_t count_parts(struct bank_fixture *f)
{
    sqlite3      *db = NULL;
    sqlite3_stmt *s = NULL;
    assert_int_equal(sqlite3_open(fixture_path(f, "identity.sqlite"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT (SELECT count(*) FROM identity_part) +"
                                        " (SELECT count(*) FROM identity_matter)",
                                        -1, &s, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    const int64_t n = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return (uint64_t)n;
}

static void what_a_crash_between_the_commits_left_is_swept(void **state)
{
    struct bank_fixture *f = *state;
    uint64_t             removed = 0;
    submit(f, "E1|L1|" NAME "|" AMOUNT "|\nE2|L2|" NAME "|" AMOUNT "|\n", "");
    assert_int_equal(count_parts(f), 4);
    run_sql(fixture_path(f, "identity.sqlite"),
            "INSERT INTO identity_part (link, sealed, row_sum)"
            " SELECT randomblob(16), sealed, row_sum FROM identity_part;"
            "INSERT INTO identity_matter (link, wrapped_key, row_sum)"
            " SELECT randomblob(16), wrapped_key, row_sum FROM identity_matter WHERE id = 1");
    assert_int_equal(count_parts(f), 7);
    assert_ok(vaults_sweep(f->vaults, f->db, &removed));
    assert_int_equal(removed, 3);
    assert_int_equal(count_parts(f), 4);
    assert_ok(vaults_sweep(f->vaults, f->db, &removed));
    assert_int_equal(removed, 0);
    expect(f, 1, GZ_OK, GZ_OK);
    expect(f, 2, GZ_OK, GZ_OK);
}

/* The bank's database was set back: what it does not know must not go. */
static void many_parts_without_a_record_are_left_alone(void **state)
{
    struct bank_fixture *f = *state;
    uint64_t             removed = 7;
    submit(f, "E1|L1|" NAME "|" AMOUNT "|\n", "");
    run_sql(fixture_path(f, "identity.sqlite"),
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2001)"
            " INSERT INTO identity_part (link, sealed, row_sum)"
            " SELECT randomblob(16), x'00', zeroblob(32) FROM n");
    assert_ok(vaults_sweep(f->vaults, f->db, &removed));
    assert_int_equal(removed, 0);
    assert_int_equal(count_parts(f), 2003);
}

/* --- from before there were two --------------------------------------------------------------- */

/* As the program of before wrote it: one vault, everything in the bank's database. */
static void make_old(struct bank_fixture *f)
{
    DEFER(buf_fini) struct buf       why = {0};
    DEFER(record_fini) struct record r = {.seq = 1, .received_ms = 1000, .kind = "loan.contract"};
    DEFER(vault_key_fini) struct vault_key k;
    struct vault_state                     none = {0};
    struct matter              m = {.handle = "012345678901234567890w", .wrapped_key_n = 45};
    struct event               e = {BYTES_LIT("test"), BYTES_LIT("E1"), {0}};
    uint8_t                    reference[HASH_SIZE];
    const struct vault_options o = {.folder = fixture_path(f, "vault"),
                                    .master = {.path = fixture_path(f, "master")}};
    assert_ok(db_open(fixture_path(f, "bank.sqlite"), &f->db, &why));
    assert_ok(vault_open(&o, &none, &f->vaults[SIDE_BUSINESS], &why));
    struct vault *v = f->vaults[SIDE_BUSINESS];
    assert_ok(vault_keyed_hash(v, "matter", BYTES_LIT("test\nL1"), reference));
    assert_ok(
        vault_keyed_hash(v, "event",
                         BYTES_LIT("loan.contract\ncontract_no\n\"L1\"\nborrower.name\n\"" NAME
                                   "\"\namount\n\"" AMOUNT "\""),
                         e.content));
    assert_ok(vault_key_make(v, bytes_str(m.handle), &k, m.wrapped_key));
    snprintf(r.uuid, sizeof r.uuid, "01a2130e-8d8d-7471-9915-c450decb3cc6");
    assert_ok(vault_seal(&k, bytes_str(r.uuid), BYTES_LIT(NAME "\n" AMOUNT "\n"), &r.sealed));
    assert_ok(buf_add_str(&r.entry, "{}"));
    r.fingerprint = hash_of(SUITE_GM, buf_bytes(&r.entry));
    assert_ok(db_begin(f->db));
    assert_ok(matter_add(f->db, reference, &m));
    r.matter_id = m.id;
    assert_ok(record_add(f->db, &r));
    assert_ok(event_add(f->db, &e, r.id));
    assert_ok(matter_advance(f->db, &m, r.fingerprint));
    assert_ok(db_commit(f->db));
}

static void an_installation_with_one_vault_gets_the_second(void **state)
{
    struct bank_fixture                         *f = *state;
    DEFER(record_fini) struct record             r = {0};
    DEFER(record_parts_fini) struct record_parts p = {0};
    struct stat                                  st;
    fixture_close(f);
    drop(f, "bank.sqlite");
    drop(f, "identity.sqlite");
    (void)nftw(fixture_path(f, "vault"), fixture_remove, 16, FTW_DEPTH | FTW_PHYS);
    (void)nftw(fixture_path(f, "identity"), fixture_remove, 16, FTW_DEPTH | FTW_PHYS);
    (void)unlink(fixture_path(f, "identity-master"));
    make_old(f);
    fixture_close(f);
    fixture_open(f);
    assert_int_equal(stat(fixture_path(f, "identity-master"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    submit(f, "E1|L1|" NAME "|" AMOUNT "|\n", ""); /* recognised */
    submit(f, "E1|L1|" NAME "|1.00|\n", "2:conflict ");
    assert_ok(record_get_id(f->db, 1, &r));
    assert_ok(record_parts_open(&f->bank, f->db, &r, &p));
    assert_ok(p.state[SIDE_BUSINESS]);
    assert_ok(p.state[SIDE_IDENTITY]);
    assert_true(holds(buf_bytes(&p.plain[SIDE_BUSINESS]), NAME)); /* it stays where it was */
    submit(f, "E2|L1|" NAME "|" AMOUNT "|\n", ""); /* the same loan goes on in both */
    expect(f, 2, GZ_OK, GZ_OK);
    record_fini(&r);
    r = (struct record){0};
    assert_ok(record_get_id(f->db, 2, &r));
    assert_int_equal(r.matter_id, 1);
    assert_int_equal(r.seq, 2);
    submit(f, "E1|L1|" NAME "|" AMOUNT "|\nE2|L1|" NAME "|" AMOUNT "|\n", "");
}

/* --- reading back ----------------------------------------------------------------------------- */

static void read_back_covers_the_identity_store(void **state)
{
    static const struct {
        const char *file, *table, *change;
    } damages[] = {
        {"identity.sqlite", "identity_part",
         "UPDATE identity_part SET sealed = CAST(substr(sealed, 2) AS BLOB) WHERE id = NEW.id"},
        {"identity.sqlite", "identity_part", "DELETE FROM identity_part WHERE id = NEW.id"},
        {"identity.sqlite", "identity_part",
         "UPDATE identity_part SET link = randomblob(16) WHERE id = NEW.id"},
        {"bank.sqlite", "record_identity",
         "UPDATE record_identity SET identity_id = identity_id + 1 WHERE record_id = "
         "NEW.record_id"},
        {"bank.sqlite", "record_identity",
         "DELETE FROM record_identity WHERE record_id = NEW.record_id"},
    };
    struct bank_fixture  *f = *state;
    struct fixture_result r;
    struct record_counts  c;
    fixture_write(f, "batch/contract_1.txt", HEADER "E1|L1|" NAME "|" AMOUNT "|\n");
    for (size_t i = 0; i < COUNT_OF(damages); i++) {
        char sql[512];
        snprintf(sql, sizeof sql, "CREATE TRIGGER damage AFTER INSERT ON %s BEGIN %s; END",
                 damages[i].table, damages[i].change);
        run_sql(fixture_path(f, damages[i].file), sql);
        assert_err(fixture_submit(f, "batch", &r), GZ_CORRUPT);
        run_sql(fixture_path(f, damages[i].file), "DROP TRIGGER damage");
        assert_ok(record_count(f->db, 0, &c));
        assert_int_equal(c.total, 0);
        assert_int_equal(count_parts(f), 0);
    }
    submit(f, "E1|L1|" NAME "|" AMOUNT "|\n", "");
    expect(f, 1, GZ_OK, GZ_OK);
}

#define VAULTS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        VAULTS_TEST(the_business_side_alone_names_nobody),
        VAULTS_TEST(the_identity_side_alone_tells_no_amount_and_no_record),
        VAULTS_TEST(a_lost_identity_store_is_told_record_by_record),
        VAULTS_TEST(a_number_that_is_given_out_again_shows_nobody_elses_name),
        VAULTS_TEST(an_altered_business_part_leaves_the_names),
        VAULTS_TEST(what_a_crash_between_the_commits_left_is_swept),
        VAULTS_TEST(many_parts_without_a_record_are_left_alone),
        VAULTS_TEST(an_installation_with_one_vault_gets_the_second),
        VAULTS_TEST(read_back_covers_the_identity_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Batch files become records in a real database and vault. */
#include "bank_fixture.h"

#include <errno.h>
#include <sqlite3.h>

#define HEADER   "event|contract|name|amount|file\n"
#define PDF_TEXT "%PDF-1.4\nCANARY-ORIGINAL-5544\n%%EOF\n"

static int set_up(void **state)
{
    struct bank_fixture *f = malloc(sizeof *f);
    fixture_init(f);
    fixture_write(f, "batch/files/c.pdf", PDF_TEXT);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    file_fault_set(FILE_FAULT_NONE, 0, 0);
    fixture_fini(*state);
    free(*state);
    return 0;
}

/* A statement on the database behind the program's back. */
static void meddle(struct bank_fixture *f, const char *sql)
{
    sqlite3 *db = NULL;
    char    *error = NULL;
    assert_int_equal(sqlite3_open(fixture_path(f, "bank.sqlite"), &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK) fail_msg("%s: %s", sql, error);
    sqlite3_close(db);
}

static uint64_t count_records(struct bank_fixture *f)
{
    struct record_counts c;
    assert_ok(record_count(f->db, 0, &c));
    return c.total;
}

static uint64_t count_blobs(struct bank_fixture *f)
{
    uint64_t       n = 0;
    DIR           *outer = opendir(fixture_path(f, "identity"));
    struct dirent *d, *e;
    assert_non_null(outer);
    while ((d = readdir(outer)) != NULL) {
        char path[2 * FIXTURE_PATH];
        if (d->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", fixture_path(f, "identity"), d->d_name);
        DIR *inner = opendir(path);
        if (inner == NULL) continue;
        while ((e = readdir(inner)) != NULL) n += e->d_name[0] != '.';
        closedir(inner);
    }
    closedir(outer);
    return n;
}

#define EXPECT(r, a, again, conflict, refuse, text)                                                \
    do {                                                                                           \
        assert_string_equal((r).codes, (text));                                                    \
        assert_int_equal((r).counts.accepted, (a));                                                \
        assert_int_equal((r).counts.repeated, (again));                                            \
        assert_int_equal((r).counts.conflicts, (conflict));                                        \
        assert_int_equal((r).counts.refused, (refuse));                                            \
    } while (0)

static void rows_of_one_loan_are_chained(void **state)
{
    struct bank_fixture  *f = *state;
    struct fixture_result r;
    fixture_write(f, "batch/contract_1.txt",
                  HEADER "E1|L1|甲|1.00|c.pdf\nE2|L1|甲|2.00|\nE3|L2|乙|3.00|\n");
    assert_ok(fixture_submit(f, "batch", &r));
    EXPECT(r, 3, 0, 0, 0, "");
    assert_int_equal(r.outcome, SUBMIT_READ);
    DEFER(record_fini) struct record first = {0}, second = {0}, third = {0};
    assert_ok(record_get_id(f->db, 1, &first));
    assert_ok(record_get_id(f->db, 2, &second));
    assert_ok(record_get_id(f->db, 3, &third));
    assert_int_equal(first.seq, 1);
    assert_int_equal(second.seq, 2);
    assert_int_equal(third.seq, 1);
    assert_int_equal(first.matter_id, second.matter_id);
    assert_int_not_equal(first.matter_id, third.matter_id);
    static uint8_t memory[ENTRY_SIZE_MAX * 4];
    struct arena   arena = {memory, 0, sizeof memory};
    struct entry   e;
    const char    *why;
    assert_ok(entry_decode(buf_bytes(&second.entry), &arena, &e, &why));
    assert_true(e.has_prev && hash_eq(e.prev, first.fingerprint));
    assert_ok(entry_decode(buf_bytes(&third.entry), &arena, &e, &why));
    assert_false(e.has_prev);
    assert_int_equal(e.digests_n, 3); /* contract_no, borrower.name, amount */
}

static void known_rows_and_files_are_recognised(void **state)
{
    struct bank_fixture  *f = *state;
    struct fixture_result r;
    fixture_write(f, "batch/contract_1.txt", HEADER "E1|L1|甲|1.00|c.pdf\nE2|L1|甲|2.00|\n");
    assert_ok(fixture_submit(f, "batch", &r));
    assert_ok(fixture_submit(f, "batch", &r));
    EXPECT(r, 0, 2, 0, 0, "");
    assert_int_equal(r.outcome, SUBMIT_READ_AGAIN);
    fixture_close(f);
    fixture_open(f); /* "for ever": also in another run */
    fixture_write(f, "batch/contract_1.txt",
                  HEADER "E2|L1|甲|2.00|\nE1|L1|甲|1.00|c.pdf\nE3|L1|甲|2.00|\n");
    assert_ok(fixture_submit(f, "batch/contract_1.txt", &r));
    EXPECT(r, 1, 2, 0, 0, "");
    assert_int_equal(r.outcome, SUBMIT_READ);
    assert_int_equal(count_records(f), 3);
}

static void another_content_under_a_known_number_is_a_conflict(void **state)
{
    struct bank_fixture  *f = *state;
    struct fixture_result r;
    fixture_write(f, "batch/contract_1.txt", HEADER "E1|L1|甲|1.00|c.pdf\n");
    assert_ok(fixture_submit(f, "batch", &r));
    fixture_write(f, "batch/contract_1.txt",
                  HEADER "E1|L1|甲|1.01|c.pdf\nE2|L1|甲|2.00|\nE2|L1|甲|2.50|\n");
    assert_ok(fixture_submit(f, "batch", &r));
    EXPECT(r, 1, 0, 2, 0, "2:conflict 4:conflict ");
    fixture_write(f, "batch/contract_1.txt", HEADER "E1|L1|甲|1.00|c.pdf\n");
    fixture_write(f, "batch/files/c.pdf", "%PDF-1.4\nANOTHER\n%%EOF\n");
    assert_ok(fixture_submit(f, "batch", &r));
    EXPECT(r, 0, 0, 1, 0, "2:conflict "); /* the original counts too */
    assert_int_equal(count_records(f), 2);
}

static void one_bad_row_never_sinks_the_rest(void **state)
{
    struct bank_fixture  *f = *state;
    struct fixture_result r;
    fixture_write(f, "batch/contract_1.txt",
                  HEADER "E1|L1|甲|1.00|\nE2||乙|x|no.pdf\nE3|L3|丙|3.00|\n");
    fixture_write(f, "batch/contract_2.txt", "no|header\n");
    fixture_write(f, "batch/unknown_2.txt", "no|mapping\n");
    assert_ok(fixture_submit(f, "batch", &r));
    assert_int_equal(r.counts.accepted, 2);
    assert_int_equal(r.counts.refused, 1);
    assert_non_null(strstr(r.codes, "3:required "));
    assert_non_null(strstr(r.codes, "3:money "));
    assert_non_null(strstr(r.codes, ":mapping "));
    assert_int_equal(count_records(f), 2);
}

/* Nothing visible breaks without it: the database or its driver keeps something else than it was
 * given. Triggers play the damage. */
static void read_back_before_commit_catches_a_changed_record(void **state)
{
    static const struct {
        const char *table, *change;
    } damages[] = {
        {"record_body", "UPDATE record_body SET entry = CAST(replace(CAST(entry AS TEXT), "
                        "'\"v\":1', '\"v\":2') AS BLOB) WHERE record_id = NEW.record_id"},
        {"record_body", "UPDATE record_body SET sealed = CAST(substr(sealed, 2) AS BLOB) "
                        "WHERE record_id = NEW.record_id"},
        {"record_body", "UPDATE record_body SET sealed = x'' WHERE record_id = NEW.record_id"},
        {"record_body", "DELETE FROM record_body WHERE record_id = NEW.record_id"},
        {"record", "UPDATE record SET fingerprint = zeroblob(32) WHERE id = NEW.id"},
        {"record", "UPDATE record SET seq = seq + 1 WHERE id = NEW.id"},
        {"record_file", "UPDATE record_file SET blob = '00000000000000000000000000000000' "
                        "WHERE record_id = NEW.record_id"},
        {"record_file", "UPDATE record_file SET size = size + 1 "
                        "WHERE record_id = NEW.record_id"}};
    struct bank_fixture  *f = *state;
    struct fixture_result r;
    fixture_write(f, "batch/contract_1.txt", HEADER "E1|L1|甲|1.00|c.pdf\n");
    for (size_t i = 0; i < COUNT_OF(damages); i++) {
        char sql[512];
        snprintf(sql, sizeof sql, "CREATE TRIGGER damage AFTER INSERT ON %s BEGIN %s; END",
                 damages[i].table, damages[i].change);
        meddle(f, sql);
        assert_err(fixture_submit(f, "batch", &r), GZ_CORRUPT);
        meddle(f, "DROP TRIGGER damage");
        assert_int_equal(count_records(f), 0);
    }
    assert_ok(fixture_submit(f, "batch", &r));
    EXPECT(r, 1, 0, 0, 0, "");
}

/* The 1st, 2nd, 3rd … file operation fails until the submission succeeds: never half a record, and
 * the sweep leaves exactly the blobs that are held. */
static void every_failing_file_operation_leaves_nothing_half_done(void **state)
{
    struct bank_fixture  *f = *state;
    struct fixture_result r;
    enum gz_err           e = GZ_IO;
    uint64_t              removed, n = 0;
    fixture_write(f, "batch/contract_1.txt", HEADER "E1|L1|甲|1.00|c.pdf\nE2|L2|乙|1.00|c.pdf\n");
    for (; e != GZ_OK && n < 200; n++) {
        file_fault_set(FILE_FAULT_ANY, n, ENOSPC);
        e = fixture_submit(f, "batch", &r);
        file_fault_set(FILE_FAULT_NONE, 0, 0);
        if (e != GZ_OK) assert_int_equal(count_records(f), 0);
        assert_ok(vaults_sweep(f->vaults, f->db, &removed));
        assert_int_equal(count_blobs(f), e == GZ_OK ? 2 : 0);
    }
    assert_in_range(n, 5, 199);
    EXPECT(r, 2, 0, 0, 0, "");
}

static bool file_contains(const char *path, const char *needle)
{
    DEFER(buf_fini) struct buf all = {0};
    assert_ok(file_read(path, 64 * 1024 * 1024, &all));
    return all.n > 0 && memmem(all.p, all.n, needle, strlen(needle)) != NULL;
}

static const char *const canaries[] = {"CANARY-ORIGINAL-5544", "CANARYNAME", "8765432.10"};

static int look(const char *path, const struct stat *s, int kind, struct FTW *at)
{
    (void)s, (void)at;
    if (kind != FTW_F || strstr(path, "/batch/") != NULL) return 0;
    for (size_t i = 0; i < COUNT_OF(canaries); i++)
        if (file_contains(path, canaries[i])) fail_msg("%s holds %s", path, canaries[i]);
    return 0;
}

static void plain_text_is_nowhere_on_disk(void **state)
{
    struct bank_fixture  *f = *state;
    struct fixture_result r;
    fixture_write(f, "batch/contract_1.txt", HEADER "E1|CANARYNAME9|CANARYNAME|8765432.10|c.pdf\n");
    assert_ok(fixture_submit(f, "batch", &r));
    EXPECT(r, 1, 0, 0, 0, "");
    assert_int_equal(nftw(f->folder, look, 16, FTW_PHYS), 0);
}

static void a_clock_far_from_its_peers_takes_nothing(void **state)
{
    struct bank_fixture  *f = *state;
    struct fixture_result r;
    fixture_write(f, "batch/contract_1.txt", HEADER "E1|L1|甲|1.00|\n");
    witness_clock_close(&f->clock);
    const char *const nobody[] = {"http://127.0.0.1:1"};
    assert_ok(witness_clock_open(WITNESS_CLOCK_PEERS, nobody, 1, &f->clock));
    f->bank.clock = f->clock;
    assert_err(fixture_submit(f, "batch", &r), GZ_BUSY);
    assert_int_equal(count_records(f), 0);
}

static void a_path_that_is_not_there(void **state)
{
    struct fixture_result r;
    assert_err(fixture_submit(*state, "nothing", &r), GZ_MISSING);
    assert_err(fixture_submit(*state, "nothing/file.txt", &r), GZ_MISSING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_of_one_loan_are_chained, set_up, tear_down),
        cmocka_unit_test_setup_teardown(known_rows_and_files_are_recognised, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_content_under_a_known_number_is_a_conflict, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(one_bad_row_never_sinks_the_rest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(read_back_before_commit_catches_a_changed_record, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(every_failing_file_operation_leaves_nothing_half_done,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(plain_text_is_nowhere_on_disk, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_clock_far_from_its_peers_takes_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_path_that_is_not_there, set_up, tear_down),
    };
    RUN_TESTS(tests);
}

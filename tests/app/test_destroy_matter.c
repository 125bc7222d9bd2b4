/* Destroying a matter by order: who may, what is left, and that a crash at any instruction leaves
 * it either untouched or wholly destroyed. */
#include "bank_fixture.h"

#include <errno.h>
#include <sqlite3.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "app/check_store.h"
#include "app/destroy_matter.h"
#include "app/record_parts.h"
#include "store/audit.h"
#include "store/erasure.h"
#include "store/hold.h"

#define HEADER "event|contract|name|amount|file\n"
enum { DAY = 24 * 3600, KILLED = 9, SWEEP_MAX = 2000 };

/* --- killed at the n-th call that changes the disk ---------------------------------------------
 * These definitions stand before those of the C library, for SQLite and for us. */

static struct {
    bool     is_on;
    uint64_t after, calls;
} killing;

static void count_call(void)
{
    if (killing.is_on && killing.calls++ == killing.after) _exit(KILLED);
}

int fdatasync(int fd)
{
    count_call();
    return (int)syscall(SYS_fdatasync, fd);
}
int fsync(int fd)
{
    count_call();
    return (int)syscall(SYS_fsync, fd);
}
int ftruncate64(int fd, off_t size)
{
    count_call();
    return (int)syscall(SYS_ftruncate, fd, size);
}
ssize_t pwrite64(int fd, const void *p, size_t n, off_t at)
{
    count_call();
    return syscall(SYS_pwrite64, fd, p, n, at);
}
int rename(const char *from, const char *to)
{
    count_call();
    return (int)syscall(SYS_rename, from, to);
}
int unlink(const char *path)
{
    count_call();
    return (int)syscall(SYS_unlink, path);
}

/* --- a bank with two loans -------------------------------------------------------------------- */

static struct signer *operators[3];
static struct key     keys[3];

static void shell(const struct bank_fixture *f, const char *format)
{
    char command[4 * FIXTURE_PATH];
    snprintf(command, sizeof command, format, f->folder);
    assert_int_equal(system(command), 0);
}

static void make_operator(struct bank_fixture *f, size_t i)
{
    static const char *const names[] = {"op.a", "op.b", "op.c"};
    char                     file[8];
    snprintf(file, sizeof file, "op%zu", i);
    assert_ok(signer_create(fixture_path(f, file), SUITE_GM, KEY_OPERATOR, bytes_str(names[i]),
                            &keys[i]));
    assert_ok(signer_open(fixture_path(f, file), SUITE_GM, KEY_OPERATOR, bytes_str(names[i]),
                          &operators[i]));
}

static int set_up(void **state)
{
    struct bank_fixture  *f = malloc(sizeof *f);
    struct fixture_result r;
    log_set_level(LOG_ALARM + 1); /* the losses are on purpose */
    fixture_init(f);
    for (size_t i = 0; i < 3; i++) make_operator(f, i);
    fixture_write(f, "batch/files/c.pdf", "%PDF-1.4\nORIGINAL\n%%EOF\n");
    fixture_write(f, "batch/contract_1.txt",
                  HEADER "E1|L1|甲|1.00|c.pdf\nE2|L2|乙|2.00|c.pdf\nE3|L1|甲|3.00|\n");
    assert_ok(fixture_submit(f, "batch", &r));
    assert_int_equal(r.counts.accepted, 3);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_fini(*state);
    for (size_t i = 0; i < 3; i++) signer_free(&operators[i]);
    free(*state);
    return 0;
}

static struct time days_from_now(int64_t days)
{
    return time_add_s(clock_now(), days * DAY);
}

/* What an order says besides its matter. */
struct terms {
    const char *organisation, *until, *hold, *grievance, *reason;
    size_t      signers[3], signers_n;
};
static const struct terms good = {"ccb.sd", "2020-01-31", "true", "true", "期满", {0, 1}, 2};

static void write_order(struct bank_fixture *f, const struct terms *t, struct buf *out)
{
    DEFER(buf_fini) struct buf text = {0};
    struct matter              m;
    assert_ok(matter_get_id(f->db, 1, &m));
    assert_ok(buf_addf(&text,
                       "{\"type\":\"guzheng/destroy-order/v1\",\"organisation\":\"%s\",\n"
                       "\"matter\":\"%s\",\"reason\":\"%s\",\"ground\":\"个人信息保护法第47条\",\n"
                       "\"retention_until\":\"%s\",\"no_legal_hold\":%s,"
                       "\"no_open_grievance\":%s}\n",
                       t->organisation, m.handle, t->reason, t->until, t->hold, t->grievance));
    assert_ok(buf_add(out, buf_bytes(&text)));
    assert_ok(buf_add_byte(out, '\n'));
    for (size_t i = 0; i < t->signers_n; i++)
        assert_ok(signer_sign_note(operators[t->signers[i]], buf_bytes(&text), out));
}

static enum gz_err destroy(struct bank_fixture *f, const struct terms *t, int64_t days)
{
    DEFER(buf_fini) struct buf order = {0}, why = {0};
    write_order(f, t, &order);
    const enum gz_err e =
        destroy_matter(&f->bank, f->db, keys, 2, buf_bytes(&order), days_from_now(days), &why);
    if (e != GZ_OK) assert_true(why.n > 0);
    return e;
}

/* --- what is there ---------------------------------------------------------------------------- */

static void found(void *ctx, const struct found_in_store *f)
{
    char *text = ctx;
    snprintf(text + strlen(text), 256 - strlen(text), "%lld:%s ", (long long)f->record_id,
             store_finding_word(f->what));
}

static void expect(struct bank_fixture *f, const char *wanted)
{
    char                        text[256] = "";
    struct store_check          c = {0};
    const struct store_listener l = {.ctx = text, .found = found};
    assert_ok(check_store(&f->bank, f->db, &l, &c));
    assert_string_equal(text, wanted);
    assert_int_equal(c.damaged, 0);
}

static void reopen(struct bank_fixture *f)
{
    DEFER(buf_fini) struct buf why = {0};
    fixture_close(f);
    fixture_open(f);
    assert_ok(destroy_finish(f->vaults, f->db, clock_now(), &why));
}

static void what_is_destroyed_is_erased_and_the_rest_is_whole(void **state)
{
    struct bank_fixture       *f = *state;
    DEFER(buf_fini) struct buf old = {0}, new = {0};
    struct fixture_result      r;
    struct record_file         file;
    char                       path[2 * FIXTURE_PATH];
    assert_ok(file_read(fixture_path(f, "master"), 100, &old));
    assert_ok(record_get_file(f->db, 1, 1, &file));
    expect(f, "");
    assert_ok(destroy(f, &good, 4000));
    expect(f, "1:erased 3:erased ");
    assert_ok(file_read(fixture_path(f, "master"), 100, &new));
    assert_false(bytes_eq(buf_bytes(&old), buf_bytes(&new)));
    snprintf(path, sizeof path, "%s/%.2s/%s", fixture_path(f, "identity"), file.blob, file.blob);
    assert_int_not_equal(access(path, F_OK), 0);
    reopen(f);
    expect(f, "1:erased 3:erased ");
    assert_err(destroy(f, &good, 4000), GZ_CONFLICT);
    fixture_write(f, "batch/contract_1.txt",
                  HEADER
                  "E1|L1|甲|1.00|c.pdf\nE2|L2|乙|2.00|c.pdf\nE9|L1|甲|3.00|\nE4|L2|乙|9.00|\n"
                  "E5|L5|丙|5.00|\n");
    assert_ok(fixture_submit(f, "batch", &r)); /* the loan is closed, others go on */
    assert_string_equal(r.codes, "2:erased 4:erased ");
    assert_int_equal(r.counts.repeated, 1);
    assert_int_equal(r.counts.accepted, 2);
    expect(f, "1:erased 3:erased ");
}

static void a_backup_of_before_opens_nothing_with_the_keys_of_now(void **state)
{
    struct bank_fixture       *f = *state;
    DEFER(buf_fini) struct buf why = {0};
    fixture_close(f);
    shell(f, "cd %s && mkdir backup && cp bank.sqlite identity.sqlite backup/");
    fixture_open(f);
    assert_ok(destroy(f, &good, 4000));
    fixture_close(f);
    shell(f, "cd %s && rm -f *.sqlite-* && cp -f backup/*.sqlite .");
    assert_ok(db_open(fixture_path(f, "bank.sqlite"), &f->db, &why));
    assert_ok(db_join_identity(f->db, fixture_path(f, "identity.sqlite"), &why));
    const struct vault_options options[SIDES] = {
        {.folder = fixture_path(f, "vault"), .master = {.path = fixture_path(f, "master")}},
        {.folder = fixture_path(f, "identity"),
         .master = {.path = fixture_path(f, "identity-master")}}};
    assert_err(vaults_open(options, f->db, f->vaults, &why), GZ_MISMATCH);
    assert_ok(
        catalog_open(fixture_path(f, "kinds"), fixture_path(f, "mappings"), &f->catalog, &why));
}

/* --- who may, and when ------------------------------------------------------------------------ */

static void an_order_needs_two_listed_people_and_every_condition(void **state)
{
    static const struct {
        struct terms t;
        enum gz_err  e;
    } cases[] = {
        {{"ccb.sd", "2020-01-31", "true", "true", "期满", {0}, 1}, GZ_DENIED},
        {{"ccb.sd", "2020-01-31", "true", "true", "期满", {0, 0}, 2}, GZ_DENIED},
        {{"ccb.sd", "2020-01-31", "true", "true", "期满", {0, 2}, 2}, GZ_DENIED}, /* not listed */
        {{"ccb.sd", "2020-01-31", "true", "true", "期满", {0}, 0}, GZ_MALFORMED},
        {{"icbc.sd", "2020-01-31", "true", "true", "期满", {0, 1}, 2}, GZ_DENIED},
        {{"ccb.sd", "2020-01-31", "false", "true", "期满", {0, 1}, 2}, GZ_CONFLICT},
        {{"ccb.sd", "2020-01-31", "true", "false", "期满", {0, 1}, 2}, GZ_CONFLICT},
        {{"ccb.sd", "2020-01-31", "true", "true", "", {0, 1}, 2}, GZ_MALFORMED},
        {{"ccb.sd", "2099-01-31", "true", "true", "期满", {0, 1}, 2}, GZ_CONFLICT},
        {{"ccb.sd", "2020-02-31", "true", "true", "期满", {0, 1}, 2}, GZ_MALFORMED},
        {{"ccb.sd", "2020-01-31", "1", "true", "期满", {0, 1}, 2}, GZ_MALFORMED},
        {{"ccb.sd", "2020-01-31", "true", "true,\"x\":1", "期满", {0, 1}, 2}, GZ_MALFORMED},
    };
    struct bank_fixture *f = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_err(destroy(f, &cases[i].t, 4000), cases[i].e);
    assert_err(destroy(f, &good, 3649), GZ_CONFLICT); /* the kind's retention is not over */
    expect(f, "");
}

static void an_altered_order_is_nobodys(void **state)
{
    struct bank_fixture       *f = *state;
    DEFER(buf_fini) struct buf order = {0};
    write_order(f, &good, &order);
    for (size_t i = 0; i < order.n; i++) {
        DEFER(buf_fini) struct buf why = {0};
        order.p[i] ^= 1;
        assert_int_not_equal(
            destroy_matter(&f->bank, f->db, keys, 2, buf_bytes(&order), days_from_now(4000), &why),
            GZ_OK);
        order.p[i] ^= 1;
    }
    expect(f, "");
}

static void a_hold_stops_it(void **state)
{
    struct bank_fixture *f = *state;
    struct hold          h = {.matter_id = 1, .reason = "保全", .by = "x", .added_ms = 1};
    assert_ok(db_begin(f->db));
    assert_ok(hold_add(f->db, &h));
    assert_ok(db_commit(f->db));
    assert_err(destroy(f, &good, 4000), GZ_CONFLICT);
    expect(f, "");
    assert_ok(db_begin(f->db));
    assert_ok(hold_remove(f->db, h.id, 2));
    assert_ok(db_commit(f->db));
    assert_ok(destroy(f, &good, 4000));
    expect(f, "1:erased 3:erased ");
}

static enum gz_err note_action(void *ctx, int64_t id, const struct audit *a)
{
    char *text = ctx;
    (void)id;
    assert_int_equal(a->matter.n, ENTRY_MATTER_SIZE);
    snprintf(text + strlen(text), 128 - strlen(text), "%.*s/%.*s ", (int)a->action.n,
             (const char *)a->action.p, (int)a->who.n, (const char *)a->who.p);
    return GZ_OK;
}

static void it_is_logged_by_handle(void **state)
{
    struct bank_fixture               *f = *state;
    DEFER(erasure_fini) struct erasure e = {0};
    char                               text[128] = "";
    assert_ok(destroy(f, &good, 4000));
    assert_ok(audit_list(f->db, note_action, text));
    assert_string_equal(text, "destroy_ordered/op.a, op.b destroyed/guzheng ");
    assert_ok(erasure_get(f->db, 1, &e)); /* the order itself is kept */
    assert_true(e.done_ms > 0 && e.order.n > 0);
}

/* What would be lost with the old master key stops it before anything is done. */
static void a_key_that_cannot_be_opened_stops_it(void **state)
{
    struct bank_fixture *f = *state;
    struct matter        m;
    assert_ok(matter_get_id(f->db, 2, &m));
    const struct matter kept = m;
    m.wrapped_key[20] ^= 1;
    assert_ok(db_begin(f->db));
    assert_ok(matter_set_key(f->db, &m));
    assert_ok(db_commit(f->db));
    assert_err(destroy(f, &good, 4000), GZ_CORRUPT);
    assert_ok(db_begin(f->db));
    assert_ok(matter_set_key(f->db, &kept));
    assert_ok(db_commit(f->db));
    expect(f, "");
    reopen(f); /* the order is stored, and is carried through when it can be */
    expect(f, "1:erased 3:erased ");
}

/* --- killed anywhere -------------------------------------------------------------------------- */

/* The exit status of a process that destroys and is killed at its n-th call. */
static int destroy_and_die(struct bank_fixture *f, uint64_t n)
{
    int         status = 0;
    const pid_t child = fork();
    if (child == 0) {
        fixture_open(f);
        killing.after = n, killing.calls = 0, killing.is_on = true;
        _exit(destroy(f, &good, 4000) == GZ_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static bool is_destroyed(struct bank_fixture *f)
{
    DEFER(erasure_fini) struct erasure e = {0};
    const enum gz_err                  got = erasure_get(f->db, 1, &e);
    if (got == GZ_OK) assert_true(e.done_ms > 0);
    return got == GZ_OK;
}

static void killed_at_any_call_it_is_all_or_nothing(void **state)
{
    struct bank_fixture *f = *state;
    uint64_t             n = 0, untouched = 0, finished = 0;
    int                  status = KILLED;
    fixture_close(f);
    shell(f, "cd %s && mkdir kept && cp -a bank.sqlite identity.sqlite vault identity master"
             " identity-master kept/");
    for (; status == KILLED && n < SWEEP_MAX; n++) {
        shell(f, "cd %s && rm -rf bank.sqlite* identity.sqlite* vault identity master*"
                 " identity-master* && cp -a kept/. .");
        status = destroy_and_die(f, n);
        fixture_open(f);
        reopen(f);
        const bool done = is_destroyed(f);
        expect(f, done ? "1:erased 3:erased " : "");
        untouched += !done;
        finished += done;
        if (status == KILLED) fixture_close(f);
    }
    assert_int_equal(status, 0);
    assert_true(untouched > 3 && finished > 20 && n < SWEEP_MAX);
    assert_int_not_equal(access(fixture_path(f, "master.next"), F_OK), 0);
}

#define DESTROY_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESTROY_TEST(what_is_destroyed_is_erased_and_the_rest_is_whole),
        DESTROY_TEST(a_backup_of_before_opens_nothing_with_the_keys_of_now),
        DESTROY_TEST(an_order_needs_two_listed_people_and_every_condition),
        DESTROY_TEST(an_altered_order_is_nobodys),
        DESTROY_TEST(a_hold_stops_it),
        DESTROY_TEST(it_is_logged_by_handle),
        DESTROY_TEST(a_key_that_cannot_be_opened_stops_it),
        DESTROY_TEST(killed_at_any_call_it_is_all_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

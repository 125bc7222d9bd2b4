/* Whatever happens to the process or the disk: what was committed is there, and whole. */
#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "store/statement.h"
#include "store_fixture.h"

enum { GROUP = 3, KILLS = 20, COMMITS_BEFORE_KILL = 8, SWEEP_MAX = 500 };

/* --- faults below SQLite ----------------------------------------------------------------------
 * SQLite has its own writes and syncs. These definitions stand before those of the C library. */

static struct {
    bool     is_on, lasts;
    uint64_t after, calls;
    int      error;
} fault;

static bool fault_hits(void)
{
    if (!fault.is_on) return false;
    const uint64_t call = fault.calls++;
    if (call < fault.after || (call > fault.after && !fault.lasts)) return false;
    errno = fault.error;
    return true;
}

int fdatasync(int fd)
{
    return fault_hits() ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd)
{
    return fault_hits() ? -1 : (int)syscall(SYS_fsync, fd);
}

int ftruncate64(int fd, off_t size)
{
    return fault_hits() ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}

ssize_t pwrite64(int fd, const void *p, size_t n, off_t at)
{
    if (!fault_hits()) return syscall(SYS_pwrite64, fd, p, n, at);
    const int error = errno;
    if (n > 1) (void)syscall(SYS_pwrite64, fd, p, n / 2, at); /* torn */
    errno = error;
    return -1;
}

/* --- what must hold --------------------------------------------------------------------------- */

/* One transaction: GROUP records from the first on, all in the matter. */
static enum gz_err commit_group(uint64_t first)
{
    DEFER(db_rollback) struct db *open = db;
    struct matter                 m;
    TRY(db_begin(open));
    enum gz_err e = matter_get(db, hash_n(0).b, &m);
    if (e == GZ_MISSING) {
        m = matter_n(0);
        e = matter_add(db, hash_n(0).b, &m);
    }
    TRY(e);
    for (uint64_t n = first; n < first + GROUP; n++) TRY(take_in(n, &m, NULL));
    return db_commit(open);
}

/* Whole groups only; the matter's chain, the outbox and the retry keys agree with the records. */
static uint64_t assert_whole(void)
{
    const uint64_t count = count_records();
    uint64_t       waiting = 0;
    int64_t        oldest = 0;
    struct matter  m;
    assert_sound();
    assert_int_equal(count % GROUP, 0);
    assert_ok(outbox_count(db, &waiting, &oldest));
    assert_int_equal(waiting, count);
    if (count == 0) return 0;
    assert_ok(matter_get(db, hash_n(0).b, &m));
    assert_int_equal(m.last_seq, count);
    for (uint64_t n = 0; n < count; n++) {
        DEFER(record_fini) struct record r = {0};
        struct event                     e = {BYTES_LIT("core"), bytes_str(uuid_n(n)), {0}};
        enum event_answer                answer;
        int64_t                          id = 0;
        memcpy(e.content, hash_n(n).b, HASH_SIZE);
        assert_ok(record_get(db, bytes_str(uuid_n(n)), &r));
        assert_ok(event_find(db, &e, &answer, &id));
        assert_int_equal(answer, EVENT_IS_REPEATED);
        assert_int_equal(id, r.id);
        assert_int_equal(r.seq, n + 1);
    }
    return count;
}

/* --- kill -9 ---------------------------------------------------------------------------------- */

static void child_commits(uint64_t first, int acknowledge)
{
    db = NULL;
    if (open_code(in_folder("db"), &db) != GZ_OK) _exit(1);
    (void)sqlite3_exec(db->c, "PRAGMA wal_autocheckpoint = 5", NULL, NULL, NULL);
    for (uint64_t n = first;; n += GROUP) {
        if (commit_group(n) != GZ_OK) _exit(1);
        const uint64_t done = n + GROUP;
        if (write(acknowledge, &done, sizeof done) != sizeof done) _exit(1);
    }
}

/* Kills it some time after so many acknowledgements; returns the last one that was received. */
static uint64_t kill_after(pid_t child, int acknowledged, unsigned commits, unsigned wait_us)
{
    uint64_t done = 0;
    for (unsigned i = 0; i < commits; i++)
        assert_int_equal(read(acknowledged, &done, sizeof done), sizeof done);
    (void)usleep(wait_us);
    assert_int_equal(kill(child, SIGKILL), 0);
    while (read(acknowledged, &done, sizeof done) == sizeof done) {
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    return done;
}

static void kill_9_loses_nothing_committed(void **state)
{
    (void)state;
    uint64_t count = 0;
    for (unsigned round = 0; round < KILLS; round++) {
        int ends[2];
        db_close(&db); /* not through a fork */
        assert_int_equal(pipe(ends), 0);
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) child_commits(count, ends[1]);
        (void)close(ends[1]);
        const uint64_t done =
            kill_after(child, ends[0], 1 + round % COMMITS_BEFORE_KILL, round * 211);
        (void)close(ends[0]);
        reopen();
        count = assert_whole();
        assert_true(count >= done);
    }
    assert_true(count >= KILLS);
}

/* --- the disk fails --------------------------------------------------------------------------- */

static void fault_begin(uint64_t after, int error, bool lasts)
{
    fault.after = after;
    fault.calls = 0;
    fault.error = error;
    fault.lasts = lasts;
    fault.is_on = true;
}

/* Every write, truncate and sync of a commit fails in turn, with the checkpoint behind it. */
static void sweep(int error, bool lasts)
{
    assert_int_equal(sqlite3_exec(db->c, "PRAGMA wal_autocheckpoint = 1", NULL, NULL, NULL), 0);
    uint64_t count = assert_whole(), refused = 0;
    for (uint64_t n = 0; n < SWEEP_MAX; n++) {
        fault_begin(n, error, lasts);
        const enum gz_err e = commit_group(count);
        const bool        is_hit = fault.calls > n;
        fault.is_on = false;
        if (e == GZ_OK) count += GROUP; /* the fault hit the checkpoint behind it */
        else assert_err(e, GZ_IO);
        refused += e != GZ_OK;
        assert_int_equal(assert_whole(), count);
        if (!is_hit) {
            assert_true(refused > 3 && n > refused);
            return;
        }
    }
    fail_msg("never ran without the fault");
}

static void a_failing_disk_keeps_what_was_committed(void **state)
{
    (void)state;
    sweep(EIO, false);
    sweep(EIO, true);
    sweep(ENOSPC, true);
    const uint64_t count = assert_whole();
    reopen();
    assert_int_equal(assert_whole(), count);
    assert_true(count > 0);
}

static void a_refused_commit_leaves_no_transaction_open(void **state)
{
    (void)state;
    struct matter m;
    assert_ok(db_begin(db));
    add_matter(0, &m);
    assert_ok(take_in(0, &m, NULL));
    fault_begin(0, EIO, true);
    assert_err(db_commit(db), GZ_IO);
    fault.is_on = false;
    assert_int_equal(count_records(), 0);
    assert_ok(db_begin(db)); /* asserts that none is open */
    assert_ok(db_commit(db));
    take_in_many(0, 1);
    reopen();
    assert_int_equal(count_records(), 1);
}

/* A process that dies with the disk failing: the next one finds whole groups, all acknowledged. */
static void a_crash_on_a_failing_disk_leaves_whole_transactions(void **state)
{
    (void)state;
    uint64_t count = 0, refused = 0;
    for (uint64_t n = 0; n < 40; n++) {
        db_close(&db);
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            db = NULL;
            if (open_code(in_folder("db"), &db) != GZ_OK) _exit(1);
            (void)sqlite3_exec(db->c, "PRAGMA wal_autocheckpoint = 1", NULL, NULL, NULL);
            fault_begin(n, EIO, true);
            _exit(commit_group(count) == GZ_OK ? 0 : 2);
        }
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 1);
        reopen();
        const uint64_t now = assert_whole();
        if (WEXITSTATUS(status) == 0) assert_int_equal(now, count + GROUP);
        else assert_true(now == count || now == count + GROUP);
        refused += WEXITSTATUS(status) != 0;
        count = now;
    }
    assert_true(refused > 3);
}

/* --- the disk is full ------------------------------------------------------------------------- */

/* Commits until one is refused; the number of groups that were taken. */
static uint64_t fill(uint64_t first)
{
    for (uint64_t n = first; n < first + 10000 * GROUP; n += GROUP) {
        const enum gz_err e = commit_group(n);
        if (e == GZ_OK) continue;
        assert_err(e, GZ_IO);
        return (n - first) / GROUP;
    }
    fail_msg("never full");
    return 0;
}

static void a_full_file_system_leaves_everything_intact(void **state)
{
    (void)state;
    struct rlimit before, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 300 * 1024;
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const uint64_t groups = fill(0);
    assert_true(groups > 0);
    assert_int_equal(count_records(), groups * GROUP); /* reads go on */
    assert_err(commit_group(groups * GROUP), GZ_IO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(assert_whole(), groups * GROUP);
    assert_ok(commit_group(groups * GROUP)); /* as soon as there is room, without a new start */
    reopen();
    assert_int_equal(assert_whole(), (groups + 1) * GROUP);
}

static void set_page_max(const char *sql)
{
    assert_int_equal(sqlite3_exec(db->c, sql, NULL, NULL, NULL), SQLITE_OK);
}

/* SQLite then ends the transaction by itself; what is still to come of it must not be committed
 * alone. */
static void what_follows_an_error_does_not_stand_alone(void **state)
{
    (void)state;
    struct matter m;
    uint64_t      n = 0;
    enum gz_err   e = GZ_OK;
    take_in_many(5000, GROUP);
    set_page_max("PRAGMA max_page_count = 80");
    assert_ok(db_begin(db));
    add_matter(0, &m);
    while (e == GZ_OK && n < 5000) e = take_in(n++, &m, NULL);
    assert_err(e, GZ_IO);
    set_page_max("PRAGMA max_page_count = 100000"); /* there is room again, but too late */
    for (int i = 0; i < 3; i++) assert_err(take_in(6000, &m, NULL), GZ_IO);
    assert_err(db_commit(db), GZ_IO);
    assert_int_equal(count_records(), GROUP);
    assert_err(matter_get(db, hash_n(0).b, &m), GZ_MISSING);
    assert_sound();
    take_in_many(7000, GROUP);
    reopen();
    assert_int_equal(count_records(), 2 * GROUP);
    assert_sound();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(kill_9_loses_nothing_committed),
        STORE_TEST(a_failing_disk_keeps_what_was_committed),
        STORE_TEST(a_refused_commit_leaves_no_transaction_open),
        STORE_TEST(a_crash_on_a_failing_disk_leaves_whole_transactions),
        STORE_TEST(a_full_file_system_leaves_everything_intact),
        STORE_TEST(what_follows_an_error_does_not_stand_alone),
    };
    RUN_TESTS(tests);
}

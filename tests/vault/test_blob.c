#include "vault/blob.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "store/event.h"
#include "store/matter.h"
#include "store/record.h"
#include "vault_fixture.h"

#define CANARY BYTES_LIT("canary: 借款合同 张三 340123199001011234")
enum { NAMES_MAX = 256 };

static const char *path_of(const char *name)
{
    char below[64];
    (void)snprintf(below, sizeof below, "vault/%.2s/%s", name, name);
    return in_folder(below);
}

/* Runs over every file of the vault; *blobs: names of blobs, *others: files half written. */
struct listing {
    unsigned blobs, others;
    char     names[NAMES_MAX][BLOB_NAME_SIZE + 1];
};
static void list_part(const char *part, struct listing *out)
{
    char below[64];
    (void)snprintf(below, sizeof below, "vault/%s", part);
    DIR *d = opendir(in_folder(below));
    assert_non_null(d);
    for (const struct dirent *e; (e = readdir(d)) != NULL;) {
        if (e->d_name[0] == '.') continue;
        if (strlen(e->d_name) != BLOB_NAME_SIZE) {
            out->others++;
            continue;
        }
        assert_true(out->blobs < NAMES_MAX);
        memcpy(out->names[out->blobs++], e->d_name, BLOB_NAME_SIZE + 1);
    }
    (void)closedir(d);
}

static struct listing list(void)
{
    static struct listing l;
    DIR                  *d = opendir(in_folder("vault"));
    assert_non_null(d);
    memset(&l, 0, sizeof l);
    for (const struct dirent *e; (e = readdir(d)) != NULL;)
        if (e->d_name[0] != '.' && strlen(e->d_name) == 2) list_part(e->d_name, &l);
    (void)closedir(d);
    return l;
}

static bool holds_text(const struct vault_key *k, const char *name, struct bytes text)
{
    struct buf plain = {0};
    const bool same =
        blob_get(vault, k, name, &plain) == GZ_OK && bytes_eq(buf_bytes(&plain), text);
    buf_fini(&plain);
    return same;
}

static void an_original_is_kept_as_it_was(void **state)
{
    (void)state;
    const struct vault_key k = new_key();
    char        one[BLOB_NAME_SIZE + 1], two[BLOB_NAME_SIZE + 1], empty[BLOB_NAME_SIZE + 1];
    struct stat st;
    assert_ok(blob_put(vault, &k, CANARY, one));
    assert_ok(blob_put(vault, &k, CANARY, two));
    assert_ok(blob_put(vault, &k, (struct bytes){0}, empty));
    assert_string_not_equal(one, two);
    reopen();
    assert_true(holds_text(&k, one, CANARY));
    assert_true(holds_text(&k, two, CANARY));
    assert_true(holds_text(&k, empty, (struct bytes){0}));
    assert_int_equal(stat(path_of(one), &st), 0);
    assert_int_equal(st.st_mode & 0377, 0); /* nobody else, and not to be written */
    assert_int_equal(st.st_size, CANARY.n + VAULT_OVERHEAD);
    assert_int_equal(list().blobs, 3);
    assert_int_equal(list().others, 0);
}

static void what_is_not_there_is_missing(void **state)
{
    (void)state;
    static const char *const names[] = {
        "0123456789abcdef0123456789abcdef",
        "",
        "..",
        "../master",
        "../../etc/passwd",
        "0123456789ABCDEF0123456789ABCDEF",
        "0123456789abcdef0123456789abcde",
        "master-check",
        "0/../../../../../../etc/passwd..", /* as long as a name */
    };
    const struct vault_key k = new_key();
    struct buf             plain = {0};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_err(blob_get(vault, &k, names[i], &plain), GZ_MISSING);
    assert_null(plain.p);
}

static void every_flipped_byte_is_refused(void **state)
{
    (void)state;
    const struct vault_key k = new_key(), other = new_key();
    char                   name[BLOB_NAME_SIZE + 1];
    struct buf             whole = {0}, plain = {0};
    assert_ok(blob_put(vault, &k, CANARY, name));
    assert_err(blob_get(vault, &other, name, &plain), GZ_MISMATCH);
    assert_ok(file_read(path_of(name), FILE_MAX, &whole));
    assert_int_equal(chmod(path_of(name), 0600), 0);
    for (size_t at = 0; at < whole.n; at++) {
        const uint8_t flipped = whole.p[at] ^ 0x40;
        overwrite(path_of(name), at, (struct bytes){&flipped, 1});
        assert_err(blob_get(vault, &k, name, &plain), GZ_MISMATCH);
        overwrite(path_of(name), at, (struct bytes){&whole.p[at], 1});
    }
    assert_true(holds_text(&k, name, CANARY));
    for (size_t n = whole.n; n-- > 0;) { /* and every shorter one */
        assert_int_equal(truncate(path_of(name), (off_t)n), 0);
        assert_err(blob_get(vault, &k, name, &plain), GZ_MISMATCH);
    }
    assert_int_equal(truncate(path_of(name), (off_t)VAULT_PLAIN_MAX + VAULT_OVERHEAD + 1), 0);
    assert_err(blob_get(vault, &k, name, &plain), GZ_MISMATCH);
    assert_int_equal(plain.n, 0);
    buf_fini(&whole);
    buf_fini(&plain);
}

static void one_blob_never_passes_for_another(void **state)
{
    (void)state;
    const struct vault_key k = new_key();
    char                   one[BLOB_NAME_SIZE + 1], two[BLOB_NAME_SIZE + 1];
    struct buf             plain = {0};
    assert_ok(blob_put(vault, &k, BYTES_LIT("the contract"), one));
    assert_ok(blob_put(vault, &k, BYTES_LIT("another one!"), two));
    assert_int_equal(rename(path_of(one), path_of(two)), 0);
    assert_err(blob_get(vault, &k, two, &plain), GZ_MISMATCH);
    assert_err(blob_get(vault, &k, one, &plain), GZ_MISSING);
    buf_fini(&plain);
}

/* --- the disk fails --------------------------------------------------------------------------- */

/* What stands under the name of a blob is whole, always. */
static void assert_all_whole(const struct vault_key *k)
{
    const struct listing l = list();
    for (unsigned i = 0; i < l.blobs; i++) assert_true(holds_text(k, l.names[i], CANARY));
}

static enum gz_err hold_nothing(void *ctx, const char *name, bool *holds)
{
    (void)ctx, (void)name;
    *holds = false;
    return GZ_OK;
}

static void sweep_faults(enum file_fault kind, int                             error,
                         void (*set)(enum file_fault, uint64_t, int), uint64_t calls_min)
{
    const struct vault_key k = new_key();
    char                   name[BLOB_NAME_SIZE + 1] = "unchanged";
    uint64_t               removed = 0;
    for (uint64_t n = 0; n < 40; n++) {
        reopen(); /* knows no part as made */
        set(kind, n, error);
        const enum gz_err e = blob_put(vault, &k, CANARY, name);
        file_fault_set(FILE_FAULT_NONE, 0, 0);
        assert_all_whole(&k);
        assert_int_equal(list().others, 0); /* nothing half written is left by a living process */
        if (e == GZ_OK) {
            assert_true(n >= calls_min);
            assert_true(holds_text(&k, name, CANARY));
            assert_ok(blob_sweep(vault, hold_nothing, NULL, &removed));
            return;
        }
        assert_err(e, GZ_IO);
        assert_string_equal(name, "unchanged");
    }
    fail_msg("never succeeded");
}

static void no_half_blob_stands_under_a_name(void **state)
{
    (void)state;
    sweep_faults(FILE_FAULT_ANY, ENOSPC, file_fault_set, 5);
    sweep_faults(FILE_FAULT_ANY, EIO, file_fault_set_once, 5);
    sweep_faults(FILE_FAULT_OPEN, EROFS, file_fault_set, 1);
    sweep_faults(FILE_FAULT_WRITE, ENOSPC, file_fault_set, 1);
    sweep_faults(FILE_FAULT_SYNC, EIO, file_fault_set, 2);
    sweep_faults(FILE_FAULT_RENAME, EIO, file_fault_set, 1);
}

/* Made by a process that died before it synced the folder above: that is made good. */
static void a_part_of_unknown_origin_is_synced(void **state)
{
    (void)state;
    const struct vault_key k = new_key();
    char                   name[BLOB_NAME_SIZE + 1], part[32];
    for (int i = 0; i < 256; i++) {
        (void)snprintf(part, sizeof part, "vault/%02x", i);
        assert_int_equal(mkdir(in_folder(part), 0700), 0);
    }
    file_fault_set(FILE_FAULT_SYNC, 2, EIO); /* enough for the file and its folder */
    assert_err(blob_put(vault, &k, CANARY, name), GZ_IO);
    file_fault_set(FILE_FAULT_SYNC, 3, EIO);
    assert_ok(blob_put(vault, &k, CANARY, name));
}

static void a_full_disk_is_told(void **state)
{
    (void)state;
    const struct vault_key k = new_key();
    struct rlimit          before, small;
    char                   name[BLOB_NAME_SIZE + 1], kept[BLOB_NAME_SIZE + 1];
    uint8_t               *large = calloc(1, 100000);
    assert_non_null(large);
    assert_ok(blob_put(vault, &k, CANARY, kept));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 50000;
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_err(blob_put(vault, &k, (struct bytes){large, 100000}, name), GZ_IO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(list().blobs, 1);
    assert_int_equal(list().others, 0);
    assert_true(holds_text(&k, kept, CANARY));
    assert_ok(blob_put(vault, &k, (struct bytes){large, 100000}, name));
    free(large);
}

/* A process that is killed while it puts: names that it gave out are whole, and so is the rest. */
static void kill_9_leaves_whole_blobs(void **state)
{
    (void)state;
    const struct vault_key k = new_key();
    for (unsigned round = 0; round < 10; round++) {
        int  ends[2], status = 0;
        char name[BLOB_NAME_SIZE + 1];
        assert_int_equal(pipe(ends), 0);
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            while (blob_put(vault, &k, CANARY, name) == GZ_OK)
                if (write(ends[1], name, sizeof name) != sizeof name) _exit(1);
        (void)close(ends[1]);
        for (unsigned i = 0; i <= round % 4; i++)
            assert_int_equal(read(ends[0], name, sizeof name), sizeof name);
        (void)usleep(round * 97);
        assert_int_equal(kill(child, SIGKILL), 0);
        do assert_true(holds_text(&k, name, CANARY));
        while (read(ends[0], name, sizeof name) == sizeof name);
        assert_int_equal(waitpid(child, &status, 0), child);
        (void)close(ends[0]);
        const struct listing l = list();
        for (unsigned i = 0; i < l.blobs; i++) {
            assert_true(holds_text(&k, l.names[i], CANARY));
            assert_int_equal(unlink(path_of(l.names[i])), 0);
        }
    }
}

/* --- the sweep -------------------------------------------------------------------------------- */

struct holder {
    const char *name;
    enum gz_err answer;
};
static enum gz_err hold_one(void *ctx, const char *name, bool *holds)
{
    const struct holder *h = ctx;
    *holds = h->name != NULL && strcmp(name, h->name) == 0;
    return h->answer;
}

static void only_orphans_are_swept(void **state)
{
    (void)state;
    const struct vault_key k = new_key();
    char                   kept[BLOB_NAME_SIZE + 1], orphan[BLOB_NAME_SIZE + 1];
    uint64_t               removed = 99;
    char                   torn[128];
    struct holder          h = {kept, GZ_OK};
    assert_ok(blob_put(vault, &k, CANARY, kept));
    for (int i = 0; i < BLOB_SWEEP_UNHELD + 5; i++) assert_ok(blob_put(vault, &k, CANARY, orphan));
    (void)snprintf(torn, sizeof torn, "vault/%.2s/%s.new-0123456789abcdef", kept, kept);
    assert_ok(file_replace(in_folder(torn), BYTES_LIT("half"), 0600));
    (void)snprintf(torn, sizeof torn, "vault/%.2s/notes.txt", kept); /* not ours */
    assert_ok(file_replace(in_folder(torn), BYTES_LIT("x"), 0600));
    assert_ok(blob_sweep(vault, hold_one, &h, &removed));
    assert_int_equal(removed, BLOB_SWEEP_UNHELD + 5);
    assert_int_equal(list().blobs, 1);
    assert_int_equal(list().others, 1); /* notes.txt */
    assert_true(exists(in_folder(torn)));
    assert_true(exists(in_folder("vault/master-check")));
    assert_true(holds_text(&k, kept, CANARY));
    assert_ok(blob_sweep(vault, hold_one, &h, &removed));
    assert_int_equal(removed, 0);
    reopen();
}

static void an_error_of_the_holder_removes_nothing(void **state)
{
    (void)state;
    const struct vault_key k = new_key();
    char                   name[BLOB_NAME_SIZE + 1];
    uint64_t               removed = 99;
    struct holder          h = {NULL, GZ_BUSY};
    assert_ok(blob_put(vault, &k, CANARY, name));
    assert_err(blob_sweep(vault, hold_one, &h, &removed), GZ_BUSY);
    assert_int_equal(removed, 99);
    assert_true(holds_text(&k, name, CANARY));
}

/* A database that was lost and made anew knows nothing: it must not take the originals with it. */
static void an_empty_database_sweeps_nothing(void **state)
{
    (void)state;
    const struct vault_key k = new_key();
    char                   name[BLOB_NAME_SIZE + 1];
    uint64_t               removed = 99;
    for (int i = 0; i <= BLOB_SWEEP_UNHELD; i++) assert_ok(blob_put(vault, &k, CANARY, name));
    assert_ok(blob_sweep(vault, hold_nothing, NULL, &removed));
    assert_int_equal(removed, 0);
    assert_int_equal(list().blobs, BLOB_SWEEP_UNHELD + 1);
    assert_int_equal(unlink(path_of(name)), 0);
    assert_ok(blob_sweep(vault, hold_nothing, NULL, &removed));
    assert_int_equal(removed, BLOB_SWEEP_UNHELD);
}

/* A second process, started by mistake, would take what the first has not yet committed. */
static void what_another_process_writes_is_not_swept(void **state)
{
    (void)state;
    const struct vault_key k = new_key();
    char                   name[BLOB_NAME_SIZE + 1];
    uint64_t               removed = 99;
    int                    ready[2], end[2], status = 0;
    vault_close(&vault); /* a lock would be shared through the fork */
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(end), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(end[1]);
        if (open_code(in_folder("vault"), in_folder("master"), &vault) != GZ_OK) _exit(1);
        if (blob_put(vault, &k, CANARY, name) != GZ_OK) _exit(1);
        if (write(ready[1], name, sizeof name) != sizeof name) _exit(1);
        _exit(read(end[0], name, 1) == 0 ? 0 : 1); /* until the other end is closed */
    }
    assert_int_equal(read(ready[0], name, sizeof name), sizeof name);
    reopen();
    assert_err(blob_sweep(vault, hold_nothing, NULL, &removed), GZ_BUSY);
    assert_int_equal(removed, 99);
    assert_true(holds_text(&k, name, CANARY));
    (void)close(end[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_ok(blob_sweep(vault, hold_nothing, NULL, &removed));
    assert_int_equal(removed, 1);
}

static enum gz_err open_another(void *ctx, const char *name, bool *holds)
{
    struct vault *second = NULL;
    (void)ctx, (void)name;
    assert_err(open_code(in_folder("vault"), in_folder("master"), &second), GZ_BUSY);
    *holds = true;
    return GZ_OK;
}

static void nobody_opens_what_is_swept(void **state)
{
    (void)state;
    const struct vault_key k = new_key();
    char                   name[BLOB_NAME_SIZE + 1];
    uint64_t               removed = 99;
    struct vault          *second = NULL;
    assert_ok(blob_put(vault, &k, CANARY, name));
    assert_ok(blob_sweep(vault, open_another, NULL, &removed));
    assert_ok(open_code(in_folder("vault"), in_folder("master"), &second)); /* afterwards it may */
    vault_close(&second);
}

/* --- personal data ---------------------------------------------------------------------------- */

static void assert_nowhere(const char *word)
{
    char command[256];
    (void)snprintf(command, sizeof command, "grep -rqaF '%s' %s; test $? = 1", word, folder);
    assert_int_equal(system(command), 0);
}

static enum gz_err record_it(struct db *db, const struct vault_key *k, struct matter *m)
{
    DEFER(db_rollback) struct db    *open = db;
    DEFER(record_fini) struct record r = {.seq = 1, .received_ms = 1, .kind = "loan.contract"};
    struct record_file               f = {.n = 1, .size = CANARY.n};
    struct event                     e = {BYTES_LIT("core"), BYTES_LIT("T1"), {0}};
    uint8_t                          reference[HASH_SIZE];
    uuid_v7(clock_now(), r.uuid);
    TRY(vault_keyed_hash(vault, "matter", CANARY, reference));
    TRY(vault_keyed_hash(vault, "event", CANARY, e.content));
    TRY(vault_seal(k, bytes_str(r.uuid), CANARY, &r.sealed));
    TRY(blob_put(vault, k, CANARY, f.blob));
    TRY(buf_add_str(&r.entry, "{}"));
    TRY(db_begin(open));
    TRY(matter_add(db, reference, m));
    r.matter_id = m->id;
    TRY(record_add(db, &r));
    TRY(record_add_file(db, r.id, &f));
    TRY(event_add(db, &e, r.id));
    return db_commit(open);
}

/* Original, disclosures, number of the loan: sealed or hashed with a key before they are written,
 * so neither the vault nor the database nor its write-ahead log has them. */
static void the_canary_stands_in_no_file(void **state)
{
    (void)state;
    struct db       *db = NULL;
    struct buf       why = {0};
    struct vault_key k;
    struct matter    m = {.handle = "0123456789012345678901", .wrapped_key_n = VAULT_WRAPPED_SIZE};
    assert_ok(vault_key_make(vault, bytes_str(m.handle), &k, m.wrapped_key));
    assert_ok(db_open(in_folder("db"), &db, &why));
    assert_ok(record_it(db, &k, &m));
    assert_true(exists(in_folder("db-wal")));
    assert_nowhere("canary");
    assert_nowhere("340123199001011234");
    db_close(&db);
    assert_nowhere("canary");
    assert_ok(file_replace(in_folder("seen"), CANARY, 0600)); /* the search does find it */
    assert_true(file_contains(in_folder("seen"), BYTES_LIT("340123199001011234")));
    char command[128];
    (void)snprintf(command, sizeof command, "grep -rqaF 340123199001011234 %s", folder);
    assert_int_equal(system(command), 0);
}

/* --- threads ---------------------------------------------------------------------------------- */

static void *put_many(void *ctx)
{
    const struct vault_key *k = ctx;
    char                    name[BLOB_NAME_SIZE + 1];
    for (int i = 0; i < 20; i++)
        if (blob_put(vault, k, CANARY, name) != GZ_OK || !holds_text(k, name, CANARY)) return ctx;
    return NULL;
}

static void threads_share_a_vault(void **state)
{
    (void)state;
    struct vault_key k = new_key();
    pthread_t        threads[4];
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, put_many, &k), 0);
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        void *failed = NULL;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    assert_int_equal(list().blobs, 80);
    assert_all_whole(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VAULT_TEST(an_original_is_kept_as_it_was),
        VAULT_TEST(what_is_not_there_is_missing),
        VAULT_TEST(every_flipped_byte_is_refused),
        VAULT_TEST(one_blob_never_passes_for_another),
        VAULT_TEST(no_half_blob_stands_under_a_name),
        VAULT_TEST(a_part_of_unknown_origin_is_synced),
        VAULT_TEST(a_full_disk_is_told),
        VAULT_TEST(kill_9_leaves_whole_blobs),
        VAULT_TEST(only_orphans_are_swept),
        VAULT_TEST(an_error_of_the_holder_removes_nothing),
        VAULT_TEST(an_empty_database_sweeps_nothing),
        VAULT_TEST(what_another_process_writes_is_not_swept),
        VAULT_TEST(nobody_opens_what_is_swept),
        VAULT_TEST(the_canary_stands_in_no_file),
        VAULT_TEST(threads_share_a_vault),
    };
    RUN_TESTS(tests);
}

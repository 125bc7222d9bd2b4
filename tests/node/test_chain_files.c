#include "node/chain_files.h"

#include <poll.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chain_fixture.h"
#include "host/host.h"

enum { KILL_ROUNDS = 10 };

static char folder[64];

static void new_folder(void)
{
    strcpy(folder, "/tmp/guzheng-chain-XXXXXX");
    assert_non_null(mkdtemp(folder));
}

static void remove_folder(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
}

static struct chain_files *open_chain(const struct fixture *f)
{
    DEFER(buf_fini) struct buf why = {0};
    struct chain_files        *c = NULL;
    if (chain_open(folder, buf_bytes(&f->genesis), &c, &why) != GZ_OK)
        fail_msg("open: %.*s", (int)why.n, (char *)why.p);
    return c;
}

static void add(struct chain_files *c, const struct fixture_key *k, uint64_t seq, uint32_t count)
{
    DEFER(buf_fini) struct buf wire = {0};
    struct ledger_outcome      out;
    fixture_submission(k, seq, count, 0, -1, &wire);
    assert_ok(chain_add(c, buf_bytes(&wire), &out));
    assert_int_equal(out.result, LEDGER_EXECUTED);
}

static struct merkle_path path_of(const struct chain_files *c, uint64_t index, uint64_t size)
{
    struct merkle_path p;
    assert_ok(chain_inclusion(c, index, size, &p));
    return p;
}

static void check_entry(const struct chain_files *c, uint64_t index, uint64_t size)
{
    uint8_t            logged[SUBMISSION_ORG_MAX + 33];
    struct chain_entry e;
    struct hash        root;
    assert_ok(chain_entry(c, index, &e));
    memcpy(logged, e.org.p, e.org.n);
    logged[e.org.n] = '\n';
    memcpy(logged + e.org.n + 1, e.fingerprint.b, HASH_SIZE);
    const struct hash        leaf = merkle_leaf(SUITE_INTL, (struct bytes){logged, e.org.n + 33});
    const struct merkle_path p = path_of(c, index, size);
    assert_ok(chain_root(c, size, &root));
    assert_ok(merkle_verify_inclusion(SUITE_INTL, leaf, index, size, &p, root));
}

static void readers_see_what_is_committed(void **state)
{
    (void)state;
    struct fixture     f;
    struct chain_entry e;
    new_folder();
    fixture_init(&f, 0);
    struct chain_files *c = open_chain(&f);
    add(c, &f.bank, 1, 5);
    assert_int_equal(chain_size(c), 0);
    assert_err(chain_entry(c, 0, &e), GZ_MISSING);
    assert_ok(chain_commit(c));
    assert_int_equal(chain_size(c), 5);
    chain_close(&c);
    remove_folder();
    fixture_fini(&f);
}

static void proofs_tiles_and_streams(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf tile = {0}, bundle = {0}, stream = {0};
    struct fixture             f;
    new_folder();
    fixture_init(&f, 0);
    struct chain_files *c = open_chain(&f);
    for (uint64_t i = 1; i <= 12; i++) {
        add(c, &f.bank, i, 100);
        add(c, &f.court, i, 1);
    }
    assert_ok(chain_commit(c));
    const uint64_t size = chain_size(c);
    assert_int_equal(size, 1212);
    for (uint64_t i = 0; i < size; i += 37)
        for (uint64_t s = i + 1; s <= size; s += 101) check_entry(c, i, s);
    for (uint64_t from = 0; from <= size; from += 97) {
        struct merkle_path p;
        struct hash        a, b;
        assert_ok(chain_consistency(c, from, size, &p));
        assert_ok(chain_root(c, from, &a));
        assert_ok(chain_root(c, size, &b));
        assert_ok(merkle_verify_consistency(SUITE_INTL, from, a, size, b, &p));
    }
    assert_ok(chain_tile(c, 0, 4, 188, &tile));
    assert_int_equal(tile.n, 188 * 32);
    assert_err(chain_tile(c, 0, 4, 189, &tile), GZ_MISSING);
    assert_ok(chain_tile(c, 1, 0, 4, &tile));
    assert_err(chain_tile(c, 1, 0, 5, &tile), GZ_MISSING);
    assert_ok(chain_entry_bundle(c, 0, 256, &bundle));
    assert_int_equal(read_be16(bundle.p), 6 + 1 + 32);
    assert_ok(chain_submissions_from(c, 150, 2, &stream));
    struct bytes rest = buf_bytes(&stream);
    uint64_t     first = 0, n = 0;
    assert_ok(submission_take_varint(&rest, &first));
    assert_ok(submission_take_varint(&rest, &n));
    assert_int_equal(first, 101); /* the submission that contains index 150 */
    chain_close(&c);
    remove_folder();
    fixture_fini(&f);
}

static void a_second_process_is_refused(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf why = {0};
    struct fixture             f;
    struct chain_files        *second = NULL;
    new_folder();
    fixture_init(&f, 0);
    struct chain_files *c = open_chain(&f);
    assert_err(chain_open(folder, buf_bytes(&f.genesis), &second, &why), GZ_BUSY);
    chain_close(&c);
    remove_folder();
    fixture_fini(&f);
}

/* Child: endless submissions, the acknowledged seq told through a pipe. */
static void append_for_ever(const struct fixture *f, int told)
{
    struct chain_files *c = open_chain(f);
    for (uint64_t seq = ledger_next_seq(chain_ledger(c), 0);; seq++) {
        add(c, &f->bank, seq, (uint32_t)(1 + seq % 7));
        if (seq % 3 != 0) continue;
        if (chain_commit(c) != GZ_OK) _exit(1);
        if (write(told, &seq, sizeof seq) != sizeof seq) _exit(1);
    }
}

/* Every other round, the child has something acknowledged before its time begins: however slow the
 * machine, some rounds get so far. */
static void wait_for_a_word(int told, unsigned round)
{
    struct pollfd p = {.fd = told, .events = POLLIN};
    if (round % 2 == 1) assert_int_equal(poll(&p, 1, 60 * 1000), 1);
}

static void kill_at_random_instants_loses_nothing_acknowledged(void **state)
{
    (void)state;
    struct fixture f;
    uint64_t       acknowledged = 0;
    new_folder();
    fixture_init(&f, 0);
    srand(20261125);
    for (unsigned round = 0; round < KILL_ROUNDS; round++) {
        int told[2];
        assert_int_equal(pipe(told), 0);
        const pid_t child = fork();
        if (child == 0) append_for_ever(&f, told[1]);
        wait_for_a_word(told[0], round);
        usleep((useconds_t)(rand() % 150000 + 5000));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        close(told[1]);
        for (uint64_t seq; read(told[0], &seq, sizeof seq) == sizeof seq;) acknowledged = seq;
        close(told[0]);
        struct chain_files *c = open_chain(&f);
        const uint64_t      next = ledger_next_seq(chain_ledger(c), 0);
        assert_true(next > acknowledged);
        uint64_t size = 0;
        for (uint64_t seq = 1; seq < next; seq++) size += 1 + seq % 7;
        assert_int_equal(chain_size(c), size);
        chain_close(&c);
    }
    assert_true(acknowledged > 10);
    DEFER(buf_fini) struct buf report = {0};
    assert_ok(chain_fsck(folder, buf_bytes(&f.genesis), &report));
    remove_folder();
    fixture_fini(&f);
}

static void path_in(const char *name, char out[128])
{
    snprintf(out, 128, "%s/%s", folder, name);
}

static void a_torn_tail_is_cut_at_every_byte(void **state)
{
    (void)state;
    struct fixture f;
    struct stat    whole, before;
    char           path[128], state_path[128];
    new_folder();
    fixture_init(&f, 0);
    log_set_level(LOG_ERROR);
    path_in("submissions", path);
    path_in("state", state_path);
    struct chain_files *c = open_chain(&f);
    add(c, &f.bank, 1, 3);
    chain_close(&c);
    assert_int_equal(stat(path, &before), 0);
    for (off_t cut = 0;; cut++) {
        c = open_chain(&f);
        assert_int_equal(chain_size(c), 3);
        /* The snapshot of before: what a crash in the middle of the commit leaves. */
        DEFER(buf_fini) struct buf state_bytes = {0};
        assert_ok(file_read(state_path, 1 << 20, &state_bytes));
        add(c, &f.bank, 2, 2);
        chain_close(&c);
        assert_ok(file_replace(state_path, buf_bytes(&state_bytes), 0600));
        assert_int_equal(stat(path, &whole), 0);
        if (before.st_size + cut == whole.st_size) break;
        assert_int_equal(truncate(path, before.st_size + cut), 0);
    }
    remove_folder();
    fixture_fini(&f);
}

static void flip(const char *path, off_t at)
{
    uint8_t   byte;
    const int fd = open(path, O_RDWR);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 0x10;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static void fsck_names_a_flipped_bit_in_every_file(void **state)
{
    (void)state;
    static const char *const names[] = {"submissions", "entries", "level-0", "level-1", "level-7",
                                        "level-8",     "seq-0",   "seq-1",   "state"};
    struct fixture           f;
    new_folder();
    fixture_init(&f, 0);
    struct chain_files *c = open_chain(&f);
    for (uint64_t i = 1; i <= 4; i++) {
        add(c, &f.bank, i, 100);
        add(c, &f.court, i, 1);
    }
    chain_close(&c);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char        path[128];
        struct stat st;
        path_in(names[i], path);
        assert_int_equal(stat(path, &st), 0);
        for (off_t at = 0; at < st.st_size; at += st.st_size / 5 + 1) {
            DEFER(buf_fini) struct buf report = {0};
            flip(path, at);
            assert_err(chain_fsck(folder, buf_bytes(&f.genesis), &report), GZ_CORRUPT);
            assert_ok(buf_add_byte(&report, 0));
            assert_non_null(strstr((char *)report.p, names[i]));
            flip(path, at);
        }
    }
    DEFER(buf_fini) struct buf report = {0};
    assert_ok(chain_fsck(folder, buf_bytes(&f.genesis), &report));
    remove_folder();
    fixture_fini(&f);
}

static void damage_in_the_middle_is_not_taken_for_a_torn_tail(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf why = {0};
    struct fixture             f;
    char                       path[128], state_path[128];
    new_folder();
    fixture_init(&f, 0);
    path_in("submissions", path);
    path_in("state", state_path);
    struct chain_files *c = open_chain(&f);
    for (uint64_t i = 1; i <= 4; i++) add(c, &f.bank, i, 3);
    chain_close(&c);
    assert_int_equal(unlink(state_path), 0);
    flip(path, 300);
    assert_err(chain_open(folder, buf_bytes(&f.genesis), &c, &why), GZ_CORRUPT);
    flip(path, 300);
    c = open_chain(&f); /* without a snapshot everything is derived anew */
    assert_int_equal(chain_size(c), 12);
    check_entry(c, 7, 12);
    chain_close(&c);
    remove_folder();
    fixture_fini(&f);
}

static void any_failing_write_or_sync_keeps_what_was_acknowledged(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 0);
    log_set_level(LOG_ALARM);
    for (uint64_t after = 0;; after++) {
        DEFER(buf_fini) struct buf wire = {0};
        struct ledger_outcome      out;
        new_folder();
        struct chain_files *c = open_chain(&f);
        add(c, &f.bank, 1, 3);
        assert_ok(chain_commit(c));
        file_fault_set(FILE_FAULT_ANY, after, 28 /* ENOSPC */);
        fixture_submission(&f.bank, 2, 300, 0, -1, &wire);
        assert_ok(chain_add(c, buf_bytes(&wire), &out));
        const bool acknowledged = chain_commit(c) == GZ_OK;
        chain_close(&c);
        const bool untouched = file_fault_count() <= after;
        file_fault_set(FILE_FAULT_NONE, 0, 0);
        c = open_chain(&f);
        assert_true(chain_size(c) == 303 || (!acknowledged && chain_size(c) == 3));
        chain_close(&c);
        remove_folder();
        if (untouched) break;
    }
    log_set_level(LOG_INFO);
    fixture_fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_see_what_is_committed),
        cmocka_unit_test(proofs_tiles_and_streams),
        cmocka_unit_test(a_second_process_is_refused),
        cmocka_unit_test(kill_at_random_instants_loses_nothing_acknowledged),
        cmocka_unit_test(a_torn_tail_is_cut_at_every_byte),
        cmocka_unit_test(fsck_names_a_flipped_bit_in_every_file),
        cmocka_unit_test(damage_in_the_middle_is_not_taken_for_a_torn_tail),
        cmocka_unit_test(any_failing_write_or_sync_keeps_what_was_acknowledged),
    };
    RUN_TESTS(tests);
}

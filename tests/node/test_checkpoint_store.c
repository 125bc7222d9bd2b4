/* Kept checkpoints: which are kept, how they are found, and what a crash or a flipped byte leaves.
 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/file.h"
#include "host/host.h"
#include "log_maker.h"
#include "node/checkpoint_store.h"

static uint8_t              memory[64 * 1024];
static const struct policy *policy;
static struct maker         log_key, witnesses[3];
static char                 path[] = "/tmp/guzheng-checkpoints-XXXXXX";

static int set_up(void **state)
{
    DEFER(buf_fini) struct buf text = {0};
    struct arena               arena = {memory, 0, sizeof memory};
    const char                *why = "";
    (void)state;
    log_set_level(LOG_ALARM);
    maker_init(&log_key, KEY_LOG, "guzheng/test", 1);
    assert_ok(buf_add_str(&text, "log "));
    assert_ok(key_encode(&log_key.key, &text));
    for (uint8_t i = 0; i < 3; i++) {
        char name[] = {'w', (char)('0' + i), 0};
        maker_init(&witnesses[i], KEY_WITNESS, name, (uint8_t)(2 + i));
        assert_ok(buf_addf(&text, "\nwitness %s ", name));
        assert_ok(key_encode(&witnesses[i].key, &text));
    }
    assert_ok(buf_add_str(&text, "\ngroup g 2 w0 w1 w2\nquorum g\n"));
    assert_ok(policy_decode(buf_bytes(&text), &arena, &policy, &why));
    close(mkstemp(path));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    maker_fini(&log_key);
    for (int i = 0; i < 3; i++) maker_fini(&witnesses[i]);
    return unlink(path);
}

static int empty_file(void **state)
{
    (void)state;
    return truncate(path, 0);
}

static struct checkpoint_store *open_store(void)
{
    struct checkpoint_store *s = NULL;
    assert_ok(checkpoint_store_open(path, policy, &s));
    return s;
}

/* A note of this size cosigned by w0, w1, w2 at times[i] (0: not). The root is the size, 32 times.
 */
static void make_note(uint64_t size, const uint64_t times[3], struct buf *out)
{
    const struct checkpoint    c = {bytes_str("guzheng/test"), size, {{(uint8_t)size}}};
    DEFER(buf_fini) struct buf text = {0};
    assert_ok(checkpoint_encode(&c, &text));
    maker_checkpoint(&log_key, "guzheng/test", size, c.root, out);
    for (int i = 0; i < 3; i++)
        if (times[i] != 0) maker_cosign(&witnesses[i], buf_bytes(&text), times[i], out);
}

static enum gz_err put(struct checkpoint_store *s, uint64_t size, uint64_t t0, uint64_t t1,
                       uint64_t t2, enum checkpoint_keep keep)
{
    DEFER(buf_fini) struct buf note = {0};
    make_note(size, (const uint64_t[]){t0, t1, t2}, &note);
    return checkpoint_store_put(s, buf_bytes(&note), 0, keep);
}

static uint64_t covering(struct checkpoint_store *s, uint64_t index)
{
    struct kept_checkpoint k;
    const enum gz_err      e = checkpoint_store_covering(s, index, NULL, &k);
    if (e != GZ_OK) assert_int_equal(e, GZ_MISSING);
    return e == GZ_OK ? k.size : 0;
}

static void an_empty_store_has_nothing(void **state)
{
    DEFER(checkpoint_store_close) struct checkpoint_store *s = open_store();
    (void)state;
    assert_err(checkpoint_store_newest(s, NULL, NULL), GZ_MISSING);
    assert_err(checkpoint_store_at(s, 5, NULL, NULL), GZ_MISSING);
    assert_int_equal(covering(s, 0), 0);
}

static void the_earliest_that_covers_an_entry_is_found(void **state)
{
    DEFER(checkpoint_store_close) struct checkpoint_store *s = open_store();
    struct kept_checkpoint                                 k;
    (void)state;
    assert_ok(put(s, 5, 100, 100, 0, CHECKPOINT_ORDINARY));
    assert_ok(put(s, 20, 102, 103, 0, CHECKPOINT_ORDINARY));
    assert_ok(put(s, 9, 101, 0, 101, CHECKPOINT_ORDINARY)); /* its quorum came late */
    for (int round = 0; round < 2; round++) {               /* also after a start */
        assert_int_equal(covering(s, 0), 5);
        assert_int_equal(covering(s, 4), 5);
        assert_int_equal(covering(s, 5), 9);
        assert_int_equal(covering(s, 9), 20);
        assert_int_equal(covering(s, 20), 0);
        assert_ok(checkpoint_store_newest(s, NULL, &k));
        assert_int_equal(k.size, 20);
        assert_int_equal(k.quorum_time, 103);
        assert_err(checkpoint_store_at(s, 10, NULL, NULL), GZ_MISSING);
        checkpoint_store_close(&s);
        s = open_store();
    }
}

static void of_one_second_the_largest_is_kept_and_closing_ones_always(void **state)
{
    DEFER(checkpoint_store_close) struct checkpoint_store *s = open_store();
    (void)state;
    assert_ok(put(s, 5, 100, 100, 0, CHECKPOINT_CLOSING));
    assert_ok(put(s, 6, 100, 100, 0, CHECKPOINT_ORDINARY));
    assert_ok(put(s, 7, 100, 100, 0, CHECKPOINT_ORDINARY));
    assert_ok(put(s, 8, 99, 100, 0, CHECKPOINT_ORDINARY));
    assert_ok(put(s, 7, 100, 100, 0, CHECKPOINT_ORDINARY)); /* smaller and late: not kept */
    assert_ok(put(s, 9, 100, 101, 0, CHECKPOINT_ORDINARY));
    for (int round = 0; round < 2; round++) {
        assert_int_equal(covering(s, 0), 5);
        assert_int_equal(covering(s, 5), 8);
        assert_int_equal(covering(s, 8), 9);
        checkpoint_store_close(&s);
        s = open_store();
    }
}

static void without_the_quorum_nothing_is_kept(void **state)
{
    DEFER(checkpoint_store_close) struct checkpoint_store *s = open_store();
    (void)state;
    assert_err(put(s, 5, 100, 0, 0, CHECKPOINT_ORDINARY), GZ_MISMATCH);
    assert_err(checkpoint_store_newest(s, NULL, NULL), GZ_MISSING);
}

static void late_lines_are_merged_and_repeats_change_nothing(void **state)
{
    DEFER(checkpoint_store_close) struct checkpoint_store *s = open_store();
    DEFER(buf_fini) struct buf                             first = {0}, merged = {0}, again = {0};
    struct note                                            note;
    struct stat                                            before, after;
    struct policy_quorum                                   q;
    uint64_t                                               times[3];
    const char                                            *why;
    (void)state;
    assert_ok(put(s, 5, 100, 100, 0, CHECKPOINT_ORDINARY));
    assert_ok(checkpoint_store_at(s, 5, &first, NULL));
    assert_ok(put(s, 5, 0, 0, 104, CHECKPOINT_ORDINARY));
    assert_ok(checkpoint_store_at(s, 5, &merged, NULL));
    assert_true(bytes_starts(buf_bytes(&merged), buf_bytes(&first)));
    assert_ok(note_decode(buf_bytes(&merged), &note));
    assert_ok(policy_check_note(policy, &note, &q, times, &why));
    assert_int_equal(times[2], 104);
    assert_int_equal(q.time, 100);
    assert_int_equal(stat(path, &before), 0);
    assert_ok(put(s, 5, 105, 106, 107, CHECKPOINT_ORDINARY));
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_size, after.st_size);
    checkpoint_store_close(&s);
    s = open_store();
    assert_ok(checkpoint_store_at(s, 5, &again, NULL));
    assert_true(bytes_eq(buf_bytes(&again), buf_bytes(&merged)));
}

static void another_root_for_a_size_is_a_conflict(void **state)
{
    DEFER(checkpoint_store_close) struct checkpoint_store *s = open_store();
    DEFER(buf_fini) struct buf                             note = {0};
    (void)state;
    assert_ok(put(s, 5, 100, 100, 0, CHECKPOINT_ORDINARY));
    maker_checkpoint(&log_key, "guzheng/test", 5, (struct hash){{77}}, &note);
    assert_err(checkpoint_store_put(s, buf_bytes(&note), 0, CHECKPOINT_ORDINARY), GZ_CONFLICT);
}

static void a_tail_cut_anywhere_loses_only_the_last(void **state)
{
    struct stat              st;
    struct checkpoint_store *s = open_store();
    (void)state;
    assert_ok(put(s, 5, 100, 100, 0, CHECKPOINT_ORDINARY));
    assert_int_equal(stat(path, &st), 0);
    const off_t one = st.st_size;
    assert_ok(put(s, 6, 101, 101, 0, CHECKPOINT_ORDINARY));
    assert_int_equal(stat(path, &st), 0);
    checkpoint_store_close(&s);
    for (off_t n = st.st_size - 1; n >= one; n--) {
        assert_int_equal(truncate(path, n), 0);
        s = open_store();
        assert_int_equal(covering(s, 0), 5);
        assert_int_equal(covering(s, 5), 0);
        assert_ok(put(s, 7, 102, 102, 0, CHECKPOINT_ORDINARY)); /* goes on */
        checkpoint_store_close(&s);
        s = open_store();
        assert_int_equal(covering(s, 5), 7);
        checkpoint_store_close(&s);
        assert_int_equal(truncate(path, one), 0);
        assert_int_equal(truncate(path, n), 0); /* zeros up to n */
    }
}

static void a_flipped_byte_before_the_tail_is_reported(void **state)
{
    DEFER(buf_fini) struct buf whole = {0};
    struct stat                st;
    struct checkpoint_store   *s = open_store();
    (void)state;
    assert_ok(put(s, 5, 100, 100, 0, CHECKPOINT_ORDINARY));
    assert_int_equal(stat(path, &st), 0);
    assert_ok(put(s, 6, 101, 101, 0, CHECKPOINT_ORDINARY));
    checkpoint_store_close(&s);
    assert_ok(file_read(path, 1 << 20, &whole));
    for (off_t i = 0; i < st.st_size; i++) {
        whole.p[i] ^= 1;
        assert_ok(file_replace(path, buf_bytes(&whole), 0644));
        assert_err(checkpoint_store_open(path, policy, &s), GZ_CORRUPT);
        whole.p[i] ^= 1;
    }
}

static void a_failed_write_or_sync_leaves_what_was_there(void **state)
{
    (void)state;
    static const enum file_fault kinds[] = {FILE_FAULT_WRITE, FILE_FAULT_SYNC};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        assert_int_equal(truncate(path, 0), 0);
        struct checkpoint_store *s = open_store();
        assert_ok(put(s, 5, 100, 100, 0, CHECKPOINT_ORDINARY));
        file_fault_set_once(kinds[i], 0, 28 /* ENOSPC */);
        assert_err(put(s, 6, 101, 101, 0, CHECKPOINT_ORDINARY), GZ_IO);
        file_fault_set(FILE_FAULT_NONE, 0, 0);
        assert_int_equal(covering(s, 5), 0);
        checkpoint_store_close(&s);
        s = open_store();
        assert_int_equal(covering(s, 0), 5);
        assert_ok(put(s, 7, 102, 102, 0, CHECKPOINT_ORDINARY));
        assert_int_equal(covering(s, 6), 7);
        checkpoint_store_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_empty_store_has_nothing, empty_file),
        cmocka_unit_test_setup(the_earliest_that_covers_an_entry_is_found, empty_file),
        cmocka_unit_test_setup(of_one_second_the_largest_is_kept_and_closing_ones_always,
                               empty_file),
        cmocka_unit_test_setup(without_the_quorum_nothing_is_kept, empty_file),
        cmocka_unit_test_setup(late_lines_are_merged_and_repeats_change_nothing, empty_file),
        cmocka_unit_test_setup(another_root_for_a_size_is_a_conflict, empty_file),
        cmocka_unit_test_setup(a_tail_cut_anywhere_loses_only_the_last, empty_file),
        cmocka_unit_test_setup(a_flipped_byte_before_the_tail_is_reported, empty_file),
        cmocka_unit_test_setup(a_failed_write_or_sync_leaves_what_was_there, empty_file),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down) != 0;
}

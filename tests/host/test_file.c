#include "host/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "host/host.h"

static char folder[64];

static int set_up(void **state)
{
    (void)state;
    log_set_level(LOG_ALARM); /* the faults below are on purpose */
    (void)snprintf(folder, sizeof folder, "/tmp/guzheng-file-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    file_fault_set(FILE_FAULT_NONE, 0, 0);
    char command[96];
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static const char *in_folder(const char *name)
{
    static char path[128];
    assert_ok(path_join(folder, name, path, sizeof path));
    return path;
}

static int count_files(void)
{
    DIR *d = opendir(folder);
    int  n = 0;
    while (readdir(d) != NULL) n++;
    (void)closedir(d);
    return n - 2;
}

static bool holds(const char *path, struct bytes content)
{
    struct buf b = {0};
    const bool equal = file_read(path, 1000, &b) == GZ_OK && bytes_eq(buf_bytes(&b), content);
    buf_fini(&b);
    return equal;
}

static void read_keeps_its_limit(void **state)
{
    (void)state;
    struct buf b = {0};
    assert_err(file_read(in_folder("none"), 10, &b), GZ_MISSING);
    assert_err(file_read(folder, 10, &b), GZ_MALFORMED);
    assert_ok(file_replace(in_folder("f"), BYTES_LIT("0123456789"), 0600));
    assert_err(file_read(in_folder("f"), 9, &b), GZ_LIMIT);
    assert_null(b.p);
    assert_ok(file_read(in_folder("f"), 10, &b));
    assert_int_equal(b.n, 10);
    buf_fini(&b);
    assert_err(file_read("/dev/zero", 100000, &b), GZ_LIMIT); /* no size to believe */
}

static void create_refuses_an_existing_file(void **state)
{
    (void)state;
    struct stat st;
    assert_ok(file_create(in_folder("key"), BYTES_LIT("one"), 0600));
    assert_err(file_create(in_folder("key"), BYTES_LIT("two"), 0600), GZ_CONFLICT);
    assert_true(holds(in_folder("key"), BYTES_LIT("one")));
    assert_int_equal(stat(in_folder("key"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(st.st_nlink, 1);
    assert_int_equal(count_files(), 1);
    assert_err(file_create(in_folder("no/such"), BYTES_LIT(""), 0600), GZ_MISSING);
}

/* Every call fails once, and for ever: old or new is there whole, and nothing else. */
static void sweep_replace(void (*set)(enum file_fault, uint64_t, int), int error)
{
    for (uint64_t n = 0; n < 20; n++) {
        file_fault_set(FILE_FAULT_NONE, 0, 0);
        assert_ok(file_replace(in_folder("f"), BYTES_LIT("old content"), 0600));
        set(FILE_FAULT_ANY, n, error);
        const enum gz_err e = file_replace(in_folder("f"), BYTES_LIT("the new content"), 0600);
        const uint64_t    calls = file_fault_count();
        file_fault_set(FILE_FAULT_NONE, 0, 0);
        const bool new = holds(in_folder("f"), BYTES_LIT("the new content"));
        assert_true(new || holds(in_folder("f"), BYTES_LIT("old content")));
        assert_int_equal(count_files(), 1);
        if (e == GZ_OK) {
            assert_true(new);
            assert_int_equal(n, calls);
            assert_true(calls >= 5); /* open, write, sync, rename, folder's sync */
            return;
        }
        assert_int_equal(e, GZ_IO);
        assert_true(calls > n);
    }
    fail_msg("never succeeded");
}

static void replace_leaves_old_or_new_whole(void **state)
{
    (void)state;
    sweep_replace(file_fault_set_once, EIO);
    sweep_replace(file_fault_set, ENOSPC);
    sweep_replace(file_fault_set, EROFS);
}

static void create_leaves_nothing_or_all(void **state)
{
    (void)state;
    for (uint64_t n = 0; n < 20; n++) {
        (void)unlink(in_folder("f"));
        file_fault_set(FILE_FAULT_ANY, n, ENOSPC);
        const enum gz_err e = file_create(in_folder("f"), BYTES_LIT("content"), 0600);
        file_fault_set(FILE_FAULT_NONE, 0, 0);
        const bool there = access(in_folder("f"), F_OK) == 0;
        assert_true(!there || holds(in_folder("f"), BYTES_LIT("content")));
        assert_int_equal(count_files(), there ? 1 : 0);
        if (e == GZ_OK) {
            assert_true(there);
            return;
        }
    }
    fail_msg("never succeeded");
}

static void a_failing_write_is_torn(void **state)
{
    (void)state;
    int fd = -1;
    assert_ok(file_open(in_folder("f"), O_RDWR | O_CREAT, 0600, &fd));
    file_fault_set(FILE_FAULT_WRITE, 1, ENOSPC);
    assert_ok(file_write_all(fd, "12345678", 8, 0));
    assert_err(file_write_all(fd, "abcdefgh", 8, 8), GZ_IO);
    assert_ok(file_sync(fd)); /* another kind is not hit */
    file_fault_set(FILE_FAULT_NONE, 0, 0);
    char got[16];
    assert_ok(file_read_all(fd, got, 12, 0));
    assert_memory_equal(got, "12345678abcd", 12);
    assert_err(file_read_all(fd, got, 13, 0), GZ_MISSING);
    assert_ok(file_truncate(fd, 8));
    assert_err(file_read_all(fd, got, 9, 0), GZ_MISSING);
    file_close(&fd);
    assert_int_equal(fd, -1);
}

static void folders_are_made_and_swept(void **state)
{
    (void)state;
    assert_ok(folder_make(in_folder("a/b//c/"), 0700));
    assert_ok(folder_make(in_folder("a/b/c"), 0700));
    assert_ok(file_replace(in_folder("a/b/c/f"), BYTES_LIT("x"), 0600));
    assert_err(folder_make(in_folder("a/b/c/f/d"), 0700), GZ_IO);
    assert_ok(file_replace(in_folder("f"), BYTES_LIT("x"), 0600));
    assert_ok(file_replace(in_folder("f.new-0123456789abcdef"), BYTES_LIT("left behind"), 0600));
    assert_ok(file_replace(in_folder("f.new-mine"), BYTES_LIT("x"), 0600));
    assert_ok(folder_sweep(folder));
    assert_int_equal(count_files(), 3);
    assert_int_equal(access(in_folder("f.new-0123456789abcdef"), F_OK), -1);
    assert_err(folder_sync(in_folder("none")), GZ_MISSING);
}

static void paths_that_are_too_long_are_refused(void **state)
{
    (void)state;
    char out[8] = "before";
    assert_err(path_join("abcd", "efg", out, sizeof out), GZ_LIMIT);
    assert_string_equal(out, "before");
    assert_ok(path_join("abc", "efg", out, sizeof out));
    assert_string_equal(out, "abc/efg");
    assert_ok(path_join("ab/", "efg", out, sizeof out));
    assert_string_equal(out, "ab/efg");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(read_keeps_its_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(create_refuses_an_existing_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(replace_leaves_old_or_new_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(create_leaves_nothing_or_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failing_write_is_torn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(folders_are_made_and_swept, set_up, tear_down),
        cmocka_unit_test(paths_that_are_too_long_are_refused),
    };
    RUN_TESTS(tests);
}

/* A temporary folder for each test, and its files as bytes. */
#pragma once
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "check.h"
#include "host/file.h"
#include "host/host.h"

enum { FILE_MAX = 64 * 1024 * 1024 };

static char folder[64];

static int folder_set_up(void **state)
{
    (void)state;
    log_set_level(LOG_ALARM + 1); /* the faults are on purpose */
    (void)snprintf(folder, sizeof folder, "/tmp/guzheng-test-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int folder_tear_down(void **state)
{
    (void)state;
    file_fault_set(FILE_FAULT_NONE, 0, 0);
    char command[96];
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}
#define FOLDER_TEST(name) cmocka_unit_test_setup_teardown(name, folder_set_up, folder_tear_down)

/* Four paths may be in use at once. */
static inline const char *in_folder(const char *name)
{
    static char     paths[4][512];
    static unsigned next;
    char           *path = paths[next++ % COUNT_OF(paths)];
    assert_ok(path_join(folder, name, path, sizeof paths[0]));
    return path;
}

static inline bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* A write that no fault point sees. */
static inline void overwrite(const char *path, uint64_t at, struct bytes with)
{
    const int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, with.p, with.n, (off_t)at), with.n);
    (void)close(fd);
}

static inline bool contains(struct bytes hay, struct bytes needle)
{
    return hay.n > 0 && memmem(hay.p, hay.n, needle.p, needle.n) != NULL;
}

static inline bool file_contains(const char *path, struct bytes needle)
{
    struct buf b = {0};
    assert_ok(file_read(path, FILE_MAX, &b));
    const bool found = contains(buf_bytes(&b), needle);
    buf_fini(&b);
    return found;
}

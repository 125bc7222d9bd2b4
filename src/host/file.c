#include "host/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "host/host.h"

enum { PATH_SIZE = 4096, READ_STEP = 64 * 1024, TEMPORARY_RANDOM = 8 };
#define TEMPORARY_MARK ".new-"

/* --- faults ---------------------------------------------------------------------------------- */
static _Atomic int      fault_kind;
static _Atomic int      fault_error;
static _Atomic bool     fault_lasts;
static _Atomic uint64_t fault_after, fault_calls;

static void fault_begin(enum file_fault kind, uint64_t after, int error, bool lasts)
{
    atomic_store(&fault_kind, FILE_FAULT_NONE);
    atomic_store(&fault_after, after);
    atomic_store(&fault_error, error);
    atomic_store(&fault_lasts, lasts);
    atomic_store(&fault_calls, 0);
    atomic_store(&fault_kind, (int)kind);
}

void file_fault_set(enum file_fault kind, uint64_t after, int error)
{
    fault_begin(kind, after, error, true);
}

void file_fault_set_once(enum file_fault kind, uint64_t after, int error)
{
    fault_begin(kind, after, error, false);
}

uint64_t file_fault_count(void)
{
    return atomic_load(&fault_calls);
}

void file_fault_from_environment(void)
{
    static const char *const kinds[] = {"", "write", "sync", "rename", "open", "any"};
    static const struct {
        const char *name;
        int         number;
    } errors[] = {{"ENOSPC", ENOSPC}, {"EIO", EIO}, {"EROFS", EROFS}};
    const char *text = getenv("GUZHENG_TEST_FAULT");
    if (text == NULL || *text == 0) return;
    char               kind[8] = "", error[8] = "";
    unsigned long long after = 0;
    const int          given = sscanf(text, "%7[a-z]:%llu:%7[A-Z]", kind, &after, error);
    for (size_t k = FILE_FAULT_WRITE; k < COUNT_OF(kinds); k++)
        for (size_t e = 0; e < COUNT_OF(errors); e++)
            if (given == 3 && !strcmp(kind, kinds[k]) && !strcmp(error, errors[e].name)) {
                log_line(LOG_ALARM, "file", "test: writes will fail as %s says", text);
                file_fault_set((enum file_fault)k, after, errors[e].number);
                return;
            }
    log_line(LOG_ERROR, "file", "bad GUZHENG_TEST_FAULT: kind:number:ERRNO expected");
    exit(2);
}

/* The one counted point before every call that changes something. True: fail with errno. */
static bool fault_hits(enum file_fault kind)
{
    const int wanted = atomic_load(&fault_kind);
    if (wanted != FILE_FAULT_NONE && wanted != FILE_FAULT_ANY && wanted != (int)kind) return false;
    const uint64_t call = atomic_fetch_add(&fault_calls, 1);
    const uint64_t after = atomic_load(&fault_after);
    if (wanted == FILE_FAULT_NONE || call < after) return false;
    if (call > after && !atomic_load(&fault_lasts)) return false;
    errno = atomic_load(&fault_error);
    return true;
}

/* --- single calls ---------------------------------------------------------------------------- */
static enum gz_err fail(const char *what, const char *path)
{
    const int e = errno;
    if (e == ENOENT) return GZ_MISSING;
    if (e == EEXIST) return GZ_CONFLICT;
    log_line(LOG_ERROR, "file", "%s failed: %s: %s", what, path, strerror(e));
    return GZ_IO;
}

/* The path of an open file for the log; the kernel knows it. */
static enum gz_err fail_fd(const char *what, int fd)
{
    const int e = errno;
    char      link[32], path[PATH_SIZE];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t n = readlink(link, path, sizeof path - 1);
    path[n > 0 ? n : 0] = 0;
    log_line(LOG_ERROR, "file", "%s failed: %s: %s", what, path, strerror(e));
    return GZ_IO;
}

void file_close(int *fd)
{
    if (*fd >= 0) (void)close(*fd);
    *fd = -1;
}

enum gz_err file_open(const char *path, int flags, unsigned mode, int *fd)
{
    if (fault_hits(FILE_FAULT_OPEN)) return fail("open", path);
    const int opened = open(path, flags | O_CLOEXEC, mode);
    if (opened < 0) return fail("open", path);
    *fd = opened;
    return GZ_OK;
}

enum gz_err file_write_all(int fd, const void *p, size_t n, uint64_t offset)
{
    const uint8_t *at = p;
    if (fault_hits(FILE_FAULT_WRITE)) {
        /* A disk that fills up takes a part first: callers must live with a torn write. */
        const int e = errno;
        if (n > 1 && pwrite(fd, at, n / 2, (off_t)offset) < 0) errno = e;
        errno = e;
        return fail_fd("write", fd);
    }
    while (n > 0) {
        const ssize_t done = pwrite(fd, at, n, (off_t)offset);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return fail_fd("write", fd);
        at += done;
        offset += (uint64_t)done;
        n -= (size_t)done;
    }
    return GZ_OK;
}

enum gz_err file_read_all(int fd, void *p, size_t n, uint64_t offset)
{
    uint8_t *at = p;
    while (n > 0) {
        const ssize_t done = pread(fd, at, n, (off_t)offset);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return fail_fd("read", fd);
        if (done == 0) return GZ_MISSING;
        at += done;
        offset += (uint64_t)done;
        n -= (size_t)done;
    }
    return GZ_OK;
}

enum gz_err file_truncate(int fd, uint64_t size)
{
    if (fault_hits(FILE_FAULT_WRITE) || ftruncate(fd, (off_t)size)) return fail_fd("truncate", fd);
    return GZ_OK;
}

enum gz_err file_rename(const char *from, const char *to)
{
    if (fault_hits(FILE_FAULT_RENAME) || rename(from, to)) return fail("rename", to);
    return GZ_OK;
}

enum gz_err file_sync(int fd)
{
    if (fault_hits(FILE_FAULT_SYNC) || fdatasync(fd)) return fail_fd("sync", fd);
    return GZ_OK;
}

enum gz_err folder_sync(const char *path)
{
    DEFER(file_close) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return fail("open", path);
    if (fault_hits(FILE_FAULT_SYNC) || fsync(fd)) return fail("sync", path);
    return GZ_OK;
}

/* --- whole files ----------------------------------------------------------------------------- */
enum gz_err path_join(const char *folder, const char *name, char *out, size_t size)
{
    const size_t n = strlen(folder);
    const char  *between = n == 0 || folder[n - 1] == '/' ? "" : "/";
    if (n + strlen(between) + strlen(name) >= size) return GZ_LIMIT;
    (void)snprintf(out, size, "%s%s%s", folder, between, name);
    return GZ_OK;
}

enum gz_err file_read(const char *path, size_t max, struct buf *out)
{
    DEFER(file_close) int      fd = open(path, O_RDONLY | O_CLOEXEC);
    DEFER(buf_fini) struct buf content = {0};
    struct stat                st;
    if (fd < 0 || fstat(fd, &st)) return fail("open", path);
    if (S_ISDIR(st.st_mode)) return GZ_MALFORMED;
    if (S_ISREG(st.st_mode) && (uint64_t)st.st_size > max) return GZ_LIMIT;
    for (;;) {
        const size_t left = max - content.n;
        TRY(buf_reserve(&content, left < READ_STEP ? left + 1 : READ_STEP));
        const ssize_t n = read(fd, content.p + content.n, left < READ_STEP ? left + 1 : READ_STEP);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail("read", path);
        if (n == 0) break;
        if ((size_t)n > left) return GZ_LIMIT;
        content.n += (size_t)n;
    }
    return buf_add(out, buf_bytes(&content));
}

static void folder_of(const char *path, char out[PATH_SIZE])
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) (void)snprintf(out, PATH_SIZE, ".");
    else (void)snprintf(out, PATH_SIZE, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

static enum gz_err write_beside(const char *beside, struct bytes content, unsigned mode)
{
    DEFER(file_close) int fd = -1;
    TRY(file_open(beside, O_WRONLY | O_CREAT | O_EXCL, mode, &fd));
    TRY(file_write_all(fd, content.p, content.n, 0));
    return file_sync(fd);
}

static enum gz_err link_new(const char *beside, const char *path)
{
    if (fault_hits(FILE_FAULT_RENAME) || link(beside, path)) return fail("link", path);
    return GZ_OK;
}

enum placing { PLACE_REPLACE, PLACE_NEW };

enum gz_err file_beside(const char *path, char *out, size_t size)
{
    uint8_t random[TEMPORARY_RANDOM];
    char    hex[2 * TEMPORARY_RANDOM + 1];
    random_bytes(random, sizeof random);
    text_to_hex(BYTES_OF(random), hex);
    return (size_t)snprintf(out, size, "%s" TEMPORARY_MARK "%s", path, hex) < size ? GZ_OK
                                                                                   : GZ_LIMIT;
}

static enum gz_err place(const char *path, struct bytes content, unsigned mode, enum placing how)
{
    char beside[PATH_SIZE], folder[PATH_SIZE];
    TRY(file_beside(path, beside, sizeof beside));
    folder_of(path, folder);
    enum gz_err e = write_beside(beside, content, mode);
    if (e == GZ_OK) e = how == PLACE_NEW ? link_new(beside, path) : file_rename(beside, path);
    if (e != GZ_OK || how == PLACE_NEW) (void)unlink(beside);
    if (e != GZ_OK) return e;
    return folder_sync(folder);
}

enum gz_err file_replace(const char *path, struct bytes content, unsigned mode)
{
    return place(path, content, mode, PLACE_REPLACE);
}

enum gz_err file_create(const char *path, struct bytes content, unsigned mode)
{
    return place(path, content, mode, PLACE_NEW);
}

/* --- folders --------------------------------------------------------------------------------- */
static enum gz_err make_one(const char *path, unsigned mode)
{
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) return GZ_OK;
    char parent[PATH_SIZE];
    if (fault_hits(FILE_FAULT_OPEN) || (mkdir(path, mode) && errno != EEXIST))
        return fail("mkdir", path);
    if (stat(path, &st) || !S_ISDIR(st.st_mode)) {
        errno = ENOTDIR;
        return fail("mkdir", path);
    }
    folder_of(path, parent);
    return folder_sync(parent);
}

enum gz_err folder_make(const char *path, unsigned mode)
{
    char         part[PATH_SIZE];
    const size_t n = strlen(path);
    if (n == 0 || n >= sizeof part) return GZ_LIMIT;
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != 0) continue;
        if (path[i - 1] == '/') continue; /* "a//b", "a/" */
        memcpy(part, path, i);
        part[i] = 0;
        TRY(make_one(part, mode));
    }
    return GZ_OK;
}

enum gz_err folder_lock(const char *path, int *fd)
{
    char                  file[PATH_SIZE];
    DEFER(file_close) int opened = -1;
    TRY(path_join(path, "lock", file, sizeof file));
    TRY(file_open(file, O_RDWR | O_CREAT, 0600, &opened));
    if (flock(opened, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? GZ_BUSY : fail("lock", file);
    *fd = opened;
    opened = -1;
    return GZ_OK;
}

static void close_folder(DIR **d)
{
    if (*d != NULL) (void)closedir(*d);
}

enum gz_err folder_sweep(const char *path)
{
    DEFER(close_folder) DIR *d = opendir(path);
    if (d == NULL) return fail("open", path);
    for (const struct dirent *e; (e = readdir(d)) != NULL;) {
        const char *mark = strstr(e->d_name, TEMPORARY_MARK);
        if (mark == NULL || strlen(mark) != strlen(TEMPORARY_MARK) + 2 * TEMPORARY_RANDOM) continue;
        if (unlinkat(dirfd(d), e->d_name, 0) && errno != ENOENT) return fail("remove", path);
    }
    return GZ_OK;
}

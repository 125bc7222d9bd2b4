#include "host/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/host.h"

enum { PATH_SIZE = 4096 };

/* --- faults for tests ------------------------------------------------------------------------- */

static _Atomic int      fault_kind = FILE_FAULT_NONE, fault_errno;
static _Atomic uint64_t fault_after, fault_calls;

void file_fault_set(enum file_fault kind, uint64_t after, int error)
{
    atomic_store(&fault_calls, 0);
    atomic_store(&fault_after, after);
    atomic_store(&fault_errno, error);
    atomic_store(&fault_kind, kind);
}

uint64_t file_fault_count(void)
{
    return atomic_load(&fault_calls);
}

void file_fault_from_environment(void)
{
    static const struct {
        const char     *name;
        enum file_fault kind;
    } kinds[] = {{"write", FILE_FAULT_WRITE}, {"sync", FILE_FAULT_SYNC},
                 {"rename", FILE_FAULT_RENAME}, {"any", FILE_FAULT_ANY}};
    static const struct {
        const char *name;
        int         number;
    } errors[] = {{"ENOSPC", ENOSPC}, {"EROFS", EROFS}, {"EIO", EIO}};
    const char        *text = getenv("GUZHENG_TEST_FAULT"); /* kind:after:ERROR */
    char               kind[16], error[16];
    unsigned long long after;
    if (text == NULL || sscanf(text, "%15[^:]:%llu:%15s", kind, &after, error) != 3) return;
    for (size_t k = 0; k < COUNT_OF(kinds); k++)
        for (size_t e = 0; e < COUNT_OF(errors); e++)
            if (strcmp(kind, kinds[k].name) == 0 && strcmp(error, errors[e].name) == 0)
                file_fault_set(kinds[k].kind, after, errors[e].number);
}

/* Should this call fail? From call number `after` on, for ever: a full disk stays full. */
static bool fault(enum file_fault kind)
{
    const int set = atomic_load(&fault_kind);
    if (set == FILE_FAULT_NONE || (set != FILE_FAULT_ANY && set != (int)kind)) return false;
    if (atomic_fetch_add(&fault_calls, 1) < atomic_load(&fault_after)) return false;
    errno = atomic_load(&fault_errno);
    return true;
}

/* --- one call each ---------------------------------------------------------------------------- */

static enum gz_err failed(const char *what, const char *path)
{
    const int e = errno;
    if (e == ENOENT) return GZ_MISSING;
    log_line(LOG_ERROR, "file", "%s failed path=%s errno=%s", what, path, strerror(e));
    return GZ_IO;
}

enum gz_err file_write_all(int fd, const void *p, size_t n, uint64_t offset)
{
    const uint8_t *from = p;
    while (n > 0) {
        const ssize_t done = fault(FILE_FAULT_WRITE) ? -1 : pwrite(fd, from, n, (off_t)offset);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) {
            log_line(LOG_ERROR, "file", "write failed errno=%s", strerror(errno));
            return GZ_IO;
        }
        from += done;
        offset += (uint64_t)done;
        n -= (size_t)done;
    }
    return GZ_OK;
}

enum gz_err file_read_all(int fd, void *p, size_t n, uint64_t offset)
{
    uint8_t *into = p;
    while (n > 0) {
        const ssize_t done = pread(fd, into, n, (off_t)offset);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) {
            log_line(LOG_ERROR, "file", "read failed errno=%s", strerror(errno));
            return GZ_IO;
        }
        if (done == 0) return GZ_MISSING;
        into += done;
        offset += (uint64_t)done;
        n -= (size_t)done;
    }
    return GZ_OK;
}

enum gz_err file_sync(int fd)
{
    if (fault(FILE_FAULT_SYNC) || fdatasync(fd) != 0) {
        log_line(LOG_ERROR, "file", "sync failed errno=%s", strerror(errno));
        return GZ_IO;
    }
    return GZ_OK;
}

static void fd_close(int *fd)
{
    if (*fd >= 0) (void)close(*fd);
}

enum gz_err folder_sync(const char *path)
{
    DEFER(fd_close) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fault(FILE_FAULT_SYNC) || fsync(fd) != 0) return failed("sync of a folder", path);
    return GZ_OK;
}

/* --- whole files ------------------------------------------------------------------------------ */

enum gz_err file_read(const char *path, size_t max, struct buf *out)
{
    DEFER(fd_close) int        fd = open(path, O_RDONLY | O_CLOEXEC);
    DEFER(buf_fini) struct buf content = {0};
    struct stat                st;
    if (fd < 0 || fstat(fd, &st) != 0) return failed("open", path);
    if (!S_ISREG(st.st_mode)) return GZ_MALFORMED;
    if ((uint64_t)st.st_size > max) return GZ_LIMIT;
    TRY(buf_reserve(&content, (size_t)st.st_size + 1));
    for (;;) {
        if (content.n > max) return GZ_LIMIT;
        TRY(buf_reserve(&content, 4096));
        const ssize_t n = read(fd, content.p + content.n, content.cap - content.n);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return failed("read", path);
        if (n == 0) break;
        content.n += (size_t)n;
    }
    return buf_add(out, buf_bytes(&content));
}

/* The folder part of path, "." where there is none. */
static enum gz_err folder_of(const char *path, char out[PATH_SIZE])
{
    const char  *slash = strrchr(path, '/');
    const size_t n = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    if (n >= PATH_SIZE) return GZ_LIMIT;
    memcpy(out, n == 0 ? "." : path, n == 0 ? 1 : n);
    out[n == 0 ? 1 : n] = '\0';
    return GZ_OK;
}

/* A new file beside path, whole and synced; its name in beside. */
static enum gz_err write_beside(const char *path, struct bytes content, unsigned mode,
                                char beside[PATH_SIZE])
{
    if ((size_t)snprintf(beside, PATH_SIZE, "%s.XXXXXX", path) >= PATH_SIZE) return GZ_LIMIT;
    DEFER(fd_close) int fd = fault(FILE_FAULT_WRITE) ? -1 : mkostemp(beside, O_CLOEXEC);
    if (fd < 0) return failed("create", path) == GZ_MISSING ? GZ_MISSING : GZ_IO;
    enum gz_err e = fchmod(fd, mode) == 0 ? GZ_OK : failed("chmod", beside);
    if (e == GZ_OK) e = file_write_all(fd, content.p, content.n, 0);
    if (e == GZ_OK) e = file_sync(fd);
    if (e != GZ_OK) (void)unlink(beside);
    return e;
}

enum gz_err file_replace(const char *path, struct bytes content, unsigned mode)
{
    char beside[PATH_SIZE], folder[PATH_SIZE];
    TRY(folder_of(path, folder));
    TRY(write_beside(path, content, mode, beside));
    if (fault(FILE_FAULT_RENAME) || rename(beside, path) != 0) {
        const enum gz_err e = failed("rename", path);
        (void)unlink(beside);
        return e;
    }
    return folder_sync(folder);
}

enum gz_err file_create(const char *path, struct bytes content, unsigned mode)
{
    char beside[PATH_SIZE], folder[PATH_SIZE];
    TRY(folder_of(path, folder));
    TRY(write_beside(path, content, mode, beside));
    const bool  linked = !fault(FILE_FAULT_RENAME) && link(beside, path) == 0;
    enum gz_err e = GZ_OK;
    if (!linked) e = errno == EEXIST ? GZ_CONFLICT : failed("link", path);
    (void)unlink(beside);
    return e == GZ_OK ? folder_sync(folder) : e;
}

enum gz_err folder_make(const char *path, unsigned mode)
{
    char        parent[PATH_SIZE];
    struct stat st;
    if (stat(path, &st) == 0) return S_ISDIR(st.st_mode) ? GZ_OK : GZ_CONFLICT;
    TRY(folder_of(path, parent));
    if (strcmp(parent, path) != 0) TRY(folder_make(parent, mode));
    if (fault(FILE_FAULT_WRITE) || (mkdir(path, mode) != 0 && errno != EEXIST))
        return failed("mkdir", path);
    return folder_sync(parent);
}

enum gz_err path_join(const char *folder, const char *name, char *out, size_t size)
{
    const int n = snprintf(out, size, "%s/%s", folder, name);
    return n < 0 || (size_t)n >= size ? GZ_LIMIT : GZ_OK;
}

#include "host/inside_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/file.h"
#include "host/host.h"

static enum gz_err fail(const char *what)
{
    const int e = errno;
    if (e == ENOENT || e == ENOTDIR || e == ENAMETOOLONG) return GZ_MISSING;
    if (e == EACCES || e == EPERM || e == ELOOP) return GZ_DENIED;
    if (e == ENXIO) return GZ_MALFORMED; /* a socket */
    log_line(LOG_ERROR, "file", "%s failed for a named file: %s", what, strerror(e));
    return GZ_IO;
}

static bool is_inside(const char *path, const char *folder)
{
    const size_t n = strlen(folder);
    return strcmp(folder, "/") == 0 || (strncmp(path, folder, n) == 0 && path[n] == '/');
}

static enum gz_err read_open(int fd, size_t max, struct buf *out)
{
    struct stat st;
    if (fstat(fd, &st)) return fail("stat");
    if (!S_ISREG(st.st_mode)) return GZ_MALFORMED;
    if ((uint64_t)st.st_size > max) return GZ_LIMIT;
    const size_t n = (size_t)st.st_size;
    TRY(buf_reserve(out, n));
    /* It may be shorter by now: somebody still writes it. */
    const enum gz_err e = file_read_all(fd, out->p + out->n, n, 0);
    if (e != GZ_OK) return e == GZ_MISSING ? GZ_IO : e;
    out->n += n;
    return GZ_OK;
}

enum gz_err inside_file_read(const char *folder, const char *name, size_t max, struct buf *out)
{
    char path[PATH_MAX], real_folder[PATH_MAX], real[PATH_MAX];
    TRY(path_join(folder, name, path, sizeof path) == GZ_OK ? GZ_OK : GZ_MISSING);
    if (realpath(folder, real_folder) == NULL || realpath(path, real) == NULL)
        return fail("resolving");
    if (!is_inside(real, real_folder)) return GZ_DENIED;
    DEFER(file_close)
    int fd = open(real, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) return fail("opening");
    return read_open(fd, max, out);
}

#include "node/append_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, FILE_MODE = 0600 };

static enum gz_err open_as(const char *folder, const char *name, int flags, struct append_file *out)
{
    char               path[PATH_SIZE];
    struct append_file f = {0};
    TRY(path_join(folder, name, path, sizeof path));
    if ((size_t)snprintf(f.name, sizeof f.name, "%s", name) >= sizeof f.name) return GZ_LIMIT;
    TRY(file_open(path, flags, FILE_MODE, &f.fd));
    *out = f;
    const enum gz_err e = append_length(out, &out->size);
    out->is_dirty = e == GZ_OK && out->size > 0;
    if (e != GZ_OK) append_close(out);
    return e;
}

enum gz_err append_open(const char *folder, const char *name, struct append_file *out)
{
    return open_as(folder, name, O_RDWR | O_CREAT, out);
}

enum gz_err append_open_read(const char *folder, const char *name, struct append_file *out)
{
    return open_as(folder, name, O_RDONLY, out);
}

void append_close(struct append_file *f)
{
    if (f->name[0] != '\0') (void)close(f->fd);
    buf_fini(&f->pending);
    *f = (struct append_file){0};
}

enum gz_err append_length(const struct append_file *f, uint64_t *out)
{
    struct stat st;
    if (fstat(f->fd, &st) != 0) return GZ_IO;
    *out = (uint64_t)st.st_size;
    return GZ_OK;
}

enum gz_err append_cut(struct append_file *f, uint64_t size)
{
    uint64_t length = 0;
    TRY(append_length(f, &length));
    if (length < size) return GZ_CORRUPT;
    if (length > size) TRY(file_truncate(f->fd, size));
    f->is_dirty |= length > size;
    f->size = size;
    f->pending.n = 0;
    return GZ_OK;
}

enum gz_err append_flush(struct append_file *f)
{
    if (f->pending.n == 0) return GZ_OK;
    f->is_dirty = true;
    TRY(file_write_all(f->fd, f->pending.p, f->pending.n, f->size));
    f->size += f->pending.n;
    f->pending.n = 0;
    return GZ_OK;
}

enum gz_err append_sync(struct append_file *f)
{
    if (f->is_dirty) TRY(file_sync(f->fd));
    f->is_dirty = false;
    return GZ_OK;
}

enum gz_err append_read(const struct append_file *f, uint64_t at, void *out, size_t n)
{
    if (at > f->size + f->pending.n || n > f->size + f->pending.n - at) return GZ_MISSING;
    const size_t from_file = at >= f->size ? 0 : f->size - at < n ? (size_t)(f->size - at) : n;
    if (from_file > 0) TRY(file_read_all(f->fd, out, from_file, at));
    if (from_file < n)
        memcpy((uint8_t *)out + from_file, f->pending.p + (at + from_file - f->size),
               n - from_file);
    return GZ_OK;
}

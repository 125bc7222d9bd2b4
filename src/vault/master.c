#include "vault/master.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "host/file.h"
#include "host/host.h"

enum { MASTER_FILE_SIZE = 2 * MASTER_SIZE + 1 /* hex and LF */, MASTER_MODE = 0600 };

static enum gz_err say(struct buf *why, enum gz_err e, const char *path, const char *what)
{
    TRY(buf_addf(why, "%s: %s\n", path, what));
    return e;
}

static enum gz_err write_file(const char *path, const uint8_t master[MASTER_SIZE])
{
    char text[MASTER_FILE_SIZE + 1];
    text_to_hex((struct bytes){master, MASTER_SIZE}, text);
    text[MASTER_FILE_SIZE - 1] = '\n';
    const enum gz_err e =
        file_create(path, (struct bytes){(uint8_t *)text, MASTER_FILE_SIZE}, MASTER_MODE);
    explicit_bzero(text, sizeof text);
    return e;
}

static enum gz_err make(const char *path, uint8_t out[MASTER_SIZE], struct buf *why)
{
    uint8_t master[MASTER_SIZE];
    random_bytes(master, sizeof master);
    const enum gz_err e = write_file(path, master);
    if (e == GZ_OK && out != NULL) memcpy(out, master, sizeof master);
    explicit_bzero(master, sizeof master);
    if (e == GZ_OK) return GZ_OK;
    if (e == GZ_CONFLICT) return say(why, e, path, "there is a file of this name");
    return say(why, e, path, "the master key cannot be written");
}

enum gz_err master_create(const struct master_source *s, struct buf *why)
{
    return make(s->path, NULL, why);
}

/* Judged by the open file, so that it cannot be exchanged between the check and the reading.
 * O_NONBLOCK: a FIFO in its place must not hold up the start. */
static enum gz_err check_file(int fd, const char *path, struct buf *why)
{
    struct stat st;
    if (fstat(fd, &st)) return say(why, GZ_IO, path, "cannot be examined");
    if ((st.st_mode & 0177) != 0 || st.st_uid != geteuid())
        return say(why, GZ_DENIED, path, "the master key must be ours alone: chown, chmod 600");
    if (!S_ISREG(st.st_mode) || st.st_size != MASTER_FILE_SIZE)
        return say(why, GZ_MALFORMED, path, "holds no master key: 32 hexadecimal digits, LF");
    return GZ_OK;
}

static enum gz_err read_file(const char *path, uint8_t out[MASTER_SIZE], struct buf *why)
{
    DEFER(file_close) int fd = -1;
    uint8_t               text[MASTER_FILE_SIZE], master[MASTER_SIZE];
    enum gz_err           e = file_open(path, O_RDONLY | O_NONBLOCK, 0, &fd);
    if (e == GZ_MISSING) return say(why, e, path, "the vault's master key is missing");
    if (e != GZ_OK) return say(why, e, path, "the vault's master key cannot be opened");
    TRY(check_file(fd, path, why));
    e = file_read_all(fd, text, sizeof text, 0);
    if (e != GZ_OK) return say(why, GZ_IO, path, "the vault's master key cannot be read");
    e = text_from_hex((struct bytes){text, 2 * MASTER_SIZE}, master, MASTER_SIZE);
    if (text[MASTER_FILE_SIZE - 1] != '\n') e = GZ_MALFORMED;
    if (e == GZ_OK) memcpy(out, master, sizeof master);
    explicit_bzero(text, sizeof text);
    explicit_bzero(master, sizeof master);
    return e == GZ_OK ? GZ_OK : say(why, e, path, "holds no master key: 32 hexadecimal digits, LF");
}

enum gz_err master_read(const struct master_source *s, uint8_t out[MASTER_SIZE], struct buf *why)
{
    return read_file(s->path, out, why);
}

/* --- the next one ----------------------------------------------------------------------------- */

static enum gz_err next_path(const struct master_source *s, char out[MASTER_PATH_MAX],
                             struct buf *why)
{
    const int n = snprintf(out, MASTER_PATH_MAX, "%s" MASTER_NEXT, s->path);
    return n < MASTER_PATH_MAX ? GZ_OK : say(why, GZ_LIMIT, s->path, "the path is too long");
}

static enum gz_err sync_folder_of(const char *path)
{
    char        folder[MASTER_PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (slash == NULL) return folder_sync(".");
    (void)snprintf(folder, sizeof folder, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    return folder_sync(folder);
}

/* Overwritten where it lies: what a disk or file system keeps besides is beyond us. */
static enum gz_err overwrite(const char *path)
{
    DEFER(file_close) int fd = -1;
    uint8_t               noise[MASTER_FILE_SIZE];
    const enum gz_err     e = file_open(path, O_WRONLY, 0, &fd);
    if (e == GZ_MISSING) return GZ_OK;
    TRY(e);
    random_bytes(noise, sizeof noise);
    TRY(file_write_all(fd, noise, sizeof noise, 0));
    return file_sync(fd);
}

static enum gz_err destroy(const char *path)
{
    TRY(overwrite(path));
    if (unlink(path) != 0) return errno == ENOENT ? GZ_OK : GZ_IO;
    return sync_folder_of(path);
}

enum gz_err master_drop_next(const struct master_source *s, struct buf *why)
{
    char path[MASTER_PATH_MAX];
    TRY(next_path(s, path, why));
    if (access(path, F_OK) != 0 && errno == ENOENT) return GZ_OK;
    return destroy(path) == GZ_OK ? GZ_OK : say(why, GZ_IO, path, "cannot be destroyed");
}

enum gz_err master_make_next(const struct master_source *s, uint8_t out[MASTER_SIZE],
                             struct buf *why)
{
    char path[MASTER_PATH_MAX];
    TRY(next_path(s, path, why));
    TRY(master_drop_next(s, why));
    return make(path, out, why);
}

enum gz_err master_read_next(const struct master_source *s, uint8_t out[MASTER_SIZE],
                             struct buf *why)
{
    char path[MASTER_PATH_MAX];
    TRY(next_path(s, path, why));
    return read_file(path, out, why);
}

enum gz_err master_promote(const struct master_source *s, struct buf *why)
{
    char path[MASTER_PATH_MAX];
    TRY(next_path(s, path, why));
    if (access(path, F_OK) != 0) return say(why, GZ_MISSING, path, "there is no next master key");
    enum gz_err e = overwrite(s->path);
    if (e == GZ_OK) e = file_rename(path, s->path);
    if (e == GZ_OK) e = sync_folder_of(s->path);
    return e == GZ_OK ? GZ_OK : say(why, GZ_IO, s->path, "the master key cannot be replaced");
}

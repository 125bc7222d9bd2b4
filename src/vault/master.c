#include "vault/master.h"

#include <fcntl.h>
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

enum gz_err master_create(const struct master_source *s, struct buf *why)
{
    uint8_t master[MASTER_SIZE];
    random_bytes(master, sizeof master);
    const enum gz_err e = write_file(s->path, master);
    explicit_bzero(master, sizeof master);
    if (e == GZ_OK) return GZ_OK;
    if (e == GZ_CONFLICT) return say(why, e, s->path, "there is a file of this name");
    return say(why, e, s->path, "the master key cannot be written");
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

enum gz_err master_read(const struct master_source *s, uint8_t out[MASTER_SIZE], struct buf *why)
{
    DEFER(file_close) int fd = -1;
    const char           *path = s->path;
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

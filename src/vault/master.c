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

enum {
    MASTER_FILE_SIZE = 2 * MASTER_SIZE + 1, /* hex and LF */
    MASTER_MODE = 0600,
    WRAPPED_FILE_MAX = 256,
};
#define WRAPPED_TYPE "guzheng/token-master/v1"
#define NO_MASTER    "holds no master key: 32 hexadecimal digits, LF"

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

static bool is_in_token(const struct master_source *s)
{
    return s->token.module != NULL && s->token.module[0] != 0;
}

/* --- wrapped by a token ----------------------------------------------------------------------- */

static enum gz_err write_wrapped(const struct master_source *s, const char *path,
                                 const uint8_t master[MASTER_SIZE], struct buf *why)
{
    DEFER(buf_fini) struct buf text = {0};
    struct token_wrapped       w;
    char                       id[2 * TOKEN_ID_SIZE + 1], wrapped[2 * TOKEN_WRAPPED_MAX + 1];
    TRY(token_wrap(&s->token, master, &w, why));
    text_to_hex(BYTES_OF(w.id), id);
    text_to_hex((struct bytes){w.wrapped, w.n}, wrapped);
    TRY(buf_addf(&text, WRAPPED_TYPE " %s %s\n", id, wrapped));
    return file_create(path, buf_bytes(&text), MASTER_MODE);
}

static enum gz_err parse_wrapped(struct bytes text, struct token_wrapped *out)
{
    const size_t id_at = sizeof WRAPPED_TYPE, id_n = 2 * (size_t)TOKEN_ID_SIZE;
    if (!bytes_starts(text, BYTES_LIT(WRAPPED_TYPE " ")) || text.n < id_at + id_n + 4 ||
        text.p[text.n - 1] != '\n' || text.p[id_at + id_n] != ' ')
        return GZ_MALFORMED;
    const struct bytes wrapped = bytes_slice(text, id_at + id_n + 1, text.n - 1);
    out->n = wrapped.n / 2;
    if (out->n > sizeof out->wrapped) return GZ_MALFORMED;
    TRY(text_from_hex(bytes_slice(text, id_at, id_at + id_n), out->id, sizeof out->id));
    return text_from_hex(wrapped, out->wrapped, out->n);
}

/* --- one file --------------------------------------------------------------------------------- */

/* out may be NULL. */
static enum gz_err make(const struct master_source *s, const char *path, uint8_t out[MASTER_SIZE],
                        struct buf *why)
{
    uint8_t      master[MASTER_SIZE];
    const size_t before = why->n;
    if (access(path, F_OK) == 0) return say(why, GZ_CONFLICT, path, "there is a file of this name");
    random_bytes(master, sizeof master);
    const enum gz_err e =
        is_in_token(s) ? write_wrapped(s, path, master, why) : write_file(path, master);
    if (e == GZ_OK && out != NULL) memcpy(out, master, sizeof master);
    explicit_bzero(master, sizeof master);
    if (e == GZ_OK || why->n > before) return e;
    return say(why, e, path, "the master key cannot be written");
}

enum gz_err master_create(const struct master_source *s, struct buf *why)
{
    return make(s, s->path, NULL, why);
}

/* Judged by the open file, so that it cannot be exchanged between the check and the reading.
 * O_NONBLOCK: a FIFO in its place must not hold up the start. */
static enum gz_err open_file(const char *path, int *fd, size_t *n, struct buf *why)
{
    struct stat       st;
    const enum gz_err e = file_open(path, O_RDONLY | O_NONBLOCK, 0, fd);
    if (e == GZ_MISSING) return say(why, e, path, "the vault's master key is missing");
    if (e != GZ_OK) return say(why, e, path, "the vault's master key cannot be opened");
    if (fstat(*fd, &st)) return say(why, GZ_IO, path, "cannot be examined");
    if ((st.st_mode & 0177) != 0 || st.st_uid != geteuid())
        return say(why, GZ_DENIED, path, "the master key must be ours alone: chown, chmod 600");
    if (!S_ISREG(st.st_mode) || st.st_size < MASTER_FILE_SIZE || st.st_size > WRAPPED_FILE_MAX)
        return say(why, GZ_MALFORMED, path, NO_MASTER);
    *n = (size_t)st.st_size;
    return GZ_OK;
}

static enum gz_err decode(struct bytes text, uint8_t out[MASTER_SIZE])
{
    uint8_t master[MASTER_SIZE];
    if (text.n != MASTER_FILE_SIZE || text.p[MASTER_FILE_SIZE - 1] != '\n') return GZ_MALFORMED;
    const enum gz_err e =
        text_from_hex(bytes_slice(text, 0, 2 * (size_t)MASTER_SIZE), master, MASTER_SIZE);
    if (e == GZ_OK) memcpy(out, master, sizeof master);
    explicit_bzero(master, sizeof master);
    return e;
}

static enum gz_err read_text(const char *path, uint8_t text[WRAPPED_FILE_MAX], size_t *n,
                             struct buf *why)
{
    DEFER(file_close) int fd = -1;
    TRY(open_file(path, &fd, n, why));
    if (file_read_all(fd, text, *n, 0) == GZ_OK) return GZ_OK;
    return say(why, GZ_IO, path, "the vault's master key cannot be read");
}

static enum gz_err read_file(const struct master_source *s, const char *path,
                             uint8_t out[MASTER_SIZE], struct buf *why)
{
    uint8_t              text[WRAPPED_FILE_MAX];
    struct token_wrapped w;
    size_t               n = 0;
    TRY(read_text(path, text, &n, why));
    if (is_in_token(s)) {
        if (parse_wrapped((struct bytes){text, n}, &w) != GZ_OK)
            return say(why, GZ_MALFORMED, path, "holds nothing that a token has wrapped");
        return token_unwrap(&s->token, &w, out, why);
    }
    const enum gz_err e = decode((struct bytes){text, n}, out);
    explicit_bzero(text, sizeof text);
    return e == GZ_OK ? GZ_OK : say(why, e, path, NO_MASTER);
}

enum gz_err master_read(const struct master_source *s, uint8_t out[MASTER_SIZE], struct buf *why)
{
    return read_file(s, s->path, out, why);
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
    uint8_t               noise[WRAPPED_FILE_MAX];
    struct stat           st;
    const enum gz_err     e = file_open(path, O_WRONLY, 0, &fd);
    if (e == GZ_MISSING) return GZ_OK;
    TRY(e);
    if (fstat(fd, &st)) return GZ_IO;
    const size_t n = st.st_size < WRAPPED_FILE_MAX ? (size_t)st.st_size : WRAPPED_FILE_MAX;
    random_bytes(noise, n);
    TRY(file_write_all(fd, noise, n, 0));
    return file_sync(fd);
}

/* The key in the token that wraps what the file holds; of a file that says nothing there is none.
 */
static enum gz_err destroy_in_token(const struct master_source *s, const char *path,
                                    struct buf *why)
{
    DEFER(buf_fini) struct buf unheard = {0};
    uint8_t                    text[WRAPPED_FILE_MAX];
    struct token_wrapped       w;
    size_t                     n = 0;
    if (!is_in_token(s)) return GZ_OK;
    if (read_text(path, text, &n, &unheard) != GZ_OK) return GZ_OK;
    if (parse_wrapped((struct bytes){text, n}, &w) != GZ_OK) return GZ_OK;
    return token_destroy(&s->token, w.id, why);
}

static enum gz_err destroy(const struct master_source *s, const char *path, struct buf *why)
{
    TRY(destroy_in_token(s, path, why));
    TRY(overwrite(path));
    if (unlink(path) != 0) return errno == ENOENT ? GZ_OK : GZ_IO;
    return sync_folder_of(path);
}

enum gz_err master_drop_next(const struct master_source *s, struct buf *why)
{
    char path[MASTER_PATH_MAX];
    TRY(next_path(s, path, why));
    if (access(path, F_OK) != 0 && errno == ENOENT) return GZ_OK;
    return destroy(s, path, why) == GZ_OK ? GZ_OK : say(why, GZ_IO, path, "cannot be destroyed");
}

enum gz_err master_make_next(const struct master_source *s, uint8_t out[MASTER_SIZE],
                             struct buf *why)
{
    char path[MASTER_PATH_MAX];
    TRY(next_path(s, path, why));
    TRY(master_drop_next(s, why));
    return make(s, path, out, why);
}

enum gz_err master_read_next(const struct master_source *s, uint8_t out[MASTER_SIZE],
                             struct buf *why)
{
    char path[MASTER_PATH_MAX];
    TRY(next_path(s, path, why));
    return read_file(s, path, out, why);
}

enum gz_err master_promote(const struct master_source *s, struct buf *why)
{
    char path[MASTER_PATH_MAX];
    TRY(next_path(s, path, why));
    if (access(path, F_OK) != 0) return say(why, GZ_MISSING, path, "there is no next master key");
    enum gz_err e = destroy_in_token(s, s->path, why);
    if (e == GZ_OK) e = overwrite(s->path);
    if (e == GZ_OK) e = file_rename(path, s->path);
    if (e == GZ_OK) e = sync_folder_of(s->path);
    return e == GZ_OK ? GZ_OK : say(why, GZ_IO, s->path, "the master key cannot be replaced");
}

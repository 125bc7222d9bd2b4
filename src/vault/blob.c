#include "vault/blob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "host/file.h"
#include "host/host.h"
#include "vault/blob_stream.h"

enum { BLOB_MODE = 0400, BLOB_RANDOM = BLOB_NAME_SIZE / 2, PART_NAME_SIZE = 2 };

static bool is_hex(const char *name, size_t n)
{
    if (strlen(name) != n) return false;
    for (size_t i = 0; i < n; i++)
        if (text_hex_digit((uint8_t)name[i]) < 0) return false;
    return true;
}

enum gz_err blob_put(struct vault *v, const struct vault_key *k, struct bytes plain,
                     char name[BLOB_NAME_SIZE + 1])
{
    DEFER(buf_fini) struct buf sealed = {0};
    uint8_t                    random[BLOB_RANDOM];
    char new[BLOB_NAME_SIZE + 1], folder[VAULT_PATH_MAX], path[VAULT_PATH_MAX];
    random_bytes(random, sizeof random);
    text_to_hex(BYTES_OF(random), new);
    TRY(vault_seal(k, bytes_str(new), plain, &sealed));
    TRY(vault_make_part(v, new, folder));
    TRY(path_join(folder, new, path, sizeof path));
    TRY(file_create(path, buf_bytes(&sealed), BLOB_MODE));
    memcpy(name, new, sizeof new);
    return GZ_OK;
}

static enum gz_err path_of(const struct vault *v, const char *name, char path[VAULT_PATH_MAX])
{
    char       folder[VAULT_PATH_MAX];
    const char part[PART_NAME_SIZE + 1] = {name[0], name[1], 0};
    TRY(path_join(vault_folder(v), part, folder, sizeof folder));
    return path_join(folder, name, path, VAULT_PATH_MAX);
}

enum gz_err blob_path(const struct vault *v, const char *name, char path[VAULT_PATH_MAX])
{
    return is_hex(name, BLOB_NAME_SIZE) ? path_of(v, name, path) : GZ_MISSING;
}

/* One that was written in pieces, gathered. */
static enum gz_err read_stream(struct vault *v, const struct vault_key *k, const char *name,
                               struct buf *plain)
{
    DEFER(blob_reader_close) struct blob_reader *r = NULL;
    DEFER(buf_fini) struct buf                   all = {0};
    struct bytes                                 piece;
    enum gz_err                                  e;
    TRY(blob_reader_open(v, k, name, &r));
    while ((e = blob_reader_next(r, &piece)) == GZ_OK) {
        if (piece.n > VAULT_PLAIN_MAX - all.n) return GZ_LIMIT;
        TRY(buf_add(&all, piece));
    }
    if (e != GZ_MISSING) return e;
    return buf_add(plain, buf_bytes(&all));
}

static enum gz_err is_stream(const char *path, bool *out)
{
    DEFER(file_close) int fd = -1;
    uint8_t               version = 0;
    TRY(file_open(path, O_RDONLY, 0, &fd));
    const enum gz_err e = file_read_all(fd, &version, 1, 0);
    *out = e == GZ_OK && version == BLOB_STREAM_VERSION;
    return e == GZ_MISSING ? GZ_OK : e; /* empty */
}

static enum gz_err read_blob(struct vault *v, const struct vault_key *k, const char *name,
                             struct buf *plain)
{
    DEFER(buf_fini) struct buf sealed = {0};
    char                       path[VAULT_PATH_MAX];
    bool                       in_pieces = false;
    TRY(path_of(v, name, path));
    TRY(is_stream(path, &in_pieces));
    if (in_pieces) return read_stream(v, k, name, plain);
    const enum gz_err e = file_read(path, (size_t)VAULT_PLAIN_MAX + VAULT_OVERHEAD, &sealed);
    if (e == GZ_LIMIT || e == GZ_MALFORMED) return GZ_MISMATCH; /* nothing that we wrote */
    TRY(e);
    return vault_unseal(k, bytes_str(name), buf_bytes(&sealed), plain);
}

enum gz_err blob_get(struct vault *v, const struct vault_key *k, const char *name,
                     struct buf *plain)
{
    if (!is_hex(name, BLOB_NAME_SIZE)) return GZ_MISSING;
    const enum gz_err e = read_blob(v, k, name, plain);
    if (e == GZ_MISMATCH) log_line(LOG_ALARM, "vault", "altered, or of another key blob=%s", name);
    return e;
}

enum gz_err blob_remove(struct vault *v, const char *name)
{
    char       path[VAULT_PATH_MAX], folder[VAULT_PATH_MAX];
    const char part[PART_NAME_SIZE + 1] = {name[0], name[1], 0};
    if (!is_hex(name, BLOB_NAME_SIZE)) return GZ_OK;
    TRY(path_of(v, name, path));
    TRY(path_join(vault_folder(v), part, folder, sizeof folder));
    if (unlink(path) != 0) return errno == ENOENT ? GZ_OK : GZ_IO;
    return folder_sync(folder);
}

/* --- the sweep -------------------------------------------------------------------------------- */

static void close_folder(DIR **d)
{
    if (*d != NULL) (void)closedir(*d);
}

static enum gz_err open_folder(const char *path, DIR **d)
{
    *d = opendir(path);
    if (*d != NULL) return GZ_OK;
    log_line(LOG_ERROR, "vault", "open failed: %s: %s", path, strerror(errno));
    return GZ_IO;
}

struct sweep {
    blob_holder holds;
    void       *ctx;
    bool        removes; /* the second walk; the first only counts */
    uint64_t    held, orphans;
};

static enum gz_err sweep_blob(struct sweep *s, int folder, const char *name)
{
    bool holds = true;
    TRY(s->holds(s->ctx, name, &holds));
    if (holds) s->held++;
    else s->orphans++;
    if (holds || !s->removes) return GZ_OK;
    if (unlinkat(folder, name, 0) == 0 || errno == ENOENT) return GZ_OK;
    log_line(LOG_ERROR, "vault", "remove failed blob=%s: %s", name, strerror(errno));
    return GZ_IO;
}

/* Blobs only where blob_get would look for them; anything else is not ours to remove. */
static enum gz_err sweep_part(struct sweep *s, const char *path, const char *part)
{
    DEFER(close_folder) DIR *d = NULL;
    const uint64_t           before = s->orphans;
    if (s->removes) TRY(folder_sweep(path));
    TRY(open_folder(path, &d));
    for (const struct dirent *e; (e = readdir(d)) != NULL;) {
        if (!is_hex(e->d_name, BLOB_NAME_SIZE)) continue;
        if (memcmp(e->d_name, part, PART_NAME_SIZE) != 0) continue;
        TRY(sweep_blob(s, dirfd(d), e->d_name));
    }
    return s->removes && s->orphans > before ? folder_sync(path) : GZ_OK;
}

static enum gz_err sweep_all(struct vault *v, struct sweep *s)
{
    DEFER(close_folder) DIR *d = NULL;
    char                     path[VAULT_PATH_MAX];
    TRY(open_folder(vault_folder(v), &d));
    for (const struct dirent *e; (e = readdir(d)) != NULL;) {
        if (!is_hex(e->d_name, PART_NAME_SIZE)) continue;
        TRY(path_join(vault_folder(v), e->d_name, path, sizeof path));
        TRY(sweep_part(s, path, e->d_name));
    }
    return GZ_OK;
}

static enum gz_err sweep_locked(struct vault *v, blob_holder holds, void *ctx, uint64_t *removed)
{
    struct sweep counting = {.holds = holds, .ctx = ctx};
    struct sweep removing = {.holds = holds, .ctx = ctx, .removes = true};
    TRY(sweep_all(v, &counting));
    if (counting.held == 0 && counting.orphans > BLOB_SWEEP_UNHELD) {
        log_line(LOG_ALARM, "vault", "no blob is known to the database: none removed blobs=%llu",
                 (unsigned long long)counting.orphans);
        *removed = 0;
        return GZ_OK; /* a start after a crash in the first batch must not fail by it */
    }
    TRY(folder_sweep(vault_folder(v)));
    TRY(sweep_all(v, &removing));
    *removed = removing.orphans;
    return GZ_OK;
}

enum gz_err blob_sweep(struct vault *v, blob_holder holds, void *ctx, uint64_t *removed)
{
    TRY(vault_lock(v));
    DEFER(vault_share) struct vault *locked = v;
    return sweep_locked(locked, holds, ctx, removed);
}

#include "vault/blob_stream.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "host/file.h"
#include "host/host.h"
#include "vault/cipher.h"

enum {
    BLOB_MODE = 0400,
    SEALED_SIZE = BLOB_SEGMENT_SIZE + SM4_GCM_TAG_SIZE,
    COUNTER_AT = 7,
    LAST_AT = 11,
};

/* The key of one blob, and which segment is next. */
struct stream {
    uint8_t  key[SM4_KEY_SIZE];
    char     name[BLOB_NAME_SIZE + 1];
    uint64_t segment;
};

static enum gz_err stream_init(struct stream *s, const struct vault_key *k, const char *name)
{
    uint8_t           derived[HASH_SIZE];
    const enum gz_err e = vault_key_hash(k, "blob", bytes_str(name), derived);
    memcpy(s->name, name, sizeof s->name);
    if (e == GZ_OK) memcpy(s->key, derived, sizeof s->key);
    explicit_bzero(derived, sizeof derived);
    return e;
}

static void nonce_of(const struct stream *s, bool is_last, uint8_t nonce[SM4_GCM_NONCE_SIZE])
{
    memset(nonce, 0, SM4_GCM_NONCE_SIZE);
    write_be32(nonce + COUNTER_AT, (uint32_t)s->segment);
    nonce[LAST_AT] = is_last;
}

/* --- writing ---------------------------------------------------------------------------------- */

struct blob_writer {
    struct stream    stream;
    char             path[VAULT_PATH_MAX], beside[VAULT_PATH_MAX], folder[VAULT_PATH_MAX];
    int              fd;
    uint64_t         at; /* in the file */
    struct blob_sums sums;
    struct hasher    sm3, sha256;
    size_t           n;
    uint8_t          plain[BLOB_SEGMENT_SIZE], sealed[SEALED_SIZE];
};

static enum gz_err open_file(struct vault *v, struct blob_writer *w)
{
    const uint8_t version = BLOB_STREAM_VERSION;
    TRY(vault_make_part(v, w->stream.name, w->folder));
    TRY(path_join(w->folder, w->stream.name, w->path, sizeof w->path));
    TRY(file_beside(w->path, w->beside, sizeof w->beside));
    TRY(file_open(w->beside, O_WRONLY | O_CREAT | O_EXCL, BLOB_MODE, &w->fd));
    w->at = 1;
    return file_write_all(w->fd, &version, 1, 0);
}

enum gz_err blob_writer_open(struct vault *v, const struct vault_key *k, struct blob_writer **out)
{
    DEFER(blob_writer_close) struct blob_writer *w = calloc(1, sizeof *w);
    uint8_t                                      random[BLOB_NAME_SIZE / 2];
    char                                         name[BLOB_NAME_SIZE + 1];
    if (w == NULL) return GZ_MEMORY;
    w->fd = -1;
    random_bytes(random, sizeof random);
    text_to_hex(BYTES_OF(random), name);
    TRY(stream_init(&w->stream, k, name));
    hasher_init(&w->sm3, SUITE_GM);
    hasher_init(&w->sha256, SUITE_INTL);
    TRY(open_file(v, w));
    *out = w;
    w = NULL;
    return GZ_OK;
}

static enum gz_err seal_segment(struct blob_writer *w, bool is_last)
{
    uint8_t            nonce[SM4_GCM_NONCE_SIZE];
    const struct bytes plain = {w->plain, w->n};
    nonce_of(&w->stream, is_last, nonce);
    TRY(sm4_gcm_encrypt(w->stream.key, nonce, bytes_str(w->stream.name), plain, w->sealed,
                        w->sealed + plain.n));
    TRY(file_write_all(w->fd, w->sealed, plain.n + SM4_GCM_TAG_SIZE, w->at));
    w->at += plain.n + SM4_GCM_TAG_SIZE;
    w->stream.segment++;
    w->n = 0;
    return GZ_OK;
}

enum gz_err blob_writer_add(struct blob_writer *w, struct bytes piece)
{
    if (piece.n > BLOB_STREAM_MAX - w->sums.size) return GZ_LIMIT;
    w->sums.size += piece.n;
    hasher_add(&w->sm3, piece);
    hasher_add(&w->sha256, piece);
    while (piece.n > 0) {
        if (w->n == BLOB_SEGMENT_SIZE) TRY(seal_segment(w, false)); /* more follows */
        const size_t room = BLOB_SEGMENT_SIZE - w->n, n = piece.n < room ? piece.n : room;
        memcpy(w->plain + w->n, piece.p, n);
        w->n += n;
        piece = bytes_slice(piece, n, piece.n);
    }
    return GZ_OK;
}

enum gz_err blob_writer_finish(struct blob_writer *w, char name[BLOB_NAME_SIZE + 1],
                               struct blob_sums *sums)
{
    TRY(seal_segment(w, true));
    TRY(file_sync(w->fd));
    TRY(file_rename(w->beside, w->path));
    w->beside[0] = 0;
    TRY(folder_sync(w->folder));
    w->sums.sm3 = hasher_end(&w->sm3);
    w->sums.sha256 = hasher_end(&w->sha256);
    memcpy(name, w->stream.name, sizeof w->stream.name);
    *sums = w->sums;
    return GZ_OK;
}

void blob_writer_close(struct blob_writer **w)
{
    if (*w == NULL) return;
    file_close(&(*w)->fd);
    if ((*w)->beside[0] != 0) (void)unlink((*w)->beside);
    explicit_bzero(*w, sizeof **w);
    free(*w);
    *w = NULL;
}

/* --- reading ---------------------------------------------------------------------------------- */

struct blob_reader {
    struct stream stream;
    int           fd;
    uint64_t      at, size; /* in the file */
    bool          is_old, has_ended;
    struct buf    whole; /* of version 1 */
    uint8_t       plain[BLOB_SEGMENT_SIZE], sealed[SEALED_SIZE];
};

/* A file that only begins with our version's byte may be anything: the tags decide. */
static enum gz_err look(const char *path, struct blob_reader *r)
{
    struct stat st;
    uint8_t     version = 0;
    TRY(file_open(path, O_RDONLY, 0, &r->fd));
    if (fstat(r->fd, &st)) return GZ_IO;
    r->size = (uint64_t)st.st_size;
    if (!S_ISREG(st.st_mode) || r->size == 0) return GZ_MISMATCH;
    TRY(file_read_all(r->fd, &version, 1, 0));
    r->is_old = version != BLOB_STREAM_VERSION;
    r->at = 1;
    return GZ_OK;
}

static enum gz_err open_reader(struct vault *v, const struct vault_key *k, const char *name,
                               struct blob_reader *r)
{
    char path[VAULT_PATH_MAX];
    TRY(blob_path(v, name, path));
    TRY(stream_init(&r->stream, k, name));
    TRY(look(path, r));
    return r->is_old ? blob_get(v, k, name, &r->whole) : GZ_OK;
}

enum gz_err blob_reader_open(struct vault *v, const struct vault_key *k, const char *name,
                             struct blob_reader **out)
{
    DEFER(blob_reader_close) struct blob_reader *r = calloc(1, sizeof *r);
    if (r == NULL) return GZ_MEMORY;
    r->fd = -1;
    TRY(open_reader(v, k, name, r));
    *out = r;
    r = NULL;
    return GZ_OK;
}

static enum gz_err read_segment(struct blob_reader *r, struct bytes *piece)
{
    uint8_t        nonce[SM4_GCM_NONCE_SIZE];
    const uint64_t left = r->size - r->at;
    const bool     is_last = left <= SEALED_SIZE;
    const size_t   n = is_last ? (size_t)left : SEALED_SIZE;
    if (n < SM4_GCM_TAG_SIZE || r->stream.segment > UINT32_MAX) return GZ_MISMATCH;
    if (file_read_all(r->fd, r->sealed, n, r->at) != GZ_OK) return GZ_IO;
    nonce_of(&r->stream, is_last, nonce);
    const struct bytes sealed = {r->sealed, n - SM4_GCM_TAG_SIZE};
    TRY(sm4_gcm_decrypt(r->stream.key, nonce, bytes_str(r->stream.name), sealed,
                        r->sealed + sealed.n, r->plain));
    r->at += n;
    r->stream.segment++;
    r->has_ended = is_last;
    *piece = (struct bytes){r->plain, sealed.n};
    return GZ_OK;
}

enum gz_err blob_reader_next(struct blob_reader *r, struct bytes *piece)
{
    if (r->has_ended) return GZ_MISSING;
    if (r->is_old) {
        r->has_ended = true;
        *piece = buf_bytes(&r->whole);
        return GZ_OK;
    }
    const enum gz_err e = read_segment(r, piece);
    if (e == GZ_MISMATCH)
        log_line(LOG_ALARM, "vault", "altered, or of another key blob=%s", r->stream.name);
    return e;
}

void blob_reader_close(struct blob_reader **r)
{
    if (*r == NULL) return;
    file_close(&(*r)->fd);
    if ((*r)->whole.p != NULL) explicit_bzero((*r)->whole.p, (*r)->whole.n);
    buf_fini(&(*r)->whole);
    explicit_bzero(*r, sizeof **r);
    free(*r);
    *r = NULL;
}

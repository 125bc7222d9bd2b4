#include "vault/vault.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "host/file.h"
#include "host/host.h"
#include "vault/cipher.h"

static_assert((int)VAULT_KEY_SIZE == (int)SM4_KEY_SIZE, "the sealed form is the cipher's");
static_assert((int)VAULT_NONCE_SIZE == (int)SM4_GCM_NONCE_SIZE, "the sealed form is the cipher's");
static_assert((int)VAULT_TAG_SIZE == (int)SM4_GCM_TAG_SIZE, "the sealed form is the cipher's");

enum {
    MASTER_SIZE = 16,
    MASTER_FILE_SIZE = 2 * MASTER_SIZE + 1, /* hex and LF */
    MASTER_MODE = 0600,
    FOLDER_MODE = 0700,
    SEAL_VERSION = 1,
    PARTS = 256,
    PURPOSE_MAX = 64,
};
#define CHECK_FILE "master-check"

struct vault {
    char         folder[VAULT_PATH_MAX];
    uint8_t      master[MASTER_SIZE];
    uint8_t      wrap_key[VAULT_KEY_SIZE];
    _Atomic bool has_part[PARTS]; /* made, and synced in its parent, by this process */
    int          lock;            /* CHECK_FILE: shared by all who have the vault open */
};

/* --- the master key and what is derived from it ----------------------------------------------- */

/* HMAC-SM3(master, "guzheng/vault/v1/<use>/<purpose>"): one key for one purpose. */
static enum gz_err derive(const struct vault *v, const char *use, const char *purpose,
                          uint8_t out[HASH_SIZE])
{
    char label[PURPOSE_MAX + 32];
    assert(strlen(purpose) <= PURPOSE_MAX);
    (void)snprintf(label, sizeof label, "guzheng/vault/v1/%s/%s", use, purpose);
    return hmac_sm3(BYTES_OF(v->master), bytes_str(label), out);
}

enum gz_err vault_create_master(const char *master_path)
{
    uint8_t master[MASTER_SIZE];
    char    text[MASTER_FILE_SIZE + 1];
    random_bytes(master, sizeof master);
    text_to_hex(BYTES_OF(master), text);
    text[MASTER_FILE_SIZE - 1] = '\n';
    const enum gz_err e =
        file_create(master_path, (struct bytes){(uint8_t *)text, MASTER_FILE_SIZE}, MASTER_MODE);
    explicit_bzero(master, sizeof master);
    explicit_bzero(text, sizeof text);
    return e;
}

static enum gz_err say(struct buf *why, enum gz_err e, const char *path, const char *what)
{
    TRY(buf_addf(why, "%s: %s\n", path, what));
    return e;
}

/* Judged by the open file, so that it cannot be exchanged between the check and the reading.
 * O_NONBLOCK: a FIFO in its place must not hold up the start. */
static enum gz_err check_master_file(int fd, const char *path, struct buf *why)
{
    struct stat st;
    if (fstat(fd, &st)) return say(why, GZ_IO, path, "cannot be examined");
    if ((st.st_mode & 0177) != 0 || st.st_uid != geteuid())
        return say(why, GZ_DENIED, path, "the master key must be ours alone: chown, chmod 600");
    if (!S_ISREG(st.st_mode) || st.st_size != MASTER_FILE_SIZE)
        return say(why, GZ_MALFORMED, path, "holds no master key: 32 hexadecimal digits, LF");
    return GZ_OK;
}

static enum gz_err read_master(struct vault *v, const char *path, struct buf *why)
{
    DEFER(file_close) int fd = -1;
    uint8_t               text[MASTER_FILE_SIZE];
    enum gz_err           e = file_open(path, O_RDONLY | O_NONBLOCK, 0, &fd);
    if (e == GZ_MISSING) return say(why, e, path, "the vault's master key is missing");
    if (e != GZ_OK) return say(why, e, path, "the vault's master key cannot be opened");
    TRY(check_master_file(fd, path, why));
    e = file_read_all(fd, text, sizeof text, 0);
    if (e != GZ_OK) return say(why, GZ_IO, path, "the vault's master key cannot be read");
    e = text_from_hex((struct bytes){text, 2 * MASTER_SIZE}, v->master, MASTER_SIZE);
    if (text[MASTER_FILE_SIZE - 1] != '\n') e = GZ_MALFORMED;
    explicit_bzero(text, sizeof text);
    return e == GZ_OK ? GZ_OK : say(why, e, path, "holds no master key: 32 hexadecimal digits, LF");
}

/* An exchanged master key would not fail by itself: every matter and event would merely look new.
 * So the folder remembers which one it belongs to. */
static enum gz_err check_master(struct vault *v, struct buf *why)
{
    DEFER(buf_fini) struct buf kept = {0};
    uint8_t                    check[HASH_SIZE];
    char                       path[VAULT_PATH_MAX], text[2 * HASH_SIZE + 2];
    TRY(derive(v, "check", "", check));
    text_to_hex(BYTES_OF(check), text);
    memcpy(text + 2 * HASH_SIZE, "\n", 2);
    TRY(path_join(v->folder, CHECK_FILE, path, sizeof path));
    enum gz_err e = file_create(path, bytes_str(text), MASTER_MODE);
    if (e == GZ_OK) return GZ_OK;
    if (e == GZ_CONFLICT) e = file_read(path, sizeof text - 1, &kept);
    if (e == GZ_LIMIT) e = GZ_MISMATCH;
    if (e == GZ_OK && !bytes_eq(buf_bytes(&kept), bytes_str(text))) e = GZ_MISMATCH;
    if (e == GZ_MISMATCH)
        return say(why, e, path, "this vault was made with another master key: give back that one");
    return e == GZ_OK ? GZ_OK : say(why, GZ_IO, path, "cannot be written or read");
}

static enum gz_err take_lock(struct vault *v, struct buf *why)
{
    char path[VAULT_PATH_MAX];
    TRY(path_join(v->folder, CHECK_FILE, path, sizeof path));
    if (file_open(path, O_RDONLY, 0, &v->lock) != GZ_OK)
        return say(why, GZ_IO, path, "cannot be opened");
    if (flock(v->lock, LOCK_SH | LOCK_NB) == 0) return GZ_OK;
    return say(why, GZ_BUSY, v->folder, "another process sweeps the vault: try again");
}

/* Its parent is synced also where the folder was there: perhaps its maker died before that. */
static enum gz_err make_folder(const struct vault *v)
{
    char parent[VAULT_PATH_MAX];
    TRY(folder_make(v->folder, FOLDER_MODE));
    TRY(path_join(v->folder, "..", parent, sizeof parent));
    return folder_sync(parent);
}

static enum gz_err open_at(struct vault *v, const char *folder, const char *master_path,
                           struct buf *why)
{
    uint8_t wrap[HASH_SIZE];
    if ((size_t)snprintf(v->folder, sizeof v->folder, "%s", folder) >= sizeof v->folder)
        return say(why, GZ_LIMIT, folder, "the path is too long");
    if (cipher_init() != GZ_OK) return say(why, GZ_IO, "libgcrypt", "too old, or without SM4");
    TRY(read_master(v, master_path, why));
    TRY(derive(v, "wrap", "", wrap));
    memcpy(v->wrap_key, wrap, VAULT_KEY_SIZE);
    explicit_bzero(wrap, sizeof wrap);
    if (make_folder(v) != GZ_OK)
        return say(why, GZ_IO, folder, "the vault's folder cannot be made");
    TRY(check_master(v, why));
    return take_lock(v, why);
}

enum gz_err vault_open(const char *folder, const char *master_path, struct vault **out,
                       struct buf *why)
{
    DEFER(vault_close) struct vault *v = calloc(1, sizeof *v);
    if (v == NULL) return GZ_MEMORY;
    v->lock = -1;
    TRY(open_at(v, folder, master_path, why));
    *out = v;
    v = NULL;
    return GZ_OK;
}

void vault_close(struct vault **v)
{
    if (*v == NULL) return;
    file_close(&(*v)->lock);
    explicit_bzero(*v, sizeof **v);
    free(*v);
    *v = NULL;
}

enum gz_err vault_keyed_hash(struct vault *v, const char *purpose, struct bytes data,
                             uint8_t out[HASH_SIZE])
{
    uint8_t     key[HASH_SIZE], hash[HASH_SIZE];
    enum gz_err e = derive(v, "hash", purpose, key);
    if (e == GZ_OK) e = hmac_sm3(BYTES_OF(key), data, hash);
    explicit_bzero(key, sizeof key);
    if (e == GZ_OK) memcpy(out, hash, sizeof hash);
    return e;
}

/* --- sealing ----------------------------------------------------------------------------------
 * version ‖ nonce ‖ ciphertext ‖ tag. Nonces are random: under one key the chance that two of 2^32
 * are the same is 2^-33; a matter has some thousands, the wrapping key one for each matter. */

static enum gz_err seal(const uint8_t key[VAULT_KEY_SIZE], struct bytes about, struct bytes plain,
                        uint8_t *out)
{
    uint8_t *nonce = out + 1, *cipher = nonce + VAULT_NONCE_SIZE;
    out[0] = SEAL_VERSION;
    random_bytes(nonce, VAULT_NONCE_SIZE);
    return sm4_gcm_encrypt(key, nonce, about, plain, cipher, cipher + plain.n);
}

static enum gz_err unseal(const uint8_t key[VAULT_KEY_SIZE], struct bytes about,
                          struct bytes sealed, uint8_t *plain)
{
    assert(sealed.n >= VAULT_OVERHEAD);
    if (sealed.p[0] != SEAL_VERSION) return GZ_MISMATCH;
    const struct bytes cipher =
        bytes_slice(sealed, 1 + VAULT_NONCE_SIZE, sealed.n - VAULT_TAG_SIZE);
    return sm4_gcm_decrypt(key, sealed.p + 1, about, cipher, cipher.p + cipher.n, plain);
}

enum gz_err vault_seal(const struct vault_key *k, struct bytes about, struct bytes plain,
                       struct buf *sealed)
{
    if (plain.n > VAULT_PLAIN_MAX) return GZ_LIMIT;
    TRY(buf_reserve(sealed, plain.n + VAULT_OVERHEAD));
    TRY(seal(k->secret, about, plain, sealed->p + sealed->n));
    sealed->n += plain.n + VAULT_OVERHEAD;
    return GZ_OK;
}

enum gz_err vault_unseal(const struct vault_key *k, struct bytes about, struct bytes sealed,
                         struct buf *plain)
{
    if (sealed.n < VAULT_OVERHEAD || sealed.n > (size_t)VAULT_PLAIN_MAX + VAULT_OVERHEAD)
        return GZ_MISMATCH;
    TRY(buf_reserve(plain, sealed.n - VAULT_OVERHEAD));
    TRY(unseal(k->secret, about, sealed, plain->p + plain->n));
    plain->n += sealed.n - VAULT_OVERHEAD;
    return GZ_OK;
}

void vault_key_fini(struct vault_key *k)
{
    explicit_bzero(k, sizeof *k);
}

enum gz_err vault_key_make(struct vault *v, struct bytes handle, struct vault_key *out,
                           uint8_t wrapped[VAULT_WRAPPED_SIZE])
{
    DEFER(vault_key_fini) struct vault_key k;
    uint8_t                                sealed[VAULT_WRAPPED_SIZE];
    random_bytes(k.secret, sizeof k.secret);
    TRY(seal(v->wrap_key, handle, BYTES_OF(k.secret), sealed));
    memcpy(wrapped, sealed, sizeof sealed);
    *out = k;
    return GZ_OK;
}

enum gz_err vault_key_unwrap(struct vault *v, struct bytes handle, struct bytes wrapped,
                             struct vault_key *out)
{
    DEFER(vault_key_fini) struct vault_key k = {0};
    if (wrapped.n != VAULT_WRAPPED_SIZE) return GZ_MISMATCH;
    TRY(unseal(v->wrap_key, handle, wrapped, k.secret));
    *out = k;
    return GZ_OK;
}

/* --- folders and the lock --------------------------------------------------------------------- */

const char *vault_folder(const struct vault *v)
{
    return v->folder;
}

/* A folder that exists was perhaps made by a process that died before the parent was synced, or
 * whose sync failed. So each process syncs once before it relies on it. */
enum gz_err vault_make_part(struct vault *v, const char *name, char path[VAULT_PATH_MAX])
{
    const int  high = text_hex_digit((uint8_t)name[0]), low = text_hex_digit((uint8_t)name[1]);
    const char part[3] = {name[0], name[1], 0};
    assert(high >= 0 && low >= 0);
    TRY(path_join(v->folder, part, path, VAULT_PATH_MAX));
    _Atomic bool *has = &v->has_part[high * 16 + low];
    if (atomic_load(has)) return GZ_OK;
    TRY(folder_make(path, FOLDER_MODE));
    TRY(folder_sync(v->folder));
    atomic_store(has, true);
    return GZ_OK;
}

enum gz_err vault_lock(struct vault *v)
{
    if (flock(v->lock, LOCK_EX | LOCK_NB) == 0) return GZ_OK;
    (void)flock(v->lock, LOCK_SH); /* a refused change of the lock may have lost it */
    return GZ_BUSY;
}

void vault_share(struct vault **v)
{
    (void)flock((*v)->lock, LOCK_SH);
}

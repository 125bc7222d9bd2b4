#include "vault/vault.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/text.h"
#include "host/file.h"
#include "host/host.h"
#include "vault/cipher.h"

static_assert((int)VAULT_KEY_SIZE == (int)SM4_KEY_SIZE, "the sealed form is the cipher's");
static_assert((int)VAULT_NONCE_SIZE == (int)SM4_GCM_NONCE_SIZE, "the sealed form is the cipher's");
static_assert((int)VAULT_TAG_SIZE == (int)SM4_GCM_TAG_SIZE, "the sealed form is the cipher's");

enum { CHECK_MODE = 0600, FOLDER_MODE = 0700, SEAL_VERSION = 1, PARTS = 256 };
#define CHECK_FILE  "master-check"
#define LOCK_FILE   "lock"
#define STATE_ABOUT "guzheng/vault/state"

/* What stays the same through all generations of the master key, derived from the first one. */
struct constants {
    uint8_t check[HASH_SIZE]; /* in CHECK_FILE */
    uint8_t root[HASH_SIZE];  /* of the keyed hashes */
};
static_assert(sizeof(struct constants) + VAULT_OVERHEAD <= VAULT_STATE_SEALED_MAX, "has room");

struct vault {
    char                 folder[VAULT_PATH_MAX];
    char                 master_path[MASTER_PATH_MAX];
    struct master_source master; /* its token borrowed; for a change */
    uint8_t              wrap_key[VAULT_KEY_SIZE];
    bool                 has_next; /* between vault_rotate_begin and _end */
    uint8_t              next_wrap_key[VAULT_KEY_SIZE];
    struct constants     constants;
    _Atomic bool         has_part[PARTS]; /* made, and synced in its parent, by this process */
    int                  lock;            /* LOCK_FILE: shared by all who have the vault open */
};

static enum gz_err say(struct buf *why, enum gz_err e, const char *path, const char *what)
{
    TRY(buf_addf(why, "%s: %s\n", path, what));
    return e;
}

/* --- keys from keys --------------------------------------------------------------------------- */

/* HMAC-SM3(key, "guzheng/vault/v1/<use>/<purpose>"): one key for one purpose. */
static enum gz_err derive(struct bytes key, const char *use, const char *purpose,
                          uint8_t out[HASH_SIZE])
{
    char label[MASTER_PURPOSE_MAX + 32];
    assert(strlen(purpose) <= MASTER_PURPOSE_MAX);
    (void)snprintf(label, sizeof label, "guzheng/vault/v1/%s/%s", use, purpose);
    return hmac_sm3(key, bytes_str(label), out);
}

static enum gz_err hash_under(struct bytes key, const char *purpose, struct bytes data,
                              uint8_t out[HASH_SIZE])
{
    uint8_t     own[HASH_SIZE], hash[HASH_SIZE];
    enum gz_err e = derive(key, "hash", purpose, own);
    if (e == GZ_OK) e = hmac_sm3(BYTES_OF(own), data, hash);
    explicit_bzero(own, sizeof own);
    if (e == GZ_OK) memcpy(out, hash, sizeof hash);
    return e;
}

enum gz_err vault_keyed_hash(struct vault *v, const char *purpose, struct bytes data,
                             uint8_t out[HASH_SIZE])
{
    return hash_under(BYTES_OF(v->constants.root), purpose, data, out);
}

enum gz_err vault_key_hash(const struct vault_key *k, const char *purpose, struct bytes data,
                           uint8_t out[HASH_SIZE])
{
    return hash_under(BYTES_OF(k->secret), purpose, data, out);
}

static enum gz_err derive_wrap_key(const uint8_t master[MASTER_SIZE], uint8_t out[VAULT_KEY_SIZE])
{
    uint8_t           wrap[HASH_SIZE];
    const enum gz_err e = derive((struct bytes){master, MASTER_SIZE}, "wrap", "", wrap);
    if (e == GZ_OK) memcpy(out, wrap, VAULT_KEY_SIZE);
    explicit_bzero(wrap, sizeof wrap);
    return e;
}

static enum gz_err derive_check(const uint8_t master[MASTER_SIZE], uint8_t out[HASH_SIZE])
{
    return derive((struct bytes){master, MASTER_SIZE}, "check", "", out);
}

/* --- generations ------------------------------------------------------------------------------ */

static enum gz_err seal(const uint8_t key[VAULT_KEY_SIZE], struct bytes about, struct bytes plain,
                        uint8_t *out);
static enum gz_err unseal(const uint8_t key[VAULT_KEY_SIZE], struct bytes about,
                          struct bytes sealed, uint8_t *plain);

static enum gz_err seal_constants(const struct vault *v, const uint8_t wrap_key[VAULT_KEY_SIZE],
                                  struct vault_state *state)
{
    state->sealed_n = sizeof v->constants + VAULT_OVERHEAD;
    return seal(wrap_key, BYTES_LIT(STATE_ABOUT),
                (struct bytes){(const uint8_t *)&v->constants, sizeof v->constants}, state->sealed);
}

static enum gz_err begin_state(struct vault *v, const uint8_t master[MASTER_SIZE],
                               const struct vault *hashes_as, struct vault_state *state)
{
    struct vault_state made = {.generation = 1};
    TRY(derive_check(master, v->constants.check));
    TRY(derive((struct bytes){master, MASTER_SIZE}, "hash", "", v->constants.root));
    if (hashes_as != NULL) memcpy(v->constants.root, hashes_as->constants.root, HASH_SIZE);
    memcpy(made.check, v->constants.check, HASH_SIZE);
    TRY(seal_constants(v, v->wrap_key, &made));
    *state = made;
    return GZ_OK;
}

static enum gz_err open_state(struct vault *v, const uint8_t master[MASTER_SIZE], const char *path,
                              const struct vault_state *state, struct buf *why)
{
    uint8_t check[HASH_SIZE];
    TRY(derive_check(master, check));
    if (memcmp(check, state->check, HASH_SIZE) != 0 ||
        state->sealed_n != sizeof v->constants + VAULT_OVERHEAD)
        return say(why, GZ_MISMATCH, path, "the database's keys are wrapped by another master key");
    const enum gz_err e =
        unseal(v->wrap_key, BYTES_LIT(STATE_ABOUT), (struct bytes){state->sealed, state->sealed_n},
               (uint8_t *)&v->constants);
    return e == GZ_OK ? GZ_OK : say(why, e, path, "what it opens of the database is altered");
}

/* --- opening ---------------------------------------------------------------------------------- */

/* An exchanged master key would not fail by itself: every matter and event would merely look new.
 * So the folder remembers which vault it belongs to. */
static enum gz_err check_folder(struct vault *v, struct buf *why)
{
    DEFER(buf_fini) struct buf kept = {0};
    char                       path[VAULT_PATH_MAX], text[2 * HASH_SIZE + 2];
    text_to_hex(BYTES_OF(v->constants.check), text);
    memcpy(text + 2 * HASH_SIZE, "\n", 2);
    TRY(path_join(v->folder, CHECK_FILE, path, sizeof path));
    enum gz_err e = file_create(path, bytes_str(text), CHECK_MODE);
    if (e == GZ_OK) return GZ_OK;
    if (e == GZ_CONFLICT) e = file_read(path, sizeof text - 1, &kept);
    if (e == GZ_LIMIT) e = GZ_MISMATCH;
    if (e == GZ_OK && !bytes_eq(buf_bytes(&kept), bytes_str(text))) e = GZ_MISMATCH;
    if (e == GZ_MISMATCH)
        return say(why, e, path, "this vault was made with another master key: give back that one");
    return e == GZ_OK ? GZ_OK : say(why, GZ_IO, path, "cannot be written or read");
}

/* Before the keys are read: whoever changes them has it alone. */
static enum gz_err take_lock(struct vault *v, struct buf *why)
{
    char path[VAULT_PATH_MAX];
    TRY(path_join(v->folder, LOCK_FILE, path, sizeof path));
    if (file_open(path, O_RDONLY | O_CREAT, CHECK_MODE, &v->lock) != GZ_OK)
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

static bool is_master_of(const uint8_t master[MASTER_SIZE], const struct vault_state *state)
{
    uint8_t check[HASH_SIZE];
    return derive_check(master, check) == GZ_OK && memcmp(check, state->check, HASH_SIZE) == 0;
}

/* After a crash in a change of the master key there are two: the state says which one counts. */
static enum gz_err choose_master(const struct vault_options *o, const struct vault_state *state,
                                 uint8_t master[MASTER_SIZE], struct buf *why)
{
    DEFER(buf_fini) struct buf unheard = {0};
    uint8_t                    next[MASTER_SIZE];
    const size_t               before = why->n;
    const enum gz_err          e = master_read(&o->master, master, why);
    if (state->generation == 0) return e;
    if (e == GZ_OK && is_master_of(master, state))
        return o->only_looks ? GZ_OK : master_drop_next(&o->master, why);
    const bool is_next =
        master_read_next(&o->master, next, &unheard) == GZ_OK && is_master_of(next, state);
    if (is_next) memcpy(master, next, sizeof next);
    explicit_bzero(next, sizeof next);
    if (!is_next) return e; /* of a wrong one open_state says so */
    why->n = before;
    return o->only_looks ? GZ_OK : master_promote(&o->master, why);
}

static enum gz_err open_keys(struct vault *v, const struct vault_options *o,
                             struct vault_state *state, struct buf *why)
{
    uint8_t     master[MASTER_SIZE];
    enum gz_err e = choose_master(o, state, master, why);
    if (e != GZ_OK) {
        explicit_bzero(master, sizeof master);
        return e;
    }
    e = derive_wrap_key(master, v->wrap_key);
    if (e == GZ_OK && state->generation == 0) e = begin_state(v, master, o->hashes_as, state);
    else if (e == GZ_OK) e = open_state(v, master, o->master.path, state, why);
    explicit_bzero(master, sizeof master);
    return e;
}

static enum gz_err open_at(struct vault *v, const struct vault_options *o,
                           struct vault_state *state, struct buf *why)
{
    if ((size_t)snprintf(v->folder, sizeof v->folder, "%s", o->folder) >= sizeof v->folder)
        return say(why, GZ_LIMIT, o->folder, "the path is too long");
    if (cipher_init() != GZ_OK) return say(why, GZ_IO, "libgcrypt", "too old, or without SM4");
    if ((size_t)snprintf(v->master_path, sizeof v->master_path, "%s", o->master.path) >=
        sizeof v->master_path)
        return say(why, GZ_LIMIT, o->master.path, "the path is too long");
    v->master = (struct master_source){v->master_path, o->master.token};
    const bool is_there = access(o->folder, F_OK) == 0;
    if (is_there) TRY(take_lock(v, why));
    TRY(open_keys(v, o, state, why));
    if (make_folder(v) != GZ_OK)
        return say(why, GZ_IO, o->folder, "the vault's folder cannot be made");
    if (!is_there) TRY(take_lock(v, why));
    return check_folder(v, why);
}

enum gz_err vault_open(const struct vault_options *o, struct vault_state *state, struct vault **out,
                       struct buf *why)
{
    DEFER(vault_close) struct vault *v = calloc(1, sizeof *v);
    struct vault_state               filled = *state;
    if (v == NULL) return GZ_MEMORY;
    v->lock = -1;
    TRY(open_at(v, o, &filled, why));
    *state = filled;
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

/* --- a new master key --------------------------------------------------------------------------
 */

enum gz_err vault_rotate_begin(struct vault *v, const struct vault_state *now,
                               struct vault_state *next, struct buf *why)
{
    uint8_t            master[MASTER_SIZE];
    struct vault_state made = {.generation = now->generation + 1};
    TRY(master_make_next(&v->master, master, why));
    enum gz_err e = derive_wrap_key(master, v->next_wrap_key);
    if (e == GZ_OK) e = derive_check(master, made.check);
    if (e == GZ_OK) e = seal_constants(v, v->next_wrap_key, &made);
    explicit_bzero(master, sizeof master);
    v->has_next = true;
    if (e == GZ_OK) *next = made;
    else vault_rotate_abort(v);
    return e;
}

enum gz_err vault_rewrap(const struct vault *v, struct bytes about,
                         uint8_t wrapped[VAULT_WRAPPED_SIZE])
{
    DEFER(vault_key_fini) struct vault_key k = {0};
    uint8_t                                next[VAULT_WRAPPED_SIZE];
    assert(v->has_next);
    TRY(unseal(v->wrap_key, about, (struct bytes){wrapped, VAULT_WRAPPED_SIZE}, k.secret));
    TRY(seal(v->next_wrap_key, about, BYTES_OF(k.secret), next));
    memcpy(wrapped, next, sizeof next);
    return GZ_OK;
}

enum gz_err vault_rotate_end(struct vault *v, struct buf *why)
{
    assert(v->has_next);
    memcpy(v->wrap_key, v->next_wrap_key, VAULT_KEY_SIZE);
    explicit_bzero(v->next_wrap_key, VAULT_KEY_SIZE);
    v->has_next = false;
    return master_promote(&v->master, why);
}

void vault_rotate_abort(struct vault *v)
{
    DEFER(buf_fini) struct buf why = {0};
    if (!v->has_next) return;
    explicit_bzero(v->next_wrap_key, VAULT_KEY_SIZE);
    v->has_next = false;
    if (master_drop_next(&v->master, &why) != GZ_OK)
        log_line(LOG_ERROR, "vault", "a master key that nobody uses is left: %s" MASTER_NEXT,
                 v->master.path);
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

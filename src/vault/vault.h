/* The vault's keys: a master key wraps a data key for each matter; SM4-GCM by libgcrypt (GB/T
 * 32907, GB/T 36624), a fresh 96-bit nonce each time. A bank has two, one for what says who
 * somebody is. Thread-safe. */
#pragma once
#include "store/vault_state.h"
#include "vault/master.h"

enum {
    VAULT_KEY_SIZE = 16,
    VAULT_NONCE_SIZE = 12,
    VAULT_TAG_SIZE = 16,
    VAULT_OVERHEAD = 1 + VAULT_NONCE_SIZE + VAULT_TAG_SIZE, /* version, nonce, tag */
    VAULT_WRAPPED_SIZE = VAULT_KEY_SIZE + VAULT_OVERHEAD,
    VAULT_PLAIN_MAX = 64 * 1024 * 1024,
};

struct vault;
struct vault_options {
    const char          *folder;     /* made where missing */
    struct master_source master;     /* the token's texts live as long as the vault */
    bool                 only_looks; /* an interrupted change of the master key stays as it is */
    const struct vault  *hashes_as;  /* where the state begins: with its keyed hashes; or NULL */
};

/* state: as the database has it, generation 0 where it has none; then it is filled, and the caller
 * stores it before the vault is used. Where a change of generations was interrupted, it is finished
 * or undone as state says. The folder holds in "master-check" a keyed hash that only its own master
 * gives. GZ_MISSING, GZ_DENIED, GZ_MALFORMED: of the master key, as master.h says; GZ_MISMATCH:
 * folder or state were made with another one; GZ_BUSY: another process sweeps it; GZ_IO. Each with
 * a line in *why for humans. */
enum gz_err vault_open(const struct vault_options *o, struct vault_state *state, struct vault **out,
                       struct buf *why);
void        vault_close(struct vault **v); /* for DEFER; wipes the master key */

/* The unwrapped data key of a matter: a secret, never printed. */
struct vault_key {
    uint8_t secret[VAULT_KEY_SIZE];
};
void        vault_key_fini(struct vault_key *k); /* for DEFER: wipes */
/* A new data key, and its wrapped form, bound to the matter's handle. */
enum gz_err vault_key_make(struct vault *v, struct bytes handle, struct vault_key *out,
                           uint8_t wrapped[VAULT_WRAPPED_SIZE]);
/* GZ_MISMATCH: another master key, another handle, or altered. */
enum gz_err vault_key_unwrap(struct vault *v, struct bytes handle, struct bytes wrapped,
                             struct vault_key *out);

/* A new master key: begin makes it beside the present one, rewrap wraps each data key anew (bound
 * to the same), the caller stores them with the state in one transaction, end destroys the old
 * master. After a crash vault_open does what the stored state says. The vault is locked
 * (vault_lock). */
enum gz_err vault_rotate_begin(struct vault *v, const struct vault_state *now,
                               struct vault_state *next, struct buf *why);
/* In place. GZ_MISMATCH: wrapped by another master key, or altered. */
enum gz_err vault_rewrap(const struct vault *v, struct bytes about,
                         uint8_t wrapped[VAULT_WRAPPED_SIZE]);
enum gz_err vault_rotate_end(struct vault *v, struct buf *why);
void        vault_rotate_abort(struct vault *v); /* instead, where nothing was committed */

/* Sealed bytes, bound to what they are about (the record's uuid; for a blob its name): appended to
 * *sealed; version ‖ nonce ‖ ciphertext ‖ tag. GZ_LIMIT: over VAULT_PLAIN_MAX. */
enum gz_err vault_seal(const struct vault_key *k, struct bytes about, struct bytes plain,
                       struct buf *sealed);
/* GZ_MISMATCH: altered, another key or about; plain is then unchanged. */
enum gz_err vault_unseal(const struct vault_key *k, struct bytes about, struct bytes sealed,
                         struct buf *plain);

/* HMAC-SM3 under a key for this purpose, the same through all generations: recognises personal data
 * without keeping a digest that a dictionary would open. */
enum gz_err vault_keyed_hash(struct vault *v, const char *purpose, struct bytes data,
                             uint8_t out[HASH_SIZE]);
/* The same under a matter's data key: says nothing any more once that is destroyed. */
enum gz_err vault_key_hash(const struct vault_key *k, const char *purpose, struct bytes data,
                           uint8_t out[HASH_SIZE]);

/* For blob.c. The part is the sub-folder of the blobs whose names begin with these two hexadecimal
 * digits: made where missing, and synced in its parent once by each process. */
enum { VAULT_PATH_MAX = 4096 };
const char *vault_folder(const struct vault *v);
enum gz_err vault_make_part(struct vault *v, const char *name, char path[VAULT_PATH_MAX]);
/* No other process has it open, nor can open it until vault_share. GZ_BUSY: one has. */
enum gz_err vault_lock(struct vault *v);
void        vault_share(struct vault **v); /* for DEFER; as vault_open leaves it */

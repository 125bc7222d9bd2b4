/* The vault's keys: a master key in a file (mode 0600) wraps a data key for each matter; SM4-GCM by
 * libgcrypt (GB/T 32907, GB/T 36624), a fresh 96-bit nonce each time. Thread-safe. */
#pragma once
#include "base/buf.h"
#include "core/hash.h"

enum {
    VAULT_KEY_SIZE = 16,
    VAULT_NONCE_SIZE = 12,
    VAULT_TAG_SIZE = 16,
    VAULT_OVERHEAD = 1 + VAULT_NONCE_SIZE + VAULT_TAG_SIZE, /* version, nonce, tag */
    VAULT_WRAPPED_SIZE = VAULT_KEY_SIZE + VAULT_OVERHEAD,
    VAULT_PLAIN_MAX = 64 * 1024 * 1024,
};

struct vault;

/* Writes a new master key file, 32 lower-case hexadecimal digits and LF: GZ_CONFLICT where there is
 * one. */
enum gz_err vault_create_master(const char *master_path);
/* folder is made where missing, and holds in "master-check" a keyed hash that only this master key
 * gives. GZ_MISSING: no master key; GZ_DENIED: its mode is wider than the owner, or it is not ours;
 * GZ_MALFORMED: its form; GZ_MISMATCH: the folder was made with another one; GZ_BUSY: another
 * process sweeps it; GZ_IO. Each with a line in *why for humans. */
enum gz_err vault_open(const char *folder, const char *master_path, struct vault **out,
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

/* Sealed bytes, bound to what they are about (the record's uuid; for a blob its name): appended to
 * *sealed; version ‖ nonce ‖ ciphertext ‖ tag. GZ_LIMIT: over VAULT_PLAIN_MAX. */
enum gz_err vault_seal(const struct vault_key *k, struct bytes about, struct bytes plain,
                       struct buf *sealed);
/* GZ_MISMATCH: altered, another key or about; plain is then unchanged. */
enum gz_err vault_unseal(const struct vault_key *k, struct bytes about, struct bytes sealed,
                         struct buf *plain);

/* HMAC-SM3 under a key derived from the master key for this purpose: recognises personal data
 * without keeping a digest that a dictionary would open. */
enum gz_err vault_keyed_hash(struct vault *v, const char *purpose, struct bytes data,
                             uint8_t out[HASH_SIZE]);

/* For blob.c. The part is the sub-folder of the blobs whose names begin with these two hexadecimal
 * digits: made where missing, and synced in its parent once by each process. */
enum { VAULT_PATH_MAX = 4096 };
const char *vault_folder(const struct vault *v);
enum gz_err vault_make_part(struct vault *v, const char *name, char path[VAULT_PATH_MAX]);
/* No other process has it open, nor can open it until vault_share. GZ_BUSY: one has. */
enum gz_err vault_lock(struct vault *v);
void        vault_share(struct vault **v); /* for DEFER; as vault_open leaves it */

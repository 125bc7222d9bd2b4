/* Sealed originals as files, <folder>/<first two characters>/<name>, never changed once written. */
#pragma once
#include "vault/vault.h"

enum {
    BLOB_NAME_SIZE = 32,    /* lower-case hex of 16 random bytes */
    BLOB_SWEEP_UNHELD = 64, /* with more than these, none of them held, nothing is removed */
};

/* Seal and write; file and folder are synced before it returns. GZ_IO: nothing is there, or an
 * orphan that the sweep removes. GZ_LIMIT: over VAULT_PLAIN_MAX. */
enum gz_err blob_put(struct vault *v, const struct vault_key *k, struct bytes plain,
                     char name[BLOB_NAME_SIZE + 1]);
/* Appends to *plain; blob_stream.h reads it piece by piece. GZ_LIMIT: over VAULT_PLAIN_MAX;
 * GZ_MISSING, also where name has not the form of one; GZ_MISMATCH: altered or another key. */
enum gz_err blob_get(struct vault *v, const struct vault_key *k, const char *name,
                     struct buf *plain);
/* Where it is. GZ_MISSING: name has not the form of one. */
enum gz_err blob_path(const struct vault *v, const char *name, char path[VAULT_PATH_MAX]);
/* Remove one for good; one that is not there is fine. The folder is synced. */
enum gz_err blob_remove(struct vault *v, const char *name);
/* Remove blobs that nobody holds (a crash between file and transaction), and files half written.
 * Only while no thread writes; GZ_BUSY: another process has the vault open, and what it has not yet
 * committed must not go. Where over BLOB_SWEEP_UNHELD blobs are there and not one is held, the
 * database is empty or foreign, or the crash was in the first batch: nothing is removed, and the
 * log has an alarm. Never sweep with a database that was set back to an older copy: what it does
 * not know yet would go. */
typedef enum gz_err (*blob_holder)(void *ctx, const char *name, bool *holds);
enum gz_err blob_sweep(struct vault *v, blob_holder holds, void *ctx, uint64_t *removed);

/* Sealed originals as files, <folder>/<first two characters>/<name>, never changed once written. */
#pragma once
#include "vault/vault.h"

enum { BLOB_NAME_SIZE = 32 }; /* lower-case hex of 16 random bytes */

/* Seal and write; file and folder are synced before it returns. GZ_IO: nothing is there, or an
 * orphan that the sweep removes. */
enum gz_err blob_put(struct vault *v, const struct vault_key *k, struct bytes plain,
                     char name[BLOB_NAME_SIZE + 1]);
/* GZ_MISSING; GZ_MISMATCH: altered or another key. */
enum gz_err blob_get(struct vault *v, const struct vault_key *k, const char *name,
                     struct buf *plain);
/* Remove blobs that nobody holds (a crash between file and transaction). Only while nobody writes.
 */
typedef enum gz_err (*blob_holder)(void *ctx, const char *name, bool *holds);
enum gz_err blob_sweep(struct vault *v, blob_holder holds, void *ctx, uint64_t *removed);

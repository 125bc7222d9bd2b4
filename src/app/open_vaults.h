/* The bank's two vaults, opened with what the databases know of their master keys, and swept of
 * what a crash left. */
#pragma once
#include "store/db.h"
#include "vault/blob.h"

/* db has the identity store joined. An installation from before there were two gets the second one
 * here, master key included, and its records stay where they are. As vault_open; GZ_CORRUPT and the
 * like: of db. */
enum gz_err vaults_open(const struct vault_options options[SIDES], struct db *db,
                        struct vault *out[SIDES], struct buf *why);
/* At start, while nobody writes: originals and identity parts that no record has. *removed: how
 * many. As blob_sweep. */
enum gz_err vaults_sweep(struct vault *const vaults[SIDES], struct db *db, uint64_t *removed);

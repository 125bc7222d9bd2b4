/* The databases and vaults that a bank's configuration names, for the process itself and for the
 * commands that work while it stands still. */
#pragma once
#include "host/config.h"
#include "store/db.h"
#include "vault/vault.h"

/* The bank's database with the identity store joined. As db_open. */
enum gz_err process_open_database(const struct config *c, struct db **out, struct buf *why);
/* As vaults_open. */
enum gz_err process_open_vaults(const struct config *c, struct db *db, struct vault *out[SIDES],
                                struct buf *why);
/* Borrowed from c. */
void        process_vault_options(const struct config *c, struct vault_options out[SIDES]);

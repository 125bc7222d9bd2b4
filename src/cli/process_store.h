/* The databases and vaults that a bank's configuration names, for the process itself and for the
 * commands that work while it stands still. */
#pragma once
#include "app/destroy_order.h"
#include "cli/process_config.h"
#include "host/config.h"
#include "store/db.h"
#include "vault/vault.h"

/* The bank's database with the identity store joined. As db_open. */
enum gz_err process_open_database(const struct config *c, struct db **out, struct buf *why);
/* As vaults_open. */
enum gz_err process_open_vaults(const struct config *c, struct db *db, struct vault *out[SIDES],
                                struct buf *why);
/* The list operators. GZ_MALFORMED with *why: an entry is no operator's public key. */
enum gz_err process_read_operators(const struct config *c, struct key out[DESTROY_OPERATORS_MAX],
                                   size_t *n, struct buf *why);
/* Borrowed from c. */
void        process_vault_options(const struct config *c, struct vault_options out[SIDES]);

#include "cli/process_store.h"

#include "app/open_vaults.h"

enum gz_err process_open_database(const struct config *c, struct db **out, struct buf *why)
{
    DEFER(db_close) struct db *db = NULL;
    TRY(db_open(config_text(c, "database"), &db, why));
    TRY(db_join_identity(db, config_text(c, "identity_database"), why));
    *out = db;
    db = NULL;
    return GZ_OK;
}

void process_vault_options(const struct config *c, struct vault_options out[SIDES])
{
    out[SIDE_BUSINESS] = (struct vault_options){.folder = config_text(c, "vault_folder"),
                                                .master = {config_text(c, "master_key")}};
    out[SIDE_IDENTITY] = (struct vault_options){.folder = config_text(c, "identity_folder"),
                                                .master = {config_text(c, "identity_master_key")}};
}

enum gz_err process_open_vaults(const struct config *c, struct db *db, struct vault *out[SIDES],
                                struct buf *why)
{
    struct vault_options options[SIDES];
    process_vault_options(c, options);
    return vaults_open(options, db, out, why);
}

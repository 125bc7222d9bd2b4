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
                                                .master = {.path = config_text(c, "master_key")}};
    out[SIDE_IDENTITY] =
        (struct vault_options){.folder = config_text(c, "identity_folder"),
                               .master = {.path = config_text(c, "identity_master_key")}};
    static const char *const names[SIDES][2] = {
        [SIDE_BUSINESS] = {"master_token", "master_pin_file"},
        [SIDE_IDENTITY] = {"identity_token", "identity_pin_file"}};
    for (size_t i = 0; i < SIDES; i++) {
        const char *label = config_text(c, names[i][0]);
        if (label[0] == 0) continue;
        out[i].master.token = (struct token){.module = config_text(c, "token_module"),
                                             .label = label,
                                             .pin_path = config_text(c, names[i][1])};
    }
}

enum gz_err process_open_vaults(const struct config *c, struct db *db, struct vault *out[SIDES],
                                struct buf *why)
{
    struct vault_options options[SIDES];
    process_vault_options(c, options);
    return vaults_open(options, db, out, why);
}

enum gz_err process_read_operators(const struct config *c, struct key out[DESTROY_OPERATORS_MAX],
                                   size_t *n, struct buf *why)
{
    const size_t count = config_count(c, "operators");
    assert(count <= DESTROY_OPERATORS_MAX);
    for (size_t i = 0; i < count; i++) {
        const char *text = config_text_at(c, "operators", i);
        if (key_decode(bytes_str(text), &out[i]) == GZ_OK && out[i].purpose == KEY_OPERATOR)
            continue;
        TRY(buf_addf(why, "operators 第 %zu 项不是经办人公钥 (keygen --purpose operator)\n",
                     i + 1));
        return GZ_MALFORMED;
    }
    *n = count;
    return GZ_OK;
}

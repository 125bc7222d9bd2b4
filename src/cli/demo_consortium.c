#include "cli/demo_consortium.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/demo_data.h"
#include "cli/process.h"
#include "host/file.h"
#include "host/host.h"
#include "vault/vault.h"

enum { FILE_MODE = 0644, BEIJING_MINUTES = 8 * 60, BANK = 0 };

static const struct member {
    const char *folder, *name, *role;
} members[DEMO_MEMBERS] = {
    [BANK] = {"bank", "ccb.sd", "bank"},
    {"court-high", "court.sd", "court"},
    {"court-intermediate", "court.jn", "court"},
    {"court-basic", "court.lx", "court"},
};

const char *const demo_pieces[] = {"genesis.json",       "bank",        "court-high",
                                   "court-intermediate", "court-basic", "policy"};
const size_t      demo_pieces_n = COUNT_OF(demo_pieces);

struct demo {
    const char *folder;
    enum suite  suite;
    unsigned    base_port;
    char        origin[32];
    struct key  log, receipt, submissions[DEMO_MEMBERS], witnesses[DEMO_MEMBERS];
    struct buf  policy, genesis;
};

static void demo_fini(struct demo *d)
{
    buf_fini(&d->policy);
    buf_fini(&d->genesis);
}

/* --- keys and folders ------------------------------------------------------------------------- */

static enum gz_err path_of(const struct demo *d, const char *inner, const char *name,
                           char path[DEMO_PATH])
{
    const int n = snprintf(path, DEMO_PATH, "%s/%s/%s", d->folder, inner, name);
    return n < 0 || n >= DEMO_PATH ? GZ_LIMIT : GZ_OK;
}

static enum gz_err make_key(const struct demo *d, const struct member *m, enum key_purpose purpose,
                            const char *name, struct key *out)
{
    char file[32], path[DEMO_PATH];
    snprintf(file, sizeof file, "%s.pem", process_purpose_word(purpose));
    TRY(path_of(d, m->folder, file, path));
    return signer_create(path, d->suite, purpose, bytes_str(name), out);
}

static enum gz_err make_keys(struct demo *d)
{
    for (size_t i = 0; i < DEMO_MEMBERS; i++) {
        const struct member *m = &members[i];
        char                 path[DEMO_PATH];
        TRY(path_join(d->folder, m->folder, path, sizeof path));
        TRY(folder_make(path, DEMO_FOLDER_MODE));
        TRY(make_key(d, m, KEY_SUBMISSION, m->name, &d->submissions[i]));
        if (i != BANK) TRY(make_key(d, m, KEY_WITNESS, m->name, &d->witnesses[i]));
    }
    TRY(make_key(d, &members[BANK], KEY_LOG, d->origin, &d->log));
    return make_key(d, &members[BANK], KEY_RECEIPT, members[BANK].name, &d->receipt);
}

static enum gz_err make_master(const struct demo *d, const char *name)
{
    DEFER(buf_fini) struct buf why = {0};
    char                       path[DEMO_PATH];
    TRY(path_of(d, members[BANK].folder, name, path));
    return master_create(&(struct master_source){.path = path}, &why);
}

/* --- policy and genesis ----------------------------------------------------------------------- */

static enum gz_err add_url(const struct demo *d, size_t member, struct buf *out)
{
    return buf_addf(out, " http://127.0.0.1:%u\n", d->base_port + (unsigned)member);
}

static enum gz_err make_policy(struct demo *d)
{
    struct buf *out = &d->policy;
    TRY(buf_add_str(out, "log "));
    TRY(key_encode(&d->log, out));
    TRY(add_url(d, BANK, out));
    for (size_t i = BANK + 1; i < DEMO_MEMBERS; i++) {
        TRY(buf_addf(out, "witness %s ", members[i].name));
        TRY(key_encode(&d->witnesses[i], out));
        TRY(add_url(d, i, out));
    }
    TRY(buf_add_str(out, "group courts 2"));
    for (size_t i = BANK + 1; i < DEMO_MEMBERS; i++) TRY(buf_addf(out, " %s", members[i].name));
    return buf_add_str(out, "\nquorum courts\n");
}

static json_t *vkey(const struct key *k)
{
    DEFER(buf_fini) struct buf text = {0};
    return key_encode(k, &text) == GZ_OK ? json_stringn((const char *)text.p, text.n) : NULL;
}

static json_t *organisation(const struct demo *d, size_t i)
{
    return json_pack("{s:s, s:s, s:o, s:o, s:i, s:n}", "name", members[i].name, "role",
                     members[i].role, "submission", vkey(&d->submissions[i]), "receipt",
                     i == BANK ? vkey(&d->receipt) : json_null(), "from_index", 0, "until_index");
}

static json_t *organisations(const struct demo *d)
{
    json_t *list = json_array();
    for (size_t i = 0; i < DEMO_MEMBERS; i++)
        if (json_array_append_new(list, organisation(d, i)) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static enum gz_err make_genesis(struct demo *d)
{
    char    created_at[TIME_TEXT_SIZE];
    json_t *genesis =
        json_pack("{s:s, s:s, s:s, s:s, s:o, s:s%, s:n}", "type", "guzheng/genesis/v1", "origin",
                  d->origin, "suite", suite_name(d->suite), "created_at",
                  time_encode(clock_now(), BEIJING_MINUTES, created_at), "organisations",
                  organisations(d), "policy", (const char *)d->policy.p, d->policy.n, "continues");
    char *text = json_dumps(genesis, JSON_INDENT(1));
    json_decref(genesis);
    if (text == NULL) return GZ_MEMORY;
    const enum gz_err e = buf_addf(&d->genesis, "%s\n", text);
    free(text);
    return e;
}

/* --- configurations --------------------------------------------------------------------------- */

static enum gz_err bank_text(const struct demo *d, struct buf *out)
{
    return buf_addf(out,
                    "# 演示银行。各项的说明：guzheng bank --help。路径以本文件所在目录为准。\n"
                    "organisation: %s\n"
                    "genesis: ../genesis.json\n"
                    "listen_port: %u\n"
                    "api_port: %u\n"
                    "log_key: log.pem\n"
                    "submission_key: submission.pem\n"
                    "receipt_key: receipt.pem\n"
                    "folder: .\n"
                    "vault_folder: vault\n"
                    "clock_check: peers\n"
                    "master_key: master.key\n"
                    "database: bank.sqlite\n"
                    "identity_folder: identity\n"
                    "identity_master_key: identity-master.key\n"
                    "identity_database: identity.sqlite\n"
                    "submitted: submitted\n"
                    "socket: bank.sock\n"
                    "kinds: kinds\n"
                    "mappings: mappings\n"
                    "signature_roots: roots   # 所信任的电子签名根证书\n",
                    members[BANK].name, d->base_port, d->base_port + DEMO_MEMBERS);
}

static enum gz_err court_text(const struct demo *d, size_t i, struct buf *out)
{
    return buf_addf(
        out,
        "# 演示法院。各项的说明：guzheng witness --help。路径以本文件所在目录为准。\n"
        "organisation: %s\n"
        "genesis: ../genesis.json\n"
        "log_url: http://127.0.0.1:%u\n"
        "listen_port: %u\n"
        "witness_key: witness.pem\n"
        "folder: mirror\n"
        "submitted: \"\"         # 演示中法院自己不发交易；submission.pem 留待其使用\n"
        "clock_check: peers    # 仅用于演示：容器的内核常不报告时钟已同步；正式部署用 kernel\n",
        members[i].name, d->base_port, d->base_port + (unsigned)i);
}

static enum gz_err write_config(const struct demo *d, size_t i)
{
    DEFER(buf_fini) struct buf text = {0};
    char                       path[DEMO_PATH];
    TRY(i == BANK ? bank_text(d, &text) : court_text(d, i, &text));
    TRY(path_of(d, members[i].folder, "config.yaml", path));
    return file_create(path, buf_bytes(&text), FILE_MODE);
}

static enum gz_err write_data(const struct demo *d)
{
    static const char *const folders[] = {"kinds", "mappings", "roots"};
    char                     path[DEMO_PATH];
    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        TRY(path_of(d, members[BANK].folder, folders[i], path));
        TRY(folder_make(path, DEMO_FOLDER_MODE));
    }
    for (size_t i = 0; i < demo_data_n; i++) {
        TRY(path_of(d, members[BANK].folder, demo_data[i].name, path));
        TRY(file_create(path, demo_data[i].content, FILE_MODE));
    }
    return GZ_OK;
}

/* --- all of it -------------------------------------------------------------------------------- */

static enum gz_err write_shared(const struct demo *d)
{
    DEFER(process_genesis_fini) struct process_genesis read_back = {0};
    char                                               path[DEMO_PATH];
    TRY(path_join(d->folder, "policy", path, sizeof path));
    TRY(file_create(path, buf_bytes(&d->policy), FILE_MODE));
    TRY(path_join(d->folder, "genesis.json", path, sizeof path));
    TRY(file_create(path, buf_bytes(&d->genesis), FILE_MODE));
    return process_read_genesis(path, &read_back);
}

enum gz_err demo_make(const char *folder, enum suite suite, unsigned base_port)
{
    DEFER(demo_fini)
    struct demo d = {.folder = folder, .suite = suite, .base_port = base_port};
    assert(base_port >= DEMO_PORT_MIN && base_port <= DEMO_PORT_MAX);
    snprintf(d.origin, sizeof d.origin, "guzheng/demo-%s", suite_name(suite));
    TRY(make_keys(&d));
    TRY(make_policy(&d));
    TRY(make_genesis(&d));
    TRY(write_shared(&d));
    for (size_t i = 0; i < DEMO_MEMBERS; i++) TRY(write_config(&d, i));
    TRY(write_data(&d));
    TRY(make_master(&d, "master.key"));
    return make_master(&d, "identity-master.key");
}

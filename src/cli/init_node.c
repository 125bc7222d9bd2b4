/* guzheng init-node: an organisation's folder for the consortium chain. First its keys and what the
 * others must know of it (member.json); then, with the consortium's files, its configuration. */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/json_ref.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/continued_log.h"
#include "cli/engine_files.h"
#include "cli/process.h"
#include "host/file.h"

enum { STATUS_FAILED = 1, PATH_SIZE = 1024, FOLDER_MODE = 0700, FILE_MODE = 0644 };
enum { URL_MAX = 300, RPC_PORT = 26657, PORT_MAX = 65535, MEMBERS_SIZE_MAX = 1024 * 1024 };

static const char usage[] =
    "usage: guzheng init-node --organisation N --role R --origin O --url U --peer H:P\n"
    "                         [--suite gm|intl] --folder F\n"
    "       guzheng init-node --join C [--rpc-port P] [--import LOG] --folder F\n"
    "  第一步（各机构各自执行）：生成本机构的密钥，写出 F/member.json 交给联盟（其中没有私钥）。\n"
    "    此前须先执行：cometbft init --home F/engine\n"
    "  第二步（任一机构）：guzheng init-chain 由全部 member.json 汇成联盟目录 C，各方逐字节相同。\n"
    "  第三步（各机构）：--join C 核对 C 登记了本机构的密钥，写出节点与引擎的配置及 systemd "
    "单元。\n"
    "  --organisation  机构名，如 court.sd      --role  bank|court|notary|forensic|other\n"
    "  --origin        链名，如 guzheng/shandong\n"
    "  --url           其他成员取检查点与账本的地址，如 "
    "http://10.1.0.2:19080（由隧道或网关转到本机）\n"
    "  --peer          共识引擎之间的地址，如 10.1.0.2:26656（应在国密隧道内）\n"
    "  --rpc-port      引擎 RPC 在本机回环地址上的端口，缺省 26657\n"
    "  --import        "
    "链接续单机形式的日志时：其目录（或法院的副本），已签名的交易由此导入并逐笔重验\n"
    "exit status: 0 done, 1 not done, 2 usage\n";

struct options {
    const char *organisation, *role, *origin, *url, *peer, *folder, *join, *import;
    enum suite  suite;
    uint64_t    rpc_port;
    bool        is_bad;
};

/* --- step one --------------------------------------------------------------------------------- */

static const struct {
    enum key_purpose purpose;
    const char      *member; /* its name in member.json */
    bool             is_bank_only;
} keys[] = {{KEY_LOG, "log", false},
            {KEY_WITNESS, "witness", false},
            {KEY_SUBMISSION, "submission", false},
            {KEY_RECEIPT, "receipt", true}};

static void key_path(const struct options *o, enum key_purpose purpose, char path[PATH_SIZE])
{
    (void)snprintf(path, PATH_SIZE, "%s/%s.pem", o->folder, process_purpose_word(purpose));
}

static enum gz_err make_key(const struct options *o, size_t i, json_t *member)
{
    DEFER(buf_fini) struct buf text = {0};
    const char                *name = keys[i].purpose == KEY_LOG ? o->origin : o->organisation;
    char                       path[PATH_SIZE];
    struct key                 key;
    key_path(o, keys[i].purpose, path);
    TRY(signer_create(path, o->suite, keys[i].purpose, bytes_str(name), &key));
    TRY(key_encode(&key, &text));
    const int e =
        json_object_set_new(member, keys[i].member, json_stringn((const char *)text.p, text.n));
    return e == 0 ? GZ_OK : GZ_MEMORY;
}

/* Keys of a run that did not end are of no use to anybody. */
static void remove_keys(const struct options *o, size_t n)
{
    char path[PATH_SIZE];
    for (size_t i = 0; i < n; i++) {
        key_path(o, keys[i].purpose, path);
        (void)unlink(path);
    }
}

static enum gz_err write_json(const char *folder, const char *name, const json_t *j)
{
    char  path[PATH_SIZE];
    char *text = json_dumps(j, JSON_INDENT(1));
    if (text == NULL) return GZ_MEMORY;
    enum gz_err e = path_join(folder, name, path, sizeof path);
    if (e == GZ_OK) e = file_create(path, bytes_str(text), FILE_MODE);
    free(text);
    return e;
}

static enum gz_err make_member(const struct options *o, json_t *validator, const char *id)
{
    DEFER(json_unref)
    json_t *member =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s++, s:O, s:n}", "organisation", o->organisation,
                  "role", o->role, "origin", o->origin, "suite", suite_name(o->suite), "url",
                  o->url, "peer", id, "@", o->peer, "validator", validator, "receipt");
    size_t      made = 0;
    enum gz_err e = member == NULL ? GZ_MEMORY : GZ_OK;
    for (size_t i = 0; i < COUNT_OF(keys) && e == GZ_OK; i++) {
        if (keys[i].is_bank_only && strcmp(o->role, "bank") != 0) continue;
        e = make_key(o, i, member);
        if (e != GZ_CONFLICT) made = i + 1; /* also what failed half-way; never what was there */
    }
    if (e == GZ_OK) e = write_json(o->folder, "member.json", member);
    if (e != GZ_OK) remove_keys(o, made);
    return e;
}

static enum gz_err create(const struct options *o)
{
    DEFER(json_unref) json_t *validator = NULL;
    char                      home[PATH_SIZE], id[ENGINE_ID_SIZE];
    TRY(path_join(o->folder, "engine", home, sizeof home));
    const enum gz_err e = engine_read_keys(home, &validator, id);
    if (e != GZ_OK)
        fprintf(stderr,
                "guzheng init-node: 没有引擎的密钥，请先执行：cometbft init --home %s\n"
                "  (the engine's keys are missing)\n",
                home);
    TRY(e);
    TRY(make_member(o, validator, id));
    printf("本机构的密钥已生成；请把 %s/member.json 交给联盟\n", o->folder);
    return GZ_OK;
}

/* --- step three ------------------------------------------------------------------------------- */

static enum gz_err load_json(const char *folder, const char *name, json_t **out)
{
    DEFER(buf_fini) struct buf text = {0};
    char                       path[PATH_SIZE];
    TRY(path_join(folder, name, path, sizeof path));
    const enum gz_err e = file_read(path, MEMBERS_SIZE_MAX, &text);
    if (e == GZ_OK) *out = json_loadb((const char *)text.p, text.n, 0, NULL);
    if (e == GZ_OK && *out != NULL) return GZ_OK;
    fprintf(stderr, "guzheng init-node: %s 不可用 (cannot be read)\n", path);
    return e == GZ_OK ? GZ_MALFORMED : e;
}

static const char *text_of(const json_t *j, const char *name)
{
    const char *text = json_string_value(json_object_get(j, name));
    return text == NULL ? "" : text;
}

/* Are the keys in the folder those that the genesis gives to this organisation? */
static enum gz_err check_keys(const struct options *o, const json_t *member)
{
    DEFER(process_genesis_fini) struct process_genesis g = {0};
    char                                               path[PATH_SIZE];
    TRY(path_join(o->join, "genesis.json", path, sizeof path));
    TRY(process_read_genesis(path, &g));
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        DEFER(signer_free) struct signer *s = NULL;
        if (!json_is_string(json_object_get(member, keys[i].member))) continue;
        key_path(o, keys[i].purpose, path);
        TRY(process_open_signer(&g.genesis, keys[i].purpose, text_of(member, "organisation"), path,
                                &s));
    }
    return GZ_OK;
}

static enum gz_err copy(const char *from_folder, const char *from, const char *to_folder,
                        const char *to)
{
    DEFER(buf_fini) struct buf content = {0};
    char                       path[PATH_SIZE];
    TRY(path_join(from_folder, from, path, sizeof path));
    TRY(file_read(path, MEMBERS_SIZE_MAX, &content));
    TRY(path_join(to_folder, to, path, sizeof path));
    return file_replace(path, buf_bytes(&content), FILE_MODE);
}

static enum gz_err write_text(const char *folder, const char *name, const struct buf *text)
{
    char path[PATH_SIZE];
    TRY(path_join(folder, name, path, sizeof path));
    return file_replace(path, buf_bytes(text), FILE_MODE);
}

/* The others, as the engine wants them. */
static enum gz_err add_peers(const json_t *members, const char *organisation, struct buf *peers,
                             struct buf *ids)
{
    size_t  i = 0;
    json_t *m = NULL;
    json_array_foreach(members, i, m)
    {
        const char *peer = text_of(m, "peer");
        if (strcmp(text_of(m, "organisation"), organisation) == 0) continue;
        if (strlen(peer) < ENGINE_ID_SIZE) return GZ_MALFORMED;
        TRY(buf_addf(peers, "%s%s", peers->n > 0 ? "," : "", peer));
        TRY(buf_addf(ids, "%s%.*s", ids->n > 0 ? "," : "", ENGINE_ID_SIZE - 1, peer));
    }
    TRY(buf_add_byte(peers, 0));
    return buf_add_byte(ids, 0);
}

static enum gz_err write_engine(const struct options *o, const json_t *member, const char *folder)
{
    DEFER(json_unref) json_t  *members = NULL;
    DEFER(buf_fini) struct buf peers = {0}, ids = {0}, text = {0};
    const char                *organisation = text_of(member, "organisation");
    char                       home[PATH_SIZE], socket[PATH_SIZE];
    TRY(load_json(o->join, "members.json", &members));
    TRY(add_peers(members, organisation, &peers, &ids));
    TRY(path_join(folder, "engine.sock", socket, sizeof socket));
    TRY(path_join(folder, "engine/config", home, sizeof home));
    const char                *peer = text_of(member, "peer");
    const struct engine_config c = {.socket = socket,
                                    .name = organisation,
                                    .address =
                                        strlen(peer) > ENGINE_ID_SIZE ? peer + ENGINE_ID_SIZE : "",
                                    .rpc_port = (unsigned)o->rpc_port,
                                    .peers = (const char *)peers.p,
                                    .peer_ids = (const char *)ids.p};
    TRY(engine_config_text(&c, &text));
    TRY(write_text(home, "config.toml", &text));
    return copy(o->join, "engine-genesis.json", home, "genesis.json");
}

static enum gz_err write_node(const struct options *o, const json_t *member, const char *folder)
{
    DEFER(buf_fini) struct buf text = {0};
    const char                *colon = strrchr(text_of(member, "url"), ':');
    TRY(buf_addf(&text,
                 "# 各项的说明：guzheng node --help。路径以本文件所在目录为准。\n"
                 "organisation: %s\n"
                 "genesis: genesis.json\n"
                 "listen_port: %s\n"
                 "folder: data\n"
                 "engine_socket: engine.sock\n"
                 "engine_url: http://127.0.0.1:%u\n"
                 "log_key: log.pem\n"
                 "witness_key: witness.pem\n"
                 "submitted: submitted    # 银行进程的 submitted 须指向同一文件\n",
                 text_of(member, "organisation"), colon == NULL ? "0" : colon + 1,
                 (unsigned)o->rpc_port));
    return write_text(folder, "node.yaml", &text);
}

/* The engine is bound to the node: where one ends both start again, the node first. */
static enum gz_err write_units(const char *folder)
{
    DEFER(buf_fini) struct buf node = {0}, engine = {0};
    static const char          hardened[] = "NoNewPrivileges=yes\nProtectSystem=strict\n"
                                            "ProtectHome=yes\nPrivateTmp=yes\nUMask=0077\n";
    TRY(buf_addf(&node,
                 "[Unit]\nDescription=Guzheng node of the consortium chain\n"
                 "Wants=guzheng-engine.service\nAfter=network-online.target\n\n"
                 "[Service]\nUser=guzheng\nExecStart=/usr/bin/guzheng node --config %s/node.yaml\n"
                 "Restart=always\nRestartSec=1\n%sReadWritePaths=%s\n\n"
                 "[Install]\nWantedBy=multi-user.target\n",
                 folder, hardened, folder));
    TRY(buf_addf(&engine,
                 "[Unit]\nDescription=Consensus engine of the Guzheng node\n"
                 "BindsTo=guzheng-node.service\nAfter=guzheng-node.service\n\n"
                 "[Service]\nUser=guzheng\nExecStart=/usr/bin/cometbft start --home %s/engine\n"
                 "Restart=always\nRestartSec=1\n%sReadWritePaths=%s\n\n"
                 "[Install]\nWantedBy=guzheng-node.service\n",
                 folder, hardened, folder));
    TRY(write_text(folder, "guzheng-node.service", &node));
    return write_text(folder, "guzheng-engine.service", &engine);
}

static enum gz_err join(const struct options *o)
{
    DEFER(json_unref) json_t *member = NULL;
    char                      folder[PATH_MAX];
    TRY(load_json(o->folder, "member.json", &member));
    TRY(check_keys(o, member));
    if (realpath(o->folder, folder) == NULL) return GZ_MISSING;
    TRY(copy(o->join, "genesis.json", folder, "genesis.json"));
    TRY(copy(o->join, "policy", folder, "policy"));
    TRY(write_node(o, member, folder));
    TRY(write_engine(o, member, folder));
    TRY(write_units(folder));
    if (o->import != NULL) TRY(continued_log_import(o->import, folder));
    printf("配置已写入 %s\n"
           "  节点 (node)    guzheng node --config %s/node.yaml\n"
           "  引擎 (engine)  cometbft start --home %s/engine\n"
           "  systemd        %s/guzheng-node.service, guzheng-engine.service\n",
           folder, folder, folder, folder);
    return GZ_OK;
}

/* --- arguments -------------------------------------------------------------------------------- */

static void take(struct options *o, int c)
{
    switch (c) {
    case 'n': o->organisation = optarg; return;
    case 'r': o->role = optarg; return;
    case 'o': o->origin = optarg; return;
    case 'u': o->url = optarg; return;
    case 'p': o->peer = optarg; return;
    case 'f': o->folder = optarg; return;
    case 'j': o->join = optarg; return;
    case 'i': o->import = optarg; return;
    case 's': o->is_bad |= suite_decode(bytes_str(optarg), &o->suite) != GZ_OK; return;
    case 'c': o->is_bad |= text_to_u64(bytes_str(optarg), PORT_MAX, &o->rpc_port) != GZ_OK; return;
    default: o->is_bad = true;
    }
}

/* What goes into files of the engine as it is must be plain. */
static bool is_plain(const char *text)
{
    return text != NULL && text[0] != 0 && strlen(text) <= URL_MAX &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:/[]_") ==
               strlen(text);
}

static bool is_whole(const struct options *o)
{
    if (o->is_bad || o->folder == NULL) return false;
    if (o->join != NULL) return o->organisation == NULL && o->rpc_port > 0;
    return is_plain(o->organisation) && is_plain(o->origin) && is_plain(o->url) &&
           is_plain(o->peer) && is_plain(o->role) && strncmp(o->url, "http://", 7) == 0 &&
           strchr(o->url + 7, ':') != NULL && strchr(o->peer, ':') != NULL;
}

int command_init_node(int argc, char **argv)
{
    static const struct option longs[] = {{"organisation", required_argument, NULL, 'n'},
                                          {"role", required_argument, NULL, 'r'},
                                          {"origin", required_argument, NULL, 'o'},
                                          {"url", required_argument, NULL, 'u'},
                                          {"peer", required_argument, NULL, 'p'},
                                          {"folder", required_argument, NULL, 'f'},
                                          {"join", required_argument, NULL, 'j'},
                                          {"suite", required_argument, NULL, 's'},
                                          {"import", required_argument, NULL, 'i'},
                                          {"rpc-port", required_argument, NULL, 'c'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    struct options             o = {.suite = SUITE_GM, .rpc_port = RPC_PORT};
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (c == 'h') {
            fputs(usage, stdout);
            return STATUS_OK;
        }
        take(&o, c);
    }
    if (!is_whole(&o) || optind != argc) {
        fputs(usage, stderr);
        return STATUS_USAGE;
    }
    const enum gz_err e = o.join != NULL ? join(&o) : create(&o);
    if (e == GZ_OK) return STATUS_OK;
    fprintf(stderr, "guzheng init-node: 没有完成：%s\n", err_sentence(e));
    return STATUS_FAILED;
}

#include "cli/process.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/commands.h"
#include "host/file.h"

/* --- arguments and configuration -------------------------------------------------------------- */

static int say_help(const struct process_command *command)
{
    DEFER(buf_fini) struct buf text = {0};
    if (config_help(command->rows, command->rows_n, &text) != GZ_OK) return PROCESS_FAILED;
    fputs(command->usage, stdout);
    fwrite(text.p, 1, text.n, stdout);
    return STATUS_OK;
}

static int refuse_usage(const struct process_command *command)
{
    fputs(command->usage, stderr);
    return STATUS_USAGE;
}

int process_configure(const struct process_command *command, int argc, char **argv,
                      struct config **out)
{
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    DEFER(buf_fini) struct buf defects = {0};
    const char                *path = NULL;
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (c == 'h') return say_help(command);
        if (c != 'c') return refuse_usage(command);
        path = optarg;
    }
    if (path == NULL || optind != argc) return refuse_usage(command);
    if (config_read(path, command->rows, command->rows_n, out, &defects) == GZ_OK)
        return PROCESS_GO_ON;
    fprintf(stderr, "guzheng %s: 配置文件不可用，未启动 (the configuration cannot be used):\n",
            command->name);
    fwrite(defects.p, 1, defects.n, stderr);
    fprintf(stderr, "  各配置项的说明 (every key): guzheng %s --help\n", command->name);
    return STATUS_USAGE;
}

/* --- genesis ---------------------------------------------------------------------------------- */

void process_genesis_fini(struct process_genesis *g)
{
    buf_fini(&g->wire);
    buf_fini(&g->memory);
}

static enum gz_err decode_genesis(struct process_genesis *g, const char **why)
{
    const size_t size = genesis_arena_size(g->wire.n);
    TRY(buf_reserve(&g->memory, size));
    struct arena arena = {g->memory.p, 0, size};
    TRY(genesis_decode(buf_bytes(&g->wire), &arena, &g->genesis, why));
    text_to_hex(BYTES_OF(g->genesis.hash.b), g->hash);
    snprintf(g->origin, sizeof g->origin, "%.*s", (int)g->genesis.origin.n,
             (const char *)g->genesis.origin.p);
    return GZ_OK;
}

enum gz_err process_read_genesis(const char *path, struct process_genesis *out)
{
    DEFER(process_genesis_fini) struct process_genesis g = {0};
    const char                                        *why = "out of memory";
    const enum gz_err e = file_read(path, GENESIS_SIZE_MAX, &g.wire);
    if (e != GZ_OK)
        fprintf(stderr, "guzheng: 创世文件 %s 读不到：%s (cannot read the genesis)\n", path,
                err_sentence(e));
    TRY(e);
    const enum gz_err d = decode_genesis(&g, &why);
    if (d != GZ_OK)
        fprintf(stderr,
                "guzheng: 创世文件 %s 不可用：%s。请向联盟重新取得，逐字节与各方一致\n"
                "  (the genesis cannot be used; get it from the consortium again)\n",
                path, why);
    TRY(d);
    *out = g;
    g = (struct process_genesis){0};
    return GZ_OK;
}

/* --- keys ------------------------------------------------------------------------------------- */

static const struct {
    enum key_purpose purpose;
    const char      *word;
} purposes[] = {{KEY_LOG, "log"},
                {KEY_WITNESS, "witness"},
                {KEY_SUBMISSION, "submission"},
                {KEY_RECEIPT, "receipt"},
                {KEY_OPERATOR, "operator"}};

const char *process_purpose_word(enum key_purpose purpose)
{
    for (size_t i = 0; i < COUNT_OF(purposes); i++)
        if (purposes[i].purpose == purpose) return purposes[i].word;
    assert(!"a purpose has its word");
    return "";
}

enum gz_err process_purpose_of(const char *word, enum key_purpose *out)
{
    for (size_t i = 0; i < COUNT_OF(purposes); i++) {
        if (strcmp(purposes[i].word, word) != 0) continue;
        *out = purposes[i].purpose;
        return GZ_OK;
    }
    return GZ_MALFORMED;
}

static bool is_same(const struct key *a, const struct key *b)
{
    return a->purpose == b->purpose && a->public_n == b->public_n &&
           strcmp(a->name, b->name) == 0 && memcmp(a->public_key, b->public_key, a->public_n) == 0;
}

static bool is_in_policy(const struct policy *p, const struct key *k)
{
    struct bytes url;
    for (size_t i = 0; i < policy_count_logs(p); i++)
        if (is_same(policy_log(p, i), k)) return true;
    for (size_t i = 0; i < policy_count_witnesses(p); i++)
        if (is_same(policy_witness(p, i, &url), k)) return true;
    return false;
}

static bool is_in_rows(const struct genesis *g, const struct key *k)
{
    for (size_t i = 0; i < g->rows_n; i++)
        if (is_same(&g->rows[i].submission, k) ||
            (g->rows[i].has_receipt && is_same(&g->rows[i].receipt, k)))
            return true;
    return false;
}

static enum gz_err open_signer(const struct genesis *g, enum key_purpose purpose,
                               const char *organisation, const char *path, struct signer **out)
{
    const struct bytes name = purpose == KEY_LOG ? g->origin : bytes_str(organisation);
    const enum gz_err  e = signer_open(path, g->suite, purpose, name, out);
    if (e == GZ_DENIED)
        fprintf(stderr,
                "guzheng: 私钥文件 %s 他人可读或不属于本用户：请 chmod 600 并检查属主；"
                "若已泄露应更换\n  (the key file must have mode 0600 and be ours)\n",
                path);
    else if (e != GZ_OK)
        fprintf(stderr, "guzheng: 私钥文件 %s 不可用 (%s key, suite %s)：%s\n", path,
                process_purpose_word(purpose), suite_name(g->suite), err_sentence(e));
    return e;
}

enum gz_err process_open_signer(const struct genesis *g, enum key_purpose purpose,
                                const char *organisation, const char *path, struct signer **out)
{
    DEFER(signer_free) struct signer *s = NULL;
    TRY(open_signer(g, purpose, organisation, path, &s));
    const struct key *k = signer_key(s);
    if (is_in_policy(g->policy, k) || is_in_rows(g, k)) {
        *out = s;
        s = NULL;
        return GZ_OK;
    }
    fprintf(
        stderr,
        "guzheng: 私钥文件 %s 不是创世文件登记给 %s 的 %s 密钥：请检查配置中的机构名与密钥路径\n"
        "  (the genesis does not give this key to this organisation for this purpose)\n",
        path, k->name, process_purpose_word(purpose));
    return GZ_DENIED;
}

/* --- listening -------------------------------------------------------------------------------- */

void process_say_not_listening(const char *command, const struct http_options *o, enum gz_err e)
{
    if (e == GZ_DENIED)
        fprintf(stderr,
                "guzheng %s: listen_address %s 不是本机回环地址：明文 HTTP 不对外提供，"
                "请用 127.0.0.1，由网关转发\n  (not a loopback address)\n",
                command, o->address);
    else if (e == GZ_BUSY)
        fprintf(stderr, "guzheng %s: 端口 %u 已被占用，请换 listen_port (the port is taken)\n",
                command, o->port);
    else
        fprintf(stderr, "guzheng %s: 不能在 %s 端口 %u 监听：%s\n", command, o->address, o->port,
                err_sentence(e));
}

/* --- signals ---------------------------------------------------------------------------------- */

static void ending_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
}

void process_block_signals(void)
{
    sigset_t set;
    ending_signals(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int process_wait(void)
{
    sigset_t set;
    int      received = 0;
    ending_signals(&set);
    while (sigwait(&set, &received) != 0) continue;
    return received;
}

/* guzheng node: a member's node of the consortium chain, beside its consensus engine. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/node_page.h"
#include "api/node_routes.h"
#include "cli/commands.h"
#include "cli/process.h"
#include "cli/process_config.h"
#include "host/host.h"

enum { HTTP_THREADS = 64 /* a submission holds one until its block is durable */ };

static const char usage[] =
    "usage: guzheng node --config F\n"
    "  联盟链成员节点：执行共识引擎 (CometBFT) 排定的区块，保存完整账本，对外提供查询与提交。\n"
    "  浏览器可看 http://地址:端口/chain 。\n"
    "  须与本机的引擎一同运行：引擎经 engine_socket 连到本进程；任一方退出，两者一同重新启动。\n"
    "exit status: 0 ended when asked, 1 could not run or go on, 2 usage or configuration\n"
    "configuration (YAML), every key:\n";

/* Everything that lives as long as the process. */
struct member {
    struct process_genesis genesis;
    struct signer         *log, *witness;
    struct chain_node     *node;
    struct node_site       site;
    struct http_server    *server;
    _Atomic bool           has_failed;
};

static void member_fini(struct member *m)
{
    http_server_close(&m->server);
    chain_node_close(&m->node);
    signer_free(&m->witness);
    signer_free(&m->log);
    process_genesis_fini(&m->genesis);
}

/* From a thread of the engine's: the main thread ends the process. */
static void end_failed(void *ctx)
{
    struct member *m = ctx;
    m->has_failed = true;
    (void)kill(getpid(), SIGTERM);
}

static enum witness_clock clock_of(const struct config *config)
{
    const bool asks = strcmp(config_text(config, "clock_check"), "peers") == 0;
    return asks ? WITNESS_CLOCK_PEERS : WITNESS_CLOCK_KERNEL;
}

static enum gz_err open_keys(struct member *m, const struct config *config)
{
    const char *organisation = config_text(config, "organisation");
    TRY(process_open_signer(&m->genesis.genesis, KEY_LOG, organisation,
                            config_text(config, "log_key"), &m->log));
    return process_open_signer(&m->genesis.genesis, KEY_WITNESS, organisation,
                               config_text(config, "witness_key"), &m->witness);
}

static enum gz_err open_node(struct member *m, const struct config *config)
{
    DEFER(buf_fini) struct buf      why = {0};
    const char                     *submitted = config_text(config, "submitted");
    const struct chain_node_options o = {.folder = config_text(config, "folder"),
                                         .genesis = buf_bytes(&m->genesis.wire),
                                         .engine_socket = config_text(config, "engine_socket"),
                                         .engine_url = config_text(config, "engine_url"),
                                         .log = m->log,
                                         .witness = m->witness,
                                         .clock = clock_of(config),
                                         .submitted = submitted[0] == 0 ? NULL : submitted,
                                         .ctx = m,
                                         .failed = end_failed};
    const enum gz_err               e = chain_node_open(&o, &m->node, &why);
    if (e != GZ_OK)
        fprintf(stderr, "guzheng node: 节点目录 %s 不能打开：%s %.*s\n", o.folder, err_sentence(e),
                (int)why.n, why.n > 0 ? (const char *)why.p : "");
    return e;
}

static bool has_organisation(const struct genesis *g, const char *name)
{
    for (size_t i = 0; i < g->rows_n; i++)
        if (bytes_eq(g->rows[i].name, bytes_str(name))) return true;
    fprintf(stderr, "guzheng node: 创世文件中没有机构 %s (not in the genesis)\n", name);
    return false;
}

static enum gz_err open_server(struct member *m, const struct http_options *o)
{
    const enum gz_err e = http_server_open(o, &m->server);
    if (e != GZ_OK) process_say_not_listening("node", o, e);
    return e;
}

static enum gz_err member_open(struct member *m, const struct config *config)
{
    static const struct http_route routes[] = {
        {.method = "GET", .prefix = "/chain/status", .handler = node_handle_status},
        {.method = "GET", .prefix = "/chain", .handler = node_handle_page},
        {.method = "GET", .prefix = "/", .handler = node_handle},
        {.method = "POST", .prefix = "/", .handler = node_handle}};
    const struct http_options o = {.address = config_text(config, "listen_address"),
                                   .port = (uint16_t)config_integer(config, "listen_port"),
                                   .threads = HTTP_THREADS,
                                   .allow_other =
                                       process_is_set(config, "test_allow_other_address"),
                                   .ctx = &m->site,
                                   .routes = routes,
                                   .routes_n = COUNT_OF(routes)};
    const enum gz_err         denied = http_check_address(&o); /* before a folder is made */
    const char               *organisation = config_text(config, "organisation");
    if (denied != GZ_OK) process_say_not_listening("node", &o, denied);
    TRY(denied);
    TRY(process_read_genesis(config_text(config, "genesis"), &m->genesis));
    if (!has_organisation(&m->genesis.genesis, organisation)) return GZ_DENIED;
    TRY(open_keys(m, config));
    TRY(open_node(m, config));
    node_site_init(&m->site, m->node, organisation);
    return open_server(m, &o);
}

int command_node(int argc, char **argv)
{
    const struct process_command      command = {"node", usage, node_config, node_config_n};
    DEFER(config_free) struct config *config = NULL;
    DEFER(member_fini) struct member  member = {0};
    const int                         status = process_configure(&command, argc, argv, &config);
    if (status != PROCESS_GO_ON) return status;
    process_block_signals();
    if (member_open(&member, config) != GZ_OK) return PROCESS_FAILED;
    log_line(LOG_INFO, "node", "started organisation=%s origin=%s genesis=%s address=%s port=%u",
             config_text(config, "organisation"), member.genesis.origin, member.genesis.hash,
             config_text(config, "listen_address"), http_server_port(member.server));
    log_line(LOG_INFO, "node", "ending signal=%d", process_wait());
    return member.has_failed ? PROCESS_FAILED : STATUS_OK;
}

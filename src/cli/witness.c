/* guzheng witness: a court's process. Keeps copies of logs, cosigns their checkpoints, serves both.
 */
#include <stdio.h>
#include <string.h>

#include "api/witness_routes.h"
#include "api/witness_status.h"
#include "cli/commands.h"
#include "cli/process.h"
#include "cli/process_config.h"
#include "host/host.h"

enum { LOGS_MAX = 1 + PROCESS_LOGS_MAX, THREADS = 4 };
static_assert(LOGS_MAX <= (int)WITNESS_LOGS_MAX);

static const char usage[] =
    "usage: guzheng witness --config F\n"
    "  法院的共签进程：保存日志的副本，逐笔核验，以本院时钟共签检查点，并向各方提供副本。\n"
    "  收到 SIGTERM 或 SIGINT 后收尾退出。\n"
    "exit status: 0 ended when asked, 1 could not run, 2 usage or an unreadable configuration\n"
    "configuration (YAML), every key:\n";

/* Everything that lives as long as the process. */
struct court {
    const char                *organisation;
    size_t                     logs_n;
    struct process_genesis     genesis[LOGS_MAX];
    struct witness_log_options logs[LOGS_MAX];
    struct signer             *signer;
    struct witness            *witness;
    struct witness_site        site;
    struct http_server        *server;
};

static void court_fini(struct court *c)
{
    http_server_close(&c->server);
    witness_close(&c->witness);
    signer_free(&c->signer);
    for (size_t i = 0; i < COUNT_OF(c->genesis); i++) process_genesis_fini(&c->genesis[i]);
}

/* --- opening ---------------------------------------------------------------------------------- */

/* config holds genesis, mirror and, under url_name, the log's URL. */
static enum gz_err add_log(struct court *c, const struct config *config, const char *url_name)
{
    const size_t i = c->logs_n++;
    const char  *url = config_text(config, url_name);
    if (strncmp(url, "http://", 7) != 0 || url[strlen(url) - 1] == '/') {
        fprintf(stderr,
                "guzheng witness: %s 须以 http:// 开头且不以 / 结尾 (http://host:port expected)\n",
                url_name);
        return GZ_MALFORMED;
    }
    TRY(process_read_genesis(config_text(config, "genesis"), &c->genesis[i]));
    for (size_t k = 0; k < i; k++) {
        if (strcmp(c->genesis[k].origin, c->genesis[i].origin) != 0) continue;
        fprintf(stderr, "guzheng witness: 日志 %s 配置了两次 (configured twice)\n",
                c->genesis[i].origin);
        return GZ_CONFLICT;
    }
    c->logs[i] = (struct witness_log_options){
        .genesis = buf_bytes(&c->genesis[i].wire),
        .url = url,
        .mirror = strcmp(config_text(config, "mirror"), "none") == 0 ? WITNESS_MIRROR_NONE
                                                                     : WITNESS_MIRROR_FULL};
    return GZ_OK;
}

static enum gz_err open_witness(struct court *c, const struct config *config)
{
    DEFER(buf_fini) struct buf   why = {0};
    const char                  *submitted = config_text(config, "submitted");
    const struct witness_options o = {
        .folder = config_text(config, "folder"),
        .signer = c->signer,
        .submitted_path = submitted[0] == 0 ? NULL : submitted,
        .clock = strcmp(config_text(config, "clock_check"), "peers") == 0 ? WITNESS_CLOCK_PEERS
                                                                          : WITNESS_CLOCK_KERNEL,
        .logs_n = c->logs_n,
        .logs = c->logs};
    const enum gz_err e = witness_open(&o, &c->witness, &why);
    if (e != GZ_OK)
        fprintf(stderr, "guzheng witness: 副本目录 %s 不能打开：%s %.*s\n", o.folder,
                err_sentence(e), (int)why.n, why.n > 0 ? (const char *)why.p : "");
    return e;
}

static enum gz_err get_status(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    struct witness_site *site = ctx;
    (void)r;
    return witness_status_write(site->witness, reply);
}

static enum gz_err open_server(struct court *c, const struct http_options *o)
{
    witness_site_init(&c->site, c->witness);
    const enum gz_err e = http_server_open(o, &c->server);
    if (e != GZ_OK) process_say_not_listening("witness", o, e);
    return e;
}

static enum gz_err court_open(struct court *c, const struct config *config)
{
    static const struct http_route routes[] = {
        {.method = "GET", .prefix = "/status", .handler = get_status},
        {.method = "GET", .prefix = "/", .handler = witness_handle},
        {.method = "POST", .prefix = "/", .handler = witness_handle}};
    const struct http_options o = {.address = config_text(config, "listen_address"),
                                   .port = (uint16_t)config_integer(config, "listen_port"),
                                   .threads = THREADS,
                                   .allow_other =
                                       process_is_set(config, "test_allow_other_address"),
                                   .ctx = &c->site,
                                   .routes = routes,
                                   .routes_n = COUNT_OF(routes)};
    const enum gz_err         denied = http_check_address(&o); /* before a folder is made */
    if (denied != GZ_OK) process_say_not_listening("witness", &o, denied);
    TRY(denied);
    c->organisation = config_text(config, "organisation");
    TRY(add_log(c, config, "log_url"));
    for (size_t i = 0; i < config_count(config, "logs"); i++)
        TRY(add_log(c, config_map_at(config, "logs", i), "url"));
    TRY(process_open_signer(&c->genesis[0].genesis, KEY_WITNESS, c->organisation,
                            config_text(config, "witness_key"), &c->signer));
    TRY(open_witness(c, config));
    return open_server(c, &o);
}

/* --- the process ------------------------------------------------------------------------------ */

int command_witness(int argc, char **argv)
{
    const struct process_command command = {"witness", usage, witness_config, witness_config_n};
    DEFER(config_free) struct config *config = NULL;
    DEFER(court_fini) struct court    court = {0};
    const int                         status = process_configure(&command, argc, argv, &config);
    if (status != PROCESS_GO_ON) return status;
    process_block_signals();
    if (court_open(&court, config) != GZ_OK) return PROCESS_FAILED;
    log_line(LOG_INFO, "witness", "started organisation=%s origin=%s genesis=%s address=%s port=%u",
             court.organisation, court.genesis[0].origin, court.genesis[0].hash,
             config_text(config, "listen_address"), http_server_port(court.server));
    log_line(LOG_INFO, "witness", "ending signal=%d", process_wait());
    return STATUS_OK;
}

/* guzheng bank: the log, the store and the vault of one bank; its HTTP face for the courts, its
 * local socket for the bank's own commands. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "api/chain_routes.h"
#include "api/control_routes.h"
#include "api/note_route.h"
#include "api/evidence_routes.h"
#include "api/problem.h"
#include "app/bank.h"
#include "app/store_age.h"
#include "app/destroy_matter.h"
#include "app/open_vaults.h"
#include "cli/commands.h"
#include "cli/process.h"
#include "cli/process_config.h"
#include "cli/process_store.h"
#include "host/file.h"
#include "host/host.h"
#include "host/http_server.h"
#include "jobs/publish_job.h"
#include "jobs/reconcile_job.h"
#include "jobs/watch_job.h"

enum {
    CONTROL_THREADS = 3, /* one may hold the intake for minutes */
    HTTP_THREADS = 8,
    FOLDER_MODE = 0700,
    ADDRESS_TEXT = 128,
    CONTROL_BODY_MAX = 64 * 1024,
};

static const char usage[] =
    "usage: guzheng bank --config FILE\n"
    "  银行进程：批量文件受理、加密保存、上链、出具证书；前台运行，SIGTERM 正常结束。\n"
    "配置文件 FILE (YAML) 的各项：\n";

/* In the order in which they are opened; closed in the opposite one. */
struct process {
    struct config              *config;
    struct process_genesis      genesis;
    struct signer              *log_signer, *submission_signer, *receipt_signer;
    struct catalog             *catalog;
    struct signature_roots     *signature_roots;
    struct vault               *vaults[SIDES];
    struct db                  *intake, *queries, *publishing, *comparing, *sweeping;
    struct db                  *pushing, *push_queries, *watching, *noting;
    struct log_service         *log;
    struct witness_clock_check *clock;
    struct bank                 bank;
    struct publish_job         *job;
    struct reconcile_job       *reconciling;
    struct watch_job           *inbox;
    struct control_site        *control;
    struct intake_queue        *queue;
    struct evidence_site       *evidence;
    struct note_site            site;
    struct http_server         *server, *socket, *api;
};

static void process_fini(struct process *p)
{
    http_server_close(&p->api);
    http_server_close(&p->socket);
    http_server_close(&p->server);
    note_site_fini(&p->site);
    evidence_site_free(&p->evidence);
    intake_queue_close(&p->queue);
    control_site_free(&p->control);
    watch_job_close(&p->inbox);
    reconcile_job_close(&p->reconciling);
    publish_job_close(&p->job);
    witness_clock_close(&p->clock);
    log_service_close(&p->log);
    db_close(&p->watching);
    db_close(&p->noting);
    db_close(&p->push_queries);
    db_close(&p->pushing);
    db_close(&p->sweeping);
    db_close(&p->comparing);
    db_close(&p->publishing);
    db_close(&p->queries);
    db_close(&p->intake);
    for (size_t i = 0; i < SIDES; i++) vault_close(&p->vaults[i]);
    signature_roots_close(&p->signature_roots);
    catalog_close(&p->catalog);
    signer_free(&p->receipt_signer);
    signer_free(&p->submission_signer);
    signer_free(&p->log_signer);
    process_genesis_fini(&p->genesis);
    config_free(&p->config);
}

/* What could not be opened, why, and what to do. */
static enum gz_err say(const char *what, enum gz_err e, const struct buf *why)
{
    if (e == GZ_OK) return GZ_OK;
    fprintf(stderr, "guzheng bank: %s: %.*s%s%s\n", what, (int)why->n,
            why->n == 0 ? "" : (const char *)why->p, why->n == 0 ? "" : "; ", err_sentence(e));
    return e;
}

/* --- opening ---------------------------------------------------------------------------------- */

static enum gz_err open_keys(struct process *p)
{
    const char           *organisation = config_text(p->config, "organisation");
    const struct genesis *g = &p->genesis.genesis;
    if (config_text(p->config, "node_url")[0] == 0)
        TRY(process_open_signer(g, KEY_LOG, organisation, config_text(p->config, "log_key"),
                                &p->log_signer));
    TRY(process_open_signer(g, KEY_SUBMISSION, organisation,
                            config_text(p->config, "submission_key"), &p->submission_signer));
    return process_open_signer(g, KEY_RECEIPT, organisation, config_text(p->config, "receipt_key"),
                               &p->receipt_signer);
}

/* What a crash between a file or the identity part and the bank's transaction left behind. */
static enum gz_err sweep(struct process *p)
{
    uint64_t removed = 0;
    bool     is_behind = false;
    TRY(store_is_behind(log_service_chain(p->log),
                        bytes_str(config_text(p->config, "organisation")), p->intake, &is_behind));
    if (is_behind) {
        log_line(LOG_ALARM, "vault",
                 "nothing is swept: the database is older than the log; restore a newer backup");
        return GZ_OK;
    }
    TRY(vaults_sweep(p->vaults, p->intake, &removed));
    if (removed > 0)
        log_line(LOG_INFO, "vault", "orphans swept count=%llu", (unsigned long long)removed);
    return GZ_OK;
}

/* Orders that an earlier process has not carried through. A key that cannot be opened holds up the
 * destruction, and not the bank. */
static enum gz_err finish_destroying(struct process *p, struct buf *why)
{
    const enum gz_err e = destroy_finish(p->vaults, p->intake, clock_now(), why);
    if (e != GZ_CORRUPT) return e;
    log_line(LOG_ALARM, "vault", "an order to destroy waits: a key cannot be opened, run fsck");
    return GZ_OK;
}

static enum gz_err open_store(struct process *p)
{
    DEFER(buf_fini) struct buf why = {0};
    struct db **const          connections[] = {&p->intake,       &p->queries,  &p->publishing,
                                                &p->comparing,    &p->sweeping, &p->pushing,
                                                &p->push_queries, &p->watching, &p->noting};
    for (size_t i = 0; i < COUNT_OF(connections); i++)
        TRY(say("数据库打不开 (database)", process_open_database(p->config, connections[i], &why),
                &why));
    return say("保险库打不开 (vault)", process_open_vaults(p->config, p->intake, p->vaults, &why),
               &why);
}

static enum gz_err open_log(struct process *p)
{
    DEFER(buf_fini) struct buf why = {0};
    char                       folder[PROCESS_PATH_MAX + 8];
    const enum gz_err e = path_join(config_text(p->config, "folder"), "log", folder, sizeof folder);
    TRY(say("日志目录 (folder)", e, &why));
    const char              *node = config_text(p->config, "node_url");
    const struct log_options o = {.folder = folder,
                                  .genesis = buf_bytes(&p->genesis.wire),
                                  .signer = p->log_signer,
                                  .node_url = node[0] == 0 ? NULL : node};
    return say("日志打不开 (log)", log_service_open(&o, &p->log, &why), &why);
}

/* The witnesses of the policy are whom it asks for the time. */
static enum gz_err open_clock(struct process *p)
{
    const struct policy *policy = p->genesis.genesis.policy;
    const bool           asks = strcmp(config_text(p->config, "clock_check"), "peers") == 0;
    char                 texts[POLICY_MEMBERS_MAX][PROCESS_URL_MAX + 1];
    const char          *urls[POLICY_MEMBERS_MAX];
    size_t               n = 0;
    for (size_t i = 0; i < policy_count_witnesses(policy); i++) {
        struct bytes url;
        (void)policy_witness(policy, i, &url);
        if (url.n == 0 || url.n > PROCESS_URL_MAX) continue;
        snprintf(texts[n], sizeof texts[n], "%.*s", (int)url.n, (const char *)url.p);
        urls[n] = texts[n];
        n++;
    }
    return witness_clock_open(asks ? WITNESS_CLOCK_PEERS : WITNESS_CLOCK_KERNEL, urls, n,
                              &p->clock);
}

static void recorded(void *ctx)
{
    struct process *p = ctx;
    publish_job_wake(p->job);
}

static const char *publish_state(void *ctx)
{
    struct process *p = ctx;
    return publish_state_name(publish_job_state(p->job));
}

static bool last_reconciliation(void *ctx, struct reconcile_result *out)
{
    struct process *p = ctx;
    return reconcile_job_last(p->reconciling, out);
}

/* "02:30" → minutes of the day; "" → -1. */
static enum gz_err minute_of(const char *text, int *out)
{
    DEFER(buf_fini) struct buf why = {0};
    int                        hour = 0, minute = 0, end = 0;
    *out = -1;
    if (text[0] == 0) return GZ_OK;
    const bool is_time = sscanf(text, "%2d:%2d%n", &hour, &minute, &end) == 2 && text[end] == 0 &&
                         end == 5 && hour >= 0 && hour < 24 && minute >= 0 && minute < 60;
    *out = hour * 60 + minute;
    return say("reconcile_at 须为 HH:MM，如 02:30", is_time ? GZ_OK : GZ_MALFORMED, &why);
}

static enum gz_err open_reconciling(struct process *p)
{
    struct reconcile_job_options o = {.bank = &p->bank,
                                      .db = p->sweeping,
                                      .sample_every_ms =
                                          config_integer(p->config, "reconcile_sample_every"),
                                      .ctx = p,
                                      .recorded = recorded};
    TRY(minute_of(config_text(p->config, "reconcile_at"), &o.full_at_minute));
    return reconcile_job_open(&o, &p->reconciling);
}

/* Only where the configuration names a folder. */
static enum gz_err open_inbox(struct process *p)
{
    DEFER(buf_fini) struct buf     none = {0};
    const struct watch_job_options o = {.bank = &p->bank,
                                        .db = p->watching,
                                        .inbox = config_text(p->config, "inbox"),
                                        .done = config_text(p->config, "inbox_done"),
                                        .ctx = p,
                                        .recorded = recorded};
    if (o.inbox[0] == 0) return GZ_OK;
    TRY(say("收件目录与完成目录须都存在、不同、在同一文件系统 (inbox, inbox_done)",
            inbox_check(o.inbox, o.done), &none));
    return watch_job_open(&o, &p->inbox);
}

static enum gz_err open_bank(struct process *p)
{
    const struct genesis *g = &p->genesis.genesis;
    TRY(open_clock(p));
    p->bank = (struct bank){.suite = g->suite,
                            .organisation = bytes_str(config_text(p->config, "organisation")),
                            .origin = g->origin,
                            .policy_text = g->policy_text,
                            .policy = g->policy,
                            .catalog = p->catalog,
                            .vault = p->vaults[SIDE_BUSINESS],
                            .identity = p->vaults[SIDE_IDENTITY],
                            .log = p->log,
                            .submission_signer = p->submission_signer,
                            .receipt_signer = p->receipt_signer,
                            .publish_within_s = config_integer(p->config, "publish_within") / 1000,
                            .submitted_path = config_text(p->config, "submitted"),
                            .clock = p->clock,
                            .signature_roots = p->signature_roots};
    TRY(publish_job_open(&p->bank, p->publishing, &p->job));
    TRY(open_reconciling(p));
    TRY(open_inbox(p));
    const struct control_options o = {.bank = &p->bank,
                                      .intake = p->intake,
                                      .queries = p->queries,
                                      .comparing = p->comparing,
                                      .ctx = p,
                                      .recorded = recorded,
                                      .publish_state = publish_state,
                                      .last_reconciliation = last_reconciliation};
    return control_site_new(&o, &p->control);
}

static struct http_options face_of(const struct process *p)
{
    static const struct http_route routes[] = {{"GET", "/notes/", note_handle, 0},
                                               {"GET", "/", chain_handle, 0},
                                               {"POST", "/", chain_handle, 0}};
    return (struct http_options){.address = config_text(p->config, "listen_address"),
                                 .port = (uint16_t)config_integer(p->config, "listen_port"),
                                 .threads = HTTP_THREADS,
                                 .allow_other =
                                     process_is_set(p->config, "test_allow_other_address"),
                                 .routes = routes,
                                 .routes_n = COUNT_OF(routes)};
}

/* Before anything is made. */
static enum gz_err check_address(const struct process *p)
{
    const struct http_options face = face_of(p);
    const enum gz_err         e = http_check_address(&face);
    if (e != GZ_OK) process_say_not_listening("bank", &face, e);
    return e;
}

static enum gz_err open_servers(struct process *p)
{
    static const struct http_route control_routes[] = {
        {"GET", "/control/", control_handle, 0},
        {"POST", "/control/", control_handle, CONTROL_BODY_MAX}};
    DEFER(buf_fini) struct buf none = {0};
    struct http_options        face = face_of(p);
    note_site_init(&p->site, p->log, p->noting);
    face.ctx = &p->site;
    const struct http_options local = {.socket_path = config_text(p->config, "socket"),
                                       .threads = CONTROL_THREADS,
                                       .ctx = p->control,
                                       .routes = control_routes,
                                       .routes_n = COUNT_OF(control_routes)};
    const enum gz_err         e = http_server_open(&face, &p->server);
    if (e != GZ_OK) process_say_not_listening("bank", &face, e);
    TRY(e);
    return say("本机套接字不可用 (socket)", http_server_open(&local, &p->socket), &none);
}

/* The push API: only where a port is set for it. */
static enum gz_err open_api(struct process *p)
{
    DEFER(buf_fini) struct buf        none = {0};
    const struct intake_queue_options queue = {
        .bank = &p->bank, .db = p->pushing, .ctx = p, .recorded = recorded};
    if (config_integer(p->config, "api_port") == 0) return GZ_OK;
    TRY(say("接口队列 (api)", intake_queue_open(&queue, &p->queue), &none));
    const struct evidence_options site = {.bank = &p->bank,
                                          .queue = p->queue,
                                          .queries = p->push_queries,
                                          .folder = config_text(p->config, "folder")};
    TRY(say("接口 (api)", evidence_site_new(&site, &p->evidence), &none));
    const struct http_options o = {.address = config_text(p->config, "api_address"),
                                   .port = (uint16_t)config_integer(p->config, "api_port"),
                                   .threads = EVIDENCE_THREADS,
                                   .allow_other =
                                       process_is_set(p->config, "test_allow_other_address"),
                                   .no_store = true,
                                   .ctx = p->evidence,
                                   .routes = evidence_http_routes,
                                   .routes_n = evidence_http_routes_n,
                                   .uploads = evidence_http_uploads,
                                   .uploads_n = evidence_http_uploads_n,
                                   .write_refusal = problem_write_refusal};
    TRY(say("接口地址或端口不可用：明文 HTTP 只限回环地址，端口须空闲 (api_address, api_port)",
            http_server_open(&o, &p->api), &none));
    log_line(LOG_INFO, "bank", "push API open port=%u", http_server_port(p->api));
    return GZ_OK;
}

static enum gz_err open_all(struct process *p)
{
    DEFER(buf_fini) struct buf why = {0};
    TRY(check_address(p));
    TRY(process_read_genesis(config_text(p->config, "genesis"), &p->genesis));
    TRY(open_keys(p));
    TRY(say("类别或映射不可用 (kinds, mappings)",
            catalog_open(config_text(p->config, "kinds"), config_text(p->config, "mappings"),
                         &p->catalog, &why),
            &why));
    TRY(say(
        "根证书目录不可用 (signature_roots)",
        signature_roots_open(config_text(p->config, "signature_roots"), &p->signature_roots, &why),
        &why));
    TRY(say("数据目录 (folder)", folder_make(config_text(p->config, "folder"), FOLDER_MODE), &why));
    TRY(open_store(p));
    TRY(open_log(p)); /* whose lock says that no other bank has this folder */
    TRY(say("依法销毁未能办完 (destroying a matter)", finish_destroying(p, &why), &why));
    TRY(say("保险库清理失败 (sweeping the vault)", sweep(p), &why));
    TRY(open_bank(p));
    TRY(open_servers(p));
    return open_api(p);
}

int command_bank(int argc, char **argv)
{
    static const struct process_command command = {"bank", usage, bank_config, 0};
    struct process_command              with_rows = command;
    DEFER(process_fini) struct process  p = {0};
    with_rows.rows_n = bank_config_n;
    const int status = process_configure(&with_rows, argc, argv, &p.config);
    if (status != PROCESS_GO_ON) return status;
    process_block_signals();
    if (open_all(&p) != GZ_OK) return PROCESS_FAILED;
    log_line(LOG_INFO, "bank", "running origin=%s genesis=%s port=%u", p.genesis.origin,
             p.genesis.hash, http_server_port(p.server));
    log_line(LOG_INFO, "bank", "ending signal=%d", process_wait());
    return STATUS_OK;
}

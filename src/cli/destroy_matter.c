/* guzheng destroy-matter: carries out an order that two operators have signed. */
#include <getopt.h>
#include <stdio.h>

#include "app/destroy_matter.h"
#include "cli/commands.h"
#include "cli/error_text.h"
#include "cli/process_store.h"
#include "host/file.h"
#include "host/host.h"

enum { STATUS_REFUSED = 1, STATUS_FAILED = 3 };

static const char usage[] =
    "usage: guzheng destroy-matter --config F --order FILE\n"
    "  依两名经办人签名的指令，销毁一笔贷款的密钥：本机构控制的内容（含备份）从此不可读，\n"
    "  已出具的证书与链上的证明仍然有效。须先停止银行进程；完成后立即重做备份：\n"
    "  此前的备份，其密钥由已销毁的主密钥保护，不能再用于恢复。\n"
    "  条件：理由与依据、保存期限已满、无保全或留存要求、无未办结投诉。\n"
    "  --order  指令文件，一行 JSON，由两名经办人用 guzheng sign-order 签名：\n"
    "  {\"type\":\"guzheng/destroy-order/v1\",\"organisation\":\"本机构\",\n"
    "   \"matter\":\"事项句柄\" 或 \"record\":\"证据编号\",\n"
    "   \"reason\":\"理由\",\"ground\":\"依据的条款\",\"retention_until\":\"2036-01-31\",\n"
    "   \"no_legal_hold\":true,\"no_open_grievance\":true}\n"
    "exit status: 0 destroyed, 1 refused (nothing was changed), 2 usage,\n"
    "             3 begun but not finished: repair, then start the bank or call again\n";

/* What the command works with; closed in the opposite order. */
struct opened {
    struct config  *config;
    struct catalog *catalog;
    struct db      *db;
    struct vault   *vaults[SIDES];
    size_t          operators_n;
    struct key      operators[DESTROY_OPERATORS_MAX];
};
static void opened_fini(struct opened *o)
{
    for (size_t i = 0; i < SIDES; i++) vault_close(&o->vaults[i]);
    db_close(&o->db);
    catalog_close(&o->catalog);
    config_free(&o->config);
}

static enum gz_err say(enum gz_err e, const struct buf *why)
{
    if (e == GZ_OK) return GZ_OK;
    if (why->n == 0) fprintf(stderr, "guzheng destroy-matter: %s\n", error_text(e));
    else fprintf(stderr, "guzheng destroy-matter: %.*s", (int)why->n, (const char *)why->p);
    return e;
}

static enum gz_err open_all(const char *path, struct opened *o)
{
    DEFER(buf_fini) struct buf why = {0};
    TRY(say(config_read(path, bank_config, bank_config_n, &o->config, &why), &why));
    TRY(say(process_read_operators(o->config, o->operators, &o->operators_n, &why), &why));
    TRY(say(catalog_open(config_text(o->config, "kinds"), config_text(o->config, "mappings"),
                         &o->catalog, &why),
            &why));
    TRY(say(process_open_database(o->config, &o->db, &why), &why));
    return say(process_open_vaults(o->config, o->db, o->vaults, &why), &why);
}

static int status_of(enum gz_err e)
{
    if (e == GZ_OK) return STATUS_OK;
    return e == GZ_IO || e == GZ_CORRUPT || e == GZ_MEMORY ? STATUS_FAILED : STATUS_REFUSED;
}

static int run(const char *config, const char *order_path)
{
    DEFER(opened_fini) struct opened o = {0};
    DEFER(buf_fini) struct buf       order = {0}, why = {0};
    if (say(file_read(order_path, DESTROY_ORDER_MAX, &order), &why) != GZ_OK) return STATUS_REFUSED;
    if (open_all(config, &o) != GZ_OK) return STATUS_REFUSED;
    const struct bank bank = {.organisation = bytes_str(config_text(o.config, "organisation")),
                              .catalog = o.catalog,
                              .vault = o.vaults[SIDE_BUSINESS],
                              .identity = o.vaults[SIDE_IDENTITY]};
    const enum gz_err e = destroy_matter(&bank, o.db, o.operators, o.operators_n, buf_bytes(&order),
                                         clock_now(), &why);
    if (e == GZ_OK) puts("已依法销毁。请立即重做备份，并销毁旧备份与旧主密钥的副本 (destroyed)");
    return status_of(say(e, &why));
}

int command_destroy_matter(int argc, char **argv)
{
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'},
                                          {"order", required_argument, NULL, 'o'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    const char                *config = NULL, *order = NULL;
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (c == 'h') return fputs(usage, stdout) < 0;
        if (c == 'c') config = optarg;
        else if (c == 'o') order = optarg;
        else optind = argc + 1;
    }
    if (config != NULL && order != NULL && optind == argc) return run(config, order);
    fputs(usage, stderr);
    return STATUS_USAGE;
}

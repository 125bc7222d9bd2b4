/* guzheng fsck: every hash of a log's or a mirror's folder again, from the signed submissions; of a
 * bank its records too. */
#include <dirent.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "api/chain_routes.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/fsck_bank.h"
#include "cli/fsck_text.h"
#include "cli/process.h"
#include "cli/process_config.h"
#include "core/base64.h"
#include "host/file.h"
#include "node/log_fsck.h"

enum {
    STATUS_DAMAGED = 1,
    PATH_SIZE = 4096,
    GENESIS_MAX = 1 + PROCESS_LOGS_MAX,
    GENESIS_LEVELS_UP = 4, /* from a chain's folder at a witness to that of the consortium */
    HASH_NAME = 2 * HASH_SIZE,
};

static const char usage[] =
    "usage: guzheng fsck [--genesis F]… FOLDER\n"
    "       guzheng fsck --config F\n"
    "  由已签名的交易重新推出一条日志或其副本的每个散列，核验所有签名与检查点，指出每处不符。\n"
    "  只读，不作修改。须先停止使用该目录的进程，或检查一份副本。\n"
    "  FOLDER     the log's folder, a witness's folder, one log in it, or a chain alone\n"
    "  --genesis  genesis.json of the chain; else the nearest one in FOLDER or above it\n"
    "  --config   the configuration of a bank or a witness, which names both; of a bank its\n"
    "             databases, vaults, every record and every original are checked too\n"
    "exit status: 0 clean, 1 damaged, 2 usage, or it could not be checked\n";

struct fsck {
    const char            *folder; /* as it is shown */
    size_t                 genesis_n;
    struct process_genesis genesis[GENESIS_MAX];
    struct config         *bank; /* of a bank: its own side is checked too */
    bool                   is_damaged, is_unchecked;
};

static void fsck_fini(struct fsck *f)
{
    for (size_t i = 0; i < f->genesis_n; i++) process_genesis_fini(&f->genesis[i]);
    config_free(&f->bank);
}

static int refuse_usage(void)
{
    fputs(usage, stderr);
    return STATUS_USAGE;
}

static enum gz_err add_genesis(struct fsck *f, const char *path)
{
    if (f->genesis_n == GENESIS_MAX) return GZ_LIMIT;
    TRY(process_read_genesis(path, &f->genesis[f->genesis_n]));
    f->genesis_n++;
    return GZ_OK;
}

static bool is_there(const char *folder, const char *name)
{
    char        path[PATH_SIZE];
    struct stat st;
    return path_join(folder, name, path, sizeof path) == GZ_OK && stat(path, &st) == 0;
}

/* --- one folder ------------------------------------------------------------------------------- */

/* Of a witness each log's folder bears the hash of its origin as a name. */
static bool is_hash(const char *name)
{
    uint8_t raw[HASH_SIZE];
    return strlen(name) == HASH_NAME && text_from_hex(bytes_str(name), raw, sizeof raw) == GZ_OK;
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* NULL: none of those that were given. */
static const struct process_genesis *genesis_of(const struct fsck *f, const char *real)
{
    char prefix[72];
    if (!is_hash(name_of(real))) return f->genesis_n > 0 ? &f->genesis[0] : NULL;
    for (size_t i = 0; i < f->genesis_n; i++) {
        chain_site_prefix(f->genesis[i].genesis.origin, prefix);
        if (strcmp(prefix + 1, name_of(real)) == 0) return &f->genesis[i];
    }
    return NULL;
}

static void say_result(struct fsck *f, const char *folder, const struct log_fsck *found,
                       struct bytes report)
{
    DEFER(buf_fini) struct buf root = {0};
    for (struct bytes line; bytes_take_line(&report, &line);) {
        fsck_print_line(stdout, folder, line);
        f->is_damaged = true;
    }
    if (base64_add(BASE64_STD_PADDED, BYTES_OF(found->root.b), &root) != GZ_OK) root.n = 0;
    if (found->has_chain)
        printf("%s: %llu 条存证，树根 %.*s，检查点 %llu 个 (entries, root, checkpoints)\n", folder,
               (unsigned long long)found->size, (int)root.n, (const char *)root.p,
               (unsigned long long)found->checkpoints);
    else
        printf("%s: 不保存副本，检查点 %llu 个 (no mirror; checkpoints)\n", folder,
               (unsigned long long)found->checkpoints);
    if (found->is_stopped)
        printf("%s: 已停止共签：持有该日志作弊的证据，见其中 evidence (cosigning has stopped)\n",
               folder);
}

static enum gz_err say_unchecked(struct fsck *f, const char *folder, enum gz_err e)
{
    f->is_unchecked = true;
    if (e == GZ_BUSY)
        fprintf(stderr, "guzheng fsck: %s 正在使用：请先停止该进程，或检查一份副本 (in use)\n",
                folder);
    else fprintf(stderr, "guzheng fsck: %s 不能检查：%s\n", folder, err_sentence(e));
    return e;
}

static enum gz_err check_bare_chain(const char *folder, struct bytes genesis, struct log_fsck *out,
                                    struct buf *report)
{
    struct chain_check check = {0};
    const enum gz_err  e = chain_fsck_claims(folder, genesis, &check, report);
    *out = (struct log_fsck){.size = check.size, .root = check.root, .has_chain = true};
    return e;
}

/* kind 0: a chain alone. real: of the folder that bears the log's name. */
static enum gz_err check_one(struct fsck *f, const char *folder, const char *real,
                             enum log_fsck_kind kind)
{
    DEFER(buf_fini) struct buf    report = {0};
    struct log_fsck               found = {0};
    const struct process_genesis *g = genesis_of(f, real);
    if (g == NULL) {
        f->is_unchecked = true;
        fprintf(stderr,
                "guzheng fsck: 没有 %s 的创世文件，请用 --genesis 给出 (no genesis for it)\n",
                folder);
        return GZ_MISSING;
    }
    const struct bytes wire = buf_bytes(&g->wire);
    const enum gz_err  e = kind == 0 ? check_bare_chain(folder, wire, &found, &report)
                                     : log_fsck(folder, wire, kind, &found, &report);
    if (e != GZ_OK && e != GZ_CORRUPT) return say_unchecked(f, folder, e);
    say_result(f, folder, &found, buf_bytes(&report));
    return GZ_OK;
}

/* --- what the folder is ----------------------------------------------------------------------- */

static int is_log_of_witness(const struct dirent *d)
{
    return is_hash(d->d_name);
}

/* GZ_MISSING: it holds none. */
static enum gz_err check_witness(struct fsck *f, const char *real)
{
    struct dirent **names = NULL;
    const int       n = scandir(real, &names, is_log_of_witness, alphasort);
    for (int i = 0; i < n; i++) {
        char folder[PATH_SIZE], inner[PATH_SIZE];
        if (path_join(f->folder, names[i]->d_name, folder, sizeof folder) == GZ_OK &&
            path_join(real, names[i]->d_name, inner, sizeof inner) == GZ_OK)
            (void)!check_one(f, folder, inner, LOG_FSCK_MIRROR);
        free(names[i]);
    }
    free(names);
    return n > 0 ? GZ_OK : GZ_MISSING;
}

static bool is_chain(const char *folder)
{
    return is_there(folder, "submissions") || is_there(folder, "entries") ||
           is_there(folder, "state");
}

static enum gz_err check_folder(struct fsck *f, char *real)
{
    if (is_chain(real)) {
        char *slash = strrchr(real, '/'); /* the log's name, if any, is that of the folder above */
        *slash = 0;
        return check_one(f, f->folder, real, 0);
    }
    if (is_there(real, "chain") || is_there(real, "checkpoints"))
        return check_one(f, f->folder, real,
                         is_hash(name_of(real)) ? LOG_FSCK_MIRROR : LOG_FSCK_LOG);
    const enum gz_err e = check_witness(f, real);
    if (e == GZ_MISSING)
        fprintf(stderr, "guzheng fsck: %s 中没有日志或副本 (holds no log and no mirror)\n",
                f->folder);
    return e;
}

static enum gz_err find_genesis(struct fsck *f, const char *real)
{
    char folder[PATH_SIZE], path[PATH_SIZE];
    snprintf(folder, sizeof folder, "%s", real);
    for (unsigned i = 0; i <= GENESIS_LEVELS_UP; i++) {
        if (is_there(folder, "genesis.json")) {
            TRY(path_join(folder, "genesis.json", path, sizeof path));
            return add_genesis(f, path);
        }
        char *slash = strrchr(folder, '/');
        if (slash == NULL || slash == folder) break;
        *slash = 0;
    }
    return GZ_OK; /* check_one says what is missing */
}

static void check_bank(struct fsck *f)
{
    struct fsck_bank found = {0};
    if (f->bank == NULL) return;
    fsck_bank(f->bank, &f->genesis[0].genesis, &found);
    f->is_damaged |= found.is_damaged;
    f->is_unchecked |= found.is_unchecked;
}

static int run(struct fsck *f)
{
    char real[PATH_MAX];
    if (realpath(f->folder, real) == NULL) {
        fprintf(stderr, "guzheng fsck: 目录 %s 不存在或读不到 (cannot be read)\n", f->folder);
        return STATUS_USAGE;
    }
    if (f->genesis_n == 0 && find_genesis(f, real) != GZ_OK) return STATUS_USAGE;
    if (check_folder(f, real) != GZ_OK) f->is_unchecked = true;
    check_bank(f);
    if (f->is_damaged)
        puts("结论：有损坏 (damaged)。不要启动，先把整个目录复制保留。\n"
             "  只有 entries、tiles、seq、state 损坏：移走 state，启动时由 submissions 重建。\n"
             "  submissions、checkpoints、cosigned 损坏：从法院的副本或备份恢复。\n"
             "  数据库、保险库损坏：从备份恢复；业务库与身份库可以分别恢复。");
    else if (!f->is_unchecked) puts("结论：完好 (clean)");
    if (f->is_damaged) return STATUS_DAMAGED;
    return f->is_unchecked ? STATUS_USAGE : STATUS_OK;
}

/* --- arguments -------------------------------------------------------------------------------- */

static enum gz_err take_bank(struct fsck *f, const struct config *c, char folder[PATH_SIZE])
{
    TRY(path_join(config_text(c, "folder"), "log", folder, PATH_SIZE));
    return add_genesis(f, config_text(c, "genesis"));
}

static enum gz_err take_witness(struct fsck *f, const struct config *c, char folder[PATH_SIZE])
{
    snprintf(folder, PATH_SIZE, "%s", config_text(c, "folder"));
    TRY(add_genesis(f, config_text(c, "genesis")));
    for (size_t i = 0; i < config_count(c, "logs"); i++)
        TRY(add_genesis(f, config_text(config_map_at(c, "logs", i), "genesis")));
    return GZ_OK;
}

/* A configuration of either process; the defects that are told are those of the likelier one. */
static enum gz_err take_config(struct fsck *f, const char *path, char folder[PATH_SIZE])
{
    DEFER(config_free) struct config *config = NULL;
    DEFER(buf_fini) struct buf        as_bank = {0}, as_witness = {0};
    enum gz_err e = config_read(path, bank_config, bank_config_n, &config, &as_bank);
    if (e == GZ_OK) {
        f->bank = config;
        config = NULL;
        return take_bank(f, f->bank, folder);
    }
    e = config_read(path, witness_config, witness_config_n, &config, &as_witness);
    if (e == GZ_OK) return take_witness(f, config, folder);
    const struct buf *told = as_bank.n < as_witness.n ? &as_bank : &as_witness;
    fputs("guzheng fsck: 配置文件不可用 (the configuration cannot be used):\n", stderr);
    fwrite(told->p, 1, told->n, stderr);
    return e;
}

int command_fsck(int argc, char **argv)
{
    static const struct option   longs[] = {{"genesis", required_argument, NULL, 'g'},
                                            {"config", required_argument, NULL, 'c'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    DEFER(fsck_fini) struct fsck f = {0};
    const char                  *config = NULL;
    char                         folder[PATH_SIZE];
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (c == 'h') {
            fputs(usage, stdout);
            return STATUS_OK;
        }
        if (c == 'c') config = optarg;
        else if (c != 'g') return refuse_usage();
        else if (add_genesis(&f, optarg) != GZ_OK) return STATUS_USAGE;
    }
    if (optind + (config == NULL) != argc || (config != NULL && f.genesis_n > 0))
        return refuse_usage();
    if (config != NULL && take_config(&f, config, folder) != GZ_OK) return STATUS_USAGE;
    f.folder = config != NULL ? folder : argv[optind];
    return run(&f);
}

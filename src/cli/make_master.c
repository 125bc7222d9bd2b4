/* guzheng make-master: the master keys of a new installation, in files or wrapped by a token. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/error_text.h"
#include "cli/process_store.h"

enum { STATUS_FAILED = 1 };

static const char usage[] =
    "usage: guzheng make-master --config F\n"
    "  按配置为业务库与身份库各生成一把主密钥：写入文件，或由密码设备 (token_module) 保护。\n"
    "  已有的不会改动。之后请分开保管、分开备份：丢失则内容无法解密。\n"
    "exit status: 0 made or there already, 1 not made, 2 usage\n";

static enum gz_err make(const struct master_source *s)
{
    DEFER(buf_fini) struct buf why = {0};
    if (access(s->path, F_OK) == 0) {
        printf("%s: 已有，未改动 (there already)\n", s->path);
        return GZ_OK;
    }
    const enum gz_err e = master_create(s, &why);
    if (e == GZ_OK) printf("%s: 已生成 (made)\n", s->path);
    else
        fprintf(stderr, "%.*sguzheng make-master: %s\n", (int)why.n,
                why.n == 0 ? "" : (const char *)why.p, error_text(e));
    return e;
}

static int run(const char *path)
{
    DEFER(config_free) struct config *config = NULL;
    DEFER(buf_fini) struct buf        why = {0};
    struct vault_options              options[SIDES];
    const enum gz_err e = config_read(path, bank_config, bank_config_n, &config, &why);
    if (e != GZ_OK) {
        fprintf(stderr, "%.*s", (int)why.n, why.n == 0 ? "" : (const char *)why.p);
        return STATUS_FAILED;
    }
    process_vault_options(config, options);
    for (size_t i = 0; i < SIDES; i++)
        if (make(&options[i].master) != GZ_OK) return STATUS_FAILED;
    return STATUS_OK;
}

int command_make_master(int argc, char **argv)
{
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    const char                *config = NULL;
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (c == 'h') return fputs(usage, stdout) < 0;
        if (c != 'c') optind = argc + 1;
        else config = optarg;
    }
    if (config != NULL && optind == argc) return run(config);
    fputs(usage, stderr);
    return STATUS_USAGE;
}

/* guzheng keygen: a private key into a file, its public half to standard output. */
#include <getopt.h>
#include <stdio.h>

#include "cli/commands.h"
#include "cli/process.h"

enum { STATUS_FAILED = 1 };

static const char usage[] =
    "usage: guzheng keygen --suite gm|intl --purpose log|witness|submission|receipt|\n"
    "                                             operator\n"
    "                      --name NAME --out FILE\n"
    "  生成一把私钥，写入 FILE（PKCS#8 PEM，权限 0600），并输出其公钥 "
    "(vkey)。已有的文件不会覆盖。\n"
    "  --suite    gm: SM2 与 SM3；intl: Ed25519 与 SHA-256\n"
    "  --purpose  log 检查点签名；witness 法院共签；submission 链上交易；receipt 回执；\n"
    "             operator 经办人，为本机构内的指令签名\n"
    "  --name     the origin of the log, or the organisation's name, as the genesis gives it\n"
    "exit status: 0 made, 1 not made (nothing was written), 2 usage\n";

struct options {
    const char      *name, *out;
    bool             has_suite, has_purpose;
    enum suite       suite;
    enum key_purpose purpose;
};

static int refuse_usage(void)
{
    fputs(usage, stderr);
    return STATUS_USAGE;
}

static bool take(struct options *o, int c)
{
    switch (c) {
    case 's':
        o->has_suite = suite_decode(bytes_str(optarg), &o->suite) == GZ_OK;
        return o->has_suite;
    case 'p':
        o->has_purpose = process_purpose_of(optarg, &o->purpose) == GZ_OK;
        return o->has_purpose;
    case 'n': o->name = optarg; return true;
    case 'o': o->out = optarg; return true;
    default: return false;
    }
}

/* PROCESS_GO_ON or the exit status. */
static int parse(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {
        {"suite", required_argument, NULL, 's'}, {"purpose", required_argument, NULL, 'p'},
        {"name", required_argument, NULL, 'n'},  {"out", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},        {NULL, 0, NULL, 0}};
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (c == 'h') {
            fputs(usage, stdout);
            return STATUS_OK;
        }
        if (!take(o, c)) return refuse_usage();
    }
    const bool whole = o->has_suite && o->has_purpose && o->name != NULL && o->out != NULL;
    return whole && optind == argc ? PROCESS_GO_ON : refuse_usage();
}

static int refuse(const struct options *o, enum gz_err e)
{
    if (e == GZ_MALFORMED) {
        fputs("guzheng keygen: --name 不可用：不可为空、超过 128 字节，或含空白与加号"
              " (the name cannot be used)\n",
              stderr);
        return STATUS_USAGE;
    }
    if (e == GZ_CONFLICT)
        fprintf(stderr, "guzheng keygen: %s 已存在，未作改动；请换一个文件名 (it exists)\n",
                o->out);
    else if (e == GZ_MISSING)
        fprintf(stderr, "guzheng keygen: %s 所在的目录不存在 (no such folder)\n", o->out);
    else fprintf(stderr, "guzheng keygen: 不能写 %s：%s\n", o->out, err_sentence(e));
    return STATUS_FAILED;
}

int command_keygen(int argc, char **argv)
{
    DEFER(buf_fini) struct buf vkey = {0};
    struct options             o = {0};
    struct key                 key;
    const int                  status = parse(argc, argv, &o);
    if (status != PROCESS_GO_ON) return status;
    const enum gz_err e = signer_create(o.out, o.suite, o.purpose, bytes_str(o.name), &key);
    if (e != GZ_OK) return refuse(&o, e);
    if (key_encode(&key, &vkey) != GZ_OK) return STATUS_FAILED;
    printf("%.*s\n", (int)vkey.n, (const char *)vkey.p);
    return fflush(stdout) == 0 ? STATUS_OK : STATUS_FAILED;
}

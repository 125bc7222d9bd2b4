/* guzheng voucher: 借据 and 还款明细 of loans, made of what the bank has fixed. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/bank_client.h"
#include "cli/commands.h"
#include "cli/voucher_file.h"
#include "core/base64.h"
#include "document/font.h"
#include "host/file.h"

enum { FOLDER_MODE = 0700, STATUS_REFUSED = 1, STATUS_FAILED = 4 };

static const char usage[] =
    "usage: guzheng voucher note|repayments [--socket PATH] [--contract] [--source S] [--masked] "
    "-o OUT MATTER…\n"
    "  把已固证的数据排成可阅读的借据 (note) 或还款明细 (repayments)，PDF/A-3b，每张借据一节。\n"
    "  MATTER      贷款的事项句柄（见 guzheng history）；用 --contract 时为合同编号\n"
    "  --source S  合同编号只在这个来源系统中找\n"
    "  --masked    个人信息按各类别的展示规则遮盖\n"
    "  -o OUT      一笔贷款：写到文件 OUT；多笔：写入目录 OUT，每笔一个 <事项>-note.pdf 等\n"
    "  --socket    银行进程的套接字；缺省 $GUZHENG_SOCKET，否则 /run/guzheng/bank.sock\n"
    "exit status: 0 done, 1 refused: unknown, nothing fixed yet, destroyed, too many rows, 2 "
    "usage, 4 no answer, or it "
    "could not be written\n";

struct options {
    enum voucher_form form;
    const char       *socket, *source, *out;
    bool              contract, masked, help;
};

/* The handle of a matter may begin as an option does. */
static bool is_handle(const char *argument)
{
    uint8_t handle[16];
    return argument[0] == '-' && base64_decode_exact(BASE64_URL_BARE, bytes_str(argument), handle,
                                                     sizeof handle) == GZ_OK;
}

/* Such handles go to the end; returns where they begin. */
static int set_handles_aside(int argc, char **argv)
{
    int end = argc;
    for (int i = 1; i < end;) {
        char *const one = argv[i];
        if (!is_handle(one)) {
            i++;
            continue;
        }
        memmove(argv + i, argv + i + 1, (size_t)(argc - i - 1) * sizeof *argv);
        argv[argc - 1] = one;
        end--;
    }
    return end;
}

static bool parse(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {
        {"socket", required_argument, NULL, 's'}, {"source", required_argument, NULL, 'f'},
        {"contract", no_argument, NULL, 'c'},     {"masked", no_argument, NULL, 'm'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    const int options_end = set_handles_aside(argc, argv);
    for (int c; (c = getopt_long(options_end, argv, "o:", longs, NULL)) != -1;) {
        switch (c) {
        case 's': o->socket = optarg; break;
        case 'f': o->source = optarg; break;
        case 'c': o->contract = true; break;
        case 'm': o->masked = true; break;
        case 'h': o->help = true; break;
        case 'o': o->out = optarg; break;
        default: return false;
        }
    }
    if (o->help) return true;
    const char *word = optind < options_end ? argv[optind++] : "";
    o->form = strcmp(word, voucher_word(VOUCHER_NOTE)) == 0 ? VOUCHER_NOTE : VOUCHER_REPAYMENTS;
    const bool is_form = strcmp(word, voucher_word(o->form)) == 0;
    return is_form && o->out != NULL && optind < argc;
}

static enum gz_err run(const struct options *o, char **loans, size_t n)
{
    DEFER(bank_client_close) struct bank_client *bank = NULL;
    DEFER(fonts_close) struct fonts             *fonts = NULL;
    DEFER(buf_fini) struct buf                   why = {0};
    struct voucher_order order = {.form = o->form, .masked = o->masked, .source = o->source};
    const enum gz_err    e = fonts_open(NULL, &fonts, &why);
    if (e != GZ_OK) fprintf(stderr, "guzheng voucher: %.*s\n", (int)why.n, (const char *)why.p);
    if (e != GZ_OK) return GZ_IO;
    const enum gz_err made = n == 1 ? GZ_OK : folder_make(o->out, FOLDER_MODE);
    if (made != GZ_OK) fprintf(stderr, "guzheng voucher: 目录 %s 不能使用\n", o->out);
    TRY(made);
    TRY(bank_client_open(o->socket, &bank));
    order.by = o->contract ? "contract" : "matter";
    for (size_t i = 0; i < n; i++) {
        order.loan = loans[i];
        TRY(voucher_file_write(bank, fonts, &order, n == 1 ? o->out : NULL, o->out));
    }
    return GZ_OK;
}

int command_voucher(int argc, char **argv)
{
    struct options o = {0};
    if (!parse(argc, argv, &o)) {
        fputs(usage, stderr);
        return STATUS_USAGE;
    }
    if (o.help) return fputs(usage, stdout) < 0;
    const enum gz_err e = run(&o, argv + optind, (size_t)(argc - optind));
    switch (e) {
    case GZ_OK: return STATUS_OK;
    case GZ_MISSING:
    case GZ_CONFLICT:
    case GZ_BUSY:
    case GZ_LIMIT:
    case GZ_ERASED: return STATUS_REFUSED;
    default: return STATUS_FAILED;
    }
}

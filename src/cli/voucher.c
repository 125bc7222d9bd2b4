/* guzheng voucher: 借据 and 还款明细 of loans, made of what the bank has fixed. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "api/json_ref.h"
#include "cli/bank_client.h"
#include "cli/commands.h"
#include "cli/error_text.h"
#include "cli/voucher_read.h"
#include "document/font.h"
#include "host/file.h"

enum { VOUCHER_PATH = 1024, VOUCHER_MODE = 0600, FOLDER_MODE = 0700 };
enum { STATUS_REFUSED = 1, STATUS_FAILED = 4 };

static const char usage[] =
    "usage: guzheng voucher note|repayments [--socket PATH] [--contract] [--source S] [--masked] "
    "-o OUT MATTER…\n"
    "  把已固证的数据排成可阅读的借据 (note) 或还款明细 (repayments)，PDF/A-3b，每张借据一节。\n"
    "  MATTER      贷款的事项句柄（见 guzheng find）；用 --contract 时为合同编号\n"
    "  --source S  合同编号只在这个来源系统中找\n"
    "  --masked    个人信息按各类别的展示规则遮盖\n"
    "  -o OUT      一笔贷款：写到文件 OUT；多笔：写入目录 OUT，每笔一个 <事项>-note.pdf 等\n"
    "  --socket    银行进程的套接字；缺省 $GUZHENG_SOCKET，否则 /run/guzheng/bank.sock\n"
    "exit status: 0 done, 1 refused: unknown, or nothing fixed yet, 2 usage, 4 no answer, or it "
    "could not be written\n";

struct options {
    enum voucher_form form;
    const char       *word, *socket, *source, *out;
    bool              contract, masked, help;
};

static bool parse(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {
        {"socket", required_argument, NULL, 's'}, {"source", required_argument, NULL, 'f'},
        {"contract", no_argument, NULL, 'c'},     {"masked", no_argument, NULL, 'm'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    for (int c; (c = getopt_long(argc, argv, "o:", longs, NULL)) != -1;) {
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
    o->word = optind < argc ? argv[optind++] : "";
    o->form = strcmp(o->word, "note") == 0 ? VOUCHER_NOTE : VOUCHER_REPAYMENTS;
    const bool is_form = o->form == VOUCHER_NOTE || strcmp(o->word, "repayments") == 0;
    return is_form && o->out != NULL && optind < argc;
}

static enum gz_err ask(struct bank_client *bank, const struct options *o, const char *loan,
                       json_t **answer)
{
    DEFER(json_unref)
    json_t *request = json_pack("{s:s, s:s, s:b}", "by", o->contract ? "contract" : "matter",
                                "value", loan, "masked", o->masked);
    if (o->source != NULL) json_object_set_new(request, "source", json_string(o->source));
    return bank_client_call(bank, "/control/vouchers", request, answer);
}

static enum gz_err say(const char *what, enum gz_err e)
{
    if (e == GZ_MISSING)
        fprintf(stderr, "guzheng voucher: %s：合同或放款还没有已固证的记录\n", what);
    else if (e != GZ_OK) fprintf(stderr, "guzheng voucher: %s：%s\n", what, error_text(e));
    return e;
}

/* path NULL: in the folder, under the matter's handle. */
static enum gz_err write_one(struct bank_client *bank, struct fonts *fonts, const struct options *o,
                             const char *loan, const char *path)
{
    DEFER(json_unref) json_t                        *answer = NULL;
    DEFER(voucher_answer_fini) struct voucher_answer a = {0};
    DEFER(buf_fini) struct buf                       pdf = {0};
    char                                             made[VOUCHER_PATH];
    TRY(ask(bank, o, loan, &answer));
    TRY(say("银行进程的应答", voucher_answer_read(answer, &a)));
    a.voucher.form = o->form;
    a.voucher.masked = o->masked;
    TRY(say(loan, voucher_pdf(fonts, &a.voucher, &pdf)));
    if (path == NULL &&
        snprintf(made, sizeof made, "%s/%.*s-%s.pdf", o->out, (int)a.voucher.matter.n,
                 (const char *)a.voucher.matter.p, o->word) >= VOUCHER_PATH)
        return say(o->out, GZ_LIMIT);
    const char *to = path != NULL ? path : made;
    TRY(say(to, file_replace(to, buf_bytes(&pdf), VOUCHER_MODE)));
    printf("%s：%s\n", o->form == VOUCHER_NOTE ? "借据" : "还款明细", to);
    return GZ_OK;
}

static enum gz_err run(const struct options *o, char **loans, size_t n)
{
    DEFER(bank_client_close) struct bank_client *bank = NULL;
    DEFER(fonts_close) struct fonts             *fonts = NULL;
    DEFER(buf_fini) struct buf                   why = {0};
    const enum gz_err                            e = fonts_open(NULL, &fonts, &why);
    if (e != GZ_OK) fprintf(stderr, "guzheng voucher: %.*s\n", (int)why.n, (const char *)why.p);
    if (e != GZ_OK) return GZ_IO;
    TRY(bank_client_open(o->socket, &bank));
    if (n == 1) return write_one(bank, fonts, o, loans[0], o->out);
    TRY(say(o->out, folder_make(o->out, FOLDER_MODE)));
    for (size_t i = 0; i < n; i++) TRY(write_one(bank, fonts, o, loans[i], NULL));
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
    if (e == GZ_OK) return STATUS_OK;
    return e == GZ_MISSING || e == GZ_CONFLICT || e == GZ_BUSY ? STATUS_REFUSED : STATUS_FAILED;
}

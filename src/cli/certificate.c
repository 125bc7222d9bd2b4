/* guzheng certificate: fetch certificates (and originals) from the running bank. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/json_ref.h"
#include "cli/bank_client.h"
#include "cli/certificate_forms.h"
#include "cli/commands.h"
#include "cli/error_text.h"
#include "cli/voucher_file.h"
#include "host/file.h"

enum { FOLDER_MODE = 0755, ORIGINAL_URL = 128, STATUS_REFUSED = 1, STATUS_FAILED = 4 };

static const char usage[] =
    "usage: guzheng certificate [--socket PATH] [--disclose a,b|--all|--masked] [-o FILE [--pdf] "
    "[--package] [--vouchers]] ID\n"
    "       guzheng certificate [--socket PATH] [--disclose a,b|--all|--masked] --every|--matter H|"
    "--contract N -o FOLDER [--pdf] [--package]\n"
    "  向运行中的银行进程取存证证书及其原件。\n"
    "  ID          已固证记录的证据编号 (UUID)\n"
    "  --disclose  向持证人披露的字段，逗号分隔；缺省一项也不披露\n"
    "  --all       披露全部字段\n"
    "  --masked    只披露不须遮盖的字段；其余在 --pdf 的页面上按类别的展示规则遮盖显示\n"
    "  -o FILE     证书写到 FILE（缺省为标准输出）；所披露的原件写在旁边的 files/<FILE 的名字>/\n"
    "  --pdf       另写 FILE.pdf：供阅读和打印的存证证书 (PDF/A-3b)，内附证书本身\n"
    "  --package   另写 FILE.zip：证据包，含证书、PDF 与所披露的原件\n"
    "  --vouchers  另写 FILE.note.pdf 与 FILE.repayments.pdf：这笔贷款的借据与还款明细\n"
    "              (证据包的格式只许有证书与原件，故写在证据包旁边)\n"
    "  --every     全部已固证的记录，每条一份，写入 FOLDER；已有的不重写；所选字段须每条都有\n"
    "  --matter H  同 --every，只限一笔贷款：事项句柄（见 guzheng history）\n"
    "  --contract N  同上，以合同编号指明\n"
    "  --socket    银行进程的套接字；缺省 $GUZHENG_SOCKET，否则 /run/guzheng/bank.sock\n"
    "  已有的别的文件、披露内容不同的证书，都不会覆盖。\n"
    "exit status: 0 done, 1 refused: unknown, not published yet, or something else is there, "
    "2 usage,\n             4 no answer, or it could not be written\n";

struct options {
    const char *socket, *disclose, *out, *id;
    const char *by, *value; /* of one loan alone: as guzheng find asks for it; or NULL */
    bool        all, masked, every, pdf, package, vouchers, help;
};

static enum gz_err fetch(struct bank_client *bank, const struct options *o, const char *id,
                         json_t **answer)
{
    DEFER(json_unref)
    json_t *request = json_pack("{s:s, s:b, s:b}", "id", id, "all", o->all, "masked", o->masked);
    if (o->disclose != NULL) json_object_set_new(request, "disclose", json_string(o->disclose));
    return bank_client_call(bank, "/control/certificates", request, answer);
}

static enum gz_err say_odd_answer(void)
{
    fputs("guzheng certificate: 银行进程的应答不是预期的形式 (an unexpected answer)\n", stderr);
    return GZ_MALFORMED;
}

/* The originals that this certificate discloses, as far as they are not there. */
static enum gz_err write_originals(struct bank_client *bank, const char *id,
                                   const struct certificate_files *f, json_t *files)
{
    size_t  i;
    json_t *file;
    json_array_foreach(files, i, file)
    {
        DEFER(buf_fini) struct buf content = {0};
        char                       from[ORIGINAL_URL];
        const char                *name = json_string_value(json_object_get(file, "name"));
        const unsigned             n = (unsigned)json_integer_value(json_object_get(file, "n"));
        if (name == NULL) return say_odd_answer();
        if (f->is_there && certificate_files_has(f, n, name)) continue;
        snprintf(from, sizeof from, "/control/originals/%s/%u", id, n);
        TRY(bank_client_get(bank, from, &content));
        TRY(certificate_files_add(f, n, name, buf_bytes(&content)));
    }
    return GZ_OK;
}

/* path NULL: to standard output, without originals. */
static enum gz_err write_one(struct bank_client *bank, const struct options *o,
                             const struct certificate_forms *forms, const char *id,
                             const char *path, bool *is_new)
{
    DEFER(json_unref) json_t *answer = NULL;
    struct certificate_files  f = {0};
    if (path != NULL) TRY(certificate_files_at(path, &f));
    if (path != NULL) TRY(certificate_files_check(&f));
    TRY(fetch(bank, o, id, &answer));
    const char *text = json_string_value(json_object_get(answer, "certificate"));
    if (text == NULL) return say_odd_answer();
    if (path == NULL) return fputs(text, stdout) < 0 || fflush(stdout) != 0 ? GZ_IO : GZ_OK;
    TRY(certificate_files_compare(&f, text));
    TRY(write_originals(bank, id, &f, json_object_get(answer, "files")));
    *is_new = !f.is_there;
    if (!f.is_there) TRY(certificate_files_finish(&f, text));
    TRY(certificate_forms_write(forms, &f, o->masked ? json_object_get(answer, "masked") : NULL));
    return o->vouchers ? voucher_files_of_record(bank, forms->fonts, id, o->masked, path) : GZ_OK;
}

static enum gz_err say_folder(const char *folder, enum gz_err e)
{
    if (e != GZ_OK)
        fprintf(stderr, "guzheng certificate: 目录 %s 不能使用：%s (unusable folder)\n", folder,
                error_text(e));
    return e;
}

struct progress {
    bool   is_shown;
    size_t seen, written, erased, waiting;
};

/* What of all records, or of one loan's, comes after the page before; after NULL: the first. */
static enum gz_err read_page(struct bank_client *bank, const struct options *o, json_t *after,
                             json_t **page)
{
    char path[ORIGINAL_URL] = "/control/records";
    if (o->by != NULL) {
        DEFER(json_unref) json_t *request = json_pack("{s:s, s:s}", "by", o->by, "value", o->value);
        if (after != NULL) json_object_set(request, "after", after);
        return bank_client_call(bank, "/control/find", request, page);
    }
    if (after != NULL)
        snprintf(path, sizeof path, "/control/records?after=%lld",
                 (long long)json_integer_value(after));
    return bank_client_call(bank, path, NULL, page);
}

/* A loan's records are listed from their receipt on, and a certificate is of what is published. */
static bool is_waiting(const json_t *record)
{
    const char *state = json_string_value(json_object_get(record, "state"));
    return state != NULL && strcmp(state, "published") != 0;
}

static enum gz_err write_page(struct bank_client *bank, const struct options *o,
                              const struct certificate_forms *forms, json_t *records,
                              struct progress *p)
{
    size_t  i;
    json_t *record;
    json_array_foreach(records, i, record)
    {
        char        path[CERTIFICATE_PATH];
        bool        is_new = false;
        const char *id = json_string_value(json_object_get(record, "id"));
        if (id == NULL) return say_odd_answer();
        p->waiting += is_waiting(record);
        if (is_waiting(record)) continue;
        if (snprintf(path, sizeof path, "%s/%s.gzcert", o->out, id) >= CERTIFICATE_PATH)
            return say_folder(o->out, GZ_LIMIT);
        const enum gz_err e = write_one(bank, o, forms, id, path, &is_new);
        p->erased += e == GZ_ERASED; /* said already; the others are still to be had */
        if (e == GZ_ERASED) continue;
        TRY(e);
        p->seen++;
        p->written += is_new;
        if (p->is_shown) fprintf(stderr, "\r证书 %zu", p->seen);
    }
    return GZ_OK;
}

static enum gz_err write_every(struct bank_client *bank, const struct options *o,
                               const struct certificate_forms *forms)
{
    struct progress           p = {.is_shown = isatty(STDERR_FILENO) != 0};
    DEFER(json_unref) json_t *after = NULL;
    TRY(say_folder(o->out, folder_make(o->out, FOLDER_MODE)));
    TRY(say_folder(o->out, folder_sweep(o->out)));
    for (bool more = true; more;) {
        DEFER(json_unref) json_t *page = NULL;
        TRY(read_page(bank, o, after, &page));
        TRY(write_page(bank, o, forms, json_object_get(page, "records"), &p));
        json_decref(after);
        after = json_incref(json_object_get(page, "next"));
        more = json_is_integer(after);
    }
    if (p.is_shown) fputc('\n', stderr);
    if (o->by != NULL && p.seen + p.erased + p.waiting == 0) {
        fputs("guzheng certificate: 没有这笔贷款的记录，请核对句柄或合同编号 (nothing found)\n",
              stderr);
        return GZ_MISSING;
    }
    if (p.erased > 0) printf("已依法销毁，不再出具：%zu 份 (erased)\n", p.erased);
    if (p.waiting > 0)
        printf("尚未固证，固证后请再取一次：%zu 条 (not published yet)\n", p.waiting);
    printf("存证证书 %zu 份，其中新写 %zu 份：%s\n", p.seen, p.written, o->out);
    return GZ_OK;
}

/* NULL: usable; else what is wrong, a line or nothing. */
static const char *parse(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {
        {"socket", required_argument, NULL, 's'}, {"disclose", required_argument, NULL, 'd'},
        {"all", no_argument, NULL, 'a'},          {"masked", no_argument, NULL, 'm'},
        {"vouchers", no_argument, NULL, 'v'},     {"every", no_argument, NULL, 'e'},
        {"pdf", no_argument, NULL, 'p'},          {"package", no_argument, NULL, 'z'},
        {"matter", required_argument, NULL, 'l'}, {"contract", required_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    int at = 0;
    for (int c; (c = getopt_long(argc, argv, "o:", longs, &at)) != -1;) {
        if (c == 's') o->socket = optarg;
        else if (c == 'd') o->disclose = optarg;
        else if (c == 'a') o->all = true;
        else if (c == 'm') o->masked = true;
        else if (c == 'v') o->vouchers = true;
        else if (c == 'e') o->every = true;
        else if (c == 'p') o->pdf = true;
        else if (c == 'z') o->package = true;
        else if (c == 'h') o->help = true;
        else if (c == 'o') o->out = optarg;
        else if (c != 'l' || o->by != NULL) return "";
        if (c != 'l') continue;
        o->by = longs[at].name;
        o->value = optarg;
    }
    if (o->by != NULL && o->every) return "--every 是全部贷款，不与 --matter、--contract 同用\n";
    o->every |= o->by != NULL;
    o->id = optind < argc ? argv[optind] : NULL;
    if (o->help) return NULL;
    if (o->all + o->masked + (o->disclose != NULL) > 1)
        return "--all、--masked 与 --disclose 只能用一个\n";
    if ((o->pdf || o->package || o->vouchers) && o->out == NULL)
        return "--pdf、--package 与 --vouchers 须用 -o 给出位置\n";
    if (o->every && o->vouchers) return "--vouchers 一次只用于一条记录\n";
    if (o->every && o->out == NULL) return "--every、--matter 与 --contract 须用 -o 给出目录\n";
    if (o->every && optind < argc) return "--every、--matter 与 --contract 不再给出证据编号\n";
    if (!o->every && optind == argc) return "没有给出证据编号 ID\n";
    return o->every || optind + 1 == argc ? NULL : "一次只取一份证书：只给一个 ID，或用 --every\n";
}

static enum gz_err write_given(struct bank_client *bank, const struct options *o,
                               const struct certificate_forms *forms)
{
    bool is_new = false;
    TRY(write_one(bank, o, forms, o->id, o->out, &is_new));
    if (o->out != NULL)
        printf("存证证书%s：%s\n", is_new ? "" : "已在（内容相同，未重写）", o->out);
    return GZ_OK;
}

static int exit_status(enum gz_err e)
{
    if (e == GZ_OK) return STATUS_OK;
    return e == GZ_MISSING || e == GZ_BUSY || e == GZ_CONFLICT ? STATUS_REFUSED : STATUS_FAILED;
}

int command_certificate(int argc, char **argv)
{
    DEFER(bank_client_close) struct bank_client *bank = NULL;
    struct options                               o = {0};
    const char                                  *why = parse(argc, argv, &o);
    if (why != NULL) {
        fprintf(stderr, "%s%s", why, usage);
        return STATUS_USAGE;
    }
    if (o.help) return fputs(usage, stdout) < 0;
    if (bank_client_open(o.socket, &bank) != GZ_OK) return STATUS_FAILED;
    DEFER(certificate_forms_fini)
    struct certificate_forms forms = {.pdf = o.pdf, .package = o.package, .vouchers = o.vouchers};
    enum gz_err              e = certificate_forms_open(&forms, bank);
    if (e == GZ_OK) e = o.every ? write_every(bank, &o, &forms) : write_given(bank, &o, &forms);
    return exit_status(e);
}

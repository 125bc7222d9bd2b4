/* guzheng submit: hand batch files to the running bank and say what became of each row. */
#include "api/json_ref.h"
#include "cli/commands.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/bank_client.h"

enum {
    WAIT_STEP_US = 200 * 1000,
    DEFECTS_SHOWN_MAX = 50, /* of a file */
    STATUS_REFUSED = 1,
    STATUS_FAILED = 4,
};

static const char usage[] =
    "usage: guzheng submit [--socket PATH] [--wait] [--json] [--result FOLDER] FOLDER|FILE\n"
    "  向运行中的银行进程提交批量文件：一个文件，或 FOLDER 中的每个文件；原件放在旁边的 files/。\n"
    "  文件名如 contract_20261125_1.txt，由映射识别。收过的行与文件都认得；一行有错不影响其余。\n"
    "  --wait    等到收下的记录全部固证（法院共签达到门限）\n"
    "  --json    按 JSON 输出银行进程的答复\n"
    "  --result  每个文件的结果写入 FOLDER/<文件名>.result.csv：先列错误，后列计数\n"
    "  --socket  银行进程的套接字；缺省 $GUZHENG_SOCKET，否则 /run/guzheng/bank.sock\n"
    "exit status: 0 all rows accepted or known, 1 some refused, 2 usage, or nothing to submit,\n"
    "             4 no answer, or the bank could not read on\n";

/* Line 0 is the file as a whole, an empty column the whole row. */
static void say_defect(const json_t *defect)
{
    const long long line = (long long)json_integer_value(json_object_get(defect, "line"));
    const char     *column = json_string_value(json_object_get(defect, "column"));
    fputs("  ", stderr);
    if (line > 0) fprintf(stderr, "第 %lld 行 ", line);
    if (column != NULL && column[0] != 0) fprintf(stderr, "%s ", column);
    fprintf(stderr, "[%s] %s\n", json_string_value(json_object_get(defect, "code")),
            json_string_value(json_object_get(defect, "hint")));
}

static void say_defects(const json_t *file)
{
    size_t  i;
    json_t *defect;
    json_array_foreach(json_object_get(file, "defects"), i, defect)
    {
        if (i == DEFECTS_SHOWN_MAX) {
            fprintf(stderr, "  … 另有 %zu 处，见 --json\n",
                    json_array_size(json_object_get(file, "defects")) - i);
            return;
        }
        say_defect(defect);
    }
}

static long long count(const json_t *file, const char *name)
{
    return (long long)json_integer_value(json_object_get(file, name));
}

/* What a file's line says behind its counts. */
static const char *remark(const char *outcome)
{
    if (outcome == NULL) return "";
    if (strcmp(outcome, "read_again") == 0) return "（此文件以前收过）";
    return strcmp(outcome, "unreadable") == 0 ? "（整个文件未读）" : "";
}

/* One line a file, its defects behind it. */
static void say_files(const json_t *answer)
{
    size_t  i;
    json_t *file;
    json_array_foreach(json_object_get(answer, "files"), i, file)
    {
        printf("%s：接收 %lld，已有 %lld，冲突 %lld，拒绝 %lld%s\n",
               json_string_value(json_object_get(file, "name")), count(file, "accepted"),
               count(file, "repeated"), count(file, "conflicts"), count(file, "refused"),
               remark(json_string_value(json_object_get(file, "outcome"))));
        fflush(stdout); /* the defects go to the other stream */
        say_defects(file);
    }
}

/* Until nothing waits for publication; a progress line on a terminal. */
static enum gz_err wait_published(struct bank_client *bank)
{
    const bool terminal = isatty(STDERR_FILENO) != 0;
    for (;;) {
        DEFER(json_unref) json_t *status = NULL;
        TRY(bank_client_call(bank, "/control/status", NULL, &status));
        json_t   *records = json_object_get(status, "records");
        long long total = count(records, "total"), published = count(records, "published");
        if (terminal) fprintf(stderr, "\r已固证 %lld / %lld", published, total);
        if (published == total) break;
        usleep(WAIT_STEP_US);
    }
    if (terminal) fputc('\n', stderr);
    return GZ_OK;
}

struct options {
    const char *socket, *path, *results;
    bool        wait, json, help;
};

/* NULL: usable; else what is wrong, a line or nothing. */
static const char *parse(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {
        {"socket", required_argument, NULL, 's'}, {"wait", no_argument, NULL, 'w'},
        {"json", no_argument, NULL, 'j'},         {"result", required_argument, NULL, 'r'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (c == 's') o->socket = optarg;
        else if (c == 'w') o->wait = true;
        else if (c == 'j') o->json = true;
        else if (c == 'r') o->results = optarg;
        else if (c == 'h') o->help = true;
        else return "";
    }
    if (o->help) return NULL;
    if (optind == argc) return "没有给出批量文件或目录\n";
    if (optind + 1 != argc) return "一次只给一个文件或一个目录\n";
    o->path = argv[optind];
    return NULL;
}

static enum gz_err show(const struct options *o, const json_t *answer)
{
    if (!o->json) {
        say_files(answer);
        return GZ_OK;
    }
    json_dumpf(answer, stdout, JSON_INDENT(1));
    return putchar('\n') == EOF ? GZ_IO : GZ_OK;
}

static int run(const struct options *o)
{
    DEFER(bank_client_close) struct bank_client *bank = NULL;
    DEFER(json_unref) json_t                    *answer = NULL;
    char path[PATH_MAX], results[PATH_MAX]; /* the bank has another working folder */
    if (realpath(o->path, path) == NULL) {
        fprintf(stderr, "guzheng submit: 没有文件或目录 %s (no such file or folder)\n", o->path);
        return STATUS_USAGE;
    }
    if (o->results != NULL && realpath(o->results, results) == NULL) {
        fprintf(stderr, "guzheng submit: 没有目录 %s，请先建立 (no such folder)\n", o->results);
        return STATUS_USAGE;
    }
    if (bank_client_open(o->socket, &bank) != GZ_OK) return STATUS_FAILED;
    DEFER(json_unref)
    json_t *request =
        json_pack("{s:s, s:s*}", "path", path, "results", o->results != NULL ? results : NULL);
    if (bank_client_call(bank, "/control/batches", request, &answer) != GZ_OK ||
        show(o, answer) != GZ_OK)
        return STATUS_FAILED;
    if (json_array_size(json_object_get(answer, "files")) == 0) {
        fprintf(stderr, "guzheng submit: %s 里没有可提交的文件 (nothing to submit)\n", o->path);
        return STATUS_USAGE;
    }
    if (o->wait && wait_published(bank) != GZ_OK) return STATUS_FAILED;
    return json_integer_value(json_object_get(answer, "defects")) > 0 ? STATUS_REFUSED : STATUS_OK;
}

int command_submit(int argc, char **argv)
{
    struct options o = {0};
    const char    *why = parse(argc, argv, &o);
    if (why != NULL) {
        fprintf(stderr, "%s%s", why, usage);
        return STATUS_USAGE;
    }
    return o.help ? fputs(usage, stdout) < 0 : run(&o);
}

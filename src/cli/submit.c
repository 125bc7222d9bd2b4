/* guzheng submit: hand batch files to the running bank and say what became of each row. */
#include "cli/commands.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/bank_client.h"

enum { WAIT_STEP_US = 200 * 1000, DEFECTS_SHOWN_MAX = 50 };

static const char usage[] =
    "usage: guzheng submit [--socket PATH] [--wait] [--json] FOLDER|FILE\n"
    "  Load a batch file, or every one of FOLDER (<kind>_<date>_<number>.txt, originals under\n"
    "  files/). A row or file that is known already is recognised; a bad row never stops the "
    "rest.\n"
    "  --wait   stay until all accepted records are published under a quorum of the courts\n"
    "  --json   print the bank's answer as it is\n"
    "exit status: 0 all rows accepted or known, 1 some refused, 2 usage, 4 the bank did not "
    "answer\n";

static void decref(json_t **j)
{
    json_decref(*j);
}

static void say_defects(const json_t *file)
{
    size_t  i;
    json_t *defect;
    json_array_foreach(json_object_get(file, "defects"), i, defect)
    {
        if (i == DEFECTS_SHOWN_MAX) {
            fprintf(stderr, "  … %zu more\n",
                    json_array_size(json_object_get(file, "defects")) - i);
            return;
        }
        fprintf(stderr, "  第 %lld 行 %s [%s] %s\n",
                (long long)json_integer_value(json_object_get(defect, "line")),
                json_string_value(json_object_get(defect, "column")),
                json_string_value(json_object_get(defect, "code")),
                json_string_value(json_object_get(defect, "hint")));
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
        printf("%s: 接收 %lld, 已有 %lld, 冲突 %lld, 拒绝 %lld%s\n",
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
        DEFER(decref) json_t *status = NULL;
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
    const char *socket, *path;
    bool        wait, json, help;
};

static bool parse(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {{"socket", required_argument, NULL, 's'},
                                          {"wait", no_argument, NULL, 'w'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (c == 's') o->socket = optarg;
        else if (c == 'w') o->wait = true;
        else if (c == 'j') o->json = true;
        else if (c == 'h') o->help = true;
        else return false;
    }
    if (o->help) return true;
    if (optind + 1 != argc) return false;
    o->path = argv[optind];
    return true;
}

static enum gz_err run(const struct options *o, bool *refused)
{
    DEFER(bank_client_close) struct bank_client *bank = NULL;
    DEFER(decref) json_t                        *answer = NULL;
    char path[PATH_MAX]; /* the bank has another working folder */
    if (realpath(o->path, path) == NULL) {
        fprintf(stderr, "guzheng submit: no file or folder %s\n", o->path);
        return GZ_MISSING;
    }
    TRY(bank_client_open(o->socket, &bank));
    DEFER(decref) json_t *request = json_pack("{s:s}", "path", path);
    TRY(bank_client_call(bank, "/control/batches", request, &answer));
    if (o->json) {
        json_dumpf(answer, stdout, JSON_INDENT(1));
        putchar('\n');
    } else {
        say_files(answer);
    }
    *refused = json_integer_value(json_object_get(answer, "defects")) > 0;
    return o->wait ? wait_published(bank) : GZ_OK;
}

int command_submit(int argc, char **argv)
{
    struct options o = {0};
    if (!parse(argc, argv, &o)) {
        fputs(usage, stderr);
        return 2;
    }
    if (o.help) return fputs(usage, stdout) < 0;
    bool              refused = false;
    const enum gz_err e = run(&o, &refused);
    if (e != GZ_OK) return 4;
    return refused ? 1 : 0;
}

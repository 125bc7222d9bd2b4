/* guzheng verify: check certificates and originals, off line. docs/verify.md is its page. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/commands.h"
#include "cli/render.h"
#include "cli/verify_folder.h"
#include "cli/verify_receipt.h"
#include "node/log_search.h"

static const char default_policy[] = "/etc/guzheng/policy";

static const char usage[] =
    "usage: guzheng verify [--policy F] [--json] [--lang zh|en] [--render OUT.pdf] CERT [FILE…]\n"
    "       guzheng verify [--policy F] [--json] [--lang zh|en] FOLDER\n"
    "       guzheng verify [--policy F] [--json] [--lang zh|en] --set CERT… [FILE…]\n"
    "       guzheng verify [--policy F] [--genesis F] [--log URL]… RECEIPT [CERT]\n"
    "  核验存证证书（.gzcert）与原件，不联网。信任策略须来自出具方以外的可信渠道。\n"
    "  CERT      a certificate: .gzcert, certificate PDF, or evidence package (ZIP); FILE:\n"
    "            originals, matched by content\n"
    "  FOLDER    every *.gzcert, *.gzcert.pdf and *.gzcert.zip in it, a line each, and compared "
    "with\n"
    "            one another; the originals of X.gzcert are the files X-* beside it and the files\n"
    "            in files/X/\n"
    "  --render  write a fresh PDF of what was verified; the pages of a PDF are never checked\n"
    "  --policy  trust policy or policy history; else /etc/guzheng/policy\n"
    "  --node    ask this node's log or mirror (URL) whether its copy has the same entry, and\n"
    "            whether a later record corrects it (check 8)\n"
    "  --set     several certificates and originals, verified and compared\n"
    "  RECEIPT   a bank's receipt: is it theirs, and was its promise kept, by the record's\n"
    "            certificate, or by the whole log at URL or several courts' mirrors, which can\n"
    "            prove omission\n"
    "  --genesis the consortium's genesis.json; else /etc/guzheng/genesis.json\n"
    "  --json    the report as JSON (of many: JSON Lines, the last one a summary)\n"
    "exit status: 0 valid, 1 invalid, 3 incomplete, 2 wrong usage or unusable policy\n";

struct arguments {
    const char           *policy, *genesis, *logs[LOG_SEARCH_BASES_MAX];
    size_t                logs_n;
    const char           *render; /* where to write a PDF; NULL: nowhere */
    bool                  is_set;
    struct verify_options options;
};

static int refuse_usage(void)
{
    fputs(usage, stderr);
    return STATUS_USAGE;
}

/* -1: go on; else the exit status. */
static int read_arguments(int argc, char **argv, struct arguments *a)
{
    static const struct option longs[] = {
        {"policy", required_argument, NULL, 'p'},  {"json", no_argument, NULL, 'j'},
        {"lang", required_argument, NULL, 'l'},    {"set", no_argument, NULL, 's'},
        {"genesis", required_argument, NULL, 'g'}, {"node", required_argument, NULL, 'n'},
        {"log", required_argument, NULL, 'u'},     {"render", required_argument, NULL, 'r'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0}};
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (c == 'h') {
            fputs(usage, stdout);
            return STATUS_OK;
        }
        if (c == 'p') a->policy = optarg;
        else if (c == 'g') a->genesis = optarg;
        else if (c == 'n') a->options.node = optarg;
        else if (c == 'u' && a->logs_n < LOG_SEARCH_BASES_MAX) a->logs[a->logs_n++] = optarg;
        else if (c == 'r') a->render = optarg;
        else if (c == 'j') a->options.json = true;
        else if (c == 's') a->is_set = true;
        else if (c == 'l' && strcmp(optarg, "zh") == 0) a->options.lang = LANG_ZH;
        else if (c == 'l' && strcmp(optarg, "en") == 0) a->options.lang = LANG_EN;
        else return refuse_usage();
    }
    return optind < argc ? -1 : refuse_usage();
}

static enum gz_err load_policy(const char *given, struct verify_policy *policy)
{
    const char       *path = given != NULL ? given : default_policy;
    const enum gz_err e = verify_policy_load(path, policy);
    if (e == GZ_IO && given == NULL)
        fprintf(stderr,
                "guzheng verify: 没有信任策略：未给 --policy，%s 也读不到（%s）。\n"
                "  请从可信的法院或其公告取得本联盟的策略文件，用 --policy "
                "给出；不要向出具证书的一方索取。\n"
                "  (no policy: give --policy FILE, taken from a court, not from the certificate's "
                "issuer)\n",
                path, strerror(errno));
    else if (e == GZ_IO)
        fprintf(stderr, "guzheng verify: 信任策略 %s 读不到：%s (cannot read the policy)\n", path,
                strerror(errno));
    else if (e == GZ_MEMORY)
        fprintf(stderr, "guzheng verify: 信任策略 %s 太大，内存不足 (out of memory)\n", path);
    else if (e != GZ_OK)
        fprintf(stderr,
                "guzheng verify: 信任策略 %s 不可用：%s。请重新从可信渠道取得 "
                "(the policy is unusable: take it anew from where you trust)\n",
                path, policy->why);
    return e;
}

static bool is_folder(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

static int say_unreadable(const char *path)
{
    fprintf(stderr, "guzheng verify: 读不到文件 %s：%s (cannot read)\n", path, strerror(errno));
    return STATUS_USAGE;
}

static int report(const struct verified *v, const struct verify_options *o)
{
    if (o->json) {
        json_t *json = verify_report_json(o->lang, v);
        json_dumpf(json, stdout, JSON_INDENT(1) | JSON_ENSURE_ASCII);
        putchar('\n');
        json_decref(json);
    } else verify_report_print(stdout, o->lang, v);
    return fflush(stdout) == 0 ? (int)v->report.result : STATUS_USAGE;
}

static void free_files(struct verify_file **files)
{
    free(*files);
}

/* A page that looks like a certificate is made only of what holds. */
static enum gz_err render(const struct verifier *verifier, const struct verified *v,
                          const char *path)
{
    if (path == NULL) return GZ_OK;
    if (v->report.result != VERIFY_INVALID)
        return render_to_file(&v->report, buf_bytes(&verifier->opened.gzcert), path);
    fprintf(stderr, "guzheng verify: 核验不通过，不生成 %s (invalid: nothing is rendered)\n", path);
    return GZ_OK;
}

/* A second certificate is no original of the first. */
static bool is_certificate_name(const char *path)
{
    static const char *const ends[] = {".gzcert", ".gzcert.pdf", ".gzcert.zip"};
    const size_t             n = strlen(path);
    for (size_t i = 0; i < COUNT_OF(ends); i++)
        if (n > strlen(ends[i]) && strcmp(path + n - strlen(ends[i]), ends[i]) == 0) return true;
    return false;
}

static bool has_second_certificate(char **paths, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (!is_certificate_name(paths[i])) continue;
        fprintf(
            stderr,
            "guzheng verify: %s 也是存证证书，不是原件。一次核验多份证书：加 --set，或把它们放入"
            "一个文件夹并给出文件夹 (a second certificate: use --set or give a folder)\n",
            paths[i]);
        return true;
    }
    return false;
}

static int verify_one(char **paths, size_t n, const struct policy_history *history,
                      const struct arguments *a)
{
    const struct verify_options          *o = &a->options;
    DEFER(verifier_fini) struct verifier  verifier = {.history = history, .node = o->node};
    DEFER(free_files) struct verify_file *files = calloc(n, sizeof *files);
    struct verified                       v = {.path = paths[0],
                                               .originals_n = n - 1,
                                               .original_paths = (const char *const *)paths + 1,
                                               .originals = files};
    if (files == NULL) return STATUS_USAGE;
    for (size_t i = 1; i < n; i++)
        if (input_hash(paths[i], &files[i - 1]) != GZ_OK) return say_unreadable(paths[i]);
    const enum gz_err e = verifier_run(&verifier, &v);
    if (e == GZ_IO) return say_unreadable(v.path);
    if (e != GZ_OK) {
        fputs("guzheng verify: 内存不足 (out of memory)\n", stderr);
        return STATUS_USAGE;
    }
    const int status = report(&v, o);
    return render(&verifier, &v, a->render) == GZ_OK ? status : STATUS_USAGE;
}

int command_verify(int argc, char **argv)
{
    DEFER(verify_policy_fini) struct verify_policy policy = {0};
    struct arguments                               a = {0};
    const int                                      status = read_arguments(argc, argv, &a);
    if (status >= 0) return status;
    char **paths = argv + optind;
    size_t n = (size_t)(argc - optind);
    if (load_policy(a.policy, &policy) != GZ_OK) return STATUS_USAGE;
    if (a.render != NULL && (a.is_set || is_folder(paths[0]))) return refuse_usage();
    if (a.is_set) return verify_set_of(paths, n, &policy.history, &a.options);
    if (verify_is_receipt(paths[0])) {
        const struct receipt_request r = {.path = paths[0],
                                          .genesis = a.genesis,
                                          .logs = a.logs,
                                          .logs_n = a.logs_n,
                                          .certificate = n > 1 ? paths[1] : NULL,
                                          .history = &policy.history,
                                          .options = a.options};
        return n > 2 ? refuse_usage() : verify_receipt(&r);
    }
    if (!is_folder(paths[0]) && has_second_certificate(paths, n)) return STATUS_USAGE;
    if (!is_folder(paths[0])) return verify_one(paths, n, &policy.history, &a);
    if (n > 1) return refuse_usage();
    return verify_folder(paths[0], &policy.history, &a.options);
}

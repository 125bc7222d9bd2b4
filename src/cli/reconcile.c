/* guzheng reconcile: compare the bank's store, its log and each court's copy, now. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "api/json_ref.h"
#include "cli/bank_client.h"
#include "cli/commands.h"

static const char usage[] =
    "usage: guzheng reconcile [--socket PATH] [--sample] [--record] [--json]\n"
    "  比对核验：银行的库、日志与每个法院的副本逐条比对；每处差异给出记录、双方的值与修复办法。\n"
    "  --sample  只抽样比对；缺省为全量\n"
    "  --record  把结果作为一条存证上链\n"
    "  --json    以 JSON 输出\n"
    "exit status: 0 no difference, 1 differences, 2 usage, 4 the bank did not answer\n";

struct options {
    const char *socket;
    bool        sample, record, json, help;
};

static bool parse(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {
        {"socket", required_argument, NULL, 's'}, {"sample", no_argument, NULL, 'm'},
        {"record", no_argument, NULL, 'r'},       {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (c == 's') o->socket = optarg;
        else if (c == 'm') o->sample = true;
        else if (c == 'r') o->record = true;
        else if (c == 'j') o->json = true;
        else if (c == 'h') o->help = true;
        else return false;
    }
    return optind == argc;
}

static long long number(const json_t *o, const char *name)
{
    return (long long)json_integer_value(json_object_get(o, name));
}

static const char *text(const json_t *o, const char *name)
{
    const char *t = json_string_value(json_object_get(o, name));
    return t == NULL ? "" : t;
}

static void print_lag(const char *name, const json_t *lag)
{
    printf("  %s  %lld 条，中位 %lld 毫秒，99%% 在 %lld 毫秒内，最长 %lld 毫秒\n", name,
           number(lag, "records"), number(lag, "p50_ms"), number(lag, "p99_ms"),
           number(lag, "max_ms"));
}

static void print_difference(const json_t *d)
{
    printf("差异：%s\n", text(d, "what"));
    const bool is_court = strncmp(text(d, "difference"), "mirror", 6) == 0;
    if (text(d, "where")[0] != 0)
        printf("  %s      %s\n", is_court ? "法院" : "所在", text(d, "where"));
    if (text(d, "detail")[0] != 0) printf("  说明      %s\n", text(d, "detail"));
    if (text(d, "id")[0] != 0) printf("  证据编号  %s\n", text(d, "id"));
    if (strcmp(text(d, "difference"), "overdue") == 0)
        printf("  记录数    %lld\n", number(d, "index"));
    else printf("  位置      %lld\n", number(d, "index"));
    const bool is_unreadable = json_is_null(json_object_get(d, "found"));
    if (json_is_string(json_object_get(d, "expected")))
        printf("  %s      %s\n  %s      %s\n", is_unreadable ? "链上" : "本行", text(d, "expected"),
               is_unreadable ? "所见" : "对方", is_unreadable ? "读不出" : text(d, "found"));
    printf("  办法      %s\n", text(d, "repair"));
}

static void print_people(const json_t *answer)
{
    const long long n = number(answer, "differences");
    size_t          i;
    json_t         *d;
    json_array_foreach(json_object_get(answer, "found"), i, d) print_difference(d);
    printf("%s\n", n == 0 ? "比对一致：没有差异" : "比对不一致");
    printf("  库        %lld 条记录，重读原件 %lld 份，依法销毁 %lld 条\n",
           number(answer, "records"), number(answer, "originals"), number(answer, "erased"));
    printf("  日志      %lld 条（已固证 %lld 条），根 %s\n", number(answer, "entries"),
           number(answer, "log_size"), text(answer, "root"));
    printf("  法院副本  %lld 个，其中 %lld 个没有应答；比对 %lld 条\n", number(answer, "witnesses"),
           number(answer, "silent"), number(answer, "mirror_entries"));
    print_lag("上链时延", json_object_get(answer, "sequenced"));
    print_lag("固证时延", json_object_get(answer, "published"));
    printf("  差异      %lld 处\n", n);
}

static enum gz_err run(const struct options *o, bool *differs)
{
    DEFER(bank_client_close) struct bank_client *bank = NULL;
    DEFER(json_unref) json_t                    *answer = NULL;
    TRY(bank_client_open(o->socket, &bank));
    DEFER(json_unref)
    json_t *request =
        json_pack("{s:s, s:b}", "extent", o->sample ? "sample" : "full", "record", o->record);
    TRY(bank_client_call(bank, "/control/reconcile", request, &answer));
    if (o->json) {
        json_dumpf(answer, stdout, JSON_INDENT(1));
        putchar('\n');
    } else print_people(answer);
    *differs = number(answer, "differences") > 0;
    return GZ_OK;
}

int command_reconcile(int argc, char **argv)
{
    struct options o = {0};
    bool           differs = false;
    if (!parse(argc, argv, &o)) {
        fputs(usage, stderr);
        return STATUS_USAGE;
    }
    if (o.help) return fputs(usage, stdout) < 0;
    if (run(&o, &differs) != GZ_OK) return 4;
    return differs ? 1 : STATUS_OK;
}

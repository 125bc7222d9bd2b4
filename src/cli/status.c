/* guzheng status: how far the running bank is, and what somebody should look at. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "api/json_ref.h"
#include "base/time.h"
#include "cli/bank_client.h"
#include "cli/commands.h"

enum { STATUS_NO_ANSWER = 4, BEIJING = 8 * 60 };

static const char usage[] =
    "usage: guzheng status [--socket PATH] [--json]\n"
    "  运行中的银行进程的状态：记录走到哪一步、账本、各见证法院，以及须处理的事项（以 ! 开头）。\n"
    "  --json    按 JSON 输出\n"
    "  --socket  银行进程的套接字；缺省 $GUZHENG_SOCKET，否则 /run/guzheng/bank.sock\n"
    "exit status: 0 answered, 2 usage, 4 the bank did not answer\n";

static long long number(const json_t *of, const char *name)
{
    return (long long)json_integer_value(json_object_get(of, name));
}

/* --- for people ------------------------------------------------------------------------------- */

/* What a state is called, and what to do about it where something must be done. */
static const struct state {
    const char *name, *chinese, *advice;
} log_states[] =
    {
        {"asking", "正在向各法院核对，尚不接收", NULL},
        {"running", "正常", NULL},
        {"contradicted", "已停止写入",
         "有法院持有另一部历史：不要重启，保留日志目录及其中 evidence，与各法院核对"},
        {"failed", "已停止写入", "写不进磁盘：请检查磁盘空间与权限，排除后重启银行进程"},
},
  publish_states[] = {
      {"starting", "启动中", NULL},
      {"running", "正常", NULL},
      {"waiting", "等待账本接收，自动重试", NULL},
      {"stopped", "已停止", "固证已停止：请看银行进程日志中的 error 与 alarm，排除后重启"},
};

static const struct state *find(const struct state *states, size_t n, const char *name)
{
    static const struct state unknown = {"", "未知", NULL};
    for (size_t i = 0; i < n && name != NULL; i++)
        if (strcmp(states[i].name, name) == 0) return &states[i];
    return &unknown;
}

static void print_time(long long s)
{
    char text[TIME_TEXT_SIZE];
    time_encode((struct time){s, 0}, BEIJING, text);
    printf("%.10s %.8s（北京时间）", text, text + sizeof "2026-11-25T" - 1);
}

static void print_records(const json_t *r)
{
    printf("记录    共 %lld 条：已固证 %lld，已入账待共签 %lld，待入账 %lld\n", number(r, "total"),
           number(r, "published"), number(r, "integrated"), number(r, "received"));
    if (number(r, "outbox") == 0) return;
    printf("        待入账的最早一条收于 ");
    print_time(number(r, "oldest_waiting_since_ms") / 1000);
    putchar('\n');
}

static void print_witness(const json_t *w)
{
    const long long failures = number(w, "failures_in_a_row"), size = number(w, "size");
    printf("法院    %s：", json_string_value(json_object_get(w, "name")));
    if (size > 0) printf("共签至 %lld 条", size);
    else printf("最近的检查点没有其共签，本次启动以来也尚未共签");
    if (failures > 0) printf("，连续 %lld 次未答", failures);
    putchar('\n');
}

static void print_log(const json_t *log, const struct state *state)
{
    size_t  i;
    json_t *w;
    printf("账本    %s：%lld 条，其中 %lld 条已由法院共签", state->chinese, number(log, "size"),
           number(log, "published_size"));
    if (number(log, "quorum_time") > 0) {
        printf("，最近一次 ");
        print_time(number(log, "quorum_time"));
    }
    putchar('\n');
    json_array_foreach(json_object_get(log, "witnesses"), i, w) print_witness(w);
}

static void print_advice(const json_t *status, const struct state *log, const struct state *publish)
{
    size_t        i;
    json_t       *w;
    const json_t *of = json_object_get(status, "log");
    if (log->advice != NULL) printf("! %s\n", log->advice);
    if (publish->advice != NULL) printf("! %s\n", publish->advice);
    if (number(of, "conflicts") > 0)
        printf("! 启动以来拒绝了 %lld 笔序号相同、内容不同的交易，证据在日志目录的 evidence\n",
               number(of, "conflicts"));
    if (json_is_false(json_object_get(status, "clock_is_trusted")))
        puts("! 时钟不可信，暂不受理：请核对本机与各法院的时钟");
    json_array_foreach(json_object_get(of, "witnesses"), i,
                       w) if (json_is_true(json_object_get(w, "refused")))
        printf("! 法院 %s 不认得本账本：请核对它的创世文件与配置\n",
               json_string_value(json_object_get(w, "name")));
}

static void print_status(const json_t *status)
{
    const json_t       *log = json_object_get(status, "log");
    const struct state *log_state =
        find(log_states, COUNT_OF(log_states), json_string_value(json_object_get(log, "state")));
    const struct state *publish_state =
        find(publish_states, COUNT_OF(publish_states),
             json_string_value(json_object_get(status, "publishing")));
    print_records(json_object_get(status, "records"));
    print_log(log, log_state);
    printf("固证    %s\n", publish_state->chinese);
    print_advice(status, log_state, publish_state);
}

/* --- the command ------------------------------------------------------------------------------ */

static int refuse_usage(void)
{
    fputs(usage, stderr);
    return STATUS_USAGE;
}

int command_status(int argc, char **argv)
{
    static const struct option longs[] = {{"socket", required_argument, NULL, 's'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    DEFER(bank_client_close) struct bank_client *bank = NULL;
    DEFER(json_unref) json_t                    *status = NULL;
    const char                                  *socket = NULL;
    bool                                         as_json = false;
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (c == 'h') return fputs(usage, stdout) < 0;
        if (c == 's') socket = optarg;
        else if (c == 'j') as_json = true;
        else return refuse_usage();
    }
    if (optind != argc) return refuse_usage();
    if (bank_client_open(socket, &bank) != GZ_OK ||
        bank_client_call(bank, "/control/status", NULL, &status) != GZ_OK)
        return STATUS_NO_ANSWER;
    if (!as_json) print_status(status);
    else if (json_dumpf(status, stdout, JSON_INDENT(1)) == 0) putchar('\n');
    return fflush(stdout) == 0 ? STATUS_OK : STATUS_NO_ANSWER;
}

/* guzheng chain: how the members' nodes are, and what stands in the chain. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/json_ref.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/commands.h"
#include "host/http_client.h"

enum { STATUS_ALARM = 1, STATUS_NO_ANSWER = 4, BEIJING = 8 * 60 };
enum { URLS_MAX = 64, ANSWER_MAX = 256 * 1024, TIMEOUT_MS = 5000, LAG_BLOCKS = 5 };

static const char usage[] =
    "usage: guzheng chain status [--json] URL…\n"
    "       guzheng chain entry --index N URL\n"
    "  status  各成员节点的高度、条数、已发布、时钟与引擎，各成员最近的共签；须处理的事项以 ! "
    "开头。\n"
    "          URL 为节点地址，如 http://127.0.0.1:19080；链上没有个人信息\n"
    "  entry   第 N 条：机构、指纹、所在交易，以及更正它的条目\n"
    "  --json  status 按 JSON 输出，每个节点一行\n"
    "exit status: 0 all well, 1 something must be looked at, 2 usage, 4 no node answered\n";

struct view {
    const char *url;
    json_t     *status; /* NULL: no answer */
};

static void views_fini(struct view (*list)[URLS_MAX])
{
    for (size_t i = 0; i < URLS_MAX; i++) json_decref((*list)[i].status);
}

static long long number(const json_t *of, const char *name)
{
    return (long long)json_integer_value(json_object_get(of, name));
}

static const char *text(const json_t *of, const char *name)
{
    const char *t = json_string_value(json_object_get(of, name));
    return t == NULL ? "" : t;
}

static json_t *get(struct http_client *http, const char *url, const char *path)
{
    DEFER(http_answer_fini) struct http_answer a = {0};
    char                                       full[512];
    const int                                  n = snprintf(full, sizeof full, "%s%s", url, path);
    if (n < 0 || (size_t)n >= sizeof full) return NULL;
    if (http_get(http, full, TIMEOUT_MS, ANSWER_MAX, &a) != GZ_OK || a.status != 200) return NULL;
    return json_loadb((const char *)a.body.p, a.body.n, 0, NULL);
}

/* --- status ----------------------------------------------------------------------------------- */

static void print_time(long long s)
{
    char made[TIME_TEXT_SIZE];
    time_encode((struct time){s, 0}, BEIJING, made);
    printf("%.10s %.8s", made, made + sizeof "2026-11-25T" - 1);
}

static void print_members(const json_t *status)
{
    const json_t *members = json_object_get(status, "members"), *m;
    size_t        i;
    json_array_foreach(members, i, m)
    {
        printf("    %-20s 共签至 %lld", text(m, "name"), number(m, "size"));
        if (number(m, "time") > 0) {
            printf("  ");
            print_time(number(m, "time"));
            printf("（北京时间）");
        }
        printf("\n");
    }
}

/* Says it, and counts. */
static unsigned alarm_if(bool is, const char *who, const char *what)
{
    if (is) printf("  ! %s：%s\n", who, what);
    return is;
}

static unsigned print_member_alarms(const json_t *status)
{
    const json_t *members = json_object_get(status, "members"), *m;
    const bool    is_empty = json_integer_value(json_object_get(status, "size")) == 0;
    unsigned      n = 0;
    size_t        i;
    json_array_foreach(members, i, m)
    {
        n += alarm_if(json_is_true(json_object_get(m, "forked")), text(m, "name"),
                      "出示了另一部历史：证据在本节点的 evidence 目录，请立即与各方核对");
        /* Of an empty chain the nodes have nothing to ask each other for. */
        n += alarm_if(!is_empty && !json_is_true(json_object_get(m, "reached")), text(m, "name"),
                      "本节点联系不上它：请检查其节点与隧道");
    }
    return n;
}

static unsigned print_alarms(const struct view *v, long long highest)
{
    const json_t *s = v->status, *engine = json_object_get(s, "engine");
    const char   *who = text(s, "organisation");
    unsigned      n = 0;
    n += alarm_if(json_is_true(json_object_get(s, "failed")), who,
                  "节点写不进磁盘，已停止：排除后两个进程一同重启");
    n += alarm_if(
        json_is_true(json_object_get(s, "stopped")), who,
        "链上有以本机构名义、却非本机构发出的条目，已停止共签：私钥可能泄露，证据在 evidence 目录");
    n += alarm_if(!json_is_true(json_object_get(s, "clock_is_trusted")), who,
                  "时钟不可信，暂不共签：请检查校时");
    n += alarm_if(json_is_null(engine), who, "本机的共识引擎没有应答");
    n += alarm_if(highest - number(s, "height") > LAG_BLOCKS, who, "落后于其他节点，正在追赶");
    n += alarm_if(number(s, "conflicts") > 0, who,
                  "有机构为同一编号签了两份不同的交易：证据在 evidence 目录");
    return n + print_member_alarms(s);
}

static void print_node(const struct view *v)
{
    const json_t *s = v->status, *engine = json_object_get(s, "engine");
    printf("%s  %s\n", text(s, "organisation"), v->url);
    printf("    高度 %lld  条数 %lld  已发布 %lld  等候 %lld  引擎连接 %lld 家\n",
           number(s, "height"), number(s, "size"), number(s, "published_size"),
           number(s, "waiting"), number(engine, "peers"));
    print_members(s);
}

static long long highest_of(const struct view *list, size_t n)
{
    long long highest = 0;
    for (size_t i = 0; i < n; i++)
        if (number(list[i].status, "height") > highest) highest = number(list[i].status, "height");
    return highest;
}

/* Two nodes with one height and two heads: that can only be a fork. */
static unsigned compare_heads(const struct view *list, size_t n)
{
    unsigned found = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++) {
            const json_t *a = list[i].status, *b = list[k].status;
            if (a == NULL || b == NULL || number(a, "height") != number(b, "height")) continue;
            found += alarm_if(strcmp(text(a, "app_hash"), text(b, "app_hash")) != 0,
                              text(a, "organisation"), "与另一节点同一高度而账本不同");
        }
    return found;
}

static int print_all(const struct view *list, size_t n)
{
    unsigned answered = 0, alarms = 0;
    for (size_t i = 0; i < n; i++) {
        if (list[i].status == NULL) continue;
        print_node(&list[i]);
        answered++;
    }
    for (size_t i = 0; i < n; i++) {
        if (list[i].status == NULL) alarms += alarm_if(true, list[i].url, "没有应答");
        else alarms += print_alarms(&list[i], highest_of(list, n));
    }
    alarms += compare_heads(list, n);
    if (answered == 0) return STATUS_NO_ANSWER;
    if (alarms == 0) printf("正常\n");
    return alarms == 0 ? STATUS_OK : STATUS_ALARM;
}

static int print_json(const struct view *list, size_t n)
{
    unsigned answered = 0;
    for (size_t i = 0; i < n; i++) {
        char *line = list[i].status == NULL ? NULL : json_dumps(list[i].status, JSON_COMPACT);
        if (line == NULL) continue;
        printf("%s\n", line);
        free(line);
        answered++;
    }
    return answered == 0 ? STATUS_NO_ANSWER : STATUS_OK;
}

static int status(char **urls, size_t n, bool as_json)
{
    DEFER(http_client_free) struct http_client *http = NULL;
    DEFER(views_fini) struct view               list[URLS_MAX] = {0};
    if (http_client_new(&http) != GZ_OK) return STATUS_NO_ANSWER;
    for (size_t i = 0; i < n; i++)
        list[i] = (struct view){urls[i], get(http, urls[i], "/chain/status")};
    return as_json ? print_json(list, n) : print_all(list, n);
}

/* --- one entry -------------------------------------------------------------------------------- */

static int entry(const char *url, uint64_t index)
{
    DEFER(http_client_free) struct http_client *http = NULL;
    char                                        path[64];
    if (http_client_new(&http) != GZ_OK) return STATUS_NO_ANSWER;
    (void)snprintf(path, sizeof path, "/entry/%llu", (unsigned long long)index);
    DEFER(json_unref) json_t *e = get(http, url, path);
    if (e == NULL) {
        fprintf(stderr, "guzheng chain: 没有第 %llu 条，或节点没有应答\n",
                (unsigned long long)index);
        return STATUS_NO_ANSWER;
    }
    const json_t *by = json_object_get(e, "superseded_by");
    printf("第 %llu 条  机构 %s  指纹 %s  交易 %lld\n", (unsigned long long)index, text(e, "org"),
           text(e, "fingerprint"), number(e, "submission_seq"));
    if (json_is_integer(by)) printf("  已由第 %lld 条更正\n", (long long)json_integer_value(by));
    return STATUS_OK;
}

static int refuse_usage(void)
{
    fputs(usage, stderr);
    return STATUS_USAGE;
}

int command_chain(int argc, char **argv)
{
    static const struct option longs[] = {{"json", no_argument, NULL, 'j'},
                                          {"index", required_argument, NULL, 'i'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    bool                       as_json = false, has_index = false;
    uint64_t                   index = 0;
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (c == 'h') {
            fputs(usage, stdout);
            return STATUS_OK;
        }
        if (c == 'j') as_json = true;
        else if (c != 'i' || text_to_u64(bytes_str(optarg), INT64_MAX, &index) != GZ_OK)
            return refuse_usage();
        else has_index = true;
    }
    const int n = argc - optind - 1;
    if (n < 1 || n > URLS_MAX) return refuse_usage();
    if (strcmp(argv[optind], "status") == 0 && !has_index)
        return status(argv + optind + 1, (size_t)n, as_json);
    if (strcmp(argv[optind], "entry") == 0 && has_index && n == 1)
        return entry(argv[optind + 1], index);
    return refuse_usage();
}

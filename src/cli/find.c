/* guzheng find, guzheng history: records by what people know of them, and what became of each. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/json_ref.h"
#include "base/date.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/bank_client.h"
#include "cli/commands.h"
#include "cli/verify_input.h"
#include "cli/verify_kinds.h"

enum { BEIJING_MINUTES = 8 * 60, DAY_MS = 24 * 3600 * 1000 };

static const char usage[] =
    "usage: guzheng find    [--socket PATH] [--json] 条件\n"
    "       guzheng history [--socket PATH] [--json] 条件\n"
    "  find 列出符合条件的存证记录，一行一条；history 按次序列出每条记录的来历与去向。\n"
    "  条件（一个）：\n"
    "    --id UUID            证据编号\n"
    "    --fingerprint F      指纹（base64url）\n"
    "    --index N            链上序号\n"
    "    --event N            来源系统的事件编号\n"
    "    --contract N         合同编号：同一笔贷款的全部记录\n"
    "    --matter H           事项句柄：同上\n"
    "    --file PATH          原件（按内容）\n"
    "    --from D [--to D]    受理日期，含首尾，YYYY-MM-DD；可加 --kind\n"
    "  --source S   只在这个来源中找（--event, --contract）\n"
    "  --kind K     只要这一类别（--from）\n"
    "exit status: 0 found, 1 nothing found, 2 usage, 4 the bank did not answer\n";

struct options {
    const char *socket, *by, *value, *source, *kind, *from, *to;
    size_t      conditions;
    bool        json, help;
};

static const struct option longs[] = {{"socket", required_argument, NULL, 's'},
                                      {"json", no_argument, NULL, 'j'},
                                      {"help", no_argument, NULL, 'h'},
                                      {"source", required_argument, NULL, 'o'},
                                      {"kind", required_argument, NULL, 'k'},
                                      {"from", required_argument, NULL, 'f'},
                                      {"to", required_argument, NULL, 't'},
                                      {"id", required_argument, NULL, 'c'},
                                      {"fingerprint", required_argument, NULL, 'c'},
                                      {"index", required_argument, NULL, 'c'},
                                      {"event", required_argument, NULL, 'c'},
                                      {"contract", required_argument, NULL, 'c'},
                                      {"matter", required_argument, NULL, 'c'},
                                      {"file", required_argument, NULL, 'c'},
                                      {NULL, 0, NULL, 0}};

static bool parse(int argc, char **argv, struct options *o)
{
    int at = 0;
    for (int c; (c = getopt_long(argc, argv, "", longs, &at)) != -1;) {
        switch (c) {
        case 's': o->socket = optarg; break;
        case 'j': o->json = true; break;
        case 'h': o->help = true; break;
        case 'o': o->source = optarg; break;
        case 'k': o->kind = optarg; break;
        case 't': o->to = optarg; break;
        case 'f':
            o->from = optarg;
            o->by = "time";
            o->conditions++;
            break;
        case 'c':
            o->by = longs[at].name;
            o->value = optarg;
            o->conditions++;
            break;
        default: return false;
        }
    }
    return o->help || (optind == argc && o->conditions == 1);
}

/* --- the request ------------------------------------------------------------------------------ */

/* Midnight in China before the day, in Unix milliseconds. */
static enum gz_err day_ms(const char *text, int64_t *out)
{
    struct date       d;
    const enum gz_err e = date_decode(bytes_str(text), &d);
    if (e != GZ_OK) fprintf(stderr, "guzheng: %s 不是日期，须为 YYYY-MM-DD (no date)\n", text);
    TRY(e);
    *out = date_to_days(d) * DAY_MS - (int64_t)BEIJING_MINUTES * 60 * 1000;
    return GZ_OK;
}

static enum gz_err add_value(const struct options *o, json_t *request)
{
    struct verify_file file;
    char               sm3[2 * HASH_SIZE + 1];
    if (strcmp(o->by, "file") != 0) {
        json_object_set_new(request, "value", json_string(o->value));
        return GZ_OK;
    }
    if (input_hash(o->value, &file) != GZ_OK) {
        fprintf(stderr, "guzheng: 读不到文件 %s (cannot read)\n", o->value);
        return GZ_MALFORMED;
    }
    text_to_hex(BYTES_OF(file.sm3.b), sm3);
    json_object_set_new(request, "value", json_string(sm3));
    return GZ_OK;
}

static enum gz_err make_request(const struct options *o, json_t *request)
{
    int64_t from = 0, to = 0;
    json_object_set_new(request, "by", json_string(o->by));
    if (o->source != NULL) json_object_set_new(request, "source", json_string(o->source));
    if (o->kind != NULL) json_object_set_new(request, "kind", json_string(o->kind));
    if (o->from == NULL) return add_value(o, request);
    TRY(day_ms(o->from, &from));
    TRY(day_ms(o->to != NULL ? o->to : o->from, &to));
    json_object_set_new(request, "from_ms", json_integer(from));
    json_object_set_new(request, "to_ms", json_integer(to + DAY_MS));
    return GZ_OK;
}

/* --- showing ---------------------------------------------------------------------------------- */

static const char *text_at(const json_t *r, const char *name)
{
    const char *text = json_string_value(json_object_get(r, name));
    return text == NULL ? "" : text;
}

static const char *time_at(const json_t *r, const char *name, char out[TIME_TEXT_SIZE])
{
    const json_int_t ms = json_integer_value(json_object_get(r, name));
    if (ms == 0) return "—";
    const struct time t = {ms / 1000, (int32_t)(ms % 1000) * 1000000};
    return time_encode(t, BEIJING_MINUTES, out);
}

static const char *state_label(const char *state)
{
    static const char *const labels[][2] = {
        {"received", "已受理"}, {"integrated", "已上链"}, {"published", "已固证"}};
    for (size_t i = 0; i < COUNT_OF(labels); i++)
        if (strcmp(labels[i][0], state) == 0) return labels[i][1];
    return state;
}

static void print_kind(const char *kind)
{
    const struct bytes label = kind_label(bytes_str(kind));
    printf("%.*s%s%s", (int)label.n, label.n == 0 ? "" : (const char *)label.p,
           label.n == 0 ? "" : " ", kind);
}

static void print_line(const json_t *r)
{
    char received[TIME_TEXT_SIZE];
    printf("%s  %s  %s  ", text_at(r, "id"), time_at(r, "received_ms", received),
           state_label(text_at(r, "state")));
    print_kind(text_at(r, "kind"));
    printf("  事件 %s%s", text_at(r, "event_number"),
           text_at(r, "corrected_by")[0] != 0 ? "  （已更正）" : "");
    const json_int_t notes = json_integer_value(json_object_get(r, "notes_n"));
    if (notes > 0) printf("  （附注 %lld 条）", (long long)notes);
    putchar('\n');
}

static void print_notes(const json_t *r)
{
    size_t           i;
    json_t          *id;
    const json_t    *notes = json_object_get(r, "notes");
    const json_int_t n = json_integer_value(json_object_get(r, "notes_n"));
    const long long  left = (long long)n - (long long)json_array_size(notes);
    json_array_foreach(notes, i, id) printf("  附注      %s\n", json_string_value(id));
    if (left > 0) printf("  附注      另有 %lld 条更早的\n", left);
}

static void print_history(const json_t *r)
{
    char t[TIME_TEXT_SIZE];
    printf("第 %lld 条  ", (long long)json_integer_value(json_object_get(r, "seq")));
    print_kind(text_at(r, "kind"));
    printf("\n  证据编号  %s\n  事项      %s\n  指纹      %s\n", text_at(r, "id"),
           text_at(r, "matter"), text_at(r, "fingerprint"));
    printf("  来源      %s，事件 %s%s%s\n", text_at(r, "source"), text_at(r, "event_number"),
           text_at(r, "batch")[0] != 0 ? "，文件 " : "", text_at(r, "batch"));
    printf("  受理      %s\n", time_at(r, "received_ms", t));
    printf("  上链      %s", time_at(r, "sequenced_ms", t));
    if (json_is_integer(json_object_get(r, "index")))
        printf("，第 %lld 号", (long long)json_integer_value(json_object_get(r, "index")));
    printf("\n  固证      %s\n", time_at(r, "published_ms", t));
    if (text_at(r, "corrects")[0] != 0) printf("  更正了    %s\n", text_at(r, "corrects"));
    if (text_at(r, "corrected_by")[0] != 0) printf("  被更正为  %s\n", text_at(r, "corrected_by"));
    if (text_at(r, "about")[0] != 0) printf("  附注于    %s\n", text_at(r, "about"));
    print_notes(r);
}

static void show(const struct options *o, json_t *records, void (*print)(const json_t *))
{
    size_t  i;
    json_t *r;
    json_array_foreach(records, i, r)
    {
        if (!o->json) {
            print(r);
            continue;
        }
        json_dumpf(r, stdout, JSON_COMPACT);
        putchar('\n');
    }
}

/* Page after page. */
static enum gz_err run(const struct options *o, void (*print)(const json_t *), size_t *found)
{
    DEFER(bank_client_close) struct bank_client *bank = NULL;
    DEFER(json_unref) json_t                    *request = json_object();
    TRY(make_request(o, request));
    TRY(bank_client_open(o->socket, &bank));
    for (bool more = true; more;) {
        DEFER(json_unref) json_t *answer = NULL;
        TRY(bank_client_call(bank, "/control/find", request, &answer));
        json_t *records = json_object_get(answer, "records"),
               *next = json_object_get(answer, "next");
        show(o, records, print);
        *found += json_array_size(records);
        more = json_is_integer(next);
        json_object_set(request, "after", next);
    }
    return GZ_OK;
}

static int command(int argc, char **argv, void (*print)(const json_t *))
{
    struct options o = {0};
    size_t         found = 0;
    if (!parse(argc, argv, &o)) {
        fputs(usage, stderr);
        return STATUS_USAGE;
    }
    if (o.help) return fputs(usage, stdout) < 0;
    const enum gz_err e = run(&o, print, &found);
    if (e == GZ_MALFORMED) return STATUS_USAGE;
    if (e != GZ_OK) return 4;
    if (found == 0) fputs("没有找到 (nothing found)\n", stderr);
    return found > 0 ? STATUS_OK : 1;
}

int command_find(int argc, char **argv)
{
    return command(argc, argv, print_line);
}

int command_history(int argc, char **argv)
{
    return command(argc, argv, print_history);
}

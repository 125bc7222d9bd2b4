/* guzheng init-chain: from the members' descriptions the files that all of them share. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/json_ref.h"
#include "base/time.h"
#include "cli/commands.h"
#include "cli/continued_log.h"
#include "cli/engine_files.h"
#include "cli/process.h"
#include "host/file.h"
#include "host/host.h"

enum { STATUS_FAILED = 1, PATH_SIZE = 1024, FOLDER_MODE = 0755, FILE_MODE = 0644 };
enum { MEMBERS_MAX = 64, MEMBER_SIZE_MAX = 64 * 1024, BFT_MEMBERS_MIN = 4 };

static const char usage[] =
    "usage: guzheng init-chain [--continues LOG --genesis OLD] --folder C MEMBER.json…\n"
    "  由各机构的 member.json "
    "汇成联盟链的共同文件：genesis.json、policy、引擎的创世文件、成员表。\n"
    "  任一机构执行一次，其余逐字节取用；成员按机构名排序，与给出的次序无关。\n"
    "  门限为超过三分之二的成员（四家为三家）；少于四家时，任何一家停机都会停链。\n"
    "  --continues  接续单机形式的日志目录 "
    "LOG（先停银行进程，其末检查点须由策略中的全部法院共签），\n"
    "               OLD 为其创世文件；另写出 policy-history.json，旧证书凭它仍可核验\n"
    "exit status: 0 made, 1 not made, 2 usage\n";

static const char *text_of(const json_t *j, const char *name)
{
    const char *text = json_string_value(json_object_get(j, name));
    return text == NULL ? "" : text;
}

static enum gz_err refuse(const char *file, const char *why)
{
    fprintf(stderr, "guzheng init-chain: %s: %s\n", file, why);
    return GZ_MALFORMED;
}

/* --- members ---------------------------------------------------------------------------------- */

static enum gz_err check_member(const char *file, const json_t *members, const json_t *m)
{
    static const char *const wanted[] = {"organisation", "role", "origin",  "suite",     "url",
                                         "peer",         "log",  "witness", "submission"};
    const json_t            *first = json_array_get(members, 0);
    for (size_t i = 0; i < COUNT_OF(wanted); i++)
        if (text_of(m, wanted[i])[0] == 0) return refuse(file, wanted[i]);
    if (!json_is_object(json_object_get(m, "validator"))) return refuse(file, "validator");
    if (first != NULL && (strcmp(text_of(first, "origin"), text_of(m, "origin")) != 0 ||
                          strcmp(text_of(first, "suite"), text_of(m, "suite")) != 0))
        return refuse(file, "链名或密码套件与其他成员不同 (another origin or suite)");
    return GZ_OK;
}

static enum gz_err read_member(const char *file, json_t *members)
{
    DEFER(buf_fini) struct buf text = {0};
    DEFER(json_unref) json_t  *m = NULL;
    if (file_read(file, MEMBER_SIZE_MAX, &text) != GZ_OK)
        return refuse(file, "读不到 (unreadable)");
    m = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
    if (m == NULL) return refuse(file, "不是 JSON");
    TRY(check_member(file, members, m));
    return json_array_append(members, m) == 0 ? GZ_OK : GZ_MEMORY;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(text_of(*(json_t *const *)a, "organisation"),
                  text_of(*(json_t *const *)b, "organisation"));
}

/* Whoever brings the files together in whatever order makes the same bytes of them. */
static enum gz_err sort(json_t *members)
{
    json_t      *list[MEMBERS_MAX];
    const size_t n = json_array_size(members);
    for (size_t i = 0; i < n; i++) list[i] = json_incref(json_array_get(members, i));
    qsort(list, n, sizeof list[0], by_name);
    bool is_good = true;
    for (size_t i = 0; i < n; i++) is_good &= json_array_set_new(members, i, list[i]) == 0;
    return is_good ? GZ_OK : GZ_MEMORY;
}

/* --- the shared files ------------------------------------------------------------------------- */

static enum gz_err add_policy(const json_t *members, struct buf *out)
{
    const size_t n = json_array_size(members);
    size_t       i;
    json_t      *m;
    json_array_foreach(members, i, m)
        TRY(buf_addf(out, "log %s %s\n", text_of(m, "log"), text_of(m, "url")));
    json_array_foreach(members, i, m)
        TRY(buf_addf(out, "witness %s %s %s\n", text_of(m, "organisation"), text_of(m, "witness"),
                     text_of(m, "url")));
    TRY(buf_addf(out, "group members %zu", 2 * n / 3 + 1));
    json_array_foreach(members, i, m) TRY(buf_addf(out, " %s", text_of(m, "organisation")));
    return buf_add_str(out, "\nquorum members\n");
}

/* Of a chain that continues a log: the log's keys for its indexes, the members' own from there on.
 */
static json_t *organisations(const json_t *members, const struct continued_log *log)
{
    json_t *list = log == NULL ? json_array() : continued_log_rows(log), *m;
    size_t  i;
    json_array_foreach(members, i, m)(void) json_array_append_new(
        list, json_pack("{s:s, s:s, s:s, s:O, s:I, s:n}", "name", text_of(m, "organisation"),
                        "role", text_of(m, "role"), "submission", text_of(m, "submission"),
                        "receipt", json_object_get(m, "receipt"), "from_index",
                        (json_int_t)(log == NULL ? 0 : log->size), "until_index"));
    return list;
}

static json_t *validators(const json_t *members)
{
    json_t *list = json_array(), *m;
    size_t  i;
    json_array_foreach(members, i, m)
    {
        json_t *one = json_copy(json_object_get(m, "validator"));
        (void)json_object_set_new(one, "power", json_string("1"));
        (void)json_object_set_new(one, "name", json_string(text_of(m, "organisation")));
        (void)json_array_append_new(list, one);
    }
    return list;
}

static enum gz_err put(const char *folder, const char *name, struct bytes content)
{
    char path[PATH_SIZE];
    TRY(path_join(folder, name, path, sizeof path));
    return file_create(path, content, FILE_MODE);
}

static enum gz_err put_json(const char *folder, const char *name, json_t *j)
{
    DEFER(json_unref) json_t  *owned = j;
    DEFER(buf_fini) struct buf text = {0};
    char                      *dumped = owned == NULL ? NULL : json_dumps(owned, JSON_INDENT(1));
    if (dumped == NULL) return GZ_MEMORY;
    const enum gz_err e = buf_addf(&text, "%s\n", dumped);
    free(dumped);
    TRY(e);
    return put(folder, name, buf_bytes(&text));
}

static enum gz_err put_genesis(const char *folder, json_t *members, const char *created_at,
                               const struct continued_log *log)
{
    DEFER(buf_fini) struct buf policy = {0};
    const json_t              *first = json_array_get(members, 0);
    TRY(add_policy(members, &policy));
    TRY(put(folder, "policy", buf_bytes(&policy)));
    if (log != NULL)
        TRY(put_json(folder, "policy-history.json",
                     continued_log_history(log, text_of(first, "origin"), buf_bytes(&policy))));
    return put_json(folder, "genesis.json",
                    json_pack("{s:s, s:s, s:s, s:s, s:o, s:s%, s:o}", "type", "guzheng/genesis/v1",
                              "origin", text_of(first, "origin"), "suite", text_of(first, "suite"),
                              "created_at", created_at, "organisations",
                              organisations(members, log), "policy", (const char *)policy.p,
                              policy.n, "continues",
                              log == NULL ? json_null() : continued_log_json(log)));
}

/* The engine's genesis names ours by its hash, which is known once that is read back and found
 * good. */
static enum gz_err put_engine_genesis(const char *folder, json_t *members, const char *created_at)
{
    DEFER(process_genesis_fini) struct process_genesis g = {0};
    DEFER(buf_fini) struct buf                         text = {0};
    DEFER(json_unref) json_t                          *list = validators(members);
    char                                               path[PATH_SIZE];
    TRY(path_join(folder, "genesis.json", path, sizeof path));
    TRY(process_read_genesis(path, &g));
    TRY(engine_genesis_text(created_at, g.hash, list, &text));
    TRY(put(folder, "engine-genesis.json", buf_bytes(&text)));
    printf("联盟链 %s，创世文件 H(genesis.json) = %s\n"
           "  请各成员当面或以其他可靠途径核对这一摘要 (compare this digest out of band)\n",
           g.origin, g.hash);
    return GZ_OK;
}

static enum gz_err make(const char *folder, const char *log_folder, const char *old_genesis,
                        char **files, size_t n)
{
    DEFER(continued_log_fini) struct continued_log log = {0};
    DEFER(json_unref) json_t                      *members = json_array();
    char                                           created_at[TIME_TEXT_SIZE];
    (void)time_encode(clock_now(), 0, created_at);
    for (size_t i = 0; i < n; i++) TRY(read_member(files[i], members));
    TRY(sort(members));
    if (log_folder != NULL) TRY(continued_log_read(log_folder, old_genesis, &log));
    TRY(folder_make(folder, FOLDER_MODE));
    TRY(put_genesis(folder, members, created_at, log_folder == NULL ? NULL : &log));
    TRY(put_engine_genesis(folder, members, created_at));
    if (n < BFT_MEMBERS_MIN)
        fprintf(stderr,
                "guzheng init-chain: 只有 %zu 家成员，任何一家停机都会停链 (no fault is "
                "tolerated)\n",
                n);
    return put_json(folder, "members.json", json_incref(members));
}

int command_init_chain(int argc, char **argv)
{
    static const struct option longs[] = {{"folder", required_argument, NULL, 'f'},
                                          {"continues", required_argument, NULL, 'c'},
                                          {"genesis", required_argument, NULL, 'g'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    const char                *folder = NULL, *log = NULL, *genesis = NULL;
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (c == 'h') {
            fputs(usage, stdout);
            return STATUS_OK;
        }
        if (c == 'f') folder = optarg;
        if (c == 'c') log = optarg;
        if (c == 'g') genesis = optarg;
    }
    const int n = argc - optind;
    if (folder == NULL || (log == NULL) != (genesis == NULL) || n < 1 || n > MEMBERS_MAX) {
        fputs(usage, stderr);
        return STATUS_USAGE;
    }
    const enum gz_err e = make(folder, log, genesis, argv + optind, (size_t)n);
    if (e == GZ_OK) return STATUS_OK;
    fprintf(stderr, "guzheng init-chain: 没有完成：%s\n", err_sentence(e));
    return STATUS_FAILED;
}

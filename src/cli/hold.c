/* guzheng hold: legal holds, while which a matter is not destroyed. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "cli/commands.h"
#include "cli/error_text.h"
#include "cli/process_store.h"
#include "host/host.h"
#include "store/audit.h"
#include "store/hold.h"
#include "store/matter.h"
#include "store/record.h"
#include "store/search.h"

enum { STATUS_REFUSED = 1, BEIJING_MINUTES = 8 * 60 };

static const char usage[] =
    "usage: guzheng hold add --config F (--matter H | --record ID) --reason TEXT --by NAME\n"
    "       guzheng hold remove --config F --hold N --reason TEXT --by NAME\n"
    "       guzheng hold list --config F [--matter H | --record ID]\n"
    "  保全或留存要求：未解除之前，该笔贷款不得销毁。每次增减都记入只增不减的操作日志。\n"
    "  --reason   为何（文号等），不得含个人信息\n"
    "exit status: 0 done, 1 refused or no such matter (nothing was changed), 2 usage\n";

struct options {
    const char *verb, *config, *matter, *record, *reason, *by;
    uint64_t    hold;
    bool        help;
};

static bool take(struct options *o, int c)
{
    switch (c) {
    case 'c': o->config = optarg; return true;
    case 'm': o->matter = optarg; return true;
    case 'r': o->record = optarg; return true;
    case 'w': o->reason = optarg; return true;
    case 'b': o->by = optarg; return true;
    case 'n': return text_to_u64(bytes_str(optarg), INT64_MAX, &o->hold) == GZ_OK;
    case 'h': o->help = true; return true;
    default: return false;
    }
}

static bool is_whole(const struct options *o)
{
    const bool has_one = (o->matter != NULL) != (o->record != NULL);
    const bool is_told = o->reason != NULL && o->by != NULL && o->reason[0] != 0 && o->by[0] != 0 &&
                         strlen(o->reason) <= HOLD_REASON_MAX && strlen(o->by) <= HOLD_BY_MAX;
    if (o->config == NULL) return false;
    if (strcmp(o->verb, "add") == 0) return has_one && is_told && o->hold == 0;
    if (strcmp(o->verb, "remove") == 0) return o->hold > 0 && is_told;
    return strcmp(o->verb, "list") == 0 && (o->matter == NULL || o->record == NULL);
}

static bool parse(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {
        {"config", required_argument, NULL, 'c'}, {"matter", required_argument, NULL, 'm'},
        {"record", required_argument, NULL, 'r'}, {"reason", required_argument, NULL, 'w'},
        {"by", required_argument, NULL, 'b'},     {"hold", required_argument, NULL, 'n'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;)
        if (!take(o, c)) return false;
    o->verb = optind < argc ? argv[optind] : "";
    return o->help || (optind + 1 == argc && is_whole(o));
}

static enum gz_err say_missing(enum gz_err e, const char *sentence, struct buf *why)
{
    if (e == GZ_MISSING) (void)buf_addf(why, "%s；请用 guzheng find 或 hold list 核对\n", sentence);
    return e;
}

/* 0: all of them. */
static enum gz_err find(struct db *db, const struct options *o, int64_t *matter_id, struct buf *why)
{
    DEFER(record_fini) struct record r = {0};
    *matter_id = 0;
    if (o->matter != NULL)
        return say_missing(search_matter(db, bytes_str(o->matter), matter_id),
                           "没有这个事项句柄的贷款", why);
    if (o->record == NULL) return GZ_OK;
    TRY(say_missing(record_get(db, bytes_str(o->record), &r), "没有这个证据编号", why));
    *matter_id = r.matter_id;
    return GZ_OK;
}

static int64_t now_ms(void)
{
    const struct time now = clock_now();
    return now.s * 1000 + now.ns / 1000000;
}

static enum gz_err note(struct db *db, const struct options *o, const char *action,
                        int64_t matter_id, int64_t at_ms)
{
    struct matter m;
    TRY(matter_get_id(db, matter_id, &m));
    const struct audit a = {.at_ms = at_ms,
                            .action = bytes_str(action),
                            .matter = bytes_str(m.handle),
                            .who = bytes_str(o->by),
                            .detail = bytes_str(o->reason)};
    return audit_add(db, &a);
}

static enum gz_err add(struct db *db, const struct options *o, struct buf *why)
{
    DEFER(db_rollback) struct db *open = NULL;
    struct hold                   h = {.added_ms = now_ms()};
    TRY(find(db, o, &h.matter_id, why));
    snprintf(h.reason, sizeof h.reason, "%s", o->reason);
    snprintf(h.by, sizeof h.by, "%s", o->by);
    TRY(db_begin(db));
    open = db;
    TRY(hold_add(db, &h));
    TRY(note(db, o, "hold_added", h.matter_id, h.added_ms));
    open = NULL;
    TRY(db_commit(db));
    printf("留存要求 %lld 已登记 (hold)\n", (long long)h.id);
    return GZ_OK;
}

static enum gz_err lift(struct db *db, const struct options *o, struct buf *why)
{
    DEFER(db_rollback) struct db *open = NULL;
    const int64_t                 at_ms = now_ms();
    struct hold                   h;
    TRY(say_missing(hold_get(db, (int64_t)o->hold, &h), "没有这个编号的留存要求", why));
    TRY(db_begin(db));
    open = db;
    TRY(hold_remove(db, h.id, at_ms));
    TRY(note(db, o, "hold_removed", h.matter_id, at_ms));
    open = NULL;
    TRY(db_commit(db));
    printf("留存要求 %lld 已解除 (removed)\n", (long long)h.id);
    return GZ_OK;
}

static enum gz_err show(void *ctx, const struct hold *h)
{
    struct db        *db = ctx;
    struct matter     m;
    const struct time at = {h->added_ms / 1000, (int32_t)(h->added_ms % 1000) * 1000000};
    char              text[TIME_TEXT_SIZE];
    TRY(matter_get_id(db, h->matter_id, &m));
    printf("%lld  %s  %s  %s  %s\n", (long long)h->id, m.handle,
           time_encode(at, BEIJING_MINUTES, text), h->by, h->reason);
    return GZ_OK;
}

static enum gz_err run(const struct options *o, struct buf *why)
{
    DEFER(config_free) struct config *config = NULL;
    DEFER(db_close) struct db        *db = NULL;
    int64_t                           matter_id = 0;
    TRY(config_read(o->config, bank_config, bank_config_n, &config, why));
    TRY(process_open_database(config, &db, why));
    if (strcmp(o->verb, "add") == 0) return add(db, o, why);
    if (strcmp(o->verb, "remove") == 0) return lift(db, o, why);
    TRY(find(db, o, &matter_id, why));
    return hold_list(db, matter_id, show, db);
}

int command_hold(int argc, char **argv)
{
    DEFER(buf_fini) struct buf why = {0};
    struct options             o = {0};
    if (!parse(argc, argv, &o)) {
        fputs(usage, stderr);
        return STATUS_USAGE;
    }
    if (o.help) return fputs(usage, stdout) < 0;
    const enum gz_err e = run(&o, &why);
    if (e == GZ_OK) return STATUS_OK;
    fprintf(stderr, "%.*sguzheng hold: %s\n", (int)why.n, why.n == 0 ? "" : (const char *)why.p,
            error_text(e));
    return STATUS_REFUSED;
}

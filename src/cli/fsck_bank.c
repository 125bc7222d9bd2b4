#include "cli/fsck_bank.h"

#include <stdio.h>
#include <unistd.h>

#include "app/check_store.h"
#include "cli/error_text.h"
#include "cli/process_store.h"

/* What of the bank's side could be opened; the rest is NULL, and counts as lost. */
struct opened {
    struct db    *db;
    struct vault *vaults[SIDES];
};
static void opened_fini(struct opened *o)
{
    for (size_t i = 0; i < SIDES; i++) vault_close(&o->vaults[i]);
    db_close(&o->db);
}

static void say_lines(const struct buf *why)
{
    struct bytes rest = buf_bytes(why), line;
    while (bytes_take_line(&rest, &line)) printf("%.*s\n", (int)line.n, (const char *)line.p);
}

static bool is_there(const char *path, struct fsck_bank *out)
{
    if (access(path, F_OK) == 0) return true;
    printf("%s: 缺失 (missing)\n", path);
    out->is_damaged = true;
    return false;
}

/* --- opening, without making anything that is not there --------------------------------------- */

static void open_database(const struct config *c, struct opened *o, struct fsck_bank *out)
{
    DEFER(buf_fini) struct buf why = {0};
    const char                *path = config_text(c, "database");
    const char                *identity = config_text(c, "identity_database");
    if (!is_there(path, out)) return;
    enum gz_err e = db_open(path, &o->db, &why);
    if (e == GZ_OK && is_there(identity, out)) e = db_join_identity(o->db, identity, &why);
    if (e == GZ_OK) e = db_check(o->db, &why);
    say_lines(&why);
    out->is_damaged |= e == GZ_CORRUPT;
    out->is_unchecked |= e != GZ_OK && e != GZ_CORRUPT;
}

static void open_vault(const struct vault_options *options, enum vault_side side, struct opened *o,
                       struct fsck_bank *out)
{
    DEFER(buf_fini) struct buf why = {0};
    struct vault_state         state;
    enum gz_err                e = vault_state_get(o->db, side, &state);
    if (e == GZ_MISSING || !is_there(options->folder, out)) return;
    if (e == GZ_OK) e = vault_open(options, &state, &o->vaults[side], &why);
    if (e == GZ_OK) return;
    say_lines(&why);
    printf("%s: 打不开：%s (cannot be opened)\n", options->folder, error_text(e));
    out->is_damaged = true;
}

/* --- checking --------------------------------------------------------------------------------- */

static void found(void *ctx, const struct found_in_store *f)
{
    uint64_t *lines = ctx;
    if ((*lines)++ >= FSCK_BANK_LINES_MAX) return;
    if (f->seq > 0) printf("submission %llu", (unsigned long long)f->seq);
    else if (f->record_id == 0) printf("audit");
    else if (f->head != NULL) printf("%s", f->head->uuid);
    else printf("#%lld", (long long)f->record_id);
    if (f->file > 0) printf(" file/%u", f->file);
    printf(": %s (%s)\n", store_finding_what(f->what), store_finding_word(f->what));
}

static void check(const struct opened *o, const struct genesis *g, struct fsck_bank *out)
{
    const struct bank bank = {
        .suite = g->suite, .vault = o->vaults[SIDE_BUSINESS], .identity = o->vaults[SIDE_IDENTITY]};
    uint64_t                    lines = 0;
    const struct store_listener listener = {.ctx = &lines, .found = found};
    struct store_check          counts = {0};
    const enum gz_err           e = check_store(&bank, o->db, &listener, &counts);
    if (lines > FSCK_BANK_LINES_MAX)
        printf("另有 %llu 处未列出 (more)\n", (unsigned long long)(lines - FSCK_BANK_LINES_MAX));
    out->is_damaged |= counts.damaged > 0;
    out->is_unchecked |= e != GZ_OK;
    if (e != GZ_OK) fprintf(stderr, "guzheng fsck: 库未能查完：%s\n", error_text(e));
    printf("库：%llu 条记录，%llu 个原件；损坏 %llu 条，已依法销毁 %llu 条"
           " (records, originals, damaged, erased)\n",
           (unsigned long long)counts.records, (unsigned long long)counts.originals,
           (unsigned long long)counts.damaged, (unsigned long long)counts.erased);
}

void fsck_bank(const struct config *c, const struct genesis *g, struct fsck_bank *out)
{
    DEFER(opened_fini) struct opened o = {0};
    struct vault_options             options[SIDES];
    open_database(c, &o, out);
    if (o.db == NULL) return;
    process_vault_options(c, options);
    for (size_t i = 0; i < SIDES; i++) options[i].only_looks = true;
    for (size_t i = 0; i < SIDES; i++)
        if (i == SIDE_BUSINESS || db_has_identity(o.db))
            open_vault(&options[i], (enum vault_side)i, &o, out);
    check(&o, g, out);
}

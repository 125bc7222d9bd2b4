#include "app/submit_batch.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "app/control_total.h"
#include "app/make_record.h"
#include "host/folder_list.h"
#include "host/host.h"

enum { CLOCK_STEP_MS = 50 };

/* One batch file on its way. */
struct job {
    const struct bank            *bank;
    struct db                    *db;
    const struct submit_listener *listener;
    const struct mapping         *mapping;
    struct stored_check          *check;
    struct batch                  counts;
};

/* --- rows ------------------------------------------------------------------------------------- */

static void say(const struct job *j, const struct intake_item *item,
                const struct intake_answer *answer)
{
    const struct intake_defect d = {.line = item->line,
                                    .column = j->mapping->event_header,
                                    .code = answer->code,
                                    .hint = answer->hint};
    j->listener->defect(j->listener->ctx, &d);
}

static enum gz_err take_row(struct job *j, struct pipeline_row *row)
{
    const struct intake_item *item = &row->item;
    struct intake_answer      answer;
    j->counts.rows++;
    if (item->defects_n > 0) {
        j->counts.refused++;
        for (size_t i = 0; i < item->defects_n; i++)
            j->listener->defect(j->listener->ctx, &item->defects[i]);
        return GZ_OK;
    }
    const struct record_help help = {&row->made, j->check};
    TRY(record_make_of(j->bank, j->db, item, &help, j->counts.id, clock_now(), &answer));
    j->counts.accepted += answer.result == INTAKE_ACCEPTED;
    j->counts.repeated += answer.result == INTAKE_REPEATED;
    j->counts.conflicts += answer.result == INTAKE_CONFLICT;
    j->counts.refused += answer.result == INTAKE_REFUSED;
    if (answer.code != NULL) say(j, item, &answer);
    return GZ_OK;
}

/* A group in one transaction. */
static enum gz_err take_group(struct job *j, struct pipeline_group *group)
{
    DEFER(db_rollback) struct db *open = NULL;
    TRY(db_begin(j->db));
    open = j->db;
    for (size_t i = 0; i < group->n; i++) TRY(take_row(j, &group->rows[i]));
    if (group->end != GZ_OK && group->end != GZ_MISSING) return group->end;
    TRY(stored_check_end(j->check));
    open = NULL;
    return db_commit(j->db);
}

static enum gz_err take_groups(struct job *j, struct batch_file *file)
{
    DEFER(batch_pipeline_close) struct batch_pipeline *rows = NULL;
    DEFER(stored_check_close) struct stored_check     *check = NULL;
    TRY(stored_check_open(&check));
    j->check = check;
    TRY(batch_pipeline_open(j->bank, file, &rows));
    for (bool more = true; more;) {
        struct pipeline_group *group = batch_pipeline_next(rows);
        TRY(take_group(j, group));
        more = group->end == GZ_OK;
    }
    return GZ_OK;
}

/* --- files ------------------------------------------------------------------------------------ */

static enum gz_err begin(struct job *j, struct bytes content, bool *was_read)
{
    DEFER(db_rollback) struct db *open = NULL;
    struct batch                  before;
    const struct time             now = clock_now();
    TRY(vault_keyed_hash(j->bank->identity, "batch", content, j->counts.content));
    const enum gz_err e = batch_find(j->db, j->counts.content, &before);
    if (e != GZ_OK && e != GZ_MISSING) return e;
    *was_read = e == GZ_OK && before.finished;
    j->counts.received_ms = now.s * 1000 + now.ns / 1000000;
    TRY(db_begin(j->db));
    open = j->db;
    TRY(batch_add(j->db, &j->counts));
    open = NULL;
    return db_commit(j->db);
}

static enum gz_err finish(struct job *j)
{
    DEFER(db_rollback) struct db *open = NULL;
    j->counts.finished = true;
    TRY(db_begin(j->db));
    open = j->db;
    TRY(batch_finish(j->db, &j->counts));
    open = NULL;
    return db_commit(j->db);
}

static enum gz_err take_rows(struct job *j, struct batch_file *file, struct bytes content)
{
    bool was_read = false;
    TRY(begin(j, content, &was_read));
    TRY(take_groups(j, file));
    TRY(finish(j));
    j->listener->file(j->listener->ctx, &j->counts, was_read ? SUBMIT_READ_AGAIN : SUBMIT_READ);
    return GZ_OK;
}

static enum gz_err refuse_file(const struct job *j, const struct intake_defect *why)
{
    j->listener->defect(j->listener->ctx, why);
    j->listener->file(j->listener->ctx, &j->counts, SUBMIT_UNREADABLE);
    return GZ_OK;
}

/* The control file of path, empty where there is none. */
static enum gz_err read_control_file(const struct mapping *m, const char *path, struct buf *out)
{
    char beside[PATH_MAX];
    if (m->control.from != CONTROL_FILE) return GZ_OK;
    if (snprintf(beside, sizeof beside, "%s.ctl", path) >= PATH_MAX) return GZ_LIMIT;
    const enum gz_err e = file_read(beside, CONTROL_FILE_MAX, out);
    if (e == GZ_MISSING || e == GZ_LIMIT || e == GZ_MALFORMED) out->n = 0;
    return e == GZ_IO || e == GZ_MEMORY ? e : GZ_OK;
}

static enum gz_err take_content(struct job *j, const char *folder, struct bytes content,
                                struct bytes control)
{
    DEFER(batch_file_close) struct batch_file *file = NULL;
    struct intake_defect                       why = {0};
    struct control_defect                      differs;
    struct bytes                               rows = content;
    TRY(control_total_check(j->mapping, control, &rows, &differs));
    if (differs.code != NULL)
        return refuse_file(j, &(struct intake_defect){.code = differs.code, .hint = differs.hint});
    const enum gz_err e = batch_file_open(j->mapping, rows, folder, clock_now(), &file, &why);
    if (e == GZ_MALFORMED || e == GZ_LIMIT) return refuse_file(j, &why);
    TRY(e);
    return take_rows(j, file, content);
}

static enum gz_err submit_file(struct job *j, const char *folder, const char *name)
{
    DEFER(buf_fini) struct buf content = {0}, control = {0};
    char                       path[PATH_MAX];
    j->counts = (struct batch){0};
    snprintf(j->counts.name, sizeof j->counts.name, "%s", name);
    TRY(path_join(folder, name, path, sizeof path));
    j->mapping = catalog_mapping(j->bank->catalog, name);
    if (j->mapping == NULL)
        return refuse_file(j,
                           &(struct intake_defect){
                               .code = "mapping",
                               .hint = "没有与这个文件名对应的映射：请改文件名，或增加映射文件"});
    const enum gz_err e = file_read(path, BATCH_FILE_MAX, &content);
    if (e == GZ_LIMIT)
        return refuse_file(j, &(struct intake_defect){.code = "too_large",
                                                      .hint = "文件超过 64 MiB：请拆成几个文件"});
    TRY(e);
    TRY(read_control_file(j->mapping, path, &control));
    return take_content(j, folder, buf_bytes(&content), buf_bytes(&control));
}

/* --- folder ----------------------------------------------------------------------------------- */

bool submit_is_batch(const char *name)
{
    static const char *const others[] = {".ctl", ".ok", ".tmp", ".result.csv"};
    const size_t             n = strlen(name);
    if (name[0] == '.' || n > BATCH_NAME_MAX) return false;
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        const size_t m = strlen(others[i]);
        if (n >= m && strcmp(name + n - m, others[i]) == 0) return false;
    }
    return true;
}

static int is_wanted(const struct dirent *d)
{
    return d->d_type != DT_DIR && submit_is_batch(d->d_name);
}

static enum gz_err submit_folder(struct job *j, const char *folder)
{
    DEFER(folder_list_fini) struct folder_list list = {0};
    TRY(folder_list_read(folder, is_wanted, &list));
    if (list.n > SUBMIT_FILES_MAX) return GZ_LIMIT;
    for (int i = 0; i < list.n; i++) TRY(submit_file(j, folder, list.entries[i]->d_name));
    return GZ_OK;
}

/* Its peers may not have been asked yet when the bank has just started. */
static bool clock_is_trusted(const struct bank *bank)
{
    const int64_t end = clock_monotonic_ms() + SUBMIT_CLOCK_WAIT_MS;
    while (!witness_clock_is_trusted(bank->clock)) {
        if (clock_monotonic_ms() > end) return false;
        nanosleep(&(struct timespec){0, CLOCK_STEP_MS * 1000000L}, NULL);
    }
    return true;
}

enum gz_err submit_batch(const struct bank *bank, struct db *db, const char *path,
                         const struct submit_listener *listener)
{
    struct job  j = {.bank = bank, .db = db, .listener = listener};
    struct stat s;
    char        folder[PATH_MAX], name[PATH_MAX];
    if (!clock_is_trusted(bank)) return GZ_BUSY;
    if (stat(path, &s) != 0) return errno == ENOENT || errno == ENOTDIR ? GZ_MISSING : GZ_IO;
    if (S_ISDIR(s.st_mode)) return submit_folder(&j, path);
    if (snprintf(folder, sizeof folder, "%s", path) >= PATH_MAX) return GZ_LIMIT;
    snprintf(name, sizeof name, "%s", path);
    return submit_file(&j, dirname(folder), basename(name));
}

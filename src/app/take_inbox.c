#include "app/take_inbox.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/result_file.h"
#include "host/file.h"
#include "host/folder_list.h"
#include "host/host.h"

static const char mark[] = ".ok", control[] = ".ctl";

/* A batch file that is complete. */
struct inbox_file {
    const char *inbox, *done;
    char        name[NAME_MAX + 1], target[NAME_MAX + 1]; /* its name here, and there */
};

enum gz_err inbox_check(const char *inbox, const char *done)
{
    struct stat a, b;
    if (stat(inbox, &a) != 0 || stat(done, &b) != 0) return GZ_MISSING;
    if (!S_ISDIR(a.st_mode) || !S_ISDIR(b.st_mode)) return GZ_MALFORMED;
    return a.st_dev == b.st_dev && a.st_ino != b.st_ino ? GZ_OK : GZ_MALFORMED;
}

/* --- paths ------------------------------------------------------------------------------------ */

static enum gz_err path_of(const char *folder, const char *name, const char *suffix,
                           char out[PATH_MAX])
{
    char whole[NAME_MAX + sizeof ".result.csv"];
    if (snprintf(whole, sizeof whole, "%s%s", name, suffix) >= (int)sizeof whole) return GZ_LIMIT;
    return path_join(folder, whole, out, PATH_MAX);
}

static bool is_there(const char *path)
{
    struct stat s;
    return lstat(path, &s) == 0;
}

/* A link could lead out of the folder. */
static bool is_plain_file(const char *path)
{
    struct stat s;
    return lstat(path, &s) == 0 && S_ISREG(s.st_mode);
}

/* name, name~2, name~3 … */
static enum gz_err nth_name(struct inbox_file *f, unsigned n)
{
    char suffix[16] = "";
    if (n > 1) (void)snprintf(suffix, sizeof suffix, "~%u", n);
    const int made = snprintf(f->target, sizeof f->target, "%s%s", f->name, suffix);
    return made < (int)sizeof f->target ? GZ_OK : GZ_LIMIT;
}

/* The first of them that is not in done, or (of a file that was moved already) the one before. */
static enum gz_err find_target(struct inbox_file *f, bool was_moved)
{
    char path[PATH_MAX];
    for (unsigned n = 1; n <= INBOX_NAMES_MAX; n++) {
        TRY(nth_name(f, n));
        TRY(path_of(f->done, f->target, "", path));
        if (is_there(path)) continue;
        return was_moved && n > 1 ? nth_name(f, n - 1) : GZ_OK;
    }
    return GZ_LIMIT;
}

/* --- one file --------------------------------------------------------------------------------- */

static enum gz_err move(const struct inbox_file *f, const char *suffix)
{
    char from[PATH_MAX], to[PATH_MAX];
    TRY(path_of(f->inbox, f->name, suffix, from));
    TRY(path_of(f->done, f->target, suffix, to));
    if (!is_there(from)) return GZ_OK;
    TRY(file_rename(from, to));
    TRY(folder_sync(f->done));
    return folder_sync(f->inbox);
}

/* The batch file is gone from the inbox: so go what belonged to it. */
static enum gz_err clear(const struct inbox_file *f)
{
    char path[PATH_MAX];
    TRY(move(f, control));
    TRY(path_of(f->inbox, f->name, mark, path));
    return unlink(path) == 0 || errno == ENOENT ? GZ_OK : GZ_IO;
}

static enum gz_err take(const struct bank *bank, struct db *db, const struct inbox_file *f)
{
    DEFER(result_file_fini) struct result_file result = {.folder = f->done, .name = f->target};
    const struct submit_listener               listener = result_file_listener(&result);
    char                                       path[PATH_MAX];
    TRY(path_of(f->inbox, f->name, "", path));
    TRY(submit_batch(bank, db, path, &listener));
    TRY(result.error);
    assert(result.finished);
    TRY(move(f, ""));
    return clear(f);
}

/* --- the folder ------------------------------------------------------------------------------- */

/* The mark of a batch file. */
static int is_mark(const struct dirent *d)
{
    char         name[NAME_MAX + 1];
    const size_t n = strlen(d->d_name);
    if (n < sizeof mark || n > INBOX_NAME_MAX || strcmp(d->d_name + n - strlen(mark), mark) != 0)
        return 0;
    (void)snprintf(name, sizeof name, "%.*s", (int)(n - strlen(mark)), d->d_name);
    return submit_is_batch(name);
}

static enum gz_err take_marked(const struct bank *bank, struct db *db, struct inbox_file *f,
                               const char *mark_name, uint64_t *taken)
{
    char path[PATH_MAX];
    (void)snprintf(f->name, sizeof f->name, "%.*s", (int)(strlen(mark_name) - strlen(mark)),
                   mark_name);
    TRY(path_of(f->inbox, f->name, "", path));
    const bool was_moved = !is_there(path); /* a crash came between */
    TRY(find_target(f, was_moved));
    if (was_moved) return clear(f);
    if (!is_plain_file(path)) {
        log_line(LOG_WARNING, "inbox", "left alone: not a plain file");
        return GZ_OK;
    }
    TRY(take(bank, db, f));
    ++*taken;
    return GZ_OK;
}

enum gz_err inbox_take(const struct bank *bank, struct db *db, const char *inbox, const char *done,
                       uint64_t *taken)
{
    DEFER(folder_list_fini) struct folder_list list = {0};
    struct inbox_file                          f = {.inbox = inbox, .done = done};
    *taken = 0;
    const enum gz_err e = folder_list_read(inbox, is_mark, &list);
    if (e != GZ_OK) return e == GZ_MISSING ? GZ_IO : e; /* it was there at start */
    enum gz_err first = GZ_OK;
    for (int i = 0; i < list.n && i < INBOX_FILES_MAX; i++) {
        const enum gz_err one = take_marked(bank, db, &f, list.entries[i]->d_name, taken);
        if (first == GZ_OK) first = one;
        if (one != GZ_OK && one != GZ_IO && one != GZ_LIMIT) break; /* no other would fare better */
    }
    return first;
}

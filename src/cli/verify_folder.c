#include "cli/verify_folder.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "core/verify_set.h"

/* A growing list of owned names. */
struct names {
    char **list;
    size_t n, cap;
};

/* What is kept of each certificate: small and flat, whatever the certificate's size. */
struct record {
    enum verify_result result;
    bool               is_read;
    const char        *set_reason;
};

struct batch {
    const struct verify_options *options;
    const char                  *folder;       /* NULL: a list */
    struct names                 certificates; /* of a folder: names in it; sorted */
    struct names                 others;       /* of a folder: sorted; of a list: the originals */
    struct verify_file          *hashed;       /* of a list: its originals */
    bool                        *used;         /* of a list: fits a certificate */
    struct record               *records;
    struct set_item             *items;
    size_t                       items_n;
    struct verifier              verifier;
    FILE                        *spool; /* the lines, until the comparison has spoken */
    size_t                       conflicts, missing;
    FILE                        *findings;
};

/* --- lists ------------------------------------------------------------------------------------ */

static void names_fini(struct names *names)
{
    for (size_t i = 0; i < names->n; i++) free(names->list[i]);
    free(names->list);
    *names = (struct names){0};
}

static enum gz_err names_add(struct names *names, const char *name)
{
    if (names->n == names->cap) {
        const size_t cap = names->cap == 0 ? 16 : 2 * names->cap;
        char       **list = realloc(names->list, cap * sizeof *list);
        if (list == NULL) return GZ_MEMORY;
        names->list = list;
        names->cap = cap;
    }
    char *copy = strdup(name);
    if (copy == NULL) return GZ_MEMORY;
    names->list[names->n++] = copy;
    return GZ_OK;
}

static enum gz_err names_add_path(struct names *names, const char *folder, const char *name)
{
    DEFER(buf_fini) struct buf path = {0};
    TRY(buf_addf(&path, "%s/%s%c", folder, name, 0));
    return names_add(names, (const char *)path.p);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void names_sort(struct names *names)
{
    if (names->n > 0) qsort(names->list, names->n, sizeof *names->list, by_name);
}

static void close_folder(DIR **d)
{
    if (*d != NULL) closedir(*d);
}

/* Every name in folder but those with a dot first; certificates apart where the list is given. */
static enum gz_err list_folder(const char *folder, struct names *certificates, struct names *others)
{
    DEFER(close_folder) DIR *d = opendir(folder);
    if (d == NULL) return GZ_IO;
    for (struct dirent *entry; (entry = readdir(d)) != NULL;) {
        const bool apart = certificates != NULL && form_is_named(entry->d_name, NULL);
        if (entry->d_name[0] != '.') TRY(names_add(apart ? certificates : others, entry->d_name));
    }
    return GZ_OK;
}

/* --- originals of one certificate --------------------------------------------------------------
 */

/* First name in the sorted list that is not below prefix. */
static size_t lower_bound(const struct names *names, const char *prefix)
{
    size_t from = 0, to = names->n;
    while (from < to) {
        const size_t mid = from + (to - from) / 2;
        if (strcmp(names->list[mid], prefix) < 0) from = mid + 1;
        else to = mid;
    }
    return from;
}

/* Does a longer stem claim this name? Then "a-1-scan.pdf" is of a-1.gzcert, not of a.gzcert. */
static bool is_claimed(const struct batch *b, const char *name, size_t stem_n)
{
    char longer[NAME_MAX + 16];
    for (const char *dash = strchr(name + stem_n + 1, '-'); dash != NULL;
         dash = strchr(dash + 1, '-')) {
        snprintf(longer, sizeof longer, "%.*s.gzcert", (int)(dash - name), name);
        const size_t at = lower_bound(&b->certificates, longer);
        if (at < b->certificates.n &&
            strncmp(b->certificates.list[at], longer, strlen(longer)) == 0)
            return true;
    }
    return false;
}

static enum gz_err find_beside(const struct batch *b, const char *stem, struct names *found)
{
    DEFER(buf_fini) struct buf prefix = {0};
    const size_t               n = strlen(stem) + 1;
    TRY(buf_addf(&prefix, "%s-%c", stem, 0));
    for (size_t i = lower_bound(&b->others, (const char *)prefix.p); i < b->others.n; i++) {
        const char *name = b->others.list[i];
        if (strncmp(name, (const char *)prefix.p, n) != 0) break;
        if (!is_claimed(b, name, n - 1)) TRY(names_add_path(found, b->folder, name));
    }
    return GZ_OK;
}

/* files/<stem>/ need not be there; if it is, it must be readable. */
static enum gz_err find_in_files(const struct batch *b, const char *stem, struct names *found)
{
    DEFER(buf_fini) struct buf     folder = {0};
    DEFER(names_fini) struct names inside = {0};
    TRY(buf_addf(&folder, "%s/files/%s%c", b->folder, stem, 0));
    const enum gz_err e = list_folder((const char *)folder.p, NULL, &inside);
    if (e == GZ_IO && (errno == ENOENT || errno == ENOTDIR)) return GZ_OK;
    TRY(e);
    names_sort(&inside);
    for (size_t i = 0; i < inside.n; i++)
        TRY(names_add_path(found, (const char *)folder.p, inside.list[i]));
    return GZ_OK;
}

static enum gz_err find_by_name(const struct batch *b, const char *certificate, struct names *found)
{
    DEFER(buf_fini) struct buf stem = {0};
    size_t                     n = 0;
    (void)form_is_named(certificate, &n);
    TRY(buf_addf(&stem, "%.*s%c", (int)n, certificate, 0));
    TRY(find_beside(b, (const char *)stem.p, found));
    return find_in_files(b, (const char *)stem.p, found);
}

static bool fits(const struct verify_report *r, const struct verify_file *original)
{
    struct disclosed_file f;
    for (size_t i = 0; i < r->disclosures_n; i++)
        if (bytes_starts(r->disclosures[i].name, BYTES_LIT("file/")) &&
            disclosed_file_decode(&r->disclosures[i], &f) == GZ_OK && f.size == original->size &&
            hash_eq(f.sm3, original->sm3) && hash_eq(f.sha256, original->sha256))
            return true;
    return false;
}

/* --- one certificate ----------------------------------------------------------------------------
 */

/* The originals of one certificate, while it is verified. */
struct originals {
    struct names        paths;
    struct verify_file *files;
};

static void originals_fini(struct originals *o)
{
    names_fini(&o->paths);
    free(o->files);
}

static enum gz_err hash_all(struct originals *o)
{
    o->files = calloc(o->paths.n + 1, sizeof *o->files);
    if (o->files == NULL) return GZ_MEMORY;
    for (size_t i = 0; i < o->paths.n; i++) TRY(input_hash(o->paths.list[i], &o->files[i]));
    return GZ_OK;
}

static enum gz_err run_with(struct batch *b, struct originals *o, struct verified *v)
{
    TRY(hash_all(o));
    v->originals_n = o->paths.n;
    v->original_paths = (const char *const *)o->paths.list;
    v->originals = o->files;
    return verifier_run(&b->verifier, v);
}

/* Of a list: verified once without originals, which says which of them fit. */
static enum gz_err run_listed(struct batch *b, struct originals *o, struct verified *v)
{
    TRY(verifier_run(&b->verifier, v));
    for (size_t i = 0; i < b->others.n; i++) {
        if (!fits(&v->report, &b->hashed[i])) continue;
        b->used[i] = true;
        TRY(names_add(&o->paths, b->others.list[i]));
    }
    return o->paths.n == 0 ? GZ_OK : run_with(b, o, v);
}

static void print_line(const struct batch *b, FILE *out, const struct verified *v)
{
    if (!b->options->json) {
        verify_report_line(out, b->options->lang, v);
        return;
    }
    json_t *json = verify_report_json(b->options->lang, v);
    json_dumpf(json, out, JSON_COMPACT | JSON_ENSURE_ASCII);
    fputc('\n', out);
    json_decref(json);
}

/* What cannot be read is no forgery: incomplete, and said so. */
static void make_unreadable(struct verified *v)
{
    v->originals_n = 0;
    v->report = (struct verify_report){.result = VERIFY_INCOMPLETE,
                                       .reason = "the certificate file cannot be read"};
}

/* Verify certificate i and print its line to out. */
static enum gz_err judge(struct batch *b, size_t i, FILE *out)
{
    DEFER(names_fini) struct names         path = {0};
    DEFER(originals_fini) struct originals o = {0};
    struct record                         *record = &b->records[i];
    const char                            *name = b->certificates.list[i];
    struct verified                        v = {.set_reason = record->set_reason};
    if (b->folder == NULL) TRY(names_add(&path, name));
    else TRY(names_add_path(&path, b->folder, name));
    v.path = path.list[0];
    enum gz_err e = b->folder == NULL ? GZ_OK : find_by_name(b, name, &o.paths);
    if (e == GZ_OK) e = b->folder == NULL ? run_listed(b, &o, &v) : run_with(b, &o, &v);
    if (e == GZ_MEMORY) return e;
    if (e != GZ_OK) make_unreadable(&v);
    record->is_read = e == GZ_OK;
    record->result = verified_result(&v);
    if (v.report.result != VERIFY_INVALID && v.report.has_entry && record->set_reason == NULL)
        b->items[b->items_n++] =
            set_item_of(&v.report.entry, v.report.fingerprint, v.report.checkpoint.origin, i);
    print_line(b, out, &v);
    return ferror(out) ? GZ_IO : GZ_OK;
}

static void show_progress(size_t done, size_t n)
{
    enum { WIDTH = 30 };
    char bar[WIDTH + 1] = {0};
    if (!isatty(STDERR_FILENO) || (done % (n / 200 + 1) != 0 && done != n)) return;
    memset(bar, '.', WIDTH);
    memset(bar, '#', n == 0 ? WIDTH : done * WIDTH / n);
    fprintf(stderr, "\r核验 [%s] %zu/%zu%s", bar, done, n, done == n ? "\n" : "");
}

/* --- the comparison -----------------------------------------------------------------------------
 */

static void print_finding(const struct batch *b, const struct set_finding *f)
{
    const enum lang lang = b->options->lang;
    const char     *reason = wording_reason(lang, f->reason);
    const char     *one = b->certificates.list[f->a];
    FILE           *out = b->findings;
    if (b->options->json) {
        json_t *json =
            f->kind == SET_CONFLICT
                ? json_pack("{s:{s:s,s:i,s:s,s:[I,I]}}", "finding", "kind", "conflict", "check",
                            CHECK_SET, "reason", reason, "lines", (json_int_t)f->a + 1,
                            (json_int_t)f->b + 1)
                : json_pack("{s:{s:s,s:i,s:s,s:[I],s:I,s:I}}", "finding", "kind", "missing",
                            "check", CHECK_SET, "reason", reason, "lines", (json_int_t)f->a + 1,
                            "seq_from", (json_int_t)f->seq_from, "seq_to", (json_int_t)f->seq_to);
        json_dumpf(json, out, JSON_COMPACT | JSON_ENSURE_ASCII);
        json_decref(json);
    } else {
        fputs(lang == LANG_ZH ? "比对：" : "comparison: ", out);
        text_print(out, bytes_str(one));
        if (f->kind == SET_CONFLICT) {
            fputs(lang == LANG_ZH ? " 与 " : " and ", out);
            text_print(out, bytes_str(b->certificates.list[f->b]));
        }
        fprintf(out, "%s%s", lang == LANG_ZH ? "：" : ": ", reason);
        if (f->kind == SET_MISSING)
            fprintf(out, lang == LANG_ZH ? "（第 %llu 至 %llu 条）" : " (numbers %llu to %llu)",
                    (unsigned long long)f->seq_from, (unsigned long long)f->seq_to);
    }
    fputc('\n', out);
}

static void note_finding(void *ctx, const struct set_finding *f)
{
    struct batch *b = ctx;
    if (f->kind == SET_CONFLICT) {
        b->conflicts++;
        if (b->records[f->a].set_reason == NULL) b->records[f->a].set_reason = f->reason;
        if (b->records[f->b].set_reason == NULL) b->records[f->b].set_reason = f->reason;
    } else b->missing++;
    print_finding(b, f);
}

/* The lines as they were written; those of certificates that the comparison made invalid anew. */
static enum gz_err replay(struct batch *b)
{
    char       *line = NULL;
    size_t      cap = 0;
    enum gz_err e = GZ_OK;
    rewind(b->spool);
    for (size_t i = 0; i < b->certificates.n && e == GZ_OK; i++) {
        const ssize_t n = getline(&line, &cap, b->spool);
        if (n < 0) e = GZ_IO;
        else if (b->records[i].set_reason != NULL) e = judge(b, i, stdout);
        else fwrite(line, 1, (size_t)n, stdout);
    }
    rewind(b->findings);
    while (e == GZ_OK && getline(&line, &cap, b->findings) >= 0) fputs(line, stdout);
    free(line);
    return e;
}

struct totals {
    size_t             of[VERIFY_INCOMPLETE + 1], unreadable, stray;
    enum verify_result worst;
};

static struct totals count_all(const struct batch *b)
{
    struct totals t = {0};
    for (size_t i = 0; i < b->certificates.n; i++) {
        t.of[b->records[i].result]++;
        t.unreadable += !b->records[i].is_read;
    }
    for (size_t i = 0; b->folder == NULL && i < b->others.n; i++) t.stray += !b->used[i];
    t.worst = VERIFY_VALID;
    if (t.of[VERIFY_INCOMPLETE] + b->missing > 0) t.worst = VERIFY_INCOMPLETE;
    if (t.of[VERIFY_INVALID] + b->conflicts + t.stray > 0) t.worst = VERIFY_INVALID;
    return t;
}

static void print_strays(const struct batch *b)
{
    const char *const reason = "the original fits none of the certificates";
    for (size_t i = 0; b->folder == NULL && i < b->others.n; i++) {
        if (b->used[i]) continue;
        if (b->options->json) {
            json_t *json = json_pack("{s:{s:s,s:i,s:s,s:I}}", "finding", "kind", "stray_original",
                                     "check", 3, "reason", wording_reason(b->options->lang, reason),
                                     "original", (json_int_t)i + 1);
            json_dumpf(json, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
            json_decref(json);
        } else {
            text_print(stdout, bytes_str(b->others.list[i]));
            printf(": %s", wording_reason(b->options->lang, reason));
        }
        putchar('\n');
    }
}

static void print_summary(const struct batch *b, const struct totals *t)
{
    const size_t *of = t->of;
    if (b->options->json) {
        json_t *json =
            json_pack("{s:{s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I}}", "summary", "result",
                      wording_result(LANG_EN, t->worst), "certificates",
                      (json_int_t)b->certificates.n, "valid", (json_int_t)of[VERIFY_VALID],
                      "invalid", (json_int_t)of[VERIFY_INVALID], "incomplete",
                      (json_int_t)of[VERIFY_INCOMPLETE], "unreadable", (json_int_t)t->unreadable,
                      "conflicts", (json_int_t)b->conflicts, "missing", (json_int_t)b->missing);
        json_dumpf(json, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
        putchar('\n');
        json_decref(json);
        return;
    }
    printf(
        b->options->lang == LANG_ZH
            ? "共 %zu 份证书：有效 %zu，无效 %zu，尚不完整 %zu（其中读不到 %zu）；"
              "比对：矛盾 %zu 处，缺号 %zu 处。总体：%s\n"
            : "%zu certificates: %zu valid, %zu invalid, %zu incomplete (%zu of them unreadable); "
              "comparison: %zu conflicts, %zu gaps. Overall: %s\n",
        b->certificates.n, of[VERIFY_VALID], of[VERIFY_INVALID], of[VERIFY_INCOMPLETE],
        t->unreadable, b->conflicts, b->missing, wording_result(b->options->lang, t->worst));
}

/* --- all ----------------------------------------------------------------------------------------
 */

static void batch_fini(struct batch *b)
{
    names_fini(&b->certificates);
    names_fini(&b->others);
    free(b->hashed);
    free(b->used);
    free(b->records);
    free(b->items);
    verifier_fini(&b->verifier);
    if (b->spool != NULL) fclose(b->spool);
    if (b->findings != NULL) fclose(b->findings);
}

static enum gz_err run_all(struct batch *b, struct totals *totals)
{
    const size_t n = b->certificates.n;
    b->records = calloc(n + 1, sizeof *b->records);
    b->items = calloc(n + 1, sizeof *b->items);
    b->verifier.cache = calloc(1, sizeof *b->verifier.cache);
    if (b->records == NULL || b->items == NULL || b->verifier.cache == NULL) return GZ_MEMORY;
    b->spool = tmpfile();
    b->findings = tmpfile();
    if (b->spool == NULL || b->findings == NULL) return GZ_IO;
    for (size_t i = 0; i < n; i++) {
        TRY(judge(b, i, b->spool));
        show_progress(i + 1, n);
    }
    set_compare(b->items, b->items_n, note_finding, b);
    if (fflush(b->spool) != 0 || fflush(b->findings) != 0) return GZ_IO;
    TRY(replay(b));
    print_strays(b);
    *totals = count_all(b);
    print_summary(b, totals);
    return fflush(stdout) == 0 ? GZ_OK : GZ_IO;
}

static int finish(struct batch *b)
{
    struct totals totals;
    if (b->certificates.n == 0) {
        fputs("guzheng verify: 没有 .gzcert 证书可核验 (no .gzcert to verify)\n", stderr);
        return STATUS_USAGE;
    }
    const enum gz_err e = run_all(b, &totals);
    if (e == GZ_OK) return (int)totals.worst;
    fprintf(stderr, "guzheng verify: %s\n",
            e == GZ_MEMORY ? "内存不足 (out of memory)" : "写不出结果或临时文件 (cannot write)");
    return STATUS_USAGE;
}

int verify_folder(const char *folder, const struct policy_history *history,
                  const struct verify_options *options)
{
    DEFER(batch_fini)
    struct batch b = {.options = options,
                      .folder = folder,
                      .verifier = {.history = history, .node = options->node}};
    if (list_folder(folder, &b.certificates, &b.others) != GZ_OK) {
        fprintf(stderr, "guzheng verify: 读不到文件夹 %s：%s (cannot read the folder)\n", folder,
                strerror(errno));
        return STATUS_USAGE;
    }
    names_sort(&b.certificates);
    names_sort(&b.others);
    return finish(&b);
}

int verify_set_of(char *const *paths, size_t n, const struct policy_history *history,
                  const struct verify_options *options)
{
    DEFER(batch_fini)
    struct batch b = {.options = options, .verifier = {.history = history, .node = options->node}};
    for (size_t i = 0; i < n; i++)
        if (names_add(form_is_named(paths[i], NULL) ? &b.certificates : &b.others, paths[i]) !=
            GZ_OK)
            return STATUS_USAGE;
    b.hashed = calloc(b.others.n + 1, sizeof *b.hashed);
    b.used = calloc(b.others.n + 1, sizeof *b.used);
    if (b.hashed == NULL || b.used == NULL) return STATUS_USAGE;
    for (size_t i = 0; i < b.others.n; i++) {
        if (input_hash(b.others.list[i], &b.hashed[i]) == GZ_OK) continue;
        fprintf(stderr, "guzheng verify: 读不到文件 %s：%s (cannot read)\n", b.others.list[i],
                strerror(errno));
        return STATUS_USAGE;
    }
    return finish(&b);
}

#include "cli/certificate_forms.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/error_text.h"
#include "cli/render.h"
#include "core/verify.h"
#include "document/package_write.h"
#include "host/file.h"

enum { POLICY_MEMORY = 8 * 1024 * 1024, FORM_MODE = 0644, ORIGINALS_MAX = 64 };

void certificate_forms_fini(struct certificate_forms *f)
{
    buf_fini(&f->text);
    buf_fini(&f->memory);
    fonts_close(&f->fonts);
}

static enum gz_err say(const char *path, enum gz_err e, struct bytes why)
{
    if (e != GZ_OK)
        fprintf(stderr, "guzheng certificate: 写不出 %s：%.*s%s\n", path, (int)why.n,
                why.n == 0 ? "" : (const char *)why.p, why.n == 0 ? error_text(e) : "");
    return e;
}

enum gz_err certificate_forms_open(struct certificate_forms *f, struct bank_client *bank)
{
    DEFER(buf_fini) struct buf why = {0};
    const char                *reason = "";
    if (!f->pdf && !f->package && !f->vouchers) return GZ_OK;
    TRY(bank_client_get(bank, "/control/policy", &f->text));
    TRY(buf_reserve(&f->memory, POLICY_MEMORY));
    struct arena      arena = {.p = f->memory.p, .cap = POLICY_MEMORY};
    const enum gz_err e = policy_history_decode(buf_bytes(&f->text), &arena, &f->history, &reason);
    TRY(say("PDF", e, bytes_str(reason)));
    const enum gz_err fonts = fonts_open(NULL, &f->fonts, &why);
    return say("PDF", fonts, buf_bytes(&why));
}

/* --- originals -------------------------------------------------------------------------------- */

struct originals {
    size_t                  n;
    struct package_original list[ORIGINALS_MAX];
    char                    names[ORIGINALS_MAX][256], paths[ORIGINALS_MAX][CERTIFICATE_PATH];
};

static void close_folder(DIR **d)
{
    if (*d != NULL) closedir(*d);
}

static int by_name(const void *a, const void *b)
{
    const struct package_original *x = a, *y = b;
    return strcmp(x->name, y->name);
}

/* Those that stand beside the certificate; no folder: it has none. */
static enum gz_err list_originals(const char *folder, struct originals *o)
{
    DEFER(close_folder) DIR *d = opendir(folder);
    struct dirent           *e;
    if (d == NULL) return errno == ENOENT ? GZ_OK : GZ_IO;
    while ((e = readdir(d)) != NULL) {
        if (e->d_name[0] == '.') continue;
        if (o->n == ORIGINALS_MAX) return GZ_LIMIT;
        snprintf(o->names[o->n], sizeof o->names[0], "%s", e->d_name);
        TRY(path_join(folder, e->d_name, o->paths[o->n], CERTIFICATE_PATH));
        o->list[o->n] = (struct package_original){o->names[o->n], o->paths[o->n]};
        o->n++;
    }
    qsort(o->list, o->n, sizeof o->list[0], by_name);
    return GZ_OK;
}

/* --- forms ------------------------------------------------------------------------------------ */

/* The page says what a verification by the bank's own policy finds. */
static enum gz_err make_pdf(const struct certificate_forms *f, struct bytes gzcert,
                            const json_t *masked, struct buf *pdf)
{
    DEFER(buf_fini) struct buf memory = {0};
    struct verify_report       report;
    const size_t               room = verify_arena_size(gzcert.n);
    TRY(buf_reserve(&memory, room));
    struct arena arena = {.p = memory.p, .cap = room};
    TRY(verify_certificate(gzcert, &f->history, NULL, 0, &arena, &report));
    if (report.result == VERIFY_INVALID) return GZ_CORRUPT;
    return render_certificate(f->fonts, &report, gzcert, masked, pdf);
}

static void free_originals(struct originals **o)
{
    free(*o);
}

static enum gz_err write_package(const struct certificate_files *files, const char *path,
                                 struct bytes gzcert, struct bytes pdf)
{
    DEFER(free_originals) struct originals *o = calloc(1, sizeof *o);
    if (o == NULL) return GZ_MEMORY;
    TRY(list_originals(files->originals, o));
    const struct package_content content = {gzcert, pdf, o->n, o->list};
    return package_write(path, &content);
}

enum gz_err certificate_forms_write(const struct certificate_forms *f,
                                    const struct certificate_files *files, const json_t *masked)
{
    DEFER(buf_fini) struct buf gzcert = {0}, pdf = {0};
    char                       path[CERTIFICATE_PATH + 8];
    if (!f->pdf && !f->package) return GZ_OK;
    TRY(say(files->path, file_read(files->path, CERTIFICATE_SIZE_MAX, &gzcert),
            (struct bytes){NULL, 0}));
    snprintf(path, sizeof path, "%s.pdf", files->path);
    TRY(say(path, make_pdf(f, buf_bytes(&gzcert), masked, &pdf), (struct bytes){NULL, 0}));
    if (f->pdf)
        TRY(say(path, file_replace(path, buf_bytes(&pdf), FORM_MODE), (struct bytes){NULL, 0}));
    if (!f->package) return GZ_OK;
    snprintf(path, sizeof path, "%s.zip", files->path);
    return say(path, write_package(files, path, buf_bytes(&gzcert), buf_bytes(&pdf)),
               (struct bytes){NULL, 0});
}

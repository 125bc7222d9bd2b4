#include "cli/certificate_files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/json_ref.h"
#include "cli/error_text.h"
#include "core/certificate.h"
#include "host/file.h"

enum { CERTIFICATE_MODE = 0644, FOLDER_MODE = 0755 };

static const char suffix[] = ".gzcert";

/* GZ_IO whatever it was, so that it is no refusal of the bank's. */
static enum gz_err say(const char *path, enum gz_err e)
{
    if (e == GZ_OK) return GZ_OK;
    fprintf(stderr, "guzheng certificate: 不能写 %s：%s (cannot write)\n", path, error_text(e));
    return GZ_IO;
}

static enum gz_err say_taken(const char *path, const char *why)
{
    fprintf(stderr,
            "guzheng certificate: %s %s，未作改动；请换一个位置，或先把它移走\n"
            "  (something else is there: nothing was changed)\n",
            path, why);
    return GZ_CONFLICT;
}

enum gz_err certificate_files_at(const char *path, struct certificate_files *out)
{
    const char  *slash = strrchr(path, '/');
    const char  *name = slash == NULL ? path : slash + 1;
    const size_t n = strlen(name), tail = sizeof suffix - 1;
    const int    stem = (int)(n > tail && strcmp(name + n - tail, suffix) == 0 ? n - tail : n);
    *out = (struct certificate_files){.path = path};
    snprintf(out->folder, sizeof out->folder, "%.*s", (int)(name - path), path);
    const int wrote =
        snprintf(out->originals, sizeof out->originals, "%sfiles/%.*s", out->folder, stem, name);
    return say(path, wrote < CERTIFICATE_PATH ? GZ_OK : GZ_LIMIT);
}

enum gz_err certificate_files_check(struct certificate_files *f)
{
    struct stat st;
    f->is_taken = lstat(f->path, &st) == 0;
    if (!f->is_taken) return GZ_OK;
    if (S_ISDIR(st.st_mode)) return say_taken(f->path, "是一个目录");
    return S_ISREG(st.st_mode) ? GZ_OK : say_taken(f->path, "不是普通文件");
}

static bool is_same_member(const json_t *a, const json_t *b, const char *name)
{
    return json_equal(json_object_get(a, name), json_object_get(b, name)) != 0;
}

enum gz_err certificate_files_compare(struct certificate_files *f, const char *certificate)
{
    DEFER(buf_fini) struct buf old = {0};
    if (!f->is_taken) return GZ_OK;
    if (file_read(f->path, CERTIFICATE_SIZE_MAX, &old) != GZ_OK)
        return say_taken(f->path, "已有别的文件");
    DEFER(json_unref) json_t *there = json_loadb((const char *)old.p, old.n, 0, NULL);
    DEFER(json_unref) json_t *made = json_loads(certificate, 0, NULL);
    if (!json_is_object(there) || !is_same_member(there, made, "entry"))
        return say_taken(f->path, "已有别的文件");
    if (!is_same_member(there, made, "disclosures"))
        return say_taken(f->path, "是本记录的另一份证书，披露的内容不同");
    f->is_there = true;
    return GZ_OK;
}

static enum gz_err original_path(const struct certificate_files *f, unsigned n, const char *name,
                                 char out[CERTIFICATE_PATH])
{
    const int wrote = snprintf(out, CERTIFICATE_PATH, "%s/%u-%s", f->originals, n, name);
    if (strchr(name, '/') != NULL) return GZ_MALFORMED;
    return wrote < CERTIFICATE_PATH ? GZ_OK : GZ_LIMIT;
}

bool certificate_files_has(const struct certificate_files *f, unsigned n, const char *name)
{
    char path[CERTIFICATE_PATH];
    return original_path(f, n, name, path) == GZ_OK && access(path, F_OK) == 0;
}

enum gz_err certificate_files_add(const struct certificate_files *f, unsigned n, const char *name,
                                  struct bytes content)
{
    char path[CERTIFICATE_PATH];
    TRY(say(name, original_path(f, n, name, path)));
    TRY(say(f->originals, folder_make(f->originals, FOLDER_MODE)));
    /* What an interrupted run left would count as an original that fits nothing. */
    TRY(say(f->originals, folder_sweep(f->originals)));
    return say(path, file_replace(path, content, CERTIFICATE_MODE));
}

enum gz_err certificate_files_finish(const struct certificate_files *f, const char *certificate)
{
    if (f->folder[0] != 0) TRY(say(f->folder, folder_make(f->folder, FOLDER_MODE)));
    return say(f->path, file_replace(f->path, bytes_str(certificate), CERTIFICATE_MODE));
}

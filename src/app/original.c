#include "app/original.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "app/field_value.h"
#include "host/inside_file.h"

static const struct bytes subfolder = {(const uint8_t *)"files/", 6};

/* By suffix, and by the bytes that such a file begins with. */
static const struct {
    const char *suffix, *media_type, *begin;
    size_t      begin_n;
} types[] = {
    {".pdf", "application/pdf", "%PDF-", 5},
    {".ofd", "application/ofd", "PK\x03\x04", 4}, /* GB/T 33190: a ZIP */
    {".jpg", "image/jpeg", "\xff\xd8\xff", 3},
    {".jpeg", "image/jpeg", "\xff\xd8\xff", 3},
    {".png", "image/png", "\x89PNG\r\n\x1a\n", 8},
    {".tif", "image/tiff", "II*\0", 4},
    {".tif", "image/tiff", "MM\0*", 4},
    {".tiff", "image/tiff", "II*\0", 4},
    {".tiff", "image/tiff", "MM\0*", 4},
};

static bool has_suffix(struct bytes name, const char *suffix)
{
    const size_t n = strlen(suffix);
    return name.n > n && strncasecmp((const char *)name.p + name.n - n, suffix, n) == 0;
}

static bool is_known(struct bytes name)
{
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (has_suffix(name, types[i].suffix)) return true;
    return false;
}

/* NULL: the content is not what the suffix says. */
static const char *media_type(struct bytes name, struct bytes content)
{
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        const struct bytes begin = {(const uint8_t *)types[i].begin, types[i].begin_n};
        if (has_suffix(name, types[i].suffix) && bytes_starts(content, begin))
            return types[i].media_type;
    }
    return NULL;
}

static bool has_two_dots(struct bytes name)
{
    for (size_t i = 1; i < name.n; i++)
        if (name.p[i - 1] == '.' && name.p[i] == '.') return true;
    return false;
}

static enum cell_defect check_name(struct bytes cell, struct bytes name)
{
    const enum cell_defect typing = field_check_typing(FIELD_FILE, cell);
    if (typing == CELL_BLANKS) return typing;
    if (typing != CELL_NONE || name.n == 0 || name.n > ORIGINAL_NAME_MAX || name.p[0] == '.' ||
        has_two_dots(name))
        return CELL_FILE_NAME;
    for (size_t i = 0; i < name.n; i++)
        if (strchr("/\\\"", name.p[i]) != NULL) return CELL_FILE_NAME;
    return is_known(name) ? CELL_NONE : CELL_FILE_SUFFIX;
}

static enum gz_err read_named(const char *folder, struct bytes name, struct buf *content)
{
    char path[sizeof "files/" + ORIGINAL_NAME_MAX];
    (void)snprintf(path, sizeof path, "files/%.*s", (int)name.n, (const char *)name.p);
    const enum gz_err e = inside_file_read(folder, path, INTAKE_ORIGINAL_MAX, content);
    if (e != GZ_MISSING) return e;
    return inside_file_read(folder, path + subfolder.n, INTAKE_ORIGINAL_MAX, content);
}

/* Errors that the person who delivers the batch can mend. */
static enum cell_defect defect_of(enum gz_err e)
{
    if (e == GZ_MISSING) return CELL_FILE_MISSING;
    if (e == GZ_DENIED) return CELL_FILE_OUTSIDE;
    if (e == GZ_MALFORMED) return CELL_FILE_KIND;
    return e == GZ_LIMIT ? CELL_FILE_LIMIT : CELL_NONE;
}

static void judge_content(struct bytes content, struct original *out)
{
    out->media_type = media_type(out->name, content);
    if (content.n == 0) out->defect = CELL_FILE_EMPTY;
    else if (content.n > INTAKE_ORIGINAL_MAX) out->defect = CELL_FILE_LIMIT;
    else if (out->media_type == NULL) out->defect = CELL_FILE_CONTENT;
}

void original_check(struct bytes name, struct bytes content, struct original *out)
{
    *out = (struct original){.name = name};
    out->defect = name.n == 0 ? CELL_FILE_NAME : check_name(name, name);
    if (out->defect == CELL_NONE) judge_content(content, out);
}

enum gz_err original_read(const char *folder, struct bytes cell, struct buf *content,
                          struct original *out)
{
    const size_t at = bytes_starts(cell, subfolder) ? subfolder.n : 0;
    *out = (struct original){.name = bytes_slice(cell, at, cell.n)};
    out->defect = check_name(cell, out->name);
    if (out->defect != CELL_NONE) return GZ_OK;
    const enum gz_err e = read_named(folder, out->name, content);
    out->defect = defect_of(e);
    if (out->defect != CELL_NONE) return GZ_OK;
    TRY(e);
    judge_content(buf_bytes(content), out);
    return GZ_OK;
}

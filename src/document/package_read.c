#include "document/package_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "base/text.h"
#include "document/pdf_read.h"

enum { PART = 64 * 1024 };

static const char certificate_name[] = "certificate.gzcert";
static const char pdf_name[] = "certificate.pdf";
static const char damaged[] = "the package is damaged";

struct reading {
    zip_t          *zip;
    uint64_t        unpacked;
    struct package *p;
    struct buf      pdf;
    bool            has_certificate, has_pdf;
    const char     *why;
};

void package_fini(struct package *p)
{
    for (size_t i = 0; i < p->files_n; i++) free(p->names[i]);
    free(p->names);
    free(p->files);
    buf_fini(&p->gzcert);
    *p = (struct package){0};
}

bool package_is_one(struct bytes start)
{
    return bytes_starts(start, BYTES_LIT("PK\x03\x04")) ||
           bytes_starts(start, BYTES_LIT("PK\x05\x06"));
}

static enum gz_err refuse(struct reading *r, const char *why)
{
    r->why = why;
    return GZ_MALFORMED;
}

/* --- names ------------------------------------------------------------------------------------ */

static bool is_dots(struct bytes part)
{
    return part.n == 0 || bytes_eq(part, BYTES_LIT(".")) || bytes_eq(part, BYTES_LIT(".."));
}

/* files/a or files/a/b: no empty part, no . or .., nothing that another system takes for a
 * separator or drive, nothing invisible. */
static bool is_file_name(struct bytes name)
{
    if (!bytes_starts(name, BYTES_LIT("files/")) || name.n > PACKAGE_NAME_MAX) return false;
    if (!text_is_utf8(name) || bytes_find(name, '\\') < name.n || bytes_find(name, ':') < name.n)
        return false;
    for (size_t at = 0; at < name.n;)
        if (text_is_hidden_rune(text_next_rune(name, &at))) return false;
    struct bytes rest = bytes_slice(name, 6, name.n);
    for (;;) {
        const size_t slash = bytes_find(rest, '/');
        if (is_dots(bytes_slice(rest, 0, slash))) return false;
        if (slash == rest.n) return true;
        rest = bytes_slice(rest, slash + 1, rest.n);
    }
}

/* --- content ---------------------------------------------------------------------------------- */

/* Where a member's content goes: into a buffer up to a limit, and through both hashes. */
struct sink {
    struct buf   *buf;
    size_t        max;
    struct hasher sm3, sha256;
    uint64_t      size;
};

static enum gz_err pour(struct reading *r, struct sink *s, struct bytes part)
{
    s->size += part.n;
    r->unpacked += part.n;
    if (r->unpacked > PACKAGE_UNPACKED_MAX)
        return refuse(r, "the package unpacks to more than 2 GiB");
    hasher_add(&s->sm3, part);
    hasher_add(&s->sha256, part);
    if (s->buf == NULL || s->buf->n >= s->max) return GZ_OK;
    const size_t room = s->max - s->buf->n;
    return buf_add(s->buf, bytes_slice(part, 0, part.n < room ? part.n : room));
}

static void close_member(zip_file_t **f)
{
    if (*f != NULL) zip_fclose(*f);
}

static enum gz_err unpack(struct reading *r, uint64_t index, struct sink *s)
{
    DEFER(close_member) zip_file_t *f = zip_fopen_index(r->zip, index, 0);
    uint8_t                         part[PART];
    hasher_init(&s->sm3, SUITE_GM);
    hasher_init(&s->sha256, SUITE_INTL);
    if (f == NULL) return refuse(r, damaged);
    for (;;) {
        const zip_int64_t n = zip_fread(f, part, sizeof part);
        if (n < 0) return refuse(r, damaged);
        if (n == 0) return GZ_OK;
        TRY(pour(r, s, (struct bytes){part, (size_t)n}));
    }
}

static enum gz_err add_file(struct reading *r, struct bytes name, const struct sink *s,
                            struct hash sm3, struct hash sha256)
{
    struct package *p = r->p;
    char           *copy = strndup((const char *)name.p, name.n);
    if (copy == NULL) return GZ_MEMORY;
    p->names[p->files_n] = copy;
    p->files[p->files_n++] = (struct verify_file){s->size, sm3, sha256};
    return GZ_OK;
}

/* --- members ---------------------------------------------------------------------------------- */

/* Compared without regard to the case of ASCII: some systems unpack such names into one file. */
static bool is_repeated(const struct reading *r, const char *name, uint64_t before)
{
    for (uint64_t i = 0; i < before; i++) {
        const char *other = zip_get_name(r->zip, i, ZIP_FL_ENC_RAW);
        if (other == NULL || strcasecmp(other, name) == 0) return true;
    }
    return false;
}

static bool is_storable(const zip_stat_t *s)
{
    const zip_uint64_t wanted =
        ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    return (s->valid & wanted) == wanted && s->encryption_method == ZIP_EM_NONE &&
           (s->comp_method == ZIP_CM_STORE || s->comp_method == ZIP_CM_DEFLATE);
}

static enum gz_err read_member(struct reading *r, uint64_t index)
{
    zip_stat_t  stat;
    struct sink s = {0};
    if (zip_stat_index(r->zip, index, ZIP_FL_ENC_RAW, &stat) != 0) return refuse(r, damaged);
    if (!is_storable(&stat))
        return refuse(r, "a member of the package is encrypted or packed in an unusual way");
    const struct bytes name = bytes_str(stat.name);
    if (is_repeated(r, stat.name, index)) return refuse(r, "a name stands twice in the package");
    if (bytes_eq(name, bytes_str(certificate_name))) {
        r->has_certificate = true;
        s = (struct sink){.buf = &r->p->gzcert, .max = CERTIFICATE_SIZE_MAX + 1};
        return unpack(r, index, &s);
    }
    if (bytes_eq(name, bytes_str(pdf_name))) {
        r->has_pdf = true;
        s = (struct sink){.buf = &r->pdf, .max = PDF_SIZE_MAX + 1};
        return unpack(r, index, &s);
    }
    if (!is_file_name(name))
        return refuse(r, "a member of the package has a name that it may not have");
    TRY(unpack(r, index, &s));
    return add_file(r, name, &s, hasher_end(&s.sm3), hasher_end(&s.sha256));
}

static enum gz_err compare_pdf(struct reading *r)
{
    DEFER(buf_fini) struct buf inside = {0};
    if (!r->has_certificate) return refuse(r, "there is no certificate.gzcert in the package");
    if (!r->has_pdf) return refuse(r, "there is no certificate.pdf in the package");
    TRY(pdf_certificate(buf_bytes(&r->pdf), &inside, &r->why));
    if (!bytes_eq(buf_bytes(&inside), buf_bytes(&r->p->gzcert)))
        return refuse(r, "the certificate in the package's PDF is another one");
    return GZ_OK;
}

static enum gz_err read_all(struct reading *r)
{
    const zip_int64_t n = zip_get_num_entries(r->zip, 0);
    if (n < 0 || n > PACKAGE_MEMBERS_MAX) return refuse(r, "the package has too many members");
    r->p->names = calloc((size_t)n + 1, sizeof *r->p->names);
    r->p->files = calloc((size_t)n + 1, sizeof *r->p->files);
    if (r->p->names == NULL || r->p->files == NULL) return GZ_MEMORY;
    for (zip_int64_t i = 0; i < n; i++) TRY(read_member(r, (uint64_t)i));
    return compare_pdf(r);
}

/* --- opening ---------------------------------------------------------------------------------- */

static void reading_fini(struct reading *r)
{
    if (r->zip != NULL) zip_discard(r->zip);
    buf_fini(&r->pdf);
}

/* source is consumed. */
static enum gz_err read_source(zip_source_t *source, struct package *out, const char **why)
{
    DEFER(package_fini) struct package p = {0};
    DEFER(reading_fini) struct reading r = {.p = &p, .why = damaged};
    zip_error_t                        error;
    zip_error_init(&error);
    r.zip = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error);
    const int code = zip_error_code_zip(&error);
    zip_error_fini(&error);
    if (r.zip == NULL) zip_source_free(source);
    if (r.zip == NULL && code == ZIP_ER_MEMORY) return GZ_MEMORY;
    const enum gz_err e = r.zip == NULL ? GZ_MALFORMED : read_all(&r);
    if (e == GZ_MALFORMED) *why = r.why;
    TRY(e);
    *out = p;
    p = (struct package){0};
    return GZ_OK;
}

enum gz_err package_read(const char *path, struct package *out, const char **why)
{
    zip_error_t   error;
    zip_source_t *source = zip_source_file_create(path, 0, -1, &error);
    if (source == NULL) return GZ_IO;
    return read_source(source, out, why);
}

enum gz_err package_read_bytes(struct bytes zip, struct package *out, const char **why)
{
    zip_error_t   error;
    zip_source_t *source = zip_source_buffer_create(zip.p, zip.n, 0, &error);
    if (source == NULL) return GZ_MEMORY;
    return read_source(source, out, why);
}

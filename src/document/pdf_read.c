#include "document/pdf_read.h"

#include <qpdf/qpdf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zlib.h>

#include "core/certificate.h"

enum { CHILDREN_MAX = 100000 }; /* of one array or dictionary */

static const char media_type[] = "/application/vnd.guzheng.certificate+json";
static const char marker[] = "guzheng/certificate/v1";
static const char damaged[] = "the PDF is damaged";
static const char too_deep[] = "the PDF is nested too deeply or has too many objects";

/* An embedded file, by the number of its stream. */
struct attachment {
    int  id;
    bool is_certificate;
};
struct reading {
    qpdf_data         q;
    int               objects; /* numbers are below this */
    size_t            n;
    struct attachment list[PDF_ATTACHMENTS_MAX];
    const char       *why;
};

bool pdf_is_one(struct bytes start)
{
    return bytes_starts(start, BYTES_LIT("%PDF-"));
}

static enum gz_err refuse(struct reading *r, const char *why)
{
    r->why = why;
    return GZ_MALFORMED;
}

/* --- content of a stream ---------------------------------------------------------------------- */

static enum gz_err inflate_some(struct bytes in, size_t max, struct buf *out)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)in.p, .avail_in = (uInt)in.n};
    if (inflateInit(&z) != Z_OK) return GZ_MEMORY;
    int         status = Z_OK;
    enum gz_err e = GZ_OK;
    while (status == Z_OK && out->n < max && e == GZ_OK) {
        e = buf_reserve(out, 64 * 1024);
        if (e != GZ_OK) break;
        const size_t room = max - out->n < 64 * 1024 ? max - out->n : 64 * 1024;
        z.next_out = out->p + out->n;
        z.avail_out = (uInt)room;
        status = inflate(&z, Z_NO_FLUSH);
        out->n += room - z.avail_out;
    }
    inflateEnd(&z);
    if (e != GZ_OK) return e;
    return status == Z_OK || status == Z_STREAM_END ? GZ_OK : GZ_MALFORMED;
}

/* None, or Flate without a predictor; what else there is has no certificate of ours. */
static bool is_flate(qpdf_data q, qpdf_oh dictionary, bool *is_plain)
{
    qpdf_oh filter = qpdf_oh_get_key(q, dictionary, "/Filter");
    *is_plain = qpdf_oh_is_null(q, filter);
    if (qpdf_oh_is_array(q, filter)) {
        *is_plain = qpdf_oh_get_array_n_items(q, filter) == 0;
        if (qpdf_oh_get_array_n_items(q, filter) != 1) return false;
        filter = qpdf_oh_get_array_item(q, filter, 0);
    }
    return qpdf_oh_is_name(q, filter) && strcmp(qpdf_oh_get_name(q, filter), "/FlateDecode") == 0 &&
           !qpdf_oh_is_dictionary(q, qpdf_oh_get_key(q, dictionary, "/DecodeParms"));
}

static void free_data(unsigned char **data)
{
    free(*data);
}

/* At most CERTIFICATE_SIZE_MAX + 1 bytes: enough to see that there are too many. */
static enum gz_err read_stream(struct reading *r, qpdf_oh stream, struct buf *out)
{
    DEFER(free_data) unsigned char *data = NULL;
    size_t                          n = 0;
    bool                            is_plain;
    const bool flate = is_flate(r->q, qpdf_oh_get_dict(r->q, stream), &is_plain);
    if (!flate && !is_plain) return GZ_MALFORMED;
    if (qpdf_oh_get_stream_data(r->q, stream, qpdf_dl_none, NULL, &data, &n) >= QPDF_ERRORS)
        return GZ_MALFORMED;
    if (flate) return inflate_some((struct bytes){data, n}, CERTIFICATE_SIZE_MAX + 1, out);
    return buf_add(
        out, (struct bytes){data, n < CERTIFICATE_SIZE_MAX + 1 ? n : CERTIFICATE_SIZE_MAX + 1});
}

/* --- which of the embedded files are certificates --------------------------------------------- */

static bool has_suffix(const char *name)
{
    const size_t n = strlen(name);
    return n >= 7 && strcasecmp(name + n - 7, ".gzcert") == 0;
}

static bool says_so(struct reading *r, qpdf_oh stream)
{
    DEFER(buf_fini) struct buf content = {0};
    const qpdf_oh subtype = qpdf_oh_get_key(r->q, qpdf_oh_get_dict(r->q, stream), "/Subtype");
    if (qpdf_oh_is_name(r->q, subtype) && strcmp(qpdf_oh_get_name(r->q, subtype), media_type) == 0)
        return true;
    return read_stream(r, stream, &content) == GZ_OK && content.n > 0 &&
           memmem(content.p, content.n, marker, sizeof marker - 1) != NULL;
}

static enum gz_err note_stream(struct reading *r, qpdf_oh stream, bool is_named)
{
    const int id = qpdf_oh_get_object_id(r->q, stream);
    size_t    i = 0;
    while (i < r->n && r->list[i].id != id) i++;
    if (i == PDF_ATTACHMENTS_MAX) return refuse(r, "the PDF has too many attachments");
    if (i == r->n) r->list[r->n++] = (struct attachment){id, says_so(r, stream)};
    r->list[i].is_certificate |= is_named;
    return GZ_OK;
}

static bool is_named_certificate(struct reading *r, qpdf_oh specification)
{
    static const char *const keys[] = {"/UF", "/F", "/DOS", "/Mac", "/Unix"};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        const qpdf_oh name = qpdf_oh_get_key(r->q, specification, keys[i]);
        if (qpdf_oh_is_string(r->q, name) && has_suffix(qpdf_oh_get_utf8_value(r->q, name)))
            return true;
    }
    return false;
}

/* --- walking ---------------------------------------------------------------------------------- */

/* The library keeps one place in one dictionary, so all keys are taken before any is followed. */
struct children {
    qpdf_oh *list;
    int      n, cap;
};
static void children_fini(struct children *c)
{
    free(c->list);
}

static enum gz_err add_child(struct reading *r, struct children *c, qpdf_oh child)
{
    if (c->n == CHILDREN_MAX) return refuse(r, too_deep);
    if (c->n == c->cap) {
        const int cap = c->cap == 0 ? 16 : 2 * c->cap;
        qpdf_oh  *list = realloc(c->list, (size_t)cap * sizeof *list);
        if (list == NULL) return GZ_MEMORY;
        c->list = list;
        c->cap = cap;
    }
    c->list[c->n++] = child;
    return GZ_OK;
}

static enum gz_err list_children(struct reading *r, qpdf_oh object, struct children *c)
{
    const int items = qpdf_oh_is_array(r->q, object) ? qpdf_oh_get_array_n_items(r->q, object) : 0;
    for (int i = 0; i < items; i++) TRY(add_child(r, c, qpdf_oh_get_array_item(r->q, object, i)));
    if (!qpdf_oh_is_dictionary(r->q, object)) return GZ_OK;
    qpdf_oh_begin_dict_key_iter(r->q, object);
    while (qpdf_oh_dict_more_keys(r->q))
        TRY(add_child(r, c, qpdf_oh_get_key(r->q, object, qpdf_oh_dict_next_key(r->q))));
    return GZ_OK;
}

/* The files of a file specification: one stream, or more where systems have each their own. */
static enum gz_err note_files(struct reading *r, qpdf_oh specification)
{
    DEFER(children_fini) struct children c = {0};
    const qpdf_oh                        files = qpdf_oh_get_key(r->q, specification, "/EF");
    if (!qpdf_oh_is_dictionary(r->q, files)) return GZ_OK;
    const bool is_named = is_named_certificate(r, specification);
    TRY(list_children(r, files, &c));
    for (int i = 0; i < c.n; i++)
        if (qpdf_oh_is_stream(r->q, c.list[i])) TRY(note_stream(r, c.list[i], is_named));
    return GZ_OK;
}

/* What an object holds directly; what it refers to is an object of its own, and must be one of
 * those that are looked at. */
static enum gz_err walk(struct reading *r, qpdf_oh object, unsigned depth)
{
    DEFER(children_fini) struct children c = {0};
    if (depth > PDF_DEPTH_MAX) return refuse(r, too_deep);
    if (qpdf_oh_is_dictionary(r->q, object)) TRY(note_files(r, object));
    TRY(list_children(r, object, &c));
    for (int i = 0; i < c.n; i++) {
        if (!qpdf_oh_is_indirect(r->q, c.list[i])) {
            TRY(walk(r, c.list[i], depth + 1));
            continue;
        }
        if (qpdf_oh_get_object_id(r->q, c.list[i]) >= r->objects ||
            qpdf_oh_get_generation(r->q, c.list[i]) != 0)
            return refuse(r, "the PDF refers to objects outside of its list");
    }
    return GZ_OK;
}

static enum gz_err look_at(struct reading *r, int id)
{
    qpdf_oh object = qpdf_get_object_by_id(r->q, id, 0);
    if (qpdf_oh_is_stream(r->q, object)) {
        const qpdf_oh dictionary = qpdf_oh_get_dict(r->q, object);
        const qpdf_oh type = qpdf_oh_get_key(r->q, dictionary, "/Type");
        if (qpdf_oh_is_name(r->q, type) &&
            strcmp(qpdf_oh_get_name(r->q, type), "/EmbeddedFile") == 0)
            TRY(note_stream(r, object, false));
        object = dictionary;
    }
    TRY(walk(r, object, 1));
    qpdf_oh_release_all(r->q);
    return qpdf_has_error(r->q) ? refuse(r, damaged) : GZ_OK;
}

static enum gz_err take_the_one(struct reading *r, struct buf *out)
{
    int id = 0, found = 0;
    for (size_t i = 0; i < r->n; i++) {
        if (!r->list[i].is_certificate) continue;
        id = r->list[i].id;
        found++;
    }
    if (found == 0) return refuse(r, "there is no certificate in the PDF");
    if (found > 1) return refuse(r, "there is more than one certificate in the PDF");
    const enum gz_err e = read_stream(r, qpdf_get_object_by_id(r->q, id, 0), out);
    return e == GZ_MALFORMED ? refuse(r, "the certificate in the PDF cannot be unpacked") : e;
}

static enum gz_err read_all(struct reading *r, struct bytes pdf, struct buf *out)
{
    if (qpdf_read_memory(r->q, "pdf", (const char *)pdf.p, pdf.n, NULL) >= QPDF_ERRORS)
        return refuse(r, damaged);
    if (qpdf_is_encrypted(r->q)) return refuse(r, "the PDF is encrypted");
    const qpdf_oh   trailer = qpdf_get_trailer(r->q);
    const long long size = qpdf_oh_get_int_value(r->q, qpdf_oh_get_key(r->q, trailer, "/Size"));
    if (size < 1 || size > PDF_OBJECTS_MAX) return refuse(r, too_deep);
    r->objects = (int)size;
    TRY(walk(r, trailer, 1));
    for (int id = 1; id < r->objects; id++) TRY(look_at(r, id));
    return take_the_one(r, out);
}

/* --- limits ----------------------------------------------------------------------------------- */

#if defined(__SANITIZE_ADDRESS__)
enum { LIMITED = 0 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { LIMITED = 0 }; /* it reserves more than any limit */
#else
enum { LIMITED = 1 };
#endif
#else
enum { LIMITED = 1 };
#endif

/* The library unpacks what the file says without a limit of its own; what it cannot get it reports
 * as an error. */
static void limit_memory(struct rlimit *before)
{
    unsigned long long pages = 0;
    FILE              *f = fopen("/proc/self/statm", "r");
    if (f != NULL && fscanf(f, "%llu", &pages) != 1) pages = 0;
    if (f != NULL) fclose(f);
    getrlimit(RLIMIT_AS, before);
    struct rlimit now = *before;
    const rlim_t  wanted = pages * (rlim_t)sysconf(_SC_PAGESIZE) + PDF_MEMORY_MAX;
    if (!LIMITED || pages == 0 || wanted >= before->rlim_cur) return;
    now.rlim_cur = wanted;
    setrlimit(RLIMIT_AS, &now);
}

static void unlimit_memory(struct rlimit *before)
{
    setrlimit(RLIMIT_AS, before);
}

static void cleanup(struct reading *r)
{
    if (r->q != NULL) qpdf_cleanup(&r->q);
}

enum gz_err pdf_certificate(struct bytes pdf, struct buf *out, const char **why)
{
    DEFER(unlimit_memory) struct rlimit before;
    DEFER(cleanup) struct reading       r = {0};
    DEFER(buf_fini) struct buf          found = {0};
    limit_memory(&before);
    *why = "a PDF of more than 64 MiB";
    if (pdf.n > PDF_SIZE_MAX) return GZ_MALFORMED;
    r.q = qpdf_init();
    if (r.q == NULL) return GZ_MEMORY;
    qpdf_silence_errors(r.q);
    qpdf_set_suppress_warnings(r.q, QPDF_TRUE);
    qpdf_set_attempt_recovery(r.q, QPDF_FALSE);
    const enum gz_err e = read_all(&r, pdf, &found);
    if (e == GZ_MALFORMED) *why = r.why;
    TRY(e);
    return buf_add(out, buf_bytes(&found));
}

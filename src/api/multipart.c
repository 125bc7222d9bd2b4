#include "api/multipart.h"

#include <string.h>
#include <strings.h>

#include "api/media_type.h"
#include "base/text.h"

enum { DELIMITER_MAX = MULTIPART_BOUNDARY_MAX + 4 };

enum gz_err multipart_boundary(const char *content_type, char out[MULTIPART_BOUNDARY_MAX + 1])
{
    static const char allowed[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "'()+_,-./:=? ";
    if (!media_type_parameter(content_type, "boundary", out, MULTIPART_BOUNDARY_MAX + 1))
        return GZ_MALFORMED;
    const size_t n = strlen(out);
    return strspn(out, allowed) == n && out[n - 1] != ' ' ? GZ_OK : GZ_MALFORMED;
}

/* Everything before the delimiter off the front of *rest, and the delimiter. False: it is cut. */
static bool take_until(struct bytes *rest, struct bytes delimiter, struct bytes *before)
{
    if (rest->n < delimiter.n) return false;
    const uint8_t *at = memmem(rest->p, rest->n, delimiter.p, delimiter.n);
    if (at == NULL) return false;
    const size_t n = (size_t)(at - rest->p);
    *before = bytes_slice(*rest, 0, n);
    *rest = bytes_slice(*rest, n + delimiter.n, rest->n);
    return true;
}

/* --- headers of a part ------------------------------------------------------------------------ */

/* A header's value as a string, without blanks before it. */
static bool copy_value(struct bytes value, char *out, size_t size)
{
    while (value.n > 0 && (value.p[0] == ' ' || value.p[0] == '\t'))
        value = bytes_slice(value, 1, value.n);
    if (value.n >= size) return false;
    if (value.n > 0 && memchr(value.p, 0, value.n) != NULL) return false;
    if (value.n > 0) memcpy(out, value.p, value.n);
    out[value.n] = 0;
    return text_is_utf8(value);
}

static bool is_named(struct bytes name, const char *wanted)
{
    return name.n == strlen(wanted) && strncasecmp((const char *)name.p, wanted, name.n) == 0;
}

static enum gz_err take_header(struct bytes line, struct multipart_part *p)
{
    char         value[MULTIPART_HEADERS_MAX];
    const size_t colon = bytes_find(line, ':');
    if (colon == line.n) return GZ_MALFORMED;
    const struct bytes name = bytes_slice(line, 0, colon);
    if (!copy_value(bytes_slice(line, colon + 1, line.n), value, sizeof value)) return GZ_MALFORMED;
    if (is_named(name, "Content-Transfer-Encoding"))
        return strcasecmp(value, "binary") == 0 || strcasecmp(value, "8bit") == 0 ||
                       strcasecmp(value, "7bit") == 0
                   ? GZ_OK
                   : GZ_MALFORMED;
    if (is_named(name, "Content-Type")) {
        if (strlen(value) >= sizeof p->content_type) return GZ_MALFORMED;
        strcpy(p->content_type, value);
        return GZ_OK;
    }
    if (!is_named(name, "Content-Disposition")) return GZ_OK;
    if (p->name[0] != 0 || !media_type_is(value, "form-data")) return GZ_MALFORMED;
    return media_type_parameter(value, "name", p->name, sizeof p->name) ? GZ_OK : GZ_MALFORMED;
}

/* Lines that end with CRLF. */
static enum gz_err take_headers(struct bytes headers, struct multipart_part *p)
{
    struct bytes line;
    while (take_until(&headers, BYTES_LIT("\r\n"), &line)) TRY(take_header(line, p));
    if (headers.n > 0) TRY(take_header(headers, p));
    return p->name[0] == 0 ? GZ_MALFORMED : GZ_OK;
}

/* --- parts ------------------------------------------------------------------------------------ */

static enum gz_err take_part(struct bytes part, struct multipart *m)
{
    struct multipart_part p = {0};
    struct bytes          headers;
    if (m->n == MULTIPART_PARTS_MAX) return GZ_LIMIT;
    if (!take_until(&part, BYTES_LIT("\r\n\r\n"), &headers)) return GZ_MALFORMED;
    if (headers.n > MULTIPART_HEADERS_MAX) return GZ_MALFORMED;
    TRY(take_headers(headers, &p));
    p.content = part;
    for (size_t i = 0; i < m->n; i++)
        if (strcmp(m->part[i].name, p.name) == 0) return GZ_MALFORMED;
    m->part[m->n++] = p;
    return GZ_OK;
}

/* What stands behind a delimiter: the end of its line, or "--" of the last one. */
static enum gz_err after_delimiter(struct bytes *rest, bool *last)
{
    *last = bytes_starts(*rest, BYTES_LIT("--"));
    if (*last) *rest = bytes_slice(*rest, 2, rest->n);
    while (rest->n > 0 && (rest->p[0] == ' ' || rest->p[0] == '\t'))
        *rest = bytes_slice(*rest, 1, rest->n);
    if (*last && rest->n == 0) return GZ_OK;
    if (!bytes_starts(*rest, BYTES_LIT("\r\n"))) return GZ_MALFORMED;
    *rest = bytes_slice(*rest, 2, rest->n);
    return GZ_OK;
}

enum gz_err multipart_read(struct bytes body, const char *boundary, struct multipart *out)
{
    char         text[DELIMITER_MAX + 1] = "\r\n--";
    bool         last = false;
    struct bytes part;
    assert(strlen(boundary) <= MULTIPART_BOUNDARY_MAX);
    strcat(text, boundary);
    const struct bytes delimiter = bytes_str(text);
    const struct bytes first = bytes_slice(delimiter, 2, delimiter.n);
    out->n = 0;
    if (!bytes_starts(body, first)) return GZ_MALFORMED;
    body = bytes_slice(body, first.n, body.n);
    TRY(after_delimiter(&body, &last));
    while (!last) {
        if (!take_until(&body, delimiter, &part)) return GZ_MALFORMED;
        TRY(take_part(part, out));
        TRY(after_delimiter(&body, &last));
    }
    return body.n == 0 ? GZ_OK : GZ_MALFORMED;
}

struct multipart_part *multipart_find(struct multipart *m, struct bytes name)
{
    for (size_t i = 0; i < m->n; i++) {
        if (!bytes_eq(bytes_str(m->part[i].name), name)) continue;
        m->part[i].is_used = true;
        return &m->part[i];
    }
    return NULL;
}

bool multipart_is_all_used(const struct multipart *m)
{
    for (size_t i = 0; i < m->n; i++)
        if (!m->part[i].is_used) return false;
    return true;
}

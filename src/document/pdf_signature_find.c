#include "document/pdf_signature_find.h"

#include <string.h>

#define OFFSET_MAX (UINT64_C(1) << 40) /* more than any file that is read */

/* A small reader of PDF objects: dictionaries are looked into, everything else is stepped over. */
struct reader {
    struct bytes                pdf;
    size_t                      at, key; /* key: where the wanted /ByteRange stands */
    bool                        found;
    struct pdf_signature_place *out;
};
/* What a dictionary says that may be the wanted one. */
struct dictionary {
    bool         is_wanted;
    unsigned     ranges, contents; /* how often each of them is there */
    struct bytes range;
    size_t       contents_from, contents_to;
    char         filter[PDF_SIGNATURE_WORD_SIZE], time[PDF_SIGNATURE_WORD_SIZE];
};

static bool is_space(uint8_t c)
{
    return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' ';
}

static bool is_regular(uint8_t c)
{
    return !is_space(c) && strchr("()<>[]{}/%", c) == NULL;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static uint8_t peek(const struct reader *r)
{
    return r->at < r->pdf.n ? r->pdf.p[r->at] : 0;
}

static bool is_next(const struct reader *r, const char *two)
{
    return r->pdf.n - r->at >= 2 && memcmp(r->pdf.p + r->at, two, 2) == 0;
}

static void skip_space(struct reader *r)
{
    bool in_comment = false;
    for (; r->at < r->pdf.n; r->at++) {
        const uint8_t c = r->pdf.p[r->at];
        if (c == '%') in_comment = true;
        if (c == '\n' || c == '\r') in_comment = false;
        if (!in_comment && !is_space(c)) return;
    }
}

static int hex_value(uint8_t c)
{
    if (is_digit(c)) return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A name behind its slash, its #xx undone; what does not fit is cut. Moves behind it. */
static void take_name(struct reader *r, char out[PDF_SIGNATURE_WORD_SIZE])
{
    size_t n = 0;
    for (r->at++; r->at < r->pdf.n && is_regular(r->pdf.p[r->at]); r->at++) {
        const struct bytes rest = bytes_slice(r->pdf, r->at, r->pdf.n);
        uint8_t            c = rest.p[0];
        if (c == '#' && rest.n > 2 && hex_value(rest.p[1]) >= 0 && hex_value(rest.p[2]) >= 0) {
            c = (uint8_t)(hex_value(rest.p[1]) << 4 | hex_value(rest.p[2]));
            r->at += 2;
        }
        if (n < PDF_SIGNATURE_WORD_SIZE - 1) out[n++] = (char)c;
    }
    out[n] = 0;
}

static enum gz_err skip_string(struct reader *r)
{
    unsigned open = 0;
    for (; r->at < r->pdf.n; r->at++) {
        const uint8_t c = r->pdf.p[r->at];
        if (c == '\\') r->at++;
        if (c == '(') open++;
        if (c != ')' || --open > 0) continue;
        r->at++;
        return GZ_OK;
    }
    return GZ_MALFORMED;
}

static enum gz_err skip_hex(struct reader *r)
{
    const struct bytes rest = bytes_slice(r->pdf, r->at, r->pdf.n);
    const size_t       end = bytes_find(rest, '>');
    r->at += end;
    if (end == rest.n) return GZ_MALFORMED;
    r->at++;
    return GZ_OK;
}

static enum gz_err skip_word(struct reader *r)
{
    const size_t before = r->at;
    while (r->at < r->pdf.n && is_regular(r->pdf.p[r->at])) r->at++;
    return r->at > before ? GZ_OK : GZ_MALFORMED;
}

/* --- dictionaries ----------------------------------------------------------------------------- */

static enum gz_err skip_value(struct reader *r, unsigned depth);

/* A text without escapes: a date has none. */
static void note_time(struct bytes value, struct dictionary *d)
{
    if (value.n < 2 || value.n - 2 >= sizeof d->time || value.p[0] != '(') return;
    memcpy(d->time, value.p + 1, value.n - 2);
    d->time[value.n - 2] = 0;
}

static void note_member(const struct reader *r, const char *key, size_t key_at, size_t from,
                        struct dictionary *d)
{
    const struct bytes value = bytes_slice(r->pdf, from, r->at);
    struct reader      name = {.pdf = r->pdf, .at = from};
    if (strcmp(key, "ByteRange") == 0) {
        d->is_wanted |= key_at == r->key;
        d->ranges++;
        d->range = value;
    }
    if (strcmp(key, "Contents") == 0) {
        d->contents++;
        d->contents_from = from;
        d->contents_to = r->at;
    }
    if (strcmp(key, "SubFilter") == 0 && value.n > 0 && value.p[0] == '/')
        take_name(&name, d->filter);
    if (strcmp(key, "M") == 0) note_time(value, d);
}

/* A key and its value; "12 0 R" is one value of three words. */
static enum gz_err take_member(struct reader *r, struct dictionary *d, unsigned depth)
{
    char         key[PDF_SIGNATURE_WORD_SIZE];
    const size_t key_at = r->at;
    if (peek(r) != '/') return GZ_MALFORMED;
    take_name(r, key);
    skip_space(r);
    const size_t from = r->at;
    TRY(skip_value(r, depth + 1));
    note_member(r, key, key_at, from, d);
    for (skip_space(r); r->at < r->pdf.n && is_regular(peek(r)); skip_space(r)) TRY(skip_word(r));
    return GZ_OK;
}

/* Four integers in brackets. */
static bool read_range(struct bytes text, uint64_t out[4])
{
    struct reader r = {.pdf = text, .at = 1};
    if (text.n == 0 || text.p[0] != '[') return false;
    for (size_t i = 0; i < 4; i++) {
        skip_space(&r);
        if (!is_digit(peek(&r))) return false;
        for (out[i] = 0; is_digit(peek(&r)); r.at++) {
            out[i] = out[i] * 10 + (uint64_t)(peek(&r) - '0');
            if (out[i] > OFFSET_MAX) return false;
        }
    }
    skip_space(&r);
    return peek(&r) == ']' && r.at + 1 == text.n;
}

static const char *judge(const struct reader *r, const struct dictionary *d, const uint64_t v[4])
{
    const uint8_t *p = r->pdf.p;
    if (d->ranges != 1 || d->contents != 1) return "签名字典中的项目重复或缺少";
    if (v[0] != 0) return "签名不是从文件开头算起";
    if (v[2] > r->pdf.n || v[3] > r->pdf.n - v[2]) return "签名所称的范围超出文件";
    if (v[1] != d->contents_from || v[2] != d->contents_to || p[v[1]] != '<' || p[v[2] - 1] != '>')
        return "签名没有覆盖的部分不只是签名本身";
    return NULL;
}

static void finish(struct reader *r, const struct dictionary *d)
{
    uint64_t v[4] = {0};
    *r->out = (struct pdf_signature_place){.defect = "签名范围 (ByteRange) 的格式不正确"};
    memcpy(r->out->filter, d->filter, sizeof d->filter);
    memcpy(r->out->time, d->time, sizeof d->time);
    r->found = true;
    if (!read_range(d->range, v)) return;
    r->out->defect = judge(r, d, v);
    if (r->out->defect != NULL) return;
    r->out->gap = (size_t)v[1];
    r->out->rest = (size_t)v[2];
    r->out->end = (size_t)(v[2] + v[3]);
}

static enum gz_err take_dictionary(struct reader *r, unsigned depth)
{
    struct dictionary d = {0};
    r->at += 2;
    for (skip_space(r); !is_next(r, ">>"); skip_space(r)) TRY(take_member(r, &d, depth));
    r->at += 2;
    if (d.is_wanted) finish(r, &d);
    return GZ_OK;
}

static enum gz_err skip_array(struct reader *r, unsigned depth)
{
    r->at++;
    for (skip_space(r); peek(r) != ']'; skip_space(r)) TRY(skip_value(r, depth + 1));
    r->at++;
    return GZ_OK;
}

static enum gz_err skip_value(struct reader *r, unsigned depth)
{
    char name[PDF_SIGNATURE_WORD_SIZE];
    if (r->at >= r->pdf.n) return GZ_MALFORMED;
    if (depth > PDF_SIGNATURE_DEPTH_MAX) return GZ_LIMIT;
    if (is_next(r, "<<")) return take_dictionary(r, depth);
    switch (peek(r)) {
    case '<': return skip_hex(r);
    case '(': return skip_string(r);
    case '[': return skip_array(r, depth);
    case '/': take_name(r, name); return GZ_OK;
    default: return skip_word(r);
    }
}

/* --- looking for them ------------------------------------------------------------------------- */

/* "12 0 obj" ends before at? */
static bool is_object(struct bytes pdf, size_t at)
{
    for (unsigned words = 0; words < 2; words++) {
        size_t n = at;
        while (n > 0 && is_space(pdf.p[n - 1])) n--;
        if (n == at) return false;
        for (at = n; at > 0 && is_digit(pdf.p[at - 1]); at--) continue;
        if (at == n) return false;
    }
    return true;
}

/* Behind the nearest "obj" before at; false: none within reach. */
static bool find_object(struct bytes pdf, size_t at, size_t *from)
{
    const size_t reach = at < PDF_SIGNATURE_DICTIONARY_MAX ? 0 : at - PDF_SIGNATURE_DICTIONARY_MAX;
    while (at > reach + 3) {
        const uint8_t *j = memrchr(pdf.p + reach, 'j', at - reach);
        if (j == NULL) return false;
        at = (size_t)(j - pdf.p);
        if (at < reach + 3 || memcmp(j - 2, "ob", 2) != 0 || !is_object(pdf, at - 2)) continue;
        *from = at + 1;
        return true;
    }
    return false;
}

/* GZ_MISSING: what stands there is no member of an object, but in a stream or between objects,
 * where no reader of PDF would see it. */
static enum gz_err look_at(struct bytes pdf, size_t key, struct pdf_signature_place *out)
{
    size_t        from;
    struct reader r = {.pdf = pdf, .key = key, .out = out};
    if (!find_object(pdf, key, &from)) return GZ_MISSING;
    if (pdf.n - from > 2 * PDF_SIGNATURE_DICTIONARY_MAX)
        r.pdf.n = from + 2 * PDF_SIGNATURE_DICTIONARY_MAX;
    r.at = from;
    skip_space(&r);
    const enum gz_err e = skip_value(&r, 1);
    if (r.found) return GZ_OK;
    if (e == GZ_OK && r.at <= key) return GZ_MISSING;
    *out = (struct pdf_signature_place){.defect = "签名字典损坏"};
    return GZ_OK;
}

static bool next_candidate(struct pdf_signature_search *s, size_t *key)
{
    char name[PDF_SIGNATURE_WORD_SIZE];
    while (s->at < s->pdf.n) {
        const uint8_t *slash = memchr(s->pdf.p + s->at, '/', s->pdf.n - s->at);
        if (slash == NULL) return false;
        struct reader r = {.pdf = s->pdf, .at = (size_t)(slash - s->pdf.p)};
        *key = r.at;
        take_name(&r, name);
        s->at = r.at;
        if (strcmp(name, "ByteRange") == 0) return true;
    }
    return false;
}

enum gz_err pdf_signature_next(struct pdf_signature_search *s, struct pdf_signature_place *out)
{
    size_t key;
    while (next_candidate(s, &key)) {
        if (s->candidates++ == PDF_SIGNATURE_CANDIDATES_MAX) return GZ_LIMIT;
        const enum gz_err e = look_at(s->pdf, key, out);
        if (e != GZ_MISSING) return e;
    }
    return GZ_MISSING;
}

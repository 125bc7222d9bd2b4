#include "core/json.h"

#include <string.h>

#include "base/text.h"

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_space(struct json *j)
{
    while (j->at < j->end && is_space(*j->at)) j->at++;
}

uint8_t json_peek(struct json *j)
{
    skip_space(j);
    return j->at < j->end ? *j->at : 0;
}

static bool take(struct json *j, uint8_t c)
{
    if (json_peek(j) != c) return false;
    if (j->at == j->end) return false;
    j->at++;
    return true;
}

static bool take_word(struct json *j, struct bytes word)
{
    skip_space(j);
    if (!bytes_starts((struct bytes){j->at, (size_t)(j->end - j->at)}, word)) return false;
    j->at += word.n;
    return true;
}

enum gz_err json_init(struct json *j, struct bytes document)
{
    if (document.n == 0) return GZ_MALFORMED;
    if (bytes_starts(document, BYTES_LIT("\xef\xbb\xbf"))) return GZ_MALFORMED;
    if (!text_is_utf8(document)) return GZ_MALFORMED;
    *j = (struct json){document.p, document.p + document.n, 0};
    return GZ_OK;
}

enum gz_err json_end(struct json *j)
{
    skip_space(j);
    return j->at == j->end && j->depth == 0 ? GZ_OK : GZ_MALFORMED;
}

/* --- strings ---------------------------------------------------------------------------------- */

/* Four hex digits of either case; -1 where there are none. */
static int32_t hex4(const uint8_t *p, const uint8_t *end)
{
    int32_t v = 0;
    if (end - p < 4) return -1;
    for (unsigned i = 0; i < 4; i++) {
        const int digit = text_hex_digit((uint8_t)(p[i] >= 'A' && p[i] <= 'F' ? p[i] + 32 : p[i]));
        if (digit < 0) return -1;
        v = v * 16 + digit;
    }
    return v;
}

static bool is_high(int32_t unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low(int32_t unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

/* Bytes of the escape at p (a backslash), 0 where it is none; *rune is what it stands for. */
static size_t escape_at(const uint8_t *p, const uint8_t *end, uint32_t *rune)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (end - p < 2) return 0;
    if (p[1] != 'u') {
        const char *hit = p[1] == 0 ? NULL : strchr(from, p[1]);
        if (hit == NULL) return 0;
        *rune = (uint8_t)to[hit - from];
        return 2;
    }
    const int32_t unit = hex4(p + 2, end);
    if (unit < 0 || is_low(unit)) return 0;
    *rune = (uint32_t)unit;
    if (!is_high(unit)) return 6;
    if (end - p < 12 || p[6] != '\\' || p[7] != 'u') return 0;
    const int32_t low = hex4(p + 8, end);
    if (!is_low(low)) return 0;
    *rune = 0x10000u + ((uint32_t)(unit - 0xd800) << 10) + (uint32_t)(low - 0xdc00);
    return 12;
}

/* Eight bytes at a time as long as none of them is a control character, quote or backslash. May
 * stop early, never late. */
static const uint8_t *skip_plain(const uint8_t *p, const uint8_t *end)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    for (uint64_t v; end - p >= (ptrdiff_t)sizeof v; p += sizeof v) {
        memcpy(&v, p, sizeof v);
        const uint64_t quote = v ^ ones * '"', backslash = v ^ ones * '\\';
        const uint64_t zeros = ((v - ones * 0x20) & ~v) | ((quote - ones) & ~quote) |
                               ((backslash - ones) & ~backslash);
        if ((zeros & tops) != 0) return p;
    }
    return p;
}

enum gz_err json_string_raw(struct json *j, struct bytes *body)
{
    if (!take(j, '"')) return GZ_MALFORMED;
    const uint8_t *from = j->at;
    j->at = skip_plain(j->at, j->end);
    while (j->at < j->end && *j->at != '"') {
        uint32_t rune;
        size_t   step = 1;
        if (*j->at < 0x20) return GZ_MALFORMED;
        if (*j->at == '\\') step = escape_at(j->at, j->end, &rune);
        if (step == 0) return GZ_MALFORMED;
        j->at += step;
    }
    if (j->at == j->end) return GZ_MALFORMED;
    *body = (struct bytes){from, (size_t)(j->at - from)};
    j->at++;
    return GZ_OK;
}

static size_t put_rune(uint8_t *out, uint32_t r)
{
    if (r < 0x80) {
        out[0] = (uint8_t)r;
        return 1;
    }
    const size_t         n = r < 0x800 ? 2 : r < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n - 1; i > 0; i--, r >>= 6) out[i] = (uint8_t)(0x80 | (r & 0x3f));
    out[0] = (uint8_t)(lead[n] | r);
    return n;
}

size_t json_unescape(struct bytes body, uint8_t *out)
{
    const uint8_t *end = body.p + body.n;
    size_t         n = 0;
    for (const uint8_t *p = body.p; p < end;) {
        if (*p != '\\') {
            out[n++] = *p++;
            continue;
        }
        uint32_t rune = 0;
        p += escape_at(p, end, &rune);
        n += put_rune(out + n, rune);
    }
    return n;
}

enum gz_err json_text(struct json *j, struct arena *arena, struct bytes *out)
{
    struct bytes body;
    TRY(json_string_raw(j, &body));
    if (bytes_find(body, '\\') == body.n) {
        *out = body;
        return GZ_OK;
    }
    uint8_t *p = arena_alloc(arena, body.n);
    if (p == NULL) return GZ_MEMORY;
    *out = (struct bytes){p, json_unescape(body, p)};
    return GZ_OK;
}

/* Walks an escaped body one UTF-8 byte at a time, so that two names compare without a copy. */
struct name_reader {
    const uint8_t *at, *end;
    uint8_t        held[4];
    size_t         held_n, held_at;
};

static int next_byte(struct name_reader *r)
{
    if (r->held_at < r->held_n) return r->held[r->held_at++];
    if (r->at == r->end) return -1;
    if (*r->at != '\\') return *r->at++;
    uint32_t rune = 0;
    r->at += escape_at(r->at, r->end, &rune);
    r->held_n = put_rune(r->held, rune);
    r->held_at = 1;
    return r->held[0];
}

static int name_cmp(struct bytes a, struct bytes b)
{
    struct name_reader x = {.at = a.p, .end = a.p + a.n}, y = {.at = b.p, .end = b.p + b.n};
    for (;;) {
        const int p = next_byte(&x), q = next_byte(&y);
        if (p != q) return p < q ? -1 : 1;
        if (p < 0) return 0;
    }
}

/* --- objects and arrays ----------------------------------------------------------------------- */

static enum gz_err enter(struct json *j, uint8_t open)
{
    if (j->depth == JSON_DEPTH_MAX || !take(j, open)) return GZ_MALFORMED;
    j->depth++;
    return GZ_OK;
}

/* Before the next item: the end, or a comma between two items. */
static enum gz_err next_item(struct json *j, uint8_t close, bool first, bool *more)
{
    if (take(j, close)) {
        j->depth--;
        *more = false;
        return GZ_OK;
    }
    if (!first && !take(j, ',')) return GZ_MALFORMED;
    *more = true;
    return GZ_OK;
}

enum gz_err json_enter_object(struct json *j)
{
    return enter(j, '{');
}

enum gz_err json_next_member(struct json *j, const char *const *names, size_t names_n,
                             uint32_t *seen, size_t *which, bool *more)
{
    struct bytes name;
    TRY(next_item(j, '}', *seen == 0, more));
    if (!*more) return GZ_OK;
    TRY(json_string_raw(j, &name));
    if (!take(j, ':')) return GZ_MALFORMED;
    for (size_t i = 0; i < names_n; i++) {
        if (name_cmp(name, bytes_str(names[i])) != 0) continue;
        if ((*seen >> i & 1) != 0) return GZ_MALFORMED;
        *seen |= UINT32_C(1) << i;
        *which = i;
        return GZ_OK;
    }
    return GZ_MALFORMED;
}

enum gz_err json_next_name(struct json *j, size_t *count, struct bytes *name, bool *more)
{
    TRY(next_item(j, '}', *count == 0, more));
    if (!*more) return GZ_OK;
    TRY(json_string_raw(j, name));
    if (!take(j, ':')) return GZ_MALFORMED;
    (*count)++;
    return GZ_OK;
}

enum gz_err json_enter_array(struct json *j)
{
    return enter(j, '[');
}

enum gz_err json_next_element(struct json *j, size_t *count, bool *more)
{
    TRY(next_item(j, ']', *count == 0, more));
    if (*more) (*count)++;
    return GZ_OK;
}

/* --- scalars ---------------------------------------------------------------------------------- */

enum gz_err json_uint(struct json *j, uint64_t *out)
{
    skip_space(j);
    const uint8_t *from = j->at;
    while (j->at < j->end && *j->at >= '0' && *j->at <= '9') j->at++;
    const struct bytes digits = {from, (size_t)(j->at - from)};
    if (j->at < j->end && (*j->at == '.' || *j->at == 'e' || *j->at == 'E')) return GZ_MALFORMED;
    return text_to_u64(digits, JSON_INTEGER_MAX, out);
}

static enum gz_err skip_integer(struct json *j)
{
    uint64_t   v;
    const bool negative = take(j, '-');
    if (negative && (j->at == j->end || is_space(*j->at))) return GZ_MALFORMED;
    TRY(json_uint(j, &v));
    return negative && v == 0 ? GZ_MALFORMED : GZ_OK;
}

static size_t take_digits(struct json *j)
{
    const uint8_t *from = j->at;
    while (j->at < j->end && *j->at >= '0' && *j->at <= '9') j->at++;
    return (size_t)(j->at - from);
}

static bool take_here(struct json *j, char a, char b)
{
    if (j->at == j->end || (*j->at != a && *j->at != b)) return false;
    j->at++;
    return true;
}

enum gz_err json_number_raw(struct json *j, struct bytes *raw)
{
    skip_space(j);
    const uint8_t *from = j->at;
    (void)take_here(j, '-', '-');
    const bool   zero = j->at < j->end && *j->at == '0';
    const size_t whole = take_digits(j);
    if (whole == 0 || (zero && whole > 1)) return GZ_MALFORMED;
    if (take_here(j, '.', '.') && take_digits(j) == 0) return GZ_MALFORMED;
    if (take_here(j, 'e', 'E')) {
        (void)take_here(j, '+', '-');
        if (take_digits(j) == 0) return GZ_MALFORMED;
    }
    *raw = (struct bytes){from, (size_t)(j->at - from)};
    return GZ_OK;
}

bool json_take_null(struct json *j)
{
    return take_word(j, BYTES_LIT("null"));
}

bool json_take_bool(struct json *j, bool *out)
{
    const bool is_true = take_word(j, BYTES_LIT("true"));
    if (!is_true && !take_word(j, BYTES_LIT("false"))) return false;
    *out = is_true;
    return true;
}

/* --- any value -------------------------------------------------------------------------------- */

/* Names of the open objects, as a stack at the front of the arena's free part. */
struct names {
    struct bytes *list;
    size_t        n, cap;
};

static void sift(struct bytes *heap, size_t root, size_t n)
{
    for (size_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && name_cmp(heap[child], heap[child + 1]) < 0) child++;
        if (name_cmp(heap[root], heap[child]) >= 0) return;
        const struct bytes held = heap[root];
        heap[root] = heap[child];
        heap[child] = held;
    }
}

/* Heap sort: no recursion, no memory, n log n on hostile input too. */
static bool has_duplicate(struct bytes *list, size_t n)
{
    for (size_t i = n / 2; i > 0; i--) sift(list, i - 1, n);
    for (size_t end = n; end > 1; end--) {
        const struct bytes largest = list[0];
        list[0] = list[end - 1];
        list[end - 1] = largest;
        sift(list, 0, end - 1);
        if (end < n && name_cmp(list[end - 1], list[end]) == 0) return true;
    }
    return n > 1 && name_cmp(list[0], list[1]) == 0;
}

static enum gz_err add_name(struct json *j, struct names *names, const char *const *forbidden)
{
    struct bytes name;
    TRY(json_string_raw(j, &name));
    if (!take(j, ':')) return GZ_MALFORMED;
    for (size_t i = 0; forbidden != NULL && forbidden[i] != NULL; i++)
        if (name_cmp(name, bytes_str(forbidden[i])) == 0) return GZ_MALFORMED;
    if (names->n == names->cap) return GZ_MEMORY;
    names->list[names->n++] = name;
    return GZ_OK;
}

static enum gz_err skip_value(struct json *j, struct names *names, const char *const *forbidden);

static enum gz_err skip_object(struct json *j, struct names *names, const char *const *forbidden)
{
    const size_t base = names->n;
    TRY(json_enter_object(j));
    for (bool more = true;;) {
        TRY(next_item(j, '}', names->n == base, &more));
        if (!more) break;
        TRY(add_name(j, names, forbidden));
        TRY(skip_value(j, names, forbidden));
    }
    if (has_duplicate(names->list + base, names->n - base)) return GZ_MALFORMED;
    names->n = base;
    return GZ_OK;
}

static enum gz_err skip_array(struct json *j, struct names *names, const char *const *forbidden)
{
    size_t count = 0;
    TRY(json_enter_array(j));
    for (bool more = true;;) {
        TRY(json_next_element(j, &count, &more));
        if (!more) return GZ_OK;
        TRY(skip_value(j, names, forbidden));
    }
}

/* Recursion is bounded: enter refuses more than JSON_DEPTH_MAX. */
static enum gz_err skip_value(struct json *j, struct names *names, const char *const *forbidden)
{
    struct bytes body;
    switch (json_peek(j)) {
    case '{': return skip_object(j, names, forbidden);
    case '[': return skip_array(j, names, forbidden);
    case '"': return json_string_raw(j, &body);
    case 't': return take_word(j, BYTES_LIT("true")) ? GZ_OK : GZ_MALFORMED;
    case 'f': return take_word(j, BYTES_LIT("false")) ? GZ_OK : GZ_MALFORMED;
    case 'n': return json_take_null(j) ? GZ_OK : GZ_MALFORMED;
    default: return skip_integer(j);
    }
}

enum gz_err json_value(struct json *j, struct arena *arena, const char *const *forbidden,
                       struct bytes *raw)
{
    const size_t mark = arena->n;
    struct names names = {.list = arena_alloc(arena, 0)}; /* aligned; used without being taken */
    if (names.list == NULL) return GZ_MEMORY;
    names.cap = (arena->cap - arena->n) / sizeof *names.list;
    skip_space(j);
    const uint8_t    *from = j->at;
    const enum gz_err e = skip_value(j, &names, forbidden);
    arena->n = mark;
    TRY(e);
    *raw = (struct bytes){from, (size_t)(j->at - from)};
    return GZ_OK;
}

enum gz_err json_add_string(struct bytes text, struct buf *out)
{
    TRY(buf_add_byte(out, '"'));
    for (size_t i = 0; i < text.n; i++) {
        const uint8_t c = text.p[i];
        if (c == '"' || c == '\\') TRY(buf_add_byte(out, '\\'));
        if (c < 0x20) TRY(buf_addf(out, "\\u%04x", c));
        else TRY(buf_add_byte(out, c));
    }
    return buf_add_byte(out, '"');
}

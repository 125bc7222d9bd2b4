#include "compliance/tripwire.h"

#include "base/err.h"
#include "compliance/tripwire_match.h"

static const struct {
    const char *code, *hint;
} about[] = {
#define TRIPWIRE_ROW(name, code, hint) {code, hint},
    TRIPWIRE_TABLE(TRIPWIRE_ROW)
#undef TRIPWIRE_ROW
};

const char *tripwire_code(enum tripwire t)
{
    assert(t < TRIPWIRES);
    return about[t].code;
}

const char *tripwire_hint(enum tripwire t)
{
    assert(t < TRIPWIRES);
    return about[t].hint;
}

/* --- tracks ----------------------------------------------------------------------------------- */

enum { CARD_MIN = 13, CARD_MAX = 19, TRACK_REST_MIN = 7, HOLDER_MAX = 30, RUN_MAX = 40 };

static bool is_luhn(const uint8_t *p, size_t n)
{
    unsigned sum = 0;
    for (size_t i = 0; i < n; i++) {
        const unsigned d = (unsigned)(p[n - 1 - i] - '0');
        const unsigned twice = 2 * d > 9 ? 2 * d - 9 : 2 * d;
        sum += i % 2 == 0 ? d : twice;
    }
    return sum % 10 == 0;
}

/* YYMM, the service code, and more: what stands on a card behind its number. */
static bool is_track_rest(struct bytes text, size_t at)
{
    if (tripwire_count_digits(text, at) < TRACK_REST_MIN) return false;
    const int month = (text.p[at + 2] - '0') * 10 + text.p[at + 3] - '0';
    return month >= 1 && month <= 12;
}

/* Its number may stand behind a tag and a length, as chips write it. */
static bool ends_with_card(const uint8_t *p, size_t n)
{
    for (size_t k = CARD_MIN; k <= CARD_MAX && k <= n; k++)
        if (is_luhn(p + n - k, k)) return true;
    return false;
}

static bool is_track_1(struct bytes text, size_t caret)
{
    for (size_t i = caret + 1; i < text.n && i <= caret + HOLDER_MAX; i++)
        if (text.p[i] == '^') return is_track_rest(text, i + 1);
    return false;
}

enum tripwire tripwire_at_digits(struct bytes text, size_t at)
{
    const size_t n = tripwire_count_digits(text, at), end = at + n;
    if (n < CARD_MIN || n > RUN_MAX || end == text.n) return TRIPWIRE_NONE;
    const bool    card = n <= CARD_MAX;
    const uint8_t c = text.p[end];
    bool          is_track = false;
    if (c == '=')
        is_track = (card && is_track_rest(text, end + 1)) ||
                   (!card && text.p[at] == '9' && text.p[at + 1] == '9' && /* the third track */
                    tripwire_count_digits(text, end + 1) >= 2 * TRACK_REST_MIN);
    else if ((c | 0x20) == 'd')
        is_track = is_track_rest(text, end + 1) && ends_with_card(text.p + at, n);
    else if (c == '^') is_track = card && is_track_1(text, end);
    return is_track ? TRIPWIRE_TRACK : TRIPWIRE_NONE;
}

/* --- blobs and vectors ------------------------------------------------------------------------ */

struct run {
    size_t n, upper, lower, digits, hex;
    bool   classic, url; /* has + or /, has - or _ */
};

static bool take_character(struct run *r, uint8_t c)
{
    const bool digit = tripwire_is_digit(c), letter = tripwire_is_letter(c);
    const bool classic = c == '+' || c == '/', url = c == '-' || c == '_';
    if (!digit && !letter && !classic && !url && c != '=') return false;
    r->n++;
    r->digits += digit;
    r->upper += letter && c < 'a';
    r->lower += letter && c >= 'a';
    r->hex += digit || (letter && (c | 0x20) <= 'f');
    r->classic |= classic;
    r->url |= url;
    return true;
}

/* Lines of base64 in one text, and '/' as some writers of JSON escape it. */
static bool is_inside(struct bytes text, size_t at)
{
    const uint8_t c = text.p[at], next = at + 1 < text.n ? text.p[at + 1] : 0;
    return (c == '\\' && next == '/') || (c == '\r' && next == '\n') || c == '\n';
}

static bool has_start(struct bytes blob)
{
    /* JPEG, PNG, RIFF (voice), and the records of ISO/IEC 19794: minutiae, face, finger, iris. */
    static const char *const starts[] = {"/9j/", "iVBORw0KGgo", "UklGR", "Rk1S",
                                         "RkFD", "RklS",        "SUlS"};
    for (size_t i = 0; i < COUNT_OF(starts); i++)
        if (bytes_starts(blob, bytes_str(starts[i]))) return true;
    return false;
}

enum { BLOB_WITH_START_MIN = 64 };

/* What begins like DER is a certificate or a signature: those may be recorded. */
static bool is_blob(const struct run *r, struct bytes blob)
{
    if (r->n >= TRIPWIRE_HEX_MIN && r->hex == r->n) return !bytes_starts(blob, BYTES_LIT("3082"));
    if (r->n >= BLOB_WITH_START_MIN && has_start(blob)) return true;
    if (r->n < TRIPWIRE_BASE64_MIN || bytes_starts(blob, BYTES_LIT("MI"))) return false;
    /* Random bytes have as many capitals as small letters; paths and addresses have not. */
    return 5 * r->upper >= r->n && 5 * r->lower >= r->n && r->digits > 0 && !(r->classic && r->url);
}

enum tripwire tripwire_at_blob(struct bytes text, size_t at, size_t *end)
{
    struct run r = {0};
    size_t     i = at;
    while (i < text.n && (take_character(&r, text.p[i]) || is_inside(text, i))) i++;
    *end = i;
    return is_blob(&r, bytes_slice(text, at, i)) ? TRIPWIRE_BIOMETRIC : TRIPWIRE_NONE;
}

/* A decimal fraction of three places or more (two are money). at: there is none. */
static size_t fraction_end(struct bytes text, size_t at)
{
    size_t       i = at + (text.p[at] == '-');
    const size_t whole = tripwire_count_digits(text, i);
    if (whole == 0 || i + whole >= text.n || text.p[i + whole] != '.') return at;
    i += whole + 1;
    const size_t places = tripwire_count_digits(text, i);
    if (places < 3) return at;
    i += places;
    if (i < text.n && (text.p[i] | 0x20) == 'e')
        i += 1 + (i + 1 < text.n && (text.p[i + 1] == '-' || text.p[i + 1] == '+'));
    return i + tripwire_count_digits(text, i);
}

enum tripwire tripwire_at_vector(struct bytes text, size_t at, size_t *end)
{
    size_t n = 0;
    for (*end = at; *end < text.n; n++) {
        size_t next = fraction_end(text, *end);
        if (next == *end) break;
        while (next < text.n && (text.p[next] == ',' || text.p[next] == ' ')) next++;
        *end = next;
    }
    return n >= TRIPWIRE_VECTOR_MIN ? TRIPWIRE_BIOMETRIC : TRIPWIRE_NONE;
}

/* --- a text ----------------------------------------------------------------------------------- */

static bool is_blob_character(uint8_t c)
{
    return tripwire_is_digit(c) || tripwire_is_letter(c) || c == '+' || c == '/' || c == '-' ||
           c == '_' || c == '=';
}

static bool is_data_address(struct bytes text, size_t at)
{
    const struct bytes rest = bytes_slice(text, at, text.n);
    return bytes_starts(rest, BYTES_LIT("data:image/")) ||
           bytes_starts(rest, BYTES_LIT("data:audio/"));
}

/* Runs of digits, of blobs and of fractions are looked at where they begin, and once. */
struct scan {
    size_t blob_end, vector_end;
};

static enum tripwire look(struct scan *s, struct bytes text, size_t at)
{
    const uint8_t c = text.p[at], before = at == 0 ? ' ' : text.p[at - 1];
    enum tripwire t = TRIPWIRE_NONE;
    if (c >= 0x80 || tripwire_is_letter(c)) t = tripwire_at_word(text, at);
    if (t == TRIPWIRE_NONE && c == 'd' && is_data_address(text, at)) t = TRIPWIRE_BIOMETRIC;
    if (t == TRIPWIRE_NONE && tripwire_is_digit(c) && !tripwire_is_digit(before))
        t = tripwire_at_digits(text, at);
    if (t == TRIPWIRE_NONE && at >= s->blob_end && is_blob_character(c) &&
        !is_blob_character(before))
        t = tripwire_at_blob(text, at, &s->blob_end);
    if (t == TRIPWIRE_NONE && at >= s->vector_end && (tripwire_is_digit(c) || c == '-') &&
        !tripwire_is_digit(before))
        t = tripwire_at_vector(text, at, &s->vector_end);
    return t;
}

enum tripwire tripwire_text(struct bytes text)
{
    struct scan s = {0, 0};
    for (size_t at = 0; at < text.n; at++) {
        const enum tripwire t = look(&s, text, at);
        if (t != TRIPWIRE_NONE) return t;
    }
    return TRIPWIRE_NONE;
}

#include "compliance/masking.h"

#include "base/text.h"
#include "compliance/district.h"

const char *const mask_words[MASKS] = {
#define MASK_WORD(name, word) word,
    MASK_TABLE(MASK_WORD)
#undef MASK_WORD
};

enum { PHONE_DIGITS = 11, DIGITS_MAX = 64 };

static enum gz_err add_stars(size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++) TRY(buf_add_byte(out, '*'));
    return GZ_OK;
}

static enum gz_err hide(struct buf *out)
{
    return buf_add_str(out, "****");
}

/* --- names ------------------------------------------------------------------------------------ */

/* Variation selectors and combining marks belong to the character before: a rare character is one
 * with them. */
static bool joins_the_one_before(uint32_t r)
{
    return (r >= 0xfe00 && r <= 0xfe0f) || (r >= 0xe0100 && r <= 0xe01ef) ||
           (r >= 0x0300 && r <= 0x036f) || r == 0x200d;
}

/* Characters, and where the last one begins. */
static size_t count_characters(struct bytes text, size_t *last)
{
    size_t n = 0;
    for (size_t at = 0; at < text.n;) {
        const size_t from = at;
        if (joins_the_one_before(text_next_rune(text, &at)) && n > 0) continue;
        *last = from;
        n++;
    }
    return n;
}

/* The last character only. The point of a name such as 买买提·艾力 is hidden too: it would tell the
 * ethnic group. */
static enum gz_err mask_name(struct bytes text, struct buf *out)
{
    size_t       last = 0;
    const size_t n = count_characters(text, &last);
    if (n < 2) return add_stars(n, out);
    TRY(add_stars(n - 1, out));
    return buf_add(out, bytes_slice(text, last, text.n));
}

/* --- numbers ---------------------------------------------------------------------------------- */

/* text without blanks, hyphens and (full-width) signs of its grouping. False: it is none. */
static bool squeeze(struct bytes text, uint8_t out[DIGITS_MAX], size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < text.n; i++) {
        const uint8_t c = text.p[i];
        if (c == ' ' || c == '-' || c == '(' || c == ')' || c == '\t') continue;
        if (c >= 0x7f || c < 0x20 || *n == DIGITS_MAX) return false;
        out[(*n)++] = c;
    }
    return true;
}

static bool are_digits(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] < '0' || p[i] > '9') return false;
    return n > 0;
}

static enum gz_err show_ends(const uint8_t *p, size_t n, size_t first, size_t last, struct buf *out)
{
    TRY(buf_add(out, (struct bytes){p, first}));
    TRY(add_stars(n - first - last, out));
    return buf_add(out, (struct bytes){p + n - last, last});
}

static enum gz_err mask_id(struct bytes text, struct buf *out)
{
    uint8_t p[DIGITS_MAX];
    size_t  n;
    if (!squeeze(text, p, &n) || n < MASK_ID_MIN) return hide(out);
    return show_ends(p, n, 1, 1, out);
}

static enum gz_err mask_phone(struct bytes text, struct buf *out)
{
    uint8_t p[DIGITS_MAX];
    size_t  n, from = 0;
    if (!squeeze(text, p, &n)) return hide(out);
    if (n > 0 && p[0] == '+') from = 1;
    if (!are_digits(p + from, n - from)) return hide(out);
    const size_t digits = n - from;
    const bool   bare = digits == PHONE_DIGITS && from == 0;
    const bool   with_86 = digits == PHONE_DIGITS + 2 && p[from] == '8' && p[from + 1] == '6';
    const bool   with_0086 =
        digits == PHONE_DIGITS + 4 && p[0] == '0' && p[1] == '0' && p[2] == '8' && p[3] == '6';
    if (!bare && !with_86 && !with_0086) return hide(out);
    return show_ends(p + n - PHONE_DIGITS, PHONE_DIGITS, 3, 4, out);
}

static enum gz_err mask_card(struct bytes text, struct buf *out)
{
    uint8_t p[DIGITS_MAX];
    size_t  n;
    if (!squeeze(text, p, &n) || n < 8) return hide(out);
    if (n >= MASK_CARD_FULL_MIN && are_digits(p, n)) return show_ends(p, n, 6, 4, out);
    TRY(hide(out));
    return buf_add(out, (struct bytes){p + n - 4, 4});
}

static enum gz_err mask_last6(struct bytes text, struct buf *out)
{
    size_t n = 0, at = 0, cut = 0;
    while (at < text.n) n++, (void)text_next_rune(text, &at);
    if (n <= MASK_LAST6_SHOWN) return hide(out);
    for (size_t i = 0; i < n - MASK_LAST6_SHOWN; i++) (void)text_next_rune(text, &cut);
    TRY(hide(out));
    return buf_add(out, bytes_slice(text, cut, text.n));
}

/* --- addresses -------------------------------------------------------------------------------- */

static enum gz_err mask_address(struct bytes text, struct buf *out)
{
    TRY(buf_add(out, bytes_slice(text, 0, district_end(text))));
    return hide(out);
}

static enum gz_err mask_email(struct bytes text, struct buf *out)
{
    const size_t at = bytes_find(text, '@');
    size_t       first = 0;
    if (at == 0 || at == text.n || at + 1 == text.n) return hide(out);
    (void)text_next_rune(text, &first);
    if (first == at) first = 0; /* of one letter: not even that */
    TRY(buf_add(out, bytes_slice(text, 0, first)));
    TRY(add_stars(3, out));
    return buf_add(out, bytes_slice(text, at, text.n));
}

/* a.b.c.d; of other forms nothing is shown. */
static enum gz_err mask_ip(struct bytes text, struct buf *out)
{
    size_t dots = 0, last = 0;
    for (size_t i = 0; i < text.n; i++) {
        const uint8_t c = text.p[i];
        if (c == '.') dots++, last = i;
        else if (c < '0' || c > '9') return hide(out);
    }
    if (dots != 3 || text.n > 15) return hide(out);
    TRY(buf_add(out, bytes_slice(text, 0, last + 1)));
    return buf_add_byte(out, '*');
}

enum gz_err mask_add(enum mask m, struct bytes text, struct buf *out)
{
    if (text.n == 0) return GZ_OK;
    if (m == MASK_NONE) return buf_add(out, text);
    if (!text_is_utf8(text)) return hide(out);
    switch (m) {
    case MASK_NAME: return mask_name(text, out);
    case MASK_ID: return mask_id(text, out);
    case MASK_PHONE: return mask_phone(text, out);
    case MASK_CARD: return mask_card(text, out);
    case MASK_LAST6: return mask_last6(text, out);
    case MASK_ADDRESS: return mask_address(text, out);
    case MASK_EMAIL: return mask_email(text, out);
    case MASK_IP: return mask_ip(text, out);
    case MASK_NONE:
    case MASK_HIDDEN:
    case MASKS: break;
    }
    return hide(out);
}

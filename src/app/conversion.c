#include "app/conversion.h"

#include <string.h>

#include "app/field_value.h"
#include "base/text.h"

/* --- what a spreadsheet leaves ---------------------------------------------------------------- */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool are_digits(struct bytes text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!is_digit(text.p[i])) return false;
    return text.n > 0;
}

static bool are_all(struct bytes text, uint8_t c)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != c) return false;
    return text.n > 0;
}

/* Values that stand for an error, and marks of a formula or of "this is text". */
static bool has_spreadsheet_mark(struct bytes cell)
{
    static const char *const errors[] = {"#N/A",    "#VALUE!", "#REF!", "#NAME?",
                                         "#DIV/0!", "#NUM!",   "#NULL!"};
    if (cell.p[0] == '=' || cell.p[0] == '\'' || are_all(cell, '#')) return true;
    for (size_t i = 0; i < COUNT_OF(errors); i++)
        if (bytes_eq(cell, bytes_str(errors[i]))) return true;
    return false;
}

/* --- the steps: each turns *text into what it makes of it ------------------------------------- */

static void trim(struct bytes *text)
{
    size_t from = 0, to = 0;
    for (size_t at = 0, before; at < text->n;) {
        before = at;
        if (field_is_blank(text_next_rune(*text, &at))) continue;
        if (to == 0) from = before;
        to = at;
    }
    *text = bytes_slice(*text, from, to);
}

static enum gz_err halve_width(struct bytes *text, struct arena *arena)
{
    uint8_t *p = arena_alloc(arena, text->n);
    size_t   n = 0;
    if (p == NULL) return GZ_MEMORY;
    for (size_t at = 0, before; at < text->n;) {
        before = at;
        const uint32_t r = text_next_rune(*text, &at);
        if (r >= 0xff01 && r <= 0xff5e) {
            p[n++] = (uint8_t)(r - 0xff01 + '!');
            continue;
        }
        memcpy(p + n, text->p + before, at - before);
        n += at - before;
    }
    *text = (struct bytes){p, n};
    return GZ_OK;
}

static enum cell_defect decode(const struct conversion *c, struct bytes *text)
{
    for (size_t i = 0; i < c->codes_n; i++)
        if (bytes_eq(c->codes[i].from, *text)) {
            *text = c->codes[i].to;
            return CELL_NONE;
        }
    return CELL_CODE;
}

/* Groups of three, the first of one to three. A number without any comma is one too. */
static enum gz_err ungroup(struct bytes *text, struct arena *arena, enum cell_defect *what)
{
    uint8_t *p = arena_alloc(arena, text->n);
    size_t   n = 0, run = 0, commas = 0, at = 0;
    if (p == NULL) return GZ_MEMORY;
    for (; at < text->n && (is_digit(text->p[at]) || text->p[at] == ','); at++) {
        if (is_digit(text->p[at])) {
            p[n++] = text->p[at];
            run++;
            continue;
        }
        if (commas == 0 ? run < 1 || run > 3 : run != 3) *what = CELL_THOUSANDS;
        commas++;
        run = 0;
    }
    if (commas > 0 && run != 3) *what = CELL_THOUSANDS;
    const struct bytes rest = bytes_slice(*text, at, text->n);
    if (bytes_find(rest, ',') < rest.n) *what = CELL_THOUSANDS;
    if (rest.n > 0) memcpy(p + n, rest.p, rest.n);
    *text = (struct bytes){p, n + rest.n};
    return GZ_OK;
}

static enum gz_err fen_to_yuan(struct bytes *text, struct arena *arena, enum cell_defect *what)
{
    const bool sign = text->p[0] == '-' || text->p[0] == '+';
    if (!are_digits(*text)) *what = sign ? CELL_MONEY_SIGN : CELL_FEN;
    else if (text->n > 1 && text->p[0] == '0') *what = CELL_MONEY_ZEROS;
    if (*what != CELL_NONE) return GZ_OK;
    const size_t missing = text->n < 3 ? 3 - text->n : 0; /* 5 is 0.05 */
    uint8_t     *p = arena_alloc(arena, text->n + missing + 1);
    if (p == NULL) return GZ_MEMORY;
    memset(p, '0', missing);
    memcpy(p + missing, text->p, text->n);
    const size_t n = text->n + missing;
    memmove(p + n - 1, p + n - 2, 2);
    p[n - 2] = '.';
    *text = (struct bytes){p, n + 1};
    return GZ_OK;
}

/* --- dates ------------------------------------------------------------------------------------ */

static const struct {
    struct bytes name;
    size_t       to; /* where it stands in YYYY-MM-DD hh:mm:ss */
} parts_of_date[] = {
    {{(const uint8_t *)"YYYY", 4}, 0}, {{(const uint8_t *)"MM", 2}, 5},
    {{(const uint8_t *)"DD", 2}, 8},   {{(const uint8_t *)"hh", 2}, 11},
    {{(const uint8_t *)"mm", 2}, 14},  {{(const uint8_t *)"ss", 2}, 17},
};
enum { DAY_PARTS = 3, DAY_SIZE = 10, TIME_SIZE = 19 };

/* The part that the pattern names here; COUNT_OF(parts_of_date): none. */
static size_t part_at(struct bytes pattern, size_t at)
{
    size_t i = 0;
    while (i < COUNT_OF(parts_of_date) &&
           !bytes_starts(bytes_slice(pattern, at, pattern.n), parts_of_date[i].name))
        i++;
    return i;
}

bool conversion_is_date(struct bytes pattern, enum date_parts parts)
{
    const size_t want = parts == DATE_DAY ? DAY_PARTS : COUNT_OF(parts_of_date);
    unsigned     seen = 0;
    if (pattern.n > CONVERSION_DATE_MAX) return false;
    for (size_t at = 0; at < pattern.n;) {
        const size_t part = part_at(pattern, at);
        if (part == COUNT_OF(parts_of_date)) {
            if (pattern.p[at] != 0 && strchr("YMDhms", pattern.p[at]) != NULL) return false;
            at++;
            continue;
        }
        if (part >= want || (seen & 1U << part) != 0) return false;
        seen |= 1U << part;
        at += parts_of_date[part].name.n;
    }
    return seen == (1U << want) - 1;
}

/* Digits of the cell into out; false: the cell is not as the pattern says. */
static bool read_date(struct bytes pattern, struct bytes cell, uint8_t *out)
{
    if (cell.n != pattern.n) return false;
    for (size_t at = 0; at < pattern.n;) {
        const size_t part = part_at(pattern, at);
        if (part == COUNT_OF(parts_of_date)) {
            if (cell.p[at] != pattern.p[at]) return false;
            at++;
            continue;
        }
        const size_t n = parts_of_date[part].name.n;
        if (!are_digits(bytes_slice(cell, at, at + n))) return false;
        memcpy(out + parts_of_date[part].to, cell.p + at, n);
        at += n;
    }
    return true;
}

static enum gz_err read_day(struct bytes pattern, struct bytes *text, struct arena *arena,
                            enum cell_defect *what)
{
    static const char form[] = "YYYY-MM-DD hh:mm:ss";
    uint8_t          *p = arena_alloc(arena, TIME_SIZE);
    if (p == NULL) return GZ_MEMORY;
    memcpy(p, form, TIME_SIZE);
    if (!read_date(pattern, *text, p)) {
        *what = CELL_DATE_FORM;
        return GZ_OK;
    }
    *text = (struct bytes){p, is_digit(p[TIME_SIZE - 1]) ? TIME_SIZE : DAY_SIZE};
    return GZ_OK;
}

/* --- all of them ------------------------------------------------------------------------------ */

static enum gz_err convert(const struct conversion *c, struct bytes *text, struct arena *arena,
                           enum cell_defect *what)
{
    if (c->codes_n > 0) *what = decode(c, text);
    if (*what == CELL_NONE && c->thousands) TRY(ungroup(text, arena, what));
    if (*what == CELL_NONE && c->fen) TRY(fen_to_yuan(text, arena, what));
    if (*what == CELL_NONE && c->date.n > 0) TRY(read_day(c->date, text, arena, what));
    if (*what == CELL_NONE && c->digits > 0 && (text->n != c->digits || !are_digits(*text)))
        *what = CELL_DIGITS;
    return GZ_OK;
}

enum gz_err conversion_apply(const struct conversion *c, struct bytes cell, struct arena *arena,
                             struct bytes *out, enum cell_defect *what)
{
    *what = CELL_NONE;
    if (c->trim) trim(&cell);
    if (c->half_width && cell.n > 0) TRY(halve_width(&cell, arena));
    if (cell.n > 0) {
        if (has_spreadsheet_mark(cell)) *what = CELL_SPREADSHEET;
        else TRY(convert(c, &cell, arena, what));
    }
    if (*what == CELL_NONE) *out = cell;
    return GZ_OK;
}

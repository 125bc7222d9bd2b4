#include "app/field_value.h"

#include <stdio.h>
#include <string.h>

#include "app/check_digit.h"
#include "base/money.h"
#include "base/text.h"
#include "base/time.h"

enum {
    HINT_SIZE = 768, /* of the sentences that name choices or a length */
    BEIJING_S = 8 * 60 * 60,
    DAY_S = 24 * 60 * 60,
    TIME_CELL_SIZE = 19, /* YYYY-MM-DD hh:mm:ss */
    RFC3339_SIZE = 40,   /* nine digits of a fraction, and an offset */
};

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

/* Digits at the front. */
static size_t count_digits(struct bytes text)
{
    size_t n = 0;
    while (n < text.n && is_digit(text.p[n])) n++;
    return n;
}

/* --- typing ----------------------------------------------------------------------------------- */

bool field_is_blank(uint32_t r)
{
    return r == ' ' || r == '\t' || r == 0xa0 || r == 0x3000 || (r >= 0x2000 && r <= 0x200b) ||
           r == 0x202f || r == 0x205f || r == 0xfeff;
}

static bool has_blank_ends(struct bytes cell)
{
    size_t   at = 0;
    uint32_t r = text_next_rune(cell, &at);
    if (field_is_blank(r)) return true;
    while (at < cell.n) r = text_next_rune(cell, &at);
    return field_is_blank(r);
}

static bool has_full_width(struct bytes cell)
{
    for (size_t at = 0; at < cell.n;) {
        const uint32_t r = text_next_rune(cell, &at);
        if ((r >= 0xff01 && r <= 0xff5e) || r == 0x3000) return true;
    }
    return false;
}

/* 1.23E+17 */
static bool is_scientific(struct bytes cell)
{
    size_t at = count_digits(cell);
    if (at == 0) return false;
    if (at < cell.n && cell.p[at] == '.') {
        at++;
        at += count_digits(bytes_slice(cell, at, cell.n));
    }
    if (at + 2 >= cell.n || (cell.p[at] | 0x20) != 'e' || cell.p[at + 1] != '+') return false;
    return are_digits(bytes_slice(cell, at + 2, cell.n));
}

bool field_has_hidden(struct bytes cell)
{
    for (size_t at = 0; at < cell.n;) {
        const uint32_t r = text_next_rune(cell, &at);
        if (r <= 0x1f || (r >= 0x7f && r <= 0x9f)) return true;
        if ((r >= 0x200b && r <= 0x200f) || (r >= 0x2028 && r <= 0x202e)) return true;
        if ((r >= 0x2060 && r <= 0x206f) || r == 0x061c || r == 0xfeff) return true;
        if ((r >= 0xfff9 && r <= 0xfffb) || (r & 0xfffe) == 0xfffe) return true;
    }
    return false;
}

enum cell_defect field_check_typing(enum field_type type, struct bytes cell)
{
    const bool words = type == FIELD_TEXT || type == FIELD_ENUM || type == FIELD_FILE;
    if (has_blank_ends(cell)) return CELL_BLANKS;
    if (field_has_hidden(cell)) return CELL_TEXT;
    if (!words && has_full_width(cell)) return CELL_FULL_WIDTH;
    if (is_scientific(cell)) return CELL_SCIENTIFIC;
    return CELL_NONE;
}

/* --- the types -------------------------------------------------------------------------------- */

static size_t count_runes(struct bytes text)
{
    size_t n = 0;
    for (size_t at = 0; at < text.n; n++) (void)text_next_rune(text, &at);
    return n;
}

static enum cell_defect check_text(const struct kind_field *f, struct bytes cell)
{
    return cell.n > CATALOG_TEXT_MAX || count_runes(cell) > f->max ? CELL_LENGTH : CELL_NONE;
}

static enum cell_defect check_enum(const struct kind_field *f, struct bytes cell)
{
    for (size_t i = 0; i < f->choices_n; i++)
        if (bytes_eq(cell, f->choices[i])) return CELL_NONE;
    return CELL_ENUM;
}

enum cell_defect field_check_text(const struct kind_field *f, struct bytes cell)
{
    const enum cell_defect typing = field_check_typing(FIELD_TEXT, cell);
    return typing != CELL_NONE ? typing : check_text(f, cell);
}

static bool has_one_of(struct bytes cell, const char *characters)
{
    for (size_t i = 0; i < cell.n; i++)
        if (cell.p[i] != 0 && strchr(characters, cell.p[i]) != NULL) return true;
    return false;
}

/* Which rule does an amount break that money_decode refused? */
static enum cell_defect explain_money(struct bytes cell)
{
    const size_t whole = count_digits(cell);
    if (cell.p[0] == '-' || cell.p[0] == '+') return CELL_MONEY_SIGN;
    if (whole > 0 && has_one_of(cell, ",")) return CELL_MONEY_COMMA;
    if (whole == 0) return CELL_MONEY;
    if (whole == cell.n) return CELL_MONEY_PLACES;
    const struct bytes places = bytes_slice(cell, whole + 1, cell.n);
    if (cell.p[whole] != '.' || (places.n > 0 && !are_digits(places))) return CELL_MONEY;
    if (places.n != 2) return CELL_MONEY_PLACES;
    return cell.p[0] == '0' ? CELL_MONEY_ZEROS : CELL_MONEY_LIMIT;
}

static enum cell_defect check_money(const struct kind_field *f, struct bytes cell)
{
    struct money m;
    char         digits[MONEY_TEXT_SIZE];
    if (money_decode(cell, &m) != GZ_OK) return explain_money(cell);
    const bool zero = strcmp(money_encode(m, digits), "0.00") == 0;
    return f->positive && zero ? CELL_POSITIVE : CELL_NONE;
}

static enum cell_defect check_rate(struct bytes cell)
{
    const size_t whole = count_digits(cell);
    uint64_t     percent = 0;
    if (cell.p[cell.n - 1] == '%') return CELL_RATE_SIGN;
    if (text_to_u64(bytes_slice(cell, 0, whole), FIELD_RATE_MAX, &percent) != GZ_OK)
        return CELL_RATE;
    if (whole == cell.n) return CELL_NONE;
    const struct bytes places = bytes_slice(cell, whole + 1, cell.n);
    if (cell.p[whole] != '.' || !are_digits(places) || places.n > FIELD_RATE_PLACES_MAX)
        return CELL_RATE;
    return percent == FIELD_RATE_MAX && has_one_of(places, "123456789") ? CELL_RATE : CELL_NONE;
}

/* dddd-dd-dd, and not real: why? */
static bool has_date_form(struct bytes text)
{
    return text.n == 10 && text.p[4] == '-' && text.p[7] == '-' &&
           are_digits(bytes_slice(text, 0, 4)) && are_digits(bytes_slice(text, 5, 7)) &&
           are_digits(bytes_slice(text, 8, 10));
}

static enum cell_defect check_date(struct bytes cell, struct date *out)
{
    if (date_decode(cell, out) == GZ_OK) return CELL_NONE;
    if (!has_date_form(cell)) return CELL_DATE;
    return has_one_of(cell, "123456789") ? CELL_DATE_UNREAL : CELL_DATE_ZERO;
}

static bool is_early_enough(const struct kind_field *f, struct time t, struct time now)
{
    return !bytes_eq(f->name, BYTES_LIT("occurred_at")) ||
           time_cmp(t, time_add_s(now, FIELD_FUTURE_MAX_S)) <= 0;
}

/* A time that names its offset is the format's own and stays as it is. Otherwise text: the cell
 * with Beijing's offset. */
static enum cell_defect check_time(const struct kind_field *f, struct bytes cell, struct time now,
                                   char text[RFC3339_SIZE])
{
    struct time t;
    struct date day;
    if (cell.n < RFC3339_SIZE && time_decode(cell, &t) == GZ_OK) {
        (void)snprintf(text, RFC3339_SIZE, "%.*s", (int)cell.n, (const char *)cell.p);
        return is_early_enough(f, t, now) ? CELL_NONE : CELL_FUTURE;
    }
    if (cell.n != TIME_CELL_SIZE || cell.p[10] != ' ') return CELL_TIME;
    (void)snprintf(text, RFC3339_SIZE, "%.10sT%.8s+08:00", (const char *)cell.p,
                   (const char *)cell.p + 11);
    if (time_decode(bytes_str(text), &t) != GZ_OK) {
        if (!has_one_of(cell, "123456789") && has_date_form(bytes_slice(cell, 0, 10)))
            return CELL_TIME_ZERO;
        return check_date(bytes_slice(cell, 0, 10), &day) == CELL_DATE_UNREAL ? CELL_TIME_UNREAL
                                                                              : CELL_TIME;
    }
    return is_early_enough(f, t, now) ? CELL_NONE : CELL_FUTURE;
}

static enum cell_defect check_id_number(struct bytes cell, struct time now)
{
    static const enum cell_defect what[] = {
        [CHECK_DIGIT_OK] = CELL_NONE,
        [CHECK_DIGIT_FORM] = CELL_ID_NUMBER,
        [CHECK_DIGIT_BIRTH] = CELL_ID_BIRTH,
        [CHECK_DIGIT_WRONG] = CELL_ID_CHECK,
    };
    return what[id_number_check(cell, date_of_days((now.s + BEIJING_S) / DAY_S))];
}

static enum cell_defect check_credit_code(struct bytes cell)
{
    const enum check_digit d = credit_code_check(cell);
    if (d == CHECK_DIGIT_OK) return CELL_NONE;
    return d == CHECK_DIGIT_FORM ? CELL_CREDIT_CODE : CELL_CREDIT_CHECK;
}

static enum cell_defect check_phone(struct bytes cell)
{
    return cell.n == 11 && are_digits(cell) && cell.p[0] == '1' && cell.p[1] >= '3' ? CELL_NONE
                                                                                    : CELL_PHONE;
}

static enum cell_defect check_account(struct bytes cell)
{
    return cell.n >= FIELD_ACCOUNT_MIN && cell.n <= FIELD_ACCOUNT_MAX && are_digits(cell)
               ? CELL_NONE
               : CELL_ACCOUNT;
}

/* --- value and sentence ----------------------------------------------------------------------- */

/* A JSON string; text has no control characters. */
static enum gz_err quote(struct bytes text, struct arena *arena, struct bytes *out)
{
    uint8_t *p = arena_alloc(arena, 2 * text.n + 2);
    size_t   n = 0;
    if (p == NULL) return GZ_MEMORY;
    p[n++] = '"';
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"' || text.p[i] == '\\') p[n++] = '\\';
        p[n++] = text.p[i];
    }
    p[n++] = '"';
    *out = (struct bytes){p, n};
    return GZ_OK;
}

/* "须为以下之一：…", as many choices as there is room for. */
static void list_choices(const struct kind_field *f, char hint[HINT_SIZE])
{
    size_t n = (size_t)snprintf(hint, HINT_SIZE, "须为以下之一：");
    for (size_t i = 0; i < f->choices_n; i++) {
        const struct bytes c = f->choices[i];
        const char        *between = i == 0 ? "" : "、";
        if (n + strlen(between) + c.n + sizeof " 等" > HINT_SIZE) {
            (void)snprintf(hint + n, HINT_SIZE - n, " 等");
            return;
        }
        n += (size_t)snprintf(hint + n, HINT_SIZE - n, "%s%.*s", between, (int)c.n,
                              (const char *)c.p);
    }
}

static enum gz_err explain(const struct kind_field *f, struct arena *arena, struct field_value *out)
{
    out->hint = cell_defect_hint(out->defect);
    if (out->defect != CELL_ENUM && out->defect != CELL_LENGTH) return GZ_OK;
    char *hint = arena_alloc(arena, HINT_SIZE);
    if (hint == NULL) return GZ_MEMORY;
    if (out->defect == CELL_ENUM) list_choices(f, hint);
    else (void)snprintf(hint, HINT_SIZE, "至多 %zu 字，请缩短", f->max);
    out->hint = hint;
    return GZ_OK;
}

static enum cell_defect check(const struct kind_field *f, struct bytes cell, struct time now,
                              struct date *date)
{
    switch (f->type) {
    case FIELD_TEXT: return check_text(f, cell);
    case FIELD_ENUM: return check_enum(f, cell);
    case FIELD_MONEY: return check_money(f, cell);
    case FIELD_RATE: return check_rate(cell);
    case FIELD_DATE: return check_date(cell, date);
    case FIELD_ID_NUMBER: return check_id_number(cell, now);
    case FIELD_CREDIT_CODE: return check_credit_code(cell);
    case FIELD_PHONE: return check_phone(cell);
    case FIELD_ACCOUNT: return check_account(cell);
    case FIELD_TIME:
    case FIELD_FILE: break;
    }
    assert(false); /* a time is checked where it is made, a file is no cell's value */
    return CELL_NONE;
}

enum gz_err field_value_make(const struct kind_field *f, struct bytes cell, struct time now,
                             struct arena *arena, struct field_value *out)
{
    char text[RFC3339_SIZE];
    assert(cell.n > 0);
    *out = (struct field_value){.defect = field_check_typing(f->type, cell)};
    if (out->defect == CELL_NONE && f->type == FIELD_TIME)
        out->defect = check_time(f, cell, now, text);
    else if (out->defect == CELL_NONE) out->defect = check(f, cell, now, &out->date);
    if (out->defect != CELL_NONE) return explain(f, arena, out);
    return quote(f->type == FIELD_TIME ? bytes_str(text) : cell, arena, &out->json);
}

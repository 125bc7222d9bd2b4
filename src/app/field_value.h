/* One cell to the JSON value of its field (evidence format, "Disclosure"), or what is wrong with
 * it. Pure. Nothing is repaired: what a bank's system means by another form, the bank says. */
#pragma once
#include "app/catalog.h"
#include "app/cell_defect.h"
#include "base/date.h"

enum {
    FIELD_FUTURE_MAX_S = 5 * 60, /* occurred_at may lie so far after now */
    FIELD_RATE_MAX = 100,        /* percent */
    FIELD_RATE_PLACES_MAX = 4,
    FIELD_ACCOUNT_MIN = 8,
    FIELD_ACCOUNT_MAX = 32,
};

struct field_value {
    struct bytes     json; /* in the arena; empty where there is a defect */
    struct date      date; /* of a FIELD_DATE */
    enum cell_defect defect;
    const char      *hint; /* static or in the arena; NULL without defect */
};
/* cell is UTF-8 and not empty; the field is no FIELD_FILE. GZ_MEMORY: the arena holds less than
 * 2 cell.n + 1024. */
enum gz_err      field_value_make(const struct kind_field *f, struct bytes cell, struct time now,
                                  struct arena *arena, struct field_value *out);
/* Blanks at the ends, the marks of full-width typing or a spreadsheet's number format, where the
 * type has none of them; CELL_NONE. */
enum cell_defect field_check_typing(enum field_type type, struct bytes cell);
/* Typing, and the length that f allows, of a FIELD_TEXT. */
enum cell_defect field_check_text(const struct kind_field *f, struct bytes cell);
/* Is there a control character, or one that hides or turns text? */
bool             field_has_hidden(struct bytes cell);
/* Blank of any width, as stands at the ends of a badly exported cell. */
bool             field_is_blank(uint32_t rune);

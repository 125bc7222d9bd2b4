/* What a mapping says must be done to a cell before it is a field's text: each step is named there,
 * nothing is guessed. In this order: the marks that a spreadsheet leaves are refused, then trim,
 * half_width, codes, thousands, fen, date, digits. Pure. */
#pragma once
#include "app/cell_defect.h"
#include "base/arena.h"
#include "base/err.h"

enum {
    CONVERSION_CODES_MAX = 1024, /* of a mapping */
    CONVERSION_DATE_MAX = 40,    /* bytes of a pattern */
    CONVERSION_DIGITS_MAX = 32,
    CONVERSION_ROOM = 32, /* bytes that a cell may grow by in the arena */
};

struct code_pair {
    struct bytes from, to;
};
struct conversion {
    bool                    trim;       /* blanks at the ends, of every width */
    bool                    half_width; /* ！ to ～ become ! to ~ */
    bool                    thousands;  /* 1,234,567.00: the commas go, and must stand right */
    bool                    fen;        /* 12000 → 120.00 */
    bool                    keep_zeros; /* a long number may end in zeros */
    unsigned                digits;     /* so many and nothing else; 0: any text */
    struct bytes            date;       /* pattern of YYYY MM DD (hh mm ss), empty: none */
    size_t                  codes_n;    /* 0: no table. A text that it lacks is a defect. */
    const struct code_pair *codes;
};

enum date_parts { DATE_DAY, DATE_DAY_AND_TIME };
/* Does it name each part once, two or four digits wide, and nothing that could be another? */
bool        conversion_is_date(struct bytes pattern, enum date_parts parts);
/* cell is UTF-8. *out lies in the arena, in c or is (part of) cell; empty where the cell has no
 * value. A defect in *what leaves *out alone. GZ_MEMORY: the arena holds less than
 * 2 cell.n + CONVERSION_ROOM. */
enum gz_err conversion_apply(const struct conversion *c, struct bytes cell, struct arena *arena,
                             struct bytes *out, enum cell_defect *what);

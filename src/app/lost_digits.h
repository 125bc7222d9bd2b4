/* Long numbers that a spreadsheet has spoilt: it keeps 15 digits, so that 6217001234567890123 comes
 * back as 6217001234567890000. One number may well end in zeros; a column in which most of the long
 * ones do, by more than chance, was spoilt. */
#pragma once
#include "app/catalog.h"

enum {
    LOST_DIGITS_EXACT = 15,    /* of a number, that a spreadsheet keeps */
    LOST_DIGITS_ZEROS_MIN = 4, /* in a column together: fewer are chance (one in ten thousand) */
};

struct lost_digits {
    bool is_spoilt[CATALOG_COLUMNS_MAX];
};
/* Is it a number of more digits, all of which behind them are 0? */
bool        lost_digits_suspects(struct bytes text);
/* Reads the whole file once. Of one that cannot be read as rows nothing is said. GZ_MEMORY. */
enum gz_err lost_digits_find(const struct mapping *m, struct bytes content,
                             struct lost_digits *out);

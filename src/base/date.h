/* Calendar days (proleptic Gregorian). Pure. */
#pragma once
#include "base/bytes.h"
#include "base/err.h"

struct date {
    int year, month, day; /* a real date, year 1 to 9999 */
};

bool        date_is_real(struct date d);
/* Days since 1970-01-01. */
int64_t     date_to_days(struct date d);
struct date date_of_days(int64_t days);
/* "YYYY-MM-DD". GZ_MALFORMED: another form or no real date. */
enum gz_err date_decode(struct bytes text, struct date *out);

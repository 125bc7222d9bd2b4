#include "base/date.h"

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

bool date_is_real(struct date d)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (d.year < 1 || d.year > 9999 || d.month < 1 || d.month > 12) return false;
    return d.day >= 1 && d.day <= days[d.month - 1] + (d.month == 2 && is_leap(d.year));
}

/* Count from 1 March, so that the leap day ends the year; 719468 days lie between 0000-03-01
 * and 1970-01-01. */
int64_t date_to_days(struct date d)
{
    const int64_t y = d.month <= 2 ? d.year - 1 : d.year;
    const int64_t era = (y >= 0 ? y : y - 399) / 400;
    const int64_t year_of_era = y - era * 400;
    const int64_t day_of_year = (153 * (d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;
    const int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

struct date date_of_days(int64_t days)
{
    const int64_t z = days + 719468;
    const int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    const int64_t doe = z - era * 146097;
    const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const int64_t mp = (5 * doy + 2) / 153;
    const int     month = (int)(mp < 10 ? mp + 3 : mp - 9);
    return (struct date){
        .year = (int)(yoe + era * 400 + (month <= 2)),
        .month = month,
        .day = (int)(doy - (153 * mp + 2) / 5 + 1),
    };
}

static int digits_at(struct bytes text, size_t at, size_t n)
{
    int v = 0;
    for (size_t i = at; i < at + n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') return -1;
        v = v * 10 + (text.p[i] - '0');
    }
    return v;
}

enum gz_err date_decode(struct bytes text, struct date *out)
{
    if (text.n != 10 || text.p[4] != '-' || text.p[7] != '-') return GZ_MALFORMED;
    const struct date d = {digits_at(text, 0, 4), digits_at(text, 5, 2), digits_at(text, 8, 2)};
    if (!date_is_real(d)) return GZ_MALFORMED;
    *out = d;
    return GZ_OK;
}

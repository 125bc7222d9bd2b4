#include "base/time.h"

#include <stdio.h>

#include "base/date.h"

enum { DAY_S = 86400, NS_PER_S = 1000000000, FRACTION_MAX = 9 };

/* Take n digits off the front of *rest; -1 where there are fewer. */
static int take_digits(struct bytes *rest, size_t n)
{
    if (rest->n < n) return -1;
    int v = 0;
    for (size_t i = 0; i < n; i++) {
        if (rest->p[i] < '0' || rest->p[i] > '9') return -1;
        v = v * 10 + (rest->p[i] - '0');
    }
    *rest = bytes_slice(*rest, n, rest->n);
    return v;
}

static bool take_byte(struct bytes *rest, uint8_t c)
{
    if (rest->n == 0 || rest->p[0] != c) return false;
    *rest = bytes_slice(*rest, 1, rest->n);
    return true;
}

static enum gz_err take_fraction(struct bytes *rest, int32_t *ns)
{
    *ns = 0;
    if (!take_byte(rest, '.')) return GZ_OK;
    int32_t unit = NS_PER_S / 10;
    int     digits = 0;
    for (int d; (d = take_digits(rest, 1)) >= 0; digits++, unit /= 10) {
        if (digits == FRACTION_MAX) return GZ_MALFORMED;
        *ns += d * unit;
    }
    return digits == 0 ? GZ_MALFORMED : GZ_OK;
}

static enum gz_err take_offset(struct bytes *rest, int *seconds)
{
    *seconds = 0;
    if (take_byte(rest, 'Z')) return GZ_OK;
    const bool east = take_byte(rest, '+');
    if (!east && !take_byte(rest, '-')) return GZ_MALFORMED;
    const int hours = take_digits(rest, 2);
    if (hours < 0 || hours > 23 || !take_byte(rest, ':')) return GZ_MALFORMED;
    const int minutes = take_digits(rest, 2);
    if (minutes < 0 || minutes > 59) return GZ_MALFORMED;
    *seconds = (hours * 60 + minutes) * (east ? 60 : -60);
    return GZ_OK;
}

enum gz_err time_decode(struct bytes text, struct time *out)
{
    struct date d;
    if (text.n < 11 || text.p[10] != 'T') return GZ_MALFORMED;
    TRY(date_decode(bytes_slice(text, 0, 10), &d));
    struct bytes rest = bytes_slice(text, 11, text.n);
    const int    h = take_digits(&rest, 2);
    if (h < 0 || h > 23 || !take_byte(&rest, ':')) return GZ_MALFORMED;
    const int m = take_digits(&rest, 2);
    if (m < 0 || m > 59 || !take_byte(&rest, ':')) return GZ_MALFORMED;
    const int s = take_digits(&rest, 2);
    if (s < 0 || s > 59) return GZ_MALFORMED;
    int32_t ns;
    int     offset;
    TRY(take_fraction(&rest, &ns));
    TRY(take_offset(&rest, &offset));
    if (rest.n != 0) return GZ_MALFORMED;
    *out = (struct time){date_to_days(d) * DAY_S + h * 3600 + m * 60 + s - offset, ns};
    return GZ_OK;
}

const char *time_encode(struct time t, int offset_minutes, char out[TIME_TEXT_SIZE])
{
    const int64_t     local = t.s + offset_minutes * 60;
    const int64_t     days = (local >= 0 ? local : local - (DAY_S - 1)) / DAY_S;
    const int         rest = (int)(local - days * DAY_S);
    const int         away = offset_minutes < 0 ? -offset_minutes : offset_minutes;
    const struct date d = date_of_days(days);
    assert(away < 24 * 60);
    if (!date_is_real(d)) {
        (void)snprintf(out, TIME_TEXT_SIZE, "@%lld", (long long)t.s);
        return out;
    }
    const int n = snprintf(
        out, TIME_TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%03u", (unsigned)d.year % 10000u,
        (unsigned)d.month % 100u, (unsigned)d.day % 100u, (unsigned)rest / 3600u % 100u,
        (unsigned)rest / 60u % 60u, (unsigned)rest % 60u, (unsigned)t.ns / 1000000u % 1000u);
    if (offset_minutes == 0) (void)snprintf(out + n, (size_t)(TIME_TEXT_SIZE - n), "Z");
    else
        (void)snprintf(out + n, (size_t)(TIME_TEXT_SIZE - n), "%c%02u:%02u",
                       offset_minutes < 0 ? '-' : '+', (unsigned)away / 60u % 100u,
                       (unsigned)away % 60u);
    return out;
}

int time_cmp(struct time a, struct time b)
{
    if (a.s != b.s) return a.s < b.s ? -1 : 1;
    return a.ns < b.ns ? -1 : a.ns > b.ns;
}

struct time time_add_s(struct time a, int64_t seconds)
{
    return (struct time){a.s + seconds, a.ns};
}

int64_t time_diff_ms(struct time a, struct time b)
{
    const int64_t ns = (int64_t)a.ns - b.ns;
    return (a.s - b.s) * 1000 + (ns >= 0 ? ns : ns - 999999) / 1000000;
}

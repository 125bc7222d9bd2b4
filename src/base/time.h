/* Instants and their RFC 3339 form (evidence format, "Strictness"). Pure: no clock here. */
#pragma once
#include "base/bytes.h"
#include "base/err.h"

struct time {
    int64_t s;  /* Unix seconds; before 1970 negative */
    int32_t ns; /* 0 to 999,999,999 after s */
};

enum { TIME_TEXT_SIZE = 32 };

/* Upper-case T and Z, real date of the years 0001 to 9999, seconds 00 to 59, offset hours 00 to 23,
 * 0 to 9 fraction digits. GZ_MALFORMED: anything else. */
enum gz_err time_decode(struct bytes text, struct time *out);
/* "2026-03-05T09:30:00.000+08:00": milliseconds, in the given offset. A moment that is before the
 * year 1 or after 9999 there is "@" and its Unix seconds, which no decoder takes. */
const char *time_encode(struct time t, int offset_minutes, char out[TIME_TEXT_SIZE]);
/* <0, 0, >0. */
int         time_cmp(struct time a, struct time b);
/* a + seconds. */
struct time time_add_s(struct time a, int64_t seconds);
/* a - b in milliseconds, rounded down. */
int64_t     time_diff_ms(struct time a, struct time b);

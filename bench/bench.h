/* What the programs of bench/ share: a measurement that cannot be made ends the program with 1, and
 * one table with ours, the peer, their ratio and the bar. Slowness is never a failure. */
#pragma once
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define must(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);              \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)
#define must_ok(call) must((call) == GZ_OK)

static inline int64_t clock_us(clockid_t clock)
{
    struct timespec t;
    must(clock_gettime(clock, &t) == 0);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static inline uint64_t per_second(uint64_t count, int64_t us)
{
    return us <= 0 ? 0 : count * 1000000 / (uint64_t)us;
}

static inline void table_head(const char *unit)
{
    printf("| %-44s | %10s | %10s | %7s | %-24s |\n", unit, "Guzheng", "peer", "ratio", "bar");
    printf("|%.46s|%.11s:|%.11s:|%.8s:|%.26s|\n", "----------------------------------------------",
           "-----------", "-----------", "--------", "--------------------------");
}

/* theirs 0: there is no peer, or it is not here. */
static inline void table_row(const char *work, uint64_t ours, uint64_t theirs, const char *bar)
{
    char peer[24] = "-", ratio[24] = "-";
    if (theirs > 0) snprintf(peer, sizeof peer, "%" PRIu64, theirs);
    if (theirs > 0)
        snprintf(ratio, sizeof ratio, "%" PRIu64 ".%02" PRIu64, ours / theirs,
                 ours * 100 / theirs % 100);
    printf("| %-44s | %10" PRIu64 " | %10s | %7s | %-24s |\n", work, ours, peer, ratio, bar);
    fflush(stdout);
}

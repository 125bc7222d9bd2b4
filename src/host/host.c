#include "host/host.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

enum { LINE_SIZE = 2048 };

static _Atomic int64_t shift_s;
static _Atomic int     level_min = LOG_INFO;

struct time clock_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (struct time){now.tv_sec + atomic_load(&shift_s), (int32_t)now.tv_nsec};
}

int64_t clock_monotonic_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool clock_is_synchronised(void)
{
    struct timex t = {0};
    const int    state = adjtimex(&t);
    return state >= 0 && state != TIME_ERROR && (t.status & STA_UNSYNC) == 0;
}

void clock_shift_s(int64_t seconds)
{
    atomic_store(&shift_s, seconds);
}

void clock_shift_from_environment(void)
{
    const char *text = getenv("GUZHENG_TEST_CLOCK_OFFSET_S");
    if (text != NULL) clock_shift_s(strtoll(text, NULL, 10));
}

void random_bytes(uint8_t *out, size_t n)
{
    while (n > 0) {
        const ssize_t got = getrandom(out, n, 0);
        if (got <= 0) abort(); /* nothing safe can be done without it */
        out += got;
        n -= (size_t)got;
    }
}

void uuid_v7(struct time now, char out[37])
{
    uint8_t        u[16];
    char           hex[33];
    const uint64_t ms = (uint64_t)(now.s * 1000 + now.ns / 1000000);
    random_bytes(u, sizeof u);
    for (unsigned i = 0; i < 6; i++) u[i] = (uint8_t)(ms >> (40 - 8 * i));
    u[6] = (uint8_t)(0x70 | (u[6] & 0x0f));
    u[8] = (uint8_t)(0x80 | (u[8] & 0x3f));
    text_to_hex(BYTES_OF(u), hex);
    (void)snprintf(out, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

void log_set_level(enum log_level level)
{
    atomic_store(&level_min, (int)level);
}

/* One write a line, so that lines of several threads never mix. */
void log_line(enum log_level level, const char *component, const char *format, ...)
{
    static const char *const names[] = {"debug", "info", "warning", "error", "ALARM"};
    char                     line[LINE_SIZE], when[TIME_TEXT_SIZE];
    va_list                  args;
    if ((int)level < atomic_load(&level_min)) return;
    int n = snprintf(line, sizeof line, "%s %s %s ", time_encode(clock_now(), 0, when),
                     names[level], component);
    va_start(args, format);
    n += vsnprintf(line + n, sizeof line - (size_t)n, format, args);
    va_end(args);
    if (n > LINE_SIZE - 2) n = LINE_SIZE - 2;
    for (int i = 0; i < n; i++)
        if ((unsigned char)line[i] < ' ') line[i] = ' '; /* a line stays one line */
    line[n++] = '\n';
    if (write(STDERR_FILENO, line, (size_t)n) < 0) return; /* nowhere to say it */
}

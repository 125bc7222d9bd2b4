#include "host/host.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "compliance/tripwire.h"

enum { LOG_LINE_MAX = 1024, CLOCK_SHIFT_S_MAX = 1000000000 };

static _Atomic int64_t shift_s;
static _Atomic int     level_min = LOG_INFO;

struct time clock_now(void)
{
    struct timespec t;
    const int       failed = clock_gettime(CLOCK_REALTIME, &t);
    assert(!failed);
    return (struct time){t.tv_sec + atomic_load(&shift_s), (int32_t)t.tv_nsec};
}

int64_t clock_monotonic_ms(void)
{
    struct timespec t;
    const int       failed = clock_gettime(CLOCK_MONOTONIC, &t);
    assert(!failed);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

bool clock_is_synchronised(void)
{
    struct timex t = {0}; /* modes 0: read only */
    return adjtimex(&t) != TIME_ERROR && (t.status & STA_UNSYNC) == 0;
}

void clock_shift_s(int64_t seconds)
{
    atomic_store(&shift_s, seconds);
}

void clock_shift_from_environment(void)
{
    const char *text = getenv("GUZHENG_TEST_CLOCK_OFFSET_S");
    if (text == NULL || *text == 0) return;
    char           *end;
    const long long s = strtoll(text, &end, 10);
    if (*end != 0 || s > CLOCK_SHIFT_S_MAX || s < -CLOCK_SHIFT_S_MAX) {
        log_line(LOG_ERROR, "host", "bad GUZHENG_TEST_CLOCK_OFFSET_S: seconds expected");
        exit(2);
    }
    clock_shift_s(s);
    log_line(LOG_ALARM, "host", "test: the clock is shifted seconds=%lld", s);
}

void random_bytes(uint8_t *out, size_t n)
{
    while (n > 0) {
        const ssize_t got = getrandom(out, n, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            log_line(LOG_ALARM, "host", "no random numbers: %s", strerror(errno));
            abort();
        }
        out += got;
        n -= (size_t)got;
    }
}

void uuid_v7(struct time now, char out[37])
{
    uint8_t        b[16];
    const uint64_t ms = (uint64_t)(now.s * 1000 + now.ns / 1000000);
    write_be64(b, ms << 16);
    random_bytes(b + 6, sizeof b - 6);
    b[6] = (uint8_t)(0x70 | (b[6] & 0x0f)); /* version 7 */
    b[8] = (uint8_t)(0x80 | (b[8] & 0x3f)); /* variant 10 */
    (void)snprintf(out, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                   b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
                   b[13], b[14], b[15]);
}

void log_set_level(enum log_level level)
{
    atomic_store(&level_min, (int)level);
}

/* What authenticates a person must not stand in a log, whoever put it there: then only that is
 * said, as an alarm. Returns the length. */
static size_t withhold(char line[LOG_LINE_MAX], size_t head, size_t n)
{
    const enum tripwire t = tripwire_text((struct bytes){(const uint8_t *)line + head, n - head});
    char                at[TIME_TEXT_SIZE];
    if (t == TRIPWIRE_NONE) return n;
    const int said = snprintf(line, LOG_LINE_MAX, "%s alarm host a line was withheld code=%s",
                              time_encode(clock_now(), 0, at), tripwire_code(t));
    return (size_t)said;
}

/* One write for one line, so that lines of threads and of processes on one pipe do not mix. */
void log_line(enum log_level level, const char *component, const char *format, ...)
{
    static const char *const names[] = {"debug", "info", "warning", "error", "alarm"};
    if ((int)level < atomic_load(&level_min)) return;
    const int kept_errno = errno;
    char      line[LOG_LINE_MAX], at[TIME_TEXT_SIZE];
    const int head = snprintf(line, sizeof line, "%s %s %s ", time_encode(clock_now(), 0, at),
                              names[level], component);
    size_t    n = head < 0 || (size_t)head >= sizeof line - 1 ? sizeof line - 2 : (size_t)head;
    va_list   arguments;
    va_start(arguments, format);
    const int text = vsnprintf(line + n, sizeof line - n - 1, format, arguments);
    va_end(arguments);
    if (text > 0) n += (size_t)text < sizeof line - n - 1 ? (size_t)text : sizeof line - n - 2;
    n = withhold(line, (size_t)head < n ? (size_t)head : n, n);
    for (size_t i = 0; i < n; i++) /* nothing can begin a line of its own */
        if ((uint8_t)line[i] < 0x20 || line[i] == 0x7f) line[i] = ' ';
    line[n++] = '\n';
    if (write(STDERR_FILENO, line, n) < 0) errno = kept_errno; /* nowhere left to say it */
    errno = kept_errno;
}

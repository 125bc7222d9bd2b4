/* Clock, random numbers and the log: what pure code is given as arguments. */
#pragma once
#include "base/buf.h"
#include "base/time.h"

struct time clock_now(void);
int64_t     clock_monotonic_ms(void);
/* Is the kernel's clock synchronised (adjtimex)? */
bool        clock_is_synchronised(void);
/* Tests shift the clock of one process: added to clock_now. */
void        clock_shift_s(int64_t seconds);
/* Called once at start: GUZHENG_TEST_CLOCK_OFFSET_S is clock_shift_s, with an alarm in the log. */
void        clock_shift_from_environment(void);
/* From the system's CSPRNG; ends the process if there is none. */
void        random_bytes(uint8_t *out, size_t n);
/* UUIDv7 in lower case, 36 characters and NUL (RFC 9562 section 5.7). */
void        uuid_v7(struct time now, char out[37]);

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR, LOG_ALARM };
/* One line on standard error: time level component event key=value…; the text is ours, never input
 * with personal data: pass handles, indexes, codes. A text that trips the wire for what
 * authenticates a person is withheld, and an alarm stands in its place. */
__attribute__((format(printf, 3, 4))) void log_line(enum log_level level, const char *component,
                                                    const char *format, ...);
void                                       log_set_level(enum log_level level);

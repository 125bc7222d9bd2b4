/* The peers' programs, run beside our measurement: bench/peers. */
#pragma once
#include <stdarg.h>

#include "bench.h"

/* First number that the program named by an environment variable prints for these arguments; 0: it
 * is not here. */
__attribute__((format(printf, 2, 3))) static inline uint64_t peer_measure(const char *variable,
                                                                          const char *format, ...)
{
    const char *program = getenv(variable);
    char        arguments[4096], command[8192];
    uint64_t    rate = 0;
    va_list     list;
    if (program == NULL) return 0;
    va_start(list, format);
    must(vsnprintf(arguments, sizeof arguments, format, list) < (int)sizeof arguments);
    va_end(list);
    must(snprintf(command, sizeof command, "'%s' %s", program, arguments) < (int)sizeof command);
    FILE *out = popen(command, "r");
    must(out != NULL);
    must(fscanf(out, "%" SCNu64, &rate) == 1 && rate > 0);
    while (fgetc(out) != EOF) {
    }
    must(pclose(out) == 0);
    return rate;
}

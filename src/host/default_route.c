#include "host/default_route.h"

#include <stdio.h>
#include <string.h>

#include "host/file.h"

enum { TABLE_MAX = 4 * 1024 * 1024, LINE_SIZE = 256, REJECTS = 0x0200 };

/* A copy with a NUL, cut to its size. */
static void copy_line(struct bytes line, char out[LINE_SIZE])
{
    const size_t n = line.n < LINE_SIZE - 1 ? line.n : LINE_SIZE - 1;
    memcpy(out, line.p, n);
    out[n] = 0;
}

/* Interface, destination, gateway, flags, three counters, mask: all in hex but the first. */
static bool is_default4(const char *line)
{
    unsigned long destination, mask;
    unsigned      flags;
    return sscanf(line, "%*s %lx %*x %x %*u %*u %*u %lx", &destination, &flags, &mask) == 3 &&
           destination == 0 && mask == 0 && (flags & REJECTS) == 0;
}

/* Destination, its prefix length, source, its length, next hop, metric, two counters, flags,
 * interface. The kernel keeps an "unreachable" default on lo. */
static bool is_default6(const char *line)
{
    char     destination[33], interface[32];
    unsigned prefix, flags;
    return sscanf(line, "%32s %x %*s %*x %*s %*x %*x %*x %x %31s", destination, &prefix, &flags,
                  interface) == 4 &&
           prefix == 0 && strspn(destination, "0") == 32 && (flags & REJECTS) == 0 &&
           strcmp(interface, "lo") != 0;
}

static bool has_line(struct bytes table, bool (*is)(const char *line))
{
    struct bytes line;
    char         text[LINE_SIZE];
    while (bytes_take_line(&table, &line)) {
        copy_line(line, text);
        if (is(text)) return true;
    }
    return false;
}

bool default_route_is_in(struct bytes ipv4, struct bytes ipv6)
{
    return has_line(ipv4, is_default4) || has_line(ipv6, is_default6);
}

bool default_route_is_there(void)
{
    DEFER(buf_fini) struct buf ipv4 = {0}, ipv6 = {0};
    if (file_read("/proc/net/route", TABLE_MAX, &ipv4) != GZ_OK) return true;
    const enum gz_err e = file_read("/proc/net/ipv6_route", TABLE_MAX, &ipv6);
    if (e != GZ_OK && e != GZ_MISSING) return true; /* missing: a kernel without IPv6 */
    return default_route_is_in(buf_bytes(&ipv4), buf_bytes(&ipv6));
}

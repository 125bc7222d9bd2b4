#include "base/bytes.h"

#include <assert.h>
#include <string.h>

struct bytes bytes_str(const char *s)
{
    return (struct bytes){(const uint8_t *)s, strlen(s)};
}

bool bytes_eq(struct bytes a, struct bytes b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

int bytes_cmp(struct bytes a, struct bytes b)
{
    const size_t n = a.n < b.n ? a.n : b.n;
    const int    c = n == 0 ? 0 : memcmp(a.p, b.p, n);
    if (c != 0) return c;
    return a.n < b.n ? -1 : a.n > b.n;
}

bool bytes_starts(struct bytes a, struct bytes prefix)
{
    return a.n >= prefix.n && (prefix.n == 0 || memcmp(a.p, prefix.p, prefix.n) == 0);
}

struct bytes bytes_slice(struct bytes a, size_t from, size_t to)
{
    assert(from <= to && to <= a.n);
    return (struct bytes){from == 0 ? a.p : a.p + from, to - from}; /* empty bytes may be at NULL */
}

size_t bytes_find(struct bytes a, uint8_t c)
{
    const uint8_t *hit = a.n == 0 ? NULL : memchr(a.p, c, a.n);
    return hit == NULL ? a.n : (size_t)(hit - a.p);
}

bool bytes_take_line(struct bytes *rest, struct bytes *line)
{
    const size_t at = bytes_find(*rest, '\n');
    if (at == rest->n) return false;
    *line = bytes_slice(*rest, 0, at);
    *rest = bytes_slice(*rest, at + 1, rest->n);
    return true;
}

#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


enum { BUF_FIRST = 256 };

void buf_fini(struct buf *b)
{
    free(b->p);
    *b = (struct buf){0};
}

struct bytes buf_bytes(const struct buf *b)
{
    return (struct bytes){b->p, b->n};
}

enum gz_err buf_reserve(struct buf *b, size_t n)
{
    if (n <= b->cap - b->n) return GZ_OK;
    if (n > SIZE_MAX / 4 - b->n) return GZ_MEMORY;
    size_t cap = b->cap < BUF_FIRST ? BUF_FIRST : b->cap;
    while (cap < b->n + n) cap *= 2;
    uint8_t *p = realloc(b->p, cap);
    if (p == NULL) return GZ_MEMORY;
    b->p = p;
    b->cap = cap;
    return GZ_OK;
}

enum gz_err buf_add(struct buf *b, struct bytes add)
{
    TRY(buf_reserve(b, add.n));
    if (add.n > 0) memcpy(b->p + b->n, add.p, add.n);
    b->n += add.n;
    return GZ_OK;
}

enum gz_err buf_add_byte(struct buf *b, uint8_t byte)
{
    return buf_add(b, (struct bytes){&byte, 1});
}

enum gz_err buf_add_str(struct buf *b, const char *s)
{
    return buf_add(b, bytes_str(s));
}

enum gz_err buf_addf(struct buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(n >= 0);
    TRY(buf_reserve(b, (size_t)n + 1));
    va_start(args, format);
    (void)vsnprintf((char *)b->p + b->n, (size_t)n + 1, format, args);
    va_end(args);
    b->n += (size_t)n;
    return GZ_OK;
}

/* The few functions of a C library that the verification calls. Built with -fno-builtin, or the
 * compiler would turn each loop into a call of itself. */
#include <stdint.h>
#include <string.h>

/* Forwards, so that memmove may use it where the target lies below. */
void *memcpy(void *to, const void *from, size_t n)
{
    uint8_t       *out = to;
    const uint8_t *in = from;
    for (size_t i = 0; i < n; i++) out[i] = in[i];
    return to;
}

void *memmove(void *to, const void *from, size_t n)
{
    uint8_t       *out = to;
    const uint8_t *in = from;
    if ((uintptr_t)out <= (uintptr_t)in) return memcpy(to, from, n);
    while (n-- > 0) out[n] = in[n];
    return to;
}

void *memset(void *to, int value, size_t n)
{
    uint8_t *out = to;
    for (size_t i = 0; i < n; i++) out[i] = (uint8_t)value;
    return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const uint8_t *x = a, *y = b;
    for (size_t i = 0; i < n; i++)
        if (x[i] != y[i]) return x[i] < y[i] ? -1 : 1;
    return 0;
}

void *memchr(const void *p, int value, size_t n)
{
    const uint8_t *in = p;
    for (size_t i = 0; i < n; i++)
        if (in[i] == (uint8_t)value) return (void *)(in + i);
    return NULL;
}

size_t strlen(const char *s)
{
    size_t n = 0;
    while (s[n] != '\0') n++;
    return n;
}

int strcmp(const char *a, const char *b)
{
    for (; *a != '\0' && *a == *b; a++) b++;
    return (uint8_t)*a - (uint8_t)*b;
}

char *strchr(const char *s, int c)
{
    for (; *s != (char)c; s++)
        if (*s == '\0') return NULL;
    return (char *)s;
}

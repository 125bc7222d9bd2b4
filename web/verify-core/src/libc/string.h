/* What src/base and src/core use of <string.h>, for a target without a C library. */
#pragma once
#include <stddef.h>

void  *memcpy(void *to, const void *from, size_t n);
void  *memmove(void *to, const void *from, size_t n);
void  *memset(void *to, int value, size_t n);
int    memcmp(const void *a, const void *b, size_t n);
void  *memchr(const void *p, int value, size_t n);
size_t strlen(const char *s);
int    strcmp(const char *a, const char *b);
char  *strchr(const char *s, int c);

/* A bump allocator over memory that the caller lends: no free, no growth, no system call.
 * The verifier works in one, so that it runs where there is no heap. Pure. */
#pragma once
#include "base/bytes.h"

struct arena {
    uint8_t *p;
    size_t   n, cap; /* used, whole size in bytes */
};

/* size bytes, zeroed, aligned to 8. NULL: the arena is full; it is unchanged. */
void *arena_alloc(struct arena *a, size_t size);
/* count items of size bytes. NULL also where the product overflows. */
void *arena_array(struct arena *a, size_t count, size_t size);

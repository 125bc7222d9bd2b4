#include "base/arena.h"

#include <string.h>

enum { ARENA_ALIGN = 8 };

void *arena_alloc(struct arena *a, size_t size)
{
    if (a->p == NULL) return NULL;
    const uintptr_t at = (uintptr_t)a->p + a->n;
    const size_t    pad = (size_t)(-at % ARENA_ALIGN);
    if (pad > a->cap - a->n || size > a->cap - a->n - pad) return NULL;
    uint8_t *p = a->p + a->n + pad;
    a->n += pad + size;
    memset(p, 0, size);
    return p;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) return NULL;
    return arena_alloc(a, count * size);
}

/* The published vectors, read whole. */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "check.h"

static inline struct buf vector_read(const char *folder, const char *name)
{
    char       path[512];
    struct buf out = {0};
    uint8_t    part[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    if (f == NULL) fail_msg("no vector %s", path);
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;)
        assert_ok(buf_add(&out, (struct bytes){part, n}));
    fclose(f);
    return out;
}

/* For tests that draw: the seed is printed, and SEED of the environment sets it. */
static inline uint64_t draw_seed(void)
{
    const char    *given = getenv("SEED");
    const uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : 20261125;
    printf("SEED=%llu\n", (unsigned long long)seed);
    return seed;
}
/* xorshift64. */
static inline uint64_t draw(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

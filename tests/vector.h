/* The published vectors, read whole. */
#pragma once
#include <stdio.h>
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

/* xorshift64 for tests that draw: the seed is printed, and SEED of the environment sets it. */
static inline uint64_t draw(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

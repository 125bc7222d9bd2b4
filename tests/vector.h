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

/* text with the first old in it replaced; old must be there. */
static inline struct buf text_replaced(struct bytes text, const char *old, const char *new)
{
    struct buf     out = {0};
    const uint8_t *hit = memmem(text.p, text.n, old, strlen(old));
    if (hit == NULL) fail_msg("not in the text: %s", old);
    const size_t at = (size_t)(hit - text.p);
    assert_ok(buf_add(&out, bytes_slice(text, 0, at)));
    assert_ok(buf_add_str(&out, new));
    assert_ok(buf_add(&out, bytes_slice(text, at + strlen(old), text.n)));
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

#include "core/tile.h"

#include <stdio.h>

#include "base/text.h"

enum { GROUP = 3 };

/* Three digits off the front of *rest. */
static bool take_group(struct bytes *rest, uint64_t *value)
{
    if (rest->n < GROUP || *value > INT64_MAX / 1000 - 1) return false;
    for (size_t i = 0; i < GROUP; i++) {
        if (rest->p[i] < '0' || rest->p[i] > '9') return false;
        *value = *value * 10 + (uint64_t)(rest->p[i] - '0');
    }
    *rest = bytes_slice(*rest, GROUP, rest->n);
    return true;
}

static enum gz_err take_number(struct bytes *rest, uint64_t *out)
{
    uint64_t value = 0;
    while (bytes_starts(*rest, BYTES_LIT("x"))) {
        *rest = bytes_slice(*rest, 1, rest->n);
        if (!take_group(rest, &value) || value == 0) return GZ_MALFORMED;
        if (!bytes_starts(*rest, BYTES_LIT("/"))) return GZ_MALFORMED;
        *rest = bytes_slice(*rest, 1, rest->n);
    }
    if (!take_group(rest, &value)) return GZ_MALFORMED;
    *out = value;
    return GZ_OK;
}

static enum gz_err read_width(struct bytes tail, unsigned *out)
{
    uint64_t w = TILE_HASHES;
    if (tail.n > 0) {
        if (!bytes_starts(tail, BYTES_LIT(".p/"))) return GZ_MALFORMED;
        TRY(text_to_u64(bytes_slice(tail, 3, tail.n), TILE_HASHES - 1, &w));
        if (w == 0) return GZ_MALFORMED;
    }
    *out = (unsigned)w;
    return GZ_OK;
}

enum gz_err tile_decode(struct bytes path, struct tile_address *out)
{
    struct tile_address a = {0};
    uint64_t            level = 0;
    const size_t        slash = bytes_find(path, '/');
    if (slash == path.n) return GZ_MALFORMED;
    const struct bytes which = bytes_slice(path, 0, slash);
    struct bytes       rest = bytes_slice(path, slash + 1, path.n);
    a.is_entries = bytes_eq(which, BYTES_LIT("entries"));
    if (!a.is_entries) TRY(text_to_u64(which, TILE_LEVEL_MAX, &level));
    a.level = (unsigned)level;
    TRY(take_number(&rest, &a.n));
    TRY(read_width(rest, &a.width));
    *out = a;
    return GZ_OK;
}

const char *tile_encode(const struct tile_address *t, char path[TILE_PATH_SIZE])
{
    enum { GROUPS_MAX = 7, THOUSAND = 1000 };
    unsigned groups[GROUPS_MAX];
    size_t   count = 0;
    int      at = t->is_entries ? snprintf(path, TILE_PATH_SIZE, "entries/")
                                : snprintf(path, TILE_PATH_SIZE, "%u/", t->level);
    uint64_t n = t->n;
    do groups[count++] = (unsigned)(n % THOUSAND);
    while ((n /= THOUSAND) > 0);
    while (count-- > 1)
        at += snprintf(path + at, (size_t)(TILE_PATH_SIZE - at), "x%03u/", groups[count]);
    at += snprintf(path + at, (size_t)(TILE_PATH_SIZE - at), "%03u", groups[0]);
    if (t->width < TILE_HASHES)
        snprintf(path + at, (size_t)(TILE_PATH_SIZE - at), ".p/%u", t->width);
    return path;
}

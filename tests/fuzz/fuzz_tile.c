/* Paths of tiles: what is read lies in its bounds, and no two paths have one address. */
#include <string.h>

#include "core/tile.h"
#include "fuzz.h"

/* Where N ends, counted from its value: no more groups than it needs. */
static size_t groups_of(uint64_t n)
{
    size_t groups = 1;
    for (; n >= 1000; n /= 1000) groups++;
    return groups;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tile_address a;
    char                tail[16] = {0};
    if (tile_decode((struct bytes){data, size}, &a) != GZ_OK) return 0;
    require(a.level <= TILE_LEVEL_MAX && a.n <= INT64_MAX);
    require(a.width >= 1 && a.width <= TILE_HASHES);
    if (a.width < TILE_HASHES) snprintf(tail, sizeof tail, ".p/%u", a.width);
    require(size == (a.is_entries ? 8 : 2) + 5 * groups_of(a.n) - 2 + strlen(tail));
    require(memcmp(data + size - strlen(tail), tail, strlen(tail)) == 0);
    return 0;
}

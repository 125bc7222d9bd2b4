/* The strict reader: what it accepts once it accepts again, to the same bytes. */
#include "core/json.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t space[256 * 1024];
    struct arena   arena = {space, 0, sizeof space};
    struct json    j;
    struct bytes   raw, again;
    if (json_init(&j, (struct bytes){data, size}) != GZ_OK) return 0;
    if (json_value(&j, &arena, NULL, &raw) != GZ_OK || json_end(&j) != GZ_OK) return 0;
    require(arena.n == 0);
    require(json_init(&j, raw) == GZ_OK);
    require(json_value(&j, &arena, NULL, &again) == GZ_OK);
    require(bytes_eq(raw, again));
    return 0;
}

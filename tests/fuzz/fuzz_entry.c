/* Entries: an accepted one, encoded anew, is accepted again with the same members. */
#include "core/entry.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t space[512 * 1024];
    struct arena   arena = {space, 0, sizeof space};
    struct entry   entry, again;
    const char    *why = NULL;
    if (entry_decode((struct bytes){data, size}, &arena, &entry, &why) != GZ_OK) return 0;
    require(size >= 2 && size <= ENTRY_SIZE_MAX && data[0] == '{' && data[size - 1] == '}');
    DEFER(buf_fini) struct buf wire = {0};
    require(entry_encode(&entry, &arena, &wire) == GZ_OK);
    require(entry_decode(buf_bytes(&wire), &arena, &again, &why) == GZ_OK);
    require(bytes_eq(entry.id, again.id) && bytes_eq(entry.org, again.org));
    require(entry.seq == again.seq && entry.digests_n == again.digests_n);
    return 0;
}

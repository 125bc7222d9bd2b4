/* vkeys have one form: an accepted one encodes to the same text. */
#include "core/key.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct key key;
    if (key_decode((struct bytes){data, size}, &key) != GZ_OK) return 0;
    DEFER(buf_fini) struct buf text = {0};
    require(key_encode(&key, &text) == GZ_OK);
    require(bytes_eq(buf_bytes(&text), (struct bytes){data, size}));
    return 0;
}

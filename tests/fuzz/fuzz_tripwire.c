/* The tripwire, display masks and districts over any bytes: they end, and stay inside. */
#include "compliance/district.h"
#include "compliance/masking.h"
#include "compliance/tripwire.h"
#include "base/text.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes text = {data, size};
    (void)tripwire_text(text);
    (void)tripwire_name(text);
    for (int m = 0; m < MASKS; m++) {
        DEFER(buf_fini) struct buf out = {0};
        require(mask_add((enum mask)m, text, &out) == GZ_OK);
        require((out.n == 0) == (size == 0));
        require(!text_is_utf8(text) || text_is_utf8(buf_bytes(&out)));
    }
    if (text_is_utf8(text)) require(district_end(text) <= size);
    return 0;
}

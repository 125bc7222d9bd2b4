/* Submissions: strict protobuf has one encoding, so an accepted one encodes to the same bytes. */
#include "core/submission.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t    space[1024 * 1024];
    struct arena      arena = {space, 0, sizeof space};
    struct submission s;
    if (submission_decode((struct bytes){data, size}, &arena, &s) != GZ_OK) return 0;
    require(s.items_n >= 1 && s.items_n <= SUBMISSION_ITEMS_MAX);
    DEFER(buf_fini) struct buf body = {0};
    DEFER(buf_fini) struct buf wire = {0};
    require(submission_encode_body(&s, &body) == GZ_OK);
    require(bytes_eq(buf_bytes(&body), s.body));
    require(submission_encode(s.body, s.signature, &wire) == GZ_OK);
    require(bytes_eq(buf_bytes(&wire), (struct bytes){data, size}));
    return 0;
}

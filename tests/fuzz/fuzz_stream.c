/* A log's stream of submissions, as a mirror fetches it: what is taken off and what is left make
 * the input, and each piece encodes to its own bytes. */
#include "core/submission.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    DEFER(buf_fini) struct buf again = {0};
    struct bytes               rest = {data, size}, wire;
    uint64_t                   first;
    while (submission_take_served(&rest, &first, &wire) == GZ_OK) {
        require(submission_add_varint(first, &again) == GZ_OK);
        require(submission_add_varint(wire.n, &again) == GZ_OK);
        require(buf_add(&again, wire) == GZ_OK);
        require(again.n + rest.n == size);
    }
    require(bytes_eq(buf_bytes(&again), (struct bytes){data, again.n}));
    return 0;
}

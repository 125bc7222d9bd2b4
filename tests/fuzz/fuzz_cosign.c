/* What a witness is sent: an accepted body encodes to the same bytes, and is judged without trouble
 * whatever the witness knows. */
#include <string.h>

#include "fuzz.h"
#include "ledger/cosign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cosign_request r;
    if (cosign_request_decode((struct bytes){data, size}, &r) != GZ_OK) return 0;
    DEFER(buf_fini) struct buf again = {0};
    require(cosign_request_encode(r.old_size, &r.proof, r.wire, &again) == GZ_OK);
    require(bytes_eq(buf_bytes(&again), (struct bytes){data, size}));
    struct cosign_facts facts = {.suite = SUITE_GM, .now = 1772677800, .clock_is_trusted = true};
    for (int mirror = COSIGN_MIRROR_NONE; mirror <= COSIGN_MIRROR_REFUSES; mirror++) {
        facts.mirror = (enum cosign_mirror)mirror;
        const struct cosign_decision d = cosign_decide(&r, &facts);
        require(d.reason != COSIGN_ACCEPTED); /* no key is known, so nothing can be good */
        require(!d.is_evidence);
        require(cosign_status(d.reason) >= 400);
    }
    return 0;
}

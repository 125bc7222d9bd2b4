/* Proof texts: an accepted one encodes to the same bytes. */
#include "core/certificate.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct proof proof;
    if (proof_decode((struct bytes){data, size}, &proof) != GZ_OK) return 0;
    DEFER(buf_fini) struct buf text = {0};
    require(proof_encode(proof.index, &proof.path, proof.note, &text) == GZ_OK);
    require(bytes_eq(buf_bytes(&text), (struct bytes){data, size}));
    return 0;
}

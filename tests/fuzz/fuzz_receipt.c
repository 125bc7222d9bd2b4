/* Receipts: what is accepted is within its limits, and its text encodes to the same values. */
#include "core/receipt.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct receipt receipt, again;
    struct note    note;
    const char    *why;
    if (receipt_decode((struct bytes){data, size}, &note, &receipt, &why) != GZ_OK) return 0;
    require(receipt_is_one((struct bytes){data, size}));
    DEFER(buf_fini) struct buf text = {0};
    if (receipt_encode(&receipt, &text) != GZ_OK) return 0; /* a year that Beijing has not */
    require(buf_add(&text, (struct bytes){(const uint8_t *)"\n", 1}) == GZ_OK);
    require(buf_add(&text, note.lines) == GZ_OK);
    require(receipt_decode(buf_bytes(&text), &note, &again, &why) == GZ_OK);
    require(hash_eq(receipt.fingerprint, again.fingerprint));
    return 0;
}

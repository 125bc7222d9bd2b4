/* The ledger's snapshot: an accepted one encodes to the same bytes. First line: a genesis. */
#include <string.h>

#include "fuzz.h"
#include "ledger/ledger.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    const uint8_t     *end = memchr(data, '\n', size);
    const size_t       head = end == NULL ? size : (size_t)(end - data);
    const char        *why = NULL;
    struct ledger     *ledger = NULL;
    const struct bytes genesis = {data, head};
    if (ledger_new(genesis, &ledger, &why) != GZ_OK) return 0;
    ledger_free(&ledger);
    if (end == NULL) return 0;
    const struct bytes state = {end + 1, size - head - 1};
    if (ledger_decode(genesis, state, &ledger) != GZ_OK) return 0;
    DEFER(buf_fini) struct buf again = {0};
    require(ledger_encode(ledger, &again) == GZ_OK);
    require(bytes_eq(buf_bytes(&again), state));
    ledger_free(&ledger);
    return 0;
}

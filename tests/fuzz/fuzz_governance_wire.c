/* Statements of governance: one encoding each, so an accepted one encodes to the same bytes. The
 * state of governance likewise. */
#include "fuzz.h"
#include "ledger/governance_wire.h"
#include "ledger/governance_state.h"

static void try_state(struct bytes wire)
{
    static struct governance   g;
    DEFER(buf_fini) struct buf again = {0};
    if (gov_decode(wire, &g) != GZ_OK) return;
    require(gov_encode(&g, &again) == GZ_OK);
    require(bytes_eq(buf_bytes(&again), wire));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    DEFER(buf_fini) struct buf body = {0}, wire = {0};
    struct gov_tx              tx;
    const struct bytes         given = {data, size};
    try_state(given);
    if (gov_tx_decode(given, SUITE_GM, &tx) != GZ_OK) return 0;
    require(gov_tx_is(given));
    require(gov_tx_encode_body(&tx, &body) == GZ_OK);
    require(bytes_eq(buf_bytes(&body), tx.body));
    require(gov_tx_encode(tx.body, tx.signature, &wire) == GZ_OK);
    require(bytes_eq(buf_bytes(&wire), given));
    return 0;
}

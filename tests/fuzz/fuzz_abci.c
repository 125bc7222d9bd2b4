/* What the engine sends over the local socket: requests are taken off one after the other, nothing
 * is taken beyond the input, and every byte that a request refers to is there.
 * fuzz-with: -Ibuild-fuzz/pb build-fuzz/pb/node/abci.pb-c.c src/node/abci_wire.c -lprotobuf-c
 */
#include "fuzz.h"
#include "node/abci_wire.h"

static unsigned sum_of(ProtobufCBinaryData d)
{
    unsigned sum = 0;
    for (size_t i = 0; i < d.len; i++) sum += d.data[i];
    return sum;
}

static unsigned sum_of_all(const ProtobufCBinaryData *list, size_t n)
{
    unsigned sum = 0;
    for (size_t i = 0; i < n; i++) sum += sum_of(list[i]);
    return sum;
}

static unsigned touch(const Abci__Request *r)
{
    if (r->value_case == ABCI__REQUEST__VALUE_CHECK_TX) return sum_of(r->check_tx->tx);
    if (r->value_case == ABCI__REQUEST__VALUE_INIT_CHAIN)
        return sum_of(r->init_chain->app_state_bytes);
    if (r->value_case == ABCI__REQUEST__VALUE_PREPARE_PROPOSAL)
        return sum_of_all(r->prepare_proposal->txs, r->prepare_proposal->n_txs);
    if (r->value_case == ABCI__REQUEST__VALUE_FINALIZE_BLOCK)
        return sum_of_all(r->finalize_block->txs, r->finalize_block->n_txs);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes      rest = {data, size};
    volatile unsigned sum = 0;
    for (enum gz_err e = GZ_OK; e == GZ_OK;) {
        DEFER(abci_request_free) Abci__Request *r = NULL;
        const size_t                            before = rest.n;
        size_t                                  wanted = 0;
        e = abci_take(&rest, &wanted, &r);
        require(e == GZ_OK ? rest.n < before && r != NULL : rest.n == before && r == NULL);
        require(e != GZ_MISSING || wanted > rest.n);
        if (e == GZ_OK) sum += touch(r);
    }
    return 0;
}

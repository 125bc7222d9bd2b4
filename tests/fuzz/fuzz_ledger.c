/* The ledger's snapshot: an accepted one encodes to the same bytes, and answers. First line: a
 * genesis; the rest: what stands between the hash of the genesis and the sum, both of which are put
 * in here. */
#include <string.h>

#include "fuzz.h"
#include "ledger/ledger.h"

/* GZ_MEMORY ends the run: it would hide what is looked for. */
static void add(struct buf *out, struct bytes piece)
{
    require(buf_add(out, piece) == GZ_OK);
}

static void ask(const struct ledger *l)
{
    uint64_t by = 0;
    for (uint64_t index = 0; index < 8; index++)
        if (ledger_superseded_by(l, index, &by)) require(by > index && by < ledger_tree(l)->size);
    for (uint16_t id = 0; id < ledger_count_orgs(l); id++) require(ledger_next_seq(l, id) >= 1);
    (void)merkle_root(ledger_tree(l));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    const uint8_t     *end = memchr(data, '\n', size);
    const size_t       head = end == NULL ? size : (size_t)(end - data);
    const char        *why = NULL;
    struct ledger     *ledger = NULL;
    const struct bytes genesis = {data, head};
    if (end == NULL || ledger_new(genesis, &ledger, &why) != GZ_OK) return 0;
    const enum suite suite = ledger_suite(ledger);
    ledger_free(&ledger);

    DEFER(buf_fini) struct buf state = {0}, again = {0};
    const struct hash          of_genesis = hash_of(suite, genesis);
    add(&state, BYTES_LIT("guzheng/ledger-state/v1\n"));
    add(&state, BYTES_OF(of_genesis.b));
    add(&state, (struct bytes){end + 1, size - head - 1});
    const struct hash sum = hash_of(suite, buf_bytes(&state));
    add(&state, BYTES_OF(sum.b));
    if (ledger_decode(genesis, buf_bytes(&state), &ledger) != GZ_OK) return 0;
    ask(ledger);
    require(ledger_encode(ledger, &again) == GZ_OK);
    require(bytes_eq(buf_bytes(&again), buf_bytes(&state)));
    ledger_free(&ledger);
    return 0;
}

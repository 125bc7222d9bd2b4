/* Genesis files: an accepted one is whole, each key serves one purpose, and a ledger starts on it.
 */
#include <string.h>

#include "fuzz.h"
#include "ledger/genesis.h"
#include "ledger/ledger.h"

static void check_rows(const struct genesis *g)
{
    for (size_t i = 0; i < g->rows_n; i++) {
        const struct genesis_row *r = &g->rows[i];
        require(r->from_index < r->until_index && r->name.n >= 1 && r->name.n <= 64);
        require(r->submission.suite == g->suite && r->submission.purpose == KEY_SUBMISSION);
        for (size_t k = 0; k < policy_count_logs(g->policy); k++)
            require(memcmp(policy_log(g->policy, k)->public_key, r->submission.public_key,
                           KEY_PUBLIC_MAX) != 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes wire = {data, size};
    const size_t       space_n = genesis_arena_size(size);
    uint8_t           *space = malloc(space_n);
    struct arena       arena = {space, 0, space_n};
    struct genesis     g;
    struct ledger     *ledger = NULL;
    const char        *why = NULL;
    if (space == NULL) return 0;
    const enum gz_err e = genesis_decode(wire, &arena, &g, &why);
    require(e != GZ_MEMORY); /* genesis_arena_size promises enough memory */
    require((e == GZ_OK) == (why == NULL));
    if (e == GZ_OK) {
        require(g.rows_n >= 1 && g.origin.n >= 1 && g.origin.n <= GENESIS_ORIGIN_MAX);
        check_rows(&g);
        require(ledger_new(wire, &ledger, &why) == GZ_OK);
        require(ledger_tree(ledger)->size == 0 && ledger_count_orgs(ledger) >= 1);
        ledger_free(&ledger);
    }
    free(space);
    return 0;
}

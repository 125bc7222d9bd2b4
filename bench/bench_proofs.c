/* Inclusion proofs a second of one core, from the files of a log of a million entries; Tessera's
 * proof builder on its own files of a tree of the same size.
 *
 *     bench_proofs FOLDER        BENCH_TESSERA names the built bench/peers/tessera, where it is */
#include "bench.h"
#include "host/file.h"
#include "log_fixture.h"
#include "peer.h"

enum { LEAVES = 1000000, TURNS = 3, TURN_US = 1000000, CHECKED = 1000, PEER_SECONDS = 2 };

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void build(struct log_fixture *f)
{
    for (uint32_t left = LEAVES, n; left > 0; left -= n) {
        DEFER(buf_fini) struct buf wire = {0};
        n = left < SUBMISSION_ITEMS_MAX ? left : SUBMISSION_ITEMS_MAX;
        fixture_sign(f, n, &wire);
        fixture_submit(f, &wire, 1);
    }
}

/* Proofs that do not verify are no measurement. */
static void check_some(const struct chain_files *c, uint64_t *random)
{
    struct hash root;
    must_ok(chain_root(c, LEAVES, &root));
    for (unsigned i = 0; i < CHECKED; i++) {
        DEFER(buf_fini) struct buf logged = {0};
        const uint64_t             index = next_random(random) % LEAVES;
        struct chain_entry         e;
        struct merkle_path         path;
        must_ok(chain_entry(c, index, &e));
        must_ok(buf_add(&logged, e.org));
        must_ok(buf_add_byte(&logged, '\n'));
        must_ok(buf_add(&logged, BYTES_OF(e.fingerprint.b)));
        must_ok(chain_inclusion(c, index, LEAVES, &path));
        must_ok(merkle_verify_inclusion(SUITE_GM, merkle_leaf(SUITE_GM, buf_bytes(&logged)), index,
                                        LEAVES, &path, root));
    }
}

static uint64_t measure(const struct chain_files *c, uint64_t *random)
{
    const int64_t start = clock_us(CLOCK_PROCESS_CPUTIME_ID);
    int64_t       spent = 0;
    uint64_t      count = 0;
    for (; spent < TURN_US; spent = clock_us(CLOCK_PROCESS_CPUTIME_ID) - start)
        for (unsigned i = 0; i < 100; i++, count++) {
            struct merkle_path path;
            must_ok(chain_inclusion(c, next_random(random) % LEAVES, LEAVES, &path));
        }
    return per_second(count, spent);
}

int main(int argc, char **argv)
{
    struct log_fixture f;
    char               folder[FIXTURE_PATH];
    uint64_t           random = UINT64_C(0x2545f4914f6cdd1d), best = 0;
    must(argc == 2);
    must_ok(folder_make(argv[1], 0755));
    must_ok(path_join(argv[1], "bench-proofs", folder, sizeof folder));
    fixture_init(&f, folder);
    fixture_open_alone(&f);
    build(&f);
    const struct chain_files *c = log_service_chain(f.log);
    check_some(c, &random);
    for (unsigned i = 0; i < TURNS; i++) {
        const uint64_t rate = measure(c, &random);
        best = rate > best ? rate : best;
    }
    table_head("proofs/s, one core (peer: Tessera)");
    table_row("inclusion, a million leaves", best,
              peer_measure("BENCH_TESSERA", "proofs '%s/bench-tessera' %d %d", argv[1], LEAVES,
                           PEER_SECONDS),
              "100000, 10 million leaves");
    fixture_close(&f);
    return 0;
}

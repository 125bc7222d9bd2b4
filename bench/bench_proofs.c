/* Inclusion proofs a second of one core, from the files of a log of a million entries; Tessera's
 * proof builder on its own files of a tree of the same size.
 *
 *     bench_proofs FOLDER        BENCH_TESSERA names the built bench/peers/tessera, where it is */
#include "bench.h"
#include "host/file.h"
#include "log_fixture.h"
#include "peer.h"

enum { LEAVES = 1000000, PEER_SECONDS = 2 };

static void build(struct log_fixture *f)
{
    for (uint32_t left = LEAVES, n; left > 0; left -= n) {
        DEFER(buf_fini) struct buf wire = {0};
        n = left < SUBMISSION_ITEMS_MAX ? left : SUBMISSION_ITEMS_MAX;
        fixture_sign(f, n, &wire);
        fixture_submit(f, &wire, 1);
    }
}

int main(int argc, char **argv)
{
    struct log_fixture f;
    char               folder[FIXTURE_PATH];
    must(argc == 2);
    must_ok(folder_make(argv[1], 0755));
    must_ok(path_join(argv[1], "bench-proofs", folder, sizeof folder));
    fixture_init(&f, folder);
    fixture_open_alone(&f);
    build(&f);
    table_head("proofs/s, one core (peer: Tessera)");
    table_row("inclusion, a million leaves",
              fixture_measure_proofs(log_service_chain(f.log), LEAVES),
              peer_measure("BENCH_TESSERA", "proofs '%s/bench-tessera' %d %d", argv[1], LEAVES,
                           PEER_SECONDS),
              "100000, 10 million leaves");
    fixture_close(&f);
    return 0;
}

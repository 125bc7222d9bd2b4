/* A log of ten million entries: how fast it starts and appends, what memory it keeps, how fast its
 * proofs are, each beside the same at one million.
 *
 *     bench_large FOLDER        needs 2 GB there */
#include <malloc.h>

#include "bench.h"
#include "host/file.h"
#include "log_fixture.h"

enum { MILLION = 1000000, LARGE = 10 * MILLION };

/* Memory of this process that no file backs, MB. */
static uint64_t anonymous_mb(void)
{
    char     line[128];
    uint64_t kb = 0;
    FILE    *f = fopen("/proc/self/status", "r");
    must(f != NULL);
    while (fgets(line, sizeof line, f) != NULL)
        if (sscanf(line, "RssAnon: %" SCNu64, &kb) == 1) break;
    fclose(f);
    must(kb > 0);
    return kb / 1024;
}

/* Entries a second, until the log has so many. Signing is not counted. */
static uint64_t append_until(struct log_fixture *f, uint64_t size)
{
    const uint64_t before = chain_size(log_service_chain(f->log));
    int64_t        spent = 0;
    for (uint64_t left = size - before, n; left > 0; left -= n) {
        DEFER(buf_fini) struct buf wire = {0};
        n = left < SUBMISSION_ITEMS_MAX ? left : SUBMISSION_ITEMS_MAX;
        fixture_sign(f, (uint32_t)n, &wire);
        const int64_t start = clock_us(CLOCK_MONOTONIC);
        fixture_submit(f, &wire, 1);
        spent += clock_us(CLOCK_MONOTONIC) - start;
    }
    return per_second(size - before, spent);
}

static void start_again(struct log_fixture *f)
{
    log_service_close(&f->log);
    malloc_trim(0);
    const int64_t start = clock_us(CLOCK_MONOTONIC);
    fixture_open(f);
    const int64_t ms = (clock_us(CLOCK_MONOTONIC) - start) / 1000;
    must(chain_size(log_service_chain(f->log)) == LARGE);
    table_row("start at ten million, ms", (uint64_t)ms, 0, "2000");
}

int main(int argc, char **argv)
{
    struct log_fixture f;
    char               folder[FIXTURE_PATH];
    must(argc == 2);
    must_ok(folder_make(argv[1], 0755));
    must_ok(path_join(argv[1], "bench-large", folder, sizeof folder));
    fixture_init(&f, folder);
    fixture_open_alone(&f);
    table_head("a large log");
    table_row("entries/s appended, the first million", append_until(&f, MILLION), 0, "");
    table_row("proofs/s at one million", fixture_measure_proofs(log_service_chain(f.log), MILLION),
              0, "");
    (void)append_until(&f, LARGE - MILLION);
    table_row("entries/s appended, the tenth million", append_until(&f, LARGE), 0, "flat");
    table_row("proofs/s at ten million", fixture_measure_proofs(log_service_chain(f.log), LARGE), 0,
              "100000");
    start_again(&f);
    table_row("proofs/s after the start", fixture_measure_proofs(log_service_chain(f.log), LARGE),
              0, "100000");
    table_row("anonymous memory after them, MB", anonymous_mb(), 0, "100");
    fixture_close(&f);
    return 0;
}

/* Durable appends a second: our log beside Tessera's POSIX storage and the floor of the disk, in
 * one folder, one after the other.
 *
 *     bench_ledger FOLDER        BENCH_TESSERA names the built bench/peers/tessera, where it is
 *
 * An entry of ours counts when log_service_submit has returned: checked, in the tree, synced. Of
 * Tessera when its future has: sequenced, integrated, synced. */
#include <fcntl.h>
#include <unistd.h>

#include "bench.h"
#include "host/file.h"
#include "log_fixture.h"
#include "peer.h"

enum {
    RECORD = 64,
    FLOOR_TURNS = 4,
    FLOOR_US = 300000,
    PEER_SECONDS = 3,
    BAR_SIZE = 40,
    WIRES_MAX = 8192
};

static const struct level {
    uint32_t outstanding, singles, batches; /* submissions that are made ready */
} levels[] = {{1, 2000, 0}, {64, WIRES_MAX, 4096}, {1024, WIRES_MAX, 800}, {4096, WIRES_MAX, 250}};

/* Appends of one small record, each synced before the next. */
static uint64_t measure_floor(const char *folder)
{
    static const uint8_t record[RECORD];
    char                 path[FIXTURE_PATH];
    int                  fd;
    uint64_t             count = 0;
    must_ok(path_join(folder, "bench-floor", path, sizeof path));
    must_ok(file_open(path, O_RDWR | O_CREAT | O_TRUNC, 0600, &fd));
    const int64_t start = clock_us(CLOCK_MONOTONIC);
    int64_t       spent = 0;
    for (; spent < FLOOR_US; spent = clock_us(CLOCK_MONOTONIC) - start, count++) {
        must_ok(file_write_all(fd, record, RECORD, count * RECORD));
        must_ok(file_sync(fd));
    }
    file_close(&fd);
    must(unlink(path) == 0);
    return per_second(count, spent);
}

/* n submissions of `count` entries each, `at_once` of them outstanding. */
static uint64_t measure_ours(struct log_fixture *f, uint32_t n, uint32_t count, uint32_t at_once)
{
    static struct buf wires[WIRES_MAX];
    must(n <= WIRES_MAX);
    for (uint32_t i = 0; i < n; i++) fixture_sign(f, count, &wires[i]);
    const int64_t start = clock_us(CLOCK_MONOTONIC);
    for (uint32_t i = 0; i < n; i += at_once)
        fixture_submit(f, wires + i, n - i < at_once ? n - i : at_once);
    const int64_t spent = clock_us(CLOCK_MONOTONIC) - start;
    for (uint32_t i = 0; i < n; i++) buf_fini(&wires[i]);
    return per_second((uint64_t)n * count, spent);
}

static void bar_of(uint32_t outstanding, uint64_t floor, char out[BAR_SIZE])
{
    if (outstanding >= 1024) snprintf(out, BAR_SIZE, "10 x Tessera");
    else snprintf(out, BAR_SIZE, "%" PRIu64 ": half of floor", outstanding * floor / 2);
}

static void measure_level(struct log_fixture *f, const char *folder, const struct level *l,
                          uint64_t floor)
{
    char           work[64], bar[BAR_SIZE];
    const uint64_t peer =
        peer_measure("BENCH_TESSERA", "append '%s/bench-tessera' %u %d %d", folder,
                     (unsigned)l->outstanding, PEER_SECONDS, (int)FIXTURE_ENTRY_SIZE);
    bar_of(l->outstanding, floor, bar);
    snprintf(work, sizeof work, "%u outstanding, a submission each", (unsigned)l->outstanding);
    table_row(work, measure_ours(f, l->singles, 1, l->outstanding), peer, bar);
    if (l->batches == 0) return;
    snprintf(work, sizeof work, "%u outstanding, in one submission", (unsigned)l->outstanding);
    table_row(work, measure_ours(f, l->batches, l->outstanding, 1), peer, bar);
}

/* The best of a few turns, since others use the disk too. */
static uint64_t measure_floor_best(const char *folder)
{
    uint64_t best = 0;
    for (unsigned i = 0; i < FLOOR_TURNS; i++) {
        const uint64_t rate = measure_floor(folder);
        best = rate > best ? rate : best;
    }
    return best;
}

int main(int argc, char **argv)
{
    struct log_fixture f;
    char               ours[FIXTURE_PATH];
    must(argc == 2);
    must_ok(folder_make(argv[1], 0755));
    must_ok(path_join(argv[1], "bench-ledger", ours, sizeof ours));
    const uint64_t floor = measure_floor_best(argv[1]);
    table_head("entries/s, durable (peer: Tessera, POSIX)");
    table_row("floor: fdatasync of 64 B appended", floor, 0, "");
    fixture_init(&f, ours);
    fixture_open_alone(&f);
    for (size_t i = 0; i < COUNT_OF(levels); i++) measure_level(&f, argv[1], &levels[i], floor);
    fixture_close(&f);
    return 0;
}

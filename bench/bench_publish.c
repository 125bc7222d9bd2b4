/* From an event to its publication: a log and three courts with full mirrors in one process, over
 * loopback HTTP, quorum two of three. Records come evenly; the sender signs and submits what came
 * in each window of 10 ms, so a record has waited up to that long before it is sent.
 *
 *     bench_publish FOLDER */
#include <pthread.h>
#include <stdatomic.h>

#include "api/witness_routes.h"
#include "bench.h"
#include "host/file.h"
#include "host/host.h"
#include "log_fixture.h"

enum {
    COURTS = 3,
    COURT_THREADS = 4,
    WINDOW_US = 10 * 1000,
    WINDOWS = 400, /* a rate is held for four seconds */
    START_MS = 60 * 1000,
    PUBLISH_MS = 60 * 1000,
};

static const char *const names[COURTS] = {"high.sd", "middle.sd", "basic.sd"};

struct court {
    char                folder[FIXTURE_PATH];
    struct signer      *key;
    struct http_server *http;
    struct witness     *witness;
    struct witness_site site;
    _Atomic bool        is_open; /* 503 before: the ports stand in the genesis */
};

static enum gz_err answer(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    struct court *c = ctx;
    return atomic_load(&c->is_open) ? witness_handle(&c->site, r, reply) : GZ_BUSY;
}

static void listen_court(struct log_fixture *f, size_t i, struct court *c, struct buf *policy)
{
    static const struct http_route routes[] = {{"GET", "/", answer, 0}, {"POST", "/", answer, 0}};
    const struct http_options      o = {.address = "127.0.0.1",
                                        .threads = COURT_THREADS,
                                        .ctx = c,
                                        .routes = routes,
                                        .routes_n = COUNT_OF(routes)};
    char                           file[32];
    must_ok(path_join(f->folder, names[i], c->folder, sizeof c->folder));
    snprintf(file, sizeof file, "%s.pem", names[i]);
    c->key = fixture_key(f, file, KEY_WITNESS, names[i]);
    must_ok(http_server_open(&o, &c->http));
    snprintf(file, sizeof file, "w%zu", i);
    fixture_add_witness(c->key, file, http_server_port(c->http), policy);
}

static void open_court(struct log_fixture *f, struct court *c, uint16_t log_port)
{
    DEFER(buf_fini) struct buf       why = {0};
    char                             url[64];
    const struct witness_log_options log = {buf_bytes(&f->genesis), url, WITNESS_MIRROR_FULL};
    const struct witness_options     o = {.folder = c->folder,
                                          .signer = c->key,
                                          .clock = WITNESS_CLOCK_PEERS,
                                          .logs_n = 1,
                                          .logs = &log};
    snprintf(url, sizeof url, "http://127.0.0.1:%u", (unsigned)log_port);
    must_ok(witness_open(&o, &c->witness, &why));
    witness_site_init(&c->site, c->witness);
    atomic_store(&c->is_open, true);
}

static void close_court(struct court *c)
{
    http_server_close(&c->http);
    witness_close(&c->witness);
    signer_free(&c->key);
}

static void open_all(struct log_fixture *f, struct court *courts)
{
    DEFER(buf_fini) struct buf policy = {0};
    for (size_t i = 0; i < COURTS; i++) listen_court(f, i, &courts[i], &policy);
    must_ok(buf_add_str(&policy, "group courts 2 w0 w1 w2\\nquorum courts\\n"));
    must_ok(buf_add_byte(&policy, 0));
    fixture_make_genesis(f, (const char *)policy.p);
    fixture_open(f);
    const uint16_t port = fixture_serve(f);
    for (size_t i = 0; i < COURTS; i++) open_court(f, &courts[i], port);
}

/* --- one rate --------------------------------------------------------------------------------- */

struct run {
    struct log_fixture *f;
    int64_t             began_us[WINDOWS], latency_us[WINDOWS];
    uint64_t            last_index[WINDOWS];
    _Atomic unsigned    sent;
    uint32_t            per_window;
};

static void sleep_until(int64_t us)
{
    const struct timespec at = {us / 1000000, us % 1000000 * 1000};
    (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

static void *watch(void *ctx)
{
    struct run *r = ctx;
    for (unsigned i = 0; i < WINDOWS; i++) {
        while (atomic_load(&r->sent) <= i) sleep_until(clock_us(CLOCK_MONOTONIC) + 500);
        must_ok(log_service_wait_published(r->f->log, r->last_index[i], PUBLISH_MS));
        r->latency_us[i] = clock_us(CLOCK_MONOTONIC) - r->began_us[i];
    }
    return NULL;
}

static int by_value(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void measure(struct log_fixture *f, uint32_t rate)
{
    static struct run r;
    pthread_t         watcher;
    char              work[64];
    r = (struct run){.f = f, .per_window = rate / (1000000 / WINDOW_US)};
    must(pthread_create(&watcher, NULL, watch, &r) == 0);
    const int64_t start = clock_us(CLOCK_MONOTONIC);
    for (unsigned i = 0; i < WINDOWS; i++) {
        DEFER(buf_fini) struct buf wire = {0};
        r.began_us[i] = start + (int64_t)i * WINDOW_US; /* late or not: nobody waits with coming */
        sleep_until(r.began_us[i] + WINDOW_US);
        fixture_sign(f, r.per_window, &wire);
        fixture_submit(f, &wire, 1);
        r.last_index[i] = chain_size(log_service_chain(f->log)) - 1;
        atomic_store(&r.sent, i + 1);
    }
    must(pthread_join(watcher, NULL) == 0);
    qsort(r.latency_us, WINDOWS, sizeof r.latency_us[0], by_value);
    snprintf(work, sizeof work, "%u records/s: median", (unsigned)rate);
    table_row(work, (uint64_t)r.latency_us[WINDOWS / 2] / 1000, 0, "");
    snprintf(work, sizeof work, "%u records/s: 99 %%", (unsigned)rate);
    table_row(work, (uint64_t)r.latency_us[WINDOWS * 99 / 100] / 1000, 0,
              rate == 5000 ? "at most 500" : "");
}

int main(int argc, char **argv)
{
    static const uint32_t      rates[] = {1000, 5000, 20000, 50000};
    static struct court        courts[COURTS];
    struct log_fixture         f;
    DEFER(buf_fini) struct buf wire = {0};
    char                       folder[FIXTURE_PATH];
    must(argc == 2);
    must_ok(folder_make(argv[1], 0755));
    must_ok(path_join(argv[1], "bench-publish", folder, sizeof folder));
    fixture_init(&f, folder);
    open_all(&f, courts);
    fixture_sign(&f, 1, &wire);
    fixture_submit(&f, &wire, 1);
    must_ok(log_service_wait_published(f.log, 0, START_MS)); /* the courts trust their clocks */
    table_head("ms from event to published, three courts");
    for (size_t i = 0; i < COUNT_OF(rates); i++) measure(&f, rates[i]);
    for (size_t i = 0; i < COURTS; i++) close_court(&courts[i]);
    fixture_close(&f);
    return 0;
}

/* Certificates verified a second of one core: form, disclosures, inclusion, four signatures, times.
 * The peer, torchwood, checks the proof and its signatures alone, and knows suite intl only.
 *
 *     bench_verify FOLDER        BENCH_TORCHWOOD names the built bench/peers/torchwood */
#include "bench.h"
#include "core/verify.h"
#include "host/file.h"
#include "peer.h"

#define VECTORS "tests/vectors/"
enum { TURNS = 3, TURN_US = 700000, FILE_MAX = 1024 * 1024, POLICY_ARENA = 4 * 1024 * 1024 };

/* What is kept from one certificate to the next. */
enum keeping { KEEP_NOTHING, KEEP_KEYS, KEEP_CHECKPOINTS };

struct work {
    struct buf            text, wire, policy_memory, memory;
    struct policy_history policy;
    struct verify_cache  *cache;
};

static void work_fini(struct work *w)
{
    buf_fini(&w->text);
    buf_fini(&w->wire);
    buf_fini(&w->policy_memory);
    buf_fini(&w->memory);
    free(w->cache);
}

static void work_init(struct work *w, const char *policy_file, const char *certificate_file)
{
    const char *why = NULL;
    must_ok(file_read(policy_file, FILE_MAX, &w->text));
    must_ok(file_read(certificate_file, FILE_MAX, &w->wire));
    must_ok(buf_reserve(&w->policy_memory, POLICY_ARENA));
    must_ok(buf_reserve(&w->memory, verify_arena_size(w->wire.n)));
    must((w->cache = calloc(1, sizeof *w->cache)) != NULL);
    struct arena arena = {.p = w->policy_memory.p, .cap = POLICY_ARENA};
    must_ok(policy_history_decode(buf_bytes(&w->text), &arena, &w->policy, &why));
}

static void verify_once(struct work *w, enum keeping keeping)
{
    struct arena              arena = {.p = w->memory.p, .cap = verify_arena_size(w->wire.n)};
    struct verify_report      report;
    const struct verify_given given = {&w->policy, NULL, 0,
                                       keeping == KEEP_NOTHING ? NULL : w->cache};
    must_ok(verify_with(buf_bytes(&w->wire), &given, &arena, &report));
    must(report.result == VERIFY_VALID);
    for (size_t i = 0; keeping == KEEP_KEYS && i < VERIFY_CACHE_NOTES; i++)
        w->cache->notes[i].n = 0;
}

static uint64_t measure(struct work *w, enum keeping keeping)
{
    const int64_t start = clock_us(CLOCK_PROCESS_CPUTIME_ID);
    int64_t       spent = 0;
    uint64_t      count = 0;
    for (; spent < TURN_US; spent = clock_us(CLOCK_PROCESS_CPUTIME_ID) - start, count++)
        verify_once(w, keeping);
    return per_second(count, spent);
}

static uint64_t measure_best(const char *policy_file, const char *certificate_file,
                             enum keeping keeping)
{
    DEFER(work_fini) struct work w = {0};
    uint64_t                     best = 0;
    work_init(&w, policy_file, certificate_file);
    for (unsigned i = 0; i < TURNS; i++) {
        const uint64_t rate = measure(&w, keeping);
        best = rate > best ? rate : best;
    }
    return best;
}

int main(void)
{
    static const char gm_policy[] = VECTORS "gm.policy", gm[] = VECTORS "gm-003.gzcert";
    static const char intl_policy[] = VECTORS "intl.policy", intl[] = VECTORS "intl-003.gzcert";
    table_head("certificates/s, one core (peer: torchwood)");
    table_row("gm: four SM2 signatures, one by one", measure_best(gm_policy, gm, KEEP_NOTHING), 0,
              "");
    table_row("gm: many, a checkpoint each", measure_best(gm_policy, gm, KEEP_KEYS), 0, "15000");
    table_row("gm: many under one checkpoint", measure_best(gm_policy, gm, KEEP_CHECKPOINTS), 0,
              "15000, aim 50000");
    table_row("intl: four Ed25519 signatures, one by one",
              measure_best(intl_policy, intl, KEEP_NOTHING),
              peer_measure("BENCH_TORCHWOOD", "verify %s %s 2", intl_policy, intl), "");
    table_row("intl: many under one checkpoint", measure_best(intl_policy, intl, KEEP_CHECKPOINTS),
              0, "");
    return 0;
}

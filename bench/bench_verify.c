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

static uint64_t measure(struct bytes wire, const struct policy_history *policy)
{
    DEFER(buf_fini) struct buf memory = {0};
    const size_t               room = verify_arena_size(wire.n);
    const int64_t              start = clock_us(CLOCK_PROCESS_CPUTIME_ID);
    int64_t                    spent = 0;
    uint64_t                   count = 0;
    must_ok(buf_reserve(&memory, room));
    for (; spent < TURN_US; spent = clock_us(CLOCK_PROCESS_CPUTIME_ID) - start, count++) {
        struct arena         arena = {.p = memory.p, .cap = room};
        struct verify_report report;
        must_ok(verify_certificate(wire, policy, NULL, 0, &arena, &report));
        must(report.result == VERIFY_VALID);
    }
    return per_second(count, spent);
}

static uint64_t measure_best(const char *policy_file, const char *certificate_file)
{
    DEFER(buf_fini) struct buf text = {0}, wire = {0}, memory = {0};
    struct policy_history      policy;
    const char                *why = NULL;
    uint64_t                   best = 0;
    must_ok(file_read(policy_file, FILE_MAX, &text));
    must_ok(file_read(certificate_file, FILE_MAX, &wire));
    must_ok(buf_reserve(&memory, POLICY_ARENA));
    struct arena arena = {.p = memory.p, .cap = POLICY_ARENA};
    must_ok(policy_history_decode(buf_bytes(&text), &arena, &policy, &why));
    for (unsigned i = 0; i < TURNS; i++) {
        const uint64_t rate = measure(buf_bytes(&wire), &policy);
        best = rate > best ? rate : best;
    }
    return best;
}

int main(void)
{
    static const char intl_policy[] = VECTORS "intl.policy", intl[] = VECTORS "intl-003.gzcert";
    table_head("certificates/s, one core (peer: torchwood)");
    table_row("gm: four SM2 signatures, five disclosures",
              measure_best(VECTORS "gm.policy", VECTORS "gm-003.gzcert"), 0, "15000");
    table_row("intl: four Ed25519 signatures", measure_best(intl_policy, intl),
              peer_measure("BENCH_TORCHWOOD", "verify %s %s 2", intl_policy, intl), "");
    return 0;
}

/* Seeds through the whole of ledger, publishing and cosigning in virtual time. SEED=n runs one;
 * GUZHENG_SOAK many. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#include "simulation.h"

enum { SEEDS = 25, SEEDS_SOAK = 500 };

static struct sim sim;
static uint64_t   running; /* seed, 0: none */

static uint64_t run(uint64_t seed, enum sim_lie lie)
{
    running = seed;
    sim_init(&sim, seed, lie);
    sim_run(&sim);
    sim_check_end(&sim);
    const uint64_t trace = sim.trace;
    sim_fini(&sim);
    running = 0;
    return trace;
}

static int tell_seed(void **state)
{
    (void)state;
    if (running != 0) fprintf(stderr, "failed with SEED=%llu\n", (unsigned long long)running);
    running = 0;
    return 0;
}

static void run_seeds(enum sim_lie lie)
{
    const char    *given = getenv("SEED");
    const uint64_t first = given == NULL ? 1 : strtoull(given, NULL, 10);
    const uint64_t n = given != NULL ? 1 : getenv("GUZHENG_SOAK") != NULL ? SEEDS_SOAK : SEEDS;
    for (uint64_t seed = first; seed < first + n; seed++) run(seed, lie);
}

static void all_is_acknowledged_once_and_published(void **state)
{
    (void)state;
    run_seeds(SIM_NOBODY_LIES);
}

static void a_lying_witness_changes_nothing(void **state)
{
    (void)state;
    run_seeds(SIM_A_WITNESS_LIES);
}

static void no_witness_signs_a_second_history(void **state)
{
    (void)state;
    run_seeds(SIM_THE_LOG_LIES);
    sim_init(&sim, 1, SIM_THE_LOG_LIES);
    sim_run(&sim);
    assert_true(sim.forked_roots > 0);
    sim_fini(&sim);
}

static void a_seed_gives_the_same_course(void **state)
{
    (void)state;
    for (int lie = 0; lie < SIM_LIES; lie++) {
        assert_true(run(7, (enum sim_lie)lie) == run(7, (enum sim_lie)lie));
        assert_true(run(7, (enum sim_lie)lie) != run(8, (enum sim_lie)lie));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(all_is_acknowledged_once_and_published, tell_seed),
        cmocka_unit_test_teardown(a_lying_witness_changes_nothing, tell_seed),
        cmocka_unit_test_teardown(no_witness_signs_a_second_history, tell_seed),
        cmocka_unit_test_teardown(a_seed_gives_the_same_course, tell_seed),
    };
    RUN_TESTS(tests);
}

/* A worker's rounds: by time, by a wake, and none after its end. No sleep is measured. */
#include <stdatomic.h>
#include <unistd.h>

#include "check.h"
#include "host/worker.h"

enum { LONG_MS = 3600 * 1000, STEPS = 5000, STEP_US = 1000 };

struct rounds {
    _Atomic int n;
    int64_t     ms;
};

static int64_t count(void *ctx)
{
    struct rounds *r = ctx;
    r->n++;
    return r->ms;
}

static bool reaches(struct rounds *r, int n)
{
    for (int i = 0; i < STEPS && r->n < n; i++) usleep(STEP_US);
    return r->n >= n;
}

static void rounds_follow_each_other(void **state)
{
    (void)state;
    struct rounds  r = {.ms = 0};
    struct worker *w = NULL;
    assert_ok(worker_start(count, &r, &w));
    assert_true(reaches(&r, 10));
    worker_stop(&w);
    assert_null(w);
    const int n = r.n;
    usleep(20 * STEP_US);
    assert_int_equal(r.n, n);
}

static void a_wake_ends_the_sleep(void **state)
{
    (void)state;
    struct rounds  r = {.ms = LONG_MS};
    struct worker *w = NULL;
    assert_ok(worker_start(count, &r, &w));
    for (int n = 1; n < 20; n++) {
        assert_true(reaches(&r, n));
        worker_wake(w);
    }
    worker_stop(&w); /* out of a long sleep, too */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounds_follow_each_other),
        cmocka_unit_test(a_wake_ends_the_sleep),
    };
    RUN_TESTS(tests);
}

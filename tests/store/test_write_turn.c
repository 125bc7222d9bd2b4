/* Turns to write: one at a time, first come first served, and no wait without an end. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "store/write_turn.h"

enum { TRIALS = 20, WAIT_US = 20000, LONG_MS = 60000 };

static char               path[] = "/tmp/guzheng-turn-XXXXXX";
static struct write_turn *turn;
static _Atomic bool       is_done;
static _Atomic int        inside, turns;

static int set_up(void **state)
{
    (void)state;
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_ok(write_turn_open(path, &turn));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    write_turn_close(&turn);
    return unlink(path);
}

static void *writes_without_a_pause(void *ctx)
{
    (void)ctx;
    while (!is_done) {
        assert_ok(write_turn_take(turn, LONG_MS));
        assert_int_equal(++inside, 1);
        inside--;
        turns++;
        write_turn_give(turn);
    }
    return NULL;
}

/* Whoever waits is next, also when the one before wants to go on at once. In each trial the other
 * has all the time to be waiting; a busy machine may spoil some. */
static void who_waits_is_next(void **state)
{
    (void)state;
    pthread_t other;
    int       fair = 0;
    assert_ok(write_turn_take(turn, LONG_MS));
    assert_int_equal(pthread_create(&other, NULL, writes_without_a_pause, NULL), 0);
    for (int i = 0; i < TRIALS; i++) {
        usleep(WAIT_US);
        const int before = turns;
        write_turn_give(turn);
        assert_ok(write_turn_take(turn, LONG_MS));
        fair += turns > before;
    }
    is_done = true;
    write_turn_give(turn);
    pthread_join(other, NULL);
    assert_in_range(fair, TRIALS / 2, TRIALS);
}

static void the_same_file_is_the_same_turn(void **state)
{
    (void)state;
    struct write_turn *again = NULL;
    assert_ok(write_turn_open(path, &again));
    assert_ptr_equal(again, turn);
    assert_ok(write_turn_take(turn, 0));
    assert_err(write_turn_take(again, 20), GZ_BUSY);
    write_turn_give(turn);
    assert_ok(write_turn_take(again, 0));
    write_turn_give(again);
    write_turn_close(&again);
    assert_err(write_turn_open("/nowhere/at/all", &again), GZ_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_waits_is_next),
        cmocka_unit_test(the_same_file_is_the_same_turn),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down) != 0;
}

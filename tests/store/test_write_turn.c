/* Turns to write: one at a time, first come first served, and no wait without an end. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "store/write_turn.h"

enum { TURNS = 300, GREED = 20, LONG_MS = 60000 };

static char               path[] = "/tmp/guzheng-turn-XXXXXX";
static struct write_turn *turn;
static _Atomic bool       is_done;
static _Atomic int        inside, greedy_turns;

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

static void one_turn(void)
{
    assert_ok(write_turn_take(turn, LONG_MS));
    assert_int_equal(++inside, 1);
    inside--;
    write_turn_give(turn);
}

static void *writes_without_a_pause(void *ctx)
{
    (void)ctx;
    for (; !is_done; greedy_turns++) one_turn();
    return NULL;
}

static void nobody_starves(void **state)
{
    (void)state;
    pthread_t greedy;
    assert_int_equal(pthread_create(&greedy, NULL, writes_without_a_pause, NULL), 0);
    while (greedy_turns == 0) usleep(1000);
    greedy_turns = 0;
    for (int i = 0; i < TURNS; i++) one_turn();
    const int theirs = greedy_turns;
    is_done = true;
    pthread_join(greedy, NULL);
    if (theirs > TURNS * GREED) fail_msg("%d turns beside %d", theirs, TURNS);
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
        cmocka_unit_test(nobody_starves),
        cmocka_unit_test(the_same_file_is_the_same_turn),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down) != 0;
}
